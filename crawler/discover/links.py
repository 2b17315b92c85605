"""Every link of a page into its own site, told apart: listing, article, feed, sitemap.

A plain following of these links reaches all that is linked; the kinds decide how often a page is asked for again. The
strongest witness of a link's kind wins: the family's address patterns, what the site file and the page declare, pages
of the same listing, an entry with a date, a menu, the shape of a list, the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.discover.anchors import Anchor, Gathering, gather
from crawler.discover.entries import Entry, entries_of
from crawler.discover.menus import LONG_TEXT, Menus
from crawler.discover.pager import is_in_pager
from crawler.discover.paging import may_say_page, says_page, split_page
from crawler.read.profile import Profile
from crawler.read.selecting import select_all
from crawler.sitefile import Site
from crawler.urls import canonical_url, matches_any
from pipelines.items import FoundLink, LinkKind

_PLAIN = Profile(name="none", title="no family")
_FEED = re.compile(
    r"/(?:rss|feed|feeds|atom|rdf)(?:[/.]|$)|[-_.](?:rss|atom)(?:\.\w+)?$|\.rss$|/listfeed\.aspx$|"
    r"[?&](?:format=feed|feed=(?:rss2?|atom|rdf))(?:&|$)",
    re.IGNORECASE,
)
_SITEMAP = re.compile(r"/[\w.-]*sitemap[\w.-]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_NUMBERED = re.compile(
    r"-\d{3,}(?:\.html?|\.aspx|/)?$|/\d{4}/\d{1,2}/(?:\d{1,2}/)?[^/]+/?$|[?&](?:\w*?id|n)=\d{3,}(?:&|$)", re.IGNORECASE
)
"""A number of three digits or more at the end, or a date in the path: rather one article than a section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a page links to: one link an address, in the page's order, and the addresses left out with the reason.

    `further` holds the keys of the links that the page presents as further pages of itself.
    """

    links: tuple[FoundLink, ...] = ()
    further: frozenset[str] = frozenset()
    excluded: tuple[tuple[str, str], ...] = ()


class _Witness(IntEnum):
    """What speaks for a kind, the weakest first."""

    NOTHING = 0
    SHORT_TEXT = 1
    LONG_TEXT = 2
    SHAPE = 3
    MENU = 4
    ENTRY = 5
    PAGING = 6
    DECLARED = 7
    FAMILY = 8


def discover_links(tree: HtmlElement, url: str, *, site: Site, profile: Profile | None) -> Discovery:
    """The in-site links of a page, classified; files and pictures are left to the reading of the page.

    `url` is the address of the page after redirects; links are resolved against it, or against the page's `<base>`.
    Addresses that a web archive has rewritten stand for the original. Entries of listings carry `is_listed`, title,
    printed date and position (from 1). Traps and what the family excludes are in `excluded`, with the reason.
    """
    family = (profile or _PLAIN).with_overrides(site.select) if site.select else profile or _PLAIN
    gathered = gather(tree, url, site, family.addresses)
    page = _Page(tree, url, gathered, site, family)
    links = tuple(page.links())
    return Discovery(links=links, further=frozenset(page.further), excluded=tuple(gathered.excluded.items()))


class _Page:
    """One page while its links are told apart."""

    def __init__(self, tree: HtmlElement, url: str, gathered: Gathering, site: Site, family: Profile) -> None:
        self.anchors = anchors = gathered.anchors
        self.spelled = gathered.spelled
        self.site = site
        self.family = family
        self.own = canonical_url(url, family.addresses)
        self.further: set[str] = set()
        self.stem = split_page(self.own)[0]
        self.named_pages = set(select_all(tree, family.select.next_page)) if family.select.next_page else set()
        menus = Menus(anchors)
        clickable = [anchor for anchor in anchors if anchor.source in ("a", "script")]
        self.in_menu = {anchor for anchor in clickable if menus.hold(anchor)}
        self.entries = entries_of(
            tree, clickable, [anchor for anchor in clickable if anchor not in self.in_menu], family.select
        )

    def links(self) -> Iterator[FoundLink]:
        kinds: dict[str, tuple[_Witness, LinkKind]] = {}
        for anchor in self.anchors:
            verdict, known = self._kind(anchor), kinds.get(anchor.url)
            if anchor.url != self.own and (known is None or verdict[0] > known[0]):
                kinds[anchor.url] = verdict
        position = 0
        for url, (witness, kind) in kinds.items():
            if witness is _Witness.PAGING:
                self.further.add(url)
            entry = self.entries.get(url)
            if entry is None or kind != "article":
                yield FoundLink(url=self.spelled[url], key=url, kind=kind)
            else:
                position += 1
                yield _listed(self.spelled[url], url, entry, position)

    def _kind(self, anchor: Anchor) -> tuple[_Witness, LinkKind]:
        addresses = self.family.addresses
        for patterns, kind in ((addresses.article, _ARTICLE), (addresses.listing, _LISTING)):
            if matches_any(patterns, anchor.url, ignore_case=addresses.ignore_case):
                return _Witness.FAMILY, kind
        if declared := self._declared(anchor):
            return _Witness.DECLARED, declared
        if self._is_paging(anchor):
            return _Witness.PAGING, "listing"
        entry = self.entries.get(anchor.url)
        if entry and entry.is_sure:
            return _Witness.ENTRY, "article"
        if anchor in self.in_menu:
            return _Witness.MENU, "listing"
        if entry:
            return _Witness.SHAPE, "article"
        if anchor.words >= LONG_TEXT or (anchor.words >= 2 and _NUMBERED.search(anchor.url)):
            return _Witness.LONG_TEXT, "article"
        return (_Witness.SHORT_TEXT if anchor.text else _Witness.NOTHING), "listing"

    def _declared(self, anchor: Anchor) -> LinkKind | None:
        if anchor.source in ("feed", "sitemap"):
            return "feed" if anchor.source == "feed" else "sitemap"
        is_section = anchor.url in (self.site.home, *self.site.sections) or anchor.source in ("frame", "refresh")
        return "listing" if is_section else _kind_by_address(anchor.url)

    def _is_paging(self, anchor: Anchor) -> bool:
        stem, number = split_page(anchor.url)
        if number is not None and (stem == self.stem or anchor.words < LONG_TEXT):
            return True
        if anchor.element in self.named_pages or says_page(anchor.text):
            return True
        if anchor.source == "next" or "next" in anchor.rel:
            return anchor.words < LONG_TEXT and (number is not None or may_say_page(anchor.text) or not anchor.text)
        return may_say_page(anchor.text) and is_in_pager(anchor.element)


@lru_cache(maxsize=1 << 14)
def _kind_by_address(url: str) -> LinkKind | None:
    if _FEED.search(url):
        return "feed"
    if _SITEMAP.search(url):
        return "sitemap"
    return "listing" if urlsplit(url)[2:4] == ("/", "") else None


_ARTICLE: LinkKind = "article"
_LISTING: LinkKind = "listing"


def _listed(url: str, key: str, entry: Entry, position: int) -> FoundLink:
    return FoundLink(
        url=url,
        key=key,
        kind="article",
        is_listed=True,
        title=entry.title,
        date_text=entry.date_text,
        position=position,
    )
