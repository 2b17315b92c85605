"""Makes what was written survive a power cut."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from pipelines.errors import StoreError


def sync(path: Path) -> None:
    """Wait until the disk holds the bytes of a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: what stood there stays until the new bytes are on the disk.

    Raises:
        StoreError: the file cannot be written there.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        try:
            beside.write_text(text, encoding="utf-8")
            sync(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync(path.parent)
    except OSError as error:
        raise _cannot_be_written(path, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those around it, if it is not there.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_be_written(folder, error) from error


def _cannot_be_written(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: cannot be written ({error.strerror or error}); choose another place")
