"""Reads a page of an archive as a crawl reads one that came, into the item that the pipelines keep."""

from __future__ import annotations

from dataclasses import replace

from crawler.answers import fetchable, why_unreadable
from crawler.read import parse_page, read_parsed
from crawler.read.version import READER_VERSION
from crawler.sitefile import Site
from crawler.urls import ANY_FAMILY, article_identity
from pipelines.items import Article, Capture, PageItem
from pipelines.normalise import normalise
from pipelines.validate import validate


def item_of_page(body: bytes, capture: Capture, site: Site, *, content_type: str | None) -> PageItem:
    """The item of an archived page; one on which reading breaks is kept and named, and everything else goes on."""
    item = PageItem(link=0, capture=capture, reader_version=READER_VERSION, fetch_images=site.images)
    try:
        read = _read(item, body, site, content_type)
    except Exception as error:  # noqa: BLE001  # whatever it is: in a crawl Scrapy catches it so, and goes on
        return replace(item, unreadable=why_unreadable(error))
    return validate(normalise(read))


def outcome_of(unreadable: int) -> tuple[str, str | None]:
    """(outcome, detail) of a run that could not read so many pages, as of a crawl."""
    return ("partial", f"{unreadable} pages could not be read") if unreadable else ("ok", None)


def _read(item: PageItem, body: bytes, site: Site, content_type: str | None) -> PageItem:
    url, fetched_at = item.capture.url, item.capture.fetched_at
    page = parse_page(body, url, content_type=content_type, family=site.family)
    reading = read_parsed(page, site=site, fetched_at=fetched_at)
    addresses = page.profile.addresses if page.profile else ANY_FAMILY
    return replace(
        item,
        reading=fetchable(reading) if isinstance(reading, Article) else reading,
        identity=article_identity(url, addresses),
    )
