"""What one run did, read back from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.earlierruns import Usual, usual_of
from pipelines.hostpace import HostPace, slow_hosts
from pipelines.manifest import hash_in
from pipelines.timestamp import Seal, seals

MOST_NAMED = 10
"""How many addresses of one kind a report names unless all are asked for; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Addresses of one kind: how many, and the first of them with a reason each."""

    total: int
    first: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The figures of a run (the columns of `runs`), of the mirror of its site today, and what was skipped and why.

    What waits, fails or is left out is kept as it is now, not as it was at the end of every run: `is_newest` says
    whether that is the state which this run left.
    """

    run: Mapping[str, object]
    is_newest: bool
    seconds: float | None
    """How long the run took; None while it is under way."""
    articles: int
    gone: int
    """Articles that this run found gone from the web, or withheld."""
    restored: int
    attachments: Mapping[str, int]
    images: Mapping[str, int]
    files: int
    pending: int
    unreadable: Named
    failed: Named
    excluded: Named
    waiting: Named
    not_articles: Mapping[str, int]
    seals: Sequence[Seal]
    other_pages: Named
    slow: Sequence[HostPace]
    usual: Usual | None
    """The median of the site's crawls before this one; None for the first, and for what is no crawl."""

    @property
    def is_nothing_new(self) -> bool:
        return not any(self.run[name] for name in ("articles_new", "articles_changed", "files_new"))


def run_report(db: Database, run: int, *, most: int | None = MOST_NAMED) -> RunReport:
    """The report of one run; sqlite_utils.db.NotFoundError where there is no such run.

    Args:
        db: the mirror.
        run: its number.
        most: how many addresses of each kind are named; None names all.
    """
    row = db.table("runs").get(run)
    site, is_crawl = row["site"], row["kind"] == "crawl"
    happened = _happened(db, run)
    return RunReport(
        run=row,
        is_newest=run == _number(db, "SELECT max(id) FROM runs WHERE site = ?", site),
        seconds=_seconds(row),
        articles=_number(db, "SELECT count(*) FROM articles WHERE site = ?", site),
        gone=happened.get("gone", 0) + happened.get("unpublished", 0),
        restored=happened.get("restored", 0),
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
        unreadable=_named(db, "captures WHERE run = ? AND reading LIKE 'unreadable:%'", "reading", run, most),
        failed=_named(
            db,
            "links WHERE state = 'failed' AND kind NOT IN ('probe', 'sitemap', 'feed') "
            "AND url IN (SELECT url FROM captures WHERE run = ?)",
            "error",
            run,
            most,
        ),
        excluded=_named(db, "links WHERE site = ? AND state = 'excluded'", "coalesce(error, 'excluded')", site, most),
        waiting=_named(
            db,
            "links WHERE site = ? AND state = 'pending' AND kind != 'probe'",
            "coalesce(error, 'not asked for yet')",
            site,
            most,
        ),
        not_articles=_counted(
            db,
            "SELECT substr(reading, 17), count(*) FROM captures WHERE run = ? AND reading LIKE 'not an article: %' "
            "GROUP BY 1 ORDER BY 2 DESC",
            run,
        ),
        seals=[seal for seal in seals(db) if seal.run == run],
        other_pages=_named(
            db, "captures WHERE run = ? AND reading LIKE 'not an article: %'", "substr(reading, 17)", run, most
        ),
        slow=slow_hosts(db, run) if is_crawl else (),
        usual=usual_of(db, site, before=run) if is_crawl else None,
    )


def report_json(report: RunReport) -> dict[str, object]:
    """The report as plain values for JSON."""
    run = {name: value for name, value in report.run.items() if name != "manifest"}
    return {
        "run": run,
        "is_newest": report.is_newest,
        "head_hash": hash_in(report.run["manifest"]),
        "seals": [{"sealed_at": stamp(seal.sealed_at), "authority": seal.authority} for seal in report.seals],
        "seconds": report.seconds,
        "gone": report.gone,
        "restored": report.restored,
        "mirror": {
            "articles": report.articles,
            "attachments": dict(report.attachments),
            "images": dict(report.images),
            "files": report.files,
        },
        "skipped": {
            name: {"total": named.total, "first": [{"url": url, "reason": why} for url, why in named.first]}
            for name, named in skipped_of(report).items()
        },
        "not_articles": dict(report.not_articles),
        "slow_hosts": [
            {name: getattr(host, name) for name in ("host", "requests", "usual_gap", "longest_gap", "faults")}
            for host in report.slow
        ],
        "usual": None
        if report.usual is None
        else {"runs": report.usual.runs, "seconds": report.usual.seconds, **report.usual.figures},
    }


def skipped_of(report: RunReport) -> dict[str, Named]:
    """Everything that was seen and is not in the mirror as an article or a file, by what became of it."""
    names = ("unreadable", "failed", "excluded", "waiting", "other_pages")
    return {name: getattr(report, name) for name in names}


def _seconds(run: Mapping[str, object]) -> float | None:
    if run["finished_at"] is None:
        return None
    started, finished = (datetime.fromisoformat(str(run[name])) for name in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def _happened(db: Database, run: int) -> Mapping[str, int]:
    """The events that captures of this run brought, by kind; reached through their addresses, which are indexed."""
    return _counted(
        db,
        "SELECT events.kind, count(DISTINCT events.id) FROM captures "
        "CROSS JOIN article_urls ON article_urls.url = captures.url "
        "CROSS JOIN events ON events.article = article_urls.article AND events.capture = captures.id "
        "WHERE captures.run = ? AND events.kind != 'created' GROUP BY 1",
        run,
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


def _named(db: Database, rows: str, reason: str, key: str | int, most: int | None) -> Named:
    """Count the rows and name the first of them; `rows` is what follows FROM, with one placeholder."""
    total = int(db.execute(f"SELECT count(*) FROM {rows}", [key]).fetchone()[0])
    first = db.execute(
        f"SELECT url, {reason} FROM {rows} ORDER BY id LIMIT ?", [key, -1 if most is None else most]
    ).fetchall()
    return Named(total=total, first=[(str(url), str(why)) for url, why in first])
