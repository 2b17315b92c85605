"""The text of attachment files: every format, and everything a file can do to whoever reads it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import threading
import time
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.filetext import FileText, FileTexts, Limits, extract_text
from pipelines.filetext.answer import GarbledAnswerError, NoTextError, from_bytes, to_bytes
from pipelines.filetext.flow import FullError, Lines, clean
from pipelines.filetext.limits import MIB
from pipelines.filetext.optional import optional_module
from pipelines.filetext.spreadsheet import is_date_format, number_text, serial_date_text
from pipelines.sniff import sniff

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "tests" / "files"
SAMPLES = ROOT / "crawler" / "sample" / "files"
CORPUS = ROOT.parent / "shared" / "corpus"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
PDF = "application/pdf"
DOC = "application/msword"
RTF = "application/rtf"


@pytest.fixture(scope="module")
def texts() -> Iterator[FileTexts]:
    with FileTexts() as texts:
        yield texts


def mime_of(path: Path) -> str:
    with path.open("rb") as file:
        return sniff(file.read(65_536), filename=path.name, declared=None).mime


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return out.getvalue()


OFFICE_RELATION = (
    '<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="{}"/></Relationships>'
)
WORD = '<w:document xmlns:w="w"><w:body>{}</w:body></w:document>'


def docx(document: str | bytes, **parts: str | bytes) -> bytes:
    """A Word file of this document part; further parts go by their names in the folder `word`."""
    return zipped(
        {"_rels/.rels": OFFICE_RELATION.format("word/document.xml"), "word/document.xml": document}
        | {f"word/{name.replace('__', '/')}.xml": content for name, content in parts.items()}
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def stream(head: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(content), content)


PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</XObject<</I 3 0 R>>/Font<</F 4 0 R>>>>>>"
PICTURE = stream(b"/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray", b"\x80")
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
WHOLE_PAGE = b"q 595 0 0 842 0 0 cm /I Do Q "


def pages(*contents: bytes) -> bytes:
    """A PDF with a page for each content stream, which may draw the picture `I` and write in the font `F`."""
    firsts = range(5, 5 + 2 * len(contents), 2)
    kids = b" ".join(b"%d 0 R" % number for number in firsts)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(contents)),
        PICTURE,
        FONT,
    ]
    for number, content in zip(firsts, contents, strict=True):
        objects += [PAGE % (number + 1), stream(b"", content)]
    return pdf(*objects)


def written(text: str) -> bytes:
    return b"BT /F 12 Tf 50 800 Td (%s) Tj ET " % text.encode("ascii")


def busy_pdf() -> bytes:
    """A small file that keeps PDFium busy for hours: ten forms that draw the next one ten times each."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>"
    forms = [stream(form % number, b"/F Do " * 10) for number in range(6, 15)]
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        stream(b"", b"/F Do " * 10),
        *forms,
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"0 0 1 1 re f"),
    )


# ------------------------------------------------------------------ what is in a file

HEADER, FOOTER = "Tài liệu họp thường kỳ", "Văn phòng huyện Sông Mẫu"
NOTE = "Chưa kể diện tích đất bãi bồi."
TOP = ("ỦY BAN NHÂN DÂN HUYỆN SÔNG MẪU", "Kế hoạch trồng rừng phòng hộ", "ven sông Mẫu năm 2025")
PLAN = "Huyện giao chỉ tiêu cho các xã như sau:"
REST = (
    "Xã\tDiện tích (ha)\tGhi chú",
    "Thượng Mẫu\t12,5\tCây bần và cây đước",
    "Hạ Mẫu\t\tChờ giống",
    "Đường Mẫu\t7",
    "Kinh phí: 1.250 triệu đồng; đơn vị nào “chậm” phải giải trình – trước 30/9.",
)
DOCUMENTS = {
    "so-lieu.docx": (HEADER, *TOP, PLAN, *REST, NOTE, FOOTER),
    "so-lieu.doc": (*TOP, PLAN, *REST, NOTE, HEADER, FOOTER),
    "so-lieu.odt": (HEADER, *TOP, NOTE, PLAN, *REST, FOOTER),
    "so-lieu.rtf": (HEADER, FOOTER, *TOP, NOTE, PLAN, *REST),
}
SHEETS = (
    "Thu ngân sách",
    "Khoản thu\tNgày\tTriệu đồng",
    "Phí chợ Mẫu Giang\t21/09/2025\t125",
    "Thuế đất\t\t0.3",
    "Chi",
    "Sửa đường xã\t02/12/2025\t98.75",
)
SLIDES = (
    "Tập huấn phòng cháy rừng",
    "Trực ban 24/24 giờ",
    "Báo ngay khi thấy khói",
    "Đội\tSố người",
    "Mẫu Giang\t15",
    "Hết phần một",
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_gives_paragraphs_table_rows_notes_headers_and_footers(texts: FileTexts, name: str) -> None:
    path = FILES / name
    expected = "\n".join(DOCUMENTS[name])
    assert texts.extract(path, mime_of(path)) == FileText(state="done", text=expected)


@pytest.mark.parametrize("name", ["thu-chi.xlsx", "thu-chi.xls", "thu-chi.ods"])
def test_a_workbook_gives_its_sheets_with_dates_and_numbers_as_people_write_them(texts: FileTexts, name: str) -> None:
    path = FILES / name
    assert texts.extract(path, mime_of(path)) == FileText(state="done", text="\n".join(SHEETS), pages=2)


@pytest.mark.parametrize("name", ["tap-huan.pptx", "tap-huan.odp"])
def test_a_presentation_gives_its_slides_in_order(texts: FileTexts, name: str) -> None:
    path = FILES / name
    assert texts.extract(path, mime_of(path)) == FileText(state="done", text="\n".join(SLIDES), pages=2)


def test_a_pdf_gives_the_lines_of_all_its_pages(texts: FileTexts) -> None:
    found = texts.extract(SAMPLES / "ke-hoach-dao-tao-nghe.pdf", PDF)
    assert (found.state, found.detail, found.pages) == ("done", None, 2)
    lines = (found.text or "").splitlines()
    assert lines[:2] == ["ỦY BAN NHÂN DÂN HUYỆN SÔNG MẪU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
    assert lines[-1] == "Lớp trồng nấm: xã Đông Mẫu, học buổi sáng."


VIETNAMESE = "Đường về xã Thượng Mẫu đã thông xe"
PLAIN = [
    ("utf-8", VIETNAMESE.encode()),
    ("utf-8 with a mark", b"\xef\xbb\xbf" + VIETNAMESE.encode()),
    ("utf-8, letters taken apart", unicodedata.normalize("NFD", VIETNAMESE).encode()),
    ("utf-16 with a mark", VIETNAMESE.encode("utf-16")),
    ("utf-16 without one", VIETNAMESE.encode("utf-16-le")),
    ("windows-1258", "Ðýờng".replace("Ð", "Đ").replace("ýờ", "ươ\u0300").join(["", VIETNAMESE[5:]]).encode("cp1258", "ignore")),
]


def in_windows_1258(text: str) -> bytes:
    """Vietnamese as Windows wrote it: a vowel with its own mark, then the tone as a character of its own."""
    taken_apart = "".join(
        unicodedata.normalize("NFC", letters[:2]) + letters[2:] if len(letters) == 3 and letters[1] not in TONES else letters
        for letters in (unicodedata.normalize("NFD", letter) for letter in text)
    )
    return taken_apart.encode("cp1258")
