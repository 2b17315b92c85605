"""One state of the database for the length of an export, while a crawl goes on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from pipelines.storedarticles import named_faults


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """Everything read in the block is of one moment; in WAL mode no writer waits for it.

    A WARC record is safe on disk before its row is committed, so what the snapshot names is there.

    Raises:
        StoreError: the mirror is older than this program, or damaged.
    """
    with named_faults():
        db.execute("BEGIN")
        try:
            db.execute("SELECT count(*) FROM sites").fetchone()  # the first read is what fixes the moment
            yield
        finally:
            db.execute("ROLLBACK")
