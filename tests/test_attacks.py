"""Attacks over real sockets: whatever a server sends, a crawl ends soon, keeps to its bounds and to the public web.

What the parts do alone is tested beside them: addresses in `test_addresses`, codings in `test_fetch`, feeds in
`test_feeds`, pages in `test_hostile_pages`, robots.txt in `test_robots`. Here whole crawls are attacked.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

import aiohttp
import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from crawling import HOME, SITE_FILE, Mirror, crawl
from portals import LoadPage, WebForms
from server import Answer, Asked, Route, SmallSite, redirect, running
from village import article, entry, listing, page, small_site

import crawler.asking
import crawler.discover.listends
import crawler.discover.turning
import crawler.guard.addresses
import crawler.messages
import pipelines.settlement
from pipelines.warcreader import read_record

ARTICLES = [f"{HOME}tin-{n}.html" for n in range(1, 7)]
PROBED = {"GOVNEWS_PROBE": True}


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


def kept(mirror: Mirror) -> list[str]:
    return [row[0] for row in mirror.rows("SELECT url FROM articles ORDER BY url")]


# The address guard: no proxy stands between


@dataclass
class Names(AbstractResolver):
    """A name server of the test; a name with several answers gives the next one each time it is asked."""

    answers: dict[str, list[str]] = field(default_factory=dict)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        del family
        addresses = self.answers[host]
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return [ResolveResult(hostname=host, host=address, port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """127.0.0.1 stands for the public web: a machine that the guard lets pass. All other addresses are as they are."""
    names = Names({"xa.example": ["127.0.0.1"]})
    is_public = crawler.guard.addresses.is_public
    monkeypatch.setattr(aiohttp, "DefaultResolver", lambda: names)
    monkeypatch.setattr(crawler.guard.addresses, "is_public", lambda text: text == "127.0.0.1" or is_public(text))
    return names


@dataclass(slots=True)
class Network:
    """A site on the public web, and a machine of the network that the crawler runs in."""

    site: SmallSite
    inside: SmallSite

    def crawl(self, mirror: Mirror) -> None:
        site_file = SITE_FILE.replace(HOME, f"http://xa.example:{self.site.port}/")
        crawl(mirror, "", site_file=site_file + 'hosts = ["trong.example"]\n')


@pytest.fixture
def network(names: Names) -> Iterator[Network]:
    names.answers["trong.example"] = ["127.0.0.2"]
    secret: dict[str, Route] = {
        "/": page("Bí mật", "<p>Nội bộ</p>"),
        "/mat.pdf": Answer(body=b"%PDF-1.4 mat", mime="application/pdf"),
    }
    with running(small_site()) as site, running(secret, address="127.0.0.2") as inside:
        yield Network(site, inside)


def test_a_site_on_the_public_web_is_crawled_without_a_proxy(network: Network, mirror: Mirror) -> None:
    network.crawl(mirror)
    assert len(kept(mirror)) == 6


WAYS_INSIDE = [
    *((status, "trong.example") for status in (301, 302, 303, 307, 308)),
    *((302, host) for host in ("127.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "0x7f.2", "localhost")),
]


def test_a_redirect_to_a_machine_inside_is_not_followed(network: Network, mirror: Mirror) -> None:
    port = network.inside.port
    links = "".join(f'<a href="/tai/{n}.pdf">Tài liệu số {n}</a>' for n, _ in enumerate(WAYS_INSIDE))
    network.site.routes["/tin-1.html"] = article(1, extra=f"<p>{links}</p>")
    for number, (status, host) in enumerate(WAYS_INSIDE):
        network.site.routes[f"/tai/{number}.pdf"] = redirect(f"http://{host}:{port}/mat.pdf?{number}", status)
    network.crawl(mirror)
    assert network.inside.log == []
    assert mirror.one("SELECT count(*) FROM attachments WHERE state = 'stored'") == 0
    refusals = {row[0] for row in mirror.rows("SELECT error FROM captures WHERE error IS NOT NULL")}
    assert len(refusals) == 6, "one for each spelling"
    assert all("not a public address; not asked" in error or "own name; not asked" in error for error in refusals)


def test_the_guard_stands_at_every_hop(network: Network, mirror: Mirror) -> None:
    hops: dict[str, Route] = {f"/hop/{n}.pdf": redirect(f"/hop/{n + 1}.pdf") for n in range(1, 4)}
    hops["/hop/4.pdf"] = redirect(f"http://trong.example:{network.inside.port}/mat.pdf")
    network.site.routes |= hops | {"/files/ke-hoach.pdf": redirect("/hop/1.pdf")}
    network.crawl(mirror)
    assert len(network.site.asked("/hop/4.pdf")) == 1, "the attack has reached its last hop"
    assert network.inside.log == []


def test_links_and_pictures_of_machines_inside_are_not_asked_for(network: Network, mirror: Mirror) -> None:
    port = network.inside.port
    network.site.routes["/tin-1.html"] = article(
        1,
        extra=f'<a href="http://trong.example:{port}/mat.pdf">Tải</a><img src="http://127.0.0.2:{port}/mat.png">'
        f'<iframe src="http://trong.example:{port}/"></iframe>'
        '<a href="http://169.254.169.254/latest/meta-data/iam.pdf">Tải</a>',
    )
    network.crawl(mirror)
    assert network.inside.log == []
    assert len(kept(mirror)) == 6


def test_a_name_that_moves_inside_between_two_requests_is_refused(
    network: Network, names: Names, mirror: Mirror
) -> None:
    names.answers["xa.example"] = ["127.0.0.1", "127.0.0.2"]
    for path, route in list(network.site.routes.items()):
        body = route if isinstance(route, str) else "<p>x</p>"
        network.site.routes[path] = Answer(body=body.encode(), close=True)
    network.crawl(mirror)
    assert network.inside.log == []


# Schemes and addresses


HOSTILE_TARGETS = [
    "file:///etc/passwd",
    "ftp://xa.example/tin.html",
    "gopher://xa.example:70/_x",
    "data:text/html,<h1>x</h1>",
    "javascript:alert(1)",
    "http://nguoi:mat-khau@xa.example/tin-7.html",
    "http://nguoi@xa.example/tin-7.html",
    "http://ke-xau.example\\@xa.example/tin-7.html",
    "http://хa.example/tin-7.html",  # the first letter is Cyrillic
    "http://xа.example/tin-7.html",  # the second letter is Cyrillic
    "http://xa.example.ke-xau.example/tin-7.html",
    "http://xa.example%00.ke-xau.example/tin-7.html",
    "//ke-xau.example/tin-7.html",
]


@pytest.mark.parametrize("way", ["links", "redirects", "feed"])
def test_addresses_that_are_not_the_site_s_are_not_asked_for(site: SmallSite, mirror: Mirror, way: str) -> None:
    title = "Một bài viết rất đáng đọc của xã"
    if way == "links":
        more = "".join(f'<li class="item"><a href="{target}">{title}</a></li>' for target in HOSTILE_TARGETS)
        site.routes["/"] = listing(range(1, 7), more=more)
    elif way == "redirects":
        more = "".join(f'<li><a href="/di/{n}.html">{title}</a></li>' for n, _ in enumerate(HOSTILE_TARGETS))
        site.routes["/"] = listing(range(1, 7), more=more)
        site.routes |= {f"/di/{n}.html": redirect(target.encode()) for n, target in enumerate(HOSTILE_TARGETS)}
    else:
        site.routes["/"] = page("Trang chủ", '<p><a href="/tin-tuc">Tin tức</a></p>', head=feed_link("/rss.xml"))
        items = "".join(f"<item><link><![CDATA[{target}]]></link></item>" for target in HOSTILE_TARGETS)
        site.routes["/rss.xml"] = Answer(body=f"<rss><channel>{items}</channel></rss>".encode(), mime="text/xml")
    crawl(mirror, site.base_url)
    assert {asked.host for asked in site.log} == {"xa.example"}
    assert not [asked for asked in site.log if "tin-7" in asked.target or b"mat-khau" in asked.head]
    assert kept(mirror) == ARTICLES


def feed_link(*paths: str) -> str:
    return "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in paths)


def test_control_characters_in_a_link_add_nothing_to_the_request(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/"] = listing(
        range(1, 7),
        more='<a href="/tin-7.html&#13;&#10;X-Injected: 1&#13;&#10;&#13;&#10;GET /bi-mat HTTP/1.1">Bài viết thứ bảy</a>'
        '<a href="java&#10;script:alert(1)">Bài viết thứ tám của xã</a><a href="/\x00tin\x1b-9.html">Bài thứ chín</a>',
    )
    crawl(mirror, site.base_url)
    assert all(b"X-Injected" not in asked.head.split(b"\r\n", 1)[1] for asked in site.log)
    assert not [asked for asked in site.log if asked.path == "/bi-mat"]
    assert kept(mirror) == ARTICLES


@pytest.mark.usefixtures("impatient")
def test_a_redirect_whose_location_breaks_the_line_adds_nothing_to_the_request(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-6.html"] = redirect(b"/tin-5.html%0d%0aX-Injected:%201\x0b\x00")
    crawl(mirror, site.base_url)
    assert all(b"X-Injected" not in asked.head.split(b"\r\n", 1)[1] for asked in site.log)


@pytest.mark.usefixtures("impatient")
def test_addresses_that_are_too_long_are_not_asked_for(site: SmallSite, mirror: Mirror) -> None:
    long = [f"/tin-{'a' * length}.html" for length in (3_000, 7_900, 9_000, 200_000)]
    links = "".join(f'<a href="{href}">Bài viết có địa chỉ rất dài</a>' for href in long)
    site.routes["/"] = listing(range(1, 7), more=links)
    site.routes |= {f"/tin-{n}.html": redirect(href) for n, href in zip(range(3, 7), long, strict=True)}
    crawl(mirror, site.base_url)
    assert max(len(asked.target) for asked in site.log) < 2_100
    assert kept(mirror) == ARTICLES[:2]


# Size and time


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are tried again at once."""
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=20))


