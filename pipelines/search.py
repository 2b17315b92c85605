"""Finds articles by their words, typed with or without diacritics; keeps `articles_fts` in step with the articles.

`articles_fts` holds every searched text twice, as `folding.exact` and as `folding.fold` spell it, under the id of
its article. Plain SQL finds both (`MATCH 'duc tho'`, `MATCH 'đức thọ'`); what `search` adds is the order of the
hits, a bound on the work, snippets of the kept text, and that whatever a user types is safe.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlite_utils import Database

from pipelines.errors import StoreError
from pipelines.filters import EVERYTHING, Filters
from pipelines.folding import exact_and_folded
from pipelines.items import Article
from pipelines.rows import insert_rows
from pipelines.searchranking import PATIENT, Found, Reach, last_matches, rank
from pipelines.searchterms import SEARCHED, parse, ways_to_have
from pipelines.snippets import Part, marked_title, opening_of, snippet_of

FOLDED = tuple(f"{name}_folded" for name in SEARCHED)

BATCH = 200
"""Articles whose texts are in memory at once while all are indexed anew."""

MOST_FILE_TEXT = 200_000
"""How many characters of each attachment's text are searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found; `rank` counts from 1 over all pages of one search.

    `snippet` is a piece of the kept text in parts, so that a page can escape and mark them and a terminal colour them;
    so is `marked_title`.
    """

    article: int
    url: str
    site: str
    title: str
    published_date: str | None
    marked_title: tuple[Part, ...]
    snippet: tuple[Part, ...]
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of hits.

    `total` counts every article with the words. It is None where nobody counted them: because there are more than are
    ranked (`is_bounded`: the `at_least` that came last into the mirror were), because older articles were not looked at
    (`reach` says from which on they were), or because those with the words as typed fill the page, and those with other
    diacritics were not looked for. `at_least` is then what was counted.

    The further pages of the same hits are asked for with the `reach` of the first.
    """

    hits: tuple[Hit, ...]
    total: int | None
    at_least: int
    is_bounded: bool
    reach: Reach


def create_index(db: Database) -> None:
    """Make an empty `articles_fts` in place of the one that there was."""
    db.execute("DROP TABLE IF EXISTS articles_fts")
    db.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5({', '.join(SEARCHED + FOLDED)}, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )
    # What orders and narrows the hits, without a look into the wide rows of `articles`.
    db.execute("CREATE INDEX IF NOT EXISTS articles_ranked ON articles(id, published_date, site)")


def merge_seldom(db: Database) -> None:
    """Let FTS5 merge eight parts of the index at a time instead of four.

    Every commit adds a part. Merging them costs a tenth of all that is done for an article; searches hardly tell the
    difference, since what is merged eight at a time is merged less often (https://www.sqlite.org/fts5.html, 6.1).
    """
    db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('automerge', 8)")


def rebuild(db: Database) -> None:
    """Index every article anew, inside the caller's transaction."""
    create_index(db)
    merge_seldom(db)
    for articles in _all_articles(db):
        index_articles(db, articles)


def spell_anew(db: Database) -> None:
    """Index those articles anew that the index has in another spelling than today's, inside the caller's transaction.

    A change of `folding` changes the words of few texts; the index of all of them need not be written for it.
    """
    for articles in _all_articles(db):
        kept = db.execute(_ROWS_OF_INDEX, [articles.start, articles.stop]).fetchall()
        changed = {int(row[0]) for row in set(_rows_of(db, articles)).symmetric_difference(kept)}
        for article in sorted(changed):
            index_article(db, article)


def _all_articles(db: Database) -> Iterator[range]:
    last = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
    return (range(first, first + BATCH) for first in range(1, last + 1, BATCH))


_ROWS_OF_INDEX = f"SELECT rowid, {', '.join(SEARCHED + FOLDED)} FROM articles_fts WHERE rowid >= ? AND rowid < ?"


def index_article(db: Database, article: int) -> None:
    """Bring the index in step with an article, its tags and its files, inside the caller's transaction.

    It reads what it needs from the rows that the transaction has written; doing it twice changes nothing.
    """
    index_articles(db, range(article, article + 1))


