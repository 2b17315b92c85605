"""Pages that no server should send: whatever the bytes are, reading ends soon, in a record that keeps its word.

The golden pages are damaged at random in the ways that transfers, editors and attackers damage pages; every reading of
one, by every family, must be an `Article` that keeps all promises of its fields, or a `NotArticle` with a name. What
the search found once stands below as a case of its own. Sizes and depths are read in a child process whose time and
memory are measured and limited. `GOVNEWS_FUZZ=20` looks at twenty times as many pages, and at other ones.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.discover.links import Discovery, discover_links
from crawler.read import Article, NotArticle, article_json, parse_page, read_page, read_parsed
from crawler.read.body import ATTRIBUTES, KEPT
from crawler.read.profile import profiles
from crawler.sitefile import Site

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path.read_bytes() for path in (ROOT / "tests" / "pages").glob("*/page.html"))
FAMILIES = (None, "none", "auto", "khong-co", *(profile.name for profile in profiles()))
URL = "http://lacson.example/tin-tuc/xa-lac-son-ra-quan-lam-duong-123.html"
SITE = Site(name="lacson", title="Xã Lạc Sơn", home="http://lacson.example/")

FUZZ = max(1, int(os.environ.get("GOVNEWS_FUZZ", "1")))


def search(count: int) -> Callable[..., None]:
    """So many examples times `GOVNEWS_FUZZ`: always the same ones by default, new ones in a longer search."""
    return settings(
        max_examples=count * FUZZ,
        deadline=None,
        derandomize=FUZZ == 1,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


# ------------------------------------------------------------------ what every record promises

ARTICLE_FIELDS = frozenset(item.name for item in fields(Article))
BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
UNTYPED = re.compile(r"[\x00-\x20\"<>\\^`{|}\x7f-\U0010ffff]")

_ATTRIBUTE = r' (?:href|src|alt|title|width|height|colspan|rowspan|start)=(?:"[^"<]*"|\'[^\'<]*\')'
_TAG = rf"</?(?:{'|'.join(sorted(KEPT | {'div'}, key=len, reverse=True))})(?:{_ATTRIBUTE})*>"
SAFE_HTML = re.compile(rf"(?:[^<]|{_TAG})*+", re.DOTALL)
"""Text and tags of the allow-list, and nothing that any parser could take for something else."""


class Tokens(HTMLParser):
    """The tags of clean HTML as another parser than the reader's sees them, and whatever is none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def assert_is_safe(markup: str) -> None:
    """Clean HTML is safe to show: allow-listed tags and attributes, http addresses, the same in every parser."""
    assert SAFE_HTML.fullmatch(markup), markup
    assert unicodedata.is_normalized("NFC", re.sub(r"[<>=]\u0338", "", markup)), markup
    tokens = Tokens()
    tokens.feed(markup)
    tokens.close()
    assert not tokens.others, tokens.others
    for tag, attributes in tokens.tags:
        assert tag in KEPT, tag
        assert set(attributes) <= set(ATTRIBUTES.get(tag, ())), (tag, attributes)
        for name in ("href", "src"):
            if address := attributes.get(name):
                allowed = ("http://", "https://", "mailto:", "tel:") if name == "href" else ("http://", "https://")
                assert address.startswith(allowed), address
    if markup:
        assert html.fromstring(markup).tag == "div"


def assert_is_address(address: str) -> None:
    parts = urlsplit(address)
    assert parts.scheme in ("http", "https"), address
    assert parts.hostname, address
    assert not UNTYPED.search(address), address


def assert_is_line(text: str | None) -> None:
    if text is not None:
        assert text.strip() == text != "", repr(text)
        assert not BREAKS.search(text), repr(text)
        assert unicodedata.is_normalized("NFC", text), repr(text)


def assert_keeps_its_word(article: Article) -> None:
    assert_is_line(article.title)
    assert article.body == "" or all(map(str.strip, article.body.split("\n"))), repr(article.body)
    for line in filter(None, article.body.split("\n")):
        assert_is_line(line.replace("\t", " "))
    for lead in (article.lead, article.byline_text):
        for line in [] if lead is None else lead.split("\n"):
            assert_is_line(line)
    assert article.lead is None or not (article.body + "\n").startswith(article.lead + "\n"), article.lead
    for text in (
        article.author,
        article.author_unit,
        article.source,
        article.category,
        article.language,
        *article.tags,
    ):
        assert_is_line(text)
    for moment in (article.published_at, article.modified_at):
        assert moment is None or (moment.tzinfo is not None if isinstance(moment, datetime) else type(moment) is date)
    for address in (*(item.url for item in article.images), *(item.url for item in article.attachments)):
        assert_is_address(address)
    assert len({item.url for item in article.images}) == len(article.images)
    assert len({item.url for item in article.attachments}) == len(article.attachments)
    for image in article.images:
        assert_is_line(image.caption)
        assert_is_line(image.credit)
    for attachment in article.attachments:
        assert_is_line(attachment.label)
        assert_is_line(attachment.filename)
    assert len({tag.casefold() for tag in article.tags}) == len(article.tags)
    assert 0.0 <= article.quality <= 1.0
    assert set(article.fields) <= ARTICLE_FIELDS
    assert all(article.fields.values())
    assert_is_safe(article.body_html)


