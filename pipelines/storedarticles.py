"""Articles as the mirror keeps them, read back in order and in bounded memory: for feeds and for copies out."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlite_utils import Database

from pipelines.articlerecord import RECORD
from pipelines.errors import StoreError, UnknownSiteError
from pipelines.items import Article, Attachment, Image, PageDate

BATCH = 200
"""Articles whose parts are read together; the long texts themselves are read one by one."""

_KEPT = ("first_seen_at", "last_seen_at", "last_changed_at", "state")
_COLUMNS = ", ".join(f"articles.{name}" for name in ("id", "site", "identity", "url", *RECORD, *_KEPT))

_ARTICLE = f"""
    SELECT {_COLUMNS}, sites.title AS site_title, captures.url AS first_url
    FROM articles JOIN sites ON sites.id = articles.site
    LEFT JOIN article_revisions AS first ON first.article = articles.id AND first.number = 1
    LEFT JOIN captures ON captures.id = first.capture
    WHERE articles.id = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """An attachment; `sha256`, `path`, `mime` and `bytes` are those of its file where the mirror has it."""

    url: str
    label: str | None
    filename: str | None
    state: str
    sha256: str | None
    path: str | None
    mime: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with what the mirror knows of it.

    `identity` and `first_url`, the address that its first reading came from, never change. The three times are the
    crawler's own, in UTC.
    """

    id: int
    identity: str
    article: Article
    site: str
    site_title: str
    first_url: str
    first_seen_at: datetime
    last_seen_at: datetime
    last_changed_at: datetime
    state: str
    files: tuple[StoredFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which articles are meant: of these sites (of all where none is named), dated by their page within these days.

    With a first or a last day, articles without a date are left out.
    """

    sites: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def is_everything(self) -> bool:
        return not (self.sites or self.since or self.until)

    def ids(self, db: Database) -> Iterator[int]:
        """The articles in the order in which they came into the mirror."""
        asked = {
            "site IN (SELECT value FROM json_each(?))": json.dumps(self.sites) if self.sites else None,
            "published_date >= ?": self.since.isoformat() if self.since else None,
            "published_date <= ?": self.until.isoformat() if self.until else None,
        }
        wanted = {condition: value for condition, value in asked.items() if value is not None}
        where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
        with named_faults():
            # This index has all that is asked, in the order that is asked for.
            rows = db.execute(
                f"SELECT id FROM articles INDEXED BY articles_ranked {where} ORDER BY id", list(wanted.values())
            )
        return (int(row[0]) for row in rows)


@contextmanager
def named_faults() -> Iterator[None]:
    """Say in one sentence what is wrong with a mirror that is older than this program, busy or damaged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if (fault := _fault(error)) is None:
            raise
        raise StoreError(fault) from error


def _fault(error: sqlite3.DatabaseError) -> str | None:
    """What the mirror's owner can do about it; None where the fault is not the mirror's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_ERROR and "no such" in str(error):
        return f"the mirror was made by an older version ({error}); the next crawl of any site upgrades it"
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"the mirror is held by another program ({error}); try again"
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}:
        return f"the mirror cannot be read to its end ({error}); `govnews verify` says what is damaged"
    return None


