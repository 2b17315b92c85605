"""Finds articles by their words, typed with or without diacritics; keeps `articles_fts` in step with the articles.

`articles_fts` holds every searched text twice, as `folding.exact` and as `folding.fold` spell it, under the id of
its article. Plain SQL finds both (`MATCH 'duc tho'`, `MATCH 'đức thọ'`); what `search` adds is the order of the
hits, a bound on the work, snippets of the kept text, and that whatever a user types is safe.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import islice

from sqlite_utils import Database

from pipelines.errors import StoreError
from pipelines.folding import INVISIBLE, exact, exact_and_folded, fold

SEARCHED = ("title", "lead", "body", "people", "tags", "files")
"""The searched texts of an article. `people` are its author, unit and source; `files` the names and the text of its
attachments."""

FOLDED = tuple(f"{name}_folded" for name in SEARCHED)

PLACES = (("title",), ("title", "lead"), SEARCHED)
"""Where words count most, less, and least."""

MOST_RANKED = 10_000
"""How many articles with all the words are ranked: where more have them, those that came last into the mirror."""

FEW = 60
LOOK_SECONDS = 25e-6
"""So few articles are looked at one by one, or more where that is cheaper than another look into the index: an article
takes about so long, a look into the index as long as the one before."""

MOST_LOOKED_AT, ENOUGH = 50_000, 200
"""Of a search that is narrowed, so many articles with the words are looked at; if at least so many of them pass, the
rest is left: a frequent word on a small site would have to be looked up a million times."""

MOST_WORDS = 32
"""How many words of a query count."""

BATCH = 200
"""Articles whose texts are in memory at once while all are indexed anew."""

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
_BETWEEN, _END = r"[\W_]+", r"(?![^\W_])"
_LOOSE = f"[\u0300-\u036f{INVISIBLE}]*"
_DATED = "CROSS JOIN articles INDEXED BY articles_ranked ON articles.id = articles_fts.rowid"


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

    `total` counts every article with the words. It is None where nobody counted them: because they are more than
    `MOST_RANKED`, or because those with the words as typed fill the page, and those with other diacritics were not
    looked for; `at_least` is then what was counted. `is_bounded` says that so many have the words that only the last
    `MOST_RANKED` were ranked.
    """

    hits: tuple[Hit, ...]
    total: int | None
    at_least: int
    is_bounded: bool


def create_index(db: Database) -> None:
    """Make an empty `articles_fts` in place of the one that there was."""
    db.execute("DROP TABLE IF EXISTS articles_fts")
    db.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5({', '.join(SEARCHED + FOLDED)}, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )
    # What orders and narrows the hits, without a look into the wide rows of `articles`.
    db.execute("CREATE INDEX IF NOT EXISTS articles_ranked ON articles(id, published_date, site)")


def rebuild(db: Database) -> None:
    """Index every article anew, inside the caller's transaction."""
    create_index(db)
    last = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
    for first in range(1, last + 1, BATCH):
        index_articles(db, range(first, first + BATCH))


def index_article(db: Database, article: int) -> None:
    """Bring the index in step with an article, its tags and its files, inside the caller's transaction.

    It reads what it needs from the rows that the transaction has written; doing it twice changes nothing.
    """
    index_articles(db, range(article, article + 1))


def index_articles(db: Database, articles: range) -> None:
    """`index_article` of all articles whose ids lie in a range."""
    texts = db.execute(_TEXTS_OF_ARTICLES, [MOST_FILE_TEXT, articles.start, articles.stop]).fetchall()
    db.conn.executemany(
        f"INSERT OR REPLACE INTO articles_fts (rowid, {', '.join(SEARCHED + FOLDED)}) "
        f"VALUES (?{', ?' * len(SEARCHED + FOLDED)})",
        (_spelled(*row) for row in texts),
    )


def _spelled(article: int, *texts: str) -> tuple[int | str, ...]:
    exacts, folds = zip(*map(exact_and_folded, texts), strict=True)
    return article, *exacts, *folds


_TEXTS_OF_ARTICLES = """
    SELECT id, title, coalesce(lead, ''), body,
        coalesce(author, '') || char(10) || coalesce(author_unit, '') || char(10) || coalesce(source, ''),
        coalesce((SELECT group_concat(name, char(10)) FROM article_tags JOIN tags ON tags.id = article_tags.tag
            WHERE article_tags.article = articles.id), ''),
        coalesce((SELECT group_concat(coalesce(label, '') || char(10) || coalesce(filename, '') || char(10)
                || coalesce(substr(text, 1, ?), ''), char(10))
            FROM attachments LEFT JOIN files ON files.sha256 = attachments.sha256
            WHERE attachments.article = articles.id), '')
    FROM articles WHERE id >= ? AND id < ?
"""


