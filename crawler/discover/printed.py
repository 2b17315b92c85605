"""Dates as listings print them: found and kept as text, never understood here (`crawler.read` does that)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

LONGEST = 60
"""Characters of a text that is a date with its label, and not a sentence with a date in it."""
_MOST_OTHER_LETTERS = 10
_MOST_TEXTS = 80
_MOST_NODES = 1_000

_MONTHS = r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"(?<![\d/.-])(?:"
    r"\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:19|20)\d{2}|\d{1,2}/\d{1,2}/\d{2}"
    r"|(?:19|20)\d{2}[/.-]\d{1,2}[/.-]\d{1,2}(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\d{1,2}\s+tháng\s+\S{1,4}(?:\s+\S{1,4})?,?\s+(?:năm\s+)?\d{4}"
    rf"|\d{{1,2}}\s+(?:{_MONTHS})[a-z]*\.?,?\s+\d{{4}}|(?:{_MONTHS})[a-z]*\.?\s+\d{{1,2}},?\s+\d{{4}}"
    r"|\d{1,3}\s+(?:phút|giờ|ngày|tuần|tháng|năm)\s+trước|\d{1,3}\s+(?:minute|hour|day|week|month)s?\s+ago"
    r")(?!\d)",
    re.IGNORECASE,
)
_TIME = r"\d{1,2}\s?[:hg]\s?\d{2}(?::\d{2})?(?:\s?(?:AM|PM|SA|CH))?"
_WHOLE = rf"(?:{_TIME}[\s,|-]*)?(?:ngày\s+)?{_DATE.pattern}(?:[\s,|-]*{_TIME})?"
_SET_APART = re.compile(rf"\s*[(\[]\s*{_WHOLE}\s*[)\]]$|\s+[-–|]\s+{_WHOLE}$", re.IGNORECASE)
_LABELS = re.compile(
    r"thứ\s+(?:hai|ba|tư|năm|sáu|bảy|bẩy|\d)|chủ\s+nhật|\bT[2-7]\b|\bCN\b|ngày|lúc|đăng|tải|viết|cập nhật|xuất bản"
    r"|giờ|phút|\d+\s*[hg]\s*\d+|GMT|\b(?:AM|PM|SA|CH)\b|(?:số\s+)?lượt\s+xem|đã\s+xem|view\s+count|views?"
    r"|posted|published|updated|date|mon|tues?|wed(?:nes)?|thurs?|fri|satur|sun|day",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


def printed_date(text: str) -> str | None:
    """The text itself, blanks collapsed, when it is a date with at most its time and label; None otherwise."""
    if not _DIGIT.search(text):
        return None
    text = " ".join(text.split())
    if len(text) < 6 or len(text) > LONGEST or not (match := _DATE.search(text)):
        return None
    others = _LABELS.sub("", text[: match.start()] + " " + text[match.end() :])
    return text if sum(map(str.isalpha, others)) <= _MOST_OTHER_LETTERS else None


def split_date(title: str) -> tuple[str, str | None]:
    """A link's text without the date that stands in brackets or behind a dash at its end, and that date.

    A date that is part of the sentence stays: "Tài liệu giao ban ngày 5/3/2024".
    """
    if not _DIGIT.search(title[-12:]):
        return title, None
    start = max(0, len(title) - LONGEST)
    match = _SET_APART.search(title, start)
    if not match or not title[: match.start()].strip():
        return title, None
    return title[: match.start()].strip(), match[0].strip(" -–|")


def date_in(element: HtmlElement) -> str | None:
    """The first printed date inside the element, as widely as it is printed around; None where there is none."""
    for count, (text, owner) in enumerate(_texts(element)):
        if count >= _MOST_TEXTS:
            return None
        if printed_date(text):
            return _widened(text, owner, element)
    times = element.xpath("descendant-or-self::time/@datetime")
    return next((text for text in map(str, times if isinstance(times, list) else []) if printed_date(text)), None)


def _texts(element: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    for node in islice(element.iter(), _MOST_NODES):
        if node.tag in ("script", "style") or not isinstance(node.tag, str):
            continue
        if node.text:
            yield node.text, node
        if node.tail and node is not element and (parent := node.getparent()) is not None:
            yield node.tail, parent


def _widened(text: str, owner: HtmlElement, limit: HtmlElement) -> str:
    """Date and time often stand in neighbouring elements: take the widest element that is still only a date."""
    found = printed_date(text) or text
    while owner is not limit and owner.find(".//a") is None and (wider := printed_date(str(owner.text_content()))):
        found = wider
        parent = owner.getparent()
        if owner.tag == "a" or parent is None:
            break
        owner = parent
    return found
