"""DOC: text and tables of Word 97 to 2003 ([MS-DOC])."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.filetext.answer import NoTextError
from pipelines.filetext.compound import CompoundFile
from pipelines.filetext.flow import Flow, Lines

_WORD_97 = 0x00C1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
"""Bits of the flags at offset 10 of the file information block."""

_LENGTHS_AT, _PARAGRAPHS_AT, _PIECES_AT = 0x4C, 0x102, 0x1A2
"""Where the block has the lengths of the document's sections, and place and size of two tables."""

_IN_TABLE, _ROW_END, _FAR_PROPERTIES = 0x2416, 0x2417, 0x6646
"""Properties of paragraphs: sprmPFInTable, sprmPFTtp, sprmPHugePapx."""
_TABLE_DEFINITION, _TAB_CHANGES = 0xD608, 0xC615
_OPERAND_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
"""By the upper three bits of a property's number; 0: the operand says its size itself."""

_CELL_END, _LINE, _FIELD, _FIELD_RESULT, _FIELD_END = "\x07", "\x0b", "\x13", "\x14", "\x15"
_MARKS = re.compile(r"[\x01-\x08\x0b-\x1f]")
_PARAGRAPH_ENDS = frozenset("\r\x0c\x0e")
_AS_TEXT = {_LINE: "\n", "\x1e": "-"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text as it stands in the stream; `first` and `last` are counted in the document's characters."""

    first: int
    last: int
    at: int
    width: int
    """Bytes a character: 2 for UTF-16, 1 for Windows' Western code page."""


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Where a paragraph's bytes begin, and what it is in a table."""

    at: int
    in_table: bool
    is_row_end: bool


def read_doc(container: CompoundFile, lines: Lines) -> None:
    """The document, its footnotes, headers, endnotes and text boxes, in this order; comments are left out.

    Raises:
        NoTextError: encrypted, older than Word 97, or broken.
    """
    stream = container.stream("WordDocument")
    if len(stream) < _PIECES_AT + 8:
        raise NoTextError("failed", "its file information block is cut off")
    version, flags = struct.unpack_from("<H", stream, 2)[0], struct.unpack_from("<H", stream, 10)[0]
    if flags & _ENCRYPTED:
        raise NoTextError("encrypted", "it asks for a password")
    if version < _WORD_97:
        raise NoTextError("unsupported", "a document of a Word before Word 97")
    tables = container.stream("1Table" if flags & _SECOND_TABLE else "0Table")
    pieces = list(_pieces(_table(stream, tables, _PIECES_AT)))
    if not pieces:
        raise NoTextError("failed", "it has no table of its pieces of text")
    places = _table(stream, tables, _PARAGRAPHS_AT)
    paragraphs = sorted(_paragraphs(places, stream, container.stream("Data")), key=lambda paragraph: paragraph.at)
    for first, last in _sections(stream):
        section = _Section(Flow(lines), paragraphs)
        section.read(stream, pieces, first, last)


def _table(stream: bytes, tables: bytes, at: int) -> bytes:
    begin, size = struct.unpack_from("<2I", stream, at)
    return tables[begin : begin + size]


def _sections(stream: bytes) -> Iterator[tuple[int, int]]:
    """First and last character of text, footnotes, headers, (macros and comments left out,) endnotes, text boxes."""
    begin = 0
    for number, length in enumerate(struct.unpack_from("<8I", stream, _LENGTHS_AT)):
        if length and number not in {3, 4}:
            yield begin, begin + length
        begin += length


def _pieces(table: bytes) -> Iterator[_Piece]:
    at = 0
    while at + 3 <= len(table) and table[at] == 1:  # property lists stand before the pieces
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at + 5 > len(table) or table[at] != 2:
        return
    (size,) = struct.unpack_from("<I", table, at + 1)
    plc = table[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    firsts = struct.unpack_from(f"<{count + 1}I", plc)
    for number in range(count):
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        is_narrow, place = bool(place & 0x40000000), place & 0x3FFFFFFF
        yield _Piece(firsts[number], firsts[number + 1], place // 2 if is_narrow else place, 1 if is_narrow else 2)


def _paragraphs(places: bytes, stream: bytes, data: bytes) -> Iterator[_Paragraph]:
    """Paragraphs of all the pages (512 bytes each) on which paragraph properties stand."""
    count = max(0, (len(places) - 4) // 8)
    for (number,) in struct.iter_unpack("<I", places[4 * (count + 1) :][: 4 * count]):
        page = stream[(number & 0x3FFFFF) * 512 :][:512]
        if len(page) == 512:
            yield from _on_page(page, data)


def _on_page(page: bytes, data: bytes) -> Iterator[_Paragraph]:
    count = min(page[511], 29)  # so many fit on a page
    begins = struct.unpack_from(f"<{count + 1}I", page)
    for number in range(count):
        at = page[4 * (count + 1) + 13 * number] * 2
        properties = set(_properties(_property_list(page, at), data)) if at else set()
        yield _Paragraph(begins[number], _IN_TABLE in properties, _ROW_END in properties)


def _property_list(page: bytes, at: int) -> bytes:
    """The properties at a place on a page: a size in words, or a zero and the size after it; then a style's number."""
    size, at = (2 * page[at] - 1, at + 1) if page[at] else (2 * page[at + 1], at + 2)
    return page[at + 2 : at + size]


def _properties(listed: bytes, data: bytes, *, may_go_far: bool = True) -> Iterator[int]:
    """Numbers of the properties that are set."""
    at = 0
    while at + 2 < len(listed):
        (number,) = struct.unpack_from("<H", listed, at)
        at += 2
        size = _OPERAND_SIZES[number >> 13]
        if number == _TABLE_DEFINITION:
            size = int.from_bytes(listed[at : at + 2], "little") + 1
        elif size == 0:
            size = listed[at] + 1
        if number == _TAB_CHANGES and listed[at] == 255:
            return  # its size is known only by reading it; what we look for stands before it
        if number == _FAR_PROPERTIES and may_go_far:
            place = int.from_bytes(listed[at : at + 4], "little")
            far = data[place + 2 : place + 2 + int.from_bytes(data[place : place + 2], "little")]
            yield from _properties(far, data, may_go_far=False)
        elif any(listed[at : at + size]):
            yield number
        at += size


class _Section:
    """One of the document's texts, on its way into lines."""

    def __init__(self, flow: Flow, paragraphs: list[_Paragraph]) -> None:
        self._flow = flow
        self._paragraphs = paragraphs
        self._begins = [paragraph.at for paragraph in paragraphs]
        self._held: list[str] = []
        """Text of the paragraph so far; only its mark tells whether it stands in a table."""
        self._fields: list[bool] = []
        """Open fields, the innermost last: whether we are past the instruction."""
        self._cell_is_open = False
        self._row_is_open = False

    def read(self, stream: bytes, pieces: list[_Piece], first: int, last: int) -> None:
        for piece in pieces:
            begin, end = max(first, piece.first), min(last, piece.last)
            if begin < end:
                at = piece.at + (begin - piece.first) * piece.width
                self._run(stream[at : at + (end - begin) * piece.width], at, piece.width)
        self._end_paragraph(in_table=False)
        self._flow.close()

    def _run(self, raw: bytes, at: int, width: int) -> None:
        # Latin-1 keeps characters and bytes in step; the right reading follows piece by piece.
        text = raw.decode("latin-1") if width == 1 else raw.decode("utf-16-le", "replace")
        in_step = len(text) * width == len(raw)
        begin = 0
        for match in _MARKS.finditer(text):
            self._text(text[begin : match.start()], width)
            begin = match.end()
            offset = match.start() if in_step else len(text[: match.start()].encode("utf-16-le")) // 2
            self._mark(match.group(), at + offset * width)
        self._text(text[begin:], width)

    def _text(self, text: str, width: int) -> None:
        if text and all(self._fields):
            self._held.append(text.encode("latin-1").decode("cp1252", "replace") if width == 1 else text)

    def _mark(self, mark: str, at: int) -> None:
        if mark in _PARAGRAPH_ENDS:
            self._end_paragraph(in_table=self._paragraph(at).in_table and mark == "\r")
        elif mark == _CELL_END:
            self._end_cell_or_row(is_row_end=self._paragraph(at).is_row_end)
        elif mark == _FIELD:
            self._fields.append(False)
        elif mark == _FIELD_RESULT and self._fields:
            self._fields[-1] = True
        elif mark == _FIELD_END and self._fields:
            self._fields.pop()
        elif mark in _AS_TEXT and all(self._fields):
            self._held.append(_AS_TEXT[mark])

    def _paragraph(self, at: int) -> _Paragraph:
        """The paragraph that the byte at a place belongs to."""
        found = bisect_right(self._begins, at) - 1
        return self._paragraphs[found] if found >= 0 else _Paragraph(0, in_table=False, is_row_end=False)

    def _end_paragraph(self, *, in_table: bool) -> None:
        if in_table:
            self._open_cell()
        elif self._row_is_open:
            self._end_row()
        self._say_held()
        self._flow.break_paragraph()

    def _end_cell_or_row(self, *, is_row_end: bool) -> None:
        if is_row_end:
            self._end_row()
            return
        self._open_cell()
        self._say_held()
        self._flow.end_cell()
        self._cell_is_open = False

    def _open_cell(self) -> None:
        if not self._row_is_open:
            self._flow.begin_row()
        if not self._cell_is_open:
            self._flow.begin_cell()
        self._row_is_open = self._cell_is_open = True

    def _end_row(self) -> None:
        if self._cell_is_open:
            self._flow.end_cell()
        if self._row_is_open:
            self._flow.end_row()
        self._row_is_open = self._cell_is_open = False

    def _say_held(self) -> None:
        self._flow.text("".join(self._held))
        self._held.clear()
