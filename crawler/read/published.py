"""When an article was published: the witnesses on a page, from the most to the least trusted, never the header's clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Literal
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.read.dates import VIETNAM, looks_like_date, read_date, read_machine_date
from crawler.read.landscape import FURNITURE_FACTOR, Landscape, Line
from crawler.read.markup import text_of
from crawler.read.structured import Structured
from crawler.read.words import clean, fold, tokens_of
from pipelines.items import PageDate

PUBLISHED_METAS = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "publishdate", "publish-date", "publish_date", "pubdate", "publication_date",
    "publicationdate", "article.published", "published_time_telegram", "dc.date.issued", "dcterms.issued",
    "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "dc:created", "date.release", "release_date",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "ptime", "date", "created", "datecreated",
    "citation_publication_date", "citation_date", "originalpublicationdate", "displaydate", "rnews:datepublished",
    "article_date_original", "publishtime", "dcsext.articlefirstpublished", "vr:published_time", "article.created",
    "shareaholic:article_published_time", "bt:pubdate", "gentime", "timestamp", "last-modified-date",
)  # fmt: skip
MODIFIED_METAS = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified", "lastmod")
NEAR = 12
"""A date stands at most so many lines before or after the headline."""

_LABEL = re.compile(
    r"\b(?:ngay (?:dang|viet|tao|xuat ban|gui|cap nhat|ban hanh tin)|dang (?:ngay|luc|boi|tai)|cap nhat|thoi gian dang|published|posted|"
    r"publie|veroffentlicht|erstellt|publicado|pubblicato|opublikowano|datum|date)\b"
)
_MODIFIED_LABEL = re.compile(r"^(?:cap nhat|sua|chinh sua|updated|last (?:updated|modified)|aktualisiert|modified)")
_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[/._-]?(0[1-9]|1[0-2]|(?<=[/._-])[1-9])[/._-]?(0[1-9]|[12]\d|3[01]|(?<=[/._-])[1-9])(?!\d)")
_NAMED = frozenset("date time published publish posted datetime timestamp ngay ngaydang thoigian postdate pubdate entrydate publicationdate created".split())
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How a site writes dates: its order where its file says so, and when this copy of the page was fetched."""

    order: str | None = None
    zone: tzinfo = VIETNAM
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class When:
    """A date, the text that said it and the rule that found it; the value is None where the text is refused."""

    value: PageDate | None
    text: str | None
    rule: str


def date_in(node: HtmlElement, calendar: Calendar, rule: str) -> When | None:
    """The date that an element prints, or carries in `datetime` or `content`; None where it holds nothing at all."""
    text = clean(text_of(node))
    if text:
        value = read_text(text, calendar)
        if value is not None:
            return When(value, text, rule)
    for name in ("datetime", "content", "title"):
        machine = node.get(name)
        if machine and _DIGIT.search(machine):
            value = read_machine(machine, calendar)
            if value is not None:
                return When(value, text or machine, rule)
    return When(None, text, rule) if text else None


def read_text(text: str, calendar: Calendar) -> PageDate | None:
    """A printed date, read whole or refused."""
    if len(text) > 200 or not any(char.isdigit() for char in text):
        return None
    order: Literal["DMY", "MDY"] = "MDY" if calendar.order == "MDY" else "DMY"
    return read_date(text, order=order, zone=calendar.zone, fetched_at=calendar.fetched_at).published


def read_machine(text: str, calendar: Calendar) -> PageDate | None:
    """A date meant for machines: ISO 8601 and its relatives, else a printed one."""
    stated = read_machine_date(text, zone=calendar.zone, fetched_at=calendar.fetched_at)
    return stated if stated is not None else read_text(clean(text), calendar)


def declared_date(about: Structured, calendar: Calendar) -> When | None:
    """The publication date that the page states for machines."""
    for key in ("datePublished", "dateCreated", "uploadDate"):
        stated = about.ld_text(key)
        if stated and (value := read_machine(stated, calendar)) is not None:
            return When(value, stated, "json-ld")
    for name in PUBLISHED_METAS:
        stated = about.metas.get(name)
        if stated and (value := read_machine(stated, calendar)) is not None:
            return When(value, stated, "metadata")
    for name in ("datepublished", "datecreated"):
        for node in about.microdata.get(name, ())[:1]:
            found = _machine_first(node, calendar, "microdata")
            if found is not None:
                return found
    return None


