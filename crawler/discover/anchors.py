"""The links of a page that lead into its own site, as absolute canonical addresses, and why others are left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from crawler.read.profile import Addresses
from crawler.read.selecting import select_all
from crawler.sitefile import Site, plain_host
from crawler.urls import (
    archived_original,
    canonical_url,
    clean_href,
    is_archived,
    is_trap,
    looks_like_file,
    matches_any,
    request_url,
)

MAX_LINKS = 10_000
"""Links of one page that are looked at; more is an attack or a fault, and is reported as such."""

Source = Literal["a", "frame", "feed", "sitemap", "next", "refresh", "script"]

_LINKS = ("base", "a", "area", "link", "frame", "iframe", "meta")
_CLICKED = ("./descendant::*[@onclick][not(self::a or self::area)]",)
_GOES_TO = re.compile(
    r"""(?:location(?:\.href)?\s*=\s*|location\.(?:assign|replace)\(\s*|RefreshPageTo\(\s*event\s*,\s*)(["'])(.+?)\1"""
)
_REFRESH = re.compile(r"\s*\d*(?:\.\d*)?\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSPACED = re.compile(r"[\u2e80-\uffdc]")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """One link of a page into its site; where the link says nothing, `text` is what its title or picture says."""

    element: HtmlElement
    url: str
    text: str
    words: int
    source: Source = "a"
    rel: frozenset[str] = frozenset()


@dataclass(slots=True)
class Gathering:
    """The in-site links of a page in its order, and the addresses that were left out with the reason."""

    anchors: list[Anchor] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    """The address to ask for, by canonical address: as the first link to it spells it."""


def gather(tree: HtmlElement, page_url: str, site: Site, addresses: Addresses) -> Gathering:
    """Every link into the site that is worth asking for; files and links to elsewhere are passed over."""
    found = Gathering()
    elements = [*islice(tree.iter(*_LINKS), MAX_LINKS + 1), *select_all(tree, _CLICKED)]
    place = _Place.of(_base(elements, page_url), page_url)
    for element in elements[:MAX_LINKS]:
        for source, href in _targets(element):
            target = _in_site(place, href, site)
            if target is None or looks_like_file(target):
                continue
            url = canonical_url(target, addresses)
            found.spelled.setdefault(url, request_url(target, addresses))
            reason = _objection(url, site, addresses) or (
                _feed_objection(url, place.page) if source == "feed" else None
            )
            if reason:
                found.excluded.setdefault(url, reason)
            else:
                text = link_text(element)
                rel = frozenset((element.get("rel") or "").lower().split())
                found.anchors.append(Anchor(element, url, text, word_count(text), source, rel))
    if len(elements) > MAX_LINKS:
        found.excluded[page_url] = f"more than {MAX_LINKS} links on one page"
    return found


def word_count(text: str) -> int:
    """Words, or syllables in Vietnamese; a letter of a script without blanks counts as half a word."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def link_text(element: HtmlElement) -> str:
    """What a link says, NFC, blanks collapsed; the heading of a link that is a whole card.

    Where the text is shown cut short the title attribute has the whole; where there is none, title or picture speak.
    """
    heading = next(element.iter(*_HEADINGS), element) if len(element) else element
    text = tidy(str(heading.text_content()))
    title = tidy(element.get("title") or "")
    if text.endswith(("…", "...")) and title.startswith(text.rstrip("….").rstrip()):
        return title
    if text or title:
        return text or title
    picture = element.find(".//img")
    return tidy(picture.get("alt") or picture.get("title") or "") if picture is not None else ""


def tidy(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _base(elements: Sequence[HtmlElement], page_url: str) -> str:
    bases = (clean_href(page_url, element.get("href") or "") for element in elements if element.tag == "base")
    return next((base for base in bases if base), page_url)


def _targets(element: HtmlElement) -> list[tuple[Source, str]]:
    targets: list[tuple[Source, str]] = []
    if element.tag in ("a", "area"):
        targets.append(("a", element.get("href") or ""))
    elif element.tag in ("frame", "iframe"):
        targets.append(("frame", element.get("src") or ""))
    elif element.tag == "link":
        targets += _declared(element)
    elif (element.get("http-equiv") or "").lower() == "refresh":
        targets += [("refresh", address) for address in _REFRESH.findall(element.get("content") or "")]
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where links are resolved: what all pages of a host or a folder share is worked out once, see `_meant`."""

    base: str
    folder: str
    root: str
    page: SplitResult
    page_root: str

    @classmethod
    def of(cls, base: str, page_url: str) -> _Place:
        page, parts = urlsplit(page_url), urlsplit(base)
        root = f"{parts.scheme}://{parts.netloc}"
        folder = root + parts.path.rpartition("/")[0] + "/"
        return cls(base, folder, root + "/", page, f"{page.scheme}://{page.netloc}/")

    def meaning(self, href: str) -> str | None:
        if href.startswith("?"):
            return _meant(self.base, href)
        return _meant(self.root if href.startswith(("/", "http:", "https:")) else self.folder, href)


@lru_cache(maxsize=1 << 15)
def _meant(base: str, href: str) -> str | None:
    url = clean_href(base, href)
    return archived_original(url) if url is not None and is_archived(url) else url


def _in_site(place: _Place, href: str, site: Site) -> str | None:
    url = place.meaning(href.strip())
    if url is None or not site.covers(url):
        return None
    if not url.startswith(place.page_root):
        url = _as_on_page(url, place.page)
    return url


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


def _feed_objection(url: str, page: SplitResult) -> str | None:
    """WordPress declares a feed of comments on every article: too many to ask for again in every run."""
    path, own = urlsplit(url).path.rstrip("/"), page.path.rstrip("/")
    is_of_one_page = own and path == f"{own}/feed"
    return "feed of one page" if is_of_one_page or "/comments/" in path else None
