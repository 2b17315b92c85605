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
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import GovnewsError
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

SAMPLE_DOC = (FILES / "so-lieu.doc").read_bytes()

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
PDF = "application/pdf"
DOC = "application/msword"
RTF = "application/rtf"


@pytest.fixture(scope="module")
def texts() -> Iterator[FileTexts]:
    with FileTexts(Limits(entries=1000)) as texts:
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


OFFICE_RELATION = '<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="{}"/></Relationships>'
WORD = '<w:document xmlns:w="w"><w:body>{}</w:body></w:document>'


def docx(document: str | bytes, **parts: str | bytes) -> bytes:
    """A Word file of this document part; further parts go by their names in the folder `word`."""
    return zipped(
        {"_rels/.rels": OFFICE_RELATION.format("word/document.xml"), "word/document.xml": document}
        | {f"word/{name.replace('__', '/')}.xml": content for name, content in parts.items()}
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(content: str) -> str:
    return f"<w:tc>{content}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tbl><w:tr>{''.join(cells)}</w:tr></w:tbl>"


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


RESOURCES = b"/Resources<</XObject<</I 3 0 R>>/Font<</F 4 0 R>>>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R" + RESOURCES + b">>"
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


ROAD = "Đường về"
ENCODED = {
    "utf-8": ROAD.encode(),
    "utf-8 with a mark": b"\xef\xbb\xbf" + ROAD.encode(),
    "letters taken apart": unicodedata.normalize("NFD", ROAD).encode(),
    "utf-16 with a mark": ROAD.encode("utf-16"),
    "windows-1258": b"\xd0\xfd\xf5\xccng v\xea\xcc",
}


@pytest.mark.parametrize("encoded", ENCODED.values(), ids=ENCODED)
def test_plain_text_is_read_in_whatever_encoding_it_comes(texts: FileTexts, tmp_path: Path, encoded: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(encoded)
    assert texts.extract(path, "text/plain").text == ROAD


PAGE_MARKUP = """<!doctype html><html><head><meta charset="{}"><title>Thông báo</title><style>p {{}}</style></head>
<body><p>Lịch  tiếp
công dân<br>tháng 9</p><script>var x = "<p>ẩn</p>";</script>
<table><tr><th>Ngày<td>Người tiếp</tr><tr><td>05/9</td><td><p>Chủ tịch</p><p>huyện</p></td></tr></table>
<table><tr><td><p>Khung</p><p>một ô</p></td></tr></table>Hết</body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_an_html_file_gives_blocks_and_table_rows(texts: FileTexts, tmp_path: Path, charset: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(PAGE_MARKUP.format(charset), encoding="utf-8")
    assert (texts.extract(path, "text/html").text or "").splitlines() == [
        "Thông báo",
        "Lịch tiếp công dân",
        "tháng 9",
        "Ngày\tNgười tiếp",
        "05/9\tChủ tịch huyện",
        "Khung",
        "một ô",
        "Hết",
    ]


def test_a_csv_file_gives_its_rows(texts: FileTexts, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Xã;Hộ nghèo\n"Thượng Mẫu; Hạ Mẫu";12\n', encoding="utf-8")
    assert texts.extract(path, "text/csv").text == "Xã\tHộ nghèo\nThượng Mẫu; Hạ Mẫu\t12"


WORD_CASES = {
    "a text box comes once, before its paragraph": (
        "<w:p><w:r><w:t>Ngoài</w:t></w:r><w:r><m:AlternateContent><m:Choice><w:txbxContent>"
        + paragraph("Trong khung")
        + "</w:txbxContent></m:Choice><m:Fallback><w:txbxContent>"
        + paragraph("Trong khung")
        + "</w:txbxContent></m:Fallback></m:AlternateContent></w:r></w:p>",
        "Trong khung\nNgoài",
    ),
    "deleted and moved text is gone": (
        "<w:p><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del><w:moveFrom><w:t>cũ</w:t></w:moveFrom><w:t>mới</w:t></w:p>",
        "mới",
    ),
    "the instruction of a field is no text": (
        "<w:p><w:r><w:instrText>HYPERLINK x</w:instrText></w:r><w:r><w:t>Liên kết</w:t></w:r></w:p>",
        "Liên kết",
    ),
    "a frame of one cell is no table": (
        row(cell(paragraph("Một") + paragraph("Hai"))),
        "Một\nHai",
    ),
    "a table in a cell becomes a part of its row": (
        row(cell(paragraph("A")), cell(row(cell(paragraph("B")), cell(paragraph("C"))))),
        "A\tB C",
    ),
    "letters taken apart are put together": (paragraph(unicodedata.normalize("NFD", "Hồ sơ đất đai")), "Hồ sơ đất đai"),
    "soft hyphens and zero-width spaces vanish": (paragraph("kế\u00ad\u200bhoạch"), "kếhoạch"),
    "text typed for a TCVN3 font stays as it is": (paragraph("§¶ng bé huyÖn"), "§¶ng bé huyÖn"),
}


@pytest.mark.parametrize(("markup", "expected"), WORD_CASES.values(), ids=WORD_CASES)
def test_what_counts_as_text_in_a_word_file(texts: FileTexts, tmp_path: Path, markup: str, expected: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(docx(WORD.format(markup)))
    assert texts.extract(path, DOCX).text == expected


RTF_CASES = {
    "unicode with a letter for old readers": (rb"\uc1 Ng\u224\'e0y m\u7899?i", "Ngày mới"),
    "unicode without one": (rb"\uc0 Ng\u224y m\u7899i", "Ngày mới"),
    "a character beyond 16 bits": (rb"\u-10179?\u-8704?", "\U0001f600"),
    "the encoding of a font": (rb"{\fonttbl{\f0 Arial;}{\f1\fcharset163 Times;}}\f1\'d0\'fd\'f5\'ccng v\'ea\'cc", ROAD),
    "the encoding of the document": (rb"\ansicpg1258\'d0\'fd\'f5\'ccng", "Đường"),
    "a picture's bytes are skipped": (rb"A{\pict\wmetafile8\bin5 }}}\x}B", "AB"),
    "formatting is no text": (
        rb"{\colortbl;\red0;}{\stylesheet{\s1 Heading;}}{\info{\author Ai}}{\*\new x}{\b In} \i\fs28 ra",
        "In ra",
    ),
    "a link's text without its address": (rb'{\field{\*\fldinst HYPERLINK "x"}{\fldrslt Trang}}', "Trang"),
    "a table between paragraphs": (
        rb"M\'f4t\par\trowd\cellx1\cellx2\pard\intbl A1\par A2\cell\cell\row\pard\intbl B\cell {C}\cell\row\pard Hai",
        "Môt\nA1 A2\nB\tC\nHai",
    ),
    "a text box comes before its paragraph": (
        rb"Ngo\'e0i{\shp{\*\shpinst\shpleft9{\sp{\sn x}{\sv 7}}{\shptxt Trong\par}}} khung",
        "Trong\nNgoài khung",
    ),
    "braces that do not match": (rb"A}}{{B", "AB"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), RTF_CASES.values(), ids=RTF_CASES)
def test_what_counts_as_text_in_an_rtf_file(texts: FileTexts, tmp_path: Path, body: bytes, expected: str) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(rb"{\rtf1\ansi\deff0 " + body + b"}")
    assert texts.extract(path, RTF).text == expected


SHEET = """<worksheet><sheetData>
<row><c r="C1" t="inlineStr"><is><t>Cột ba</t></is></c><c r="D1" t="b"><v>1</v></c></row>
<row><c r="A2" t="s"><v>99</v></c><c r="B2"><v>1E2</v></c><c r="XFD2" t="str"><v>xa</v></c></row>
</sheetData></worksheet>"""


def test_cells_keep_their_columns_as_long_as_the_gap_is_no_prank(texts: FileTexts, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    relation = '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="/xl/s1.xml"/></Relationships>'
    book = '<w:workbook xmlns:w="w" xmlns:r="o/relationships"><w:sheet name="Một" sheetId="1" r:id="r1"/></w:workbook>'
    path.write_bytes(
        zipped(
            {
                "_rels/.rels": OFFICE_RELATION.format("xl/workbook.xml"),
                "xl/workbook.xml": book,
                "xl/_rels/workbook.xml.rels": relation,
                "xl/s1.xml": SHEET,
            }
        )
    )
    assert texts.extract(path, XLSX).text == "Một\n\t\tCột ba\tTRUE\n\t100" + 65 * "\t" + "xa"


@pytest.mark.parametrize(
    ("serial", "is_1904", "expected"),
    [
        (45921, False, "21/09/2025"),
        (45921.5, False, "21/09/2025 12:00"),
        (0.25, False, "06:00"),
        (1, False, "01/01/1900"),
        (61, False, "01/03/1900"),
        (0, True, "00:00"),
        (44459, True, "21/09/2025"),
        (1e9, False, None),
    ],
)
def test_day_numbers_of_a_workbook_are_dates(serial: float, is_1904: bool, expected: str | None) -> None:  # noqa: FBT001  # a column of the table
    assert serial_date_text(serial, is_1904=is_1904) == expected


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        (14, None, True),
        (0, None, False),
        (164, "dd/mm/yyyy;@", True),
        (165, "[h]:mm", True),
        (166, '#,##0 "đồng/tháng mỗi hộ"', False),
        (167, "[Red]#,##0.00", False),
        (168, "General", False),
        (169, r"0.0\d", False),
    ],
)
def test_number_formats_that_show_dates_are_known(number: int, code: str | None, expected: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_date_format(number, code) is expected


@pytest.mark.parametrize(("value", "expected"), [(12.0, "12"), (0.1 + 0.2, "0.3"), (-1.5, "-1.5"), (1e20, "1e+20")])
def test_numbers_are_written_as_a_person_would(value: float, expected: str) -> None:
    assert number_text(value) == expected


# ------------------------------------------------------------------ no text in it

STAMP = "Scanned by SomeScanner"
SCANS = {
    "a picture a page": (pages(WHOLE_PAGE, WHOLE_PAGE), "no_text_layer", None),
    "a picture with a scanner's mark": (pages(WHOLE_PAGE + written(STAMP)), "no_text_layer", None),
    "an empty page": (pages(b""), "no_text_layer", None),
    "a short page without a picture": (pages(written("Trang bia")), "done", None),
    "a page of text behind a picture": (pages(WHOLE_PAGE + written("van ban " * 10)), "done", None),
    "one scan among pages of text": (pages(written("Trang mot"), WHOLE_PAGE), "done", "1 of 2 pages have no text"),
}


@pytest.mark.parametrize(("content", "state", "detail"), SCANS.values(), ids=SCANS)
def test_a_scan_without_text_is_told_from_a_document(
    texts: FileTexts, tmp_path: Path, content: bytes, state: str, detail: str | None
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    found = texts.extract(path, PDF)
    assert found.state == state
    assert (found.text is None) == (state == "no_text_layer")
    if state == "done":
        assert found.detail == detail


def with_second_page(reference: bytes) -> bytes:
    """A PDF whose first page is well, and whose second one is what `reference` says."""
    return pages(written("Trang mot"), written("Trang hai")).replace(b"7 0 R]", reference.ljust(5) + b"]")


@pytest.mark.parametrize("reference", [b"99 0R", b"null", b"4 0 R"], ids=["nowhere", "nothing", "no page"])
def test_a_page_that_cannot_be_read_costs_the_others_nothing(
    texts: FileTexts, tmp_path: Path, reference: bytes
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(with_second_page(reference))
    detail = "PDFium cannot read 1 of 2 pages"
    assert texts.extract(path, PDF) == FileText(state="done", text="Trang mot", detail=detail, pages=2)


def renamed_stream(raw: bytes, name: str, new_name: str) -> bytes:
    """An OLE file with one stream under another name."""
    at = raw.index(name.encode("utf-16-le"))
    encoded = new_name.encode("utf-16-le")
    entry = encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded) + 2)
    return raw[:at] + entry + raw[at + len(entry) :]


def flagged(raw: bytes, at: int, flag: int) -> bytes:
    return raw[:at] + bytes([raw[at] | flag]) + raw[at + 1 :]


def encrypted_docx() -> bytes:
    """Under a password a new Word file is an old container with one encrypted stream."""
    return renamed_stream((FILES / "so-lieu.doc").read_bytes(), "WordDocument", "EncryptedPackage")


def encrypted_doc() -> bytes:
    raw = (FILES / "so-lieu.doc").read_bytes()
    return flagged(raw, raw.index(b"\xec\xa5") + 11, 0x01)


def encrypted_xls() -> bytes:
    """The record after the first of a workbook's stream says that the others are encrypted."""
    raw = (FILES / "thu-chi.xls").read_bytes()
    at = raw.index(struct.pack("<3H", 0x0809, 16, 0x0600)) + 20
    return raw[:at] + struct.pack("<H", 0x002F) + raw[at + 2 :]


def encrypted_zip() -> bytes:
    raw = docx(WORD.format(paragraph("x")))
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := raw.find(mark, at + 1)) >= 0:
            raw = flagged(raw, at + flags, 0x01)
    return raw


ENCRYPTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "pdf": ((FILES / "mat-khau.pdf").read_bytes, PDF),
    "docx": (encrypted_docx, "application/x-ole-storage"),
    "doc": (encrypted_doc, DOC),
    "xls": (encrypted_xls, "application/vnd.ms-excel"),
    "zip": (encrypted_zip, DOCX),
    "odt": (
        lambda: zipped(
            {"mimetype": ODT, "META-INF/manifest.xml": "<m><f><encryption-data/></f></m>", "content.xml": "?"}
        ),
        ODT,
    ),
}


