"""A page as it lies in the archive, ready to be read as if it had just come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.contentcoding import decoder_for
from pipelines.warcreader import StoredResponse, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """The decoded body of an archived answer, with what reading wants to know of it."""

    body: bytes
    url: str
    content_type: str | None
    fetched_at: datetime


def archived_page(output: Path, warc: str, offset: int) -> ArchivedPage:
    """The page at an offset of a WARC file.

    Raises:
        ArchiveError: there is no sound record there.
        BrokenCodingError: its content coding is damaged.
    """
    stored = read_record(output, warc, offset)
    return ArchivedPage(
        body=_unpacked(stored),
        url=stored.url,
        content_type=_header(stored, b"content-type") or None,
        fetched_at=stored.date,
    )


def _unpacked(stored: StoredResponse) -> bytes:
    coding = _header(stored, b"content-encoding")
    decoder = decoder_for(coding) if coding else None
    return b"".join(decoder.feed(stored.payload)) if decoder else stored.payload


def _header(stored: StoredResponse, name: bytes) -> str:
    """The value of a header as it was received, empty where there is none."""
    return next((value.decode("latin-1") for key, value in stored.headers if key.lower() == name), "")