def newest_ids(db: Database, *, site: str | None, limit: int, offset: int) -> list[int]:
    """The articles that came last into the mirror, newest first."""
    where, values = ("WHERE site = ?", [site]) if site else ("", [])
    with named_faults():
        rows = db.execute(
            f"SELECT id FROM articles INDEXED BY articles_ranked {where} ORDER BY id DESC LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [int(row[0]) for row in rows]


def refuse_unknown_sites(db: Database, names: Sequence[str]) -> None:
    """Raise an UnknownSiteError that names the sites of the mirror when one of `names` is none of them."""
    held = [str(row[0]) for row in db.execute("SELECT id FROM sites ORDER BY id")]
    for name in names:
        if name not in held:
            raise UnknownSiteError(
                f"the mirror holds nothing of {name!r}; it holds: {', '.join(held) or 'no site yet'}"
            )


def stored_articles(db: Database, ids: Iterable[int]) -> Iterator[StoredArticle]:
    """The articles of these ids, in their order; ids that the mirror does not have are passed over.

    Raises:
        StoreError: a row holds what this program never writes.
    """
    rest = iter(ids)
    while some := list(islice(rest, BATCH)):
        parts = _Parts(db, some)
        for article in some:
            if (row := _row_of(db, article)) is not None:
                yield _stored(row, parts)


def _row_of(db: Database, article: int) -> Mapping[str, Any] | None:
    cursor = db.execute(_ARTICLE, [article])
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None


class _Parts:
    """Tags, pictures, attachments and rules of a batch of articles, by article, in the order of the page."""

    def __init__(self, db: Database, ids: Sequence[int]) -> None:
        self._db = db
        self._ids = json.dumps(ids)
        self.tags = self._by_article(
            "SELECT article, name FROM article_tags JOIN tags ON tags.id = tag "
            "WHERE article IN (SELECT value FROM json_each(?)) ORDER BY article, article_tags.rowid"
        )
        self.images = self._by_article(
            "SELECT article, url, caption, credit FROM images "
            "WHERE article IN (SELECT value FROM json_each(?)) AND position IS NOT NULL ORDER BY article, position"
        )
        self.files = self._by_article(
            "SELECT article, url, label, filename, state, attachments.sha256, path, mime, bytes FROM attachments "
            "LEFT JOIN files ON files.sha256 = attachments.sha256 "
            "WHERE article IN (SELECT value FROM json_each(?)) AND position IS NOT NULL ORDER BY article, position"
        )
        self.rules = self._by_article(
            "SELECT article, field, rule FROM article_fields "
            "WHERE article IN (SELECT value FROM json_each(?)) ORDER BY article, field"
        )

    def _by_article(self, sql: str) -> Mapping[int, Sequence[Any]]:
        found = defaultdict(list)
        for article, *columns in self._db.execute(sql, [self._ids]):
            found[article].append(columns)
        return found


def _stored(row: Mapping[str, Any], parts: _Parts) -> StoredArticle:
    number = int(row["id"])
    files = tuple(StoredFile(**dict(zip(_FILE, columns, strict=True))) for columns in parts.files.get(number, ()))
    try:
        return StoredArticle(
            id=number,
            identity=row["identity"],
            article=_article(row, parts, files),
            site=row["site"],
            site_title=row["site_title"],
            first_url=row["first_url"] or row["url"],
            first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
            last_seen_at=datetime.fromisoformat(row["last_seen_at"]),
            last_changed_at=datetime.fromisoformat(row["last_changed_at"]),
            state=row["state"],
            files=files,
        )
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"article {number} ({row['url']}) has a value that govnews never writes ({error}); see `govnews verify`"
        ) from error


_FILE = ("url", "label", "filename", "state", "sha256", "path", "mime", "bytes")


def _article(row: Mapping[str, Any], parts: _Parts, files: Sequence[StoredFile]) -> Article:
    number = row["id"]
    record = {name: row[name] for name in RECORD}
    return Article(
        **record
        | {
            "published_at": _page_date(row["published_at"]),
            "modified_at": _page_date(row["modified_at"]),
            "quality": float(row["quality"]),
        },
        url=row["url"],
        site=row["site"],
        tags=tuple(name for (name,) in parts.tags.get(number, ())),
        images=tuple(Image(url=url, caption=text, credit=by) for url, text, by in parts.images.get(number, ())),
        attachments=tuple(Attachment(url=file.url, label=file.label, filename=file.filename) for file in files),
        fields=dict(parts.rules.get(number, ())),
    )


def _page_date(text: str | None) -> PageDate | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
