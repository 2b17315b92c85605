"""RTF (specification 1.9): text, tables, headers and notes where they stand."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from pipelines.filetext.flow import Flow, Lines

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\'(?P<byte>[0-9A-Fa-f]{2})"
    rb"|\\(?P<symbol>[^A-Za-z])"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n\0]+)"
    rb"|[\r\n\0\\]"
)
_UTF16 = "utf-16-le"

_CODE_PAGES = {
    2: "latin-1", 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
"""Encodings by the `\\fcharset` of a font; others have the document's own."""

_AS_TEXT = {
    b"tab": " ", b"line": "\n", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}
_PARAGRAPH_ENDS = frozenset({b"par", b"sect", b"page", b"column", b"nestcell", b"nestrow"})
_LEFT_OUT = frozenset(
    {b"colortbl", b"stylesheet", b"info", b"pict", b"objdata", b"fldinst", b"sp", b"nonshppict", b"filetbl", b"revtbl"}
    | {b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"xmlnstbl", b"themedata", b"datastore"}
    | {b"latentstyles", b"upr", b"annotation", b"atnid", b"atnauthor", b"private"}
)
"""Groups that hold no text of the document."""
_STARRED_TEXT = frozenset({b"shpinst", b"shptxt", b"fldrslt", b"footnote"})
"""Groups marked as ignorable (`\\*`) that hold text nevertheless."""
_APART = frozenset({b"footnote", b"shptxt", b"header", b"headerl", b"headerr", b"headerf"}) | frozenset(
    {b"footer", b"footerl", b"footerr", b"footerf"}
)
"""Groups whose text is no part of the paragraph that they stand in."""


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group inherits, and gives back when it ends."""

    is_left_out: bool = False
    is_font_table: bool = False
    is_starred: bool = False
    is_apart: bool = False
    encoding: str = "cp1252"
    unicode_skip: int = 1
    """How many characters follow a `\\u` for readers that do not know it."""
    in_table: bool = False


def read_rtf(raw: bytes, lines: Lines) -> None:
    reader = _Reader(Flow(lines))
    reader.read(raw)
    reader.close()


class _Reader:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._group = _Group()
        self._outer: list[_Group] = []
        self._document_encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._pending = bytearray()
        self._pending_encoding = ""
        self._to_skip = 0
        self._row_is_open = False
        self._cell_is_open = False

    def read(self, raw: bytes) -> None:
        at = 0
        while match := _TOKEN.match(raw, at):
            at = match.end()
            if match["word"] == b"bin":
                at += max(0, int(match["number"] or 0))  # so many bytes that are no RTF
            elif match["word"] is not None:
                self._word(match["word"], int(match["number"]) if match["number"] else None)
            elif match["brace"] is not None:
                self._brace(match["brace"])
            elif match["byte"] is not None:
                self._bytes(bytes.fromhex(match["byte"].decode()), self._group.encoding)
            elif match["text"] is not None:
                self._bytes(match["text"], self._group.encoding)
            elif match["symbol"] is not None:
                self._symbol(match["symbol"])

    def close(self) -> None:
        self._decode_pending()
        self._flow.close()

    def _brace(self, brace: bytes) -> None:
        self._to_skip = 0
        if brace == b"{":
            self._outer.append(self._group)
            self._group = replace(self._group, is_starred=False, is_apart=False)
        elif self._outer:
            self._end_group(self._outer.pop())

    def _end_group(self, outer: _Group) -> None:
        if self._group.is_apart:
            self._decode_pending()
            self._flow.end_paragraph()
            self._group = outer
        else:
            # Whether a paragraph is in a table does not end with a group: it lasts until `\pard`.
            self._group = replace(outer, in_table=self._group.in_table)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._group = replace(self._group, is_starred=True)
        elif symbol in b"\r\n":
            self._end_paragraph()
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def _word(self, word: bytes, number: int | None) -> None:
        is_starred = self._group.is_starred
        self._group = replace(self._group, is_starred=False) if is_starred else self._group
        if word in _LEFT_OUT or (is_starred and word not in _STARRED_TEXT):
            self._group = replace(self._group, is_left_out=True)
        elif word == b"fonttbl":
            self._group = replace(self._group, is_font_table=True)
        elif self._group.is_font_table:
            self._declare_font(word, number)
        elif word in _AS_TEXT:
            self._say(_AS_TEXT[word])
        elif number is not None and word in {b"u", b"uc", b"ansicpg", b"f"}:
            self._encode(word, number)
        elif not self._group.is_left_out:
            self._structure(word)

    def _encode(self, word: bytes, number: int) -> None:
        """What says how characters are written, or is one."""
        if word == b"u":
            self._unicode(number)
        elif word == b"uc":
            self._group = replace(self._group, unicode_skip=max(0, number))
        elif word == b"ansicpg":
            self._document_encoding = _known(f"cp{number}")
            self._group = replace(self._group, encoding=self._document_encoding)
        else:
            self._group = replace(self._group, encoding=self._fonts.get(number, self._document_encoding))

    def _set_apart(self) -> None:
        self._decode_pending()
        self._flow.begin_paragraph()
        self._group = replace(self._group, is_apart=True, in_table=False)

    def _structure(self, word: bytes) -> None:
        if word in _APART:
            self._set_apart()
        elif word in _PARAGRAPH_ENDS:
            self._end_paragraph()
        elif word in {b"pard", b"trowd"}:
            self._group = replace(self._group, in_table=False)
        elif word == b"intbl":
            self._group = replace(self._group, in_table=True)
        elif word == b"cell":
            self._open_cell()
            self._decode_pending()
            self._flow.end_cell()
            self._cell_is_open = False
        elif word == b"row":
            self._end_row()

    def _declare_font(self, word: bytes, number: int | None) -> None:
        if word == b"f" and number is not None:
            self._font = number
        elif word == b"fcharset" and number in _CODE_PAGES:
            self._fonts[self._font] = _CODE_PAGES[number]
        elif word == b"cpg" and number is not None:
            self._fonts[self._font] = _known(f"cp{number}")

    def _unicode(self, number: int) -> None:
        # The count is a signed number of 16 bits; characters beyond them come as two surrogates.
        self._bytes((number & 0xFFFF).to_bytes(2, "little"), _UTF16)
        self._to_skip = self._group.unicode_skip

    def _bytes(self, raw: bytes, encoding: str) -> None:
        if encoding != _UTF16 and self._to_skip:
            skipped = min(self._to_skip, len(raw))
            self._to_skip -= skipped
            raw = raw[skipped:]
        if not raw or self._group.is_left_out or self._group.is_font_table:
            return
        self._place()
        if encoding != self._pending_encoding:
            self._decode_pending()
            self._pending_encoding = encoding
        self._pending += raw

    def _say(self, text: str) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes(text.encode(_UTF16), _UTF16)

    def _decode_pending(self) -> None:
        if self._pending:
            self._flow.text(self._pending.decode(self._pending_encoding, "replace"))
            self._pending.clear()

    def _place(self) -> None:
        """Open the cell that text in a table stands in; end a row that was left open."""
        if self._group.in_table:
            self._open_cell()
        elif any(group.is_apart for group in (self._group, *self._outer)):
            return
        elif self._row_is_open and not self._cell_is_open:
            self._end_row()

    def _open_cell(self) -> None:
        if self._cell_is_open:
            return
        self._decode_pending()
        if not self._row_is_open:
            self._flow.begin_row()
        self._flow.begin_cell()
        self._row_is_open = self._cell_is_open = True

    def _end_paragraph(self) -> None:
        if not self._group.is_left_out:
            self._decode_pending()
            self._flow.break_paragraph()

    def _end_row(self) -> None:
        self._decode_pending()
        if self._cell_is_open:
            self._flow.end_cell()
        if self._row_is_open:
            self._flow.end_row()
        self._row_is_open = self._cell_is_open = False


def _known(encoding: str) -> str:
    """An encoding that Python has; Windows' Western one instead of others."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"
