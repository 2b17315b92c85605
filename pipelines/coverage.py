"""What the plots show, asked from the database: articles by month, runs, and the share of fields found.

What is missing is what the audit names (`pipelines.holes`), whatever the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from sqlite_utils import Database

from pipelines.holes import UNDATED, missing_of
from pipelines.plots.records import FieldShare, MonthCoverage, RunHealth
from pipelines.storedarticles import named_faults

NEWEST = 500
"""Of how many articles of a site, the newest, the share of fields is taken."""

FIELDS = ("title", "lead", "published_at", "author", "author_unit", "source", "category")
"""The fields whose finding `article_fields` records, as the plots name them."""

PARTS = {"tags": "article_tags", "images": "images", "attachments": "attachments"}
"""What an article has in tables of its own."""

_STORED = "SELECT site, nullif(month, ''), articles FROM article_months {where}"


_UNDATED_BY_LIST = """
    SELECT month, count(*) FROM (
        SELECT substr(min(listed_date), 1, 7) AS month FROM articles CROSS JOIN links ON links.article = articles.id
        CROSS JOIN sightings ON sightings.site = links.site AND sightings.key = links.key
        WHERE articles.site = ? AND published_date IS NULL AND listed_date IS NOT NULL GROUP BY articles.id
    ) GROUP BY month
"""


def months_of(db: Database, site: str | None = None) -> list[MonthCoverage]:
    """Stored and missing articles by month, of one site or of all; what carries no date has the month None.

    What is missing is known by the earliest date that a list prints; so is a stored article whose page prints none, so
    that a hole that is filled stays in its month.
    """
    counts: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    where = "WHERE site = :site" if site else ""
    with named_faults():
        for name, month, articles in db.execute(_STORED.format(where=where), {"site": site}):
            counts[name, month]["stored"] += articles
        for name in [name for name, month in counts if month is None]:
            for month, articles in db.execute(_UNDATED_BY_LIST, [name]):
                moved = min(articles, counts[name, None]["stored"])  # the counts by month may be seconds behind
                counts[name, month].update(stored=moved, by_list=moved)
                counts[name, None]["stored"] -= moved
    for name in [site] if site else _sites(db):
        for hole in missing_of(db, name):
            counts[name, None if hole.month == UNDATED else hole.month]["missing"] += 1
    return [
        MonthCoverage(site=name, month=month, **{part: found[part] for part in ("stored", "missing", "by_list")})
        for (name, month), found in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
        if found["stored"] or found["missing"]
    ]


def _sites(db: Database) -> list[str]:
    return [str(row[0]) for row in db.execute("SELECT id FROM sites ORDER BY id")]


def runs_of(db: Database, site: str, *, most: int = 60) -> list[RunHealth]:
    """The newest crawls of a site, oldest first."""
    rows = db.execute(
        "SELECT id, site, started_at, finished_at, outcome, requests, articles_new, articles_changed, "
        "errors, articles_unchanged, not_modified, bytes, detail "
        "FROM runs WHERE site = ? AND kind = 'crawl' ORDER BY id DESC LIMIT ?",
        [site, most],
    ).fetchall()
    return [
        RunHealth(
            run=row[0],
            site=row[1],
            started_at=datetime.fromisoformat(row[2]),
            finished_at=datetime.fromisoformat(row[3]) if row[3] else None,
            outcome=row[4],
            requests=row[5],
            new=row[6],
            changed=row[7],
            errors=row[8],
            unchanged=row[9],
            not_modified=row[10],
            bytes=row[11],
            detail=row[12],
        )
        for row in reversed(rows)
    ]


def field_shares(db: Database, site: str | None = None, *, newest: int | None = NEWEST) -> list[FieldShare]:
    """In how many of a site's articles each field was found.

    Only the `newest` articles of a site (by published day; those without one last) are looked at, so that the
    answer comes at once on a large mirror and shows what the reader finds now; None looks at all of them.
    """
    return [share for name in ([site] if site else _sites(db)) for share in _shares_of(db, name, newest)]


def _shares_of(db: Database, site: str, newest: int | None) -> list[FieldShare]:
    looked_at = "SELECT id FROM articles WHERE site = :site ORDER BY published_date DESC LIMIT :most"
    values = {"site": site, "most": -1 if newest is None else newest}
    of = int(db.execute(f"SELECT count(*) FROM ({looked_at})", values).fetchone()[0])
    if not of:
        return []
    by_field = (
        f"SELECT field, count(*) FROM ({looked_at}) AS chosen JOIN article_fields ON article = chosen.id GROUP BY 1"
    )
    rows = db.execute(by_field, values)
    found = {str(name): int(count) for name, count in rows}
    for name, table in PARTS.items():
        has_some = f"EXISTS (SELECT 1 FROM {table} WHERE article = chosen.id)"
        count = db.execute(f"SELECT count(*) FROM ({looked_at}) AS chosen WHERE {has_some}", values)
        found[name] = int(count.fetchone()[0])
    return [FieldShare(site=site, field=name, found=found.get(name, 0), of=of) for name in (*FIELDS, *PARTS)]
