"""The one spider with logic: every site file is a subclass of it that only names its site.

The spider takes its next requests from the committed frontier and yields exactly one item an answer. It reads
pages and finds links through pure functions; what becomes of an item is the pipelines' matter.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response

from crawler.answers import failed_item, fetchable, file_item, head_of
from crawler.contentcoding import decoder_for
from crawler.discover.feed import FeedError, read_feed
from crawler.discover.links import discover_links
from crawler.discover.listends import ListEnds
from crawler.discover.sitemap import read_sitemap
from crawler.discover.turning import first_turns, numbered_page, read_turn
from crawler.fetch import archive_of
from crawler.frontier import Frontier, Link
from crawler.guard.addresses import AddressRefusedError
from crawler.guard.breaker import Breaker
from crawler.guard.missing import missing_address
from crawler.guard.pace import LONGEST_HOLD, PACER, HeldTooLongError
from crawler.guard.patience import retry_after
from crawler.guard.robots import MAX_BYTES as ROBOTS_BYTES
from crawler.guard.robots import RobotsPolicy, judge
from crawler.identity import user_agent
from crawler.messages import PAGE_CAP, asking_headers, content_type_of, cookies_of, form_headers
from crawler.outcome import Outcome, outcome_of
from crawler.read import parse_page, read_parsed
from crawler.read.dates import read_date
from crawler.read.profile import Addresses, profiles
from crawler.read.version import READER_VERSION
from crawler.sections import Place, placed
from crawler.sitefile import Site, plain_host
from crawler.sitehistory import has_history, known_character, was_strange
from crawler.siterows import publisher_rows, site_row
from crawler.urls import ANY_FAMILY, article_identity, canonical_url, clean_href, is_trap, request_url
from crawler.watch import Watch
from pipelines.alarms import Alarm, alarms_of
from pipelines.clock import now
from pipelines.database import writing
from pipelines.errors import ArchiveError, StoreError
from pipelines.hosts import note_answers, note_rest, resting_hosts
from pipelines.items import Capture, FileItem, FoundLink, LinkKind, NotArticle, PageItem, Turn
from pipelines.lock import SiteLock
from pipelines.partial import Partial
from pipelines.salvage import has_broken_bodies
from pipelines.store import Store
from pipelines.warcfile import Earlier

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

UNDER_WAY = 8
"""How many links one site has under way: one is fetched, the others wait for their host's turn."""

FILE_SECONDS = 600
"""The time that one file may take."""

