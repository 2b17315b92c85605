"""What RFC 4287 asks of an Atom document, as sentences about what is wrong in one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
"""RFC 3339, section 5.6, with the capital letters that RFC 4287 asks for."""
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+")
TAG = re.compile(
    r"tag:[a-z0-9]([a-z0-9.-]*[a-z0-9])?,\d{4}(-\d\d(-\d\d)?)?:([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*"
)
"""RFC 4151, section 2.1."""
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")

FEED_ONCE = ("id", "title", "updated")
FEED_AT_MOST_ONCE = ("subtitle", "generator", "icon", "logo", "rights")
ENTRY_ONCE = ("id", "title", "updated")
ENTRY_AT_MOST_ONCE = ("published", "summary", "content", "rights", "source")


def parsed(document: bytes) -> Any:
    """The root of a document that any XML parser takes; it must not need to be recovered."""
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False))


def entries_in(document: bytes) -> list[Any]:
    return list(parsed(document).iterchildren(f"{ATOM}entry"))


def text(element: Any, name: str) -> str | None:
    found = element.findtext(ATOM + name)
    return None if found is None else str(found)


def links(element: Any, rel: str) -> list[dict[str, str]]:
    return [dict(link.attrib) for link in element.iterchildren(f"{ATOM}link") if link.get("rel", "alternate") == rel]


def broken_rules(document: bytes) -> list[str]:
    """Every rule that the document breaks; none for a valid one."""
    feed = parsed(document)
    if feed.tag != f"{ATOM}feed":
        return [f"the root is {feed.tag}"]
    entries = list(feed.iterchildren(f"{ATOM}entry"))
    found = list(_counted(feed, FEED_ONCE, FEED_AT_MOST_ONCE)) + list(_common(feed))
    if feed.find(f"{ATOM}author") is None:
        found += [f"{text(entry, 'id')}: no author" for entry in entries if entry.find(f"{ATOM}author") is None]
    same = Counter((text(entry, "id"), text(entry, "updated")) for entry in entries)
    found += [f"{key[0]} stands twice with the same time" for key, number in same.items() if number > 1]
    for entry in entries:
        found += [f"{text(entry, 'id')}: {problem}" for problem in _entry_problems(entry)]
    return found


def _entry_problems(entry: Any) -> Iterator[str]:
    yield from _counted(entry, ENTRY_ONCE, ENTRY_AT_MOST_ONCE)
    yield from _common(entry)
    if entry.find(f"{ATOM}content") is None and not links(entry, "alternate"):
        yield "neither content nor an alternate link"
    content = entry.find(f"{ATOM}content")
    if content is not None and content.get("type") in {"html", "text"} and len(content):
        yield "content of text or html has child elements"


def _counted(element: Any, once: tuple[str, ...], at_most_once: tuple[str, ...]) -> Iterator[str]:
    number = Counter(etree.QName(child).localname for child in element if isinstance(child.tag, str))
    yield from (f"{number[name]} elements {name}" for name in once if number[name] != 1)
    yield from (f"{number[name]} elements {name}" for name in at_most_once if number[name] > 1)


def _common(element: Any) -> Iterator[str]:
    """What feeds and entries share."""
    identity = text(element, "id") or ""
    if not TAG.fullmatch(identity):
        yield f"the id {identity!r} is no tag URI"
    for name in ("updated", "published"):
        value = text(element, name)
        if value is not None and not DATE.fullmatch(value):
            yield f"{name} is {value!r}"
    for person in element.iterchildren(f"{ATOM}author", f"{ATOM}contributor"):
        if not (text(person, "name") or "").strip():
            yield "a person without a name"
    yield from (
        "a category without a term" for one in element.iterchildren(f"{ATOM}category") if "term" not in one.attrib
    )
    yield from _link_problems(element)


def _link_problems(element: Any) -> Iterator[str]:
    alternates: Counter[tuple[str | None, str | None]] = Counter()
    for link in element.iterchildren(f"{ATOM}link"):
        if not IRI.fullmatch(link.get("href", "")):
            yield f"href is {link.get('href')!r}"
        if not MEDIA_TYPE.fullmatch(link.get("type", "a/b")):
            yield f"type is {link.get('type')!r}"
        if not link.get("length", "0").isdigit():
            yield f"length is {link.get('length')!r}"
        if link.get("rel", "alternate") == "alternate":
            alternates[link.get("type"), link.get("hreflang")] += 1
    if any(number > 1 for number in alternates.values()):
        yield "two alternate links of the same type and language"
