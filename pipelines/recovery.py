"""Takes up what a killed run left in the archive, so that bytes that were received are never thrown away.

A run that was killed, or that could not write to the database, may leave three things behind:

- a torn last record in a WARC file; it is cut off, nothing else ever is;
- whole records that no `captures` row knows, since the record is safe before its row is committed; they become
  captures, with `source` "recovered" and without a reading. Their links are still pending and are asked for again;
- files under `files/` that no row knows; they carry their hash as their name, are whole, and are used when the
  same bytes come again. They are counted and left.

Every run looks after the one before it, so only the WARC files of that one are opened, and not even those where it
came to its end. A run's files are those that its captures name and those that are named after its start.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlite_utils import Database

from pipelines.answerhead import AnswerHead
from pipelines.errors import ArchiveError, GovnewsError
from pipelines.items import Capture
from pipelines.warcfile import NOT_MODIFIED, SAME_PAYLOAD
from pipelines.warcreader import OpenRecord, open_record
from pipelines.warcrepair import repair
from pipelines.warcscan import DAMAGE, Record, block_of, record_at

logger = logging.getLogger(__name__)

SOURCE = "recovered"
"""What `captures.source` says of a record that was taken in later."""

CLEAN = frozenset({"ok", "partial"})
"""Outcomes of runs that committed everything they received."""

_BEGUN = re.compile(r"-(\d{14})-\d+\.warc\.gz$")
_CHUNK = 1024 * 1024


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Decoder(Protocol):
    """Undoes a content coding piece by piece; raises a GovnewsError where the bytes are damaged."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None: ...


DecoderFor = Callable[[str], Decoder | None]
"""A decoder for the value of a `Content-Encoding` header, None where there is nothing to undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What the last run of a site left behind."""

    captures: Sequence[Capture] = ()
    """One for each whole record that no row knows, in the order of the archive."""
    bytes_cut: int = 0
    unknown_files: int = 0

    def __str__(self) -> str:
        parts = {
            "answers taken in from the archive": len(self.captures),
            "bytes of a torn record cut off": self.bytes_cut,
            "files left that no row knows": self.unknown_files,
        }
        return "; ".join(f"{what}: {number}" for what, number in parts.items() if number)


def find_leftovers(db: Database, output: Path, site: str, *, decoder_for: DecoderFor | None = None) -> Leftovers:
    """Repair the WARC files of the site's last run and find what the database does not know of them.

    To be called with the lock of the site held, before its next run begins, and outside a transaction: it reads the
    files of a run that was killed (10,000 records take a second), and none of a run that came to its end. Without
    `decoder_for` the hash of a coded body stays unknown.
    """
    folder = output / "warc" / site
    last = _last_run(db, site)
    if last is None:
        _warn_of_strangers(folder)
        return Leftovers()
    paths = _files_to_look_at(db, folder, last)
    if not paths:
        return Leftovers()
    places = _known_places(db, output, paths)
    bytes_cut = sum(_repaired(path, places[path.relative_to(output).as_posix()]) for path in paths)
    captures = [
        capture
        for path in paths
        if path.exists()
        for exchange in _unknown_exchanges(output, path, places)
        if (capture := _capture_of(db, output, site, exchange, decoder_for)) is not None
    ]
    return Leftovers(captures=captures, bytes_cut=bytes_cut, unknown_files=_unknown_files(db, output, captures))


@dataclass(frozen=True, slots=True, kw_only=True)
class _LastRun:
    id: int
    started_at: str
    finished_at: str | None
    outcome: str | None

    @property
    def clean_end(self) -> str | None:
        """When it ended with everything committed; None when it did not."""
        return self.finished_at if self.outcome in CLEAN else None


def _last_run(db: Database, site: str) -> _LastRun | None:
    row = db.execute(
        "SELECT id, started_at, finished_at, outcome FROM runs WHERE site = ? ORDER BY id DESC LIMIT 1", [site]
    ).fetchone()
    return _LastRun(id=row[0], started_at=row[1], finished_at=row[2], outcome=row[3]) if row else None


def _warn_of_strangers(folder: Path) -> None:
    """Without a database there is nothing to compare with: the files may be a whole archive, and are left alone."""
    if (number := len(list(folder.glob("*.warc.gz")))) > 0:
        logger.warning("%s: the database knows nothing of the %d WARC files there; they are kept", folder, number)


