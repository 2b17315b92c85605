"""Single records of our WARC files, found by their offset: where they end, and what their WARC header says."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader

DAMAGE = (zlib.error, EOFError, ArchiveLoadFailed)
"""What the functions here raise where there is no sound record."""

_PIECE = 1024 * 1024
_READ = 16 * 1024
_HEAD = 64 * 1024
"""Bytes of a record that hold its WARC header."""
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a WARC file, where it lies, and the fields of its WARC header."""

    warc: str
    offset: int
    length: int
    fields: Mapping[str, str]

    @property
    def end(self) -> int:
        return self.offset + self.length

    @property
    def id(self) -> str:
        return self.fields["WARC-Record-ID"]

    @property
    def kind(self) -> str | None:
        return self.fields.get("WARC-Type")


def record_at(file: BinaryIO, warc: str, offset: int) -> Record:
    """The record at an offset; its member is unpacked to the end, which is the only way to know where that is."""
    begin, end = b"", offset
    for piece, end in unpacked(file, offset):  # noqa: B007  # the last `end` is the end of the member
        begin += piece[: _HEAD - len(begin)]
    return Record(warc=warc, offset=offset, length=end - offset, fields=_fields(begin))


def fields_at(file: BinaryIO, offset: int) -> Mapping[str, str]:
    """The WARC header of the record at an offset; no more of the record than that is unpacked."""
    begin = b""
    for piece, _ in unpacked(file, offset, at_most=_HEAD):
        begin += piece
        if b"\r\n\r\n" in begin or len(begin) >= _HEAD:
            break
    return _fields(begin)


def block_of(file: BinaryIO, record: Record) -> bytes:
    """The block of a small record, as a request is."""
    _, _, block = b"".join(piece for piece, _ in unpacked(file, record.offset)).partition(b"\r\n\r\n")
    return block[: int(record.fields["Content-Length"])]


def block_digest(file: BinaryIO, record: Record) -> str:
    """What `WARC-Block-Digest` of a record ought to say; the block may be of any size."""
    pieces = (piece for piece, _ in unpacked(file, record.offset))
    begin = b""
    while b"\r\n\r\n" not in begin and (piece := next(pieces, None)) is not None:
        begin += piece
    length = record.fields.get("Content-Length", "")
    left = int(length) if is_number(length) else 0
    digest = hashlib.sha256()
    for piece in chain([begin.partition(b"\r\n\r\n")[2]], pieces):
        digest.update(piece[:left])
        left -= min(left, len(piece))
    return f"sha256:{digest.hexdigest()}"


def is_number(text: str | bytes) -> bool:
    """Whether a text is a number as a file may be long; Python refuses to read one of thousands of digits."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def unpacked(file: BinaryIO, offset: int, *, at_most: int = _PIECE) -> Iterator[tuple[bytes, int]]:
    """(piece, where reading stands) of the gzip member at an offset; the last place is the member's end."""
    file.seek(offset)
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    while not unpacker.eof:
        packed = unpacker.unconsumed_tail or file.read(_READ)
        piece = unpacker.decompress(packed, at_most)
        if not packed and not piece:
            raise EOFError("it ends in the middle")
        yield piece, file.tell() - len(unpacker.unused_data)


def _fields(begin: bytes) -> Mapping[str, str]:
    record = ArcWarcRecordLoader().parse_record_stream(BytesIO(begin), known_format="warc", no_record_parse=True)
    return dict(record.rec_headers.headers)
