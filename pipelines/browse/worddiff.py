"""What changed in a text, paragraph by paragraph and then word by word, with a bound on the work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "del", "ins"]
Piece = tuple[Kind, str]

MOST_LINES = 2_000
MOST_WORDS = 3_000
"""Above these a changed passage is shown as taken out and put in whole: matching takes time with the square of it."""

CONTEXT = 1
"""How many unchanged paragraphs stand before and after a change."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in pieces; `skipped` unchanged ones stand for a gap instead, and then there are no pieces."""

    pieces: tuple[Piece, ...] = ()
    skipped: int = 0


def compare(before: str, after: str) -> list[Paragraph]:
    """The later text with what was taken out and put in; long unchanged stretches as a gap. Nothing if all is equal."""
    if before == after:
        return []
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        return _whole(old, new)
    shown: list[Paragraph] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            shown += _unchanged(old[i:j], is_first=not shown, is_last=m == len(new))
        else:
            shown += _changed(old[i:j], new[k:m])
    return shown


def _whole(old: Sequence[str], new: Sequence[str]) -> list[Paragraph]:
    return [Paragraph((("del", line),)) for line in old] + [Paragraph((("ins", line),)) for line in new]


def _unchanged(lines: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[Paragraph]:
    before = 0 if is_first else CONTEXT
    after = 0 if is_last else CONTEXT
    skipped = len(lines) - before - after
    if skipped <= 1:
        yield from (Paragraph((("same", line),)) for line in lines)
        return
    yield from (Paragraph((("same", line),)) for line in lines[:before])
    yield Paragraph(skipped=skipped)
    yield from (Paragraph((("same", line),)) for line in lines[len(lines) - after :])


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    """Paragraphs that stand against each other, in pairs; those left over went or came whole."""
    for before, after in zip(old, new, strict=False):
        yield Paragraph(tuple(_words(before, after)))
    yield from (Paragraph((("del", line),)) for line in old[len(new) :])
    yield from (Paragraph((("ins", line),)) for line in new[len(old) :])


def _words(before: str, after: str) -> list[Piece]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    whole: list[Piece] = [("del", before), ("ins", after)]
    if max(len(old), len(new)) > MOST_WORDS:
        return whole
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.3:  # two paragraphs that only share their small words are read better one after the other
        return whole
    pieces: list[Piece] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(old[i:j])))
        else:
            pieces += [("del", "".join(old[i:j]))] if j > i else []
            pieces += [("ins", "".join(new[k:m]))] if m > k else []
    return _joined(pieces)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Two changes with only a space between them read as one."""
    joined: list[Piece] = []
    out, put = "", ""
    for at, (kind, text) in enumerate(pieces):
        is_bridge = kind == "same" and text.isspace() and 0 < at < len(pieces) - 1
        if kind == "del" or is_bridge:
            out += text
        if kind == "ins" or is_bridge:
            put += text
        if kind == "same" and not is_bridge:
            joined += _change(out, put)
            joined.append((kind, text))
            out, put = "", ""
    return joined + _change(out, put)


def _change(out: str, put: str) -> list[Piece]:
    """What was taken out and put in; spaces at the end that both have stand after them."""
    if out == put:
        return [("same", out)] if out else []
    pieces: list[Piece] = [("del", out), ("ins", put)]
    return [piece for piece in pieces if piece[1]]
