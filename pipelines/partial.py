"""Goes on with a file whose answer broke off: what is there of it, and the whole that it makes with the rest.

The pieces are records of the archive. The first is an answer with status 200 that broke off; every further one is a
`206` (RFC 9110, section 15.3.7) whose capture says in `continues` which one it goes on from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from pipelines.answerhead import first_header
from pipelines.errors import ArchiveError
from pipelines.settlement import BROKEN, PASSING
from pipelines.warcreader import open_payload

MOST_PIECES = 1000
"""A file in more pieces than this is fetched anew. (So many that each are worth a try make a gigabyte.)"""

_TROUBLE = PASSING - {416}
"""Statuses that say nothing of the file. (416 does: it has become shorter than what we have of it.)"""

_CHUNK = 1024 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")

Piece = tuple[str, int]
"""A record of the archive: the path of its WARC file, relative to the output folder, and its offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """The beginning of a file, `size` bytes of it, and what the server called this version of the file."""

    capture: int
    size: int
    total: int | None
    """The size of the whole file as its first answer announced it; None where it did not."""
    etag: str | None
    last_modified: str | None
    pieces: tuple[Piece, ...]

    @property
    def validator(self) -> str | None:
        """A strong ETag, else the Last-Modified date; None where neither is known.

        With it in `If-Range` the server sends the rest of this version, or the whole of a newer one.
        """
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    @property
    def request_headers(self) -> dict[str, str]:
        """What asks for the rest. Only bytes without a content coding can be gone on with."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator or "", "Accept-Encoding": "identity"}

    def is_continued_by(self, part: Part) -> bool:
        """Whether a part starts where we stopped, and is of the same version as far as its answer says."""
        return part.start == self.size and self._is_of_version(part)

    def _is_of_version(self, part: Part) -> bool:
        if None not in {self.total, part.total} and self.total != part.total:
            return False  # whatever name it goes by: there are servers that do not heed `If-Range`
        if self.etag and part.etag:
            return self.etag == part.etag
        return part.last_modified in {None, self.last_modified}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a `206` says of the bytes that it brings (RFC 9110, section 14.4)."""

    start: int
    end: int
    """The place behind the last byte."""
    total: int | None
    """The size of the file; None where the server does not know it."""
    etag: str | None
    last_modified: str | None

    def ends_the_file(self, size: int) -> bool:
        """Whether the file ends with this part, of which so many bytes came."""
        return self.start + size == (self.end if self.total is None else self.total)


def part_of(content_range: str | None, *, etag: str | None, last_modified: str | None) -> Part | None:
    """What the headers of a `206` say; None where they do not say which bytes came."""
    said = _CONTENT_RANGE.fullmatch((content_range or "").strip())
    if said is None:
        return None
    total = None if said[3] == "*" else int(said[3])
    return Part(start=int(said[1]), end=int(said[2]) + 1, total=total, etag=etag, last_modified=last_modified)


def find_partial(db: Database, output: Path, site: str, url: str, *, good: int | None = None) -> Partial | None:
    """What can be gone on with at an address: its newest answer, if it broke off; None where nothing can.

    A server that was in trouble in between has said nothing of the file.
    `good` is the capture of the link's last good answer: there is nothing to go on with if that is the newest.
    """
    newest = db.execute(
        f"SELECT max(id) FROM captures WHERE url = ? AND site = ? AND status NOT IN ({', '.join(map(str, _TROUBLE))})",
        [url, site],
    ).fetchone()[0]
    if newest is None or newest == good:
        return None
    chain = _chain(db, newest)
    if chain is None:
        return None
    pieces = tuple(piece.place for piece in chain)
    try:
        total = _announced_size(output, pieces[0])
        size = sum(_payload_size(output, piece) for piece in pieces)
    except ArchiveError:
        return None  # a damaged beginning is worth nothing; `verify` is who says so
    first = chain[0]
    partial = Partial(
        capture=newest, size=size, total=total, etag=first.etag, last_modified=first.last_modified, pieces=pieces
    )
    return partial if size and partial.validator else None


def pieces_of(db: Database, capture: int) -> Sequence[Piece]:
    """The records that make the file which ended with this capture, the first piece first."""
    return [piece.place for piece in _chain(db, capture) or ()]


def read_pieces(output: Path, pieces: Sequence[Piece]) -> Iterator[bytes]:
    """The bytes of the pieces one after another.

    Raises:
        ArchiveError: a piece is not there or damaged.
    """
    for warc, offset in pieces:
        with open_payload(output, warc, offset) as record:
            yield from _chunks(record.payload)


def join(output: Path, partial: Partial, rest: Path) -> tuple[Path, str]:
    """Put the beginning before the rest; returns the file and its SHA-256. `rest` is gone afterwards.

    Raises:
        ArchiveError: a piece cannot be read, or the disk does not take the whole.
    """
    whole, digest = rest.with_name(f"{rest.name}.whole"), hashlib.sha256()
    try:
        with whole.open("xb") as file, rest.open("rb") as end:
            for source in (read_pieces(output, partial.pieces), _chunks(end)):
                for chunk in source:
                    digest.update(chunk)
                    file.write(chunk)
    except OSError as error:
        whole.unlink(missing_ok=True)
        raise ArchiveError(f"{whole}: the pieces of a file cannot be joined: {error.strerror or error}") from error
    rest.unlink()
    return whole, digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """A capture that may be a piece."""

    place: Piece
    etag: str | None
    last_modified: str | None


def _chain(db: Database, capture: int) -> list[_Answered] | None:
    """The pieces up to a capture, the first one first; None where they make no beginning of a file."""
    chain: list[_Answered] = []
    at: int | None = capture
    while at is not None and len(chain) < MOST_PIECES:
        row = db.execute(
            "SELECT status, truncated, continues, warc, offset, etag, last_modified, payload_sha256 = body_sha256 "
            "FROM captures WHERE id = ?",
            [at],
        ).fetchone()
        if row is None:  # a row that was taken away
            return None
        status, truncated, at, warc, offset, etag, last_modified, is_plain = row
        is_piece = (status == 206 and at is not None) or (status == 200 and truncated in BROKEN)
        if not is_piece or not is_plain or warc is None:
            return None
        chain.insert(0, _Answered(place=(warc, offset), etag=etag, last_modified=last_modified))
    return chain if at is None else None


def _announced_size(output: Path, piece: Piece) -> int | None:
    with open_payload(output, *piece) as record:
        said = first_header(record.headers, b"content-length") or b""
        return int(said) if said.isdigit() and len(said) < 19 else None


def _payload_size(output: Path, piece: Piece) -> int:
    with open_payload(output, *piece) as record:
        return record.size


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")
