"""Articles in the order of their days, narrowed to a site, a period, a unit, an author, a tag, a section.

Each list is read from an index that has it in this order, so that a page of twenty costs the same in a small mirror
and in a large one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from pipelines.filters import Filters, in_order, number_named

PAGE = 20
MOST_LISTED = 10_000
"""How far a list can be paged."""

MOST_COUNTED = 1_000
"""How far articles are counted one by one."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of articles; `total` is None above `MOST_COUNTED` where nothing keeps the number."""

    articles: Sequence[Row]
    total: int | None
    has_more: bool


def listed(db: Database, filters: Filters, *, limit: int = PAGE, offset: int = 0) -> Listed:
    """The articles that pass, newest first, undated ones last."""
    source, values = in_order(db, filters)
    found = db.execute(
        f"SELECT article {source} ORDER BY day DESC, article DESC LIMIT ? OFFSET ?", [*values, limit + 1, offset]
    ).fetchall()
    articles = cards(db, [int(row[0]) for row in found[:limit]])
    return Listed(articles=articles, total=_total(db, filters, source, values), has_more=len(found) > limit)


def cards(db: Database, articles: Iterable[int]) -> list[Row]:
    """What a list shows of each article, in the given order."""
    return [row for article in articles for row in db.query(_CARD, [article])]


_CARD = """
    SELECT articles.id, articles.url, articles.title, substr(articles.lead, 1, 400) AS lead, articles.published_at,
        articles.author, articles.author_unit, articles.category, articles.state, articles.site,
        sites.title AS site_title,
        (SELECT count(*) FROM attachments
            WHERE attachments.article = articles.id AND position IS NOT NULL) AS attachments
    FROM articles JOIN sites ON sites.id = articles.site WHERE articles.id = ?
"""


def _total(db: Database, filters: Filters, source: str, values: Sequence[object]) -> int | None:
    """How many pass: from the kept counts where these say it, else counted up to `MOST_COUNTED`."""
    if filters == Filters(site=filters.site):
        row = db.execute(
            "SELECT coalesce(sum(articles), 0) FROM article_months WHERE ?1 IS NULL OR site = ?1", [filters.site]
        ).fetchone()
        return int(row[0])
    names: dict[str, Any] = filters.names
    if len(names) == 1 and filters == Filters(site=filters.site, **names):
        return number_named(db, *names.popitem(), site=filters.site or "")
    bounded = f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {MOST_COUNTED + 1})"
    number = int(db.execute(bounded, list(values)).fetchone()[0])
    return number if number <= MOST_COUNTED else None
