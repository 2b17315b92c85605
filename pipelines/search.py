"""Finds articles by their words, typed with or without diacritics; keeps `articles_fts` in step with the articles.

`articles_fts` holds every searched text twice, as `folding.exact` and as `folding.fold` spell it, under the id of
its article. Plain SQL finds both (`MATCH 'duc tho'`, `MATCH 'đức thọ'`); what `search` adds is the order of the
hits, a bound on the work, snippets of the kept text, and that whatever a user types is safe.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import islice

from sqlite_utils import Database

from pipelines.errors import StoreError
from pipelines.folding import INVISIBLE, exact, fold

SEARCHED = ("title", "lead", "body", "people", "tags", "files")
"""The searched texts of an article. `people` are its author, unit and source; `files` the names and the text of its
attachments."""

FOLDED = tuple(f"{name}_folded" for name in SEARCHED)

MOST_CANDIDATES = 1000
"""How many articles are ranked: of words that more articles have, those that came last into the mirror."""

MOST_WORDS = 32
"""How many words of a query count."""

MOST_FILE_TEXT = 200_000
"""How many characters of each attachment's text are searched."""

SNIPPET_LENGTH = 240
SNIPPET_BEFORE = 60
"""How many characters a snippet has in all, and before the first word that is marked."""

MOST_MARKS = 200
"""How many places of a text are looked at to find the best piece of it."""

Term = tuple[str, ...]
"""Words that stand side by side, as `folding.exact` spells them; mostly one."""

Part = tuple[str, bool]
"""A piece of a snippet, and whether it is what was looked for."""

Mark = tuple[int, int, int]
"""Start and end of a term in a text, and which term it is."""

_WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_QUOTED_OR_PLAIN = re.compile(r'"([^"]*)"|([^\s"]+)')
_QUOTES = str.maketrans("“”„«»", '"""""')
_SPACE = re.compile(r"\s+")
_STARTS, _BETWEEN, _ENDS = r"(?<![^\W_])", r"[\W_]+", r"(?![^\W_])"
_LOOSE = f"[\u0300-\u036f{INVISIBLE}]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found; `rank` counts from 1 over all pages of one search.

    `snippet` is a piece of the kept text in parts, so that a page can escape and mark them and a terminal colour them.
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

    `total` counts every article with the words; it is None where they are more than `MOST_CANDIDATES`.
    `is_bounded` says that not all of them were ranked, only the last `MOST_CANDIDATES` with the words at their best.
    """

    hits: tuple[Hit, ...]
    total: int | None
    is_bounded: bool


def create_index(db: Database) -> None:
    """Make an empty `articles_fts` in place of the one that there was."""
    db.execute("DROP TABLE IF EXISTS articles_fts")
    db.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5(published_date UNINDEXED, {', '.join(SEARCHED + FOLDED)}, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )


def rebuild(db: Database) -> None:
    """Index every article anew, inside the caller's transaction."""
    create_index(db)
    for (article,) in db.execute("SELECT id FROM articles ORDER BY id").fetchall():
        index_article(db, article)


def index_article(db: Database, article: int) -> None:
    """Bring the index in step with an article, its tags and its files, inside the caller's transaction.

    It reads what it needs from the rows that the transaction has written; doing it twice changes nothing.
    """
    day, *texts = db.execute(_TEXTS_OF_ARTICLE, [MOST_FILE_TEXT, article]).fetchone()
    db.execute(
        f"INSERT OR REPLACE INTO articles_fts (rowid, published_date, {', '.join(SEARCHED + FOLDED)}) "
        f"VALUES (?, ?{', ?' * len(SEARCHED + FOLDED)})",
        [article, day, *map(exact, texts), *map(fold, texts)],
    )


