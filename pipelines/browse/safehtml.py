"""Stored HTML made safe to show: an allow-list over what the reader has cleaned already, with our own copies in it.

The reader cleans when it reads; a mirror may hold rows of an older reader, or of somebody else's. So nothing that is
shown relies on that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import nh3
from markupsafe import Markup

TAGS = frozenset(
    [
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "code",
        "figure",
        "figcaption",
        "img",
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "sub",
        "sup",
        "span",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    ]
)
ATTRIBUTES: Mapping[str, set[str]] = {
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = frozenset(("http", "https", "mailto"))
MOST_SPAN = 100
"""A cell over more columns than this is the work of somebody who wants a page that no browser can lay out."""

_LOST_PICTURE = re.compile(r'<img(?: alt="(?P<alt>[^"]*)")?>')
"""As nh3 writes a picture that the allow-list left no address."""

_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F])
_CONTROLS = dict.fromkeys((*range(9), 11, *range(14, 32), *range(127, 160)), 65533)


def plain(text: object) -> str:
    """A text without the signs that turn what stands after them around, or that do not print."""
    return str(text).translate(_BIDI).translate(_CONTROLS)


def safe_html(html: str, kept: Mapping[str, str], *, keeps_pictures: bool = False) -> Markup:
    """The HTML through the allow-list, without scripts, styles, forms, frames and SVG.

    Args:
        html: as it is stored, with absolute addresses.
        kept: the pages and files that the mirror has of these addresses, each as a path of this server. Pictures come
            from there or not at all; a link to a page or file that is kept leads there.
        keeps_pictures: whether a picture that is not kept stays, with its address on the web.
    """

    def attribute(_tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return kept.get(value) or (web_address(value) if keeps_pictures else None)
        if name == "href":
            return kept.get(value) or (value if urlsplit_or_none(value) in SCHEMES else None)
        if name in {"colspan", "rowspan", "start"}:
            return value if value.isascii() and value.isdigit() and int(value[:9]) <= MOST_SPAN else None
        return plain(value)

    cleaned = nh3.clean(
        html.translate(_BIDI).translate(_CONTROLS),
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=attribute,
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    cleaned = _LOST_PICTURE.sub(_stand_in, cleaned)
    return Markup(cleaned)  # noqa: S704  # this is the one place where stored HTML becomes markup: after the allow-list


def _stand_in(picture: re.Match[str]) -> str:
    """What stands for a picture without an address: a sign, and the words that it has for those who cannot see it."""
    words = (picture["alt"] or "").replace("<", "&lt;").replace(">", "&gt;")
    return f'<span class="lost-picture">▨ {words}</span>'


def urlsplit_or_none(address: str) -> str | None:
    """The scheme of an address in lower case; None for one that cannot be split."""
    try:
        return urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return None


def web_address(address: str | None) -> str | None:
    """An address that a link may lead to: http or https; None for any other (`javascript:`, `data:` …)."""
    return address if address and urlsplit_or_none(address) in {"http", "https"} else None
