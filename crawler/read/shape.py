"""What a page says, line by line, to compare it with what its host answers where there is nothing.

Two answers for missing pages are never equal: they print the address that was asked for, the time, a counter. So lines
are compared and not bytes, digits count as one, and the page's own address does not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.read.words import fold

LIKENESS = 0.9
"""The share of letters that two pages of one shape have in common."""
NOTHING = 0.1
"""The share of letters that two texts may have in common that have nothing in common: a greeting, a signature."""
OWN = 60
"""Letters that a page may say beyond the other: a time, a counter, an address; no article's text is as short."""
MOST_LINES = 20_000
_LEAST_ECHO = 6
"""Letters of an address that are looked for in a line; fewer are a word of the language."""

_SILENT = frozenset({"script", "style", "noscript", "template", "title"})
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Shape:
    """The lines of a page, folded."""

    lines: frozenset[str]

    def is_like(self, other: Shape) -> bool:
        """Whether this page says what the other says and next to nothing beyond."""
        own = _letters(self.lines - other.lines)
        shared = _letters(self.lines & other.lines)
        missing = _letters(other.lines - self.lines)
        whole = own + shared + missing
        return shared > 0 and own <= OWN and shared >= LIKENESS * whole

    def has_nothing_of(self, other: Shape) -> bool:
        """Whether next to nothing of what this text says is said by the other, and the reverse."""
        shared = _letters(self.lines & other.lines)
        return shared <= NOTHING * min(_letters(self.lines), _letters(other.lines))

    @property
    def sha256(self) -> str:
        """Of the lines, whatever their order: the same for two texts of one shape."""
        return hashlib.sha256("\n".join(sorted(self.lines)).encode()).hexdigest()


def shape_of(tree: HtmlElement, url: str) -> Shape:
    """The shape of the page that was received from an address."""
    echoes = _echoes(url)
    return Shape(frozenset(line for text in _texts(tree) if (line := _line(text, echoes))))


def shape_of_text(text: str, url: str) -> Shape:
    """The shape of what was read as an article at an address."""
    echoes = _echoes(url)
    return Shape(frozenset(said for line in text.splitlines() if (said := _line(line, echoes))))


def _echoes(url: str) -> tuple[str, ...]:
    """How a page may print the address that was asked for, the longest way first."""
    path = unquote(urlsplit(url).path)
    last = path.rpartition("/")[2]
    ways = (fold(way) for way in (url, path, last, last.partition(".")[0]))
    return tuple(way for way in ways if len(way) >= _LEAST_ECHO)


def _texts(tree: HtmlElement) -> Iterator[str]:
    for count, node in enumerate(tree.iter()):
        if count >= MOST_LINES:
            return
        if isinstance(node.tag, str) and node.tag not in _SILENT and node.text:
            yield node.text
        if node.tail:
            yield node.tail


def _line(text: str, echoes: tuple[str, ...]) -> str:
    line = fold(text)
    for echo in echoes:
        line = line.replace(echo, " ")
    return " ".join(word for word in _DIGITS.sub("0", line).split() if word != "0")


def _letters(lines: frozenset[str]) -> int:
    return sum(map(len, lines))
