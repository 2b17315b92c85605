"""Keeps what came: one item, one transaction.

Everything that came of one request is committed together with the link that asked for it: the capture, the
reading, the links found. Files reach their place on disk before the transaction that names them.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import TypeVar

from sqlite_utils import Database

from pipelines.articlefiles import has_file, is_awaited_of_site
from pipelines.articlerecord import Sighted
from pipelines.articles import Stored, store_article, store_articles, touch_article
from pipelines.checkpoints import Checkpointer
from pipelines.clock import Clock, now, stamp
from pipelines.database import NAME, open_database, prepare_output, writing
from pipelines.earlierrecords import record_holding, record_of
from pipelines.filestore import FileStore
from pipelines.frontier_rows import (
    MOST_HOPS,
    KnownLink,
    Reason,
    Visit,
    add_links,
    add_sightings,
    add_turns,
    are_new,
    known_link,
    renew_sightings,
    settle_link,
)
from pipelines.items import NOT_AN_ARTICLE, Article, Capture, FileItem, NotArticle, PageItem
from pipelines.lifecycle import seen_absent
from pipelines.manifest import seal
from pipelines.partial import Partial, find_partial
from pipelines.recovery import DecoderFor, Leftovers, find_leftovers
from pipelines.redirects import (
    endless_redirect,
    follow_redirect,
    led_astray,
    try_again_from_home,
    wait_at_home,
)
from pipelines.revisits import OLD, first_visit, visit_after
from pipelines.rows import insert_rows, next_id
from pipelines.search import index_article
from pipelines.settlement import BROKEN, PASSING, Settlement, settle, settle_file
from pipelines.summaries import summarise
from pipelines.tally import (
    COUNTERS,
    FOREIGN,
    GUESSED,
    WITHHELD,
    counts_of_answer,
    counts_of_reading,
    counts_of_request,
    kind_of,
    reading_word,
    withheld_from,
)
from pipelines.warcfile import Earlier

SUMMARISED_EVERY = 5.0
"""Seconds after which a crawl's new articles come into the summaries, however few they are."""

_WAITS = "site = ? AND state = 'pending' AND kind != 'probe'"

CAPTURE_COLUMNS = tuple(item.name for item in fields_of(Capture) if item.name not in {"site", "fetched_at"})
_values_of = attrgetter(*CAPTURE_COLUMNS)

_Item = TypeVar("_Item", PageItem, FileItem)