_TEXTS_OF_ARTICLE = """
    SELECT published_date, title, coalesce(lead, ''), body,
        coalesce(author, '') || char(10) || coalesce(author_unit, '') || char(10) || coalesce(source, ''),
        coalesce((SELECT group_concat(name, char(10)) FROM article_tags JOIN tags ON tags.id = article_tags.tag
            WHERE article_tags.article = articles.id), ''),
        coalesce((SELECT group_concat(coalesce(label, '') || char(10) || coalesce(filename, '') || char(10)
                || coalesce(substr(text, 1, ?), ''), char(10))
            FROM attachments LEFT JOIN files ON files.sha256 = attachments.sha256
            WHERE attachments.article = articles.id), '')
    FROM articles WHERE id = ?
"""


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

    Words may stand anywhere in the article; `"words in quotes"`, and words that signs join (`01-KL/TW`), side by
    side. No other sign means anything. First come articles with the words as typed, diacritics included; then those
    that have them side by side; then title before lead before the rest; then the newer one. Of a query without any
    diacritics, words side by side come before scattered ones however they are accented.

    Args:
        db: a mirror, for reading.
        words: whatever was typed, in any Unicode form; the first `MOST_WORDS` words count.
        site: only articles of this site.
        since: only articles that their page dates on this day or later.
        until: only articles that their page dates on this day or earlier.
        limit: hits on a page.
        offset: hits on the pages before it.

    Raises:
        StoreError: the mirror was made by a version without search.
    """
    terms = parse(words)
    if not terms:
        return SearchPage(hits=(), total=0, is_bounded=False)
    within = _Filter.of(site, since, until)
    try:
        candidates, is_bounded = _candidates(db, terms, within, wanted=offset + limit)
        total = _count(db, terms, within)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise StoreError("the mirror has no search index yet; the next crawl of any site adds it") from error
    page = sorted(candidates, key=_Candidate.order)[offset : offset + limit]
    return SearchPage(hits=tuple(_hits(db, page, offset)), total=total, is_bounded=is_bounded)


def parse(words: str) -> tuple[Term, ...]:
    """The terms of a query; none where it holds no letter and no digit."""
    terms: list[Term] = []
    room = MOST_WORDS
    for quoted, plain in _QUOTED_OR_PLAIN.findall(words.translate(_QUOTES)):
        term = tuple(_WORD.findall(exact(quoted or plain))[:room])
        room -= len(term)
        if term:
            terms.append(term)
    return tuple(terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """The condition that narrows a search to a site and to days."""

    sql: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, site: str | None, since: date | None, until: date | None) -> _Filter:
        asked = {
            "site = ?": site,
            "published_date >= ?": since.isoformat() if since else None,
            "published_date <= ?": until.isoformat() if until else None,
        }
        wanted = {condition: value for condition, value in asked.items() if value is not None}
        # The plus keeps SQLite from asking the index for one article after another.
        narrowed = f"AND +rowid IN (SELECT id FROM articles WHERE {' AND '.join(wanted)})" if wanted else ""
        return cls(sql=narrowed, values=tuple(wanted.values()))


class _Tier:
    """One way to have the words; better ways have lower ranks."""

    def __init__(self, rank: int, terms: tuple[Term, ...], *, is_folded: bool) -> None:
        self.rank = rank
        self.terms = tuple(tuple(map(fold, term)) for term in terms) if is_folded else terms
        self.is_folded = is_folded

    @property
    def match(self) -> str:
        """The FTS5 expression; every word stands in quotes, so that none is an operator."""
        return " AND ".join(map(self._phrase, self.terms))

    def _phrase(self, term: Term) -> str:
        words = " ".join(term)
        # An accented word stands in the exact columns only; a plain one has to be asked for there.
        columns = "" if self.is_folded or words != fold(words) else f"{{{' '.join(SEARCHED)}}} : "
        return f'{columns}"{words}"'

    @property
    def title_and_lead(self) -> str:
        return "title_folded, lead_folded" if self.is_folded else "title, lead"

    def place(self, title: str, lead: str) -> int:
        """Where the words are: 0 in the title, 1 in title and lead, 2 elsewhere."""
        if self._is_in(title):
            return 0
        return 1 if lead and self._is_in(f"{title}\n{lead}") else 2

    def _is_in(self, text: str) -> bool:
        # Plain containment first: it is cheap, and most of a thousand candidates end with it.
        return all(term[0] in text for term in self.terms) and all(pattern.search(text) for pattern in self._patterns)

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(_STARTS + _BETWEEN.join(map(re.escape, term)) + _ENDS) for term in self.terms]

    def marks(self, text: str) -> list[Mark]:
        """Where the terms stand in kept text, whatever its case and Unicode form, in their order there."""
        return sorted(
            (found.start(), found.end(), index)
            for index, pattern in enumerate(self._spellings)
            for found in islice(pattern.finditer(text), MOST_MARKS)
            if self.is_folded or tuple(_WORD.findall(exact(found[0]))) == self.terms[index]
        )

    @cached_property
    def _spellings(self) -> list[re.Pattern[str]]:
        return [re.compile(_BETWEEN.join(map(_any_spelling, term)) + _ENDS) for term in self.terms]


def _tiers(terms: tuple[Term, ...]) -> list[_Tier]:
    side_by_side: tuple[Term, ...] = (tuple(word for term in terms for word in term),)
    is_accented = any(word != fold(word) for word in side_by_side[0])
    # Who types no diacritics means any: `ha tinh` is Hà Tĩnh before it is an article with "ha" and "tinh" somewhere.
    scattered_as_typed = [(terms, False)] if is_accented else []
    ways = [(side_by_side, False), *scattered_as_typed, (side_by_side, True), (terms, True)]
    return [_Tier(rank, asked, is_folded=is_folded) for rank, (asked, is_folded) in enumerate(dict.fromkeys(ways))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    article: int
    tier: _Tier
    place: int
    published_date: str | None

    def order(self) -> tuple[int, int, int, int]:
        """The sort key; of two dates the later comes first, and no date last."""
        day = int(self.published_date.replace("-", "")) if self.published_date else 0
        return self.tier.rank, self.place, -day, -self.article


def _candidates(
    db: Database, terms: tuple[Term, ...], within: _Filter, *, wanted: int
) -> tuple[list[_Candidate], bool]:
    """The articles of the best tiers that together fill the page; and whether there were more in one of them."""
    found: dict[int, _Candidate] = {}
    is_bounded = False
    for tier in _tiers(terms):
        rows = db.execute(
            f"SELECT rowid, published_date, {tier.title_and_lead} FROM articles_fts WHERE articles_fts MATCH ? "
            f"{within.sql} ORDER BY rowid DESC LIMIT ?",
            [tier.match, *within.values, MOST_CANDIDATES + 1],
        ).fetchall()
        is_bounded = is_bounded or len(rows) > MOST_CANDIDATES
        for article, day, title, lead in rows[:MOST_CANDIDATES]:
            if article not in found:
                place = tier.place(title, lead)
                found[article] = _Candidate(article=article, tier=tier, place=place, published_date=day)
        if is_bounded or len(found) >= wanted:
            break
    return list(found.values()), is_bounded


def _count(db: Database, terms: tuple[Term, ...], within: _Filter) -> int | None:
    """How many articles have the words in any way, which is the last tier; None for more than are ranked."""
    row = db.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? {within.sql} LIMIT ?)",
        [_tiers(terms)[-1].match, *within.values, MOST_CANDIDATES + 1],
    ).fetchone()
    return int(row[0]) if row[0] <= MOST_CANDIDATES else None


def _hits(db: Database, page: Sequence[_Candidate], offset: int) -> Iterator[Hit]:
    for rank, candidate in enumerate(page, start=offset + 1):
        url, site, title, lead, body = db.execute(
            "SELECT url, site, title, lead, body FROM articles WHERE id = ?", [candidate.article]
        ).fetchone()
        text = f"{lead}\n{body}" if lead else body
        yield Hit(
            article=candidate.article,
            url=url,
            site=site,
            title=title,
            published_date=candidate.published_date,
            snippet=_snippet(candidate.tier, text) or _file_snippet(db, candidate) or ((_opening(text), False),),
            rank=rank,
        )


def _file_snippet(db: Database, candidate: _Candidate) -> tuple[Part, ...]:
    """A piece of the first attachment whose text has the words; nothing for words of the title alone."""
    if candidate.place < 2:
        return ()
    texts = db.execute(
        "SELECT substr(text, 1, ?) FROM attachments JOIN files ON files.sha256 = attachments.sha256 "
        "WHERE article = ? AND text IS NOT NULL ORDER BY position",
        [MOST_FILE_TEXT, candidate.article],
    )
    return next(filter(None, (_snippet(candidate.tier, text) for (text,) in texts)), ())


def _snippet(tier: _Tier, text: str) -> tuple[Part, ...]:
    """The piece of the text with the most of the terms, close together, marked; nothing where it has none."""
    marks = tier.marks(text)
    if not marks:
        return ()
    start, end = _window(text, min((_worth(marks, index), mark[0]) for index, mark in enumerate(marks))[1])
    parts = [("… ", False)] if start else []
    at = start
    for first, last, _term in marks:
        if at <= first and last <= end:
            parts += [(text[at:first], False), (text[first:last], True)]
            at = last
    parts += [(text[at:end], False), (" …" if end < len(text) else "", False)]
    return tuple((_SPACE.sub(" ", part), is_hit) for part, is_hit in parts if part)


def _worth(marks: Sequence[Mark], index: int) -> tuple[int, int]:
    """How good a piece is that starts with this mark: the most different terms, then the least room for them."""
    start = marks[index][0]
    seen: set[int] = set()
    room = 0
    for _first, last, term in islice(marks, index, None):
        if last - start > SNIPPET_LENGTH - SNIPPET_BEFORE:
            break
        if term not in seen:
            seen.add(term)
            room = last - start
    return -len(seen), room


def _window(text: str, mark: int) -> tuple[int, int]:
    """Start and end of the piece around a mark, between words."""
    start = max(0, mark - SNIPPET_BEFORE)
    if start:
        start = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    end = start + SNIPPET_LENGTH
    if end < len(text):
        end = max(text.rfind(" ", mark + 1, end), text.rfind("\n", mark + 1, end), mark + 1)
    return start, min(end, len(text))


def _opening(text: str) -> str:
    _start, end = _window(text, 0)
    return _SPACE.sub(" ", text[:end]) + (" …" if end < len(text) else "")


def _any_spelling(word: str) -> str:
    """A pattern for a word with any diacritics, marks and case; it fails fast where no such word begins."""
    classes = [f"[{re.escape(_letters_like().get(letter, letter + letter.upper()))}]" for letter in fold(word)]
    # The look behind stands after the first letter, so that the search for that letter is the fast one.
    return (_LOOSE.join([f"{classes[0]}(?<![^\\W_].)", *classes[1:]]) + _LOOSE) if classes else "(?!)"


@cache
def _letters_like() -> dict[str, str]:
    """The Latin letters that fold to each letter."""
    letters: dict[str, str] = {}
    for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)):
        folded = fold(chr(code))
        if len(folded) == 1 and folded.isalpha():
            letters[folded] = letters.get(folded, "") + chr(code)
    return letters
