"""PPTX: the slides in their order, text frames and tables (ECMA-376, PresentationML and DrawingML)."""

from __future__ import annotations

from pipelines.filetext.container import Attributes, Container, Relations
from pipelines.filetext.flow import Flow, Lines


def read_pptx(container: Container, presentation: str, lines: Lines) -> int:
    """Read the slides; returns how many there are. Speaker's notes are left out."""
    order = _SlideOrder()
    container.read_part(presentation, order)
    relations = Relations(container, presentation)
    slides = [slide for slide in map(relations.target, order.identifiers) if slide is not None]
    for slide in slides:
        flow = Flow(lines)
        container.read_part(slide, _Slide(flow))
        flow.close()
    return len(slides)


class _SlideOrder:
    def __init__(self) -> None:
        self.identifiers: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            self.identifiers.append(attributes.get("r:id", ""))

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


class _Slide:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._is_text = False
        self._begin = {"p": flow.begin_paragraph, "tr": flow.begin_row, "tc": flow.begin_cell}
        self._end = {"p": flow.end_paragraph, "tr": flow.end_row, "tc": flow.end_cell}

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002  # the protocol passes attributes
        if name == "t":
            self._is_text = True
        elif name in self._begin:
            self._begin[name]()
        elif name == "br":
            self._flow.text("\n")

    def end(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name in self._end:
            self._end[name]()

    def data(self, text: str) -> None:
        if self._is_text:
            self._flow.text(text)
