"""What a perfect reader finds on the sample site, for tests to compare a crawl with."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename, splitext
from urllib.parse import quote, unquote, urljoin, urlsplit

from pipelines.items import Attachment, Image

from .content import HOME, Attached, Block, Bullets, Picture, Story, Table, sections, stories, story_href, without_links


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedArticle:
    """One article as it should stand in the database; all text is NFC with plain single spaces.

    `url` is the address that its own section, the feed and the sitemap use; `also` are the other sections that
    list it, under other spellings. `published_at` is ISO 8601 text, a bare day where the page prints midnight.
    `body` is one block an entry, captions in their place, a table one row an entry with a tab between cells.
    """

    nid: int
    url: str
    title: str
    lead: str | None
    published_at: str
    published_text: str
    byline: str | None
    author: str | None
    unit: str | None
    source: str | None
    category: str
    also: tuple[str, ...]
    tags: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    images: tuple[Image, ...]
    body: tuple[str, ...]


def expected_articles() -> list[ExpectedArticle]:
    """All articles of the sample site, newest first."""
    return [_expected(story) for story in stories()]


def dead_links() -> tuple[str, ...]:
    """The addresses that the site links to and that answer 404 on purpose: an article, an image, an attachment."""
    articles = [story_href(entry.nid, section.cat) for section in sections() for entry in section.dead]
    images = [picture.href for story in stories() for picture in story.pictures if picture.missing]
    files = [file.href for story in stories() for file in story.files if file.file is None]
    return tuple(map(absolute, [*articles, *images, *files]))


def absolute(href: str) -> str:
    """The full address of a link as printed; spaces and letters outside ASCII become percent-encoded UTF-8."""
    return urljoin(HOME, quote(href, safe="/?&=%"))


def _expected(story: Story) -> ExpectedArticle:
    title_of = {section.cat: section.title for section in sections()}
    return ExpectedArticle(
        nid=story.nid,
        url=absolute(story_href(story.nid, story.cat)),
        title=story.title,
        lead=story.lead,
        published_at=_iso(story),
        published_text=story.published,
        byline=story.byline,
        author=story.author,
        unit=story.unit,
        source=story.source,
        category=title_of[story.cat],
        also=tuple(title_of[cat] for cat in story.also),
        tags=story.tags,
        attachments=tuple(map(_attachment, story.files)),
        images=tuple(Image(url=absolute(picture.href), caption=_spaced(picture.caption)) for picture in story.pictures),
        body=tuple(line for block in story.body for line in _lines(block)),
    )


def _iso(story: Story) -> str:
    moment = story.published_at
    is_midnight = (moment.hour, moment.minute) == (0, 0)
    return moment.date().isoformat() if is_midnight else moment.isoformat(timespec="minutes")


def _attachment(file: Attached) -> Attachment:
    name = basename(unquote(urlsplit(file.href).path))
    is_file_name = splitext(name)[1].lower() != ".aspx"
    return Attachment(url=absolute(file.href), label=file.label, filename=name if is_file_name else None)


def _lines(block: Block) -> tuple[str, ...]:
    match block:
        case Picture():
            return (_spaced(block.caption),)
        case Table():
            return tuple("\t".join(row) for row in block.rows)
        case Bullets():
            return block.items
        case str():
            return (_spaced(without_links(block)),)


def _spaced(text: str) -> str:
    return " ".join(text.split())
