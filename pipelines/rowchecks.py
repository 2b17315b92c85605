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

from sqlite_utils import Database

from pipelines.articlerecord import COMPARED, RECORD, content_sha256
from pipelines.attachedchecks import attached_problems
from pipelines.eventchecks import event_problems

_FROM_REVISION = (*RECORD, "content_sha256", "reader_version", "capture")
"""What an article and its newest revision have in common."""


def row_problems(db: Database) -> Iterator[str]:
    """What does not follow from the rows that it was made of, a sentence each; all of it seen at one moment."""
    db.execute("BEGIN")
    try:
        yield from _article_problems(db)
        yield from _content_problems(db)
        yield from _address_problems(db)
        yield from attached_problems(db)
        yield from _counter_problems(db)
        if db.table("events").exists():  # a mirror of the first version has none
            yield from event_problems(db)
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
    """An address is known from an answer of that moment, or one that a later run read again; none is missing."""
    rows = db.execute(
        "SELECT article, known.url FROM article_urls AS known JOIN articles ON articles.id = article WHERE NOT EXISTS ("
        "SELECT 1 FROM captures WHERE captures.url = known.url AND captures.site = articles.site AND ("
        "fetched_at = known.first_seen_at OR EXISTS (SELECT 1 FROM runs WHERE runs.site = articles.site "
        "AND kind = 're-read' AND known.first_seen_at BETWEEN started_at AND coalesce(finished_at, '9'))))"
    )
    for number, url in rows:
        yield f"article {number}: no answer of the archive shows that it was seen at {url} when its row says"
    rows = db.execute(
        "SELECT article, number, url FROM article_revisions JOIN captures ON captures.id = capture WHERE NOT EXISTS ("
        "SELECT 1 FROM article_urls AS known WHERE known.article = article_revisions.article "
        "AND known.url = captures.url)"
    )
    for article, revision, url in rows:
        yield f"article {article}: {url} is none of its addresses, but its revision {revision} was read from there"


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