@pytest.fixture
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.asking, "PAGE_CAP", 300_000)
    monkeypatch.setattr(crawler.asking, "FILE_SECONDS", 1)


@pytest.mark.usefixtures("small_caps")
def test_answers_without_end_are_cut_at_the_cap(site: SmallSite, mirror: Mirror) -> None:
    paths = ["/tin-tuc", "/tin-6.html", "/files/ke-hoach.pdf", "/anh/duong.png", "/sitemap.xml"]
    endless = Answer(body=b"<p>Xin</p>", endless=b"<p>ch\xc3\xa0o</p>" * 1000)
    site.routes |= dict.fromkeys(paths, endless) | {"/": listing(range(1, 7), more='<a href="/tin-tuc">Tin tức</a>')}
    crawl(mirror, site.base_url, site_file=SITE_FILE + 'max_file = "300kB"\nmax_image = "300kB"\n')
    cut = mirror.rows("SELECT url, length FROM captures WHERE truncated = 'length' ORDER BY url")
    assert [url for url, _length in cut] == sorted(HOME.rstrip("/") + path for path in paths)
    assert max(length for _url, length in cut) < 300_000
    assert kept(mirror) == ARTICLES[:5]


@pytest.mark.usefixtures("small_caps", "impatient")
def test_answers_that_drip_are_cut_off_by_the_clock(site: SmallSite, mirror: Mirror) -> None:
    paths = ["/tin-tuc", "/files/ke-hoach.pdf"]
    drip = Answer(body=b"<p>", endless=b"x", pause=0.05, mime="text/plain")
    site.routes |= dict.fromkeys(paths, drip)
    site.routes |= {
        "/": listing(range(1, 7), more='<a href="/tin-tuc">Tin tức</a>'),
        "/tin-6.html": Answer(head=b"HTTP/1.1 200 OK\r\n", endless=b"X: y\r\n", pause=0.05),
    }
    started = time.monotonic()
    crawl(mirror, site.base_url, options={"DOWNLOAD_TIMEOUT": 0.4})
    assert time.monotonic() - started < 12, "three tries each"
    cut = mirror.rows("SELECT DISTINCT url FROM captures WHERE truncated = 'time' ORDER BY url")
    assert [row[0] for row in cut] == sorted(HOME.rstrip("/") + path for path in paths)
    error = mirror.rows("SELECT DISTINCT error FROM captures WHERE url = ?", ARTICLES[5])
    assert error == [("xa.example did not answer within 0.4 seconds",)]
    assert kept(mirror) == ARTICLES[:5]


