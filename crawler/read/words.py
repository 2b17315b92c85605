"""Small things about words: one space between them, and a form without diacritics to compare texts by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

INVISIBLE = re.compile("[\x7f-\x9f\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e]")
"""Soft hyphens, zero-width characters and direction marks: nothing that a reader sees."""
_WORD = re.compile(r"\w+")
_ASCII_WORDS = bytes(
    ord(char.lower()) if (char := chr(code)).isalnum() or char == "_" else 0x20 for code in range(0x80)
).ljust(0x100)
"""ASCII letters in lower case, digits and `_` as they are, everything else as a space."""


def _bare_letters() -> dict[int, str]:
    """Latin letters with diacritics and the letters without them; đ and its look-alike ð become d; signs a space."""
    signs = map(chr, (*range(0xA0, 0xC0), *range(0x2000, 0x2070)))  # “ ” ’ – …: in nearly every text of some length
    letters = {sign: " " for sign in signs if not sign.isalnum()}
    letters |= {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            letters[chr(code)] = base
    return str.maketrans(letters)


_BARE = _bare_letters()


def squeeze(text: str) -> str:
    """One space between words, none at the ends; no-break and other Unicode spaces count as spaces."""
    return text.strip() if _is_even(text) else " ".join(text.split())


def clean(text: str) -> str:
    """`squeeze` without invisible characters, in NFC: character references can spell marks apart."""
    text = squeeze(text)
    if not text.isprintable():  # told ten times faster than searched; nothing invisible is printable
        text = " ".join(INVISIBLE.sub("", text).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _is_even(text: str) -> bool:
    """Whether a text has no white space but single spaces, and nothing invisible: told ten times faster than mended."""
    return text.isprintable() and "  " not in text


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without diacritics, words only, joined by one space: for comparing, never for showing."""
    bare = text if text.isascii() else text.translate(_BARE)
    if bare.isascii():
        return b" ".join(bare.encode().translate(_ASCII_WORDS).split()).decode()
    decomposed = unicodedata.normalize("NFD", bare.lower().casefold())  # other scripts, and marks that stand apart
    return " ".join(_WORD.findall("".join(char for char in decomposed if not unicodedata.combining(char))))


def says_the_same(one: str, other: str) -> bool:
    """Whether two texts fold to the same words; told at once where one is much longer."""
    is_near = len(one) <= 2 * len(other) + 50 and len(other) <= 2 * len(one) + 50
    return is_near and fold(one) == fold(other)


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in a text: whether anything is left of it when it is folded."""
    return _WORD.search(text) is not None


def tokens_of(name: str) -> frozenset[str]:
    """The words that a class or id is made of: `postMeta related-news2` is post, meta, related, news."""
    return _tokens(name)


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile(r"[^A-Za-z]+")


@lru_cache(maxsize=20_000)
def _tokens(name: str) -> frozenset[str]:
    return frozenset(part for part in _SPLIT.split(_HUMP.sub(" ", name).lower()) if part)
