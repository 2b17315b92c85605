"""The text of a page laid out in order, once: every later question of position or density is a look-up.

A *run* is one piece of text between two tags. Runs are gathered into *owners*, the blocks that print them, and
weighed: what stands in links or in furniture weighs little, running prose weighs most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.boilerplate import FURNITURE_TAGS, HIDING, is_furniture_name
from crawler.read.markup import BLOCKS, HEADINGS
from crawler.read.words import squeeze


def _texts(kept_out: str) -> Callable[[HtmlElement], list[Any]]:
    """An XPath for the texts that are more than white space, none in the elements kept out.

    Whose text it is stands first, since it is told at once: scripts are half of many a page.
    """
    path = f"descendant::text()[not({kept_out})][normalize-space()]"
    return cast("Callable[[HtmlElement], list[Any]]", etree.XPath(path))


_TEXTS = _texts("parent::script")
_TEXTS_BESIDE_LINKS = _texts("parent::script or parent::a")
_UNREAD = frozenset(("script", "style", "noscript", "option", "textarea", "title", "template", "button"))
_NAMELESS = frozenset(("tr", "tbody", "p", "b", "strong", "font", "span", "html", "body"))
"""Tags whose classes are not asked whether they name furniture: they hardly ever do, and there are many of them."""
SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "”", '"', "»", "。")
SHORT = 25
FURNITURE_FACTOR = 0.05
WHOLE = 0.85
"""An element with this share of the page's prose is the page, not its furniture."""


class Line:
    """What one block prints between two block boundaries: its owner, its place among the page's lines, its texts."""

    __slots__ = ("_text", "index", "length", "linked", "owner", "texts")

    def __init__(self, owner: HtmlElement, index: int) -> None:
        self.owner = owner
        self.index = index
        self.texts: list[Any] = []
        self.length = 0
        """Characters, without the white space around each piece."""
        self.linked = 0
        """Those of them that stand in links."""
        self._text: str | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = squeeze("".join(self.texts))
        return self._text


@dataclass(slots=True)
class Landscape:
    """Lines in order, and by element: the weight of its prose, its first and last line."""

    lines: list[Line]
    weight: dict[HtmlElement, float]
    span: dict[HtmlElement, tuple[int, int]]
    factors: dict[HtmlElement, float]

    def weights_after(self, index: int) -> dict[HtmlElement, float]:
        """The weights again, counting only the lines behind one."""
        weight: dict[HtmlElement, float] = {}
        for line in self.lines[index + 1 :]:
            value = _value(line) * self.factors[line.owner]
            node: HtmlElement | None = line.owner if value else None
            while node is not None:
                weight[node] = weight.get(node, 0.0) + value
                node = node.getparent()
        return weight

    def lines_of(self, node: HtmlElement) -> Sequence[Line]:
        first, last = self.span.get(node, (0, -1))
        return self.lines[first : last + 1]


def survey(root: HtmlElement, *, with_links: bool = True) -> Landscape:
    """Lay out a page's text; without that of links, which are most of a page, where nothing depends on them."""
    body = next(root.iter("body"), root)
    lines = _lines(_TEXTS(body) if with_links else _TEXTS_BESIDE_LINKS(body))
    nodes, parents = _nodes(lines)
    owners = [nodes[line.owner] for line in lines]
    values = [_value(line) for line in lines]
    weights = _sums(owners, values, parents)
    whole = WHOLE * max(weights, default=0.0)
    factors = _factors(list(nodes), parents, weights, whole)
    if FURNITURE_FACTOR in factors:
        values = [value * factors[owner] for value, owner in zip(values, owners, strict=True)]
        weights = _sums(owners, values, parents)
    return Landscape(
        lines,
        dict(zip(nodes, weights, strict=True)),
        dict(zip(nodes, _spans(owners, parents), strict=True)),
        dict(zip(nodes, factors, strict=True)),
    )


