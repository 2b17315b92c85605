"""Copies WARC files, or single records of them, byte for byte, and says where each record then lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipelines.export.captures import Captured, ChosenFile, named_damage
from pipelines.export.cdxj import cdxj_line
from pipelines.warcscan import Record, block_of, fields_at, record_at

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFile:
    """What of a WARC file goes along: the name of the copy, its bytes in pieces, and its lines of the index."""

    name: str
    pieces: Iterator[bytes]
    index: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bytes of a WARC file."""

    start: int
    end: int


def copy_of(output: Path, chosen: ChosenFile) -> CopiedFile:
    """The copy of a WARC file: all of it up to the last record that the database knows, or the chosen records.

    A file of which only some records go along begins with its `warcinfo` and gets a name of its own, since the
    records lie elsewhere in it. What follows the last known record belongs to a crawl that is still running.

    Raises:
        ArchiveError: the file is missing, or there is no sound record where the database has one.
    """
    path = output / chosen.warc
    with named_damage(chosen.warc, 0), path.open("rb") as file:
        source = _Source(file, chosen.warc)
        extents, index = _whole(source, chosen) if chosen.is_whole else _selection(source, chosen)
    return CopiedFile(name=_name(chosen), pieces=_pieces(path, extents), index=index)


def _name(chosen: ChosenFile) -> str:
    name = Path(chosen.warc).name
    return name if chosen.is_whole else name.replace(".warc.gz", "-selection.warc.gz")


class _Source:
    """A WARC file, and what stands at and after the records of its captures."""

    def __init__(self, file: BinaryIO, warc: str) -> None:
        self._file = file
        self._warc = warc
        self.size = file.seek(0, 2)

    def warcinfo(self) -> list[_Extent]:
        with named_damage(self._warc, 0):
            record = record_at(self._file, self._warc, 0)
        return [_Extent(0, record.end)] if record.kind == "warcinfo" else []

    def request_of(self, captured: Captured) -> Record | None:
        """The request of a capture, which stands right after its response."""
        place = captured.offset + captured.length
        if place >= self.size:
            return None
        with named_damage(self._warc, place):
            record = record_at(self._file, self._warc, place)
        is_its = record.kind == "request" and record.fields.get("WARC-Concurrent-To") == captured.record_id
        return record if is_its else None

    def line(self, captured: Captured, request: Record | None, *, name: str, place: int) -> list[str]:
        """The line of the index for a capture that lies at `place` of the copy, if it has one."""
        with named_damage(self._warc, captured.offset):
            fields = fields_at(self._file, captured.offset)
            block = block_of(self._file, request) if request and captured.method != "GET" else b""
            line = cdxj_line(captured, fields, block, filename=name, offset=place)
        return [line] if line else []


def _whole(source: _Source, chosen: ChosenFile) -> tuple[list[_Extent], list[str]]:
    name = _name(chosen)
    index: list[str] = []
    for captured in chosen.captures:
        request = None if captured.method == "GET" else source.request_of(captured)
        index += source.line(captured, request, name=name, place=captured.offset)
    last = chosen.captures[-1]
    return [_Extent(0, _end(last, source.request_of(last)))], index


def _selection(source: _Source, chosen: ChosenFile) -> tuple[list[_Extent], list[str]]:
    name = _name(chosen)
    index: list[str] = []
    extents = source.warcinfo()
    place = sum(extent.end - extent.start for extent in extents)
    for captured in chosen.captures:
        request = source.request_of(captured)
        index += source.line(captured, request, name=name, place=place)
        extent = _Extent(captured.offset, _end(captured, request))
        extents.append(extent)
        place += extent.end - extent.start
    return extents, index


def _end(captured: Captured, request: Record | None) -> int:
    return request.end if request else captured.offset + captured.length


def _pieces(path: Path, extents: Sequence[_Extent]) -> Iterator[bytes]:
    with path.open("rb") as file:
        for extent in extents:
            file.seek(extent.start)
            left = extent.end - extent.start
            while left > 0:
                piece = file.read(min(left, _PIECE))
                if not piece:
                    raise EOFError(f"{path} ends before byte {extent.end}")
                left -= len(piece)
                yield piece
