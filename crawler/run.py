"""Runs crawls in one process, one spider a site."""

from __future__ import annotations

import gc
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawler.loader import spider_for
from crawler.outcome import Outcome
from crawler.progress import Progress
from crawler.sitefile import Site
from crawler.spider import NewsSpider
from pipelines.database import NAME, open_database
from pipelines.errors import GovnewsError, StoreError
from pipelines.filetexts import read_pending_files


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCrawl:
    """How the crawl of one site ended; `run` is None where it could not even begin."""

    site: str
    outcome: Outcome
    run: int | None = None


def crawl_sites(
    sites: Sequence[Site], *, output: Path, options: Mapping[str, Any], progress: Progress
) -> list[FinishedCrawl]:
    """Crawl these sites side by side and wait for all of them.

    Args:
        sites: what to crawl.
        output: the mirror's folder.
        options: further GOVNEWS_ settings of this crawl (`GOVNEWS_FULL`, `GOVNEWS_DELAY` …).
        progress: is told of every committed item.
    """
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("GOVNEWS_OUTPUT", output, priority="cmdline")
    settings.setdict({name: value for name, value in options.items() if value is not None}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawls = []
    for site in sites:
        crawler = process.create_crawler(spider_for(site))
        progress.follow(crawler, site)
        crawls.append((site, crawler, process.crawl(crawler)))
    # What is imported stays: no collection needs to look through those hundred thousand objects again.
    gc.freeze()
    with progress:
        process.start()
    return [_finished(site, crawler, task) for site, crawler, task in crawls]


def _finished(site: Site, crawler: Crawler, task: Any) -> FinishedCrawl:
    error = None if task.cancelled() else task.exception()
    spider = crawler.spider
    if isinstance(error, GovnewsError) or not isinstance(spider, NewsSpider) or spider.outcome is None:
        if error is not None and not isinstance(error, GovnewsError):
            raise error
        return FinishedCrawl(
            site=site.name, outcome=Outcome(word="failed", detail=str(error or "the crawl was cut off"))
        )
    return FinishedCrawl(site=site.name, outcome=spider.outcome, run=spider.store.run)


def read_texts(output: Path) -> Counter[str]:
    """Take the text out of the files that came in; how many ended in each state.

    Raises:
        StoreError: the database does not take the texts; their files wait for the next crawl.
    """
    if not (output / NAME).is_file():
        return Counter()
    db = open_database(output)
    try:
        return read_pending_files(db, output)
    except sqlite3.Error as error:
        raise StoreError(f"{output}: the database does not take the texts of files ({error})") from error
    finally:
        db.close()
