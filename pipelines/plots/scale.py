"""Scales and ticks: round numbers on an axis, and months that become quarters or years where there are many."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_BINS = 240
"""How many columns a time axis has at most: twenty years of months."""

EARLIEST = 1990 * 12
"""The first month that an axis shows (no portal is older): one misread year would squeeze everything else."""

_STEPS = (1, 3, 12, 24, 60, 120, 240)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_number(month: str) -> int | None:
    """Months since the year 0; None for what is no `YYYY-MM`."""
    match = _MONTH.fullmatch(month)
    return int(match[1]) * 12 + int(match[2]) - 1 if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Bins of `step` months from `first` (a month number), `count` of them."""

    first: int
    step: int
    count: int

    @classmethod
    def over(cls, months: Sequence[int]) -> TimeAxis:
        """The axis from the earliest to the latest month, in the finest bins of which there are few enough."""
        first, last = min(months), max(months)
        step = next(size for size in _STEPS if last // size - first // size < MOST_BINS)
        return cls(first=first // step * step, step=step, count=last // step - first // step + 1)

    def bin_of(self, month: int) -> int:
        return (month - self.first) // self.step

    def name(self, number: int) -> str:
        """`2024-05`, `2024 Q2`, `2024` or `2020–2024`."""
        start = self.first + number * self.step
        year, month = divmod(start, 12)
        if self.step == 1:
            return f"{year}-{month + 1:02}"
        if self.step == 3:
            return f"{year} Q{month // 3 + 1}"
        return str(year) if self.step == 12 else f"{year}–{year + self.step // 12 - 1}"

    def ticks(self, most: int) -> list[tuple[int, str]]:
        """Bins to be labelled, at most `most`: years where the axis is long, else months."""
        years = [n for n in range(self.count) if (self.first + n * self.step) % 12 == 0]
        if len(years) < 3 and self.step < 12:
            every = max(1, math.ceil(self.count / max(most, 1)))
            return [(n, self.name(n)) for n in range(0, self.count, every)]
        every = _round_years(math.ceil(len(years) * max(self.step // 12, 1) / most))
        return [(n, str(year)) for n in years if (year := (self.first + n * self.step) // 12) % every == 0]


def _round_years(years: int) -> int:
    return next((size for size in (1, 2, 5, 10, 20, 50) if size >= years), 100)


def round_ticks(highest: int, *, most: int = 4) -> list[int]:
    """Round whole numbers from 0 to at least `highest`, about `most` steps: 0, 50, 100, 150."""
    if highest <= most:
        return list(range(max(highest, 1) + 1))
    rough = highest / most
    power = 10 ** math.floor(math.log10(rough))
    step = int(
        next(
            size * power
            for size in (1, 2, 2.5, 5, 10)
            if size * power >= rough and size * power >= 1 and float(size * power).is_integer()
        )
    )
    return list(range(0, highest + step, step))