def index_articles(db: Database, articles: range) -> None:
    """`index_article` of all articles whose ids lie in a range."""
    _put(db, articles, _rows_of(db, articles))


def _rows_of(db: Database, articles: range) -> Iterator[tuple[int | str, ...]]:
    """The rows of the index for articles, as their tables have them."""
    rows = db.execute(_TEXTS_OF_ARTICLES, [MOST_FILE_TEXT, articles.start, articles.stop]).fetchall()
    return (_spelled(article, _texts(*columns)) for article, *columns in rows)


def index_new(db: Database, articles: Sequence[tuple[int, Article]], *, knows_files: bool) -> None:
    """`index_article` of articles that were just added, with their ids, one after the other.

    Their texts are at hand, unless the mirror knew one of their files (`knows_files`), and may have its text.
    """
    ids = range(articles[0][0], articles[-1][0] + 1)
    if knows_files:
        files = dict(db.execute(_FILES_OF_ARTICLES, [MOST_FILE_TEXT, ids.start, ids.stop]).fetchall())
    else:
        files = {id_: _named_files(new) for id_, new in articles}
    _put(
        db,
        ids,
        (_spelled(id_, _texts(*_columns_of(new), "\n".join(new.tags), files.get(id_))) for id_, new in articles),
    )


def _named_files(article: Article) -> str:
    """What `_FILES` gives for files of which nothing is known but what the page says."""
    named = {item.url: f"{item.label or ''}\n{item.filename or ''}\n" for item in article.attachments}
    return "\n".join(named.values())


_columns_of = attrgetter("title", "lead", "body", "author", "author_unit", "source")


def _put(db: Database, articles: range, rows: Iterable[Sequence[int | str]]) -> None:
    db.execute("DELETE FROM articles_fts WHERE rowid >= ? AND rowid < ?", [articles.start, articles.stop])
    insert_rows(db, "articles_fts", ("rowid", *SEARCHED, *FOLDED), rows)


def _texts(title: str, lead: str | None, body: str, *people_tags_and_files: str | None) -> tuple[str, ...]:
    """What stands in the columns `SEARCHED`."""
    author, unit, source, tags, files = (text or "" for text in people_tags_and_files)
    return title, lead or "", body, f"{author}\n{unit}\n{source}", tags, files


def _spelled(article: int, texts: Sequence[str]) -> tuple[int | str, ...]:
    exacts, folds = (spelling.split(_BETWEEN) for spelling in exact_and_folded(_BETWEEN.join(texts)))
    if len(exacts) != len(texts):  # one of them has the sign itself
        exacts, folds = (list(spellings) for spellings in zip(*map(exact_and_folded, texts), strict=True))
    return article, *exacts, *folds


_BETWEEN = "\0"
"""What parts the texts of an article while they are spelled all at once; no word has it."""

_FILES = """
    group_concat(coalesce(label, '') || char(10) || coalesce(filename, '') || char(10)
        || coalesce(substr(text, 1, ?), ''), char(10))
    FROM attachments LEFT JOIN files ON files.sha256 = attachments.sha256
"""
_FILES_OF_ARTICLES = f"SELECT article, {_FILES} WHERE article >= ? AND article < ? GROUP BY article"
_TEXTS_OF_ARTICLES = f"""
    SELECT id, title, lead, body, author, author_unit, source,
        (SELECT group_concat(name, char(10)) FROM article_tags JOIN tags ON tags.id = article_tags.tag
            WHERE article_tags.article = articles.id),
        (SELECT {_FILES} WHERE attachments.article = articles.id)
    FROM articles WHERE id >= ? AND id < ?
"""


