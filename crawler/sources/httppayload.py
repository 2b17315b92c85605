"""The HTTP answer inside a record of another archive: its head, its payload, and whether all of that is there."""

from __future__ import annotations

import re
from typing import Any, BinaryIO, Protocol

from warcio.limitreader import LimitReader

from crawler.contentcoding import BrokenCodingError, decoder_for
from pipelines.answerhead import first_header, text_of
from pipelines.spool import Spool

PIECE = 64 * 1024
"""Bytes that are read at once."""

_BODILESS = frozenset({204, 304})
"""Statuses whose `Content-Length`, if there is one, announces no payload (RFC 9110, section 8.6)."""

_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_CHUNK_LINE = 256


def read_head(stream: Any) -> bytes:
    """The HTTP head; it ends with an empty line, also where the record ends without one. Empty where it is none."""
    lines = [stream.readline(PIECE)]
    if not lines[0].startswith(b"HTTP/"):
        return b""
    while line := stream.readline():
        lines.append(line)
        if line in {b"\r\n", b"\n"}:
            return b"".join(lines)
    return b"".join(lines).rstrip(b"\r\n") + b"\r\n\r\n"


def status_of(head: bytes) -> int | None:
    """The status that a head names, None where it names none that HTTP has."""
    parts = head.split(None, 2)[:2]
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        return None
    status = int(parts[1][:4])
    return status if 100 <= status <= 599 else None


def headers_of(head: bytes) -> list[tuple[bytes, bytes]]:
    """The headers as they were received: name and value, in order."""
    lines = (line.partition(b":") for line in head.split(b"\n")[1:])
    return [(name.strip(), value.strip()) for name, colon, value in lines if colon]


def header_of(head: bytes, name: str) -> str | None:
    """The value of the first header of that name."""
    value = first_header(headers_of(head), name.lower().encode())
    return None if value is None else text_of(value)


def is_short(stream: Any) -> bool:
    """Whether a record that was read to its end holds less than its header says."""
    return isinstance(stream, LimitReader) and stream.limit > 0


class Entity(Protocol):
    """The payload as it was sent, without its transfer coding."""

    def read(self, most: int) -> bytes:
        """The next bytes; none at the end."""

    @property
    def is_whole(self) -> bool:
        """Whether what was read to its end is all that its server sent."""


def entity_of(stream: Any, head: bytes) -> Entity:
    """The payload that follows a head."""
    if "chunked" in (header_of(head, "Transfer-Encoding") or "").lower():
        return _Chunked(stream)
    return _Plain(stream, _announced(head))


def _announced(head: bytes) -> int:
    """How many bytes the head says will come at least."""
    length = header_of(head, "Content-Length") or ""
    is_length = length.isascii() and length.isdecimal() and len(length) < 16
    return int(length) if is_length and status_of(head) not in _BODILESS else 0


class _Plain:
    def __init__(self, stream: Any, announced: int) -> None:
        self._stream = stream
        self._missing = announced

    def read(self, most: int) -> bytes:
        piece = bytes(self._stream.read(most))
        self._missing -= len(piece)
        return piece

    @property
    def is_whole(self) -> bool:
        return self._missing <= 0 and not is_short(self._stream)


class _Chunked:
    """Takes the chunks apart (RFC 9112, section 7.1); many archives say `chunked` of payloads that are not.

    What stands where a chunk should is passed on as it is.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = 0
        """Bytes of the chunk that are not read yet."""
        self._held = b""
        """Bytes that were taken for the frame of a chunk, and are none."""
        self._is_begun = self._is_at_end = self._is_raw = False

    def read(self, most: int) -> bytes:
        pieces = []
        while most > 0 and (piece := self._next_piece(most)):
            pieces.append(piece)
            most -= len(piece)
        return b"".join(pieces)

    @property
    def is_whole(self) -> bool:
        return self._is_at_end or not (self._is_begun or is_short(self._stream))

    def _next_piece(self, most: int) -> bytes:
        if not (self._left or self._is_at_end or self._is_raw):
            self._begin_chunk()
        if self._held:
            piece, self._held = self._held[:most], self._held[most:]
            return piece
        if self._is_at_end:
            return b""
        if self._is_raw:
            return bytes(self._stream.read(most))
        piece = bytes(self._stream.read(min(most, self._left)))
        self._left -= len(piece)
        if not self._left:
            self._end_chunk()
        return piece

    def _begin_chunk(self) -> None:
        line = bytes(self._stream.readline(_LONGEST_CHUNK_LINE))
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            self._held, self._is_raw = line, True
            return
        self._left, self._is_begun = int(size[1], 16), True
        self._is_at_end = self._left == 0

    def _end_chunk(self) -> None:
        end = bytes(self._stream.read(2))
        if end != b"\r\n":
            self._held, self._is_raw = end, True


def take_in(entity: Entity, spool: Spool, most: int) -> str | None:
    """Read up to the cap; the reason of WARC 1.1, section 5.13, where that is not all."""
    while piece := entity.read(min(PIECE, most - spool.size + 1)):
        spool.write(piece[: most - spool.size])
        if spool.size >= most and (len(piece) > 1 or entity.read(1)):
            return "length"
    return None if entity.is_whole else "disconnect"


def decode(as_sent: BinaryIO, decoded: Spool, coding: str, most: int, *, is_whole: bool) -> tuple[str | None, bool]:
    """Undo the content coding up to the cap.

    Returns why it could not be undone to its end, which is asked of a payload only if that is whole; and whether there
    is more than the cap allows.
    """
    try:
        decoder = decoder_for(coding)
        while sent := as_sent.read(PIECE):
            for piece in decoder.feed(sent) if decoder else (sent,):
                room = most - decoded.size
                decoded.write(piece[:room])
                if len(piece) > room:
                    return None, True
        if decoder is not None and is_whole:
            decoder.finish()
    except BrokenCodingError as error:
        return str(error), False
    return None, False
