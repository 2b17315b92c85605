"""The crawler's own times: aware UTC inside, ISO 8601 with `Z` in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from pipelines.items import PageDate

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=256)
def stamp(moment: datetime) -> str:
    """`2026-11-22T08:00:00.123Z`: fixed width, so that texts sort as times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def page_time(value: PageDate) -> str:
    """What a page says of a time: `2024-05-07T20:01+07:00` with a time, `2024-05-07` without."""
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
