"""WARC/1.1 files: one gzip member a record, headers byte for byte, every record found again with one seek.

What stands in a record:

- A response is stored with its content coding as sent and its transfer coding removed, because readers differ on
  chunked payloads (warcio hashes and replays the block as it stands). The header line that announced the coding
  would then be untrue and is renamed `X-Archive-Orig-Transfer-Encoding`, as replay tools name it; it is the only
  change. Every other byte of the head is as received, the `Content-Length` line included.
- Digests are SHA-256 in hexadecimal, the same strings as in the database: of the block, and of the payload as sent.
- A `revisit` names the record that holds its payload by URL, date, id, and by `WARC-Refers-To-Filename` and
  `WARC-Refers-To-File-Offset` as Heritrix does, so that it can be followed without an index.
- The request follows its response and points to it with `WARC-Concurrent-To`.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from pipelines.clock import now, stamp
from pipelines.durable import sync
from pipelines.errors import ArchiveError
from pipelines.warcrecord import RecordWriter, new_record_id
from pipelines.warcrepair import repair

logger = logging.getLogger(__name__)

MAX_BYTES = 1024**3
"""Size after which a new file is begun; 1 GB is what the WARC standard recommends (annex C)."""

SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_TRANSFER_CODING_LINE = re.compile(rb"^(?=transfer-encoding[ \t]*:)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcPlace:
    """Where a record lies; `warc` is relative to the output folder, `offset` and `length` are of its gzip member."""

    warc: str
    offset: int
    length: int
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A capture that is already on disk, for a revisit record to refer to."""

    url: str
    date: datetime
    place: WarcPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, ready to be written.

    The heads are the bytes on the wire, the empty line included. `payload` stands at its first byte and holds the
    entity with its transfer coding removed; `payload_sha256` is of those bytes, in hexadecimal. `truncated` is a
    reason of WARC 1.1, section 5.13 (`length`, `time`, `disconnect`). `ip_address` is the server's, never a proxy's.
    Without a `request_head` no request record is written: an imported answer may come without its request.
    """

    url: str
    fetched_at: datetime
    request_head: bytes
    response_head: bytes
    payload: BinaryIO
    payload_sha256: str
    request_body: bytes = b""
    ip_address: str | None = None
    truncated: str | None = None


class WarcWriter:
    """Writes the exchanges of one site to `<output>/warc/<site>/<site>-<utc time>-<serial>.warc.gz`.

    A file is begun with the first record, so a run that fetches nothing leaves none. A torn end that a killed run
    left is cut off first. Safe to call from several threads; each call returns once its records are on disk
    (`fsync`), and leaves nothing of them behind if that fails.
    """

    def __init__(
        self,
        output: Path,
        *,
        site: str,
        software: str,
        max_bytes: int = MAX_BYTES,
        extra_info: Mapping[str, str] | None = None,
        fsync: bool = True,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._output = output
        self._folder = output / "warc" / site
        self._site = site
        self._info = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": site,
            **(extra_info or {}),
        }
        self._max_bytes = max_bytes
        self._fsync = fsync
        self._clock = clock
        self._lock = threading.Lock()
        self._records = RecordWriter()
        self._file: BinaryIO | None = None
        self._path = self._folder
        self._warcinfo_id = ""
        self._serial = 0
        self._repair_newest()

    def write_exchange(self, exchange: Exchange) -> WarcPlace:
        """Write a response record in full, and its request; returns the place of the response."""
        return self._write_pair("response", exchange, {}, exchange.payload)

    def write_revisit(self, exchange: Exchange, earlier: Earlier) -> WarcPlace:
        """Write the head of a response whose payload an earlier record already holds, and its request."""
        return self._write_pair("revisit", exchange, {"WARC-Profile": SAME_PAYLOAD, **_refers_to(earlier)}, None)

    def write_not_modified(self, exchange: Exchange, earlier: Earlier) -> WarcPlace:
        """Write a `304` as a visit that found the earlier record still true, and its request."""
        return self._write_pair("revisit", exchange, {"WARC-Profile": NOT_MODIFIED, **_refers_to(earlier)}, None)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write_pair(self, kind: str, exchange: Exchange, fields: dict[str, str], payload: BinaryIO | None) -> WarcPlace:
        with self._lock, self._named_failure(exchange.url), self._whole_or_nothing() as file:
            start = file.tell()
            response = self._fields(kind, exchange) | fields
            if response.get("WARC-Profile") != NOT_MODIFIED:
                response["WARC-Payload-Digest"] = f"sha256:{exchange.payload_sha256}"
            if exchange.ip_address is not None:
                response["WARC-IP-Address"] = exchange.ip_address
            if exchange.truncated is not None:
                response["WARC-Truncated"] = exchange.truncated
            head = _TRANSFER_CODING_LINE.sub(b"X-Archive-Orig-", exchange.response_head)
            self._records.write(file, kind, response, head, payload)
            end = file.tell()
            if exchange.request_head:
                request = self._fields("request", exchange) | {"WARC-Concurrent-To": response["WARC-Record-ID"]}
                self._records.write(file, "request", request, exchange.request_head, BytesIO(exchange.request_body))
            return WarcPlace(
                warc=self._path.relative_to(self._output).as_posix(),
                offset=start,
                length=end - start,
                record_id=response["WARC-Record-ID"],
            )

    def _fields(self, kind: str, exchange: Exchange) -> dict[str, str]:
        return {
            "WARC-Type": kind,
            "WARC-Record-ID": new_record_id(),
            "WARC-Date": _warc_date(exchange.fetched_at),
            "WARC-Target-URI": target_uri(exchange.url),
            "WARC-Warcinfo-ID": self._warcinfo_id,
        }

    @contextmanager
    def _whole_or_nothing(self) -> Iterator[BinaryIO]:
        """The file to write to; what a failed write left in it is taken back."""
        file = self._current_file()
        start, is_whole = file.tell(), False
        try:
            if start == 0:
                self._write_warcinfo(file)
            yield file
            self._secure(file, is_new=start == 0)
            is_whole = True
        finally:
            if not is_whole:
                self._take_back(file, start)

    def _secure(self, file: BinaryIO, *, is_new: bool) -> None:
        file.flush()
        if os.fstat(file.fileno()).st_nlink == 0:  # the system takes bytes for a file that nobody finds any more
            raise FileNotFoundError(errno.ENOENT, "somebody removed the file while it was written")
        if self._fsync:
            os.fsync(file.fileno())
            if is_new:
                sync(self._folder)

    def _take_back(self, file: BinaryIO, start: int) -> None:
        """Leave the file as it was at `start`; the next record begins a new one."""
        self._file = None
        with suppress(OSError):  # it writes what it still holds, and may not be able to
            file.close()
        with suppress(FileNotFoundError):  # somebody removed it
            os.truncate(self._path, start)
            if start == 0:
                self._path.unlink()

    def _current_file(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = self._open_next()
        return self._file

    def _open_next(self) -> BinaryIO:
        """A new file; a name that another run took within the same second is passed over."""
        self._folder.mkdir(parents=True, exist_ok=True)
        begun = self._clock().astimezone(UTC)
        while True:
            self._serial += 1
            self._path = self._folder / f"{self._site}-{begun:%Y%m%d%H%M%S}-{self._serial:05}.warc.gz"
            try:
                return self._path.open("xb")
            except FileExistsError:
                continue

    def _write_warcinfo(self, file: BinaryIO) -> None:
        self._warcinfo_id = new_record_id()
        fields = {
            "WARC-Type": "warcinfo",
            "WARC-Record-ID": self._warcinfo_id,
            "WARC-Date": _warc_date(self._clock()),
            "WARC-Filename": self._path.name,
        }
        lines = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in self._info.items())
        self._records.write(file, "warcinfo", fields, None, BytesIO(lines.encode()))

    def _repair_newest(self) -> None:
        newest = max(self._folder.glob("*.warc.gz"), default=None)
        if newest is not None and (cut := repair(newest)):
            logger.warning("%s: a torn last record of %d bytes was cut off", newest, cut)

    @contextmanager
    def _named_failure(self, url: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"{self._path}: the answer of {url} cannot be kept: {error.strerror or error}"
            ) from error


def _refers_to(earlier: Earlier) -> dict[str, str]:
    return {
        "WARC-Refers-To": earlier.place.record_id,
        "WARC-Refers-To-Target-URI": target_uri(earlier.url),
        "WARC-Refers-To-Date": _warc_date(earlier.date),
        "WARC-Refers-To-Filename": Path(earlier.place.warc).name,
        "WARC-Refers-To-File-Offset": str(earlier.place.offset),
    }


def _warc_date(moment: datetime) -> str:
    """As exact as the database, so that what a later record says of this one's date is this one's date."""
    return stamp(moment)


def target_uri(url: str) -> str:
    """A URL as a WARC header may carry it; readers stumble over spaces and raw non-ASCII in it."""
    return "".join(c if "!" <= c <= "~" else quote(c) for c in url)
