"""Answers in WARC and ARC files that other programs wrote: read as streams, bounded, and trusted in nothing.

Both formats, gzip or plain, of any version. One gzip stream over all records is no valid archive, and is said to be
none. An answer to a POST is left out: it would pass for the page that a GET gives.
"""

from __future__ import annotations

import io
import logging
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader, DecompressingBufferedReader
from warcio.exceptions import ArchiveLoadFailed

from crawler.contentcoding import BrokenCodingError, decoder_for
from crawler.sitefile import plain_host
from crawler.urls import request_url
from pipelines.spool import Spool

MOST_HEAD = 1024 * 1024
"""Bytes of the lines around a payload (WARC header, HTTP head) that one record may have; real ones have 2,000."""

# It warns of addresses that it corrects; without a handler Python would print that.
logging.getLogger("warcio").addHandler(logging.NullHandler())

_PIECE = 64 * 1024
_DAMAGE = (ArchiveLoadFailed, ChunkedDataException, EOFError, OSError, ValueError, zlib.error)


@dataclass(slots=True)
class Survey:
    """What a look through the files found, before anything is taken in."""

    hosts: Counter[str] = field(default_factory=Counter)
    """Answers by host, as `plain_host` spells it."""
    posted: set[str] = field(default_factory=set)
    """Ids of the requests that are no GET, and of the answers that name them or are named by them."""
    skipped: Counter[str] = field(default_factory=Counter)
    """What is no answer that can be taken in, by reason."""
    damaged: list[str] = field(default_factory=list)
    """Files that cannot be read to their end, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAnswer:
    """One answer; `as_sent` and `decoded` are gone when the next one is asked for.

    `url` is spelled as we would ask for it. `head` is the HTTP head as bytes, the empty line included. `truncated`
    says why the payload is not whole (`length`: cut at the cap); `fault` why its content coding could not be undone.
    """

    url: str
    fetched_at: datetime
    status: int
    head: bytes
    as_sent: Spool
    decoded: Spool
    truncated: str | None
    fault: str | None

    def header(self, name: str) -> str | None:
        """The value of a header as it was received."""
        return _header(self.head, name)


def survey(paths: Sequence[Path], *, tell: Callable[[int], None] | None = None) -> Survey:
    """Count the answers by host, and note what cannot be taken in."""
    found = Survey()
    number = 0
    for path in paths:
        try:
            for record in _records(path):
                _look_at(record, found)
                number += 1
                if tell is not None and number % 100 == 0:
                    tell(number)
        except _DAMAGE as error:
            found.damaged.append(f"{path}: cannot be read to its end ({_first_line(error)})")
    return found


def answers_in(
    path: Path, spools: Path, *, wanted: Callable[[str], bool], known: Survey, most: int
) -> Iterator[ForeignAnswer]:
    """The answers of a file whose address is wanted, in its order, up to where it is damaged.

    Args:
        path: a WARC or ARC file.
        spools: a folder for large payloads while they are read.
        wanted: says which addresses.
        known: what a survey of the file found.
        most: bytes of a payload, as sent and unpacked, after which it is cut.
    """
    with suppress(*_DAMAGE):
        for record in _records(path):
            url = _address(record)
            if url is None or record.rec_type != "response" or not wanted(url) or _is_posted(record, known):
                continue
            as_sent, decoded = Spool(spools), Spool(spools)
            try:
                if (answer := _answer(record, url, as_sent, decoded, most)) is not None:
                    yield answer
            finally:
                as_sent.discard()
                decoded.discard()


def _records(path: Path) -> Iterator[Any]:
    """Warcio's records, their blocks not looked into; it prints its complaints, which are not for our users."""
    with path.open("rb") as file:
        records = iter(_BoundedIterator(file))
        while True:
            with redirect_stderr(io.StringIO()):
                record = next(records, None)
            if record is None:
                return
            yield record


