"""Who wrote an article: by-lines at the edge of the body, labelled nodes, and what the metadata says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.blocks import Block
from crawler.read.bylines import is_confident, read_byline, read_dateline, read_labelled_author
from crawler.read.markup import around, text_of
from crawler.read.structured import Structured, people
from crawler.read.words import clean, fold

EDGE = 8
"""A by-line stands among so many last blocks of the body."""
LINE_LENGTH = 130
_RIGHT = re.compile(r"text-align\s*:\s*(?:right|end)", re.IGNORECASE)
_PUSHED = re.compile("^[ \u00a0\u2003\t\r\n]*(?:\u00a0[ \u00a0]*){5}")
_AUTHOR_METAS = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dcterms.creator.name", "parsely-author", "sailthru.author",
    "byl", "citation_author", "article.author", "cxenseparse:author", "rbauthors", "authors", "og:article:author",
    "article:author_name", "creator", "dc.author", "twitter:data1",
)  # fmt: skip
_NAMED_AUTHORS = etree.XPath(
    "//*[@rel='author' or contains(@class,'author') or contains(@class,'byline') or contains(@class,'Author')"
    " or contains(@class,'autor') or contains(@itemprop,'author') or contains(@class,'writer')]"
)
_AUTHORISH = re.compile(
    r"(?:^|[\s_-])(?:author(?:-?_?name|-?_?link|s)?|by-?line(?:-?_?(?:author|name))?|by-?author|autor|auteur|redakteur|writer|posted-?by|p-author|fn)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^\s*(?:(?:written |posted |published |words |text |story |article |von|by|par|por|di|da|przez|av|af|door|от|автор|autor(?:in)?|auteur|redakcja|text|tekst|foto|author|"
    r"verfasst von|geschrieben von|ein (?:artikel|beitrag|gastbeitrag) von|un articolo di|publié par|publicado por|escrito por|auteur|opublikowane przez|napisał[a]?)\s*:?\s+|"
    r"(?:by|von|autor(?:in)?|author|автор|auteur|text|tekst)\s*:\s*)+",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:[|•·–—]|\s-\s|,?\s+(?:on|am|le|el|in|at|um|dnia|vom)\s+(?=\S*\d)|\d{1,2}[./:]\d|,\s*\d|\(\d|\d{4}|\b(?:updated|published|posted|veröffentlicht)\b).*$", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"(?:admin(?:istrator)?|editor|redaktion|redazione|redaction|redakcja|redaccion|webmaster|quantri|root|user|guest|staff|author|autor|team|"
    r"https?|www|facebook|twitter|view all|all posts|more|share|follow|comment|profile|contact|null|undefined|unknown|none|anonymous|gast)\b.*"
    r"|.*\b(?:com|org|net|http|posts by|articles by|more from|view profile|read more|about the author)\b.*"
)
_MANY = re.compile(r"\s*(?:;|\||,| and | und | et | y | e | & | i | og | och | en )\s*(?=[^\W\d_])")


@dataclass(slots=True)
class Credits:
    """What is known of who made an article; every text as it stands on the page."""

    author: str | None = None
    unit: str | None = None
    source: str | None = None
    photo: str | None = None
    text: str | None = None
    rule: str | None = None


def byline_at_the_edge(blocks: list[Block]) -> tuple[Credits, list[Block]] | None:
    """The by-line among the last blocks, and the blocks that it is made of."""
    found: list[tuple[Block, object]] = []
    credits = Credits()
    for distance, block in enumerate(reversed(blocks[-EDGE:])):
        text = block.text
        if len(text) > LINE_LENGTH or block.is_heading:
            if distance >= 2 or found:
                break
            continue
        pushed = is_pushed_right(block)
        byline = read_byline(text)
        if byline is None:
            continue
        if not is_confident(text) and not pushed and not (distance == 0 and _follows_prose(blocks)):
            continue
        found.append((block, byline))
        _merge(credits, byline)
    if not found:
        return None
    lines = [block for block, _ in reversed(found)]
    credits.text = "\n".join(block.text for block in lines)
    credits.rule = "end of the body"
    return credits, lines


def is_pushed_right(block: Block) -> bool:
    """Whether a line is set to the right: by style, by attribute, by class, or by a run of no-break spaces."""
    if _PUSHED.match(block.raw):
        return True
    for node in (block.owner, *list(around(block.owner))[:1]):
        if (node.get("align") or "").lower() == "right" or _RIGHT.search(node.get("style") or ""):
            return True
        if "text-right" in (node.get("class") or ""):
            return True
    return False


def declared_authors(about: Structured) -> tuple[str, str] | None:
    """Authors that the metadata names, joined by `; `, and the rule."""
    named = _names(people(about.ld("author", "creator")))
    if named:
        return "; ".join(named), "json-ld"
    for name in _AUTHOR_METAS:
        value = about.metas.get(name)
        names = _names(_MANY.split(value)) if value and not value.startswith("http") else []
        if names:
            return "; ".join(names), "metadata"
    return None


def named_authors(root: HtmlElement, title: str) -> tuple[str, str] | None:
    """Authors in elements that are called so (`rel=author`, `.byline`), read conservatively."""
    found: list[str] = []
    for node in _NAMED_AUTHORS(root):
        name = f"{node.get('class') or ''} {node.get('rel') or ''} {node.get('itemprop') or ''}"
        if node.tag in ("meta", "body", "html", "article", "img", "script", "link") or not _AUTHORISH.search(name):
            continue
        text = text_of(node)
        if not 3 <= len(text) <= 120 or fold(text) == fold(title):
            continue
        found = _names(_MANY.split(_AFTER.sub("", _PREFIX.sub("", text))))
        if found:
            return "; ".join(found[:4]), "author class"
    return None


def _names(texts: Sequence[str]) -> list[str]:
    names: dict[str, str] = {}
    for text in texts:
        name = clean(_PREFIX.sub("", clean(text))).strip(" ,;:|-–·•")
        folded = fold(name)
        if not folded or not 2 < len(name) <= 60 or _NO_NAME.fullmatch(folded) or "@" in name or "http" in name:
            continue
        if not any(char.isalpha() for char in name) or len(name.split()) > 6:
            continue
        names.setdefault(folded, name)
    return list(names.values())


def _follows_prose(blocks: Sequence[Block]) -> bool:
    return len(blocks) > 1 and any(len(block.text) > LINE_LENGTH for block in blocks[-4:-1])


def _merge(credits: Credits, byline: object) -> None:
    credits.author = credits.author or ("; ".join(byline.authors) or None)
    credits.unit = credits.unit or byline.unit
    credits.source = credits.source or byline.source
    credits.photo = credits.photo or ("; ".join(byline.photo) or None)
