"""Measures what the plots, the weekly report and the audit cost on a large mirror.

    python tests/bench/plotting.py [--articles N] [--sites N]

Builds a mirror of N articles (1,000,000) of 300 sites over 25 years with SQL alone: eight field rules an article, a
link and a sighting each, one link in nineteen failed, and 500 runs a site. Prints the median of five tries of every
query and of drawing, and the processor's share of it (a busy machine makes only the first longer).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sqlite_utils import Database

from pipelines.audit import audit_site
from pipelines.coverage import field_shares, months_of, runs_of
from pipelines.database import open_database, open_readonly, writing
from pipelines.plots import coverage_plot, field_shares_plot, run_health_plot

TRIES = 5
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
SITE = "'s' || (i % :sites)"
URL = f"'http://' || {SITE} || '.example/tin-' || i"
DAY = "date('2001-01-01', (abs(random()) % 9000) || ' days')"
HOLES = "i % 19 = 0"
RULES = '["title", "lead", "body", "published_at", "author", "author_unit", "source", "category"]'
STATEMENTS = (
    f"INSERT INTO sites {NUMBERS} SELECT 's' || (i - 1), 'S', 'http://s', 'auto' FROM n WHERE i <= :sites",
    f"""
    INSERT INTO runs (site, kind, started_at, finished_at, outcome, requests) {NUMBERS}
    SELECT {SITE}, 'crawl', '2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000Z', 'ok', i % 90
    FROM n WHERE i <= :sites * 500
    """,
    "INSERT INTO captures (id, run, site, url, fetched_at, status) VALUES (1, 1, 's1', 'u', '2026', 200)",
    f"""
    INSERT INTO articles (id, site, identity, url, title, body, body_html, published_date, quality, reader_version,
    content_sha256, capture, first_seen_at, last_seen_at, last_changed_at) {NUMBERS}
    SELECT i, {SITE}, {URL}, {URL}, 'Tin', hex(zeroblob(300)), hex(zeroblob(300)), {DAY}, 1, '1', '', 1, '', '', ''
    FROM n
    """,
    f"INSERT INTO article_urls {NUMBERS} SELECT i, {URL}, NULL, '' FROM n WHERE NOT ({HOLES})",
    f"INSERT INTO article_fields {NUMBERS} SELECT i, value, 'family', 1 FROM n, json_each('{RULES}')",
    f"""
    INSERT INTO links (id, site, url, key, kind, priority, state, first_seen_at, article) {NUMBERS}
    SELECT i, {SITE}, {URL}, {URL}, 'article', 3, CASE WHEN {HOLES} THEN 'failed' ELSE 'done' END, '',
    CASE WHEN NOT ({HOLES}) THEN i END FROM n
    """,
    f"""
    INSERT INTO sightings (site, url, key, listing, position, title, listed_date, first_seen_at, last_seen_at) {NUMBERS}
    SELECT {SITE}, {URL}, {URL}, 'l', 1, 'Tin', {DAY}, '', '' FROM n
    """,
)
"""One article in nineteen has no address of its own: those are the holes."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--sites", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="where the mirror is built; a temporary one by default")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        build(Path(folder), args.articles, args.sites)
        db = open_readonly(Path(folder))
        measure(db)
        db.close()
    return 0


def build(output: Path, articles: int, sites: int) -> None:
    db = open_database(output)
    db.execute("PRAGMA synchronous = OFF")
    for statement in STATEMENTS:
        with writing(db):
            db.execute(statement, {"count": articles, "sites": sites})
    db.close()


def measure(db: Database) -> None:
    months, shares, runs = months_of(db), field_shares(db), runs_of(db, "s1")
    stored, missing = sum(month.stored for month in months), sum(month.missing for month in months)
    print(f"{stored:,} articles, {missing:,} missing, {len(months):,} months of sites\n")
    show("months_of, all sites", lambda: months_of(db))
    show("months_of, one site", lambda: months_of(db, "s1"))
    show("field_shares, all sites", lambda: field_shares(db))
    show("field_shares, one site", lambda: field_shares(db, "s1"))
    show("runs_of, one site", lambda: runs_of(db, "s1"))
    show("audit_site, one site", lambda: audit_site(db, "s1"))
    show("coverage_plot, all sites", lambda: coverage_plot(months))
    show("coverage_plot, one site", lambda: coverage_plot([month for month in months if month.site == "s1"]))
    show("field_shares_plot", lambda: field_shares_plot(shares))
    show("run_health_plot", lambda: run_health_plot(runs))


def show(what: str, work: Callable[[], object]) -> None:
    seconds, worked = [], []
    for _ in range(TRIES):
        begun, busy = time.perf_counter(), time.process_time()
        made = work()
        seconds.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
    size = f", {len(made) / 1000:.0f} kB" if isinstance(made, str) else ""
    print(f"{what:28} {median(seconds) * 1000:8.1f} ms, {median(worked) * 1000:8.1f} ms of processor{size}")


if __name__ == "__main__":
    sys.exit(main())