def _lines(texts: Iterable[Any]) -> list[Line]:
    lines: list[Line] = []
    line: Line | None = None
    homes: dict[HtmlElement, tuple[HtmlElement, bool] | None] = {}
    for text in texts:
        parent = text.getparent()
        tag = parent.tag
        broken = tag in BLOCKS or tag == "br"
        if text.is_tail:
            parent = parent.getparent()
        if parent in homes:
            home = homes[parent]
        else:
            home = homes[parent] = _home(parent)
        if home is None:
            continue
        owner, in_link = home
        if not broken and line is not None and line.owner is owner and not text.is_tail:
            before = parent.getprevious()
            broken = before is not None and before.tag == "br"
        if broken or line is None or line.owner is not owner:
            line = Line(owner, len(lines))
            lines.append(line)
        line.texts.append(text)
        length = len(text.strip())
        line.length += length
        if in_link:
            line.linked += length
    return lines


def _home(node: HtmlElement) -> tuple[HtmlElement, bool] | None:
    """The block that prints a node's text, and whether the text is in a link; None for text that nobody reads."""
    if node.tag in _UNREAD:
        return None
    in_link = False
    while node.tag not in BLOCKS:
        if node.tag == "a":
            in_link = True
        parent = node.getparent()
        if parent is None:
            break
        node = parent
    if not in_link and node.tag not in ("p", "td"):
        parent = node.getparent()
        in_link = parent is not None and parent.tag == "a"
    return node, in_link


def _nodes(lines: Sequence[Line]) -> tuple[dict[HtmlElement, int], list[int]]:
    """Every element that holds a line, numbered so that a parent stands before its children; and their parents."""
    numbers: dict[HtmlElement, int] = {}
    parents: list[int] = []
    for line in lines:
        fresh: list[HtmlElement] = []
        node: HtmlElement | None = line.owner
        while node is not None and node not in numbers:
            fresh.append(node)
            node = node.getparent()
        above = -1 if node is None else numbers[node]
        for node in reversed(fresh):
            numbers[node] = len(parents)
            parents.append(above)
            above = numbers[node]
    return numbers, parents


def _sums(owners: Sequence[int], values: Sequence[float], parents: Sequence[int]) -> list[float]:
    """The lines' values added up the tree."""
    weights = [0.0] * len(parents)
    for owner, value in zip(owners, values, strict=True):
        weights[owner] += value
    for number in range(len(parents) - 1, 0, -1):  # children stand after their parents
        weights[parents[number]] += weights[number]
    return weights


def _spans(owners: Sequence[int], parents: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last line under each element."""
    first, last = [len(owners)] * len(parents), [-1] * len(parents)
    for line in range(len(owners) - 1, -1, -1):
        first[owners[line]] = line
    for line, owner in enumerate(owners):
        last[owner] = line
    for number in range(len(parents) - 1, 0, -1):
        parent = parents[number]
        if first[parent] > first[number]:  # noqa: PLR1730  # a third of the time of a call of `min`, 400 times a page
            first[parent] = first[number]
        if last[parent] < last[number]:  # noqa: PLR1730  # as above
            last[parent] = last[number]
    return list(zip(first, last, strict=True))


def _value(line: Line) -> float:
    plain = line.length - line.linked
    if plain <= 0:
        return 0.0
    value = plain * (plain / line.length) ** 2
    if line.length >= 80 and line.owner.tag not in HEADINGS:
        return value
    ends_a_sentence = line.texts[-1].rstrip().endswith(SENTENCE_ENDS)
    if line.length < SHORT:
        return value * (0.4 if ends_a_sentence else 0.1)
    return value * (1.0 if ends_a_sentence else 0.4)


def _factors(
    nodes: Sequence[HtmlElement], parents: Sequence[int], weights: Sequence[float], whole: float
) -> list[float]:
    """1.0, or FURNITURE_FACTOR for what is in furniture; what holds the page's prose is none, whatever its name."""
    factors = [1.0] * len(nodes)
    for number, node in enumerate(nodes):
        parent = parents[number]
        inherits = parent >= 0 and factors[parent] != 1.0
        if inherits or (weights[number] <= whole and node.tag not in _NAMELESS and _is_furniture(node)):
            factors[number] = FURNITURE_FACTOR
    return factors


def _is_furniture(node: HtmlElement) -> bool:
    if node.tag in FURNITURE_TAGS and node.tag != "form":  # a WebForms page is one form
        return True
    style = node.get("style")
    if style and HIDING.search(style):
        return True
    name, ident = node.get("class"), node.get("id")
    return bool((name and is_furniture_name(name)) or (ident and is_furniture_name(ident)))