def search(
    db: Database,
    words: str,
    *,
    site: str | None = None,
    since: date | None = None,
    until: date | None = None,
    unit: str | None = None,
    tag: str | None = None,
    with_attachment: bool | None = None,
    limit: int = 20,
    offset: int = 0,
) -> SearchPage:
    """The articles that have all the words, best first.

    Words may stand anywhere in the article; `"words in quotes"`, and words that signs join (`01-KL/TW`), side by
    side. No other sign means anything. First come articles with the words as typed, diacritics included; then those
    that have them side by side; then title before lead before the rest; then the newer one. Who types no diacritics
    means any.

    The work is bounded: of the articles with all the words the last `MOST_RANKED` of the mirror are ranked, and ways
    to have the words that are worth less are looked at only while the page is not full.

    Args:
        db: a mirror, for reading.
        words: whatever was typed, in any Unicode form; the first `MOST_WORDS` words count.
        site: only articles of this site.
        since: only articles that their page dates on this day or later.
        until: only articles that their page dates on this day or earlier.
        unit: only articles of this unit, spelled as it is kept.
        tag: only articles with this tag, spelled as it is kept.
        with_attachment: only articles that have attachments, or only those that have none.
        limit: hits on a page.
        offset: hits on the pages before it.

    Raises:
        StoreError: the mirror was made by a version without search.
    """
    terms = parse(words)
    if not terms:
        return SearchPage(hits=(), total=0, at_least=0, is_bounded=False)
    within = _Filter.of(site=site, since=since, until=until, unit=unit, tag=tag, with_attachment=with_attachment)
    try:
        ranking = _rank(db, _ways(terms), within, wanted=offset + limit)
    except sqlite3.OperationalError as error:
        raise _without_index(error) from error
    hits = tuple(_hit(db, found, rank) for rank, found in enumerate(ranking.found[offset:], start=offset + 1))
    return SearchPage(hits=hits, total=ranking.total, at_least=ranking.at_least, is_bounded=ranking.is_bounded)


