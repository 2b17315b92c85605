"""The headline of a page without a profile: the line that several witnesses agree on.

Witnesses are the heading tag, what the line's element is called, what the page says of itself to machines, the words
in the page's address, and where the line stands: a headline stands shortly before the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.read.dates import looks_like_date
from crawler.read.landscape import FURNITURE_FACTOR, Landscape, Line
from crawler.read.markup import text_of
from crawler.read.structured import Structured
from crawler.read.words import clean, fold, tokens_of

LENGTH = range(4, 321)
BEYOND_METADATA = 3.5
_LARGE = frozenset(("4", "5", "6", "+"))
_LARGE_STYLE = re.compile(
    r"font-weight\s*:\s*(?:bold|[6-9]00)|font-size\s*:\s*(?:1[6-9]|[2-9]\d)(?:px|pt)", re.IGNORECASE
)
ENOUGH = 2.0
"""Below this score no line of the page is taken for its headline."""

_NAMED = frozenset(
    [
        "title",
        "headline",
        "heading",
        "tieude",
        "tieu",
        "header",
        "headerline",
        "tit",
        "subject",
        "articleheader",
        "entrytitle",
        "posttitle",
    ]
)
_MISNAMED = frozenset(
    [
        "other",
        "hit",
        "hits",
        "folder",
        "album",
        "site",
        "sub",
        "subtitle",
        "widget",
        "related",
        "sidebar",
        "block",
        "box",
        "menu",
        "nav",
        "page",
        "section",
        "category",
        "list",
        "more",
        "logo",
        "breadcrumb",
        "footer",
        "comment",
        "comments",
        "kicker",
        "pre",
        "over",
        "top",
        "supra",
        "tin",
        "modal",
        "popup",
        "portlet",
        "module",
    ]
)
_SEPARATORS = re.compile(r"\s+(?:[-–—|·•:»«/\\~]+|::|>)\s+|\s*\|\s*|\s+›\s+|\s*»\s*")
_SLUG_TAIL = re.compile(
    r"(?:[-_.]?(?:a|c|d|p|n|id|post)?\d{3,}+|\.(?:html?|aspx?|php|jsp|cms|amp|shtml))+$", re.IGNORECASE
)
_HEADING_SCORES = {"h1": 3.0, "h2": 1.6, "h3": 1.0, "h4": 0.6}


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline's text, the element that prints it if any, its line and the rule that found it."""

    text: str
    rule: str
    node: HtmlElement | None = None
    line: int = -1
    score: float = 0.0


class Headlines:
    """The lines of a page that could be its headline, weighed once and ranked for any choice of the main block."""

    def __init__(self, landscape: Landscape, about: Structured, url: str, *, trust: bool) -> None:
        self._landscape = landscape
        self._about = about
        self._trust = trust
        self._declared = _declared(about) if trust else []
        self._window = fold(about.window_title)
        self._slug = slug_words(url)
        self._scored = [found for line in landscape.lines if (found := self._score(line)) is not None]

    def best(self, main: HtmlElement | None) -> Headline | None:
        """The headline above a main block; without one, the line that speaks best for itself."""
        span = self._landscape.span.get(main) if main is not None else None
        best: tuple[float, Line, str] | None = None
        for score, line, rule in self._scored:
            total = score if span is None else score - _distance(line.index, span[0])
            if total >= ENOUGH and (best is None or total > best[0]):
                best = (total, line, rule)
        best = best or self._above_a_date()
        if best is None:
            return _from_metadata(self._about, trust=self._trust)
        score, line, rule = best
        node = _holder(line)
        text = clean(text_of(node)) if node.tag in ("h1", "h2") else ""
        text = text if text and len(text) <= 2 * LENGTH.stop else clean(line.text)
        return Headline(text, rule, node, line.index, score)

    def _above_a_date(self) -> tuple[float, Line, str] | None:
        """The emphasised line right above a date line: how pages without headings and classes print a headline."""
        for line, after in pairwise(self._landscape.lines):
            if after.length > 60 or line.linked or not 15 <= line.length <= 250 or not looks_like_date(after.text):
                continue
            if _is_emphasised(line) and not looks_like_date(line.text):
                return BEYOND_METADATA, line, "above the date"
        return None

    def _score(self, line: Line) -> tuple[float, Line, str] | None:
        if line.length not in LENGTH:
            return None
        holder = _holder(line)
        heading = _HEADING_SCORES.get(holder.tag, 0.0)
        named = _named(holder, line.owner)
        is_linked = line.linked > line.length * 0.5
        if not heading and not named and (is_linked or not self._could_be_said(line.length)):
            return None
        scores = [(heading, holder.tag), (named, "class"), *self._said_elsewhere(line)]
        total = sum(score for score, _ in scores)
        if total <= 0:
            return None
        if self._landscape.factors[line.owner] <= FURNITURE_FACTOR:
            total -= 2.0
        if is_linked:
            total -= 1.5
        if line.length > 60 and line.text.endswith((".", ";", ":")):
            total -= 1.5
        return (total, line, max(scores)[1]) if clean(line.text) else None

    def _could_be_said(self, length: int) -> bool:
        """Whether metadata, window title or address have about as many characters: told before a line is looked at."""
        if self._slug and 0.6 * len(self._slug) <= length <= 2 * len(self._slug) + 20:
            return True
        if self._window and 12 < length <= len(self._window) + 10:
            return True
        return any(0.5 * len(text) <= length <= 1.5 * len(text) + 10 for text in self._declared)

    def _said_elsewhere(self, line: Line) -> Iterator[tuple[float, str]]:
        """What metadata, window title and address say for a line."""
        folded = fold(line.text)
        if not folded:
            return
        if folded in self._declared:
            yield 3.0, "og:title"
        elif len(folded) > 12 and any(len(text) > 12 and (folded in text or text in folded) for text in self._declared):
            yield 1.5, "og:title"
        if len(folded) > 12 and folded in self._window:
            yield 1.8, "window title"
        match = slug_match(self._slug, folded)
        if match >= 0.6:
            yield 4.0 * match, "address"


