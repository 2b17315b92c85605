"""Writes one article as it was read: the article, its revision, addresses, rules, tags, files and pictures.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlite_utils import Database

from pipelines.clock import day_of, page_time, stamp
from pipelines.frontier_rows import PRIORITY, add_link
from pipelines.items import Article, Attachment, FoundLink, Image, LinkKind
from pipelines.lifecycle import add_event, article_at, article_that_moved_to, seen_alive
from pipelines.search import index_article

Change = Literal["new", "changed", "unchanged"]

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

FILE_STATE = "state, error, next_try_at, capture, sha256, filename"
"""What every row that links to a file says of it."""


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


def store_article(db: Database, seen: Sighted) -> Change:
    """Insert or update the article; an unchanged one changes nothing but `last_seen_at`."""
    record = record_of(seen.article)
    files = [(item.url, item.label) for item in seen.article.attachments]
    digest = content_sha256(record, files, seen.article.tags)
    known = _find(db, seen)
    if known is None:
        article = _insert_article(db, seen, record, digest)
        first = "imported" if seen.is_imported else "seen"
        _add_revision(db, article, seen, record, digest, kind=first, changed=(), number=1)
        _add_parts(db, article, seen)
        add_event(db, article, "created", at=seen.at, capture=seen.capture)
        index_article(db, article)
        return "new"
    article = int(known[0])
    _add_address(db, article, seen)
    if seen.is_imported and _is_older(db, seen, than=int(known[2])):
        return _add_earlier_revision(db, article, seen, record, digest)
    if seen.is_imported:
        _seen_in_archive(db, article, at=seen.at)
    elif not seen.is_rereading:
        seen_alive(db, article, at=seen.at, capture=seen.capture)
    if known[1] == digest:
        return "unchanged"
    before = dict(zip(COMPARED, known[3:], strict=True))
    changed = [name for name in COMPARED if before[name] != record[name]] or ["attachments"]
    kind = "re-read" if _same_bytes(db, int(known[2]), seen.capture) else "edited"
    kind_of_revision = "imported" if seen.is_imported else kind
    _update_article(db, article, seen, record, digest)
    number = _last_revision(db, article) + 1
    _add_revision(db, article, seen, record, digest, kind=kind_of_revision, changed=changed, number=number)
    _forget_parts(db, article)
    _add_parts(db, article, seen)
    index_article(db, article)
    if kind == "edited":
        add_event(db, article, "edited", at=seen.at, capture=seen.capture, details={"changed": changed})
    return "changed"


def _seen_in_archive(db: Database, article: int, *, at: datetime) -> None:
    """Another archive proves when an article was there; it says nothing of whether it is there now."""
    db.execute("UPDATE articles SET last_seen_at = max(last_seen_at, ?) WHERE id = ?", [stamp(at), article])


def _is_older(db: Database, seen: Sighted, *, than: int) -> bool:
    latest = db.execute("SELECT fetched_at FROM captures WHERE id = ?", [than]).fetchone()[0]
    return stamp(seen.at) < str(latest)


def _add_earlier_revision(db: Database, article: int, seen: Sighted, record: dict[str, Any], digest: str) -> Change:
    """An older state of a known article becomes a revision; the article stays what its newest capture says."""
    earlier = db.execute(
        f"SELECT content_sha256, {', '.join(COMPARED)} FROM article_revisions WHERE article = ? ORDER BY number",
        [article],
    ).fetchall()
    if digest in {row[0] for row in earlier}:
        return "unchanged"
    before = dict(zip(COMPARED, earlier[-1][1:], strict=True))
    changed = [name for name in COMPARED if before[name] != record[name]] or ["attachments"]
    number = _last_revision(db, article) + 1
    _add_revision(db, article, seen, record, digest, kind="imported", changed=changed, number=number)
    return "changed"


def _find(db: Database, seen: Sighted) -> Any:
    """The article as it is known: by its identity, by this address, or by an address that redirects to this one."""
    columns = f"id, content_sha256, capture, {', '.join(COMPARED)}"
    known = db.execute(
        f"SELECT {columns} FROM articles WHERE site = ? AND identity = ?", [seen.site, seen.identity]
    ).fetchone()
    if known is not None:
        return known
    at_address = article_at(db, seen.site, seen.article.url)
    moved = None if at_address else article_that_moved_to(db, seen.site, seen.article.url)
    article = at_address[0] if at_address else moved
    if article is None:
        return None
    if moved is not None:
        old = db.execute("SELECT url FROM articles WHERE id = ?", [moved]).fetchone()[0]
        db.execute("UPDATE articles SET url = ? WHERE id = ?", [seen.article.url, moved])
        details: dict[str, object] = {"from": old, "to": seen.article.url}
        add_event(db, moved, "moved", at=seen.at, capture=seen.capture, details=details)
    return db.execute(f"SELECT {columns} FROM articles WHERE id = ?", [article]).fetchone()


def touch_article(db: Database, site: str, url: str, *, at: datetime, capture: int) -> None:
    """A page that did not change (304) is seen again, if an article has that address."""
    known = article_at(db, site, url)
    if known is not None:
        seen_alive(db, known[0], at=at, capture=capture)


def record_of(article: Article) -> dict[str, Any]:
    """The article's columns, dates as text."""
    record = {name: getattr(article, name) for name in RECORD}
    for name in ("published_at", "modified_at"):
        record[name] = page_time(record[name]) if record[name] is not None else None
    return record