def declared_change(about: Structured, calendar: Calendar) -> PageDate | None:
    """The time of the last edit that the page states for machines."""
    stated = [about.ld_text("dateModified"), *(about.metas.get(name) for name in MODIFIED_METAS)]
    nodes = about.microdata.get("datemodified", ())
    stated += [node.get("content") or node.get("datetime") for node in nodes[:1]]
    return next((value for text in stated if text and (value := read_machine(text, calendar)) is not None), None)


def placed_date(
    landscape: Landscape, root: HtmlElement, calendar: Calendar, title_line: int, main: HtmlElement | None
) -> When | None:
    """A date line close to the headline or the top of the text: labelled, named or simply a date and nothing else."""
    first, last = landscape.span.get(main, (title_line, title_line)) if main is not None else (title_line, title_line)
    if title_line < 0:
        title_line = first
    best: tuple[float, When] | None = None
    for line in _near(landscape, title_line, first, last):
        text = line.text
        if not _DIGIT.search(text) or not looks_like_date(text):
            continue
        value = read_text(text, calendar)
        if value is None:
            continue
        score = _score(line, text, landscape, title_line)
        if best is None or score > best[0]:
            best = (score, When(value, text, "label" if _LABEL.search(fold(text)) else "position"))
    return best[1] if best else None


def time_element(root: HtmlElement, landscape: Landscape, calendar: Calendar, title_line: int) -> When | None:
    """The `<time>` element nearest to the headline, outside furniture."""
    best: tuple[float, When] | None = None
    for node in root.iter("time"):
        found = _machine_first(node, calendar, "time element")
        if found is None or found.value is None:
            continue
        span = landscape.span.get(node) or landscape.span.get(node.getparent())
        distance = abs((span[0] if span else 400) - max(title_line, 0))
        words = tokens_of(f"{node.get('class') or ''} {node.get('itemprop') or ''}")
        score = -distance + (30 if node.get("pubdate") is not None or words & {"published", "entry", "datepublished"} else 0)
        score -= 20 if words & {"updated", "modified", "datemodified"} else 0
        score -= 200 if _in_furniture(node, landscape) else 0
        if best is None or score > best[0]:
            best = (score, found)
    return best[1] if best else None


def address_date(url: str) -> date | None:
    """The day in a page's address, such as `/2024/05/07/` or `/2024-5-7/`."""
    try:
        path = urlsplit(url).path
    except ValueError:  # such as http://[
        return None
    found = _URL_DATE.search(path)
    if not found:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:  # 2024/02/31 in an address is a number, no date
        return None


def day_of(value: PageDate | None) -> date | None:
    """The calendar day as the page states it."""
    return value.date() if isinstance(value, datetime) else value


def _machine_first(node: HtmlElement, calendar: Calendar, rule: str) -> When | None:
    for name in ("datetime", "content"):
        machine = node.get(name)
        if machine and (value := read_machine(machine, calendar)) is not None:
            return When(value, clean(text_of(node)) or machine, rule)
    text = clean(text_of(node))
    value = read_text(text, calendar) if text else None
    return When(value, text, rule) if value is not None else None


def _near(landscape: Landscape, title_line: int, first: int, last: int) -> Iterator[Line]:
    start = max(0, min(title_line, first) - NEAR)
    stop = max(title_line, min(first, title_line + 2 * NEAR)) + NEAR
    for line in landscape.lines[start:stop]:
        if line.length <= 160:
            yield line
    for line in landscape.lines[max(stop, last - 3) : last + 5]:
        if line.length <= 120:
            yield line


def _score(line: Line, text: str, landscape: Landscape, title_line: int) -> float:
    distance = line.index - title_line
    score = -float(distance) if distance >= 0 else 1.3 * distance
    folded = fold(text)
    if _MODIFIED_LABEL.match(folded):
        score -= 2
    elif _LABEL.search(folded):
        score += 8
    node: HtmlElement | None = line.owner
    for _ in range(2):
        if node is not None:
            if tokens_of(f"{node.get('class') or ''} {node.get('id') or ''}") & _NAMED:
                score += 6
                break
            node = node.getparent()
    if line.linked > line.length * 0.5:
        score -= 6
    if landscape.factors.get(line.owner, 1.0) <= FURNITURE_FACTOR:
        score -= 3
    return score


def _in_furniture(node: HtmlElement, landscape: Landscape) -> bool:
    parent: HtmlElement | None = node
    while parent is not None:
        factor = landscape.factors.get(parent)
        if factor is not None:
            return factor <= FURNITURE_FACTOR
        parent = parent.getparent()
    return False
