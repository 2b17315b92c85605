"""What the plots ask of the database: articles and holes by month, runs, and the share of fields found."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crawling import Mirror, crawl
from server import Answer, SmallSite, running
from sqlite_utils import Database
from village import article, listing, page, small_site

from pipelines.audit import audit_site
from pipelines.coverage import field_shares, months_of, runs_of
from pipelines.database import open_database, open_readonly
from pipelines.plots import FieldShare, MonthCoverage


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


def months(mirror: Mirror, site: str | None = None) -> list[MonthCoverage]:
    db = open_readonly(mirror.output)
    try:
        return months_of(db, site)
    finally:
        db.close()


def may(stored: int, missing: int) -> MonthCoverage:
    return MonthCoverage(site="xa", month="2024-05", stored=stored, missing=missing)


def test_a_whole_crawl_has_no_holes(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    assert months(mirror) == months(mirror, "xa") == [may(6, 0)]
    assert months(mirror, "another") == []


@pytest.mark.parametrize("status", [404, 403])
def test_an_article_that_a_listing_shows_and_that_cannot_be_had_is_a_hole(
    status: int, site: SmallSite, mirror: Mirror
) -> None:
    site.routes["/tin-4.html"] = Answer(status=status)
    crawl(mirror, site.base_url)
    assert months(mirror) == [may(5, 1)]


def test_an_article_that_was_stored_and_went_away_is_no_hole(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes["/tin-4.html"] = Answer(status=404)
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert mirror.one("SELECT state FROM links WHERE url LIKE '%tin-4.html'") == "failed"
    assert months(mirror) == [may(6, 0)]


def test_a_listed_page_that_was_not_read_as_an_article_is_a_hole(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-4.html"] = page("Liên hệ", "<p></p>")
    crawl(mirror, site.base_url)
    assert months(mirror) == [may(5, 1)]


def test_the_plots_and_the_audit_count_the_same_holes(site: SmallSite, mirror: Mirror) -> None:
    site.routes |= {
        "/tin-2.html": Answer(status=404),
        "/tin-3.html": Answer(status=500),
        "/tin-4.html": page("Liên hệ", "<p></p>"),
        "/tin-5.html": article(5, extra='<p><a href="/tin-88.html">Tin liên quan về đường giao thông của xã</a></p>'),
        "/tin-88.html": Answer(status=500),  # no list shows it, but it was found and may be fetched
    }
    crawl(mirror, site.base_url)
    db = open_readonly(mirror.output)
    try:
        audited, plotted = audit_site(db, "xa"), months_of(db)
    finally:
        db.close()
    assert len(audited.holes) == sum(month.missing for month in plotted) == 4
    by_month = Counter(None if hole.month == "undated" else hole.month for hole in audited.holes)
    assert by_month == {month.month: month.missing for month in plotted if month.missing}


def test_what_robots_txt_forbids_is_a_hole_that_is_shown(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /tin-4.html\n", mime="text/plain")
    crawl(mirror, site.base_url)
    assert months(mirror) == [may(5, 1)]


def test_a_hole_that_is_filled_by_an_article_without_a_date_stays_in_its_month(site: SmallSite, mirror: Mirror) -> None:
    undated = article(4).replace('<div class="date">Ngày đăng: 04/05/2024 08:15</div>', "")
    site.routes["/tin-4.html"] = Answer(status=404)
    crawl(mirror, site.base_url)
    assert months(mirror) == [may(5, 1)]
    site.routes["/tin-4.html"] = undated
    crawl(mirror, site.base_url, options={"GOVNEWS_RETRY": True})
    assert mirror.one("SELECT count(*) FROM articles WHERE published_date IS NULL") == 1
    assert months(mirror) == [replace(may(6, 0), by_list=1)]


def test_what_a_listing_shows_without_a_date_is_missing_without_a_month(site: SmallSite, mirror: Mirror) -> None:
    undated = '<li class="item"><a href="/tin-9.html">Xã Mẫu họp chợ phiên đầu năm mới</a></li>'
    site.routes["/tin-tuc"] = listing(range(1, 4)).replace('<ul class="list">', f'<ul class="list">{undated}')
    site.routes["/tin-9.html"] = Answer(status=404)
    crawl(mirror, site.base_url)
    assert [month.missing for month in months(mirror) if month.month is None] == [1]


def test_a_page_that_came_and_could_not_be_read_is_a_hole(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    db = open_database(mirror.output)
    try:
        db.execute("UPDATE captures SET reading = 'unreadable: ValueError' WHERE url LIKE '%tin-4.html'")
        db.execute("UPDATE runs SET unreadable = 1")
        forget(db, "/tin-4.html")
    finally:
        db.close()
    assert months(mirror) == [may(5, 1)]


def forget(db: Database, path: str) -> None:
    """As if the article of an address had never been read."""
    article = db.execute("SELECT article FROM article_urls WHERE url LIKE ?", [f"%{path}"]).fetchone()[0]
    db.execute("PRAGMA foreign_keys = OFF")
    for table in ("article_urls", "article_fields", "attachments", "images"):
        db.execute(f"DELETE FROM {table} WHERE article = ?", [article])
    db.execute("UPDATE links SET article = NULL WHERE article = ?", [article])
    db.execute("DELETE FROM articles WHERE id = ?", [article])


def test_runs_come_oldest_first_and_only_the_newest(site: SmallSite, mirror: Mirror) -> None:
    for _ in range(3):
        crawl(mirror, site.base_url)
    db = open_readonly(mirror.output)
    try:
        runs = runs_of(db, "xa", most=2)
    finally:
        db.close()
    assert [run.run for run in runs] == [2, 3]
    assert [(run.outcome, run.new, run.unchanged) for run in runs] == [("ok", 0, 0)] * 2
    assert all(run.requests == 4 for run in runs)
    assert runs[0].started_at.tzinfo == UTC
    assert runs[0].started_at < runs[1].started_at <= datetime.now(UTC)


def test_shares_count_the_fields_files_and_pictures_of_the_newest_articles(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    db = open_readonly(mirror.output)
    try:
        everything = {share.field: (share.found, share.of) for share in field_shares(db, newest=None)}
        newest = {share.field: share for share in field_shares(db, "xa", newest=2)}
    finally:
        db.close()
    assert everything["title"] == everything["published_at"] == (6, 6)
    assert everything["attachments"] == everything["images"] == (1, 6)
    assert everything["author"] == (0, 6)
    assert newest["attachments"] == FieldShare(site="xa", field="attachments", found=0, of=2)
    assert newest["title"] == FieldShare(site="xa", field="title", found=2, of=2)