def newest_matches(
    db: Database,
    words: str,
    *,
    site: str | None = None,
    since: date | None = None,
    until: date | None = None,
    unit: str | None = None,
    tag: str | None = None,
    with_attachment: bool | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[int]:
    """The ids of the articles that have all the words, those that came last into the mirror first.

    It finds what `search` finds, takes the same arguments and raises the same errors; it does not rank.
    """
    terms = parse(words)
    if not terms:
        return []
    within = _Filter.of(site=site, since=since, until=until, unit=unit, tag=tag, with_attachment=with_attachment)
    try:
        rows = db.execute(
            f"SELECT articles_fts.rowid FROM articles_fts {_DATED if within.sql else ''} "
            f"WHERE articles_fts MATCH ?{within.sql} ORDER BY articles_fts.rowid DESC LIMIT ? OFFSET ?",
            [_ways(terms)[-1].match(), *within.values, limit, offset],
        )
    except sqlite3.OperationalError as error:
        raise _without_index(error) from error
    return [int(article) for (article,) in rows]


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


def _without_index(error: sqlite3.OperationalError) -> Exception:
    """What a mirror without search is told; any other error stays what it is."""
    if "no such" not in str(error):
        return error
    return StoreError("the mirror has no search index yet; the next crawl of any site adds it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """The condition that narrows a search; it speaks of the columns of `articles_ranked` and of small tables only."""

    sql: str
    values: tuple[str, ...]

    @classmethod
    def of(
        cls,
        *,
        site: str | None,
        since: date | None,
        until: date | None,
        unit: str | None,
        tag: str | None,
        with_attachment: bool | None,
    ) -> _Filter:
        asked = {
            "site = ?": site,
            "published_date >= ?": since.isoformat() if since else None,
            "published_date <= ?": until.isoformat() if until else None,
            "author_unit = ?": unit,
            "articles.id IN (SELECT article FROM article_tags JOIN tags ON tags.id = tag WHERE name = ?)": tag,
        }
        wanted = {condition: value for condition, value in asked.items() if value is not None}
        conditions = list(wanted)
        if with_attachment is not None:
            conditions.append(f"{'' if with_attachment else 'NOT '}{_HAS_ATTACHMENT}")
        return cls(sql="".join(f" AND {condition}" for condition in conditions), values=tuple(wanted.values()))


_HAS_ATTACHMENT = "EXISTS (SELECT 1 FROM attachments WHERE article = articles.id AND position IS NOT NULL)"


_Key = tuple[bool, tuple[Term, ...]]
"""What tells two ways to have words apart."""


class _Way:
    """One way in which an article can have the words: as typed or folded, side by side or scattered.

    `scattered` is the looser way with the same spelling. It bounds the work for words side by side: FTS5 looks
    through every article that has all of them to find those that have them together.
    """

    def __init__(self, terms: tuple[Term, ...], *, is_folded: bool, within: _Way | None = None) -> None:
        self.terms = tuple(tuple(map(fold, term)) for term in terms) if is_folded else terms
        self.is_folded = is_folded
        self.scattered = within or self
        self.key: _Key = (is_folded, self.terms)

    @cached_property
    def words_apart(self) -> _Way:
        """The way that has the words of every term anywhere; this one, where no term has two."""
        if all(len(term) == 1 for term in self.terms):
            return self
        return _Way(tuple((word,) for term in self.terms for word in term), is_folded=self.is_folded)

    def match(self, place: Sequence[str] = SEARCHED) -> str:
        """The FTS5 expression for the words in these columns; each is in quotes, so that none is an operator."""
        columns = [f"{name}_folded" for name in place] if self.is_folded else place
        return " AND ".join(self._phrase(" ".join(term), columns) for term in self.terms)

    def _phrase(self, words: str, columns: Sequence[str]) -> str:
        # Without a filter FTS5 is twice as fast. Folded words stand in both spellings' columns or in the folded
        # ones, accented words in the exact ones only: where any place will do, only plain words need a filter.
        is_needless = len(columns) == len(SEARCHED) and (self.is_folded or words != fold(words))
        return f'"{words}"' if is_needless else f'{{{" ".join(columns)}}} : "{words}"'

    def place(self, title: str, lead: str) -> int:
        """The first of `PLACES` that has the words, as far as title and lead tell."""
        spell = fold if self.is_folded else exact
        title, lead = spell(title), spell(lead)
        texts = (title, f"{title}\n{lead}")
        return next((place for place, text in enumerate(texts) if self._is_in(text)), len(texts))

    def _is_in(self, text: str) -> bool:
        # Plain containment first: it is cheap, and mostly says no.
        return all(word in text for term in self.terms for word in term) and all(
            pattern.search(text) for pattern in self._whole_terms
        )

    @cached_property
    def _whole_terms(self) -> list[re.Pattern[str]]:
        return [re.compile(rf"(?<![^\W_]){_BETWEEN.join(map(re.escape, term))}{_END}") for term in self.terms]

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
        return [re.compile(_BETWEEN.join(map(_any_spelling, term)) + _END) for term in self.terms]


def _ways(terms: tuple[Term, ...]) -> list[_Way]:
    """The ways to have the words, best first."""
    side_by_side: tuple[Term, ...] = (tuple(word for term in terms for word in term),)
    ways = []
    for is_folded in (False, True):
        scattered = _Way(terms, is_folded=is_folded)
        if not is_folded and all(word == fold(word) for word in side_by_side[0]):
            continue  # who types no diacritics means any
        if len(terms) > 1:
            ways.append(_Way(side_by_side, is_folded=is_folded, within=scattered))
        ways.append(scattered)
    return ways


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    article: int
    way: _Way


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranking:
    found: Sequence[_Found]
    total: int | None
    at_least: int
    is_bounded: bool


def _rank(db: Database, ways: Sequence[_Way], within: _Filter, *, wanted: int) -> _Ranking:
    """The best `wanted` articles in order: way by way, place by place, until they are enough."""
    looking = _Looking(db, within)
    found: dict[int, _Found] = {}
    for way, stage in ((each, stage) for each in ways for stage in looking.stages(each)):
        for article in looking.best(way, stage, number=wanted + len(found)):
            found.setdefault(article, _Found(article=article, way=way))
        if len(found) >= wanted:
            break
    loosest = looking.seen.get(ways[-1].key)
    seen = [looking.seen[way.key] for way in ways if way.scattered is way and way.key in looking.seen]
    return _Ranking(
        found=list(found.values())[:wanted],
        total=len(loosest.articles) if loosest is not None and loosest.is_whole else None,
        at_least=max([len(found), *(len(stage.articles) for stage in seen)]),
        is_bounded=any(not stage.is_whole for stage in seen),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """Articles that have the words in one way, the last in the mirror first; `seconds` is what it took to find them."""

    articles: list[int]
    is_whole: bool
    """Whether these are all of them."""
    seconds: float


class _Looking:
    """One search's looks into the index."""

    def __init__(self, db: Database, within: _Filter) -> None:
        self._db = db
        self._within = within
        self.seen: dict[_Key, _Stage] = {}
        """The articles of every way in which words were looked for, as far as they were."""

    def stages(self, way: _Way) -> Iterator[_Stage]:
        """The articles with the words in this way: the last of the mirror, and if those are not enough, all."""
        if way.words_apart is way:
            yield self._anywhere(way)
            return
        # Words side by side are dear to look for: first among the last articles that have them anywhere.
        apart = self._anywhere(way.words_apart)
        if not apart.articles:
            self.seen[way.key] = apart
            return
        yield self._look(way, first=apart.articles[-1], is_whole=apart.is_whole)
        if not apart.is_whole and way.scattered is way:
            yield self._look(way)

    def best(self, way: _Way, stage: _Stage, *, number: int) -> list[int]:
        """The best `number` of the stage or more: those with the words at the best places first, then the newest."""
        if not stage.articles:
            return []
        if len(stage.articles) <= FEW or len(stage.articles) * LOOK_SECONDS < stage.seconds:
            newest = self._newest(stage.articles, number=len(stage.articles))
            return sorted(newest, key=self._places(way, newest).__getitem__)
        best: dict[int, None] = {}
        for place in PLACES[:-1]:
            if len(best) < number:
                at_place = self._matching(way.match(place), first=stage.articles[-1])
                best |= dict.fromkeys(self._newest(at_place, number=number))
        if len(best) < number:
            best |= dict.fromkeys(self._newest(stage.articles, number=number))
        return list(best)

    def _anywhere(self, way: _Way) -> _Stage:
        """The articles that have all the words in any place; looked for once, though several ways begin with it."""
        if way.key not in self.seen:
            self._look(way, most=MOST_LOOKED_AT if self._within.sql else None)
            known = self.seen[way.key]
            if not known.is_whole and len(known.articles) < ENOUGH:
                self._look(way)
        return self.seen[way.key]

    def _look(self, way: _Way, *, first: int = 0, is_whole: bool = True, most: int | None = None) -> _Stage:
        began = time.perf_counter()
        if most is None:
            articles = self._matching(way.match(), first=first)
        else:
            articles, is_whole = self._matching_of_the_last(way.match(), most)
        stage = _Stage(
            articles=articles[:MOST_RANKED],
            is_whole=is_whole and len(articles) <= MOST_RANKED,
            seconds=time.perf_counter() - began,
        )
        self.seen[way.key] = stage
        return stage

    def _matching(self, match: str, *, first: int) -> list[int]:
        """The matching articles from the id `first` on, the last in the mirror first; one above `MOST_RANKED`."""
        within = self._within
        # FTS5 does not stop at `first` on its way down where words side by side match nowhere; on its way up it starts
        # there. With a `first` the articles are few, since at most `MOST_RANKED` from there on have the words.
        order, most = ("ASC", -1) if first else ("DESC", MOST_RANKED + 1)
        rows = self._db.execute(
            f"SELECT articles_fts.rowid FROM articles_fts {_DATED if within.sql else ''} WHERE articles_fts MATCH ? "
            f"AND articles_fts.rowid >= ?{within.sql} ORDER BY articles_fts.rowid {order} LIMIT {most}",
            [match, first, *within.values],
        )
        found = [int(article) for (article,) in rows]
        return found[::-1] if first else found

    def _matching_of_the_last(self, match: str, most: int) -> tuple[list[int], bool]:
        """Those of the last `most` matching articles that pass the filter; and whether no others match."""
        rows = self._db.execute(
            "WITH last AS MATERIALIZED (SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH ? "
            f"ORDER BY rowid DESC LIMIT {most}) SELECT articles.id, (SELECT count(*) FROM last) FROM last "
            f"CROSS JOIN articles INDEXED BY articles_ranked ON articles.id = last.id WHERE true{self._within.sql} "
            "ORDER BY articles.id DESC",
            [match, *self._within.values],
        ).fetchall()
        return [int(article) for article, _count in rows], bool(rows) and int(rows[0][1]) < most

    def _newest(self, articles: Sequence[int], *, number: int) -> list[int]:
        """The newest of these by their own date, undated ones last."""
        rows = self._db.execute(
            "SELECT articles.id FROM json_each(?) AS known "
            "CROSS JOIN articles INDEXED BY articles_ranked ON articles.id = known.value "
            "ORDER BY articles.published_date DESC, articles.id DESC LIMIT ?",
            [json.dumps(articles), number],
        )
        return [int(article) for (article,) in rows]

    def _places(self, way: _Way, articles: Sequence[int]) -> dict[int, int]:
        """Whether the words stand in the title (0), in title and lead (1) or elsewhere (2)."""
        rows = self._db.execute(
            "SELECT articles.id, title, coalesce(lead, '') FROM json_each(?) AS known "
            "CROSS JOIN articles ON articles.id = known.value",
            [json.dumps(articles)],
        )
        return {int(article): way.place(title, lead) for article, title, lead in rows}


def _hit(db: Database, found: _Found, rank: int) -> Hit:
    url, site, title, day, lead, body = db.execute(
        "SELECT url, site, title, published_date, lead, body FROM articles WHERE id = ?", [found.article]
    ).fetchone()
    text = f"{lead}\n{body}" if lead else body
    snippet = _snippet(found.way, text) or _file_snippet(db, found) or _opening(text)
    return Hit(article=found.article, url=url, site=site, title=title, published_date=day, snippet=snippet, rank=rank)


def _file_snippet(db: Database, found: _Found) -> tuple[Part, ...]:
    """A piece of the first attachment whose text has the words."""
    texts = db.execute(
        "SELECT substr(text, 1, ?) FROM attachments JOIN files ON files.sha256 = attachments.sha256 "
        "WHERE article = ? AND text IS NOT NULL ORDER BY position",
        [MOST_FILE_TEXT, found.article],
    )
    return next(filter(None, (_snippet(found.way, text) for (text,) in texts)), ())


def _snippet(way: _Way, text: str) -> tuple[Part, ...]:
    """The piece of the text with the most of the terms, close together, marked; nothing where it has none."""
    marks = way.marks(text)
    if not marks:
        return ()
    start, end = _window(text, min((_worth(marks, index), mark[0]) for index, mark in enumerate(marks))[1])
    parts = []
    at = start
    for first, last, _term in marks:
        if at <= first and last <= end:
            parts += [(text[at:first], False), (text[first:last], True)]
            at = last
    return _framed(text, start, [*parts, (text[at:end], False)], end)


def _opening(text: str) -> tuple[Part, ...]:
    """The first lines, for words that stand in the title, the tags or the by-line."""
    start, end = _window(text, 0)
    return _framed(text, start, [(text[start:end], False)], end)


def _framed(text: str, start: int, parts: Sequence[Part], end: int) -> tuple[Part, ...]:
    framed = [("… " if start else "", False), *parts, (" …" if end < len(text) else "", False)]
    return tuple((_SPACE.sub(" ", part), is_hit) for part, is_hit in framed if part)


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
    """Start and end of the piece around a mark, between words where there are any."""
    start = max(0, mark - SNIPPET_BEFORE)
    if start:
        start = max(text.find(" ", start, mark), text.find("\n", start, mark), start - 1) + 1
    end = start + SNIPPET_LENGTH
    if end < len(text):
        gap = max(text.rfind(" ", mark, end), text.rfind("\n", mark, end))
        end = gap if gap > mark else end
    return start, min(end, len(text))


def _any_spelling(word: str) -> str:
    """A pattern for a word with any diacritics, marks and case."""
    classes = [f"[{re.escape(_letters_like().get(letter, letter + letter.upper()))}]" for letter in fold(word)]
    if not classes:
        return "(?!)"
    # The look behind stands after the first letter: `re` finds a letter fast, a place between letters slowly.
    return _LOOSE.join([f"{classes[0]}(?<![^\\W_].)", *classes[1:]]) + _LOOSE


@cache
def _letters_like() -> dict[str, str]:
    """The Latin letters that fold to each letter."""
    letters: dict[str, str] = {}
    for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)):
        folded = fold(chr(code))
        if len(folded) == 1 and folded.isalpha():
            letters[folded] = letters.get(folded, "") + chr(code)
    return letters
