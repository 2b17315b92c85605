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

from pipelines.errors import ArchiveError
from pipelines.settlement import BROKEN
from pipelines.warcfile import open_payload

MOST_PIECES = 100
"""A file in more pieces than this is fetched anew."""

_CHUNK = 1024 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")

Piece = tuple[str, int]
"""A record of the archive: the path of its WARC file, relative to the output folder, and its offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """The beginning of a file, `size` bytes of it.

    `validator` is what the server called this version of the file: a strong ETag, else the Last-Modified date. With
    it in `If-Range` the server sends the rest of this version, or the whole of a newer one.
    """

    capture: int
    size: int
    validator: str
    pieces: tuple[Piece, ...]

    @property
    def request_headers(self) -> dict[str, str]:
        """What asks for the rest. Only bytes without a content coding can be gone on with."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator, "Accept-Encoding": "identity"}

    def is_continued_by(self, content_range: str | None) -> bool:
        """Whether an answer with this `Content-Range` starts where we stopped."""
        said = _CONTENT_RANGE.match(content_range or "")
        return said is not None and int(said[1]) == self.size


def find_partial(db: Database, output: Path, site: str, url: str, *, good: int | None = None) -> Partial | None:
    """What can be gone on with at an address: its newest answer, if it broke off; None where nothing can.

    `good` is the capture of the link's last good answer: there is nothing to go on with if that is the newest.
    """
    newest = db.execute("SELECT max(id) FROM captures WHERE url = ? AND site = ?", [url, site]).fetchone()[0]
    if newest is None or newest == good:
        return None
    chain = _chain(db, newest)
    if chain is None:
        return None
    etag, last_modified = chain[0].etag, chain[0].last_modified
    validator = etag if etag and not etag.startswith("W/") else last_modified
    if validator is None:
        return None
    pieces = tuple(piece.place for piece in chain)
    try:
        size = sum(_payload_size(output, piece) for piece in pieces)
    except ArchiveError:
        return None  # a damaged beginning is worth nothing; `verify` is who says so
    return Partial(capture=newest, size=size, validator=validator, pieces=pieces) if size else None


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
        status, truncated, at, warc, offset, etag, last_modified, is_plain = row
        is_piece = (status == 206 and at is not None) or (status == 200 and truncated in BROKEN)
        if not is_piece or not is_plain or warc is None:
            return None
        chain.insert(0, _Answered(place=(warc, offset), etag=etag, last_modified=last_modified))
    return chain if at is None else None


def _payload_size(output: Path, piece: Piece) -> int:
    with open_payload(output, *piece) as record:
        return record.size


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")
