"""A list of entries in JSON: where the entries, their addresses, titles and dates stand is the family's `[items]`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lxml import html

from crawler.discover.anchors import MAX_LINKS, tidy
from crawler.read.profile import Addresses, Items
from crawler.sitefile import Site
from crawler.urls import canonical_url, clean_href, is_trap, looks_like_file, request_url
from pipelines.items import FoundLink

_PLACE = re.compile(r"\{([\w.]+)\}")
_LONGEST_TITLE = 2_000


class NoListError(ValueError):
    """The answer is no list of entries, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """What one answer shows."""

    links: tuple[FoundLink, ...]
    last: int | None = None
    """The number of the last page, where the answer says it."""
    total: int | None = None
    """The number of all entries, where the answer says it."""


def read_list(body: bytes, listing: str, *, items: Items, site: Site, addresses: Addresses) -> ShownList:
    """The entries of an answer, each once, in their order; addresses are resolved against that of the listing.

    Raises:
        NoListError: the body is no JSON, or holds no list where the family says that one stands.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise NoListError(f"no JSON: {str(error)[:100]}") from error
    entries = _at(answer, items.list)
    if not isinstance(entries, list):
        raise NoListError(f"no list at {items.list or 'the root'}")
    links = {link.key: link for link in _links(entries[:MAX_LINKS], listing, items, site, addresses)}
    return ShownList(links=tuple(links.values()), last=_count(answer, items.last), total=_count(answer, items.total))


def _links(entries: list[Any], listing: str, items: Items, site: Site, addresses: Addresses) -> Iterator[FoundLink]:
    for position, entry in enumerate(entries, start=1):
        target = clean_href(listing, _address(entry, items.url))
        if target is None or not site.covers(target) or is_trap(target):
            continue
        yield FoundLink(
            url=request_url(target, addresses),
            key=canonical_url(target, addresses),
            kind=looks_like_file(target) or "article",
            is_listed=True,
            title=_plain(_text(entry, items.title)),
            date_text=_text(entry, items.date) or None,
            position=position,
        )


def _address(entry: Any, template: str) -> str:
    if "{" not in template:
        return _text(entry, template)
    return _PLACE.sub(lambda match: quote(_text(entry, match[1]), safe="/"), template)


def _text(entry: Any, path: str) -> str:
    value = _at(entry, path) if path else None
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _count(answer: Any, path: str) -> int | None:
    text = _text(answer, path)
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def _at(value: Any, path: str) -> Any:
    """What stands at a path of keys; None where the path ends before."""
    for step in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _plain(title: str) -> str | None:
    """A title as text: some lists send it as markup."""
    title = title[:_LONGEST_TITLE]
    if "<" in title or "&" in title:
        title = "".join(map(str, html.fromstring(f"<div>{title}</div>").itertext()))
    return tidy(title) or None
