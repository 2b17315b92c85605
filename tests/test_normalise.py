"""The first item pipeline brings every text into one form."""

import unicodedata
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.items import Article, Attachment, Capture, FoundLink, Image, PageItem
from pipelines.normalise import NormalisePipeline, normalise, normalise_article, one_line

CAPTURE = Capture(site="x", url="http://x.example/a", fetched_at=datetime(2026, 1, 1, tzinfo=UTC), status=200)


def article(**changes: object) -> Article:
    return Article(**({"url": "http://x.example/a", "title": "T", "body": "B", "body_html": "<p>B</p>"} | changes))  # type: ignore[arg-type]


def test_decomposed_letters_are_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Đức Thọ đẩy mạnh")
    assert normalise_article(article(title=decomposed)).title == "Đức Thọ đẩy mạnh"


def test_no_break_spaces_become_one_space() -> None:
    assert one_line("Phan \u00a0\u00a0 Tâm\u3000") == "Phan Tâm"


def test_an_empty_field_is_absent() -> None:
    read = normalise_article(article(lead=" \u00a0 ", author=""))
    assert read.lead is None
    assert read.author is None


def test_blank_lines_of_a_body_go_and_its_order_stays() -> None:
    assert normalise_article(article(body=" một \n\n  hai\u00a0ba \n")).body == "một\nhai ba"


def test_the_cells_of_a_tables_row_stay_apart() -> None:
    assert normalise_article(article(body="Xã \t Tỷ  lệ\n\t\n")).body == "Xã\tTỷ lệ"


def test_a_tag_is_kept_once_whatever_its_case() -> None:
    assert normalise_article(article(tags=("Nông thôn mới", "nông thôn mới ", ""))).tags == ("Nông thôn mới",)


def test_captions_labels_and_link_titles_are_brought_into_form_too() -> None:
    item = PageItem(
        link=1,
        capture=CAPTURE,
        reading=article(
            images=(Image(url="u", caption=" a  b "),), attachments=(Attachment(url="u", label="\u00a0Tải về "),)
        ),
        links=(FoundLink(url="u", kind="article", title=" c\n d "),),
    )
    done = NormalisePipeline().process_item(item)
    assert done.reading.images[0].caption == "a b"
    assert done.reading.attachments[0].label == "Tải về"
    assert done.links[0].title == "c d"


@given(st.text(), st.text(), st.lists(st.text()))
def test_doing_it_twice_changes_nothing(title: str, body: str, tags: list[str]) -> None:
    item = PageItem(link=1, capture=CAPTURE, reading=article(title=title, body=body, tags=tuple(tags)))
    once = normalise(item)
    assert normalise(once) == once


@given(st.text(alphabet=st.sampled_from("aé \n\t\r\x0b\x1c\x85\u00a0\u2028\u200b\u0301")))
def test_a_body_has_no_stray_space_whatever_it_came_with(body: str) -> None:
    lines = normalise_article(article(body=body)).body.split("\n")
    cells = [line.split("\t") for line in lines]
    assert all(any(row) for row in cells) or lines == [""]
    assert all(cell == " ".join(cell.split()) for row in cells for cell in row)


def test_an_article_in_form_is_not_copied() -> None:
    once = normalise_article(article(lead="Một dòng", body="một\nhai ba", tags=("Tin",)))
    assert normalise_article(once) is once


@settings(deadline=None)  # other programs on the machine are no failure
@given(st.text("aĐế \n\t\r\0\u00a0", max_size=8))
def test_a_tidy_body_and_one_with_a_letter_of_another_script_are_cleaned_alike(body: str) -> None:
    """A body of the Vietnamese alphabet is told to be tidy at a glance; any other is taken apart."""
    lines = [*normalise_article(article(body=body)).body.splitlines(), "가"]
    assert normalise_article(article(body=f"{body}\n가")).body.splitlines() == lines
