"""What happens to an article over time: created, edited, moved, unpublished, gone, restored; each with its capture.

A later 404 never replaces the last good copy: the article keeps its last reading, and only its `state` and an event
say what became of its address. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.frontier_rows import MOST_HOPS
from pipelines.items import NOT_AN_ARTICLE, Capture, NotArticle
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What stands where an article stood, or where its address redirects to."""

    url: str
    status: int | None
    reading: str | None
    capture: int

    @property
    def is_dead(self) -> bool:
        return self.status in {404, 410}

    @property
    def is_withheld(self) -> bool:
        return self.status in {401, 403} or self.reading in UNPUBLISHED_READINGS

    @property
    def why(self) -> str:
        return self.reading if self.status == 200 and self.reading is not None else f"HTTP {self.status}"


def seen_absent(
    db: Database, site: str, answer: Capture, reading: NotArticle | None, *, at: datetime, capture: int
) -> None:
    """An address answered without its article: note when that makes it unpublished, or gone.

    An article that still stands at another of its addresses is neither. A redirect says what stands where it leads to,
    as it was when that was last asked for.
    """
    known = article_at(db, site, answer.url)
    if known is None or _stands_elsewhere(db, site, known[0], answer.url):
        return
    article, state = known
    found = _Answer(url=answer.url, status=answer.status, reading=reading.reason if reading else None, capture=capture)
    if answer.redirect_to is not None and not found.is_withheld:
        found = _end_of_redirects(db, site, answer.redirect_to) or found
    if found.is_dead and state != "gone":
        evidence = _evidence_of_absence(db, site, found.url)
        ways = [evidence] if found.url == answer.url else [evidence, _evidence_of_redirects(db, site, answer.url)]
        if all(_proves_absence(seen) for seen in ways):
            _become(db, article, "gone", at=at, capture=found.capture, details={"answers": evidence})
    elif state == "live" and found.is_withheld:
        _become(db, article, "unpublished", at=at, capture=found.capture, details={"answer": found.why})


def _end_of_redirects(db: Database, site: str, url: str) -> _Answer | None:
    """What was last found where redirects lead; None where they were not followed to their end."""
    for _step in range(MOST_HOPS):
        row = db.execute(
            "SELECT id, status, reading, redirect_to FROM captures WHERE site = ? AND url = ? AND kind = 'crawl' "
            "ORDER BY id DESC LIMIT 1",
            [site, url],
        ).fetchone()
        if row is None:
            return None
        if row[3] is None:
            reading = (row[2] or "").removeprefix(NOT_AN_ARTICLE) or None
            return _Answer(url=url, status=row[1], reading=reading, capture=row[0])
        url = row[3]
    return None


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
    return _answers_since_good(db, site, url, "status IN (404, 410)")


def _evidence_of_redirects(db: Database, site: str, url: str) -> list[list[object]]:
    """The same of an address that redirects to a dead one, with its redirects."""
    return _answers_since_good(db, site, url, "status IN (404, 410) OR redirect_to IS NOT NULL")


def _answers_since_good(db: Database, site: str, url: str, condition: str) -> list[list[object]]:
    asked = "FROM captures WHERE url = :url AND site = :site AND kind = 'crawl'"
    rows = db.execute(
        f"SELECT run, fetched_at, status {asked} AND ({condition}) AND id > "
        f"(SELECT coalesce(max(id), 0) {asked} AND (status < 300 OR status = 304)) ORDER BY id",
        {"url": url, "site": site},
    )
    return [list(row) for row in rows]


def _proves_absence(evidence: list[list[object]]) -> bool:
    times = [datetime.fromisoformat(str(row[1])) for row in evidence]
    return len({row[0] for row in evidence}) >= GONE_RUNS and times[-1] - times[0] >= GONE_AFTER
