"""What every request of ours says, and what we take from an answer's headers."""

from __future__ import annotations

from scrapy.http import Response

from crawler.contentcoding import ACCEPT_ENCODING

PAGE_CAP = 32 * 1024 * 1024
"""Bytes of one page; the largest real one we know has 1 MB."""


def asking_headers(agent: str) -> dict[str, str]:
    """The headers of every request, with who we say we are."""
    return {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": ACCEPT_ENCODING}


def content_type_of(response: Response) -> str | None:
    """The Content-Type as the server spells it, None where it names none."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1") or None
