"""The last item pipeline: hands each item to the store of its crawl.

What a long list shows is committed in pieces, so that a sitemap of 50,000 entries holds no other site up. The pieces go
ahead; the transaction that settles the link comes last, with the rest. A crawl that is killed in between asks for the
list again, and finds in the frontier what is there already.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from pipelines.database import writing
from pipelines.frontier_rows import add_links, add_sightings
from pipelines.items import FileItem, PageItem
from pipelines.store import Store

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

PIECE = 1_000
"""Links of one transaction: some 40 ms."""


class StorePipeline:
    """The Scrapy hook around `Store`; the spider opened the store and its run before the first request."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        store: Store = self._crawler.spider.store  # type: ignore[union-attr]  # NewsSpider has one
        if isinstance(item, PageItem):
            await commit_in_pieces(store, item)
        elif isinstance(item, FileItem):
            store.commit_file(item)
        return item


async def commit_in_pieces(store: Store, item: PageItem) -> None:
    """Commit a page as `Store.commit_page` does, and let others have their turn between two pieces of a long list."""
    at = store.clock()
    # What is new on a page that is turned must not be in the frontier before that page is.
    while len(item.links) > PIECE and not item.turns:
        piece, rest = item.links[:PIECE], item.links[PIECE:]
        with writing(store.db):
            add_links(store.db, store.site, piece, at=at)
            add_sightings(store.db, store.site, item.listing or item.capture.url, piece, at=at)
        item = replace(item, links=rest)
        await asyncio.sleep(0)
    store.commit_page(item, at=at)