def content_sha256(
    record: Mapping[str, str | None], attachments: Sequence[Sequence[str | None]], tags: Sequence[str]
) -> str:
    """The hash of what an editor would call the article: its text, its date, its people, its files and its tags.

    `attachments` are (url, label) in the order of the page. The hashes lie in mirrors: this may never change.
    """
    parts: list[list[object]] = [[name, record[name]] for name in COMPARED]
    parts += [["attachments", attachments], ["tags", tags]]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _insert_article(db: Database, seen: Sighted, record: dict[str, Any], digest: str) -> int:
    row = {
        "site": seen.site,
        "identity": seen.identity,
        "url": seen.article.url,
        "first_seen_at": stamp(seen.at),
    } | _latest(seen, record, digest)
    cursor = db.execute(
        f"INSERT INTO articles ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        list(row.values()),
    )
    article = cursor.lastrowid
    assert article is not None  # noqa: S101  # an INSERT into a rowid table always gives one
    _add_address(db, article, seen)
    return article


def _update_article(db: Database, article: int, seen: Sighted, record: dict[str, Any], digest: str) -> None:
    row = _latest(seen, record, digest)
    if seen.is_rereading or seen.is_imported:
        del row["last_seen_at"], row["state"]
    db.execute(
        f"UPDATE articles SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",
        [*row.values(), article],
    )


def _latest(seen: Sighted, record: dict[str, Any], digest: str) -> dict[str, Any]:
    published = seen.article.published_at
    return record | {
        "published_date": day_of(published).isoformat() if published else None,
        "problems": " ".join(seen.article.problems) or None,
        "reader_version": seen.reader_version,
        "content_sha256": digest,
        "capture": seen.capture,
        "last_seen_at": stamp(seen.at),
        "last_changed_at": stamp(seen.at),
        "state": "live",
    }


def _add_revision(
    db: Database,
    article: int,
    seen: Sighted,
    record: dict[str, Any],
    digest: str,
    *,
    kind: str,
    changed: Sequence[str],
    number: int,
) -> None:
    row = record | {
        "article": article,
        "number": number,
        "kind": kind,
        "run": seen.run,
        "capture": seen.capture,
        "read_at": stamp(seen.at),
        "reader_version": seen.reader_version,
        "content_sha256": digest,
        "changed": " ".join(changed) or None,
    }
    db.execute(
        f"INSERT INTO article_revisions ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
    )


def _last_revision(db: Database, article: int) -> int:
    number = db.execute("SELECT max(number) FROM article_revisions WHERE article = ?", [article]).fetchone()[0]
    return int(number or 0)


def _same_bytes(db: Database, earlier: int, later: int) -> bool:
    if earlier == later:
        return True
    row = db.execute(
        "SELECT count(DISTINCT body_sha256) = 1 AND count(body_sha256) = 2 FROM captures WHERE id IN (?, ?)",
        [earlier, later],
    ).fetchone()
    return bool(row[0])


