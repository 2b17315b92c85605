"""Lines that label furniture (`Tin liên quan`, `Tag:`, `Chia sẻ`) go, and so does the list of links under them."""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.read.boilerplate import (
    HEADS_A_LIST,
    HEADS_A_PORTRAIT,
    LABEL_LENGTH,
    holds_more,
    is_label,
    link_share,
    text_length,
)
from crawler.read.markup import around, block_of, hollow, is_gone, sweep, text_of
from crawler.read.words import fold

PORTRAIT_LENGTH = 800
_LABEL_HOLDERS = (
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "div",
    "li",
    "a",
    "b",
    "strong",
    "span",
    "td",
    "legend",
    "em",
    "label",
)


def drop_labelled_furniture(root: HtmlElement) -> None:
    """Take out label lines, and what follows a label that heads a list of other articles."""
    long = _around_long_texts(root)
    for node in list(root.iter(*_LABEL_HOLDERS)):
        if len(node) > 3 or node in long:
            continue
        length = text_length(node)
        if not 1 < length < LABEL_LENGTH:
            continue
        text = text_of(node)
        if not is_label(text) or is_gone(node) or not _stands_alone(node, length):
            continue
        folded = fold(text)
        if HEADS_A_LIST.match(folded):
            _drop_list_after(node)
        elif HEADS_A_PORTRAIT.fullmatch(folded):
            _drop_portrait_after(node)
        hollow(_line_of(node, length))
    sweep(root)


def _around_long_texts(root: HtmlElement) -> set[HtmlElement]:
    """The elements with a text in them that alone is longer than a label: no need to gather all of theirs."""
    long: set[HtmlElement] = set()
    for node in root.iter():
        text = node.text
        if text is not None and len(text) >= LABEL_LENGTH and len(text.strip()) >= LABEL_LENGTH:
            for outer in (node, *around(node)):
                if outer in long:
                    break
                long.add(outer)
    return long


def _stands_alone(node: HtmlElement, length: int) -> bool:
    """A label is a line of its own: nothing but white space shares its block."""
    block = block_of(node)
    return block is node or not holds_more(block, length + 3)


def _line_of(node: HtmlElement, length: int) -> HtmlElement:
    """The largest element that holds nothing but the label."""
    parent = node.getparent()
    while (
        parent is not None
        and parent.getparent() is not None
        and text_length(parent) <= length + 3
        and not _pictures(parent)
    ):
        node, parent = parent, parent.getparent()
    return node


def _drop_list_after(node: HtmlElement) -> None:
    line = _line_of(node, text_length(node))
    following: HtmlElement | None = line.getnext()
    while following is not None:  # not a list of all that follow: a page may hold thousands of labels
        sibling, following = following, following.getnext()
        if not isinstance(sibling.tag, str):
            continue
        if not text_length(sibling):
            continue
        if link_share(sibling) < 0.6:
            return
        hollow(sibling)


def _drop_portrait_after(node: HtmlElement) -> None:
    """What introduces an author, where it is short and nothing comes after it."""
    line = _line_of(node, text_length(node))
    following = [sibling for sibling in line.itersiblings() if isinstance(sibling.tag, str)]
    if sum(map(text_length, following)) <= PORTRAIT_LENGTH:
        for sibling in following:
            hollow(sibling)


def _pictures(node: HtmlElement) -> bool:
    return next(node.iter("img"), None) is not None
