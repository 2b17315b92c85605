"""The headline of a page without a profile: the line that several witnesses agree on.

Witnesses are the heading tag, what the line's element is called, what the page says of itself to machines, the words
in the page's address, and where the line stands: a headline stands shortly before the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.read.landscape import FURNITURE_FACTOR, Landscape, Line
from crawler.read.markup import around, text_of
from crawler.read.structured import Structured
from crawler.read.words import fold, tokens_of

LENGTH = range(4, 321)
ENOUGH = 2.0
"""Below this score no line of the page is taken for its headline."""

_NAMED = frozenset(
    "title headline heading tieude tieu header headerline tit subject articleheader entrytitle posttitle".split()
)
_MISNAMED = frozenset(
    "other hit hits folder album site sub subtitle widget related sidebar block box menu nav page section category list "
    "more logo breadcrumb footer comment comments kicker pre over top supra tin modal popup portlet module".split()
)
_SEPARATORS = re.compile(r"\s+(?:[-–—|·•:»«/\\~]+|::|>)\s+|\s*\|\s*|\s+›\s+|\s*»\s*")
_SLUG_TAIL = re.compile(r"(?:[-_.]?(?:a|c|d|p|n|id|post)?\d{3,}|\.(?:html?|aspx?|php|jsp|cms|amp|shtml))+$", re.IGNORECASE)
_HOLDERS = ("h1", "h2", "h3", "h4", "p", "div", "span", "td", "a", "b", "strong", "font")


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline's text, the element that prints it if any, its line and the rule that found it."""

    text: str
    rule: str
    node: HtmlElement | None = None
    line: int = -1
    score: float = 0.0


def find_title(landscape: Landscape, about: Structured, url: str, main: HtmlElement | None, *, trust: bool) -> Headline | None:
    """The best line of the page, else what its metadata says; `trust` is false where metadata is known to lie."""
    declared = _declared(about) if trust else []
    window = fold(about.window_title)
    slug = slug_words(url)
    start = landscape.span[main][0] if main is not None and main in landscape.span else len(landscape.lines)
    best: tuple[float, Line, str] | None = None
    for line in _candidates(landscape, start):
        score, rule = _score(line, landscape, declared, window, slug, start)
        if score >= ENOUGH and (best is None or score > best[0]):
            best = (score, line, rule)
    if best is not None:
        score, line, rule = best
        node = _holder(line)
        text = text_of(node) if node.tag in ("h1", "h2") else line.text
        return Headline(text, rule, node, line.index, score)
    return _from_metadata(about, trust=trust)


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
                    cut = re.sub(rf"(?:\s*[-–—|·•:»«/\\~›>]+\s*)?{re.escape(part)}\s*$|^\s*{re.escape(part)}(?:\s*[-–—|·•:»«/\\~›>]+\s*)?", "", cut)
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


def _candidates(landscape: Landscape, start: int) -> Iterator[Line]:
    for line in landscape.lines[: start + 8]:
        if line.length in LENGTH:
            yield line


def _score(
    line: Line, landscape: Landscape, declared: list[str], window: str, slug: str, start: int
) -> tuple[float, str]:
    holder = _holder(line)
    tag = holder.tag
    scores: list[tuple[float, str]] = [({"h1": 3.0, "h2": 1.6, "h3": 1.0, "h4": 0.6}.get(tag, 0.0), tag)]
    scores.append((_named(holder, line.owner), "class"))
    folded = fold(line.text)
    if not folded:
        return 0.0, ""
    if folded in declared:
        scores.append((3.0, "og:title"))
    elif any(folded in text or text in folded for text in declared if len(folded) > 12 and len(text) > 12):
        scores.append((1.5, "og:title"))
    if len(folded) > 12 and folded in window and (len(folded) > 0.35 * len(window) or " " in folded):
        scores.append((1.8, "window title"))
    match = slug_match(slug, folded)
    if match >= 0.6:
        scores.append((4.0 * match, "address"))
    total = sum(score for score, _ in scores)
    if total <= 0:
        return 0.0, ""
    if start < len(landscape.lines):
        total -= 0.04 * min(start - line.index, 40) if line.index <= start else 0.25 * (line.index - start)
    if landscape.factors.get(line.owner, 1.0) <= FURNITURE_FACTOR:
        total -= 2.0
    if line.linked > line.length * 0.5:
        total -= 1.5
    if line.length > 60 and line.text.endswith((".", ";", ":")):
        total -= 1.5
    return total, max(scores)[1]


def _holder(line: Line) -> HtmlElement:
    """The element that prints a line as a whole: a heading tag where there is one."""
    node = line.owner
    for parent in (node, *list(around(node))[:2]):
        if parent.tag in ("h1", "h2", "h3", "h4"):
            return parent
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
