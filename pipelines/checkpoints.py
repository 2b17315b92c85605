"""Moves what was committed from the log into the database while the writer goes on.

SQLite does that within the commit that makes the log long (`database.CHECKPOINT_PAGES`), and the crawl stands still for
as long as the disk takes. A thread with a connection of its own does most of it beforehand: a passive checkpoint waits
for nobody, and nobody for it (https://www.sqlite.org/c3ref/wal_checkpoint_v2.html). What it leaves, the next one of the
writer finds: nothing depends on it.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from threading import Event, Thread

EVERY = 100
"""After how many committed answers: of a crawl, each makes the log some 250 kB longer. Every time costs two flushes."""

logger = logging.getLogger(__name__)


class Checkpointer:
    """The thread, which begins with the first long log; `path` is the database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._committed = 0
        self._is_due, self._is_over = Event(), Event()
        self._thread: Thread | None = None

    def committed(self, answers: int) -> None:
        """Say how many answers were committed; now and then that wakes the thread."""
        self._committed += answers
        if self._committed >= EVERY:
            self._committed = 0
            self._is_due.set()
            if self._thread is None:
                self._thread = Thread(target=self._move_until_over, name="checkpoints", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread, once it has done what it is doing."""
        self._is_over.set()
        self._is_due.set()
        if self._thread is not None:
            self._thread.join()

    def _move_until_over(self) -> None:
        try:
            db = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            try:
                db.execute("PRAGMA synchronous = NORMAL")
                while self._is_due.wait() and not self._is_over.is_set():
                    self._is_due.clear()
                    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                db.close()
        except sqlite3.Error as error:  # the writer meets it too, and says so where it matters
            logger.debug("%s: no checkpoints beside the writer (%s)", self._path, error)
