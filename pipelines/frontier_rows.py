"""The `links` and `sightings` tables: what is to be fetched and why, and where it was seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.items import FoundLink, LinkKind
from pipelines.settlement import Settlement

Reason = Literal["found", "listing", "walk", "sweep", "revisit", "left", "retry", "full", "asked", "probe"]
"""Why a request is made. `found`: never asked before. `listing`: what every run looks at. `walk`: a further page of a
listing that is not walked far enough yet. `sweep`: a listing page not looked at for long. `revisit`: an article whose
time has come. `left`: an article that left its lists. `retry`: it failed before. `full`, `asked`: as the user asked.
`probe`: robots.txt and other addresses that no page links to."""

PRIORITY: dict[LinkKind, int] = {
    "probe": 0,
    "feed": 1,
    "sitemap": 4,
    "file": 2,
    "article": 3,
    "listing": 4,
    "image": 5,
}
"""What is fetched first. A site may vanish in the middle of a crawl: files and articles before more listings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLink:
    """What the frontier knows of a link whose answer is being committed; `looked_at` is of the last good answer."""

    url: str
    kind: LinkKind
    tries: int
    hops: int
    reason: Reason
    looked_at: str | None


def known_link(db: Database, link: int) -> KnownLink:
    row = db.execute("SELECT url, kind, tries, hops, reason, looked_at FROM links WHERE id = ?", [link]).fetchone()
    return KnownLink(url=row[0], kind=row[1], tries=row[2], hops=row[3], reason=_reason(*row), looked_at=row[5])


def _reason(_url: str, kind: LinkKind, tries: int, _hops: int, reason: Reason, _looked_at: str | None) -> Reason:
    if kind == "probe":
        return "probe"
    return "retry" if tries else reason


def add_links(db: Database, site: str, links: Iterable[FoundLink], *, at: datetime, hops: int = 0) -> None:
    """Add what is new to the frontier; a link that is known keeps its state."""
    moment = stamp(at)
    db.conn.executemany(_ADD_LINK, [_link_row(site, link, hops, moment) for link in links])


def add_link(db: Database, site: str, link: FoundLink, *, at: datetime) -> tuple[int, bool]:
    """The id of a plain GET link, added if it is new; and whether it is."""
    added = db.execute(_ADD_LINK, _link_row(site, link, 0, stamp(at)))
    if added.rowcount:
        return int(added.lastrowid or 0), True
    return find_link(db, site, link.key or link.url)[0], False


_ADD_LINK = (
    "INSERT INTO links (site, method, url, key, body, body_sha256, kind, priority, hops, first_seen_at, section, "
    "page) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


def _link_row(site: str, link: FoundLink, hops: int, moment: str) -> tuple[object, ...]:
    key, digest = link.key or link.url, request_sha256(link)
    asked = (link.method, link.url, key, link.body, digest)
    return (site, *asked, link.kind, PRIORITY[link.kind], hops, moment, link.section, link.page)


def request_sha256(link: FoundLink) -> str:
    """The hash of a request's body, empty for the usual GET, so that the frontier's key is never null."""
    return hashlib.sha256(link.body).hexdigest() if link.body else ""


def add_sightings(db: Database, site: str, listing: str, links: Iterable[FoundLink], *, at: datetime) -> None:
    """Note that `listing` showed these links, with what it printed beside them."""
    moment = stamp(at)
    rows = [
        (
            site,
            link.url,
            link.key or link.url,
            listing,
            link.position,
            link.title,
            link.date_text,
            _day(link),
            moment,
            moment,
        )
        for link in links
        if link.is_listed
    ]
    db.conn.executemany(
        "INSERT INTO sightings (site, url, key, listing, position, title, date_text, listed_date, first_seen_at, "
        "last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET last_seen_at = excluded.last_seen_at, left_at = NULL, "
        "position = excluded.position, title = coalesce(excluded.title, title), "
        "date_text = coalesce(excluded.date_text, date_text), "
        "listed_date = coalesce(excluded.listed_date, listed_date)",
        rows,
    )


def _day(link: FoundLink) -> str | None:
    return link.listed_date.isoformat() if link.listed_date else None


def renew_sightings(db: Database, site: str, listing: str, *, looked_at: str | None, at: datetime) -> None:
    """A listing that did not change (304) shows what it showed when it was last looked at, and no more than that."""
    db.execute(
        "UPDATE sightings SET last_seen_at = ?, left_at = NULL WHERE site = ? AND listing = ? AND last_seen_at = ?",
        [stamp(at), site, listing, looked_at],
    )


def settle_link(
    db: Database, link: int, settlement: Settlement, *, capture: int, at: datetime, kind: LinkKind | None = None
) -> None:
    """Write down what became of a link; `kind` is what the page turned out to be."""
    is_done = settlement.state == "done"
    next_try = stamp(settlement.next_try_at) if settlement.next_try_at else None
    db.execute(
        "UPDATE links SET state = ?, error = ?, next_try_at = ?, tries = CASE WHEN ? THEN 0 ELSE tries + 1 END, "
        "capture = CASE WHEN ? THEN ? ELSE capture END, looked_at = CASE WHEN ? THEN ? ELSE looked_at END, "
        "kind = coalesce(?, kind), priority = coalesce(?, priority) WHERE id = ?",
        [
            settlement.state,
            settlement.error,
            next_try,
            is_done or settlement.is_progress,
            is_done,
            capture,
            is_done,
            stamp(at),
            kind,
            PRIORITY[kind] if kind else None,
            link,
        ],
    )


def note_article(db: Database, link: int, article: int, *, revisit_at: datetime) -> None:
    """The link answered with this article, which is to be looked at again some time."""
    db.execute("UPDATE links SET article = ?, revisit_at = ? WHERE id = ?", [article, stamp(revisit_at), link])


def find_link(db: Database, site: str, key: str) -> tuple[int, str]:
    """(id, state) of the plain GET link of a canonical address that was just added."""
    row = db.execute(
        "SELECT id, state FROM links WHERE site = ? AND method = 'GET' AND key = ? AND body_sha256 = ''", [site, key]
    ).fetchone()
    return int(row[0]), str(row[1])