def test_a_robots_txt_that_drips_holds_the_host(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(head=b"HTTP/1.1 200 OK\r\n", endless=b"X: y\r\n", pause=0.05)
    outcome = crawl(mirror, site.base_url, options={"DOWNLOAD_TIMEOUT": 0.4})
    assert (outcome.word, outcome.detail) == ("failed", "xa.example is held: robots.txt: no answer")
    assert {asked.path for asked in site.log} == {"/robots.txt"}


@pytest.mark.usefixtures("impatient")
def test_heads_without_end_need_no_memory(site: SmallSite, mirror: Mirror) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    site.routes |= {
        "/": listing(range(1, 7)),
        "/tin-3.html": Answer(head=b"HTTP/1.1 200 OK\r\n", endless=b"X-Dong: " + b"a" * 100 + b"\r\n"),
        "/tin-4.html": Answer(head=b"HTTP/1.1 200 OK\r\nX: ", endless=b"a" * 10_000),
        "/tin-5.html": Answer(head=b"HTTP/1.1 200 ", endless=b"a" * 10_000),
        "/tin-6.html": Answer(head=b"HTTP/1.1 103 Early Hints\r\n\r\n", endless=b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    }
    crawl(mirror, site.base_url, options={"DOWNLOAD_TIMEOUT": 0.5})
    assert kept(mirror) == ARTICLES[:2]
    answered = {row[0] for row in mirror.rows("SELECT url FROM captures WHERE status IS NOT NULL")}
    assert not answered & set(ARTICLES[2:])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000, "kilobytes"


def deflated(data: bytes) -> bytes:
    return zlib.compress(data, 9)


BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": deflated,
    "br": lambda data: bytes(brotli.compress(data, quality=1)),
    "zstd": zstd.compress,
    "gzip, gzip": lambda data: gzip.compress(gzip.compress(data)),
}


@pytest.mark.usefixtures("small_caps")
def test_decompression_bombs_go_off_in_a_small_box(site: SmallSite, mirror: Mirror) -> None:
    links = "".join(f'<a href="/bom/{n}.pdf">Tài liệu số {n}</a>' for n, _ in enumerate(BOMBS))
    site.routes |= {"/": listing(range(1, 7)), "/tin-1.html": article(1, extra=f"<p>{links}</p>")}
    for number, (coding, pack) in enumerate(BOMBS.items()):
        bomb, headers = pack(b"<p>bom</p>" * 400_000), (("Content-Encoding", coding),)
        site.routes[f"/tin-{number + 2}.html"] = Answer(body=bomb, headers=headers)
        site.routes[f"/bom/{number}.pdf"] = Answer(body=bomb, mime="application/pdf", headers=headers)
    crawl(mirror, site.base_url, site_file=SITE_FILE + 'max_file = "300kB"\n')
    assert kept(mirror) == ARTICLES[:1]
    assert mirror.one("SELECT count(*) FROM captures WHERE truncated = 'length'") == 2 * len(BOMBS)
    assert mirror.rows("SELECT DISTINCT state FROM attachments") == [("too_large",)]
    assert max(path.stat().st_size for path in mirror.output.rglob("*") if path.is_file()) < 3_000_000


def test_a_thousand_codings_on_top_of_each_other_are_refused(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-6.html"] = Answer(body=b"x" * 500, headers=(("Content-Encoding", ", ".join(["gzip"] * 1_000)),))
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT error FROM captures WHERE url = ?", ARTICLES[5]) == (
        "1000 content codings on top of each other"
    )
    assert kept(mirror) == ARTICLES[:5]


# XML


def laughs() -> str:
    steps = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{steps}]>'


