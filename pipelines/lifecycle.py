"""What happens to an article over time: created, edited, moved, unpublished, gone, restored; each with its capture.

A later 404 never replaces the last good copy: the article keeps its last reading, and only its `state` and an event
say what became of its address. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.items import Capture, NotArticle
from pipelines.rows import insert_rows
from pipelines.settlement import PASSING

EventKind = Literal["created", "edited", "moved", "unpublished", "gone", "restored"]

GONE_RUNS = 3
GONE_AFTER = timedelta(days=14)
"""An article is gone when 404 or 410 was seen in so many runs over so long a time; one bad day proves nothing."""

UNPUBLISHED_READINGS = frozenset({"login", "soft_404"})
"""Pages with status 200 that stand where an article stood, and say that it may not or cannot be read."""


def add_event(
    db: Database, article: int, kind: EventKind, *, at: datetime, capture: int, details: dict[str, object] | None = None
) -> None:
    text = json.dumps(details, ensure_ascii=False) if details else None
    db.execute(
        "INSERT INTO events (article, at, kind, capture, details) VALUES (?, ?, ?, ?, ?)",
        [article, stamp(at), kind, capture, text],
    )


def add_created(db: Database, articles: Iterable[tuple[int, str, int]]) -> None:
    """The first event of articles: (id, time, capture) of each."""
    rows = ((article, at, "created", capture) for article, at, capture in articles)
    insert_rows(db, "events", ("article", "at", "kind", "capture"), rows)


def article_at(db: Database, site: str, url: str) -> tuple[int, str] | None:
    """(id, state) of the article that was seen at an address."""
    # CROSS JOIN: SQLite takes the tables as they stand, and not every article of the site first.
    row = db.execute(
        "SELECT articles.id, articles.state FROM article_urls CROSS JOIN articles ON articles.id = article "
        "WHERE article_urls.url = ? AND site = ? ORDER BY articles.id LIMIT 1",
        [url, site],
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def seen_alive(db: Database, article: int, *, at: datetime, capture: int) -> None:
    """The article's page answered with its article: it is live, and restored if it was not."""
    state = db.execute("SELECT state FROM articles WHERE id = ?", [article]).fetchone()[0]
    if state != "live":
        add_event(db, article, "restored", at=at, capture=capture, details={"was": state})
    db.execute("UPDATE articles SET last_seen_at = ?, state = 'live' WHERE id = ?", [stamp(at), article])


def seen_absent(
    db: Database, site: str, answer: Capture, reading: NotArticle | None, *, at: datetime, capture: int
) -> None:
    """An address answered without its article: note when that makes it unpublished, or gone.

    An article that still stands at another of its addresses is neither.
    """
    known = article_at(db, site, answer.url)
    if known is None or _stands_elsewhere(db, site, known[0], answer.url):
        return
    article, state = known
    if answer.status in {404, 410}:
        evidence = _evidence_of_absence(db, site, answer.url)
        if state != "gone" and _proves_absence(evidence):
            _become(db, article, "gone", at=at, capture=capture, details={"answers": evidence})
    elif state == "live" and _is_withheld(answer, reading):
        why = reading.reason if answer.status == 200 and reading is not None else f"HTTP {answer.status}"
        _become(db, article, "unpublished", at=at, capture=capture, details={"answer": why})


def _stands_elsewhere(db: Database, site: str, article: int, url: str) -> bool:
    """Whether the last answer of another address of the article showed it; an address in trouble says nothing."""
    last = (
        "SELECT status = 304 OR reading IS 'article' FROM captures WHERE captures.url = other.url AND site = ? "
        f"AND kind = 'crawl' AND status NOT IN ({', '.join(map(str, PASSING))}) ORDER BY id DESC LIMIT 1"
    )
    row = db.execute(
        f"SELECT 1 FROM article_urls AS other WHERE article = ? AND other.url != ? AND ({last}) LIMIT 1",
        [article, url, site],
    ).fetchone()
    return row is not None


def _is_withheld(answer: Capture, reading: NotArticle | None) -> bool:
    return answer.status in {401, 403} or (reading is not None and reading.reason in UNPUBLISHED_READINGS)


def _become(
    db: Database,
    article: int,
    state: Literal["gone", "unpublished"],
    *,
    at: datetime,
    capture: int,
    details: dict[str, object],
) -> None:
    db.execute("UPDATE articles SET state = ? WHERE id = ?", [state, article])
    add_event(db, article, state, at=at, capture=capture, details=details)


def _evidence_of_absence(db: Database, site: str, url: str) -> list[list[object]]:
    """(run, time, status) of every answer that the site's crawls got of an address since it was last good."""
    asked = "FROM captures WHERE url = :url AND site = :site AND kind = 'crawl'"
    rows = db.execute(
        f"SELECT run, fetched_at, status {asked} AND status IN (404, 410) AND id > "
        f"(SELECT coalesce(max(id), 0) {asked} AND (status < 300 OR status = 304)) ORDER BY id",
        {"url": url, "site": site},
    )
    return [list(row) for row in rows]


def _proves_absence(evidence: list[list[object]]) -> bool:
    times = [datetime.fromisoformat(str(row[1])) for row in evidence]
    return len({row[0] for row in evidence}) >= GONE_RUNS and times[-1] - times[0] >= GONE_AFTER
