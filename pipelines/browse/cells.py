"""How Datasette shows our values: sizes that read as sizes, hashes that lead to files, numbers that lead to pages."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from pipelines.browse.safehtml import plain, web_address
from pipelines.browse.wording import Wording

HASHES = frozenset(("payload_sha256", "body_sha256", "request_sha256", "content_sha256"))
TEXTS = frozenset(("body", "body_html", "text", "lead", "before", "after", "manifest"))
MOST_TEXT = 160
"""How many characters of a long text a table shows."""

_ENGLISH = Wording("en")


def cell(value: Any, column: str, table: str | None, row: Any = None) -> Markup | str | None:
    """What to show instead of a value; None leaves it to Datasette."""
    key = value["value"] if isinstance(value, dict) else value
    label = value["label"] if isinstance(value, dict) else value
    if key in (None, ""):
        return None
    if column == "bytes" and isinstance(key, int):
        return Markup('<span title="{}">{}</span>').format(f"{key:,}", _ENGLISH.size(key))
    if column == "sha256":
        return Markup('<a href="/file/{}" title="{}">{}…</a>').format(key, key, str(key)[:12])
    if column in HASHES:
        return Markup('<span title="{}">{}…</span>').format(key, str(key)[:12])
    if column == "article" and isinstance(key, int):
        return Markup('<a href="/article/{}">{}</a>').format(key, _short(label))
    if column == "capture" and isinstance(key, int):
        return Markup('<a href="/capture/{}">{}</a>').format(key, _short(label))
    if column == "title" and table == "articles" and row is not None:
        return Markup('<a href="/article/{}">{}</a>').format(row["id"], _short(key))
    if column in {"title", *TEXTS} and isinstance(key, str):
        return _short(key)
    if isinstance(key, str) and (address := web_address(key)):
        return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(address, _short(key))
    return None


def _short(value: object) -> str:
    text = plain(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
