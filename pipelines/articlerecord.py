"""What the mirror keeps of one reading of an article: its columns, and the hash that tells one state from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Self

from pipelines.clock import page_time, stamp
from pipelines.items import Article

RECORD = (
    "title",
    "lead",
    "body",
    "body_html",
    "published_at",
    "published_text",
    "modified_at",
    "author",
    "author_unit",
    "byline_text",
    "source",
    "category",
    "language",
    "quality",
    "family",
)
"""The columns that an article and each of its revisions share."""

COMPARED = ("title", "lead", "body", "published_at", "author", "author_unit", "byline_text", "source")
"""What makes a change of the record. Markup, counters, tokens in picture addresses and categories do not."""

_values_of = attrgetter(*RECORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """One reading of an article together with where it comes from."""

    article: Article
    site: str
    identity: str
    run: int
    capture: int
    at: datetime
    reader_version: str
    fetch_images: bool = True
    is_rereading: bool = False
    """Whether an archived page was read again: then nothing was seen of the site."""
    is_imported: bool = False
    """Whether the page comes from another archive: it may be older than what is known of the article."""
    is_cut: bool = False
    """Whether the answer broke off: what it holds is better than nothing, but says nothing of what was there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A sighted article as its rows will keep it: its columns by name, their hash, and when it was seen."""

    seen: Sighted
    record: Mapping[str, Any]
    digest: str
    at: str

    @classmethod
    def of(cls, seen: Sighted) -> Self:
        record = record_of(seen.article)
        files = [(item.url, item.label) for item in seen.article.attachments]
        digest = content_sha256(record, files, seen.article.tags)
        return cls(seen=seen, record=record, digest=digest, at=stamp(seen.at))


def record_of(article: Article) -> dict[str, Any]:
    """The article's columns, dates as text."""
    record = dict(zip(RECORD, _values_of(article), strict=True))
    for name in ("published_at", "modified_at"):
        record[name] = page_time(record[name]) if record[name] is not None else None
    return record


def content_sha256(
    record: Mapping[str, str | None], attachments: Sequence[Sequence[str | None]], tags: Sequence[str]
) -> str:
    """The hash of what an editor would call the article: its text, its date, its people, its files and its tags.

    `attachments` are (url, label) in the order of the page. The hashes lie in mirrors: this may never change.
    """
    texts = [b'["%b", %b]' % (name.encode(), _as_json(record[name])) for name in COMPARED]
    lists = _ENCODER.encode([["attachments", attachments], ["tags", tags]]).encode()
    return hashlib.sha256(b"[%b, %b" % (b", ".join(texts), lists.removeprefix(b"["))).hexdigest()


_ENCODER = json.JSONEncoder(ensure_ascii=False)
_ODD = bytes(set(range(32)) - {ord("\n")})


def _as_json(value: object) -> bytes:
    """As the encoder writes it, which looks at each letter of a text and takes twice as long."""
    if value is None:
        return b"null"
    coded = value.encode() if isinstance(value, str) else None
    if coded is None or len(coded.translate(None, _ODD)) < len(coded):
        return _ENCODER.encode(value).encode()
    return b'"%b"' % coded.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n")
