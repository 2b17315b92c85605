"""Writes SCHEMA.md, the description of `mirror.db`: its facts from a database just made, its words from `schema_words`.

`python -m pipelines.schema_page` writes the page anew; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from pipelines.schema import MIGRATIONS
from pipelines.schema_words import EXAMPLES, TABLES, UNDESCRIBED, Example, TableWords

PAGE = Path(__file__).with_name("SCHEMA.md")

_TOP = """\
# The tables of `mirror.db`

<!-- Written by `python -m pipelines.schema_page` from schema.py and schema_words.py: change those, not this page. -->

One SQLite database holds every site of the mirror. Open it with anything that reads SQLite, while a crawl runs too:
`sqlite3 output/mirror.db`, `sqlite-utils output/mirror.db "select …" --table`, Datasette, DB Browser, pandas.

- Times of the crawler are UTC, ISO 8601 with milliseconds and `Z` (`2026-11-22T08:00:00.123Z`), and sort as text. Times
  of a page are in the page's own zone, and days are the page's own calendar days; SQLite's `date()` would shift them.
- Null means that there is nothing or that it is not known; what it means for a column stands with the column.
  Yes and no are 1 and 0.
- Texts are Unicode in NFC. Hashes are SHA-256 in lower-case hexadecimal.
- The numbers (`id`) of rows stay the same from run to run. Rows of `captures`, `article_revisions` and `events` are
  only ever added; the other tables say how things stand now.
- Later versions add columns and tables, and upgrade the database themselves at the next crawl. Name the columns that
  you want.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as the database has it; `refers_to` is a link to the key of another table, where it is one."""

    name: str
    type: str
    is_nullable: bool
    refers_to: str = ""


def page() -> str:
    """The page, as it should lie on disk."""
    with closing(Database(memory=True)) as db:
        MIGRATIONS.apply(db)
        tables = [_table(db, name, words) for name, words in TABLES.items()]
    return "\n".join([_TOP, _contents(), *tables, _undescribed(), _examples(EXAMPLES)])


def columns_of(db: Database, table: str) -> list[Column]:
    """The columns of a table in their order; those of the full-text index hold text, or nothing at all."""
    keys = db.table(table).foreign_keys
    links = {key.column: f"[`{key.other_table}.{key.other_column}`](#{key.other_table})" for key in keys}
    return [
        Column(
            name=column.name,
            type=column.type or "TEXT",
            # SQLite lets a text key be null where nothing forbids it; the program never writes such a row.
            is_nullable=not (column.notnull or column.is_pk),
            refers_to=links.get(column.name, ""),
        )
        for column in db.table(table).columns
    ]


def _contents() -> str:
    lines = [f"| [`{name}`](#{name}) | {words.row} |" for name, words in TABLES.items()]
    return "\n".join(["| table | one row is |", "|---|---|", *lines, ""])


def _table(db: Database, name: str, words: TableWords) -> str:
    lines = [
        f"| `{column.name}` | {column.type} | {'yes' if column.is_nullable else 'no'} | {column.refers_to} "
        f"| {words.columns[column.name]} |"
        for column in columns_of(db, name)
    ]
    head = ["| column | type | null | refers to | what it says |", "|---|---|---|---|---|"]
    return "\n".join([f"## {name}", "", words.row, "", *head, *lines, "", *_keys(db, name)])


def _keys(db: Database, table: str) -> list[str]:
    """What is unique and what is found fast, in a line; the full-text index has neither."""
    if db.table(table).virtual_table_using:
        return []
    indexes = db.table(table).indexes
    own = [_names(index.columns) for index in indexes if index.origin == "u"]
    fast = [_names(index.columns) for index in indexes if index.origin == "c"]
    parts = [f"Key: {_names(db.table(table).pks)}."]
    parts += [f"Unique: {'; '.join(own)}."] if own else []
    parts += [f"Indexes: {'; '.join(sorted(fast))}."] if fast else []
    return [" ".join(parts), ""]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def _undescribed() -> str:
    lines = [f"- `{pattern}`: {purpose}" for pattern, purpose in UNDESCRIBED.items()]
    return "\n".join(["## Tables to leave alone", "", *lines, ""])


def _examples(examples: Sequence[Example]) -> str:
    parts = [f"{example.question}\n\n```sql\n{example.sql.strip()}\n```\n" for example in examples]
    return "\n".join(["## Questions and their SQL", "", *parts])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
