"""The pace of a host between processes: two crawls on one machine ask it as one would.

One small file a host holds when it was asked last and until when it is to be left alone. Whoever asks keeps the file
locked meanwhile; the operating system gives the lock back when a process is killed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

logger = logging.getLogger(__name__)

BUSY_WAIT = 0.05
"""Seconds until one looks again whether another process has finished asking."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to ask, as long as the files are open."""

    files: Sequence[IO[str]]
    clock: Callable[[], float] = time.time

    def heard(self) -> None:
        """The answer begins; others count their pause from now on, too."""
        for file in self.files:
            _write(file, _read(file) | {"heard": self.clock()})

    def release(self) -> None:
        for file in self.files:
            file.close()


class SharedPace:
    """The files of all hosts in one folder; `clock` tells seconds that all processes share."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def begin(self, names: Sequence[str], pause: float, *, least: float = 0.0, is_alone: bool = True) -> Lease | float:
        """The right to ask now, or the seconds after which to try again.

        Args:
            names: host, and address where it is paced too; always in this order, so that nobody waits in a circle.
            pause: least seconds since the last start of anyone.
            least: least seconds since the last answer to anyone began.
            is_alone: whether nobody else may ask until the lease is released; without that, starts alone are shared.
        """
        files: list[IO[str]] = []
        for name in names:
            file = self._open(name)
            if file is None:
                continue
            files.append(file)
            wait = self._wait(file, pause, least)
            if wait > 0:
                Lease(files).release()
                return wait
        for file in files:
            _write(file, _read(file) | {"started": self._clock()})
        lease = Lease(files, self._clock)
        if is_alone:
            return lease
        lease.release()
        return Lease(())

    def hold(self, name: str, seconds: float) -> None:
        """Nobody is to ask for so long; inside a lease the file is locked by ourselves, so it is not locked here."""
        try:
            with self._path(name).open("r+", encoding="utf-8") as file:
                state = _read(file)
                _write(file, {**state, "held": max(state.get("held", 0.0), self._clock() + seconds)})
        except OSError as error:
            logger.debug("%s: %s", name, error)

    def _path(self, name: str) -> Path:
        return self._folder / quote(name, safe="")

    def _open(self, name: str) -> IO[str] | None:
        """The file of a host; None where the folder cannot be written, which is no reason not to crawl."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            logger.warning("%s: the pace is not shared with other processes (%s)", self._folder, error.strerror)
            return None
        return os.fdopen(descriptor, "r+", encoding="utf-8")

    def _wait(self, file: IO[str], pause: float, least: float) -> float:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return BUSY_WAIT
        state, now = _read(file), self._clock()
        # A clock that was set back must not stop the crawl.
        since_start = max(now - state.get("started", 0.0), 0.0)
        since_answer = max(now - state.get("heard", 0.0), 0.0)
        return max(pause - since_start, least - since_answer, state.get("held", 0.0) - now)


def _read(file: IO[str]) -> dict[str, float]:
    file.seek(0)
    try:
        state = json.loads(file.read() or "{}")
    except ValueError:  # a process was killed while it wrote
        return {}
    return {str(name): float(value) for name, value in state.items()} if isinstance(state, dict) else {}


def _write(file: IO[str], state: dict[str, float]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(state, file)
    file.flush()
