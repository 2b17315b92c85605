"""Feeds and sitemaps: RSS, RDF, Atom, url sets, indexes, text; broken ones, and attacks."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.feed import FeedError, read_feed
from crawler.discover.sitemap import read_sitemap
from crawler.discover.xmltree import MAX_BYTES
from crawler.read.profile import Addresses
from pipelines.items import FoundLink

FEED = "http://vidu.example.vn/rss/tin-tuc.rss"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>Tin tức</title><link>http://vidu.example.vn/</link>
<atom:link rel="next" href="/rss/tin-tuc.rss?page=2"/>
<item><title><![CDATA[Lễ hội <b>đầu xuân</b> &amp; chợ quê]]></title><link>
  http://vidu.example.vn/tin/le-hoi-1.html?utm_source=rss
</link><pubDate>Tue, 07 May 2024 20:01:00 +0700</pubDate></item>
<item><title>Trồng cây &amp;agrave; Tết</title><guid isPermaLink="true">http://vidu.example.vn/tin/trong-cay</guid>
<dc:date>2024-05-06</dc:date></item>
<item><title>Không có địa chỉ</title><guid isPermaLink="false">77</guid></item>
<item><title>Nhắc lại</title><link>http://vidu.example.vn/tin/le-hoi-1.html</link></item>
<item><title>Kế hoạch</title><link>/upload/ke-hoach.pdf</link></item>
<item><title>Bản in</title><link>/news/print/a-1.html</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
<link rel="self" href="http://vidu.example.vn/rss/tin-tuc.rss"/>
<entry><title type="html">&lt;i&gt;Họp&lt;/i&gt; dân</title><link rel="edit" href="/edit/1"/>
<link href="/tin/hop-dan"/>
<updated>2024-05-08T00:00:00Z</updated><published>2024-05-07T20:01:00+07:00</published></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item rdf:about="http://vidu.example.vn/tin/a"><title>Một</title><link>http://vidu.example.vn/tin/a</link></item>
<item rdf:about="http://vidu.example.vn/tin/b"><title>Hai</title></item></rdf:RDF>"""


def test_an_rss_feed_gives_its_entries_in_order_each_once() -> None:
    links = read_feed(RSS.encode(), FEED)
    assert links == (
        FoundLink(
            url="http://vidu.example.vn/tin/le-hoi-1.html",
            key="http://vidu.example.vn/tin/le-hoi-1.html",
            kind="article",
            is_listed=True,
            title="Lễ hội đầu xuân & chợ quê",
            date_text="Tue, 07 May 2024 20:01:00 +0700",
            position=1,
        ),
        FoundLink(
            url="http://vidu.example.vn/tin/trong-cay",
            key="http://vidu.example.vn/tin/trong-cay",
            kind="article",
            is_listed=True,
            title="Trồng cây à Tết",
            date_text="2024-05-06",
            position=2,
        ),
        FoundLink(
            url="http://vidu.example.vn/upload/ke-hoach.pdf",
            key="http://vidu.example.vn/upload/ke-hoach.pdf",
            kind="file",
            is_listed=True,
            title="Kế hoạch",
            position=3,
        ),
        FoundLink(
            url="http://vidu.example.vn/rss/tin-tuc.rss?page=2",
            key="http://vidu.example.vn/rss/tin-tuc.rss?page=2",
            kind="feed",
        ),
    )


def test_an_atom_feed_gives_the_alternate_link_and_the_day_of_publication() -> None:
    (link,) = read_feed(ATOM.encode(), FEED)
    assert (link.url, link.title) == ("http://vidu.example.vn/tin/hop-dan", "Họp dân")
    assert link.date_text == "2024-05-07T20:01:00+07:00"


def test_an_rss_1_feed_may_name_the_address_in_about_alone() -> None:
    links = read_feed(RDF.encode(), FEED)
    assert [(link.url, link.title) for link in links] == [
        ("http://vidu.example.vn/tin/a", "Một"),
        ("http://vidu.example.vn/tin/b", "Hai"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        RSS.replace("</channel></rss>", ""),
        "\n\n  " + RSS,
        "\ufeff" + RSS,
        RSS.replace("Nhắc lại", "A & B < C"),
        RSS.replace(' xmlns:dc="http://purl.org/dc/elements/1.1/"', ""),
        RSS.replace("<title>Tin tức</title>", "<title>Tin t&uacute;c &nbsp; &khonghop;</title>"),
    ],
    ids=["cut off", "blank before the declaration", "bom", "bare marks", "undeclared prefix", "undeclared letters"],
)
def test_a_broken_feed_is_recovered(broken: str) -> None:
    links = read_feed(broken.encode(), FEED)
    assert [link.position for link in links[:2]] == [1, 2]
    assert links[1].date_text == "2024-05-06"


