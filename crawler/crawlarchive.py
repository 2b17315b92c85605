"""The archive of a crawl, which all its download handlers write to."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pipelines.clock import now
from pipelines.salvage import take_in_broken_bodies
from pipelines.spool import clear_spools
from pipelines.warcfile import MAX_BYTES, WarcWriter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

_archives: WeakKeyDictionary[Crawler, WarcWriter] = WeakKeyDictionary()


def archive_of(crawler: Crawler, output: Path, site: str) -> WarcWriter:
    """The archive of a crawl: Scrapy makes one handler for http and one for https, which write to the same files."""
    if crawler not in _archives:
        settings = crawler.settings
        archive = WarcWriter(
            output,
            site=site,
            software=_software(),
            max_bytes=settings.getint("GOVNEWS_WARC_MAX_BYTES", MAX_BYTES),
            extra_info=_warc_info(settings),
            clock=settings["GOVNEWS_CLOCK"] or now,
        )
        spools = output / "spool" / site
        take_in_broken_bodies(spools, archive)
        clear_spools(spools)
        _archives[crawler] = archive
    return _archives[crawler]


def _software() -> str:
    try:
        own = version("govnews-mirror")
    except PackageNotFoundError:  # run from a source folder
        own = "0"
    return f"govnews-mirror/{own} Scrapy/{version('scrapy')} warcio/{version('warcio')}"


def _warc_info(settings: BaseSettings) -> dict[str, str]:
    return {str(name): str(value) for name, value in (settings["GOVNEWS_WARC_INFO"] or {}).items()}
