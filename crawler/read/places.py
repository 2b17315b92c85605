"""Where a rare byte stands in a page: found many times faster than a longer string or a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

_MANY: Final = 500
"""Places from which on one search of the pattern costs less than a look at each of them."""


def places(source: bytes, sign: bytes) -> Iterator[int]:
    """Where the byte stands, from the start."""
    place = source.find(sign)
    while place >= 0:
        yield place
        place = source.find(sign, place + 1)


def occurs(pattern: re.Pattern[bytes], source: bytes) -> bool:
    """Whether a pattern that begins with `&` matches anywhere; told in half the time of a search."""
    few = list(islice(places(source, b"&"), _MANY))
    if len(few) == _MANY:
        return pattern.search(source) is not None
    return any(pattern.match(source, place) for place in few)