def test_letters_that_html_names_and_xml_does_not_are_kept() -> None:
    (link,) = read_feed(b"<rss><item><title>L&ecirc; Lai</title><link>/a</link></item></rss>", FEED)
    assert link.title == "Lê Lai"


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252"])
def test_other_encodings_are_read_as_declared(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss><item><title>Cà phê</title><link>/a</link></item></rss>'
    (link,) = read_feed(text.encode(encoding), FEED)
    assert link.title == "Cà phê"


def test_the_family_decides_about_the_addresses_of_a_feed() -> None:
    feed = b"<rss><item><link>/Trang/A.aspx?ItemID=1&amp;Source=2</link></item></rss>"
    (link,) = read_feed(feed, FEED, Addresses(ignore_case=True, drop_parameters=("source",)))
    assert link.url == "http://vidu.example.vn/Trang/A.aspx?ItemID=1"
    assert link.key == "http://vidu.example.vn/trang/a.aspx?itemid=1"


LAUGHS = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><rss><item>&b;</item></rss>'
EXTERNAL = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><title>&x;</title></item></rss>'


@pytest.mark.parametrize("read", [read_feed, read_sitemap])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LAUGHS.encode(), "declares entities"),
        (LAUGHS.replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"), "declares entities"),
        (EXTERNAL.encode(), "declares entities"),
        (b"<!doctype html><html><body>RSS</body></html>", "a web page"),
        (b"<script>document.cookie='D1N=0'</script>", "a web page"),
        (b"<!-- x --><html><body>RSS</body></html>", "begins with <html>, not with"),
        (b"<", "no XML"),
        (b"<rss>" + b" " * MAX_BYTES, "more than"),
    ],
    ids=["laughs", "laughs in utf-16", "external", "page", "challenge", "page after a remark", "nothing", "too big"],
)
def test_what_is_no_feed_or_an_attack_is_refused(
    read: Callable[[bytes, str], object], body: bytes, reason: str
) -> None:
    with pytest.raises(FeedError, match=reason):
        read(body, FEED)


def test_text_that_is_no_markup_is_no_feed() -> None:
    for body in (b"", b"khong phai tin"):
        with pytest.raises(FeedError, match="no XML"):
            read_feed(body, FEED)


MAP = "https://vidu.example.vn/sitemap.xml"
URLSET = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://vidu.example.vn/tin/a </loc><lastmod>2024-05-07</lastmod>
 <image:image><image:loc>https://vidu.example.vn/a.jpg</image:loc></image:image></url>
<url><loc>https://vidu.example.vn/tin/b</loc><lastmod>2024-06-01</lastmod>
 <news:news><news:publication_date>2024-05-06T08:00:00+07:00</news:publication_date><news:title>Hai</news:title>
 </news:news></url>
<url><loc>/tin/a</loc></url><url><loc>mailto:a@b.vn</loc></url><url></url>
<url><loc>https://vidu.example.vn/van-ban/1.pdf</loc></url><url><loc>https://vidu.example.vn/anh.png</loc></url>
<url><loc>https://vidu.example.vn/dang-nhap</loc></url>
</urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://vidu.example.vn/sitemap-vi.xml.gz</loc><lastmod>2024-05-07</lastmod></sitemap>
<sitemap><loc>/sitemap-en.xml</loc></sitemap></sitemapindex>"""


def test_a_url_set_gives_pages_with_their_dates() -> None:
    links = read_sitemap(URLSET.encode(), MAP)
    assert [(link.url, link.kind, link.title, link.date_text, link.position) for link in links] == [
        ("https://vidu.example.vn/tin/a", "article", None, "2024-05-07", 1),
        ("https://vidu.example.vn/tin/b", "article", "Hai", "2024-05-06T08:00:00+07:00", 2),
        ("https://vidu.example.vn/van-ban/1.pdf", "file", None, None, 3),
    ]
    assert all(link.is_listed for link in links)


def test_an_index_gives_further_sitemaps() -> None:
    assert read_sitemap(INDEX.encode(), MAP) == (
        FoundLink(
            url="https://vidu.example.vn/sitemap-vi.xml.gz",
            key="https://vidu.example.vn/sitemap-vi.xml.gz",
            kind="sitemap",
        ),
        FoundLink(
            url="https://vidu.example.vn/sitemap-en.xml", key="https://vidu.example.vn/sitemap-en.xml", kind="sitemap"
        ),
    )


def test_a_compressed_sitemap_is_read_as_a_plain_one() -> None:
    assert read_sitemap(gzip.compress(URLSET.encode()), MAP) == read_sitemap(URLSET.encode(), MAP)


def test_a_list_of_addresses_is_a_sitemap_too() -> None:
    links = read_sitemap("\ufeffhttps://vidu.example.vn/a\r\n\r\nhttps://vidu.example.vn/b\nrac\n".encode(), MAP)
    assert [(link.url, link.position) for link in links] == [
        ("https://vidu.example.vn/a", 1),
        ("https://vidu.example.vn/b", 2),
    ]


def test_a_feed_may_stand_for_a_sitemap() -> None:
    assert read_sitemap(RSS.encode(), FEED) == read_feed(RSS.encode(), FEED)


def test_an_empty_sitemap_is_no_error_and_prose_is_one() -> None:
    assert read_sitemap(b"<urlset></urlset>", MAP) == ()
    assert read_sitemap(b"  ", MAP) == ()
    with pytest.raises(FeedError, match="neither XML nor a list"):
        read_sitemap(b"Trang khong ton tai", MAP)


def test_a_decompression_bomb_is_refused_before_it_opens() -> None:
    squeezer = zlib.compressobj(wbits=31)
    zeros = bytes(1 << 20)
    bomb = b"".join(squeezer.compress(zeros) for _ in range(MAX_BYTES // len(zeros) + 1)) + squeezer.flush()
    assert len(bomb) < 100_000
    with pytest.raises(FeedError, match="decompresses to more than"):
        read_sitemap(bomb, MAP)
    with pytest.raises(FeedError, match="broken gzip"):
        read_sitemap(b"\x1f\x8bkhong", MAP)


@given(st.binary(max_size=300) | st.text(alphabet="<>/&;!rsitemlnkuo \n", max_size=120).map(str.encode))
def test_nothing_that_a_server_sends_breaks_the_readers(body: bytes) -> None:
    for read in (read_feed, read_sitemap):
        try:
            links = read(body, MAP)
        except FeedError:
            continue
        assert all(link.url.startswith("http") for link in links)
