"""A page as it lies in the archive, ready to be read as if it had just come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.contentcoding import BrokenCodingError, decoder_for
from pipelines.answerhead import first_header
from pipelines.warcreader import StoredResponse, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """The decoded body of an archived answer, with what reading wants to know of it.

    Where `fault` says why the content coding could not be undone, the body is as much as could, as in a crawl.
    """

    body: bytes
    url: str
    content_type: str | None
    fetched_at: datetime
    fault: str | None


def archived_page(output: Path, warc: str, offset: int) -> ArchivedPage:
    """The page at an offset of a WARC file.

    Raises:
        ArchiveError: there is no sound record there.
    """
    stored = read_record(output, warc, offset)
    body, fault = _unpacked(stored)
    return ArchivedPage(
        body=body,
        fault=fault,
        url=stored.url,
        content_type=_header(stored, b"content-type") or None,
        fetched_at=stored.date,
    )


def _unpacked(stored: StoredResponse) -> tuple[bytes, str | None]:
    """What can be unpacked, and why not all of it; of an answer that broke off no end is asked."""
    try:
        decoder = decoder_for(_header(stored, b"content-encoding"))
    except BrokenCodingError as error:
        return stored.payload, str(error)
    if decoder is None:
        return stored.payload, None
    pieces: list[bytes] = []
    try:
        pieces.extend(decoder.feed(stored.payload))
        if stored.truncated is None:
            decoder.finish()
    except BrokenCodingError as error:
        return b"".join(pieces), str(error)
    return b"".join(pieces), None


def _header(stored: StoredResponse, name: bytes) -> str:
    """The value of a header as it was received, empty where there is none."""
    return (first_header(stored.headers, name) or b"").decode("latin-1")
