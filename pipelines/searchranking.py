"""Finds the articles that have all words of a search, from the newest of the mirror backwards, and puts them in order.

The work is bounded twice, whatever the words are: only so many articles with the words are ranked, and the index is
read backwards only as far as `PATIENCE` allows. How far that is depends on the machine and on what it has in memory, so
a search says how far it came, and can be asked to come as far again (the next page of the same hits) or to go through
everything (`WHOLE_MIRROR`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlite_utils import Database

from pipelines.filters import Filters, few_candidates, one_by_one
from pipelines.folding import exact, fold
from pipelines.searchterms import Key, Rarity, Way

TITLE, TITLE_AND_LEAD = ("title",), ("title", "lead")
"""Where words count most, and where they count more than elsewhere."""

MOST_RANKED = 10_000
"""How many articles with all the words are ranked: where more have them, those that came last into the mirror."""

MOST_SIDE_BY_SIDE, MOST_FILTERED = 1000, 200
"""The same for words in quotes, and for a filter, where nobody has asked for everything: many articles have to be tried
for one that passes."""

FEW = 60
LOOK_SECONDS = 75e-6
"""So few articles are looked at one by one in place of another look into the index, or more where that is cheaper: an
article takes about so long, a look as long as the one before."""

LOOKED_UP = 200
"""What no more articles have is looked up in the whole mirror: listing them takes no longer than a look."""

FEW_AT_ONCE = 15
"""As `FEW` where a word is looked for that few articles have: then a look takes no time."""

PATIENCE = 0.02
"""Seconds after which no older part of the mirror is looked into, where the hits fill the page."""

PATIENCE_FOR_FEW, PATIENCE_FOR_NONE = 1.5, 5
"""So many times as long, where they do not, and where there are none."""

FIRST_STRETCH = 1 << 15
"""For how many of the newest articles the index is read at first; then for all others, or, where that would take too
long, for as many again, twice as many, and so on. A mirror that holds no more is looked through whatever time it takes.
For words in quotes it is a quarter."""

SAMPLE = 2000
"""In how many of the newest articles words are counted, to know the rare ones."""

LOOKED_AT_BETWEEN = 500
"""After how many articles with the words the clock is looked at."""

_BY_ID = "articles INDEXED BY articles_ranked ON articles.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The id of the oldest article that is looked at, for the words as typed and for words with other diacritics.

    1 is the whole mirror, None as far as `PATIENCE` allows.
    """

    exact: int | None = None
    folded: int | None = None

    @property
    def oldest(self) -> int:
        """The id from which on every article was looked at in every way that was tried."""
        return max(self.exact or 1, self.folded or 1)


