"""Gaps in the numbers that a CMS gives its articles, told from their addresses. Pure.

Numbers mean something only where they are dense. Addresses are grouped by where the number stands (a parameter, the
end of the last part of the path); the numbers of a group are cut into stretches at every hole of more than
`LONGEST_GAP`; of a stretch with at least `FEWEST` numbers that fill at least `DENSE` of it, the numbers that no known
address carries are gaps.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

FEWEST = 20
DENSE = 0.5
LONGEST_GAP = 50

_AT_THE_END = re.compile(r"(?<=[-_/])\d{1,9}(?=(?:\.[a-z]{2,5})?/?$)")
_PARAMETER = re.compile(r"(?<=[?&])(\w*id|n|post|p)=(\d{1,9})(?=&|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdGap:
    """Numbers from `first` to `last`, both missing, among addresses of one pattern (`…-{n}.html`)."""

    pattern: str
    first: int
    last: int
    addresses: str | None = None
    """The address with `{n}` for the number, where the number is all that differs; it can be asked for."""

    @property
    def missing(self) -> int:
        return self.last - self.first + 1


@dataclass(slots=True)
class _Group:
    numbers: set[int] = field(default_factory=set)
    templates: set[str] = field(default_factory=set)
    """At most two: more than one means that other parts differ too."""


def id_gaps(addresses: Iterable[str]) -> list[IdGap]:
    """The gaps in the numbers of these addresses, by pattern and number."""
    groups: defaultdict[str, _Group] = defaultdict(_Group)
    for address in addresses:
        if (found := _number_in(address)) is not None:
            pattern, number, template = found
            group = groups[pattern]
            group.numbers.add(number)
            if len(group.templates) < 2:
                group.templates.add(template)
    return [
        IdGap(pattern=pattern, first=first, last=last, addresses=_only(group.templates))
        for pattern, group in sorted(groups.items())
        for first, last in _gaps(sorted(group.numbers))
    ]


def _number_in(address: str) -> tuple[str, int, str] | None:
    """(pattern, number, address with `{n}`) of an address that carries a number."""
    if "?" in address and (match := _PARAMETER.search(address)):
        pattern, number = f"?{match[1]}={{n}}", match.span(2)
    elif match := _AT_THE_END.search(address):
        number = match.span()
        pattern = f"…{address[number[0] - 1]}{{n}}{address[number[1] :]}"
    else:
        return None
    template = f"{address[: number[0]]}{{n}}{address[number[1] :]}"
    return pattern, int(address[slice(*number)]), template


def _only(templates: set[str]) -> str | None:
    return next(iter(templates)) if len(templates) == 1 else None


def _gaps(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    for stretch in _stretches(numbers):
        if len(stretch) >= FEWEST and len(stretch) >= DENSE * (stretch[-1] - stretch[0] + 1):
            yield from ((before + 1, after - 1) for before, after in pairwise(stretch) if after - before > 1)


def _stretches(numbers: Sequence[int]) -> Iterator[list[int]]:
    stretch: list[int] = []
    for number in numbers:
        if stretch and number - stretch[-1] > LONGEST_GAP:
            yield stretch
            stretch = []
        stretch.append(number)
    yield stretch
