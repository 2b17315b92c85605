"""Lists that show their oldest entries first: a walk looks at the first page and at the last ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from crawling import Mirror
from server import running
from test_recrawl import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Forty-five entries on five pages, the oldest at the top."""
    with running({}) as site:
        archive = Archive(site, Mirror(tmp_path / "output"), entries=45)
        archive.list.numbers.reverse()
        assert archive.crawl() == "ok"
        assert archive.list.pages_asked() == [1, 2, 3, 4, 5]
        yield archive


def test_an_unchanged_list_is_asked_for_its_ends(archive: Archive) -> None:
    for _ in range(3):
        archive.crawl()
        assert archive.list.pages_asked() == [1, 5]
    assert archive.mirror.rows("SELECT 1 FROM sightings WHERE left_at IS NOT NULL") == [], "nothing left the middle"


@pytest.mark.parametrize(
    ("fresh", "pages"),
    [
        (range(46, 48), [1, 5]),  # the last page takes them in
        (range(46, 53), [1, 5, 6]),  # a further page
        (range(46, 75), [1, 5, 6, 7, 8]),  # three of them
    ],
)
def test_what_is_new_at_the_end_is_found(archive: Archive, fresh: range, pages: list[int]) -> None:
    archive.list.publish(*fresh, at=len(archive.list.numbers))
    archive.crawl()
    assert archive.list.pages_asked() == pages
    assert archive.articles() == set(range(1, fresh.stop))
    archive.crawl()
    assert set(archive.list.pages_asked()) <= {1, pages[-1] - 1, pages[-1]}


def test_newest_entries_on_two_pages_are_both_looked_at(archive: Archive) -> None:
    archive.list.publish(*range(46, 52), at=45)  # one of them alone on the sixth page
    archive.crawl()
    archive.crawl()
    assert archive.list.pages_asked() == [1, 5, 6]


def test_a_list_that_lost_its_end_is_walked_whole(archive: Archive) -> None:
    del archive.list.numbers[25:]
    archive.crawl()
    assert archive.list.pages_asked()[:2] == [1, 5]
    assert set(archive.list.pages_asked()) == {1, 2, 3, 4, 5}
    assert archive.mirror.one("SELECT ended FROM sections WHERE section LIKE '%/tin'") == "end"


def test_a_list_that_was_turned_round_is_walked_to_what_is_new(archive: Archive) -> None:
    archive.list.numbers.reverse()
    archive.list.publish(46, 47)
    archive.crawl()
    assert {46, 47} <= archive.articles()
    archive.crawl()
    assert archive.list.pages_asked() == [1, 2], "it is a list like others now"


def test_a_full_crawl_looks_at_every_page_all_the_same(archive: Archive) -> None:
    archive.list.publish(99, at=22)  # back-dated, in the middle
    archive.crawl(GOVNEWS_FULL=True)
    assert archive.list.pages_asked() == [1, 2, 3, 4, 5]
    assert 99 in archive.articles()
