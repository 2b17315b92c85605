"""Fetches one live page for `govnews check`, under the same manners and guards as a crawl, and keeps nothing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Request, Response
from scrapy.settings import Settings

from crawler.guard.pace import PACER
from crawler.guard.robots import judge
from crawler.identity import require_contact, user_agent
from crawler.messages import PAGE_CAP, asking_headers, content_type_of
from pipelines.errors import GovnewsError


class FetchError(GovnewsError):
    """The page could not be had: the host does not answer, robots.txt refuses, or the status is no 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePage:
    body: bytes
    url: str
    content_type: str | None
    fetched_at: datetime


def fetch_one(url: str) -> LivePage:
    """The page at `url`, if its host's robots.txt allows it; FetchError says why not."""
    contact = os.environ.get("GOVNEWS_CONTACT", "")
    require_contact(contact, url)
    with TemporaryDirectory(prefix="govnews-") as folder:
        settings = Settings()
        settings.setmodule("crawler.settings", priority="project")
        own = {"GOVNEWS_OUTPUT": Path(folder), "GOVNEWS_SITE": "check", "GOVNEWS_DELAY": 0.0, "ITEM_PIPELINES": {}}
        settings.setdict(own, priority="cmdline")
        process = AsyncCrawlerProcess(settings)
        crawler = process.create_crawler(OnePageSpider)
        process.crawl(crawler, url=url, agent=user_agent(contact))
        process.start()
    spider = crawler.spider
    if not isinstance(spider, OnePageSpider) or spider.page is None:
        problem = spider.problem if isinstance(spider, OnePageSpider) else "the fetch was cut off"
        raise FetchError(f"{url}: {problem}")
    return spider.page


class OnePageSpider(scrapy.Spider):
    """Asks for robots.txt, then for the page."""

    name = "onepage"

    def __init__(self, *, url: str, agent: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.agent = agent
        self.page: LivePage | None = None
        self.problem = "no answer"

    async def start(self) -> AsyncIterator[Request]:
        yield self._ask(urljoin(self.url, "/robots.txt"), self.parse_robots)

    def _ask(self, url: str, callback: Any) -> Request:
        meta = {"kind": "probe", "max_bytes": PAGE_CAP, "verbatim_url": True}
        return Request(url, headers=asking_headers(self.agent), callback=callback, errback=self.failed, meta=meta)

    def parse_robots(self, response: Response) -> Iterator[Request]:
        policy = judge(response.status, response.meta["capture"].mime, response.body, agent=self.agent)
        if policy.held or not policy.allows(self.url):
            self.problem = policy.held or "robots.txt does not allow it"
            return
        PACER.slow_down(urlsplit(self.url).hostname or "", policy.crawl_delay or 0.0)
        yield self._ask(self.url, self.parse)

    def parse(self, response: Response, **kwargs: Any) -> None:
        del kwargs
        capture = response.meta["capture"]
        if capture.redirect_to:
            self.problem = f"redirects to {capture.redirect_to}; check that address"
        elif response.status != 200:
            self.problem = f"HTTP {response.status}"
        else:
            self.page = LivePage(
                body=response.body,
                url=response.url,
                content_type=content_type_of(response),
                fetched_at=capture.fetched_at,
            )

    def failed(self, failure: Any) -> None:
        self.problem = failure.getErrorMessage()
