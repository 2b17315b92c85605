"""Everything that the page of one article shows, read from its rows."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from pipelines.articlerecord import COMPARED

Row = Mapping[str, Any]

PREVIEW = 700
"""How many characters of a file's text are shown."""

MOST_LINKS = 300
"""How many links of a body are looked up in the mirror."""

MOST_SHOWN = 500
"""How many files, events, revisions or addresses of one article are shown."""

RASTER = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"))
"""The kinds of picture that a browser only draws; SVG is a document that can carry scripts."""

_LINK = re.compile(r"""href\s*=\s*["']([^"'<>]{1,2000})["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRows:
    """An article and what belongs to it; `kept` are paths of this server by original address."""

    article: Row
    site: Row
    capture: Row | None
    tags: Sequence[str]
    attachments: Sequence[Row]
    images: Sequence[Row]
    revisions: Sequence[Row]
    events: Sequence[Row]
    addresses: Sequence[Row]
    rules: Sequence[Row]
    kept: Mapping[str, str]


def article_rows(db: Database, article: int) -> ArticleRows | None:
    """The article and what belongs to it; None where there is none of this number."""
    row = _first(db, "SELECT * FROM articles WHERE id = ?", article)
    if row is None:
        return None
    attachments = _rows(
        db,
        "SELECT attachments.*, files.bytes, files.mime, files.text_state, files.text_detail, files.pages, "
        f"substr(files.text, 1, {PREVIEW + 1}) AS preview FROM attachments "
        "LEFT JOIN files ON files.sha256 = attachments.sha256 WHERE article = ? "
        "ORDER BY position IS NULL, position, attachments.id",
        article,
    )
    images = _rows(
        db,
        "SELECT images.*, files.bytes, files.mime FROM images LEFT JOIN files ON files.sha256 = images.sha256 "
        "WHERE article = ? AND position IS NOT NULL ORDER BY position",
        article,
    )
    site = _first(db, "SELECT * FROM sites WHERE id = ?", row["site"])
    return ArticleRows(
        article=row,
        site=site or {"id": row["site"], "title": row["site"], "home": ""},
        capture=_first(db, "SELECT * FROM captures WHERE id = ?", row["capture"]),
        tags=[
            tag["name"]
            for tag in _rows(
                db, "SELECT name FROM article_tags JOIN tags ON tags.id = tag WHERE article = ? ORDER BY name", article
            )
        ],
        attachments=attachments,
        images=images,
        revisions=_rows(
            db,
            "SELECT number, kind, read_at, capture, changed FROM article_revisions WHERE article = ? "
            "ORDER BY number DESC",
            article,
        ),
        events=[
            {**event, "details": _details(event["details"])}
            for event in _rows(db, "SELECT * FROM events WHERE article = ? ORDER BY id", article)
        ],
        addresses=_rows(db, "SELECT * FROM article_urls WHERE article = ? ORDER BY first_seen_at, url", article),
        rules=_rows(db, "SELECT field, rule, agrees FROM article_fields WHERE article = ? ORDER BY field", article),
        kept=_kept(db, row["body_html"], attachments, images),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRevisions:
    """A revision of an article and the one before it; `before` is None for the first."""

    article: Row
    after: Row
    before: Row | None


def two_revisions(db: Database, article: int, number: int) -> TwoRevisions | None:
    """The revision and the one before it; None where there is none of this number."""
    row = _first(db, "SELECT id, title, url, site FROM articles WHERE id = ?", article)
    ask = (
        f"SELECT number, kind, read_at, capture, changed, {', '.join(COMPARED)} FROM article_revisions "
        "WHERE article = ? AND number = ?"
    )
    after = next(db.query(ask, [article, number]), None)
    if row is None or after is None:
        return None
    return TwoRevisions(article=row, after=after, before=next(db.query(ask, [article, number - 1]), None))


def _kept(db: Database, body_html: str, attachments: Sequence[Row], images: Sequence[Row]) -> dict[str, str]:
    """Addresses in the body that the mirror has, and where this server shows them."""
    kept = _articles_at(db, [html.unescape(address) for address in _LINK.findall(body_html)])
    kept |= {row["url"]: f"/attachment/{row['id']}" for row in attachments if row["sha256"]}
    return kept | {row["url"]: f"/image/{row['id']}" for row in images if row["mime"] in RASTER}


def _articles_at(db: Database, addresses: Sequence[str]) -> dict[str, str]:
    asked = list(dict.fromkeys(addresses))[:MOST_LINKS]
    if not asked:
        return {}
    marks = ", ".join("?" * len(asked))
    rows = db.execute(f"SELECT url, min(article) FROM article_urls WHERE url IN ({marks}) GROUP BY url", asked)
    return {url: f"/article/{article}" for url, article in rows}


def _details(text: str | None) -> Mapping[str, Any]:
    """What an event says more, as a mapping; an odd text is shown as it is."""
    if not text:
        return {}
    try:
        details = json.loads(text)
    except ValueError:
        return {"details": text}
    return details if isinstance(details, dict) else {"details": details}


def _rows(db: Database, sql: str, key: object) -> list[Row]:
    return list(db.query(f"{sql} LIMIT {MOST_SHOWN}", [key]))


def _first(db: Database, sql: str, key: object) -> Row | None:
    return next(db.query(sql, [key]), None)
