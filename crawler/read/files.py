"""The files that an article gives to its readers: links to them, download links without a name, viewers around one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.read.markup import hollow, sweep, text_of
from crawler.read.words import clean
from pipelines.items import Attachment

_EXTENSIONS = (
    "pdf|docx?|docm|dotx?|xlsx?|xlsm|xlsb|pptx?|ppsx?|rtf|od[tspg]|zip|rar|7z|tar|gz|tgz|csv|txt|epub|djvu|dwg|dgn|kmz|"
    "signed|p7s|xml|json|tiff?|mpp|vsdx?"
)
FILE_NAME = re.compile(rf"[^/\\?#&=]*\.(?:{_EXTENSIONS})", re.IGNORECASE)
_ENDS_AS_FILE = re.compile(rf"\.(?:{_EXTENSIONS})$", re.IGNORECASE)
_DOWNLOAD_QUERY = re.compile(
    r"(?:^|[?&])(?:download=(?:1|true)(?:&|$)|fileticket=|file_?id=|attachment_?id=\d+.*download)", re.IGNORECASE
)
_DOCUMENT_PATH = re.compile(
    r"/documents/\d+/\d+/[^?]*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|/linkclick\.aspx$"
    r"|/(?:download|downloadfile|dowload|taive|tai-ve|getfile)(?:\.aspx|\.ashx|\.php)?/?$",
    re.IGNORECASE,
)
_VIEWERS = re.compile(
    r"docs\.google\.com/(?:viewer(?:ng/viewer)?|gview)|drive\.google\.com/viewer|view\.officeapps\.live\.com/op/"
    r"|/viewer(?:\.html?|\.aspx)?\?|pdfjs|pdf\.js|/viewpdf|/pdfviewer",
    re.IGNORECASE,
)
_VIEWER_KEYS = ("url", "src", "file", "link", "path")
_QUOTED = re.compile(r"""(['"])(.*?)\1""")
_CALLS_A_DOWNLOAD = re.compile(r"download|viewfile|openfile|taifile|taive|xemfile|viewpdf", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|svg|html?|aspx?|php|jsp)$", re.IGNORECASE)
_LONGEST_LABEL = 1_000
_LONGEST_ADDRESS = 10_000
"""Characters of a link that is looked at; servers refuse addresses from about 8,000 on."""
_ASKS = "%/:=&?~#+!$,;'@()*[]"
"""Characters of an address that stay as they are; spaces and letters beyond ASCII are percent-encoded."""


def files_in(nodes: Iterable[HtmlElement], base_url: str) -> tuple[Attachment, ...]:
    """Every file that the nodes link to or embed, in document order, each address once."""
    found: dict[str, Attachment] = {}
    for node in nodes:
        for attachment in _files_under(node, base_url):
            known = found.get(attachment.url)
            if known is None or (not known.label and attachment.label):
                found[attachment.url] = attachment
    return tuple(found.values())


def file_address(node: HtmlElement, base_url: str) -> str | None:
    """The address of the file that a link, frame or button leads to; None when it leads to none."""
    for target in _targets(node):
        address = absolute_address(target, base_url)
        if address and (inner := _inside_viewer(address, base_url)):
            return inner
        if address and is_file_address(address):
            return address
    return _called(node, base_url)


def is_file_address(address: str) -> bool:
    """Whether an address is a file's by its shape: a document's extension, a download parameter, a document store."""
    try:
        parts = urlsplit(address)
    except ValueError:  # such as http://[
        return False
    path = unquote(parts.path)
    if _ENDS_AS_FILE.search(path) and not path.lower().endswith((".xml", ".json", ".txt")):
        return True
    if _ENDS_AS_FILE.search(path) and "/rss" not in path.lower():
        return bool(re.search(r"/(?:img|upload|files?|attachments?|documents?|portals)/", path, re.IGNORECASE))
    if _DOCUMENT_PATH.search(path) and (parts.query or "/documents/" in path):
        return not _PICTURE.search(path.split("/documents/")[-1].rsplit("/", 1)[0]) if "/documents/" in path else True
    return bool(_DOWNLOAD_QUERY.search(parts.query))


def drop_file_lines(root: HtmlElement, base_url: str) -> None:
    """Lines that are nothing but links to files: they are attachments, and no text."""
    if next(root.iter("a"), None) is None:
        return
    for line in list(root.iterdescendants("p", "li", "div", "td", "h3", "h4", "h5")):
        links = list(line.iter("a"))
        if not links or next(line.iterdescendants("img", "p", "table"), None) is not None:
            continue
        length, linked = len(text_of(line)), sum(len(text_of(link)) for link in links)
        if linked >= 0.8 * length and all(file_address(link, base_url) for link in links):
            hollow(line)
    sweep(root)


def file_name(address: str, label: str | None = None) -> str | None:
    """The name that an address carries, else the one that its label spells out."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    names = [segment for segment in unquote(parts.path).split("/") if FILE_NAME.fullmatch(segment)]
    if names:
        name = clean(names[-1])
        return name.replace("+", " ") if "/documents/" in parts.path else name  # Liferay writes spaces so
    values = [value for values in parse_qs(parts.query).values() for value in values]
    named = next((value.rsplit("/", 1)[-1] for value in values if _ENDS_AS_FILE.search(value)), None)
    if named or not label:
        return named
    spelled = FILE_NAME.search(label[:_LONGEST_LABEL])
    return clean(re.sub(r"^.*?:\s*", "", spelled.group())) if spelled else None


def _files_under(node: HtmlElement, base_url: str) -> Iterator[Attachment]:
    for link in node.iter("a", "iframe", "embed", "object", "button", "input", "span", "div", "img"):
        if link.tag in ("span", "div", "button", "input", "img") and not (link.get("onclick") or link.get("data-src")):
            continue
        if link.tag == "img" and not link.get("onclick"):
            continue
        address = file_address(link, base_url)
        if address:
            label = clean(text_of(link)) or clean(link.get("title") or link.get("download") or "") or None
            yield Attachment(url=address, label=label, filename=file_name(address, label))


def _targets(node: HtmlElement) -> Iterator[str]:
    if node.tag == "a":
        names: tuple[str, ...] = ("href", "data-href", "data-src", "data-url")
    elif node.tag == "object":
        names = ("data",)
    else:
        names = ("src", "data-src")
    for name in names:
        value = (node.get(name) or "").strip()
        if value and not value.lower().startswith(("javascript:", "mailto:", "#", "about:")):
            yield value


def _called(node: HtmlElement, base_url: str) -> str | None:
    """The file named in a script call: `downloadFile('x', '/upload/a.pdf')`."""
    href = node.get("href") or ""
    call = node.get("onclick") or (href if href.lower().startswith("javascript:") else "")
    if not call or len(call) > _LONGEST_ADDRESS:
        return None
    arguments = [value for _, value in _QUOTED.findall(call)]
    for value in reversed(arguments):
        address = absolute_address(value, base_url) if "/" in value or "." in value else None
        if address and (is_file_address(address) or (_CALLS_A_DOWNLOAD.search(call) and "/" in value)):
            return _inside_viewer(address, base_url) or address
    return None


def _inside_viewer(address: str, base_url: str) -> str | None:
    if not _VIEWERS.search(address):
        return None
    try:
        query = parse_qs(urlsplit(address).query)
    except ValueError:
        return None
    inner = next((query[key][0] for key in _VIEWER_KEYS if query.get(key)), None)
    return absolute_address(inner, base_url) if inner else None


def absolute_address(href: str, base_url: str) -> str | None:
    """A link as an absolute http(s) address, spaces and letters beyond ASCII percent-encoded; None for any other."""
    return _absolute(href, base_url) if len(href) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=1024)
def _absolute(href: str, base_url: str) -> str | None:
    """Remembered for the page at hand, which is asked several times for most of its addresses."""
    try:
        address = urljoin(base_url, "".join(href.splitlines()).strip().replace("\\", "/"))
        if not address.startswith(("http://", "https://")):
            return None
        address = quote(address, safe=_ASKS, errors="replace")
        return address if urlsplit(address).hostname else None
    except ValueError:  # such as http://[
        return None
