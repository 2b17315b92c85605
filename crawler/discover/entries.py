"""The entries of a listing: links that a list of news shows, with the title and the date printed there.

A family's profile may name them (`entry`, `entry_date`). Without one they are told by their shape: several links at
equal places of the markup whose texts read like titles, or a link with a date beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from statistics import median

from lxml.html import HtmlElement

from crawler.discover.anchors import Anchor, word_count
from crawler.discover.menus import LONG_TEXT
from crawler.discover.printed import date_in, printed_date, split_date
from crawler.read.profile import Selectors
from crawler.read.selecting import select_all

TITLE_WORDS = 4
"""Fewest words of a title where nothing but the shape speaks for it; a section's name is usually shorter."""
FEWEST = 3
"""Links at equal places that make a list."""
_CLIMB = 8
"""Blocks around a link in which its date is looked for."""
_LONGEST_ENTRY = 1500
_LEAST_PROSE = 40
_NEIGHBOURS = 60
_ROOTS = frozenset({"html", "body", "form"})
_UNMARKED = frozenset({"a", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
"""Elements whose class tells the first, the last, the even and the odd of a list apart."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How a listing shows an article; `is_sure` when the family's profile or a date marks it, not the shape alone."""

    title: str
    date_text: str | None = None
    is_sure: bool = False


def entries_of(
    tree: HtmlElement, anchors: Sequence[Anchor], outside_menus: Sequence[Anchor], select: Selectors
) -> dict[str, Entry]:
    """The entries by address; the best title and the first date win where an entry has several links."""
    by_element = {anchor.element: anchor for anchor in anchors}
    found: dict[str, Entry] = {}
    for url, entry in (*_named(tree, by_element, select), *_shaped(outside_menus, by_element)):
        known = found.get(url)
        found[url] = entry if known is None else _merged(known, entry)
    return found


def _merged(one: Entry, other: Entry) -> Entry:
    return Entry(
        title=_better_title(one.title, other.title),
        date_text=one.date_text or other.date_text,
        is_sure=one.is_sure or other.is_sure,
    )


def _better_title(one: str, other: str) -> str:
    """The longer, but for a "Read more: …" around the other."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    has_words_before = word_count(shorter) > 1 and shorter in longer and not longer.startswith(shorter)
    return shorter if has_words_before else longer


def _named(
    tree: HtmlElement, by_element: Mapping[HtmlElement, Anchor], select: Selectors
) -> Iterator[tuple[str, Entry]]:
    blocks = select_all(tree, select.entry)
    dates = _dates_of(blocks, select_all(tree, select.entry_date)) if blocks else {}
    for block in blocks:
        links = [by_element[link] for link in block.iter("a", "area") if link in by_element]
        if not links or len(str(block.text_content())) > _LONGEST_ENTRY:
            continue
        title = reduce(_better_title, (link.text for link in links if link.url == links[0].url))
        title, in_title = split_date(title)
        if title:
            yield links[0].url, Entry(title, dates.get(block) or in_title or date_in(block), is_sure=True)


def _dates_of(blocks: Sequence[HtmlElement], dates: Sequence[HtmlElement]) -> dict[HtmlElement, str]:
    wanted = set(blocks)
    found: dict[HtmlElement, str] = {}
    for element in dates:
        text = printed_date(str(element.text_content())) or date_in(element)
        block = next((block for block in (element, *element.iterancestors()) if block in wanted), None)
        if text and block is not None:
            found.setdefault(block, text)
    return found


def _shaped(anchors: Sequence[Anchor], by_element: Mapping[HtmlElement, Anchor]) -> Iterator[tuple[str, Entry]]:
    groups: dict[tuple[str, ...], list[tuple[Anchor, Entry]]] = defaultdict(list)
    for anchor in anchors:
        if anchor.words >= 2 and not _is_in_prose(anchor):
            groups[_place(anchor.element)].append((anchor, _read_entry(anchor, by_element)))
    for group in groups.values():
        reads_like_list = _reads_like_list(group)
        for anchor, entry in group:
            words = word_count(entry.title)
            if (entry.date_text and (reads_like_list or words >= TITLE_WORDS)) or (
                reads_like_list and words >= TITLE_WORDS
            ):
                yield anchor.url, entry


def _reads_like_list(group: Sequence[tuple[Anchor, Entry]]) -> bool:
    words = {anchor.url: word_count(entry.title) for anchor, entry in group}
    dated = {anchor.url for anchor, entry in group if entry.date_text}
    return len(words) >= FEWEST and (median(words.values()) >= LONG_TEXT or 2 * len(dated) >= len(words))


def _read_entry(anchor: Anchor, by_element: Mapping[HtmlElement, Anchor]) -> Entry:
    title, date_text = split_date(anchor.text)
    if date_text is None and len(anchor.element) and (inner := date_in(anchor.element)) and inner != title:
        title, date_text = title.replace(inner, "").strip(), inner
    date_text = date_text or _date_beside(anchor, by_element)
    return Entry(title, date_text, is_sure=date_text is not None)


def _date_beside(anchor: Anchor, by_element: Mapping[HtmlElement, Anchor]) -> str | None:
    """The date in the widest block that is this entry's alone, or in the row right after it."""
    block = anchor.element
    for parent in islice(anchor.element.iterancestors(), _CLIMB):
        if parent.tag in _ROOTS or _leads_elsewhere(parent, anchor, by_element):
            break
        block = parent
        if found := date_in(block):
            return found
    row = block.getnext()
    if row is None or not isinstance(row.tag, str) or _leads_elsewhere(row, anchor, by_element):
        return None
    return date_in(row)


def _leads_elsewhere(block: HtmlElement, anchor: Anchor, by_element: Mapping[HtmlElement, Anchor]) -> bool:
    """Whether the block is too big for one entry: it holds another link that reads like a title, or a long text."""
    for count, link in enumerate(block.iter("a", "area")):
        other = by_element.get(link)
        if count >= _NEIGHBOURS or (other and other.url != anchor.url and other.words >= TITLE_WORDS):
            return True
    return len(str(block.text_content())) > _LONGEST_ENTRY


def _is_in_prose(anchor: Anchor) -> bool:
    """Whether the text right before and after the link is longer than the link: it stands in a sentence."""
    previous, parent = anchor.element.getprevious(), anchor.element.getparent()
    before = previous.tail if previous is not None else parent.text if parent is not None else None
    around = " ".join(f"{before or ''} {anchor.element.tail or ''}".split())
    return len(around) > max(_LEAST_PROSE, len(anchor.text)) and printed_date(around) is None


def _place(element: HtmlElement) -> tuple[str, ...]:
    chain = [element]
    for parent in element.iterancestors():
        if len(chain) == 4:
            break
        chain.append(parent)
    return tuple(_label(one) for one in chain)


def _label(element: HtmlElement) -> str:
    if element.tag in _UNMARKED:
        return str(element.tag)
    names = (element.get("class") or "").split()
    return f"{element.tag}.{names[0].rstrip('0123456789')}" if names else str(element.tag)
