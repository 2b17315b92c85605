"""What one run did, read back from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from pipelines.timestamp import Seal, seals

MOST_NAMED = 10
"""How many addresses of one kind a report names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Addresses of one kind: how many, and the first of them with a reason each."""

    total: int
    first: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The figures of a run (the columns of `runs`), of the mirror of its site, and what went wrong."""

    run: Mapping[str, object]
    articles: int
    attachments: Mapping[str, int]
    images: Mapping[str, int]
    files: int
    pending: int
    unreadable: Named
    failed: Named
    not_articles: Mapping[str, int]
    seals: Sequence[Seal]

    @property
    def is_nothing_new(self) -> bool:
        return not any(self.run[name] for name in ("articles_new", "articles_changed", "files_new"))


def run_report(db: Database, run: int) -> RunReport:
    """The report of one run; sqlite_utils.db.NotFoundError where there is no such run."""
    row = db.table("runs").get(run)
    site = row["site"]
    return RunReport(
        run=row,
        articles=_number(db, "SELECT count(*) FROM articles WHERE site = ?", site),
        attachments=_by_state(db, "attachments", site),
        images=_by_state(db, "images", site),
        files=_number(
            db,
            "SELECT count(DISTINCT sha256) FROM (SELECT sha256, article FROM attachments UNION ALL "
            "SELECT sha256, article FROM images) JOIN articles ON articles.id = article WHERE site = ?",
            site,
        ),
        pending=_number(
            db, "SELECT count(*) FROM links WHERE site = ? AND state = 'pending' AND kind != 'probe'", site
        ),
        unreadable=_named(
            db, "SELECT url, reading FROM captures WHERE run = ? AND reading LIKE 'unreadable:%' ORDER BY id", run
        ),
        failed=_named(
            db,
            "SELECT url, error FROM links WHERE state = 'failed' AND kind NOT IN ('probe', 'sitemap', 'feed') "
            "AND url IN (SELECT url FROM captures WHERE run = ?) ORDER BY id",
            run,
        ),
        not_articles=_counted(
            db,
            "SELECT substr(reading, 17), count(*) FROM captures WHERE run = ? AND reading LIKE 'not an article: %' "
            "GROUP BY 1 ORDER BY 2 DESC",
            run,
        ),
        seals=[seal for seal in seals(db) if seal.run == run],
    )


def _number(db: Database, sql: str, site: str) -> int:
    return int(db.execute(sql, [site]).fetchone()[0])


def _by_state(db: Database, table: str, site: str) -> Mapping[str, int]:
    return _counted(
        db,
        f"SELECT {table}.state, count(*) FROM {table} JOIN articles ON articles.id = {table}.article "
        "WHERE site = ? GROUP BY 1 ORDER BY 1",
        site,
    )


def _counted(db: Database, sql: str, key: str | int) -> Mapping[str, int]:
    return {str(name): int(number) for name, number in db.execute(sql, [key])}


def _named(db: Database, sql: str, run: int) -> Named:
    rows = [(str(url), str(why)) for url, why in db.execute(sql, [run])]
    return Named(total=len(rows), first=rows[:MOST_NAMED])