class Store:
    """The mirror in one output folder, with its one writer connection, during one run of one site."""

    def __init__(self, output: Path, *, clock: Clock = now, sweep: timedelta = OLD) -> None:
        prepare_output(output)
        self._sweep = sweep
        self.output = output
        self.clock = clock
        self.db: Database = open_database(output)
        self.files = FileStore(output)
        self._checkpointer = Checkpointer(output / NAME)
        self._summarised_at = float("-inf")
        self.run = 0
        self.site = ""

    def close(self) -> None:
        self._checkpointer.close()
        self.db.close()

    def begin_run(
        self,
        site: Mapping[str, str],
        publishers: Sequence[Mapping[str, str | None]],
        *,
        kind: str,
        decoder_for: DecoderFor | None = None,
    ) -> int:
        """Start a run of a site; one that was killed is closed as interrupted, and what it left is taken in.

        Args:
            site: id, title, home and family, as the `sites` table keeps them.
            publishers: name, valid_from and valid_to of each.
            kind: crawl, import or re-read.
            decoder_for: undoes the content coding of answers that are taken in.
        """
        self.site = site["id"]
        left = find_leftovers(self.db, self.output, self.site, decoder_for=decoder_for)
        at = stamp(self.clock())
        with writing(self.db):
            self.db.table("sites").upsert(dict(site), pk="id")
            for publisher in publishers:
                self.db.table("publishers").upsert({"site": self.site, **publisher}, pk=("site", "name"))
            is_taken_in = self._close_killed(left, at=at)
            cursor = self.db.execute(
                "INSERT INTO runs (site, kind, started_at) VALUES (?, ?, ?)", [self.site, kind, at]
            )
            self.run = int(cursor.lastrowid or 0)
            if not is_taken_in:
                self._take_in(left.captures)
            summarise(self.db)
        return self.run

    def _close_killed(self, left: Leftovers, *, at: str) -> bool:
        """Close the run that was killed, with what it received; False when no run was.

        A run that ended in order is never added to: what it could not commit belongs to the run that finds it.
        """
        killed = self.db.execute(
            "SELECT max(id) FROM runs WHERE site = ? AND finished_at IS NULL", [self.site]
        ).fetchone()[0]
        if killed is None:
            return False
        self.run = killed
        self._take_in(left.captures)
        self.db.execute(
            "UPDATE runs SET finished_at = ?, outcome = 'interrupted', detail = ? "
            "WHERE site = ? AND finished_at IS NULL",
            [at, f"killed; {left}" if str(left) else "killed", self.site],
        )
        seal(self.db, self.site, killed)
        return True

    def _take_in(self, captures: Sequence[Capture]) -> None:
        for capture in captures:
            self._add_capture(capture, reading=None)
            self._count(counts_of_answer(capture))

    def end_run(self, outcome: str, detail: str | None = None, *, stopped_by: str | None = None) -> None:
        """End the run; `stopped_by` says what kept it from going on (`signal`, `night`, `limit`)."""
        with writing(self.db):
            self.db.execute(
                "UPDATE runs SET finished_at = ?, outcome = ?, detail = ?, stopped_by = ? WHERE id = ?",
                [stamp(self.clock()), outcome, detail, stopped_by, self.run],
            )
            summarise(self.db)
            seal(self.db, self.site, self.run)

    def count(self, counter: str) -> int:
        """One of the run's counters so far."""
        return int(self.db.table("runs").get(self.run)[counter])

    def pages_read(self) -> int:
        """How many pages of this run were answered with a page or 304."""
        row = self.db.execute(
            "SELECT count(*) FROM captures WHERE run = ? AND (status = 304 OR reading IS NOT NULL AND reading NOT IN "
            f"({', '.join('?' * len(WITHHELD))}))",
            [self.run, *(f"{NOT_AN_ARTICLE}{reason}" for reason in WITHHELD)],
        ).fetchone()
        return int(row[0])

    def error_at(self, key: str, *, states: Sequence[str] = ("failed", "excluded", "pending")) -> str | None:
        """Why an address gave nothing in its last try; None when it did."""
        row = self.db.execute(
            "SELECT coalesce(error, 'it still waits') FROM links WHERE site = ? AND key = ? "
            f"AND state IN ({', '.join('?' * len(states))})",
            [self.site, key, *states],
        ).fetchone()
        return str(row[0]) if row else None

    def untried(self) -> int:
        """How many links wait that this run did not come to."""
        row = self.db.execute(f"SELECT count(*) FROM links WHERE {_WAITS} AND next_try_at IS NULL", [self.site])
        return int(row.fetchone()[0])

    def put_off(self) -> Iterator[str]:
        """The addresses of the links that wait since they, or their hosts, did not answer."""
        rows = self.db.execute(f"SELECT url FROM links WHERE {_WAITS} AND next_try_at IS NOT NULL", [self.site])
        return (str(url) for (url,) in rows)

    def faulty(self) -> int:
        """How many links this run gave up after faults that may pass, or pages that were not the site's."""
        passing = ", ".join(map(str, sorted(PASSING)))
        broken = ", ".join(f"'{reason}'" for reason in sorted(BROKEN))
        row = self.db.execute(
            "SELECT count(DISTINCT links.id) FROM captures CROSS JOIN links "
            "ON links.site = captures.site AND links.url = captures.url AND links.state = 'failed' "
            f"AND links.kind NOT IN ({', '.join('?' * len(GUESSED))}) WHERE captures.run = ? AND "
            f"(status IS NULL OR status IN ({passing}) OR truncated IN ({broken}) "
            f"OR reading IN ({', '.join('?' * len(FOREIGN))}))",
            [*GUESSED, self.run, *(f"{NOT_AN_ARTICLE}{reason}" for reason in FOREIGN)],
        ).fetchone()
        return int(row[0])

    def earlier_record(self, payload_sha256: str) -> Earlier | None:
        """The record that already holds this payload, so that the archive keeps it once."""
        return record_holding(self.db, self.output, payload_sha256)

    def record_of(self, capture: int) -> Earlier | None:
        """The record of a capture, for a 304 to refer to."""
        return record_of(self.db, capture)

    def has_file(self, link: int) -> bool:
        """Whether what last came for a link is kept as a file."""
        return has_file(self.db, link)

    def partial_of(self, url: str, *, good: int | None) -> Partial | None:
        """What there is of a file whose last answer broke off; `good` is the capture of its last good answer."""
        return find_partial(self.db, self.output, self.site, url, good=good)

    def commit_page(self, item: PageItem, *, at: datetime | None = None) -> None:
        """Commit one page, listing, feed or sitemap with all that was found on it; `at`: now."""
        at = at or self.clock()
        item = _with_followed_redirect(item)
        with writing(self.db):
            link = known_link(self.db, item.link)
            capture = self._add_capture(item.capture, reading=reading_word(item), reason=link.reason)
            withheld = item.doubt or withheld_from(item) or endless_redirect(self.db, self.site, item, link.hops)
            settlement = settle(item.capture, tries=link.tries + 1, at=at, withheld=withheld)
            if link.kind in {"file", "image"}:  # an article named it as one while it was under way as a page
                settlement = Settlement(state="pending")
            stored = self._store_reading(item, capture)
            self._summarise_now_and_then(stored)
            article = stored.article if stored else self._seen_without_reading(item, link, at=at, capture=capture)
            if article is None and settlement.state == "done":
                article = link.article  # it may be back another day
            visit = self._next_visit(article, item if stored and stored.change == "new" else None, at=at)
            kind = kind_of(item, link.kind)
            settle_link(self.db, item.link, settlement, capture=capture, at=at, kind=kind, visit=visit)
            self._follow_redirect(item, link.hops)
            self._turn_pages(item, at=at)
            add_links(self.db, self.site, item.links, at=at)
            add_sightings(self.db, self.site, item.listing or item.capture.url, item.links, at=at)
            self._count(counts_of_request(item.capture, link) | counts_of_reading(item, stored))
        self._checkpointer.committed(1)

    def _summarise_now_and_then(self, stored: Stored | None) -> None:
        """Let what readers of the mirror see first show the new articles of a slow crawl too."""
        if stored and stored.change == "new" and monotonic() - self._summarised_at > SUMMARISED_EVERY:
            summarise(self.db)
            self._summarised_at = monotonic()

    def _turn_pages(self, item: PageItem, *, at: datetime) -> None:
        """Go on through the lists of the page; to be called while what is new on it is not yet in the frontier."""
        if item.turns:
            is_wanted = item.turns_on or are_new(self.db, self.site, (link for link in item.links if link.is_listed))
            swept = at - self._sweep
            add_turns(self.db, self.site, item.turns, at=at, run=self.run, is_wanted=is_wanted, swept=swept)

    def commit_file(self, item: FileItem) -> None:
        """Commit one attachment or image: its bytes are in place before its row says so."""
        at = self.clock()
        path = self._put(item)
        with writing(self.db):
            link = known_link(self.db, item.link)
            item = _with_followed_redirect(led_astray(self.db, self.site, item, link.hops))
            capture = self._add_capture(item.capture, reading=item.state, reason=link.reason)
            settlement = settle_file(item, tries=link.tries + 1, at=at, is_again=self._begins_again(item, capture))
            if link.looked_at and (path is not None or item.redirect is not None):
                wait_at_home(self.db, self.site, item.link)
            settle_link(self.db, item.link, settlement, capture=capture, at=at)
            self._follow_redirect(item, link.hops)
            is_new = path is not None and self._add_file(item, path, capture)
            is_unchanged = item.state == "stored" and path is None
            if item.state != "redirected" and not is_unchanged:
                self._write_file_state(item, settlement, capture)
            failed = item.state not in {"stored", "redirected"}
            self._count(counts_of_request(item.capture, link) | {"files_new": int(is_new), "files_failed": int(failed)})
        if item.spool is not None:
            item.spool.unlink(missing_ok=True)

    def _begins_again(self, item: FileItem, capture: int) -> bool:
        """Whether an answer that broke off is a beginning, and not the first one that this run received."""
        if item.capture.truncated not in BROKEN or item.capture.continues is not None:
            return False
        row = self.db.execute(
            "SELECT EXISTS (SELECT 1 FROM captures WHERE url = ? AND site = ? AND run = ? AND id < ? AND status = 200)",
            [item.capture.url, self.site, self.run, capture],
        ).fetchone()
        return bool(row[0])

    def take_in_pages(self, items: Sequence[PageItem]) -> None:
        """Commit answers of another archive together; nothing was asked for, so no link is settled."""
        with _collecting_later(), writing(self.db):
            captures = self._add_captures([(item.capture, reading_word(item), None) for item in items])
            sighted = (
                self._sighted(item, capture, is_imported=True) for item, capture in zip(items, captures, strict=True)
            )
            counts = Counter(f"articles_{stored.change}" for stored in store_articles(self.db, filter(None, sighted)))
            for item in items:
                counts.update(counts_of_answer(item.capture) | counts_of_reading(item, None))
            self._count(counts)
        self._checkpointer.committed(len(items))

    def take_in_file(self, item: FileItem, capture: int, *, asked: int) -> None:
        """Commit what an answer of another archive, an earlier capture, says of an attachment or image.

        A link that a crawl waits for is asked for all the same: what stood there once is better than nothing, and says
        nothing of what stands there now. `asked` is the capture of the link's own address, if that redirects.
        """
        at = self.clock()
        is_awaited = is_awaited_of_site(self.db, item.link, since=item.capture.fetched_at)
        if item.state != "stored" and is_awaited:
            return
        path = self._put(item)
        with writing(self.db):
            settlement = settle_file(item, tries=1, at=at)
            if not is_awaited:
                settle_link(self.db, item.link, settlement, capture=asked, at=at)
            is_new = path is not None and self._add_file(item, path, capture)
            self._write_file_state(item, settlement, capture)
            self._count({"files_new": int(is_new), "files_failed": int(path is None)})

    def exclude(self, link: int, reason: str) -> None:
        """A link that must not be fetched (robots.txt, a trap) is kept with its reason."""
        with writing(self.db):
            self.db.execute("UPDATE links SET state = 'excluded', error = ? WHERE id = ?", [reason, link])

    def _add_capture(self, capture: Capture, *, reading: str | None, reason: Reason | None = None) -> int:
        return self._add_captures([(capture, reading, reason)])[0]

    def _add_captures(self, answers: Sequence[tuple[Capture, str | None, Reason | None]]) -> range:
        """Add answers with what they were read as and why they were asked for; their numbers."""
        first = next_id(self.db, "captures")
        columns = ("id", "run", "site", "fetched_at", "reading", "reason", *CAPTURE_COLUMNS)
        insert_rows(
            self.db,
            "captures",
            columns,
            (
                (id_, self.run, self.site, stamp(capture.fetched_at), reading, reason, *_values_of(capture))
                for id_, (capture, reading, reason) in enumerate(answers, start=first)
            ),
        )
        return range(first, first + len(answers))

    def _seen_without_reading(self, item: PageItem, link: KnownLink, *, at: datetime, capture: int) -> int | None:
        """What an answer without an article says of the one at its address; its id where it is as it was (304)."""
        url = item.capture.url
        if item.capture.status == 304:
            renew_sightings(self.db, self.site, url, looked_at=link.looked_at, at=at)
            return touch_article(self.db, self.site, url, at=at, capture=capture)
        if withheld_from(item) is None:
            absence = item.reading if isinstance(item.reading, NotArticle) else None
            seen_absent(self.db, self.site, item.capture, absence, at=at, capture=capture)
        return None

    def _next_visit(self, article: int | None, new: PageItem | None, *, at: datetime) -> Visit | None:
        """When to look again at the article that a page shows; `new` is the page if nobody had seen the article."""
        if article is None:
            return None
        published = new.reading.published_at if new and isinstance(new.reading, Article) else None
        if published is not None:
            return Visit(article=article, next_at=first_visit(published, at=at, every=self._sweep))
        return Visit(article=article, next_at=visit_after(self.db, self.site, article, at=at, every=self._sweep))

    def _follow_redirect(self, item: PageItem | FileItem, hops: int) -> None:
        if item.redirect is not None and hops < MOST_HOPS:
            follow_redirect(self.db, self.site, item.redirect, item.link, hops, at=self.clock())

    def _store_reading(self, item: PageItem, capture: int) -> Stored | None:
        """Keep the article that was read, if one was."""
        seen = self._sighted(item, capture)
        return store_article(self.db, seen) if seen else None

    def _sighted(self, item: PageItem, capture: int, *, is_imported: bool = False) -> Sighted | None:
        if item.unreadable is not None or not isinstance(item.reading, Article):
            return None
        return Sighted(
            article=item.reading,
            site=self.site,
            identity=item.identity or item.reading.url,
            run=self.run,
            capture=capture,
            at=item.capture.fetched_at,
            reader_version=item.reader_version,
            fetch_images=item.fetch_images,
            is_imported=is_imported,
            is_cut=item.capture.truncated in BROKEN or item.capture.error is not None,
        )

    def _put(self, item: FileItem) -> str | None:
        """The place of the bytes among the files; None where the item brings none."""
        if item.state != "stored" or item.spool is None or item.sha256 is None:
            return None
        return self.files.put(item.spool, item.sha256, item.extension)

    def _add_file(self, item: FileItem, path: str, capture: int) -> bool:
        cursor = self.db.execute(
            "INSERT INTO files (sha256, path, bytes, mime, first_seen_at, capture) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            [item.sha256, path, item.size, item.mime, stamp(item.capture.fetched_at), capture],
        )
        return cursor.rowcount > 0

    def _write_file_state(self, item: FileItem, settlement: Settlement, capture: int) -> None:
        """The rows of every article that links to this file say how it went; stored bytes are never taken back."""
        next_try = stamp(settlement.next_try_at) if settlement.next_try_at else None
        for table in ("attachments", "images"):
            self.db.execute(
                f"UPDATE {table} SET state = CASE WHEN ? THEN ? ELSE 'pending' END, error = ?, tries = tries + 1, "
                "next_try_at = ?, capture = ?, sha256 = coalesce(?, sha256), filename = coalesce(?, filename) "
                "WHERE link = ? AND (? = 'stored' OR state != 'stored')",
                [
                    settlement.state != "pending",
                    item.state,
                    item.error or settlement.error,
                    next_try,
                    capture,
                    item.sha256 if item.state == "stored" else None,
                    item.filename,
                    item.link,
                    item.state,
                ],
            )
        if settlement.state == "failed" and settlement.next_try_at is not None:
            try_again_from_home(self.db, item.link, item.error or settlement.error, at=self.clock())
        if item.state == "stored" or item.filename:
            for (article,) in self.db.execute("SELECT article FROM attachments WHERE link = ?", [item.link]).fetchall():
                index_article(self.db, article)

    def _count(self, counts: Mapping[str, int]) -> None:
        names = [name for name in COUNTERS if counts.get(name)]
        if names:
            self.db.execute(
                f"UPDATE runs SET {', '.join(f'{name} = {name} + ?' for name in names)} WHERE id = ?",
                [*(counts[name] for name in names), self.run],
            )


def _with_followed_redirect(item: _Item) -> _Item:
    """A redirect that is followed leads to the address that is asked for then, and not to a place within that page."""
    if item.redirect is None or item.redirect.url == item.capture.redirect_to:
        return item
    return replace(item, capture=replace(item.capture, redirect_to=item.redirect.url))


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Keep Python from looking for cycles among thousands of rows that have none: a tenth of the time of a batch."""
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()