MOST_ROBOTS_HOPS = 5
"""How many redirects of robots.txt are followed (RFC 9309, section 2.3.1.2); after that there are no rules."""

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
        self._limit = settings.getint("GOVNEWS_LIMIT")
        self._proxy = settings["GOVNEWS_PROXY"]
        self._output = settings["GOVNEWS_OUTPUT"]
        self._clock = settings["GOVNEWS_CLOCK"] or now
        self._since = date.fromisoformat(since) if since else None
        self._robots: dict[str, RobotsPolicy] = {}
        self._waiting: dict[str, list[Link]] = {}
        self._allowed: deque[Link] = deque()
        self._robots_requests: list[Request] = []
        self._resting: dict[str, str] = {}
        self._probes: list[str] = []
        self._breaker = Breaker()
        self._list_ends = ListEnds()
        self._asks_for_nothing = settings.getbool("GOVNEWS_PROBE")
        self._addresses = addresses_of(self.site.family)
        self._fatal: str | None = None
        self._night_ended: str | None = None
        self._pages = 0
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
        asked = [self._link_to(url, "article") for url in self._urls if self.site.covers(url)]
        self._resting = {} if self._full or self._retry else self._hosts_at_rest()
        self._frontier.open(self._seeds(), full=self._full, retry=self._retry, asked=asked)
        known = partial(known_character, self.store.db, self._output, self.site)
        self._watch = Watch(
            self.site,
            known if has_history(self.store.db, self.site) else None,
            was_strange=was_strange(self.store.db, self.site),
        )
        if self._watch.awaited is not None:
            self._frontier.insist(self._watch.awaited)

    def earlier_record(self, payload_sha256: str) -> Earlier | None:
        """The archive record that already holds a payload; the download handler asks for it."""
        return self.store.earlier_record(payload_sha256)

    def _hosts_at_rest(self) -> dict[str, str]:
        """Hosts that did not answer lately; never one of the site's own."""
        resting = resting_hosts(self.store.db, self.site.name, at=self._clock())
        return {host: why for host, why in resting.items() if plain_host(host) not in self.site.hosts_all}

    def _note_hosts(self) -> None:
        """Remember which hosts did not answer, or did not say what they allow."""
        held = {_host(origin): policy.held for origin, policy in self._robots.items() if policy.held}
        silent = held | self._breaker.given_up
        with writing(self.store.db):
            note_answers(self.store.db, self.site.name, self._breaker.answering - silent.keys())
            for host, why in silent.items():
                note_rest(self.store.db, self.site.name, host, why, at=self._clock())

    def _seeds(self) -> list[FoundLink]:
        listings = [self._link_to(url, "listing") for url in (self.site.home, *self.site.sections)]
        seeds = [*listings, self._link_to(urljoin(self.site.home, "/sitemap.xml"), "sitemap")]
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
            asked = [request for link in self._take() for request in self._requests_for(link)]
            allowed = [*self._robots_requests, *(self._request(link) for link in self._allowed)]
            allowed += [self._probe_request(origin) for origin in self._probes]
        except sqlite3.Error as error:
            self._fatal = f"{self._output}: the database takes no more rows ({error})"
            return []
        self._allowed.clear()
        self._robots_requests.clear()
        self._probes.clear()
        return asked + allowed

    def _take(self) -> list[Link]:
        room = UNDER_WAY - self._frontier.under_way
        if self._is_night_over():
            return []
        if self._watch.awaited is not None:
            first = self._frontier.take(1, key=self._watch.awaited)
            if first or self._frontier.under_way:
                return first
            self._watch.not_seen()
            self._heed()
            if self._fatal is not None:
                return []
        if self._is_at_limit:
            return self._frontier.take(room, kinds=("file", "image"))
        return self._frontier.take(room)

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
        is_over = self._is_at_limit or self._is_night_over()
        if due is None or due.total_seconds() > PATIENCE or is_over:
            return False
        # A link that is due now but was not taken is one that `since` leaves for another run.
        if due.total_seconds() <= 0:
            return self._frontier.has_due()
        await asyncio.sleep(due.total_seconds())
        return True

    def _closed(self, reason: str) -> None:
        is_limited = self._is_at_limit or self._since is not None or bool(self._urls)
        try:
            self._frontier.close()
            self._note_hosts()
            alarms = self._alarms(is_limited=is_limited) if reason == "finished" and not self._fatal else []
        except sqlite3.Error as error:
            self._fatal, alarms = self._fatal or f"{self._output}: the database takes no more rows ({error})", []
        self.outcome = outcome_of(
            reason=self._fatal or reason,
            home=self.site.home,
            store=self.store,
            given_up={**self._resting, **self._breaker.given_up},
            held={origin: policy.held for origin, policy in self._robots.items() if policy.held},
            pending=self._frontier.pending(),
            is_limited=is_limited,
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

    def _alarms(self, *, is_limited: bool) -> list[Alarm]:
        """What of this run looks wrong; one that was cut short is not judged by how much it saw."""
        floor = None if is_limited or self._night_ended else self.site.floor
        return alarms_of(self.store.db, self.site.name, self.store.run, floor=floor)

    def _stopped_by(self, reason: str) -> str | None:
        if reason == "shutdown":
            return "signal"
        if self._night_ended:
            return "night"
        return "limit" if self._is_at_limit else None

    @property
    def _is_at_limit(self) -> bool:
        return bool(self._limit and self._pages >= self._limit)

    # From a link to its request

    def _requests_for(self, link: Link) -> Iterator[Request]:
        """The link's own request, or the robots.txt of its host first."""
        host, origin = _host(link.url), _origin(link.url)
        if host in self._breaker.given_up or host in self._resting:
            self._leave(link)
        elif origin in self._waiting:
            self._waiting[origin].append(link)
        elif origin in self._robots:
            yield from self._if_allowed(link)
        else:
            self._waiting[origin] = [link]
            yield self._robots_request(origin)

    def _if_allowed(self, link: Link) -> Iterator[Request]:
        policy = self._robots[_origin(link.url)]
        if policy.held:
            self._leave(link)
        elif not policy.allows(link.url):
            self.store.exclude(link.id, "robots.txt")
            self._leave(link)
        else:
            yield self._request(link)

    def _leave(self, link: Link) -> None:
        """The link is not asked for in this run; what the database says of it stands."""
        host = _host(link.url)
        if host in self._breaker.given_up or host in self._resting or self._robots[_origin(link.url)].held:
            self._frontier.postpone(link.id)
        self._frontier.settle(link.id)
        self._answered.set()

    def _headers(self, link: Link, partial: Partial | None) -> dict[str, str]:
        """What the request says beyond what every request does."""
        if partial is not None:
            return partial.request_headers
        return _validators(link) if link.turn is None else form_headers(link.body, link.turn.cookies)

    def _request(self, link: Link) -> Request:
        is_file = link.kind in {"file", "image"}
        partial = self.store.partial_of(link.url, good=link.capture) if is_file else None
        self._pages += link.kind == "article"
        caps = {"file": self.site.max_file, "image": self.site.max_image}
        return self._prepared(
            Request(
                link.url,
                method=link.method,
                body=link.body,
                headers=self._headers(link, partial),
                callback=self.parse_file if is_file else self.parse_page,
                errback=self.failed,
                cb_kwargs={"link": link},
                meta={
                    "kind": link.kind,
                    "max_bytes": caps.get(link.kind, PAGE_CAP),
                    **({"download_timeout": FILE_SECONDS} if is_file else {}),
                    **({"partial": partial} if partial else {}),
                    **({"earlier": self.store.record_of(link.capture)} if link.capture else {}),
                },
            )
        )

    def _probe_request(self, origin: str) -> Request:
        """Ask for what cannot exist: what comes back is the host's answer for missing pages."""
        url = missing_address(origin)
        row = self._frontier.probe(FoundLink(url=url, kind="probe"))
        meta = {"kind": "probe", "max_bytes": PAGE_CAP}
        return self._prepared(
            Request(url, callback=self.parse_probe, errback=self.failed, cb_kwargs={"link": row}, meta=meta)
        )

    def _robots_request(self, origin: str, url: str = "", *, hops: int = 0) -> Request:
        """Ask for the rules of a host, at `url` where they are said to lie elsewhere."""
        url = url or f"{origin}/robots.txt"
        row = self._frontier.probe(FoundLink(url=url, kind="probe"))
        return self._prepared(
            Request(
                url,
                callback=self.parse_robots,
                errback=self.failed,
                cb_kwargs={"link": row},
                # What follows is ignored in any case, see `judge`.
                meta={"kind": "probe", "max_bytes": 2 * ROBOTS_BYTES, "robots_of": origin, "hops": hops},
            )
        )

    def _prepared(self, request: Request) -> Request:
        for name, value in asking_headers(self._agent).items():
            request.headers.setdefault(name, value)
        request.meta["verbatim_url"] = True
        if self._proxy:
            request.meta["proxy"] = self._proxy
        return request

    # From an answer to its one item

    def parse(self, response: Response, **kwargs: Any) -> Iterator[PageItem]:
        """Scrapy's default callback; every request of ours names its own."""
        yield from self.parse_page(response, kwargs["link"])

    def parse_page(self, response: Response, link: Link) -> Iterator[PageItem]:
        capture = self._capture(response, link)
        item = PageItem(link=link.id, capture=capture, redirect=self._redirect(capture, link))
        instead = self._watch.instead(item, link, response.body, content_type_of(response), self._addresses)
        self._heed()
        if instead is not None:
            yield replace(item, reading=instead, redirect=None)
        elif response.status != 200 or not response.body:
            if response.status == 200:
                item = replace(item, reading=NotArticle(url=link.url, reason="empty"))
            yield item
        elif link.kind in {"feed", "sitemap"}:
            yield self._read_feed(item, response, link)
        elif link.turn is not None:
            yield self._read_turn(item, response, link.turn)
        else:
            yield self._read(item, response, link)

    def _heed(self) -> None:
        """Act on what the watch has noticed: end the run, hold a host."""
        self._fatal = self._fatal or self._watch.fatal
        for origin, policy in self._robots.items():
            why = self._watch.held.get(_host(origin))
            if why and policy.held is None:
                self._robots[origin] = replace(policy, held=why)
                self.logger.warning("%s: held for this run: %s", origin, why)

    def _read_feed(self, item: PageItem, response: Response, link: Link) -> PageItem:
        """The entries of a feed or sitemap; many sites answer a page for a sitemap that they do not have."""
        read = read_feed if link.kind == "feed" else read_sitemap
        try:
            found = read(response.body, response.url, self._addresses)
        except FeedError as error:
            reason = f"no {link.kind}"
            return replace(item, reading=NotArticle(url=link.url, reason=reason, detail=str(error)))
        inside = (placed(entry, shown_by=link.place) for entry in found if self.site.covers(entry.url))
        return replace(item, links=self._dated(inside))

    def _read(self, item: PageItem, response: Response, link: Link) -> PageItem:
        capture = item.capture
        page = parse_page(response.body, response.url, content_type=content_type_of(response), family=self.site.family)
        reading = read_parsed(page, fetched_at=capture.fetched_at, site=self.site)
        if (missing := self._watch.missing_page(page, response.url, reading)) is not None:
            return replace(item, reading=missing)  # relative links of such a page lead to ever more of them
        if page.profile is not None:
            self._addresses = page.profile.addresses
        found = discover_links(page.tree, response.url, site=self.site, profile=page.profile)
        if isinstance(reading, NotArticle):
            numbered = numbered_page(page, response.url, self.site)
            further = found.further | {one.key for one in numbered}
            shown = self._list_ends.within(canonical_url(response.url, self._addresses), (*found.links, *numbered))
            links = tuple(placed(one, shown_by=self._place(link), is_further=one.key in further) for one in shown)
            return replace(
                item,
                reading=reading,
                links=self._dated(links),
                turns=first_turns(page, response.url, links, site=self.site, cookies=cookies_of(response)),
                turns_on=self._full,
            )
        return replace(
            item,
            reading=fetchable(reading),
            identity=article_identity(response.url, self._addresses),
            reader_version=READER_VERSION,
            # What an article's page shows beside it ("related news") is no listing of the site.
            links=tuple(placed(replace(one, is_listed=False), shown_by=None) for one in found.links),
            fetch_images=self.site.images,
        )

    def _place(self, link: Link) -> Place:
        """Where a page stands in its listing."""
        return link.place or Place.of(canonical_url(link.url, self._addresses))

    def _read_turn(self, item: PageItem, response: Response, turn: Turn) -> PageItem:
        """A page of a listing that was asked for from the page before it."""
        turned = read_turn(
            response.body,
            response.url,
            turn,
            site=self.site,
            content_type=content_type_of(response),
            cookies=cookies_of(response),
        )
        return replace(
            item,
            reading=turned.reading,
            links=self._dated(turned.links),
            listing=turn.key,
            turns=turned.turns,
            turns_on=self._full,
        )

    def _dated(self, links: Iterable[FoundLink]) -> tuple[FoundLink, ...]:
        return tuple(self._with_day(link) if link.date_text else link for link in links)

    def _with_day(self, link: FoundLink) -> FoundLink:
        read = read_date(link.date_text or "", fetched_at=self._clock(), order=self.site.date_order).published
        return replace(link, listed_date=date(read.year, read.month, read.day) if read else None)

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
            redirect=self._redirect(capture, link),
            whole_sha256=response.meta.get("whole_sha256"),
        )

    def parse_robots(self, response: Response, link: Link) -> Iterator[PageItem]:
        capture = self._capture(response, link)
        origin, hops = response.meta["robots_of"], response.meta["hops"]
        target = clean_href(capture.url, capture.redirect_to) if capture.redirect_to else None
        if target is not None and hops < MOST_ROBOTS_HOPS:
            self._robots_requests.append(self._robots_request(origin, target, hops=hops + 1))
            yield PageItem(link=link.id, capture=capture)
            return
        policy = judge(response.status, capture.mime, response.body, agent=self._agent)
        sitemaps = (self._link_to(url, "sitemap") for url in policy.sitemaps if self.site.covers(url))
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
        self._let_go(_origin(link.url))
        yield PageItem(link=link.id, capture=capture)

    def _obey(self, origin: str, policy: RobotsPolicy) -> None:
        """Keep a host's rules; the links that waited for them go once it is known what the host calls missing."""
        self._robots[origin] = policy
        if policy.held:
            self.logger.warning("%s: held for this run: %s", origin, policy.held)
        else:
            self._frontier.reconsider(origin, policy.allows)
        if policy.crawl_delay:
            PACER.slow_down(_host(origin), policy.crawl_delay)
        missing = missing_address(origin)
        if self._asks_for_nothing and not policy.held and self.site.covers(origin) and policy.allows(missing):
            self._probes.append(origin)
            self._answered.set()
        else:
            self._let_go(origin)

    def _let_go(self, origin: str) -> None:
        """The links of a host that waited for its rules."""
        for link in self._waiting.pop(origin, []):
            for request in self._if_allowed(link):
                assert request.url == link.url  # noqa: S101  # _if_allowed asks for nothing else
                self._allowed.append(link)
        self._answered.set()

    def _capture(self, response: Response, link: Link) -> Capture:
        """The capture that the download handler made; the host answered, and may have asked for patience."""
        host = _host(link.url)
        if self._breaker.answered(host, response.status):
            self.logger.warning("%s is left for a later run: %s", host, self._breaker.given_up[host])
        if response.status in {429, 503}:
            self._be_patient(host, (response.headers.get("Retry-After") or b"").decode("latin-1"))
        capture: Capture = response.meta["capture"]
        return capture

    def _be_patient(self, host: str, header: str) -> None:
        """Retry-After (RFC 9110, section 10.2.3): the pacer waits a short time; after a long one a later run asks."""
        seconds = retry_after(header, at=self._clock())
        if seconds is not None and seconds > LONGEST_HOLD:
            self._breaker.given_up[host] = f"asked to be left alone for {seconds:.0f} s"

    def _redirect(self, capture: Capture, link: Link) -> FoundLink | None:
        """The link that a redirect leads to: pages within the site only, files anywhere."""
        target = clean_href(capture.url, capture.redirect_to) if capture.redirect_to else None
        if target is None or not (link.kind in {"file", "image"} or self.site.covers(target)):
            return None
        if is_trap(target) in {"too long", "path growth"}:
            return None
        return self._link_to(target, link.kind)

    def _link_to(self, url: str, kind: LinkKind) -> FoundLink:
        return FoundLink(url=request_url(url, self._addresses), kind=kind, key=canonical_url(url, self._addresses))

    def failed(self, failure: Failure) -> Iterator[PageItem | FileItem]:
        """Nothing came back: the request and its reason are kept, and the link waits for its next try."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it on every errback
        link: Link = request.cb_kwargs["link"]
        if isinstance(failure.value, HeldTooLongError):
            self._breaker.given_up.setdefault(_host(link.url), str(failure.value))
            self._leave(link)
            return
        if isinstance(failure.value, ArchiveError):
            # Bytes that cannot be archived are not asked for: the disk is full, or gone.
            self._fatal = failure.getErrorMessage()
        error = failure.getErrorMessage() or type(failure.value).__name__
        if self._breaker.failed(_host(link.url), error):
            self.logger.warning("%s does not answer (%s); it is left for a later run", _host(link.url), error)
        self._nothing_came(request, link, error if isinstance(failure.value, AddressRefusedError) else None)
        yield failed_item(link, self.site.name, error, at=self._clock())

    def _nothing_came(self, request: Request, link: Link, refused: str | None = None) -> None:
        """What others wait for did not come, or could not be read; `refused`: we do not ask there, and why."""
        if "robots_of" in request.meta:
            policy = judge(None, None, b"", agent=self._agent)
            self._obey(request.meta["robots_of"], replace(policy, held=refused) if refused else policy)
        elif link.kind == "probe":
            self._let_go(_origin(link.url))
        else:
            self._watch.not_seen()
            self._heed()

    # What the engine says of our items

    def _kept(self, item: PageItem | FileItem) -> None:
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
        why = f"{type(failure.value).__name__}: {failure.getErrorMessage()}"
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


def addresses_of(family: str) -> Addresses:
    """How addresses work in a family that the site file names; `auto` waits for the first page."""
    return next((profile.addresses for profile in profiles() if profile.name == family), ANY_FAMILY)


def _validators(link: Link) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, section 13) from the last good answer."""
    headers = {"If-None-Match": link.etag, "If-Modified-Since": link.last_modified}
    return {name: value for name, value in headers.items() if value}


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
