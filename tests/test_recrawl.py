"""What a second crawl asks for: little of a site that did not change, and all that is new of one that did."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from paged import LongList, article_on, day_of
from server import Answer, SmallSite, running
from village import PARAGRAPHS

import pipelines.settlement


class Archive:
    """A site with a long list that is crawled now and then."""

    def __init__(self, site: SmallSite, mirror: Mirror, *, entries: int = 60) -> None:
        self.site, self.mirror = site, mirror
        self.list = LongList(site, entries)
        self.now = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)

    def crawl(self, *, after: timedelta = timedelta(hours=6), site_file: str = SITE_FILE, **options: Any) -> str:
        self.now += after
        self.site.log.clear()

        def tick() -> datetime:
            self.now += timedelta(milliseconds=5)
            return self.now

        options["GOVNEWS_CLOCK"] = tick
        return crawl(self.mirror, self.site.base_url, site_file=site_file, options=options).word

    def articles(self) -> set[int]:
        return {int(url.split("-")[-1][:-5]) for (url,) in self.mirror.rows("SELECT url FROM articles")}

    def paths(self) -> list[str]:
        return [asked.path for asked in self.site.log]


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=1))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with running({}) as site:
        yield Archive(site, Mirror(tmp_path / "output"))


def test_an_unchanged_site_is_asked_for_the_first_page_of_its_list(archive: Archive) -> None:
    assert archive.crawl() == "ok"
    assert archive.articles() == set(range(1, 61))
    assert archive.list.pages_asked() == [1, 2, 3, 4, 5, 6]
    archive.crawl()
    assert archive.list.pages_asked() == [1, 2]  # three marks, and seven known entries after them: fewer than ten
    assert sorted(archive.paths()) == ["/", "/robots.txt", "/tin", "/tin?page=2"]
    assert archive.mirror.one("SELECT requests, revisits, retries, probes FROM runs WHERE id = 2") == (4, 0, 0, 1)


def test_a_page_that_says_that_it_did_not_change_is_counted(archive: Archive) -> None:
    first_page = archive.list._listing  # noqa: SLF001  # the list's own route
    archive.site.routes["/tin"] = lambda asked: Answer(body=str(first_page(asked)).encode(), etag='"v1"')
    archive.crawl()
    archive.crawl()
    assert archive.mirror.one("SELECT not_modified FROM runs WHERE id = 2") == 2
    assert archive.list.pages_asked() == [1, 2]


def test_a_walk_goes_on_to_the_newest_entry_of_the_last_clean_walk(archive: Archive) -> None:
    archive.crawl()
    archive.list.publish(*range(85, 60, -1))
    archive.crawl()
    assert archive.articles() == set(range(1, 86))
    assert archive.list.pages_asked()[-1] == 4  # 25 new ones, then the marks, then ten known ones


def test_what_an_interrupted_walk_did_not_reach_is_reached_by_the_next(archive: Archive) -> None:
    archive.crawl()
    archive.list.publish(*range(80, 60, -1))
    archive.site.routes["/tin?page=2"] = Answer(status=503)  # page 1 is known afterwards, page 2 is not
    archive.crawl()
    assert archive.mirror.one("SELECT fault LIKE '%HTTP 503' FROM sections WHERE section LIKE '%/tin'") == 1
    del archive.site.routes["/tin?page=2"]
    archive.list.publish(*range(90, 80, -1))  # and now its entries stand on page 3
    archive.crawl(after=timedelta(days=1))
    assert archive.articles() == set(range(1, 91))
    assert archive.mirror.one("SELECT fault FROM sections WHERE section LIKE '%/tin'") is None


def test_entries_that_slid_past_a_page_while_it_failed_are_found(archive: Archive) -> None:
    archive.site.routes["/tin?page=3"] = Answer(status=500)
    archive.crawl()
    assert archive.articles() == {*range(41, 61)} | {*range(1, 31)} or archive.articles() == set(range(41, 61))
    del archive.site.routes["/tin?page=3"]
    archive.list.publish(*range(70, 60, -1))
    archive.crawl(after=timedelta(days=2))
    assert archive.articles() == set(range(1, 71))


def test_a_back_dated_entry_deep_in_the_list_is_found_by_the_sweep(archive: Archive) -> None:
    swept = SITE_FILE + 'sweep = "7d"\n'
    archive.crawl(site_file=swept)
    archive.list.publish(99, at=45)
    archive.crawl(site_file=swept)
    assert 99 not in archive.articles()
    archive.crawl(site_file=swept, after=timedelta(days=7))
    assert 99 in archive.articles()
    reasons = dict(archive.mirror.rows("SELECT url, reason FROM captures WHERE run = 3 AND url LIKE '%/tin?page=_'"))
    assert reasons[f"{HOME}tin?page=5"] == "sweep"


def test_a_full_crawl_walks_every_page_at_will(archive: Archive) -> None:
    archive.crawl()
    archive.list.publish(99, at=45)
    archive.crawl(GOVNEWS_FULL=True)
    assert 99 in archive.articles()


def test_a_pinned_entry_does_not_end_the_walk(archive: Archive) -> None:
    archive.list.publish(100)
    archive.crawl()
    archive.list.numbers.remove(100)
    archive.list.publish(100, *range(90, 60, -1))  # the known one stays on top
    archive.crawl()
    assert archive.articles() == {*range(1, 91), 100}


def test_a_mark_that_was_taken_down_does_not_send_the_walk_to_the_end(archive: Archive) -> None:
    archive.crawl()
    archive.list.numbers.remove(60)
    archive.crawl()
    assert archive.list.pages_asked() == [1, 2]


def test_a_list_that_shrank_ends_where_it_ends(archive: Archive) -> None:
    archive.crawl()
    del archive.list.numbers[25:]
    assert archive.crawl(GOVNEWS_FULL=True) == "ok"
    assert archive.mirror.one("SELECT ended, fault FROM sections WHERE section LIKE '%/tin'") == ("end", None)


def test_a_list_without_dates_is_walked_by_its_order(tmp_path: Path) -> None:
    with running({}) as site:
        archive = Archive(site, Mirror(tmp_path / "output"))
        archive.list.is_dated = False
        archive.crawl()
        archive.list.publish(*range(85, 60, -1))
        archive.crawl()
        assert archive.articles() == set(range(1, 86))
        archive.crawl()
        assert archive.list.pages_asked() == [1, 2]


def test_a_section_that_appears_later_is_walked_to_its_end(archive: Archive) -> None:
    archive.crawl()
    with running({}) as other:
        later = LongList(other, 90)
        later.numbers = list(range(90, 70, -1))
        for path in ("/tin", *(f"/tin-{number}.html" for number in later.numbers)):
            archive.site.routes[path.replace("/tin", "/moi", 1) if path == "/tin" else path] = other.routes[path]
        archive.site.routes["/moi"] = lambda asked: str(later._listing(asked)).replace("/tin?", "/moi?")  # noqa: SLF001
        archive.site.routes["/"] = str(archive.site.routes["/"]).replace("</p><p>", '</p><p><a href="/moi">Mới</a> ')
        archive.crawl()
    assert archive.articles() == {*range(1, 61), *range(71, 91)}


def test_an_unfinished_first_crawl_goes_on_and_is_clean_at_its_end(archive: Archive) -> None:
    archive.crawl(GOVNEWS_LIMIT=15)
    assert archive.mirror.one("SELECT clean_at FROM sections WHERE section LIKE '%/tin'") is None
    archive.crawl()
    assert archive.articles() == set(range(1, 61))
    assert archive.mirror.one("SELECT clean_at IS NOT NULL FROM sections WHERE section LIKE '%/tin'") == 1


def test_a_young_article_is_visited_ever_more_seldom(archive: Archive) -> None:
    archive.crawl()
    young = archive.now.date()
    archive.list.publish(99)
    archive.site.routes["/tin-99.html"] = article_on(99, young)
    archive.crawl()
    visits, today = [], 0
    for day in (1, 2, 3, 5, 7, 10, 14, 20, 27):
        archive.crawl(after=timedelta(days=day - today))
        today = day
        if "/tin-99.html" in archive.paths():
            visits.append(day)
    assert visits == [1, 3, 7, 14]
    assert archive.mirror.one("SELECT sum(revisits) FROM runs") == 4


def test_an_edit_of_a_young_article_is_caught_and_starts_its_schedule_anew(archive: Archive) -> None:
    archive.list.publish(99)
    archive.site.routes["/tin-99.html"] = article_on(99, archive.now.date())
    archive.crawl()
    changed = article_on(99, archive.now.date()).replace(PARAGRAPHS[2], "Tuyến đường đã hoàn thành.")
    archive.site.routes["/tin-99.html"] = changed
    archive.crawl(after=timedelta(days=3))
    assert archive.mirror.one("SELECT kind FROM article_revisions WHERE number = 2") == "edited"
    archive.crawl(after=timedelta(days=1))
    assert "/tin-99.html" in archive.paths()


def test_a_listing_without_entries_is_looked_at_once_a_day(archive: Archive) -> None:
    archive.site.routes["/"] = str(archive.site.routes["/"]).replace("</p><p>", '</p><p><a href="/gt">Giới</a> ')
    archive.site.routes["/gt"] = "<!doctype html><html><body><p>Đang cập nhật</p></body></html>"
    archive.crawl()
    archive.crawl()
    assert "/gt" not in archive.paths()
    archive.crawl(after=timedelta(days=1))
    assert "/gt" in archive.paths()


def test_a_page_that_robots_txt_forbade_is_asked_for_when_it_no_longer_does(archive: Archive) -> None:
    archive.site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /tin-7.html\n", mime="text/plain")
    archive.crawl()
    assert 7 not in archive.articles()
    archive.site.routes["/robots.txt"] = Answer(status=404)
    archive.crawl()
    assert 7 in archive.articles()


def test_a_failed_page_is_tried_through_weeks_ever_more_seldom_and_never_forgotten(archive: Archive) -> None:
    page = archive.site.routes["/tin-7.html"]
    archive.site.routes["/tin-7.html"] = Answer(status=404)
    archive.crawl()
    tries, today = [], 0
    for day in (2, 4, 6, 8, 10, 12, 16, 20, 28, 36, 50, 66):
        archive.crawl(after=timedelta(days=day - today))
        today = day
        if "/tin-7.html" in archive.paths():
            tries.append(day)
    assert tries == [2, 4, 6, 8, 12, 20, 36, 66]
    archive.site.routes["/tin-7.html"] = page
    archive.crawl(after=timedelta(days=31))
    assert 7 in archive.articles()
    assert day_of(7).isoformat() == archive.mirror.one(
        "SELECT published_date FROM articles WHERE url = ?", f"{HOME}tin-7.html"
    )
