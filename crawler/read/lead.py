"""The lead (sapo): its own field when the page marks it as one, otherwise simply the first paragraph of the body."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from crawler.read.blocks import Block
from crawler.read.markup import around, text_of
from crawler.read.structured import Structured
from crawler.read.words import says_the_same, tokens_of

LENGTH = range(30, 1200)
_NAMED = frozenset(
    [
        "sapo",
        "lead",
        "lede",
        "hometext",
        "summary",
        "standfirst",
        "chapo",
        "motangan",
        "intro",
        "teaser",
        "excerpt",
        "description",
    ]
)
_WEAK = frozenset(["summary", "intro", "teaser", "excerpt", "description"])
_BOLD = ("b", "strong", "i", "em")
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)|font-style\s*:\s*italic", re.IGNORECASE)
_BOLD_CLASS = frozenset(["bold", "italic", "fw", "semibold", "strong"])


def marked_lead(blocks: Sequence[Block], about: Structured | None) -> tuple[Block, str] | None:
    """The first paragraph, with the rule that marks it as the lead; None where nothing marks it.

    Marks are a class word such as `sapo`, bold or italic type throughout while the next paragraph is plain, and a
    description for machines that says the very same (`about` is None where that is not to be asked).
    """
    if len(blocks) < 2:
        return None
    first = blocks[0]
    if len(first.text) not in LENGTH or first.is_heading or first.owner.tag in ("th", "li", "figcaption", "tr"):
        return None
    if _is_named(first.owner):
        return first, "lead class"
    if _is_bold(first) and not _is_bold(blocks[1]) and len(first.text) >= 60:
        return first, "emphasised first paragraph"
    if about is None:
        return None
    described = about.meta("og:description", "description", "twitter:description")
    if described and len(described) >= 60 and says_the_same(described, first.text):
        return first, "description"
    return None


def is_called_lead(node: HtmlElement) -> bool:
    """Whether an element bears one of the names that only leads have."""
    return bool(_names_of(node) & (_NAMED - _WEAK))


def _names_of(node: HtmlElement) -> frozenset[str]:
    return frozenset(tokens_of(f"{node.get('class') or ''} {node.get('id') or ''}"))


def _is_named(node: HtmlElement) -> bool:
    for part in (node, node.getparent()):
        if part is None:
            continue
        words = _names_of(part)
        if words & (_NAMED - _WEAK) or (words & _WEAK and part is node and not words & {"content", "body"}):
            return True
    return False


def _is_bold(block: Block) -> bool:
    bold = sum(len(_text(slot).strip()) for slot in block.slots if _in_bold(slot, block.owner))
    whole = sum(len(_text(slot).strip()) for slot in block.slots)
    return bold >= 0.95 * whole > 0


def _in_bold(slot: tuple[HtmlElement, bool], owner: HtmlElement) -> bool:
    node, is_tail = slot
    chain = [*around(node)] if is_tail else [node, *around(node)]
    for part in chain:
        if part.tag in _BOLD or _BOLD_STYLE.search(part.get("style") or ""):
            return True
        if tokens_of(part.get("class") or "") & _BOLD_CLASS:
            return True
        if part is owner:
            return False
    return False


def _text(slot: tuple[HtmlElement, bool]) -> str:
    node, is_tail = slot
    return (node.tail if is_tail else node.text) or ""


def lead_text(nodes: Sequence[HtmlElement]) -> str:
    """The text of lead elements, paragraphs joined by a line break."""
    return "\n".join(text for node in nodes if (text := text_of(node)))
