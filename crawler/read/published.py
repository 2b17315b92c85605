"""When an article was published: the witnesses on a page, weighed against each other; never the header's clock."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.datatables import is_in_data
from crawler.read.dates import VIETNAM, looks_like_date, read_date, read_machine_date
from crawler.read.landscape import FURNITURE_FACTOR, Landscape, Line
from crawler.read.markup import HEADINGS, text_of
from crawler.read.structured import Structured
from crawler.read.words import clean, fold, tokens_of
from pipelines.clock import day_of
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
MODIFIED_METAS = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
    "lastmod",
)
WEIGHTS = {"json-ld": 1.5, "metadata": 1.0, "microdata": 1.0, "time element": 0.7, "address": 2.6}
BESIDE = 2.6
"""Weight of a date beside the headline; farther away it counts less than any metadata."""
ELSEWHERE = 0.8
NEAR = 12
"""A date stands at most so many lines before or after the headline."""

_LABEL = re.compile(
    r"\b(?:ngay (?:dang|viet|tao|xuat ban|gui|cap nhat|ban hanh tin)|dang (?:ngay|luc|boi|tai)|cap nhat"
    r"|thoi gian dang|published|posted|"
    r"publie|veroffentlicht|erstellt|publicado|pubblicato|opublikowano|datum|date)\b"
)
_MODIFIED_LABEL = re.compile(r"^(?:cap nhat|sua|chinh sua|updated|last (?:updated|modified)|aktualisiert|modified)")
_URL_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[/._-]?(0[1-9]|1[0-2]|(?<=[/._-])[1-9])[/._-]?(0[1-9]|[12]\d|3[01]|(?<=[/._-])[1-9])(?!\d)"
)
_NAMED = frozenset(
    [
        "date",
        "time",
        "published",
        "publish",
        "posted",
        "datetime",
        "timestamp",
        "ngay",
        "ngaydang",
        "thoigian",
        "postdate",
        "pubdate",
        "entrydate",
        "publicationdate",
        "created",
    ]
)
_PRINTED_ZONE = re.compile(r"\b(?:GMT|UTC|MEZ|MESZ|CES?T|[ECMP][SD]T|BST|IST|AES?T)\b")
_UPDATES = frozenset(["updated", "update", "modified", "datemodified"])
_DIGIT = re.compile(r"\d")
_PHRASE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}\. ?\d{1,2}\. ?(?:20|19)\d\d|\d{1,2}[/-]\d{1,2}[/-](?:20|19)\d\d"
    r"|\d{1,2}(?:\.|st|nd|rd|th|er|º)? ?(?:de )?[^\W\d_]{3,10}\.?,? (?:de )?(?:20|19)\d\d"
    r"|[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:20|19)\d\d"
)


ENTRIES = ("li", "dd", "dt")
DEEP = 3
"""So many elements around a date are looked at for what it is the date of."""
HEADLINE_LINK = 25
"""Characters of a link that is another article's headline; links of crumbs, authors and sections are shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How a site writes dates: its order where its file says so, and when this copy of the page was fetched."""

    order: str | None = None
    zone: tzinfo = VIETNAM
    fetched_at: datetime | None = None
    is_foreign: bool = False
    """The page is in another language: a zone that it prints is that of its readers, and decides the day."""


@dataclass(frozen=True, slots=True)
class When:
    """A date, the text that said it and the rule that found it; the value is None where the text is refused."""

    value: PageDate | None
    text: str | None
    rule: str
    weight: float = 1.0
    """How much a witness that the page shows to its readers counts; see `agreed`."""


def date_in(node: HtmlElement, calendar: Calendar, rule: str, *, trust: bool = True) -> When | None:
    """The date that an element prints, or carries in `datetime` or `content`; None where it holds nothing at all.

    Where the element prints a day and carries the time of the same day, the time is taken, unless machine-readable
    dates of the family are not to be trusted.
    """
    text = clean(text_of(node))
    printed = read_text(text, calendar) if text else None
    if isinstance(printed, datetime) or (printed is not None and not trust):
        return When(printed, text, rule)
    for part in (node, *node.iter("time")):
        for name in ("datetime", "content", "title"):
            machine = part.get(name)
            carried = read_machine(machine, calendar) if machine and _DIGIT.search(machine) else None
            if isinstance(carried, datetime) and carried.utcoffset() == timedelta(0):
                carried = carried.astimezone(calendar.zone)
            if carried is not None and (printed is None or day_of(carried) == printed):
                return When(carried, text or machine, rule)
    return When(printed, text, rule) if text else None


