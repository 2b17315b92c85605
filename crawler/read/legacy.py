"""Repairs on text that was damaged before it became a page: old Vietnamese encodings, UTF-8 encoded twice, debris.

Nothing here looks at bytes. A page of good UTF-8 may hold, in one paragraph or in all of them, text that was typed
for a font: `§¶ng bé huyÖn` drew *Đảng bộ huyện* in `.VnTime`, `Ñaûng boä huyeän` drew it in VNI-Times. A repair is
made only where the evidence is overwhelming, which Vietnamese makes easy to say: nearly all that comes out must be
Vietnamese syllables, and what went in must not have been. No other language passes that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.entities import name2codepoint
from itertools import compress
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from crawler.read import legacy_tables
from crawler.read.legacy_tables import is_syllable
from crawler.read.tree import VIETNAMESE_LETTERS, language_of

# ------------------------------------------------------------------ clean text

_DEBRIS: Final = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x180E, 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF), None
)
"""Control codes, the soft hyphen, and the zero-width characters that mean nothing in any script."""

_LATIN: Final = r"\x00-\u024f\u0300-\u036f\u1e00-\u1eff\u2010-\u2027\u2030-\u205e"
_IDLE_JOINER: Final = re.compile(f"(?:^|(?<=[{_LATIN}]))[\u200c\u200d]+|[\u200c\u200d]+(?=[{_LATIN}]|$)")
"""Zero-width (non-)joiners beside Latin text: other scripts and emoji need theirs."""


def clean_text(text: str) -> str:
    """A piece of text as one line: single spaces, no invisible characters, NFC.

    Every kind of white space counts as a space, no-break and ideographic spaces included.
    """
    text = " ".join(text.split())
    if not text.isprintable():
        text = " ".join(_IDLE_JOINER.sub("", text.translate(_DEBRIS)).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


# ------------------------------------------------------------------ is there anything to look for?

_ASCII: Final = bytes(range(0x80))
_UNSUSPECTED: Final = _ASCII + (
    "\xa0£¥§©«¬\xad®¯°±²³´·¹»¼½¾¿ÀÁÂÃÄÅÇÈÉÊÌÍÒÓÔÕÖ×ÙÚÜÝßàáâãäåçèéêëìíîñòóôõöùúüý".encode("latin-1")
)
_WESTERN_TWICE: Final = re.compile("Ã[\xa1-\xbf]")


def _reference_pattern(codes: Iterable[int]) -> bytes:
    names = (name for name, code in name2codepoint.items() if code in codes)
    decimals = "|".join(f"{code}" for code in codes)
    hexadecimals = "|".join(f"{code:x}|{code:X}" for code in codes)
    return f"&(?:#0*(?:{decimals})(?![0-9])|#[xX]0*(?:{hexadecimals})(?![0-9a-fA-F])|{'|'.join(names)})".encode()


_SUSPECTS: Final = frozenset(range(0x80, 0x100)).difference(_UNSUSPECTED) | set(map(ord, "ÃÐðƉ"))
_SUSPICIOUS_REFERENCE: Final = re.compile(_reference_pattern(_SUSPECTS))
"""A character reference to one of those: without one, and without the characters themselves, a page needs no repair."""


def _is_suspicious(text: str, *, least: int = 1) -> bool:
    """Whether a text has some of the Latin-1 characters that damaged text is full of and other text has few of.

    Hardly any Vietnamese page in order has one, one in ten of other languages has: this is only the fast way out.
    """
    suspects = text.encode("latin-1", "ignore").translate(None, _UNSUSPECTED)
    return len(suspects) >= least or _WESTERN_TWICE.search(text) is not None


def _is_in_unicode(text: str) -> bool:
    """Whether a text has Vietnamese letters in order, which no text in an old encoding has."""
    return not VIETNAMESE_LETTERS.isdisjoint(text)


# ------------------------------------------------------------------ old encodings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoding:
    """An old encoding as it shows in Western text: how to read it, and what its words are made of."""

    name: str
    read: Callable[[str], str]
    word: re.Pattern[str]


def _words_of(letters: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"[A-Za-z{re.escape(''.join(letters))}]+")


_TCVN3_LETTERS: Final = legacy_tables.surfaces(legacy_tables.TCVN3)
_VISCII_LETTERS: Final = legacy_tables.surfaces(legacy_tables.VISCII)
_WINDOWS_1258_LETTERS: Final = legacy_tables.surfaces(legacy_tables.WINDOWS_1258)
_CHUNK: Final = re.compile(r"[^ \t\r\n]+")
_NO_PLAIN_LETTER: Final = re.compile("[^A-Za-z]+")


def _is_shouted(text: str) -> bool:
    letters = _NO_PLAIN_LETTER.sub("", text)
    return len(letters) >= 2 and letters.isupper()


def _from_tcvn3(text: str) -> str:
    """Read TCVN3. It has no capitals with marks, its users had a second font: among capitals, all are capitals."""
    if _is_shouted(text):
        return text.translate(_TCVN3_LETTERS).upper()
    return _CHUNK.sub(lambda match: _tcvn3_word(match.group()), text)


def _tcvn3_word(word: str) -> str:
    read = word.translate(_TCVN3_LETTERS)
    return read.upper() if _is_shouted(word) else read


_ENCODINGS: Final = (
    _Encoding(name="tcvn3", read=_from_tcvn3, word=_words_of(map(chr, _TCVN3_LETTERS))),
    _Encoding(name="vni", read=legacy_tables.from_vni, word=_words_of(map(chr, range(0xC0, 0x100)))),
    _Encoding(
        name="viscii",
        read=lambda text: text.translate(_VISCII_LETTERS),
        word=_words_of(map(chr, _VISCII_LETTERS)),
    ),
    _Encoding(
        name="windows-1258",
        read=lambda text: unicodedata.normalize("NFC", text.translate(_WINDOWS_1258_LETTERS)),
        word=_words_of(map(chr, range(0xC0, 0x100))),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What reading a text in an old encoding does to its distinct words; `sound` is the share of syllables after it."""

    repaired: int
    broken: int
    sound: float

    @property
    def is_overwhelming(self) -> bool:
        return self.repaired >= 3 and 6 * self.broken <= self.repaired and self.sound >= 0.7

    @property
    def is_good(self) -> bool:
        """Enough where something else already speaks for the encoding, such as a font."""
        return self.repaired >= 1 and 3 * self.broken <= self.repaired


