"""Rows are added many with one statement, and none is lost between two statements."""

import pytest
from sqlite_utils import Database

from pipelines.rows import AT_ONCE, insert_rows, next_id


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE, 5 * AT_ONCE + 7])
def test_every_row_is_added_in_its_order(count: int) -> None:
    db = Database(memory=True)
    db.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
    rows = [(number, f"từ {number}") for number in range(1, count + 1)]
    assert insert_rows(db, "words", ("id", "word"), iter(rows)) == count
    assert db.execute("SELECT id, word FROM words ORDER BY rowid").fetchall() == rows
    assert next_id(db, "words") == count + 1


def test_only_rows_that_were_not_there_count_as_added() -> None:
    db = Database(memory=True)
    db.execute("CREATE TABLE words (word TEXT UNIQUE)")
    words = [(f"từ {number % 30}",) for number in range(3 * AT_ONCE + 1)]
    assert insert_rows(db, "words", ("word",), words, otherwise="ON CONFLICT DO NOTHING") == 30
    assert insert_rows(db, "words", ("word",), words, otherwise="ON CONFLICT DO NOTHING") == 0
