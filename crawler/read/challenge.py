"""Challenge pages: what a firewall answers instead of the page, the file or the feed that was asked for.

The commonest at Vietnamese portals has 177 bytes and status 200: one script that sets a cookie and loads the page
again. It answers everything alike, a PDF too. It is recognised, never answered and never kept as content.
"""

from __future__ import annotations

import re

HEAD = 40_000
"""Bytes from which a challenge page is told; those that we know are shorter as a whole."""
TINY = 4_000
"""Bytes of a page that is nothing but its script."""

_SETS_COOKIE_AND_RELOADS = re.compile(
    r"document\.cookie\s*=.*location\s*(?:\.\s*reload\b|(?:\.\s*href\s*=|\.\s*replace\(|=)\s*(?:window\.|document\.)?location\b)",
    re.DOTALL | re.IGNORECASE,
)
"""The same address again; a script that leads to another one chooses a language."""
_MARKS = ("cf-chl-", "_cf_chl_opt", "Incapsula incident ID", 'id="challenge-form"')
_SCRIPTS = ("/cdn-cgi/challenge-platform/", "_Incapsula_Resource")
"""The same firewalls put these into the pages of those whom they let pass; alone they mean something where there is
next to nothing else."""


def challenge_of(markup: str) -> str | None:
    """What makes a page a challenge, in a few words; None where it is none."""
    if len(markup) < TINY and "cookie" in markup and _SETS_COOKIE_AND_RELOADS.search(markup):
        return "a script that sets a cookie and reloads"
    marks = (*_MARKS, *_SCRIPTS) if len(markup) < TINY else _MARKS
    if len(markup) < HEAD and any(mark in markup for mark in marks):
        return "a browser check"
    return None


def challenge_in(body: bytes) -> str | None:
    """The same of an answer of any kind, by its bytes: whatever was asked for, a challenge is markup."""
    if len(body) >= HEAD or not body[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    return challenge_of(body.decode("latin-1"))
