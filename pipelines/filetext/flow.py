"""Turns the run of a document (text, paragraph ends, table cells) into clean lines, up to the longest text allowed."""

from __future__ import annotations

import unicodedata

_INVISIBLE = dict.fromkeys(
    (
        *range(0x09),
        *range(0x0E, 0x1C),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0xAD,
        0x200B,
        0x2060,
        0xFEFF,
        0xFFFE,
        0xFFFF,
    )
)
"""Control codes, the soft hyphen, zero-width space and joiner, byte order marks; white space stays."""


class FullError(Exception):
    """The text is as long as it may get."""


_Cell = list[tuple[str, ...]]
"""The lines of a table cell; one of several cells is the row of a table inside it."""


class Lines:
    """Clean lines of a text; raises FullError at the one that does not fit any more."""

    def __init__(self, most_characters: int) -> None:
        self._left = most_characters
        self._lines: list[str] = []

    def add(self, *cells: str) -> None:
        """One line; several cells are set apart by tabs. A line without text is none."""
        line = "\t".join(map(clean, cells)).rstrip("\t")
        if not line.strip("\t"):
            return
        if len(line) > self._left:
            self._keep(line[: max(self._left, 0)])
            raise FullError
        self._keep(line)

    def text(self) -> str:
        return "\n".join(self._lines)

    def _keep(self, line: str) -> None:
        if line:
            self._lines.append(line)
            self._left -= len(line) + 1  # the line end counts


def clean(text: str) -> str:
    """One line: NFC, single spaces, nothing invisible, nothing that UTF-8 cannot say."""
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    line = line.translate(_INVISIBLE).encode("utf-8", "ignore").decode()
    return unicodedata.normalize("NFC", " ".join(line.split()))


class Flow:
    """Builds lines from a document as it is read from front to back.

    A paragraph is a line. A table row is a line, its cells set apart by tabs, the paragraphs of a cell by spaces; but
    a row of one cell is a frame around text, not a table, and its paragraphs stay lines. Paragraphs in paragraphs
    (text boxes, footnotes) and tables in cells come out before what surrounds them goes on.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._paragraphs: list[list[str]] = [[]]
        self._rows: list[list[_Cell]] = []
        """The rows that are open, the innermost last."""

    def text(self, text: str) -> None:
        self._paragraphs[-1].append(text)

    def begin_paragraph(self) -> None:
        self._paragraphs.append([])

    def end_paragraph(self) -> None:
        """The text since the paragraph began is a line (several, where it holds line feeds)."""
        paragraph = "".join(self._paragraphs.pop())
        if not self._paragraphs:
            self._paragraphs.append([])
        for line in paragraph.split("\n"):
            self._emit((line,))

    def break_paragraph(self) -> None:
        """A paragraph ends, and text that follows belongs to the next one."""
        is_inner = len(self._paragraphs) > 1
        self.end_paragraph()
        if is_inner:
            self.begin_paragraph()

    def begin_row(self) -> None:
        self._rows.append([])

    def begin_cell(self) -> None:
        if not self._rows:
            self.begin_row()
        self._rows[-1].append([])
        self.begin_paragraph()

    def end_cell(self) -> None:
        self.end_paragraph()

    def end_row(self) -> None:
        cells = self._rows.pop() if self._rows else []
        if len(cells) == 1:
            for line in cells[0]:
                self._emit(line)
        elif cells:
            self._emit(tuple(" ".join(map(" ".join, cell)) for cell in cells))

    def close(self) -> None:
        """Put out what a document that ends early left open."""
        while len(self._paragraphs) > 1:
            self.end_paragraph()
        self.end_paragraph()
        while self._rows:
            self.end_row()

    def _emit(self, line: tuple[str, ...]) -> None:
        if not any(map(str.strip, line)):
            return
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(line)
        else:
            self._lines.add(*line)
