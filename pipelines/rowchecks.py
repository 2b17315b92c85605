"""Rows that follow from others, and so are proved by them: what a mirror says of itself must agree.

A manifest hashes what never changes after its run. An article, an attachment or an address may be written again by any
later run; such rows are compared here with the revisions, events and captures that they were made of, which manifests
do hold. Nothing is checked of the crawler's own notebook (`links`, `sections`, `hosts`,
`sightings`), nor of what can be read from the archive again (`article_fields`, `files.text`, captions, names of files).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal

from sqlite_utils import Database

from pipelines.articlerecord import COMPARED, RECORD, content_sha256

_FROM_REVISION = (*RECORD, "content_sha256", "reader_version", "capture")
"""What an article and its newest revision have in common."""

_STATES = {"created": "live", "unpublished": "unpublished", "gone": "gone", "restored": "live"}
"""What an article is after an event of a kind; the other kinds change nothing."""


def row_problems(db: Database) -> Iterator[str]:
    """What does not follow from the rows that it was made of, a sentence each; all of it seen at one moment."""
    db.execute("BEGIN")
    try:
        yield from _article_problems(db)
        yield from _content_problems(db)
        yield from _address_problems(db)
        yield from _file_problems(db, "attachments")
        yield from _file_problems(db, "images")
        yield from _counter_problems(db)
        if db.table("events").exists():  # a mirror of the first version has none
            yield from _event_problems(db)
    finally:
        db.execute("ROLLBACK")


def _article_problems(db: Database) -> Iterator[str]:
    """An article is what was read of it last, or a newer reading of another archive; else another hand changed it.

    What a crawl reads replaces what was known, whatever the clocks said.
    """
    own, revised = (", ".join(f"{table}.{name}" for name in _FROM_REVISION) for table in ("articles", "latest"))
    rows = db.execute(
        f"SELECT articles.id, articles.url, latest.article IS NOT NULL AND ({own}) IS ({revised}), "
        "published_date IS substr(articles.published_at, 1, 10), last_changed_at IS latest.read_at, "
        "articles.first_seen_at IS (SELECT read_at FROM article_revisions WHERE article = articles.id AND number = 1), "
        "EXISTS (SELECT 1 FROM article_urls WHERE article = articles.id AND article_urls.url = articles.url) "
        "FROM articles LEFT JOIN article_revisions AS latest ON latest.article = articles.id AND number = ("
        "SELECT number FROM article_revisions JOIN captures ON captures.id = capture "
        "WHERE article = articles.id AND number >= coalesce((SELECT max(number) FROM article_revisions AS own "
        "WHERE own.article = articles.id AND own.kind != 'imported'), 1) ORDER BY fetched_at DESC, number DESC LIMIT 1)"
    )
    wrong = (
        "differs from its newest revision",
        "its day is not that of the time that its page gives",
        "its last change is not when its newest revision was read",
        "it was not first seen when its first revision was read",
        "its address is none of those that it was seen at",
    )
    for number, url, *holds in rows:
        yield from (f"article {number} ({url}): {what}" for what, is_so in zip(wrong, holds, strict=True) if not is_so)


def _content_problems(db: Database) -> Iterator[str]:
    """The hash of an article's content is of its text, its attachments and its tags."""
    attachments = _ByArticle(
        db, "SELECT article, url, label FROM attachments WHERE position IS NOT NULL ORDER BY article, position"
    )
    tags = _ByArticle(
        db, "SELECT article, name FROM article_tags JOIN tags ON tags.id = tag ORDER BY article, article_tags.rowid"
    )
    rows = db.execute(f"SELECT id, url, content_sha256, {', '.join(COMPARED)} FROM articles ORDER BY id")
    for number, url, kept, *values in rows:
        record = dict(zip(COMPARED, values, strict=True))
        files, names = attachments.of(number), [name for (name,) in tags.of(number)]
        if not _is_content(kept, record, files, names):
            yield f"article {number} ({url}): its text, attachments or tags are not those that its page had"


def _is_content(
    kept: str, record: Mapping[str, str | None], files: Sequence[Sequence[str]], tags: Sequence[str]
) -> bool:
    try:
        return content_sha256(record, files, tags) == kept
    except TypeError:  # another hand put bytes where a text belongs
        return False


class _ByArticle:
    """The rows that belong to each article, for articles that are gone through in the order of their ids.

    The query gives the article first, and is ordered by it: so millions of rows are read once and never held.
    """

    def __init__(self, db: Database, sql: str) -> None:
        self._groups = groupby(db.execute(sql), key=itemgetter(0))
        self._next = next(self._groups, None)

    def of(self, article: int) -> list[Sequence[str]]:
        """The rest of each row of the article."""
        while self._next is not None and isinstance(self._next[0], int) and self._next[0] < article:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != article:
            return []
        rows = [row[1:] for row in self._next[1]]
        self._next = next(self._groups, None)
        return rows


