"""Makes the requests of one site: what each says, how much may come back, and who takes its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scrapy.http import Request

from crawler.frontier import Link
from crawler.guard.robots import MAX_BYTES as ROBOTS_BYTES
from crawler.messages import PAGE_CAP, asking_headers, form_headers
from crawler.sitefile import Site
from pipelines.partial import Partial
from pipelines.warcfile import Earlier

FILE_SECONDS = 600
"""The time that one file may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Makes requests.

    `agent` is the User-Agent, `proxy` one for this crawl alone. `failed` takes what nothing came back for.
    """

    site: Site
    agent: str
    proxy: str | None
    failed: Callable[..., Any]

    def page(self, link: Link, answered: Callable[..., Any], *, earlier: Earlier | None) -> Request:
        """Ask for a page, a feed or a list; `earlier` is the record of its last good answer."""
        headers = _validators(link) if link.turn is None else form_headers(link.body, link.turn.cookies)
        return self._request(link, answered, headers, {"max_bytes": PAGE_CAP, **_about(earlier)})

    def file(
        self, link: Link, answered: Callable[..., Any], *, partial: Partial | None, earlier: Earlier | None
    ) -> Request:
        """Ask for a file or picture, or for the rest of one that broke off."""
        cap = self.site.max_image if link.kind == "image" else self.site.max_file
        meta = {"max_bytes": cap, "download_timeout": FILE_SECONDS, **_about(earlier)}
        if partial is None:
            return self._request(link, answered, _validators(link), meta)
        return self._request(link, answered, partial.request_headers, {**meta, "partial": partial})

    def probe(self, link: Link, answered: Callable[..., Any]) -> Request:
        """Ask for what cannot exist."""
        return self._request(link, answered, {}, {"max_bytes": PAGE_CAP})

    def robots(self, link: Link, answered: Callable[..., Any], *, origin: str, hops: int) -> Request:
        """Ask for the rules of an origin, after so many redirects."""
        # What follows those bytes is ignored in any case, see `judge`.
        return self._request(link, answered, {}, {"max_bytes": 2 * ROBOTS_BYTES, "robots_of": origin, "hops": hops})

    def _request(
        self, link: Link, answered: Callable[..., Any], headers: dict[str, str], meta: dict[str, Any]
    ) -> Request:
        return Request(
            link.url,
            method=link.method,
            body=link.body,
            headers={**asking_headers(self.agent), **headers},
            callback=answered,
            errback=self.failed,
            cb_kwargs={"link": link},
            meta={
                "kind": link.kind,
                "verbatim_url": True,
                **({"proxy": self.proxy} if self.proxy else {}),
                **meta,
            },
        )


def _about(earlier: Earlier | None) -> dict[str, Earlier]:
    return {"earlier": earlier} if earlier else {}


def _validators(link: Link) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, section 13) from the last good answer."""
    headers = {"If-None-Match": link.etag, "If-Modified-Since": link.last_modified}
    return {name: value for name, value in headers.items() if value}