_MAX_WEIGHED: Final = 50_000


def _weighed(text: str, encoding: _Encoding) -> _Evidence:
    repaired = broken = sound = total = 0
    for word, count in Counter(encoding.word.findall(text[:_MAX_WEIGHED])).items():
        if word.isascii() and (len(word) == 1 or word.isupper()):  # an initial or an abbreviation says nothing
            continue
        read = encoding.read(word)
        is_sound = is_syllable(read.lower())
        if read != word:
            repaired += len(word) > 1 and is_sound and not _is_in_order(word)
            broken += not is_sound
        total += count
        sound += count * is_sound
    return _Evidence(repaired=repaired, broken=broken, sound=sound / max(total, 1))


def _is_in_order(word: str) -> bool:
    return (word.isupper() or word[1:] == word[1:].lower()) and is_syllable(word.lower())


def encoding_of(text: str) -> str | None:
    """The old encoding that a Western-looking text is really in: tcvn3, vni, viscii, windows-1258, or None.

    Text that has Vietnamese letters in order, or is too short to tell, is None.
    """
    found = _encoding_of(text)
    return found.name if found else None


def _encoding_of(text: str) -> _Encoding | None:
    if not _is_suspicious(text, least=3) or _is_in_unicode(text):
        return None
    weighed = [(encoding, _weighed(text, encoding)) for encoding in _ENCODINGS]
    likely = [(encoding, evidence) for encoding, evidence in weighed if evidence.is_overwhelming]
    return max(likely, key=lambda found: found[1].repaired - found[1].broken)[0] if likely else None


# ------------------------------------------------------------------ UTF-8 encoded twice

