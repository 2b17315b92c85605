"""PDF through PDFium: the text layer page by page, and whether there is one at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pipelines.filetext.answer import FileText, NoTextError
from pipelines.filetext.flow import FullError, Lines
from pipelines.filetext.optional import optional_module

_PASSWORD, _SECURITY = 4, 5
"""`FPDF_ERR_PASSWORD` and `FPDF_ERR_SECURITY` of fpdfview.h."""

_FEW_LETTERS = 50
_BIG_SHARE = 0.5
"""A page with fewer letters and a picture over more than this share of it is a scan with a scanner's mark on it."""

_MOST_BROKEN = 100
"""After so many pages that cannot be read the rest is not tried: a broken file may say that it has a milliard."""

_LINE_END_HYPHENS = str.maketrans("", "", "\x02\ufffe")
"""What PDFium puts for a hyphen that splits a word at the end of a line."""


def read_pdf(path: Path, lines: Lines) -> FileText:
    """The text of a PDF, a line of a page a line; pages that cannot be read are passed over, and counted.

    Raises:
        NoTextError: it is encrypted, broken, or every page is a picture.
    """
    pdfium = optional_module("pypdfium2")
    with closing(_opened(pdfium, path)) as document:
        pages, read, scans = len(document), 0, 0
        try:
            for text, is_scan in _pages(pdfium, document):
                read += 1
                scans += is_scan
                if not is_scan:
                    for line in text.translate(_LINE_END_HYPHENS).splitlines():
                        lines.add(line)
        except FullError:
            return FileText(state="done", text=lines.text(), detail="cut: the text is longer than allowed", pages=pages)
    return _judged(lines.text(), pages=pages, scans=scans, broken=pages - read)


def _opened(pdfium: Any, path: Path) -> Any:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if error.err_code in {_PASSWORD, _SECURITY}:
            raise NoTextError("encrypted", "it asks for a password") from error
        raise NoTextError("failed", f"PDFium cannot open it: {error}") from error


def _pages(pdfium: Any, document: Any) -> Iterator[tuple[str, bool]]:
    """Each page's text, and whether the page is only a picture of one; pages that cannot be read are left out."""
    broken = 0
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            broken += 1
            if broken == _MOST_BROKEN:
                return
            continue
        with closing(page), closing(page.get_textpage()) as layer:
            text = layer.get_text_bounded()
            letters = sum(map(str.isalnum, text[: 20 * _FEW_LETTERS]))
            yield text, letters == 0 or (letters < _FEW_LETTERS and _is_picture(pdfium, page))


def _is_picture(pdfium: Any, page: Any) -> bool:
    width, height = page.get_size()
    pictures = page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    for left, bottom, right, top in (picture.get_bounds() for picture in pictures):
        if (right - left) * (top - bottom) > _BIG_SHARE * width * height:
            return True
    return False


def _judged(text: str, *, pages: int, scans: int, broken: int) -> FileText:
    said = [f"PDFium cannot read {broken} of {pages} pages"] if broken else []
    if broken and broken == pages:
        return FileText(state="failed", detail="; ".join(said), pages=pages)
    if scans == pages - broken:
        said.append("its pages are pictures, without text under them")
        return FileText(state="no_text_layer", detail="; ".join(said), pages=pages)
    said += [f"{scans} of {pages} pages have no text"] if scans else []
    return FileText(state="done", text=text, detail="; ".join(said) or None, pages=pages)
