"""Finds out whether an article stands at another address than before: redirects lead there, or its old one is dead.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from pipelines.articlerecord import Sighted
from pipelines.clock import stamp
from pipelines.folding import fold
from pipelines.frontier_rows import MOST_HOPS, leads_to
from pipelines.lifecycle import add_event

TITLE_KEPT = 0.5
"""A title of which so many words were in the old one is the old one, corrected."""


def article_led_to(db: Database, seen: Sighted) -> int | None:
    """The article whose address redirects to that of a page, over one step or several, and which the page shows.

    An address that showed its article again after it redirected led there for a while only.
    """
    before = (seen.capture, seen.at) if seen.is_imported else None
    article = _that_redirects_to(db, seen.site, seen.article.url, before=before)
    return article if article is not None and _has_something_of(db, article, seen) else None


def is_elsewhere_now(db: Database, article: int, url: str, seen: Sighted) -> bool:
    """Whether an article that is known at `url` has left it for the address where it is seen.

    It has where the one redirects to the other, and where the one is dead and never showed it after the other did: an
    article may have stood at both from the first.
    """
    if url == seen.article.url:
        return False
    last = db.execute(
        "SELECT status FROM captures WHERE site = ? AND url = ? AND kind = 'crawl' ORDER BY id DESC LIMIT 1",
        [seen.site, url],
    ).fetchone()
    if last is not None and last[0] in {404, 410}:
        return not _showed_it_later(db, article, seen.site, url, than=seen.article.url)
    return leads_to(db, seen.site, url, seen.article.url, most=MOST_HOPS)


def _showed_it_later(db: Database, article: int, site: str, url: str, *, than: str) -> bool:
    """Whether an address still showed an article when another had begun to."""
    row = db.execute(
        "SELECT 1 FROM captures JOIN article_urls ON article_urls.article = ? AND article_urls.url = ? "
        "WHERE captures.site = ? AND captures.url = ? AND kind = 'crawl' AND (reading = 'article' OR status = 304) "
        "AND fetched_at >= first_seen_at LIMIT 1",
        [article, than, site, url],
    ).fetchone()
    return row is not None


def move(db: Database, article: int, seen: Sighted) -> None:
    """Note that an article stands at the address where it was seen, and no more at the one before."""
    old = db.execute("SELECT url FROM articles WHERE id = ?", [article]).fetchone()[0]
    db.execute("UPDATE articles SET url = ? WHERE id = ?", [seen.article.url, article])
    details: dict[str, object] = {"from": old, "to": seen.article.url}
    add_event(db, article, "moved", at=seen.at, capture=seen.capture, details=details)


def _that_redirects_to(db: Database, site: str, url: str, *, before: tuple[int, datetime] | None) -> int | None:
    """The article one of whose addresses redirects to `url`.

    `before` is a capture of another archive, and its time: only what was seen before that, and was taken in before it,
    led there. Its answers are committed together, and lie in no order.
    """
    capture, at = (before[0], stamp(before[1])) if before else (None, None)
    row = db.execute(_LED, {"url": url, "site": site, "capture": capture, "at": at, "most": MOST_HOPS}).fetchone()
    return int(row[0]) if row else None


# CROSS JOIN: SQLite takes the tables as they stand, and not every article of the site first.
_LED = """
    WITH RECURSIVE led (url, hops, answer) AS (
        SELECT :url, 0, 0
        UNION
        SELECT captures.url, hops + 1, captures.id FROM led CROSS JOIN captures ON captures.redirect_to = led.url
        WHERE hops < :most AND site = :site AND status BETWEEN 300 AND 399
        AND CASE WHEN :capture IS NULL THEN NOT EXISTS (
            SELECT 1 FROM captures AS later WHERE later.url = captures.url AND later.site = captures.site
            AND later.id > captures.id AND later.kind = 'crawl' AND (later.status < 300 OR later.status = 304)
        ) ELSE captures.id < :capture AND captures.fetched_at <= :at END
    )
    SELECT article FROM led CROSS JOIN article_urls ON article_urls.url = led.url
    CROSS JOIN articles ON articles.id = article AND site = :site
    WHERE hops > 0 ORDER BY hops, answer DESC LIMIT 1
"""


def _has_something_of(db: Database, article: int, seen: Sighted) -> bool:
    """Whether a page has half of the title or a paragraph of the article; a notice about repairs has neither."""
    title, body = db.execute("SELECT title, body FROM articles WHERE id = ?", [article]).fetchone()
    old, new = set(fold(title).split()), set(fold(seen.article.title).split())
    if len(old & new) >= TITLE_KEPT * max(len(new), 1):
        return True
    return not set(body.splitlines()).isdisjoint(seen.article.body.splitlines())
