"""The next page of a listing whose pager prints numbers without addresses: a script turns them into a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.discover.pager import is_in_pager
from crawler.urls import clean_href

MOST_LOOKED_AT = 2_000

_NOWHERE = re.compile(r"\s*(?:#.*|javascript:.*)?", re.IGNORECASE | re.DOTALL)


def next_numbered(tree: HtmlElement, url: str, parameter: str) -> str | None:
    """The address of the next page, where the pager has a number that is higher than the page's own."""
    page = _own_number(url, parameter)
    if not any(number > page for number in _numbers(tree)):
        return None
    parts = urlsplit(url)
    others = [piece for piece in parts.query.split("&") if piece and not _is(piece, parameter)]
    return clean_href(url, parts._replace(query="&".join([*others, f"{parameter}={page + 1}"])).geturl())


def _own_number(url: str, parameter: str) -> int:
    values = (piece.partition("=")[2] for piece in urlsplit(url).query.split("&") if _is(piece, parameter))
    return next((int(value) for value in values if value.isdecimal() and len(value) <= 6), 1)


def _is(piece: str, parameter: str) -> bool:
    return piece.partition("=")[0].lower() == parameter.lower()


def _numbers(tree: HtmlElement) -> Iterator[int]:
    """The numbers of a pager that lead to no address of their own."""
    found = tree.xpath("//*[self::a or self::li or self::span or self::button][not(.//a)]")
    for element in found[:MOST_LOOKED_AT] if isinstance(found, list) else []:
        text = " ".join(str(element.text_content()).split())
        if (
            text.isdecimal()
            and len(text) <= 4
            and _NOWHERE.fullmatch(element.get("href") or "")
            and is_in_pager(element)
        ):
            yield int(text)
