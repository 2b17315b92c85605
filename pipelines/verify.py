"""Proves, without a network, that the mirror is what it was: files, archive, rows and the chain of runs."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar

from sqlite_utils import Database

from pipelines.errors import ArchiveError, StoreError
from pipelines.filerepair import FileRepair
from pipelines.manifest import broken_links, hash_in, head_of
from pipelines.partial import pieces_of, read_pieces
from pipelines.rowchecks import row_problems
from pipelines.timestamp import Seal, problem_of, seals
from pipelines.warcfile import open_payload
from pipelines.warcscan import DAMAGE, record_at

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

CHUNK = 1024 * 1024

_Row = TypeVar("_Row")

Progress = Callable[[int, int], None]
"""Told how many things were checked, of how many."""


class Kept(NamedTuple):
    """A capture that the archive holds."""

    id: int
    site: str
    url: str
    status: int
    payload: str | None
    warc: str
    offset: int
    length: int

    @property
    def names_a_place(self) -> bool:
        """Whether its values can be a place at all; another hand may have written anything there."""
        numbers = isinstance(self.offset, int) and isinstance(self.length, int)
        return numbers and self.offset >= 0 and self.length > 0 and _is_inside(self.warc)


class Stored(NamedTuple):
    """A file that lies under `files/`."""

    sha256: str
    path: str
    bytes: int

    @property
    def names_a_place(self) -> bool:
        return isinstance(self.sha256, str) and _is_inside(self.path)


_Placed = TypeVar("_Placed", Kept, Stored)


def _is_inside(path: object) -> bool:
    """Whether a path of a row leads into the output folder, and not to a device or somebody else's file."""
    if not isinstance(path, str) or "\0" in path:
        return False
    parts = PurePosixPath(path)
    return bool(parts.parts) and not parts.is_absolute() and ".." not in parts.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was checked and what is wrong, a sentence each."""

    files: int
    captures: int
    articles: int
    seals: int
    problems: tuple[str, ...]
    heads: tuple[tuple[str, str | None], ...] = ()
    """Each site with the hash of its newest finished run."""
    mended: tuple[str, ...] = ()
    """What was wrong and was made again, a sentence each."""

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify(
    db: Database,
    output: Path,
    *,
    roots: tuple[Certificate, ...] = (),
    repair: FileRepair | None = None,
    progress: Progress | None = None,
) -> Verified:
    """Check everything that the database says of the disk and of itself; reads every byte once.

    Args:
        db: the mirror.
        output: its folder.
        roots: the certificates that vouch for the signatures of the timestamps; without them only what is signed is
            compared with the chain.
        repair: makes files again that are damaged or missing; without it nothing is written.
        progress: is told how far it has come.
    """
    problems = list(_until_unreadable(_database_problems(db)))
    files = _placed(_read(problems, lambda: _stored_files(db)), problems)
    captures = _placed(_read(problems, lambda: _kept_captures(db)), problems)
    kept_seals = _read(problems, lambda: seals(db))
    total = len(files) + len(captures)
    mended: list[str] = []
    for done, file in enumerate(files, start=1):
        damage = _damage_of(output, file)
        if damage is not None:
            _mend_or_note(damage, repair, file, mended=mended, problems=problems)
        _tell(progress, done, total)
    missing = _missing_warcs(output, captures)
    problems += [f"{warc}: is not there; {number} captures lie in it" for warc, number in missing.items()]
    for done, capture in enumerate(captures, start=len(files) + 1):
        if capture.warc not in missing:
            problems += _capture_problems(output, capture)
        _tell(progress, done, total)
    problems += _until_unreadable(_other_record_problems(db, output, captures))
    problems += _until_unreadable(_joined_problems(db, output))
    problems += _until_unreadable(row_problems(db))
    problems += _until_unreadable(_chain_problems(db))
    problems += _until_unreadable(_seal_problems(db, kept_seals, roots))
    counted = _read(problems, lambda: db.execute("SELECT count(*) FROM articles").fetchall())
    return Verified(
        files=len(files),
        captures=len(captures),
        articles=counted[0][0] if counted else 0,
        seals=len(kept_seals),
        heads=tuple(_read(problems, lambda: _heads(db))),
        problems=tuple(dict.fromkeys(problems)),
        mended=tuple(mended),
    )


def _kept_captures(db: Database) -> list[Kept]:
    rows = db.execute(
        "SELECT id, site, url, status, payload_sha256, warc, offset, length FROM captures WHERE warc IS NOT NULL "
        "ORDER BY warc, offset"
    )
    return [Kept(*row) for row in rows.fetchall()]


def _stored_files(db: Database) -> list[Stored]:
    return [Stored(*row) for row in db.execute("SELECT sha256, path, bytes FROM files ORDER BY path").fetchall()]


def _placed(rows: Sequence[_Placed], problems: list[str]) -> Sequence[_Placed]:
    """The rows whose bytes can be looked for; in the others another hand has written what is no place at all."""
    for row in rows:
        if not row.names_a_place:
            what = f"capture {row.id} ({row.url})" if isinstance(row, Kept) else f"file {row.sha256}"
            problems.append(f"{what}: its row names no place where its bytes could lie")
    return [row for row in rows if row.names_a_place]


def _heads(db: Database) -> list[tuple[str, str | None]]:
    return [(site, head_of(db, site)) for (site,) in db.execute("SELECT id FROM sites ORDER BY id").fetchall()]


def _read(problems: list[str], query: Callable[[], list[_Row]]) -> list[_Row]:
    """What a query finds; nothing, and one problem more, where the database is damaged."""
    try:
        return query()
    except sqlite3.DatabaseError as error:
        problems.append(_unreadable(error))
    except StoreError as error:
        problems.append(str(error))
    return []


def _until_unreadable(problems: Iterator[str]) -> Iterator[str]:
    """The problems up to where the database itself is damaged, which is one too."""
    try:
        yield from problems
    except sqlite3.DatabaseError as error:
        yield _unreadable(error)


def _unreadable(error: sqlite3.DatabaseError) -> str:
    return f"mirror.db: a part of it cannot be read ({error}), so not everything could be checked"


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _database_problems(db: Database) -> Iterator[str]:
    for (what,) in db.execute("PRAGMA integrity_check").fetchall():
        if what != "ok":
            yield f"mirror.db: {what}"
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        yield f"mirror.db: row {row} of {table} refers to a row of {parent} that is not there"


@dataclass(frozen=True, slots=True)
class _Damage:
    """What is wrong with a file; bytes that only we may not read could be the right ones, and are left alone."""

    what: str
    may_be_replaced: bool = True


def _damage_of(output: Path, file: Stored) -> _Damage | None:
    try:
        with (output / file.path).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except (PermissionError, IsADirectoryError) as error:
        return _Damage(f"{file.path}: cannot be read ({error.strerror})", may_be_replaced=False)
    except OSError as error:
        return _Damage(f"{file.path}: cannot be read ({error.strerror})")
    if found != file.sha256:
        return _Damage(f"{file.path}: its bytes are not what was stored ({file.bytes} bytes were; hash {found[:12]}…)")
    return None


def _mend_or_note(
    damage: _Damage, repair: FileRepair | None, file: Stored, *, mended: list[str], problems: list[str]
) -> None:
    if repair is None or not damage.may_be_replaced:
        problems.append(damage.what)
        return
    try:
        mended.append(f"{damage.what}; made again from {repair.mend(file.sha256, file.path)}")
    except ArchiveError as error:
        problems.append(f"{damage.what}; it cannot be made again: {error}")


def _missing_warcs(output: Path, captures: Sequence[Kept]) -> Mapping[str, int]:
    """How many captures lie in each file of the archive that is not there."""
    numbers = Counter(capture.warc for capture in captures)
    return {warc: number for warc, number in numbers.items() if not (output / warc).is_file()}


def _capture_problems(output: Path, capture: Kept) -> Iterator[str]:
    where = f"{capture.warc} at {capture.offset} (capture {capture.id})"
    digest = hashlib.sha256()
    try:
        with open_payload(output, capture.warc, capture.offset) as record:
            url, status = record.fields["WARC-Target-URI"], record.status
            while chunk := record.payload.read(CHUNK):
                digest.update(chunk)
    except ArchiveError as error:
        yield f"capture {capture.id} ({capture.url}): {error}"
        return
    if (url, status) != (capture.url, capture.status):
        yield f"{where}: holds {status} {url}, the database says {capture.status} {capture.url}"
    elif capture.payload and capture.status != 304 and digest.hexdigest() != capture.payload:
        yield f"{where}: the payload of {capture.url} is not what was received"


def _other_record_problems(db: Database, output: Path, captures: Sequence[Kept]) -> Iterator[str]:
    """The records between those of the captures (requests, `warcinfo`) are whole too.

    What stands behind the last capture of a file may be half written while a run of its site is open.
    """
    open_sites = {row[0] for row in db.execute("SELECT DISTINCT site FROM runs WHERE finished_at IS NULL").fetchall()}
    for warc, group in groupby(captures, key=attrgetter("warc")):
        of_file = list(group)
        ends = {capture.offset: capture.offset + capture.length for capture in of_file}
        try:
            with (output / warc).open("rb") as file:
                damaged = list(_damaged_places(file, warc, ends))
        except OSError:
            continue  # each of its captures says so
        last = max(ends)
        yield from (
            f"{warc} at {place}: a record that belongs to no capture is damaged ({what})"
            for place, what in damaged
            if place < last or of_file[0].site not in open_sites
        )


def _damaged_places(file: BinaryIO, warc: str, ends: Mapping[int, int]) -> Iterator[tuple[int, str]]:
    """Where records that are not in `ends` (offset and end of the known ones) cannot be read, and why."""
    size = file.seek(0, os.SEEK_END)
    position = 0
    while position < size:
        if position in ends:
            position = max(ends[position], position + 1)
            continue
        try:
            position = record_at(file, warc, position).end
        except DAMAGE as error:
            yield position, str(error)
            position = min((offset for offset in ends if offset > position), default=size)


def _joined_problems(db: Database, output: Path) -> Iterator[str]:
    """A file that came in pieces is the records of these pieces, one after another."""
    named = " UNION ".join(f"SELECT sha256, capture FROM {table}" for table in ("files", "attachments", "images"))
    rows = db.execute(
        f"SELECT sha256, path, captures.id FROM ({named}) AS named JOIN files USING (sha256) "
        "JOIN captures ON captures.id = named.capture WHERE status = 206 ORDER BY path, captures.id"
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


def _chain_problems(db: Database) -> Iterator[str]:
    for (site,) in db.execute("SELECT id FROM sites ORDER BY id").fetchall():
        yield from (f"{site}: {problem}" for problem in broken_links(db, site))


def _seal_problems(db: Database, kept: Sequence[Seal], roots: tuple[Certificate, ...]) -> Iterator[str]:
    """A timestamp holds where it is of the hash that its run still has, and is signed by whom we trust."""
    for seal in kept:
        manifest = db.execute("SELECT manifest FROM runs WHERE id = ?", [seal.run]).fetchone()[0]
        what = f"{seal.site}: the timestamp of run {seal.run} by {seal.authority}"
        if hash_in(manifest) != seal.manifest:
            yield f"{what}: the run has another hash now than the one that was sealed"
            continue
        try:
            problem = problem_of(seal, roots)
        except StoreError as error:  # what else is wrong is worth saying without the library, too
            problem = f"it could not be checked: {error}"
        if problem is not None:
            yield f"{what}: {problem}"
