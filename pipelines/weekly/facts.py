"""Collects the facts of a weekly report from the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.coverage import field_shares, months_of, runs_of
from pipelines.plots import FieldShare, MonthCoverage, RunHealth

SILENT = timedelta(days=7)
"""A site without an interval of its own is overdue when its last good crawl is so long ago."""

OVERDUE = 2
"""A site with one is overdue when so many of its intervals have passed."""

MOST_FAILURES = 60
"""How many kinds of failures (site and reason) are named; the rest is counted."""

GOOD = frozenset({"ok", "partial"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteWeek:
    """One site: what is stored of it, what the week brought, and when it was last crawled well."""

    site: str
    title: str
    home: str
    articles: int
    missing: int
    new: int
    changed: int
    gone: int
    requests: int
    bytes: int
    outcomes: Mapping[str, int]
    """How many runs of the week ended in each outcome; `running` for those that have not."""
    last: RunHealth | None
    last_good: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Addresses of one site that could not be had for one reason, and one of them."""

    site: str
    reason: str
    count: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Everything that a weekly report says."""

    since: datetime
    until: datetime
    sites: Sequence[SiteWeek]
    never: Sequence[str]
    """Sites that should be crawled by themselves and never were."""
    months: Sequence[MonthCoverage]
    shares: Sequence[FieldShare]
    runs: Mapping[str, Sequence[RunHealth]]
    failures: Sequence[Failure]
    other_failures: int
    """How many addresses failed for reasons beyond those named."""


def week_of(db: Database, *, until: datetime, days: int = 7, every: Mapping[str, timedelta] | None = None) -> Week:
    """The facts of the `days` days before `until`.

    Args:
        db: the mirror.
        until: an aware moment; runs that began later are left out.
        days: the length of the period.
        every: how often sites are to be crawled, by site; a site that is not in it is overdue after seven days.
    """
    since = until - timedelta(days=days)
    rows = db.execute("SELECT id, title, home FROM sites ORDER BY id").fetchall()
    months = months_of(db)
    runs = {str(row[0]): runs_of(db, str(row[0])) for row in rows}
    stored, missing = (_sums(months, part) for part in ("stored", "missing"))
    sums, outcomes, gone = _figures(db, since, until), _outcomes(db, since, until), _gone(db, since, until)
    good, failures = _last_good(db), _failures(db, [str(row[0]) for row in rows])
    sites = [
        SiteWeek(
            site=site,
            title=title,
            home=home,
            articles=stored[site],
            missing=missing[site],
            new=sums[site][0],
            changed=sums[site][1],
            gone=gone[site],
            requests=sums[site][2],
            bytes=sums[site][3],
            outcomes=outcomes[site],
            last=runs[site][-1] if runs[site] else None,
            last_good=good.get(site),
            is_overdue=_is_overdue(good.get(site), until, (every or {}).get(site)),
        )
        for site, title, home in rows
    ]
    return Week(
        since=since,
        until=until,
        sites=sites,
        never=sorted(set(every or {}) - set(runs)),
        months=months,
        shares=field_shares(db),
        runs=runs,
        failures=failures[:MOST_FAILURES],
        other_failures=sum(failure.count for failure in failures[MOST_FAILURES:]),
    )


def _is_overdue(last_good: datetime | None, until: datetime, every: timedelta | None) -> bool:
    patience = OVERDUE * every if every else SILENT
    return last_good is None or until - last_good > patience


def _sums(months: Sequence[MonthCoverage], part: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for month in months:
        sums[month.site] += getattr(month, part)
    return sums


def _figures(db: Database, since: datetime, until: datetime) -> defaultdict[str, Sequence[int]]:
    """(new, changed, requests, bytes) of the period by site."""
    rows = db.execute(
        "SELECT site, sum(articles_new), sum(articles_changed), sum(requests), sum(bytes) FROM runs "
        "WHERE started_at >= ? AND started_at < ? AND kind = 'crawl' GROUP BY site",
        [stamp(since), stamp(until)],
    )
    sums: defaultdict[str, Sequence[int]] = defaultdict(lambda: (0, 0, 0, 0))
    sums.update({str(row[0]): tuple(row[1:]) for row in rows})
    return sums


def _outcomes(db: Database, since: datetime, until: datetime) -> defaultdict[str, Mapping[str, int]]:
    found: defaultdict[str, Mapping[str, int]] = defaultdict(dict)
    rows = db.execute(
        "SELECT site, coalesce(outcome, 'running'), count(*) FROM runs "
        "WHERE started_at >= ? AND started_at < ? AND kind = 'crawl' GROUP BY 1, 2",
        [stamp(since), stamp(until)],
    )
    for site, outcome, count in rows:
        found[site] = {**found[site], outcome: count}
    return found


def _gone(db: Database, since: datetime, until: datetime) -> Counter[str]:
    rows = db.execute(
        "SELECT articles.site, count(*) FROM events CROSS JOIN articles ON articles.id = events.article "
        "WHERE events.kind IN ('gone', 'unpublished') AND events.at >= ? AND events.at < ? GROUP BY 1",
        [stamp(since), stamp(until)],
    )
    return Counter({str(site): int(count) for site, count in rows})


def _last_good(db: Database) -> dict[str, datetime]:
    """When the last crawl of each site ended that was not failed or interrupted."""
    rows = db.execute(
        f"SELECT site, max(finished_at) FROM runs WHERE kind = 'crawl' AND outcome IN ({', '.join('?' * len(GOOD))}) "
        "GROUP BY site",
        sorted(GOOD),
    )
    return {str(site): datetime.fromisoformat(at) for site, at in rows}


def _failures(db: Database, sites: Sequence[str]) -> list[Failure]:
    """What fails today, by site and reason, the most frequent first."""
    found = []
    for site in sites:
        rows = db.execute(
            "SELECT coalesce(error, 'unknown'), count(*), min(url) FROM links WHERE site = ? AND state = 'failed' "
            "AND kind NOT IN ('probe', 'sitemap', 'feed') GROUP BY 1",
            [site],
        )
        found += [Failure(site=site, reason=why, count=count, example=url) for why, count, url in rows]
    return sorted(found, key=lambda failure: (-failure.count, failure.site, failure.reason))