XML_ATTACKS = {
    "billion laughs": f"{laughs()}<rss><item><link>&l11;</link></item></rss>",
    "quadratic blow-up": f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]><rss><item>{"&a;" * 20_000}</item></rss>',
    "a file of ours": '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><item><title>&a;</title></item></rss>',
    "a machine inside": '<!DOCTYPE rss SYSTEM "http://ke-xau.example/x.dtd"><rss><item><link>/a.html</link></item></rss>',
    "parameter entities": '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://ke-xau.example/x.dtd">%x;]><rss></rss>',
    "depth": f"<rss>{'<item>' * 100_000}",
    "attributes": f"<rss {' '.join(f'a{n}=1' for n in range(100_000))}></rss>",
    "names": f"<rss>{''.join(f'<n{n}/>' for n in range(100_000))}</rss>",
}


@pytest.mark.parametrize("as_what", ["feeds", "sitemaps"])
def test_attacks_in_xml_cost_little_and_reach_nothing(site: SmallSite, mirror: Mirror, as_what: str) -> None:
    paths = [f"/xml/{n}.xml" for n, _ in enumerate(XML_ATTACKS)]
    if as_what == "feeds":
        site.routes["/"] = page("Trang chủ", '<p><a href="/tin-tuc">Tin tức</a></p>', head=feed_link(*paths))
    else:
        lines = "".join(f"Sitemap: {HOME.rstrip('/')}{path}\n" for path in paths)
        site.routes["/robots.txt"] = Answer(body=lines.encode(), mime="text/plain")
    bodies = (Answer(body=attack.encode(), mime="text/xml") for attack in XML_ATTACKS.values())
    site.routes |= dict(zip(paths, bodies, strict=True))
    started = time.process_time()
    assert crawl(mirror, site.base_url).word == "ok"
    assert time.process_time() - started < 15
    assert all(len(site.asked(path)) == 1 for path in paths)
    assert kept(mirror) == ARTICLES
    assert not [asked for asked in site.log if asked.host != "xa.example"]


