"""What every request of ours says, and what we take from an answer's headers."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

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


MOST_COOKIES = 20
LONGEST_COOKIE = 4096
"""What RFC 6265, section 6.1, asks of a browser; a server has no reason to send more."""


def cookies_of(response: Response) -> dict[str, str]:
    """The cookies that an answer sets, by name; what is no cookie, or too long for one, is left out."""
    found: dict[str, str] = {}
    for header in response.headers.getlist("Set-Cookie")[:MOST_COOKIES]:
        try:
            morsels = SimpleCookie(header[:LONGEST_COOKIE].decode("latin-1")).values()
        except CookieError:
            continue
        found |= {morsel.key: morsel.coded_value for morsel in morsels if morsel.coded_value}
    return found


def form_headers(body: bytes, cookies: Mapping[str, str]) -> dict[str, str]:
    """What a request that turns a page says beside its body: the kind of the body and the cookies of the pages before.

    Fields of a form are percent-encoded, so only JSON begins with a brace.
    """
    kind = "application/json; charset=utf-8" if body.startswith(b"{") else "application/x-www-form-urlencoded"
    said = {"Content-Type": kind} if body else {}
    if cookies:
        said["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return said
