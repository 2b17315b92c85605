"""Opens `mirror.db` the one right way: WAL, foreign keys on, the schema of this version, short write transactions."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlite_utils import Database

from pipelines.errors import SchemaTooNewError, StoreError
from pipelines.schema import MIGRATIONS

NAME = "mirror.db"
BUSY_SECONDS = 60.0
"""How long a writer waits for another process's transaction before it gives up."""

CHECKPOINT_PAGES = 8000
"""How long the log grows (32 MB) before its pages are copied into the database: each time costs two flushes."""

CACHE_KIB = 32 * 1024
"""The pages that a writer or a server keeps in memory: enough for the upper levels of every index of a million
articles, and for what one search reads of its index several times."""


def prepare_output(output: Path) -> None:
    """Make the output folder and prove that it can be written, before anything is fetched."""
    probe = output / ".write-test"
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StoreError(f"{output}: the output folder cannot be written ({error.strerror}); choose another") from error


def open_database(output: Path) -> Database:
    """The mirror's database in `output`, created or brought to this version's schema; the caller closes it.

    Raises:
        SchemaTooNewError: a newer version of the program wrote it; nothing was changed.
        StoreError: the file is no SQLite database, or cannot be opened.
    """
    path = output / NAME
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be opened ({error})") from error
    with ExitStack() as unless_ready:
        db = Database(connection)
        unless_ready.callback(db.close)
        _prepare(db, path)
        unless_ready.pop_all()
    return db


def open_readonly(output: Path) -> Database:
    """The mirror's database for reading; StoreError when there is none yet.

    One that an older version wrote is left as it is: it may lack what later steps of the schema add.
    """
    path = output / NAME
    if not path.is_file():
        raise StoreError(f"{path}: there is no mirror yet; crawl a site first, for example `govnews demo`")
    db = Database(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None))
    try:
        _refuse_newer(db, path)
    except sqlite3.DatabaseError as error:
        db.close()
        raise StoreError(f"{path}: not a SQLite database ({error})") from error
    except SchemaTooNewError:
        db.close()
        raise
    return db


def open_upgraded(output: Path) -> Database:
    """As `open_readonly`, with every column of this version: a mirror of an earlier one is upgraded first."""
    db = open_readonly(output)
    if MIGRATIONS.pending(db):
        db.close()
        open_database(output).close()
        db = open_readonly(output)
    return db


def keep_pages(connection: sqlite3.Connection) -> None:
    """Let the connection use `CACHE_KIB` of memory for pages of the database."""
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """One write transaction: all of it is committed, or nothing. No `await` belongs inside."""
    db.execute("BEGIN IMMEDIATE")
    with db.conn:  # commits, or rolls back where SQLite has not done so itself, as on a full disk
        yield db


def _prepare(db: Database, path: Path) -> None:
    try:
        _refuse_newer(db, path)
        _write_ahead(db)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        keep_pages(db.conn)
        # A statement with triggers keeps the pages that it changes until it has ended; in a file that costs more than
        # all else that it does.
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("PRAGMA foreign_keys = ON")
        if MIGRATIONS.pending(db):
            with writing(db):  # one program upgrades, the other waits and finds nothing to do
                MIGRATIONS.apply(db)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be used as a mirror ({error})") from error


def _write_ahead(db: Database) -> None:
    """Turn WAL on, waiting for another program that is doing the same to a new file.

    The switch raises a read lock to an exclusive one, and there SQLite does not wait: it answers SQLITE_BUSY at once,
    whatever the connection's timeout (https://www.sqlite.org/c3ref/busy_handler.html).
    """
    patience_ends = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience_ends:
                raise
            time.sleep(random.uniform(0.01, 0.05))  # noqa: S311  # uneven, so that two waiters do not meet again
        else:
            return


def _refuse_newer(db: Database, path: Path) -> None:
    known = {migration.name for migration in MIGRATIONS.pending(db)}
    applied = {migration.name for migration in MIGRATIONS.applied(db)}
    # A migration that is applied but that this version does not carry was made by a later version.
    unknown = applied - known - {migration.name for migration in MIGRATIONS._migrations}  # noqa: SLF001  # no public list
    if unknown:
        raise SchemaTooNewError(
            f"{path}: written by a newer version of govnews-mirror (step {min(unknown)}); upgrade the program"
        )
