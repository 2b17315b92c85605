"""Bytes in, text out: which encoding a page is really in, whatever it says.

A byte order mark decides; then text that is valid UTF-8 is UTF-8, for no other encoding passes that test by
accident; then what the server and the page declare, unless the bytes contradict it; then detection. Pages are
decoded as browsers decode them (WHATWG: ISO-8859-1 means windows-1252, GB2312 means GB18030). The text is NFC.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bs4.dammit import EncodingDetector

from crawler.read import legacy, legacy_tables

MAX_BODY: Final = 20_000_000
"""Bytes of a page that are read; no page of text is as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A page's text in NFC, the encoding it was in (a WHATWG name, or `viscii`), and what had to be repaired."""

    text: str
    source: bytes
    """The text in UTF-8, which is what the parser takes."""
    letters: str
    """The characters of the text beyond ASCII (at least one of each): little, quickly looked through."""
    encoding: str
    repairs: tuple[str, ...] = ()


_NAMES: Final = {
    **{f"cp{number}": f"windows-{number}" for number in range(1250, 1259)},
    **{f"iso8859-{number}": f"iso-8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{name: name for name in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "koi8-r", "koi8-u")},
    **{name: name for name in ("gb18030", "mac-cyrillic", "viscii")},
    "cp866": "ibm866",
    "cp874": "windows-874",
    "mac-roman": "macintosh",
    "big5hkscs": "big5",
    "cp949": "euc-kr",
    "cp932": "shift_jis",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
}
"""Python's name of a codec to its WHATWG name: all that a page may be decoded with."""

_SUPERSETS: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "shift_jisx0213": "cp932",
    "shift_jis_2004": "cp932",
    "euc_kr": "cp949",
    "euc_jis_2004": "euc_jp",
    "euc_jisx0213": "euc_jp",
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"), "utf-8"),
}
"""What a declaration means in practice: the larger encoding that browsers read it with.

A declaration that can be read as ASCII cannot be right about UTF-16.
"""

_LABELS: Final = {"x-user-defined": "cp1252", "x-sjis": "cp932", "x-gbk": "gb18030", "utf8mb4": "utf-8"}
"""Labels that pages use and Python does not know."""

_MULTIBYTE: Final = frozenset({"gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "iso2022_jp"})
_NOMINAL: Final = frozenset({"cp1252", "cp1258"})
"""What servers and editors declare without looking: such a declaration is checked before it is believed."""

_BY_LANGUAGE: Final = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), "cp1250"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "tr": "cp1254",
}
"""What undeclared Latin text in a language is most likely in, when not in windows-1252."""


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Decode a page; never raises, whatever the bytes are.

    Args:
        body: the page as it was served, content coding removed.
        content_type: the value of its Content-Type header, if there was one.

    Returns:
        The text, NFC, without byte order mark and control codes. Where bytes were no text, U+FFFD stands.
    """
    body, repairs = _unwrapped(body)
    if wide := _wide_codec(body):
        return _decoded(_text(body, wide), wide, repairs)
    if body.startswith(_BINARY_SIGNATURES) or _is_garbage(body):
        return _decoded(body.decode("utf-8", "replace"), "utf-8", (*repairs, "binary"))
    is_marked = body.startswith(codecs.BOM_UTF8)
    body = body.removeprefix(codecs.BOM_UTF8)
    decoded = _utf8(body, repairs)
    if decoded is None or (not is_marked and _is_utf8_by_chance(body, decoded.text, content_type)):
        return _decoded_otherwise(body, content_type, repairs, is_marked=is_marked)
    return decoded


def _decoded(text: str, codec: str, repairs: tuple[str, ...]) -> Decoded:
    source = _nfc(text.removeprefix("\ufeff")).encode("utf-8", "replace")
    source = source.translate(_FORM_FEED_AS_SPACE, _UNWANTED)
    letters = source.translate(None, _PLAIN).decode()
    return Decoded(text=source.decode(), source=source, letters=letters, encoding=_NAMES[codec], repairs=repairs)


# ------------------------------------------------------------------ what lies around the text


_BINARY_SIGNATURES: Final = (
    *(b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"Rar!\x1a"),
    *(b"7z\xbc\xaf", b"\x1f\x8b", b"\x00\x01\x00\x00", b"wOFF", b"wOF2"),
)
_TEXT_CONTROLS: Final = bytes(code for code in range(0x100) if code >= 0x20 or code in b"\0\t\n\f\r\x1b")


def _unwrapped(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The page without a gzip coding that nobody announced, and no longer than can be read."""
    repairs: list[str] = []
    if body.startswith(b"\x1f\x8b\x08"):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_BODY + 1)
            repairs.append("gzip undone")
        except zlib.error:
            repairs.append("gzip damaged")
    if len(body) > MAX_BODY:
        body = body[:MAX_BODY]
        repairs.append(f"cut at {MAX_BODY} bytes")
    return body, tuple(repairs)


