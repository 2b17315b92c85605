"""How a crawl behaves towards a server, told from the server's own log."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count, pairwise
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl, crawl_together
from server import Answer, Asked, Route, SmallSite, redirect, running
from village import article, page, small_site

import pipelines.settlement
from crawler.guard import pace
from crawler.guard.breaker import FAULTS_OF_A_SERVER


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


def at_first(answer: Answer, then: Route) -> Route:
    """A route that answers otherwise the first time it is asked."""
    answers = iter([answer])
    return lambda asked: next(answers, None) or (then(asked) if callable(then) else then)


def wait_after(site: SmallSite, path: str) -> float:
    """Seconds between the first request for a path and whatever was asked next."""
    times = [request.at for request in site.log]
    place = next(number for number, request in enumerate(site.log) if request.path == path)
    return times[place + 1] - times[place]


def gaps(log: list[Asked]) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(log)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_number_of_seconds_after_which_to_come_back_is_waited_for(
    site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=1))
    busy = Answer(status=status, headers=(("Retry-After", "1"),))
    site.routes["/tin-2.html"] = at_first(busy, site.routes["/tin-2.html"])
    assert crawl(mirror, site.base_url).word == "ok"
    assert wait_after(site, "/tin-2.html") >= 1
    assert len(site.asked("/tin-2.html")) == 2


def test_a_date_after_which_to_come_back_is_waited_for(
    site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=1))
    until = datetime.now(UTC) + timedelta(seconds=3)  # the header has whole seconds
    busy = Answer(status=503, headers=(("Retry-After", format_datetime(until, usegmt=True)),))
    site.routes["/"] = at_first(busy, site.routes["/"])
    assert crawl(mirror, site.base_url).word == "ok"
    assert wait_after(site, "/") >= 1


def test_a_long_wait_leaves_the_host_to_a_later_run(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-tuc"] = Answer(status=503, headers=(("Retry-After", "7200"),))
    outcome = crawl(mirror, site.base_url)
    assert outcome.word == "partial"
    assert "asked to be left alone for 7200 s" in str(outcome.detail)
    assert site.log[-1].path == "/tin-tuc"


def test_a_host_that_has_too_much_to_do_is_asked_half_as_often(
    site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=1))
    site.routes["/tin-2.html"] = at_first(Answer(status=429), site.routes["/tin-2.html"])
    crawl(mirror, site.base_url, options={"GOVNEWS_DELAY": 0.1})
    assert wait_after(site, "/tin-2.html") >= 0.2
    assert min(gaps(site.log[-3:])) >= 0.09  # and after some good answers as often as before


def test_a_slow_host_gets_more_time_than_it_takes(
    site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SLOW", 0.1)
    slow = {path: at_each(route, delay=0.12) for path, route in site.routes.items()}
    site.routes |= slow | {"/sitemap.xml": Answer(status=404, delay=0.12)}
    crawl(mirror, site.base_url, options={"GOVNEWS_DELAY": 0.01, "GOVNEWS_LIMIT": 3})
    assert min(gaps(site.log[1:])) >= 0.2  # without adapting it would be the 0.12 of an answer


def at_each(route: Route, *, delay: float) -> Route:
    if isinstance(route, Answer):
        return Answer(body=route.body, mime=route.mime, delay=delay)
    return Answer(body=route if isinstance(route, bytes) else str(route).encode(), delay=delay)


def test_two_sites_on_one_host_are_asked_as_one(mirror: Mirror) -> None:
    other = {f"/khac{path}": route for path, route in small_site().items() if path != "/"}
    with running(small_site() | other | {"/khac/": page("Khác", "<p>Chào</p>")}) as site:
        second = SITE_FILE.replace(HOME, f"{HOME}khac/")
        crawl_together(mirror, site.base_url, {"mot": SITE_FILE, "hai": second}, options={"GOVNEWS_DELAY": 0.05})
        assert_spaced(site.log, seconds=0.05)
        assert site.most_at_once == 1


def test_hosts_at_one_address_are_asked_as_one(mirror: Mirror) -> None:
    with running(small_site()) as site:
        sites = {
            name: SITE_FILE.replace(HOME, f"http://{host}:{site.port}/")
            for name, host in (("mot", "localhost"), ("hai", "127.0.0.1"))
        }
        outcomes = crawl_together(mirror, "", sites, options={"GOVNEWS_DELAY": 0.05, "GOVNEWS_GUARD": False})
        assert {outcome.word for outcome in outcomes.values()} == {"ok"}
        assert {asked.host.partition(":")[0] for asked in site.log} == {"localhost", "127.0.0.1"}
        assert_spaced(site.log, seconds=0.05)
        assert site.most_at_once == 1


def test_a_request_that_leaves_late_brings_the_next_one_no_sooner(mirror: Mirror) -> None:
    begun = count()

    def busy_clock() -> datetime:
        """Told right before a request leaves; holds up everything in this process every third time."""
        if next(begun) % 3 == 0:
            time.sleep(0.08)
        return datetime.now(UTC)

    with running(small_site()) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_DELAY": 0.1, "GOVNEWS_CLOCK": busy_clock})
        assert len(site.log) > 10
        assert_spaced(site.log, seconds=0.1)


def assert_spaced(log: list[Asked], *, seconds: float) -> None:
    """By the server's own log; a millisecond is left to the clocks that processes share."""
    assert min(gaps(log)) >= seconds - 0.001


