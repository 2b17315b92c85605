"""Facts about Vietnamese writing: the old 8-bit encodings, and what a Vietnamese syllable looks like.

Sources: TCVN 5712-1:1993 (the ABC fonts, `.VnTime` and its kin, use its upper half), RFC 1456 (VISCII), the
layout of the VNI for Windows fonts, Microsoft's code page 1258. Vietnamese is written syllable by syllable, and
there are few enough beginnings and rhymes to list them: a text reads as Vietnamese when its words are syllables.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from typing import Final

from pipelines.alphabet import TONES, VOWELS


def _toned(vowel: str) -> str:
    return "".join(unicodedata.normalize("NFC", vowel + mark) for mark in TONES)


TONELESS: Final = str.maketrans({letter: vowel for vowel in VOWELS for letter in _toned(vowel)})
"""Every small vowel with a tone to the same vowel without."""

_HIGH_TONES: Final = frozenset(
    unicodedata.normalize("NFC", vowel + mark) for vowel in VOWELS for mark in "\u0301\u0323"
)
"""The vowels with sắc or nặng, the only tones that a syllable ending in c, ch, p or t can carry."""


# ------------------------------------------------------------------ one byte, one letter

TCVN3: Final = dict(
    zip(
        range(0xB5, 0x100),
        "àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ",
        strict=True,
    )
) | dict(zip(range(0xA1, 0xB0), "ĂÂÊÔƠƯĐăâêôơưđẰ", strict=True))
"""TCVN 5712-1 from 0xA1 up, by byte. The fonts draw capitals with marks by a second font, so text rarely has any."""

VISCII: Final = dict(
    zip(
        range(0x80, 0x100),
        "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
        "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
        strict=True,
    )
) | {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
"""RFC 1456: all of 0x80–0xFF and six control codes, by byte."""


def _decoded(byte: int, codec: str, otherwise: int) -> str:
    return bytes([byte]).decode(codec, "ignore") or chr(otherwise)


WINDOWS_1252: Final = {byte: _decoded(byte, "cp1252", byte) for byte in range(0x80, 0x100)}
"""Code page 1252 as browsers read it: the five bytes without a character become control codes (WHATWG)."""

WINDOWS_1258: Final = {byte: _decoded(byte, "cp1258", 0xFFFD) for byte in range(0x80, 0x100)}


def surfaces(table: Mapping[int, str]) -> dict[int, str]:
    """A table by byte as one for `str.translate`, by the character that the byte became when read as Western text."""
    as_latin = {byte: letter for byte, letter in table.items() if byte >= 0x80}
    as_windows = {ord(WINDOWS_1252[byte]): letter for byte, letter in as_latin.items()}
    return as_latin | as_windows


# ------------------------------------------------------------------ VNI: a letter, then its mark as a letter of its own

_VNI_TONES: Final = dict(zip("øùõûï", TONES, strict=True))
_VNI_CIRCUMFLEX: Final = {"â": "\u0302"} | {mark: "\u0302" + tone for mark, tone in zip("àáãåä", TONES, strict=True)}
_VNI_BREVE: Final = {"ê": "\u0306"} | {mark: "\u0306" + tone for mark, tone in zip("èéüúë", TONES, strict=True)}
_VNI_MARKS: Final = {
    "a": _VNI_TONES | _VNI_CIRCUMFLEX | _VNI_BREVE,
    "e": _VNI_TONES | _VNI_CIRCUMFLEX,
    "o": _VNI_TONES | _VNI_CIRCUMFLEX,
    "u": _VNI_TONES,
    "y": _VNI_TONES,
    "ơ": _VNI_TONES,
    "ư": _VNI_TONES,
}
_VNI_ALONE: Final = dict(zip("ôöñæóòî", "ơưđỉĩịỵ", strict=True))


def _vni_sequences() -> dict[str, str]:
    written = {"ơ": "ô", "ư": "ö"}
    small = dict(_VNI_ALONE)
    for letter, marks in _VNI_MARKS.items():
        for mark, combining in marks.items():
            small[written.get(letter, letter) + mark] = unicodedata.normalize("NFC", letter + combining)
    capital = {sequence.upper(): letter.upper() for sequence, letter in small.items()}
    titled = {sequence[0].upper() + sequence[1:]: letter.upper() for sequence, letter in small.items()}
    return small | capital | titled


VNI: Final = _vni_sequences()
"""Sequences of one or two characters, as Western text shows them, to the letter they draw (`uû` is ủ, `ñ` is đ)."""

_VNI_SEQUENCE: Final = re.compile("|".join(sorted(VNI, key=len, reverse=True)))


def from_vni(text: str) -> str:
    return _VNI_SEQUENCE.sub(lambda match: VNI[match.group()], text)


# ------------------------------------------------------------------ syllables

_ONSETS: Final = "ngh|ng|nh|gh|gi|g|kh|k|ph|qu|th|tr|t|ch|c|b|d|đ|h|l|m|n|p|r|s|v|x"
_RHYMES: Final = (
    "a|ac|ach|ai|am|an|ang|anh|ao|ap|at|au|ay|ăc|ăm|ăn|ăng|ăp|ăt|âc|âm|ân|âng|âp|ât|âu|ây|"
    "e|ec|em|en|eng|eo|ep|et|ê|êch|êm|ên|êng|ênh|êp|êt|êu|"
    "i|ia|ich|im|in|inh|ip|it|iu|iêc|iêm|iên|iêng|iêp|iêt|iêu|"
    "o|oc|oi|om|on|ong|op|ot|oa|oac|oach|oai|oam|oan|oang|oanh|oao|oap|oat|oay|oăc|oăm|oăn|oăng|oăt|"
    "oe|oem|oen|oeo|oet|ooc|oong|ô|ôc|ôi|ôm|ôn|ông|ôp|ôt|ơ|ơi|ơm|ơn|ơp|ơt|"
    "u|ua|uc|ui|um|un|ung|up|ut|uân|uâng|uât|uây|uê|uêch|uênh|uôc|uôi|uôm|uôn|uông|uôt|uơ|"
    "uy|uya|uych|uyn|uynh|uyp|uyt|uyu|uyên|uyêt|"
    "ư|ưa|ưc|ưi|ưm|ưn|ưng|ưt|ưu|ươc|ươi|ươm|ươn|ương|ươp|ươt|ươu|y|yêm|yên|yêng|yêt|yêu"
)
_SYLLABLE: Final = re.compile(f"(?:{_ONSETS})?(?:{_RHYMES})")
_STOPS: Final = ("c", "ch", "p", "t")
_VIETNAMESE_SMALL: Final = frozenset(chain("abcdđeghiklmnopqrstuvxy", VOWELS, *map(_toned, VOWELS)))


@lru_cache(maxsize=8192)
def is_syllable(word: str) -> bool:
    """Whether a word in small letters (NFC) can be a Vietnamese syllable, its tone included."""
    if not _VIETNAMESE_SMALL.issuperset(word):
        return False
    bare = word.translate(TONELESS)
    tones = [letter for letter, plain in zip(word, bare, strict=True) if letter != plain]
    if len(tones) > 1 or _SYLLABLE.fullmatch(bare) is None:
        return False
    return not bare.endswith(_STOPS) or (len(tones) == 1 and tones[0] in _HIGH_TONES)
