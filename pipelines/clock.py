"""Times: the crawler's own (aware UTC inside, ISO 8601 with `Z` in the database) and what a page says of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import overload

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


@overload
def day_of(value: PageDate) -> date: ...
@overload
def day_of(value: None) -> None: ...
def day_of(value: PageDate | None) -> date | None:
    """The page's own calendar day, in the page's own zone; None of None."""
    return value.date() if isinstance(value, datetime) else value
