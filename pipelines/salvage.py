"""Takes the half-received files of a killed run into the archive, so that not even they are thrown away.

A body that goes to disk while it arrives has a note beside it that says what it is the answer to. A run that ends in
order removes both; where both are found, the run was killed in the middle. They become a record that says
`WARC-Truncated: disconnect`, and the next request for the file goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from pipelines.spool import NOTE_SUFFIX
from pipelines.warcfile import Exchange, WarcWriter

logger = logging.getLogger(__name__)


def note_of(
    *, url: str, fetched_at: datetime, request_head: bytes, response_head: bytes, ip_address: str | None
) -> bytes:
    """What has to be known of an answer so that its body alone makes a record."""
    words = {
        "url": url,
        "fetched_at": fetched_at.isoformat(),
        "request_head": request_head.decode("latin-1"),
        "response_head": response_head.decode("latin-1"),
        "ip_address": ip_address,
    }
    return json.dumps(words).encode()


def has_broken_bodies(folder: Path) -> bool:
    """Whether a run was killed while it received a file into this spool folder."""
    return any(folder.glob(f"*{NOTE_SUFFIX}"))


def take_in_broken_bodies(folder: Path, archive: WarcWriter) -> int:
    """Archive the bodies that a killed run left in its spool folder, and remove them; returns how many.

    Raises:
        ArchiveError: the disk does not take them; they stay where they are.
    """
    number = 0
    for note, body in _pairs(folder):
        with body.open("rb") as payload:
            exchange = _exchange(note, payload)
            if exchange is not None:
                archive.write_exchange(exchange)
                number += 1
                logger.info("%s: what a killed run had received of it was taken in", exchange.url)
        body.unlink()
        note.unlink()
    return number


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    for note in sorted(folder.glob(f"*{NOTE_SUFFIX}")):
        body = note.with_name(note.name.removesuffix(NOTE_SUFFIX))
        if body.is_file() and body.stat().st_size:
            yield note, body


def _exchange(note: Path, payload: BufferedReader) -> Exchange | None:
    """The exchange of a body, which is read once for its hash; None where the note itself was cut."""
    try:
        words = json.loads(note.read_bytes())
    except json.JSONDecodeError:
        logger.warning("%s: the note beside a half-received file is cut; the file is fetched anew", note)
        return None
    digest = hashlib.file_digest(payload, "sha256").hexdigest()
    payload.seek(0)
    return Exchange(
        url=words["url"],
        fetched_at=datetime.fromisoformat(words["fetched_at"]),
        request_head=words["request_head"].encode("latin-1"),
        response_head=words["response_head"].encode("latin-1"),
        payload=payload,
        payload_sha256=digest,
        ip_address=words["ip_address"],
        truncated="disconnect",
    )
