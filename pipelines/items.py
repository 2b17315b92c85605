"""The records that travel from a page to the database: typed, frozen, without behaviour.

A spider's callback yields exactly one of `PageItem` or `FileItem` for one request. Everything that came of
the request is inside it, so that the store can commit it, and settle the link, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

PageDate = datetime | date
"""What a page says of a time: an aware datetime (to the minute) where it prints a time, else a plain date."""

LinkKind = Literal["listing", "article", "file", "image", "feed", "sitemap", "probe"]
FileState = Literal["stored", "missing", "too_large", "not_a_file", "failed", "redirected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of an article, at its place in the body."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that an article links to; `label` is the link's text, `filename` the name that the address carries."""

    url: str
    label: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one page says, as `crawler.read.read_page` understood it.

    `body` is the text in reading order, one block a line, captions in their place; `lead` is not repeated in it.
    `fields` names the rule that found each field that was found. `quality` is between 0 and 1.
    """

    url: str
    title: str
    body: str
    body_html: str
    site: str | None = None
    lead: str | None = None
    published_at: PageDate | None = None
    published_text: str | None = None
    modified_at: PageDate | None = None
    author: str | None = None
    author_unit: str | None = None
    byline_text: str | None = None
    source: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    family: str | None = None
    quality: float = 0.0
    fields: Mapping[str, str] = field(default_factory=dict)
    agrees: Mapping[str, bool] = field(default_factory=dict)
    """Whether the selector-less reading of the same page came to the same value, by field."""
    problems: tuple[str, ...] = ()
    """What the validate pipeline found doubtful; a record is marked, never dropped."""


NOT_AN_ARTICLE = "not an article: "
"""How `captures.reading` begins of such a page; the reason follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotArticle:
    """A page that is no article, and why (`listing`, `empty`, `soft_404`, `challenge`, `login`, `binary` …)."""

    url: str
    reason: str
    family: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a page of a listing stands that has no address of its own: it is asked for from the page before it.

    Such a page is one of a chain. Its request is made anew from each answer to the page before (a form's hidden fields
    change with every answer), so its link is known by listing, pager and number, never by the body of the request.
    """

    listing: str
    """The address of the first page."""
    pager: str
    """What is turned: a control of the page, or the kind of the list; several lists may stand on one page."""
    page: int
    last: int | None = None
    """The number of the last page, where the listing says it."""
    family: str | None = None
    """The family of the first page: a fragment or a list in JSON bears no fingerprint."""
    shown: tuple[str, ...] = ()
    """Fingerprints of the entries of the first page and of the page before: a list past its end repeats one of them."""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What requests of the list need to say, as the first page states it."""
    cookies: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Cookies of the pages before: some forms are only valid with the cookie that came with them."""

    @property
    def key(self) -> str:
        """What makes two links the same page of the same list; no other address has a fragment."""
        return f"{self.listing}#{self.pager}={self.page}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLink:
    """A link that a page, feed or sitemap shows.

    `url` is the address to ask for, in the spelling of the link; `key` is its canonical spelling, under which two
    links are one (the same as `url` where it is left out).

    `is_listed` says that it was an entry of a listing, feed or sitemap (and so becomes a sighting), with the
    title, the printed date (as text and as understood) and the position that it had there.

    `section` and `page` say of a listing, feed or sitemap which chain of pages it belongs to, and its place there
    (0 for the first page, where the address carries no number).
    """

    url: str
    kind: LinkKind
    key: str = ""
    method: str = "GET"
    body: bytes = b""
    is_listed: bool = False
    title: str | None = None
    date_text: str | None = None
    listed_date: date | None = None
    position: int | None = None
    section: str | None = None
    page: int | None = None
    turn: Turn | None = None
    """For a page of a listing that has no address of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One request and what came back; `status` is None where nothing came, and `error` then says why.

    `payload_sha256` is of the entity as sent (content coding included, transfer coding removed), `body_sha256`
    of the decoded bytes. `warc`, `offset` and `length` find the response record with one seek.
    """

    site: str
    url: str
    fetched_at: datetime
    method: str = "GET"
    request_sha256: str | None = None
    status: int | None = None
    error: str | None = None
    mime: str | None = None
    payload_sha256: str | None = None
    body_sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    redirect_to: str | None = None
    tls: str | None = None
    truncated: str | None = None
    warc: str | None = None
    offset: int | None = None
    length: int | None = None
    record_id: str | None = None
    continues: int | None = None
    """The capture whose bytes this answer (206) goes on from."""
    kind: str = "crawl"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageItem:
    """Everything that came of asking for one page, feed, sitemap or listing.

    `identity` is what makes an article the same one at another address; `reader_version` says which reader read it.
    """

    link: int
    capture: Capture
    identity: str | None = None
    reader_version: str = ""
    reading: Article | NotArticle | None = None
    links: tuple[FoundLink, ...] = ()
    listing: str | None = None
    """The page of a list whose entries `links` shows, where the address that was asked for does not say which it is."""
    turns: tuple[FoundLink, ...] = ()
    """The next pages of lists whose pages have no address of their own."""
    turns_on: bool = False
    """Whether these are asked for again although nothing on this page is new (a full crawl)."""
    redirect: FoundLink | None = None
    """Where the answer sends us, if we go there; `capture.redirect_to` says it in any case."""
    doubt: str | None = None
    """Why what came is not believed to be what stands there, so that the link is asked for again by a later run."""
    unreadable: str | None = None
    """Why a page that came could not be read at all; it stays in the captures and is named in the report."""
    fetch_images: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileItem:
    """Everything that came of asking for one file or image; `spool` holds the decoded body until it is stored."""

    link: int
    capture: Capture
    spool: Path | None = None
    size: int | None = None
    sha256: str | None = None
    mime: str | None = None
    extension: str = "bin"
    filename: str | None = None
    redirect: FoundLink | None = None
    state: FileState = "failed"
    error: str | None = None
