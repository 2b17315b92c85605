"""Articles in the order of their days, narrowed to a site, a period, a unit, an author, a tag, a section.

Each list is read from an index that has it in this order, so that a page of twenty costs the same in a small mirror
and in a large one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

PAGE = 20
MOST_LISTED = 10_000
"""How far a list can be paged."""

MOST_COUNTED = 1_000
"""How far articles are counted one by one."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a list; None and False narrow nothing."""

    site: str | None = None
    since: date | None = None
    until: date | None = None
    unit: str | None = None
    author: str | None = None
    tag: str | None = None
    section: str | None = None
    with_attachment: bool = False

    @property
    def names(self) -> dict[str, str]:
        asked = {"unit": self.unit, "author": self.author, "tag": self.tag, "section": self.section}
        return {kind: name for kind, name in asked.items() if name is not None}

    @property
    def are_none(self) -> bool:
        return self == Filters()


def asked_of(filters: Filters) -> dict[str, Any]:
    """The filters as `pipelines.search` takes them; it knows no authors and no sections."""
    return {
        "site": filters.site,
        "since": filters.since,
        "until": filters.until,
        "unit": filters.unit,
        "tag": filters.tag,
        "with_attachment": filters.with_attachment or None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of articles; `total` is None above `MOST_COUNTED` where nothing keeps the number."""

    articles: Sequence[Row]
    total: int | None
    has_more: bool


def listed(db: Database, filters: Filters, *, limit: int = PAGE, offset: int = 0) -> Listed:
    """The articles that pass, newest first, undated ones last."""
    source, values = _source(db, filters)
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


def _source(db: Database, filters: Filters) -> tuple[str, list[object]]:
    """FROM and WHERE over the index that has these articles in order, as columns `article` and `day`."""
    names = sorted(filters.names.items(), key=lambda name: _number(db, *name))
    if names:
        return _named(names, filters)
    conditions, values = _within(filters, day="published_date", article="articles.id")
    if filters.site is not None:
        conditions, values = ["site = ?", *conditions], [filters.site, *values]
    index = "articles_newest" if filters.site is None else "articles_published"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"FROM (SELECT id AS article, published_date AS day FROM articles INDEXED BY {index} {where})", values


def _named(names: Sequence[tuple[str, str]], filters: Filters) -> tuple[str, list[object]]:
    """The articles of the rarest of the names, those of them that have the others too."""
    (kind, name), others = names[0], names[1:]
    conditions: list[str] = ["kind = ?", "name = ?"]
    values: list[object] = [kind, name]
    if filters.site is not None:
        conditions.append("site = ?")
        values.append(filters.site)
    for other in others:
        conditions.append(
            "EXISTS (SELECT 1 FROM article_names AS other WHERE other.kind = ? AND other.name = ? "
            "AND other.day = article_names.day AND other.article = article_names.article)"
        )
        values += other
    within, more = _within(filters, day="day", article="article_names.article")
    return f"FROM article_names WHERE {' AND '.join([*conditions, *within])}", [*values, *more]


def _within(filters: Filters, *, day: str, article: str) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if filters.since:
        conditions.append(f"{day} >= ?")
        values.append(filters.since.isoformat())
    if filters.until:
        conditions.append(f"{day} BETWEEN '0' AND ?")  # an article without a day is not of any period
        values.append(filters.until.isoformat())
    if filters.with_attachment:
        conditions.append(
            f"EXISTS (SELECT 1 FROM attachments WHERE attachments.article = {article} AND position IS NOT NULL)"
        )
    return conditions, values


def _number(db: Database, kind: str, name: str, *, site: str = "") -> int:
    """How many articles have the name, on one site or on all."""
    row = db.execute(
        "SELECT articles FROM names WHERE kind = ? AND name = ? AND site = ?", [kind, name, site]
    ).fetchone()
    return int(row[0]) if row else 0


def _total(db: Database, filters: Filters, source: str, values: Sequence[object]) -> int | None:
    """How many pass: from the kept counts where these say it, else counted up to `MOST_COUNTED`."""
    if filters == Filters(site=filters.site):
        row = db.execute(
            "SELECT coalesce(sum(articles), 0) FROM article_months WHERE ?1 IS NULL OR site = ?1", [filters.site]
        ).fetchone()
        return int(row[0])
    names: dict[str, Any] = filters.names
    if len(names) == 1 and filters == Filters(site=filters.site, **names):
        return _number(db, *names.popitem(), site=filters.site or "")
    bounded = f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {MOST_COUNTED + 1})"
    number = int(db.execute(bounded, list(values)).fetchone()[0])
    return number if number <= MOST_COUNTED else None
