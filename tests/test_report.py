"""The report of a run: its figures, what is usual, what was skipped and why, which hosts were slow."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawling import Mirror, crawl
from server import Answer, SmallSite, running
from sqlite_utils import Database
from test_cli import govnews
from village import small_site

from crawler.runprinting import duration, size, so_many
from pipelines.clock import stamp
from pipelines.database import open_database, open_readonly
from pipelines.earlierruns import usual_of
from pipelines.hostpace import slow_hosts
from pipelines.report import RunReport, report_json, run_report

START = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path)
    db.table("sites").insert({"id": "xa", "title": "Xã Mẫu", "home": "http://xa.example/", "family": "auto"})
    yield db
    db.close()


def report_of(mirror: Mirror, run: int, *, most: int | None = 10) -> RunReport:
    db = open_readonly(mirror.output)
    try:
        return run_report(db, run, most=most)
    finally:
        db.close()


def add_run(db: Database, number: int, **columns: object) -> None:
    times = {"started_at": stamp(START), "finished_at": stamp(START + timedelta(seconds=number))}
    db.table("runs").insert({"id": number, "site": "xa", "kind": "crawl", "outcome": "ok", **times, **columns})


def add_captures(db: Database, host: str, gaps: list[float], statuses: list[int] | None = None) -> None:
    at = START
    for number, gap in enumerate([0.0, *gaps]):
        at += timedelta(seconds=gap)
        status = statuses[number] if statuses else 200
        row = {"run": 1, "site": "xa", "url": f"http://{host}/{number}", "fetched_at": stamp(at), "status": status}
        db.table("captures").insert(row)


def test_every_skipped_page_has_its_reason(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /tin-2.html\n", mime="text/plain")
    site.routes["/tin-4.html"] = Answer(status=404)
    site.routes["/files/ke-hoach.pdf"] = Answer(body=b"<html><p>loi</p></html>", mime="text/html")
    crawl(mirror, site.base_url)
    report = report_of(mirror, 1)
    paths = {url.removeprefix("http://xa.example"): why for url, why in report.failed.first}
    assert paths == {"/tin-4.html": "HTTP 404", "/files/ke-hoach.pdf": "a text/html came instead of the file"}
    assert report.excluded.first == [("http://xa.example/tin-2.html", "robots.txt")]
    assert report.other_pages.total == sum(report.not_articles.values()) > 0


def test_what_waits_for_the_next_crawl_is_counted_and_named(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 2})
    report = report_of(mirror, 1)
    assert report.waiting.total == report.pending > 0
    assert {why for _url, why in report.waiting.first} == {"not asked for yet"}


def test_lists_are_bounded_and_all_can_be_asked_for(site: SmallSite, mirror: Mirror) -> None:
    for number in range(1, 7):
        site.routes[f"/tin-{number}.html"] = Answer(status=404)
    crawl(mirror, site.base_url)
    assert (report_of(mirror, 1, most=2).failed.total, len(report_of(mirror, 1, most=2).failed.first)) == (6, 2)
    assert len(report_of(mirror, 1, most=None).failed.first) == 6
    shown = govnews("report", "1", "--output", str(mirror.output), COLUMNS="200").stdout
    assert "6 could not be fetched" in shown
    assert "govnews report 1 --all" not in shown  # six fit


def test_more_than_fit_are_counted_with_the_command_that_names_them(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("UPDATE links SET state = 'failed', error = '[red]HTTP 404[/red]' WHERE kind != 'probe'")
    shown = govnews("report", "--output", str(mirror.output), COLUMNS="200").stdout
    named = [line for line in shown.splitlines() if line.endswith(": [red]HTTP 404[/red]")]
    assert len(named) == 10
    assert "all of them: govnews report 1 --all" in shown
    everything = govnews("report", "1", "--all", "--output", str(mirror.output), COLUMNS="200").stdout
    assert everything.count("[red]HTTP 404[/red]") == mirror.one(
        "SELECT count(*) FROM links WHERE state = 'failed' AND kind NOT IN ('probe', 'sitemap', 'feed')"
    )


def test_articles_that_went_away_and_came_back_are_counted_in_the_run_that_saw_it(
    site: SmallSite, mirror: Mirror
) -> None:
    whole = site.routes["/tin-2.html"]
    crawl(mirror, site.base_url)
    site.routes["/tin-2.html"] = Answer(status=403)
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    site.routes["/tin-2.html"] = whole
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    counts = [(report.gone, report.restored) for report in (report_of(mirror, run) for run in (1, 2, 3))]
    assert counts == [(0, 0), (1, 0), (0, 1)]
    assert "1 gone" in govnews("report", "2", "--output", str(mirror.output), COLUMNS="200").stdout
    assert "1 back again" in govnews("report", "3", "--output", str(mirror.output), COLUMNS="200").stdout


def test_usual_is_the_median_of_the_ten_runs_before(db: Database) -> None:
    for number in range(1, 15):
        add_run(db, number, requests=number * 10, articles_new=number % 3)
    usual = usual_of(db, "xa", before=14)
    assert usual is not None
    assert (usual.runs, usual.seconds, usual.figures["requests"]) == (10, 8.5, 85)
    assert usual_of(db, "xa", before=1) is None


@pytest.mark.parametrize(
    "columns",
    [{"outcome": "interrupted"}, {"kind": "import"}, {"finished_at": None}],
    ids=["interrupted", "import", "open"],
)
def test_runs_that_say_nothing_of_what_is_usual_are_left_out(columns: dict[str, Any], db: Database) -> None:
    add_run(db, 1, requests=10)
    add_run(db, 2, **columns, requests=900)
    usual = usual_of(db, "xa", before=3)
    assert usual is not None
    assert (usual.runs, usual.figures["requests"]) == (1, 10)


def test_a_host_that_takes_long_to_answer_is_slow_and_one_that_only_keeps_its_pause_is_not(db: Database) -> None:
    add_run(db, 1)
    add_captures(db, "cham.example", [2.0, 9.0, 9.5, 9.0, 8.0, 9.0])
    add_captures(db, "deu.example", [10.0, 10.1, 10.4, 11.0, 10.2, 12.0])
    add_captures(db, "hong.example", [1.0] * 5, [200, 503, 200, 503, 200, 200])
    add_captures(db, "it.example", [1.0, 60.0])
    slow = slow_hosts(db, 1)
    assert [(host.host, host.usual_gap, host.faults) for host in slow] == [
        ("cham.example", 9.0, 0),
        ("hong.example", 1.0, 2),
    ]


def test_an_import_is_not_measured_by_the_pace_and_the_figures_of_crawls(db: Database) -> None:
    add_run(db, 1, requests=10)
    add_run(db, 2, kind="import", requests=40)
    add_captures(db, "cham.example", [5.0, 400.0] * 20)
    db.execute("UPDATE captures SET run = 2, kind = 'imported'")
    report = run_report(db, 2)
    assert (tuple(report.slow), report.usual) == ((), None)


def test_the_report_of_a_run_is_one_json_object(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-4.html"] = Answer(status=404)
    crawl(mirror, site.base_url)
    crawl(mirror, site.base_url)
    done = govnews("report", "1", "--json", "--output", str(mirror.output))
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert found == json.loads(json.dumps(report_json(report_of(mirror, 1))))
    assert found["run"]["articles_new"] == 5
    assert found["skipped"]["failed"] == {
        "total": 1,
        "first": [{"url": "http://xa.example/tin-4.html", "reason": "HTTP 404"}],
    }
    assert found["usual"] is None
    second = json.loads(govnews("report", "--json", "--output", str(mirror.output), COLUMNS="200").stdout)
    assert second["usual"]["runs"] == 1
    assert second["run"]["id"] == 2


def test_the_report_of_an_earlier_run_says_what_is_of_today(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 2})
    site.routes["/tin-2.html"] = Answer(status=404)
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    earlier, newest = (
        govnews("report", number, "--output", str(mirror.output), COLUMNS="200").stdout for number in ("1", "2")
    )
    assert "6 in the mirror today; this run: 2 new" in earlier
    assert "attachments today" in earlier
    assert "1 that it asked for cannot be fetched today" in earlier
    assert "today" not in newest
    assert "1 could not be fetched" in newest


def test_one_of_a_kind_is_said_in_the_singular() -> None:
    assert [so_many(number, "link") for number in (0, 1, 2)] == ["0 links", "1 link", "2 links"]


@pytest.mark.parametrize(
    ("kind", "head", "row"),
    [
        ("crawl", "crawl, 2026-05-04", "asked        142 requests, 3.0 kB, 0 not modified"),
        ("import", "import of other archives, 2026-05-04", "taken in     142 answers, 3.0 kB"),
        ("re-read", "archive read again, 2026-05-04", None),
    ],
)
def test_a_report_says_what_kind_of_run_it_is_of(
    tmp_path: Path, db: Database, kind: str, head: str, row: str | None
) -> None:
    add_run(db, 1)
    add_run(db, 2, kind=kind, requests=142, bytes=3000)
    shown = govnews("report", "2", "--output", str(tmp_path), COLUMNS="200").stdout
    assert head in shown
    assert ("requests" in shown) == (kind == "crawl")
    assert row is None or row in shown
    assert ("usual" in shown) == (kind == "crawl")


def test_a_run_that_is_not_there_is_said_in_one_sentence(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    for arguments in (("7",), ("7", "--json")):
        done = govnews("report", *arguments, "--output", str(mirror.output))
        assert done.returncode == 1
        assert done.stderr.strip() == "govnews: there is no run 7"


@pytest.mark.parametrize(
    ("seconds", "words"), [(1.72, "1.7 s"), (42.4, "42 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 bytes"), (7518, "7.5 kB"), (270_000, "270 kB"), (17_745_532, "17.7 MB"), (3 * 10**12, "3000 GB")],
)
def test_sizes_read_as_people_say_them(number: int, words: str) -> None:
    assert size(number) == words
