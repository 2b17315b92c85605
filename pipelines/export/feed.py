"""Atom: a whole selection as one complete feed (RFC 5005, section 2), in the order in which the articles came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlite_utils import Database

from pipelines.feeds import Feed, atom, entry_of, feed_id
from pipelines.storedarticles import Selection, StoredArticle


def atom_feed(db: Database, selection: Selection, articles: Iterable[StoredArticle]) -> Iterator[bytes]:
    """The feed of `articles`, which are those of the selection, entry by entry."""
    return atom(_feed(db, selection), (entry_of(stored) for stored in articles))


def _feed(db: Database, selection: Selection) -> Feed:
    period = "/".join(str(day) if day else "" for day in (selection.since, selection.until))
    return Feed(
        id=feed_id(db, f"export/{period}", site=",".join(selection.sites) or None),
        title=", ".join(_titles(db, selection)) or "govnews-mirror",
        updated=_last_event(db),
        is_complete=True,
    )


def _titles(db: Database, selection: Selection) -> list[str]:
    rows = db.execute("SELECT id, title FROM sites ORDER BY id")
    return [title for site, title in rows if not selection.sites or site in selection.sites]


def _last_event(db: Database) -> datetime:
    """When the mirror last took note of an article, so that the same mirror gives the same bytes."""
    row = db.execute("SELECT at FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return datetime.fromisoformat(row[0] if row else "2000-01-01T00:00:00Z")
