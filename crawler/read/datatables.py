"""Tables of data, such as a week's schedule or a list of documents, told from tables that lay out a page."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.html import HtmlElement

from crawler.read.blocks import is_data_row
from crawler.read.markup import CELLS, text_of
from crawler.read.words import clean

LEAST_ROWS, LEAST_CELLS = 3, 3
"""A table with so many rows of so many filled cells holds data; one with fewer may lay out the page."""

PARTS = ("table", "thead", "tbody", "tfoot", "tr", "caption", *CELLS)
LISTS = ("ul", "ol", "dl")


def is_in_data(node: HtmlElement) -> bool:
    """Whether an element stands in a table of data: what it says is of its row, and not of the page."""
    table = _table_of(node)
    return table is not None and _is_data(table)


def holds_schedule(nodes: Iterable[HtmlElement]) -> bool:
    """Whether a table of data without links is among these elements or in them: it lists no other pages."""
    return any(
        _is_data(table) and next(table.iter("a"), None) is None for node in nodes for table in node.iter("table")
    )


def without_layout(root: HtmlElement) -> HtmlElement:
    """A clean tree as a `div` in which tables tabulate, and what only lays out is a plain block.

    A browser takes rows and items out of a `div` that stands in place of their table or list: such a root stays what it
    is, inside the `div`.
    """
    parts = list(root.iter(*PARTS))
    tabular = {_table_of(row) for row in parts if row.tag == "tr" and is_data_row(row)}
    laid_out = [part for part in parts if (part if part.tag == "table" else _table_of(part)) not in tabular]
    for part in laid_out:
        part.tag = "div"
    for part in reversed(laid_out):
        if part is not root and not len(part) and not (part.text or "").strip():
            part.drop_tree()
    if root.tag in PARTS or root.tag in LISTS:
        return _wrapped(root)
    root.tag = "div"
    return root


def _wrapped(root: HtmlElement) -> HtmlElement:
    whole = inner = root.makeelement("div")
    if root.tag not in ("table", *LISTS):
        inner = root.makeelement("table")
        whole.append(inner)
    inner.append(root)
    return whole


def _table_of(node: HtmlElement) -> HtmlElement | None:
    """The table that an element stands in; None where the tree begins inside it."""
    return next(node.iterancestors("table"), None)


def _is_data(table: HtmlElement) -> bool:
    rows = [row for row in table.iter("tr") if _table_of(row) is table]
    return sum(_filled(row) >= LEAST_CELLS for row in rows) >= LEAST_ROWS


def _filled(row: HtmlElement) -> int:
    """How many cells of a row hold text."""
    return sum(bool(clean(text_of(cell))) for cell in row.iterchildren(*CELLS))
