"""What a file is, told from its first bytes; and the name that a server gives it.

The bytes decide. The file's name and the declared type are asked only where the bytes leave it open: two Office
formats in one container, plain text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote_to_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """A media type, and the extension that files of it carry (without a dot)."""

    mime: str
    extension: str


def _type(mime: str, extension: str) -> Sniffed:
    return Sniffed(mime=mime, extension=extension)


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

_PDF = _type("application/pdf", "pdf")
_DOCX = _type(f"{_OOXML}.wordprocessingml.document", "docx")
_XLSX = _type(f"{_OOXML}.spreadsheetml.sheet", "xlsx")
_PPTX = _type(f"{_OOXML}.presentationml.presentation", "pptx")
_ZIP = _type("application/zip", "zip")
_DOC = _type("application/msword", "doc")
_XLS = _type("application/vnd.ms-excel", "xls")
_PPT = _type("application/vnd.ms-powerpoint", "ppt")
_OLE = _type("application/x-ole-storage", "ole")
_HTML = _type("text/html", "html")
_XML = _type("application/xml", "xml")
_SVG = _type("image/svg+xml", "svg")
_TEXT = _type("text/plain", "txt")
_UNKNOWN = _type("application/octet-stream", "bin")

_MAGIC: tuple[tuple[int, bytes, Sniffed], ...] = (
    (0, b"%PDF-", _PDF),
    (0, b"{\\rtf", _type("application/rtf", "rtf")),
    (0, b"Rar!\x1a\x07", _type("application/vnd.rar", "rar")),
    (0, b"7z\xbc\xaf\x27\x1c", _type("application/x-7z-compressed", "7z")),
    (0, b"\x1f\x8b\x08", _type("application/gzip", "gz")),
    (4, b"1AY&SY", _type("application/x-bzip2", "bz2")),
    (0, b"\xfd7zXZ\x00", _type("application/x-xz", "xz")),
    (257, b"ustar", _type("application/x-tar", "tar")),
    (0, b"\x89PNG\r\n\x1a\n", _type("image/png", "png")),
    (0, b"\xff\xd8\xff", _type("image/jpeg", "jpg")),
    (0, b"GIF87a", _type("image/gif", "gif")),
    (0, b"GIF89a", _type("image/gif", "gif")),
    (0, b"II*\x00", _type("image/tiff", "tif")),
    (0, b"MM\x00*", _type("image/tiff", "tif")),
    (0, b"\x00\x00\x01\x00", _type("image/vnd.microsoft.icon", "ico")),
    (0, b"\0\0\0\x0cjP  \r\n", _type("image/jp2", "jp2")),
    (4, b"ftypavi", _type("image/avif", "avif")),
    (4, b"ftyphei", _type("image/heic", "heic")),
    (4, b"ftyphevc", _type("image/heic", "heic")),
    (4, b"ftypmif1", _type("image/heif", "heif")),
    (4, b"ftypmsf1", _type("image/heif", "heif")),
    (4, b"ftypM4A", _type("audio/mp4", "m4a")),
    (4, b"ftypqt", _type("video/quicktime", "mov")),
    (4, b"ftyp", _type("video/mp4", "mp4")),
    (0, b"ID3\x02", _type("audio/mpeg", "mp3")),
    (0, b"ID3\x03", _type("audio/mpeg", "mp3")),
    (0, b"ID3\x04", _type("audio/mpeg", "mp3")),
    (0, b"OggS", _type("application/ogg", "ogg")),
    (0, b"FLV\x01", _type("video/x-flv", "flv")),
    (0, b"\x1aE\xdf\xa3", _type("video/webm", "webm")),
    (0, b"0&\xb2u\x8ef\xcf\x11", _type("video/x-ms-wmv", "wmv")),
    (0, b"AT&TFORM", _type("image/vnd.djvu", "djvu")),
    (0, b"AC10", _type("image/vnd.dwg", "dwg")),
    (0, b"%!PS", _type("application/postscript", "ps")),
)
"""(offset, bytes, type); the first that fits decides, so special ones stand before general ones."""

_IN_RIFF = {
    b"WEBP": _type("image/webp", "webp"),
    b"WAVE": _type("audio/wav", "wav"),
    b"AVI ": _type("video/x-msvideo", "avi"),
}

_NAMED_IN_ZIP = {
    f"{_ODF}.text".encode(): _type(f"{_ODF}.text", "odt"),
    f"{_ODF}.spreadsheet".encode(): _type(f"{_ODF}.spreadsheet", "ods"),
    f"{_ODF}.presentation".encode(): _type(f"{_ODF}.presentation", "odp"),
    b"application/epub+zip": _type("application/epub+zip", "epub"),
}
"""What the entry `mimetype` says, which stands first and unpacked in such files."""

_FOLDERS_IN_ZIP = {b"word": _DOCX, b"xl": _XLSX, b"ppt": _PPTX}

_OFFICE_PARTS = frozenset({b"[Content_Types].xml", b"_rels/.rels"})
"""Entries that every Office Open XML file has, mostly one of them among its first."""

_OFFICE_PART = re.compile(
    rb"word/document\.xml|xl/(?:workbook|worksheets/\w+)\.xml|ppt/(?:presentation|slides/\w+)\.xml"
)
"""Entries by which such a file is known where those stand at its end, behind a large sheet."""

_IN_OLE: tuple[tuple[str, Sniffed], ...] = (
    ("WordDocument", _DOC),
    ("Workbook", _XLS),
    ("Book", _XLS),
    ("PowerPoint Document", _PPT),
)
"""Names of streams in an OLE 2 container; its directory stands in UTF-16, often near the beginning."""

_BY_EXTENSION = {kind.extension: kind for kind in (_DOCX, _XLSX, _PPTX, _DOC, _XLS, _PPT, _TEXT)} | {
    "csv": _type("text/csv", "csv"),
    "json": _type("application/json", "json"),
    "dot": _DOC,
    "xlt": _XLS,
    "pps": _PPT,
}
_BY_MIME = {kind.mime: kind for kind in _BY_EXTENSION.values()}

_IN_ZIP_ONLY = frozenset({_DOCX, _XLSX, _PPTX})
_IN_OLE_ONLY = frozenset({_DOC, _XLS, _PPT})

_HTML_BEGIN = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|style|title|meta|link|base|table|div|p|br|h[1-6]|iframe|a|b|font|"
    rb"center|form|span|img|ul|noscript)(?=[\s/>])",
    re.IGNORECASE,
)
_BEFORE_MARKUP = re.compile(rb"(?:\s|<!--.*?-->|<\?xml.*?\?>)*", re.DOTALL)
_XML_ROOT = re.compile(rb"<!DOCTYPE\s+([\w:.-]+)|<([a-z_][\w:.-]*)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(head: bytes, *, filename: str | None, declared: str | None) -> Sniffed:
    """What a file is that begins with `head`; 4 KB tell most kinds, 64 KB nearly all.

    Args:
        head: the first bytes.
        filename: the file's name as the server or the link gives it.
        declared: the media type of the `Content-Type` header, with or without parameters.
    """
    hints = tuple(_hints(filename, declared))
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(head, hints)
    if head.startswith(b"PK\x05\x06"):  # an empty archive has only its end
        return _ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _in_ole(head, hints)
    if head.startswith(b"RIFF") and head[8:12] in _IN_RIFF:
        return _IN_RIFF[head[8:12]]
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return kind
    return _without_magic(head, hints, filename, declared)


def is_html(head: bytes) -> bool:
    """Whether bytes begin like an HTML page, whatever they were announced as."""
    return _HTML_BEGIN.match(_from_markup_on(head)) is not None


def _without_magic(head: bytes, hints: tuple[Sniffed, ...], filename: str | None, declared: str | None) -> Sniffed:
    if _is_bitmap(head):
        return _type("image/bmp", "bmp")
    if _is_mpeg_audio(head):
        return _type("audio/mpeg", "mp3")
    if _is_text(head):
        return _text(head, hints, declared)
    if b"%PDF-" in head[:1024]:  # readers accept a little rubbish before it, and servers send it
        return _PDF
    return _HTML if is_html(head) else _binary(filename)


def _in_zip(head: bytes, hints: tuple[Sniffed, ...]) -> Sniffed:
    entries = list(_zip_entries(head))
    first_name, first_bytes = entries[0]
    if first_name == b"mimetype":
        return next((kind for mime, kind in _NAMED_IN_ZIP.items() if first_bytes.startswith(mime)), _ZIP)
    names = [name for name, _ in entries]
    if _OFFICE_PARTS.isdisjoint(names) and not any(map(_OFFICE_PART.fullmatch, names)):
        return _ZIP
    found = (_FOLDERS_IN_ZIP.get(name.partition(b"/")[0]) for name in names)
    return next((kind for kind in (*found, *hints) if kind in _IN_ZIP_ONLY), _ZIP)


def _zip_entries(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, the bytes that follow it) of each local file header (APPNOTE, section 4.3.7) that begins in the head."""
    for match in re.finditer(rb"PK\x03\x04", head):
        start = match.start()
        name_size, extra_size = (int.from_bytes(head[start + at : start + at + 2], "little") for at in (26, 28))
        end_of_name = start + 30 + name_size
        yield head[start + 30 : end_of_name], head[end_of_name + extra_size :][:128]