def _is_garbage(body: bytes) -> bool:
    """Whether the first bytes hold control codes as no text does (NUL is looked at apart)."""
    start = body[:2048]
    return len(start.translate(None, _TEXT_CONTROLS)) > 0.05 * len(start)


def _wide_codec(body: bytes) -> str | None:
    """UTF-16 or UTF-32 by their marks, UTF-16 also by the NUL in every other byte of its markup."""
    for mark, codec in _WIDE_MARKS:
        if body.startswith(mark):
            return codec
    start = body[:2048]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > 0.2 * len(start) and even < 0.02 * len(start):
        return "utf-16-le"
    if even > 0.2 * len(start) and odd < 0.02 * len(start):
        return "utf-16-be"
    return None


_WIDE_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


# ------------------------------------------------------------------ UTF-8, the fast way

_PLAIN: Final = bytes(code for code in range(0x7F) if code >= 0x20 or code in b"\t\n\r")
_BEYOND: Final = bytes(range(0x80, 0x100))
_FORM_FEED_AS_SPACE: Final = bytes.maketrans(b"\f", b" ")
_UNWANTED: Final = bytes(code for code in range(0x80) if code not in _PLAIN and code not in b"\f")
_MARKS: Final = re.compile(rb"(?:\xcc[\x80-\xbf])+")
_RARE_LEADS: Final = bytes((0xCD, 0xCE, 0xD2, *range(0xD6, 0xE1), 0xE3, 0xEA, *range(0xEE, 0x100)))
_NO_RARE_LEADS: Final = bytes(code for code in range(0x100) if code not in _RARE_LEADS)
_MAY_COMPOSE: Final = re.compile(
    rb"[\xcd\xd6-\xe0]|\xce\x87|\xd2[\x83-\x87]|\xe1[^\xba\xbb]|\xe3[\x80\x82][\x99-\xaf]|\xea[\x80-\xaf]"
    rb"|\xef(?:[\xa4-\xab]|\xac[\x9d-\xbf]|\xad[\x80-\x8f]|\xb8[\xa0-\xaf])|\xf0(?:\x9d[\x85-\x89]|[^\x9d\x9f])"
)
_MAY_COMPOSE_SIGN: Final = re.compile(
    rb"\xe2(?:\x80[\x80\x81]|\x83[\x90-\xb0]|\x84[\xa6\xaa\xab]|\x8c[\xa9\xaa]|\xab\x9c|\xb3[\xaf-\xb1]|\xb5\xbf|\xb7[\xa0-\xbf])"
)


def _may_compose(beyond_ascii: bytes) -> bool:
    """Whether NFC may change something that `_MARKS` does not find: in other scripts than Latin, in a few signs.

    Vietnamese is let through by counting: all its letters of three bytes begin with E1 BA or E1 BB.
    """
    vietnamese = beyond_ascii.count(b"\xe1\xba") + beyond_ascii.count(b"\xe1\xbb")
    if beyond_ascii.count(b"\xe1") != vietnamese or _MAY_COMPOSE_SIGN.search(beyond_ascii):
        return True
    return bool(beyond_ascii.translate(None, _NO_RARE_LEADS)) and _MAY_COMPOSE.search(beyond_ascii) is not None


