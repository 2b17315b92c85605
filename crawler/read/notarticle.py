"""Pages that are no articles, each with a name for what it is instead."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.read.challenge import challenge_of
from crawler.read.landscape import Landscape, Line
from crawler.read.markup import HEADINGS
from crawler.read.page import ParsedPage
from crawler.read.structured import Structured
from crawler.read.words import fold

LIMIT = 16_000_000
"""A page of more bytes is not read: no article of a government site is a hundredth of that."""

MAX_TAGS = 100_000
"""Nor is a page of more tags: the longest pages of lists and tables have a tenth of them."""
MAX_TEXT = 2_000_000
"""Nor is a page that prints more characters: a book of a thousand pages has as many."""

_MAGIC = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ARCHIVE_ERROR = re.compile(
    r"<title>\s*Internet Archive Wayback Machine\s*</title>|(?:hrm\.|the) wayback machine (?:has not|hasn't|doesn't)",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?:dang nhap|log ?in|sign ?in|anmelden|connexion)(?: .{0,40})?")
_MISSING = re.compile(
    r"(?:loi )?404(?: .{0,60})?|(?:page|file) not found(?: .{0,40})?|not found|khong tim thay.{0,60}|(?:trang"
    r"|bai viet|noi dung|tin) (?:nay )?khong ton tai.{0,60}"
    r"|.{0,40}(?:khong ton tai|da bi xoa|khong con ton tai).{0,30}|object moved(?: to here)?"
    r"|server error(?: in .{0,60})?|runtime error"
)
_BEING_UPDATED = re.compile(
    r"(?:(?:noi dung|thong tin|du lieu|bai viet|trang)(?: nay)? )?dang (?:duoc )?(?:cap nhat|xay dung|hoan thien)"
)
_PASSWORD = re.compile(r"<input[^<>]+type=[\"']?password", re.IGNORECASE)
LITTLE = 300
MUCH = 1500
SMALL = 40_000
"""Characters of markup; the pages that proxies and archives put in the place of another have less."""
SHORT = 5000
"""Characters of markup; a CMS's stub has less, and no article's page has as little."""


def refused_at_sight(page: ParsedPage) -> tuple[str, str | None] | None:
    """The reason why a page is not worth reading, and a detail; None where it has to be read to know."""
    if page.size > LIMIT:
        return "too_large", f"{page.size} bytes"
    if len(page.text) > 3 * MAX_TAGS and (tags := page.text.count("<")) > MAX_TAGS:
        return "too_large", f"{tags} tags"
    if not page.text or page.text.isspace():
        return "empty", None
    if _is_binary(page.head) and "gzip undone" not in page.repairs:
        return "binary", page.head[:8].hex()
    if challenge := challenge_of(page.text):
        return "challenge", challenge
    if len(page.text) < SMALL and "ayback Machine" in page.text and _ARCHIVE_ERROR.search(page.text):
        return "archive_error", None
    if len(page.text) < SHORT:
        stub = next((text for text in _any_stubs() if text in page.text), None)
        if stub:
            return "stub", stub
    return None


def refused_by_length(page: ParsedPage, landscape: Landscape) -> tuple[str, str | None] | None:
    """The reason why a page is too long to be read, which takes time beyond the length of its markup."""
    printed = sum(line.length for line in landscape.lines) if len(page.text) > MAX_TEXT else 0
    return ("too_large", f"{printed} characters of text") if printed > MAX_TEXT else None


def refused_by_text(
    page: ParsedPage, about: Structured, landscape: Landscape, title: str | None
) -> tuple[str, str | None] | None:
    """Error and login pages that come with status 200: they say what they are in their title or their few words."""
    prose = _main_prose(landscape)
    for text in filter(None, (title, about.window_title)):
        folded = fold(text)
        if prose < 3 * LITTLE and _MISSING.fullmatch(folded):
            return "soft_404", text[:80]
        if _LOGIN.fullmatch(folded) and _PASSWORD.search(page.text):
            return "login", text[:80]
    if not any(line.length for line in landscape.lines):
        return "empty", None
    if prose >= MUCH:
        return None
    said = next((reason for line in landscape.lines if (reason := _said_by(line, prose)) is not None), None)
    if said is None and prose < LITTLE and _PASSWORD.search(page.text):
        plain = sum(line.length - line.linked for line in landscape.lines)
        return ("login", None) if plain < 2 * LITTLE else None
    return said


def _said_by(line: Line, prose: float) -> tuple[str, str] | None:
    """What one short line of a page with little prose says of the page."""
    if line.length > 120 or (prose >= LITTLE and line.owner.tag not in HEADINGS):
        return None
    folded = fold(line.text)
    if prose < LITTLE and _BEING_UPDATED.fullmatch(folded):
        return "stub", line.text[:80]
    is_stated = line.owner.tag in HEADINGS or (line.length >= 6 and line.linked == 0)
    return ("soft_404", line.text[:80]) if is_stated and _MISSING.fullmatch(folded) else None


def is_root(url: str) -> bool:
    """Whether an address is that of a site itself, which is no article's."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as http://[
        return False
    return parts.scheme in ("http", "https") and parts.path in ("", "/") and not parts.query


def looks_like_listing(landscape: Landscape) -> bool:
    """Whether most of a page's words stand in links: a menu, a front page, a list of articles."""
    whole = sum(line.length for line in landscape.lines) or 1
    linked = sum(line.linked for line in landscape.lines)
    return linked / whole > 0.5 and _main_prose(landscape) < LITTLE


def _main_prose(landscape: Landscape) -> float:
    return max(landscape.weight.values(), default=0.0)


def _is_binary(head: bytes) -> bool:
    if head.startswith(_MAGIC):
        return True
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16 is text with zeros in it
        return False
    return len(_CONTROL.findall(head)) > max(4, len(head) // 50)


def _any_stubs() -> tuple[str, ...]:
    from crawler.read.profile import profiles  # noqa: PLC0415  # profiles read files: only the few tiny pages ask

    return tuple(stub for profile in profiles() for stub in profile.stubs)
