"""The text of a page laid out in order, once: every later question of position or density is a look-up.

A *run* is one piece of text between two tags. Runs are gathered into *owners*, the blocks that print them, and
weighed: what stands in links or in furniture weighs little, running prose weighs most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.boilerplate import FURNITURE_TAGS, HIDING, is_furniture_name
from crawler.read.markup import BLOCKS, HEADINGS
from crawler.read.words import squeeze

_TEXTS = etree.XPath(
    "descendant::text()[normalize-space()][not(parent::script or parent::style or parent::noscript or parent::option"
    " or parent::textarea or parent::title or parent::template or parent::button)]"
)
SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "”", '"', "»", "。")
SHORT = 25
FURNITURE_FACTOR = 0.05
WHOLE = 0.85
"""An element with this share of the page's prose is the page, not its furniture."""


@dataclass(slots=True)
class Line:
    """What one block prints between two block boundaries; `first` and `last` count the page's lines."""

    owner: HtmlElement
    index: int
    texts: list[str] = field(default_factory=list)
    length: int = 0
    linked: int = 0

    @property
    def text(self) -> str:
        return squeeze("".join(self.texts))


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


def survey(root: HtmlElement) -> Landscape:
    """Lay out a page's text."""
    body = next(root.iter("body"), root)
    lines = _lines(body)
    parents = _parents(lines)
    span: dict[HtmlElement, tuple[int, int]] = {}
    values = [_value(line) for line in lines]
    weight = _sums(lines, values, parents, span)
    factors = _factors(parents, weight, WHOLE * weight.get(body, 0.0))
    if FURNITURE_FACTOR in factors.values():
        values = [value * factors[line.owner] for line, value in zip(lines, values, strict=True)]
        weight = _sums(lines, values, parents, None)
    return Landscape(lines, weight, span, factors)


def _sums(
    lines: Sequence[Line],
    values: Sequence[float],
    parents: dict[HtmlElement, HtmlElement | None],
    span: dict[HtmlElement, tuple[int, int]] | None,
) -> dict[HtmlElement, float]:
    """Add the lines' values up the tree; `span`, where given, is filled on the way."""
    weight: dict[HtmlElement, float] = dict.fromkeys(parents, 0.0)
    for line, value in zip(lines, values, strict=True):
        weight[line.owner] += value
    if span is not None:
        for line in lines:
            known = span.get(line.owner)
            span[line.owner] = (known[0], line.index) if known else (line.index, line.index)
    for node, parent in reversed(parents.items()):  # children stand after their parents
        if parent is None:
            continue
        weight[parent] += weight[node]
        if span is not None:
            first, last = span[node]
            known = span.get(parent)
            span[parent] = (min(known[0], first), max(known[1], last)) if known else (first, last)
    return weight


def _factors(
    parents: dict[HtmlElement, HtmlElement | None], weight: dict[HtmlElement, float], whole: float
) -> dict[HtmlElement, float]:
    """1.0, or FURNITURE_FACTOR for what is in furniture; what holds the page's prose is no furniture, whatever its name."""
    factors: dict[HtmlElement, float] = {}
    for node, parent in parents.items():
        factor = 1.0 if parent is None else factors[parent]
        if factor == 1.0 and weight[node] <= whole and _is_furniture(node):
            factor = FURNITURE_FACTOR
        factors[node] = factor
    return factors


def _parents(lines: Sequence[Line]) -> dict[HtmlElement, HtmlElement | None]:
    """Every element that holds a line, with its parent; a parent always stands before its children."""
    parents: dict[HtmlElement, HtmlElement | None] = {}
    for line in lines:
        fresh: list[tuple[HtmlElement, HtmlElement | None]] = []
        node: HtmlElement | None = line.owner
        while node is not None and node not in parents:
            parent = node.getparent()
            fresh.append((node, parent))
            node = parent
        parents.update(reversed(fresh))
    return parents


def _lines(body: HtmlElement) -> list[Line]:
    lines: list[Line] = []
    line: Line | None = None
    homes: dict[HtmlElement, tuple[HtmlElement, bool]] = {}
    for text in _TEXTS(body):
        parent = text.getparent()
        if text.is_tail:
            broken = parent.tag == "br" or parent.tag in BLOCKS
            parent = parent.getparent()
        else:
            broken = parent.tag in BLOCKS
        home = homes.get(parent)
        if home is None:
            home = homes[parent] = _home(parent)
        owner, in_link = home
        if line is None or line.owner is not owner or broken:
            line = Line(owner, len(lines))
            lines.append(line)
        line.texts.append(text)
        length = len(text.strip())
        line.length += length
        if in_link:
            line.linked += length
    return lines


def _home(node: HtmlElement) -> tuple[HtmlElement, bool]:
    """The block that prints a node's text, and whether the text is in a link."""
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


def _is_furniture(node: HtmlElement) -> bool:
    if node.tag in FURNITURE_TAGS and node.tag != "form":  # a WebForms page is one form
        return True
    style = node.get("style")
    if style and HIDING.search(style):
        return True
    name, ident = node.get("class"), node.get("id")
    return bool((name and is_furniture_name(name)) or (ident and is_furniture_name(ident)))