def _is_emphasised(line: Line) -> bool:
    """Bold, or in a large font, as a whole."""
    for part in line.owner.iter("b", "strong", "font", "span"):
        if len(text_of(part)) < 0.9 * line.length:
            continue
        if (
            part.tag in ("b", "strong")
            or (part.get("size") or "")[:1] in _LARGE
            or _LARGE_STYLE.search(part.get("style") or "")
        ):
            return True
    return bool(_LARGE_STYLE.search(line.owner.get("style") or ""))


def _distance(index: int, start: int) -> float:
    """How much a line loses by its distance from the start of the text; a headline stands above it."""
    return 0.04 * min(start - index, 40) if index <= start else min(0.25 * (index - start), 8.0)


def slug_words(url: str) -> str:
    """The folded words of an address's last path segment, without numbers and endings; empty for an opaque one."""
    try:
        segments = [part for part in unquote(urlsplit(url).path).split("/") if part]
    except ValueError:  # such as http://[
        return ""
    for segment in reversed(segments[-2:]):
        words = fold(_SLUG_TAIL.sub("", segment).replace("_", " "))
        if len(words.split()) >= 3:
            return words
    return ""


def slug_match(slug: str, folded: str) -> float:
    """How well a folded text explains an address's words, between 0 and 1: in order, from the start."""
    if not slug:
        return 0.0
    compact, text = slug.replace(" ", ""), folded.replace(" ", "")
    if compact and (text.startswith(compact) or (compact.startswith(text) and len(text) >= 0.8 * len(compact))):
        return 1.0
    words = slug.split()
    wanted = set(words)
    said = set(folded.split())
    if not said or len(said) > 1.6 * len(wanted) + 3:
        return 0.0
    return len(wanted & said) / max(len(wanted), len(said) * 0.8)


def without_site_name(window_title: str, site_name: str | None = None) -> str:
    """The window title without the site's name, which themes put before or after it."""
    parts = [part.strip() for part in _SEPARATORS.split(window_title) if part and part.strip()]
    if len(parts) < 2:
        return window_title
    if site_name:
        others = [part for part in parts if fold(part) != fold(site_name)]
        if others and len(others) < len(parts):
            cut = window_title
            for part in parts:
                if fold(part) == fold(site_name):
                    cut = re.sub(
                        rf"(?:\s*[-–—|·•:»«/\\~›>]+\s*)?{re.escape(part)}\s*$|^\s*{re.escape(part)}(?:\s*[-–—"
                        rf"|·•:»«/\\~›>]+\s*)?",
                        "",
                        cut,
                    )
            return cut.strip() or max(others, key=len)
    return parts[0] if len(parts[0]) >= 15 else max(parts, key=len)


def _declared(about: Structured) -> list[str]:
    texts = (about.meta("og:title", "twitter:title", "dc.title", "title"), about.ld_text("headline", "name"))
    return [fold(text) for text in texts if text]


def _from_metadata(about: Structured, *, trust: bool) -> Headline | None:
    site_name = about.meta("og:site_name", "application-name")
    if trust:
        headline = about.ld_text("headline")
        if headline and "…" not in headline and not headline.endswith("..."):
            return Headline(headline, "json-ld")
        if title := about.meta("og:title", "twitter:title", "dc.title", "title"):
            return Headline(without_site_name(title, site_name), "og:title")
    if about.window_title:
        return Headline(without_site_name(about.window_title, site_name), "window title")
    return None


def _holder(line: Line) -> HtmlElement:
    """The element that prints a line as a whole: a heading tag where there is one."""
    node = line.owner
    part: HtmlElement | None = node
    for _ in range(3):
        if part is None:
            break
        if part.tag in _HEADING_SCORES:
            return part
        part = part.getparent()
    return node


def _named(holder: HtmlElement, owner: HtmlElement) -> float:
    for node in (owner, holder, holder.getparent()):
        if node is None:
            continue
        if "headline" in (node.get("itemprop") or ""):
            return 2.5
        name, ident = node.get("class"), node.get("id")
        if (name and _names_a_title(name)) or (ident and _names_a_title(ident)):
            return 2.2
    return 0.0


@lru_cache(maxsize=20_000)
def _names_a_title(name: str) -> bool:
    """Whether one of the classes says title, and not the title of something else (`OtherTitle`, `box-title`)."""
    words = [tokens_of(part) for part in name.split()]
    return any(part & _NAMED and not part & _MISNAMED for part in words)
