"""Holds the bytes of one body while they arrive: few in memory, many in a file, hashed on the way."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import ArchiveError

IN_MEMORY = 1024 * 1024
"""Bytes that a spool holds in memory before it goes to disk."""

NOTE_SUFFIX = ".answer"
"""The name of the note beside a spool on disk ends so."""


class Spool:
    """Bytes to be read again once they are complete.

    Whoever makes one ends it with `discard`, or with `to_file`, which hands the file to the caller. A `note` stands
    beside the file until then: it says what the bytes are, should the program be killed.
    """

    def __init__(self, folder: Path, *, in_memory: int = IN_MEMORY) -> None:
        self._folder = folder
        self._in_memory = in_memory
        self._buffer: BinaryIO = BytesIO()
        self._path: Path | None = None
        self._hash = hashlib.sha256()
        self.size = 0
        self.note = b""

    @property
    def sha256(self) -> str:
        """Of the bytes so far, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            ArchiveError: the disk does not take them.
        """
        self._hash.update(data)
        self.size += len(data)
        with _named(self._folder):
            if self._path is None and self.size > self._in_memory:
                self._go_to_disk()
            self._buffer.write(data)

    def stream(self) -> BinaryIO:
        """All bytes, from the first on. Belongs to the spool: do not close it, and do not write while reading."""
        with _named(self._folder):
            self._buffer.seek(0)
        return self._buffer

    def read(self, most: int = -1) -> bytes:
        """The first `most` bytes, by default all."""
        return self.stream().read(most)

    def to_file(self) -> Path:
        """A file with all bytes; from here on it is the caller's, and the spool is empty-handed."""
        with _named(self._folder):
            if self._path is None:
                self._go_to_disk()
            self._buffer.close()
        path, self._path = self._path, None
        assert path is not None  # noqa: S101  # _go_to_disk sets it
        _note_beside(path).unlink(missing_ok=True)
        return path

    def discard(self) -> None:
        """Let go of the bytes; harmless after `to_file`."""
        self._buffer.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            _note_beside(self._path).unlink(missing_ok=True)
            self._path = None

    def _go_to_disk(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / uuid.uuid4().hex
        held = self.stream().read()
        if self.note:
            _note_beside(path).write_bytes(self.note)
        # Opened by hand rather than through tempfile: the file becomes a stored one, readable as the umask says.
        self._buffer = path.open("x+b")
        self._path = path
        self._buffer.write(held)


def _note_beside(path: Path) -> Path:
    return path.with_name(path.name + NOTE_SUFFIX)


def clear_spools(folder: Path) -> int:
    """Remove what a killed run left in its spool folder; returns how many files."""
    left = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    for path in left:
        path.unlink()
    return len(left)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"{folder} does not take the bytes of an answer: {error.strerror or error}") from error
