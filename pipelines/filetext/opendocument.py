"""ODT, ODS and ODP: paragraphs and tables of OpenDocument files (OASIS ODF 1.3)."""

from __future__ import annotations

from pipelines.filetext.answer import NoTextError
from pipelines.filetext.container import Attributes, Container
from pipelines.filetext.flow import Flow, Lines
from pipelines.filetext.spreadsheet import WIDEST_GAP

_PARAGRAPHS = frozenset({"p", "h"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_INSTEAD = {"tab": " ", "line-break": "\n"}
_LEFT_OUT = frozenset({"tracked-changes", "annotation", "note-citation", "forms", "tab-stops", "notes", "automatic-styles"})
_MOST_SPACES = 100


def read_opendocument(container: Container, lines: Lines) -> int | None:
    """Read headers, the content, footers; returns the number of slides or sheets, None for a text document."""
    protection = _Protection()
    container.read_part("META-INF/manifest.xml", protection)
    if protection.is_encrypted:
        raise NoTextError("encrypted", "it asks for a password")
    content = _Content(Flow(lines))
    _read(container, "styles.xml", _Content(Flow(lines), only="header"))
    _read(container, "content.xml", content)
    _read(container, "styles.xml", _Content(Flow(lines), only="footer"))
    return content.pages or None


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

    def __init__(self, flow: Flow, only: str | None = None) -> None:
        self.flow = flow
        self.pages = 0
        self._only = only
        self._inside = 0
        self._left_out = 0
        self._paragraphs = 0
        self._empty_cells = 0
        self._cell_has_text = False
        self._repeat = 1

    def start(self, name: str, attributes: Attributes) -> None:
        if name == self._only:
            self._inside += 1
        if self._left_out or name in _LEFT_OUT:
            self._left_out += 1
        elif name in _PARAGRAPHS:
            self._paragraphs += 1
            self.flow.begin_paragraph()
        elif name == "table-row":
            self._empty_cells = 0
            self.flow.begin_row()
        elif name in _CELLS:
            self._begin_cell(attributes)
        elif name in _INSTEAD:
            self._text(_INSTEAD[name])
        elif name == "s":
            self._text(" " * min(_number(attributes.get("c")), _MOST_SPACES))
        elif name == "page":
            self.pages += 1
        elif name == "table" and self._only is None and not self._paragraphs:
            self._begin_sheet(attributes)

    def end(self, name: str) -> None:
        if name == self._only:
            self._inside -= 1
        if self._left_out:
            self._left_out -= 1
        elif name in _PARAGRAPHS:
            self._paragraphs -= 1
            self.flow.end_paragraph()
        elif name == "table-row":
            self.flow.end_row()
        elif name in _CELLS:
            self._end_cell()

    def data(self, text: str) -> None:
        if self._paragraphs and not self._left_out:
            self._text(text)
