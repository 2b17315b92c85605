"""Notices during one run that answers are not the site's pages: challenges, excuses for missing pages, a new owner.

The spider asks; what is noticed becomes a reading (`challenge`, `soft_404`, `hijacked`), a held host or the end of the
run. Nothing here asks for anything.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.guard.challenges import Challenges
from crawler.guard.drift import Character, character_of, drift
from crawler.guard.missing import MissingPages
from crawler.read.challenge import challenge_in
from crawler.read.page import ParsedPage, parse_page
from crawler.sitefile import Site
from crawler.urls import canonical_url
from pipelines.items import Article, FoundLink, NotArticle


class Watch:
    """What is doubted in a run of one site.

    Args:
        site: the site.
        known: the site as earlier runs saw it. With it the home page is asked for first and alone, so that nothing is
            taken from a site that has become another.
    """

    def __init__(self, site: Site, known: Character | None) -> None:
        self._site = site
        self._known = known
        self._challenges = Challenges()
        self.missing = MissingPages()
        self.awaited: str | None = site.home if known is not None else None
        """The key of the page that everything else waits for; None when it has been seen."""

    def challenged(self, url: str, body: bytes) -> tuple[str, str | None] | None:
        """What makes an answer a challenge, and why to hold its host if it is one too many; None if it is none."""
        why = challenge_in(body)
        hold = self._challenges.came(urlsplit(url).hostname or "", why)
        return None if why is None else (why, hold)

    def judge(self, page: ParsedPage, url: str, reading: Article | NotArticle) -> Article | NotArticle:
        """The reading, or `soft_404` where the page is the host's answer for missing pages."""
        if canonical_url(url) in (self._site.home, *self._site.sections):
            return reading
        return self.missing.judge(page, url, reading) or reading

    # The home page first

    def home_is_elsewhere(self, target: str) -> str:
        """What to say when the home page leads to another site."""
        host = urlsplit(target).hostname
        return (
            f"{self._site.home} leads to another site, {target}: nothing was taken from there. If the site has moved, "
            f'add "{host}" to `hosts` in its file'
        )

    def redirected(self, target: FoundLink | None) -> None:
        """The awaited page is at another address of the site, or is not to be had in this run."""
        self.awaited = (target.key or target.url) if target is not None else None

    def strange(self, body: bytes, url: str, content_type: str | None) -> str | None:
        """Why the awaited page is not the site's any more, as a sentence; None where it is, or where nobody can say."""
        self.awaited = None
        if self._known is None:
            return None
        page = parse_page(body, url, content_type=content_type, family=self._site.family)
        why = drift(self._known, character_of(page, url), site_host=urlsplit(self._site.home).hostname or "")
        if why is None:
            return None
        return (
            f"{url} is not the site that it was: {why}. Nothing was taken from it. If it is the site after all, say so "
            "with the day on which you looked, as `verified` in its file"
        )
