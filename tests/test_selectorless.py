"""Reading by shape alone: where the headline, the text and the files are when no profile says so."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.read import Article, read_page
from crawler.read.files import file_name, files_in, is_file_address
from crawler.read.title import slug_match, slug_words, without_site_name

SITE = "http://lacson.example"
BASE = f"{SITE}/tin-tuc/thong-bao-lich-tiem-phong"
PROSE = "<p>" + "Trạm y tế xã Lạc Sơn thông báo lịch tiêm phòng cho trẻ em trong toàn xã vào tháng tới. " * 4 + "</p>"


def read(markup: str, url: str = BASE) -> Article:
    found = read_page(f"<html lang=vi><head><title>Cổng xã</title></head><body>{markup}</body></html>".encode(), url)
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(
    "headline",
    [
        "<h1>Thông báo lịch tiêm phòng</h1>",
        "<p class=Title>Thông báo lịch tiêm phòng</p>",
        "<div class='news-title'>Thông báo lịch tiêm phòng</div>",
        "<div>Thông báo lịch tiêm phòng</div>",
        "<table><tr><td><font size=4><b>Thông báo lịch tiêm phòng</b></font></td></tr></table>",
    ],
)
def test_the_headline_is_found_by_tag_by_name_or_by_the_address(headline: str) -> None:
    found = read(f"<ul><li><a href=/>Trang chủ</a></ul>{headline}<div>07/05/2024</div><div>{PROSE}</div>")
    assert found.title == "Thông báo lịch tiêm phòng"
    assert "Thông báo lịch" not in found.body


def test_an_emphasised_line_above_the_date_is_a_headline_where_the_address_says_nothing() -> None:
    rows = f"<tr><td><b>Thông báo lịch tiêm phòng</b><tr><td>Cập nhật: 07/05/2024 14:25<tr><td>{PROSE}"
    assert read(f"<table>{rows}</table>", "http://lacson.example/?id=77").title == "Thông báo lịch tiêm phòng"


def test_an_article_of_one_link_is_found_under_its_headline_and_not_in_the_box_beside_it() -> None:
    box = f"<div class=gioithieu>{PROSE}<a href='/khac.pdf'>Văn bản khác</a></div>"
    found = read(
        f"<table><tr><td>{box}</td><td><div><p class=Title>Thông báo lịch tiêm phòng</p><span>07/05/2024</span>"
        "<div><p>Xem chi tiết <a href='/img/lich tiem.pdf'>tại đây</a></p></div></div></td></tr></table>"
    )
    assert [item.url for item in found.attachments] == ["http://lacson.example/img/lich%20tiem.pdf"]
    assert found.body == ""


def test_a_lead_in_a_cell_of_its_own_belongs_to_the_article() -> None:
    lead = "Từ ngày mai, trạm y tế xã mở thêm hai điểm tiêm lưu động tại các thôn ở xa trung tâm."
    found = read(
        f"<table><tr><td><h1>Thông báo lịch tiêm phòng</h1><tr><td>{lead}<tr><td><div>{PROSE}{PROSE}</div></table>"
    )
    assert lead in (found.lead or found.body)


def test_a_table_in_the_article_is_kept() -> None:
    table = "<table><tr><td>Thôn<td>Ngày<tr><td>Đồi Chè<td>ngày 2<tr><td>Bãi Dâu<td>ngày 3</table>"
    assert "Đồi Chè\tngày 2" in read(f"<h1>Thông báo lịch tiêm phòng</h1><div>{PROSE}{table}{PROSE}</div>").body


def test_teasers_of_other_articles_are_left_out() -> None:
    teasers = "".join(f"<li><h3><a href=/{n}>Một bài viết khác số {n}</a></h3><p>Vài chữ.</p></li>" for n in range(4))
    found = read(f"<h1>Thông báo lịch tiêm phòng</h1><div><div>{PROSE}</div><ul>{teasers}</ul></div>")
    assert "bài viết khác" not in found.body


@pytest.mark.parametrize(
    "line",
    [
        "<p>Tags: tiêm chủng, trạm y tế</p>",
        "<p>mk/dpa</p>",
        "<p>Source: County Gazette</p>",
        "<p>Last modified: 7 May 2024</p>",
        "<p>Text is available under Creative Commons</p>",
        "<p>Read every issue in our <a href=/abo>newsletter</a>, free of charge.</p>",
        "<p><a href='#comments'>Responses (11)</a></p>",
        "<h3>About the author</h3><p>Writes about wells.</p>",
    ],
)
def test_what_signs_an_article_off_is_left_out(line: str) -> None:
    found = read(f"<h1>Thông báo lịch tiêm phòng</h1><div>07/05/2024</div><div>{PROSE}{PROSE}{line}</div>")
    assert html.fragment_fromstring(line, create_parent="div").text_content() not in found.body.replace("\n", "")
    assert found.body.endswith("vào tháng tới.")


def test_an_address_to_write_to_stays_in_the_article() -> None:
    write = "<p><a href='mailto:tram@lacson.example'>tram@lacson.example</a></p>"
    found = read(f"<h1>Thông báo lịch tiêm phòng</h1><div>07/05/2024</div><div>{PROSE}{write}{PROSE}</div>")
    assert "tram@lacson.example" in found.body


def test_text_under_the_headline_is_found_in_an_element_with_a_name_of_furniture() -> None:
    prose = f"<div class=newsArticleMeta><h1>Thông báo lịch tiêm phòng</h1><p>07/05/2024</p>{PROSE * 20}</div>"
    others = "".join(f"<div><h3><a href=/{n}>Bài viết khác số {n}</a></h3>{PROSE}</div>" for n in range(40))
    found = read(f"<div><div>{prose}</div><div>{others}</div></div>")
    assert found.body.count("vào tháng tới.") == 80
    assert "Bài viết khác" not in found.body


def test_a_whole_paragraph_set_as_a_heading_ends_an_article_and_a_heading_does_not() -> None:
    title, date = "<p class=Title>Thông báo lịch tiêm phòng</p>", "<p>07/05/2024</p>"
    last = "Trạm y tế xã mong bà con đưa trẻ đến đúng giờ và mang theo sổ tiêm. " * 4
    found = read(f"<div>{title}{date}{PROSE}<h1>{last}</h1><h3>Bài cùng chủ đề sẽ đăng sau</h3></div>")
    assert found.body.endswith("mang theo sổ tiêm.")


FILES = [
    ("<a href='/a/Ke hoach.pdf'>kế hoạch</a>", "http://lacson.example/a/Ke%20hoach.pdf", "kế hoạch", "Ke hoach.pdf"),
    (
        "<a href='?download=1&id=0'>Tập tin: mau-don.docx</a>",
        f"{BASE}?download=1&id=0",
        "Tập tin: mau-don.docx",
        "mau-don.docx",
    ),
    (
        "<a href='/LinkClick.aspx?fileticket=x%3d&tabid=36'>tải</a>",
        "http://lacson.example/LinkClick.aspx?fileticket=x%3d&tabid=36",
        "tải",
        None,
    ),
    (
        "<a href='/documents/10/20/Bao+cao.doc/0c5d3a88-2f1e-4b0a-b1c5-5a0d6a2f9e11?t=1'>báo cáo</a>",
        "http://lacson.example/documents/10/20/Bao+cao.doc/0c5d3a88-2f1e-4b0a-b1c5-5a0d6a2f9e11?t=1",
        "báo cáo",
        "Bao cao.doc",
    ),
    (
        "<a href='javascript:;' onclick=\"downloadFile('7','/upload/x.xlsx')\">bảng</a>",
        "http://lacson.example/upload/x.xlsx",
        "bảng",
        "x.xlsx",
    ),
    (
        "<iframe src='https://docs.google.com/viewer?embedded=true&url=http://lacson.example/q.pdf'></iframe>",
        "http://lacson.example/q.pdf",
        None,
        "q.pdf",
    ),
    (
        "<iframe src='/pdfjs/web/viewer.html?file=/u/q.pdf#zoom=1'></iframe>",
        "http://lacson.example/u/q.pdf",
        None,
        "q.pdf",
    ),
    (
        "<a href='https://view.officeapps.live.com/op/view.aspx?src=http%3A%2F%2Fx.example%2Fq.docx'>xem</a>",
        "http://x.example/q.docx",
        "xem",
        "q.docx",
    ),
    ("<iframe src='' data-src='/u/q.pdf'></iframe>", "http://lacson.example/u/q.pdf", None, "q.pdf"),
    (
        "<a href='img/1359-QĐ.pdf'>tại đây</a>",
        "http://lacson.example/tin-tuc/img/1359-Q%C4%90.pdf",
        "tại đây",
        "1359-QĐ.pdf",
    ),
]


@pytest.mark.parametrize(("markup", "url", "label", "name"), FILES)
def test_a_file_is_found_however_it_is_linked(markup: str, url: str, label: str | None, name: str | None) -> None:
    (found,) = files_in([html.fragment_fromstring(markup, create_parent="div")], BASE)
    assert (found.url, found.label, found.filename) == (url, label, name)


@pytest.mark.parametrize(
    "address",
    [
        "http://x/",
        "http://x/tin.html",
        "http://x/a.aspx?id=1",
        "http://x/anh.jpg",
        "http://x/rss.xml",
        "http://[",
        "mailto:a@b",
    ],
)
def test_a_page_or_a_picture_is_no_file(address: str) -> None:
    assert not is_file_address(address)


def test_a_file_linked_twice_counts_once_in_document_order() -> None:
    root = html.fragment_fromstring("<a href=/b.pdf></a><a href=/a.pdf>a</a><a href=/b.pdf>b</a>", create_parent="div")
    assert [(item.url[-5:], item.label) for item in files_in([root], BASE)] == [("b.pdf", "b"), ("a.pdf", "a")]


def test_the_name_of_a_file_is_read_from_the_address_first() -> None:
    assert file_name("http://x/T%E1%BB%9D%20tr%C3%ACnh.pdf", "khác.doc") == "Tờ trình.pdf"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://x/tin/lich-tiem-phong-nam-2024-123456.html", "lich tiem phong nam"),
        ("http://x/lich_tiem_phong.aspx", "lich tiem phong"),
        ("http://x/Pages/news.aspx?id=4", ""),
        ("http://[", ""),
    ],
)
def test_the_words_of_an_address(url: str, words: str) -> None:
    assert slug_words(url) == words


def test_a_headline_explains_its_address_and_a_sentence_does_not() -> None:
    assert slug_match("lich tiem phong", "lich tiem phong cho tre em") == 1.0
    assert (
        slug_match("lich tiem phong xa lac son", "hom nay tram y te xa lac son da dua ra mot lich tiem moi cho tat ca")
        < 0.6
    )


@pytest.mark.parametrize(
    ("window", "site", "expected"),
    [
        ("Lịch tiêm phòng - Cổng xã", "Cổng xã", "Lịch tiêm phòng"),
        ("Cổng xã | Lịch tiêm phòng", "Cổng xã", "Lịch tiêm phòng"),
        ("Lịch tiêm phòng", None, "Lịch tiêm phòng"),
    ],
)
def test_the_name_of_the_site_is_no_part_of_the_title(window: str, site: str | None, expected: str) -> None:
    assert without_site_name(window, site) == expected
