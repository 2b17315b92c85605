"""Notices during one run that answers are not the site's pages: challenges, excuses for missing pages, a new owner.

The spider asks; what is noticed becomes a reading (`challenge`, `soft_404`, `hijacked`), a held host or the end of the
run. Nothing here asks for anything.
"""

from __future__ import annotations

from collections.abc import Callable
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


class Watch:
    """What is doubted in a run of one site.

    Args:
        site: the site.
        known: tells the site as earlier runs saw it; asked once, and only where it is needed. With it the home page is
            asked for first and alone, so that nothing is taken from a site that has become another.
        was_strange: whether it had become another when it was last seen; then nothing is taken until it is seen again.
        replaced: compares what stands at the addresses of known articles with them.
    """

    def __init__(
        self,
        site: Site,
        known: Callable[[], Character] | None,
        *,
        was_strange: bool = False,
        replaced: ReplacedTexts | None = None,
    ) -> None:
        self._site = site
        self._replaced = replaced
        self._known = known
        self._was_strange = was_strange
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
            return None
        if item.redirect is not None:
            self.awaited = item.redirect.key
            return None
        if item.capture.status == 304:  # the page that was good the last time
            self.awaited = None
            return None
        if item.capture.status != 200:
            self.not_seen()
            return None
        self.awaited = None
        self.fatal = self._strange(body, link.url, content_type)
        return NotArticle(url=link.url, reason="hijacked", detail=self.fatal) if self.fatal else None

    def not_seen(self) -> None:
        """The awaited page is not to be had in this run; the rest goes on without it, if nothing was wrong before."""
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

    def _strange(self, body: bytes, url: str, content_type: str | None) -> str | None:
        """Why the home page is not the site's any more, as a sentence; None where it is, or where nobody can say."""
        if self._known is None:
            return None
        page = parse_page(body, url, content_type=content_type, family=self._site.family)
        why = drift(self._known(), character_of(page, url), site_host=urlsplit(self._site.home).hostname or "")
        if why is None:
            return None
        return (
            f"{url} is not the site that it was: {why}. Nothing was taken from it. If it is the site after all, say so "
            "with the day on which you looked, as `verified` in its file"
        )
