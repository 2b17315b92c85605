"""The index of a WACZ: one CDXJ line a capture, sorted, in compressed blocks with an index of their own.

CDXJ is "key timestamp {json}" a line, sorted by bytes. The blocks are whole gzip members, so that a reader that knows
where one begins needs no more of the file; `index.idx` has the first key of each (the ZipNum way of the Internet
Archive, `cdxj-gzip-1.0`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote_plus

from sqlite_utils import Database

from pipelines.export.captures import Captured
from pipelines.export.surt import surt
from pipelines.warcfile import NOT_MODIFIED

NAME = "index.cdx.gz"
BLOCK = 1024
"""Lines of one compressed block."""

MOST_BODY = 4096
"""Characters of a request's body that distinguish it in the index; replay tools look for no more."""

_FORM = re.compile(rb"(?im)^content-type:[ \t]*application/x-www-form-urlencoded")


def cdxj_line(
    captured: Captured, fields: Mapping[str, str], request: bytes, *, filename: str, offset: int
) -> str | None:
    """The line for a capture; None for a 304, which shows nothing: what it found unchanged has a line of its own.

    Args:
        captured: the row of the capture.
        fields: the WARC header of its record.
        request: the block of its request where it was no GET, else nothing.
        filename: the WARC file, without a folder.
        offset: where the record lies in that file.
    """
    if fields.get("WARC-Profile") == NOT_MODIFIED:
        return None
    url = fields["WARC-Target-URI"]
    is_revisit = fields["WARC-Type"] == "revisit"
    block = {
        "url": url,
        "mime": "warc/revisit" if is_revisit else captured.mime or "unk",
        "status": str(captured.status),
        "digest": fields.get("WARC-Payload-Digest") or f"sha256:{captured.payload_sha256}",
        "length": str(captured.length),
        "offset": str(offset),
        "filename": filename,
    }
    if captured.method != "GET":
        body = _body(request)
        block |= {"method": captured.method, "requestBody": body}
        url += f"{'&' if '?' in url else '?'}__wb_method={captured.method}{f'&{body}' if body else ''}"
    return f"{surt(url)} {_timestamp(fields['WARC-Date'])} {json.dumps(block)}\n"


def _timestamp(date: str) -> str:
    """The first 14 digits of a WARC date: to the second."""
    return re.sub(r"\D", "", date)[:14]


def _body(request: bytes) -> str:
    """A request's body as replay tools append it to its address: a form as it reads, anything else in base64."""
    head, _, body = request.partition(b"\r\n\r\n")
    if not body:
        return ""
    try:
        if _FORM.search(head):
            return unquote_plus(body.decode())[:MOST_BODY]
    except UnicodeDecodeError:
        pass
    return f"__wb_post_data={base64.b64encode(body).decode()}"[:MOST_BODY]


class CaptureIndex:
    """Collects the lines in a temporary table, where their number costs no memory, and gives them back sorted."""

    def __init__(self, db: Database) -> None:
        self._db = db
        db.execute("CREATE TEMP TABLE cdxj (line TEXT NOT NULL)")

    def add(self, lines: Iterable[str]) -> None:
        self._db.conn.executemany("INSERT INTO cdxj VALUES (?)", ((line,) for line in lines))

    def blocks(self) -> Iterator[Block]:
        rows = (row[0] for row in self._db.execute("SELECT DISTINCT line FROM cdxj ORDER BY line"))
        offset = 0
        while lines := list(islice(rows, BLOCK)):
            block = Block(first=lines[0], offset=offset, data=_gzip("".join(lines).encode()))
            offset += len(block.data)
            yield block


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A compressed piece of the index, the line that it begins with, and where it lies."""

    first: str
    offset: int
    data: bytes

    @property
    def line(self) -> str:
        """Its line in `index.idx`."""
        key, timestamp, _ = self.first.split(" ", 2)
        place = {"offset": self.offset, "length": len(self.data), "digest": f"sha256:{_sha256(self.data)}"}
        return f"{key} {timestamp} {json.dumps(place)}\n"


META = f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': NAME})}\n"
"""The first line of `index.idx`."""


def _gzip(data: bytes) -> bytes:
    """One gzip member without a time in it, so that the same lines give the same bytes."""
    compressor = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
