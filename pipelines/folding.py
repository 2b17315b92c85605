"""The two spellings under which every word is indexed and looked for: as written, and without its diacritics.

Both are pure functions of one text, and the same ones serve the index and the query: whatever they make of a word,
they make of it on both sides. Kept texts are never replaced by them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BAR_LETTERS = {"đ": "d", "ð": "d", "ɖ": "d"}
"""`đ` and the look-alikes that converters of old fonts leave for it. Unicode decomposes none of them."""

TONES = "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}\N{COMBINING HOOK ABOVE}\N{COMBINING DOT BELOW}"
INVISIBLE = "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NO-BREAK SPACE}"
"""Characters that word processors leave inside words."""

WORD = re.compile(r"[\w\u0300-\u036f]+")
"""A run of letters and digits; a mark without a precomposed letter stays inside its word."""

_ETH = str.maketrans({"ð": "đ", "ɖ": "đ"})
_PLAIN_D = str.maketrans(BAR_LETTERS)
_KNOWN_WORDS = 1 << 16
"""How many words keep their spellings in memory; all of a language's syllables are far fewer."""


def _moved_tones() -> dict[str, str]:
    """`oà` → `òa` and its fourteen sisters: the endings that two schools of spelling write differently."""
    return {
        unicodedata.normalize("NFC", pair + tone): unicodedata.normalize("NFC", pair[0] + tone + pair[1])
        for pair in ("oa", "oe", "uy")
        for tone in TONES
    }


_MOVED_TONES = _moved_tones()


def words(text: str) -> list[str]:
    """The words of a text in order, as written (NFC); punctuation, symbols and underscores part them."""
    composed = unicodedata.normalize("NFC", text).replace("_", " ")
    for character in INVISIBLE:
        composed = composed.replace(character, "")
    return WORD.findall(composed)


def exact(text: str) -> str:
    """The words of a text with their diacritics, in lower case, one space between two.

    Spellings that mean the same are made one: the tone of `hoà` stands as in `hòa`, and an Icelandic `ð` is a `đ`.
    """
    return " ".join(map(exact_word, words(text)))


def fold(text: str) -> str:
    """The words of a text without diacritics and case, `đ` included, one space between two."""
    return " ".join(map(fold_word, words(text)))


def both(text: str) -> tuple[str, str]:
    """`exact` and `fold` of one text, for the index."""
    found = words(text)
    return " ".join(map(exact_word, found)), " ".join(map(fold_word, found))


@lru_cache(maxsize=_KNOWN_WORDS)
def exact_word(word: str) -> str:
    """The spelling of one word with its diacritics."""
    lowered = unicodedata.normalize("NFC", word.lower()).translate(_ETH)
    moved = _MOVED_TONES.get(lowered[-2:])
    # In `quý` the u belongs to the consonant: the tone has only one place.
    if moved is None or lowered[-3:-1] == "qu":
        return lowered
    return lowered[:-2] + moved


@lru_cache(maxsize=_KNOWN_WORDS)
def fold_word(word: str) -> str:
    """The spelling of one word without diacritics; empty for a mark that stands alone."""
    opened = unicodedata.normalize("NFD", unicodedata.normalize("NFD", word).casefold())
    return "".join(letter for letter in opened if not unicodedata.combining(letter)).translate(_PLAIN_D)
