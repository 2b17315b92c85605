"""Plain copies of the files, for people: each kept once, under the SHA-256 of its bytes.

Every byte is also in a WARC, from which this folder can be made again.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import uuid
from pathlib import Path

from pipelines.durable import sync
from pipelines.errors import ArchiveError

_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """The folder `files/` of an output folder: `files/<first two hex digits>/<sha256>.<extension>`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, spool: Path, sha256: str, extension: str) -> str:
        """Move a complete file into the store; returns its path relative to the output folder.

        After a crash at any moment the file is there whole or not at all. Bytes that are kept already stay
        untouched, under the extension they were first kept with. The spool is gone afterwards.

        Raises:
            ArchiveError: the bytes are not those of `sha256`, or the disk does not take them.
        """
        try:
            return self._put(spool, sha256, extension)
        except OSError as error:
            raise ArchiveError(f"{self._root / 'files'}: {sha256} cannot be kept: {error.strerror or error}") from error

    def replace(self, spool: Path, sha256: str, path: str) -> None:
        """Move a complete file over the damaged one at a path of the store, or where one is missing.

        Raises:
            ArchiveError: as `put`.
        """
        try:
            _check(spool, sha256)
            _settle(spool, self._root / path)
        except OSError as error:
            raise ArchiveError(f"{self._root / path}: cannot be written: {error.strerror or error}") from error

    def _put(self, spool: Path, sha256: str, extension: str) -> str:
        _check(spool, sha256)
        kept = min(self._folder(sha256).glob(f"{sha256}.*"), default=None)
        if kept is not None and _sha256_of(kept) == sha256:
            spool.unlink()
            return self._relative(kept)
        # One whose bytes have become others is replaced where it stands: its row names it.
        target = kept or self._folder(sha256) / f"{sha256}.{_plain(extension)}"
        _settle(spool, target)
        return self._relative(target)

    def _folder(self, sha256: str) -> Path:
        return self._root / "files" / sha256[:2]

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _check(spool: Path, sha256: str) -> None:
    """Refuse a spool whose bytes are not those of the hash."""
    if not _SHA256.fullmatch(sha256):
        raise ArchiveError(f"{sha256!r} is not a SHA-256 in hexadecimal")
    found = _sha256_of(spool)
    if found != sha256:
        raise ArchiveError(f"{spool}: its bytes have the SHA-256 {found}, not {sha256}; it is not stored")


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _plain(extension: str) -> str:
    """An extension that is safe in a path, `bin` where there is none."""
    extension = extension.lower().lstrip(".")
    return extension if _EXTENSION.fullmatch(extension) else "bin"


def _settle(spool: Path, target: Path) -> None:
    """Give a complete file its place, so that a power cut leaves it whole or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sync(spool)
    _move(spool, target)
    sync(target.parent)


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_across(source, target)


def _copy_across(source: Path, target: Path) -> None:
    """From another file system: copied beside the target first, since only a rename is all or nothing."""
    beside = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        shutil.copyfile(source, beside)
        sync(beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    source.unlink()
