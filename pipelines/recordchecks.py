"""Reads one record of the archive again, and compares all that the row of its capture keeps of it.

Rows are sealed, records are not: somebody who packs a record anew into the same length changes what the archive says
and no row. So each field of the two that says the same thing is compared, and the record's own digest with its block.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from pipelines.answerhead import AnswerHead
from pipelines.clock import stamp
from pipelines.errors import ArchiveError
from pipelines.filechecks import is_inside
from pipelines.warcfile import NOT_MODIFIED, target_uri
from pipelines.warcreader import OpenRecord, open_payload

_CHUNK = 1024 * 1024
_MOST_SHOWN = 200


class Kept(NamedTuple):
    """The row of a capture that the archive holds."""

    id: int
    url: str
    status: int
    fetched_at: str
    mime: str | None
    etag: str | None
    last_modified: str | None
    redirect_to: str | None
    truncated: str | None
    payload_sha256: str | None
    warc: str
    offset: int
    length: int
    record_id: str

    @property
    def names_a_place(self) -> bool:
        """Whether its values can be a place at all; another hand may have written anything there."""
        numbers = isinstance(self.offset, int) and isinstance(self.length, int)
        return numbers and self.offset >= 0 and self.length > 0 and is_inside(self.warc)


def record_problems(output: Path, kept: Kept) -> Iterator[str]:
    """What a record says otherwise than the row of its capture, in one sentence."""
    try:
        with open_payload(output, kept.warc, kept.offset) as record:
            different = [*_differences(record, kept), *_damages(record, kept)]
    except ArchiveError as error:
        yield f"capture {kept.id} ({kept.url}): {error}"
        return
    if different:
        yield f"{kept.warc} at {kept.offset} (capture {kept.id}): {'; '.join(different)}"


@dataclass(frozen=True, slots=True)
class _Pair:
    """What a record says under a name, and what its row says of the same."""

    name: str
    said: object
    kept: object

    def __str__(self) -> str:
        return f"its {self.name} is {_shown(self.said)}, the database says {_shown(self.kept)}"


def _differences(record: OpenRecord, kept: Kept) -> Iterator[str]:
    fields = record.fields
    pairs = [
        _Pair("WARC-Target-URI", fields["WARC-Target-URI"], _if_text(kept.url, target_uri)),
        _Pair("WARC-Record-ID", fields["WARC-Record-ID"], kept.record_id),
        _Pair("WARC-Date", _moment(fields["WARC-Date"]), kept.fetched_at),
        _Pair("WARC-Truncated", _truncation(record, kept), kept.truncated),
        _Pair("status", record.status, kept.status),
    ]
    if kept.payload_sha256 and fields.get("WARC-Profile") != NOT_MODIFIED:
        digest = _Pair("WARC-Payload-Digest", fields.get("WARC-Payload-Digest"), f"sha256:{kept.payload_sha256}")
        pairs.append(digest)
    yield from (str(pair) for pair in pairs if pair.said != pair.kept)
    yield from _differences_of_head(record, kept)


def _truncation(record: OpenRecord, kept: Kept) -> str | None:
    """Why a record is not whole; an import keeps one whole whose payload unpacks to more than the cap allows."""
    said = record.fields.get("WARC-Truncated")
    return kept.truncated if said is None and kept.truncated == "length" and record.content_coding else said


_HEADERS = {"mime": "Content-Type", "etag": "ETag", "last_modified": "Last-Modified", "redirect_to": "Location"}


def _differences_of_head(record: OpenRecord, kept: Kept) -> Iterator[str]:
    """Spaces count for nothing: programs join lines that were folded with more or fewer of them."""
    said = AnswerHead.of(record.fields["WARC-Target-URI"], record.status, record.headers)
    # An import takes letters that are no UTF-8 for unknown ones.
    imported = AnswerHead.of(record.fields["WARC-Target-URI"], record.status, record.headers, decoded=_replaced)
    for column, name in _HEADERS.items():
        value, *readings = (attrgetter(column)(row) for row in (kept, said, imported))
        is_same = _if_text(value, _single_spaced) in [_if_text(reading, _single_spaced) for reading in readings]
        if not is_same and not (column == "redirect_to" and _is_rest_of(value, readings[0])):
            yield str(_Pair(name, readings[0], value))


def _is_rest_of(followed: object, location: object) -> bool:
    """Whether an address is all that is asked for of another: without a place within the page, a session, a mark.

    So it is kept of a redirect that is followed. Nothing else than the other one stands in it, in the same order.
    """
    if not isinstance(followed, str) or not isinstance(location, str):
        return False
    there = iter(_ADDRESS_PARTS.findall(unquote(location)))
    return all(part in there for part in _ADDRESS_PARTS.findall(unquote(followed)))


_ADDRESS_PARTS = re.compile(r"[^/?&;#:]+")


def _damages(record: OpenRecord, kept: Kept) -> Iterator[str]:
    """Reads the payload once; the block of a record that refers to another one is its head alone."""
    block, payload = hashlib.sha256(record.head), hashlib.sha256()
    while chunk := record.payload.read(_CHUNK):
        payload.update(chunk)
        if not record.refers_to_another:
            block.update(chunk)
    if kept.payload_sha256 and kept.status != 304 and payload.hexdigest() != kept.payload_sha256:
        yield f"the payload of {kept.url} is not what was received"
    if record.fields.get("WARC-Block-Digest") != f"sha256:{block.hexdigest()}":
        yield "its block is not the one that its WARC-Block-Digest is of"


def _moment(date: str) -> str:
    """A date as the rows have it: records were once dated to the microsecond."""
    try:
        return stamp(datetime.fromisoformat(date))
    except OverflowError:  # no crawler was there in the year 0
        return date


def _replaced(value: bytes) -> str:
    return value.decode(errors="replace")


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _if_text(value: object, change: Callable[[str], str]) -> object:
    """A text changed; anything else that another hand put in its place as it is."""
    return change(value) if isinstance(value, str) else value


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)[:_MOST_SHOWN]
