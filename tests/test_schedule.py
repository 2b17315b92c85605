"""What runs when: what is due, the hours of a site, and many sites side by side."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl, crawl_together
from paged import LongList
from server import Answer, Asked, Route, running
from test_cli import govnews
from village import small_site

from crawler.choice import is_due
from crawler.sitefile import Site, load_site
from pipelines.database import open_database
from pipelines.store import Store

AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)  # nine in the morning in Viet Nam


def site_of(folder: Path, more: str) -> Site:
    folder.mkdir(exist_ok=True)
    path = folder / "xa.toml"
    path.write_text(SITE_FILE + more, encoding="utf-8")
    return load_site(path)


def run_once(output: Path, *, at: datetime, outcome: str = "ok", stopped_by: str | None = None) -> None:
    store = Store(output, clock=lambda: at)
    store.begin_run({"id": "xa", "title": "Xã", "home": HOME, "family": "auto"}, [], kind="crawl")
    store.end_run(outcome, stopped_by=stopped_by)
    store.close()


@pytest.mark.parametrize(
    ("every", "last", "expected"),
    [
        ("6h", None, True),
        ("6h", AT - timedelta(hours=7), True),
        ("6h", AT - timedelta(hours=5), False),
        ("1w", AT - timedelta(days=6), False),
        ("30s", AT - timedelta(minutes=1), True),
    ],
)
def test_a_site_is_due_when_its_time_has_passed(
    tmp_path: Path,
    every: str,
    last: datetime | None,
    expected: bool,  # noqa: FBT001  # a column of the table
) -> None:
    if last is not None:
        run_once(tmp_path, at=last)
    assert is_due(site_of(tmp_path, f'every = "{every}"\n'), tmp_path, at=AT) is expected


def test_a_crawl_of_what_is_due_says_when_nothing_is(tmp_path: Path) -> None:
    site_of(tmp_path / "own", 'every = "6h"\n')
    run_once(tmp_path / "out", at=datetime.now(UTC))
    folders = ("--output", str(tmp_path / "out"), "--sites", str(tmp_path / "own"))
    told, quiet = (govnews("crawl", "--due", *more, *folders) for more in ((), ("--quiet",)))
    assert (told.returncode, told.stdout) == (0, "nothing is due\n"), told.stderr
    assert (quiet.returncode, quiet.stdout) == (0, ""), "cron sends what is printed as a letter"


def test_a_site_without_a_schedule_is_never_due(tmp_path: Path) -> None:
    assert not is_due(site_of(tmp_path, ""), tmp_path, at=AT)


@pytest.mark.parametrize("stopped_by", ["signal", "night"])
def test_a_run_that_was_cut_short_is_due_again_at_once(tmp_path: Path, stopped_by: str) -> None:
    run_once(tmp_path, at=AT - timedelta(hours=1), outcome="partial", stopped_by=stopped_by)
    assert is_due(site_of(tmp_path, 'every = "1d"\n'), tmp_path, at=AT)


@pytest.mark.parametrize(
    ("night", "hour", "expected"),
    [
        ("22:00-05:00", 21, False),  # hours of the site's own clock
        ("22:00-05:00", 22, True),
        ("22:00-05:00", 4, True),
        ("22:00-05:00", 5, False),
        ("01:00-05:00", 0, False),
        ("01:00-05:00", 3, True),
    ],
)
def test_a_site_is_due_in_its_night_only(tmp_path: Path, night: str, hour: int, expected: bool) -> None:  # noqa: FBT001
    site = site_of(tmp_path, f'every = "6h"\nnight = "{night}"\n')
    moment = datetime(2026, 3, 1, hour, 0, tzinfo=site.clock)
    assert is_due(site, tmp_path, at=moment.astimezone(UTC)) is expected


def test_a_crawl_ends_cleanly_with_the_night_and_the_next_night_goes_on(tmp_path: Path) -> None:
    mirror, night = Mirror(tmp_path / "output"), SITE_FILE + 'night = "22:00-05:00"\n'
    moment = [datetime(2026, 3, 1, 21, 59, 30, tzinfo=UTC)]  # 04:59:30 there

    def passing() -> datetime:
        moment[0] += timedelta(milliseconds=400)
        return moment[0]

    with running({}) as site:
        LongList(site, 40)
        outcome = crawl(mirror, site.base_url, site_file=night, options={"GOVNEWS_CLOCK": passing})
        assert outcome.word == "partial"
        assert "from 22:00 to 05:00 of its own clock only" in str(outcome.detail)
        assert mirror.one("SELECT stopped_by FROM runs") == "night"
        assert 0 < mirror.one("SELECT count(*) FROM articles") < 40
        asked = len(site.log)
        assert mirror.one("SELECT count(*) FROM captures") == asked  # whatever was asked for was kept
        moment[0] = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
        options = {"GOVNEWS_CLOCK": lambda: moment[0]}
        assert crawl(mirror, site.base_url, site_file=night, options=options).word == "ok"
        assert mirror.one("SELECT count(*) FROM articles") == 40


def test_a_crawl_at_any_time_does_not_wait_for_the_night(tmp_path: Path) -> None:
    mirror, night = Mirror(tmp_path / "output"), SITE_FILE + 'night = "22:00-05:00"\n'
    options = {"GOVNEWS_CLOCK": lambda: AT, "GOVNEWS_ANY_TIME": True}
    with running(small_site()) as site:
        assert crawl(mirror, site.base_url, site_file=night, options=options).word == "ok"


def test_a_slow_site_does_not_hold_a_quick_one(tmp_path: Path) -> None:
    def tarpit(asked: Asked) -> Answer:
        return (
            Answer(body=b"<p>cham</p>" * 50, delay=0.4, pause=0.4)
            if asked.path != "/robots.txt"
            else Answer(status=404)
        )

    slow_pages = "".join(f'<p><a href="/cham-{n}.html">Tin tức rất chậm số {n} của xã</a></p>' for n in range(6))
    routes: dict[str, Route] = {f"//cham.example/cham-{n}.html": tarpit for n in range(6)}
    routes |= {"//cham.example/": lambda _asked: Answer(body=slow_pages.encode(), delay=0.4)}
    mirror = Mirror(tmp_path / "output")
    sites = {"cham": SITE_FILE.replace("xa.example", "cham.example"), "nhanh": SITE_FILE}
    with running({**small_site(), **routes}) as site:
        outcomes = crawl_together(mirror, site.base_url, sites)
        quick = [asked.at for asked in site.log if asked.host == "xa.example"]
        slow = [asked.at for asked in site.log if asked.host == "cham.example"]
    assert outcomes["nhanh"].word == "ok"
    assert mirror.one("SELECT count(*) FROM articles WHERE site = 'nhanh'") == 6
    assert quick[-1] - quick[0] < (slow[-1] - slow[0]) / 2
    ended = dict(mirror.rows("SELECT site, finished_at FROM runs"))
    assert ended["nhanh"] < ended["cham"]


def test_a_mirror_of_an_earlier_version_is_asked_what_is_due(tmp_path: Path) -> None:
    open_database(tmp_path).close()
    assert is_due(site_of(tmp_path, 'every = "6h"\n'), tmp_path, at=AT)
