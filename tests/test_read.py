"""Reading a page through its public door: what comes out, what is refused by name, and that nothing ever raises."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.read import Article, NotArticle, article_json, parse_page, read_page, read_parsed

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
URL = "http://lacson.example/tin-tuc/xa-lac-son-ra-quan-lam-duong"
FETCHED = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)

FOLDER = Path(__file__).parent / "pages"

PROSE = (
    "Sáng 7/5, hơn hai trăm người dân xã Lạc Sơn cùng ra đồng nạo vét mương, đắp bờ vùng để kịp lấy nước vụ hè thu.",
    "Theo kế hoạch, mỗi thôn nhận một đoạn kênh dài bốn trăm mét, làm gọn trong hai buổi rồi giao cho tổ thủy nông.",
    "Ông Lường Văn Khoát, trưởng thôn Đồi Chè, cho biết bà con góp ngày công là chính, xã hỗ trợ đá hộc và xi măng.",
)


def page(*, head: str = "", body: str = "", title: str = "Xã Lạc Sơn ra quân làm đường", tail: str = "") -> bytes:
    prose = "".join(f"<p>{text}</p>" for text in PROSE)
    return (
        f"<html lang=vi><head><meta charset=utf-8><title>{title} - Cổng thông tin</title>{head}</head><body>"
        f"<div class=top>Thứ Tư, 12/06/2024</div>"
        f"<ul class=menu><li><a href=/>Trang chủ</a><li><a href=/tin>Tin tức</a></ul>"
        f"<div class=detail><h1>{title}</h1><div class=ngay>Thứ Ba, 07/05/2024 20:01</div>"
        f"<div class=content>{prose}{body}</div></div>{tail}</body></html>"
    ).encode()


def article(body: bytes, **options: object) -> Article:
    reading = read_page(body, URL, fetched_at=FETCHED, family="none", **options)  # type: ignore[arg-type]  # test options
    assert isinstance(reading, Article), reading
    return reading


def reason(body: bytes, **options: object) -> str:
    reading = read_page(body, URL, **options)  # type: ignore[arg-type]  # test options
    assert isinstance(reading, NotArticle), reading
    return reading.reason


def test_a_page_without_a_profile_gives_title_date_and_body() -> None:
    found = article(page())
    assert found.title == "Xã Lạc Sơn ra quân làm đường"
    assert article_json(found)["published_at"] == "2024-05-07T20:01+07:00"
    assert found.body.split("\n") == list(PROSE)
    assert found.language == "vi"


def test_every_found_field_names_its_rule() -> None:
    found = article(page())
    assert set(found.fields) == {"title", "published_at", "body"}
    assert all(found.fields.values())


def test_the_clock_of_the_header_is_never_the_date() -> None:
    body = page().replace(b"<div class=ngay>Th\xe1\xbb\xa9 Ba, 07/05/2024 20:01</div>", b"")
    assert article(body).published_at is None


def test_json_holds_the_promised_keys_in_order_and_is_json() -> None:
    record = article_json(article(page()))
    assert list(record) == [
        *("url", "site", "title", "lead", "body", "body_html", "published_at", "published_text", "modified_at"),
        *("author", "author_unit", "byline_text", "source", "category", "tags", "language", "images", "attachments"),
        *("family", "quality", "fields"),
    ]
    json.dumps(record)


def test_a_by_line_at_the_end_leaves_the_body_and_is_kept_as_printed() -> None:
    found = article(page(body="<p style='text-align:right'><b>Tin, ảnh: Lã Thu Hiên</b></p>"))
    assert (found.author, found.byline_text) == ("Lã Thu Hiên", "Tin, ảnh: Lã Thu Hiên")
    assert "Lã Thu Hiên" not in found.body


def test_prose_that_begins_with_theo_is_no_by_line() -> None:
    found = article(page())
    assert found.source is None
    assert "Theo kế hoạch" in found.body


def test_a_marked_lead_is_a_field_of_its_own_and_not_repeated() -> None:
    lead = "Phong trào làm đường ở xã Lạc Sơn đã đi từ một thôn ra toàn xã chỉ trong ba tháng."
    body = page().replace(b"<div class=content>", f"<div class=content><p class=sapo>{lead}</p>".encode())
    found = article(body)
    assert found.lead == lead
    assert lead not in found.body


def test_without_a_mark_the_first_paragraph_stays_in_the_body() -> None:
    assert article(page()).lead is None


def test_a_profile_that_fits_names_the_family_and_compares_with_the_blind_reading() -> None:
    body = (
        "<html><head><title>Trang thông tin</title></head><body><table><tr class='ms-news-header'>"
        "<td class='FolderTitle'>Kinh tế</td><td class='Time' align='right'>(07.05.2024 20:01)</td></tr></table>"
        "<table id='tableforprint'><tr><td><p class='Title'>Xã Lạc Sơn ra quân làm đường</p></td></tr><tr><td>"
        + "".join(f"<p>{text}</p>" for text in PROSE)
        + "</td></tr></table></body></html>"
    ).encode()
    found = read_page(body, URL, compare=True)
    assert isinstance(found, Article)
    assert (found.family, found.category) == ("easywebhub", "Kinh tế")
    assert found.fields["title"] == "family"
    assert dict(found.agrees) == {"title": True, "published_at": True, "body": True}
    assert found.quality == 1.0


def test_the_readings_of_one_page_in_thirty_two_are_compared_and_always_the_same_ones() -> None:
    body = (FOLDER / "nukeviet_attachments" / "page.html").read_bytes()
    urls = [f"http://xa.example/tin-{number}.html" for number in range(640)]
    compared = [url for url in urls if _compared(body, url)]
    assert 8 <= len(compared) <= 40
    assert all(_compared(body, url) for url in compared)


def _compared(body: bytes, url: str) -> bool:
    found = read_page(body, url)
    assert isinstance(found, Article)
    return bool(found.agrees)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty"),
        (b"   \n ", "empty"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3 1 0 obj", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"<script>document.cookie='D1N=0123456789abcdef';window.location.reload(true);</script>", "challenge"),
        (b"<h1>EasyWeb</h1><h3>Default 404 Not Found Page</h3>", "stub"),
        (b"<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>", "soft_404"),
        ("<title>Lỗi</title><body><p>Trang không tồn tại hoặc đã bị xóa.</p></body>".encode(), "soft_404"),
        ("<title>Đăng nhập</title><form><input name=u><input type=password></form>".encode(), "login"),
        (b"<html><body>" + b"<li><a href=/tin>Tin trong huyen</a></li>" * 40 + b"</body></html>", "listing"),
    ],
)
def test_what_is_no_article_is_refused_by_name(body: bytes, expected: str) -> None:
    assert reason(body) == expected


def test_a_page_of_fifty_megabytes_is_refused_without_being_read() -> None:
    assert reason(b"<p>tin</p>" * 5_000_000) == "too_large"


def test_a_hundred_thousand_nested_elements_end_in_a_reading() -> None:
    read_page(b"<div>" * 100_000 + "Xã Lạc Sơn".encode(), URL)


@given(st.binary(max_size=2000))
def test_no_bytes_raise(body: bytes) -> None:
    assert isinstance(read_page(body, URL), Article | NotArticle)


@given(cut=st.integers(0, 1900), noise=st.binary(max_size=40), at=st.integers(0, 1900))
def test_no_damaged_page_raises(cut: int, noise: bytes, at: int) -> None:
    body = page(body="<table><tr><td><img src=a.jpg></td></tr><tr><td>Chú thích</td></tr></table>")
    damaged = body[:at] + noise + body[at + len(noise) :]
    assert isinstance(read_page(damaged[: len(damaged) - cut], URL), Article | NotArticle)


@pytest.mark.parametrize("url", ["", "http://[", "mailto:x@y", "khong phai dia chi", "http://x/%zz?a=%"])
def test_no_address_raises(url: str) -> None:
    assert isinstance(read_page(page(), url), Article)


def test_a_parsed_page_can_be_read_again_and_is_left_as_it_was() -> None:
    parsed = parse_page(page(body="<p>Tag:</p><p><a href='/a.pdf'>tải về</a></p>"), URL, family="none")
    first = read_parsed(parsed)
    assert read_parsed(parsed) == first


def test_metadata_in_utc_is_moved_to_the_day_that_the_page_shows() -> None:
    head = '<meta property="article:published_time" content="2024-05-06T23:30:00Z">'
    found = article(page(head=head))
    assert isinstance(found.published_at, datetime)
    assert found.published_at.date() == date(2024, 5, 7)


@pytest.mark.corpus
def test_saved_portals_are_read_as_their_gold_says() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    wrong = []
    for path in sorted((CORPUS / "gold").glob("*.jsonl")):
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if record["confidence"] != "verified":
                continue
            reading = read_page((CORPUS / "sites" / record["file"]).read_bytes(), record["url"])
            found = article_json(reading) if isinstance(reading, Article) else {}
            said = (" ".join(str(found.get("title")).split()).casefold(), str(found.get("published_at"))[:10])
            if said != (" ".join(record["title"].split()).casefold(), record["date"]):
                wrong.append((record["url"], said))
    assert not wrong


def test_an_undated_page_at_the_address_of_the_site_is_its_home_page() -> None:
    dated = b"<div class=ngay>Th\xe1\xbb\xa9 Ba, 07/05/2024 20:01</div>"
    welcome = page().replace(dated, b"")
    assert dated in page()
    assert isinstance(read_page(welcome, "http://lacson.example/gioi-thieu.html"), Article)
    found = read_page(welcome, "http://lacson.example/")
    assert isinstance(found, NotArticle)
    assert found.reason == "navigation"
