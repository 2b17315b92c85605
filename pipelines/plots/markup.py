"""Puts SVG and HTML together from elements; every text is escaped in one place."""

from __future__ import annotations

import re
from html import escape
from typing import NewType

Markup = NewType("Markup", str)
"""Finished markup; a plain `str` is text that must be escaped first."""

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def text(value: str) -> Markup:
    """Escaped text, without the characters that XML 1.0 does not know (section 2.2)."""
    return Markup(escape(_NOT_XML.sub("", value)))


def element(name: str, *inner: Markup, **attributes: str | float | None) -> Markup:
    """One element; attributes that are None are left out, `class_` is `class`, and `_` in a name is `-`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if not inner and name in {"rect", "path", "line", "circle", "use"}:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{''.join(inner)}</{name}>")


def joined(*parts: Markup) -> Markup:
    return Markup("".join(parts))


def shown(value: str | float) -> str:
    """Coordinates with one decimal at most: more is never seen, and decades of months are many bars."""
    if isinstance(value, str):
        return value
    return f"{round(value, 1):g}" if abs(value) < 100_000 else str(round(value))
