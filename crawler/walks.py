"""The walks of one run over the site's listings: which page is asked for next, and what a walk leaves in the database.

A run asks for the first page of each section. Each page that is committed is taken into its section's walk, and the
walk asks for the next page until it is over. A list that has its newest entries at its end is known by them: its walk
leaps from the first page to those last ones. A page that failed is waited for no longer than this run; what it hid
comes to light when it answers again, for then every page after it is asked for once more.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from crawler.sections import Place
from crawler.walk import Item, Walk, newest
from pipelines.clock import stamp
from pipelines.settlement import is_dead

_KINDS = "('listing', 'feed')"

_HAS_ADDRESS = "instr(key, '#') = 0"
"""A key with a fragment stands for a page without an address of its own, which is asked for from the page before it."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a section, in the order of the walk: by number, then by the time when it was found."""

    number: int
    link: int
    state: str


@dataclass(slots=True, kw_only=True)
class _Section:
    """A section while it is walked."""

    walk: Walk
    reached: tuple[int, int] = (-1, -1)
    """Number and link of the last page that the walk took in, or passed by."""
    newest_at: tuple[int, int] | None = None
    """Number and link of the page where the newest entries begin, where that is one of the last two."""
    leapt_from: tuple[int, int] | None = None
    """The page after which the walk left pages out, to go on with the newest."""
    waiting: dict[int, list[Item]] = field(default_factory=dict)
    """Pages that came before their turn."""
    has_ended: bool = False
    is_whole: bool = False
    """Whether it ended with the last page."""
    fault: str | None = None
    dropped: list[tuple[str, str]] = field(default_factory=list)
    """(key, listing) of entries that left a page although an older neighbour is still there."""


