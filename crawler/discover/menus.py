"""Menus, breadcrumbs, tabs and footers: blocks of short links that lead to sections and not to news."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from statistics import median

from lxml.html import HtmlElement

from crawler.discover.anchors import Anchor

LONG_TEXT = 6
"""Half of the links of a list of titles have this many words (syllables in Vietnamese); those of a menu do not."""

_NAMES = re.compile(r"menu|nav|breadcrumb|ribbon|toolbar|topbar|(?<!entry-)(?<!post-)footer", re.IGNORECASE)
_ROLES = frozenset({"navigation", "menu", "menubar", "tablist", "banner", "contentinfo"})
_ROOTS = frozenset({"html", "body", "form"})
_FEWEST_IN_HEADER = 5
_MOST_LOOKED_AT = 60


class Menus:
    """Which links of one page stand in a menu. Blocks are told by name or role, and only when their links are short."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self._words = {anchor.element: anchor.words for anchor in anchors if anchor.text}
        self._known: dict[HtmlElement, bool] = {}
        """Whether a block is a menu or stands in one."""

    def hold(self, anchor: Anchor) -> bool:
        """Whether the link stands in a menu."""
        passed: list[HtmlElement] = []
        answer = False
        for block in anchor.element.iterancestors():
            known = self._known.get(block)
            if known is not None:
                answer = known
                break
            passed.append(block)
            if block.tag not in _ROOTS and _is_named(block) and self._is_short(block):
                answer = True
                break
        self._known.update(dict.fromkeys(passed, answer))
        return answer

    def _is_short(self, block: HtmlElement) -> bool:
        links = (link for link in block.iter("a", "area") if link in self._words)
        words = [self._words[link] for link in islice(links, _MOST_LOOKED_AT)]
        if block.tag in ("header", "footer") and len(words) < _FEWEST_IN_HEADER:
            return False
        return not words or median(words) < LONG_TEXT


def _is_named(block: HtmlElement) -> bool:
    if block.tag in ("nav", "header", "footer") or block.get("role") in _ROLES:
        return True
    names = f"{block.get('class') or ''} {block.get('id') or ''}"
    return len(names) > 1 and _names_menu(names)


@lru_cache(maxsize=1 << 12)
def _names_menu(names: str) -> bool:
    return bool(_NAMES.search(names))
