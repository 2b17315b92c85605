"""Proves, without a network, that the mirror is what it was: files, archive, rows and the chain of runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlite_utils import Database

from pipelines.errors import ArchiveError
from pipelines.manifest import broken_links
from pipelines.partial import pieces_of, read_pieces
from pipelines.timestamp import Seal, problem_of, seals
from pipelines.warcfile import open_payload

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

CHUNK = 1024 * 1024

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
    seals: int
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify(
    db: Database, output: Path, *, roots: tuple[Certificate, ...] = (), progress: Progress | None = None
) -> Verified:
    """Check everything that the database says of the disk and of itself; reads every byte once.

    `roots` are the certificates that vouch for the signatures of the timestamps; without them only what is signed is
    compared with the chain.
    """
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
    problems += _joined_problems(db, output)
    problems += _article_problems(db)
    for (site,) in db.execute("SELECT id FROM sites ORDER BY id").fetchall():
        problems += [f"{site}: {problem}" for problem in broken_links(db, site)]
    kept_seals = seals(db)
    problems += _seal_problems(db, kept_seals, roots)
    articles = int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    return Verified(
        files=len(files), captures=len(captures), articles=articles, seals=len(kept_seals), problems=tuple(problems)
    )


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
    digest = hashlib.sha256()
    try:
        with open_payload(output, capture.warc, capture.offset) as record:
            url, status = record.fields["WARC-Target-URI"], record.status
            while chunk := record.payload.read(CHUNK):
                digest.update(chunk)
    except ArchiveError as error:
        yield f"{where}: {error}"
        return
    if (url, status) != (capture.url, capture.status):
        yield f"{where}: holds {status} {url}, the database says {capture.status} {capture.url}"
    elif capture.payload and capture.status != 304 and digest.hexdigest() != capture.payload:
        yield f"{where}: the payload of {capture.url} is not what was received"


def _joined_problems(db: Database, output: Path) -> Iterator[str]:
    """A file that came in pieces is the records of these pieces, one after another."""
    rows = db.execute(
        "SELECT sha256, path, capture FROM files JOIN captures ON captures.id = files.capture WHERE status = 206 "
        "ORDER BY path"
    )
    for sha256, path, capture in rows.fetchall():
        digest = hashlib.sha256()
        try:
            for chunk in read_pieces(output, pieces_of(db, capture)):
                digest.update(chunk)
        except ArchiveError as error:
            yield f"{path}: {error}"
            continue
        if digest.hexdigest() != sha256:
            yield f"{path}: the pieces that it was joined from (up to capture {capture}) do not make it any more"


def _seal_problems(db: Database, kept: Sequence[Seal], roots: tuple[Certificate, ...]) -> Iterator[str]:
    """A timestamp holds where it is of the hash that its run still has, and is signed by whom we trust."""
    for seal in kept:
        manifest = db.execute("SELECT manifest FROM runs WHERE id = ?", [seal.run]).fetchone()[0]
        what = f"{seal.site}: the timestamp of run {seal.run} by {seal.authority}"
        if manifest is None or json.loads(manifest)["sha256"] != seal.manifest:
            yield f"{what}: the run has another hash now than the one that was sealed"
        elif (problem := problem_of(seal, roots)) is not None:
            yield f"{what}: {problem}"


def _article_problems(db: Database) -> Iterator[str]:
    """An article is the last revision of its newest capture; one that differs was changed by another hand."""
    rows = db.execute(
        "SELECT articles.id, articles.url FROM articles LEFT JOIN article_revisions AS latest ON latest.article = "
        "articles.id AND number = (SELECT number FROM article_revisions JOIN captures ON captures.id = capture "
        "WHERE article = articles.id ORDER BY fetched_at DESC, number DESC LIMIT 1) "
        "WHERE latest.article IS NULL OR (articles.title, articles.lead, articles.body, articles.published_at, "
        "articles.author, articles.content_sha256) IS NOT (latest.title, latest.lead, latest.body, "
        "latest.published_at, latest.author, latest.content_sha256)"
    )
    for number, url in rows.fetchall():
        yield f"article {number} ({url}): differs from its newest revision"
