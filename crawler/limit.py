"""How many pages of articles one run asks for (`--limit`)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field


@dataclass(slots=True)
class Limit:
    """Counts the pages of articles that a run has asked for, each once however often it was tried.

    A page that turns out to be no article counts too: else a run of a portal that is read wrongly would have no end.
    """

    most: int
    """0 is without end."""
    _counted: set[int] = field(default_factory=set)

    def count(self, link: int) -> None:
        """A page of an article was asked for, or a page turned out to be one."""
        if self.most:
            self._counted.add(link)

    @property
    def is_reached(self) -> bool:
        return bool(self.most) and len(self._counted) >= self.most

    def room(self, under_way: AbstractSet[int]) -> int:
        """How many more pages may be asked for while it is not known what those under way are."""
        return self.most - len(self._counted | under_way)
