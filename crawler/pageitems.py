"""From the answer to a page, feed or list to what its one item says: the reading, the links, the lists to turn on.

Nothing here asks for anything or keeps anything; what is remembered for the run is how the site's addresses work and
where its lists end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from scrapy.http import Response

from crawler.answers import NEVER_CAME, fetchable
from crawler.discover.feed import FeedError, read_feed
from crawler.discover.links import discover_links
from crawler.discover.listends import ListEnds
from crawler.discover.sitemap import read_sitemap
from crawler.discover.turning import first_turns, numbered_page, read_turn
from crawler.frontier import Link
from crawler.messages import content_type_of, cookies_of
from crawler.read import parse_page, read_parsed
from crawler.read.dates import read_date
from crawler.read.page import ParsedPage
from crawler.read.profile import Addresses, profiles
from crawler.read.version import READER_VERSION
from crawler.sections import Place, placed
from crawler.sitefile import Site
from crawler.urls import ANY_FAMILY, article_identity, canonical_url, clean_href, is_trap, request_url
from crawler.watch import Watch
from pipelines.clock import Clock
from pipelines.items import Article, Capture, FoundLink, LinkKind, NotArticle, PageItem, Turn


class PageItems:
    """Makes the items of one site during one run.

    Args:
        site: the site.
        clock: tells the time, against which lists print "yesterday".
        is_full: whether every page of every list is asked for again.
    """

    def __init__(self, site: Site, *, clock: Clock, is_full: bool) -> None:
        self._site = site
        self._clock = clock
        self._is_full = is_full
        self._list_ends = ListEnds()
        self.addresses = addresses_of(site.family)
        """How addresses work on the site, as far as the run knows."""

    def link_to(self, url: str, kind: LinkKind) -> FoundLink:
        return FoundLink(url=request_url(url, self.addresses), kind=kind, key=canonical_url(url, self.addresses))

    def redirect(self, capture: Capture, link: Link) -> FoundLink | None:
        """The link that a redirect leads to: pages within the site only, files anywhere."""
        target = clean_href(capture.url, capture.redirect_to) if capture.redirect_to else None
        if target is None or not (link.kind in {"file", "image"} or self._site.covers(target)):
            return None
        if is_trap(target) in {"too long", "path growth"}:
            return None
        return self.link_to(target, link.kind)

    def fill(self, item: PageItem, response: Response, link: Link, watch: Watch) -> PageItem:
        """The item with what its answer says; `watch` knows what the site answers for pages that it does not have."""
        if response.status == 304 and link.capture is None:
            return replace(item, doubt=NEVER_CAME)
        if response.status != 200:
            return item
        if not response.body:
            return replace(item, reading=NotArticle(url=link.url, reason="empty"))
        if link.kind in {"feed", "sitemap"}:
            return self._of_feed(item, response, link)
        if link.turn is not None:
            return self._of_turn(item, response, link.turn)
        return self._of_page(item, response, link, watch)

    def _of_feed(self, item: PageItem, response: Response, link: Link) -> PageItem:
        """The entries of a feed or sitemap; many sites answer a page for a sitemap that they do not have."""
        read = read_feed if link.kind == "feed" else read_sitemap
        try:
            found = read(response.body, response.url, self.addresses)
        except FeedError as error:
            reason = f"no {link.kind}"
            return replace(item, reading=NotArticle(url=link.url, reason=reason, detail=str(error)))
        inside = (placed(entry, shown_by=link.place) for entry in found if self._site.covers(entry.url))
        return replace(item, links=self._dated(inside))

    def _of_page(self, item: PageItem, response: Response, link: Link, watch: Watch) -> PageItem:
        content_type = content_type_of(response)
        page = parse_page(response.body, response.url, content_type=content_type, family=self._site.family)
        reading = read_parsed(page, fetched_at=item.capture.fetched_at, site=self._site)
        if (missing := watch.missing_page(page, response.url, reading)) is not None:
            return replace(item, reading=missing)  # relative links of such a page lead to ever more of them
        if page.profile is not None:
            self.addresses = page.profile.addresses
        if isinstance(reading, Article) and (doubt := watch.doubt(link, reading)) is not None:
            return replace(item, reading=doubt.reading, doubt=doubt.why)
        if isinstance(reading, Article):
            return self._of_article(item, reading, page, response.url)
        return self._of_list(item, reading, page, response, link)

    def _of_article(self, item: PageItem, reading: Article, page: ParsedPage, url: str) -> PageItem:
        found = discover_links(page.tree, url, site=self._site, profile=page.profile)
        return replace(
            item,
            reading=fetchable(reading),
            identity=article_identity(url, self.addresses),
            reader_version=READER_VERSION,
            # What an article's page shows beside it ("related news") is no listing of the site.
            links=tuple(placed(_unlisted(one), shown_by=None) for one in found.links),
            fetch_images=self._site.images,
        )

    def _of_list(
        self, item: PageItem, reading: NotArticle, page: ParsedPage, response: Response, link: Link
    ) -> PageItem:
        url = response.url
        found = discover_links(page.tree, url, site=self._site, profile=page.profile)
        numbered = numbered_page(page, url, self._site)
        further = found.further | {one.key for one in numbered}
        shown = self._list_ends.within(canonical_url(url, self.addresses), (*found.links, *numbered))
        place = link.place or Place.of(canonical_url(link.url, self.addresses))
        links = tuple(placed(one, shown_by=place, is_further=one.key in further) for one in shown)
        return replace(
            item,
            reading=reading,
            links=self._dated(links),
            turns=first_turns(page, url, links, site=self._site, cookies=cookies_of(response)),
            turns_on=self._is_full,
        )

    def _of_turn(self, item: PageItem, response: Response, turn: Turn) -> PageItem:
        """A page of a listing that was asked for from the page before it."""
        turned = read_turn(
            response.body,
            response.url,
            turn,
            site=self._site,
            content_type=content_type_of(response),
            cookies=cookies_of(response),
        )
        return replace(
            item,
            reading=turned.reading,
            links=self._dated(turned.links),
            listing=turn.key,
            turns=turned.turns,
            turns_on=self._is_full,
        )

    def _dated(self, links: Iterable[FoundLink]) -> tuple[FoundLink, ...]:
        return tuple(self._with_day(link) if link.date_text else link for link in links)

    def _with_day(self, link: FoundLink) -> FoundLink:
        read = read_date(link.date_text or "", fetched_at=self._clock(), order=self._site.date_order).published
        return replace(link, listed_date=date(read.year, read.month, read.day) if read else None)


def _unlisted(link: FoundLink) -> FoundLink:
    return replace(link, is_listed=False) if link.is_listed else link


def addresses_of(family: str) -> Addresses:
    """How addresses work in a family that the site file names; `auto` waits for the first page."""
    return next((profile.addresses for profile in profiles() if profile.name == family), ANY_FAMILY)
