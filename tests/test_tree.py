from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.html import HtmlElement

from crawler.read.decode import decode
from crawler.read.tree import MAX_DEPTH, VIETNAMESE_LETTERS, language_of, parse

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "sites"
LINE = "Đoàn viên thanh niên xã Bình Thuận ra quân làm sạch kênh mương và trồng hoa dọc đường thôn. "


def depth(root: HtmlElement) -> int:
    deepest = level = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def shown(page: str | bytes) -> str:
    return " ".join(parse(page).text_content().split())


# ------------------------------------------------------------------ ordinary and odd pages


def test_a_page_becomes_its_html_element() -> None:
    root = parse(f"<!doctype html><html lang=vi><title>x</title><p class=a>{LINE}</html>")
    assert (root.tag, root.get("lang"), root.xpath("string(body/p[@class='a'])")) == ("html", "vi", LINE)


def test_the_utf_8_that_decode_gives_makes_the_same_tree() -> None:
    page = f"<html><body><p>{LINE}</p></body></html>"
    assert etree.tostring(parse(decode(page.encode()).source)) == etree.tostring(parse(page))


@pytest.mark.parametrize("page", ["", "  \n", "<!-- nothing -->", "<!doctype html>", "\0", "\ufeff"])
def test_next_to_nothing_becomes_an_empty_page(page: str) -> None:
    root = parse(page)
    assert (root.tag, root.find("body") is not None, root.text_content().strip()) == ("html", True, "")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("only text", "only text"),
        (f'<?xml version="1.0" encoding="ISO-8859-1"?><html><p>{LINE}', LINE.strip()),
        (
            f'<meta charset="gbk"><meta http-equiv="content-type" content="charset=koi8-r"><p>{LINE}',
            LINE.strip(),
        ),
        ("<p>one</p></body></html><p>two</p></body></html>", "onetwo"),
        ("<HTML><BODY><P>one</P></BODY></HTML><HTML><BODY><P>two</P></BODY></HTML>", "onetwo"),
        ("<p>one</p><!-- never closed <b>x</b><p>two</p>", "onextwo"),
        ("<p>one</p><!-- closed --><p>two</p><!-- never closed", "onetwo"),
        ("<p>a\x00b\x01c\x0cd\x0be\ufffe</p>", "abc de"),
        ("<p>a<![CDATA[ b ]]>c<![if !mso]>d<![endif]>e<?xml:namespace prefix = o />f</p>", "acdef"),
        ("<p>&#150;&#0;&#xD800;&bogus;&agrave</p>", "–��&bogus;à"),
        ("\ud800lone surrogate", "?lone surrogate"),
        ("<p><o:p>x</o:p><st1:place w:st='on'>y</st1:place></p>", "xy"),
    ],
)
def test_odd_markup_loses_no_text(page: str, text: str) -> None:
    assert shown(page) == text


def test_a_paragraph_mark_of_word_that_is_printed_as_text_is_none() -> None:
    assert shown("<p>Hết tin.&lt;o:p&gt;&lt;/o:p&gt;</p><p>Nếu a &lt;b&gt; c</p>") == "Hết tin.Nếu a <b> c"


def test_an_end_tag_that_a_script_writes_is_no_end() -> None:
    page = "<p>one</p><script>w.write('</body></html>');</script><p>two</p></body></html>\n<!-- saved by a proxy -->\n"
    assert parse(page).xpath("string(//script)") == "w.write('</body></html>');"
    assert parse(page).xpath("count(//p)") == 2


def test_every_text_of_a_tree_can_be_set_again() -> None:
    root = parse("<p>a\x02b&#11;\ufffe\uffff</p><p title='\x1f'>c</p>")
    for paragraph in root.iter("p"):
        paragraph.set("title", paragraph.get("title") or "")
    root.find("body")[1].text = root.find("body")[1].text


@pytest.mark.parametrize("links", [0, 3, 5_000])
def test_a_forbidden_reference_is_found_behind_however_many_number_signs(links: int) -> None:
    root = parse("<p><a href='#top'>&#7841;</a>" * links + "<p class=last>b&#11;&#x0b;c&#10;d</p>")
    assert root.xpath("string(//p[@class = 'last'])") == "bc\nd"


# ------------------------------------------------------------------ pages that break the parser


@pytest.mark.parametrize("swallowing", ["<title>", "<textarea>", "<iframe>", "<xmp>", "<noembed>", "<TITLE lang=vi>"])
def test_a_tag_that_swallows_the_rest_of_the_page_gives_it_back(swallowing: str) -> None:
    root = parse(f"<html><head>{swallowing}x<body>" + f"<p>{LINE}</p>" * 60)
    assert root.xpath("count(//p)") == 60
    assert LINE.strip() in root.text_content()