def _utf8(body: bytes, repairs: tuple[str, ...]) -> Decoded | None:
    """The text of valid UTF-8, else None.

    Composing a whole page costs more than parsing it, and most pages of the sites read here have some letter in
    pieces; so only the pieces are composed, and the whole page only where a script needs it.
    """
    telling = body.translate(None, _PLAIN)
    if telling.translate(None, _BEYOND):
        body = body.translate(_FORM_FEED_AS_SPACE, _UNWANTED)
        repairs = (*repairs, "NUL characters removed") if b"\0" in telling else repairs
    composed: dict[bytes, bytes] = {}
    try:
        if b"\xcc" in telling:
            body = b"".join(_with_marks_composed(body, composed))
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _may_compose(telling) and not unicodedata.is_normalized("NFC", text):
        return _decoded(text, "utf-8", repairs)
    letters = b"".join((telling, *composed.values())).decode("utf-8", "ignore")
    return Decoded(text=text, source=body, letters=letters, encoding="utf-8", repairs=repairs)


def _with_marks_composed(body: bytes, composed: dict[bytes, bytes]) -> Iterator[bytes]:
    """The page in pieces, each letter with marks composed; `composed` takes up the letters that there were."""
    position = end = 0
    while (mark := body.find(b"\xcc", end)) >= 0:  # many times faster than a search for the pattern
        marks = _MARKS.match(body, mark)
        end = marks.end() if marks else mark + 1
        start = mark - 1
        while start > position and body[start] & 0xC0 == 0x80:
            start -= 1
        if marks is None or start < position or body[start] in b"<>=":  # a mark on nothing; a tag must stay a tag
            continue
        yield body[position:start]
        letter = body[start:end]
        if letter not in composed:
            composed[letter] = unicodedata.normalize("NFC", letter.decode("utf-8")).encode()
        yield composed[letter]
        position = end
    yield body[position:]


def _nfc(text: str) -> str:
    """NFC, but for the overlay that would make `<`, `=` and `>` letters: markup must stay markup."""
    return "\u0338".join(unicodedata.normalize("NFC", part) for part in text.split("\u0338"))


def _is_utf8_by_chance(body: bytes, text: str, content_type: str | None) -> bool:
    """Whether valid UTF-8 has so little beyond ASCII that a declared East Asian encoding is as likely."""
    beyond = len(body) - len(text)
    if beyond >= 8 or (beyond == 0 and b"\x1b" not in body):
        return False
    declared = next(_declared(body, content_type), None)
    return declared in _MULTIBYTE and "\ufffd" not in body.decode(declared, "replace")


# ------------------------------------------------------------------ what the page declares

_HEAD: Final = 4096
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.()-]+)", re.IGNORECASE)
_META: Final = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([\w:.()-]+)", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w:.-]+)", re.IGNORECASE)
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_LANGUAGE: Final = re.compile(rb"<html\s[^>]*?lang\s*=\s*[\"']?([a-z]{2})", re.IGNORECASE)


def _declared(body: bytes, content_type: str | None) -> Iterator[str]:
    """The codecs that the header, the XML declaration and the first meta element name, those known, in this order."""
    if header := _CHARSET.search(content_type or ""):
        yield from _codec_of(header.group(1))
    head = _COMMENT.sub(b"", body[:_HEAD])
    for found in (_XML.match(head), _META.search(head)):
        if found:
            yield from _codec_of(found.group(1).decode("ascii", "ignore"))


