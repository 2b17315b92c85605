"""DOCX: the document with its headers, notes and footers (ECMA-376, WordprocessingML)."""

from __future__ import annotations

from pipelines.filetext.container import Attributes, Container, Relations
from pipelines.filetext.flow import Flow, Lines

_IN_ORDER = ("header", None, "footnotes", "endnotes", "footer")
"""Parts by their relation to the document; None is the document itself."""

_INSTEAD = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_LEFT_OUT = frozenset({"Fallback", "moveFrom", "pPr", "rPr", "sectPr", "tblPr", "tblGrid", "tcPr", "trPr"})
"""Formatting (whose `tab` is a tab stop), the second copy of a drawing, and where moved text stood before."""


def read_docx(container: Container, document: str, lines: Lines) -> None:
    relations = Relations(container, document)
    for kind in _IN_ORDER:
        for part in [document] if kind is None else relations.of_kind(kind):
            flow = Flow(lines)
            container.read_part(part, _Part(flow))
            flow.close()


class _Part:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._left_out = 0
        """How many elements that are left out are open."""
        self._is_text = False
        self._begin = {"p": flow.begin_paragraph, "tr": flow.begin_row, "tc": flow.begin_cell}
        self._end = {"p": flow.end_paragraph, "tr": flow.end_row, "tc": flow.end_cell}

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002  # the protocol passes attributes
        if self._left_out or name in _LEFT_OUT:
            self._left_out += 1
        elif name == "t":
            self._is_text = True
        elif name in self._begin:
            self._begin[name]()
        elif name in _INSTEAD:
            self._flow.text(_INSTEAD[name])

    def end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
        elif name == "t":
            self._is_text = False
        elif name in self._end:
            self._end[name]()

    def data(self, text: str) -> None:
        if self._is_text and not self._left_out:
            self._flow.text(text)
