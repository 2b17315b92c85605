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
from warcio.bufferedreaders import DecompressingBufferedReader
from warcio.exceptions import ArchiveLoadFailed

from crawler.sitefile import plain_host
from crawler.sources.httppayload import PIECE, decode, entity_of, header_of, is_short, read_head, status_of, take_in
from crawler.urls import request_url
from pipelines.spool import Spool

MOST_HEAD = 1024 * 1024
"""Bytes of the lines around a payload (WARC header, HTTP head) that one record may have; real ones have 2,000."""

# It warns of addresses that it corrects; without a handler Python would print that.
logging.getLogger("warcio").addHandler(logging.NullHandler())

_DAMAGE = (ArchiveLoadFailed, EOFError, OSError, ValueError, zlib.error)


class _OddRecordError(ArchiveLoadFailed):  # type: ignore[misc]  # warcio has no types
    """What we ourselves do not put up with; the text says what stands there, in a few words."""


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
    """What is wrong with files that are not whole, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAnswer:
    """One answer; `as_sent` and `decoded` are gone when the next one is asked for.

    `url` is spelled as we would ask for it. `head` is the HTTP head as bytes, the empty line included. `truncated`
    says why the payload is not whole (`length`: cut at the cap; `disconnect`: it broke off); `fault` why its content
    coding could not be undone; `is_too_long` whether it unpacks to more than the cap.
    """

    url: str
    fetched_at: datetime
    status: int
    head: bytes
    as_sent: Spool
    decoded: Spool
    truncated: str | None
    fault: str | None
    is_too_long: bool

    def header(self, name: str) -> str | None:
        """The value of a header as it was received."""
        return header_of(self.head, name)


def survey(paths: Sequence[Path], *, tell: Callable[[int], None] | None = None) -> Survey:
    """Count the answers by host, and note what cannot be taken in."""
    found = Survey()
    number = 0
    for path in paths:
        records, short = _Records(path), []
        try:
            for record in records:
                _look_at(record, found)
                if _ends_early(record):
                    short.append(records.offset)
                number += 1
                if tell is not None and number % 100 == 0:
                    tell(number)
        except _DAMAGE as error:
            found.damaged.append(f"{path}: {_what_is_wrong(error, records.offset)}")
        if short:
            found.damaged.append(f"{path}: {_what_is_short(short)}")
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
        for record in _Records(path):
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


class _Records:
    """Warcio's records of a file, their blocks not looked into; it prints its complaints, which are not for our users.

    `offset` is the place of the record that is read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.offset = 0

    def __iter__(self) -> Iterator[Any]:
        with self._path.open("rb") as file:
            reader = _BoundedIterator(file)
            records = iter(reader)
            while True:
                try:
                    with redirect_stderr(io.StringIO()):
                        record = next(records, None)
                finally:
                    self.offset = reader.offset
                if record is None:
                    return
                yield record


class _BoundedIterator(ArchiveIterator):  # type: ignore[misc]  # warcio has no types
    """warcio's iterator on a reader that gives up on endless lines."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, no_record_parse=True, arc2warc=True)
        self.reader = _BoundedReader(self.fh, block_size=PIECE)

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
            raise _OddRecordError(f"a record whose header is longer than {MOST_HEAD} bytes")
        return line

    def _decompress(self, data: bytes) -> Any:
        """Warcio takes damage in the middle for the end of the file, and says so to nobody but stderr."""
        if self.decompressor is None or not data or self.num_block_read == 0:
            return super()._decompress(data)
        try:
            return self.decompressor.decompress(data)
        except zlib.error as error:
            raise _OddRecordError("damaged gzip data") from error


def _look_at(record: Any, found: Survey) -> None:
    if record.rec_type == "request":
        if not _first_words(record).startswith((b"GET ", b"HEAD ")):
            found.posted |= _ids(record)
    elif record.rec_type == "response":
        url = _address(record)
        if url is None:
            found.skipped["answers that are not of the web"] += 1
        elif _date(record) is None or status_of(read_head(record.raw_stream)) is None:
            found.skipped["answers without a date or a status"] += 1
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
    return bytes(record.raw_stream.readline(PIECE))


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
    head = read_head(record.raw_stream)
    status = status_of(head)
    if at is None or status is None:
        return None
    cut = take_in(entity_of(record.raw_stream, head), as_sent, most)
    said = record.rec_headers.get_header("WARC-Truncated")
    truncated = said if said and cut != "length" else cut
    coding = header_of(head, "Content-Encoding") or ""
    fault, is_too_long = decode(as_sent.stream(), decoded, coding, most, is_whole=truncated is None)
    return ForeignAnswer(
        url=url,
        fetched_at=at,
        status=status,
        head=head,
        as_sent=as_sent,
        decoded=decoded,
        truncated=truncated,
        fault=fault,
        is_too_long=is_too_long,
    )


def _date(record: Any) -> datetime | None:
    """When it was fetched; a date that no clock has shown is none."""
    try:
        at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


def _ends_early(record: Any) -> bool:
    """Whether a record holds less than its header says; it is read to its end for that."""
    while record.raw_stream.read(PIECE):
        pass
    return is_short(record.raw_stream)


def _what_is_wrong(error: BaseException, offset: int) -> str:
    """One sentence without warcio's words, which quote the bytes that it stumbled over."""
    if isinstance(error, OSError):
        return f"cannot be read to its end ({error.strerror or error})"
    if isinstance(error, _OddRecordError):
        what = str(error)
    elif "non-chunked gzip" in str(error):
        what = "all records packed as one; `warcio recompress` makes a valid file of such a file"
    else:
        what = "no WARC or ARC record"
    return f"cannot be read to its end; at byte {offset} there is {what}"


def _what_is_short(offsets: Sequence[int]) -> str:
    more = f", and {len(offsets) - 1} more" if len(offsets) > 1 else ""
    return f"the record at byte {offsets[0]}{more}: shorter than the header says; an answer in it counts as broken off"
