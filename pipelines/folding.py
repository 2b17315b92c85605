"""The two spellings under which every text is indexed and looked for: with its diacritics, and without.

Both are pure functions, and the same ones serve the index and the query: whatever they make of a word, they make of
it on both sides. They make search keys; a kept text is never replaced by them.
"""

from __future__ import annotations

import re
import unicodedata

from pipelines.alphabet import ALPHABET, TONES, coded, decoded, decoding

INVISIBLE = (
    "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NO-BREAK SPACE}"
)
"""What word processors leave inside words."""

_MARK = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""The blocks of combining diacritics; the vowel signs of Asian scripts are letters and stay."""

_MARKS = re.compile(f"[{_MARK}]+")
_RARE_SIGN = re.compile(f"[^\\w\\s{_MARK}{re.escape(ALPHABET)}]")
"""Emoji, signs for private use such as Word's bullets, marks of direction. FTS5 takes those that are newer than its own
tables for letters."""

_TONED = "àáãảạèéẽẻẹỳýỹỷỵ"
_LATE_TONE = re.compile(f"[ou](?<!qu)[{_TONED}](?![^\\W_])")
"""The tone on the last letter of a syllable in `oa`, `oe` or `uy`. (In `quý` the u belongs to the consonant.)"""


def exact(text: str) -> str:
    """The text in lower case, with its diacritics, spellings that mean the same made one.

    The tone of `hoà` and `thuỷ` stands as in `hòa` and `thủy`; an Icelandic `ð`, which converters of old fonts
    leave, is a `đ`. Punctuation stays where it is; a sign that Vietnamese texts do not use becomes a space.
    """
    return exact_and_folded(text)[0]


def fold(text: str) -> str:
    """The text without diacritics and case: marks dropped, `đ` (which Unicode does not decompose) as `d`."""
    if text.isascii():
        return text.lower()
    codes = _lower_codes(text)
    return decoded(codes, _FOLDED) if codes is not None else _without_marks(_lowered(text))


def folded_codes(text: str) -> bytes | None:
    """`fold` in the codes of `alphabet`, one in the place of each character of the text; None if it cannot be coded."""
    try:
        return coded(text).translate(_FOLDED_CODES)
    except UnicodeEncodeError:
        return None


def exact_and_folded(text: str) -> tuple[str, str]:
    """Both spellings of a text, for hardly more than the price of one.

    They are what `exact` and `fold` give, but that rare signs are spaces in both.
    """
    if text.isascii():
        return text.lower(), text.lower()
    codes = _lower_codes(text)
    if codes is None:
        return _exact_and_folded_of_any(text)
    return decoded(_with_tones_moved(codes)), decoded(codes, _FOLDED)


def _lower_codes(text: str) -> bytes | None:
    """The text in lower case as codes, with which everything goes five times as fast; None if it cannot be coded."""
    try:
        return coded(text).translate(_LOWER_CODES)
    except UnicodeEncodeError:
        return None


def _exact_and_folded_of_any(text: str) -> tuple[str, str]:
    """The general way: letters and signs of every script, marks that stand apart, invisible characters."""
    lowered = _RARE_SIGN.sub(" ", _lowered(text))
    exact_text = _LATE_TONE.sub(_tone_moved, lowered.replace("ð", "đ").replace("ɖ", "đ"))
    return exact_text, _without_marks(lowered)


def _lowered(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    for character in INVISIBLE:
        composed = composed.replace(character, "")
    return composed.lower()


def _without_marks(lowered: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFD", lowered.casefold()))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("ð", "d").replace("ɖ", "d"))


def _tone_moved(syllable: re.Match[str]) -> str:
    return _MOVED_TONES.get(syllable[0], syllable[0])


_MOVED_TONES = {
    unicodedata.normalize("NFC", pair + tone): unicodedata.normalize("NFC", pair[0] + tone + pair[1])
    for pair in ("oa", "oe", "uy")
    for tone in TONES
}


def _with_tones_moved(codes: bytes) -> bytes:
    """What `_LATE_TONE` does, for lower-case codes; a pattern that begins with letters is found ten times as fast."""
    places = [found.start() for found in _LATE_TONE_SHAPE.finditer(codes.translate(_SHAPES))]
    if not places:
        return codes
    moved = bytearray(codes)
    for place in places:
        pair = codes[place : place + 2]
        if pair in _MOVED_CODES and codes[place - 1 : place + 1] != _QU:
            moved[place : place + 2] = _MOVED_CODES[pair]
    return bytes(moved)


_FOLDED = decoding({letter: _without_marks(letter.lower()) for letter in ALPHABET})


def _shape(letter: str) -> bytes:
    """Which part in a late tone a letter may have: the first, the last, or that of a letter that goes on."""
    if letter in "ou":
        return b"o"
    if letter in _TONED:
        return b"a"
    return b"w" if letter.isalnum() else b" "


_LOWER_CODES = coded(ALPHABET.lower()).ljust(256)
_FOLDED_CODES = coded("".join(_without_marks(letter.lower()) for letter in ALPHABET)).ljust(256)
_SHAPES = b"".join(map(_shape, ALPHABET)).ljust(256)
_LATE_TONE_SHAPE = re.compile(rb"oa(?![oaw])")
_MOVED_CODES = {coded(pair): coded(moved) for pair, moved in _MOVED_TONES.items()}
_QU = coded("qu")
