"""What a host answers where there is nothing, learnt by asking once for an address that cannot exist.

Many portals answer 200 with an excuse, with their home page or with the list of a section instead of 404. Once a run
and host an invented address is asked for; whatever later looks like that answer is no article and leads nowhere.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from crawler.read.page import ParsedPage
from crawler.read.shape import Shape, shape_of
from pipelines.items import Article, NotArticle


def missing_address(origin: str) -> str:
    """An address of a host that nobody has made; always the same one, so that the mirror keeps one link of it."""
    token = hashlib.sha256(f"govnews-mirror {origin}".encode()).hexdigest()[:20]
    return f"{origin}/khong-co-trang-{token}"


class MissingPages:
    """What each host was found to answer for a page that does not exist."""

    def __init__(self) -> None:
        self._shapes: dict[str, Shape] = {}
        self._leads_to: dict[str, str] = {}

    def learn_page(self, page: ParsedPage, url: str) -> None:
        """The host answered 200 for an invented address."""
        shape = shape_of(page.tree, url)
        if shape.lines:
            self._shapes[_host(url)] = shape

    def learn_redirect(self, url: str, target: str) -> None:
        """The host sent us elsewhere; over to the same address under https or `www.` says nothing of missing pages."""
        if urlsplit(url).path != urlsplit(target).path:
            self._leads_to[_host(url)] = target

    def is_where_missing_pages_lead(self, url: str, target: str | None) -> bool:
        """Whether a redirect leads where the host sends everybody who asks for what is not there."""
        return target is not None and self._leads_to.get(_host(url)) == target

    def judge(self, page: ParsedPage, url: str, reading: Article | NotArticle) -> NotArticle | None:
        """`soft_404` where the page is what its host answers for missing ones; None where it is a page of its own.

        A page that brings a file is never taken for one: a list of documents may say very little.
        """
        shape = self._shapes.get(_host(url))
        if shape is None or (isinstance(reading, Article) and reading.attachments):
            return None
        if not shape_of(page.tree, url).is_like(shape):
            return None
        family = page.profile.name if page.profile else None
        return NotArticle(url=url, reason="soft_404", family=family, detail="the host answers so for missing pages")


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
