"""XML from strangers: feeds and sitemaps, parsed without entities, without network, with a cap, and forgivingly.

Entity bombs, documents that are too big and pages that are no XML at all are refused with `FeedError`; markup that is
merely broken is recovered.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from html.entities import html5

from lxml import etree

MAX_BYTES = 50 * 1024 * 1024
"""The sitemap protocol's own limit for one uncompressed file; no feed comes near it."""

_GZIP = b"\x1f\x8b"
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_OF_XML = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})


class FeedError(ValueError):
    """A feed or sitemap that cannot be read, with the reason: no XML, a web page, an entity bomb, too big."""


def parse_untrusted(body: bytes, roots: frozenset[str]) -> etree._Element:
    """The root element of an XML document; FeedError when it is none of `roots` or must not be parsed."""
    if len(body) > MAX_BYTES:
        raise FeedError(f"more than {MAX_BYTES} bytes")
    body = body.lstrip()
    if body[:20].lower().startswith((b"<!doctype html", b"<html", b"<script")):
        raise FeedError("a web page")
    if _ENTITY.search(body.replace(b"\x00", b"")):  # seen through UTF-16 as well
        raise FeedError("declares entities")
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(_NAMED.sub(_numbered, body), parser)
    except etree.XMLSyntaxError as error:
        raise FeedError(f"no XML: {error}") from error
    if root is None:
        raise FeedError("no XML")
    if local_name(root) not in roots:
        raise FeedError(f"begins with <{local_name(root)}>, not with <{'> or <'.join(sorted(roots))}>")
    return root


def is_markup(body: bytes) -> bool:
    """Whether the body begins like XML, in UTF-8 or (told by its mark) in UTF-16."""
    return body.startswith((b"\xff\xfe", b"\xfe\xff")) or body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def inflated(body: bytes) -> bytes:
    """The body, decompressed when it is gzip; FeedError when it is a bomb or broken from the start."""
    if not body.startswith(_GZIP):
        return body
    stream = zlib.decompressobj(wbits=31)
    try:
        text = stream.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise FeedError(f"broken gzip: {error}") from error
    if len(text) > MAX_BYTES:
        raise FeedError(f"decompresses to more than {MAX_BYTES} bytes")
    return text


def local_name(element: etree._Element) -> str:
    """The element's name without namespace or prefix, lower-case; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The element's children of these local names, in the order of the names."""
    for name in names:
        yield from (child for child in element if local_name(child) == name)


def text_of(element: etree._Element, *names: str) -> str | None:
    """The text of the first child of these names that has any, blanks collapsed."""
    texts = (" ".join("".join(map(str, child.itertext())).split()) for child in children(element, *names))
    return next((text for text in texts if text), None)


def _numbered(match: re.Match[bytes]) -> bytes:
    """HTML's named letters are undeclared in XML and would vanish: `&agrave;` becomes `&#224;`."""
    if match[1] in _OF_XML:
        return match[0]
    letters = html5.get(f"{match[1].decode('ascii')};", "")
    return "".join(f"&#{ord(letter)};" for letter in letters).encode("ascii") or match[0]