ASKING = """
import asyncio, sys, urllib.request
from pathlib import Path
from crawler.guard.pace import Pacer
from crawler.guard.sharedpace import SharedPace

async def main(url, folder):
    pacer, shared = Pacer(), SharedPace(Path(folder))
    for _ in range(4):
        async with pacer.turn("xa.example", delay=0.2, shared=shared):
            await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())

asyncio.run(main(*sys.argv[1:]))
"""


def test_two_processes_ask_a_host_as_one(tmp_path: Path) -> None:
    with running({"/": Answer(body=b"x", delay=0.05)}) as site:
        command = [sys.executable, "-c", ASKING, site.url("/"), str(tmp_path / "pace")]
        asking = [subprocess.Popen(command) for _ in range(2)]
        assert [process.wait(timeout=60) for process in asking] == [0, 0]
        assert len(site.log) == 8
        assert_spaced(site.log, seconds=0.2)
        assert site.most_at_once == 1


def test_a_hold_is_known_to_other_processes_too(tmp_path: Path) -> None:
    from crawler.guard.sharedpace import Lease, SharedPace

    told, other = SharedPace(tmp_path), SharedPace(tmp_path)
    lease = told.begin(["xa.example"], 0.0)
    assert isinstance(lease, Lease)
    told.hold("xa.example", 90)
    lease.release()
    wait = other.begin(["xa.example"], 0.0)
    assert isinstance(wait, float)
    assert 89 < wait <= 90


def test_a_killed_process_leaves_nothing_locked(tmp_path: Path) -> None:
    from crawler.guard.sharedpace import Lease, SharedPace

    script = (
        "import os, sys; from pathlib import Path; from crawler.guard.sharedpace import SharedPace\n"
        "lease = SharedPace(Path(sys.argv[1])).begin(['xa.example'], 0.0); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=60)
    (tmp_path / "xa.example").write_text('{"star', encoding="utf-8")  # it died while it wrote
    lease = SharedPace(tmp_path).begin(["xa.example"], 60.0)
    assert isinstance(lease, Lease)
    lease.release()


def test_a_held_host_keeps_no_other_host_from_their_address() -> None:
    starts: list[str] = []

    async def ask(pacer: pace.Pacer, host: str) -> None:
        async with pacer.turn(host, delay=0, address="203.0.113.7"):
            starts.append(host)

    async def run() -> None:
        pacer = pace.Pacer(jitter=0)
        pacer.hold("cham.example", pacer.clock() + 0.2)
        await asyncio.gather(ask(pacer, "cham.example"), ask(pacer, "nhanh.example"))

    asyncio.run(run())
    assert starts == ["nhanh.example", "cham.example"]


def test_rules_behind_a_redirect_are_found_and_obeyed(site: SmallSite, mirror: Mirror) -> None:
    site.routes |= {
        "/robots.txt": redirect("http://www.xa.example/robots.txt", 301),
        "//www.xa.example/robots.txt": Answer(body=b"User-agent: *\nDisallow: /tin-3\n", mime="text/plain"),
    }
    crawl(mirror, site.base_url)
    assert site.asked("/tin-3.html") == []
    assert len(mirror.rows("SELECT 1 FROM articles")) == 5


def test_rules_that_redirect_in_a_circle_are_no_rules(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = redirect("/robots.txt?1")
    assert crawl(mirror, site.base_url).word == "ok"
    assert len([asked for asked in site.log if "robots" in asked.path]) == 6


def test_a_host_that_did_not_answer_is_not_knocked_at_in_every_run(site: SmallSite, mirror: Mirror) -> None:
    moment = [datetime(2026, 3, 1, tzinfo=UTC)]
    picture = '<p><img src="http://kho.example/anh.png" alt=""></p>'
    site.routes |= {"/tin-2.html": article(2, extra=picture), "//kho.example/robots.txt": Answer(status=503)}
    knocks = []
    for _ in range(6):
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: moment[0]})
        knocks.append(len([asked for asked in site.log if asked.host == "kho.example"]))
        site.log.clear()
        moment[0] += timedelta(minutes=50)
    assert knocks == [1, 0, 1, 0, 0, 1]  # after an hour, then after two
    assert mirror.one("SELECT host, tries FROM hosts") == ("kho.example", 3)


def test_a_host_that_answers_again_is_forgiven(site: SmallSite, mirror: Mirror) -> None:
    moment = [datetime(2026, 3, 1, tzinfo=UTC)]
    picture = '<p><img src="http://kho.example/anh.png" alt=""></p>'
    png = site.routes["/anh/duong.png"]
    site.routes |= {"/tin-2.html": article(2, extra=picture), "//kho.example/robots.txt": Answer(status=503)}
    crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: moment[0]})
    site.routes |= {"//kho.example/robots.txt": Answer(status=404), "//kho.example/anh.png": png}
    moment[0] += timedelta(hours=2)
    crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: moment[0]})
    assert mirror.rows("SELECT * FROM hosts") == []
    assert mirror.one("SELECT count(*) FROM images WHERE state = 'stored'") == 2


def test_a_server_in_trouble_is_left_to_recover(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=1))
    links = "".join(f'<p><a href="/tin-{n}.html">Tin tức xã Mẫu số {n} trong năm</a></p>' for n in range(60))
    with running({"/": page("Trang chủ", links)} | {f"/tin-{n}.html": Answer(status=500) for n in range(60)}) as site:
        outcome = crawl(mirror, site.base_url)
        assert outcome.word == "partial"
        assert "20 answers in a row were faults, the last one HTTP 500" in str(outcome.detail)
        assert len([asked for asked in site.log if asked.path.startswith("/tin-")]) <= FAULTS_OF_A_SERVER + 8
