"""What the mirror holds as it came: captures with their records, attachments and pictures, served so that none can act.

Files come from other people's servers. Whatever they are, they are sent under a policy that makes them nobody, with
the type that their bytes have, and only pictures that a browser merely draws are shown in place.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from pipelines.browse.article_rows import RASTER
from pipelines.browse.headers import FILES
from pipelines.browse.safehtml import plain
from pipelines.browse.visit import Visit
from pipelines.errors import ArchiveError
from pipelines.warcreader import open_record

CHUNK = 1 << 16
MOST_NAME = 150
"""How many characters of a file's name are offered."""

_ACTIVE = re.compile(r"html|xml|svg|script|x-shockwave|x-java|x-ms", re.IGNORECASE)
"""Types that a browser might run or lay out; their files are sent as mere bytes."""

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,100}/[a-z0-9][a-z0-9.+-]{0,100}")
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|%]')


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBytes:
    """Bytes on disk to be sent: a whole file, or one record in it."""

    path: Path
    type: str
    name: str
    is_inline: bool
    offset: int = 0
    length: int | None = None


class BytesResponse:
    """Sends the bytes in pieces, so that a large file takes no memory; Datasette only wants `asgi_send`."""

    _set_cookie_headers: list[str]

    def __init__(self, kept: KeptBytes) -> None:
        self._kept = kept
        self._set_cookie_headers = []
        size = kept.path.stat().st_size
        self._length = size - kept.offset if kept.length is None else min(kept.length, size - kept.offset)
        self.headers = {
            "content-type": kept.type,
            "content-length": str(max(self._length, 0)),
            "content-disposition": disposition(kept.name, is_inline=kept.is_inline),
            "content-security-policy": FILES,
            "cache-control": "private, max-age=86400",
        }

    async def asgi_send(self, send: Any) -> None:
        headers = [[name.encode("latin-1"), value.encode("latin-1")] for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for piece in self._pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _pieces(self) -> AsyncIterator[bytes]:
        left = self._length
        with self._kept.path.open("rb") as file:  # local reads of 64 kB; a thread for each costs more
            file.seek(self._kept.offset)
            while left > 0 and (piece := file.read(min(CHUNK, left))):
                left -= len(piece)
                yield piece


async def attachment(datasette: Datasette, request: Request) -> Response | BytesResponse:
    return await _linked_file(Visit(datasette, request), "attachments")


async def image(datasette: Datasette, request: Request) -> Response | BytesResponse:
    return await _linked_file(Visit(datasette, request), "images")


async def _linked_file(visit: Visit, table: str) -> Response | BytesResponse:
    """The file of a row of `attachments` or `images`, under the name that it has there."""
    sql = (
        f"SELECT {table}.filename, files.* FROM {table} JOIN files ON files.sha256 = {table}.sha256 "
        f"WHERE {table}.id = ?"
    )
    number = int(visit.request.url_vars["id"])
    row = await visit.ask(lambda db: next(db.query(sql, [number]), None))
    return await _send(visit, row)


async def file(datasette: Datasette, request: Request) -> Response | BytesResponse:
    """A file by its hash, under the name of the first attachment that it is."""
    visit = Visit(datasette, request)
    sql = (
        "SELECT files.*, "
        "(SELECT filename FROM attachments WHERE attachments.sha256 = files.sha256 LIMIT 1) AS filename "
        "FROM files WHERE sha256 = ?"
    )
    row = await visit.ask(lambda db: next(db.query(sql, [request.url_vars["sha256"]]), None))
    return await _send(visit, row)


async def _send(visit: Visit, row: Mapping[str, Any] | None) -> Response | BytesResponse:
    if row is None:
        return await visit.not_found()
    path = inside(visit.output / "files", visit.output / row["path"])
    if path is None:
        say = visit.say
        return await visit.page("message.html", status=404, title=say("error_title"), message=say("file_lost"))
    mime = str(row["mime"] or "")
    kept = KeptBytes(
        path=path,
        type=safe_type(mime),
        name=row["filename"] or f"{row['sha256'][:16]}{mimetypes.guess_extension(mime) or path.suffix}",
        is_inline=mime in RASTER,
    )
    return BytesResponse(kept)


async def capture(datasette: Datasette, request: Request) -> Response:
    """What is known of one request and its answer, with the answer's headers from the archive."""
    visit = Visit(datasette, request)
    number = int(request.url_vars["capture"])
    row, readings = await visit.ask(lambda db: _capture_rows(db, number))
    if row is None:
        return await visit.not_found()
    answer = _answer(visit, row)
    return await visit.page("capture.html", row=row, readings=readings, answer=answer)


def _capture_rows(db: Database, number: int) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]]]:
    row = next(db.query("SELECT * FROM captures WHERE id = ?", [number]), None)
    if row is None:
        return None, []
    # By the address: nothing finds a revision by its capture.
    readings = db.query(
        "SELECT DISTINCT articles.id, articles.title, article_revisions.number FROM article_urls "
        "JOIN article_revisions ON article_revisions.article = article_urls.article AND article_revisions.capture = ?1 "
        "JOIN articles ON articles.id = article_urls.article WHERE article_urls.url = ?2 LIMIT 20",
        [number, row["url"]],
    )
    return row, list(readings)


