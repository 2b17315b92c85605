"""The one spider with logic: every site file is a subclass of it that only names its site.

The spider takes its next requests from the committed frontier and yields exactly one item an answer. It reads
pages and finds links through pure functions; what becomes of an item is the pipelines' matter.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urljoin

import scrapy
from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response

from crawler.answers import failed_item, file_item, head_of, why_unreadable
from crawler.asking import Requests
from crawler.contentcoding import decoder_for
from crawler.crawlarchive import archive_of
from crawler.doors import Doors, origin_of
from crawler.frontier import Frontier, Link
from crawler.guard.addresses import AddressRefusedError
from crawler.guard.missing import missing_address
from crawler.guard.pace import HeldTooLongError
from crawler.guard.replaced import ReplacedTexts
from crawler.guard.robots import RobotsPolicy, judge
from crawler.identity import user_agent
from crawler.limit import Limit
from crawler.messages import content_type_of
from crawler.outcome import Outcome, leftover_of, outcome_of
from crawler.pageitems import PageItems
from crawler.read import parse_page
from crawler.sections import placed
from crawler.sitefile import Site
from crawler.sitehistory import has_history, known_character, was_strange, witnesses
from crawler.siterows import publisher_rows, site_row
from crawler.urls import clean_href
from crawler.watch import Watch
from pipelines.alarms import Alarm, alarms_of
from pipelines.clock import now
from pipelines.database import writing
from pipelines.errors import ArchiveError, StoreError
from pipelines.items import Article, Capture, FileItem, FoundLink, PageItem
from pipelines.lock import SiteLock
from pipelines.salvage import has_broken_bodies
from pipelines.store import Store
from pipelines.warcfile import Earlier

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

UNDER_WAY = 8
"""How many links one site has under way: one is fetched, the others wait for their host's turn."""

LEAST_ROOM = 4
"""Only for so many is the frontier asked again: one look for each answer would be most of its work."""

MOST_ROBOTS_HOPS = 5
"""How many redirects of robots.txt are followed (RFC 9309, section 2.3.1.2); after that there are no rules."""

SHORT_FEED = 16 * 1024
"""Bytes of a feed or sitemap, packed perhaps, that are read at once …"""
FEED_READER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feeds")
"""… and the thread that reads longer ones, one after another; the archive has threads of its own."""

PATIENCE = 120.0
"""Seconds that a run waits for a link that is to be tried again; one that is due later waits for the next run."""