def _codec_of(label: str) -> Iterator[str]:
    label = label.strip().lower()
    if "viscii" in label:
        yield "viscii"
        return
    if "tcvn" in label or "vni" in label:  # fonts, not encodings: the text is read as Western and repaired later
        yield "cp1252"
        return
    try:
        codec = codecs.lookup(_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return
    codec = _SUPERSETS.get(codec, codec)
    if codec in _NAMES:
        yield codec


# ------------------------------------------------------------------ everything else


def _decoded_otherwise(body: bytes, content_type: str | None, repairs: tuple[str, ...], *, is_marked: bool) -> Decoded:
    text = body.decode("utf-8", "replace")
    invalid = text.count("\ufffd")
    valid = len(text) - len(text.encode("ascii", "ignore")) - invalid
    if is_marked or valid >= 2 * max(invalid, 1):
        return _decoded(text, "utf-8", (*repairs, f"{invalid} invalid sequences replaced"))
    declared = tuple(dict.fromkeys(_declared(body, content_type)))
    codec = _fitting_codec(body, declared)
    if not declared or codec != declared[0]:
        claim = f"declared {_NAMES[declared[0]]}" if declared else "undeclared"
        repairs = (*repairs, f"{claim}, read as {_NAMES[codec]}")
    return _decoded(_text(body, codec), codec, repairs)


def _text(body: bytes, codec: str) -> str:
    if codec == "viscii":
        return body.decode("latin-1").translate(legacy_tables.VISCII)
    if codec == "cp1252":
        return _western(body)
    return body.decode(codec, "replace")


def _western(body: bytes) -> str:
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError:
        return body.decode("latin-1").translate(legacy_tables.WINDOWS_1252)


def _fitting_codec(body: bytes, declared: tuple[str, ...]) -> str:
    """The encoding of a page that is not UTF-8: declared, if the bytes bear it out, else detected."""
    sample = _telling_part(body)
    for codec in declared:
        if codec not in _NOMINAL and codec != "utf-8" and _fits(sample, codec):
            return codec
    vietnamese = legacy.encoding_of(_western(sample))
    if vietnamese is not None:
        return {"windows-1258": "cp1258", "viscii": "viscii"}.get(vietnamese, "cp1252")
    nominal = next((codec for codec in declared if codec in _NOMINAL), None)
    if _is_dense(sample):
        return _detected(sample) or nominal or "cp1252"
    return nominal or _usual_codec(body)


_MARKUP: Final = re.compile(rb"<[^<>]*>")
_ENTITY: Final = re.compile(rb"&#?\w{1,8};")
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]+")
_PLAIN_LETTER: Final = re.compile(rb"[A-Za-z]")
_SEARCHED: Final = 1_000_000
_SAMPLED: Final = 20_000


def _telling_part(body: bytes) -> bytes:
    """The pieces of text with bytes beyond ASCII: what there is to judge by."""
    pieces = (piece for piece in _MARKUP.split(body[:_SEARCHED]) if not piece.isascii())
    return _ENTITY.sub(b" ", b"\n".join(pieces)[:_SAMPLED])


def _fits(sample: bytes, codec: str) -> bool:
    text = _text(sample, codec)
    return text.count("\ufffd") <= 0.02 * len(text) + 1


def _is_dense(sample: bytes) -> bool:
    """Whether the bytes beyond ASCII are too many, or stand too close, for a Latin script."""
    runs = _BEYOND_ASCII.findall(sample)
    beyond = sum(map(len, runs))
    return beyond > 0 and (beyond >= 0.4 * len(_PLAIN_LETTER.findall(sample)) or beyond >= 1.6 * len(runs))


def _detected(sample: bytes) -> str | None:
    """What Beautiful Soup's detector says of text in a script of its own; it is no judge of Latin ones."""
    label = next(iter(EncodingDetector(sample, is_html=False).encodings), None)
    codec = next(_codec_of(label), None) if label else None
    return None if codec == "utf-8" else codec


def _usual_codec(body: bytes) -> str:
    language = _LANGUAGE.search(body[:_HEAD])
    return _BY_LANGUAGE.get(language.group(1).decode().lower(), "cp1252") if language else "cp1252"
