"""What was committed comes into the database beside the writer, and the writer needs none of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from pipelines.checkpoints import EVERY, Checkpointer
from pipelines.database import NAME, open_database, writing

PATIENCE = 30.0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A mirror whose own connection never moves anything out of the log."""
    with closing(open_database(tmp_path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        yield db


def fill(db: Database) -> None:
    with writing(db):
        db.conn.executemany("INSERT INTO tags (name) VALUES (?)", [(f"từ khóa {number}",) for number in range(5000)])


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "checkpoints"]


def test_a_long_log_is_moved_into_the_database_while_the_writer_is_open(db: Database, tmp_path: Path) -> None:
    before = (tmp_path / NAME).stat().st_size
    fill(db)
    with closing(Checkpointer(tmp_path / NAME)) as checkpointer:
        checkpointer.committed(EVERY)
        patience_ends = time.monotonic() + PATIENCE
        while (tmp_path / NAME).stat().st_size == before and time.monotonic() < patience_ends:
            time.sleep(0.01)
        assert (tmp_path / NAME).stat().st_size > before
    assert db.execute("SELECT count(*) FROM tags").fetchone()[0] == 5000


def test_a_few_answers_wake_nobody(tmp_path: Path) -> None:
    with closing(Checkpointer(tmp_path / NAME)) as checkpointer:
        checkpointer.committed(EVERY - 1)
        assert threads() == []
        checkpointer.committed(1)
        assert threads() == ["checkpoints"]
    assert threads() == []


def test_a_writer_in_the_middle_of_a_transaction_is_not_waited_for(db: Database, tmp_path: Path) -> None:
    with closing(Checkpointer(tmp_path / NAME)) as checkpointer, writing(db):
        db.execute("INSERT INTO tags (name) VALUES ('nông thôn mới')")
        checkpointer.committed(EVERY)
        checkpointer.close()
    assert db.execute("SELECT name FROM tags").fetchall() == [("nông thôn mới",)]


def test_what_is_no_database_ends_the_thread_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database" * 1000)
    with closing(Checkpointer(tmp_path / NAME)) as checkpointer:
        for _ in range(3):
            checkpointer.committed(EVERY)
    assert threads() == []
