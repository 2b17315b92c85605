"""Adds rows to a table, many with one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlite_utils import Database

AT_ONCE = 20
"""How many rows one statement adds: a statement for each takes a third longer, and more of them bring no more. The
values of so many stay far below the 32,766 that SQLite takes (https://www.sqlite.org/limits.html)."""


def next_id(db: Database, table: str) -> int:
    """The id of the next row that is added; within a write transaction nobody else adds one."""
    return int(db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def insert_rows(
    db: Database, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Any]], *, otherwise: str = ""
) -> int:
    """How many rows were added; `otherwise` says what becomes of those that are there (`ON CONFLICT …`)."""
    added = 0
    waiting = iter(rows)
    while together := list(islice(waiting, AT_ONCE)):
        if len(together) == AT_ONCE:
            values = tuple(chain.from_iterable(together))
            added += db.conn.execute(_statement(table, columns, AT_ONCE, otherwise), values).rowcount
        else:
            added += db.conn.executemany(_statement(table, columns, 1, otherwise), together).rowcount
    return added


@cache
def _statement(table: str, columns: tuple[str, ...], rows: int, otherwise: str) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)} {otherwise}"
