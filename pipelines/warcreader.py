"""Reads our WARC files: a record by its place, with one seek; its payload as a stream, checked at its end."""

from __future__ import annotations

import glob
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader

from pipelines.errors import ArchiveError
from pipelines.warcfile import SAME_PAYLOAD
from pipelines.warcscan import is_number

_NEEDED = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "Content-Length")
"""Fields that every record of an exchange has (WARC 1.1, section 5)."""

_FEW, _MANY = 8 * 1024, 64 * 1024
"""Packed bytes that are read at first, which hold most records, and then at once: a fifth less time for a long one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """A response as it was archived; names and values of `headers` are raw bytes, in order.

    Of a revisit record the head is its own and the payload that of the record it refers to. Of a record that a
    `304` made, the payload is empty.
    """

    url: str
    date: datetime
    record_type: str
    status: int
    reason: str
    headers: list[tuple[bytes, bytes]]
    payload: bytes
    truncated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecord:
    """A record whose payload of `size` bytes is read as a stream.

    `fields` are the WARC header, `head` is that of the answer byte for byte, the rest is as in `StoredResponse`.
    """

    fields: Mapping[str, str]
    head: bytes
    status: int
    reason: str
    headers: list[tuple[bytes, bytes]]
    payload: BinaryIO
    size: int
    refers_to_another: bool = False
    """Whether the payload is that of an earlier record."""

    @property
    def content_coding(self) -> str:
        """What `Content-Encoding` says of the payload, empty where it stands as it is."""
        values = (value.decode("latin-1") for name, value in self.headers if name.lower() == b"content-encoding")
        return ",".join(values)


def read_record(output: Path, warc: str, offset: int) -> StoredResponse:
    """Read a response or revisit record with one seek (a revisit with a second one, to the payload it refers to).

    Raises:
        ArchiveError: there is no such file, no response record at that offset, or it is torn or damaged.
    """
    with open_payload(output, warc, offset) as record:
        fields, payload = record.fields, record.payload.read()
    return StoredResponse(
        url=fields["WARC-Target-URI"],
        date=datetime.fromisoformat(fields["WARC-Date"]),
        record_type=fields["WARC-Type"],
        status=record.status,
        reason=record.reason,
        headers=record.headers,
        payload=payload,
        truncated=fields.get("WARC-Truncated"),
    )


@contextmanager
def open_payload(output: Path, warc: str, offset: int) -> Iterator[OpenRecord]:
    """As `open_record`, with the payload that a revisit refers to in place of its own empty one.

    Raises:
        ArchiveError: as `open_record`; or the record that a revisit refers to cannot be read.
    """
    with open_record(output, warc, offset) as record:
        place = _place_of_original(record.fields)
        if place is not None:
            with open_record(output, _find_file(output, place[0]), place[1]) as earlier:
                yield replace(record, payload=earlier.payload, size=earlier.size, refers_to_another=True)
        else:
            yield record


@contextmanager
def open_record(output: Path, warc: str, offset: int) -> Iterator[OpenRecord]:
    """Open the response or revisit record at an offset, its payload as a stream.

    A payload that is read to its end is checked against the member's checksum when the block is left.

    Raises:
        ArchiveError: there is no such file, no response record at that offset, or it is torn or damaged.
    """
    path = output / warc
    try:
        with path.open("rb") as file:
            file.seek(offset)
            member: BinaryIO = io.BufferedReader(_Member(file))
            record = ArcWarcRecordLoader().parse_record_stream(member, known_format="warc", no_record_parse=True)
            if record.rec_type not in {"response", "revisit"}:
                raise ArchiveError(f"{path}: the record at byte {offset} is no response")
            fields = dict(record.rec_headers.headers)
            _require_fields(fields, path, offset)
            head = _read_head(member)
            status, reason, headers = _parse_head(head, path, offset)
            block = _Limited(member, max(0, int(fields["Content-Length"]) - len(head)))
            yield OpenRecord(
                fields=fields,
                head=head,
                status=status,
                reason=reason,
                headers=headers,
                payload=io.BufferedReader(block),
                size=block.left,
            )
            if block.left == 0:
                member.read()  # the end of the member, where zlib compares the checksum
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (EOFError, zlib.error, ArchiveLoadFailed) as error:
        raise ArchiveError(f"{path}: the record at byte {offset} cannot be read: {error}") from error


class _Member(io.RawIOBase):
    """The unpacked bytes of one gzip member; unlike `gzip` it does not read on into the next one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._at_once = _FEW

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        unpacked = b""
        while not unpacked and not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._read()
            unpacked = self._unpacker.decompress(packed, len(buffer))
            if not packed and not unpacked:
                raise EOFError("it ends in the middle")
        buffer[: len(unpacked)] = unpacked
        return len(unpacked)

    def _read(self) -> bytes:
        packed = self._file.read(self._at_once)
        self._at_once = _MANY
        return packed


class _Limited(io.RawIOBase):
    """The next `left` bytes of a stream."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream = stream
        self.left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(min(len(buffer), self.left))
        if self.left and not data:
            raise EOFError("it holds less than its header says")
        self.left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _require_fields(fields: Mapping[str, str], path: Path, offset: int) -> None:
    """Refuse a record without the fields that the standard demands, or with others than it allows."""
    missing = [name for name in _NEEDED if name not in fields]
    if missing or not is_number(fields["Content-Length"]) or not _is_date(fields["WARC-Date"]):
        what = f"has no {', '.join(missing)}" if missing else "names no length or no date"
        raise ArchiveError(f"{path}: the header of the record at byte {offset} is damaged: it {what}")


def _is_date(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _place_of_original(fields: Mapping[str, str]) -> tuple[str, int] | None:
    """(file name, offset) of the record whose payload a revisit refers to; None of any other record."""
    name, offset = fields.get("WARC-Refers-To-Filename"), fields.get("WARC-Refers-To-File-Offset", "")
    if fields.get("WARC-Profile") != SAME_PAYLOAD or name is None or not is_number(offset):
        return None
    return name, int(offset)


def _find_file(output: Path, name: str) -> str:
    """The path, relative to the output folder, of a WARC file that a record names without its folder."""
    path = next((output / "warc").glob(f"*/{glob.escape(Path(name).name)}"), None)
    if path is None:
        raise ArchiveError(f"{output / 'warc'}: {name} is missing, which holds the payload of a revisit record")
    return path.relative_to(output).as_posix()


def _read_head(stream: BinaryIO) -> bytes:
    """The bytes up to and with the empty line; the stream then stands at the payload."""
    lines = []
    while line := stream.readline():
        lines.append(line)
        if line in {b"\r\n", b"\n"}:
            break
    return b"".join(lines)


def _parse_head(head: bytes, path: Path, offset: int) -> tuple[int, str, list[tuple[bytes, bytes]]]:
    """(status, reason, headers); folded lines are joined to the value they continue, with one space."""
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    parts = lines[0].split(None, 2) if lines else []
    if len(parts) < 2 or not is_number(parts[1]):
        raise ArchiveError(f"{path}: the record at byte {offset} holds no HTTP response")
    reason = parts[2].decode("latin-1") if len(parts) > 2 else ""
    headers = [
        (name.strip(), value.strip()) for name, colon, value in (line.partition(b":") for line in lines[1:]) if colon
    ]
    return int(parts[1]), reason, headers