def _add_address(db: Database, article: int, seen: Sighted) -> None:
    db.execute(
        "INSERT INTO article_urls (article, url, category, first_seen_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [article, seen.article.url, seen.article.category, stamp(seen.at)],
    )


def _forget_parts(db: Database, article: int) -> None:
    """Make room for the parts of a newer reading. A file that left the page keeps its row, without a position."""
    for table in ("article_fields", "article_tags"):
        db.execute(f"DELETE FROM {table} WHERE article = ?", [article])
    for table in ("attachments", "images"):
        db.execute(f"UPDATE {table} SET position = NULL WHERE article = ?", [article])


def _add_parts(db: Database, article: int, seen: Sighted) -> None:
    reading = seen.article
    db.conn.executemany(
        "INSERT INTO article_fields (article, field, rule, agrees) VALUES (?, ?, ?, ?)",
        [(article, name, rule, reading.agrees.get(name)) for name, rule in reading.fields.items()],
    )
    if reading.tags:
        _add_tags(db, article, reading.tags)
    _add_files(db, "attachments", article, seen, [(item.url, _file_columns(item)) for item in reading.attachments])
    _add_files(db, "images", article, seen, [(item.url, _image_columns(item)) for item in reading.images])


def _add_tags(db: Database, article: int, tags: Sequence[str]) -> None:
    db.conn.executemany("INSERT INTO tags (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in tags])
    db.conn.executemany(
        "INSERT INTO article_tags (article, tag) SELECT ?, id FROM tags WHERE name = ?",
        [(article, name) for name in tags],
    )


def _file_columns(item: Attachment) -> dict[str, str | None]:
    return {"label": item.label, "filename": item.filename}


def _image_columns(item: Image) -> dict[str, str | None]:
    return {"caption": item.caption, "credit": item.credit}


def _add_files(
    db: Database,
    table: Literal["attachments", "images"],
    article: int,
    seen: Sighted,
    found: Sequence[tuple[str, dict[str, str | None]]],
) -> None:
    """One row a file, in the order of the page."""
    kind: LinkKind = "image" if table == "images" else "file"
    is_fetched = kind == "file" or seen.fetch_images
    for position, (url, columns) in enumerate(found, start=1):
        wanted = FoundLink(url=url, kind=kind)
        link, is_new = add_link(db, seen.site, wanted, at=seen.at) if is_fetched else (None, True)
        row = {"article": article, "url": url, "link": link, "position": position, **columns}
        updates = ", ".join(f"{name} = excluded.{name}" for name in ("link", "position", *columns))
        db.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "
            f"ON CONFLICT (article, url) DO UPDATE SET {updates}",
            list(row.values()),
        )
        if link is not None and not is_new:
            share_file(db, link, kind)


def share_file(db: Database, link: int, kind: LinkKind, *, is_redirect_followed: bool = False) -> None:
    """Settle what waits for a link as a row that has its file already is; where none has, the link is asked for.

    A link that was followed to another address is done and has no rows; an article that names it later waits for it
    again. `is_redirect_followed` says that we come from there, and must not go back: redirects may run in a circle.
    """
    known = db.execute(
        f"SELECT {FILE_STATE} FROM attachments WHERE link = :link AND state != 'pending' UNION ALL "
        f"SELECT {FILE_STATE} FROM images WHERE link = :link AND state != 'pending' LIMIT 1",
        {"link": link},
    ).fetchone()
    if known is None:
        # The address may have been fetched before anyone knew that it is a file: it is asked for once more, as one.
        db.execute(
            "UPDATE links SET kind = ?, priority = ?, state = 'pending', next_try_at = NULL "
            "WHERE id = ? AND (kind NOT IN ('file', 'image') OR (state = 'done' AND NOT ?))",
            [kind, PRIORITY[kind], link, is_redirect_followed],
        )
        return
    for table in ("attachments", "images"):
        db.execute(
            f"UPDATE {table} SET state = ?, error = ?, next_try_at = ?, capture = ?, sha256 = ?, "
            "filename = coalesce(?, filename) WHERE link = ? AND state = 'pending'",
            [*known, link],
        )
