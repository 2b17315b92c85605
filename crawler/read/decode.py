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

from bs4.dammit import UnicodeDammit

from crawler.read import legacy, legacy_tables

MAX_BODY: Final = 20_000_000
"""Bytes of a page that are read; no page of text is as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A page's text in NFC, the encoding it was in (a WHATWG name, or `viscii`), and what had to be repaired."""

    text: str
    encoding: str
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoding:
    name: str
    codec: str


_NAMES: Final = {
    **{f"cp{number}": f"windows-{number}" for number in range(1250, 1259)},
    **{f"iso8859-{number}": f"iso-8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{name: name for name in ("utf-8", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "gb18030", "mac-cyrillic")},
    **{"cp866": "ibm866", "cp874": "windows-874", "mac-roman": "macintosh", "big5hkscs": "big5", "cp949": "euc-kr"},
    **{"cp932": "shift_jis", "euc_jp": "euc-jp", "iso2022_jp": "iso-2022-jp"},
}
"""Python's name of a codec to its WHATWG name: all that a page may be decoded with."""

_SUPERSETS: Final = {
    **{"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"},
    **{"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs"},
    **{"shift_jis": "cp932", "shift_jisx0213": "cp932", "shift_jis_2004": "cp932", "euc_kr": "cp949"},
    **{"euc_jis_2004": "euc_jp", "euc_jisx0213": "euc_jp", "utf-16": "utf-16-le"},
}
"""What a declaration means in practice: the larger encoding that browsers read it with."""

_LABELS: Final = {"x-user-defined": "cp1252", "x-sjis": "cp932", "x-gbk": "gb18030", "unicode": "utf-8", "utf8mb4": "utf-8"}
_VIETNAMESE_LABELS: Final = re.compile(r"(x-)?(viet-?)?(tcvn|vni|vps|viscii)", re.IGNORECASE)
_MULTIBYTE: Final = frozenset({"gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "iso2022_jp"})
_WESTERN: Final = frozenset({"cp1252", "cp1258"})
"""Encodings whose bytes may as well be an old Vietnamese one: declared by default, or by what the editor was called."""

_BY_LANGUAGE: Final = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), "cp1250"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    **{"tr": "cp1254", "vi": "cp1258"},
}
"""What undeclared Latin text in a language is most likely in."""


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Decode a page; never raises, whatever the bytes are.

    Args:
        body: the page as it was served, content coding removed.
        content_type: the value of its Content-Type header, if there was one.

    Returns:
        The text, NFC, without NUL characters and without a byte order mark.
    """
    body, repairs = _unwrapped(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text, encoding = "", None
    ...
