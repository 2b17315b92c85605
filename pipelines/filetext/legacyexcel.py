"""XLS through xlrd: the sheets in their order, a row a line."""

from __future__ import annotations

import os
from typing import Any

from pipelines.filetext.answer import NoTextError, TextState
from pipelines.filetext.flow import Lines
from pipelines.filetext.optional import optional_module
from pipelines.filetext.spreadsheet import number_text, serial_date_text


def read_xls(raw: bytes, lines: Lines) -> int:
    """Read the sheets, each with its name before it; returns how many there are."""
    xlrd = optional_module("xlrd")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  # a device, not a path of ours
        try:
            book = xlrd.open_workbook(file_contents=raw, logfile=nowhere, on_demand=True, ragged_rows=True)
        except xlrd.XLRDError as error:
            state: TextState = "encrypted" if "encrypted" in str(error).lower() else "failed"
            raise NoTextError(state, f"xlrd cannot open it: {error}") from error
        for number in range(book.nsheets):
            _read_sheet(xlrd, book, number, lines)
        return int(book.nsheets)


def _read_sheet(xlrd: Any, book: Any, number: int, lines: Lines) -> None:
    sheet = book.sheet_by_index(number)
    lines.add(sheet.name)
    for row in range(sheet.nrows):
        lines.add(*(_shown(xlrd, cell, is_1904=book.datemode == 1) for cell in sheet.row(row)))
    book.unload_sheet(number)


def _shown(xlrd: Any, cell: Any, *, is_1904: bool) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return serial_date_text(cell.value, is_1904=is_1904) or number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return str(cell.value)
