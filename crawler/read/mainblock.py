"""Which element of a page holds the article, when no profile says so: by what it is called and by where the prose is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.read.landscape import Landscape
from crawler.read.markup import LEAVES, around

DESCEND = 0.75
"""A child that holds this share of its parent's prose is entered."""
ENOUGH = 140
"""Prose of this weight makes a page worth reading by density."""

MARKERS = re.compile(
    r"(?:^|[\s_-])(?:article-?_?(?:body|content|text|detail|main)|(?:post|entry|story|news|page|single|blog|detail|main)[-_]?"
    r"(?:body|content|text|entry|detail|description)|articlebody|bodytext|fulltext|storytext|journal-content-article|content-detail|"
    r"detail-content|news-?bodyhtml|contentdetail|noidung|noi-dung|chitiet(?:tin|bai)?|entry|hentry|td-post-content|post__content|"
    r"article__(?:body|content|text))(?:$|[\s_-])",
    re.IGNORECASE,
)


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
    dense = _descend(body, weight)
    marked = _marked(landscape, dense)
    if marked is not None:
        return MainBlock(marked, "marker")
    return MainBlock(_not_a_leaf(dense), "density")


def _descend(node: HtmlElement, weight: dict[HtmlElement, float]) -> HtmlElement:
    while True:
        here = weight[node]
        best = max(node, key=lambda child: weight.get(child, 0.0), default=None)
        if best is None or weight.get(best, 0.0) < DESCEND * here:
            return node
        node = best


def _marked(landscape: Landscape, dense: HtmlElement) -> HtmlElement | None:
    """A marked element near the dense one that keeps most of its prose: the tightest of them."""
    weight = landscape.weight
    here = weight[dense]
    best: HtmlElement | None = None
    best_value = 0.0
    for node, value in weight.items():
        if value < 0.4 * here or not _is_marked(node):
            continue
        score = value / here if value <= here else here / value
        if score > best_value or (score == best_value and best is not None and best in around(node)):
            best, best_value = node, score
    return best


def _is_marked(node: HtmlElement) -> bool:
    if "articlebody" in (node.get("itemprop") or "").lower():
        return True
    if node.tag in LEAVES or node.tag in ("body", "html", "a"):
        return False
    name, ident = node.get("class"), node.get("id")
    return bool((name and MARKERS.search(name)) or (ident and MARKERS.search(ident)))


def _not_a_leaf(node: HtmlElement) -> HtmlElement:
    while node.tag in LEAVES or node.tag in ("a", "b", "strong", "span", "em", "font", "i", "tr", "tbody", "td", "ul", "ol", "dl", "blockquote"):
        parent = node.getparent()
        if parent is None or node.tag in ("td",):
            return node
        node = parent
    return node
