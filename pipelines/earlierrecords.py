"""Finds the record that a visit which brought nothing new may refer to, so that the archive keeps a payload once.

The bytes that came are thrown away for the sake of that record. So it is read before it is referred to: where it is
damaged or gone, what came is written in full, and the archive has whole again what it had lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from pipelines.errors import ArchiveError
from pipelines.warcfile import Earlier, WarcPlace
from pipelines.warcreader import open_record

READ_WHOLE = 1024**2
"""Packed bytes of the longest record whose payload is hashed again; it takes some milliseconds, and a page far less."""

_LONGEST = 3
"""Other records that are tried where the oldest is damaged; a full one is longer than those that refer to it."""


def record_of(db: Database, capture: int) -> Earlier | None:
    """The record of a capture; None where it has none."""
    return next(_records(db, "id = ? LIMIT 1", capture), None)


def record_holding(db: Database, output: Path, payload_sha256: str) -> Earlier | None:
    """A sound record that holds a payload; None where there is none, and the payload has to be written."""
    candidates = _candidates(db, payload_sha256)
    return next((earlier for earlier in candidates if _holds(output, earlier.place, payload_sha256)), None)


def _candidates(db: Database, payload_sha256: str) -> Iterator[Earlier]:
    """The oldest record, which is the one unless it came to harm; then the longest ones, asked for only when needed."""
    whole = "payload_sha256 = ? AND status < 300 AND truncated IS NULL"
    yield from _records(db, f"{whole} ORDER BY id LIMIT 1", payload_sha256)
    yield from _records(db, f"{whole} ORDER BY length DESC, id LIMIT {_LONGEST}", payload_sha256)


def _records(db: Database, condition: str, key: str | int) -> Iterator[Earlier]:
    rows = db.execute(
        f"SELECT url, fetched_at, warc, offset, length, record_id FROM captures WHERE warc IS NOT NULL AND {condition}",
        [key],
    )
    for url, fetched_at, warc, offset, length, record_id in rows.fetchall():
        place = WarcPlace(warc=warc, offset=offset, length=length, record_id=record_id)
        yield Earlier(url=url, date=datetime.fromisoformat(fetched_at), place=place)


def _holds(output: Path, place: WarcPlace, payload_sha256: str) -> bool:
    """Whether the record is where its row says and holds the payload; of a long one its head and its end must do."""
    try:
        with open_record(output, place.warc, place.offset) as record:
            said = (record.fields["WARC-Type"], record.fields.get("WARC-Payload-Digest"))
            if said != ("response", f"sha256:{payload_sha256}"):
                return False
            if place.length > READ_WHOLE:
                return (output / place.warc).stat().st_size >= place.offset + place.length
            return hashlib.sha256(record.payload.read()).hexdigest() == payload_sha256
    except ArchiveError:
        return False