def _address_problems(db: Database) -> Iterator[str]:
    """An address is known from an answer of that moment, or from one that a later run read again."""
    rows = db.execute(
        "SELECT article, known.url FROM article_urls AS known JOIN articles ON articles.id = article WHERE NOT EXISTS ("
        "SELECT 1 FROM captures WHERE captures.url = known.url AND captures.site = articles.site AND ("
        "fetched_at = known.first_seen_at OR EXISTS (SELECT 1 FROM runs WHERE runs.site = articles.site "
        "AND kind = 're-read' AND known.first_seen_at BETWEEN started_at AND coalesce(finished_at, '9'))))"
    )
    for number, url in rows:
        yield f"article {number}: no answer of the archive shows that it was seen at {url} when its row says"


def _file_problems(db: Database, table: Literal["attachments", "images"]) -> Iterator[str]:
    """What became of a file is what its capture says; a file in pieces is proved by joining them."""
    rows = db.execute(
        f"SELECT article, {table}.url, state FROM {table} LEFT JOIN captures ON captures.id = capture "
        "WHERE (state = 'stored') IS NOT (sha256 IS NOT NULL) "
        "OR (state = 'stored' AND (status IS NULL OR (status != 206 AND body_sha256 IS NOT sha256))) "
        "OR (state = 'missing' AND coalesce(status, 0) NOT IN (404, 410)) "
        "OR (state = 'too_large' AND truncated IS NOT 'length')"
    )
    for article, url, state in rows:
        yield f"{table}: {url} of article {article} is called {state}, its capture says otherwise"
    rows = db.execute(
        f"SELECT article, {table}.url FROM {table} JOIN captures ON captures.id = capture "
        f"WHERE state = 'stored' AND captures.url != {table}.url "
        # Not from its own address, then from one that this redirects to, or that the frontier takes for the same.
        f"AND NOT EXISTS (SELECT 1 FROM captures AS hop WHERE hop.url = {table}.url AND hop.redirect_to IS NOT NULL) "
        f"AND NOT EXISTS (SELECT 1 FROM links WHERE id = {table}.link AND links.key = {table}.url)"
    )
    for article, url in rows:
        yield f"{table}: the file of article {article} did not come from {url}"


def _counter_problems(db: Database) -> Iterator[str]:
    """A run that has ended made as many requests as it has captures."""
    rows = db.execute(
        "SELECT id, requests IS coalesce(made, 0), bytes IS coalesce(size, 0), not_modified IS coalesce(unchanged, 0), "
        # Reading the archive again counts none.
        "kind = 're-read' OR articles_new IS (SELECT count(*) FROM article_revisions WHERE run = runs.id "
        "AND number = 1) FROM runs "
        "LEFT JOIN (SELECT run, count(*) AS made, sum(coalesce(length, 0)) AS size, sum(status IS 304) AS unchanged "
        "FROM captures GROUP BY run) ON run = id WHERE manifest IS NOT NULL"
    )
    names = ("requests", "bytes", "not_modified", "articles_new")
    for run, *holds in rows:
        for name in (name for name, is_so in zip(names, holds, strict=True) if not is_so):
            yield f"run {run}: its `{name}` is not what its captures and revisions add up to"


def _event_problems(db: Database) -> Iterator[str]:
    yield from _state_problems(db)
    rows = db.execute(
        "SELECT events.id, article, events.kind FROM events JOIN captures ON captures.id = capture WHERE NOT "
        "CASE events.kind WHEN 'gone' THEN status IN (404, 410) "
        "WHEN 'unpublished' THEN status IN (401, 403) "
        "OR reading IN ('not an article: login', 'not an article: soft_404') "
        "WHEN 'restored' THEN status IN (200, 304) WHEN 'moved' THEN status = 200 "
        "ELSE EXISTS (SELECT 1 FROM article_revisions AS revision WHERE revision.article = events.article "
        "AND revision.capture = events.capture AND read_at = at AND (number = 1) = (events.kind = 'created')) END"
    )
    for event, article, kind in rows:
        yield f"event {event}: article {article} is said to be {kind}, its capture and revisions do not show it"


def _state_problems(db: Database) -> Iterator[str]:
    """An article is what its last event made of it, and was created once."""
    rows = db.execute(
        "SELECT articles.id, url, state, created, last FROM articles LEFT JOIN (SELECT article, kind AS last, max(id), "
        "(SELECT count(*) FROM events AS first WHERE first.article = events.article AND kind = 'created') AS created "
        f"FROM events WHERE kind IN ({', '.join('?' * len(_STATES))}) GROUP BY article) ON article = articles.id",
        [*_STATES],
    )
    for number, url, state, created, last in rows:
        if created != 1:
            yield f"article {number} ({url}): has {created or 0} events of its creation"
        elif _STATES[last] != state:
            yield f"article {number} ({url}): is called {state}, its last event is {last}"
