"""Atom feeds of what is new, of what changed, and of a search, with links to the pages of this server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from pipelines.browse.headers import FILES
from pipelines.browse.listing import listed
from pipelines.browse.safehtml import safe_html
from pipelines.browse.visit import Visit, filters_of
from pipelines.clock import now
from pipelines.feeds import (
    MIME,
    Addresses,
    Entry,
    Feed,
    Link,
    atom,
    changed_entries,
    entries_of,
    feed_id,
    latest,
    new_entries,
    search_entries,
)
from pipelines.filters import Filters
from pipelines.storedarticles import StoredFile

ENTRIES = 50


async def feed(datasette: Datasette, request: Request) -> Response:
    """`/feed/new.atom` and `/feed/changed.atom`, of one site with `?site=`; with `?q=`, and filters, of a search."""
    visit = Visit(datasette, request)
    kind, site, words = request.url_vars["kind"], visit.word("site"), visit.word("q")
    filters = filters_of(visit)
    asked = " ".join(filter(None, (words, _narrowed(visit) if kind == "new" else "")))
    addresses = Addresses(article=lambda number: _absolute(visit, f"/article/{number}"), file=_file_address(visit))

    def question(db: Database) -> bytes:
        entries: Sequence[Entry]
        if kind == "changed":
            told = {name: visit.say(f"event_{name}") for name in ("edited", "moved", "unpublished", "gone", "restored")}
            entries = changed_entries(db, site=site, limit=ENTRIES, addresses=addresses, words=told)
        elif words:
            entries = search_entries(db, words, filters, limit=ENTRIES, addresses=addresses)
        elif filters != Filters(site=site):
            chosen = listed(db, filters, limit=ENTRIES).articles
            entries = entries_of(db, [card["id"] for card in chosen], addresses=addresses)
        else:
            entries = new_entries(db, site=site, limit=ENTRIES, addresses=addresses)
        about = Feed(
            id=feed_id(db, kind, site=site, words=asked),
            title=_title(visit, db, kind, site, asked),
            updated=latest(entries, _last_run(db)),
            links=(
                Link(rel="self", href=_absolute(visit, visit.link()), type=MIME),
                Link(rel="alternate", href=_absolute(visit, "/"), type="text/html"),
            ),
        )
        return b"".join(atom(about, map(_cleaned, entries)))

    document = await visit.ask(question)
    return Response(
        document,
        headers={"Content-Security-Policy": FILES, "Cache-Control": "max-age=300"},
        content_type=f"{MIME}; charset=utf-8",
    )


def _narrowed(visit: Visit) -> str:
    """The filters beside the site, as the address has them: two searches that differ in them are two feeds."""
    names = ("since", "until", "unit", "tag", "attachment")
    return " ".join(f"{name}={visit.query[name]}" for name in names if visit.query.get(name))


def _title(visit: Visit, db: Database, kind: str, site: str | None, asked: str) -> str:
    parts = [visit.say("newest" if kind == "new" else "changed")]
    if site:
        row = db.execute("SELECT title FROM sites WHERE id = ?", [site]).fetchone()
        parts.append(row[0] if row else site)
    if asked:
        parts.append(asked)
    return " · ".join(parts)


def _last_run(db: Database) -> datetime:
    """When the mirror last may have changed: a feed without entries is as old as that."""
    row = db.execute("SELECT coalesce(finished_at, started_at) FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    return datetime.fromisoformat(row[0]) if row else now()


def _cleaned(entry: Entry) -> Entry:
    """With its HTML through the allow-list; a feed is read elsewhere, so pictures keep their original address."""
    return replace(entry, html=str(safe_html(entry.html, {}, keeps_pictures=True))) if entry.html else entry


def _file_address(visit: Visit) -> Callable[[StoredFile], str | None]:
    return lambda file: _absolute(visit, f"/file/{file.sha256}") if file.sha256 else None


def _absolute(visit: Visit, path: str) -> str:
    return str(visit.datasette.absolute_url(visit.request, path))
