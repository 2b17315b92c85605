"""ODT, ODS and ODP: paragraphs and tables of OpenDocument files (OASIS ODF 1.3)."""

from __future__ import annotations

from pipelines.filetext.answer import NoTextError
from pipelines.filetext.container import Attributes, Container
from pipelines.filetext.flow import Flow, Lines
from pipelines.filetext.spreadsheet import WIDEST_GAP

_PARAGRAPHS = frozenset({"p", "h"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_INSTEAD = {"tab": " ", "line-break": "\n", "s": " "}
_LEFT_OUT = frozenset({"tracked-changes", "annotation", "note-citation", "forms", "notes", "page-number", "page-count"})
"""What a reader of the printed document would not call its text. (`notes` are a speaker's.)"""


def read_opendocument(container: Container, kind: str, lines: Lines) -> int | None:
    """Read a `text`, `spreadsheet` or `presentation`; returns the number of sheets or slides, None for a text."""
    protection = _Protection()
    container.read_part("META-INF/manifest.xml", protection)
    if protection.is_encrypted:
        raise NoTextError("encrypted", "it asks for a password")
    container.require("content.xml")
    content = _Content(lines, with_sheet_names=kind == "spreadsheet")
    if kind != "text":
        # The headers of sheets and slides that nobody filled in hold the program's own words.
        _read(container, "content.xml", content)
        return content.sheets if kind == "spreadsheet" else content.slides
    _read(container, "styles.xml", _Content(lines, only="header"))
    _read(container, "content.xml", content)
    _read(container, "styles.xml", _Content(lines, only="footer"))
    return None


def _read(container: Container, part: str, reader: _Content) -> None:
    container.read_part(part, reader)
    reader.flow.close()


class _Protection:
    def __init__(self) -> None:
        self.is_encrypted = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002  # the protocol passes attributes
        self.is_encrypted = self.is_encrypted or name == "encryption-data"

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


class _Content:
    """Text in paragraphs; with `only`, nothing outside elements of that name."""

    def __init__(self, lines: Lines, *, only: str | None = None, with_sheet_names: bool = False) -> None:
        self.flow = Flow(lines)
        self.slides = 0
        self.sheets = 0
        self._only = only
        self._with_sheet_names = with_sheet_names
        self._inside = 1 if only is None else 0
        self._left_out = 0
        self._paragraphs = 0
        self._repeats: list[int] = []
        """How often each open cell stands side by side, the innermost last."""

    def start(self, name: str, attributes: Attributes) -> None:
        if self._left_out or name in _LEFT_OUT:
            self._left_out += 1
        elif name == self._only:
            self._inside += 1
        elif not self._inside:
            return
        elif name in _PARAGRAPHS:
            self._paragraphs += 1
            self.flow.begin_paragraph()
        elif name == "table-row":
            self.flow.begin_row()
        elif name in _CELLS:
            self._repeats.append(_number(attributes.get("number-columns-repeated"), most=WIDEST_GAP))
            self.flow.begin_cell()
        elif name in _INSTEAD:
            self.data(_INSTEAD[name])
        elif name == "page":
            self.slides += 1
        elif name == "table" and self._with_sheet_names:
            self._begin_sheet(attributes.get("name", ""))

    def end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
        elif not self._inside:
            return
        elif name == self._only:
            self._inside -= 1
        elif name in _PARAGRAPHS:
            self._paragraphs -= 1
            self.flow.end_paragraph()
        elif name == "table-row":
            self.flow.end_row()
        elif name in _CELLS:
            self._end_cell()

    def data(self, text: str) -> None:
        if self._paragraphs and not self._left_out:
            self.flow.text(text)

    def _begin_sheet(self, name: str) -> None:
        self.sheets += 1
        self.flow.text(name)
        self.flow.break_paragraph()

    def _end_cell(self) -> None:
        self.flow.end_cell()
        # A cell that stands there several times is told once; the others keep the columns aligned.
        for _ in range(self._repeats.pop() - 1):
            self.flow.begin_cell()
            self.flow.end_cell()


def _number(text: str | None, *, most: int) -> int:
    """A count of at least 1, where it says nothing useful too."""
    return max(1, min(int(text), most)) if text is not None and text.isdecimal() and len(text) < 10 else 1
