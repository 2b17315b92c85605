"""WACZ 1.1.1: the archive in one file that replay tools open: WARC files, their index, a list of pages, and hashes.

    archive/*.warc.gz       the records, byte for byte; attachments and pictures are among them
    indexes/index.cdx.gz    where each capture lies (CDXJ), with indexes/index.idx
    pages/pages.jsonl       the articles, as pages to begin with
    datapackage.json        what the package holds, with the SHA-256 of each part
    datapackage-digest.json the SHA-256 of datapackage.json

https://specs.webrecorder.net/wacz/1.1.1/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlite_utils import Database

from pipelines.errors import ExportError
from pipelines.export.captures import choose_captures, chosen_files
from pipelines.export.cdxj import META, NAME, CaptureIndex
from pipelines.export.snapshot import snapshot
from pipelines.export.warccopy import WarcCopy
from pipelines.storedarticles import Selection, refuse_unknown_sites
from pipelines.warcfile import target_uri

VERSION = "1.1.1"

Tell = Callable[[int], None]
"""Told how many captures are copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What a package holds."""

    pages: int
    captures: int
    warc_files: int


def write_wacz(
    db: Database,
    output: Path,
    selection: Selection,
    file: BinaryIO,
    *,
    created: datetime,
    tell: Tell | None = None,
) -> Packed:
    """Write a package of the chosen captures into an open file that can be sought in.

    The same mirror, selection and `created` give the same bytes.

    Raises:
        ArchiveError: a WARC file is missing or damaged.
        ExportError: there is nothing to pack.
        StoreError: the mirror does not hold one of the sites, or is older than this program.
    """
    refuse_unknown_sites(db, selection.sites)
    with snapshot(db), ZipFile(file, "w", allowZip64=True) as archive:
        package = _Package(archive, created)
        choose_captures(db, output, selection)
        index = CaptureIndex(db)
        captures = warc_files = 0
        for chosen in chosen_files(db):
            copy = WarcCopy(output, chosen)
            index.add(copy.lines())
            package.add(f"archive/{copy.name}", copy.pieces())
            captures += chosen.number
            warc_files += 1
            if tell is not None:
                tell(captures)
        if not captures:
            raise ExportError("the archive holds nothing of what was asked for; a package must hold something")
        _add_index(package, index)
        pages = _Pages(db, selection)
        package.add("pages/pages.jsonl", pages, is_packed=False)
        package.close(_description(db, selection))
    return Packed(pages=pages.written, captures=captures, warc_files=warc_files)


class _Package:
    """The parts of a package, hashed as they are written."""

    def __init__(self, archive: ZipFile, created: datetime) -> None:
        self._archive = archive
        self._created = created.astimezone(UTC)
        self._resources: list[dict[str, object]] = []

    def add(self, path: str, pieces: Iterable[bytes], *, is_packed: bool = True) -> None:
        """Add a part; one that is packed already is not packed again, so that readers can seek in it."""
        digest, size = self._write(path, pieces, is_packed=is_packed)
        name = path.rpartition("/")[2].lower()
        self._resources.append({"name": name, "path": path, "hash": f"sha256:{digest}", "bytes": size})

    def close(self, description: dict[str, object]) -> None:
        """Add the list of all parts, and its hash."""
        listed = {"profile": "data-package", "wacz_version": VERSION, **description}
        listed |= {
            "created": f"{self._created:%Y-%m-%dT%H:%M:%SZ}",
            "software": f"govnews-mirror {version('govnews-mirror')}",
            "resources": self._resources,
        }
        digest, _ = self._write("datapackage.json", [_json(listed)], is_packed=False)
        self._write(
            "datapackage-digest.json",
            [_json({"path": "datapackage.json", "hash": f"sha256:{digest}"})],
            is_packed=False,
        )

    def _write(self, path: str, pieces: Iterable[bytes], *, is_packed: bool) -> tuple[str, int]:
        # A ZIP file tells local time without a zone, and none before 1980.
        info = ZipInfo(path, date_time=max(self._created.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
        info.compress_type = ZIP_STORED if is_packed else ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=is_packed) as part:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                part.write(piece)
        return digest.hexdigest(), size


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _add_index(package: _Package, index: CaptureIndex) -> None:
    lines = [META]

    def data() -> Iterator[bytes]:
        for block in index.blocks():
            lines.append(block.line)
            yield block.data

    package.add(f"indexes/{NAME}", data())
    package.add("indexes/index.idx", (line.encode() for line in lines), is_packed=False)


class _Pages:
    """The lines of `pages.jsonl`: a header, and the articles whose page is in the package."""

    def __init__(self, db: Database, selection: Selection) -> None:
        self._db = db
        self._selection = selection
        self.written = 0

    def __iter__(self) -> Iterator[bytes]:
        yield _line({"format": "json-pages-1.0", "id": "pages", "title": "Articles"})
        for article in self._selection.ids(self._db):
            row = self._db.execute(
                "SELECT captures.url, captures.fetched_at, title FROM articles "
                "JOIN chosen ON chosen.capture = articles.capture JOIN captures ON captures.id = articles.capture "
                "WHERE articles.id = ?",
                [article],
            ).fetchone()
            if row is not None:
                self.written += 1
                url, at, title = row
                yield _line({"id": str(article), "url": target_uri(url), "ts": at, "title": title})


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _description(db: Database, selection: Selection) -> dict[str, object]:
    rows = db.execute("SELECT id, title, home FROM sites ORDER BY id").fetchall()
    sites: Sequence[tuple[str, str, str]] = [row for row in rows if not selection.sites or row[0] in selection.sites]
    period = " ".join(
        f"{word} {day}" for word, day in (("from", selection.since), ("until", selection.until)) if day is not None
    )
    told: dict[str, object] = {
        "title": ", ".join(title for _, title, _ in sites),
        "description": f"Mirror of {', '.join(home for _, _, home in sites)}"
        + (f"; articles dated {period}" if period else ""),
    }
    return told if period or len(sites) != 1 else told | {"mainPageUrl": sites[0][2]}
