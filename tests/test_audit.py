"""What is missing, why, and that the command which is named fills it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from hypothesis import given
from hypothesis import strategies as st
from paged import LongList, article_on, day_of
from server import Answer, Route, SmallSite, redirect, running
from test_cli import govnews
from village import page

from pipelines.audit import SiteAudit, audit_site
from pipelines.database import open_readonly
from pipelines.idgaps import FEWEST, id_gaps


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running({}) as server:
        yield server


@pytest.fixture
def village(site: SmallSite) -> LongList:
    return LongList(site, 30)


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


def audit(mirror: Mirror) -> SiteAudit:
    db = open_readonly(mirror.output)
    try:
        return audit_site(db, "xa")
    finally:
        db.close()


def holes(mirror: Mirror) -> dict[str, tuple[str, str]]:
    return {hole.url.removeprefix(HOME): (hole.why, hole.detail) for hole in audit(mirror).holes}


def test_nothing_is_missing_of_a_site_that_was_crawled_whole(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    found = audit(mirror)
    assert found.holes == []
    assert [(month.section, month.month, month.listed, month.stored) for month in found.months] == [
        (f"{HOME}tin", "2024-01", 30, 30)
    ]


def test_every_hole_has_its_reason(village: LongList, mirror: Mirror) -> None:
    routes: dict[str, Route] = {
        "/robots.txt": Answer(body=b"User-agent: *\nDisallow: /tin-3.html\n", mime="text/plain"),
        "/tin-4.html": Answer(status=404),
        "/tin-5.html": Answer(status=403, body=b"<p>403</p>"),
        "/tin-6.html": page("Tin tức", "<p>Nội dung đang cập nhật</p>"),
        "/tin-7.html": redirect("http://noi-khac.example/"),
        "/tin-8.html": redirect("/moi/tin-8.html"),
        "/moi/tin-8.html": article_on(8, day_of(8)),
    }
    village.site.routes |= routes
    crawl(mirror, village.site.base_url)
    found = holes(mirror)
    assert found["tin-3.html"] == ("excluded", "robots.txt")
    assert found["tin-4.html"] == ("not found", "HTTP 404")
    assert found["tin-5.html"] == ("failed", "HTTP 403")
    assert found["tin-6.html"][0] == "not an article"
    assert found["tin-7.html"] == ("not an article", "redirects to http://noi-khac.example/")
    assert set(found) == {f"tin-{n}.html" for n in (3, 4, 5, 6, 7)}


def test_lists_that_a_sitemap_names_among_the_articles_are_no_holes(village: LongList, mirror: Mirror) -> None:
    named = "".join(f"<url><loc>{HOME}{path}</loc></url>" for path in ("", "tin", "tin-1.html"))
    sitemap = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{named}</urlset>"
    village.site.routes["/sitemap.xml"] = Answer(body=sitemap.encode(), mime="application/xml")
    crawl(mirror, village.site.base_url)
    assert holes(mirror) == {}
    assert audit(mirror).listed == 31  # thirty in the list, one in the sitemap


def test_what_a_limited_crawl_left_is_never_fetched_and_a_crawl_fills_it(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url, options={"GOVNEWS_LIMIT": 12})
    assert {why for why, _detail in holes(mirror).values()} == {"never fetched"}
    assert audit(mirror).fillable > 0
    crawl(mirror, village.site.base_url)
    assert holes(mirror) == {}


def test_holes_are_counted_by_section_and_month(village: LongList, mirror: Mirror) -> None:
    village.publish(*range(45, 30, -1))
    for number in (30, 31, 40):
        village.site.routes[f"/tin-{number}.html"] = Answer(status=404)
    crawl(mirror, village.site.base_url)
    found = audit(mirror)
    assert [(month.month, month.listed, month.stored) for month in found.months] == [
        ("2024-01", 30, 29),
        ("2024-02", 15, 13),
    ]
    assert sorted((hole.month, hole.section) for hole in found.holes) == [
        ("2024-01", f"{HOME}tin"),
        ("2024-02", f"{HOME}tin"),
        ("2024-02", f"{HOME}tin"),
    ]


def test_a_failed_page_is_filled_by_the_command_that_the_audit_names(village: LongList, tmp_path: Path) -> None:
    own, output = tmp_path / "own", tmp_path / "out"
    own.mkdir()
    (own / "xa.toml").write_text(SITE_FILE, encoding="utf-8")
    page_five = village.site.routes["/tin-5.html"]
    village.site.routes["/tin-5.html"] = Answer(status=403)
    proxy = {"http_proxy": village.site.base_url, "GOVNEWS_SITES": str(own), "COLUMNS": "200"}
    govnews("crawl", "xa", "--quiet", "--output", str(output), **proxy)
    told = govnews("audit", "xa", "--output", str(output), **proxy)
    assert told.returncode == 1, told.stderr
    assert f"{HOME}tin-5.html: HTTP 403" in told.stdout
    command = next(line for line in told.stdout.splitlines() if "govnews crawl" in line).partition("govnews ")[2]
    village.site.routes["/tin-5.html"] = page_five
    assert govnews(*shlex.split(command), "--quiet", **proxy).returncode == 0
    whole = govnews("audit", "--output", str(output), **proxy)
    assert whole.returncode == 0, whole.stdout
    assert "nothing missing" in whole.stdout


def test_a_hole_that_no_crawl_can_fill_has_its_own_exit_code(village: LongList, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "out")
    village.site.routes["/tin-5.html"] = Answer(status=404)
    crawl(mirror, village.site.base_url)
    told = govnews("audit", "--json", "--output", str(mirror.output))
    assert told.returncode == 3
    (found,) = json.loads(told.stdout)["sites"]
    assert (found["site"], found["articles"], found["listed"], found["fillable"]) == ("xa", 29, 30, 0)
    assert [hole["url"] for hole in found["holes"]] == [f"{HOME}tin-5.html"]


def test_what_is_only_suspicious_counts_when_one_is_strict(site: SmallSite, tmp_path: Path) -> None:
    village, output = LongList(site, 40), tmp_path / "out"
    village.numbers.remove(20)  # a number that nobody ever saw
    crawl(Mirror(output), site.base_url)
    lenient, strict = (govnews("audit", *more, "--output", str(output)) for more in ((), ("--strict",)))
    assert lenient.stdout == strict.stdout
    assert "numbers that no known address carries" in lenient.stdout
    assert (lenient.returncode, strict.returncode) == (0, 1)


def test_an_address_that_was_asked_for_is_fetched_alone(village: LongList, mirror: Mirror) -> None:
    crawl(mirror, village.site.base_url)
    village.site.routes["/tin-77.html"] = article_on(77, day_of(77))
    village.site.log.clear()
    crawl(mirror, village.site.base_url, options={"GOVNEWS_URLS": [f"{HOME}tin-77.html"]})
    assert [asked.path for asked in village.site.log] == ["/robots.txt", "/tin-77.html"]
    assert mirror.one("SELECT reason FROM captures WHERE url = ?", f"{HOME}tin-77.html") == "asked"
    assert mirror.one("SELECT count(*) FROM articles") == 31


def test_a_retry_does_not_wait_for_its_time(village: LongList, mirror: Mirror) -> None:
    page_five = village.site.routes["/tin-5.html"]
    village.site.routes["/tin-5.html"] = Answer(status=404)
    crawl(mirror, village.site.base_url)
    village.site.routes["/tin-5.html"] = page_five
    crawl(mirror, village.site.base_url)
    assert mirror.one("SELECT count(*) FROM articles") == 29
    crawl(mirror, village.site.base_url, options={"GOVNEWS_RETRY": True})
    assert mirror.one("SELECT count(*) FROM articles") == 30
    retried = {url for (url,) in mirror.rows("SELECT url FROM captures WHERE run = 3 AND reason = 'retry'")}
    assert retried == {HOME + path for path in ("tin-5.html", "tin-tuc", "sitemap.xml")}  # the menu's dead link too


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("audit", "khac"), "the mirror holds nothing of 'khac'"),
        (("crawl", "xa", "--url", "http://khac.example/tin"), "is no address of xa"),
    ],
)
def test_a_wrong_name_or_address_is_said_in_a_sentence(
    village: LongList, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    mirror = Mirror(tmp_path / "out")
    crawl(mirror, village.site.base_url, options={"GOVNEWS_LIMIT": 1})
    done = govnews(*arguments, "--output", str(mirror.output), GOVNEWS_SITES=str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_numbers_that_no_address_carries_are_named_where_they_are_dense() -> None:
    numbers = [*range(100, 140), *range(143, 160)]
    (gap,) = id_gaps([f"{HOME}tin-{number}.html" for number in numbers])
    assert (gap.first, gap.last, gap.missing) == (140, 142, 3)
    assert gap.addresses == f"{HOME}tin-{{n}}.html"


def test_addresses_that_differ_in_more_than_the_number_cannot_be_asked_for() -> None:
    words = ("hop", "le", "tin", "bao", "xa")
    urls = [f"{HOME}{words[n % 5]}/bai-{words[n % 3]}-{n}.html" for n in range(100, 150) if n != 120]
    (gap,) = id_gaps(urls)
    assert (gap.pattern, gap.first, gap.addresses) == ("…-{n}.html", 120, None)


@pytest.mark.parametrize(
    "urls",
    [
        [f"{HOME}tin-{number}.html" for number in range(1, FEWEST)],  # too few
        [f"{HOME}tin-{number * 5}.html" for number in range(1, 100)],  # too thin: a number of all things, not of news
        [f"{HOME}?id={20240101 + 37 * number}" for number in range(60)],
        [f"{HOME}gioi-thieu", f"{HOME}lien-he"],
    ],
)
def test_numbers_that_are_not_dense_mean_nothing(urls: list[str]) -> None:
    assert id_gaps(urls) == []


@given(st.sets(st.integers(1, 400)))
def test_a_gap_never_holds_a_known_number(numbers: set[int]) -> None:
    for gap in id_gaps([f"{HOME}?ArticleID={number}" for number in numbers]):
        assert gap.missing >= 1
        assert numbers.isdisjoint(range(gap.first, gap.last + 1))
        assert {gap.first - 1, gap.last + 1} <= numbers


def test_a_month_of_silence_between_busy_ones_is_named(site: SmallSite, mirror: Mirror) -> None:
    village = LongList(site, 180)
    march = [number for number in village.numbers if day_of(number).month == 3]
    village.numbers = [number for number in village.numbers if number not in march]
    crawl(mirror, site.base_url)
    assert audit(mirror).silent_months == ["2024-03"]
