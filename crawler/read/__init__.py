"""Page in, article out: pure functions, no network, no Scrapy."""

from __future__ import annotations

from datetime import datetime

from crawler.read.page import ParsedPage, parse_page
from crawler.read.reader import SiteRules, read_parsed
from pipelines.articlejson import article_json
from pipelines.items import Article, NotArticle

__all__ = ["Article", "NotArticle", "ParsedPage", "SiteRules", "article_json", "parse_page", "read_page", "read_parsed"]


def read_page(
    body: bytes,
    url: str,
    *,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
    site: SiteRules | None = None,
    family: str | None = None,
    compare: bool | None = None,
) -> Article | NotArticle:
    """Read the bytes of one page into an article, or say by name what they are instead.

    Touches no network, disk, clock or database, and never raises on what the bytes are.

    Args:
        body: the page as it was received, content coding undone.
        url: its address: relative links resolve against it, and its words help to find the headline.
        content_type: the header of that name; a charset in it counts before the page's own.
        fetched_at: when this copy was fetched; without it relative dates are refused.
        site: a site's own selectors and customs.
        family: a profile's name, `none` for selector-less reading; by default each page's fingerprint decides.
        compare: whether to hold the family's reading against the selector-less one (`Article.agrees`); by default for
            one page in thirty-two, always the same ones.
    """
    wanted = family or (site.family if site is not None else None)
    page = parse_page(body, url, content_type=content_type, family=wanted)
    return read_parsed(page, site=site, fetched_at=fetched_at, compare=compare)