def test_a_bomb_in_a_compressed_sitemap_is_refused(site: SmallSite, mirror: Mirror) -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 60_000_000, 1)
    site.routes["/sitemap.xml"] = Answer(body=bomb, mime="application/gzip")
    assert crawl(mirror, site.base_url).word == "ok"
    assert mirror.one("SELECT reading FROM captures WHERE url LIKE '%sitemap.xml'") == "not an article: no sitemap"


# Lists and addresses without end


def endless_list(entries: Callable[[int], str]) -> Callable[[Asked], str]:
    """A listing each of whose pages leads to a next one."""

    def answer(asked: Asked) -> str:
        number = int(parse_qs(urlsplit(asked.target).query).get("page", ["1"])[0])
        onward = f'<div class="paging"><a href="/tin-tuc?page={number + 1}">Trang sau</a></div>'
        return page("Tin tức", f'<ul class="list">{entries(number)}</ul>{onward}')

    return answer


@pytest.mark.parametrize(
    ("entries", "most"),
    [
        pytest.param(lambda _: "".join(map(entry, range(1, 7))), 2, id="the same entries for ever"),
        pytest.param(lambda number: "".join(map(entry, range(1, 7))) if number < 4 else "", 4, id="nothing for ever"),
        pytest.param(lambda number: "".join(map(entry, range(number, number + 3))), 12, id="new entries for ever"),
    ],
)
def test_a_list_without_end_is_left(
    site: SmallSite,
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
    entries: Callable[[int], str],
    most: int,
) -> None:
    monkeypatch.setattr(crawler.discover.listends, "MOST_PAGES", 12)
    site.routes["/tin-tuc"] = endless_list(entries)
    assert crawl(mirror, site.base_url).word == "ok"
    assert len([asked for asked in site.log if asked.path.startswith("/tin-tuc")]) <= most
    assert set(ARTICLES) <= set(kept(mirror))


