"""Plain text, CSV and HTML files, in whatever encoding they come."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from pipelines.filetext.flow import Flow, Lines

_PIECE = 256 * 1024
_HEAD = 64 * 1024
_LEGACY = "cp1258"
"""Windows' Vietnamese; right for plain ASCII too, and near enough for Western text."""

_SAID = re.compile(rb"<meta\b[^>]*\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9._-]{1,40})", re.IGNORECASE)

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"}
    | {"main", "nav", "ol", "option", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "title", "ul"}
)
_LEFT_OUT = frozenset({"script", "style", "noscript", "template"})


def read_text(path: Path, lines: Lines) -> None:
    """Lines as they stand; tabs in them stay."""
    for line in _lines(path):
        lines.add(*line.split("\t"))


def read_csv(path: Path, lines: Lines) -> None:
    csv.field_size_limit(2 * _PIECE)
    delimiter = max(",;\t", key=next(_lines(path), "").count)
    for row in csv.reader(_lines(path), delimiter=delimiter):
        lines.add(*row)


def read_html(path: Path, lines: Lines) -> None:
    """Blocks as lines, table rows as rows; what a browser would show, roughly, without a browser."""
    flow = Flow(lines)
    target: Any = _HtmlText(flow)  # the stubs of lxml ask a target to take bytes as well
    parser = etree.HTMLParser(target=target, no_network=True, huge_tree=False)
    for piece in _pieces(path):
        parser.feed(piece)
    parser.close()
    flow.close()


def encoding_of(head: bytes) -> str:
    """How a text is encoded that begins with `head`: its byte order mark, its bytes, then what it says of itself."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return encoding
    if _is_utf8(head):
        return "utf-8"
    said = _SAID.search(head)
    return said[1].decode() if said is not None and _is_credible(said[1].decode()) else _LEGACY


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character that is cut off at the end is no error
    except UnicodeDecodeError:
        return False
    return True


def _is_credible(encoding: str) -> bool:
    """Whether an encoding may be believed whose bytes are not UTF-8; it says so of itself often enough."""
    try:
        return codecs.lookup(encoding).name not in {"utf-8", "utf-16", "utf-32", "iso8859-1", "cp1252", "ascii"}
    except LookupError:
        return False


def _pieces(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        encoding = encoding_of(file.read(_HEAD))
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while piece := file.read(_PIECE):
            yield piece


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file, an endless one in pieces."""
    rest = ""
    for piece in _pieces(path):
        *complete, rest = (rest + piece).split("\n")
        yield from complete
        if len(rest) > _PIECE:
            yield rest
            rest = ""
    yield rest


class _HtmlText:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._left_out = 0
        self._open: list[str] = []
        """Rows and cells that are open: markup does not promise to close what it opens in order."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002  # the protocol passes attributes
        if self._left_out or tag in _LEFT_OUT:
            self._left_out += 1
        elif tag == "tr":
            self._flow.break_paragraph()
            self._open.append("tr")
            self._flow.begin_row()
        elif tag in {"td", "th"} and "tr" in self._open:
            self._open.append("cell")
            self._flow.begin_cell()
        elif tag == "br":
            self._flow.text("\n")
        elif tag in _BLOCKS:
            self._flow.break_paragraph()

    def end(self, tag: str) -> None:
        if self._left_out:
            self._left_out -= 1
        elif tag in {"td", "th"} and self._open[-1:] == ["cell"]:
            self._open.pop()
            self._flow.end_cell()
        elif tag == "tr" and self._open[-1:] == ["tr"]:
            self._open.pop()
            self._flow.end_row()
        elif tag in _BLOCKS:
            self._flow.break_paragraph()

    def data(self, text: str) -> None:
        if not self._left_out:
            self._flow.text(re.sub(r"\s+", " ", text))

    def close(self) -> None:
        pass
