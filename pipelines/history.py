"""What changed in an article: two of its revisions compared, line by line where a field has lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlite_utils import Database

from pipelines.articlerecord import COMPARED
from pipelines.errors import StoreError

MOST_DIGITS = 18
"""An integer of SQLite has no more than 63 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A revision and the one before it; `lines` are (field, before, after), unchanged lines left out."""

    url: str
    title: str
    number: int
    kind: str
    read_at: str
    before: Mapping[str, str | None] | None
    lines: Sequence[tuple[str, str, str]] = ()


def difference_of(db: Database, article: str, number: int | None) -> Difference:
    """The difference between revision `number` (the newest by default) and the one before it.

    Args:
        db: the mirror.
        article: an id, or one of the article's addresses.
        number: a revision, counted from 1.

    Raises:
        StoreError: no such article, or no such revision.
    """
    known = db.execute(
        "SELECT id, url FROM articles WHERE id = ? OR id IN (SELECT article FROM article_urls WHERE url = ?)",
        [_id_in(article), article],
    ).fetchone()
    if known is None:
        raise StoreError(f"{article}: the mirror has no article of that id or address")
    revisions = db.query(
        f"SELECT number, kind, read_at, {', '.join(COMPARED)} FROM article_revisions WHERE article = ? ORDER BY number",
        [known[0]],
    )
    by_number = {row["number"]: row for row in revisions}
    chosen = by_number.get(max(by_number) if number is None else number)
    if chosen is None:
        raise StoreError(f"{article}: there is no revision {number}; there are {len(by_number)}")
    before = by_number.get(chosen["number"] - 1)
    return Difference(
        url=known[1],
        title=chosen["title"],
        number=chosen["number"],
        kind=chosen["kind"],
        read_at=chosen["read_at"],
        before=before,
        lines=_changed_lines(before, chosen) if before else (),
    )


def _id_in(text: str) -> int:
    """The id that was typed; -1, which no article has, where it was none that a database can hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else -1


def _changed_lines(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> Sequence[tuple[str, str, str]]:
    changed: list[tuple[str, str, str]] = []
    for name in COMPARED:
        old, new = (before[name] or "").splitlines(), (after[name] or "").splitlines()
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for kind, i, j, k, m in matcher.get_opcodes():
            if kind != "equal":
                changed.append((name, "\n".join(old[i:j]), "\n".join(new[k:m])))
    return changed
