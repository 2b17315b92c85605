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


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector ready for use; `names` are the classes and ids without which it cannot match."""

    path: etree.XPath
    names: tuple[str, ...] = ()

    def can_match(self, source: str) -> bool:
        """Whether the page's markup holds every name: a plain search costs a tenth of a walk through the tree."""
        return all(_occurs(name, source) for name in self.names)


@lru_cache(maxsize=2048)
def compiled(selector: str) -> Selector:
    """Compile a selector once.

    Raises:
        ValueError: the selector is neither CSS nor XPath.
    """
    try:
        if selector.startswith(("/", "./", "(")):
            return Selector(etree.XPath(selector))
        names = () if "," in selector or ":not" in selector else tuple(_NAMES.findall(selector))
        return Selector(etree.XPath(_TRANSLATOR.css_to_xpath(selector)), names)
    except (SelectorError, etree.XPathSyntaxError) as error:
        raise ValueError(f"not a selector: {selector!r} ({error})") from error


def select(scope: HtmlElement, selectors: Iterable[str], source: str = "") -> list[HtmlElement]:
    """Elements of the first selector that yields any; `source` (the page's markup) lets hopeless ones be skipped."""
    for text in selectors:
        selector = compiled(text)
        if source and not selector.can_match(source):
            continue
        found = matches(scope, selector)
        if found:
            return found
    return []


def select_all(scope: HtmlElement, selectors: Iterable[str], source: str = "") -> list[HtmlElement]:
    """Elements of every selector, in the order of the selectors."""
    found: list[HtmlElement] = []
    for text in selectors:
        selector = compiled(text)
        if not source or selector.can_match(source):
            found += matches(scope, selector)
    return found


@lru_cache(maxsize=64)
def _occurs(name: str, source: str) -> bool:
    """Remembered for the page at hand: the selectors of a family share their names."""
    return name in source


def matches(scope: HtmlElement, selector: Selector) -> list[HtmlElement]:
    result = selector.path(scope)
    return [node for node in result if isinstance(node, HtmlElement)] if isinstance(result, list) else []
