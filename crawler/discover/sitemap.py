"""Sitemaps (sitemaps.org 0.9): url sets, indexes and plain text, gzip or not."""

from __future__ import annotations

from lxml import etree

from crawler.discover import feed
from crawler.discover.xmltree import FeedError, children, inflated, is_markup, local_name, parse_untrusted, text_of
from crawler.read.profile import Addresses
from crawler.urls import ANY_FAMILY, canonical_url, clean_href, is_trap, looks_like_file, request_url
from pipelines.items import FoundLink

__all__ = ["FeedError", "read_sitemap"]

_ROOTS = frozenset({"urlset", "sitemapindex"})


def read_sitemap(body: bytes, url: str, addresses: Addresses = ANY_FAMILY) -> tuple[FoundLink, ...]:
    """The pages of a url set (`article`, listed, `lastmod` as date) or the sitemaps of an index, each once.

    Links lead wherever the sitemap says: the caller keeps those of its site.

    Raises:
        FeedError: the body is no sitemap (a web page, a bomb, nothing at all).
    """
    body = inflated(body)
    if not is_markup(body):
        return _plain_text(body, url, addresses)
    root = parse_untrusted(body, _ROOTS | feed.ROOTS)
    if local_name(root) in feed.ROOTS:  # the protocol allows a feed for a sitemap
        return feed.read_feed(body, url, addresses)
    found: dict[str, FoundLink] = {}
    for element in root.iter():
        name = local_name(element)
        if name not in ("url", "sitemap") or (address := text_of(element, "loc")) is None:
            continue
        link = _link(address, url, addresses, is_index=name == "sitemap", entry=element, position=len(found) + 1)
        if link is not None:
            found.setdefault(link.key, link)
    return tuple(found.values())


def _link(
    address: str,
    url: str,
    addresses: Addresses,
    *,
    position: int,
    is_index: bool = False,
    entry: etree._Element | None = None,
) -> FoundLink | None:
    target = clean_href(url, address)
    if target is None:
        return None
    spelled, key = request_url(target, addresses), canonical_url(target, addresses)
    if is_index:
        return FoundLink(url=spelled, key=key, kind="sitemap")
    kind = looks_like_file(target)
    if kind == "image" or (kind is None and is_trap(target)):
        return None
    news = next(children(entry, "news"), entry) if entry is not None else None
    return FoundLink(
        url=spelled,
        key=key,
        kind=kind or "article",
        is_listed=True,
        title=text_of(news, "title") if news is not None else None,
        date_text=_date(entry, news),
        position=position,
    )


def _date(entry: etree._Element | None, news: etree._Element | None) -> str | None:
    if entry is None or news is None:
        return None
    return text_of(news, "publication_date") or text_of(entry, "lastmod")


def _plain_text(body: bytes, url: str, addresses: Addresses) -> tuple[FoundLink, ...]:
    found: dict[str, FoundLink] = {}
    for line in body.decode("utf-8-sig", errors="replace").splitlines():
        if line.strip().lower().startswith(("http://", "https://")):
            link = _link(line, url, addresses, position=len(found) + 1)
            if link is not None:
                found.setdefault(link.key, link)
    if not found and body.strip():
        raise FeedError("no sitemap: neither XML nor a list of addresses")
    return tuple(found.values())
