"""XLSX: the sheets in their order, a row a line (ECMA-376, SpreadsheetML)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from pipelines.filetext.container import Attributes, Container, Relations
from pipelines.filetext.flow import Lines

WIDEST_GAP = 64
"""Empty cells in a row that are kept between two with text, so that columns stay aligned."""

_DATE_FORMATS = frozenset({14, 15, 16, 17, 22})
_TIME_FORMATS = frozenset({18, 19, 20, 21, 45, 46, 47})
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
"""What stands in a number format but formats nothing: quoted and escaped text, colours, conditions, padding."""


def read_xlsx(container: Container, workbook: str, lines: Lines) -> int:
    """Read the sheets, each with its name before it; returns how many there are."""
    relations = Relations(container, workbook)
    book = _Workbook()
    container.read_part(workbook, book)
    strings = _SharedStrings()
    formats = _Formats()
    for part in relations.of_kind("sharedStrings"):
        container.read_part(part, strings)
    for part in relations.of_kind("styles"):
        container.read_part(part, formats)
    for name, identifier in book.sheets:
        lines.add(name)
        sheet = relations.target(identifier)
        if sheet is not None:
            container.read_part(sheet, _Sheet(lines, strings.texts, formats, is_1904=book.is_1904))
    return len(book.sheets)


def number_text(value: float) -> str:
    """A number as a person would write it: `12`, `0.3`, not `0.30000000000000004`."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.15g}"


def serial_date_text(serial: float, *, is_1904: bool) -> str | None:
    """A day number as `21/09/2025`, the way these documents print dates; None where it is no date."""
    # Day 60 of the 1900 system is 29 February 1900, which never was; days after it count from one day earlier.
    epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30 if serial > 60 else 31)  # noqa: DTZ001  # no zone
    try:
        moment = epoch + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return None
    if serial < 1:
        return f"{moment:%H:%M}"
    return f"{moment:%d/%m/%Y}" if moment.time() == datetime.min.time() else f"{moment:%d/%m/%Y %H:%M}"


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a number format shows a number as a date or a time."""
    if code is None:
        return number in _DATE_FORMATS | _TIME_FORMATS
    return re.search("[dmyhs]", _NOT_FORMAT.sub("", code).lower()) is not None and "general" not in code.lower()


class _Workbook:
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.is_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("r:id", "")))
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in {"1", "true"}

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


class _RichText:
    """Text of the `t` elements in a string, without the readings (`rPh`) that East Asian cells carry."""

    def __init__(self, whole: str, done: Callable[[str], None]) -> None:
        self._whole = whole
        self._done = done
        self._pieces: list[str] = []
        self._is_text = False
        self._in_reading = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002  # the protocol passes attributes
        if name == "rPh":
            self._in_reading = True
        self._is_text = name == "t" and not self._in_reading

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._in_reading = False
        elif name == self._whole:
            self._done("".join(self._pieces))
            self._pieces.clear()

    def data(self, text: str) -> None:
        if self._is_text:
            self._pieces.append(text)


class _SharedStrings(_RichText):
    def __init__(self) -> None:
        self.texts: list[str] = []
        super().__init__("si", self.texts.append)


class _Formats:
    """Which cell styles show dates."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._numbers: list[int] = []
        self._in_cells = False

    def is_date(self, style: str | None) -> bool:
        index = _int(style or "0")
        if not 0 <= index < len(self._numbers):
            return False
        number = self._numbers[index]
        return is_date_format(number, self._codes.get(number))

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self._codes[_int(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._numbers.append(_int(attributes.get("numFmtId", "")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def data(self, text: str) -> None: ...


class _Sheet:
    def __init__(self, lines: Lines, strings: list[str], formats: _Formats, *, is_1904: bool) -> None:
        self._lines = lines
        self._strings = strings
        self._formats = formats
        self._is_1904 = is_1904
        self._row: list[str] = []
        self._cell: Attributes = {}
        self._value: list[str] = []
        self._is_value = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self._row = []
        elif name == "c":
            self._cell = attributes
            self._value = []
        self._is_value = name in {"v", "t"}

    def end(self, name: str) -> None:
        self._is_value = False
        if name == "c":
            self._put("".join(self._value))
        elif name == "row":
            self._lines.add(*self._row)

    def data(self, text: str) -> None:
        if self._is_value:
            self._value.append(text)

    def _put(self, raw: str) -> None:
        text = self._shown(raw)
        if text:
            gap = _column(self._cell.get("r", "")) - len(self._row)
            self._row.extend([""] * min(max(gap, 0), WIDEST_GAP))
            self._row.append(text)

    def _shown(self, raw: str) -> str:
        kind = self._cell.get("t", "n")
        if kind == "s":
            index = _int(raw)
            return self._strings[index] if 0 <= index < len(self._strings) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
        if kind != "n" or not raw:
            return raw
        return self._number(raw)

    def _number(self, raw: str) -> str:
        try:
            value = float(raw)
        except ValueError:
            return raw
        if not abs(value) < 1e300:
            return raw
        if value >= 0 and self._formats.is_date(self._cell.get("s")):
            return serial_date_text(value, is_1904=self._is_1904) or raw
        return number_text(value)


def _column(reference: str) -> int:
    """Number of the column that a cell reference names, from 0: `A1` → 0, `AB7` → 27; -1 where it names none."""
    number = 0
    for letter in reference[:4]:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number - 1


def _int(text: str) -> int:
    """A small whole number; -1 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1