@dataclass(slots=True)
class EndlessForm(WebForms):
    """A form whose pager always offers a next page."""

    shows_new: bool = False

    def numbers(self, page: int) -> list[int]:
        return [page + 1, page] if self.shows_new else [2, 1]


@pytest.mark.parametrize(("shows_new", "most"), [(0, 1), (1, 7)])
def test_a_form_without_end_is_left(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, shows_new: int, most: int) -> None:
    monkeypatch.setattr(crawler.discover.turning, "MOST_PAGES", 8)
    portal = EndlessForm(2_000, 4, shows_new=bool(shows_new))
    with running(portal.routes) as site:
        assert crawl(mirror, site.base_url).word == "ok"
        assert len([asked for asked in site.log if asked.method == "POST"]) == most


@pytest.mark.parametrize("options", [{}, PROBED], ids=["without the probe", "with the probe"])
def test_relative_links_that_make_the_path_grow_end_soon(mirror: Mirror, options: dict[str, bool]) -> None:
    growing = '<a href="vi/tin-moi/trang.html">Tiếng Việt</a><a href="en/tin-moi/trang.html">English</a>'

    class Everything(dict[str, Route]):
        def __contains__(self, key: object) -> bool:
            return isinstance(key, str) and not key.startswith("//")

        def __missing__(self, key: str) -> Route:
            return Answer(status=404) if key == "/robots.txt" else listing(range(1, 4), more=growing)

    with running({}) as site:
        site.routes = Everything({f"/tin-{n}.html": article(n, extra=growing) for n in range(1, 4)})
        assert crawl(mirror, site.base_url, options=options).word == "ok"
        assert len(site.log) < 40
    assert kept(mirror) == ARTICLES[:3]


TRAPS = (
    "/news/print/tin-xa/bai-1.html",
    "/news/savefile/tin-xa/bai-1.html",
    "/news/sendmail/tin-xa/bai-1.html",
    "/dang-nhap?returnurl=/tin-1.html",
    "/c/portal/login?p_l_id=10180",
    "/lich-cong-tac?week=32&year=2024",
    "/lich?date=2024-05-01&EventID=0&page=2",
    "/tim-kiem?keyword=a",
    "/tag/nong-thon-moi",
    "/tin-tuc?sortfield=ngay&sortdir=asc",
    "/vi/en/vi/tin-1.html",
    "/tin-1.html?fontsize=18",
)


