"""The piece of a kept text that shows best why an article was found, in parts that say which were looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.searchterms import Mark, Way

SNIPPET_LENGTH = 240
SNIPPET_BEFORE = 60
"""How many characters a snippet has in all, and before the first word that is marked."""

MOST_TITLE = 300
"""How many characters of a title are shown."""

Part = tuple[str, bool]
"""A piece of a snippet, and whether it is what was looked for."""

_SPACE = re.compile(r"\s+")


def snippet_of(way: Way, text: str) -> tuple[Part, ...]:
    """The piece of the text with the most of the terms, close together, marked; nothing where it has none."""
    marks = way.marks(text)
    if not marks:
        return ()
    best = min(range(len(marks)), key=lambda index: _worth(marks, index)) if len(marks) > 1 else 0
    start, end = _window(text, marks[best][0])
    return _piece(text, start, end, marks)


def marked_title(way: Way, title: str) -> tuple[Part, ...]:
    """A title with the terms marked, where it has them; of an endless one the beginning."""
    return _piece(title, 0, min(len(title), MOST_TITLE), way.marks(title))


def _piece(text: str, start: int, end: int, marks: Sequence[Mark]) -> tuple[Part, ...]:
    """The text from `start` to `end`, in parts."""
    parts: list[Part] = []
    at = start
    for first, last, _term in marks:
        if at <= first < end:
            at, before = min(last, end), at
            parts += [(text[before:first], False), (text[first:at], True)]
    return _framed(text, start, [*parts, (text[at:end], False)], end)


def opening_of(text: str) -> tuple[Part, ...]:
    """The first lines, for words that stand in the title, the tags or the by-line."""
    start, end = _window(text, 0)
    return _framed(text, start, [(text[start:end], False)], end)


def _framed(text: str, start: int, parts: Sequence[Part], end: int) -> tuple[Part, ...]:
    framed = [(_in_a_line(part), is_hit) for part, is_hit in parts if part]
    if start:
        framed.insert(0, ("… ", False))
    if end < len(text):
        framed.append((" …", False))
    return tuple(framed)


def _in_a_line(part: str) -> str:
    return part if part.isprintable() and "  " not in part else _SPACE.sub(" ", part)


def _worth(marks: Sequence[Mark], index: int) -> tuple[int, int]:
    """How good a piece is that starts with this mark: the most different terms, then the least room for them."""
    start = marks[index][0]
    seen: set[int] = set()
    room = 0
    for other in range(index, len(marks)):
        _first, last, term = marks[other]
        if last - start > SNIPPET_LENGTH - SNIPPET_BEFORE:
            break
        if term not in seen:
            seen.add(term)
            room = last - start
    return -len(seen), room


def _window(text: str, mark: int) -> tuple[int, int]:
    """Start and end of the piece around a mark, between words where there are any."""
    start = max(0, mark - SNIPPET_BEFORE)
    if start:
        start = max(text.find(" ", start, mark), text.find("\n", start, mark), start - 1) + 1
    end = start + SNIPPET_LENGTH
    if end < len(text):
        gap = max(text.rfind(" ", mark, end), text.rfind("\n", mark, end))
        end = gap if gap > mark else end
    return start, min(end, len(text))