def test_a_long_script_in_a_short_page_is_no_lost_text() -> None:
    root = parse("<p>x</p><script>" + "if (a<b) { c('<p>') }" * 500 + "</script>")
    assert root.xpath("count(//script)") == 1


@pytest.mark.parametrize("levels", [200, 300, 1500, 2040])
def test_unclosed_tags_by_the_hundred_keep_text_order_and_wrappers(levels: int) -> None:
    chain = "".join(f"<div class=c{level}>{level} " for level in range(levels))
    root = parse(f"<body>{chain}<p id=end>{LINE}</p>")
    words = root.text_content().split()
    assert words == [*map(str, range(levels)), *LINE.split()]
    assert root.xpath(f"count(//div[@class='c{levels - 1}']/p[@id='end'])") == 1
    assert depth(root) <= MAX_DEPTH


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "o:p a:b='1' class='k'"])
def test_a_hundred_thousand_levels_end_in_a_flat_tree_that_has_the_text(tag: str) -> None:
    began = time.process_time()
    root = parse(f"<p>before</p>{f'<{tag}>word ' * 5_000}<p>{LINE}</p>" + f"<{tag}>" * 95_000)
    assert time.process_time() - began < 10
    assert depth(root) <= MAX_DEPTH
    assert (root.text_content().count("word"), LINE in root.text_content()) == (5_000, True)


WORST = [
    "<",
    "<a ",
    "<p>",
    "<b><i>",
    "&",
    "&#x41;",
    "<!--",
    "<![",
    "<?",
    '<a b="',
    "</div>",
    "<script>",
    "<td>",
    "</html>",
]


@pytest.mark.parametrize("unit", WORST)
def test_time_grows_with_the_length_of_the_worst_pages(unit: str) -> None:
    began = time.process_time()
    root = parse(unit * (1_000_000 // len(unit)))
    assert (root.tag, depth(root) <= MAX_DEPTH, time.process_time() - began < 10) == ("html", True, True)


def test_more_tags_than_memory_should_hold_are_cut() -> None:
    assert sum(1 for _ in parse("<p>" * 1_100_000).iter()) <= 1_000_010


def test_a_text_of_twelve_megabytes_is_whole() -> None:
    assert len(parse("<p>" + "x" * 12_000_000).text_content()) == 12_000_000


PIECES = ["<div>", "</div>", "<p>", "<table>", "<td>", "</table>", "<!--", "-->", "<script>", "</script>", "<title>"]
PIECES += [
    "</html>",
    "</body>",
    "<html>",
    "<![CDATA[",
    "<a href='",
    "'>",
    "&amp",
    "&#",
    "\0",
    "\x1f",
    "xã ",
    "<",
    ">",
    "=",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_nothing_makes_it_raise(page: str) -> None:
    root = parse(page)
    assert root.tag == "html"
    assert depth(root) <= MAX_DEPTH


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not beside the project")
def test_real_pages_keep_all_their_end_tags_promise() -> None:
    """A parse that stopped early would have far fewer elements than the page has end tags outside its scripts."""
    for path in sorted(CORPUS.rglob("*.html"))[::20]:
        decoded = decode(path.read_bytes())
        root = parse(decoded.source)
        scripts = sum((script.text or "").count("</") for script in root.iter("script", "style"))
        comments = sum((comment.text or "").count("</") for comment in root.iter(etree.Comment))
        assert sum(1 for _ in root.iter()) >= 0.7 * (decoded.text.count("</") - scripts - comments), path


# ------------------------------------------------------------------ language


def test_the_vietnamese_letters_are_those_that_western_europe_lacks() -> None:
    assert VIETNAMESE_LETTERS.issuperset("ĐđƠơƯưẠạỹ")
    assert VIETNAMESE_LETTERS.isdisjoint("Ôéà ñß")


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (LINE, None, "vi"),
        (LINE, "en", "vi"),
        (LINE.upper(), "en-US", "vi"),
        ("Đức Thọ", None, "vi"),
        ("Cong thong tin", "vi-VN", "vi"),
        ("Cong thong tin", None, None),
        ("", "VI", "vi"),
        ("", " zh-Hans ", "zh"),
        ("", "pt_BR", "pt"),
        ("", "vietnamese", None),
        ("", "", None),
        (
            "The people of Đà Nẵng and of many other towns met to talk about water and roads. " * 5,
            "en",
            "en",
        ),
        (
            "The committee of the commune met to talk about water, roads and schools for the next five years. " * 5,
            "vi",
            None,
        ),
        ("Consiliul județean a hotărât să repare podul și drumul către sat în vara aceasta. " * 5, "ro", "ro"),
    ],
)
def test_letters_decide_for_vietnamese_and_the_page_for_the_rest(
    text: str, declared: str | None, language: str | None
) -> None:
    assert language_of(text, declared) == language
