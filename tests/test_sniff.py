"""What files are, by their bytes; what they are called, by their headers."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import unicodedata
import zipfile
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.sniff import disposition_filename, is_html, sniff

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def zipped(*names: str, **contents: str) -> bytes:
    """A zip container with these entries, in this order."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in contents.items():
            container.writestr(name, content, zipfile.ZIP_STORED)
        for name in names:
            container.writestr(name, f"<x>{name}</x>" * 20)
    return out.getvalue()


def ole(*streams: str) -> bytes:
    """The beginning of an OLE 2 container whose directory names these streams."""
    entries = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entries


def tarred() -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as container:
        container.addfile(tarfile.TarInfo("so-lieu.txt"))
    return out.getvalue()


def odf(kind: str) -> bytes:
    return zipped("content.xml", mimetype=f"application/vnd.oasis.opendocument.{kind}")


OFFICE = ("[Content_Types].xml", "_rels/.rels", "docProps/app.xml")

BY_BYTES = [
    (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", "application/pdf", "pdf"),
    (b"\r\n\r\n%PDF-1.7\n", "application/pdf", "pdf"),
    (b"\x00\x01%PDF-1.7\n", "application/pdf", "pdf"),
    (b"<br />\n<b>Warning</b>: x in y.php\n%PDF-1.4\n%\xe2\xe3\n\x00\x01", "application/pdf", "pdf"),
    (b"<html><body>\x00\x01</body>", "text/html", "html"),
    (b"{\\rtf1\\ansi", "application/rtf", "rtf"),
    (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar", "rar"),
    (b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed", "7z"),
    (gzip.compress(b"x"), "application/gzip", "gz"),
    (bz2.compress(b"x"), "application/x-bzip2", "bz2"),
    (lzma.compress(b"x"), "application/x-xz", "xz"),
    (tarred(), "application/x-tar", "tar"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", "png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg", "jpg"),
    (b"GIF89a\x01\0\x01\0", "image/gif", "gif"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp", "webp"),
    (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav", "wav"),
    (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp", "bmp"),
    (b"II*\0\x08\0\0\0", "image/tiff", "tif"),
    (b"MM\0*\0\0\0\x08", "image/tiff", "tif"),
    (b"\0\0\x01\0\x01\0\x10\x10", "image/vnd.microsoft.icon", "ico"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", "svg"),
    (b'<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">', "image/svg+xml", "svg"),
    (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic", "heic"),
    (b"\0\0\0\x18ftypheix\0\0\0\0", "image/heic", "heic"),
    (b"\0\0\0\x18ftypmif1\0\0\0\0heic", "image/heif", "heif"),
    (b"\0\0\0\x1cftypavif\0\0\0\0", "image/avif", "avif"),
    (b"\0\0\0\x1cftypavis\0\0\0\0", "image/avif", "avif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2", "jp2"),
    (b"ID3\x03\0\0\0\0\0\x0f", "audio/mpeg", "mp3"),
    (b"\xff\xfb\x90\x44\0\0\0\0", "audio/mpeg", "mp3"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4", "mp4"),
    (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4", "mp4"),
    (b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/mp4", "m4a"),
    (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime", "mov"),
    (b"FLV\x01\x05\0\0\0\x09", "video/x-flv", "flv"),
    (zipped("anh/1.jpg"), "application/zip", "zip"),
    (zipped("word/ghi-chu.txt"), "application/zip", "zip"),
    (b"PK\x05\x06" + bytes(18), "application/zip", "zip"),
    (zipped(*OFFICE, "word/document.xml"), WORD, "docx"),
    (zipped(*OFFICE, "word/document.xml", "word/embeddings/xl/a.xml"), WORD, "docx"),
    (zipped(*OFFICE, "xl/workbook.xml"), EXCEL, "xlsx"),
    (zipped(*OFFICE, "ppt/presentation.xml"), POWERPOINT, "pptx"),
    (zipped("xl/worksheets/sheet1.xml"), EXCEL, "xlsx"),
    (zipped("word/document.xml", "docProps/app.xml"), WORD, "docx"),
    (odf("text"), "application/vnd.oasis.opendocument.text", "odt"),
    (odf("spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (odf("presentation"), "application/vnd.oasis.opendocument.presentation", "odp"),
    (ole("1Table", "WordDocument"), "application/msword", "doc"),
    (ole("Workbook"), "application/vnd.ms-excel", "xls"),
    (ole("Book"), "application/vnd.ms-excel", "xls"),
    (ole("PowerPoint Document"), "application/vnd.ms-powerpoint", "ppt"),
    (ole("Khac"), "application/x-ole-storage", "ole"),
    ("Danh sách thôn, khối phố".encode(), "text/plain", "txt"),
    ("Danh sách".encode("utf-16"), "text/plain", "txt"),
    (b'<?xml version="1.0"?><rss version="2.0"/>', "application/xml", "xml"),
    ("<?xml version='1.0'?><rss/>".encode("utf-16"), "application/xml", "xml"),
    (b"<!DOCTYPE html><html>", "text/html", "html"),
    (b"\x01\x02\x03\x04", "application/octet-stream", "bin"),
    (b"", "application/octet-stream", "bin"),
]


@pytest.mark.parametrize(("head", "mime", "extension"), BY_BYTES)
def test_the_bytes_say_what_a_file_is(head: bytes, mime: str, extension: str) -> None:
    found = sniff(head, filename=None, declared=None)
    assert (found.mime, found.extension) == (mime, extension)


@pytest.mark.parametrize(
    ("head", "filename", "declared", "extension"),
    [
        (b"%PDF-1.4", "van-ban.doc", "application/msword", "pdf"),
        (ole("Khac"), "Kế hoạch.DOC", None, "doc"),
        (ole("Khac"), None, "application/vnd.ms-excel; charset=utf-8", "xls"),
        (ole("Khac"), "bieu.xls", "application/msword", "xls"),
        (ole("Khac"), "anh.png", "text/html", "ole"),
        (zipped(*OFFICE), "ke-hoach.docx", None, "docx"),
        (zipped(*OFFICE), None, EXCEL, "xlsx"),
        (zipped("a.txt"), "ke-hoach.docx", None, "zip"),
        ("tên;tuổi\nAn;30".encode(), "dan-so.csv", "application/octet-stream", "csv"),
        (b'{"a": 1}', None, "application/json", "json"),
        (b"An toan thuc pham", "a.docx", None, "txt"),
        (b"Khong tim thay", "a.pdf", "text/html; charset=utf-8", "html"),
        (b"Ghi chu", "a.txt", "text/html", "txt"),
        (b"\x01\x02", "ban-do.dgn", None, "dgn"),
        (b"\x01\x02", "van-ban.pdf", "application/pdf", "bin"),
        (b"\x01\x02", "van ban", None, "bin"),
        (b"\x01\x02", "a.dấu", None, "bin"),
    ],
)
def test_name_and_declaration_decide_only_what_the_bytes_leave_open(
    head: bytes, filename: str | None, declared: str | None, extension: str
) -> None:
    assert sniff(head, filename=filename, declared=declared).extension == extension


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html>",
        b"\xef\xbb\xbf\r\n  <!doctype HTML PUBLIC>",
        b"<html lang=vi>",
        b"<HTML>",
        b"<!-- EasyWeb -->\n<!-- 2 --><head>",
        b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
        b"<script>location.href='/login'</script>",
        b"<title>404</title>",
        b"<h1>Not Found</h1>",
        b"<br/>L\xe1\xbb\x97i",
        "<html><body>Lỗi</body></html>".encode("utf-16"),
    ],
)
def test_a_page_is_known_by_its_beginning(head: bytes) -> None:
    assert is_html(head)
    assert sniff(head, filename="van-ban.pdf", declared="application/pdf").mime == "text/html"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"%PDF-1.4 <html>",
        b"<rss>",
        b"<?xml version='1.0'?><feed/>",
        b"<bang>",
        b"a <p>",
        b"<!-- never ends",
        b"<pre-x>",
    ],
)
def test_what_is_no_page_is_not_taken_for_one(head: bytes) -> None:
    assert not is_html(head)


@given(st.binary(max_size=600), st.text(max_size=20) | st.none(), st.text(max_size=20) | st.none())
@example(b"PK\x03\x04", None, None)
@example(b"PK\x03\x04" + b"\xff" * 40, "a.docx", None)
def test_anything_has_a_type_and_a_plain_extension(head: bytes, filename: str | None, declared: str | None) -> None:
    for begin in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<", b"\xff\xfe"):
        found = sniff(begin + head, filename=filename, declared=declared)
        assert "/" in found.mime
        assert found.extension.isascii()
        assert found.extension.isalnum()
        is_html(begin + head)


# Names

QUYET_DINH = "Quyết định 12.pdf"
RAW = QUYET_DINH.encode()

NAMES = [
    (None, None),
    (b"", None),
    (b"attachment", None),
    (b"inline; filename=a.pdf", "a.pdf"),
    (b'attachment; filename="a b.pdf"', "a b.pdf"),
    (b"attachment;filename=a b.pdf", "a b.pdf"),
    (b'ATTACHMENT ; FileName = "a.pdf" ; size=3', "a.pdf"),
    (b'attachment; filename="a;b=\\"c\\".pdf"', 'a;b="c".pdf'),
    (b'attachment; filename="a.pdf', "a.pdf"),
    (b'attachment; filename=""a b.pdf""', "a b.pdf"),
    (b'attachment; filename="a.pdf" ; filename*=', "a.pdf"),
    (b'filename="a b.pdf"', "a b.pdf"),
    (b"filename*=UTF-8''ho%C3%A0.pdf; size=3", "hoà.pdf"),
    (b"attachment; filename*=UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%2012.pdf", QUYET_DINH),
    (b"attachment; filename*=utf-8'vi'Quy%e1%ba%bft%20%c4%91%e1%bb%8bnh%2012.pdf", QUYET_DINH),
    (
        b"attachment; filename=\"Quyet dinh.pdf\"; filename*=UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%2012.pdf",
        QUYET_DINH,
    ),
    (b"attachment; filename*=\"UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%2012.pdf\"", QUYET_DINH),
    (b"attachment; filename=UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%2012.pdf", QUYET_DINH),
    (b"attachment; filename*=Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%2012.pdf", QUYET_DINH),
    (b"attachment; filename*=iso-8859-1''ho%E0.pdf", "hoà.pdf"),
    (b"attachment; filename*=khong-co''ho%C3%A0.pdf", "hoà.pdf"),
    (b"attachment; filename*=undefined''ho%C3%A0.pdf", "hoà.pdf"),
    (b"attachment; filename*=punycode''ho%C3%A0.pdf", "hoà.pdf"),
    (b'attachment; filename="' + RAW + b'"', QUYET_DINH),
    (b"attachment; filename=" + RAW, QUYET_DINH),
    (b"attachment; filename=Quy%E1%BA%BFt+%C4%91%E1%BB%8Bnh.pdf", "Quyết+định.pdf"),
    (b'attachment; filename="giam 100%.pdf"', "giam 100%.pdf"),
    (b'attachment; filename="50%C1.pdf"', "50%C1.pdf"),
    (b'attachment; filename="=?UTF-8?B?UXV5w6p0IMSR4buLbmgucGRm?="', "Quyêt định.pdf"),
    (b'attachment; filename="=?utf-8?Q?=C4=91=E1=BB=8Bnh_12.pdf?="', "định 12.pdf"),
    (b'attachment; filename="=?x?Z?a?="', "=?x?Z?a?="),
    ('attachment; filename="' + unicodedata.normalize("NFD", QUYET_DINH) + '"', QUYET_DINH),
    (b'attachment; filename="ho\xe0 bi\xccnh.doc"', "hoà bình.doc"),
    (b'attachment; filename="../../etc/passwd"', "passwd"),
    (b'attachment; filename="C:\\Users\\An\\ban do.pdf"', "ban do.pdf"),
    (b"attachment; filename*=UTF-8''%2e%2e%2f..%5Ca.pdf", "a.pdf"),
    (b'attachment; filename=".."', None),
    (b'attachment; filename="/"', None),
    (b"attachment; filename*=UTF-8''; filename=b.pdf", "b.pdf"),
    (b'attachment; filename="a\x00\r\n.pdf"', "a.pdf"),
    ('attachment; filename="a\u202efdp.exe"', "afdp.exe"),
    (b'attachment; name="x"; filename="y.pdf"; filename="z.pdf"', "y.pdf"),
]


@pytest.mark.parametrize(("header", "name"), NAMES)
def test_the_name_that_a_server_gives(header: bytes | str | None, name: str | None) -> None:
    assert disposition_filename(header.encode() if isinstance(header, str) else header) == name


@given(st.binary(max_size=80))
def test_no_header_makes_a_path_of_a_name(value: bytes) -> None:
    for form in (b'attachment; filename="%b"', b"attachment; filename=%b", b"attachment; filename*=UTF-8''%b"):
        name = disposition_filename(form % value)
        assert name is None or (name not in {"", ".", ".."} and not {"/", "\\", "\0", "\n"} & set(name))


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"], exclude_characters="/\\%"),
        min_size=1,
    )
)
def test_a_percent_encoded_name_comes_back_as_it_was(text: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in text.encode())
    wanted = unicodedata.normalize("NFC", text).strip()
    assert disposition_filename(f"attachment; filename*=UTF-8''{encoded}".encode()) == (
        None if wanted in {"", ".", ".."} else wanted
    )
