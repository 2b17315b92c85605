"""An Atom document (RFC 4287), written piece by piece: well-formed whatever the texts hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from lxml import etree

from pipelines.clock import stamp
from pipelines.items import PageDate

MIME = "application/atom+xml"

ATOM = "http://www.w3.org/2005/Atom"
DCTERMS = "http://purl.org/dc/terms/"
HISTORY = "http://purl.org/syndication/history/1.0"

# lxml's stubs do not know that None stands for the default namespace.
_ENTRY_NAMESPACES: Any = {None: ATOM}
_NAMESPACES: Any = {None: ATOM, "fh": HISTORY}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (section 2.2)."""
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+")
_URL_SIGNS = "!#$%&'()*+,/:;=?@[]~"
"""What may stand in an address beside letters and digits (RFC 3986, section 2.2, and the percent sign)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of a feed or entry; `rel` is one of IANA's link relations (`alternate`, `self`, `enclosure`, `next` …)."""

    rel: str
    href: str
    type: str | None = None
    length: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says of itself; `links` are the caller's (`self`, `alternate`, `next` and `previous` of RFC 5005).

    `is_complete` says that the document holds everything there is (RFC 5005, section 2).
    """

    id: str
    title: str
    updated: datetime
    subtitle: str | None = None
    links: tuple[Link, ...] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article, or one thing that happened to an article. `html` is shown through the reader's own sanitizer too."""

    id: str
    title: str
    updated: datetime
    published: PageDate | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    summary: str | None = None
    html: str | None = None
    base: str | None = None
    language: str | None = None
    links: tuple[Link, ...] = ()


def atom(feed: Feed, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The document, entry by entry, in UTF-8: well-formed whatever the pages held."""
    pieces = _Pieces()
    with etree.xmlfile(pieces, encoding="utf-8") as document:
        document.write_declaration()
        with document.element(_atom("feed"), nsmap=_NAMESPACES):
            document.write("\n")
            for element in _feed_elements(feed):
                _write_within(document, element)
            for entry in entries:
                document.write(_entry_element(entry), pretty_print=True)
                document.flush()
                yield pieces.take()
    yield pieces.take() + b"\n"


def _write_within(document: Any, element: Any) -> None:
    """An element without children; written in one piece it would declare the namespaces of the feed once more."""
    with document.element(element.tag, element.attrib):
        document.write(element.text or "")
    document.write("\n")


class _Pieces:
    """What was written and not yet taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._pieces.append(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def _feed_elements(feed: Feed) -> Iterator[Any]:
    yield _element("id", feed.id)
    yield _element("title", feed.title)
    if feed.subtitle:
        yield _element("subtitle", feed.subtitle)
    yield _element("updated", stamp(feed.updated))
    yield _element("generator", "govnews-mirror", version=version("govnews-mirror"))
    if feed.is_complete:
        yield etree.Element(f"{{{HISTORY}}}complete")
    yield from _links(feed.links)


def _entry_element(entry: Entry) -> Any:
    element = _element("entry")
    if entry.language and _LANGUAGE.fullmatch(entry.language):
        element.set(_XML_LANG, entry.language)
    element.extend(_entry_parts(entry))
    return element


def _entry_parts(entry: Entry) -> Iterator[Any]:
    yield _element("id", entry.id)
    yield _element("title", " ".join(entry.title.split()))
    yield _element("updated", stamp(entry.updated))
    if entry.published is not None:
        yield _published(entry.published)
    for name in entry.authors:
        author = _element("author")
        author.append(_element("name", name))
        yield author
    for term in entry.categories:
        yield _element("category", term=term)
    yield from _links(entry.links)
    if entry.summary:
        yield _element("summary", entry.summary)
    if entry.html:
        content = _element("content", entry.html, type="html")
        if entry.base and (base := _address(entry.base)):
            content.set(_XML_BASE, base)
        yield content


def _published(value: PageDate) -> Any:
    """The page's own time with its own offset; of a bare day the day, for which Atom has no element."""
    if isinstance(value, datetime):
        return _element("published", value.isoformat(timespec="seconds").replace("+00:00", "Z"))
    issued = etree.Element(f"{{{DCTERMS}}}issued", nsmap={"dcterms": DCTERMS})
    issued.text = value.isoformat()
    return issued


def _links(links: Iterable[Link]) -> Iterator[Any]:
    for link in links:
        href = _address(link.href)
        if href is None:
            continue
        element = _element("link", rel=link.rel, href=href)
        if link.type and _MIME.fullmatch(link.type):
            element.set("type", link.type)
        if link.length is not None:
            element.set("length", str(link.length))
        if link.title:
            element.set("title", clean(link.title))
        yield element


def _address(url: str) -> str | None:
    """An http(s) address with nothing in it that must be escaped; None for what a reader must not follow."""
    address = quote(clean(url).strip(), safe=_URL_SIGNS)
    return address if address.lower().startswith(("http://", "https://")) else None


def _element(name: str, text: str | None = None, **attributes: str) -> Any:
    cleaned = {key: clean(value) for key, value in attributes.items()}
    element = etree.Element(_atom(name), cleaned, nsmap=_ENTRY_NAMESPACES)
    if text is not None:
        element.text = clean(text)
    return element


def clean(text: str) -> str:
    """Text without the control characters that no XML document may hold, however they are escaped."""
    return _FORBIDDEN.sub("", text)


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"
