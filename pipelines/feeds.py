"""Atom feeds (RFC 4287) of what is new in the mirror and of what changed: of all of it, of a site, of a search.

    entries = new_entries(db, site="songmau")
    feed = Feed(id=feed_id(db, "new", site="songmau"), title="Huyện Sông Mẫu", updated=latest(entries, now()))
    document = b"".join(atom(feed, entries))

An entry's `id` is a `tag:` URI (RFC 4151) made of what never changes of an article: the host and the day of its first
reading, its site and its identity. A mirror has no domain of its own to mint names in; that host had it on that day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from sqlite_utils import Database

from pipelines.atom import MIME, Entry, Feed, Link, atom, clean
from pipelines.filters import EVERYTHING, Filters
from pipelines.items import Article
from pipelines.search import newest_matches
from pipelines.storedarticles import StoredArticle, StoredFile, named_faults, newest_ids, stored_articles

__all__ = [
    "MIME",
    "ORIGINALS",
    "WORDS",
    "Addresses",
    "Entry",
    "Feed",
    "Link",
    "atom",
    "changed_entries",
    "entries_of",
    "entry_of",
    "feed_id",
    "latest",
    "new_entries",
    "search_entries",
]

SUMMARY_LENGTH = 400
"""Characters of the body that stand for a lead where a page has none."""


_TAG_SIGNS = "-._~!$&'()*+,;=:@/?"
"""What may stand in the specific part of a tag (RFC 4151, section 2.1)."""

WORDS = {
    "edited": "Edited",
    "moved": "Moved to another address",
    "unpublished": "Taken off the site",
    "gone": "Gone from the web",
    "restored": "On the web again",
}
"""What happened to an article, before its title in a feed of changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a feed's links lead; without a server of our own, to the addresses that the pages had.

    `article` gives the address of our own page for an article's id. It is then the entry's `alternate`, and the
    original its `via`. `file` gives the address of a stored attachment; None leaves the original.
    """

    article: Callable[[int], str] | None = None
    file: Callable[[StoredFile], str | None] | None = None


ORIGINALS = Addresses()


def new_entries(
    db: Database, *, site: str | None = None, limit: int = 50, offset: int = 0, addresses: Addresses = ORIGINALS
) -> list[Entry]:
    """The articles that came last into the mirror, newest first."""
    return entries_of(db, newest_ids(db, site=site, limit=limit, offset=offset), addresses=addresses)


def search_entries(
    db: Database,
    words: str,
    within: Filters = EVERYTHING,
    *,
    limit: int = 50,
    offset: int = 0,
    addresses: Addresses = ORIGINALS,
) -> list[Entry]:
    """The articles with all the words that came last into the mirror, newest first; arguments are as in `search`."""
    return entries_of(db, newest_matches(db, words, within, limit=limit, offset=offset), addresses=addresses)


def entries_of(db: Database, articles: Iterable[int], *, addresses: Addresses = ORIGINALS) -> list[Entry]:
    """One entry for each of these articles, in their order."""
    return [entry_of(stored, addresses) for stored in stored_articles(db, articles)]


def changed_entries(
    db: Database,
    *,
    site: str | None = None,
    limit: int = 50,
    offset: int = 0,
    addresses: Addresses = ORIGINALS,
    words: Mapping[str, str] = WORDS,
) -> list[Entry]:
    """What happened last to articles after their first reading, newest first: one entry an event.

    Edits, moves, and articles that were taken off the web or came back, `words` before their titles. A better reading
    of the same page is no event.
    """
    where, values = ("AND articles.site = ?", [site]) if site else ("", [])
    with named_faults():
        rows = db.execute(
            "SELECT events.article, events.at, events.kind, events.details FROM events "
            f"JOIN articles ON articles.id = events.article WHERE events.kind != 'created' {where} "
            "ORDER BY events.id DESC LIMIT ? OFFSET ?",
            [*values, limit, offset],
        ).fetchall()
    known = {stored.id: stored for stored in stored_articles(db, dict.fromkeys(row[0] for row in rows))}
    return [
        _change_of(entry_of(known[article], addresses), at, kind, details, words) for article, at, kind, details in rows
    ]


def latest(entries: Sequence[Entry], otherwise: datetime) -> datetime:
    """When the newest of the entries was updated; `otherwise` where there is none."""
    return max((entry.updated for entry in entries), default=otherwise)


def feed_id(db: Database, kind: str, *, site: str | None = None, words: str | None = None) -> str:
    """A `tag:` URI for a feed of this mirror; it never changes, and no other mirror has it.

    It is made of the mirror's first run. Before that there is no mirror to have a feed of, and any text will do.
    """
    first = db.execute(
        "SELECT home, started_at FROM runs JOIN sites ON sites.id = runs.site ORDER BY runs.id LIMIT 1"
    ).fetchone()
    home, begun = first or ("http://mirror.invalid/", "2000-01-01T00:00:00Z")
    number = re.sub(r"\D", "", begun)
    parts = [number, kind, *(["site", site] if site else []), *(["search", words] if words else [])]
    return _tag(home, datetime.fromisoformat(begun), parts)


def entry_of(stored: StoredArticle, addresses: Addresses = ORIGINALS) -> Entry:
    """An article as an entry of a feed of new articles."""
    article = stored.article
    return Entry(
        id=_tag(stored.first_url, stored.first_seen_at, [stored.site, stored.identity]),
        title=article.title,
        updated=max(stored.first_seen_at, stored.last_changed_at),
        published=article.published_at,
        authors=_authors(stored),
        categories=tuple(dict.fromkeys(filter(None, (article.category, *article.tags)))),
        summary=article.lead or _opening(article),
        html=article.body_html or None,
        base=article.url,
        language=article.language,
        links=(*_page_links(stored, addresses), *_enclosures(stored, addresses)),
    )


def _change_of(entry: Entry, at: str, kind: str, details: str | None, words: Mapping[str, str]) -> Entry:
    told = json.loads(details) if details else {}
    what = [f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in told.items()]
    return replace(
        entry,
        id=f"{entry.id}/{kind}/{re.sub(r'[^0-9]', '', at)}",
        title=f"{words.get(kind, kind)}: {entry.title}",
        updated=datetime.fromisoformat(at),
        categories=(kind, *entry.categories),
        summary="; ".join(what) or entry.summary,
    )


def _authors(stored: StoredArticle) -> tuple[str, ...]:
    """Who wrote it: persons, else the unit, else the site; an entry without an author is not valid."""
    article = stored.article
    persons = [name.strip() for name in (article.author or "").split(";")]
    return tuple(filter(None, persons)) or (article.author_unit or stored.site_title or stored.site,)


def _opening(article: Article) -> str | None:
    text = " ".join(article.body.split())
    if len(text) <= SUMMARY_LENGTH:
        return text or None
    return f"{text[:SUMMARY_LENGTH].rpartition(' ')[0] or text[:SUMMARY_LENGTH]} …"


def _page_links(stored: StoredArticle, addresses: Addresses) -> Iterator[Link]:
    if addresses.article is None:
        yield Link(rel="alternate", href=stored.article.url, type="text/html")
    else:
        yield Link(rel="alternate", href=addresses.article(stored.id), type="text/html")
        yield Link(rel="via", href=stored.article.url)


def _enclosures(stored: StoredArticle, addresses: Addresses) -> Iterator[Link]:
    for file in stored.files:
        own = addresses.file(file) if addresses.file and file.sha256 else None
        yield Link(
            rel="enclosure", href=own or file.url, type=file.mime, length=file.bytes, title=file.filename or file.label
        )


def _tag(url: str, day: datetime, parts: Sequence[str]) -> str:
    specific = "/".join(quote(clean(part), safe=_TAG_SIGNS) for part in parts)
    return f"tag:{_host(url)},{day.astimezone(UTC):%Y-%m-%d}:govnews/{specific}"


def _host(url: str) -> str:
    """The host of an address as DNS spells it."""
    try:
        host = (urlsplit(url).hostname or "").encode("idna").decode("ascii")
    except ValueError:
        host = ""
    return host if re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host) else "unknown.invalid"