_AS_BYTES: Final = {ord(letter): byte for byte, letter in legacy_tables.WINDOWS_1252.items()}
_TRAILS: Final = "\x80-\xbf" + "".join(letter for letter in map(chr, _AS_BYTES) if ord(letter) > 0xFF)
_TWICE: Final = re.compile(
    f"[\xc2-\xdf][{_TRAILS}]|[\xe0-\xef][{_TRAILS}]{{2}}|[\xf0-\xf4][{_TRAILS}]{{3}}",
)
_LOST_D: Final = re.compile(f"Ä(?![{_TRAILS}])")
_LOST_SPACE: Final = re.compile("(?<=[a-z])Ã$")
_MAX_ENCODINGS: Final = 3
"""How often one text is taken to have been encoded anew, each time by the next program on its way."""
_AMBIGUOUS_TRAILS: Final = frozenset("\xa0«»®·") | frozenset(chr(code) for code in _AS_BYTES if code > 0xFF)
"""Characters that also stand after a capital Ã or Â in good text: quotation marks, dashes, spaces."""


def _once(sequence: str) -> str:
    """One character out of the two to four that its bytes became; the sequence itself if they are no character."""
    try:
        return sequence.translate(_AS_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return sequence


def _is_doubled(text: str) -> bool:
    """Whether a text is, at least in part, UTF-8 that was taken for Western text and encoded again."""
    sequences = {sequence: _once(sequence) for sequence in set(_TWICE.findall(text))}
    good = [sequence for sequence, character in sequences.items() if sequence != character]
    long = sum(len(sequence) > 2 for sequence in good)
    short = sum(
        len(sequence) == 2 and sequences[sequence].isalpha() and sequence[1] not in _AMBIGUOUS_TRAILS
        for sequence in good
    )
    return long >= 2 or short >= 3 or (long >= 1 and short >= 1)


def _undoubled(text: str) -> str:
    """The text with every doubled character single; among letters in order, only in words that are surely doubled."""
    read = _undoubled_word if not _is_in_unicode(text) else _undoubled_word_among_others
    return _CHUNK.sub(lambda match: read(match.group()), text)


def _undoubled_word(word: str) -> str:
    read = _with_lost_bytes(word)
    for _ in range(_MAX_ENCODINGS):
        read = _TWICE.sub(lambda match: _once(match.group()), read)
    return read


def _undoubled_word_among_others(word: str) -> str:
    read = _undoubled_word(word)
    is_sure = any(len(sequence) > 2 for sequence in _TWICE.findall(word))
    return read if is_sure or (not _is_in_order(_letters(word)) and is_syllable(_letters(read).lower())) else word


def _letters(word: str) -> str:
    return "".join(filter(str.isalpha, word))


def _with_lost_bytes(word: str) -> str:
    """With the bytes guessed that a careless step dropped: one of Đ is undefined in Windows, one of à is a space."""
    guess = _LOST_D.sub("\u00c4\u0090", word)
    guess = guess + "\xa0" if _LOST_SPACE.search(guess) else guess
    is_likely = guess != word and is_syllable(_letters(_TWICE.sub(lambda match: _once(match.group()), guess)).lower())
    return guess if is_likely else word


# ------------------------------------------------------------------ Đ that is not Đ

_LOOKALIKES: Final = str.maketrans("ÐðƉ", "ĐđĐ")
"""The Icelandic eth and the African D look like Đ and come out of old converters."""
_WITH_LOOKALIKE: Final = re.compile(r"(?<!\w)\w*[ÐðƉ]\w*")


def _has_lookalike(text: str) -> bool:
    return "Ð" in text or "ð" in text or "Ɖ" in text


def _with_real_letters(text: str, *, is_vietnamese: bool) -> str:
    return _WITH_LOOKALIKE.sub(lambda match: _real(match.group(), is_vietnamese=is_vietnamese), text)


def _real(word: str, *, is_vietnamese: bool) -> str:
    real = word.translate(_LOOKALIKES)
    if _is_in_unicode(word.replace("Ɖ", "")) or (is_vietnamese and (word.isupper() or is_syllable(real.lower()))):
        return real
    return word


# ------------------------------------------------------------------ a text


def repair_text(text: str) -> tuple[str, str | None]:
    """A text repaired by its content alone, and the name of the repair; unchanged and None in any doubt.

    Names: `utf-8 twice`, `tcvn3`, `vni`, `viscii`, `windows-1258`, `eth` (an Icelandic letter for a Vietnamese one).
    """
    if text.isascii():
        return text, None
    if ("á»" in text or _is_suspicious(text)) and _is_doubled(text):
        return _undoubled(text), "utf-8 twice"
    if encoding := _encoding_of(text):
        return encoding.read(text), encoding.name
    if _has_lookalike(text):
        real = _with_real_letters(text, is_vietnamese=language_of(text, None) == "vi")
        return real, "eth" if real != text else None
    return text, None


# ------------------------------------------------------------------ a tree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Font:
    """A font that somebody declared: the encoding it was made for (None for any font of today), and its case."""

    encoding: _Encoding | None = None
    draws_capitals: bool = False


@dataclass(slots=True, kw_only=True)
class _Piece:
    """A piece of text in a tree: what an element holds, what follows it, or one of its attributes."""

    element: etree._Element
    place: str
    text: str
    font: _Font | None = None

    def write(self, text: str) -> None:
        if text == self.text:
            return
        self.text = text
        clean = text.translate(_UNSETTABLE)
        if self.place == "text":
            self.element.text = clean
        elif self.place == "tail":
            self.element.tail = clean
        else:
            self.element.set(self.place, clean)


_UNSETTABLE: Final = dict.fromkeys(code for code in range(0x20) if chr(code) not in "\t\n\r")
_SHOWN_ATTRIBUTES: Final = ("alt", "title", "content", "value")
_FONT_FAMILY: Final = re.compile(r"font-family\s*:\s*([^;]*)", re.IGNORECASE)
_FONT_NAME: Final = re.compile(r"[\s\"']*(\.vn|vni[- ])?([^,\"';]*)", re.IGNORECASE)
_FONTS: Final = {".vn": "tcvn3", "vni-": "vni", "vni ": "vni"}
_DECLARES_LEGACY_FONT: Final = etree.XPath(
    "boolean(//@*[(name() = 'style' or name() = 'face')"
    " and (contains(translate(., 'VNI', 'vni'), '.vn') or contains(translate(., 'VNI', 'vni'), 'vni'))])"
)
_BY_NAME: Final = {encoding.name: encoding for encoding in _ENCODINGS}


def repair_tree(root: HtmlElement) -> tuple[str, ...]:
    """Repair the texts and the shown attributes of a page in place; the names of the repairs that were needed.

    Text is repaired where a legacy font is declared for it (`tcvn3 by font`) and, by content, wherever the page as a
    whole leaves no doubt. Names as in `repair_text`. Costs one scan of the text when there is nothing to do; nothing
    at all where `may_need_repair` was asked before.
    """
    text = _beyond_ascii(root)
    has_lookalike = _has_lookalike(text)
    is_suspicious = _is_suspicious(text) and (_is_suspicious(text, least=3) or _DECLARES_LEGACY_FONT(root))
    if not (is_suspicious or has_lookalike):
        return ()
    pieces = list(_pieces(root))
    repairs: list[str] = []
    if is_suspicious:
        repairs += _repair_doubled(pieces)
        repairs += _repair_by_font(pieces)
        repairs += _repair_by_content(pieces)
    if has_lookalike:
        repairs += _repair_lookalikes(pieces)
    return tuple(dict.fromkeys(repairs))


def may_need_repair(source: bytes, letters: str) -> bool:
    """Whether a page holds anything that its tree would be repaired for, written out or as a reference.

    Args:
        source: the page in UTF-8.
        letters: its characters beyond ASCII.
    """
    return _is_suspicious(letters) or _has_lookalike(letters) or _SUSPICIOUS_REFERENCE.search(source) is not None


def _beyond_ascii(root: HtmlElement) -> str:
    """The characters of a page beyond ASCII, in order: little text, quickly looked through."""
    return etree.tostring(root, method="text", encoding="utf-8").translate(None, _ASCII).decode("utf-8", "ignore")


def _pieces(root: HtmlElement) -> Iterator[_Piece]:
    fonts: dict[etree._Element, _Font | None] = {}
    for element in root.iter():
        parent = element.getparent()
        inherited = fonts.get(parent) if parent is not None else None
        if parent is not None and element.tail:
            yield _Piece(element=element, place="tail", text=element.tail, font=inherited)
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        font = fonts[element] = _declared_font(element) or inherited
        if element.text:
            yield _Piece(element=element, place="text", text=element.text, font=font)
        for name in _SHOWN_ATTRIBUTES:
            if value := element.get(name):
                yield _Piece(element=element, place=name, text=value)


def _declared_font(element: etree._Element) -> _Font | None:
    style = _FONT_FAMILY.search(element.get("style") or "")
    declared = style.group(1) if style else element.get("face")
    name = _FONT_NAME.match(declared) if declared else None
    if name is None:
        return None
    if name.group(1) is None:
        return _Font()
    encoding = _BY_NAME[_FONTS[name.group(1).lower()]]
    return _Font(encoding=encoding, draws_capitals=name.group(2).strip().lower().endswith("h"))


def _damaged(pieces: Iterable[_Piece]) -> list[_Piece]:
    """The pieces that may be in an old encoding: some letters beyond ASCII, but none of today's Vietnamese ones."""
    return [piece for piece in pieces if not piece.text.isascii() and not _is_in_unicode(piece.text)]


def _joined(pieces: Iterable[_Piece]) -> str:
    return "\n".join(piece.text for piece in pieces)


def _repair_doubled(pieces: list[_Piece]) -> Iterator[str]:
    suspects = [piece for piece in pieces if _TWICE.search(piece.text)]
    if suspects and _is_doubled(_joined(suspects)):
        for piece in suspects:
            piece.write(_undoubled(piece.text))
        yield "utf-8 twice"


def _repair_by_font(pieces: list[_Piece]) -> Iterator[str]:
    """Many a page declares a legacy font over text that was converted long ago: its content must agree."""
    for encoding in _ENCODINGS:
        drawn = [(piece, piece.font) for piece in pieces if piece.font and piece.font.encoding is encoding]
        damaged = _damaged(piece for piece, _ in drawn)
        if not _weighed(_joined(damaged), encoding).is_good:
            continue
        for piece, font in drawn:
            if not _is_in_unicode(piece.text):
                text = encoding.read(piece.text)
                piece.write(text.upper() if font.draws_capitals else text)
        yield f"{encoding.name} by font"


def _repair_by_content(pieces: list[_Piece]) -> Iterator[str]:
    """For each encoding that the damaged text as a whole is surely in, the pieces that it makes better."""
    rest = _damaged(pieces)
    for _ in _ENCODINGS:
        encoding = _encoding_of(_joined(rest))
        if encoding is None:
            return
        is_mixed = any(_is_in_unicode(piece.text) for piece in pieces)
        better = [_is_better(piece.text, encoding, is_mixed=is_mixed) for piece in rest]
        for piece in compress(rest, better):
            piece.write(encoding.read(piece.text))
        if any(better):
            yield encoding.name
        rest = [piece for piece, is_done in zip(rest, better, strict=True) if not is_done]


def _is_better(text: str, encoding: _Encoding, *, is_mixed: bool) -> bool:
    """Words that mean something either way (`Bé`, `và`) are read anew only on a page with no letter in order."""
    evidence = _weighed(text, encoding)
    return evidence.is_good or (not is_mixed and evidence.broken == 0)


def _repair_lookalikes(pieces: list[_Piece]) -> Iterator[str]:
    is_vietnamese = language_of(_joined(piece for piece in pieces if not piece.text.isascii()), None) == "vi"
    for piece in pieces:
        if _has_lookalike(piece.text):
            before = piece.text
            piece.write(_with_real_letters(before, is_vietnamese=is_vietnamese))
            if piece.text != before:
                yield "eth"
