"""Blocks that are named as pagers."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

_PAGER = re.compile(r"pag(?:e|i|ing)|phan-?trang|nav-links", re.IGNORECASE)
_CLIMB = 5


def is_in_pager(element: HtmlElement) -> bool:
    """Whether the element or one of the four blocks around it is named as a pager."""
    around = islice((element, *element.iterancestors()), _CLIMB)
    return any(_PAGER.search(f"{block.get('class') or ''} {block.get('id') or ''}") for block in around)
