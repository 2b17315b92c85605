"""Adds rows to a table, many with one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlite_utils import Database


def next_id(db: Database, table: str) -> int:
    """The id of the next row that is added; within a write transaction nobody else adds one."""
    return int(db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def insert_rows(
    db: Database, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, otherwise: str = ""
) -> int:
    """How many rows were added; `otherwise` says what becomes of those that are there (`ON CONFLICT …`)."""
    added = db.conn.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) {otherwise}", rows
    )
    return added.rowcount
