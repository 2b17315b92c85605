"""The frontier: what is fetched next, on the real table."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.frontier import Frontier
from pipelines.clock import stamp
from pipelines.database import open_database, writing
from pipelines.frontier_rows import add_links, add_sightings, add_turns, settle_link
from pipelines.items import FoundLink, LinkKind, Turn
from pipelines.settlement import Settlement

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOME = "http://x.example/"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    for name in ("x", "y"):
        opened.table("sites").insert({"id": name, "title": name, "home": HOME, "family": "auto"})
    yield opened
    opened.close()


def frontier(db: Database, *, at: datetime = AT, since: date | None = None) -> Frontier:
    return Frontier(db, "x", clock=lambda: at, since=since)


def add(db: Database, *kinds: LinkKind, site: str = "x") -> None:
    with writing(db):
        add_links(db, site, [FoundLink(url=f"{HOME}{kind}", kind=kind) for kind in kinds], at=AT)


def set_state(db: Database, name: str, state: str, next_try_at: datetime | None = None) -> None:
    due = stamp(next_try_at) if next_try_at else None
    db.execute("UPDATE links SET state = ?, next_try_at = ? WHERE url = ?", [state, due, HOME + name])


def taken(frontier: Frontier, most: int = 10) -> list[str]:
    return [link.url.removeprefix(HOME) for link in frontier.take(most)]


def test_files_and_articles_come_before_more_listings(db: Database) -> None:
    add(db, "image", "listing", "article", "file", "feed")
    assert taken(frontier(db)) == ["feed", "file", "article", "listing", "image"]


def test_a_link_under_way_is_not_taken_twice(db: Database) -> None:
    add(db, "article", "listing")
    front = frontier(db)
    assert taken(front, most=1) == ["article"]
    assert taken(front) == ["listing"]
    assert taken(front) == []
    assert front.under_way == 2


def test_a_link_that_is_not_settled_is_taken_again_by_the_next_process(db: Database) -> None:
    add(db, "article")
    assert taken(frontier(db)) == ["article"]
    assert taken(frontier(db)) == ["article"]


def test_another_sites_links_are_left_alone(db: Database) -> None:
    add(db, "article", site="y")
    assert taken(frontier(db)) == []


def test_a_link_waits_for_its_next_try(db: Database) -> None:
    add(db, "article")
    set_state(db, "article", "pending", AT + timedelta(seconds=30))
    assert taken(frontier(db)) == []
    assert frontier(db).next_due() == timedelta(seconds=30)
    assert taken(frontier(db, at=AT + timedelta(seconds=30))) == ["article"]


def test_a_run_asks_again_for_listings_and_not_for_articles(db: Database) -> None:
    add(db, "listing", "article", "file", "feed", "sitemap")
    db.execute("UPDATE links SET state = 'done'")
    front = frontier(db)
    front.open([])
    assert taken(front) == ["feed", "listing", "sitemap"]


def test_a_full_run_asks_again_for_everything(db: Database) -> None:
    add(db, "listing", "article", "file", "image")
    db.execute("UPDATE links SET state = 'done'")
    front = frontier(db)
    front.open([], full=True)
    assert len(taken(front)) == 4


@pytest.mark.parametrize(("due", "expected"), [(AT - timedelta(1), ["article"]), (AT + timedelta(1), [])])
def test_a_failed_link_is_tried_again_when_its_time_has_come(db: Database, due: datetime, expected: list[str]) -> None:
    add(db, "article")
    set_state(db, "article", "failed", due)
    front = frontier(db)
    front.open([])
    assert taken(front) == expected


def test_an_excluded_link_stays_excluded(db: Database) -> None:
    add(db, "article")
    set_state(db, "article", "excluded")
    front = frontier(db)
    front.open([FoundLink(url=HOME + "article", kind="article")], full=True)
    assert taken(front) == []


def test_a_new_run_does_not_wait_for_a_link_that_an_earlier_one_postponed(db: Database) -> None:
    add(db, "article")
    front = frontier(db)
    link = front.take(1)[0]
    front.postpone(link.id)
    front.settle(link.id)
    assert taken(front) == []
    again = frontier(db)
    again.open([])
    assert taken(again) == ["article"]


def test_older_articles_wait_when_a_day_is_given(db: Database) -> None:
    links = [
        FoundLink(url=HOME + "old", kind="article", is_listed=True, listed_date=date(2024, 1, 1)),
        FoundLink(url=HOME + "new", kind="article", is_listed=True, listed_date=date(2024, 6, 1)),
        FoundLink(url=HOME + "undated", kind="article", is_listed=True),
    ]
    with writing(db):
        add_links(db, "x", links, at=AT)
        add_sightings(db, "x", HOME, links, at=AT)
    front = frontier(db, since=date(2024, 5, 1))
    assert taken(front) == ["new", "undated"]
    assert not front.has_due()
    assert db.table("links").count_where("state = 'pending'") == 3


def test_the_validators_of_the_last_good_answer_come_with_the_link(db: Database) -> None:
    add(db, "listing")
    run = db.table("runs").insert({"site": "x", "kind": "crawl", "started_at": stamp(AT)}).last_pk
    kept = {"run": run, "site": "x", "url": HOME + "listing", "fetched_at": stamp(AT), "status": 200, "etag": '"e1"'}
    capture = db.table("captures").insert(kept).last_pk
    db.execute("UPDATE links SET capture = ?", [capture])
    assert frontier(db).take(1)[0].etag == '"e1"'


def test_robots_txt_is_asked_for_by_its_own_way_only(db: Database) -> None:
    front = frontier(db)
    probe = front.probe(FoundLink(url=HOME + "robots.txt", kind="probe"))
    assert probe.url == HOME + "robots.txt"
    assert taken(frontier(db)) == []


def test_one_link_is_taken_alone_by_its_key(db: Database) -> None:
    add(db, "article", "listing")
    front = frontier(db)
    assert [link.url for link in front.take(5, key=f"{HOME}listing")] == [f"{HOME}listing"]
    assert front.take(5, key=f"{HOME}listing") == [], "it is under way"
    assert front.take(5, key=f"{HOME}nowhere") == []


def test_a_failed_link_that_is_insisted_on_does_not_wait(db: Database) -> None:
    add(db, "listing", "article")
    for name in ("listing", "article"):
        set_state(db, name, "failed", AT + timedelta(days=9))
    front = frontier(db)
    front.insist(f"{HOME}listing")
    assert taken(front) == ["listing"]


def turn(page: int, body: bytes) -> FoundLink:
    record = Turn(listing=f"{HOME}tin.aspx", pager="gv", page=page, shown=("a",), values={"k": "v"}, cookies={"c": "d"})
    return FoundLink(url=f"{HOME}tin.aspx", key=record.key, kind="listing", method="POST", body=body, turn=record)


def turned(
    db: Database, *turns: FoundLink, run: int = 1, is_wanted: bool = False, swept: datetime = AT - timedelta(days=30)
) -> list[tuple[int, str, bytes]]:
    """(page, state, body) of the pages of the list after these were added."""
    with writing(db):
        add_turns(db, "x", turns, at=AT, run=run, is_wanted=is_wanted, swept=swept)
    rows = db.execute("SELECT key, state, body FROM links WHERE turn IS NOT NULL ORDER BY key").fetchall()
    return [(int(key.rpartition("=")[2]), state, body) for key, state, body in rows]


def answer(db: Database, page: int, *, run: int) -> None:
    """The page was asked for in a run and answered."""
    db.execute("INSERT OR IGNORE INTO runs (id, site, kind, started_at) VALUES (?, 'x', 'crawl', ?)", [run, stamp(AT)])
    capture = db.execute(
        "INSERT INTO captures (run, site, url, fetched_at, status) VALUES (?, 'x', ?, ?, 200)", [run, HOME, stamp(AT)]
    ).lastrowid
    with writing(db):
        link = db.execute("SELECT id FROM links WHERE key = ?", [turn(page, b"").key]).fetchone()[0]
        settle_link(db, link, Settlement(state="done"), capture=int(capture or 0), at=AT)


def test_a_further_page_that_nobody_looked_at_since_the_last_sweep_is_asked_for(db: Database) -> None:
    turned(db, turn(2, b"one"))
    answer(db, 2, run=1)
    assert turned(db, turn(2, b"two"), run=2) == [(2, "done", b"")]
    assert turned(db, turn(2, b"two"), run=2, swept=AT) == [(2, "pending", b"two")]


def test_a_further_page_is_one_link_however_often_its_form_changes(db: Database) -> None:
    assert turned(db, turn(2, b"one")) == [(2, "pending", b"one")]
    assert turned(db, turn(2, b"two")) == [(2, "pending", b"two")]
    (link,) = frontier(db).take(1)
    assert link.turn == turn(2, b"").turn
    answer(db, 2, run=1)
    assert turned(db) == [(2, "done", b"")]


@pytest.mark.parametrize(("run", "is_wanted", "state"), [(1, True, "done"), (2, False, "done"), (2, True, "pending")])
def test_a_further_page_is_asked_for_again_in_a_later_run_that_wants_it(
    db: Database, run: int, state: str, *, is_wanted: bool
) -> None:
    turned(db, turn(2, b"one"))
    answer(db, 2, run=1)
    assert turned(db, turn(2, b"two"), run=run, is_wanted=is_wanted)[0][1] == state


def test_a_list_that_was_not_walked_to_its_end_is_walked_again(db: Database) -> None:
    turned(db, turn(2, b"one"), turn(3, b"two"))
    answer(db, 2, run=1)
    assert [state for _page, state, _body in turned(db, turn(2, b"new"), run=2)] == ["pending", "pending"]


@pytest.mark.parametrize("full", [False, True])
def test_no_run_begins_with_a_further_page_whose_form_is_old(db: Database, *, full: bool) -> None:
    turned(db, turn(2, b"one"))
    answer(db, 2, run=1)
    front = frontier(db)
    front.open([], full=full)
    assert taken(front) == []
