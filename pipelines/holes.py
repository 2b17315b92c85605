"""Holes: what some list of a site showed and no article of the mirror stands for, each with its reason.

The one place that says what is missing; the audit names it, reports and plots count it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from sqlite_utils import Database

from pipelines.items import NOT_AN_ARTICLE
from pipelines.settlement import is_dead

Why = Literal["never fetched", "failed", "not found", "excluded", "not an article"]
"""`never fetched`: it waits. `failed`: its last try brought nothing. `not found`: 404 or 410. `excluded`: by robots.txt
or as a trap. `not an article`: a page came that was read as something else."""

FILLABLE: frozenset[Why] = frozenset({"never fetched", "failed"})
"""Holes that another crawl may fill; of the others the site itself has said what there is to say."""

UNDATED = "undated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An entry in one list; `month` is `YYYY-MM` by the date that the list prints, or `undated`."""

    listing: str
    month: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An address without its article. What no list showed is missing only as long as a crawl may fetch it."""

    url: str
    why: Why
    detail: str
    shown: tuple[Showing, ...]

    @property
    def month(self) -> str:
        """The earliest month that a list prints."""
        return min((one.month for one in self.shown), key=lambda month: (month == UNDATED, month), default=UNDATED)


_CANDIDATES = """
    SELECT links.id, links.key, links.url, links.kind, links.state, links.error, links.tries, redirect_to,
        coalesce(reading, (
            SELECT reading FROM captures AS earlier WHERE earlier.url = links.url AND reading IS NOT NULL
            ORDER BY earlier.id DESC LIMIT 1
        )), listing, listed_date, sightings.title
    FROM links INDEXED BY links_without_article LEFT JOIN captures ON captures.id = links.capture
    LEFT JOIN sightings ON sightings.site = links.site AND sightings.key = links.key
    WHERE links.site = ? AND links.article IS NULL AND links.kind IN ('article', 'listing') AND links.method = 'GET'
    AND (sightings.site IS NOT NULL OR links.kind = 'article' AND links.state IN ('pending', 'failed'))
    -- Nor does an article stand there all the same (another archive may have had it), or where it leads.
    AND NOT EXISTS (
        SELECT 1 FROM article_urls CROSS JOIN articles ON articles.id = article_urls.article
        WHERE article_urls.url IN (links.url, redirect_to) AND +articles.site = links.site
    )
    ORDER BY links.id
"""

_IS_LIST = """
    SELECT 1 FROM links WHERE site = :site AND key = :key AND section IS NOT NULL AND kind = 'listing' AND (
        EXISTS (SELECT 1 FROM sightings WHERE sightings.site = links.site AND listing = links.url)
        OR NOT EXISTS (
            SELECT 1 FROM sightings JOIN links AS pages ON pages.site = sightings.site AND pages.url = listing
            AND pages.kind != 'sitemap' WHERE sightings.site = links.site AND sightings.key = links.key
        )
    )
"""
"""A page that shows entries itself, or that only a sitemap names."""


def missing_of(db: Database, site: str) -> Iterator[Missing]:
    """What is missing of a site, in the order in which it was found; costs some 20 µs for each."""
    for _link, rows in groupby(db.execute(_CANDIDATES, [site]), key=itemgetter(0)):
        showings = list(rows)
        _id, key, url, kind, state, error, tries, redirect_to, reading, *_first = showings[0]
        shown = tuple(
            Showing(listing=listing, month=day[:7] if day else UNDATED, title=title)
            for *_link_again, listing, day, title in showings
            if listing is not None
        )
        why, detail = _reason(state, error, tries, reading, redirect_to)
        if not shown and why not in FILLABLE:
            continue  # no list showed it: nobody said that there is an article
        if kind == "listing" and _is_list(db, site, key):
            continue  # a sitemap names it among the articles
        yield Missing(url=url, why=why, detail=detail, shown=shown)


def _is_list(db: Database, site: str, key: str) -> bool:
    return db.execute(_IS_LIST, {"site": site, "key": key}).fetchone() is not None


def _reason(state: str, error: str | None, tries: int, reading: str | None, redirect_to: str | None) -> tuple[Why, str]:
    if state == "pending":
        return ("failed", f"{error}; it is tried again") if tries and error else ("never fetched", "it waits")
    if state == "excluded":
        return "excluded", error or "excluded"
    if state == "failed":
        return ("not found" if is_dead(error) else "failed"), error or "no answer"
    if redirect_to:
        return "not an article", f"redirects to {redirect_to}"
    return "not an article", (reading or "no article was read").removeprefix(NOT_AN_ARTICLE)