def _in_ole(head: bytes, hints: tuple[Sniffed, ...]) -> Sniffed:
    for name, kind in _IN_OLE:
        if name.encode("utf-16-le") + b"\0\0" in head:
            return kind
    return next((hint for hint in hints if hint in _IN_OLE_ONLY), _OLE)


def _text(head: bytes, hints: tuple[Sniffed, ...], declared: str | None) -> Sniffed:
    if is_html(head):
        return _HTML
    root = _XML_ROOT.match(_from_markup_on(head))
    if root is not None and (root[1] or root[2]).lower() in {b"svg", b"svg:svg"}:
        return _SVG
    if _as_ascii(head).startswith(b"<?xml"):
        return _XML
    if b"%PDF-" in head[:1024]:
        return _PDF
    is_page = _media_type(declared) == _HTML.mime
    return next((hint for hint in hints if hint not in _IN_ZIP_ONLY | _IN_OLE_ONLY), _HTML if is_page else _TEXT)


def _binary(filename: str | None) -> Sniffed:
    """Bytes that tell nothing: the name's extension is kept for people, unless it promises a known format."""
    extension = _extension(filename)
    is_false = extension in _BY_EXTENSION or extension in {kind.extension for _, _, kind in _MAGIC}
    is_plain = re.fullmatch(r"[a-z0-9]{1,8}", extension) is not None
    return _UNKNOWN if is_false or not is_plain else _type("application/octet-stream", extension)