def _answer(visit: Visit, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Status line and headers as they came; None where the record cannot be read."""
    place = _record_place(visit, row)
    if place is None:
        return None
    try:
        with open_record(visit.output, row["warc"], row["offset"]) as record:
            return {
                "status": f"{record.status} {record.reason}".strip(),
                "headers": [(name.decode("latin-1"), _text(value)) for name, value in record.headers],
            }
    except ArchiveError:
        return None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def record(datasette: Datasette, request: Request) -> Response | BytesResponse:
    """The raw record: one gzip member of a WARC, itself a WARC file."""
    visit = Visit(datasette, request)
    number = int(request.url_vars["capture"])
    row = await visit.ask(lambda db: next(db.query("SELECT * FROM captures WHERE id = ?", [number]), None))
    place = _record_place(visit, row) if row else None
    if row is None or place is None:
        return await visit.not_found()
    name = f"capture-{number}.warc.gz"
    kept = KeptBytes(
        path=place, type="application/gzip", name=name, is_inline=False, offset=row["offset"], length=row["length"]
    )
    return BytesResponse(kept)


def _record_place(visit: Visit, row: Mapping[str, Any]) -> Path | None:
    if row["warc"] is None or row["offset"] is None or row["length"] is None:
        return None
    return inside(visit.output / "warc", visit.output / row["warc"])


def inside(folder: Path, path: Path) -> Path | None:
    """The file, if it is one and lies in the folder, links followed; None otherwise."""
    try:
        real = path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # ValueError: a null byte; RuntimeError: links in a circle
        return None
    return real if real.is_file() and real.is_relative_to(folder.resolve()) else None


def safe_type(mime: str) -> str:
    """The type to send a file as: its own, unless a browser might run it or it is no type at all."""
    is_safe = _TYPE.fullmatch(mime) and not _ACTIVE.search(mime) and not mime.startswith(("text/", "multipart/"))
    openxml = mime.startswith("application/vnd.openxmlformats-officedocument.")  # has `xml` in its name, and is a ZIP
    return mime if is_safe or (openxml and _TYPE.fullmatch(mime)) else "application/octet-stream"


def disposition(name: str, *, is_inline: bool) -> str:
    """A Content-Disposition (RFC 6266): the name in ASCII for old programs, and whole as RFC 8187 spells it."""
    cleaned = _UNSAFE_IN_NAME.sub("_", plain(name).replace("\ufffd", "_")).strip(" .") or "file"
    if len(cleaned) > MOST_NAME:
        stem, dot, extension = cleaned.rpartition(".")
        cleaned = f"{stem[:MOST_NAME]}{dot}{extension[:10]}" if stem else cleaned[:MOST_NAME]
    ascii_name = cleaned.encode("ascii", "replace").decode().replace("?", "_")
    whole = quote(cleaned.encode("utf-8", "replace"), safe="")
    return f"{'inline' if is_inline else 'attachment'}; filename=\"{ascii_name}\"; filename*=UTF-8''{whole}"