@pytest.mark.parametrize(("make", "mime"), ENCRYPTED.values(), ids=ENCRYPTED)
def test_a_file_under_a_password_is_encrypted(
    texts: FileTexts, tmp_path: Path, make: Callable[[], bytes], mime: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(make())
    found = texts.extract(path, mime)
    assert (found.state, found.text) == ("encrypted", None)


UNSUPPORTED = {
    "a picture": (b"\x89PNG\r\n\x1a\n", "image/png", "no reader for image/png"),
    "archives in archives": (zipped({"a.zip": zipped({"b.zip": zipped({"c": "x"})})}), "application/zip", "an archive"),
    "a binary workbook": (
        zipped({"_rels/.rels": OFFICE_RELATION.format("xl/workbook.bin"), "xl/workbook.bin": "x"}),
        XLSX,
        "a binary workbook",
    ),
    "slides of old": (
        renamed_stream((FILES / "so-lieu.doc").read_bytes(), "WordDocument", "PowerPoint Document"),
        "application/vnd.ms-powerpoint",
        "an OLE file without",
    ),
    "nothing known": (b"?", "", "no reader for a file of unknown type"),
}


@pytest.mark.parametrize(("content", "mime", "reason"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_nobody_reads_is_unsupported(
    texts: FileTexts, tmp_path: Path, content: bytes, mime: str, reason: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    found = texts.extract(path, mime)
    assert found.state == "unsupported"
    assert (found.detail or "").startswith(reason)


def test_a_format_whose_library_is_not_installed_is_unsupported_and_says_what_to_install() -> None:
    with pytest.raises(NoTextError, match=r'needs no_such_library: pip install "govnews-mirror\[files\]"') as caught:
        optional_module("no_such_library")
    assert caught.value.answer.state == "unsupported"


# ------------------------------------------------------------------ files that mean harm


def gigabyte_of_zeros() -> bytes:
    """A Word file whose document is 2^30 zero bytes; its blocks are alike, so that only one has to be packed."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(4 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as container:
        container.writestr("_rels/.rels", OFFICE_RELATION.format("word/document.xml"))
        container.writestr("word/document.xml", 256 * block + packer.flush(zlib.Z_FINISH))
    raw = bytearray(out.getvalue())
    for mark, method, size in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = raw.rindex(mark)
        struct.pack_into("<H", raw, at + method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", raw, at + size, 2**30)
    return bytes(raw)


def sectors_in_a_circle() -> bytes:
    """A Word file in whose table of sectors each one is followed by itself."""
    raw = bytearray(SAMPLE_DOC)
    (table,) = struct.unpack_from("<I", raw, 76)
    for number in range(len(raw) // 512 - 1):
        struct.pack_into("<I", raw, (table + 1) * 512 + 4 * number, number)
    return bytes(raw)


def lying_zip() -> bytes:
    """A part that says that it is small, and is not."""
    content = WORD.format(paragraph("x" * 3_000_000)).encode()
    return docx(content).replace(struct.pack("<I", len(content)), struct.pack("<I", 1000))


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
    + WORD.format(paragraph("&a9;"))
)
REACHING_OUT = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + WORD.format(paragraph("&a;"))

HARMFUL: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a gigabyte of zeros": (gigabyte_of_zeros, DOCX, "word/document.xml unpacks to 1073741824 bytes, more than"),
    "a part packed too well": (lambda: docx(bytes(2 * MIB)), DOCX, "unpacks to more than 200 times its packed bytes"),
    "a part that lies about its size": (lying_zip, DOCX, "its part word/document.xml is broken"),
    "too many entries": (lambda: zipped({str(n): "" for n in range(1001)}), DOCX, "1001 entries, more than 1000"),
    "a way out": (lambda: zipped({"word/../../../etc/cron.d/x": "x"}), DOCX, "leads out of the container"),
    "a way out by Windows": (lambda: zipped({"word\\..\\..\\x": "x"}), DOCX, "leads out of the container"),
    "an absolute way": (lambda: zipped({"/etc/cron.d/x": "x"}), DOCX, "leads out of the container"),
    "a billion laughs": (lambda: docx(LAUGHS), DOCX, "declares a DTD"),
    "an outer entity": (lambda: docx(REACHING_OUT), DOCX, "declares a DTD"),
    "a DTD in UTF-16": (lambda: docx(LAUGHS.encode("utf-16")), DOCX, "declares a DTD"),
    "elements in elements": (lambda: docx("<a>" * 100_000), DOCX, "is not well-formed XML"),
    "no document": (lambda: zipped({"_rels/.rels": OFFICE_RELATION.format("a.xml")}), DOCX, "its main part a.xml is"),
    "no content": (lambda: zipped({"mimetype": ODT}), ODT, "its main part content.xml is missing"),
    "a cut document": (lambda: docx(WORD.format(paragraph("x"))[:-20]), DOCX, "is not well-formed XML"),
    "a cut zip": (lambda: (FILES / "so-lieu.docx").read_bytes()[:4000], DOCX, "its zip container is broken"),
    "no zip at all": (lambda: b"PK\x03\x04", DOCX, "its zip container is broken"),
    "a cut pdf": (lambda: (SAMPLES / "thong-bao-moi-truong.pdf").read_bytes()[:400], PDF, "PDFium cannot open it"),
    "a pdf whose pages are none": (lambda: pages(b"").replace(b"5 0 R]", b"99 0 R]"), PDF, "cannot read 1 of 1 pages"),
    "pages in a circle": (
        lambda: pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"),
        PDF,
        "PDFium cannot",
    ),
    "a cut doc": (lambda: SAMPLE_DOC[: len(SAMPLE_DOC) // 2], DOC, "its container is cut off"),
    "a header of a doc": (lambda: SAMPLE_DOC[:300], DOC, "its container is cut off"),
    "sectors in a circle": (sectors_in_a_circle, DOC, "its container is broken: a chain of sectors has no end"),
    "a cut workbook": (lambda: (FILES / "thu-chi.xls").read_bytes()[:3000], "application/vnd.ms-excel", ""),
}  # fmt: skip


@pytest.mark.parametrize(("make", "mime", "reason"), HARMFUL.values(), ids=HARMFUL)
def test_a_harmful_or_broken_file_fails_with_the_reason(
    texts: FileTexts, tmp_path: Path, make: Callable[[], bytes], mime: str, reason: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(make())
    found = texts.extract(path, mime)
    assert (found.state, found.text) == ("failed", None)
    assert reason in (found.detail or "")
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["a\nb.txt", "'; rm -rf x; '.txt", "-rf", os.fsdecode(b"\xff\xfe.txt"), "Quyết định.txt"]
)
def test_a_file_may_have_any_name(texts: FileTexts, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Nội dung", encoding="utf-8")
    assert texts.extract(path, "text/plain; charset=utf-8") == FileText(state="done", text="Nội dung")


def test_a_file_that_is_not_there_fails_with_the_reason(texts: FileTexts, tmp_path: Path) -> None:
    found = texts.extract(tmp_path / "x.txt", "text/plain")
    assert found == FileText(state="failed", detail="it cannot be read: No such file or directory")


# ------------------------------------------------------------------ limits

ROOMY = 4096 * MIB
"""Memory enough for time to run out first."""


def test_a_pdf_without_an_end_is_stopped_by_its_processor_time(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(busy_pdf())
    found = extract_text(path, PDF, limits=Limits(cpu_seconds=0.5, memory=ROOMY))
    assert found == FileText(state="failed", detail="it took more than 0.5 s of processor time")


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(busy_pdf())
    with FileTexts(Limits(wall_seconds=0.5, memory=ROOMY)) as texts:
        assert texts.extract(path, PDF) == FileText(state="failed", detail="it took more than 0.5 s")
        assert texts.extract(SAMPLES / "mau-don-dang-ky.docx", DOCX).state == "done"


def test_a_file_that_wants_too_much_memory_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    found = extract_text(path, RTF, limits=Limits(memory=150 * MIB))
    assert found == FileText(state="failed", detail="it needs more than 150 MiB of memory")


def test_a_library_that_aborts_for_want_of_memory_takes_only_the_child_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(busy_pdf())
    with FileTexts(Limits(memory=128 * MIB)) as texts:
        found = texts.extract(path, PDF)
        assert found.state == "failed"
        assert (found.detail or "").startswith("the reading process crashed (signal")
        assert texts.extract(SAMPLES / "mau-don-dang-ky.docx", DOCX).state == "done"


def test_a_file_larger_than_allowed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(bytes(2 * MIB))
    found = extract_text(path, RTF, limits=Limits(file_bytes=MIB))
    assert found == FileText(state="failed", detail="it has 2097152 bytes, more than 1 MiB")


def test_a_text_longer_than_allowed_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Dòng chữ\n" * 1000, encoding="utf-8")
    with FileTexts(Limits(characters=21)) as texts:
        found = texts.extract(path, "text/plain")
        assert found == FileText(
            state="done", text="Dòng chữ\nDòng chữ\nDòn", detail="cut: the text is longer than allowed"
        )
        cut = texts.extract(SAMPLES / "danh-muc-ho-so.pdf", PDF)
        assert (cut.state, len(cut.text or ""), cut.pages) == ("done", 21, 1)


# ------------------------------------------------------------------ the child


def test_a_hundred_files_in_a_row_are_read_by_one_child_that_does_not_grow() -> None:
    samples = [*FILES.glob("so-lieu.*"), *FILES.glob("t*.*"), *SAMPLES.glob("*.pdf"), *SAMPLES.glob("*.docx")]
    kinds = {path: mime_of(path) for path in samples}
    sizes: list[int] = []
    with FileTexts() as texts:
        for number in range(100):
            path = samples[number % len(samples)]
            assert texts.extract(path, kinds[path]).state == "done"
            pages = Path(f"/proc/{texts.child}/statm").read_text(encoding="ascii").split()[1]
            sizes.append(int(pages) * os.sysconf("SC_PAGESIZE"))
    assert sizes[-1] - sizes[2 * len(samples)] < 2 * MIB


def test_after_so_many_files_a_new_child_takes_over(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("một", encoding="utf-8")
    with FileTexts(files_per_child=2) as texts:
        children = [(texts.extract(path, "text/plain").text, texts.child)[1] for _ in range(4)]
    assert len(set(children)) == 2
    assert children[0] == children[1]


def test_a_child_killed_in_the_middle_fails_its_file_and_is_replaced(tmp_path: Path) -> None:
    busy = tmp_path / "a.pdf"
    busy.write_bytes(busy_pdf())
    with FileTexts(Limits(memory=ROOMY)) as texts:
        assert texts.extract(SAMPLES / "danh-muc-ho-so.pdf", PDF).state == "done"
        first = texts.child
        assert first is not None
        killer = threading.Timer(0.3, os.kill, (first, signal.SIGKILL))
        killer.start()
        found = texts.extract(busy, PDF)
        killer.join()
        assert found == FileText(state="failed", detail="the reading process was killed")
        assert texts.extract(SAMPLES / "danh-muc-ho-so.pdf", PDF).state == "done"
        assert texts.child != first


def test_a_child_killed_between_two_files_costs_the_next_file_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("một", encoding="utf-8")
    with FileTexts() as texts:
        texts.extract(path, "text/plain")
        assert texts.child is not None
        os.kill(texts.child, signal.SIGKILL)
        os.waitid(os.P_PID, texts.child, os.WEXITED | os.WNOWAIT)
        assert texts.extract(path, "text/plain").text == "một"


def test_no_child_is_left_when_the_work_is_done(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("một", encoding="utf-8")
    with FileTexts() as texts:
        texts.extract(path, "text/plain")
        child = texts.child
    assert texts.child is None
    assert not Path(f"/proc/{child}").exists()


def test_the_child_can_write_nothing_and_start_nothing() -> None:
    with FileTexts() as texts:
        texts.extract(SAMPLES / "danh-muc-ho-so.pdf", PDF)
        limits = Path(f"/proc/{texts.child}/limits").read_text(encoding="ascii").splitlines()
    soft = {line[:25].strip(): line[26:46].strip() for line in limits}
    assert soft["Max file size"] == soft["Max core file size"] == soft["Max processes"] == "0"
    assert soft["Max address space"] == str(512 * MIB)
    assert soft["Max open files"] == "32"


def test_a_child_that_cannot_start_is_no_fault_of_the_file() -> None:
    with FileTexts(Limits(open_files=-2)) as texts, pytest.raises(GovnewsError, match="does not start"):
        texts.extract(SAMPLES / "danh-muc-ho-so.pdf", PDF)


def test_files_asked_for_at_once_are_read_one_after_the_other() -> None:
    async def read_all(texts: FileTexts) -> list[FileText]:
        paths = sorted(SAMPLES.glob("*.docx")) * 5
        return await asyncio.gather(*(asyncio.to_thread(texts.extract, path, DOCX) for path in paths))

    with FileTexts() as texts:
        found = asyncio.run(read_all(texts))
    assert Counter(answer.text for answer in found).most_common(1)[0][1] == 5


GARBLED = [
    b"",
    b"\xff",
    b"[]",
    b"[" * 100_000,
    b'{"state": "done"}',
    json.dumps({"state": "done", "text": None, "detail": None, "pages": None}).encode(),
    json.dumps({"state": "failed", "text": "x", "detail": None, "pages": None}).encode(),
    json.dumps({"state": "fine", "text": None, "detail": None, "pages": None}).encode(),
    json.dumps({"state": "done", "text": "x" * 11, "detail": None, "pages": None}).encode(),
    json.dumps({"state": "done", "text": "x", "detail": 3, "pages": None}).encode(),
    json.dumps({"state": "done", "text": "x", "detail": None, "pages": True}).encode(),
]


@pytest.mark.parametrize("raw", GARBLED, ids=range(len(GARBLED)))
def test_nonsense_from_the_child_is_not_believed(raw: bytes) -> None:
    with pytest.raises(GarbledAnswerError):
        from_bytes(raw, most_characters=10)


@given(st.text(max_size=50), st.none() | st.text(), st.none() | st.integers(0, 10**6))
def test_an_answer_arrives_as_it_was_sent(text: str, detail: str | None, pages: int | None) -> None:
    answer = FileText(state="done", text=clean(text), detail=detail and clean(detail), pages=pages)
    assert from_bytes(to_bytes(answer), most_characters=500) == answer


# ------------------------------------------------------------------ lines


@given(st.text(st.characters() | st.sampled_from("\u00ad\u200b\t\u0301\ud800ệ\x00")))
def test_cleaning_a_line_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert len(once.splitlines()) <= 1
    once.encode()


@given(st.lists(st.lists(st.text("aạ \t", max_size=5), min_size=1, max_size=3)), st.integers(0, 30))
def test_a_text_is_never_longer_than_allowed(rows: list[list[str]], most: int) -> None:
    lines = Lines(most)
    try:
        for row in rows:
            lines.add(*row)
    except FullError:
        pass
    assert len(lines.text()) <= most


# ------------------------------------------------------------------ real files


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not there")
def test_the_attachments_of_real_portals_are_read_or_are_scans(texts: FileTexts) -> None:
    endings = {".pdf", ".doc", ".docx"}
    paths = [path for path in sorted(CORPUS.glob("sites/*/img/*")) if path.suffix.lower() in endings]
    started = time.monotonic()
    states = Counter(texts.extract(path, mime_of(path)).state for path in paths)
    assert set(states) <= {"done", "no_text_layer"}
    assert states["done"] > 20
    assert time.monotonic() - started < 60
