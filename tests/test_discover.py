"""Links of a page: which are its site's, which are listings, entries, feeds; which are left out and why."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from lxml.html import HtmlElement

from crawler.discover.anchors import MAX_LINKS
from crawler.discover.links import Discovery, discover_links
from crawler.discover.paging import may_say_page, says_page, split_page
from crawler.discover.printed import printed_date, split_date
from crawler.read.profile import Addresses, Profile, Selectors
from crawler.sitefile import Site
from crawler.urls import article_identity, canonical_url
from pipelines.items import FoundLink

HOME = "http://vidu.example.vn/"
SITE = Site(name="vidu", title="Xã Ví Dụ", home=HOME, sections=(HOME + "tag/le-hoi",))


def tree_of(markup: str) -> HtmlElement:
    return html.document_fromstring(f"<html><body>{markup}</body></html>")


def found(markup: str, *, url: str = HOME + "tin-tuc", profile: Profile | None = None, site: Site = SITE) -> Discovery:
    return discover_links(tree_of(markup), url, site=site, profile=profile)


def kinds(markup: str, *, url: str = HOME + "tin-tuc", profile: Profile | None = None) -> dict[str, str]:
    """Kind by address, the address without the home."""
    return {link.url.removeprefix(HOME): link.kind for link in found(markup, url=url, profile=profile).links}


def entries(markup: str, profile: Profile | None = None) -> list[tuple[str, str | None, str | None, int | None]]:
    links = found(markup, profile=profile).links
    return [
        (link.url.removeprefix(HOME), link.title, link.date_text, link.position) for link in links if link.is_listed
    ]


LISTING = """
<head><link rel="alternate" type="application/rss+xml" href="/cap-nhat"></head>
<div id="top-menu"><ul><li><a href="/">Trang chủ</a></li><li><a href="/gioi-thieu">Giới thiệu</a></li>
<li><a href="/van-ban">Văn bản chỉ đạo điều hành</a></li><li><a href="/dang-nhap">Đăng nhập</a></li></ul></div>
<div class="list">
 <div class="item"><a href="/cho-que"><img src="/cho-que.jpg"></a>
  <h3><a href="/cho-que">Chợ quê ngày cuối năm rộn ràng</a></h3>
  <span class="d">07/05/2024 20:01</span><p>Từ sáng sớm, bà con các thôn đã gánh rau ra chợ.</p>
  <a href="/cho-que">Xem tiếp</a></div>
 <div class="item"><h3><a href="/trong-cay">Ra quân trồng cây đầu xuân ở thôn Đông</a></h3>
  <span class="d">Thứ hai, 06/05/2024</span></div>
 <div class="item"><h3><a href="/hop-dan">Họp dân</a></h3><span class="d">05/05/2024</span></div>
