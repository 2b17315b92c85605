"""What is usual for a site: the medians of its runs before, against which a run is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlite_utils import Database

COMPARED = 10
"""How many runs before a run say what is usual."""

FIGURES = (
    "requests",
    "bytes",
    "not_modified",
    "dead_links",
    "errors",
    "articles_new",
    "articles_changed",
    "articles_unchanged",
    "files_new",
)
"""The columns of `runs` that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The medians of the `runs` runs that were looked at; `seconds` is how long they took."""

    runs: int
    seconds: float
    figures: Mapping[str, int]


def usual_of(db: Database, site: str, *, before: int) -> Usual | None:
    """The medians of up to ten finished crawls of a site before a run; None where there was none.

    Interrupted runs say nothing of what is usual and are left out.
    """
    rows = db.execute(
        f"SELECT started_at, finished_at, {', '.join(FIGURES)} FROM runs WHERE site = ? AND id < ? AND kind = 'crawl' "
        "AND finished_at IS NOT NULL AND outcome != 'interrupted' ORDER BY id DESC LIMIT ?",
        [site, before, COMPARED],
    ).fetchall()
    if not rows:
        return None
    seconds = [(datetime.fromisoformat(row[1]) - datetime.fromisoformat(row[0])).total_seconds() for row in rows]
    figures = {name: int(median(row[at] for row in rows)) for at, name in enumerate(FIGURES, start=2)}
    return Usual(runs=len(rows), seconds=median(seconds), figures=figures)
