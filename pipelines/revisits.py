"""When an article is looked at again, so that an edit is caught: often while it is young, then ever more seldom."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlite_utils import Database

from pipelines.clock import day_of
from pipelines.items import PageDate

STEPS = tuple(timedelta(days=days) for days in (1, 3, 7, 14, 30))
"""Ages at which an article is visited again, counted from its publication, or from the last edit that was seen."""

OLD = timedelta(days=30)
"""An older article is visited again so long after each visit, or after the site's `sweep` if that is longer."""


def next_visit(born: datetime | None, *, at: datetime, every: timedelta = OLD) -> datetime:
    """When to look again at an article that was looked at just now.

    `born` is the time of its publication or last edit, None for an article of unknown age that is held to be old. A
    step that lies too near (less than a third of its own length away) is left out.
    """
    start = min(born, at) if born is not None else None
    steps = [start + step for step in STEPS if start + step >= at + step / 3] if start is not None else []
    return steps[0] if steps else at + max(every, OLD)


def first_visit(published: PageDate, *, at: datetime, every: timedelta = OLD) -> datetime:
    """`next_visit` of a new article that says when it was published: what `visit_after` gives, without a question."""
    return next_visit(datetime.combine(day_of(published), time(), UTC), at=at, every=every)


def visit_after(db: Database, site: str, article: int, *, at: datetime, every: timedelta = OLD) -> datetime:
    """`next_visit` of a stored article."""
    return next_visit(_born(db, site, article), at=at, every=every)


def _born(db: Database, site: str, article: int) -> datetime | None:
    """Its last edit, else its own day, else the day that a listing prints, else when it appeared."""
    edited, published, first_seen, listed = db.execute(
        "SELECT (SELECT max(at) FROM events WHERE events.article = articles.id AND kind = 'edited'), published_date, "
        "first_seen_at, (SELECT max(listed_date) FROM sightings WHERE sightings.site = articles.site AND key IN "
        "(SELECT key FROM links WHERE links.article = articles.id)) FROM articles WHERE id = ?",
        [article],
    ).fetchone()
    known = edited or published or listed or (first_seen if _appeared_later(db, site, first_seen) else None)
    if known is None:
        return None
    moment = datetime.fromisoformat(known)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _appeared_later(db: Database, site: str, first_seen: str) -> bool:
    """Whether an undated article came after the site's first crawl; what that one finds is mostly old."""
    row = db.execute(
        "SELECT finished_at FROM runs WHERE site = ? AND kind = 'crawl' ORDER BY id LIMIT 1", [site]
    ).fetchone()
    return bool(row and row[0] and row[0] < first_seen)
