"""Addresses: what a link means, which are the same page, which lead nowhere, which are files."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.read.profile import Addresses
from crawler.urls import (
    archived_original,
    article_identity,
    canonical_url,
    clean_href,
    filename_of,
    is_archived,
    is_trap,
    looks_like_file,
    matches_any,
    request_url,
)

PAGE = "http://vidu.example.vn/tin-tuc/bai.html?x=1"


@pytest.mark.parametrize(
    ("href", "meant"),
    [
        ("/a", "http://vidu.example.vn/a"),
        ("b", "http://vidu.example.vn/tin-tuc/b"),
        ("../c/./d", "http://vidu.example.vn/c/d"),
        ("?page=2", "http://vidu.example.vn/tin-tuc/bai.html?page=2"),
        ("//khac.example.vn/a", "http://khac.example.vn/a"),
        ("HTTPS://VIDU.example.VN", "https://vidu.example.vn/"),
        ("  /a b\n", "http://vidu.example.vn/a%20b"),
        ("/tin\n-tuc\t", "http://vidu.example.vn/tin-tuc"),
        ("/a#phan-2", "http://vidu.example.vn/a"),
        (r"\upload\van ban.pdf", "http://vidu.example.vn/upload/van%20ban.pdf"),
        (r"http:\\vidu.example.vn\a", "http://vidu.example.vn/a"),
        ("http:/vidu.example.vn/a", "http://vidu.example.vn/a"),
        ("/Trang/x.aspx?dvid=Thành phố", "http://vidu.example.vn/Trang/x.aspx?dvid=Th%C3%A0nh%20ph%E1%BB%91"),
        ("/đã%20mã-hóa?q=%C4%91", "http://vidu.example.vn/%C4%91%C3%A3%20m%C3%A3-h%C3%B3a?q=%C4%91"),
        ("/100%/a%2Fb", "http://vidu.example.vn/100%25/a%2Fb"),
        ("/a?b=2&a=1", "http://vidu.example.vn/a?b=2&a=1"),
        ("/a?View={1-2}", "http://vidu.example.vn/a?View=%7B1-2%7D"),
        ("http://vidu.example.vn:8080/a", "http://vidu.example.vn:8080/a"),
        ("http://xãvídụ.vn/", "http://xn--xvd-mla5c2181a.vn/"),
        ("http://[::1]/a", "http://[::1]/a"),
    ],
)
def test_a_link_means_the_address_that_a_browser_would_ask_for(href: str, meant: str) -> None:
    assert clean_href(PAGE, href) == meant


@pytest.mark.parametrize(
    "href",
    [
        "",
        "  ",
        "#",
        "#top",
        "http://#",
        "http://",
        "javascript:void(0)",
        "java\nscript:alert(1)",
        "JavaScript:;",
        "mailto:a@example.vn",
        "http://a@example.vn",
        "tel:+84",
        "data:text/html,x",
        "hhttp://vidu.example.vn/",
        "ftp://vidu.example.vn/",
        "file:///etc/passwd",
        "http://[::1/a",
        "http://vidu.example.vn:port/",
        "http://vi du.example.vn/",
        "http://..",
    ],
)
def test_a_link_that_leads_to_no_web_page_is_none(href: str) -> None:
    assert clean_href(PAGE, href) is None


@given(st.text() | st.text(alphabet="/.%2eEáđ?&=;#\\: @[]()ahtps", max_size=40))
def test_what_a_link_means_is_ascii_absolute_and_means_itself(href: str) -> None:
    url = clean_href(PAGE, href)
    if url is not None:
        assert url.isascii()
        assert urlsplit(url).scheme in ("http", "https")
        assert urlsplit(url).hostname
        assert clean_href(PAGE, url) == url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Vidu.Example.vn:80", "http://vidu.example.vn/"),
        ("https://vidu.example.vn:443/a", "https://vidu.example.vn/a"),
        ("http://vidu.example.vn./a", "http://vidu.example.vn/a"),
        ("http://h.vn/a/./b/../c/", "http://h.vn/a/c/"),
        ("http://h.vn/a/..", "http://h.vn/"),
        ("http://h.vn/%7Ea/%c4%91/%2e%2e/b", "http://h.vn/~a/b"),
        ("http://h.vn/tin/", "http://h.vn/tin/"),
        ("http://h.vn/tin", "http://h.vn/tin"),
        ("http://h.vn/a;jsessionid=0A1B2C.node1/b;jsessionid=9?x=1", "http://h.vn/a/b?x=1"),
        ("http://h.vn/(S(lit3py55t21z5v55vlm25s55))/tin.aspx", "http://h.vn/tin.aspx"),
        ("http://h.vn/(A(ab)S(cd))/tin.aspx", "http://h.vn/tin.aspx"),
        ("http://h.vn/a?utm_source=zalo&id=3&fbclid=IwAR&gclid=1", "http://h.vn/a?id=3"),
        ("http://h.vn/a?b=2&a=1&b=1", "http://h.vn/a?a=1&b=2&b=1"),
        ("http://h.vn/a?", "http://h.vn/a"),
        ("http://h.vn/a?&&x=", "http://h.vn/a?x="),
        ("http://h.vn/a?PHPSESSID=77&p_auth=Ab&_afrLoop=12&x=1", "http://h.vn/a?x=1"),
        ("http://h.vn/a?sid=0123456789abcdef01", "http://h.vn/a"),
        ("http://h.vn/a?sid=123", "http://h.vn/a?sid=123"),
        ("http://h.vn/a?_=1700000000000&id=2", "http://h.vn/a?id=2"),
        ("http://h.vn/a.pdf?v=3&ver=1&t=1452137163000", "http://h.vn/a.pdf"),
        ("http://h.vn/anh.jpg?RenditionID=5", "http://h.vn/anh.jpg"),
        ("http://h.vn/bai?v=3&t=9", "http://h.vn/bai?t=9&v=3"),
        ("http://h.vn/x.aspx?id=1&amp;cat=2&amp;amp;p=3", "http://h.vn/x.aspx?cat=2&id=1&p=3"),
        ("http://h.vn/ti%CC%81n", "http://h.vn/ti%CC%81n"),
    ],
)
def test_the_canonical_address_drops_what_never_changes_the_answer(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


def test_a_family_can_ignore_case_and_drop_parameters() -> None:
    sharepoint = Addresses(ignore_case=True, drop_parameters=("Source", "*_delta"))
    url = "http://h.vn/Trang/ChiTiet.aspx?ItemID=13A&Source=%2fx&_101_INSTANCE_x_delta=10&CatID=%C4%90"
    assert canonical_url(url, sharepoint) == "http://h.vn/trang/chitiet.aspx?catid=%C4%90&itemid=13A"
    assert canonical_url(url) != canonical_url(url.replace("Trang", "trang"))


def test_an_address_is_asked_for_as_the_site_spells_it() -> None:
    sharepoint = Addresses(ignore_case=True, drop_parameters=("Source",))
    url = "http://H.vn:80/Trang/./ChiTiet.aspx?ItemID=13A&CatID=2&utm_source=x&Source=%2fx"
    assert request_url(url, sharepoint) == "http://h.vn/Trang/ChiTiet.aspx?ItemID=13A&CatID=2"


def test_an_address_without_host_or_with_another_scheme_has_no_canonical_form() -> None:
    for url in ("mailto:a@example.vn", "/a", "http:///a"):
        with pytest.raises(ValueError, match="no http address"):
            canonical_url(url)


_PIECES = st.sampled_from(
    ["a", "B", "..", ".", "", "%2e", "%2E%2e", ";jsessionid=1", "(S(x))", "%c3%a1", "%", "%25", "é", "a.pdf", "~", " "]
)
_PAIRS = st.tuples(
    st.sampled_from(["a", "B", "amp;c", "utm_x", "sid", "_", "v", "%61", "", "amp;", "á"]),
    st.sampled_from(["", "=", "=1", "=%2f", "=á b", "=0123456789abcdef0"]),
)
_URLS = st.builds(
    lambda host, path, pairs: f"http://{host}/{'/'.join(path)}?{'&'.join(name + value for name, value in pairs)}",
    st.sampled_from(["h.vn", "H.VN:80", "www.h.vn", "h.vn:8080", "h.vn."]),
    st.lists(_PIECES, max_size=6),
    st.lists(_PAIRS, max_size=5),
)


@given(_URLS, st.sampled_from([Addresses(), Addresses(ignore_case=True, drop_parameters=("b",))]))
def test_canonicalising_twice_changes_nothing(url: str, addresses: Addresses) -> None:
    once = canonical_url(url, addresses)
    assert canonical_url(once, addresses) == once
    assert clean_href(once, once) == once


@given(_URLS, st.sampled_from([Addresses(), Addresses(ignore_case=True, drop_parameters=("b",))]))
def test_what_is_asked_for_has_the_same_canonical_form_as_the_link(url: str, addresses: Addresses) -> None:
    asked = request_url(url, addresses)
    assert request_url(asked, addresses) == asked
    assert canonical_url(asked, addresses) == canonical_url(url, addresses)


@given(st.permutations(["a=1", "b=2", "c=3", "d"]))
def test_the_order_of_parameters_does_not_matter(pairs: list[str]) -> None:
    assert canonical_url(f"http://h.vn/?{'&'.join(pairs)}") == "http://h.vn/?a=1&b=2&c=3&d"


def test_an_article_is_the_same_under_http_https_www_and_both_unicode_forms() -> None:
    decomposed = quote(unicodedata.normalize("NFD", "tín"))
    composed = quote(unicodedata.normalize("NFC", "tín"))
    same = [
        f"http://h.vn/{composed}",
        f"https://www.h.vn/{decomposed}/",
        f"http://H.vn:80/{composed}?utm_source=x",
    ]
    assert {article_identity(url) for url in same} == {"h.vn/tín"}


def test_a_family_says_what_identifies_an_article() -> None:
    nukeviet = Addresses(identity=r"/([^/?#]+-\d+)\.html")
    under_two_categories = ["http://h.vn/news/kinh-te/le-hoi-12.html", "http://h.vn/news/van-hoa/le-hoi-12.html?x=1"]
    assert {article_identity(url, nukeviet) for url in under_two_categories} == {"le-hoi-12"}
    assert article_identity("http://h.vn/gioi-thieu/", nukeviet) == "h.vn/gioi-thieu"
    two_parts = Addresses(identity=r"(?i)/folder/[^/]+/(news)/([^/]+)")
    assert article_identity("http://h.vn/folder/a/News/b", two_parts) == "News/b"


def test_address_patterns_follow_the_family_about_case() -> None:
    assert matches_any((r"/Pages/\d+",), "http://h.vn/pages/1", ignore_case=True)
    assert not matches_any((r"/Pages/\d+",), "http://h.vn/pages/1")
    assert not matches_any((), "http://h.vn/")


@pytest.mark.parametrize(
    ("url", "original"),
    [
        ("http://h.vn/web/20180330081814/http://vidu.example.vn/a?b=1", "http://vidu.example.vn/a?b=1"),
        (
            "https://archive.example/web/20180330081814im_/https://vidu.example.vn/a.jpg",
            "https://vidu.example.vn/a.jpg",
        ),
        ("http://h.vn/web/20180330081814/http/vidu.example.vn/tin", "http://vidu.example.vn/tin"),
        ("http://h.vn/web/20180330081814/http_/vidu.example.vn/", "http://vidu.example.vn/"),
        ("http://h.vn/web/20180330081814/http:/vidu.example.vn", "http://vidu.example.vn/"),
        ("http://h.vn/web/20180330081814/vidu.example.vn/a", "http://vidu.example.vn/a"),
        (
            "http://h.vn/web/20180330081814/http://a.example/web/20170101000000/http://vidu.example.vn/a",
            "http://vidu.example.vn/a",
        ),
        ("http://h.vn/web/20180330081814if_/javascript:false;", None),
        ("http://h.vn/web/20180330081814/", None),
        ("http://h.vn/web/guest/tin-tuc", None),
    ],
)
def test_an_address_of_a_web_archive_stands_for_the_original(url: str, original: str | None) -> None:
    assert archived_original(url) == original
    assert is_archived(url) == ("/web/2018" in url)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/tin/" + "a" * 2000, "too long"),
        ("/vi/en/vi/tin", "path growth"),
        ("/tin-tuc/vi/en", "path growth"),
        ("/tin?redirect=/x/vi/en/vi/en", "path growth"),
        ("/tin-tuc/a/tin-tuc/b/tin-tuc", "path growth"),
        ("/tin-tuc/a/tin-tuc/a/b", "path growth"),
        ("/" + "/".join(f"s{number}" for number in range(13)), "path growth"),
        ("/_layouts/15/Authenticate.aspx?Source=%2F", "system page"),
        ("/_vti_bin/spsdisco.aspx", "system page"),
        ("/Authenticate.aspx", "login"),
        ("/c/portal/login?p_l_id=1", "login"),
        ("/x?p_p_id=58&saveLastPath=0", "login"),
        ("/x?_58_struts_action=%2flogin%2fforgot_password", "login"),
        ("/dang-nhap", "login"),
        ("/index.php?nv=users&op=login", "login"),
        ("/news/print/kinh-te/a-12.html", "print or mail"),
        ("/news/savefile/kinh-te/a-12.html", "print or mail"),
        ("/news/sendmail/a-12.html", "print or mail"),
        ("/a?print=1", "print or mail"),
        ("/a?tmpl=component&print=1", "print or mail"),
        ("/?page=Article.Print.detail&id=60755433309a17740e5da521", "print or mail"),
        ("/component/mailto/?link=x", "print or mail"),
        ("/news/rating", "print or mail"),
        ("/news/search/?q=a", "search"),
        ("/news/tag/le-hoi/", "search"),
        ("/article/viewtag.aspx?tag=a", "search"),
        ("/tim-kiem", "search"),
        ("/?s=le+hoi", "search"),
        ("/x?keyword=a", "search"),
        ("/lich-cong-tac?week=23", "calendar"),
        ("/x?date=2024-05-07&EventID=0&page=1", "calendar"),
        ("/Lists/a/AllItems.aspx?SortField=Title&SortDir=Asc", "sort or filter"),
        ("/Lists/a/AllItems.aspx?View={0A-1}", "sort or filter"),
        ("/Lists/a/AllItems.aspx?FilterField1=x&FilterValue1=y", "sort or filter"),
        ("/x?orderby=date", "sort or filter"),
        ("/x?IsDlg=1", "display variant"),
        ("/x?RenditionID=4", "display variant"),
        ("/a/http://khac.vn/b", "address inside an address"),
        ("/mailto:abc@example.vn", "address inside an address"),
        ("/pdfjs/web/viewer.html?file=/upload/a.pdf", "viewer of a file"),
        ("/css/site.css?v=2", "part of a page"),
        ("/a?share=facebook", "share"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_trap(address: str, reason: str) -> None:
    assert is_trap(f"http://vidu.example.vn{address}") == reason


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/tin-tuc",
        "/vi/news/kinh-te/le-hoi-12.html",
        "/TinTuc/tintuc/Lists/Posts/Post.aspx?ID=12",
        "/tin/2024/05/05/05/bai-viet",
        "/dang-ky-ke-khai-gia",
        "/thong-tin-tim-kiem-cuu-nan-12",
        "/printed-matter",
        "/index.php?q=node/12",
        "/Lists/Posts/AllPosts.aspx?Paged=TRUE&p_ID=312&PageFirstRow=31&View={0A-1}",
        "/_layouts/15/listfeed.aspx?List={0A-1}",
        "/news/?page=2",
        "/web/guest/-/le-hoi",
        "/lich-cong-tac-tuan-25",
        "/su-kien?EventID=12",
        "/?download=1&id=0",
    ],
)
def test_an_ordinary_address_is_no_trap(address: str) -> None:
    assert is_trap(f"http://vidu.example.vn{address}") is None


UUID = "0a1b2c3d-0000-4444-8888-0123456789ab"


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("/upload/Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.PDF", "file", "Quyết định.PDF"),
        ("/upload/ke-hoach.docx?v=2", "file", "ke-hoach.docx"),
        ("/upload/anh.jpg", "image", "anh.jpg"),
        ("/LinkClick.aspx?fileticket=AbC%3d&tabid=36", "file", None),
        ("/news/bai-12.html?download=1&id=0", "file", None),
        (f"/documents/10180/23/Bao+cao+thang+5.pdf/{UUID}?t=145", "file", "Bao cao thang 5.pdf"),
        (f"/documents/10180/23/anh.png/{UUID}", "image", "anh.png"),
        (f"/documents/10180/{UUID}", "file", None),
        ("/documents/d/guest/bao-cao-pdf", "file", None),
        ("/_layouts/15/download.aspx?SourceUrl=/VanBan/01-KL.doc", "file", "01-KL.doc"),
        ("/DownloadHandler.ashx?id=5&filename=bang+gia.xls", "file", "bang gia.xls"),
        ("/index.php?option=com_x&task=download&id=3", "file", None),
        ("/van-ban/download", None, None),
        ("/tin-tuc/bai-viet-12.html", None, None),
        ("/documents/2024/05/bai-viet", None, None),
        ("/Lists/News/View_Detail.aspx?ItemID=13", None, None),
        ("/v1.2/gioi-thieu", None, None),
        ("/upload/%00..%2f..%5cevil.pdf", "file", "evil.pdf"),
    ],
)
def test_files_are_told_by_ending_or_by_shape(address: str, kind: str | None, name: str | None) -> None:
    url = f"http://vidu.example.vn{address}"
    assert looks_like_file(url) == kind
    assert filename_of(url) == name


@given(_URLS | st.text(max_size=60).map(lambda text: f"http://h.vn/{text}"))
def test_no_address_breaks_the_questions_about_it(text: str) -> None:
    url = clean_href(PAGE, text)
    if url is not None:
        is_trap(url)
        is_archived(url)
        archived_original(url)
        article_identity(url)
        name = filename_of(url)
        assert name is None or not {"/", "\\", "\x00"} & set(name)
        assert looks_like_file(url) in (None, "file", "image")
