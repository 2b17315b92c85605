"""Selectors, compiled once: CSS, or XPath when the text starts with `/`, `./` or `(`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.html import HtmlElement

_TRANSLATOR = HTMLTranslator()
_NAMES = re.compile(r"[.#]([A-Za-z_][\w-]*)")
_FIRST_NAME = re.compile(r"(([A-Za-z][A-Za-z0-9]*)?([.#])([A-Za-z_][\w-]*))(?:\s*(>)\s*|\s+|$)(?![+~])(.*)")
"""A class or id, perhaps of a named tag, and what is sought inside the elements that have it."""
_COMMON_TAGS = frozenset(("a", "div", "li", "p", "span", "td"))
"""All others are so few on a page that a walk to them takes no longer than a search of the markup for a name."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector ready for use."""

    path: etree.XPath
    names: tuple[bytes, ...] = ()
    """The classes and ids without which it cannot match, where it pays to look for them in the markup first."""
    head: str | None = None
    """The selector of the elements that it looks into; many selectors of a family look into the same."""
    rest: etree.XPath | None = None
    """What it looks for in one of them."""


@lru_cache(maxsize=2048)
def compiled(selector: str) -> Selector:
    """Compile a selector once.

    Raises:
        ValueError: the selector is neither CSS nor XPath.
    """
    try:
        if selector.startswith(("/", "./", "(")):
            return Selector(etree.XPath(selector))
        return _compiled_css(selector)
    except (SelectorError, etree.XPathSyntaxError) as error:
        raise ValueError(f"not a selector: {selector!r} ({error})") from error


def _compiled_css(css: str) -> Selector:
    """A CSS selector as XPath.

    The class or id that it begins with is sought along the attributes and by a plain search first, which takes a third
    of the time of the translator's test on every element.
    """
    names = () if "," in css or ":not" in css else tuple(map(str.encode, _NAMES.findall(css)))
    first = _FIRST_NAME.match(css)
    if first is None or "," in css:
        return Selector(etree.XPath(_TRANSLATOR.css_to_xpath(css)), names)
    head, tag, kind, name, combinator, looked_for = first.groups()
    if tag and tag.lower() not in _COMMON_TAGS:
        names = ()
    if kind == "#":
        found = f"@id[. = '{name}']"
    else:
        found = f"@class[contains(., '{name}')][contains(concat(' ', normalize-space(.), ' '), ' {name} ')]"
    path = f"descendant-or-self::{(tag or '*').lower()}/{found}/.."
    if not looked_for:
        return Selector(etree.XPath(path), names)
    rest = _TRANSLATOR.css_to_xpath(looked_for, prefix="child::" if combinator == ">" else "descendant::")
    return Selector(etree.XPath(f"{path}/{rest}"), names, head, etree.XPath(rest))


class Search:
    """The selectors of one page, each evaluated at most once, and only where all its names are in the markup.

    A plain search of the markup costs a tenth of a test of every element.
    """

    def __init__(self, tree: HtmlElement, source: bytes) -> None:
        self._tree = tree
        self._source = source
        self._known: dict[bytes, bool] = {}
        self._found: dict[str, list[HtmlElement]] = {}

    def first(self, selectors: Iterable[str]) -> list[HtmlElement]:
        """Elements of the first selector that yields any."""
        return next(filter(None, map(self._matches, selectors)), [])

    def every(self, selectors: Iterable[str]) -> list[HtmlElement]:
        """Elements of every selector, in the order of the selectors."""
        return [node for selector in selectors for node in self._matches(selector)]

    def _matches(self, text: str) -> list[HtmlElement]:
        if text not in self._found:
            self._found[text] = self._evaluated(compiled(text))
        return self._found[text]

    def _evaluated(self, selector: Selector) -> list[HtmlElement]:
        if selector.head is None or selector.rest is None:
            return matches(self._tree, selector) if all(map(self._occurs, selector.names)) else []
        heads = self._matches(selector.head)
        if len(heads) > 1:  # one path for all of them: what lies in several of them is found once
            return matches(self._tree, selector)
        return _elements(selector.rest(heads[0])) if heads else []

    def _occurs(self, name: bytes) -> bool:
        if name not in self._known:
            self._known[name] = name in self._source
        return self._known[name]


def select(scope: HtmlElement, selectors: Iterable[str]) -> list[HtmlElement]:
    """Elements of the first selector that yields any."""
    return next((found for text in selectors if (found := matches(scope, compiled(text)))), [])


def select_all(scope: HtmlElement, selectors: Iterable[str]) -> list[HtmlElement]:
    """Elements of every selector, in the order of the selectors."""
    return [node for text in selectors for node in matches(scope, compiled(text))]


def matches(scope: HtmlElement, selector: Selector) -> list[HtmlElement]:
    return _elements(selector.path(scope))


def _elements(result: object) -> list[HtmlElement]:
    return [node for node in result if isinstance(node, HtmlElement)] if isinstance(result, list) else []
