"""The spider's side of the `links` table: what to fetch next, and what is under way.

The table is the frontier; nothing of value lives in memory. A link is taken for a request and stays pending in
the database until the transaction that keeps its answer settles it, so a killed crawl goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlite_utils import Database

from crawler.sections import Place
from crawler.walks import Walks
from pipelines.clock import Clock, stamp
from pipelines.database import writing
from pipelines.frontier_rows import PRIORITY, Reason, add_links, find_link, turn_of
from pipelines.items import FoundLink, LinkKind, Turn
from pipelines.settlement import LATER_WAIT

SWEEP = timedelta(days=30)
"""A page of a listing that was not looked at for so long is asked for again, however deep it lies."""

QUIET = timedelta(days=1)
"""Listings without entries and the parts of a sitemap's index are looked at so often at most."""

SHARE, LEAST_SHARE = 10, 20
"""Of the articles whose time has come, a tenth of the site's in one run, or so many if that is more; oldest first."""


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
    looked_at: str | None = None
    """When that one was committed."""
    place: Place | None = None
    """Of a listing, feed or sitemap: the section that it belongs to."""
    turn: Turn | None = None
    """For a page of a listing that has no address of its own."""
    has_article: bool = False
    """Whether an article of the mirror stands at the address."""


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
        self._under_way: dict[int, Link] = {}
        self._walks = Walks(db, site, started=clock(), under_way=self._under_way)

    def open(
        self,
        seeds: Iterable[FoundLink],
        *,
        full: bool = False,
        retry: bool = False,
        asked: Sequence[FoundLink] = (),
    ) -> None:
        """Start a run: seeds and the first page of each listing are asked for, and whatever else is due.

        Args:
            seeds: the home page and what else every run begins with.
            full: every page and file that was ever fetched is asked for again (conditionally).
            retry: every failed page and file is tried again, however long it was to wait.
            asked: only these are asked for, and what waits already.
        """
        at = self._clock()
        with writing(self._db):
            self._reopen("state = 'pending'", {}, reason=None)
            if asked:
                self._reopen_known(asked, reason="asked", at=at)
                return
            self._walks.place_unplaced()
            self._reopen_known(seeds, reason="listing", at=at)
            if full:
                # A key with a fragment is a page without an address of its own: it is asked for from the page before.
                self._reopen("state = 'done' AND kind != 'probe' AND instr(key, '#') = 0", {}, reason="full")
            self._reopen_listings(at)
            self._reopen_articles(at)
            self._reopen(
                "state = 'failed' AND kind != 'probe' "
                "AND (next_try_at <= :at OR :full OR (:retry AND next_try_at IS NOT NULL))",
                {"at": stamp(at), "full": full, "retry": retry},
                reason="retry",
            )

    def _reopen(self, condition: str, values: dict[str, object], *, reason: Reason | None) -> None:
        self._db.execute(
            f"UPDATE links SET state = 'pending', next_try_at = NULL, reason = coalesce(:reason, reason) "
            f"WHERE site = :site AND {condition}",
            {"site": self._site, "reason": reason, **values},
        )

    def _reopen_known(self, links: Iterable[FoundLink], *, reason: Reason, at: datetime) -> None:
        """Ask for these whatever they were last taken for: everything new is found from a home page."""
        links = list(links)
        add_links(self._db, self._site, links, at=at)
        states = "('done')" if reason == "listing" else "('done', 'failed', 'pending')"
        self._db.conn.executemany(
            f"UPDATE links SET state = 'pending', next_try_at = NULL, reason = ? "
            f"WHERE site = ? AND key = ? AND state IN {states}",
            [(reason, self._site, link.key or link.url) for link in links],
        )

    def _reopen_listings(self, at: datetime) -> None:
        """The first page of each section, and pages that nobody looked at for as long as a sweep."""
        first = (
            "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY section ORDER BY page, id) AS place FROM links "
            "WHERE site = :site AND section IS NOT NULL AND kind IN ('listing', 'feed') "
            "AND state IN ('done', 'pending')) WHERE place = 1"
        )
        is_quiet = (
            "looked_at > :quiet AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.site = links.site "
            "AND listing = links.url AND last_seen_at = links.looked_at AND left_at IS NULL) "
            # What has further pages without addresses (the key of each begins with its own and `#`) is a list.
            "AND NOT EXISTS (SELECT 1 FROM links AS turns WHERE turns.site = links.site "
            "AND turns.method IN ('GET', 'POST') AND turns.key >= links.key || '#' AND turns.key < links.key || '$')"
        )
        values: dict[str, object] = {"quiet": stamp(at - QUIET), "swept": stamp(at - self._sweep)}
        self._reopen(f"state = 'done' AND id IN ({first}) AND NOT ({is_quiet})", values, reason="listing")
        self._reopen(
            "state = 'done' AND section IS NOT NULL AND kind = 'sitemap' AND (page = 0 OR looked_at <= :quiet)",
            values,
            reason="listing",
        )
        self._reopen(
            "state = 'done' AND section IS NOT NULL AND kind IN ('listing', 'feed') "
            "AND coalesce(looked_at, '') <= :swept",
            values,
            reason="sweep",
        )

    def _reopen_articles(self, at: datetime) -> None:
        """Ask again for a share of the articles whose time has come; those that left their lists come first."""
        total = self._db.execute("SELECT count(*) FROM articles WHERE site = ?", [self._site]).fetchone()[0]
        self._db.execute(
            "UPDATE links SET state = 'pending', next_try_at = NULL, "
            "reason = CASE reason WHEN 'left' THEN reason ELSE 'revisit' END, revisit_at = NULL WHERE id IN "
            "(SELECT id FROM links WHERE site = :site AND revisit_at <= :at AND state = 'done' AND kind = 'article' "
            "ORDER BY reason != 'left', revisit_at LIMIT :share)",
            {"site": self._site, "at": stamp(at), "share": max(total // SHARE, LEAST_SHARE)},
        )

    def take(self, most: int, *, kinds: Iterable[LinkKind] = tuple(PRIORITY), key: str | None = None) -> list[Link]:
        """Up to `most` links that are due, the most urgent first; they are under way until `settle`.

        With `key`, only the link of that key. With `since`, articles that their listings date earlier are left pending
        for another run.
        """
        taken = self._due(most, kinds, key=key)
        self._under_way.update({link.id: link for link in taken})
        return taken

    def insist(self, key: str) -> None:
        """Ask for a link now, although it failed and was to wait."""
        with writing(self._db):
            self._db.execute(
                "UPDATE links SET state = 'pending', next_try_at = NULL WHERE site = ? AND key = ? AND method = 'GET' "
                "AND state = 'failed'",
                [self._site, key],
            )

    def revisit(self, key: str) -> None:
        """Ask for an article now, although its time has not come; one that waits or is under way is left as it is."""
        with writing(self._db):
            self._db.execute(
                "UPDATE links SET state = 'pending', next_try_at = NULL, reason = 'revisit' "
                "WHERE site = ? AND key = ? AND method = 'GET' AND state = 'done'",
                [self._site, key],
            )

    def has_due(self) -> bool:
        """Whether `take` would find something."""
        return bool(self._due(1, tuple(PRIORITY)))

    def settle(self, link: int) -> None:
        """The link was excluded or postponed, or its answer could not be kept: it is no longer under way."""
        self._under_way.pop(link, None)

    def kept(self, link: int) -> None:
        """The link's answer is committed; the walk of its listing goes on."""
        taken = self._under_way.pop(link, None)
        if self._walks.concern(link):
            with writing(self._db):
                self._walks.kept(link, looked_at=taken.looked_at if taken else None)

    def close(self) -> None:
        """Write down how far the listings were walked, at the end of the run."""
        with writing(self._db):
            self._walks.close(self._clock())

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    @property
    def pages_under_way(self) -> set[int]:
        """The links under way behind which an article may stand."""
        return {link.id for link in self._under_way.values() if link.kind in {"article", "listing"}}

    def _due(self, most: int, kinds: Iterable[LinkKind], *, key: str | None = None) -> list[Link]:
        """Up to `most` links that are due and not under way, the most urgent first."""
        wanted = [kind for kind in kinds if kind != "probe"]
        rows = self._db.execute(
            "SELECT links.id, links.url, links.kind, links.method, links.body, tries, captures.etag, "
            "captures.last_modified, links.capture, looked_at, section, page, links.turn, links.article "
            "FROM links LEFT JOIN captures ON captures.id = links.capture "
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
                most + len(self._under_way),  # which are pending, too
            ],
        )
        return [
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
                looked_at=r[9],
                place=Place(section=r[10], page=r[11]) if r[10] is not None else None,
                turn=turn_of(r[12]),
                has_article=r[13] is not None,
            )
            for r in islice((r for r in rows if r[0] not in self._under_way), most)
        ]

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
        probe = Link(id=row, url=link.url, kind=link.kind, method="GET", body=b"", tries=0)
        self._under_way[row] = probe
        return probe

    def reconsider(self, origin: str, allows: Callable[[str], bool]) -> None:
        """Take back what robots.txt of a host (`http://host`) forbade and now allows."""
        rows = self._db.execute(
            "SELECT id, url FROM links WHERE site = ? AND url >= ? AND url < ? AND state = 'excluded' "
            "AND error = 'robots.txt'",
            [self._site, f"{origin}/", f"{origin}0"],  # `0` is the character after `/`
        ).fetchall()
        allowed = [(link,) for link, url in rows if allows(url)]
        with writing(self._db):
            self._db.conn.executemany("UPDATE links SET state = 'pending', error = NULL WHERE id = ?", allowed)

    def next_due(self) -> timedelta | None:
        """How long until a pending link that waits after a fault is due; None when none waits."""
        row = self._db.execute(
            "SELECT min(next_try_at) FROM links WHERE site = ? AND state = 'pending' AND kind != 'probe'", [self._site]
        ).fetchone()
        if row[0] is None:
            return None
        due = datetime.fromisoformat(row[0])
        return max(due - self._clock(), timedelta(0))
