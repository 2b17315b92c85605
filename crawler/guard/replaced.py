"""Doubts a text that has nothing in common with the article whose address it stands at.

Some portals answer 404 for an address that never was, and status 200 with a wordy excuse where an article has been
taken down. One such answer cannot be told from an editor who wrote something else in its place. Two can: different
articles do not become the same text. So another text is not believed when it is first seen; its link waits, and is
asked for again by a later run. Where the same text has come in place of another article by then, it is an excuse
(`soft_404`), and both articles keep their last good copy; where it has not, the article was edited.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from crawler.frontier import Link
from crawler.read.shape import Shape, shape_of_text
from crawler.read.words import fold
from pipelines.filters import Filters
from pipelines.items import Article, NotArticle
from pipelines.lifecycle import article_at
from pipelines.search import search
from pipelines.searchranking import WHOLE_MIRROR

WAITS = "another text than the article's stands there"
"""What a link says while it waits; the text is named by its hash."""

MOST_COMPARED = 20
"""Articles of the same title that are looked at."""

TITLE_KEPT = 0.5
"""A title of which so many words were in the old one is the old one, corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What to make of a page whose text is not believed; `why` is what its link says while it waits."""

    reading: NotArticle
    why: str


class ReplacedTexts:
    """Compares what stands at the addresses of a site's articles with the articles.

    What is remembered from run to run is the error of the links that wait; what was found to be an excuse is known for
    the rest of the run, for addresses of which nothing is known, too.
    """

    def __init__(self, db: Database, site: str) -> None:
        self._db = db
        self._site = site
        self._excuses: set[str] = set()

    def doubt(self, link: Link, reading: Article) -> Doubt | None:
        """Why this reading is not taken for the article at the link's address; None where it may be.

        Articles that had the same text before, or were changed in the same way, are none of our business: what is
        doubted has another title, and next to no line of the article that stood there.
        """
        known = self._known(link.url)
        if known is None:
            return self._doubt_of_new(link, reading) if self._excuses else None
        if known.text.has_title(reading.title):
            return None
        now = _shape_of(reading, link.url)
        if not now.has_nothing_of(known.text.shape(link.url)):
            return None
        why = f"{WAITS} ({now.sha256[:12]})"
        is_shared, waits_already = self._waiting(why, link.id, known.article)
        if is_shared or self._was_believed(now, reading.title, besides=known.article):
            self._excuses.add(now.sha256)
            return _excuse(link, why)
        return None if waits_already else Doubt(reading=NotArticle(url=link.url, reason="other_text"), why=why)

    def _doubt_of_new(self, link: Link, reading: Article) -> Doubt | None:
        """Whether what stands at an address that was never asked for is an excuse that others were given."""
        sha256 = _shape_of(reading, link.url).sha256
        return _excuse(link, f"{WAITS} ({sha256[:12]})") if sha256 in self._excuses else None

    def _known(self, url: str) -> _Known | None:
        at_address = article_at(self._db, self._site, url)
        if at_address is None:
            return None
        row = self._db.execute("SELECT title, lead, body FROM articles WHERE id = ?", [at_address[0]]).fetchone()
        return _Known(article=at_address[0], text=_Text(title=row[0], lead=row[1], body=row[2]))

    def _waiting(self, why: str, link: int, article: int) -> tuple[bool, bool]:
        """Whether links of other articles wait with this text, and whether this link waits, whatever text it had.

        A page that says something else at every visit would wait for ever.
        """
        others, own = self._db.execute(
            "SELECT count(*) FILTER (WHERE error = :why AND article != :article), count(*) FILTER (WHERE id = :link) "
            "FROM links WHERE site = :site AND state IN ('failed', 'pending') AND error LIKE :waits",
            {"link": link, "article": article, "site": self._site, "why": why, "waits": f"{WAITS}%"},
        ).fetchone()
        return bool(others), bool(own)

    def _was_believed(self, now: Shape, title: str, *, besides: int) -> bool:
        """Whether another article of the site was edited into this text, having been something else before."""
        words, here = f'"{" ".join(fold(title).split())}"', Filters(site=self._site)
        hits = search(self._db, words, here, limit=MOST_COMPARED, reach=WHOLE_MIRROR).hits
        return any(hit.article != besides and self._became(hit.article, hit.url, now) for hit in hits)

    def _became(self, article: int, url: str, now: Shape) -> bool:
        revisions = self._db.execute(
            "SELECT title, lead, body FROM article_revisions WHERE article = ? ORDER BY number", [article]
        ).fetchall()
        shapes = [_Text(title=row[0], lead=row[1], body=row[2]).shape(url) for row in revisions]
        return bool(shapes) and shapes[-1] == now != shapes[0]


def _excuse(link: Link, why: str) -> Doubt:
    detail = "the same text came in place of another article"
    return Doubt(reading=NotArticle(url=link.url, reason="soft_404", detail=detail), why=why)


def _shape_of(reading: Article, url: str) -> Shape:
    return _Text(title=reading.title, lead=reading.lead, body=reading.body).shape(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    title: str
    lead: str | None
    body: str

    def shape(self, url: str) -> Shape:
        return shape_of_text(f"{self.title}\n{self.lead or ''}\n{self.body}", url)

    def has_title(self, title: str) -> bool:
        """Whether a title is this one, or this one corrected."""
        old, new = set(fold(self.title).split()), set(fold(title).split())
        return len(new & old) >= TITLE_KEPT * max(len(new), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    article: int
    text: _Text
