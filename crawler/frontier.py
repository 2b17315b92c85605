"""The spider's side of the `links` table: what to fetch next, and what is under way.

The table is the frontier; nothing of value lives in memory. A link is taken for a request and stays pending in
the database until the transaction that keeps its answer settles it, so a killed crawl goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from pipelines.clock import Clock, stamp
from pipelines.database import writing
from pipelines.frontier_rows import PRIORITY, add_links, find_link, turn_of
from pipelines.items import FoundLink, LinkKind, Turn
from pipelines.settlement import LATER_WAIT

REVISITED: tuple[LinkKind, ...] = ("listing", "feed", "sitemap")
"""What every crawl asks for again, to see what is new."""


SWEEP = timedelta(days=30)
"""An article that was not seen for so long is asked for again, conditionally."""

SHARE, LEAST_SHARE = 10, 20
"""Of those, a tenth of the site's articles in one run, or so many if that is more: the oldest first."""

PAGE = 16
"""How many links one look into the table brings, beyond those under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One row of the frontier, with the validators of the last good answer."""

    id: int
    url: str
    kind: LinkKind
    method: str
    body: bytes
    tries: int
    etag: str | None = None
    last_modified: str | None = None
    capture: int | None = None
    """The capture of the last good answer."""
    turn: Turn | None = None
    """For a page of a listing that has no address of its own."""


