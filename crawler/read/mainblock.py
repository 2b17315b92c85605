"""Which element of a page holds the article where no profile says so: by what it is called and where the prose is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.read.landscape import Landscape, Line
from crawler.read.markup import LEAVES, around
from crawler.read.words import tokens_of

TIGHT = 0.8
"""A marked element inside another is preferred when it keeps this share of its prose."""
TIGHTEN = 0.93
"""At last, a child that holds this share takes its parent's place: what is beside it is frame."""
DESCEND = 0.75
"""A child that holds this share of its parent's prose is entered."""
SOME = 100
"""Prose of this weight is a paragraph."""
PARAGRAPH = 60
"""Characters of a line that may be prose."""
FAR = 25
BEFORE = 6
"""Date, category and breadcrumb stand at most so many lines above the headline."""
SMALL = 40
"""Lines; a larger element that is mostly links is a page's furniture around the headline."""
LITTLE = 400
"""Prose of this weight, spread over a whole page, is what headers and footers say."""
MUCH = 1000
"""Prose of this weight may be an article that does not follow its headline."""
FOLLOWS = 15
"""The text begins at most so many lines after its headline."""

MARKERS = re.compile(
    r"(?:^|[\s_-])(?:article-?_?(?:body|content|text|detail|main)|(?:post|entry|story|news|page|single|blog|detail|main)[-_]?"
    r"(?:body|content|text|entry|detail|description)|articlebody|bodytext|fulltext|storytext|journal-content-article|content-detail|"
    r"detail-content|news-?bodyhtml|contentdetail|noidung|noi-dung|chitiet(?:tin|bai)?|entry|td-post-content|post__content|"
    r"article__(?:body|content|text))(?:$|[\s_-])",
    re.IGNORECASE,
)


_PARTS = frozenset(["header", "head", "meta", "title", "footer", "foot", "image", "media", "thumbnail", "wrapper"])
"""Words of a class that name a part of the article or its frame rather than the text."""


@dataclass(frozen=True, slots=True)
class MainBlock:
    """The chosen element, and the rule that chose it."""

    node: HtmlElement
    rule: str


def find_main_block(landscape: Landscape, root: HtmlElement) -> MainBlock | None:
    """The element that holds the article's text; None on a page without prose."""
    weight = landscape.weight
    body = next((node for node in root.iter("body")), root)
    if weight.get(body, 0.0) <= 0:
        return None
    dense = _descend(body, weight, DESCEND)
    marked = _marked(landscape, dense)
    chosen = _descend(marked if marked is not None else dense, weight, TIGHTEN)
    return MainBlock(_not_a_leaf(chosen), "density" if marked is None else "marker")


def is_whole_page(landscape: Landscape, node: HtmlElement) -> bool:
    """Whether a block is most of a page that hardly has prose: all furniture, no article."""
    first, last = landscape.span[node]
    return landscape.weight[node] < LITTLE and last - first > 0.5 * len(landscape.lines)


def anchored(landscape: Landscape, main: MainBlock | None, headline: HtmlElement, line: int) -> MainBlock | None:
    """The main block, corrected by a headline that is beyond doubt: what does not follow it is no article.

    A page whose article is one link or one sentence has its densest prose in some box beside it. None where nothing
    at all stands under the headline.
    """
    if main is not None and _follows(landscape, main.node, line):
        return with_lead(landscape, main, line)
    misnamed = _prose_in_misnamed(landscape, headline, line)
    if misnamed is not None:
        return MainBlock(misnamed, "headline")
    near = _prose_under(landscape, headline, line)
    if near is None:
        near = _anything_under(landscape, headline, line)
    if near is None:
        return main if main is not None and landscape.weight[main.node] > MUCH else None
    if main is not None and landscape.span[main.node][1] > line:
        weight = landscape.weight
        if weight[main.node] > MUCH and weight[near] < 0.2 * weight[main.node]:
            return main
    return MainBlock(near, "headline")


def _prose_under(landscape: Landscape, headline: HtmlElement, line: int) -> HtmlElement | None:
    """The block of the prose that begins soonest under a headline."""
    after = landscape.weights_after(line)
    for node in around(headline):
        if after.get(node, 0.0) >= SOME:
            if node.tag in ("html", "body") and landscape.span[node][0] < line - FAR:
                return None
            found = _not_a_leaf(_descend(node, after, DESCEND))
            first, _ = landscape.span[found]
            return found if line - BEFORE <= first <= line + BEFORE else None
    return None


