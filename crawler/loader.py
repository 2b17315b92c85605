"""Every site file is a Scrapy spider: `scrapy list` and `scrapy crawl <site>` work as any Scrapy user expects."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import Request, Spider

from crawler.sitefile import Site, load_sites, site_folders

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from crawler.spider import NewsSpider


class SiteSpiderLoader:
    """Scrapy's `SPIDER_LOADER_CLASS`; the setting `GOVNEWS_SITES` names further folders of site files."""

    def __init__(self, sites: dict[str, Site]) -> None:
        self._sites = sites

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        own = [Path(text) for text in str(settings.get("GOVNEWS_SITES") or "").split(os.pathsep) if text]
        return cls(load_sites(*site_folders(), *own))

    def load(self, spider_name: str) -> type[Spider]:
        """The spider of a site; KeyError when no site file has that name, as Scrapy wants it."""
        if spider_name not in self._sites:
            raise KeyError(f"Spider not found: {spider_name}")
        return spider_for(self._sites[spider_name])

    def list(self) -> list[str]:
        return list(self._sites)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """The sites that an address belongs to."""
        return [name for name, site in self._sites.items() if site.covers(request.url)]


def spider_for(site: Site) -> type[NewsSpider]:
    """The spider class of one site: `NewsSpider` with the site's name."""
    from crawler.spider import NewsSpider  # noqa: PLC0415  # the loader lists sites without loading the whole crawler

    return type(f"{site.name}_spider", (NewsSpider,), {"name": site.name, "site": site})
