"""Proves, without a network, that the mirror is what it was: files, archive, rows and the chain of runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from pipelines.errors import ArchiveError
from pipelines.manifest import broken_links
from pipelines.warcfile import read_record

Progress = Callable[[int, int], None]
"""Told how many things were checked, of how many."""


class Kept(NamedTuple):
    """A capture that the archive holds."""

    id: int
    url: str
    status: int
    payload: str | None
    warc: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was checked and what is wrong, a sentence each."""

    files: int
    captures: int
    articles: int
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify(db: Database, output: Path, *, progress: Progress | None = None) -> Verified:
    """Check everything that the database says of the disk and of itself; reads every byte once."""
    files = db.execute("SELECT sha256, path, bytes FROM files ORDER BY path").fetchall()
    captures = [
        Kept(*row)
        for row in db.execute(
            "SELECT id, url, status, payload_sha256, warc, offset FROM captures WHERE warc IS NOT NULL "
            "ORDER BY warc, offset"
        )
    ]
    total = len(files) + len(captures)
    problems = list(_database_problems(db))
    for done, (sha256, path, size) in enumerate(files, start=1):
        problems += _file_problems(output, sha256, path, size)
        _tell(progress, done, total)
    for done, capture in enumerate(captures, start=len(files) + 1):
        problems += _capture_problems(output, capture)
        _tell(progress, done, total)
    problems += _article_problems(db)
    for (site,) in db.execute("SELECT id FROM sites ORDER BY id").fetchall():
        problems += [f"{site}: {problem}" for problem in broken_links(db, site)]
    articles = int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    return Verified(files=len(files), captures=len(captures), articles=articles, problems=tuple(problems))


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _database_problems(db: Database) -> Iterator[str]:
    for (what,) in db.execute("PRAGMA integrity_check").fetchall():
        if what != "ok":
            yield f"mirror.db: {what}"
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        yield f"mirror.db: row {row} of {table} refers to a row of {parent} that is not there"


def _file_problems(output: Path, sha256: str, path: str, size: int) -> Iterator[str]:
    file = output / path
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        yield f"{path}: cannot be read ({error.strerror})"
        return
    if found != sha256:
        yield f"{path}: its bytes are not what was stored ({size} bytes were; hash {found[:12]}…)"


def _capture_problems(output: Path, capture: Kept) -> Iterator[str]:
    where = f"{capture.warc} at {capture.offset} (capture {capture.id})"
    try:
        stored = read_record(output, capture.warc, capture.offset)
    except ArchiveError as error:
        yield f"{where}: {error}"
        return
    if (stored.url, stored.status) != (capture.url, capture.status):
        yield f"{where}: holds {stored.status} {stored.url}, the database says {capture.status} {capture.url}"
    elif capture.payload and capture.status != 304 and hashlib.sha256(stored.payload).hexdigest() != capture.payload:
        yield f"{where}: the payload of {capture.url} is not what was received"


def _article_problems(db: Database) -> Iterator[str]:
    """An article is its newest revision; one that differs was changed by another hand."""
    rows = db.execute(
        "SELECT articles.id, articles.url FROM articles LEFT JOIN article_revisions AS latest ON latest.article = "
        "articles.id AND number = (SELECT max(number) FROM article_revisions WHERE article = articles.id) "
        "WHERE latest.article IS NULL OR (articles.title, articles.lead, articles.body, articles.published_at, "
        "articles.author, articles.content_sha256) IS NOT (latest.title, latest.lead, latest.body, "
        "latest.published_at, latest.author, latest.content_sha256)"
    )
    for number, url in rows.fetchall():
        yield f"article {number} ({url}): differs from its newest revision"
