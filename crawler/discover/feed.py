"""Feeds: RSS 2.0, RSS 1.0 (RDF) and Atom, broken ones included."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lxml import etree, html

from crawler.discover.xmltree import FeedError, children, local_name, parse_untrusted, text_of
from crawler.read.profile import Addresses
from crawler.urls import ANY_FAMILY, canonical_url, clean_href, is_trap, looks_like_file, request_url
from pipelines.items import FoundLink

__all__ = ["ROOTS", "FeedError", "read_feed"]

ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
"""What a feed's document begins with."""


def read_feed(body: bytes, url: str, addresses: Addresses = ANY_FAMILY) -> tuple[FoundLink, ...]:
    """The entries of a feed, each once, with title, date as printed and position; and the feed's own next page.

    Links lead wherever the feed says: the caller keeps those of its site.

    Raises:
        FeedError: the body is no feed (a web page, an entity bomb, nothing at all).
    """
    root = parse_untrusted(body, ROOTS)
    found: dict[str, FoundLink] = {}
    for entry in (element for element in root.iter() if local_name(element) in ("item", "entry")):
        link = _entry(entry, url, addresses, position=len(found) + 1)
        if link is not None:
            found.setdefault(link.key, link)
    for href in _next_pages(root):
        if (target := clean_href(url, href)) and (page := canonical_url(target, addresses)) != url:
            found.setdefault(page, FoundLink(url=request_url(target, addresses), key=page, kind="feed"))
    return tuple(found.values())


def _entry(entry: etree._Element, url: str, addresses: Addresses, *, position: int) -> FoundLink | None:
    targets = (clean_href(url, href) for href in _hrefs(entry))
    target = next(filter(None, targets), None)
    if target is None or is_trap(target):
        return None
    title = text_of(entry, "title")
    return FoundLink(
        url=request_url(target, addresses),
        key=canonical_url(target, addresses),
        kind="file" if looks_like_file(target) else "article",
        is_listed=True,
        title=_plain(title) if title else None,
        date_text=text_of(entry, "pubdate", "published", "date", "issued", "created", "updated", "modified"),
        position=position,
    )


def _hrefs(entry: etree._Element) -> Iterator[str]:
    """Where an entry may say its address, the best place first."""
    if original := text_of(entry, "origlink"):  # a feed burner's link leads through its own counter
        yield original
    for link in children(entry, "link"):
        if link.get("rel", "alternate") == "alternate":
            yield link.get("href") or "".join(map(str, link.itertext()))
    for guid in children(entry, "guid"):
        text = "".join(map(str, guid.itertext()))
        if guid.get("isPermaLink", "true") == "true" and text.startswith("http"):
            yield text
    yield next((str(value) for name, value in entry.items() if str(name).endswith("about")), "")


def _next_pages(root: etree._Element) -> Iterator[str]:
    for element in (root, *children(root, "channel")):
        for link in children(element, "link"):
            if link.get("rel") == "next" and (href := link.get("href")):
                yield href


def _plain(title: str) -> str:
    """A title as text: many feeds escape their markup once more."""
    if "<" in title or "&" in title:
        title = " ".join("".join(map(str, html.fromstring(f"<div>{title}</div>").itertext())).split())
    return unicodedata.normalize("NFC", title)
