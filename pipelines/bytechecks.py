"""Reads every byte of a mirror again: files under `files/`, records under `warc/`, files joined from pieces."""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, TypeVar

from sqlite_utils import Database

from pipelines.errors import ArchiveError
from pipelines.partial import pieces_of, read_pieces
from pipelines.recovery import CLEAN
from pipelines.warcreader import open_payload
from pipelines.warcscan import DAMAGE, record_at

_CHUNK = 1024 * 1024


class Kept(NamedTuple):
    """A capture that the archive holds."""

    id: int
    url: str
    status: int
    payload: str | None
    warc: str
    offset: int
    length: int
    record_id: str

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


def kept_captures(db: Database) -> list[Kept]:
    rows = db.execute(
        "SELECT id, url, status, payload_sha256, warc, offset, length, record_id FROM captures "
        "WHERE warc IS NOT NULL ORDER BY warc, offset"
    )
    return [Kept(*row) for row in rows.fetchall()]


def stored_files(db: Database) -> list[Stored]:
    return [Stored(*row) for row in db.execute("SELECT sha256, path, bytes FROM files ORDER BY path").fetchall()]


def placed(rows: Sequence[_Placed], problems: list[str]) -> Sequence[_Placed]:
    """The rows whose bytes can be looked for; in the others another hand has written what is no place at all."""
    for row in rows:
        if not row.names_a_place:
            what = f"capture {row.id} ({row.url})" if isinstance(row, Kept) else f"file {row.sha256}"
            problems.append(f"{what}: its row names no place where its bytes could lie")
    return [row for row in rows if row.names_a_place]


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file; bytes that only we may not read could be the right ones, and are left alone."""

    what: str
    may_be_replaced: bool = True


def damage_of(output: Path, file: Stored) -> Damage | None:
    try:
        with (output / file.path).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except (PermissionError, IsADirectoryError) as error:
        return Damage(f"{file.path}: cannot be read ({error.strerror})", may_be_replaced=False)
    except OSError as error:
        return Damage(f"{file.path}: cannot be read ({error.strerror})")
    if found != file.sha256:
        return Damage(f"{file.path}: its bytes are not what was stored ({file.bytes} bytes were; hash {found[:12]}…)")
    return None


def missing_warcs(output: Path, captures: Sequence[Kept]) -> Mapping[str, int]:
    """How many captures lie in each file of the archive that is not there."""
    numbers = Counter(capture.warc for capture in captures)
    return {warc: number for warc, number in numbers.items() if not (output / warc).is_file()}


def capture_problems(output: Path, capture: Kept) -> Iterator[str]:
    where = f"{capture.warc} at {capture.offset} (capture {capture.id})"
    digest = hashlib.sha256()
    try:
        with open_payload(output, capture.warc, capture.offset) as record:
            url, status, record_id = record.fields["WARC-Target-URI"], record.status, record.fields["WARC-Record-ID"]
            while chunk := record.payload.read(_CHUNK):
                digest.update(chunk)
    except ArchiveError as error:
        yield f"capture {capture.id} ({capture.url}): {error}"
        return
    if (url, status) != (capture.url, capture.status):
        yield f"{where}: holds {status} {url}, the database says {capture.status} {capture.url}"
    elif record_id != capture.record_id:
        yield f"{where}: holds the record {record_id}, the database says {capture.record_id}"
    elif capture.payload and capture.status != 304 and digest.hexdigest() != capture.payload:
        yield f"{where}: the payload of {capture.url} is not what was received"


def settled_runs(db: Database) -> Mapping[str, int]:
    """The newest run of each site whose newest run came to its end: every answer in its archive has a row."""
    rows = db.execute("SELECT site, outcome, max(id) FROM runs GROUP BY site").fetchall()
    return {site: run for site, outcome, run in rows if outcome in CLEAN}


def other_record_problems(
    db: Database, output: Path, captures: Sequence[Kept], settled: Mapping[str, int]
) -> Iterator[str]:
    """The records that belong to no capture (requests, `warcinfo`) are whole, and no answer is among them.

    `settled` is what `settled_runs` said before the captures were looked up. Of a site that has been crawled since, or
    whose crawl was killed, answers may lie in the archive whose rows are not known, or still to come; and what stands
    behind the last capture of a file may be half written.
    """
    quiet = {site for site, run in settled_runs(db).items() if settled.get(site) == run}
    known: dict[str, dict[int, int]] = defaultdict(dict)
    for capture in captures:
        known[capture.warc][capture.offset] = capture.offset + capture.length
    for path in sorted((output / "warc").glob("*/*.warc.gz")):
        warc, is_quiet = path.relative_to(output).as_posix(), path.parent.name in quiet
        if warc in known:
            yield from _problems_between(path, warc, known[warc], is_quiet=is_quiet)
        elif is_quiet:
            yield f"{warc}: no capture lies in it; its rows were taken away, or it belongs to another mirror"


def _problems_between(path: Path, warc: str, ends: Mapping[int, int], *, is_quiet: bool) -> Iterator[str]:
    last = max(ends)
    try:
        with path.open("rb") as file:
            for place, damage in _other_places(file, warc, ends):
                if damage is not None and (is_quiet or place < last):
                    yield f"{warc} at {place}: a record that belongs to no capture is damaged ({damage})"
                elif damage is None and is_quiet:
                    yield f"{warc} at {place}: an answer that no capture knows; its row was taken away"
    except OSError:
        return  # each of its captures says so


def _other_places(file: BinaryIO, warc: str, ends: Mapping[int, int]) -> Iterator[tuple[int, str | None]]:
    """Where beside the records in `ends` (offset and end of each) an answer stands, or a damaged record and how."""
    size = file.seek(0, os.SEEK_END)
    position = 0
    while position < size:
        if position in ends:
            position = max(ends[position], position + 1)
            continue
        try:
            record = record_at(file, warc, position)
        except DAMAGE as error:
            yield position, str(error)
            position = min((offset for offset in ends if offset > position), default=size)
            continue
        if record.kind in {"response", "revisit"}:
            yield position, None
        position = record.end


def joined_problems(db: Database, output: Path) -> Iterator[str]:
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
