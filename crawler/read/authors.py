"""Who wrote an article: by-lines at the edge of the body, labelled nodes, and what the metadata says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.read.blocks import Block
from crawler.read.bylines import Byline, is_confident, read_byline, read_labelled_author
from crawler.read.landscape import Landscape
from crawler.read.markup import around, finder, text_of
from crawler.read.page import ParsedPage
from crawler.read.structured import Structured, people
from crawler.read.words import clean, fold, tokens_of

EDGE = 8
"""A by-line stands among so many last blocks of the body."""
LINE_LENGTH = 130
_RIGHT = re.compile(r"text-align\s*:\s*(?:right|end)", re.IGNORECASE)
_PUSHED = re.compile("^[ \u00a0\u2003\t\r\n]*(?:\u00a0[ \u00a0]*){5}")
_AUTHOR_METAS = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dcterms.creator.name", "parsely-author",
    "sailthru.author", "byl", "citation_author", "article.author", "cxenseparse:author", "rbauthors", "authors",
    "og:article:author", "article:author_name", "creator", "dc.author",
)  # fmt: skip
_AUTHOR_WORDS = ("author", "Author", "autor", "byline", "writer")
_NAMED_AUTHORS = finder(
    f"descendant::*/@class[{' or '.join(f'contains(., {word!r})' for word in _AUTHOR_WORDS)}]/.."
    " | descendant::*/@rel[. = 'author']/.. | descendant::*/@itemprop[contains(., 'author')]/.."
)
_AUTHOR_BYTES = tuple(map(str.encode, _AUTHOR_WORDS))
_AUTHORISH = re.compile(
    r"(?:^|[\s_-])(?:author(?:-?_?name|-?_?link|s)?|by-?line(?:-?_?(?:author|name))?|by-?author|autor|auteur"
    r"|redakteur|writer|posted-?by|p-author|fn)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^\s*(?:(?:written |posted |published |words |text |story |article |von|by|par|por|di|da|przez|av|af|door|от"
    r"|автор|autor(?:in)?|auteur|redakcja|text|tekst|foto|author|"
    r"verfasst von|geschrieben von|eingestellt von|erstellt von|publiziert am|und interview:|ein (?:artikel"
    r"|beitrag|gastbeitrag) von|un articolo di|publié par|publicado por|escrito por|auteur|opublikowane przez"
    r"|napisał[a]?)\s*:?\s+|"
    r"(?:by|von|autor(?:in)?|author|автор|auteur|text|tekst)\s*:\s*)+",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:[|•·–—/~]|\s-\s|\b(?:alle artikel|kategorien?|chefredakteur(?:in)?|kommentare?|in kategorie|staff"
    r"|mehr von|all posts|ver perfil|follow|says|sagt|shares)\b|,?\s+(?:on|am|le|el|in|at|um|dnia|vom)\s+(?=\S*\d"
    r"|samstag|sonntag|montag|dienstag|mittwoch|donnerstag|freitag)|(?:\s[^\W\d_]{2,3}\.?,?)?\s\d|\d{1,2}\.\s"
    r"|,\s*\d|\(|\b(?:updated|published|posted|veröffentlicht)\b).*$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:por|von|by|par|alle beitrage|(?:januar|februar|marz|april|mai|juni|juli|august|september|oktober"
    r"|november|dezember)|admin(?:istrator)?|editor|redaktion|redazione|redaction|redakcja|redaccion|webmaster"
    r"|quantri|root|user|guest|staff|author|autor|team|"
    r"https?|www|facebook|twitter|view all|all posts|more|share|follow|comment|profile|contact|null|undefined"
    r"|unknown|none|anonymous|gast)\b.*"
    r"|.*\b(?:com|org|net|http|posts by|articles by|more from|view profile|read more|about the author)\b.*"
)
_ORGANISATION = re.compile(
    r"\b(?:gmbh|e\.? ?v\.|ag|ltd|inc|llc|verband|verlag|stiftung|zeitung|online)\b|\.(?:de|com|net|org|at|ch|it|fr)$",
    re.IGNORECASE,
)
_BY_WORD = re.compile(
    r"(?:^|[|•·–—/,]\s*|\b(?:artikel|beitrag|interview|text|erstellt|written|posted|publicado|article"
    r"|opublikowane|autor(?:in)?)\s*)(?:by|von|por|par|di|przez|av|door|от|autor(?:in)?:?|author:|text:)\s+(\S.*)",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "del",
        "della",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "el",
        "dos",
        "do",
        "du",
        "y",
        "zu",
        "ten",
        "ter",
        "und",
    ]
)
_ASIDE = frozenset(["comment", "comments", "commentlist", "respond", "reply", "kommentar", "kommentare"])
_LABEL = re.compile(r"^\s*(?:nguồn(?: tin| bài)?|source|theo|đơn vị|phòng ban)\s*:?\s*", re.IGNORECASE)
_SOURCE_LABEL = re.compile(r"^\s*(?:nguồn(?: tin)?|theo|source)\s*:?\s*", re.IGNORECASE)
_DEGREE = re.compile(r",?\s+(?:Ph\.?D|M\.?D|MBA|MSc|RN|RD)\.?$|^Author(?=[A-Z])|^责任编辑：")
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

    def completed_by(self, other: Credits) -> Credits:
        """These credits, and from the others what these do not say."""
        return Credits(
            author=self.author or other.author,
            unit=self.unit or other.unit,
            source=self.source or other.source,
            photo=self.photo or other.photo,
            text="\n".join(filter(None, (self.text, other.text))) or None,
            rule=self.rule or other.rule,
        )

    def take(self, byline: Byline) -> None:
        """Add what a by-line says to what is not known yet."""
        self.author = self.author or ("; ".join(byline.authors) or None)
        self.unit = self.unit or byline.unit
        self.source = self.source or byline.source
        self.photo = self.photo or ("; ".join(byline.photo) or None)


def byline_at_the_edge(blocks: list[Block]) -> tuple[Credits, list[Block]] | None:
    """The by-line among the last blocks, and the blocks that it is made of.

    A line that says itself that it is a by-line is believed anywhere there; a bare name or unit only where by-lines
    stand: pushed to the right, or last of all under a paragraph of prose.
    """
    found: list[tuple[Block, Byline]] = []
    passed_prose = False
    for distance, block in enumerate(reversed(blocks[-EDGE:])):
        if len(block.text) > LINE_LENGTH or block.is_heading or block.owner.tag == "figcaption":
            passed_prose = passed_prose or len(block.text) > LINE_LENGTH
            continue
        byline = read_byline(block.text)
        if byline is None:
            continue
        stands_there = not passed_prose and (
            is_pushed_right(block) or (distance == len(found) and _follows_prose(blocks))
        )
        if stands_there or is_confident(block.text):
            found.append((block, byline))
    if not found:
        return None
    found.reverse()
    known = Credits(rule="end of the body")
    for _, byline in found:
        known.take(byline)
    known.text = "\n".join(block.text for block, _ in found)
    return known, [block for block, _ in found]


def labelled_credits(nodes: Sequence[HtmlElement], rule: str) -> Credits | None:
    """What the elements that a template prints its author in say; None where they hold an account or nothing."""
    known = Credits(rule=rule)
    texts: list[str] = []
    for node in nodes:
        text = clean(text_of(node))
        byline = read_labelled_author(text) if text else None
        if byline is not None:
            known.take(byline)
            texts.append(text)
    known.text = "\n".join(texts) or None
    return known if texts else None


def labelled_source(nodes: Sequence[HtmlElement]) -> str | None:
    """The outlet in elements that a template prints the source in, without their label."""
    for node in nodes:
        text = clean(text_of(node))
        byline = read_byline(text) if text else None
        if byline is not None and byline.source:
            return byline.source
        if text := _SOURCE_LABEL.sub("", text).strip(" .:-–"):
            return text
    return None


def labelled_unit(nodes: Sequence[HtmlElement]) -> str | None:
    """The unit in elements that a template prints the author's unit in, without their label."""
    texts = (_LABEL.sub("", clean(text_of(node))).strip() for node in nodes)
    return next((text for text in texts if text), None)


