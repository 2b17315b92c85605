"""Streams of an OLE 2 compound file, the container of DOC, XLS and PPT ([MS-CFB])."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.filetext.answer import NoTextError

_LAST_REGULAR = 0xFFFFFFFA
"""Sector numbers from here on mean an end or a gap."""
_STORAGE_ENTRY, _STREAM_ENTRY = 128, 2


@dataclass(frozen=True, slots=True)
class _Entry:
    """A directory entry: a stream, or a storage of streams."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """The streams that stand directly under the root; what embedded objects bring along is not seen.

    Raises:
        NoTextError: the bytes are no compound file, or its chains of sectors lead nowhere.
    """

    def __init__(self, raw: bytes) -> None:
        if len(raw) < 512:
            raise NoTextError("failed", "its container is cut off in the header")
        self._raw = raw
        (shift,) = struct.unpack_from("<H", raw, 30)
        if shift not in {9, 12}:
            raise NoTextError("failed", "its container has sectors of an impossible size")
        self._sector = 1 << shift
        self._fat = self._read_fat()
        entries = list(_entries(self._chain(struct.unpack_from("<I", raw, 48)[0])))
        if not entries:
            raise NoTextError("failed", "its container is cut off, or broken: it has no directory")
        self._small_below, small_fat = struct.unpack_from("<2I", raw, 56)
        self._small = self._chain(entries[0].start)
        self._small_fat = _numbers(self._chain(small_fat))
        self._streams = {entry.name: entry for entry in _under_root(entries) if entry.kind == _STREAM_ENTRY}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._streams)

    def stream(self, name: str) -> bytes:
        """All bytes of a stream; none where there is no such stream."""
        entry = self._streams.get(name)
        if entry is None:
            return b""
        if entry.size < self._small_below:
            pieces = (self._small[at * 64 : at * 64 + 64] for at in _follow(self._small_fat, entry.start))
            return b"".join(pieces)[: entry.size]
        return self._chain(entry.start)[: entry.size]

    def _read_fat(self) -> array[int]:
        """The table of sectors, which is itself in sectors that the header and a chain of further ones list."""
        listed = list(struct.unpack_from("<109I", self._raw, 76))
        (at,) = struct.unpack_from("<I", self._raw, 68)
        for _ in range(len(self._raw) // self._sector):
            if at >= _LAST_REGULAR:
                break
            *more, at = _numbers(self._at(at)) or [_LAST_REGULAR]
            listed += more
        return _numbers(b"".join(self._at(number) for number in listed if number < _LAST_REGULAR))

    def _chain(self, start: int) -> bytes:
        return b"".join(self._at(number) for number in _follow(self._fat, start))

    def _at(self, number: int) -> bytes:
        begin = (number + 1) * self._sector
        return self._raw[begin : begin + self._sector]


def _follow(table: array[int], start: int) -> Iterator[int]:
    """The sectors of a chain; a chain that runs in a circle is broken."""
    for _ in range(len(table) + 1):
        if start >= _LAST_REGULAR:
            return
        if start >= len(table):
            raise NoTextError("failed", "its container is cut off, or broken: a chain of sectors leads out of it")
        yield start
        start = table[start]
    raise NoTextError("failed", "its container is broken: a chain of sectors has no end")


def _numbers(raw: bytes) -> array[int]:
    whole = raw[: len(raw) // 4 * 4]
    return array("L", struct.unpack(f"<{len(whole) // 4}I", whole))


def _entries(directory: bytes) -> Iterator[_Entry]:
    for at in range(0, len(directory) - _STORAGE_ENTRY + 1, _STORAGE_ENTRY):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        left, right, child = struct.unpack_from("<3I", directory, at + 68)
        start, size = struct.unpack_from("<2I", directory, at + 116)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        yield _Entry(name=name, kind=kind, left=left, right=right, child=child, start=start, size=size)


def _under_root(entries: list[_Entry]) -> Iterator[_Entry]:
    """The entries of the root storage, which form a binary tree."""
    to_visit, seen = [entries[0].child], set[int]()
    while to_visit:
        number = to_visit.pop()
        if number < len(entries) and number not in seen:
            seen.add(number)
            yield entries[number]
            to_visit += (entries[number].left, entries[number].right)