def test_traps_are_not_asked_for_and_sessions_make_no_new_pages(site: SmallSite, mirror: Mirror) -> None:
    sessions = (
        "/tin-1.html;jsessionid=0A1B2C3D4E5F",
        "/(S(lit3py55t21z5v55vlm25s55))/tin-1.html",
        "/tin-1.html?p_auth=Ab12Cd34",
        "/tin-1.html?_afrLoop=1719748941",
        "/tin-1.html?PHPSESSID=0123456789abcdef",
        "/tin-1.html?_=1719748941000",
        "/tin-1.html?utm_source=zalo",
        "/anh/duong.png?t=1452137163000",
    )
    more = "".join(
        f'<li><a href="{href}">Bài viết của xã Mẫu về nông thôn mới</a></li>' for href in (*TRAPS, *sessions)
    )
    site.routes["/"] = listing(range(1, 7), more=f"<ul>{more}</ul>")
    crawl(mirror, site.base_url)
    asked = [asked.path for asked in site.log]
    assert sorted(asked) == sorted(
        ["/", "/robots.txt", "/sitemap.xml", "/tin-tuc", "/tin-tuc?page=2", "/files/ke-hoach.pdf", "/anh/duong.png"]
        + [url.removeprefix(HOME.rstrip("/")) for url in ARTICLES]
    )


# Redirects


def test_redirects_in_a_circle_end_and_are_reported(site: SmallSite, mirror: Mirror) -> None:
    circles: dict[str, Route] = {
        "/tin-4.html": redirect("/tin-4.html"),
        "/tin-5.html": redirect("/a.html"),
        "/a.html": redirect("/tin-5.html"),
        "/tin-6.html": redirect("/b.html"),
        "/b.html": redirect("/c.html"),
        "/c.html": redirect("/b.html"),
    }
    site.routes |= circles
    crawl(mirror, site.base_url)
    errors = [row[0] for row in mirror.rows("SELECT error FROM links WHERE state = 'failed' AND kind = 'article'")]
    assert sorted(errors) == ["it redirects in a circle"] * 2 + ["it redirects to itself"]
    assert max(len(site.asked(path)) for path in circles) == 1
    assert kept(mirror) == ARTICLES[:3]


