"""The links of a page that lead into its own site, as absolute canonical addresses, and why others are left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.profile import Addresses
from crawler.sitefile import Site, plain_host
from crawler.urls import (
    archived_original,
    canonical_url,
    clean_href,
    is_archived,
    is_trap,
    looks_like_file,
    matches_any,
)

MAX_LINKS = 10_000
"""Links of one page that are looked at; more is an attack or a fault, and is reported as such."""

Source = Literal["a", "frame", "feed", "sitemap", "next", "refresh", "script"]

_SOURCES = etree.XPath(
    "descendant-or-self::*[(self::a or self::area or self::link) and @href or (self::frame or self::iframe) and @src"
    " or self::meta[@http-equiv] or @onclick]"
)
_GOES_TO = re.compile(
    r"""(?:location(?:\.href)?\s*=\s*|location\.(?:assign|replace)\(\s*|RefreshPageTo\(\s*event\s*,\s*)(["'])(.+?)\1"""
)
_REFRESH = re.compile(r"\s*\d*(?:\.\d*)?\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """One link of a page into its site; `text` is what it says, or its picture's or title's words where it says nothing."""

    element: HtmlElement
    url: str
    text: str
    source: Source = "a"
    rel: frozenset[str] = frozenset()

    @property
    def words(self) -> int:
        return word_count(self.text)


@dataclass(slots=True)
class Gathering:
    """The in-site links of a page in its order, and the addresses that were left out with the reason."""

    anchors: list[Anchor] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)


def gather(tree: HtmlElement, page_url: str, site: Site, addresses: Addresses) -> Gathering:
    """Every link into the site that is worth asking for; files and links to elsewhere are passed over."""
    found = Gathering()
    base = _base(tree, page_url)
    page = urlsplit(page_url)
    elements = _SOURCES(tree)
    for element in elements[:MAX_LINKS]:
        for source, href in _targets(element):
            url = _in_site(base, href, page, site, addresses)
            if url is None or looks_like_file(url):
                continue
            if reason := _objection(url, site, addresses):
                found.excluded.setdefault(url, reason)
            else:
                rel = frozenset((element.get("rel") or "").lower().split())
                found.anchors.append(Anchor(element, url, link_text(element), source, rel))
    if len(elements) > MAX_LINKS:
        found.excluded[page_url] = f"more than {MAX_LINKS} links on one page"
    return found


def word_count(text: str) -> int:
    """Words, or syllables in Vietnamese; a letter of a script without blanks counts as half a word."""
    return len(text.split()) + sum("\u2e80" <= letter <= "\uffdc" for letter in text) // 2


def link_text(element: HtmlElement) -> str:
    """What a link says, NFC, blanks collapsed: the whole title where it is shown cut short, else picture or title."""
    text = tidy(str(element.text_content()))
    title = tidy(element.get("title") or "")
    if text.endswith(("…", "...")) and title.startswith(text.rstrip("….").rstrip()):
        return title
    if text or title:
        return text or title
    picture = element.find(".//img")
    return tidy(picture.get("alt") or picture.get("title") or "") if picture is not None else ""


def tidy(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _base(tree: HtmlElement, page_url: str) -> str:
    base = tree.find(".//base[@href]")
    return (clean_href(page_url, base.get("href") or "") if base is not None else None) or page_url


def _targets(element: HtmlElement) -> list[tuple[Source, str]]:
    targets: list[tuple[Source, str]] = []
    if element.tag in ("a", "area"):
        targets.append(("a", element.get("href") or ""))
    elif element.tag in ("frame", "iframe"):
        targets.append(("frame", element.get("src") or ""))
    elif element.tag == "link":
        targets += _declared(element)
    elif element.tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh":
        if match := _REFRESH.match(element.get("content") or ""):
            targets.append(("refresh", match[1]))
    if match := _GOES_TO.search(element.get("onclick") or ""):
        targets.append(("script", match[2].replace("\\u0026", "&")))
    return targets


def _declared(link: HtmlElement) -> list[tuple[Source, str]]:
    rel = (link.get("rel") or "").lower().split()
    href = link.get("href") or ""
    if "alternate" in rel and (link.get("type") or "").lower().startswith(_FEED_TYPES):
        return [("feed", href)]
    if "sitemap" in rel:
        return [("sitemap", href)]
    return [("next", href)] if "next" in rel else []


def _in_site(base: str, href: str, page: SplitResult, site: Site, addresses: Addresses) -> str | None:
    url = clean_href(base, href)
    if url is not None and is_archived(url):
        url = archived_original(url)
    if url is None or not site.covers(url):
        return None
    return canonical_url(_as_on_page(url, page), addresses)


def _as_on_page(url: str, page: SplitResult) -> str:
    """The same host is asked in one way: as the page itself was, unless the link leads from http to https."""
    parts = urlsplit(url)
    is_same = plain_host(parts.hostname or "") == plain_host(page.hostname or "")
    if not is_same or parts.port or page.port or (parts.scheme == "https" and page.scheme == "http"):
        return url
    return parts._replace(scheme=page.scheme, netloc=page.netloc).geturl()


def _objection(url: str, site: Site, addresses: Addresses) -> str | None:
    if url in site.sections or url == site.home:
        return None
    if reason := is_trap(url):
        return reason
    return "the family's list" if matches_any(addresses.exclude, url, ignore_case=addresses.ignore_case) else None