class Frontier:
    """The frontier of one site during one run."""

    def __init__(
        self, db: Database, site: str, *, clock: Clock, since: date | None = None, sweep: timedelta = SWEEP
    ) -> None:
        self._sweep = sweep
        self._db = db
        self._site = site
        self._clock = clock
        self._since = since.isoformat() if since else None
        self._under_way: set[int] = set()

    def open(self, seeds: Iterable[FoundLink], *, full: bool = False) -> None:
        """Start a run: seeds are pending, listings are asked again, failures whose time has come are tried again.

        With `full` every page and file that was ever fetched is asked for again (conditionally).
        """
        at = self._clock()
        kinds = tuple(PRIORITY) if full else REVISITED
        seeds = list(seeds)
        with writing(self._db):
            add_links(self._db, self._site, seeds, at=at)
            # A home page is asked for whatever it was last taken for: everything new is found from it.
            self._db.conn.executemany(
                "UPDATE links SET state = 'pending' WHERE site = ? AND key = ? AND state = 'done'",
                [(self._site, seed.key or seed.url) for seed in seeds],
            )
            self._db.execute(
                f"UPDATE links SET state = 'pending', next_try_at = NULL WHERE site = ? AND state = 'done' "
                # A page without an address of its own is asked for from the page before it.
                f"AND turn IS NULL AND kind IN ({', '.join('?' * len(kinds))})",
                [self._site, *kinds],
            )
            self._reopen_articles(at)
            self._db.execute("UPDATE links SET next_try_at = NULL WHERE site = ? AND state = 'pending'", [self._site])
            self._db.execute(
                "UPDATE links SET state = 'pending', next_try_at = NULL WHERE site = ? AND state = 'failed' "
                "AND (next_try_at <= ? OR ?)",
                [self._site, stamp(at), full],
            )

    def _reopen_articles(self, at: datetime) -> None:
        """Ask again for articles that left their listings, and for a share of those long unseen: are they still there?

        An article is held to have left when the newest look at the listings that showed it no longer did.
        """
        total = self._db.execute("SELECT count(*) FROM articles WHERE site = ?", [self._site]).fetchone()[0]
        vanished = (
            "SELECT article_urls.url FROM article_urls JOIN articles ON articles.id = article "
            "JOIN sightings ON sightings.url = article_urls.url AND sightings.site = articles.site "
            "JOIN links AS listings ON listings.url = sightings.listing AND listings.site = sightings.site "
            "JOIN captures ON captures.id = listings.capture WHERE articles.site = :site "
            "GROUP BY articles.id HAVING max(sightings.last_seen_at < captures.fetched_at) = 1 "
            "AND min(sightings.last_seen_at < captures.fetched_at) = 1 "
            "AND max(articles.last_seen_at) < max(captures.fetched_at)"
        )
        unseen = (
            "SELECT url FROM articles WHERE site = :site AND last_seen_at < :before ORDER BY last_seen_at LIMIT :share"
        )
        values = {"site": self._site, "before": stamp(at - self._sweep), "share": max(total // SHARE, LEAST_SHARE)}
        self._db.execute(
            f"UPDATE links SET state = 'pending', next_try_at = NULL WHERE site = :site AND state = 'done' "
            f"AND kind = 'article' AND (url IN ({vanished}) OR url IN ({unseen}))",
            values,
        )

    def take(self, most: int, *, kinds: Iterable[LinkKind] = tuple(PRIORITY), key: str | None = None) -> list[Link]:
        """Up to `most` links that are due, the most urgent first; they are under way until `settle`.

        With `key`, only the link of that key. With `since`, articles that their listings date earlier are left pending
        for another run.
        """
        taken = self._due(kinds, key=key)[:most]
        self._under_way.update(link.id for link in taken)
        return taken

    def insist(self, key: str) -> None:
        """Ask for a link now, although it failed and was to wait."""
        with writing(self._db):
            self._db.execute(
                "UPDATE links SET state = 'pending', next_try_at = NULL WHERE site = ? AND key = ? AND method = 'GET' "
                "AND state = 'failed'",
                [self._site, key],
            )

    def has_due(self) -> bool:
        """Whether `take` would find something."""
        return bool(self._due(tuple(PRIORITY)))

    def settle(self, link: int) -> None:
        """The link's answer is committed, or the link was excluded: it is no longer under way."""
        self._under_way.discard(link)

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def _due(self, kinds: Iterable[LinkKind], *, key: str | None = None) -> list[Link]:
        """The most urgent links that are due and not under way, a page of them."""
        wanted = [kind for kind in kinds if kind != "probe"]
        rows = self._db.execute(
            "SELECT links.id, links.url, links.kind, links.method, links.body, tries, captures.etag, "
            "captures.last_modified, links.capture, links.turn FROM links "
            "LEFT JOIN captures ON captures.id = links.capture "
            "WHERE links.site = ? AND state = 'pending' AND (next_try_at IS NULL OR next_try_at <= ?) "
            "AND (? IS NULL OR links.key = ?) "
            f"AND links.kind IN ({', '.join('?' * len(wanted))}) AND (? IS NULL OR NOT EXISTS (SELECT 1 FROM sightings "
            "WHERE sightings.site = links.site AND sightings.key = links.key AND listed_date < ?)) "
            "ORDER BY priority, links.id LIMIT ?",
            [
                self._site,
                stamp(self._clock()),
                key,
                key,
                *wanted,
                self._since,
                self._since,
                PAGE + len(self._under_way),
            ],
        )
        links = [
            Link(
                id=r[0],
                url=r[1],
                kind=r[2],
                method=r[3],
                body=r[4],
                tries=r[5],
                etag=r[6],
                last_modified=r[7],
                capture=r[8],
                turn=turn_of(r[9]),
            )
            for r in rows
        ]
        return [link for link in links if link.id not in self._under_way]

    def postpone(self, link: int) -> None:
        """Leave a pending link for a later run: its host does not answer, or is held."""
        at = self._clock() + LATER_WAIT
        with writing(self._db):
            self._db.execute("UPDATE links SET next_try_at = ? WHERE id = ? AND state = 'pending'", [stamp(at), link])

    def probe(self, link: FoundLink) -> Link:
        """The row of a request that is made in any case (robots.txt), under way from now on."""
        with writing(self._db):
            add_links(self._db, self._site, [link], at=self._clock())
            row, _state = find_link(self._db, self._site, link.key or link.url)
        self._under_way.add(row)
        return Link(
            id=row, url=link.url, kind=link.kind, method="GET", body=b"", tries=0, etag=None, last_modified=None
        )

    def next_due(self) -> timedelta | None:
        """How long until a pending link that waits after a fault is due; None when none waits."""
        row = self._db.execute(
            "SELECT min(next_try_at) FROM links WHERE site = ? AND state = 'pending' AND kind != 'probe'", [self._site]
        ).fetchone()
        if row[0] is None:
            return None
        due = datetime.fromisoformat(row[0])
        return max(due - self._clock(), timedelta(0))

    def pending(self) -> int:
        """How many pages and files still wait; pictures, mostly of other hosts, are counted by the report alone."""
        row = self._db.execute(
            "SELECT count(*) FROM links WHERE site = ? AND state = 'pending' AND kind NOT IN ('probe', 'image')",
            [self._site],
        ).fetchone()
        return int(row[0])
