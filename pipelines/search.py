"""Finds articles by their words, typed with or without diacritics; keeps `articles_fts` in step with the articles.

`articles_fts` holds every searched text twice, as `folding.exact` and as `folding.fold` spell it, under the id of
its article. Plain SQL finds both (`MATCH 'duc tho'`, `MATCH 'đức thọ'`); what `search` adds is the order of the hits
(`_tiers`), the bound on the work (`MOST_CANDIDATES`), snippets of the kept text, and any text of a user being safe.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice
from typing import Literal

from sqlite_utils import Database

from pipelines.folding import exact, fold

Spelling = Literal["exact", "folded"]
Part = tuple[str, bool]
"""A piece of a snippet and whether it is one of the words looked for."""

SEARCHED = ("title", "lead", "body", "people", "tags", "files")
"""The searched texts of an article; `people` are its author, unit and source, `files` the names and the text of its
attachments."""

MOST_CANDIDATES = 1000
"""How many articles are ranked. Of words that more articles have, the articles that came last into the mirror."""

MOST_WORDS = 32
"""How many words of a query count."""

MOST_FILE_TEXT = 200_000
"""How many characters of each attachment's text are searched."""

SNIPPET_LENGTH = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found; `rank` counts from 1 over all pages of one search.

    `snippet` is a piece of the kept text in parts; a page escapes and marks them, a terminal colours them.
    """

    article: int
    url: str
    site: str
    title: str
    published_date: str | None
    snippet: tuple[Part, ...]
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of hits.

    `total` counts all articles that have the words, and is None where they are more than `MOST_CANDIDATES`.
    `is_bounded` says that only the last `MOST_CANDIDATES` of them were ranked, and no later page goes beyond those.
    """

    hits: tuple[Hit, ...]
    total: int | None
    is_bounded: bool


def create_index(db: Database) -> None:
    """Make an empty `articles_fts`; the one that there was is dropped."""
    columns = ", ".join([*SEARCHED, *(f"{name}_folded" for name in SEARCHED)])
    db.execute("DROP TABLE IF EXISTS articles_fts")
    db.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5(published_date UNINDEXED, {columns}, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )


def rebuild(db: Database) -> None:
    """Index every article anew, inside the caller's transaction."""
    create_index(db)
    for (article,) in db.execute("SELECT id FROM articles ORDER BY id").fetchall():
        index_article(db, article)


def index_article(db: Database, article: int) -> None:
    """Bring the index in step with one article, its people, tags and files, inside the caller's transaction."""
    row = db.execute(_INDEXED_TEXTS, [MOST_FILE_TEXT, article]).fetchone()
    if row is None:
        return
    texts = [text or "" for text in row[1:]]
    db.execute(
        f"INSERT OR REPLACE INTO articles_fts (rowid, published_date, {', '.join(SEARCHED)}, "
        f"{', '.join(f'{name}_folded' for name in SEARCHED)}) VALUES (?, ?{', ?' * 2 * len(SEARCHED)})",
        [article, row[0], *map(exact, texts), *map(fold, texts)],
    )


_INDEXED_TEXTS = """
    SELECT published_date, title, lead, body,
        concat_ws_(author, author_unit, source),
        (SELECT group_concat(name, char(10)) FROM article_tags JOIN tags ON tags.id = tag WHERE article = articles.id),
        (SELECT group_concat(coalesce(label, '') || char(10) || coalesce(attachments.filename, '') || char(10)
            || coalesce(substr(text, 1, ?), ''), char(10))
            FROM attachments LEFT JOIN files USING (sha256) WHERE article = articles.id)
    FROM articles WHERE id = ?
""".replace(
    "concat_ws_(author, author_unit, source)",
    "coalesce(author, '') || char(10) || coalesce(author_unit, '') || char(10) || coalesce(source, '')",
)


def search(
    db: Database,
    words: str,
    *,
    site: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 20,
    offset: int = 0,
) -> SearchPage:
    """The articles that have all the words, best first.

    Words stand anywhere in the article; `"words in quotes"`, and words joined by signs as in `01-KL/TW`, stand side
    by side. No other sign means anything. Order: as typed, diacritics included, before other diacritics; side by
    side before scattered; title before lead before the rest; new before old.

    Args:
        db: a mirror, for reading.
        words: whatever the user typed; the first `MOST_WORDS` words count.
        site: only articles of this site.
        since: only articles that the page dates on this day or later.
        until: only articles that the page dates on this day or earlier.
        limit: hits on a page.
        offset: hits on the pages before.
    """
    query = parse(words)
    if not query.terms:
        return SearchPage(hits=(), total=0, is_bounded=False)
    within = _Filter.of(site, since, until)
    candidates, is_bounded = _candidates(db, query, within, wanted=offset + limit)
    page = sorted(candidates, key=_order)[offset : offset + limit]
    total = None if is_bounded else _total(db, query, within)
    hits = _hits(db, query, page, first_rank=offset + 1)
    return SearchPage(hits=hits, total=total, is_bounded=is_bounded)
