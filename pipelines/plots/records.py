"""What the plots are drawn from: plain records that know nothing of a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCoverage:
    """The articles of one site in one month of publication.

    `month` is `2024-05`, or None for what carries no date. `missing` are articles that a listing, feed or sitemap
    showed and that are not stored. Of the `stored`, `by_list` carry no date and stand at that of a listing, as what is
    missing does.
    """

    site: str
    month: str | None
    stored: int
    missing: int = 0
    by_list: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHealth:
    """The figures of one run; `outcome` is None for one that is still running (or was killed and not yet closed)."""

    run: int
    site: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    requests: int
    new: int
    changed: int
    errors: int
    unchanged: int = 0
    not_modified: int = 0
    bytes: int = 0
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShare:
    """In how many (`found`) of a site's looked-at articles (`of`) one field was found."""

    site: str
    field: str
    found: int
    of: int
