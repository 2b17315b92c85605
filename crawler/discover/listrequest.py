"""The next page of a listing that a script of the page asks for: the request, as the family's `[pages]` declares it.

What the request must say (the number of the category, of the site …) stands in a script on the listing's first page.
Later answers, fragments of markup or lists in JSON, do not repeat it, so it is kept with the link (`Turn.values`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from urllib.parse import quote, urlencode

from crawler.read.profile import Pages
from crawler.urls import clean_href

OPTIONAL = frozenset({"last", "total", "size"})
"""Values that a page may leave out."""

LONGEST_VALUE = 2_000
"""Characters of one value; more is no number or name that a request would say."""

_ESCAPED_AND = re.compile(r"&amp;|\\u0026|\\x26")
"""How scripts write the sign between two parameters."""

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """One request, ready to be made."""

    url: str
    method: str
    body: bytes


def values_of(pages: Pages, markup: str) -> dict[str, str] | None:
    """What the listing's own markup says for its requests; None where something that is needed is not there."""
    found: dict[str, str] = {}
    for name, pattern in pages.values.items():
        match = _pattern(pattern).search(markup)
        if match is not None and len(match[1]) <= LONGEST_VALUE:
            found[name] = _ESCAPED_AND.sub("&", match[1])
        elif name not in OPTIONAL:
            return None
    return found


def last_page(values: Mapping[str, str], size: int) -> int | None:
    """The number of the last page, as it is stated or as it follows from the number of entries."""
    if (last := values.get("last", "")).isdecimal():
        return int(last)
    total = values.get("total", "")
    return max(ceil(int(total) / page_size(values, size)), 1) if total.isdecimal() else None


def page_size(values: Mapping[str, str], size: int) -> int:
    """Entries a page."""
    stated = values.get("size", "")
    return int(stated) if stated.isdecimal() and 0 < int(stated) <= 1000 else size


def list_request(pages: Pages, listing: str, page: int, values: Mapping[str, str]) -> ListRequest | None:
    """The request for one page of a list; None where the family's words do not make an address."""
    size = page_size(values, pages.size)
    known = {**values, "page": page, "index": page - 1, "start": (page - 1) * size, "size": size}
    fields = {str(_filled(name, known)): _filled(text, known) for name, text in pages.fields.items()}
    url = clean_href(listing, _address(pages.url, known))
    if url is None:
        return None
    if pages.method == "GET":
        return ListRequest(url=_with_query(url, fields), method="GET", body=b"")
    said = json.dumps(fields, ensure_ascii=False) if pages.encoding == "json" else urlencode(fields)
    return ListRequest(url=url, method="POST", body=said.encode())


def _address(template: str, known: Mapping[str, object]) -> str:
    """The address; where the page states it as a whole it stays as it is."""
    if alone := _PLACE.fullmatch(template):
        return str(known.get(alone[1], ""))
    return _PLACE.sub(lambda match: quote(str(known.get(match[1], "")), safe=""), template)


def _filled(text: str, known: Mapping[str, object]) -> str | int:
    """The text with its places filled; a number stays one, for requests in JSON."""
    if (alone := _PLACE.fullmatch(text)) and isinstance(value := known.get(alone[1]), int):
        return value
    return _PLACE.sub(lambda match: str(known.get(match[1], "")), text)


def _with_query(url: str, fields: Mapping[str, object]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}" if fields else url


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
