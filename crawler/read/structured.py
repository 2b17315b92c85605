"""What a page says of itself for machines: `<meta>`, `<title>`, JSON-LD, microdata. Collected in one walk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from crawler.read.markup import finder
from crawler.read.words import clean

_ARTICLE_TYPES = re.compile(r"article|posting|report|webpage|creativework|recipe|event", re.IGNORECASE)
_NEWS_TYPES = re.compile(r"article|posting|report", re.IGNORECASE)
_MICRODATA = finder("descendant::*/@itemprop/..")
_CONTROL = re.compile(r"[\x00-\x1f]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONGEST_META = 10_000
_LD_LIMIT = 300_000
_LD_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Structured:
    """Machine-readable statements: metas by lower-case name, JSON-LD objects of articles, microdata by property."""

    metas: Mapping[str, str]
    window_title: str
    linked: tuple[Mapping[str, Any], ...]
    microdata: Mapping[str, tuple[HtmlElement, ...]] = field(default_factory=dict)
    canonical: str | None = None

    @property
    def is_article(self) -> bool:
        """Whether the page states that it is an article."""
        if (self.metas.get("og:type") or "").lower().endswith("article"):
            return True
        return any(_NEWS_TYPES.search(_kind_of(thing)) for thing in self.linked)

    def meta(self, *names: str) -> str | None:
        """The first of the metas that is there and not empty."""
        return next((value for name in names if (value := self.metas.get(name))), None)

    def ld(self, *keys: str) -> Any:
        """The first of the keys that any article object of the JSON-LD has."""
        for thing in self.linked:
            for key in keys:
                if thing.get(key):
                    return thing[key]
        return None

    def ld_text(self, *keys: str) -> str | None:
        value = self.ld(*keys)
        return clean(value) if isinstance(value, str) and value.strip() else None


def collect(root: HtmlElement, markup: str) -> Structured:
    """Everything machine-readable on a page."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = meta.get("content")
        if name and content and content.strip():
            metas.setdefault(name.strip().lower(), clean(content[:_LONGEST_META]))
    title = next((clean(node.text_content()[:_LONGEST_META]) for node in root.iter("title")), "")
    canonical = next((node.get("href") for node in root.iter("link") if node.get("rel") == "canonical"), None)
    linked = tuple(_article_objects(root)) if "ld+json" in markup else ()
    microdata = _microdata(root) if "itemprop" in markup else {}
    return Structured(metas, title, linked, microdata, canonical)


def people(value: Any, depth: int = 0) -> list[str]:
    """Names in a JSON-LD author: a text, an object with a name, or a list of either."""
    if isinstance(value, str):
        return [clean(value)] if value.strip() else []
    if depth > _LD_DEPTH:
        return []
    if isinstance(value, dict):
        return people(value.get("name"), depth + 1)
    if isinstance(value, list):
        return [name for item in value for name in people(item, depth + 1)]
    return []


def _microdata(root: HtmlElement) -> dict[str, tuple[HtmlElement, ...]]:
    found: dict[str, list[HtmlElement]] = {}
    for node in _MICRODATA(root):
        for name in (node.get("itemprop") or "").lower().split():
            found.setdefault(name, []).append(node)
    return {name: tuple(nodes) for name, nodes in found.items()}


def _article_objects(root: HtmlElement) -> Iterator[Mapping[str, Any]]:
    things: list[Mapping[str, Any]] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) < _LD_LIMIT:
            things += _objects(_loaded(script.text))
    typed = [(_kind_of(thing), thing) for thing in things]
    yield from (thing for kind, thing in typed if _NEWS_TYPES.search(kind))
    yield from (thing for kind, thing in typed if _ARTICLE_TYPES.search(kind) and not _NEWS_TYPES.search(kind))


def _kind_of(thing: Mapping[str, Any]) -> str:
    kinds = thing.get("@type")
    return " ".join(kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str))


def _loaded(text: str) -> Any:
    try:
        value = json.loads(_CONTROL.sub(" ", text).strip().removesuffix(";"))
        return _without_surrogates(value) if _SURROGATE.search(text) else value
    except (ValueError, RecursionError):  # JSON-LD in the wild is often no JSON; then it says nothing
        return None


def _without_surrogates(value: Any) -> Any:
    """JSON can spell halves of characters, which no text may hold."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _objects(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > _LD_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(key), depth + 1)
