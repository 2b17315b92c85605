"""Tags and category: what the family names, what the metadata says, what a label or the breadcrumb shows."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.read.boilerplate import HIDING
from crawler.read.markup import around, finder, text_of
from crawler.read.structured import Structured
from crawler.read.words import clean, fold

_LABEL = re.compile(r"^\s*(?:tags?|thẻ|từ khóa|từ khoá|keywords?|chủ đề)\s*[:：]?\s*", re.IGNORECASE)
_LABELS = frozenset(("tag", "tags", "the", "tu khoa", "keywords", "keyword", "chu de"))
_REL_TAGS = finder("descendant::a/@rel[. = 'tag']/..")
_TRAIL = finder("descendant::*/@class[contains(., 'readcrumb')]/.. | descendant::*/@id[contains(., 'readcrumb')]/..")
_STEPS = finder("descendant::*[self::a or self::li or self::span][normalize-space()]")
_HOME = frozenset(("trang chu", "home", "trang nhat", "startseite", "accueil", "inicio", ""))
TAG_LENGTH = 60


def tags_from(nodes: list[HtmlElement]) -> tuple[str, ...]:
    """Tags in the family's tag elements: links one by one, plain text split at commas."""
    found: list[str] = []
    for node in nodes:
        links = [node] if node.tag == "a" else list(node.iter("a"))
        texts = [text_of(link) for link in links] if links else _LABEL.sub("", text_of(node)).split(",")
        found += texts
    return _tidy(found)


def tags_from_metadata(about: Structured, root: HtmlElement, markup: str) -> tuple[str, ...]:
    """Tags that the page links with `rel=tag`, else those of its metadata."""
    linked = [text_of(link) for link in _REL_TAGS(root)] if 'rel="tag"' in markup else []
    if linked:
        return _tidy(linked)
    keywords = about.ld("keywords")
    if isinstance(keywords, list):
        return _tidy([item for item in keywords if isinstance(item, str)])
    if isinstance(keywords, str):
        return _tidy(keywords.split(","))
    news = about.meta("news_keywords")
    return _tidy(news.split(",")) if news else ()


def category_from(node: HtmlElement) -> str | None:
    """The text of a category element; of a breadcrumb, its last step that is not the front page."""
    links = [text_of(link) for link in node.iter("a")]
    steps = [step for step in links if fold(step) not in _HOME]
    return (steps[-1] if len(steps) > 1 else text_of(node) or None) or None


def category_from_metadata(about: Structured, root: HtmlElement, markup: str, title: str) -> tuple[str, str] | None:
    """The section that the metadata names, else the last step of the breadcrumb before the article itself."""
    section = about.meta("article:section", "section") or about.ld_text("articleSection")
    if section:
        return section, "metadata"
    if "readcrumb" not in markup:
        return None
    trail = next((node for node in _TRAIL(root) if not _is_hidden(node)), None)
    if trail is None:
        return None
    steps = [text_of(node) for node in _STEPS(trail) if not len(node) or node.tag == "a"]
    folded = fold(title)
    named = [step for step in steps if fold(step) not in _HOME and fold(step) != folded and len(step) < 80]
    return (clean(named[-1]), "breadcrumb") if named else None


def _is_hidden(node: HtmlElement) -> bool:
    return any(HIDING.search(part.get("style") or "") for part in (node, *around(node)))


def _tidy(texts: list[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for text in texts:
        tag = clean(_LABEL.sub("", text)).strip(" ,;#")
        key = fold(tag)
        if key and key not in _LABELS and len(tag) <= TAG_LENGTH:
            found.setdefault(key, tag)
    return tuple(found.values())
