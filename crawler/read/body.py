"""The block of an article made clean: an ordered list of named operations on a copy of its tree."""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Sequence

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.boilerplate import HIDING, drop_link_lists, drop_named_furniture, text_length
from crawler.read.datatables import without_layout
from crawler.read.files import absolute_address
from crawler.read.labelled import drop_labelled_furniture
from crawler.read.markup import BLOCKS, drop_all, finder, hollow, is_gone, sweep

Operation = Callable[[HtmlElement], None]

KEPT = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
"""Tags that the clean HTML may hold."""
RENAMED = {
    "article": "div",
    "section": "div",
    "main": "div",
    "center": "div",
    "tt": "code",
    "strike": "del",
    "body": "div",
}
ATTRIBUTES = {
    "a": ("href", "title"),
    "img": ("src", "alt", "title", "width", "height"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start",),
}
LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-url", "data-srcset", "srcset")

_OVERLAY = "\u0338"
_STYLED = finder("descendant::*[@style or @hidden or @aria-hidden]")
_FILLER = re.compile(r"blank|spacer|placeholder|loading|pixel|1x1", re.IGNORECASE)
_NEVER_EMPTY = frozenset(["img", "br", "hr", "td", "th"])


def copied(block: HtmlElement) -> HtmlElement:
    """A copy that stands alone: without the text that followed the original."""
    root = copy.deepcopy(block)
    root.tail = None
    return root


def copied_together(blocks: Sequence[HtmlElement]) -> HtmlElement:
    """One copy of several blocks, in their order."""
    if len(blocks) == 1:
        return copied(blocks[0])
    whole = blocks[0].makeelement("div")
    whole.extend(copied(block) for block in blocks)
    return whole


def drop_unseen(root: HtmlElement) -> None:
    """Scripts, styles, comments (Word's conditional ones too), form fields, players: nothing of it is text."""
    etree.strip_elements(
        root, etree.Comment, etree.ProcessingInstruction, "script", "style", "noscript", "template", "svg", "textarea",
        "select", "input", "button", "object", "embed", "iframe", "audio", "video", "canvas", "map", "link", "meta",
        "title", "xml", "fieldset", "rt", "rp", with_tail=False,
    )  # fmt: skip


def drop_hidden(root: HtmlElement) -> None:
    """What the page hides, unless it hides most of the text until a script shows it."""
    hidden = [
        node for node in _STYLED(root) if node.get("hidden") is not None or HIDING.search(node.get("style") or "")
    ]
    if hidden:
        whole = text_length(root)
        drop_all(root, [node for node in hidden if text_length(node) <= whole * 0.5])


def show_lazy_images(root: HtmlElement) -> None:
    """Give every picture the address that its script would load."""
    for image in root.iter("img"):
        source = image.get("src") or ""
        if source and not source.startswith("data:") and not _FILLER.search(source):
            continue
        lazy = next((value for name in LAZY_SOURCES if (value := image.get(name))), None)
        if lazy:
            image.set("src", lazy.split(",")[0].split()[0] if lazy.strip() else "")


def drop_word_debris(root: HtmlElement) -> None:
    """Office's own elements (`o:p`, `st1:place`, `v:shape`): their text stays, they go."""
    names = {tag for node in root.iter() if ":" in (tag := node.tag)}
    if names:
        etree.strip_tags(root, *names)


def simplify_tags(root: HtmlElement) -> None:
    """Only allow-listed tags: known ones are renamed, blocks become `div`, inline soup (`font`, `span`) dissolves."""
    inline: set[str] = set()
    for node in root.iter():
        tag = node.tag
        if tag in KEPT or node is root or not isinstance(tag, str):
            continue
        if tag in RENAMED:
            node.tag = RENAMED[tag]
        elif tag in BLOCKS:
            node.tag = "div"
        else:
            inline.add(tag)
    if inline:
        etree.strip_tags(root, *inline)


def drop_empty(root: HtmlElement) -> None:
    """Elements without text or picture, from the inside out; in a block, white space is no text."""
    for node in reversed(list(root.iterdescendants())):
        if node.tag not in _NEVER_EMPTY and _is_empty(node):
            hollow(node)
    sweep(root)


def _is_empty(node: HtmlElement) -> bool:
    blanks = " \t\r\n\f" if node.tag in BLOCKS else ""
    if (node.text or "").strip(blanks):
        return False
    return all(is_gone(child) and not (child.tail or "").strip(blanks) for child in node)


READING: tuple[Operation, ...] = (
    drop_unseen,
    show_lazy_images,
    drop_word_debris,
    drop_named_furniture,
    drop_labelled_furniture,
    drop_link_lists,
)
FINISHING: tuple[Operation, ...] = (simplify_tags, drop_empty)


def safe_html(root: HtmlElement, base_url: str) -> str:
    """The clean tree as HTML that is safe to show: allow-listed tags and attributes, absolute http(s) addresses."""
    whole = without_layout(root)
    for node in whole.iter():
        if node.attrib:
            _keep_safe_attributes(node, base_url)
    markup = etree.tostring(whole, method="html", encoding="unicode", with_tail=False)
    # Not in one piece: an overlay right after a tag would compose with its `>`, and open the tag again.
    return _OVERLAY.join(unicodedata.normalize("NFC", part) for part in markup.split(_OVERLAY))


def _keep_safe_attributes(node: HtmlElement, base_url: str) -> None:
    allowed = ATTRIBUTES.get(node.tag, ())
    kept = {name: value for name in allowed if (value := node.get(name))}
    node.attrib.clear()
    for name, value in kept.items():
        if name in ("href", "src"):
            address = _safe_link(value, base_url) if name == "href" else absolute_address(value, base_url)
            if address:
                node.set(name, address)
        else:
            node.set(name, value)


def _safe_link(value: str, base_url: str) -> str | None:
    scheme = value.strip()[:7].lower()
    return value.strip() if scheme.startswith(("mailto:", "tel:")) else absolute_address(value, base_url)
