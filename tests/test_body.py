"""The body of an article: clean, safe HTML and text in blocks, from markup as editors and Word leave it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.html import HtmlElement

from crawler.read.blocks import blocks_of, body_text
from crawler.read.body import FINISHING, READING, copied, drop_hidden, safe_html
from crawler.read.boilerplate import is_furniture_name, is_label
from crawler.read.captions import images_of, mark_captions, split_off_credits
from crawler.read.markup import hollow, is_gone, sweep

BASE = "http://lacson.example/tin/"


def cleaned(markup: str) -> HtmlElement:
    root = copied(html.fragment_fromstring(markup, create_parent="div"))
    for operation in (drop_hidden, *READING, mark_captions, *FINISHING):
        operation(root)
    return root


def lines(markup: str) -> list[str]:
    return body_text(blocks_of(cleaned(markup))).split("\n")


def shown(markup: str) -> str:
    return safe_html(cleaned(markup), BASE)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>một</p><p>hai</p>", ["một", "hai"]),
        ("một<br>hai<br/><br/>ba", ["một", "hai", "ba"]),
        ("<p>xây <b>dựng</b> <i>nông</i>thôn</p>", ["xây dựng nôngthôn"]),
        ("<p>xây\u00a0\u00a0 \u00a0dựng\u200b</p>", ["xây dựng"]),
        ("<p>tuyên\u00adtruyền</p>", ["tuyêntruyền"]),
        ("<div>đầu<p>giữa</p>cuối</div>", ["đầu", "giữa", "cuối"]),
        ("<ul><li>một<li>hai</ul>", ["một", "hai"]),
        ("<h2>Mục</h2><p>Lời</p>", ["Mục", "Lời"]),
        ("<p>&nbsp;</p><p>Lời</p><p></p>", ["Lời"]),
        ("<p>Lời<o:p></o:p></p><st1:place>Lạc Sơn</st1:place>", ["Lời", "Lạc Sơn"]),
        ("<!--[if gte mso 9]><xml>rác</xml><![endif]--><p>Lời</p>", ["Lời"]),
        ("<p>Lời</p><script>rác()</script><style>.rac{}</style>", ["Lời"]),
        ("<p>Lời</p><p style='display:none'>ẩn</p>", ["Lời"]),
        ("<p><ruby>市<rp>(</rp><rt>し</rt><rp>)</rp></ruby>役所</p>", ["市役所"]),
        ("<font face=Arial><span lang=VI><span>Lời</span></span></font>", ["Lời"]),
    ],
)
def test_markup_becomes_lines(markup: str, expected: list[str]) -> None:
    assert lines(markup) == expected


def test_a_row_of_a_data_table_is_one_line_with_its_cells_apart() -> None:
    table = "<table><tr><th>Thôn<th>Hộ</tr><tr><td><p>Đồi Chè</p><td><p>42</p></tr></table>"
    assert lines(table) == ["Thôn\tHộ", "Đồi Chè\t42"]


def test_a_layout_table_keeps_its_paragraphs_apart() -> None:
    assert lines("<table><tr><td><p>một</p><p>hai</p></td></tr></table>") == ["một", "hai"]


@pytest.mark.parametrize(
    "markup",
    [
        "<p onclick='x()'>Lời</p>",
        "<a href='javascript:alert(1)'>Lời</a>",
        "<a href=' JaVa\nScript:alert(1)'>Lời</a>",
        "<img src='javascript:alert(1)'>Lời",
        "<p style='background:url(javascript:x)'>Lời</p>",
        "<iframe src='//x'></iframe><p>Lời</p>",
        "<svg onload=x()><p>Lời</p></svg><p>Lời</p>",
        "<form action=x><input value=y><p>Lời</p></form>",
        "<a href='data:text/html,<script>x</script>'>Lời</a>",
    ],
)
def test_the_html_is_safe_to_show(markup: str) -> None:
    found = shown(f"{markup}<p>Một đoạn văn đủ dài để còn lại.</p>").lower()
    assert "script" not in found
    assert all(danger not in found for danger in ("onclick", "onload", "style=", "<iframe", "<form", "<svg", "data:"))


@given(st.text(alphabet="<>=/\"' abiprtscd:&;#x", max_size=120))
def test_no_soup_makes_unsafe_html(soup: str) -> None:
    found = shown(f"<p>đầu</p>{soup}<p>cuối</p>").lower()
    assert "<script" not in found
    assert "javascript:" not in found


ROW = "<tr><td>Một</td><td>Hai</td></tr>"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (f"<table><tbody>{ROW}</tbody></table>", f"<div><table><tbody>{ROW}</tbody></table></div>"),
        (f"<tbody>{ROW}</tbody>", f"<div><table><tbody>{ROW}</tbody></table></div>"),
        (ROW, f"<div><table>{ROW}</table></div>"),
        ("<ol start='3'><li>Một</li></ol>", '<div><ol start="3"><li>Một</li></ol></div>'),
        ("<td><p>Một</p></td>", "<div><p>Một</p></div>"),
        ("<p>Một</p>", "<div>Một</div>"),
        (
            "<tbody><tr><td></td></tr><tr><td><p>Một</p></td></tr></tbody>",
            "<div><div><div><p>Một</p></div></div></div>",
        ),
        (
            f"<table><tr><td><p>Tin</p><table>{ROW}</table></td><td>\xa0</td></tr></table>",
            f"<div><div><div><p>Tin</p><table>{ROW}</table></div></div></div>",
        ),
    ],
)
def test_the_html_keeps_tables_of_data_and_no_row_without_one(block: str, expected: str) -> None:
    assert safe_html(copied(html.fragment_fromstring(block)), BASE) == expected


def test_links_and_pictures_get_absolute_addresses() -> None:
    found = shown("<p>Xem <a href='/van-ban.html'>văn bản</a> của xã</p><p><img src='anh 1.jpg' alt='Anh'></p>")
    assert 'href="http://lacson.example/van-ban.html"' in found
    assert 'src="http://lacson.example/tin/anh%201.jpg"' in found


@pytest.mark.parametrize(
    "markup",
    [
        "<figure><img src=a.jpg><figcaption>Bà con ra đồng</figcaption></figure>",
        "<table><tr><td><img src=a.jpg></td></tr><tr><td>Bà con ra đồng</td></tr></table>",
        "<p><img src=a.jpg></p><p align=center><em>Bà con ra đồng.</em></p>",
        "<p><img src=a.jpg></p><p>Bà con ra đồng</p>",
        "<div><img src=a.jpg><br><i>Bà con ra đồng</i></div>",
    ],
)
def test_a_caption_is_found_by_its_place_next_to_the_picture(markup: str) -> None:
    root = cleaned(
        f"<p>Một đoạn văn dài đứng trước tấm ảnh này.</p>{markup}<p>Một đoạn văn dài đứng sau tấm ảnh này.</p>"
    )
    (image,) = images_of(root, BASE)
    assert image.caption is not None
    assert image.caption.rstrip(".") == "Bà con ra đồng"
    assert [text.rstrip(".") for text in body_text(blocks_of(root)).split("\n")][1] == "Bà con ra đồng"
    assert "<figcaption>" in safe_html(root, BASE)


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="sapo-wrapper"><img src="a.jpg"><p class="sapo"><b>Sáng nay huyện họp bàn về đường</b></p></div>',
        '<p><img src="a.jpg"></p><p class="sapo">Sáng nay huyện họp bàn về đường</p>',
    ],
)
def test_a_lead_after_a_picture_is_no_caption(markup: str) -> None:
    root = cleaned(f"{markup}<p>Theo đó, các xã góp ý về đường liên thôn.</p>")
    assert [image.caption for image in images_of(root, BASE)] == [None]


def test_a_sentence_after_a_picture_is_no_caption() -> None:
    root = cleaned("<p><img src=a.jpg></p><p>Sáng nay bà con ra đồng từ sớm.</p>")
    assert images_of(root, BASE)[0].caption is None


@pytest.mark.parametrize(
    ("printed", "kept", "credit"),
    [
        ("Marchers at the ford. Photo: Lin Okada", "Marchers at the ford.", "Lin Okada"),
        ("Die Furt bei Hochwasser © Kreisarchiv Tann", "Die Furt bei Hochwasser", "Kreisarchiv Tann"),
        ("Der Markt am Morgen (Oda Linn / iStock.com)", "Der Markt am Morgen", "Oda Linn / iStock.com"),
        ("Foto: Oda Linn", None, "Oda Linn"),
        ("Weavers at the opening (Photo: Lin Okada)", "Weavers at the opening (Photo: Lin Okada)", None),
        ("Telefoto: an old lens", "Telefoto: an old lens", None),
        ("Bà con ra đồng. Ảnh: Thu Hà", "Bà con ra đồng. Ảnh: Thu Hà", "Thu Hà"),
    ],
)
def test_a_credit_leaves_the_caption_and_stays_with_the_picture(
    printed: str, kept: str | None, credit: str | None
) -> None:
    root = cleaned(f"<figure><img src=a.jpg><figcaption>{printed}</figcaption></figure><p>Một đoạn văn dài.</p>")
    split_off_credits(root)
    (image,) = images_of(root, BASE)
    assert image.caption == kept
    if credit is not None:
        assert image.credit == credit
    assert "data-credit" not in safe_html(root, BASE)


@pytest.mark.parametrize(
    "text",
    ["Tag:", "Tags", "File đính kèm", "Tin liên quan", "Các tin khác:", "Bản in", "Quay lại", "Chia sẻ", "Read more"],
)
def test_labels_of_furniture_are_known(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize(
    "text", ["Tin vui đến với bà con", "Theo kế hoạch của huyện", "Xem danh sách hộ nhận quà tại đây", ""]
)
def test_text_is_no_label(text: str) -> None:
    assert not is_label(text)


@pytest.mark.parametrize(
    "name",
    [
        "related-news",
        "social-share",
        "post-comments",
        "printfriendly",
        "OtherNews breadcrumb",
        "entry-meta",
        "m-tags",
        "en-savoir-plus",
    ],
)
def test_names_of_furniture_are_known(name: str) -> None:
    assert is_furniture_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "content",
        "news-detail",
        "has-comments",
        "js-truncate-related-to-my-own-size",
        "articleBody share",
        "entry",
        "entry-content",
        "node-promoted",
        "single_content read-more",
        "hentry tag-newsletter",
        "left-navigation_page-wrapper",
    ],
)
def test_names_of_text_are_no_furniture(name: str) -> None:
    assert not is_furniture_name(name)


def test_furniture_goes_and_what_follows_it_stays() -> None:
    assert lines("<p>đầu bài dài</p><div class=social-share>Facebook</div>giữa bài<p>Tag:</p><p>cuối bài dài</p>") == [
        "đầu bài dài",
        "giữa bài",
        "cuối bài dài",
    ]


def test_a_label_takes_the_list_under_it_along() -> None:
    related = "<h3>Tin liên quan</h3><ul><li><a href=1>một</a><li><a href=2>hai</a></ul>"
    assert lines(f"<p>Một đoạn văn dài.</p>{related}") == ["Một đoạn văn dài."]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<div> <ul>\n<li> </li></ul></div><p>một</p>", "<p>một</p>"),
        ("<p>một<b> </b>hai</p>", "<p>một<b> </b>hai</p>"),
        ("<p><b></b><i></i></p><p>một</p>", "<p>một</p>"),
        ("<p>\u00a0</p><p>một</p>", "<p>\u00a0</p><p>một</p>"),
        ("<div><div><div><div><div><div> </div></div></div></div></div></div><p>một</p>", "<p>một</p>"),
        ("<div><img src='/a.jpg'> </div>", '<div><img src="http://lacson.example/a.jpg"> </div>'),
    ],
)
def test_blocks_of_white_space_go_and_the_spaces_between_words_stay(markup: str, expected: str) -> None:
    found = shown(markup).replace("&nbsp;", "\u00a0")
    assert found == f"<div>{expected}</div>"


def test_what_goes_line_by_line_leaves_the_text_between_in_its_order() -> None:
    root = html.fragment_fromstring("một<i>x</i> hai<i>y</i> ba<p>bốn<i>z</i></p> năm", create_parent="div")
    for node in list(root.iter("i")):
        hollow(node)
        assert is_gone(node)
    sweep(root)
    assert html.tostring(root, encoding="unicode") == "<div>một hai ba<p>bốn</p> năm</div>"