def test_a_chain_of_redirects_without_end_is_left_and_reported(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-6.html"] = redirect("/r?n=1")
    site.routes["/r"] = lambda asked: redirect(f"/r?n={int(asked.path.rpartition('=')[2]) + 1}")
    crawl(mirror, site.base_url)
    assert len([asked for asked in site.log if asked.path.startswith("/r?")]) == 5
    assert "more than 5 redirects in a row" in {
        row[0] for row in mirror.rows("SELECT error FROM links WHERE state = 'failed'")
    }


def test_a_home_page_that_redirects_to_itself_is_a_failed_run(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/"] = redirect("/")
    outcome = crawl(mirror, site.base_url)
    assert (outcome.word, outcome.detail) == ("failed", f"{HOME}: it redirects to itself")


# robots.txt


def test_a_robots_txt_without_end_is_read_to_its_cap_and_obeyed(site: SmallSite, mirror: Mirror) -> None:
    rules = b"User-agent: *\nDisallow: /tin-6\n" + b"# khong het\n" * 100
    site.routes["/robots.txt"] = Answer(body=rules, endless=b"Disallow: /x\n" * 5_000, mime="text/plain")
    assert crawl(mirror, site.base_url).word == "ok"
    assert kept(mirror) == ARTICLES[:5]
    warc, offset, truncated = mirror.one("SELECT warc, offset, truncated FROM captures WHERE url LIKE '%/robots.txt'")
    assert truncated == "length"
    assert len(read_record(mirror.output, warc, offset).payload) <= 1_000_000


def test_a_crawl_delay_of_years_holds_the_host_instead_of_the_crawl(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nCrawl-delay: 99999999", mime="text/plain")
    started = time.monotonic()
    outcome = crawl(mirror, site.base_url)
    assert time.monotonic() - started < 10
    assert (outcome.word, outcome.detail) == (
        "failed",
        "xa.example is held: robots.txt: asks for 99999999 s between two requests",
    )


# Forms and lists in JSON


@pytest.mark.parametrize(
    "action", ["http://ke-xau.example/xoa", "//ke-xau.example/xoa", "/dang-nhap.aspx", "javascript:x", "file:///etc/x"]
)
def test_a_form_that_leads_elsewhere_is_not_sent(mirror: Mirror, action: str) -> None:
    portal = WebForms(8, 4)
    portal.routes["/tin-tuc.aspx"] = portal.page(1).body.replace(
        b'action="./tin-tuc.aspx"', f'action="{action}"'.encode()
    )
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        assert [asked for asked in site.log if asked.method == "POST"] == []


def test_a_form_of_many_megabytes_is_not_sent_back(mirror: Mirror) -> None:
    portal = WebForms(8, 4)
    portal.routes["/tin-tuc.aspx"] = portal.page(1).body.replace(b"/wEP", b"/wEP" + b"A" * 5_000_000)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        assert [asked for asked in site.log if asked.method == "POST"] == []
    assert mirror.one("SELECT count(*) FROM articles") == 4


def test_a_page_of_a_thousand_lists_is_turned_ten_times(mirror: Mirror) -> None:
    portal = WebForms(8, 4)
    pagers = "".join(f"<a href=\"javascript:__doPostBack('gv{n}','Page$2')\">2</a>" for n in range(1_000))
    portal.routes["/tin-tuc.aspx"] = portal.page(1).body.replace(b"</form>", f"{pagers}</form>".encode())
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        assert len([asked for asked in site.log if asked.method == "POST"]) == 10


def test_cookies_of_a_form_go_to_its_own_host_and_into_no_other_request(mirror: Mirror) -> None:
    portal = WebForms(8, 4)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        assert {asked.method for asked in site.log if asked.header("Cookie")} == {"POST"}


JSON_ATTACKS = {
    "depth": "[" * 200_000,
    "a huge number": '{"items": [], "totalPageNum": ' + "9" * 100_000 + "}",
    "no list": '{"items": "a"}',
    "strange entries": '{"items": [null, 1, "a", [], {"urlDetail": {"a": 1}}, {"urlDetail": "javascript:x"}]}',
    "links elsewhere": json.dumps({"items": [{"urlDetail": "http://ke-xau.example/-/a"}, {"urlDetail": "file:///a"}]}),
    "no JSON": "\xff\x00",
    "markup in titles": json.dumps({"items": [{"urlDetail": "/-/bai-viet-so-1", "title": "<script>x</script>" * 9}]}),
}


@pytest.mark.parametrize("attack", JSON_ATTACKS)
def test_a_hostile_list_in_json_ends_the_walk_and_nothing_else(mirror: Mirror, attack: str) -> None:
    portal = LoadPage(3, 5)
    normal = portal.listing
    hostile = Answer(body=JSON_ATTACKS[attack].encode("latin-1"), mime="application/json")
    portal.routes["/tin-tuc"] = lambda asked: hostile if "loadPage" in asked.path else normal(asked)
    with running(portal.routes) as site:
        assert crawl(mirror, site.base_url).word == "ok"
        assert len([asked for asked in site.log if "loadPage" in asked.path]) <= 2
        assert {asked.host for asked in site.log} == {"xa.example"}
    titles = [row[0] or "" for row in mirror.rows("SELECT title FROM sightings")]
    assert not [title for title in titles if "<" in title]


@pytest.mark.parametrize(
    ("start", "is_asked"), [("/tin-tuc?", True), ("http://ke-xau.example/?", False), ("//ke-xau.example/", False)]
)
def test_a_script_that_asks_another_host_is_not_followed(mirror: Mirror, start: str, *, is_asked: bool) -> None:
    portal = LoadPage(3, 5)
    script = f"Liferay.ThemeDisplay; var u = '{start}p_p_resource_id=loadPage'; var a = '_x_pageNum';"
    portal.routes["/tin-tuc"] = page("Tin tức", f"<script>{script}</script>")
    with running(portal.routes) as site:
        assert crawl(mirror, site.base_url).word == "ok"
        assert any("loadPage" in asked.path for asked in site.log) is is_asked
        assert {asked.host for asked in site.log} == {"xa.example"}
