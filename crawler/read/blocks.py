"""A cleaned tree as lines of text in reading order, each of which knows the pieces of the tree that it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.boilerplate import text_length
from crawler.read.markup import BLOCKS, CELLS, HEADINGS, block_of, finder
from crawler.read.words import clean

CELL_TEXT = 400
"""A cell with more text than this is laid out, not tabulated."""
_BREAKING = BLOCKS | {"br"}
_NESTED = finder("(.//table | .//ul | .//ol | .//figure)[1]")

Slot = tuple[HtmlElement, bool]
"""A piece of text in a tree: a node, and whether it is the node's tail (else its text)."""


@dataclass(slots=True)
class Block:
    """One line of the body."""

    text: str
    owner: HtmlElement
    raw: str = ""
    """The text as it stands in the markup, with its runs of no-break spaces."""
    slots: list[Slot] = field(default_factory=list)

    @property
    def is_heading(self) -> bool:
        return self.owner.tag in HEADINGS

    def take_out(self) -> None:
        """Remove the line from its tree, and the elements that this leaves empty."""
        for node, is_tail in self.slots:
            if is_tail:
                node.tail = None
            else:
                node.text = None
        for node, is_tail in self.slots:
            _drop_if_empty(node.getparent() if is_tail else node)
        _drop_if_empty(self.owner)


def blocks_of(root: HtmlElement) -> list[Block]:
    """Every line under a cleaned root; a row of a data table is one line, its cells parted by tabs."""
    writer = _Writer()
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            writer.enter(node)
        else:
            writer.leave(node, is_root=node is root)
    writer.end_line()
    return writer.blocks


def body_text(blocks: Sequence[Block]) -> str:
    """The blocks as text, one a line."""
    return "\n".join(block.text for block in blocks)


class _Writer:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._slots: list[Slot] = []
        self._row: HtmlElement | None = None

    def enter(self, node: HtmlElement) -> None:
        tag = node.tag
        if tag in _BREAKING:
            self._boundary(tag)
        if tag == "tr" and self._row is None and is_data_row(node):
            self._row = node
        if text := node.text:
            self._take(text, (node, False))

    def leave(self, node: HtmlElement, *, is_root: bool) -> None:
        if node is self._row:
            self._row = None
        if node.tag in BLOCKS:
            self._boundary(node.tag)
        if not is_root and (tail := node.tail):
            self._take(tail, (node, True))

    def end_line(self) -> None:
        if self._parts:
            raw = "".join(self._parts)
            text = "\t".join(filter(None, map(clean, raw.split("\t"))))
            if text:
                self.blocks.append(Block(text, self._owner(), raw, self._slots))
            self._parts, self._slots = [], []

    def _boundary(self, tag: str) -> None:
        if self._row is None:
            self.end_line()
        elif self._parts:
            self._parts.append("\t" if tag in CELLS else " ")

    def _take(self, text: str, slot: Slot) -> None:
        if self._parts or not text.isspace() or "\xa0" in text:
            self._parts.append(text.replace("\t", " "))
            self._slots.append(slot)

    def _owner(self) -> HtmlElement:
        node, is_tail = next((slot for slot in self._slots if _slot_text(slot).strip()), self._slots[0])
        parent = node.getparent() if is_tail else node
        return block_of(parent if parent is not None else node)


def is_data_row(row: HtmlElement) -> bool:
    """Whether a table row tabulates (several short cells) rather than lays out a page."""
    cells = [cell for cell in row if cell.tag in CELLS]
    if len(cells) < 2 or _NESTED(row):
        return False
    lengths = [text_length(cell) for cell in cells]
    return sum(length > 0 for length in lengths) > 1 and max(lengths) <= CELL_TEXT


def _slot_text(slot: Slot) -> str:
    node, is_tail = slot
    return (node.tail if is_tail else node.text) or ""


def _drop_if_empty(node: HtmlElement | None) -> None:
    while node is not None and not len(node) and not (node.text or "").strip() and node.tag not in ("img", "td", "th"):
        parent = node.getparent()
        if parent is None:
            return
        node.drop_tree()
        node = parent
