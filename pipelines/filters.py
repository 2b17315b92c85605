"""What narrows a list or a search of articles, and the indexes of the mirror that have such articles in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Only articles of this site, dated by their page within these days, with these names; None narrows nothing.

    Names are spelled as the mirror keeps them. `with_attachment` asks for articles that have attachments, or, where it
    is False, for those that have none. With a first or a last day, articles without a day are left out.
    """

    site: str | None = None
    since: date | None = None
    until: date | None = None
    unit: str | None = None
    author: str | None = None
    tag: str | None = None
    section: str | None = None
    with_attachment: bool | None = None

    @property
    def names(self) -> dict[str, str]:
        asked = {"unit": self.unit, "author": self.author, "tag": self.tag, "section": self.section}
        return {kind: name for kind, name in asked.items() if name is not None}

    @property
    def are_none(self) -> bool:
        return self == EVERYTHING


EVERYTHING = Filters()


def in_order(db: Database, filters: Filters) -> tuple[str, list[object]]:
    """FROM and WHERE over the index that has these articles in the order of their days; columns `article`, `day`."""
    names = sorted(filters.names.items(), key=lambda name: number_named(db, *name))
    if names:
        return _named(names, filters)
    conditions, values = _within(filters, day="published_date", article="articles.id")
    if filters.site is not None:
        conditions, values = ["site = ?", *conditions], [filters.site, *values]
    index = "articles_newest" if filters.site is None else "articles_published"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"FROM (SELECT id AS article, published_date AS day FROM articles INDEXED BY {index} {where})", values


def one_by_one(filters: Filters) -> tuple[str, list[object]]:
    """The condition that says of one row of `articles` whether it passes, by `articles_ranked` and look-ups by key."""
    conditions, values = _within(filters, day="published_date", article="articles.id")
    for column, value in (("site", filters.site), ("author_unit", filters.unit)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    for kind, name in filters.names.items():
        if kind != "unit":
            conditions.append(
                "EXISTS (SELECT 1 FROM article_names WHERE kind = ? AND name = ? "
                "AND day = coalesce(published_date, '') AND article = articles.id)"
            )
            values += kind, name
    return " AND ".join(conditions) or "true", values


def few_candidates(db: Database, filters: Filters, *, most: int) -> list[int] | None:
    """All articles that one of the filters lets through, where one lets through so few; None where each passes more."""
    for alone in _each_alone(filters):
        source, values = in_order(db, alone)
        found = [int(row[0]) for row in db.execute(f"SELECT article {source} LIMIT ?", [*values, most + 1])]
        if len(found) <= most:
            return found
    return None


def number_named(db: Database, kind: str, name: str, *, site: str = "") -> int:
    """How many articles have the name, on one site or on all."""
    row = db.execute(
        "SELECT articles FROM names WHERE kind = ? AND name = ? AND site = ?", [kind, name, site]
    ).fetchone()
    return int(row[0]) if row else 0


def _each_alone(filters: Filters) -> Iterator[Filters]:
    """Filters that an index answers, each by itself."""
    for kind, name in filters.names.items():
        yield Filters(**{kind: name})  # type: ignore[arg-type]  # the kinds of name are fields that hold text
    if filters.site is not None:
        yield Filters(site=filters.site)
    if filters.since is not None or filters.until is not None:
        yield Filters(since=filters.since, until=filters.until)


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
    if filters.with_attachment is not None:
        conditions.append(
            f"{'' if filters.with_attachment else 'NOT '}EXISTS "
            f"(SELECT 1 FROM attachments WHERE attachments.article = {article} AND position IS NOT NULL)"
        )
    return conditions, values