def _files_to_look_at(db: Database, folder: Path, run: _LastRun) -> list[Path]:
    """The files of the run, and younger ones (a power cut may have taken the whole row of a later run)."""
    since = _second(run.clean_end or run.started_at)
    young = {path.name for path in folder.glob("*.warc.gz") if _is_begun_since(path, since)}
    if run.clean_end and not young:
        return []
    rows = db.execute("SELECT DISTINCT warc FROM captures WHERE run = ? AND warc IS NOT NULL", [run.id])
    named = {Path(row[0]).name for row in rows}
    wanted = young - named if run.clean_end else young | named
    return [path for name in sorted(wanted) if (path := folder / name).is_file()]


def _second(stamp: str) -> str:
    return datetime.fromisoformat(stamp).strftime("%Y%m%d%H%M%S")


def _is_begun_since(path: Path, second: str) -> bool:
    """Names of WARC files carry the time of their begin, from the same clock as the run's."""
    begun = _BEGUN.search(path.name)
    return begun is not None and begun[1] >= second


def _repaired(path: Path, known: Mapping[int, int]) -> int:
    last = max(known, default=0)
    try:
        cut = repair(path, whole_until=last + known.get(last, 0))
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be looked through: {error.strerror or error}") from error
    if cut:
        logger.warning("%s: a torn last record of %d bytes was cut off", path, cut)
    return cut


def _known_places(db: Database, output: Path, paths: Sequence[Path]) -> Mapping[str, Mapping[int, int]]:
    """Length by offset of every record that has a row, by file."""
    places: dict[str, dict[int, int]] = {path.relative_to(output).as_posix(): {} for path in paths}
    names = list(places)
    rows = db.execute(
        f"SELECT warc, offset, length FROM captures WHERE warc IN ({', '.join('?' * len(names))}) "
        "AND offset IS NOT NULL AND length IS NOT NULL",
        names,
    )
    for warc, offset, length in rows:
        places[warc][offset] = length
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """A response that no row knows; its request is missing where the run was killed between the two."""

    response: Record
    method: str = "GET"
    request_body: bytes = b""


def _unknown_exchanges(output: Path, path: Path, places: Mapping[str, Mapping[int, int]]) -> Iterator[_Exchange]:
    """The responses and revisits in the file that have no row, each with its request."""
    warc = path.relative_to(output).as_posix()
    waiting: Record | None = None
    with path.open("rb") as file:
        for record in _unknown_records(file, warc, places[warc]):
            kind = record.kind
            if waiting is not None:
                is_its = kind == "request" and record.fields.get("WARC-Concurrent-To") == waiting.id
                yield _with_request(waiting, file, record) if is_its else _Exchange(response=waiting)
            waiting = record if kind in {"response", "revisit"} else None
        if waiting is not None:
            yield _Exchange(response=waiting)


def _unknown_records(file: BinaryIO, warc: str, known: Mapping[int, int]) -> Iterator[Record]:
    """Every record that has no row (requests and warcinfo never have one); known ones are stepped over unread."""
    size = file.seek(0, 2)
    position = 0
    while position < size:
        if position in known:
            position += known[position]
            continue
        try:
            record = record_at(file, warc, position)
        except DAMAGE as error:
            logger.warning("%s: damaged at byte %d (%s)", warc, position, error)
            position = min((offset for offset in known if offset > position), default=size)
            continue
        yield record
        position += record.length


def _with_request(response: Record, file: BinaryIO, request: Record) -> _Exchange:
    head, _, body = block_of(file, request).partition(b"\r\n\r\n")
    return _Exchange(response=response, method=head.split(b" ", 1)[0].decode("latin-1"), request_body=body)


