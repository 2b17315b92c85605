"""Writes the rows of articles: those of all articles that came together, table after table.

A table at a time costs half as much as an article at a time, since SQLite then walks through one index and not through
forty. Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlite_utils import Database

from pipelines.articlefiles import add_files
from pipelines.articlerecord import RECORD, State
from pipelines.clock import day_of
from pipelines.items import Article
from pipelines.lifecycle import add_created
from pipelines.rows import insert_rows
from pipelines.search import index_new
from pipelines.summaries import summarise_now_and_then

LATEST = (
    "published_date",
    "problems",
    "reader_version",
    "content_sha256",
    "capture",
    "last_seen_at",
    "last_changed_at",
    "state",
)
"""The columns, beside `RECORD`, that say where an article stands now."""

Numbered = tuple[int, State]
"""The id of an article, and what its rows will keep."""


def insert_articles(db: Database, numbered: Sequence[Numbered]) -> None:
    """Add articles that the mirror does not have, each with its first revision and all its parts.

    Their ids begin with the next of the table, one after the other.
    """
    insert_rows(
        db,
        "articles",
        ("id", "site", "identity", "url", "first_seen_at", *RECORD, *LATEST),
        (
            (id_, state.seen.site, state.seen.identity, state.seen.article.url, state.at, *_current(state))
            for id_, state in numbered
        ),
    )
    add_addresses(db, numbered)
    _add_revisions(db, (_first_revision(id_, state) for id_, state in numbered))
    knows_files = add_parts(db, numbered)
    add_created(db, ((id_, state.at, state.seen.capture) for id_, state in numbered))
    summarise_now_and_then(db, range(numbered[0][0], numbered[-1][0] + 1))
    index_new(db, [(id_, state.seen.article) for id_, state in numbered], knows_files=knows_files)


def update_article(db: Database, article: int, state: State) -> None:
    """Write the latest reading over the one before; only a page that was fetched says that the article is live."""
    columns = dict(zip((*RECORD, *LATEST), _current(state), strict=True))
    if state.seen.is_rereading or state.seen.is_imported:
        del columns["last_seen_at"], columns["state"]
    db.execute(
        f"UPDATE articles SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?",
        [*columns.values(), article],
    )


def add_revision(db: Database, article: int, state: State, *, kind: str, changed: Sequence[str], number: int) -> None:
    """Add what an article has become; `changed` names the fields that are not what they were."""
    _add_revisions(db, [_revision(article, state, kind=kind, changed=changed, number=number)])


def add_revision_again(
    db: Database, article: int, *, seen: tuple[int, int, str], changed: Sequence[str], number: int
) -> None:
    """Add what an article is as one more revision; `seen` are the run, capture and time of the answer that shows it."""
    run, capture, at = seen
    db.execute("UPDATE articles SET capture = ?, last_changed_at = ? WHERE id = ?", [capture, at, article])
    db.execute(
        f"INSERT INTO article_revisions ({', '.join(_REVISION)}) SELECT {', '.join(RECORD)}, id, ?, 'imported', ?, "
        "capture, last_changed_at, reader_version, content_sha256, ? FROM articles WHERE id = ?",
        [number, run, " ".join(changed) or None, article],
    )


def add_addresses(db: Database, numbered: Iterable[Numbered]) -> None:
    """Note where the articles were seen; an address that is known stays as it is."""
    insert_rows(
        db,
        "article_urls",
        ("article", "url", "category", "first_seen_at"),
        ((id_, state.seen.article.url, state.seen.article.category, state.at) for id_, state in numbered),
        otherwise="ON CONFLICT DO NOTHING",
    )


def add_parts(db: Database, numbered: Sequence[Numbered]) -> bool:
    """Add the rules, tags, files and pictures of readings; True if the mirror knew one of the files."""
    insert_rows(db, "article_fields", ("article", "field", "rule", "agrees"), _rules(numbered))
    _add_tags(db, numbered)
    return add_files(db, [(id_, state.seen) for id_, state in numbered])


def forget_parts(db: Database, article: int) -> None:
    """Make room for the parts of a newer reading. A file that left the page keeps its row, without a position."""
    for table in ("article_fields", "article_tags"):
        db.execute(f"DELETE FROM {table} WHERE article = ?", [article])
    for table in ("attachments", "images"):
        db.execute(f"UPDATE {table} SET position = NULL WHERE article = ?", [article])


def _current(state: State) -> tuple[Any, ...]:
    """The values of `RECORD` and `LATEST`."""
    seen, published = state.seen, state.seen.article.published_at
    return (
        *state.record.values(),
        day_of(published).isoformat() if published else None,
        " ".join(seen.article.problems) or None,
        seen.reader_version,
        state.digest,
        seen.capture,
        state.at,
        state.at,
        "live",
    )


_REVISION = (
    *RECORD,
    "article",
    "number",
    "kind",
    "run",
    "capture",
    "read_at",
    "reader_version",
    "content_sha256",
    "changed",
)


def _add_revisions(db: Database, rows: Iterable[Sequence[Any]]) -> None:
    insert_rows(db, "article_revisions", _REVISION, rows)


def _first_revision(article: int, state: State) -> tuple[Any, ...]:
    return _revision(article, state, kind="imported" if state.seen.is_imported else "seen", changed=(), number=1)


def _revision(article: int, state: State, *, kind: str, changed: Sequence[str], number: int) -> tuple[Any, ...]:
    """The values of `_REVISION`."""
    seen = state.seen
    place = (article, number, kind, seen.run, seen.capture, state.at, seen.reader_version)
    return (*state.record.values(), *place, state.digest, " ".join(changed) or None)


def _rules(numbered: Iterable[Numbered]) -> Iterator[tuple[int, str, str, bool | None]]:
    """Which rule found each field, and whether the selector-less reading agrees."""
    for id_, state in numbered:
        article: Article = state.seen.article
        for name, rule in article.fields.items():
            yield id_, name, rule, article.agrees.get(name)


def _add_tags(db: Database, numbered: Iterable[Numbered]) -> None:
    tagged = [(id_, name) for id_, state in numbered for name in state.seen.article.tags]
    if not tagged:
        return
    ids = {name: _tag(db, name) for name in dict.fromkeys(name for _article, name in tagged)}
    insert_rows(db, "article_tags", ("article", "tag"), ((id_, ids[name]) for id_, name in tagged))


def _tag(db: Database, name: str) -> int:
    """The id of a tag, which is added if it is new."""
    known = db.execute("SELECT id FROM tags WHERE name = ?", [name]).fetchone()
    return int(known[0]) if known else int(db.execute("INSERT INTO tags (name) VALUES (?)", [name]).lastrowid or 0)
