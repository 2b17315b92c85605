"""The weekly report: one file that opens from disk, says what is wrong, and is never half written."""

import base64
import hashlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawling import Mirror, crawl
from lxml import html
from server import Answer, SmallSite, running
from test_cli import govnews, site_file
from village import small_site

from pipelines.database import open_readonly
from pipelines.errors import StoreError
from pipelines.plots import Language
from pipelines.weekly import write_weekly
from pipelines.weekly.facts import Week, week_of
from pipelines.weekly.page import weekly_page
from pipelines.weekly.words import WORDS

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of the whole small site; tests work on copies of it."""
    output = tmp_path_factory.mktemp("whole") / "output"
    with running(small_site()) as server:
        crawl(Mirror(output), server.base_url)
    return output


@pytest.fixture
def crawled(whole: Path, tmp_path: Path) -> Mirror:
    shutil.copytree(whole, tmp_path / "output")
    return Mirror(tmp_path / "output")


def change(mirror: Mirror, *statements: str) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        for statement in statements:
            db.execute(statement)


def week(mirror: Mirror, *, later: timedelta = timedelta(seconds=1), every: dict[str, timedelta] | None = None) -> Week:
    db = open_readonly(mirror.output)
    try:
        return week_of(db, until=datetime.now(UTC) + later, every=every)
    finally:
        db.close()


def parsed(page: str) -> Any:
    return html.fromstring(page)


def words_of(page: str, section: str) -> str:
    return " ".join(parsed(page).get_element_by_id(section).text_content().split())


def test_a_good_week_says_what_came_in_and_that_nothing_is_wrong(crawled: Mirror) -> None:
    found = week(crawled)
    assert [(s.site, s.articles, s.new, s.missing, dict(s.outcomes)) for s in found.sites] == [
        ("xa", 6, 6, 0, {"ok": 1})
    ]
    page = weekly_page(found, language="en")
    assert "Nothing to look at" in words_of(page, "attention")
    assert "No address fails" in words_of(page, "failures")
    assert "Xã Mẫu" in words_of(page, "by_site")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_time_of_the_page_is_of_one_clock_and_names_it(crawled: Mirror, language: Language) -> None:
    change(crawled, "UPDATE runs SET started_at = '2026-03-01T20:15:00.000Z', finished_at = '2026-03-01T20:16:00.000Z'")
    page = weekly_page(week(crawled), language=language)
    times = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d(.{0,6})", page)
    assert len(times) >= 6
    assert set(times) == {" UTC+7"}
    assert page.count("2026-03-02 03:15 UTC+7") == 3, "in the table of sites, at the run's column and in its table"
    assert "20:15" not in page


def test_holes_and_failures_are_named_with_what_to_do(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-4.html"] = Answer(status=404)
    crawl(mirror, site.base_url)
    page = weekly_page(week(mirror), language="en")
    assert "1 article that the site showed is not in the mirror; command: govnews audit xa" in words_of(
        page, "attention"
    )
    assert "HTTP 404" in words_of(page, "failures")
    assert "tin-4.html" in words_of(page, "failures")


def test_a_site_that_was_not_crawled_for_long_is_named(crawled: Mirror) -> None:
    assert not week(crawled, later=timedelta(days=6)).sites[0].is_overdue
    assert week(crawled, later=timedelta(days=8)).sites[0].is_overdue
    hourly = {"xa": timedelta(hours=1)}
    assert not week(crawled, later=timedelta(minutes=90), every=hourly).sites[0].is_overdue
    late = week(crawled, later=timedelta(hours=3), every=hourly | {"chua": timedelta(days=1)})
    assert late.sites[0].is_overdue
    assert late.never == ["chua"]
    said = words_of(weekly_page(late, language="vi"), "attention")
    assert "chua: chưa được thu thập lần nào" in said
    assert "lần thu thập tốt gần nhất" in said


@pytest.mark.parametrize("outcome", ["failed", "partial", "interrupted"])
def test_a_run_that_did_not_end_well_is_named_with_its_detail(outcome: str, crawled: Mirror) -> None:
    change(crawled, f"UPDATE runs SET outcome = '{outcome}', detail = 'xa.example is held'")
    said = words_of(weekly_page(week(crawled), language="en"), "attention")
    assert "run 1" in said
    assert "(xa.example is held); command: govnews report 1 --all" in said


def test_runs_before_the_period_are_not_counted_in_it(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    change(mirror, "UPDATE runs SET started_at = '2020-01-01T00:00:00.000Z', finished_at = '2020-01-01T00:01:00.000Z'")
    crawl(mirror, site.base_url)
    assert [(s.new, s.requests, dict(s.outcomes)) for s in week(mirror).sites] == [(0, 4, {"ok": 1})]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_asks_for_nothing_and_runs_nothing(language: Language, crawled: Mirror) -> None:
    change(
        crawled,
        "UPDATE sites SET title = 'Xã " + HOSTILE.replace("'", "''") + "', home = 'javascript:alert(3)'",
        "UPDATE links SET state = 'failed', error = '</style>" + HOSTILE + "' WHERE kind = 'image'",
    )
    page = weekly_page(week(crawled), language=language)
    tree = parsed(page)
    assert tree.get("lang") == language
    assert not tree.xpath("//script | //img | //iframe | //link | //object | //@*[starts-with(name(), 'on')] | //@src")
    assert not [href for href in tree.xpath("//@href") if not href.startswith(("http://", "https://"))]
    assert not tree.xpath("//body//style | //@style")
    assert "<script>alert(1)</script>" in tree.text_content()


def test_its_own_policy_allows_its_own_style_and_nothing_else(crawled: Mirror) -> None:
    tree = parsed(weekly_page(week(crawled)))
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (style,) = tree.xpath("//style/text()")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert not re.search(r"@import|url\(", style)


def test_every_id_on_the_page_is_there_once(crawled: Mirror) -> None:
    ids = parsed(weekly_page(week(crawled))).xpath("//@id")
    assert len(ids) == len(set(ids))


def test_a_mirror_without_sites_makes_a_page_that_says_so(crawled: Mirror) -> None:
    change(crawled, "DELETE FROM runs", "DELETE FROM sites")
    assert "There are no sites in the mirror yet" in weekly_page(week(crawled), language="en")


def test_both_languages_say_the_same_things() -> None:
    assert {name: sorted(re.findall(r"\{\w+\}", said)) for name, said in WORDS["vi"].items()} == {
        name: sorted(re.findall(r"\{\w+\}", said)) for name, said in WORDS["en"].items()
    }


def test_a_report_that_cannot_be_written_leaves_the_earlier_one_and_nothing_beside_it(
    crawled: Mirror, tmp_path: Path
) -> None:
    folder = tmp_path / "bao-cao"
    folder.mkdir()
    target = folder / "tuan.html"
    target.mkdir()  # a folder stands where the file should be: the last step fails
    db = open_readonly(crawled.output)
    try:
        with pytest.raises(StoreError, match=r"tuan\.html: cannot be written"):
            write_weekly(db, target)
    finally:
        db.close()
    assert [path.name for path in folder.iterdir()] == ["tuan.html"]


def test_the_command_writes_over_an_earlier_report(crawled: Mirror, tmp_path: Path) -> None:
    target = tmp_path / "tuan.html"
    target.write_text("cũ", encoding="utf-8")
    done = govnews("report", "--html", str(target), "--language", "en", "--output", str(crawled.output))
    assert done.returncode == 0, done.stderr
    assert target.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="en">')
    assert [path.name for path in tmp_path.glob("*tuan*")] == ["tuan.html"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(("1",), "leave out RUN"), (("--json",), "leave out RUN"), (("--language", "fr"), "'fr'")]
)
def test_wrong_usage_is_said_in_one_sentence(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = govnews("report", "--html", str(tmp_path / "tuan.html"), *arguments, "--output", str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr


def test_a_folder_that_is_not_there_is_said_in_one_sentence(crawled: Mirror, tmp_path: Path) -> None:
    done = govnews("report", "--html", str(tmp_path / "khong" / "tuan.html"), "--output", str(crawled.output))
    assert done.returncode == 1
    assert "tuan.html: cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_sites_with_an_interval_that_were_never_crawled_are_named(crawled: Mirror, tmp_path: Path) -> None:
    site_file(tmp_path / "own", "moi", 'title = "Xã Mới"\nhome = "http://moi.example/"\nevery = "6h"\n')
    target = tmp_path / "tuan.html"
    folders = ("--sites", str(tmp_path / "own"), "--output", str(crawled.output))
    assert govnews("report", "--html", str(target), *folders).returncode == 0
    assert "moi: chưa được thu thập lần nào" in words_of(target.read_text(encoding="utf-8"), "attention")