def read_text(text: str, calendar: Calendar) -> PageDate | None:
    """A printed date, read whole or refused."""
    if len(text) > 200 or not any(char.isdigit() for char in text):
        return None
    order: Literal["DMY", "MDY"] = "MDY" if calendar.order == "MDY" else "DMY"
    zone = UTC if calendar.is_foreign and _PRINTED_ZONE.search(text) else calendar.zone
    return read_date(text, order=order, zone=zone, fetched_at=calendar.fetched_at).published


def read_machine(text: str, calendar: Calendar) -> PageDate | None:
    """A date meant for machines: ISO 8601 and its relatives, else a printed one."""
    stated = read_machine_date(text, zone=calendar.zone, fetched_at=calendar.fetched_at)
    return stated if stated is not None else read_text(clean(text), calendar)


def declared_dates(about: Structured, calendar: Calendar) -> list[When]:
    """The publication dates that the page states for machines, one of each kind of statement."""
    found: list[When] = []
    for key in ("datePublished", "dateCreated", "uploadDate"):
        stated = about.ld_text(key)
        if stated and (value := read_machine(stated, calendar)) is not None:
            found.append(When(value, stated, "json-ld"))
            break
    for name in PUBLISHED_METAS:
        stated = about.metas.get(name) or about.metas.get(name.replace(".", ":"))
        if stated and (value := read_machine(stated, calendar)) is not None:
            found.append(When(value, stated, "metadata"))
            break
    for name in ("datepublished", "datecreated"):
        nodes = about.microdata.get(name, ())[:1]
        dated = [when for node in nodes if (when := _machine_first(node, calendar, "microdata")) is not None]
        if dated:
            found.append(dated[0])
            break
    return found


def _piece_date(piece: str, calendar: Calendar) -> PageDate | None:
    return read_text(piece, calendar) if len(piece) >= 8 and looks_like_date(piece) else None


def agreed(stated: list[When], shown: When | None, day: date | None) -> When | None:
    """The date that most witnesses agree on: what stands beside the headline counts most, then what machines are told.

    Where they agree on the day, the most precise of them speaks; a time given in UTC may belong to the day before or
    after the one that the page prints.
    """
    witnesses = [(WEIGHTS[when.rule], when) for when in stated if when.value is not None]
    if shown is not None and shown.value is not None:
        witnesses.insert(0, (shown.weight, shown))
    if day is not None:
        witnesses.append((WEIGHTS["address"], When(day, None, "address")))
    if not witnesses:
        return None
    scores = [sum(weight for weight, other in witnesses if _same_day(when, other)) for _, when in witnesses]
    best = witnesses[scores.index(max(scores))][1]
    same = [when for _, when in witnesses if _same_day(when, best)]
    if shown is not None and shown in same and any(is_in_utc(when) for when in same):
        return shown
    return next((when for when in same if isinstance(when.value, datetime)), same[0])


def _same_day(one: When, other: When) -> bool:
    first, second = day_of(one.value), day_of(other.value)
    if first is None or second is None:
        return False
    near = 1 if is_in_utc(one) != is_in_utc(other) and BESIDE in (one.weight, other.weight) else 0
    return abs((first - second).days) <= near


def declared_change(about: Structured, calendar: Calendar) -> PageDate | None:
    """The time of the last edit that the page states for machines."""
    stated = [about.ld_text("dateModified"), *(about.metas.get(name) for name in MODIFIED_METAS)]
    nodes = about.microdata.get("datemodified", ())
    stated += [node.get("content") or node.get("datetime") for node in nodes[:1]]
    return next((value for text in stated if text and (value := read_machine(text, calendar)) is not None), None)


def placed_date(
    landscape: Landscape, calendar: Calendar, title_line: int, main: HtmlElement | None, *, is_foreign: bool
) -> When | None:
    """A date line close to the headline or the top of the text: labelled, named or simply a date and nothing else."""
    first, last = landscape.span.get(main, (title_line, title_line)) if main is not None else (title_line, title_line)
    if title_line < 0:
        title_line = first
    best: tuple[float, When] | None = None
    for line in _near(landscape, title_line, first, last):
        found = _in_line(line, calendar, is_foreign=is_foreign)
        if (
            found is None
            or _dates_another(line, landscape, title_line)
            or (found.rule != "label" and is_in_data(line.owner))
            or _is_clock(line, found, landscape, title_line, calendar)
        ):
            continue
        score = _score(line, line.text, landscape, title_line) - (4 if found.rule == "phrase" else 0)
        if best is None or score > best[0]:
            is_beside = (0 < line.index - title_line <= 6 and found.rule != "phrase") or found.rule == "label"
            is_beside = is_beside and not _MODIFIED_LABEL.match(fold(line.text))
            best = (score, replace(found, weight=BESIDE if is_beside else ELSEWHERE))
    return best[1] if best else None