def vietnamese_names(stated: str) -> str | None:
    """Names that metadata states, as far as they are people's: accounts and editors' logins are nobody."""
    byline = read_labelled_author(stated)
    return "; ".join(byline.authors) or None if byline is not None else None


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


def declared_authors(about: Structured, url: str) -> tuple[str, str] | None:
    """Authors by metadata alone, for pages whose template prints them where its selectors look."""
    return _declared(about, _site_names(about, url))


def stated_authors(page: ParsedPage, about: Structured, landscape: Landscape, headline: int) -> tuple[str, str] | None:
    """Authors by metadata, by elements that are called so, by a line that begins with a by-word; joined by `; `.

    Metadata that names the site, an organisation or only a first name gives way to what the page prints.
    """
    owners = _site_names(about, page.url)
    declared = _declared(about, owners)
    if declared is not None and (" " in declared[0] or ";" in declared[0]):
        return declared
    named = _NAMED_AUTHORS(page.tree) if any(word in page.source for word in _AUTHOR_BYTES) else []
    printed = _by_class(named, landscape, headline, owners) or _by_word(landscape, headline, owners)
    nobody: frozenset[str] = frozenset()
    return printed or declared or _declared(about, nobody) or _by_class(named, landscape, headline, nobody)


def _declared(about: Structured, owners: frozenset[str]) -> tuple[str, str] | None:
    named = _names(people(about.ld("author", "creator")), owners)
    if named:
        return "; ".join(named), "json-ld"
    for name in _AUTHOR_METAS:
        value = about.metas.get(name)
        names = _names(_MANY.split(value), owners) if value and not value.startswith("http") else []
        if names:
            return "; ".join(names), "metadata"
    return None


