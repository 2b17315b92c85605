"""What the sample district says: its sections and articles, read from `articles/*.toml`.

One file is one section; its stem is the section's address. In an `[[article]]`, `published` and `byline` are as
printed on the page, and `author`, `unit` and `source` are what a reader should make of the by-line. A block of
`body` is a paragraph (`[label](address)` in it is a link) or a table: `{image, caption}`, `{table}` or `{list}`.
`also` names further sections that list the article; `decomposed` prints it in NFD, as some editors paste it;
`pushed` moves the by-line to the right with no-break spaces. A file without `file`, and an image with `missing`,
is linked but not there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

ARTICLES = Path(__file__).resolve().parent / "articles"
HOME = "http://songmau.example/"
ZONE = timezone(timedelta(hours=7))
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image paragraph and the caption paragraph under it; `name` is the file's name."""

    name: str
    caption: str
    missing: bool = False

    @property
    def href(self) -> str:
        return f"/PublishingImages/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; the first row is the heading."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    items: tuple[str, ...]


Block = str | Picture | Table | Bullets


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A link of the "File đính kèm" block: `href` as printed, `file` the stored file that answers (None: 404)."""

    label: str
    href: str
    file: str | None = None
    disposition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article, as its author entered it; `cat` is the section it belongs to."""

    nid: int
    cat: int
    title: str
    published: str
    body: tuple[Block, ...]
    views: int
    lead: str | None = None
    byline: str | None = None
    pushed: bool = False
    author: str | None = None
    unit: str | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()
    also: tuple[int, ...] = ()
    files: tuple[Attached, ...] = ()
    decomposed: bool = False

    @property
    def published_at(self) -> datetime:
        return datetime.strptime(self.published, "%H:%M %d/%m/%Y").replace(tzinfo=ZONE)

    @property
    def day(self) -> str:
        """The day alone, as listings print it."""
        return self.published.split()[1]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(block for block in self.body if isinstance(block, Picture))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEntry:
    """A listing's entry whose article is gone."""

    nid: int
    title: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section with the articles that belong to it, newest first."""

    cat: int
    title: str
    slug: str
    stories: tuple[Story, ...]
    dead: tuple[DeadEntry, ...] = ()

    @property
    def href(self) -> str:
        return f"/Trang/{self.slug}.aspx"


@cache
def sections() -> tuple[Section, ...]:
    """All sections, in the order of the menu."""
    return tuple(sorted(map(_section, ARTICLES.glob("*.toml")), key=lambda section: section.cat))


@cache
def stories() -> tuple[Story, ...]:
    """All articles, newest first."""
    return _newest_first(story for section in sections() for story in section.stories)


def listed_in(section: Section) -> tuple[Story, ...]:
    """What a section's listing shows: its own articles and those that it borrows from others, newest first."""
    return tuple(story for story in stories() if section.cat in (story.cat, *story.also))


def story_href(nid: int, cat: int) -> str:
    """The address of an article as its own section writes it."""
    return f"/Trang/ChiTietTinTuc.aspx?nid={nid}&cat={cat}"


def without_links(text: str) -> str:
    """A paragraph's text, its links reduced to their labels."""
    return LINK.sub(r"\1", text)


def _section(path: Path) -> Section:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Section(
        cat=table["cat"],
        title=table["title"],
        slug=path.stem,
        stories=_newest_first(_story(entry, table["cat"]) for entry in table["article"]),
        dead=tuple(
            DeadEntry(nid=entry["nid"], title=entry["title"], day=entry["date"]) for entry in table.get("dead", ())
        ),
    )


def _story(entry: Mapping[str, Any], cat: int) -> Story:
    plain = {key: value for key, value in entry.items() if key not in {"body", "files", "tags", "also"}}
    return Story(
        **plain,
        cat=cat,
        body=tuple(map(_block, entry["body"])),
        files=tuple(Attached(**file) for file in entry.get("files", ())),
        tags=tuple(entry.get("tags", ())),
        also=tuple(entry.get("also", ())),
    )


def _block(value: str | Mapping[str, Any]) -> Block:
    match value:
        case str():
            return value
        case {"image": name, "caption": caption}:
            return Picture(name=name, caption=caption, missing=value.get("missing", False))
        case {"table": rows}:
            return Table(rows=tuple(map(tuple, rows)))
        case {"list": items}:
            return Bullets(items=tuple(items))
    raise ValueError(f"no such block: {value!r}")


def _newest_first(found: Iterable[Story]) -> tuple[Story, ...]:
    return tuple(sorted(found, key=lambda story: story.published_at, reverse=True))
