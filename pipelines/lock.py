"""One crawl of a site at a time: a lock between processes that the operating system gives back after a kill."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from pipelines.errors import StoreError


class SiteLock:
    """An advisory lock on `<output>/locks/<site>.lock`."""

    def __init__(self, output: Path, site: str) -> None:
        self._path = output / "locks" / f"{site}.lock"
        self._site = site
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock, or say that another crawl of the site has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise StoreError(f"{self._site}: another crawl of this site is running in this output folder") from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