PATIENT = Reach()
WHOLE_MIRROR = Reach(exact=1, folded=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article, and the way in which it has the words."""

    article: int
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Articles in order; the counts are those of `SearchPage`."""

    found: Sequence[Found]
    total: int | None
    at_least: int
    is_bounded: bool
    reach: Reach


NOTHING = Ranking(found=(), total=0, at_least=0, is_bounded=False, reach=WHOLE_MIRROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Articles that have the words in one way, those that came last into the mirror first."""

    articles: Sequence[int]
    is_cut: bool = False
    """Whether older ones were left because these are enough."""
    seconds: float = 0
    """What it took to find them."""
    reach: int = 1
    """The id down to which the mirror was looked through; 1 is all of it."""

    @property
    def is_whole(self) -> bool:
        return self.reach == 1 and not self.is_cut


def rank(db: Database, ways: Sequence[Way], within: Filters, *, wanted: int, reach: Reach) -> Ranking:
    """The best `wanted` articles in order: way by way, place by place, until they are enough."""
    looking = Looking(db, within, wanted=wanted, reach=reach)
    if not looking.look_for_few(ways[-1]):
        return NOTHING
    found: dict[int, Found] = {}
    for way in ways:
        for article in looking.best(way, number=wanted + len(found)):
            found.setdefault(article, Found(article=article, way=way))
        if len(found) >= wanted:
            break
    seen = [looking.seen[way.key] for way in ways if way.key in looking.seen]
    loosest = looking.seen.get(ways[-1].key)
    return Ranking(
        found=list(found.values())[:wanted],
        total=len(loosest.articles) if loosest is not None and loosest.is_whole else None,
        at_least=max([len(found), *(len(stage.articles) for stage in seen)]),
        is_bounded=any(stage.is_cut for stage in seen),
        reach=looking.reach,
    )


def last_matches(db: Database, way: Way, within: Filters, *, number: int) -> list[int]:
    """Of the articles that have the words in this way, those that came last into the mirror, newest first."""
    return list(Looking(db, within, wanted=number, reach=WHOLE_MIRROR).look(way, most=number).articles[:number])


class Looking:
    """One search's looks into the index.

    Args:
        db: a mirror, for reading.
        within: what narrows the search.
        wanted: how many hits fill the page.
        reach: how far back to look.
    """

    def __init__(self, db: Database, within: Filters, *, wanted: int, reach: Reach) -> None:
        self._db = db
        self._within = within
        self._wanted = wanted
        self._asked = reach
        self._began = time.perf_counter()
        self._few: Sequence[int] | None = None
        self._counts: dict[str, int] = {}
        self.seen: dict[Key, Stage] = {}
        """The articles that have the words scattered, by way."""

    @cached_property
    def _last(self) -> int:
        """The id of the article that came last into the mirror."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0])

    @property
    def reach(self) -> Reach:
        """How far back was looked."""
        reached = {is_folded: stage.reach for (is_folded, _terms), stage in self.seen.items()}
        return Reach(exact=reached.get(False), folded=reached.get(True))

    def look_for_few(self, loosest: Way) -> bool:
        """Whether any article may have the words in the loosest way.

        Words that are likely to be rare are looked up in the whole mirror: that takes no time where few articles have
        them. Every way to have the words is then looked for among these.
        """
        if not self._within.are_none:
            return True
        having, is_known = self._having_rare_words(loosest)
        if having is None or (len(having) > FEW and not is_known):
            return True
        having = having if is_known else self._matching(having, loosest.match())
        if len(having) <= FEW:
            self._few = having
        self.seen[loosest.key] = Stage(articles=having)
        return len(having) > 0

    def _having_rare_words(self, way: Way) -> tuple[Sequence[int] | None, bool]:
        """The articles with the rare words, newest first, and whether that is all that the way asks for.

        None where no word is rare. Once they are few, the other words are better looked for together.
        """
        having: Sequence[int] | None = None
        parts = way.parts
        is_known = len(parts) == 1 or not way.has_phrases
        for part in parts:
            if having is not None and len(having) <= FEW:
                return having, False
            with_part = self._looked_up(part)
            is_known = is_known and with_part is not None
            if with_part is not None:
                having = with_part if having is None else _of_both(having, with_part)
        return having, is_known

    def _looked_up(self, match: str) -> list[int] | None:
        """The articles that match, newest first; None where they are more than `LOOKED_UP`."""
        rows = self._db.execute(
            "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY rowid DESC LIMIT ?",
            [match, LOOKED_UP + 1],
        ).fetchall()
        return [article for (article,) in rows] if len(rows) <= LOOKED_UP else None

    def best(self, way: Way, *, number: int) -> list[int]:
        """The best `number` or more with the words in this way: those at the best places first, then the newest."""
        articles = self._having(way)
        if not articles:
            return []
        if self._are_few(articles, way):
            return self._by_their_texts(way, articles)
        at_top = self._matching(articles, way.match(TITLE_AND_LEAD, rarity=self._rarity(way)))
        if self._are_few(at_top, way):
            best = dict.fromkeys(self._by_their_texts(way, at_top))
        else:
            in_title = self._matching(at_top, way.match(TITLE, rarity=self._rarity(way)))
            best = dict.fromkeys(self._newest(in_title, number=number))
            if len(best) < number:
                best |= dict.fromkeys(self._newest(at_top, number=number))
        if len(best) < number:
            best |= dict.fromkeys(self._newest(articles, number=number))
        return list(best)

    def _having(self, way: Way) -> Sequence[int]:
        """The articles that have the words in this way; side by side are some of the scattered."""
        scattered = way.scattered
        if scattered.key not in self.seen:
            self.seen[scattered.key] = self.look(scattered, most=self._most(scattered))
        stage = self.seen[scattered.key]
        articles, rarity = stage.articles, self._rarity(way)
        if way is scattered:
            return articles
        if rarity is not None and not stage.is_cut:  # most often no article has even two of rare words side by side
            articles = self._matching(articles, way.rarest_pair(rarity).match())
        return self._matching(articles, way.match(rarity=rarity))

    def _are_few(self, articles: Sequence[int], way: Way) -> bool:
        """Whether looking at each article costs less than another look into the index."""
        if self._few is not None:
            return len(articles) <= FEW_AT_ONCE
        if len(articles) <= FEW or not self._within.are_none:
            return len(articles) <= FEW  # the time of the look before was that of the filter
        return len(articles) * LOOK_SECONDS < self.seen[way.scattered.key].seconds

    def _by_their_texts(self, way: Way, articles: Sequence[int]) -> list[int]:
        """All of these: those with the words in the title, then in title and lead; of one place as `_newest`."""
        rows = self._db.execute(
            "SELECT articles.id, title, coalesce(lead, '') FROM json_each(?) AS known "
            "CROSS JOIN articles ON articles.id = known.value ORDER BY published_date DESC, articles.id DESC",
            [json.dumps(articles)],
        )
        return [article for article, *_texts in sorted(rows, key=lambda row: _place(way, row[1], row[2]))]

    def _most(self, way: Way) -> int:
        if self._asked == WHOLE_MIRROR:
            return MOST_RANKED
        if not self._within.are_none:
            return MOST_FILTERED
        return MOST_SIDE_BY_SIDE if way.has_phrases else MOST_RANKED

    def _newest(self, articles: Sequence[int], *, number: int) -> list[int]:
        """The newest of these by their own day, undated ones last; of one day the last in the mirror first."""
        rows = self._db.execute(
            f"SELECT articles.id FROM json_each(?) AS known CROSS JOIN {_BY_ID} = known.value "
            "ORDER BY articles.published_date DESC, articles.id DESC LIMIT ?",
            [json.dumps(articles), number],
        )
        return [int(article) for (article,) in rows]

    def _matching(self, articles: Sequence[int], match: str) -> list[int]:
        """Those of the articles that match, in their order."""
        if not articles:
            return []
        rows = self._db.execute(
            "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid >= ? ORDER BY rowid",
            [match, articles[-1]],
        )
        return _of_both(articles, (article for (article,) in rows))

    def look(self, way: Way, *, most: int) -> Stage:
        """The last `most` articles with the words in this way, as far back as this search reaches."""
        if self._few is not None:
            return Stage(articles=self._matching(self._few, way.match()))
        few = None if self._within.are_none else few_candidates(self._db, self._within, most=FEW)
        if few is not None:
            return Stage(articles=self._of_few(way, few))
        began = time.perf_counter()
        found, is_cut, reach = self._look_back(way, most)
        return Stage(articles=found, is_cut=is_cut, reach=reach, seconds=time.perf_counter() - began)

    def _look_back(self, way: Way, most: int) -> tuple[list[int], bool, int]:
        """Articles, whether older ones were left because these are enough, and how far back the index was read."""
        found: list[int] = []
        reach = 1
        for first, last in self._stretches(way, found):
            reach = first
            for looked_at, (article, passes) in enumerate(self._stretch(way, first, last), start=1):
                if passes and len(found) == most:
                    return found, True, 1
                if passes:
                    found.append(article)
                if looked_at % LOOKED_AT_BETWEEN == 0 and self._is_over(way, found):
                    return found, False, article
        return found, False, reach

    def _stretches(self, way: Way, found: Sequence[int]) -> Iterator[tuple[int, int]]:
        """First and last id of parts of the mirror, from the newest back; all the rest once there is time for it."""
        floor = self._asked_reach(way) or 1
        length = FIRST_STRETCH // 4 if way.has_phrases else FIRST_STRETCH
        first, last = max(floor, self._last - length + 1), self._last
        while True:
            began = time.perf_counter()
            yield first, last
            if first <= floor:
                return
            seconds_an_article = (time.perf_counter() - began) / (last - first + 1)
            before, rest = self._last - first + 1, first - floor
            length = min(rest, before) if self._is_over(way, found, soon=rest * seconds_an_article) else rest
            if self._is_over(way, found, soon=length * seconds_an_article):
                return
            first, last = first - length, first - 1

    def _asked_reach(self, way: Way) -> int | None:
        return self._asked.folded if way.is_folded else self._asked.exact

    def _is_over(self, way: Way, found: Sequence[int], *, soon: float = 0) -> bool:
        """Whether time is up, or will be after so many seconds more; never in a mirror of one stretch."""
        if self._asked_reach(way) is not None or self._last <= FIRST_STRETCH:
            return False
        times = 1 if len(found) >= self._wanted else PATIENCE_FOR_FEW if found else PATIENCE_FOR_NONE
        return time.perf_counter() - self._began + soon > times * PATIENCE

    def _stretch(self, way: Way, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Articles with the words from the id `last` down to `first`, and whether they pass."""
        source, passes, values = "articles_fts", "1", list[object]()
        if not self._within.are_none:
            source = f"articles_fts CROSS JOIN {_BY_ID} = articles_fts.rowid"
            passes, values = one_by_one(self._within)
        # On its way down FTS5 does not stop at `first` where words side by side match nowhere; on its way up it starts
        # there.
        order = "ASC" if way.has_phrases else "DESC"
        rows = self._db.execute(
            f"SELECT articles_fts.rowid, {passes} FROM {source} WHERE articles_fts MATCH ? "
            f"AND articles_fts.rowid BETWEEN ? AND ? ORDER BY articles_fts.rowid {order}",
            [*values, way.match(rarity=self._rarity(way)), first, last],
        )
        return iter(rows.fetchall()[::-1] if way.has_phrases else rows)

    def _of_few(self, way: Way, candidates: Sequence[int]) -> list[int]:
        """Those of a few articles that have the words and pass."""
        passes, values = one_by_one(self._within)
        rows = self._db.execute(
            f"SELECT articles.id FROM json_each(?) AS few CROSS JOIN {_BY_ID} = few.value "
            "CROSS JOIN articles_fts ON articles_fts.rowid = few.value "
            f"WHERE {passes} AND articles_fts MATCH ? ORDER BY articles.id DESC",
            [json.dumps(candidates), *values, way.match(rarity=self._rarity(way))],
        )
        return [int(article) for (article,) in rows]

    def _rarity(self, way: Way) -> Rarity | None:
        """How many of the newest articles have each word; None where knowing it would save nothing.

        That is in a small mirror, of few words or few articles, and where even the rarest stands in every eighth one.
        """
        if self._few is not None or self._last <= FIRST_STRETCH or len(way.words) < 3:
            return None
        for word in way.words:
            if word not in self._counts:
                sampled = self._db.execute(
                    "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ? AND rowid > ?",
                    [f'"{word}"', self._last - SAMPLE],
                )
                self._counts[word] = int(sampled.fetchone()[0])
        return self._counts if min(self._counts[word] for word in way.words) < SAMPLE // 8 else None


def _of_both(articles: Sequence[int], others: Iterable[int]) -> list[int]:
    """Those of the articles that are among the others, in their order."""
    among = set(others)
    return [article for article in articles if article in among]


def _place(way: Way, title: str, lead: str) -> int:
    """Whether the words stand in the title (0), in title and lead (1) or elsewhere (2)."""
    spell = fold if way.is_folded else exact
    text = spell(title)
    if way.is_in(text):
        return 0
    return 1 if lead and way.is_in(text, spell(lead)) else 2
