"""Which address of the sample site gives which bytes.

Paths and parameter names are case-insensitive, as under IIS.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qsl, unquote, urlsplit

from . import pages
from .content import Section, sections, stories

FILES = Path(__file__).resolve().parent / "files"
HTML = "text/html; charset=utf-8"
TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
}

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What stands at an address; `modified` is the article's own time, never the file's on this machine."""

    body: bytes
    content_type: str
    modified: datetime
    disposition: str | None = None
    is_found: bool = True

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


def find(target: str) -> Resource:
    """The resource at a path with its query; the Vietnamese "not found" page where there is none."""
    address = urlsplit(target)
    path = _folded(address.path)
    parameters = {name.lower(): value for name, value in parse_qsl(address.query)}
    return _page(path, parameters) or _listing(path, parameters) or _file(path, parameters) or _not_found(address.path)


def _page(path: str, parameters: Parameters) -> Resource | None:
    page = PAGES.get(path)
    return page(parameters) if page else None


def _article(parameters: Parameters) -> Resource | None:
    by_nid = {str(story.nid): story for story in stories()}
    story = by_nid.get(parameters.get("nid", ""))
    if story is None:
        return None
    if "print" in parameters:
        return _html(pages.print_page(story), modified=story.published_at)
    by_cat = {str(section.cat): section for section in sections()}
    seen_in = by_cat.get(parameters.get("cat", ""), by_cat[str(story.cat)])
    return _html(pages.article_page(story, seen_in), modified=story.published_at)


def _listing(path: str, parameters: Parameters) -> Resource | None:
    section = _sections_by_path().get(path)
    if section is None:
        return None
    number = parameters.get("page", "1")
    return _html(pages.listing_page(section, int(number) if number.isdecimal() and int(number) else 1))


def _file(path: str, parameters: Parameters) -> Resource | None:
    """A picture in any rendition, or an attachment; a hand-out page is told apart by its `id`."""
    found = _files().get(f"{path}?id={parameters['id']}" if "id" in parameters else path)
    if found is None:
        return None
    name, modified, disposition = found
    content_type = TYPES[PurePosixPath(name).suffix]
    body = (FILES / name).read_bytes()
    return Resource(body=body, content_type=content_type, modified=modified, disposition=disposition)


@cache
def _sections_by_path() -> dict[str, Section]:
    return {_folded(section.href): section for section in sections()}


@cache
def _files() -> dict[str, tuple[str, datetime, str | None]]:
    """Name, time and Content-Disposition of every stored file by its address; the oldest mention gives the time."""
    found: dict[str, tuple[str, datetime, str | None]] = {}
    for story in reversed(stories()):
        for picture in story.pictures:
            if not picture.missing:
                found.setdefault(_folded(picture.href), (picture.name, story.published_at, None))
        for file in story.files:
            if file.file is not None:
                found.setdefault(_folded(file.href), (file.file, story.published_at, file.disposition))
    return found


def _not_found(path: str) -> Resource:
    body = pages.not_found_page(path).encode()
    return Resource(body=body, content_type=HTML, modified=stories()[0].published_at, is_found=False)


def _html(text: str, *, modified: datetime | None = None) -> Resource:
    return _text(text, HTML, modified=modified)


def _text(text: str, content_type: str, *, modified: datetime | None = None) -> Resource:
    newest = stories()[0].published_at
    return Resource(body=text.encode(), content_type=content_type, modified=modified or newest)


def _folded(address: str) -> str:
    return unicodedata.normalize("NFC", unquote(address)).lower()


def _tagged(parameters: Parameters) -> Resource:
    return _html(pages.tag_page(parameters.get("tag", "")))


PAGES: Mapping[str, Callable[[Parameters], Resource | None]] = {
    "/": lambda _: _html(pages.home_page()),
    "/trang/chitiettintuc.aspx": _article,
    "/trang/timkiem.aspx": _tagged,
    "/trang/rss.aspx": lambda _: _text(pages.feed(), "application/rss+xml; charset=utf-8"),
    "/sitemap.xml": lambda _: _text(pages.sitemap(), "application/xml; charset=utf-8"),
    "/robots.txt": lambda _: _text(pages.robots(), "text/plain; charset=utf-8"),
    "/en/pages/home.aspx": lambda _: _html(pages.english_page()),
    "/_layouts/15/authenticate.aspx": lambda _: _html(pages.sign_in_page()),
}
