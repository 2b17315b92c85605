"""A cleaned tree as lines of text in reading order, each of which knows the pieces of the tree that it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.boilerplate import text_length
from crawler.read.markup import BLOCKS, BREAKING, CELLS, HEADINGS, block_of, finder
from crawler.read.words import clean

CELL_TEXT = 400
"""A cell with more text than this is laid out, not tabulated."""
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
    row: HtmlElement | None = None
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag
        if event == "start":
            if tag in BREAKING:
                writer.part(tag, in_row=row is not None)
            if tag == "tr" and row is None and is_data_row(node):
                row = node
            if text := node.text:
                writer.take(text, (node, False))
        else:
            if node is row:
                row = None
            if tag in BLOCKS:
                writer.part(tag, in_row=row is not None)
            if node is not root and (tail := node.tail):
                writer.take(tail, (node, True))
    writer.end_line()
    return writer.blocks


def body_text(blocks: Sequence[Block]) -> str:
    """The blocks as text, one a line."""
    return "\n".join(block.text for block in blocks)


class _Writer:
    """The lines so far, and the pieces of the next."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._slots: list[Slot] = []
        self._home: Slot | None = None
        """The first piece of the line that is not white space."""

    def part(self, tag: str, *, in_row: bool) -> None:
        """Where a block begins or ends: the end of a line, or in a row of data of a cell."""
        if not self._parts:
            return
        if in_row:
            self._parts.append("\t" if tag in CELLS else " ")
        else:
            self.end_line()

    def take(self, text: str, slot: Slot) -> None:
        if self._parts or not text.isspace() or "\xa0" in text:
            self._parts.append(text.replace("\t", " "))
            self._slots.append(slot)
            if self._home is None and not text.isspace():
                self._home = slot

    def end_line(self) -> None:
        raw = "".join(self._parts)
        text = "\t".join(filter(None, map(clean, raw.split("\t")))) if "\t" in raw else clean(raw)
        if text:
            self.blocks.append(Block(text, self._owner(), raw, self._slots))
        self._parts, self._slots, self._home = [], [], None

    def _owner(self) -> HtmlElement:
        node, is_tail = self._home or self._slots[0]
        parent = node.getparent() if is_tail else node
        return block_of(parent if parent is not None else node)


def is_data_row(row: HtmlElement) -> bool:
    """Whether a table row tabulates (several short cells) rather than lays out a page."""
    cells = [cell for cell in row if cell.tag in CELLS]
    if len(cells) < 2 or _NESTED(row):
        return False
    lengths = [text_length(cell) for cell in cells]
    return sum(length > 0 for length in lengths) > 1 and max(lengths) <= CELL_TEXT


def _drop_if_empty(node: HtmlElement | None) -> None:
    while node is not None and not len(node) and not (node.text or "").strip() and node.tag not in ("img", "td", "th"):
        parent = node.getparent()
        if parent is None:
            return
        node.drop_tree()
        node = parent
