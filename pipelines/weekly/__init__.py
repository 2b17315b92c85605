"""The weekly report: what came into a mirror, what is missing, what failed, in one file that opens from disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlite_utils import Database

from pipelines.clock import Clock, now
from pipelines.durable import replace_text
from pipelines.plots import Language
from pipelines.weekly.facts import week_of
from pipelines.weekly.page import weekly_page


def write_weekly(
    db: Database,
    path: Path,
    *,
    days: int = 7,
    language: Language = "vi",
    every: Mapping[str, timedelta] | None = None,
    clock: Clock = now,
) -> None:
    """Write the report of the last `days` days to `path`, over an earlier one, whole or not at all.

    Args:
        db: the mirror; one transaction sees one state of it, whatever a crawl writes meanwhile.
        path: the file; its folder must be there.
        days: the length of the period.
        language: of the page.
        every: how often sites are to be crawled, by site.
        clock: tells the end of the period.

    Raises:
        StoreError: the file cannot be written.
    """
    db.execute("BEGIN")
    try:
        week = week_of(db, until=clock(), days=days, every=every)
    finally:
        db.execute("ROLLBACK")
    replace_text(path, weekly_page(week, language=language))
