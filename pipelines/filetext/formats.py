"""Which reader reads which files.

| media type | read by |
|---|---|
| PDF | PDFium (`pypdfium2`, extra `files`) |
| DOCX, XLSX, PPTX, ODT, ODS, ODP (and their templates and macro-enabled kin) | our own readers over zipfile and lxml |
| DOC (Word 97 to 2003), RTF | our own readers |
| XLS | `xlrd` (extra `files`) |
| HTML, CSV, plain text | our own readers |
| everything else: pictures, archives, PPT, XLSB, sound | nothing: `unsupported` |
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.filetext.answer import FileText, NoTextError
from pipelines.filetext.compound import CompoundFile
from pipelines.filetext.container import Container, Relations
from pipelines.filetext.flow import FullError, Lines
from pipelines.filetext.legacyexcel import read_xls
from pipelines.filetext.limits import MIB, Limits
from pipelines.filetext.msword import read_doc
from pipelines.filetext.opendocument import read_opendocument
from pipelines.filetext.pdf import read_pdf
from pipelines.filetext.plaintext import read_csv, read_html, read_text
from pipelines.filetext.presentation import read_pptx
from pipelines.filetext.rtf import read_rtf
from pipelines.filetext.spreadsheet import read_xlsx
from pipelines.filetext.wordprocessing import read_docx

_Reader = Callable[[Path, Lines, Limits], int | None]
"""Puts a file's text into lines; returns the number of its pages, where the format has them."""

_OPENDOCUMENT = "application/vnd.oasis.opendocument."
_ZIPPED = ("application/vnd.openxmlformats-officedocument.", _OPENDOCUMENT, "application/zip")
_MACRO_ENABLED = ".macroenabled.12"
_COMPOUND = frozenset(
    {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/x-ole-storage"}
)


def read(path: Path, mime: str, limits: Limits) -> FileText:
    """The text of a file of this media type.

    Raises:
        NoTextError: there is none to be had, and why.
    """
    kind = mime.partition(";")[0].strip().lower()
    lines = Lines(limits.characters)
    if kind == "application/pdf":
        return read_pdf(path, lines)
    reader = _reader_of(kind)
    if reader is None:
        raise NoTextError("unsupported", f"no reader for {kind or 'a file of unknown type'}")
    try:
        pages = reader(path, lines, limits)
    except FullError:
        return FileText(state="done", text=lines.text(), detail="cut: the text is longer than allowed")
    return FileText(state="done", text=lines.text(), pages=pages)


def _reader_of(kind: str) -> _Reader | None:
    if kind.startswith(_ZIPPED) or kind.endswith(_MACRO_ENABLED):
        return _read_zipped
    if kind in _COMPOUND:
        return _read_compound
    return _BY_MIME.get(kind)


def _read_zipped(path: Path, lines: Lines, limits: Limits) -> int | None:
    """An Office file: what kind, it says itself."""
    with Container(path, limits) as container:
        kind = container.head("mimetype", 200).decode("ascii", "replace").strip()
        if kind.startswith(_OPENDOCUMENT):
            return read_opendocument(container, kind.removeprefix(_OPENDOCUMENT).partition("-")[0], lines)
        main = next(iter(Relations(container, "").of_kind("officeDocument")), "")
        if main.endswith(".bin"):
            raise NoTextError("unsupported", "a binary workbook (XLSB)")
        if main:
            container.require(main)
        match main.partition("/")[0]:
            case "word":
                read_docx(container, main, lines)
                return None
            case "xl":
                return read_xlsx(container, main, lines)
            case "ppt":
                return read_pptx(container, main, lines)
        raise NoTextError("unsupported", "an archive; the files in it are not read")


def _read_compound(path: Path, lines: Lines, limits: Limits) -> int | None:
    """An old Office file, or a new one under a password: its streams tell."""
    raw = _whole(path, limits)
    container = CompoundFile(raw)
    if "EncryptedPackage" in container.names:
        raise NoTextError("encrypted", "it asks for a password")
    if "WordDocument" in container.names:
        read_doc(container, lines)
        return None
    if not container.names.isdisjoint({"Workbook", "Book"}):
        return read_xls(raw, lines)
    raise NoTextError("unsupported", "an OLE file without a document or workbook in it")


def _read_rtf(path: Path, lines: Lines, limits: Limits) -> None:
    read_rtf(_whole(path, limits), lines)


def _whole(path: Path, limits: Limits) -> bytes:
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise NoTextError("failed", f"it has {size} bytes, more than {limits.file_bytes // MIB} MiB")
    return path.read_bytes()


_BY_MIME: dict[str, _Reader] = {
    "application/rtf": _read_rtf,
    "text/rtf": _read_rtf,
    "text/html": lambda path, lines, _: read_html(path, lines),
    "application/xhtml+xml": lambda path, lines, _: read_html(path, lines),
    "text/csv": lambda path, lines, _: read_csv(path, lines),
    "text/plain": lambda path, lines, _: read_text(path, lines),
}
