"""A file that appears under its name when it is complete, and not before: whatever ends the program on the way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from pipelines.durable import sync
from pipelines.errors import ExportError


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing; the file takes its place, over an earlier one, when the block ends without an error.

    Until then it is `.<name>.part` beside it. After an error that is removed; what a killed program left of it is
    written over by the next export to the same place. A device or a pipe is written to as it is.

    Raises:
        ExportError: the file cannot be written there, or another export is writing it.
    """
    try:
        place = path.resolve()
        with _in_place(place) if _is_device(place) else _in_one_step(place) as file:
            yield file
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from error


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _in_place(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        yield file


@contextmanager
def _in_one_step(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}.part")
    with _locked(part, path) as file, ExitStack() as unless_complete:
        unless_complete.callback(part.unlink, missing_ok=True)
        yield file
        file.flush()
        os.fsync(file.fileno())
        part.replace(path)
        unless_complete.pop_all()
    sync(path.parent)


@contextmanager
def _locked(part: Path, path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise ExportError(f"{path}: is a folder; name the file to write")
    if not path.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.parent}")
    # Not cut before it is locked, and not in append mode: a ZIP file goes back to fill in lengths.
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportError(f"{path}: another export is writing it") from error
        file.truncate(0)
        yield file