def _is_bitmap(head: bytes) -> bool:
    """`BM` alone begins many a text; the reserved bytes and the size of the header settle it."""
    header_size = int.from_bytes(head[14:18], "little")
    return head.startswith(b"BM") and head[6:10] == bytes(4) and header_size in {12, 40, 108, 124}


def _is_mpeg_audio(head: bytes) -> bool:
    """A frame header of MPEG layer III without tags before it: eleven bits set, then version and layer."""
    return len(head) > 2 and head[0] == 0xFF and head[1] in {0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2} and head[2] >> 4 < 15


def _from_markup_on(head: bytes) -> bytes:
    """The head without the comments and declarations that may stand before the first tag."""
    plain = _as_ascii(head)
    before = _BEFORE_MARKUP.match(plain)
    return plain[before.end() :] if before else plain


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return bool(head) and _CONTROL.search(head) is None


def _as_ascii(head: bytes) -> bytes:
    """The bytes with a byte order mark and the second bytes of UTF-16 removed, so that markup can be matched."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _hints(filename: str | None, declared: str | None) -> Iterator[Sniffed]:
    """What name and declaration promise, the name first: servers declare one type for everything."""
    by_name = _BY_EXTENSION.get(_extension(filename))
    by_type = _BY_MIME.get(_media_type(declared))
    yield from (hint for hint in (by_name, by_type) if hint is not None)


def _media_type(declared: str | None) -> str:
    return (declared or "").partition(";")[0].strip().lower()


def _extension(filename: str | None) -> str:
    return (filename or "").rpartition(".")[2].lower() if "." in (filename or "") else ""


# The name that a server gives a file

_PARAMETER = re.compile(
    rb";\s*(?P<name>[\w!#$&+.^`|~-]+\*?)\s*=\s*"
    rb"(?:\"(?P<quoted>(?:\\.|[^\"\\])*)\"?\s*(?=;|$)|(?P<token>[^;]*))",
    re.DOTALL,
)
_WITHOUT_TYPE = re.compile(rb"[\w*]+\s*=")
"""What a header begins with that leaves `attachment` out."""

_EXTENDED = re.compile(rb"([\w-]+)'[\w-]*'(.*)", re.DOTALL)
_ESCAPED = re.compile(rb"%[0-9A-Fa-f]{2}")
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def disposition_filename(header: bytes | None) -> str | None:
    """The file's name from a `Content-Disposition` header (RFC 6266), NFC, never a path; None where there is none.

    Understands `filename*` (RFC 8187), raw UTF-8, percent-encoded and RFC 2047 words in `filename`, and the legacy
    encodings of Vietnamese Windows where the bytes are not UTF-8.
    """
    parameters: dict[bytes, bytes] = {}
    said = (header or b"").strip()
    for match in _PARAMETER.finditer(b";" + (said if _WITHOUT_TYPE.match(said) else said.partition(b";")[2])):
        parameters.setdefault(match["name"].lower(), _unquoted(match))
    for name, read in ((b"filename*", _read_extended), (b"filename", _read_plain)):
        if name in parameters and (found := _bare_name(read(parameters[name]))):
            return found
    return None


def _unquoted(match: re.Match[bytes]) -> bytes:
    # Only quotes and backslashes are escaped in practice; other backslashes are those of a Windows path.
    if match["quoted"] is not None:
        return re.sub(rb'\\(["\\])', rb"\1", match["quoted"])
    return bytes(match["token"]).strip().strip(b'"')  # a name that was quoted twice begins with an empty one


def _read_extended(value: bytes) -> str:
    """`UTF-8'vi'Quy%E1%BA%BFt.pdf`; a name without charset is read as a plain one."""
    match = _EXTENDED.fullmatch(value)
    if match is None:
        return _read_plain(value)
    raw = unquote_to_bytes(match[2])
    try:
        return raw.decode(match[1].decode("ascii"))
    except (LookupError, UnicodeError):  # of which few codecs raise the usual kind alone
        return _decoded(raw)


def _read_plain(value: bytes) -> str:
    if _EXTENDED.fullmatch(value) and value[:5].lower() == b"utf-8":
        return _read_extended(value)
    if value.startswith(b"=?"):
        return _read_words(value)
    if _ESCAPED.search(value):
        raw = unquote_to_bytes(value)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return _decoded(value)
    return _decoded(value)


def _read_words(value: bytes) -> str:
    """RFC 2047 words, which mail programs use and some servers copy."""
    try:
        parts = decode_header(value.decode("ascii", "replace"))
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii", "replace") for part, charset in parts
        )
    except (HeaderParseError, LookupError, ValueError):
        return _decoded(value)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1258"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _bare_name(text: str) -> str | None:
    """The last part of a path, without what cannot be seen; None where nothing is left."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", text))[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in _UNPRINTABLE).strip()
    return None if seen in {"", ".", ".."} else seen