def assert_holds(reading: object) -> None:
    """What must be true of any reading of anything."""
    assert isinstance(reading, Article | NotArticle)
    if isinstance(reading, Article):
        assert_keeps_its_word(reading)
        json.dumps(article_json(reading), ensure_ascii=False, allow_nan=False).encode()
    else:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", reading.reason)
        f"{reading.reason}{reading.detail}".encode()


def assert_is_read(body: bytes, *, family: str | None = None, url: str = URL, **options: object) -> None:
    """Read a page as the crawler does, its links included."""
    content_type = options.get("content_type")
    fetched_at = options.get("fetched_at")
    page = parse_page(body, url, content_type=content_type, family=family)  # type: ignore[arg-type]  # test options
    assert_holds(read_parsed(page, fetched_at=fetched_at))  # type: ignore[arg-type]  # test options
    found = discover_links(page.tree, URL, site=SITE, profile=page.profile)
    assert isinstance(found, Discovery)
    for link in found.links:
        assert_is_address(link.url)
        assert SITE.covers(link.url)


# ------------------------------------------------------------------ damage

JUNK = (
    *(b"\0", b"\0" * 50, b"\x0b\x0c\x1b", b"\x1a", b"\x7f\x80\x9f", b"\xff\xfe", b"\xef\xbb\xbf", b"\xef\xbf\xbf"),
    *(b"<![", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!-->", b"<!", b"<?", b"<?xml", b"<!DOCTYPE", b"</", b"<", b">"),
    *(b'"', b"'", b"=", b"&", b"`", b"\\", b"</html>", b"</body>", b"<html>", b"<body>", b"<head>", b"</title>"),
    *(b"<script>", b"</script>", b"<style>", b"<textarea>", b"<title>", b"<xmp>", b"<plaintext>", b"<noscript>"),
    *(b"<template>", b"<iframe>", b"<svg>", b"<math>", b"<select>", b"<frameset>", b"<noembed>", b"<listing>"),
    *(b"<table>", b"</table>", b"<td>", b"</td>", b"<tr>", b"<li>", b"<form>", b"</form>", b"<a>", b"<p>", b"</p>"),
    *(b"<h1>", b"</h1>", b"<br>", b"<hr>", b"<o:p>", b"<v:shape>", b"<svg:script>", b"<x\xc2\xb2>", b"<\xc4\x91>"),
    *(b"&#x110000;", b"&#0;", b"&#xD800;", b"&#xDFFF;", b"&#12;", b"&#1;", b"&#xFFFE;", b"&#824;", b"&#xFEFF;"),
    *(b"&#99999999999999999999;", b"&#x;", b"&nbsp;", b"&shy;", b"&NotEqualTilde;", b"&lt;script&gt;", b"&amp;lt;"),
    *("\u0338".encode(), "\u200b".encode() * 5, "\u00ad".encode(), "\u2028".encode(), "\u202e".encode(), b"\xcc\x81"),
    *(
        "²".encode(),
        "ð".encode(),
        "\U0001f600".encode(),
        "ế".encode(),
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
    ),
    *(b'<meta charset="utf-16">', b'<meta charset="shift_jis">', b'<meta charset="x">', b'<meta charset="utf-7">'),
    *(b'<base href="javascript:x">', b'<base href="//[">', b'<base href="http://">', b'<base href="http:///a">'),
    *(
        b'<img width="\xc2\xb2" src="/a.jpg">',
        b'<img height="' + b"9" * 5000 + b'" src="/a.jpg">',
        b'<img src="http://">',
    ),
    *(
        b'<a href="/x\xc2\xb2 \xcc\xb8.pdf">\xe2\x80\x8b</a>',
        b'<a href="http://[/a.pdf">tai</a>',
        b'<a href="http:///a.pdf">t</a>',
    ),
    *(b'<a href="//x:y:z/a.pdf">t</a>', b"<a href='http://a b\"<c>/a.pdf'>t</a>", b'<a href="http:a.pdf">t</a>'),
    *(
        b'<a href="&#9;java&#10;script:alert(1)">t</a>',
        b'<a href="http://x/\xed\xb0\x80.pdf">t</a>',
        b'<a href="?download=1">t</a>',
    ),
    *(
        b"<p onclick=\"downloadFile('x','/tai/a.pdf')\">t</p>",
        b'<iframe src="//docs.google.com/viewer?url=%00.pdf"></iframe>',
    ),
    *(
        b'<iframe src="https://docs.google.com/viewer?url=http://[.pdf"></iframe>',
        b"<h1>\xe2\x80\x8b\xe2\x80\x8b\xe2\x80\x8b\xe2\x80\x8b\xe2\x80\x8b</h1>",
    ),
    *(b"<div hidden>", b'<div style="display:none">', b'<div class="related">', b'<div class="comments">', b"<nav>"),
    *(
        b'<time datetime="9999-12-31T23:59:59Z">',
        b'<time datetime="0001-01-01T00:00:00+14:00">',
        b"<time datetime=' '>x",
    ),
    *(
        b"<p>99999999999999 ph\xc3\xbat tr\xc6\xb0\xe1\xbb\x9bc</p>",
        b"<p>H\xc3\xb4m nay, 10:00</p>",
        b"/Date(99999999999999999)/",
    ),
    (
        b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"\\ud800","author":"\\udfff",'
        b'"keywords":["\\ud812"],"datePublished":"9999-12-31T23:59:59Z","articleSection":"\\udc00"}</script>'
    ),
    (
        b'<script type="application/ld+json">{"@type":["NewsArticle"],"headline":7,"author":{"name":{"name":[[7]]}},'
        b'"keywords":{"a":1},"datePublished":1e400,"@graph":[[[{"@type":"Article"}]]]}</script>'
    ),
    b'<meta property="article:published_time" content="2024-13-45T99:99"><meta name="author" content=";">',
    b'<meta property="og:title" content="&#8203;"><meta property="article:section" content=" &#8203; ">',
    b'<ul class="breadcrumb"><li><a>&#8203;</a></li><li>&#xAD;</li><li>x</li></ul><a rel="tag">\xef\xbb\xbf</a>',
)

SCRIPTS = (
    b"<script>alert(1)</script>",
    b"<scr<script>ipt>alert(1)</scr</script>ipt>",
    b"<img src=x onerror=alert(1)>",
    b'<img src="x" alt="` onerror=alert(1)" title="&quot;><script>alert(1)</script>">',
    b"<img src=\"javascript:alert(1)\" srcset='data:text/html,x' onload=alert(1)//",
    b'<a href="javascript:alert(1)">x</a>',
    b'<a href="java&#10;script:alert(1)">x</a>',
    b'<a href=" &#1;&#14; javascript:alert(1)">x</a>',
    b'<a href="JaVaScRiPt&colon;alert(1)">x</a>',
    b'<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    b'<a href="vbscript:x" xlink:href="javascript:x">x</a>',
    b'<a href="http://x/&quot; onclick=&quot;alert(1)">x</a>',
    b"<a href='http://x/\"onmouseover=\"alert(1)'>x</a>",
    b'<a href="mailto:a&quot; onclick=alert(1) x=&quot;">x</a>',
    b'<a href="tel:1&quot;><script>alert(1)</script>">x</a>',
    b'<td colspan="1&quot; onclick=&quot;alert(1)">x</td>',
    b'<ol start="1><script>alert(1)</script>"><li>x</ol>',
    b"<svg><script>alert(1)</script></svg>",
    b"<svg onload=alert(1)><desc><img src=x onerror=alert(1)></desc>",
    b'<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    b'<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    b'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    b"<math><annotation-xml encoding='text/html'><p><img src=x onerror=alert(1)></annotation-xml></math>",
    b"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    b"<form action=javascript:alert(1)><form><button formaction=javascript:alert(1)>x</form></form>",
    b'<p style="background:url(javascript:alert(1));width:expression(alert(1))">x</p>',
    b"<style>@import 'javascript:alert(1)';</style><link rel=stylesheet href=javascript:alert(1)>",
    b'<iframe srcdoc="<script>alert(1)</script>" src="javascript:alert(1)"></iframe>',
    b'<object data="javascript:alert(1)"><embed src="javascript:alert(1)">',
    b'<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    b'<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    b'<textarea><p title="</textarea><img src=x onerror=alert(1)>"></textarea>',
    b"<noembed></noembed><listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    b"<plaintext>&lt;img src=x onerror=alert(1)&gt;<script>alert(1)</script>",
    b"<template><script>alert(1)</script></template><frameset onload=alert(1)>",
    b'<!--><img src=x onerror=alert(1)>--><!--<img src="--><img src=x onerror=alert(1)//">',
    b"<![CDATA[<img src=x onerror=alert(1)>]]><?xml-stylesheet href='javascript:alert(1)'?>",
    "<p>\u0338 onmouseover=alert(1) x</p>".encode(),
    b"<p>&#824; onmouseover=alert(1) x</p>",
    b"<b>&#824;</b><a title=\"&#824;\" href='/x'>&#824; style=x:expression(alert(1)) </a>",
    "<a title=\"<\u0338script>\" href='/x'>&lt;\u0338script&gt;</a>".encode(),
    b"&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;script&amp;gt;",
    b"<o:p onclick=alert(1)><svg:script>alert(1)</svg:script><x:img src=x onerror=alert(1)></o:p>",
    b'<p/onclick=alert(1)/x=\'"\'>x<p ="a" "onclick=alert(1) <b>x',
    b"<meta http-equiv=refresh content='0;url=javascript:alert(1)'><base href='javascript:alert(1)//'>",
    b"<table background=javascript:alert(1)><tr><td background=javascript:alert(1)>x</table>",
    b"<details open ontoggle=alert(1)><summary>x</summary></details><marquee onstart=alert(1)>x</marquee>",
    b"<video><source onerror=alert(1)></video><audio src onerror=alert(1)></audio><input autofocus onfocus=x>",
)

MARKS = (b"", b"<", b">", b'"', b"=", b" ", b"</p>", b"<p", b"<td", b"<h1", b"href=", b"src=", b"class=")


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that happens to a page: what, where (a share of its length, then the next mark), how much, by what."""

    kind: str
    place: float
    other: float
    mark: bytes
    size: int
    junk: bytes

    def done_to(self, body: bytes) -> bytes:
        at = self._position(body, self.place)
        end = min(len(body), at + self.size)
        if self.kind == "cut":
            return body[:at]
        if self.kind == "behead":
            return body[at:]
        if self.kind == "delete":
            return body[:at] + body[end:]
        if self.kind == "flip":
            return body[:at] + bytes(byte ^ (1 << self.size % 8) for byte in body[at : at + 3]) + body[at + 3 :]
        if self.kind == "double":
            return body[:end] + body[at:end] * (1 + self.size % 4) + body[end:]
        if self.kind == "move":
            rest = body[:at] + body[end:]
            to = self._position(rest, self.other)
            return rest[:to] + body[at:end] + rest[to:]
        if self.kind == "replace":
            return body[:at] + self.junk + body[end:]
        return body[:at] + self.junk + body[at:]

    def _position(self, body: bytes, place: float) -> int:
        start = int(place * len(body))
        found = body.find(self.mark, start)
        return start if found < 0 else found + len(self.mark)


ADDRESS_PARTS = (
    *("http:", "https:", "//", "/", "\\", "[", "]", ":", "@", "?", "#", "&", "=", "%", "%zz", "%00", "..", ".", " "),
    *("a.pdf", "x.example", "lacson.example", "\u0338", "\u200b", "ế", "²", "\n", "\t", "javascript:", "data:,x", "'"),
    *("?download=1", "/documents/1/2/", "mailto:", "99999", "xn--", "\u2100", "\uff0f", "&#xD800;", "page=1"),
)


def addresses() -> st.SearchStrategy[bytes]:
    """Bytes that stand where an address should."""
    odd = st.lists(st.sampled_from(ADDRESS_PARTS), max_size=8).map(lambda parts: "".join(parts).encode())
    tags = [b'<a href="%s">t\xe1\xba\xa3i v\xe1\xbb\x81</a>', b'<p><img src="%s"></p>', b'<iframe src="%s"></iframe>']
    tags += [b'<base href="%s">', b"<p><a onclick=\"taive('%s')\">x</a></p>", b'<link rel="next" href="%s">']
    tags += [b'<meta http-equiv="refresh" content="0;url=%s">', b"<p onclick=\"location.href='%s'\">x</p>"]
    return st.builds(
        lambda tag, address: tag.replace(b"%s", address), st.sampled_from(tags), st.one_of(odd, st.binary(max_size=20))
    )


def junk() -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.sampled_from(JUNK),
        st.sampled_from(SCRIPTS),
        addresses(),
        st.binary(max_size=30),
        st.text(max_size=12).map(_utf8),
    )


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def damages() -> st.SearchStrategy[Damage]:
    kinds = ["cut", "behead", "delete", "flip", "double", "move", "replace", "insert", "insert", "insert", "insert"]
    share = st.floats(0, 1, allow_nan=False, width=32)
    return st.builds(Damage, st.sampled_from(kinds), share, share, st.sampled_from(MARKS), st.integers(1, 3000), junk())


def damaged_pages() -> st.SearchStrategy[bytes]:
    def done(page: bytes, all_damage: list[Damage]) -> bytes:
        for damage in all_damage:
            page = damage.done_to(page)
        return page[:400_000]

    return st.builds(done, st.sampled_from(PAGES), st.lists(damages(), min_size=1, max_size=8))


def fetch_times() -> st.SearchStrategy[datetime | None]:
    usual = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
    extremes = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(2024, 6, 12, 2, 0)]  # noqa: DTZ001  # a naive time is one of the strange ones
    zones = [usual.astimezone(timezone(timedelta(hours=hours))) for hours in (-23, 7, 23)]
    return st.sampled_from([None, usual, *extremes, *zones])


# ------------------------------------------------------------------ the search


@search(180)
@given(body=damaged_pages(), family=st.sampled_from(FAMILIES))
def test_every_damaged_page_is_read_or_refused_by_name_and_every_field_keeps_its_word(
    body: bytes, family: str | None
) -> None:
    assert_is_read(body, family=family)


@search(120)
@given(
    body=damaged_pages(),
    url=st.one_of(
        st.text(max_size=40),
        st.text(max_size=20).map(lambda tail: f"http://x.example/{tail}"),
        addresses().map(lambda raw: raw.decode("utf-8", "replace")),
        st.sampled_from(
            ["http://[", "//", "http://x:y/", "\ud800", "http://x/\udfff", "http://x.example/" + "1" * 60 + "x"]
        ),
    ),
    content_type=st.one_of(
        st.none(), st.text(max_size=30), st.text(max_size=12).map(lambda name: f"text/html; charset={name}")
    ),
    fetched_at=fetch_times(),
)
@example(body=PAGES[0], url="http://x.example/" + "1" * 90 + "x-y-z", content_type=None, fetched_at=None)
def test_no_address_no_content_type_and_no_fetch_time_raises(
    body: bytes, url: str, content_type: str | None, fetched_at: datetime | None
) -> None:
    reading = read_page(body, url, content_type=content_type, fetched_at=fetched_at)
    assert isinstance(reading, Article | NotArticle)
    if isinstance(reading, Article):
        assert_keeps_its_word(reading)


CODECS = (
    *(
        "utf-8",
        "utf-16",
        "utf-16-le",
        "utf-32",
        "cp1258",
        "cp1252",
        "latin-1",
        "shift_jis",
        "gb18030",
        "big5",
        "euc-kr",
    ),
    *("iso-2022-jp", "koi8-r", "utf-7", "cp437", "hz", "viscii", "x-user-defined", "idna", "rot13", "hex", "undefined"),
)


@search(80)
@given(
    body=damaged_pages(),
    written=st.sampled_from(CODECS[:13]),
    declared=st.sampled_from(CODECS),
    served=st.one_of(st.none(), st.sampled_from(CODECS)),
)
def test_a_wrong_charset_garbles_but_never_raises(body: bytes, written: str, declared: str, served: str | None) -> None:
    meta = f'<meta charset="{declared}">'
    recoded = (meta + body.decode("utf-8", "replace")).encode(written, "replace")
    assert_is_read(recoded, content_type=f"text/html; charset={served}" if served else None)


PROSE = (
    "Sáng 7/5, hơn hai trăm người dân xã Lạc Sơn cùng ra đồng nạo vét mương, đắp bờ vùng để kịp lấy nước vụ hè thu.",
    "Theo kế hoạch, mỗi thôn nhận một đoạn kênh dài bốn trăm mét, làm gọn trong hai buổi rồi giao cho tổ thủy nông.",
)


def article_around(inside: bytes) -> bytes:
    """A plain page whose text goes around some markup."""
    before, after = (f"<p>{text}</p>".encode() for text in PROSE)
    return (
        "<html lang=vi><head><meta charset=utf-8><title>Xã Lạc Sơn ra quân làm đường</title></head><body>"
        "<h1>Xã Lạc Sơn ra quân làm đường</h1><div class=ngay>Thứ Ba, 07/05/2024 20:01</div>"
        "<div class=content>".encode()
        + before
        + inside
        + after
        + b"</div></body></html>"
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_no_script_comes_through_into_the_clean_html(script: bytes) -> None:
    for inside in (script, b"<p>" + script + b"</p>", b"<table><tr><td>" + script + b"</td><td>x</td></tr></table>"):
        assert_is_read(article_around(inside), family="none")


@search(120)
@given(pieces=st.lists(st.one_of(st.sampled_from(SCRIPTS), st.sampled_from(JUNK)), min_size=1, max_size=6))
def test_no_mixture_of_scripts_comes_through_into_the_clean_html(pieces: list[bytes]) -> None:
    assert_is_read(article_around(b"".join(pieces)), family="none")


# ------------------------------------------------------------------ what is no article, by name


def reason(body: bytes, **options: object) -> str:
    reading = read_page(body, URL, **options)  # type: ignore[arg-type]  # test options
    assert isinstance(reading, NotArticle), reading
    return reading.reason


NOISE = Random(1).randbytes(3000)  # noqa: S311  # the same noise every time is what a test wants
MENU = b"<li><a href=/tin>Tin trong huyen</a></li>" * 40
PASSWORD = b"<form><input name=u><input type=password></form>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty"),
        (b" \r\n\t\x0c ", "empty"),
        (b"\0" * 5000, "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<html><head></head><body>&nbsp;<br></body></html>", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x03\xe8", "binary"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", "binary"),
        (b"\x1f\x8b\x08" + NOISE, "binary"),
        (NOISE, "binary"),
        (bytes(range(256)) * 8, "binary"),
        (b"<title>Danh muc</title><ul>" + MENU + b"</ul>", "listing"),
        ("<title>Đăng nhập</title>".encode() + PASSWORD, "login"),
        ("<title>Lỗi</title><p>Trang không tồn tại hoặc đã bị xóa.</p>".encode(), "soft_404"),
        (b"<title>404 Not Found</title><h1>Not Found</h1>", "soft_404"),
        (b"<script>document.cookie='D1N=0123';window.location.reload(true);</script>", "challenge"),
        (b"<title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h/b'></script>", "challenge"),
    ],
)
def test_what_is_no_article_has_a_name(body: bytes, expected: str) -> None:
    assert reason(body) == expected


@pytest.mark.parametrize("share", range(0, 100, 10))
def test_a_page_cut_off_anywhere_is_read_as_far_as_it_goes(share: int) -> None:
    for page in PAGES:
        assert_is_read(page[: len(page) * share // 100])


def test_a_page_that_came_packed_without_saying_so_is_read() -> None:
    assert read_page(gzip.compress(article_around(b"")), URL) == read_page(article_around(b""), URL)


def test_a_page_that_breaks_off_in_its_text_is_still_an_article() -> None:
    whole = article_around("".join(f"<p>{text}</p>" for text in PROSE * 5).encode())
    reading = read_page(whole[: len(whole) * 3 // 4], URL, family="none")
    assert isinstance(reading, Article)
    assert reading.body.startswith(PROSE[0])


def test_a_charset_that_is_declared_wrong_costs_no_letter() -> None:
    page = article_around(b"").replace(b"charset=utf-8", b"charset=windows-1258")
    reading = read_page(page, URL, content_type="text/html; charset=iso-8859-1", family="none")
    assert isinstance(reading, Article)
    assert reading.body == "\n".join(PROSE)


# ------------------------------------------------------------------ what the search found


def read_around(inside: str, *, url: str = URL) -> Article:
    reading = read_page(
        article_around(inside.encode()), url, family="none", fetched_at=datetime(2024, 6, 12, tzinfo=UTC)
    )
    assert isinstance(reading, Article), reading
    assert_holds(reading)
    return reading


@pytest.mark.parametrize("overlay", ["\u0338", "&#824;", "&#x338;"])
def test_an_overlay_at_the_start_of_a_paragraph_does_not_compose_with_its_tag(overlay: str) -> None:
    found = read_around(f"<p>{overlay} onmouseover=alert(1) x</p>")
    assert "\u226f" not in found.body_html
    assert "<p>\u0338 onmouseover=alert(1) x</p>" in found.body_html


@pytest.mark.parametrize(
    "reference", ["&#1;", "&#x1f", "&#11;", "&#12;", "&#xFFFE;", "&#65535;", "&#x0000008;", "&#127;"]
)
def test_a_reference_to_a_character_that_no_text_may_hold_is_left_out(reference: str) -> None:
    markup = (
        f"<p>Ruộng{reference} <span hidden>x</span>đồng{reference}<o:p></o:p>{reference} làng</p><p class=tags>x</p>"
    )
    assert "Ruộng đồng làng" in read_around(markup).body


def test_references_to_line_breaks_and_letters_stay() -> None:
    assert "Đồng\nruộng"[:4] in read_around("<p>&#272;ồng&#13;&#10;ruộng&#9;làng &#127799;</p>").body
    assert "Đồng ruộng làng 🌷" in read_around("<p>&#272;ồng&#13;&#10;ruộng&#9;làng &#127799;</p>").body


@pytest.mark.parametrize("size", ["²", "9" * 5000, "-1", "4e9", "", "٣٩", "1" * 4999 + "px"])
def test_a_picture_of_any_size_is_looked_at(size: str) -> None:
    read_around(f'<p><img src="/anh.jpg" width="{size}" height="{size}"></p>')


@pytest.mark.parametrize("source", ["http://[/a.pdf", "http://:80/a.pdf", "http://[::1", "https://?download=1"])
def test_an_address_without_a_host_is_no_attachment_and_no_picture(source: str) -> None:
    found = read_around(f'<p><a href="{source}">Tải về</a></p><p><img src="{source}"></p>')
    assert (found.attachments, found.images) == ((), ())
    assert source not in found.body_html


def test_a_picture_has_a_web_address_or_none_in_clean_html() -> None:
    assert "mailto" not in read_around('<p><img src="mailto:a@b.example" alt="x"></p>').body_html


@pytest.mark.parametrize("key", ["headline", "author", "datePublished", "articleSection", "keywords"])
def test_half_a_character_in_json_ld_does_not_reach_the_record(key: str) -> None:
    read_around(f'<script type="application/ld+json">{{"@type":"NewsArticle","{key}":"Xã \\ud83c Sơn"}}</script>')


@pytest.mark.parametrize("depth", [50, 400, 900, 5000])
@pytest.mark.parametrize("key", ["author", "@type", "@graph", "keywords"])
def test_json_ld_may_nest_as_deep_as_it_likes(key: str, depth: int) -> None:
    nested = "[" * depth + '"Lã Thu Hiên"' + "]" * depth
    read_around(f'<script type="application/ld+json">{{"@type":"NewsArticle","{key}":{nested}}}</script>')


def test_a_heading_of_invisible_characters_is_no_title() -> None:
    page = article_around(b"").replace(b"<h1>", "<h1>\u200b\u200b\u200b\u200b\u200b</h1><h1>".encode())
    reading = read_page(page, URL, family="none")
    assert isinstance(reading, Article)
    assert reading.title == "Xã Lạc Sơn ra quân làm đường"


def test_a_lead_that_is_printed_again_and_again_stands_once() -> None:
    lead = "<p class=sapo>Phong trào làm đường ở xã Lạc Sơn đã đi từ một thôn ra toàn xã chỉ trong ba tháng.</p>"
    page = article_around(b"").replace(b"<div class=content>", b"<div class=content>" + lead.encode() * 4)
    reading = read_page(page, URL, family="none")
    assert isinstance(reading, Article)
    assert reading.body == "\n".join(PROSE)


@pytest.mark.parametrize("fetched", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_fetch_time_at_the_end_of_all_time_judges_nothing(fetched: datetime) -> None:
    reading = read_page(
        article_around(b"<p>5 ph\xc3\xbat tr\xc6\xb0\xe1\xbb\x9bc</p>"), URL, family="none", fetched_at=fetched
    )
    assert isinstance(reading, Article)
    assert reading.published_at == datetime(2024, 5, 7, 20, 1, tzinfo=timezone(timedelta(hours=7)))


# ------------------------------------------------------------------ sizes and depths

CHILD = """
import json, resource, sys, time
from crawler.discover.links import discover_links
from crawler.read import parse_page, read_parsed
from crawler.sitefile import Site
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
source, family, url = sys.argv[1:]
body = eval(source)
rss = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start = rss(), time.process_time()
page = parse_page(body, url, family=family)
reading = read_parsed(page)
links = discover_links(page.tree, url, site=Site(name="x", title="x", home="http://lacson.example/"), profile=None)
seconds = time.process_time() - start
print(json.dumps({"result": getattr(reading, "reason", "article"), "seconds": seconds, "memory": rss() - before,
                  "bytes": len(body), "links": len(links.links)}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A reading in a process of its own: what came of it, CPU seconds, megabytes beyond the page itself."""

    result: str
    seconds: float
    memory: float
    bytes: int
    links: int


def measured(source: str, *, family: str = "none", url: str = URL) -> Measured:
    """Read the page that an expression makes, in a child that may use three gigabytes and a minute."""
    command = [sys.executable, "-c", CHILD, source, family, url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return Measured(**json.loads(done.stdout))


ARTICLE = f"{article_around(b'@')!r}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("b'x' * 50_000_000", "too_large", id="one line"),
        pytest.param("'Xã Lạc Sơn ra quân. '.encode() * 2_000_000", "too_large", id="text"),
        pytest.param("b'<p>x</p>' * 6_000_000", "too_large", id="paragraphs"),
        pytest.param("b'<div>' * 10_000_000", "too_large", id="nested"),
    ],
)
def test_fifty_megabytes_are_refused_within_ten_seconds_and_a_gigabyte_and_a_half(source: str, expected: str) -> None:
    found = measured(source)
    assert found.bytes >= 48_000_000
    assert found.result == expected
    assert found.seconds < 10
    assert found.memory < 1500


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"{ARTICLE}.replace(b'@', b'<{tag}>' * 100_000)", id=tag.split()[0])
        for tag in ("div", "span", "b", "table><tr><td", "ul><li", "a href=/x><div")
    ],
)
def test_a_hundred_thousand_nested_elements_take_less_than_five_seconds(source: str) -> None:
    found = measured(source)
    assert found.seconds < 5
    assert found.memory < 1500


SLOW_SHAPES = {
    "two hundred thousand attributes": "b'<p ' + b' '.join(b'a%d=1' % number for number in range(200_000)) + b'>x</p>'",
    "a million tiny tags": "b'<b>x</b>' * 500_000",
    "fifty thousand tags with text between them": "b'<i hidden>x</i>y' * 49_000",
    "forty thousand comments": "b'<!---->x' * 40_000",
    "a list of links": "'<li><a href=/tin>tin</a></li>'.encode() * 16_000",
    "twelve thousand pictures": "b'<img src=/a.jpg>x' * 12_000",
    "labels": "'<p>Tin liên quan</p><p>y</p>'.encode() * 16_000",
    "a class of eight megabytes": "b'<p class=\\'' + b'a-b ' * 2_000_000 + b'\\'>x</p>'",
    "an address of eight megabytes": "b'<p><a href=/' + b'a' * 8_000_000 + b'>x</a></p>'",
    "a call with a million arguments": "b'<p onclick=\"' + b\"'a/b',\" * 1_000_000 + b'\">x</p>'",
    "a word of a million letters": "'ð '.encode() + b'a' * 1_000_000",
    "unfinished inputs": "b'<input ' * 400_000",
    "a comment after the end": "b'</div></body></html><!--' + b'x' * 15_000_000",
    "fifty links among empty tags": "b''.join(b'<a href=/tin-%d>hai</a>' % n for n in range(55)) + b'<b></b>' * 40_000",
    "marks without end": "'e\\u0301'.encode() * 1_000_000",
    "references": "b'&#x110000;&#0;&#824;' * 500_000",
}


@pytest.mark.parametrize("inside", SLOW_SHAPES.values(), ids=SLOW_SHAPES)
def test_no_shape_of_a_page_takes_much_longer_than_its_length(inside: str) -> None:
    found = measured(f"{ARTICLE}.replace(b'@', {inside})")
    assert found.seconds < 12
    assert found.memory < 1500


CROWDED_SHAPES = {
    "headings over links": "<h3>Mục</h3><p><a href=/tin-@>tin số @</a></p>",
    "headings that are links": "<h3><a href=/tin-@>tin số @</a></h3>và ",
    "boxes around such headings": "<div><h3><a href=/tin-@>tin số @</a></h3>tóm tắt</div>và ",
    "calls in one line": "<span>Subscribe @</span>và ",
    "labels in one line": "<span>Tin liên quan</span>@ ",
    "links to comments": "<a href=/tin#comment-@>ý kiến @</a>và ",
    "named authors": "<span class=author>Lê Văn @</span>và ",
}


@pytest.mark.parametrize("line", CROWDED_SHAPES.values(), ids=CROWDED_SHAPES)
def test_each_of_eight_thousand_lines_is_judged_in_the_time_of_one(line: str) -> None:
    lines = f"''.join({line!r}.replace('@', str(number)) for number in range(8_000)).encode()"
    found = measured(f"{ARTICLE}.replace(b'@', {lines})")
    assert found.seconds < 4  # of which half is spent on the rest of half a megabyte


def test_a_number_of_any_length_in_an_address_costs_no_time() -> None:
    found = measured(ARTICLE, url="http://lacson.example/tin-tuc/" + "1" * 90 + "x-lam-duong")
    assert found.result == "article"
    assert found.seconds < 2
