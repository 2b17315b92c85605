"""Copies WARC files, or single records of them, byte for byte, and says where each record then lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipelines.export.captures import Captured, ChosenFile, named_damage
from pipelines.export.cdxj import cdxj_line
from pipelines.warcscan import Record, block_of, fields_at, record_at

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bytes of a WARC file."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


class WarcCopy:
    """The copy of a WARC file: all of it up to the last record that the database knows, or the chosen records.

    A file of which only some records go along begins with its `warcinfo` and gets a name of its own, since the
    records lie elsewhere in it. What follows the last known record belongs to a crawl that is still running.
    Everything here raises an ArchiveError where the file is missing, or holds no sound record where the database
    has one.
    """

    def __init__(self, output: Path, chosen: ChosenFile) -> None:
        self._path = output / chosen.warc
        self._chosen = chosen
        name = self._path.name
        self.name = name if chosen.is_whole else name.replace(".warc.gz", "-selection.warc.gz")

    def pieces(self) -> Iterator[bytes]:
        """Its bytes."""
        with named_damage(self._chosen.warc, 0), self._path.open("rb") as file:
            source = _Source(file, self._chosen.warc)
            for extent in self._extents(source):
                yield from source.pieces(extent)

    def _extents(self, source: _Source) -> Iterator[_Extent]:
        if self._chosen.is_whole:
            last = self._chosen.last()
            yield _Extent(0, _end(last, source.request_of(last)))
            return
        yield source.warcinfo()
        for captured in self._chosen.captures():
            yield _Extent(captured.offset, _end(captured, source.request_of(captured)))

    def lines(self) -> Iterator[str]:
        """Its lines of the index."""
        with named_damage(self._chosen.warc, 0), self._path.open("rb") as file:
            source = _Source(file, self._chosen.warc)
            place = 0 if self._chosen.is_whole else source.warcinfo().size
            for captured in self._chosen.captures():
                is_asked = not self._chosen.is_whole or captured.method != "GET"
                request = source.request_of(captured) if is_asked else None
                at = captured.offset if self._chosen.is_whole else place
                yield from source.line(captured, request, name=self.name, place=at)
                place += _end(captured, request) - captured.offset


class _Source:
    """A WARC file, and what stands at and after the records of its captures."""

    def __init__(self, file: BinaryIO, warc: str) -> None:
        self._file = file
        self._warc = warc
        self._size = file.seek(0, 2)

    def pieces(self, extent: _Extent) -> Iterator[bytes]:
        """The bytes of an extent; the place in the file is sought anew, since others read it in between."""
        at = extent.start
        while at < extent.end:
            self._file.seek(at)
            piece = self._file.read(min(extent.end - at, _PIECE))
            if not piece:
                raise EOFError(f"it ends before byte {extent.end}")
            at += len(piece)
            yield piece

    def warcinfo(self) -> _Extent:
        """What made the file, in its first record; nothing where that is another."""
        with named_damage(self._warc, 0):
            record = record_at(self._file, self._warc, 0)
        return _Extent(0, record.end if record.kind == "warcinfo" else 0)

    def request_of(self, captured: Captured) -> Record | None:
        """The request of a capture, which stands right after its response."""
        place = captured.offset + captured.length
        if place >= self._size:
            return None
        with named_damage(self._warc, place):
            record = record_at(self._file, self._warc, place)
        is_its = record.kind == "request" and record.fields.get("WARC-Concurrent-To") == captured.record_id
        return record if is_its else None

    def line(self, captured: Captured, request: Record | None, *, name: str, place: int) -> Iterator[str]:
        """The line of the index for a capture that lies at `place` of the copy, if it has one."""
        with named_damage(self._warc, captured.offset):
            fields = fields_at(self._file, captured.offset)
            block = block_of(self._file, request) if request and captured.method != "GET" else b""
            line = cdxj_line(captured, fields, block, filename=name, offset=place)
        if line is not None:
            yield line


def _end(captured: Captured, request: Record | None) -> int:
    return request.end if request else captured.offset + captured.length