def search(
    db: Database,
    words: str,
    within: Filters = EVERYTHING,
    *,
    limit: int = 20,
    offset: int = 0,
    reach: Reach = PATIENT,
) -> SearchPage:
    """The articles that have all the words, best first.

    Words may stand anywhere in the article; `"words in quotes"`, and words that signs join (`01-KL/TW`), side by
    side. No other sign means anything. First come articles with the words as typed, diacritics included; then those
    that have them side by side; then title before lead before the rest; then the newer one. Who types no diacritics
    means any.

    The work is bounded, from the newest articles of the mirror backwards: the last `MOST_RANKED` with all the words
    are ranked (`MOST_SIDE_BY_SIDE` with words in quotes, `MOST_FILTERED` of those that pass a filter), and in a mirror
    of more than `FIRST_STRETCH` articles the older ones are left where the index could not be read so far back in
    `PATIENCE`. Ways to have the words that are worth less are looked at only while the page is not full.

    Args:
        db: a mirror, for reading.
        words: whatever was typed, in any Unicode form; the first `MOST_WORDS` words count.
        within: only these articles.
        limit: hits on a page.
        offset: hits on the pages before it.
        reach: how far to look back. With `searchranking.WHOLE_MIRROR` everything is looked at, whatever time that
            takes, and of those that pass a filter, or have words in quotes, `MOST_RANKED` are ranked too.

    Raises:
        StoreError: the mirror was made by a version without search.
    """
    terms = parse(words)
    if not terms:
        return SearchPage(hits=(), total=0, at_least=0, is_bounded=False, reach=PATIENT)
    try:
        ranking = rank(db, ways_to_have(terms), within, wanted=offset + limit, reach=reach)
    except sqlite3.OperationalError as error:
        raise _without_index(error) from error
    return SearchPage(
        hits=_hits(db, ranking.found[offset:], first_rank=offset + 1),
        total=ranking.total,
        at_least=ranking.at_least,
        is_bounded=ranking.is_bounded,
        reach=ranking.reach,
    )


def newest_matches(
    db: Database, words: str, within: Filters = EVERYTHING, *, limit: int = 50, offset: int = 0
) -> list[int]:
    """The ids of the articles that have all the words, those that came last into the mirror first.

    It finds what `search` finds and raises the same errors; it does not rank.
    """
    terms = parse(words)
    if not terms:
        return []
    try:
        return last_matches(db, ways_to_have(terms)[-1], within, number=offset + limit)[offset:]
    except sqlite3.OperationalError as error:
        raise _without_index(error) from error


def _without_index(error: sqlite3.OperationalError) -> Exception:
    """What a mirror without search is told; any other error stays what it is."""
    if "no such" not in str(error):
        return error
    return StoreError("the mirror has no search index yet; the next crawl of any site adds it")


def _hits(db: Database, page: Sequence[Found], *, first_rank: int) -> tuple[Hit, ...]:
    if not page:
        return ()
    rows = db.execute(
        "SELECT articles.id, url, site, title, published_date, lead, body FROM json_each(?) AS found "
        "CROSS JOIN articles ON articles.id = found.value ORDER BY found.key",
        [json.dumps([found.article for found in page])],
    )
    return tuple(
        _hit(db, found, row, rank=rank)
        for rank, (found, row) in enumerate(zip(page, rows, strict=True), start=first_rank)
    )


def _hit(db: Database, found: Found, row: Sequence[Any], *, rank: int) -> Hit:
    article, url, site, title, day, lead, body = row
    text = f"{lead}\n{body}" if lead else body
    snippet = snippet_of(found.way, text) or _file_snippet(db, found) or opening_of(text)
    return Hit(
        article=article,
        url=url,
        site=site,
        title=title,
        published_date=day,
        marked_title=marked_title(found.way, title),
        snippet=snippet,
        rank=rank,
    )


def _file_snippet(db: Database, found: Found) -> tuple[Part, ...]:
    """A piece of the first attachment whose text has the words."""
    texts = db.execute(
        "SELECT substr(text, 1, ?) FROM attachments JOIN files ON files.sha256 = attachments.sha256 "
        "WHERE article = ? AND text IS NOT NULL ORDER BY position",
        [MOST_FILE_TEXT, found.article],
    )
    return next(filter(None, (snippet_of(found.way, text) for (text,) in texts)), ())
