"""Notices during one run that answers are not the site's pages: challenges, excuses for missing pages, a new owner.

The spider asks; what is noticed becomes a reading (`challenge`, `soft_404`, `hijacked`), a held host or the end of the
run. Nothing here asks for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import urlsplit

from crawler.frontier import Link
from crawler.guard.challenges import Challenges
from crawler.guard.drift import Character, character_of, drift
from crawler.guard.missing import MissingPages
from crawler.guard.replaced import Doubt, ReplacedTexts
from crawler.read.challenge import challenge_in
from crawler.read.page import ParsedPage, parse_page
from crawler.read.profile import Addresses
from crawler.sitefile import Site
from crawler.urls import canonical_url
from pipelines.items import Article, NotArticle, PageItem
from pipelines.sniff import is_html

MOST_JUDGED = 5
"""So many of the articles visited again are held against what is known of the site (an owner changes all of it) …"""
MOST_STRANGE = 2
"""… and so many of them that are not the site's end the run; one alone is left out."""


_IF_IT_IS = "If it is the site after all, say so with the day on which you looked, as `verified` in its file"


class Watch:
    """What is doubted in a run of one site.

    Args:
        site: the site.
        known: tells the site as earlier runs saw it; asked once, and only where it is needed. With it the home page is
            asked for first and alone, so that nothing is taken from a site that has become another.
        witnesses: tells keys of articles to ask for, one after another, where the home page says too little.
        was_strange: whether it had become another when it was last seen; then nothing is taken until it is seen again.
        replaced: compares what stands at the addresses of known articles with them.
    """

    def __init__(
        self,
        site: Site,
        known: Callable[[], Character] | None,
        *,
        witnesses: Callable[[], Sequence[str]] = tuple,
        was_strange: bool = False,
        replaced: ReplacedTexts | None = None,
    ) -> None:
        self._site = site
        self._known = cache(known) if known else None
        self._witnesses = witnesses
        self._replaced = replaced
        self._was_strange = was_strange
        self._heard: list[str] = []
        self._seen = Character()
        self._judged = 0
        self._strange_articles = 0
        self._challenges = Challenges()
        self.missing = MissingPages()
        self.awaited: str | None = site.home if known is not None else None
        """The key of the page that everything else waits for; None when it has been seen."""
        self.fatal: str | None = None
        """Why the run ends here, as a sentence."""
        self.held: dict[str, str] = {}
        """Why a host is left alone for the run."""

    def challenge(self, url: str, body: bytes) -> str | None:
        """What makes an answer of any kind a challenge, None where it is none; a host that keeps on is held."""
        host = (urlsplit(url).hostname or "").lower()
        why = challenge_in(body)
        if hold := self._challenges.came(host, why):
            self.held[host] = hold
        return why

    def instead(
        self, item: PageItem, link: Link, body: bytes, content_type: str | None, addresses: Addresses
    ) -> NotArticle | None:
        """What came instead of the page, feed or list that was asked for; None where nothing speaks against it.

        Args:
            item: the answer as far as it is known: its capture, and where it redirects within the site.
            link: what was asked for.
            body: the decoded body.
            content_type: the header of that name.
            addresses: how addresses work on the site.
        """
        if why := self.challenge(link.url, body):
            self.not_seen()
            return NotArticle(url=link.url, reason="challenge", detail=why)
        key, target = canonical_url(link.url, addresses), item.capture.redirect_to
        if target is not None and item.redirect is None and key == canonical_url(self._site.home, addresses):
            self.fatal = self._home_is_elsewhere(target)
        if item.redirect is not None and item.redirect.key == key:
            return NotArticle(url=link.url, reason="redirect_loop")
        if link.kind == "article" and self.missing.is_where_missing_pages_lead(link.url, target):
            return NotArticle(url=link.url, reason="soft_404", detail=f"redirects to {target}, as missing pages do")
        if self.awaited is None:
            return self._article_of_others(item, link, body, content_type)
        if item.redirect is not None:
            self.awaited = item.redirect.key
            return None
        if item.capture.status == 304:  # the page that was good the last time
            self.awaited = None
            return None
        if item.capture.status != 200:
            self.not_seen()
            return None
        return self._judge_awaited(body, link.url, content_type)

    def _judge_awaited(self, body: bytes, url: str, content_type: str | None) -> NotArticle | None:
        """Hold the home page against what is known, and with it known articles where it has too few words."""
        assert self._known is not None  # noqa: S101  # nothing is awaited otherwise
        self.awaited = None
        page = self._character(body, url, content_type)
        self._seen = page if page.is_telling else self._seen | page
        if self._known().is_telling and not self._seen.is_telling:
            self.awaited = self._next_witness()
            if self.awaited is None and self._heard:
                self.fatal = self._says_nothing()
        elif why := self._drift(self._seen):
            self.fatal = f"{self._site.home} is not the site that it was: {why}. Nothing was taken from it. {_IF_IT_IS}"
        return NotArticle(url=url, reason="hijacked", detail=self.fatal) if self.fatal else None

    def _next_witness(self) -> str | None:
        witness = next((key for key in self._witnesses() if key not in self._heard), None)
        if witness is not None:
            self._heard.append(witness)
        return witness

    def _says_nothing(self) -> str:
        return (
            f"{self._site.home} says next to nothing any more, and neither do articles that the mirror has of it "
            f"({', '.join(self._heard)}): nothing more was asked for. {_IF_IT_IS}"
        )

    def _article_of_others(
        self, item: PageItem, link: Link, body: bytes, content_type: str | None
    ) -> NotArticle | None:
        """`hijacked` where an article that is visited again has become a page of somebody else's."""
        if self._known is None or not link.has_article or item.capture.status != 200 or not is_html(body):
            return None
        why = self._drift(self._character(body, link.url, content_type))
        if why is None:
            self._judged += 1
            if self._judged == MOST_JUDGED and not self._strange_articles:
                self._known = None  # a megabyte for each site
            return None
        self._strange_articles += 1
        if self._strange_articles >= MOST_STRANGE:
            self.fatal = (
                f"{link.url} and others that were articles of the site are so no more: {why}. What the mirror has of "
                f"them stays as it is. {_IF_IT_IS}"
            )
        return NotArticle(url=link.url, reason="hijacked", detail=why)

    @property
    def witness(self) -> str | None:
        """The article that is waited for although its time has not come; None where none is."""
        return self.awaited if self.awaited in self._heard else None

    def not_seen(self) -> None:
        """The awaited page is not to be had in this run; the rest goes on without it, if nothing was wrong before."""
        if self.witness is not None and (further := self._next_witness()) is not None:
            self.awaited = further
            return
        if self.awaited is not None and self._was_strange:
            self.fatal = (
                f"{self._site.home} was not the site's own when it was last seen, and cannot be seen now: nothing was "
                "asked for behind it"
            )
        self.awaited = None

    def missing_page(self, page: ParsedPage, url: str, reading: Article | NotArticle) -> NotArticle | None:
        """`soft_404` where a page is what its host answers for missing ones; the site's own listings never are."""
        if canonical_url(url) in (self._site.home, *self._site.sections):
            return None
        return self.missing.judge(page, url, reading)

    def doubt(self, link: Link, reading: Article) -> Doubt | None:
        """Why an article is not believed to be the one of its address; None where it is."""
        return self._replaced.doubt(link, reading) if self._replaced is not None else None

    def _home_is_elsewhere(self, target: str) -> str:
        return (
            f"{self._site.home} leads to another site, {target}: nothing was taken from there. If the site has moved, "
            f'add "{urlsplit(target).hostname}" to `hosts` in its file; if only its front page has gone, name another '
            "page as `home`"
        )

    def _character(self, body: bytes, url: str, content_type: str | None) -> Character:
        return character_of(parse_page(body, url, content_type=content_type, family=self._site.family), url)

    def _drift(self, seen: Character) -> str | None:
        assert self._known is not None  # noqa: S101  # nobody asks otherwise
        return drift(self._known(), seen, site_host=urlsplit(self._site.home).hostname or "")