def _is_clock(line: Line, found: When, landscape: Landscape, title_line: int, calendar: Calendar) -> bool:
    """Whether a date above the headline is the page header's clock: a menu lies between, or it says today."""
    if line.index >= title_line or found.rule == "label":
        return False
    if any(piece.getparent().tag == "time" for piece in line.texts):
        return False
    between = landscape.lines[line.index + 1 : title_line]
    if sum(other.linked > 0.5 * other.length for other in between) > 1:
        return True
    today = calendar.fetched_at.astimezone(calendar.zone).date() if calendar.fetched_at else None
    return day_of(found.value) == today and not isinstance(found.value, datetime)


def _is_update(piece: Any) -> bool:
    """Whether a piece of text stands in an element that is called an update."""
    name = f"{(node := piece.getparent()).get('class') or ''} {node.get('itemprop') or ''}"
    return bool(tokens_of(name) & _UPDATES)


def _dates_another(line: Line, landscape: Landscape, title_line: int) -> bool:
    """Whether a date belongs to another article: in an entry of a list, beside its headline, or inside a link to it.

    (A link around the page's own headline leads to the page itself.)
    """
    own = landscape.lines[title_line].owner if title_line < len(landscape.lines) else None
    around: HtmlElement | None = line.owner
    for _ in range(DEEP):
        if around is None or around.tag in ("body", "article", "main"):
            return False
        if around.tag in ENTRIES:
            return any(len(text_of(link)) >= HEADLINE_LINK for link in around.iter("a"))
        if around.tag == "a" and around.get("href"):
            is_own = own is not None and around in (own, *own.iterancestors())
            return not is_own and len(text_of(around)) >= HEADLINE_LINK + len(line.text)
        around = around.getparent()
    return False


def _in_line(line: Line, calendar: Calendar, *, is_foreign: bool) -> When | None:
    """The date that a line prints: the whole line, one of the pieces between its tags, or a phrase in a foreign one.

    A Vietnamese line is read whole or in the pieces that its markup makes; phrases are looked for only where the
    words around a date (`von … am`, `par …`, `posted by … on`) are of a language that the date reader need not know.
    """
    if not any(map(_DIGIT.search, line.texts)):
        return None
    text = line.text
    if looks_like_date(text) and (value := read_text(text, calendar)) is not None:
        return When(value, text, "label" if _LABEL.search(fold(text)) else "position")
    pieces: list[str] = []
    if len(line.texts) > 1:
        pieces = [clean(piece) for piece in line.texts if _DIGIT.search(piece) and not _is_update(piece)]
    dated = [(piece, value) for piece in pieces if (value := _piece_date(piece, calendar)) is not None]
    if dated:  # of two dates in one line the later is that of the update
        piece, value = min(dated, key=lambda pair: (day_of(pair[1]), pair[0]))
        return When(value, piece, "position")
    if is_foreign and line.length <= 80 and line.owner.tag not in HEADINGS:
        for phrase in _PHRASE.findall(text):
            if (value := read_text(clean(phrase), calendar)) is not None:
                return When(value, phrase, "phrase")
    return None


def is_in_utc(when: When) -> bool:
    """Whether a time is given in UTC: then the page's own calendar day may be another."""
    return isinstance(when.value, datetime) and when.value.utcoffset() == timedelta(0)


def last_witness(page_tree: HtmlElement, url: str, calendar: Calendar) -> date | None:
    """The day that `htmldate` makes out: slow, day precision, and only for pages in other languages than Vietnamese."""
    from htmldate import find_date  # noqa: PLC0415  # loading it costs more than reading ten pages, and few need it

    try:
        found = find_date(
            copy.deepcopy(page_tree),
            url=url,
            original_date=True,
            extensive_search=True,
            max_date=calendar.fetched_at.date().isoformat() if calendar.fetched_at else None,
        )
    except (ValueError, TypeError, AttributeError, etree.Error):  # it trusts markup more than markup deserves
        return None
    return date.fromisoformat(found) if found else None


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
        score = -distance + (
            30 if node.get("pubdate") is not None or words & {"published", "entry", "datepublished"} else 0
        )
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
        score += 6
    node: HtmlElement | None = line.owner
    for _ in range(2):
        if node is not None:
            if tokens_of(f"{node.get('class') or ''} {node.get('id') or ''}") & _NAMED:
                score += 3
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
