"""Which tags are what: the few sets that everything reading a tree agrees on, and steps through a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.words import squeeze

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "caption",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
"""Tags that begin and end a line."""
BREAKING = BLOCKS | {"br"}
"""Tags that begin a new line; `br` breaks one without being a block."""
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
CELLS = frozenset(("td", "th"))
LEAVES = frozenset(["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "figcaption", "caption", "pre"])
"""Blocks that hold one paragraph of text and are never the block of an article."""


def finder(path: str) -> Callable[[HtmlElement], list[HtmlElement]]:
    """An XPath, compiled once, that yields elements."""
    return cast("Callable[[HtmlElement], list[HtmlElement]]", etree.XPath(path))


def block_of(node: HtmlElement) -> HtmlElement:
    """The nearest block around a node, the node itself included."""
    while node.tag not in BLOCKS:
        parent = node.getparent()
        if parent is None:
            return node
        node = parent
    return node


def around(node: HtmlElement) -> Iterator[HtmlElement]:
    """The node's ancestors, the nearest first."""
    parent = node.getparent()
    while parent is not None:
        yield parent
        parent = parent.getparent()


def drop(node: HtmlElement) -> None:
    """Take a node out of its tree and leave the text after it in place; the root stays."""
    if node.getparent() is not None:
        node.drop_tree()


def drop_all(root: HtmlElement, nodes: Iterable[HtmlElement]) -> None:
    """Take many nodes out of a root at once, in time linear in its size; the texts after them and the root stay."""
    for node in nodes:
        if node is not root:
            node.tag = _GONE
    sweep(root)


def hollow(node: HtmlElement) -> None:
    """Take out what is in a node, and leave the hollow for `sweep`; the text after it stays.

    Where many nodes go one by one, since each may decide about the next: `drop` would copy the text after each
    together with all the text before it.
    """
    node.clear(keep_tail=True)
    node.tag = _GONE


def is_gone(node: HtmlElement) -> bool:
    """Whether a node was hollowed out, or was in one that was."""
    return node.tag == _GONE or node.getparent() is None


def sweep(root: HtmlElement) -> None:
    """Take out the hollows that `hollow` left."""
    etree.strip_elements(root, _GONE, with_tail=False)


_GONE = "gone"


def text_of(node: HtmlElement) -> str:
    """All text under a node, one space between words; blocks and line breaks part words, inline tags do not."""
    if not len(node):
        return squeeze(node.text or "")
    parts: list[str] = []
    for event, part in etree.iterwalk(node, events=("start", "end")):
        tag = part.tag
        if event == "start":
            if tag in BREAKING:
                parts.append(" ")
            if (text := part.text) and tag not in ("script", "style"):
                parts.append(text)
        elif part is not node:
            if tag in BLOCKS:
                parts.append(" ")
            if tail := part.tail:
                parts.append(tail)
    return squeeze("".join(parts))