def _by_class(
    named: Sequence[HtmlElement], landscape: Landscape, headline: int, owners: frozenset[str]
) -> tuple[str, str] | None:
    best: tuple[int, str] | None = None
    for node in named:
        name = f"{node.get('class') or ''} {node.get('rel') or ''} {node.get('itemprop') or ''}"
        if node.tag in ("meta", "body", "html", "article", "img", "script", "link", "input", "label"):
            continue
        if not _AUTHORISH.search(name):
            continue
        text = text_of(node)
        line = _line_of(node, landscape)
        if not 3 <= len(text) <= 120 or line is None or _in_comments(node):
            continue
        distance = abs(line - max(headline, 0))
        if best is not None and distance >= best[0]:
            continue
        names = _names(_MANY.split(_AFTER.sub("", _PREFIX.sub("", text))), owners)
        if names:
            best = (distance, "; ".join(names[:4]))
    return (best[1], "author class") if best is not None else None


def _by_word(landscape: Landscape, headline: int, owners: frozenset[str]) -> tuple[str, str] | None:
    """A short line near the headline that says `By …`, `Von …`, `Por …`."""
    start = max(headline - 3, 0)
    for line in landscape.lines[start : start + 14]:
        text = line.text
        if not 5 <= len(text) <= 100:
            continue
        said = _BY_WORD.search(text)
        if said is None:
            continue
        names = _names(_MANY.split(_AFTER.sub("", said.group(1))), owners)
        if names and all(_looks_like_a_name(name) for name in names):
            return "; ".join(names[:4]), "by-word"
    return None


def _looks_like_a_name(name: str) -> bool:
    words = name.split()
    return 1 < len(words) <= 5 and all(word[0].isupper() or word.lower() in _PARTICLES for word in words)


def _line_of(node: HtmlElement, landscape: Landscape) -> int | None:
    for part in (node, *list(around(node))[:3]):
        span = landscape.span.get(part)
        if span is not None:
            return span[0]
    return None


def _in_comments(node: HtmlElement) -> bool:
    for part in (node, *list(around(node))[:8]):
        words = tokens_of(f"{part.get('class') or ''} {part.get('id') or ''}")
        if words & _ASIDE and len(words) <= 5:
            return True
    return False


def _site_names(about: Structured, url: str) -> frozenset[str]:
    names = [about.meta("og:site_name", "application-name", "publisher", "dc.publisher") or ""]
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # such as http://[
        host = ""
    parts = host.removeprefix("www.").split(".")
    names += [host, host.removeprefix("www."), parts[0], " ".join(parts[:-1])]
    return frozenset(fold(name) for name in names if name)


def _names(texts: Sequence[str], owners: frozenset[str] = frozenset()) -> list[str]:
    names: dict[str, str] = {}
    for text in texts:
        name = clean(_PREFIX.sub("", clean(text))).strip(" ,;:|-–·•~*/")
        folded = fold(name)
        name = _DEGREE.sub("", name)
        if not folded or not 2 < len(name) <= 60 or _NO_NAME.fullmatch(folded) or "@" in name or "http" in name:
            continue
        if owners and (folded in owners or folded.replace(" ", "") in owners or _ORGANISATION.search(name)):
            continue
        if not any(char.isalpha() for char in name) or len(name.split()) > 6:
            continue
        names.setdefault(folded, name)
    return list(names.values())


def _follows_prose(blocks: Sequence[Block]) -> bool:
    return len(blocks) > 1 and any(len(block.text) > LINE_LENGTH for block in blocks[-4:-1])
