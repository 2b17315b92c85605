"""What the mirror knows of a site from earlier runs, to notice when the site is somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path

from sqlite_utils import Database

from crawler.archivedpages import archived_page
from crawler.guard.drift import Character, character_of, pairs_of
from crawler.read.page import parse_page
from crawler.sitefile import Site
from pipelines.errors import ArchiveError

LEAST_ARTICLES = 5
"""Articles without which a site has no history to be held against."""
LEAST_SHARE = 0.2
"""The share of articles in a language that makes it one of the site's."""
MOST_TITLES = 1_000
WITNESSES = 2
HOME_PAGES, ARTICLE_PAGES = 3, 5
"""How many of the newest archived pages are looked at."""


def has_history(db: Database, site: Site) -> bool:
    """Whether enough is known of the site to hold it against that."""
    rows = db.execute(
        "SELECT 1 FROM articles WHERE site = ? AND last_changed_at >= ? LIMIT ?",
        [site.name, _since(site), LEAST_ARTICLES],
    ).fetchall()
    return len(rows) == LEAST_ARTICLES


def known_character(db: Database, output: Path, site: Site) -> Character:
    """The site as it was, from its articles and the newest archived pages (takes some 0.1 s).

    What was taken in before the day on which a person last compared the site file with the live site (`verified`) does
    not count: who has looked has seen what the site is now.
    """
    since = _since(site)
    rows = db.execute(
        "SELECT title, category, language, family FROM articles WHERE site = ? AND last_changed_at >= ? "
        "ORDER BY last_changed_at DESC, id DESC LIMIT ?",
        [site.name, since, MOST_TITLES],
    ).fetchall()
    from_rows = Character(
        languages=_languages(row[2] for row in rows),
        pairs=pairs_of(text for row in rows for text in row[:2] if text),
        families=frozenset(row[3] or "none" for row in rows),
    )
    return reduce(lambda one, other: one | other, _archived(db, output, site), from_rows)


def witnesses(db: Database, output: Path, site: Site) -> list[str]:
    """Keys of the articles that came in last, to be asked for where the home page says less than it once did.

    None where it never said much: such a site is told by the articles that are visited again.
    """
    first_homes = _archived_pages(db, output, site, _HOME, HOME_PAGES, order="id")
    if not any(home.is_telling for home in first_homes):
        return []
    rows = db.execute(
        "SELECT links.key FROM articles CROSS JOIN links ON links.article = articles.id WHERE articles.site = ? "
        "AND links.site = articles.site AND links.state IN ('done', 'pending') AND links.kind = 'article' "
        "AND links.method = 'GET' ORDER BY articles.id DESC LIMIT ?",
        [site.name, WITNESSES],
    ).fetchall()
    return [str(key) for (key,) in rows]


def was_strange(db: Database, site: Site) -> bool:
    """Whether the home page was another's when it was last seen, and nobody has looked since."""
    row = db.execute(
        "SELECT reading, fetched_at FROM captures WHERE site = ? AND reading IS NOT NULL AND (url = ? OR url IN "
        "(SELECT redirect_to FROM captures WHERE url = ? AND redirect_to IS NOT NULL)) ORDER BY id DESC LIMIT 1",
        [site.name, site.home, site.home],
    ).fetchone()
    return row is not None and row[0] == "not an article: hijacked" and row[1] >= _since(site)


def _since(site: Site) -> str:
    return site.verified.isoformat() if site.verified else ""


def _languages(of_articles: Iterable[str | None]) -> frozenset[str]:
    """What the site is written in: a few pages of figures or foreign names do not make another language."""
    counts = Counter(of_articles)
    return frozenset(name for name, count in counts.items() if name and count >= LEAST_SHARE * counts.total())


_HOME = "(url = :home OR url IN (SELECT redirect_to FROM captures WHERE url = :home AND redirect_to IS NOT NULL))"
_ARTICLE = "reading = 'article'"


def _archived(db: Database, output: Path, site: Site) -> Iterator[Character]:
    yield from _archived_pages(db, output, site, _HOME, HOME_PAGES)
    yield from _archived_pages(db, output, site, _ARTICLE, ARTICLE_PAGES)


def _archived_pages(
    db: Database, output: Path, site: Site, condition: str, most: int, *, order: str = "id DESC"
) -> Iterator[Character]:
    """What the newest (or oldest) good pages of one sort show."""
    rows = db.execute(
        "SELECT warc, offset FROM captures WHERE site = :site AND status = 200 AND warc IS NOT NULL "
        "AND method = 'GET' AND truncated IS NULL AND fetched_at >= :since "
        "AND (reading = 'article' OR reading IN ('not an article: listing', 'not an article: navigation')) "
        f"AND {condition} ORDER BY {order} LIMIT :most",
        {"site": site.name, "home": site.home, "since": _since(site), "most": most},
    ).fetchall()
    for warc, offset in rows:
        try:
            page = archived_page(output, warc, offset)
        except ArchiveError:
            continue
        if page.fault is not None:
            continue
        parsed = parse_page(page.body, page.url, content_type=page.content_type, family=site.family)
        # A page alone may be of figures and foreign names.
        yield replace(character_of(parsed, page.url), languages=frozenset())
