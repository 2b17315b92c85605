"""Runs a whole crawl in the test's own process, over real sockets, into a real mirror."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawler.guard.pace import PACER
from crawler.loader import spider_for
from crawler.outcome import Outcome
from crawler.sitefile import load_site
from crawler.spider import NewsSpider

HOME = "http://xa.example/"
SITE_FILE = f'title = "Xã Mẫu"\nhome = "{HOME}"\nlanguage = "vi"\ndelay = 0\n'


@dataclass(slots=True)
class Mirror:
    """An output folder and how its last crawl ended."""

    output: Path
    outcome: Outcome | None = None

    def rows(self, sql: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.output / "mirror.db")) as db:
            return db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> Any:
        rows = self.rows(sql, *values)
        assert len(rows) == 1, f"{len(rows)} rows: {sql}"
        return rows[0][0] if len(rows[0]) == 1 else rows[0]


def crawl(
    mirror: Mirror,
    proxy: str,
    *,
    site_file: str = SITE_FILE,
    name: str = "xa",
    options: Mapping[str, Any] | None = None,
) -> Outcome:
    """Crawl the site of `site_file` through a server that stands in for the web; returns how it ended."""
    mirror.outcome = crawl_together(mirror, proxy, {name: site_file}, options=options)[name]
    return mirror.outcome


def crawl_together(
    mirror: Mirror, proxy: str, site_files: Mapping[str, str], *, options: Mapping[str, Any] | None = None
) -> dict[str, Outcome]:
    """Crawl several sites side by side in this process; returns how each ended."""
    mirror.output.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    own = {"GOVNEWS_OUTPUT": mirror.output, "GOVNEWS_PROXY": proxy, "GOVNEWS_PROBE": False, "LOG_ENABLED": False}
    own["GOVNEWS_PACE_DIR"] = str(mirror.output.parent / "pace")
    settings.setdict(own, priority="cmdline")
    settings.setdict(dict(options or {}), priority="cmdline")
    PACER.forget()

    async def run() -> list[NewsSpider]:
        runner = AsyncCrawlerRunner(settings)
        crawlers = []
        for name, text in site_files.items():
            path = mirror.output.parent / f"{name}.toml"
            path.write_text(text, encoding="utf-8")
            crawlers.append(runner.create_crawler(spider_for(load_site(path))))
        await asyncio.gather(*(runner.crawl(crawler) for crawler in crawlers))
        return [crawler.spider for crawler in crawlers if isinstance(crawler.spider, NewsSpider)]

    spiders = asyncio.run(run())
    return {spider.name: spider.outcome for spider in spiders if spider.outcome is not None}
