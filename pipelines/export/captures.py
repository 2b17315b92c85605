"""Which captures go into an archive that is copied out, file by file, in the order of the WARC files.

Of whole sites everything goes along: listings, robots.txt, errors. Of a period what belongs to its articles: their
pages at every address, their attachments and pictures, with the redirects in between. In both cases the records that
a chosen `revisit` refers to go along too, whichever site they are of, for without them it has no payload.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from sqlite_utils import Database

from pipelines.errors import ArchiveError
from pipelines.storedarticles import Selection
from pipelines.warcscan import DAMAGE, fields_at

_FILES_OF_ARTICLES = """
    SELECT url FROM attachments WHERE article IN (SELECT id FROM chosen_articles) UNION
    SELECT url FROM images WHERE article IN (SELECT id FROM chosen_articles) UNION
    SELECT links.url FROM attachments JOIN links ON links.id = attachments.link
    WHERE attachments.article IN (SELECT id FROM chosen_articles) UNION
    SELECT links.url FROM images JOIN links ON links.id = images.link
    WHERE images.article IN (SELECT id FROM chosen_articles)
"""
_PAGES_OF_ARTICLES = "SELECT url FROM article_urls WHERE article IN (SELECT id FROM chosen_articles)"


TOGETHER = 1000
"""Captures that are looked at together; of a large site there may be millions."""


class Captured(NamedTuple):
    """A capture whose record goes along."""

    id: int
    method: str
    status: int
    mime: str | None
    payload_sha256: str | None
    warc: str
    offset: int
    length: int
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFile:
    """A WARC file of which `number` records go along; `is_whole` says that all do that the database knows."""

    db: Database
    warc: str
    number: int
    is_whole: bool

    def captures(self) -> Iterator[Captured]:
        """Its chosen captures in the order of their records; a file may hold a million, so they are never a list."""
        return self._captures("ASC")

    def last(self) -> Captured:
        return next(self._captures("DESC"))

    def _captures(self, order: str) -> Iterator[Captured]:
        columns = ", ".join(f"captures.{name}" for name in Captured._fields)
        rows = self.db.execute(
            f"SELECT {columns} FROM placed JOIN captures ON captures.id = placed.capture "
            f"WHERE placed.warc = ? ORDER BY placed.offset {order}",
            [self.warc],
        )
        return (Captured(*row) for row in rows)


def choose_captures(db: Database, output: Path, selection: Selection) -> None:
    """Fill the temporary table `chosen` with the ids of the captures; it lives as long as the transaction."""
    db.execute("CREATE TEMP TABLE chosen (capture INTEGER PRIMARY KEY, is_followed INTEGER NOT NULL DEFAULT 0)")
    db.execute("CREATE INDEX temp.chosen_unfollowed ON chosen(capture) WHERE is_followed = 0")
    if selection.since or selection.until:
        _choose_by_articles(db, selection)
    else:
        where = "AND site IN (SELECT value FROM json_each(?))" if selection.sites else ""
        db.execute(
            f"INSERT INTO chosen (capture) SELECT id FROM captures WHERE warc IS NOT NULL {where}",
            [json.dumps(selection.sites)] if selection.sites else [],
        )
    if not selection.is_everything:
        with _Headers(output) as headers:
            while _follow_revisits(db, headers):
                pass


def chosen_files(db: Database) -> Iterator[ChosenFile]:
    """The WARC files of which something was chosen, in order."""
    db.execute("CREATE TEMP TABLE placed (warc TEXT, offset INTEGER, capture INTEGER, PRIMARY KEY (warc, offset))")
    db.execute(
        "INSERT OR IGNORE INTO placed SELECT warc, offset, id FROM chosen JOIN captures ON captures.id = chosen.capture"
    )
    known: Mapping[str, int] = dict(
        db.execute("SELECT warc, count(*) FROM captures WHERE warc IS NOT NULL GROUP BY warc").fetchall()
    )
    for warc, number in db.execute("SELECT warc, count(*) FROM placed GROUP BY warc ORDER BY warc").fetchall():
        yield ChosenFile(db=db, warc=warc, number=number, is_whole=number == known[warc])


def _choose_by_articles(db: Database, selection: Selection) -> None:
    db.execute("CREATE TEMP TABLE chosen_articles (id INTEGER PRIMARY KEY)")
    db.conn.executemany("INSERT INTO chosen_articles VALUES (?)", ((article,) for article in selection.ids(db)))
    db.execute("CREATE TEMP TABLE asked (url TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute(f"INSERT OR IGNORE INTO asked {_PAGES_OF_ARTICLES} UNION {_FILES_OF_ARTICLES}")
    while _more(db, "SELECT captures.id FROM captures JOIN asked ON asked.url = captures.url WHERE warc IS NOT NULL"):
        db.execute(
            "INSERT OR IGNORE INTO asked SELECT redirect_to FROM chosen JOIN captures ON captures.id = chosen.capture "
            "WHERE redirect_to IS NOT NULL"
        )
        db.execute(
            "INSERT OR IGNORE INTO asked SELECT captures.url FROM asked JOIN captures ON redirect_to = asked.url"
        )


def _more(db: Database, captures: str) -> bool:
    """Add captures; whether any of them was new."""
    cursor = db.execute(f"INSERT OR IGNORE INTO chosen (capture) {captures}")
    return cursor.rowcount > 0


class _Headers:
    """The WARC headers of records in an output folder; the last file is kept open."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._open = ExitStack()
        self._file: BinaryIO | None = None
        self._warc = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def at(self, warc: str, offset: int) -> Mapping[str, str]:
        with named_damage(warc, offset):
            return fields_at(self._opened(warc), offset)

    def _opened(self, warc: str) -> BinaryIO:
        if self._file is None or warc != self._warc:
            self._open.close()
            self._file = self._open.enter_context((self._output / warc).open("rb"))
            self._warc = warc
        return self._file


@contextmanager
def named_damage(warc: str, offset: int) -> Iterator[None]:
    """Say in one sentence which record of which file cannot be read."""
    try:
        yield
    except (*DAMAGE, OSError, KeyError, ValueError) as error:
        raise ArchiveError(
            f"{warc}: the record at byte {offset} cannot be read ({error}); `govnews verify` says what else is damaged"
        ) from error


def _follow_revisits(db: Database, headers: _Headers) -> bool:
    """Add what the revisits refer to that were not looked at yet; whether there was anything to look at."""
    rows = db.execute(
        "SELECT id, warc, offset, url, payload_sha256 FROM chosen JOIN captures ON captures.id = chosen.capture "
        "WHERE is_followed = 0 ORDER BY chosen.capture LIMIT ?",
        [TOGETHER],
    ).fetchall()
    for capture, warc, offset, url, payload in rows:
        fields = headers.at(warc, offset)
        if "WARC-Refers-To" in fields:
            db.execute(
                "INSERT OR IGNORE INTO chosen (capture) SELECT id FROM captures "
                "WHERE (payload_sha256 = ?1 OR url IN (?2, ?3)) AND record_id = ?4 AND warc IS NOT NULL",
                [payload, url, fields.get("WARC-Refers-To-Target-URI"), fields["WARC-Refers-To"]],
            )
        db.execute("UPDATE chosen SET is_followed = 1 WHERE capture = ?", [capture])
    return bool(rows)