class _BoundedIterator(ArchiveIterator):  # type: ignore[misc]  # warcio has no types
    """warcio's iterator on a reader that gives up on endless lines."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, no_record_parse=True, arc2warc=True)
        self.reader = _BoundedReader(self.fh, block_size=_PIECE)

    def _next_record(self, next_line: bytes | None) -> Any:
        self.reader.room = MOST_HEAD
        return super()._next_record(next_line)


class _BoundedReader(DecompressingBufferedReader):  # type: ignore[misc]  # warcio has no types
    """Gives one record so many bytes of lines only; warcio itself reads a line of any length."""

    room = MOST_HEAD

    def read(self, length: int | None = None) -> bytes:
        """Payload; the lines between the chunks of one are no header."""
        self.room = MOST_HEAD
        return bytes(super().read(length))

    def readline(self, length: int | None = None) -> bytes:
        most = self.room if length is None else min(length, self.room)
        line = bytes(super().readline(most))
        self.room -= len(line)
        if self.room <= 0:
            raise ArchiveLoadFailed(f"a record whose header is longer than {MOST_HEAD} bytes")
        return line

    def _decompress(self, data: bytes) -> Any:
        """Warcio takes damage in the middle for the end of the file, and says so to nobody but stderr."""
        if self.decompressor is None or not data or self.num_block_read == 0:
            return super()._decompress(data)
        try:
            return self.decompressor.decompress(data)
        except zlib.error as error:
            raise ArchiveLoadFailed(f"damaged gzip data: {error}") from error


def _look_at(record: Any, found: Survey) -> None:
    if record.rec_type == "request":
        if not _first_words(record).startswith((b"GET ", b"HEAD ")):
            found.posted |= _ids(record)
    elif record.rec_type == "response":
        url = _address(record)
        if url is None:
            found.skipped["answers that are not of the web"] += 1
        else:
            found.hosts[plain_host(urlsplit(url).hostname or "")] += 1
    elif record.rec_type in {"revisit", "resource", "conversion", "continuation"}:
        found.skipped[f"{record.rec_type} records"] += 1


def _ids(record: Any) -> set[str]:
    names = ("WARC-Record-ID", "WARC-Concurrent-To")
    return {value for name in names if (value := record.rec_headers.get_header(name))}


def _is_posted(record: Any, known: Survey) -> bool:
    return bool(_ids(record) & known.posted)


def _first_words(record: Any) -> bytes:
    return bytes(record.raw_stream.readline(_PIECE))


def _address(record: Any) -> str | None:
    """The web address of a record, as we would ask for it; wget put it in angle brackets."""
    named = (record.rec_headers.get_header("WARC-Target-URI") or "").strip().strip("<>")
    try:
        url = request_url(named)
    except ValueError:
        return None
    return url if url.lower().startswith(("http://", "https://")) and urlsplit(url).hostname else None


def _answer(record: Any, url: str, as_sent: Spool, decoded: Spool, most: int) -> ForeignAnswer | None:
    """The answer with its payload in the spools; None where it is no HTTP answer, or has no date."""
    at = _date(record)
    head = _head(record.raw_stream)
    status = _status(head)
    if at is None or status is None:
        return None
    truncated = _take_in(_payload(record.raw_stream, head), as_sent, most)
    fault = _decode(as_sent, decoded, _header(head, "Content-Encoding"), most)
    return ForeignAnswer(
        url=url,
        fetched_at=at,
        status=status,
        head=head,
        as_sent=as_sent,
        decoded=decoded,
        truncated=truncated or record.rec_headers.get_header("WARC-Truncated"),
        fault=fault,
    )


def _date(record: Any) -> datetime | None:
    """When it was fetched; a date that no clock has shown is none."""
    try:
        at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


def _head(stream: Any) -> bytes:
    """The HTTP head; it ends with an empty line, also where the record ends without one."""
    lines = []
    while line := stream.readline():
        lines.append(line)
        if line in {b"\r\n", b"\n"}:
            return b"".join(lines)
    return b"".join(lines).rstrip(b"\r\n") + b"\r\n\r\n"


def _status(head: bytes) -> int | None:
    parts = head.split(None, 2)[:2]
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        return None
    status = int(parts[1][:4])
    return status if 100 <= status <= 599 else None


def _header(head: bytes, name: str) -> str | None:
    for line in head.split(b"\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name.lower().encode():
            return value.strip().decode("utf-8", "replace")
    return None


def _payload(stream: Any, head: bytes) -> Any:
    """The entity without its transfer coding; many archives say `chunked` of payloads that are not."""
    is_chunked = "chunked" in (_header(head, "Transfer-Encoding") or "").lower()
    return ChunkedDataReader(stream) if is_chunked else stream


def _take_in(payload: Any, spool: Spool, most: int) -> str | None:
    """Read up to the cap; the reason of WARC 1.1, section 5.13, where that is not all."""
    while piece := payload.read(min(_PIECE, most - spool.size + 1)):
        spool.write(piece[: most - spool.size])
        if spool.size >= most and (len(piece) > 1 or payload.read(1)):
            return "length"
    return None


def _decode(as_sent: Spool, decoded: Spool, coding: str | None, most: int) -> str | None:
    """Undo the content coding up to the cap; why it could not be undone to its end."""
    stream = as_sent.stream()
    try:
        decoder = decoder_for(coding or "")
        while sent := stream.read(_PIECE):
            for piece in decoder.feed(sent) if decoder else (sent,):
                decoded.write(piece[: most - decoded.size])
                if decoded.size >= most:
                    return None
        if decoder is not None:
            decoder.finish()
    except BrokenCodingError as error:
        return str(error)
    return None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].removeprefix("ERROR: ") if lines else type(error).__name__
