"""Cuts the torn last record off a WARC file that a killed run left behind."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

_CHUNK = 1024 * 1024

_READ = 16 * 1024
"""Bytes of one read: most records are small, and what is read beyond one is read again for the next."""

_MEMBER = re.compile(rb"\x1f\x8b\x08")
"""How a gzip member begins (RFC 1952, section 2.3.1): magic number, deflate."""

_LAST_FEW = 64 * 1024
"""Bytes at the end in which a whole last record is looked for before the whole file is read."""


@dataclass(frozen=True, slots=True)
class _Member:
    """How the gzip member at some offset ends, and whether what it holds begins like a record."""

    state: Literal["whole", "torn", "damaged"]
    is_record: bool
    end: int


def repair(path: Path, *, whole_until: int = 0) -> int:
    """Cut off a torn last gzip member, keep every complete one; returns how many bytes were cut.

    A file of which nothing is left is removed. Damage before the last member is left as it is: it is evidence,
    and `verify` finds it. `whole_until` is where a record ends that is known to be whole; a torn file is read from
    there on.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        whole = size if _ends_whole(file, size) else _end_of_whole_members(file, size, whole_until)
        if whole < size:
            file.truncate(whole)
            os.fsync(file.fileno())
    if whole == 0:
        path.unlink()
    return size - whole


def _ends_whole(file: BinaryIO, size: int) -> bool:
    """Whether a whole record ends exactly where the file ends. The last one is a request, and small."""
    begin = max(0, size - _LAST_FEW)
    file.seek(begin)
    starts = [begin + match.start() for match in _MEMBER.finditer(file.read())]
    whole = _Member("whole", is_record=True, end=size)
    return any(_member(file, start) == whole for start in reversed(starts))


def _end_of_whole_members(file: BinaryIO, size: int, position: int) -> int:
    """Where the last whole member ends, if what follows is the beginning of one; the file's size otherwise."""
    while position < size:
        member = _member(file, position)
        if member.state == "torn":
            return position
        if member.state == "whole":
            position = member.end
            continue
        following = _next_record(file, position + 1, size)
        if following is None:
            return position if _is_unwritten(file, position, size) else size
        position = following
    return size


def _member(file: BinaryIO, start: int) -> _Member:
    """Unpack the member at `start`, without keeping it."""
    file.seek(start)
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    begins = b""
    try:
        while not unpacker.eof:
            data = unpacker.unconsumed_tail or file.read(_READ)
            unpacked = unpacker.decompress(data, _CHUNK)
            begins = (begins + unpacked)[:5]
            if not data and not unpacked:
                return _Member("torn", begins == b"WARC/", file.tell())
    except zlib.error:
        return _Member("damaged", begins == b"WARC/", start)
    return _Member("whole", begins == b"WARC/", file.tell() - len(unpacker.unused_data))


def _next_record(file: BinaryIO, position: int, size: int) -> int | None:
    """The start of the next record that can be unpacked at least in part."""
    while position < size:
        file.seek(position)
        block = file.read(_CHUNK)
        for match in _MEMBER.finditer(block):
            member = _member(file, position + match.start())
            if member.is_record and member.state != "damaged":
                return position + match.start()
        position += max(1, len(block) - 2)
    return None


def _is_unwritten(file: BinaryIO, position: int, size: int) -> bool:
    """Whether a power cut left the end unwritten: file systems show such blocks as zeros."""
    file.seek(max(position, size - 512))
    return not file.read().strip(b"\0")
