"""The words of the pages in Vietnamese and English, and how each language writes numbers, days, times and sizes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_FILE = Path(__file__).with_name("interface.toml")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_UNITS = ("B", "kB", "MB", "GB", "TB")


class Wording:
    """What templates call: `say("search")`, `say.number(1234)`, `say.when(row.published_at)`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.other: Language = "en" if language == "vi" else "vi"

    def __call__(self, name: str, **values: object) -> str:
        """A word or sentence of `interface.toml`; a name that has none there stands for itself."""
        words = wordings().get(name)
        return words[self.language].format_map(values) if words else name.partition("_")[2] or name

    def articles(self, count: int) -> str:
        return self.many("articles", count)

    def many(self, name: str, count: int) -> str:
        """So many of something: the words `…_one` or `…_many` of `interface.toml`."""
        return self(f"{name}_one" if count == 1 else f"{name}_many", n=self.number(count))

    def number(self, value: int) -> str:
        """`1.234` in Vietnamese, `1,234` in English."""
        written = f"{value:,}"
        return written.replace(",", ".") if self.language == "vi" else written

    def size(self, count: int) -> str:
        """A number of bytes in units of a thousand: `12 kB`, `1,4 MB`."""
        value, unit = float(count), 0
        while value >= 999.5 and unit < len(_UNITS) - 1:  # what would be written as 1000
            value, unit = value / 1000, unit + 1
        written = f"{value:.0f}" if unit == 0 or value >= 10 else f"{value:.1f}"
        return f"{written.replace('.', ',') if self.language == 'vi' else written} {_UNITS[unit]}"

    def when(self, text: str | None) -> str:
        """A day or a time as the database has it (`2024-05-07`, `2024-05-07T20:01+07:00`, `…Z`), written out.

        Times of pages keep their own zone, which is not named; the crawler's own say that they are UTC.
        """
        if not text:
            return self("undated")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        day = self._day(moment.date())
        if len(text) == len("2024-05-07"):
            return day
        clock = f"{moment:%H:%M}"
        return f"{day} {clock}{' UTC' if text.endswith('Z') else ''}"

    def month(self, text: str) -> str:
        """`05/2024` or `May 2024` of `2024-05`."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            return text or self("undated")
        return f"{first:%m/%Y}" if self.language == "vi" else f"{_MONTHS[first.month - 1]} {first.year}"

    def _day(self, day: date) -> str:
        return f"{day:%d/%m/%Y}" if self.language == "vi" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@cache
def wordings() -> Mapping[str, Mapping[str, str]]:
    """Every word by name and language."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def chosen_language(*wishes: str | None, accepted: str = "") -> Language:
    """The first wish that is a language we have; else the first such of an Accept-Language header; else English."""
    for wish in wishes:
        if wish in LANGUAGES:
            return "vi" if wish == "vi" else "en"
    for entry in accepted.split(","):
        primary = entry.partition(";")[0].strip().partition("-")[0].lower()
        if primary in LANGUAGES:
            return "vi" if primary == "vi" else "en"
    return "en"
