"""How far down a listing one run goes. Pure.

A walk goes at least to the newest items that the section's last clean walk recorded (its marks), and on from there
until `KNOWN_IN_A_ROW` items one after the other were known before this run, or a whole further page shows nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

KNOWN_IN_A_ROW = 10
"""So many known items one after the other, beyond the marks, end a walk."""

MARKS = 3
"""How many of the newest items a clean walk records. The walk has come to them when it has seen more than half: one may
have been taken down since, and one may be pinned to the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry of a listing, as the walk sees it; `day` is the printed date as ISO text."""

    key: str
    is_known: bool
    day: str | None = None


@dataclass(slots=True, kw_only=True)
class Walk:
    """One section during one run. Pages are taken in from the first on; items that came before count once."""

    marks: frozenset[str] = frozenset()
    to_the_end: bool = False
    """Whether only the last page ends it."""
    is_over: bool = False
    pages: int = 0
    new: int = 0
    seen: dict[str, Item] = field(default_factory=dict)
    _marks_seen: int = 0
    _known: int = 0

    @property
    def has_come_to_the_marks(self) -> bool:
        return 2 * self._marks_seen > len(self.marks) or not self.marks

    def take_in(self, items: Iterable[Item]) -> None:
        """The next page, its items from the top."""
        self.pages += 1
        new_before = self.new
        for item in items:
            if item.key not in self.seen:
                self.seen[item.key] = item
                self._count(item)
        is_page_known = self.pages > 1 and self.new == new_before
        if self.has_come_to_the_marks and (is_page_known or self._known >= KNOWN_IN_A_ROW):
            self.is_over = not self.to_the_end

    def _count(self, item: Item) -> None:
        is_beyond = self.has_come_to_the_marks
        self._marks_seen += item.key in self.marks
        self.new += not item.is_known
        self._known = self._known + 1 if item.is_known and is_beyond else 0


def newest(items: Sequence[Item]) -> list[str]:
    """The marks that a clean walk leaves: the newest by date where half of the items have one, else the first ones."""
    if 2 * sum(item.day is not None for item in items) >= len(items):
        items = sorted(items, key=lambda item: item.day or "", reverse=True)
    return [item.key for item in items[:MARKS]]