</div>
<ul class="pagination"><li><a href="/tin-tuc?page=1">1</a></li><li><a href="/tin-tuc?page=2">2</a></li>
<li><a href="/tin-tuc?page=9">»</a></li></ul>
<p><a href="/upload/ke-hoach.pdf">Kế hoạch</a> <a href="/anh/cho.jpg">Ảnh</a> <a href="https://tinh.example.vn/">Tỉnh</a>
<a href="mailto:x@example.vn">Thư</a> <a href="#dau">Đầu trang</a> <a href="/rss/tin-tuc">RSS</a>
<a href="/sitemap.xml">xml</a></p>
"""


def test_a_listing_shows_sections_entries_pages_and_feeds() -> None:
    assert kinds(LISTING) == {
        "cap-nhat": "feed",
        "": "listing",
        "gioi-thieu": "listing",
        "van-ban": "listing",
        "cho-que": "article",
        "trong-cay": "article",
        "hop-dan": "article",
        "tin-tuc?page=1": "listing",
        "tin-tuc?page=2": "listing",
        "tin-tuc?page=9": "listing",
        "rss/tin-tuc": "feed",
        "sitemap.xml": "sitemap",
    }


def test_entries_carry_title_date_as_printed_and_place() -> None:
    assert entries(LISTING) == [
        ("cho-que", "Chợ quê ngày cuối năm rộn ràng", "07/05/2024 20:01", 1),
        ("trong-cay", "Ra quân trồng cây đầu xuân ở thôn Đông", "Thứ hai, 06/05/2024", 2),
        ("hop-dan", "Họp dân", "05/05/2024", 3),
    ]


def test_what_is_left_out_is_named_with_the_reason() -> None:
    assert found(LISTING).excluded == ((HOME + "dang-nhap", "login"),)


def test_a_table_row_for_the_title_and_one_for_the_date() -> None:
    rows = "".join(
        f'<tr><td class="t"><a href="/bai-{n}">Hội nghị bàn việc làng lần thứ {n}</a></td></tr>'
        f'<tr><td class="n">0{n}.07.2019 17:59</td></tr>'
        for n in (1, 2, 3)
    )
    assert entries(f"<table>{rows}</table>")[1] == ("bai-2", "Hội nghị bàn việc làng lần thứ 2", "02.07.2019 17:59", 2)


def test_a_date_inside_the_link_is_no_part_of_the_title() -> None:
    items = "".join(
        f'<li><a href="/b{n}">Lớp học nghề đan lát khóa {n}<span> (3{n}.07.2019 17:59)</span></a></li>' for n in (0, 1)
    )
    assert entries(f"<ul>{items}</ul>") == [
        ("b0", "Lớp học nghề đan lát khóa 0", "(30.07.2019 17:59)", 1),
        ("b1", "Lớp học nghề đan lát khóa 1", "(31.07.2019 17:59)", 2),
    ]


def test_a_card_that_is_one_link_gives_its_heading_as_title() -> None:
    card = """<a href="/a"><div><time datetime="2024-05-07T20:01:00+07:00">07/05/2024</time>
    <h3>Mùa gặt sớm trên đồng</h3><p>Lúa chín sớm nửa tháng, bà con ra đồng từ tờ mờ sáng.</p></div></a>"""
    assert entries(card) == [("a", "Mùa gặt sớm trên đồng", "07/05/2024", 1)]


def test_a_time_without_text_gives_its_machine_date() -> None:
    item = '<li><a href="/a">Mùa gặt sớm trên đồng</a> <time datetime="2024-05-07T20:01:00+07:00"></time></li>'
    assert entries(item) == [("a", "Mùa gặt sớm trên đồng", "2024-05-07T20:01:00+07:00", 1)]


def test_date_and_time_in_neighbouring_elements_are_one() -> None:
    item = '<div><h4><a href="/a">Mùa gặt sớm trên đồng</a></h4><p>Thứ năm, 30/10/2025<span> | </span>10:31</p></div>'
    assert entries(item)[0][2] == "Thứ năm, 30/10/2025 | 10:31"


def test_a_title_that_is_shown_cut_short_is_taken_from_its_title_attribute() -> None:
    item = '<li><a href="/a" title="Mùa gặt sớm trên đồng làng Hạ">Mùa gặt sớm trên…</a> 07/05/2024</li>'
    assert entries(item) == [("a", "Mùa gặt sớm trên đồng làng Hạ", "07/05/2024", 1)]


def test_a_list_of_titles_without_dates_is_told_by_its_shape() -> None:
    titles = [
        "Khai mạc hội thi cấy lúa toàn xã",
        "Thôn Đông",
        "Đoàn viên dọn vệ sinh đường làng",
        "Lễ trao nhà cho hộ nghèo",
    ]
    markup = "<ul>" + "".join(f'<li><a href="/x{n}">{title}</a></li>' for n, title in enumerate(titles)) + "</ul>"
    assert [entry[0] for entry in entries(markup)] == ["x0", "x2", "x3"]
    assert kinds(markup)["x1"] == "listing"


def test_a_numbered_address_makes_an_article_of_a_short_title() -> None:
    markup = """<p><a href="/tin/phat-thuong-1866.html">Phát thưởng</a></p><p><a href="/2024/05/07/hop/">Họp dân</a></p>
    <p><a href="/x.aspx?nid=168658">Hiến máu</a></p><p><a href="/kinh-te-12">Kinh tế</a></p>
    <p><a href="/khoa-2021">2021</a></p>"""
    assert kinds(markup) == {
        "tin/phat-thuong-1866.html": "article",
        "2024/05/07/hop/": "article",
        "x.aspx?nid=168658": "article",
        "kinh-te-12": "listing",
        "khoa-2021": "listing",
    }


def test_feeds_of_single_pages_and_of_comments_are_left_out() -> None:
    head = """<link rel="alternate" type="application/rss+xml" href="/feed/">
    <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
    <link rel="alternate" type="application/rss+xml" href="/2024/05/le-hoi/feed/">"""
    discovery = found(head, url=HOME + "2024/05/le-hoi/")
    assert [(link.url, link.kind) for link in discovery.links] == [(HOME + "feed/", "feed")]
    assert [reason for _url, reason in discovery.excluded] == ["feed of one page", "feed of one page"]


def test_short_links_are_sections_wherever_they_stand() -> None:
    names = ["Kinh tế", "Văn hóa - Xã hội", "Thủ tục hành chính", "Văn bản pháp luật"]
    markup = "".join(f'<div class="box"><a href="/s{n}">{name}</a></div>' for n, name in enumerate(names))
    assert set(kinds(markup).values()) == {"listing"}
    assert entries(markup) == []


def test_a_link_in_prose_is_followed_but_is_no_entry() -> None:
    prose = """<div class="content"><p>Sáng 07/05/2024, bà con thôn Hạ họp bàn việc đắp đê, theo
    <a href="/ke-hoach-dap-de">kế hoạch đắp đê chống lụt của xã nhà</a>, và cùng nhau góp công.</p></div>"""
    assert kinds(prose) == {"ke-hoach-dap-de": "article"}
    assert entries(prose) == []


def test_a_menu_of_long_names_is_still_a_menu_and_a_list_of_news_in_a_nav_is_not() -> None:
    menu = """<nav><a href="/a">Tin</a><a href="/b">Quy hoạch và kế hoạch phát triển kinh tế</a>
    <a href="/c">Liên hệ</a></nav>"""
    assert kinds(menu) == {"a": "listing", "b": "listing", "c": "listing"}
    news = "".join(f'<a href="/n{n}">Bà con thôn Hạ được mùa lúa năm thứ {n}</a>' for n in range(3))
    assert set(kinds(f"<nav>{news}</nav>").values()) == {"article"}


def test_addresses_that_a_web_archive_rewrote_stand_for_the_original() -> None:
    markup = """<a href="/web/20180330081814/http://vidu.example.vn/tin">Tin</a>
    <a href="http://archive.example/web/20180330081814/http://www.vidu.example.vn/van-ban">Văn bản</a>
    <a href="/web/20130208184642/http/vidu.example.vn/lich">Lịch</a>
    <a href="/web/20180330081814/http://khac.example.vn/tin">Nơi khác</a>
    <a href="/web/20180330081814if_/javascript:false;">Không</a>"""
    assert kinds(markup) == {"tin": "listing", "van-ban": "listing", "lich": "listing"}


def test_links_resolve_against_the_base_of_the_page() -> None:
    page = html.document_fromstring(
        '<html><head><base href="/muc/"></head><body><a href="a">Một</a><a href="?trang=2">2</a></body></html>'
    )
    links = discover_links(page, HOME + "tin/x", site=SITE, profile=None).links
    assert [link.url for link in links] == [HOME + "muc/a", HOME + "muc/?trang=2"]


def test_one_host_is_asked_in_one_way() -> None:
    markup = '<a href="http://vidu.example.vn/a">A</a><a href="https://www.vidu.example.vn/a">A</a><a href="/a/">A</a>'
    secure = found(markup, url="https://www.vidu.example.vn/tin").links
    assert [link.url for link in secure] == ["https://www.vidu.example.vn/a", "https://www.vidu.example.vn/a/"]
    plain = found(markup, url="http://vidu.example.vn/tin").links
    assert [link.url for link in plain] == [HOME + "a", "https://www.vidu.example.vn/a", HOME + "a/"]


def test_older_names_of_the_site_keep_their_own_address() -> None:
    site = Site(name="x", title="x", home="https://vidu.example.vn/", hosts=("cu.example.vn",))
    links = found('<a href="http://cu.example.vn:8080/a">A</a>', url="https://vidu.example.vn/", site=site).links
    assert [link.url for link in links] == ["http://cu.example.vn:8080/a"]


def test_frames_refreshes_and_scripts_lead_on() -> None:
    page = html.document_fromstring(
        """<html><head><meta http-equiv="Refresh" content="0; URL='/trang-chu'"><meta http-equiv="x" content="1"></head>
        <frameset><frame src="/trai"></frameset><body><iframe src="/giua"></iframe>
        <map><area href="/ban-do" alt="Bản đồ"></map>
        <div onclick="window.location.href='/thong-bao'">Thông báo</div><a href="#" onclick="location='/lich'">Lịch</a>
        <a href="javascript:;" onclick='RefreshPageTo(event, "/Lists/P/All.aspx?Paged=TRUE\\u0026p_ID=312");'>›</a>
        </body></html>"""
    )
    links = {
        link.url.removeprefix(HOME): link.kind for link in discover_links(page, HOME, site=SITE, profile=None).links
    }
    assert links == {
        "trang-chu": "listing",
        "trai": "listing",
        "giua": "listing",
        "ban-do": "listing",
        "lich": "listing",
        "Lists/P/All.aspx?Paged=TRUE&p_ID=312": "listing",
        "thong-bao": "listing",
    }


def test_sections_of_the_site_file_are_never_traps() -> None:
    discovery = found('<a href="/tag/le-hoi">Lễ hội</a><a href="/tag/khac">Khác</a>')
    assert [(link.url, link.kind) for link in discovery.links] == [(HOME + "tag/le-hoi", "listing")]
    assert discovery.excluded == ((HOME + "tag/khac", "search"),)


def test_the_best_information_of_several_links_wins_and_the_first_place_stays() -> None:
    markup = """<a href="/a"><img src="/a.jpg"></a><a href="/b">Mục khác</a>
    <ul><li><a href="/a">Đoàn viên dọn vệ sinh đường làng</a> 07/05/2024</li></ul><a href="/a">Chi tiết</a>"""
    assert [(link.url, link.kind, link.title) for link in found(markup).links] == [
        (HOME + "a", "article", "Đoàn viên dọn vệ sinh đường làng"),
        (HOME + "b", "listing", None),
    ]


def test_a_page_does_not_link_to_itself() -> None:
    assert kinds('<a href="/tin-tuc?utm_source=x">Tin tức</a><a href="">x</a>', url=HOME + "tin-tuc") == {}


FAMILY = Profile(
    name="mau",
    title="Mẫu",
    select=Selectors(
        entry=(".muc",), entry_date=("//i[@class='khi']", ".khi2"), next_page=(".so-trang a",), title=("h1",)
    ),
    addresses=Addresses(
        ignore_case=True,
        drop_parameters=("source",),
        article=(r"/ChiTiet\.aspx\?id=\d+",),
        listing=(r"/ChuyenMuc/",),
        exclude=(r"/Rieng/",),
    ),
)


def test_a_family_names_entries_dates_pages_and_addresses() -> None:
    markup = """<i class="khi">01/01/2001</i>
    <div class="muc"><a href="/ChiTiet.aspx?ID=1&Source=x">Tin</a><i class="khi">Đăng: 07/05/2024</i></div>
    <div class="muc"><a href="/A/Hai">Hai</a><b class="khi2">06/05/2024</b>
    <a href="/ChuyenMuc/KinhTe">Bà con thôn Hạ được mùa lúa</a></div>
    <div class="so-trang"><a href="/A/B">tiếp</a></div><a href="/Rieng/X">Riêng</a>"""
    discovery = found(markup, profile=FAMILY)
    assert discovery.links == (
        FoundLink(
            url=HOME + "ChiTiet.aspx?ID=1",
            key=HOME + "chitiet.aspx?id=1",
            kind="article",
            is_listed=True,
            title="Tin",
            date_text="Đăng: 07/05/2024",
            position=1,
        ),
        FoundLink(
            url=HOME + "A/Hai",
            key=HOME + "a/hai",
            kind="article",
            is_listed=True,
            title="Hai",
            date_text="06/05/2024",
            position=2,
        ),
        FoundLink(url=HOME + "ChuyenMuc/KinhTe", key=HOME + "chuyenmuc/kinhte", kind="listing"),
        FoundLink(url=HOME + "A/B", key=HOME + "a/b", kind="listing"),
    )
    assert discovery.excluded == ((HOME + "rieng/x", "the family's list"),)


def test_a_site_may_name_its_own_entries() -> None:
    site = Site(name="x", title="x", home=HOME, select={"entry": (".cua-toi",)})
    links = found('<p class="cua-toi"><a href="/a">Họp</a></p>', site=site).links
    assert [(link.kind, link.is_listed) for link in links] == [("article", True)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tin", "/tin?page=2"),
        ("/tin?a=1", "/tin?Page=3&a=1"),
        ("/tin?a=1", "/tin?a=1&PageIndex=4"),
        ("/tin/", "/tin/page-2/"),
        ("/tin", "/tin/page/2"),
        ("/tin/trang-3.html", "/tin/trang-2.html"),
        ("/x-c21072-1.html", "/x-c21072-12.html"),
        ("/PhanTrang/1747/1/tin.html", "/PhanTrang/1747/2/tin.html"),
        ("/tin?p_p_id=101", "/tin?p_p_id=101&_101_INSTANCE_x_cur=2"),
        ("/tin", "/tin?start=20"),
    ],
)
def test_pages_of_one_listing_have_one_stem(one: str, other: str) -> None:
    assert split_page(HOME + other[1:])[0] == split_page(HOME + one[1:])[0]
    assert split_page(HOME + other[1:])[1] is not None


@pytest.mark.parametrize("address", ["tin", "?p=123", "tin/page", "bai-viet-2.html", "tin?spage=2", "trangan/2"])
def test_an_address_without_page_number_asks_for_no_page(address: str) -> None:
    assert split_page(HOME + address)[1] is None


def test_words_that_say_page() -> None:
    assert all(
        map(says_page, ["Trang sau", "« Trang trước", "Trang 3", "Next page", "Older posts", "trang tiếp theo ›"])
    )
    assert not any(map(says_page, ["Trang chủ", "Sau", "3", "Trang thông tin điện tử"]))
    assert all(map(may_say_page, ["3", "»", "Sau ›", "Tiếp", "Next", "…", "< Trước"]))
    assert not any(map(may_say_page, ["Tiếp dân", "Next generation", "2024-05", ""]))


def test_next_means_a_page_in_a_pager_and_an_article_behind_an_article() -> None:
    pager = '<div class="paging"><a href="/a/b">Sau ›</a></div>'
    assert kinds(pager) == {"a/b": "listing"}
    behind = '<p><a rel="next" href="/bai-sau">Bà con thôn Hạ được mùa lúa năm nay</a></p>'
    assert kinds(behind, url=HOME + "bai-nay") == {"bai-sau": "article"}
    declared = html.document_fromstring('<html><head><link rel="next" href="?page=2"></head><body></body></html>')
    assert [link.kind for link in discover_links(declared, HOME, site=SITE, profile=None).links] == ["listing"]


@pytest.mark.parametrize(
    "text",
    [
        "07/05/2024",
        "(30.07.2019 17:59)",
        "Thứ ba - 07/05/2024 20:01",
        "Ngày đăng: 06/01/2016 | 03:30 PM | Lượt xem: 426",
        "2019-08-08T14:26:00.000Z",
        "Thứ Ba, ngày 7 tháng 5 năm 2024",
        "ngày 07 tháng năm năm 2024",
        "May 7, 2024",
        "7 May 2024",
        "3 giờ trước",
        "07/05/24",
    ],
)
def test_a_date_with_its_label_is_a_printed_date(text: str) -> None:
    assert printed_date(f"  {text}\n") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "20:01",
        "Tài liệu giao ban tuần ngày 29/7/2019",
        "01-KL/TW",
        "0239.3831.123",
        "1.2.3",
        "Điều 5/2024",
        "x" * 99,
    ],
)
def test_a_sentence_or_another_number_is_no_printed_date(text: str) -> None:
    assert printed_date(text) is None


def test_only_a_date_that_stands_apart_is_split_from_a_title() -> None:
    assert split_date("Họp dân (07/05/2024)") == ("Họp dân", "(07/05/2024)")
    assert split_date("Họp dân - 20:01 07/05/2024") == ("Họp dân", "20:01 07/05/2024")
    for title in ("Tài liệu họp ngày 29/7/2019", "(07/05/2024)", "Khóa 2016-2021", "Họp dân"):
        assert split_date(title) == (title, None)


def test_more_links_than_any_page_needs_are_cut_off_and_said_so() -> None:
    discovery = found("".join(f'<a href="/{n}">x</a>' for n in range(MAX_LINKS + 5)))
    assert len(discovery.links) == MAX_LINKS
    assert discovery.excluded == ((HOME + "tin-tuc", f"more than {MAX_LINKS} links on one page"),)


_HREFS = st.sampled_from(
    ["/a", "b?page=2", "http://vidu.example.vn/%zz", "//vidu.example.vn", "#", "javascript:", "\x00", "/é", "/x.pdf"]
)
_TEXTS = st.sampled_from(["", "Tin", "07/05/2024", "Bà con thôn Hạ được mùa lúa", "»", "2"])
_ANCHORS = st.builds(lambda href, text: f'<a href="{href}">{text}</a>', _HREFS, _TEXTS)
_MARKUP = st.lists(
    _ANCHORS
    | _TEXTS
    | st.sampled_from(["<td>", "</td>", "<tr>", "<li>", "</div>", "<div class=menu>", "<!-- x -->", "<time>"]),
    max_size=25,
).map("".join)


@settings(max_examples=60)
@given(_MARKUP)
def test_whatever_the_markup_links_are_canonical_unique_and_of_the_site(markup: str) -> None:
    links = found(markup).links
    assert len({link.url for link in links}) == len(links)
    for link in links:
        assert SITE.covers(link.url)
        assert canonical_url(link.url) == link.url
        assert link.is_listed == (link.position is not None)
        assert not link.is_listed or (link.kind == "article" and link.title)


CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
REACHED = {
    "krongno.daknong.gov.vn": 60,
    "cujut_demo.daknong.easywebhub.me": 87,
    "snv.daknong.gov.vn": 80,
    "stc.daknong.gov.vn": 62,
    "stp.daknong.gov.vn": 24,
    "svhttdl.daknong.gov.vn": 44,
}
"""Articles of the saved portals that a plain crawl from the home page finds, as the corpus itself counts them."""


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not beside the project")
@pytest.mark.parametrize("host", sorted(REACHED))
def test_following_the_links_of_a_saved_portal_reaches_all_that_is_linked(host: str) -> None:
    site = Site(name="x", title="x", home=f"http://{host}/")
    records = (CORPUS / "gold" / f"{host}.jsonl").read_text(encoding="utf-8").splitlines()
    gold = {article_identity(json.loads(record)["url"]) for record in records}
    found_as = followed(site, CORPUS / "sites" / host)
    reached = gold & set(found_as)
    assert len(reached) >= REACHED[host]
    assert sum("article" in found_as[article] for article in reached) >= 0.9 * len(reached)


def followed(site: Site, folder: Path) -> dict[str, set[str]]:
    """The kinds under which each address of a saved site is met, following every link from its home page."""
    pages = {
        article_identity(site.home + page.relative_to(folder).as_posix().removesuffix("index.html")): page
        for page in folder.rglob("*.html")
    }
    met: dict[str, set[str]] = defaultdict(set)
    seen, waiting = set[str](), [site.home]
    while waiting:
        url = waiting.pop()
        page = pages.get(article_identity(url))
        if url in seen or page is None or not page.stat().st_size:
            continue
        seen.add(url)
        parsed = html.document_fromstring(page.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
        for link in discover_links(parsed, url, site=site, profile=None).links:
            met[article_identity(link.url)].add(link.kind)
            waiting.append(link.url)
    return met
