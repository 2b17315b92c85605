"""Which listing a page belongs to: a section is a chain of pages, the first one and its further ones. Pure.

Pages whose addresses differ by nothing but a page number are of one section. A further page whose address says nothing
of that (a form that is posted, an unknown parameter) belongs to the section of the page that leads to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from crawler.discover.paging import split_page
from pipelines.items import FoundLink, LinkKind

CHAINED: frozenset[LinkKind] = frozenset({"listing", "feed", "sitemap"})
"""Kinds of links that have sections; the parts of a sitemap's index are its further pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A section, by the address that its pages share, and the place of one page there (0: without a number)."""

    section: str
    page: int

    @classmethod
    def of(cls, address: str) -> Self:
        stem, number = split_page(address)
        return cls(section=stem, page=number or 0)


def placed(link: FoundLink, *, shown_by: Place | None, is_further: bool = False) -> FoundLink:
    """The link with its section and page.

    Args:
        link: any link; those that are no listings come back as they are.
        shown_by: the place of the listing, feed or sitemap that shows the link, None where something else does.
        is_further: whether that page presents the link as a further page of itself.
    """
    if link.kind not in CHAINED:
        return link
    if shown_by is None:
        return _placed_by_address(link)
    own = Place.of(link.key or link.url)
    if link.method != "GET" or link.kind == "sitemap" or (is_further and not own.page):
        own = Place(section=shown_by.section, page=shown_by.page + 1)
    return replace(link, section=own.section, page=own.page)


@lru_cache(maxsize=1 << 12)
def _placed_by_address(link: FoundLink) -> FoundLink:
    """Every page of a site carries the links of its menu."""
    own = Place.of(link.key or link.url)
    return replace(link, section=own.section, page=own.page)