def _capture_of(
    db: Database, output: Path, site: str, exchange: _Exchange, decoder_for: DecoderFor | None
) -> Capture | None:
    """The row that the killed run would have written, as far as the archive tells (it says nothing of TLS)."""
    record = exchange.response
    fields = record.fields
    try:
        with open_record(output, record.warc, record.offset) as response:
            hashes = _hashes(db, response, decoder_for)
            status = response.status
            said = AnswerHead.of(fields["WARC-Target-URI"], status, response.headers)
    except ArchiveError as error:
        logger.warning("%s; it is left where it is", error)
        return None
    return Capture(
        site=site,
        url=fields["WARC-Target-URI"],
        fetched_at=datetime.fromisoformat(fields["WARC-Date"]),
        method=exchange.method,
        request_sha256=hashlib.sha256(exchange.request_body).hexdigest() if exchange.request_body else None,
        status=status,
        error=hashes.fault,
        mime=said.mime,
        payload_sha256=hashes.payload,
        body_sha256=hashes.body,
        etag=said.etag,
        last_modified=said.last_modified,
        redirect_to=said.redirect_to,
        truncated=fields.get("WARC-Truncated"),
        warc=record.warc,
        offset=record.offset,
        length=record.length,
        record_id=record.id,
        source=SOURCE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hashes:
    """SHA-256 of a payload as sent and decoded, and why it could not be decoded to its end."""

    payload: str | None
    body: str | None
    fault: str | None = None


def _hashes(db: Database, response: OpenRecord, decoder_for: DecoderFor | None) -> _Hashes:
    profile = response.fields.get("WARC-Profile")
    if profile == SAME_PAYLOAD:
        return _hashes_of_earlier(db, response.fields)
    coding = response.content_coding
    if profile == NOT_MODIFIED or not coding:
        digest = _sha256(_pieces(response.payload))
        return _Hashes(payload=digest, body=digest)
    return _hashes_of_coded(response, coding, decoder_for)


def _hashes_of_earlier(db: Database, fields: Mapping[str, str]) -> _Hashes:
    """A revisit holds no payload; the capture that it refers to has the hashes."""
    payload = fields.get("WARC-Payload-Digest", "").removeprefix("sha256:") or None
    row = db.execute(
        "SELECT body_sha256 FROM captures WHERE payload_sha256 = ? AND body_sha256 IS NOT NULL LIMIT 1", [payload]
    ).fetchone()
    return _Hashes(payload=payload, body=row[0] if row else None)


def _hashes_of_coded(response: OpenRecord, coding: str, decoder_for: DecoderFor | None) -> _Hashes:
    """Of a body that was cut at the cap only the bytes as sent are certain: where decoding ended nobody noted."""
    is_cut = response.fields.get("WARC-Truncated") == "length"
    try:
        decoder = decoder_for(coding) if decoder_for and not is_cut else None
    except GovnewsError as error:  # a coding that is not known
        return _Hashes(payload=_sha256(_pieces(response.payload)), body=None, fault=str(error))
    as_sent, decoded, fault = hashlib.sha256(), hashlib.sha256(), None
    for sent in _pieces(response.payload):
        as_sent.update(sent)
        if decoder is not None and fault is None:
            fault = _noted_fault(decoder.feed(sent), decoded)
    if decoder is not None and fault is None and "WARC-Truncated" not in response.fields:
        fault = _noted_fault(_end_of(decoder), decoded)
    return _Hashes(payload=as_sent.hexdigest(), body=decoded.hexdigest() if decoder else None, fault=fault)


def _noted_fault(pieces: Iterator[bytes], decoded: _Hash) -> str | None:
    """Hash what can be decoded; why it could not go on, if so."""
    try:
        for piece in pieces:
            decoded.update(piece)
    except GovnewsError as error:
        return str(error)
    return None


def _end_of(decoder: Decoder) -> Iterator[bytes]:
    decoder.finish()
    yield from ()


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")


def _sha256(pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _unknown_files(db: Database, output: Path, captures: Sequence[Capture]) -> int:
    """How many of these bodies were moved into `files/` without the row that should have followed."""
    hashes = {capture.body_sha256 for capture in captures if capture.body_sha256}
    return sum(_is_stored(output, sha256) and not _has_row(db, sha256) for sha256 in hashes)


def _is_stored(output: Path, sha256: str) -> bool:
    return any((output / "files" / sha256[:2]).glob(f"{sha256}.*"))


def _has_row(db: Database, sha256: str) -> bool:
    return db.execute("SELECT 1 FROM files WHERE sha256 = ?", [sha256]).fetchone() is not None