class Walks:
    """The walks of one site during one run; `under_way` holds the links whose answers are not settled yet."""

    def __init__(self, db: Database, site: str, *, started: datetime, under_way: Container[int] = ()) -> None:
        self._db = db
        self._under_way = under_way
        self._site = site
        self._started = stamp(started)
        self._sections: dict[str, _Section] = {}

    def place_unplaced(self) -> None:
        """Give the listings that have none (whoever found them did not say) the section that their address names."""
        rows = self._db.execute(
            "SELECT id, key FROM links WHERE site = ? AND kind IN ('listing', 'feed', 'sitemap') AND section IS NULL "
            f"AND {_HAS_ADDRESS}",
            [self._site],
        ).fetchall()
        places = [(Place.of(key), link) for link, key in rows]
        self._db.conn.executemany(
            "UPDATE links SET section = ?, page = ? WHERE id = ?",
            [(place.section, place.page, link) for place, link in places],
        )

    def concern(self, link: int) -> bool:
        """Whether a link is, or turned out to be, a page of a listing with nothing left to wait for."""
        row = self._db.execute(
            f"SELECT 1 FROM links WHERE id = ? AND kind IN {_KINDS} AND state != 'pending' AND {_HAS_ADDRESS}", [link]
        ).fetchone()
        return row is not None

    def kept(self, link: int, *, looked_at: str | None) -> None:
        """The answer of a listing's page was committed; inside the caller's transaction.

        Args:
            link: the page's link.
            looked_at: when its last good answer before this one was committed.
        """
        self.place_unplaced()
        name, number, state, url, now_looked_at, error, reason = self._db.execute(
            "SELECT section, page, state, url, looked_at, error, reason FROM links WHERE id = ?", [link]
        ).fetchone()
        section = self._section(name)
        if state == "done":
            section.waiting[link] = self._items(url, now_looked_at)
            section.dropped += [(dropped, url) for dropped in self._dropped(url, looked_at)]
            if reason == "retry":
                self._ask_for_all_after(name, number, link)
        elif is_dead(error):
            section.waiting[link] = []  # the list ends before it
        else:
            self._fail(name, section, f"{url}: {error}")
            section.waiting[link] = []
        self._advance(name, section)

    def close(self, at: datetime) -> None:
        """Write down how the walks ended; inside the caller's transaction."""
        for name, section in self._sections.items():
            self._advance(name, section, is_asking=False)  # a page may have been excluded since
            is_clean = section.has_ended and section.fault is None and not self._has_pending(name)
            self._db.execute(
                "INSERT INTO sections (site, section, walked_at, ended, pages, items_new, fault, clean_at, marks) "
                "VALUES (:site, :section, :at, :ended, :pages, :new, :fault, :clean, :marks) ON CONFLICT DO UPDATE SET "
                "walked_at = :at, ended = :ended, pages = :pages, items_new = :new, fault = :fault, "
                "clean_at = coalesce(:clean, clean_at), marks = CASE WHEN :clean IS NULL THEN marks ELSE :marks END",
                {
                    "site": self._site,
                    "section": name,
                    "at": self._started,
                    "ended": ("end" if section.is_whole else "known") if section.has_ended else None,
                    "pages": section.walk.pages,
                    "new": section.walk.new,
                    "fault": section.fault,
                    "clean": self._started if is_clean else None,
                    "marks": json.dumps(newest(list(section.walk.seen.values())) if is_clean else []),
                },
            )
            self._note_left(name, section, at)

    def _section(self, name: str) -> _Section:
        if name not in self._sections:
            row = self._db.execute(
                "SELECT marks, clean_at IS NULL AND fault IS NOT NULL FROM sections WHERE site = ? AND section = ?",
                [self._site, name],
            ).fetchone()
            marks, to_the_end = (json.loads(row[0]), bool(row[1])) if row else ([], False)
            walk = Walk(marks=frozenset(marks), to_the_end=to_the_end)
            self._sections[name] = _Section(walk=walk, newest_at=self._newest_at_the_end(name, marks))
        return self._sections[name]

    def _newest_at_the_end(self, name: str, marks: Sequence[str]) -> tuple[int, int] | None:
        """Where the newest entries begin, if none of them stands before the last two of at least four pages."""
        pages = self._db.execute(
            f"SELECT page, id FROM links WHERE site = ? AND section = ? AND kind IN {_KINDS} AND state = 'done' "
            "ORDER BY page DESC, id DESC LIMIT 4",
            [self._site, name],
        ).fetchall()
        if len(pages) < 4 or not marks:
            return None
        shown = self._db.execute(
            "SELECT DISTINCT links.page, links.id FROM sightings CROSS JOIN links "
            "ON links.site = sightings.site AND links.url = sightings.listing WHERE sightings.site = ? "
            f"AND sightings.key IN ({', '.join('?' * len(marks))}) AND left_at IS NULL AND links.section = ?",
            [self._site, *marks, name],
        ).fetchall()
        return min(shown) if shown and set(shown) <= set(pages[:2]) else None

    def _advance(self, name: str, section: _Section, *, is_asking: bool = True) -> None:
        """Take in the pages whose turn it is, and ask for the next one unless the walk is over."""
        while not section.has_ended:
            page = self._page_after(name, section.reached)
            if page is None and section.leapt_from and not section.walk.has_come_to_the_marks:
                section.reached, section.leapt_from, section.newest_at = section.leapt_from, None, None
            elif page is None:
                section.has_ended, section.is_whole = True, section.leapt_from is None
            elif page.link in section.waiting:
                section.walk.take_in(section.waiting.pop(page.link))
                section.reached = (page.number, page.link)
            elif page.state == "pending" or page.link in self._under_way:
                return  # it comes by itself
            elif section.walk.is_over:
                section.has_ended = True
            elif page.state == "done" and not is_asking:
                return
            elif page.state == "done" and _may_leap(section, page):
                _leap(section)
            elif page.state == "done":
                self._db.execute(
                    "UPDATE links SET state = 'pending', next_try_at = NULL, reason = 'walk' WHERE id = ?", [page.link]
                )
                return
            else:  # it failed in an earlier run, or may not be asked for
                section.reached = (page.number, page.link)

    def _page_after(self, name: str, reached: tuple[int, int]) -> _Page | None:
        row = self._db.execute(
            f"SELECT page, id, state FROM links WHERE site = ? AND section = ? AND kind IN {_KINDS} "
            "AND (page, id) > (?, ?) ORDER BY page, id LIMIT 1",
            [self._site, name, *reached],
        ).fetchone()
        return _Page(*row) if row else None

    def _items(self, listing: str, looked_at: str) -> list[Item]:
        rows = self._db.execute(
            "SELECT sightings.key, listed_date, coalesce((SELECT min(links.first_seen_at) FROM links WHERE "
            "links.site = sightings.site AND method = 'GET' AND links.key = sightings.key) < ?, 1) FROM sightings "
            "WHERE sightings.site = ? AND listing = ? AND last_seen_at = ? AND left_at IS NULL ORDER BY position",
            [self._started, self._site, listing, looked_at],
        )
        return [Item(key=key, day=day, is_known=bool(is_known)) for key, day, is_known in rows]

    def _dropped(self, listing: str, looked_at: str | None) -> list[str]:
        """Entries that a page showed at its last look and no more, but for those that slid off its end."""
        if looked_at is None:
            return []
        gone = self._db.execute(
            "SELECT key, position FROM sightings WHERE site = ? AND listing = ? AND last_seen_at = ? "
            "AND left_at IS NULL AND position IS NOT NULL",
            [self._site, listing, looked_at],
        ).fetchall()
        stayed = self._db.execute(
            "SELECT count(*) FROM sightings WHERE site = ? AND listing = ? AND last_seen_at > ? "
            "AND first_seen_at <= ? AND left_at IS NULL",
            [self._site, listing, looked_at, looked_at],
        ).fetchone()[0]
        places = {position for _key, position in gone}
        last_that_stayed = max(set(range(1, len(places) + stayed + 1)) - places, default=0)
        return [key for key, position in gone if position < last_that_stayed]

    def _ask_for_all_after(self, name: str, number: int, link: int) -> None:
        """A page that failed before answers now: what slid past it meanwhile stands on the pages after it."""
        self._db.execute(
            f"UPDATE links SET state = 'pending', next_try_at = NULL, reason = 'walk' WHERE site = ? AND section = ? "
            f"AND kind IN {_KINDS} AND state = 'done' AND (page, id) > (?, ?) AND looked_at < ?",
            [self._site, name, number, link, self._started],
        )

    def _fail(self, name: str, section: _Section, fault: str) -> None:
        """Written down at once: a killed run must not forget it."""
        section.fault = fault
        self._db.execute(
            "INSERT INTO sections (site, section, walked_at, fault) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET fault = excluded.fault",
            [self._site, name, self._started, fault],
        )

    def _has_pending(self, name: str) -> bool:
        row = self._db.execute(
            f"SELECT 1 FROM links WHERE site = ? AND section = ? AND kind IN {_KINDS} AND state = 'pending' LIMIT 1",
            [self._site, name],
        ).fetchone()
        return row is not None

    def _note_left(self, name: str, section: _Section, at: datetime) -> None:
        """Mark the entries that left their list; an article that is on no list any more is looked at soon."""
        left = [(key, listing) for key, listing in section.dropped if key not in section.walk.seen]
        keys = {key for key, _listing in left}
        self._db.conn.executemany(
            "UPDATE sightings SET left_at = ? WHERE site = ? AND key = ? AND listing = ?",
            [(stamp(at), self._site, key, listing) for key, listing in left],
        )
        if section.is_whole and section.fault is None:
            keys |= self._unseen_in_whole_walk(name, at)
        self._db.conn.executemany(
            "UPDATE links SET revisit_at = ?, reason = 'left' WHERE site = ? AND method = 'GET' AND key = ? "
            "AND article IS NOT NULL "
            "AND state = 'done' AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.site = links.site "
            "AND sightings.key = links.key AND left_at IS NULL)",
            [(stamp(at), self._site, key) for key in keys],
        )

    def _unseen_in_whole_walk(self, name: str, at: datetime) -> set[str]:
        """What no page of a section shows that was walked from its first page to its last."""
        rows = self._db.execute(
            f"UPDATE sightings SET left_at = ? WHERE site = ? AND left_at IS NULL AND last_seen_at < ? AND listing IN "
            f"(SELECT url FROM links WHERE site = sightings.site AND section = ? AND kind IN {_KINDS}) RETURNING key",
            [stamp(at), self._site, self._started, name],
        ).fetchall()
        return {key for (key,) in rows}


def _may_leap(section: _Section, page: _Page) -> bool:
    """Whether the newest entries lie further on than `page`, and the first page gave no reason to look at all."""
    is_further = section.newest_at is not None and (page.number, page.link) < section.newest_at
    return is_further and section.walk.pages == 1 and not section.walk.new


def _leap(section: _Section) -> None:
    """Go on with the page of the newest entries, and from there to the end."""
    assert section.newest_at is not None  # noqa: S101  # see `_may_leap`
    number, link = section.newest_at
    section.leapt_from, section.reached = section.reached, (number, link - 1)
    section.walk.to_the_end = True
