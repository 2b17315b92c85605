"""A site that changes its layout still answers; the run that read it wrongly fails all the same, and says where."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from paged import LongList, article_on, day_of
from server import SmallSite, running
from village import PARAGRAPHS, page

FLOOR = SITE_FILE + "floor = 12\n"


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running({}) as server:
        yield server


@pytest.fixture
def village(site: SmallSite) -> LongList:
    return LongList(site, 25)


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


def detail(mirror: Mirror) -> str:
    assert mirror.outcome is not None
    return str(mirror.outcome.detail)


def test_a_healthy_site_raises_no_alarm_in_any_run(village: LongList, mirror: Mirror) -> None:
    for _ in range(2):
        assert crawl(mirror, village.site.base_url, site_file=FLOOR).word == "ok"
        village.publish(*range(len(village.numbers) + 6, len(village.numbers), -1))
    assert crawl(mirror, village.site.base_url, site_file=FLOOR).word == "ok"


def test_a_run_below_the_floor_fails_and_names_the_list(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url, site_file=FLOOR)
    village.site.routes["/tin"] = page("Tin tức", "<p>Trang đang nâng cấp giao diện</p>")
    assert crawl(mirror, village.site.base_url, site_file=FLOOR).word == "failed"
    assert "0 articles seen, fewer than the floor of 12" in detail(mirror)
    assert f"govnews check {HOME}tin" in detail(mirror)


def test_a_limited_run_is_not_measured_by_the_floor(village: LongList, mirror: Mirror) -> None:
    village.numbers = village.numbers[:5]
    assert crawl(mirror, village.site.base_url, site_file=FLOOR, options={"GOVNEWS_LIMIT": 2}).word == "ok"


def test_lists_that_show_nothing_any_more_are_an_alarm_without_a_floor(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    village.site.routes["/tin"] = page("Tin tức", "<p>Trang đang nâng cấp giao diện</p>")
    assert crawl(mirror, village.site.base_url).word == "failed"
    assert "lists that showed entries before show none now" in detail(mirror)


def test_one_lead_on_many_pages_is_an_alarm(village: LongList, mirror: Mirror) -> None:
    assert crawl(mirror, village.site.base_url).word == "ok"
    sapo = '<p class="sapo">Cổng thông tin điện tử xã Mẫu kính chào quý khách ghé thăm trang.</p>'
    village.publish(*range(35, 25, -1))
    for number in range(26, 36):
        html = article_on(number, day_of(number)).replace('<div class="content">', f'{sapo}<div class="content">')
        village.site.routes[f"/tin-{number}.html"] = html
    assert crawl(mirror, village.site.base_url).word == "failed"
    assert "the same lead stands on 10 of 10 pages" in detail(mirror)
    assert "govnews check" in detail(mirror)


def test_a_date_that_the_lists_contradict_is_an_alarm(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    village.publish(*range(33, 25, -1))
    for number in range(26, 34):
        village.site.routes[f"/tin-{number}.html"] = article_on(number, date(2026, 2, 2)).replace(" 08:15", "")
    assert crawl(mirror, village.site.base_url).word == "failed"
    assert "8 of 8 pages carry the same date, 2026-02-02" in detail(mirror)


def test_a_portal_that_was_moved_in_a_day_is_none(village: LongList, mirror: Mirror) -> None:
    for number in village.numbers:
        village.site.routes[f"/tin-{number}.html"] = article_on(number, date(2019, 8, 5))
    listing = village.site.routes["/tin"]
    assert callable(listing)
    village.site.routes["/tin"] = lambda asked: re.sub(r"\d\d/\d\d/2024", "05/08/2019", str(listing(asked)))
    assert crawl(mirror, village.site.base_url).word == "ok"
    assert mirror.one("SELECT count(DISTINCT published_at) FROM articles") == 1


def test_the_clock_of_the_page_for_its_date_is_an_alarm(village: LongList, mirror: Mirror) -> None:
    village.is_dated = False
    today = datetime.now(UTC).date()
    for number in village.numbers:
        village.site.routes[f"/tin-{number}.html"] = article_on(number, today)
    assert crawl(mirror, village.site.base_url).word == "failed"
    assert "25 of 25 pages carry the same date" in detail(mirror)


def test_many_articles_of_one_day_are_none(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    village.is_dated = False
    village.publish(*range(33, 25, -1))
    for number in range(26, 34):
        village.site.routes[f"/tin-{number}.html"] = article_on(number, date(2026, 2, 2)).replace(
            "08:15", f"08:{number}"
        )
    assert crawl(mirror, village.site.base_url).word == "ok"


def test_dates_that_vanish_from_many_pages_are_an_alarm(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    village.publish(*range(38, 25, -1))
    for number in range(26, 39):
        html = article_on(number, day_of(number))
        day = f'<div class="date">Ngày đăng: {day_of(number):%d/%m/%Y} 08:15</div>'
        village.site.routes[f"/tin-{number}.html"] = html.replace(day, "")
    village.is_dated = False
    assert crawl(mirror, village.site.base_url).word == "failed"
    assert "13 of 13 pages have no date, before 0 of 25" in detail(mirror)


def test_three_undated_pages_on_a_quiet_day_are_none(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    village.is_dated = False
    village.publish(28, 27, 26)
    for number in (26, 27, 28):
        paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
        village.site.routes[f"/tin-{number}.html"] = page(f"Tin số {number}", f"<h1>Tin số {number}</h1>{paragraphs}")
    assert crawl(mirror, village.site.base_url).word == "ok"


def test_two_ways_of_reading_that_begin_to_disagree_are_an_alarm(tmp_path: Path) -> None:
    from pipelines.alarms import alarms_of
    from pipelines.database import open_database

    db = open_database(tmp_path)
    db.table("sites").insert({"id": "x", "title": "X", "home": HOME, "family": "auto"})
    when = "2026-01-01T00:00:00.000Z"
    for run, numbers in ((1, range(1, 41)), (2, range(41, 61))):
        db.table("runs").insert({"id": run, "site": "x", "kind": "crawl", "started_at": when})
        db.table("captures").insert(
            {"id": run, "run": run, "site": "x", "url": HOME, "fetched_at": when, "status": 200}
        )
        for number in numbers:
            words = {"title": f"Tin {number}", "body": "x", "body_html": "x", "quality": 1.0, "reader_version": "1"}
            words |= {
                "content_sha256": "x",
                "capture": run,
                "author": "A",
                "published_at": f"2026-01-01T08:{number:02}",
            }
            seen = {"first_seen_at": when, "last_seen_at": when, "last_changed_at": when}
            own = {"id": number, "site": "x", "identity": str(number), "url": f"{HOME}{number}", "family": "nukeviet"}
            db.table("articles").insert({**own, **words, **seen})
            db.table("article_revisions").insert(
                {"article": number, "number": 1, "kind": "seen", "run": run, "read_at": when, **words}
            )
            agrees = number % 10 != 0 if run == 1 else number % 2 == 0
            db.table("article_fields").insert({"article": number, "field": "body", "rule": "family", "agrees": agrees})
    (alarm,) = alarms_of(db, "x", 2)
    assert alarm.what == ("on 10 of 20 pages the profile and the selector-less reading differ in body, before 4 of 40")
    assert str(alarm).endswith(f"govnews check {HOME}41 (golden pages of its family: tests/pages/nukeviet*)")
    assert alarms_of(db, "x", 1) == []
    db.close()


def test_an_alarm_stays_in_the_runs_table(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url, site_file=FLOOR)
    village.site.routes["/tin"] = page("Tin tức", "<p>Trang đang nâng cấp giao diện</p>")
    crawl(mirror, village.site.base_url, site_file=FLOOR)
    outcome, told = mirror.one("SELECT outcome, detail FROM runs WHERE id = 2")
    assert outcome == "failed"
    assert "floor" in told