class NewsSpider(scrapy.Spider):
    """Crawls one site from its frontier."""

    site: ClassVar[Site]
    store: Store

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider._prepare(settings)  # noqa: SLF001  # our own instance
        spider._open()  # noqa: SLF001  # here, where an error ends the crawl; signal handlers may not raise
        crawler.signals.connect(spider._kept, signals.item_scraped)  # noqa: SLF001  # the same
        crawler.signals.connect(spider._not_kept, signals.item_error)  # noqa: SLF001  # the same
        crawler.signals.connect(spider._unreadable, signals.spider_error)  # noqa: SLF001  # the same
        crawler.signals.connect(spider._closed, signals.spider_closed)  # noqa: SLF001  # the same
        return spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """What the download handler needs to know of the site; the command line may say otherwise."""
        super().update_settings(settings)
        own = {
            "GOVNEWS_SITE": cls.site.name,
            "GOVNEWS_DELAY": cls.site.delay,
            "GOVNEWS_TLS": cls.site.tls,
            "GOVNEWS_WARC_INFO": {"robots": "obey", "site-file-sha256": cls.site.sha256},
        }
        settings.setdict(own, priority="spider")

    def _prepare(self, settings: Any) -> None:
        since = settings["GOVNEWS_SINCE"]
        self._agent = user_agent(settings["GOVNEWS_CONTACT"])
        self.outcome: Outcome | None = None
        self._full = settings.getbool("GOVNEWS_FULL")
        self._retry = settings.getbool("GOVNEWS_RETRY")
        self._any_time = settings.getbool("GOVNEWS_ANY_TIME")
        self._urls = settings.getlist("GOVNEWS_URLS")
        self._limit = Limit(settings.getint("GOVNEWS_LIMIT"))
        self._output = settings["GOVNEWS_OUTPUT"]
        self._clock = settings["GOVNEWS_CLOCK"] or now
        self._since = date.fromisoformat(since) if since else None
        self._doors = Doors(self.site)
        self._items = PageItems(self.site, clock=self._clock, is_full=self._full)
        self._requests = Requests(
            site=self.site, agent=self._agent, proxy=settings["GOVNEWS_PROXY"], failed=self.failed
        )
        self._ready: list[Request] = []
        self._asks_for_nothing = settings.getbool("GOVNEWS_PROBE")
        self._fatal: str | None = None
        self._night_ended: str | None = None
        self._answered = asyncio.Event()

    # The run

    def _open(self) -> None:
        self._lock = SiteLock(self._output, self.site.name)
        self._lock.acquire()
        try:
            self._begin_run()
        except sqlite3.Error as error:
            raise StoreError(f"{self._output}: the database does not take a new run ({error})") from error

    def _begin_run(self) -> None:
        self.store = Store(self._output, clock=self._clock, sweep=self.site.sweep)
        if has_broken_bodies(Path(self._output) / "spool" / self.site.name):
            # They become records before the run begins, so that it finds them with all else that was left.
            archive_of(self.crawler, Path(self._output), self.site.name)
        self._frontier = Frontier(
            self.store.db, self.site.name, clock=self._clock, since=self._since, sweep=self.site.sweep
        )
        self.store.begin_run(site_row(self.site), publisher_rows(self.site), kind="crawl", decoder_for=decoder_for)
        asked = [self._items.link_to(url, "article") for url in self._urls if self.site.covers(url)]
        self._asked = [link.key or link.url for link in asked]
        if not (self._full or self._retry):
            self._doors.let_rest(self.store.db, at=self._clock())
        self._frontier.open(self._seeds(), full=self._full, retry=self._retry, asked=asked)
        known = partial(known_character, self.store.db, self._output, self.site)
        self._watch = Watch(
            self.site,
            known if has_history(self.store.db, self.site) else None,
            witnesses=partial(witnesses, self.store.db, self._output, self.site),
            was_strange=was_strange(self.store.db, self.site),
            replaced=ReplacedTexts(self.store.db, self.site.name),
        )
        if self._watch.awaited is not None:
            self._frontier.insist(self._watch.awaited)

    def earlier_record(self, payload_sha256: str) -> Earlier | None:
        """The archive record that already holds a payload; the download handler asks for it."""
        return self.store.earlier_record(payload_sha256)

    def _seeds(self) -> list[FoundLink]:
        listings = [self._items.link_to(url, "listing") for url in (self.site.home, *self.site.sections)]
        seeds = [*listings, self._items.link_to(urljoin(self.site.home, "/sitemap.xml"), "sitemap")]
        return [placed(seed, shown_by=None) for seed in seeds]

    async def start(self) -> AsyncIterator[Request]:
        """Requests from the frontier, as many as are wanted, until nothing is due and nothing is under way."""
        while self._fatal is None:
            self._answered.clear()
            for request in self._next_requests():
                yield request
            if self._fatal is None and not await self._wait():
                return
        raise CloseSpider(self._fatal)

    def _next_requests(self) -> list[Request]:
        """What can be asked for now; a database that takes no more rows ends the run."""
        try:
            for link in self._take():
                self._ask_for(link)
        except sqlite3.Error as error:
            self._fatal = f"{self._output}: the database takes no more rows ({error})"
            return []
        ready, self._ready = self._ready, []
        return ready

    def _take(self) -> list[Link]:
        room = UNDER_WAY - self._frontier.under_way
        if room < LEAST_ROOM or self._is_night_over():
            return []
        while self._watch.awaited is not None:
            if self._watch.witness is not None:
                self._frontier.revisit(self._watch.witness)
            first = self._frontier.take(1, key=self._watch.awaited)
            if first or self._frontier.under_way:
                return first
            self._watch.not_seen()
            self._heed()
        if self._fatal is not None:
            return []
        if not self._limit.most:
            return self._frontier.take(room)
        pages = min(room, self._limit.room(self._frontier.pages_under_way))
        taken = self._frontier.take(pages) if pages > 0 else []
        return [*taken, *self._frontier.take(room - len(taken), kinds=("file", "image"))]

    def _is_night_over(self) -> bool:
        """Whether the hours have ended in which the site may be crawled; what is under way is waited for."""
        if self._any_time or self.site.may_be_crawled(self._clock()):
            return False
        self._night_ended = f"the site is crawled from {self.site.night} of its own clock only"
        return True

    async def _wait(self) -> bool:
        """Wait for an answer, or for a link that is to be tried again; False when the run is at its end."""
        if self._frontier.under_way:
            await self._answered.wait()
            return True
        due = self._frontier.next_due()
        is_over = self._limit.is_reached or self._is_night_over()
        if due is None or due.total_seconds() > PATIENCE or is_over:
            return False
        # A link that is due now but was not taken is one that `since` leaves for another run.
        if due.total_seconds() <= 0:
            return self._frontier.has_due()
        await asyncio.sleep(due.total_seconds())
        return True

    def _closed(self, reason: str) -> None:
        try:
            self._frontier.close()
            with writing(self.store.db):
                self._doors.note(self.store.db, at=self._clock())
            alarms = self._alarms() if reason == "finished" and not self._fatal else []
        except sqlite3.Error as error:
            self._fatal, alarms = self._fatal or f"{self._output}: the database takes no more rows ({error})", []
        self.outcome = outcome_of(
            reason=self._fatal or reason,
            home=self.site.home,
            store=self.store,
            given_up=self._doors.given_up,
            held=self._doors.held,
            leftover=leftover_of(self.store, resting=self._doors.resting, asked=self._asked),
            is_limited=self._is_limited,
            is_home_asked=not self._urls,
            alarms=alarms,
            night_ended=self._night_ended,
        )
        try:
            self.store.end_run(self.outcome.word, self.outcome.detail, stopped_by=self._stopped_by(reason))
        except sqlite3.Error as error:
            # The disk is full, or gone: the run stays open, and the next one closes it.
            why = self.outcome.detail or f"the end of the run could not be written ({error})"
            self.outcome = Outcome(word="failed", detail=why)
        finally:
            self.store.close()
            self._lock.release()

    @property
    def _is_limited(self) -> bool:
        """Whether the user wanted only a part of what is there."""
        return self._limit.is_reached or self._since is not None

    def _alarms(self) -> list[Alarm]:
        """What of this run looks wrong; one that was cut short is not judged by how much it saw."""
        floor = None if self._is_limited or self._urls or self._night_ended else self.site.floor
        return alarms_of(self.store.db, self.site.name, self.store.run, floor=floor)

    def _stopped_by(self, reason: str) -> str | None:
        if reason == "shutdown":
            return "signal"
        if self._night_ended:
            return "night"
        return "limit" if self._limit.is_reached else None

    # From a link to its request

    def _ask_for(self, link: Link) -> None:
        """Make the link's own request, or first the one for the robots.txt of its host."""
        if self._doors.is_shut(link.url):
            self._leave(link)
        elif self._doors.is_waited_for(link.url):
            self._doors.wait(link)
        elif self._doors.policy(link.url) is not None:
            self._ask_if_allowed(link)
        elif self._doors.wait(link):
            self._ask_for_rules(origin_of(link.url))

    def _ask_if_allowed(self, link: Link) -> None:
        policy = self._doors.policy(link.url)
        if policy is None or self._doors.is_shut(link.url):
            self._leave(link)
        elif not policy.allows(link.url):
            self.store.exclude(link.id, "robots.txt")
            self._leave(link)
        else:
            self._ready.append(self._request(link))

    def _leave(self, link: Link) -> None:
        """The link is not asked for in this run; what the database says of it stands."""
        if self._doors.is_shut(link.url):
            self._frontier.postpone(link.id)
        self._frontier.settle(link.id)
        self._answered.set()

    def _request(self, link: Link) -> Request:
        if link.kind == "article":
            self._limit.count(link.id)
        if link.kind in {"file", "image"}:
            return self._request_of_file(link)
        earlier = self.store.record_of(link.capture) if link.capture else None
        parse = self.parse_feed if link.kind in {"feed", "sitemap"} else self.parse_page
        return self._requests.page(link, parse, earlier=earlier)

    def _request_of_file(self, link: Link) -> Request:
        partial = self.store.partial_of(link.url, good=link.capture)
        if link.capture is not None and not self.store.has_file(link.id):
            # A redirect came, or it was taken for a page: that it is unchanged would bring nothing.
            link = replace(link, capture=None, etag=None, last_modified=None)
        earlier = self.store.record_of(link.capture) if link.capture else None
        return self._requests.file(link, self.parse_file, partial=partial, earlier=earlier)

    def _ask_for_nothing(self, origin: str) -> None:
        """Ask for what cannot exist: what comes back is the host's answer for missing pages."""
        row = self._frontier.probe(FoundLink(url=missing_address(origin), kind="probe"))
        self._ready.append(self._requests.probe(row, self.parse_probe))

    def _ask_for_rules(self, origin: str, url: str = "", *, hops: int = 0) -> None:
        """Ask for the rules of a host, at `url` where they are said to lie elsewhere."""
        row = self._frontier.probe(FoundLink(url=url or f"{origin}/robots.txt", kind="probe"))
        self._ready.append(self._requests.robots(row, self.parse_robots, origin=origin, hops=hops))

    # From an answer to its one item

    def parse(self, response: Response, **kwargs: Any) -> Iterator[PageItem]:
        """Scrapy's default callback; every request of ours names its own."""
        yield from self.parse_page(response, kwargs["link"])

    def parse_page(self, response: Response, link: Link) -> Iterator[PageItem]:
        item = self._doubted(response, link)
        yield item if item.reading else self._items.fill(item, response, link, self._watch)

    async def parse_feed(self, response: Response, link: Link) -> AsyncIterator[PageItem]:
        """A sitemap may have fifty thousand entries, which take seconds: other sites go on meanwhile."""
        item = self._doubted(response, link)
        if item.reading is None:
            fill = partial(self._items.fill, item, response, link, self._watch)
            is_long = len(response.body) > SHORT_FEED
            item = await asyncio.get_running_loop().run_in_executor(FEED_READER, fill) if is_long else fill()
        yield item

    def _doubted(self, response: Response, link: Link) -> PageItem:
        """The item of an answer before it is read; it has a reading already where the answer is not the site's page."""
        capture = self._capture(response, link)
        item = PageItem(link=link.id, capture=capture, redirect=self._items.redirect(capture, link))
        instead = self._watch.instead(item, link, response.body, content_type_of(response), self._items.addresses)
        self._heed()
        return replace(item, reading=instead, redirect=None) if instead else item

    def _heed(self) -> None:
        """Act on what the watch has noticed: end the run, hold a host."""
        self._fatal = self._fatal or self._watch.fatal
        self._doors.hold(self._watch.held)

    def parse_file(self, response: Response, link: Link) -> Iterator[FileItem]:
        capture = self._capture(response, link)
        self._watch.challenge(link.url, response.body or head_of(response.meta.get("spool")))
        self._heed()
        disposition = response.headers.get("Content-Disposition")
        yield file_item(
            link,
            capture,
            spool=response.meta.get("spool"),
            disposition=disposition,
            redirect=self._items.redirect(capture, link),
            whole_sha256=response.meta.get("whole_sha256"),
        )

    def parse_robots(self, response: Response, link: Link) -> Iterator[PageItem]:
        capture = self._capture(response, link)
        origin, hops = response.meta["robots_of"], response.meta["hops"]
        target = clean_href(capture.url, capture.redirect_to) if capture.redirect_to else None
        if target is not None and hops < MOST_ROBOTS_HOPS:
            self._ask_for_rules(origin, target, hops=hops + 1)
            yield PageItem(link=link.id, capture=capture)
            return
        policy = judge(response.status, capture.mime, response.body, agent=self._agent)
        sitemaps = (self._items.link_to(url, "sitemap") for url in policy.sitemaps if self.site.covers(url))
        self._obey(origin, policy)
        yield PageItem(link=link.id, capture=capture, links=tuple(placed(one, shown_by=None) for one in sitemaps))

    def parse_probe(self, response: Response, link: Link) -> Iterator[PageItem]:
        """The host's answer for an address that does not exist."""
        capture = self._capture(response, link)
        is_challenge = self._watch.challenge(link.url, response.body) is not None
        self._heed()
        if response.status == 200 and response.body and not is_challenge:
            page = parse_page(response.body, response.url, content_type=content_type_of(response))
            self._watch.missing.learn_page(page, response.url)
        elif capture.redirect_to:
            self._watch.missing.learn_redirect(response.url, capture.redirect_to)
        self._let_go(origin_of(link.url))
        yield PageItem(link=link.id, capture=capture)

    def _obey(self, origin: str, policy: RobotsPolicy) -> None:
        """Keep a host's rules; the links that waited for them go once it is known what the host calls missing."""
        self._doors.obey(origin, policy)
        if not policy.held:
            self._frontier.reconsider(origin, policy.allows)
        missing = missing_address(origin)
        if self._asks_for_nothing and not policy.held and self.site.covers(origin) and policy.allows(missing):
            self._ask_for_nothing(origin)
            self._answered.set()
        else:
            self._let_go(origin)

    def _let_go(self, origin: str) -> None:
        """The links of a host that waited for its rules."""
        for link in self._doors.those_waiting(origin):
            self._ask_if_allowed(link)
        self._answered.set()

    def _capture(self, response: Response, link: Link) -> Capture:
        """The capture that the download handler made of an answer."""
        retry_header = response.headers.get("Retry-After")
        self._doors.answered(link.url, response.status, retry_header, at=self._clock())
        capture: Capture = response.meta["capture"]
        return capture

    def failed(self, failure: Failure) -> Iterator[PageItem | FileItem]:
        """Nothing came back: the request and its reason are kept, and the link waits for its next try."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it on every errback
        link: Link = request.cb_kwargs["link"]
        if isinstance(failure.value, HeldTooLongError):
            self._doors.give_up(link.url, str(failure.value))
            self._leave(link)
            return
        if isinstance(failure.value, ArchiveError):
            # Bytes that cannot be archived are not asked for: the disk is full, or gone.
            self._fatal = failure.getErrorMessage()
        error = failure.getErrorMessage() or type(failure.value).__name__
        self._doors.silent(link.url, error)
        self._nothing_came(request, link, error if isinstance(failure.value, AddressRefusedError) else None)
        yield failed_item(link, self.site.name, error, at=self._clock())

    def _nothing_came(self, request: Request, link: Link, refused: str | None = None) -> None:
        """What others wait for did not come, or could not be read; `refused`: we do not ask there, and why."""
        if "robots_of" in request.meta:
            policy = judge(None, None, b"", agent=self._agent)
            self._obey(request.meta["robots_of"], replace(policy, held=refused) if refused else policy)
        elif link.kind == "probe":
            self._let_go(origin_of(link.url))
        else:
            self._watch.not_seen()
            self._heed()

    # What the engine says of our items

    def _kept(self, item: PageItem | FileItem) -> None:
        if isinstance(item, PageItem) and isinstance(item.reading, Article):
            self._limit.count(item.link)
        try:
            self._frontier.kept(item.link)
        except sqlite3.Error as error:
            self._fatal = f"{item.capture.url}: the database takes no more rows ({error})"
        self._answered.set()

    def _not_kept(self, item: PageItem | FileItem, failure: Failure) -> None:
        """The store could not commit: nothing more is fetched, since nothing more could be kept."""
        self._fatal = f"{item.capture.url} could not be kept: {failure.getErrorMessage()}"
        self._frontier.settle(item.link)
        self._answered.set()

    def _unreadable(self, failure: Failure, response: Response | None) -> None:
        """A page on which reading broke is kept, counted and named; the crawl goes on."""
        if response is None:
            return  # start() broke, and the engine ends the run
        link: Link = response.request.cb_kwargs["link"]  # type: ignore[union-attr]  # every request of ours has one
        if isinstance(failure.value, sqlite3.Error):
            # Nothing is wrong with the page: its answer lies in the archive, and the next run takes it in.
            self._fatal = f"{link.url} could not be kept: {failure.getErrorMessage()}"
            self._frontier.settle(link.id)
            self._answered.set()
            return
        why = why_unreadable(failure.value)
        capture = self._capture(response, link)
        try:
            if link.kind in {"file", "image"}:
                self.store.commit_file(FileItem(link=link.id, capture=capture, state="failed", error=why))
            else:
                self.store.commit_page(PageItem(link=link.id, capture=capture, unreadable=why))
        except sqlite3.Error as error:
            self._fatal = f"{link.url} could not be kept: {error}"
        self._nothing_came(response.request, link)  # type: ignore[arg-type]  # every response of ours has one
        with suppress(sqlite3.Error):
            self._frontier.kept(link.id)
        self._answered.set()
