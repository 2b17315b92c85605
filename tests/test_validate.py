"""The second item pipeline writes doubts down and drops nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.items import Article, Attachment, Capture, PageItem
from pipelines.validate import ValidatePipeline, problems_of, validate

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
GOOD = Article(url="http://x.example/a", title="Một tiêu đề", body="Một đoạn.", body_html="<p>Một đoạn.</p>")


def test_a_good_article_has_no_problems() -> None:
    assert problems_of(GOOD, fetched_at=AT) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title": ""}, "no_title"),
        ({"title": "x" * 501}, "long_title"),
        ({"body": ""}, "no_body"),
        ({"lead": "Một đoạn."}, "lead_in_body"),
        ({"lead": "Một tiêu đề"}, "title_is_lead"),
        ({"author": "x" * 121}, "long_author"),
        ({"published_at": AT + timedelta(days=3)}, "date_in_future"),
        ({"published_at": date(2026, 11, 25)}, "date_in_future"),
        ({"published_at": date(1970, 1, 1)}, "date_too_old"),
    ],
)
def test_a_doubt_has_a_word(changes: dict[str, object], problem: str) -> None:
    doubtful = Article(**({name: getattr(GOOD, name) for name in ("url", "title", "body", "body_html")} | changes))
    assert problem in problems_of(doubtful, fetched_at=AT)


def test_an_article_that_is_only_a_file_is_no_empty_one() -> None:
    only_file = Article(
        url="u", title="Thông báo", body="", body_html="", attachments=(Attachment(url="http://x.example/a.pdf"),)
    )
    assert problems_of(only_file, fetched_at=AT) == []


def test_the_item_is_marked_and_never_dropped() -> None:
    bad = Article(url="u", title="", body="", body_html="")
    item = PageItem(link=1, capture=Capture(site="x", url="u", fetched_at=AT, status=200), reading=bad)
    marked = ValidatePipeline().process_item(item)
    assert isinstance(marked.reading, Article)
    assert marked.reading.problems == ("no_title", "no_body")
    assert validate(marked) == marked
