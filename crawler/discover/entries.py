"""The entries of a listing: links that a list of news shows, with the title and the date printed there.

A family's profile may name them (`entry`, `entry_date`). Without one they are told by their shape: several links at
equal places of the markup whose texts read like titles, or a link with a date beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median

from lxml import etree
from lxml.html import HtmlElement

from crawler.discover.anchors import Anchor, word_count
from crawler.discover.printed import date_in, printed_date, split_date
from crawler.read.profile import Selectors
from crawler.read.selecting import select_all

TITLE_WORDS = 4
"""Fewest words of a title; a section's name is usually shorter."""
TITLES_MEDIAN = 6
"""Half of the titles of a list have this many words; the items of a menu do not."""
FEWEST = 3
"""Links at equal places that make a list."""
_CLIMB = 5
_NEIGHBOURS = 60
_DIGITS = re.compile(r"\d+")
_ROOTS = frozenset({"html", "body", "form"})


@dataclass(frozen=True, slots=True)
class Entry:
    """How a listing shows an article; `is_named` says that the family's profile or a date marks it."""

    title: str
    date_text: str | None = None
    is_sure: bool = False


def entries_of(tree: HtmlElement, anchors: Sequence[Anchor], menus: Menus, select: Selectors) -> dict[str, Entry]:
    """The entries by address; the fullest title and the first date win where an entry has several links."""
    found: dict[str, Entry] = {}
    for url, entry in [*_named(tree, anchors, select), *_shaped(anchors, menus)]:
        found[url] = _merged(found.get(url), entry)
    return found


def _merged(one: Entry | None, other: Entry) -> Entry:
    if one is None:
        return other
    return Entry(
        title=max(one.title, other.title, key=len),
        date_text=one.date_text or other.date_text,
        is_sure=one.is_sure or other.is_sure,
    )