def _prose_in_misnamed(landscape: Landscape, headline: HtmlElement, line: int) -> HtmlElement | None:
    """The prose under a headline inside an element that a theme calls by a furniture's name: it is the article."""
    factors = landscape.factors
    named = [node for node in (headline, *around(headline)) if factors.get(node, 1.0) != 1.0]
    if not named:
        return None
    outermost = named[-1]
    _, last = landscape.span[outermost]
    weight: dict[HtmlElement, float] = {}
    for item in landscape.lines[line + 1 : last + 1]:
        if item.length >= PARAGRAPH and item.linked < 0.3 * item.length:
            for node in (item.owner, *around(item.owner)):
                weight[node] = weight.get(node, 0.0) + item.length
                if node is outermost:
                    break
    if weight.get(outermost, 0.0) < LITTLE:
        return None
    return _not_a_leaf(_descend(outermost, weight, DESCEND))


def _follows(landscape: Landscape, node: HtmlElement, line: int) -> bool:
    first, last = landscape.span[node]
    return line - BEFORE <= first <= line + FOLLOWS and last > line


def with_lead(landscape: Landscape, main: MainBlock, headline: int) -> MainBlock:
    """The block widened by the prose between headline and block: a lead that stands in a cell or box of its own."""
    first, last = landscape.span[main.node]
    prose = [line.index for line in landscape.lines[headline + 1 : first] if _is_prose(line, landscape)]
    if not prose:
        return main
    for wider in around(main.node):
        if wider.tag in ("body", "html"):
            return main
        begins, ends = landscape.span[wider]
        added = sum(
            line.length for line in landscape.lines[last + 1 : ends + 1] if landscape.factors[line.owner] == 1.0
        )
        if begins < headline - BEFORE or added > 0.25 * landscape.weight[main.node] + 100:
            return main
        if begins <= prose[0]:
            return MainBlock(wider, main.rule)
    return main


def _is_prose(line: Line, landscape: Landscape) -> bool:
    return line.length >= PARAGRAPH and line.linked < 0.3 * line.length and landscape.factors[line.owner] == 1.0


def _anything_under(landscape: Landscape, headline: HtmlElement, line: int) -> HtmlElement | None:
    """The largest element around a headline that begins with it or just before, and is not mostly links."""
    factors = landscape.factors
    after = next((item.index for item in landscape.lines[line + 1 :] if factors[item.owner] == 1.0), None)
    best: HtmlElement | None = None
    for node in around(headline):
        span = landscape.span.get(node)
        if after is None or node.tag in ("body", "html") or (span is not None and span[0] < line - BEFORE):
            return best
        if span is None or span[1] < after:
            continue
        lines = landscape.lines_of(node)
        length = sum(item.length for item in lines) or 1
        if any(_is_prose(item, landscape) for item in lines if item.index < line):
            return best
        if len(lines) > SMALL and sum(item.linked for item in lines) > 0.5 * length:
            return best
        if best is None or landscape.weight[node] > 1.2 * landscape.weight[best] + 60:
            best = node
    return best


def _descend(node: HtmlElement, weight: dict[HtmlElement, float], share: float) -> HtmlElement:
    while True:
        here = weight[node]
        best = max(node, key=lambda child: weight.get(child, 0.0), default=None)
        if best is None or weight.get(best, 0.0) < share * here:
            return node
        node = best


def _marked(landscape: Landscape, dense: HtmlElement) -> HtmlElement | None:
    """The tightest marked element that keeps most of the dense one's prose."""
    weight = landscape.weight
    here = weight[dense]
    inside = dense
    best: HtmlElement | None = None
    for node, value in weight.items():  # parents come before their children
        if not 0.6 * here <= value <= 1.7 * here or not _is_marked(node):
            continue
        if best is None or value >= TIGHT * weight[best]:
            best = node
    if best is None:
        return None
    return best if best in around(inside) or inside in around(best) or best is inside else None


def _is_marked(node: HtmlElement) -> bool:
    if "articlebody" in (node.get("itemprop") or "").lower():
        return True
    if node.tag in LEAVES or node.tag in ("body", "html", "a", "header"):
        return False
    name, ident = node.get("class"), node.get("id")
    return bool((name and _marks(name)) or (ident and _marks(ident)))


@lru_cache(maxsize=20_000)
def _marks(name: str) -> bool:
    return any(MARKERS.search(part) and not tokens_of(part) & _PARTS for part in name.split())


def _not_a_leaf(node: HtmlElement) -> HtmlElement:
    while node.tag in LEAVES or node.tag in (
        "a",
        "b",
        "strong",
        "span",
        "em",
        "font",
        "i",
        "tr",
        "tbody",
        "td",
        "ul",
        "ol",
        "dl",
        "blockquote",
    ):
        parent = node.getparent()
        if parent is None or node.tag == "td":
            return node
        node = parent
    return node
