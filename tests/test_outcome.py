"""How a crawl says that it ended: what was due and was not had is partial, whatever else was asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from crawling import HOME, Mirror, crawl
from server import Answer, SmallSite, running
from village import article, entry, page, small_site

import pipelines.settlement

ELSEWHERE = '<p><img src="http://kho.example/anh.png" alt=""></p>'
BROKEN = Answer(status=500)


@pytest.fixture
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    return Mirror(tmp_path_factory.mktemp("outcome") / "output")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallSite]:
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=1))
    with running(small_site()) as server:
        yield server


def stored(mirror: Mirror) -> int:
    return int(mirror.one("SELECT count(*) FROM articles"))


def test_an_address_that_was_asked_for_and_had_is_ok(site: SmallSite, mirror: Mirror) -> None:
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_URLS": (f"{HOME}tin-1.html",)})
    assert (outcome.word, outcome.detail) == ("ok", None)


def test_an_address_that_was_asked_for_and_is_not_there_is_no_success(site: SmallSite, mirror: Mirror) -> None:
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_URLS": (f"{HOME}tin-99.html",)})
    assert outcome.word == "failed"
    assert outcome.detail == f"{HOME}tin-99.html: HTTP 404"


def test_one_of_two_addresses_that_were_asked_for_makes_a_run_partial(site: SmallSite, mirror: Mirror) -> None:
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_URLS": (f"{HOME}tin-1.html", f"{HOME}tin-99.html")})
    assert outcome.word == "partial"
    assert outcome.detail == f"{HOME}tin-99.html: HTTP 404"


def test_an_address_that_robots_txt_forbids_is_said_when_it_was_asked_for(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /tin-3\n", mime="text/plain")
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_URLS": (f"{HOME}tin-3.html",)})
    assert outcome.word == "failed"
    assert outcome.detail == f"{HOME}tin-3.html: robots.txt"


def test_a_run_for_one_address_is_not_measured_by_a_home_page_that_it_did_not_ask_for(
    site: SmallSite, mirror: Mirror
) -> None:
    home = site.routes["/"]
    site.routes["/"] = BROKEN
    assert crawl(mirror, site.base_url).word == "failed"
    site.routes["/"] = home
    assert crawl(mirror, site.base_url, options={"GOVNEWS_URLS": (f"{HOME}tin-1.html",)}).word == "ok"


def test_a_page_that_is_a_fault_to_the_last_try_waits_and_the_run_is_partial(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-2.html"] = BROKEN
    outcome = crawl(mirror, site.base_url)
    assert (outcome.word, outcome.detail) == ("partial", "1 met faults")
    assert len(site.asked("/tin-2.html")) == 3


def test_a_picture_whose_host_is_held_back_makes_a_run_partial_until_the_host_rests(
    site: SmallSite, mirror: Mirror
) -> None:
    moment = [datetime(2026, 3, 1, tzinfo=UTC)]
    site.routes |= {"/tin-2.html": article(2, extra=ELSEWHERE), "//kho.example/robots.txt": Answer(status=503)}
    outcomes = []
    for _ in range(3):
        outcomes.append(crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: moment[0]}))
        moment[0] += timedelta(minutes=40)
    assert [outcome.word for outcome in outcomes] == ["partial", "ok", "partial"]
    assert outcomes[0].detail == "1 link waits; not reached: kho.example"
    assert outcomes[1].detail == "1 link waits for hosts that did not answer lately"


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_limit_is_the_number_of_pages_of_articles_that_are_asked_for(
    site: SmallSite, mirror: Mirror, limit: int
) -> None:
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": limit})
    assert outcome.word == "ok"
    assert str(outcome.detail).startswith("limited as asked: ")
    assert stored(mirror) == limit
    assert len([asked for asked in site.log if asked.path.startswith("/tin-") and ".html" in asked.path]) == limit
    crawl(mirror, site.base_url)
    assert stored(mirror) == 6


def test_a_page_that_turns_out_to_be_an_article_counts_for_the_limit(mirror: Mirror) -> None:
    sections = [f"/chuyen-muc/thong-tin/{number}" for number in range(1, 9)]
    menu = "".join(f'<li><a href="{path}">Chuyên mục {path[-1]}</a></li>' for path in sections)
    routes = {path: article(number) for number, path in enumerate(sections, start=1)}
    with running({"/": page("Trang chủ", f'<ul class="menu">{menu}</ul>{entry(11)}'), **routes}) as portal:
        crawl(mirror, portal.base_url, options={"GOVNEWS_LIMIT": 3})
    assert stored(mirror) <= 3


def test_a_limit_that_was_not_reached_limits_nothing(site: SmallSite, mirror: Mirror) -> None:
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 60})
    assert (outcome.word, outcome.detail) == ("ok", None)
    assert mirror.one("SELECT stopped_by FROM runs") is None


def test_a_day_that_leaves_nothing_out_limits_nothing(site: SmallSite, mirror: Mirror) -> None:
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_SINCE": "2024-01-01"})
    assert (outcome.word, outcome.detail) == ("ok", None)


def test_a_limit_hides_no_fault(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-1.html"] = BROKEN
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_SINCE": "2024-05-01"})
    assert outcome.word == "partial"
    assert "1 met faults" in str(outcome.detail)
