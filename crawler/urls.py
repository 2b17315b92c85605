"""Addresses: what a link means, which two addresses are the same page, which ones lead nowhere. Pure.

Four forms of an address, from the page to the key:

- `clean_href` makes the absolute address that a browser would ask for;
- `request_url` takes off what never changes the answer (sessions, tracking): this is what is asked for and kept;
- `canonical_url` is the one spelling of it under which two links are the same: case, order of the parameters;
- `article_identity` says that two pages are one article, so it ignores scheme, `www.` and the Unicode form as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from crawler.read.profile import Addresses

ANY_FAMILY = Addresses()
"""How addresses work where no family is known."""

MAX_HREF = 10_000
"""Characters of a link that are looked at; servers refuse addresses from about 8,000 on."""
MAX_LENGTH = 2000
MAX_SEGMENTS = 12


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DOCUMENTS = _words(
    "pdf doc docx docm dot dotx rtf odt xls xlsx xlsm xlsb csv ods ppt pptx pps ppsx odp odg vsd mpp djvu epub xps "
    "txt zip rar 7z gz tgz tar bz2 iso p7s p7m p7b sig dwg dxf shp kml kmz apk exe msi "
    "mp3 wav wma m4a ogg oga mp4 m4v mov avi wmv flv mkv webm mpg mpeg 3gp"
)
IMAGES = _words("jpg jpeg jpe jfif pjpeg png gif bmp webp svg tif tiff avif heic")
_PAGE_PARTS = _words("css js mjs json map ico woff woff2 ttf eot otf swf xsl xslt wsdl")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
_PLAIN_PATH = r"/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?"
_PLAIN = re.compile(r"https?://[a-z0-9_-]+(?:\.[a-z0-9_-]+)+" + _PLAIN_PATH)
_ROOTED = re.compile(_PLAIN_PATH)
_ROOT = re.compile(r"https?://[a-z0-9_-]+(?:\.[a-z0-9_-]+)+(?=/)")
"""Most links are as plain as this: they mean what they say, and need no taking apart (a third of the time)."""
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")
_TRIPLET = re.compile(r"%([0-9A-Fa-f]{2})")
_TRIPLET_OR_UPPER = re.compile(r"%[0-9A-Fa-f]{2}|[A-Z]+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS = {"http": 80, "https": 443}

_JSESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_COOKIELESS = re.compile(r"\((?:[A-Za-z]\([^()/]*\))+\)")
"""ASP.NET keeps a session in a segment such as `(S(abc))` or `(A(x)S(y))` when a client has no cookies."""
_SESSION_NAMES = _words(
    "jsessionid phpsessid sessionid session_id aspsessionid cfid cftoken oscsid zenid p_auth "
    "_afrloop _afrwindowmode _afrwindowid _afrfs _adf.ctrl-state"
)
_SESSION_VALUE = re.compile(r"[0-9A-Za-z,-]{16,}")
"""`sid` is a session here and the number of a story there (PHP-Nuke): only a long token is a session."""
_TRACKING = re.compile(r"utm_\w*|fbclid|gclid|gclsrc|dclid|msclkid|yclid|zarsrc|igshid|mc_[ce]id|_g[al]|_|nocache")
_VERSION_NAMES = _words("v ver t rev renditionid")

_ARCHIVED = re.compile(
    r"/web/\d{14}(?:[a-z]{2}_|_)?/(?:(https?)[:_]?/{1,2})?([\w.-]+\.[A-Za-z]\w+(?::\d+)?(?:[/?].*)?)$"
)
_ARCHIVE_PREFIX = re.compile(r"/web/\d{14}(?:[a-z]{2}_|_)?/")


def clean_href(base_url: str, href: str) -> str | None:
    """The absolute http(s) address that a link means, or None where it means none.

    Blanks and control characters go, backslashes become slashes, the fragment goes, and what may not stand in an
    address is percent-encoded as UTF-8 (once: what is encoded stays). Scheme and host become lower-case; all else
    stays as written. An address with a user name is an e-mail address typed as a link, so it is none.
    """
    if len(href) > MAX_HREF:
        return None
    if _PLAIN.fullmatch(href):
        return href
    if _ROOTED.fullmatch(href) and (root := _ROOT.match(base_url)):
        return root[0] + href
    text = _CONTROL.sub("", href).strip().partition("#")[0]
    path, mark, query = text.partition("?")
    path = path.replace("\\", "/")
    if scheme := _SCHEME.match(path):
        rest = path[scheme.end() :].lstrip("/")
        if scheme[0].lower() not in ("http:", "https:") or not rest:
            return None
        path = f"{scheme[0].lower()}//{rest}"
    if not path and not mark:
        return None
    try:
        return _rebuilt(urlsplit(urljoin(base_url, f"{path}{mark}{query}")))
    except ValueError:  # a broken IPv6 host, a port that is no number, a host that is no name
        return None


def _rebuilt(parts: SplitResult) -> str | None:
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
    if ":" in host:
        host = f"[{host}]"
    if len(host) > 253 or not _HOST.fullmatch(host):
        return None
    port = "" if parts.port is None else f":{parts.port}"
    query = f"?{_encoded(parts.query)}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{_encoded(parts.path) or '/'}{query}"


def _encoded(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match[0], safe="", errors="replace"), text)


@lru_cache(maxsize=1 << 14)
def request_url(url: str, addresses: Addresses = ANY_FAMILY) -> str:
    """The address to ask for: as the link spells it, without what never changes the answer.

    As `canonical_url`, but the case of the letters and the order of the parameters stay the site's own, so that the
    archive holds the address that the site itself uses.
    """
    return _cleaned(url, addresses, is_key=False)


@lru_cache(maxsize=1 << 14)
def canonical_url(url: str, addresses: Addresses = ANY_FAMILY) -> str:
    """The one spelling under which two links are the same; canonicalising twice changes nothing.

    Default port, dot segments, sessions, tracking, cache-busters of files and `addresses.drop_parameters` (where `*`
    stands for anything: `*_delta`) go; parameters are sorted by name, those of one name in their order. A trailing
    slash stays as it is: relative links depend on it. ValueError when `url` is no http(s) address.
    """
    return _cleaned(url, addresses, is_key=True)


def _cleaned(url: str, addresses: Addresses, *, is_key: bool) -> str:
    ignore_case = is_key and addresses.ignore_case
    if not ignore_case and _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"no http address: {url!r}")
    path = _canonical_path(parts.path, ignore_case=ignore_case)
    query = _canonical_query(parts.query, path, addresses, is_key=is_key)
    return f"{parts.scheme}://{_canonical_host(parts)}{path}{'?' if query else ''}{query}"


def _canonical_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{parts.port}"


def _canonical_path(path: str, *, ignore_case: bool) -> str:
    path = _JSESSION.sub("", _tidy_escapes(path))
    segments = [segment for segment in path.split("/")[1:] if not _COOKIELESS.fullmatch(segment)]
    path = "/" + "/".join(_without_dots(segments))
    return _lowered(path) if ignore_case else path


def _without_dots(segments: list[str]) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        if segment == ".." and kept:
            kept.pop()
        elif segment not in (".", ".."):
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")  # `/a/.` is the folder `/a/`
    return kept


def _canonical_query(query: str, path: str, addresses: Addresses, *, is_key: bool) -> str:
    is_static = _extension(path) in DOCUMENTS | IMAGES | _PAGE_PARTS or bool(_LIFERAY_DOCUMENT.search(path))
    kept = []
    for piece in _tidy_escapes(query).split("&"):
        name, mark, value = piece.partition("=")
        while name.startswith("amp;"):  # `&amp;` that was escaped twice
            name = name[4:]
        if (name or value) and not _is_noise(name.lower(), value, is_static=is_static, addresses=addresses):
            kept.append((_lowered(name) if is_key and addresses.ignore_case else name, mark + value))
    ordered = sorted(kept, key=lambda pair: pair[0]) if is_key else kept
    return "&".join(name + value for name, value in ordered)


def _is_noise(name: str, value: str, *, is_static: bool, addresses: Addresses) -> bool:
    if name in _SESSION_NAMES or _TRACKING.fullmatch(name) or name.startswith("aspsessionid"):
        return True
    if name == "sid":
        return bool(_SESSION_VALUE.fullmatch(value))
    if is_static and name in _VERSION_NAMES:
        return True
    return bool(addresses.drop_parameters) and bool(_dropped(addresses.drop_parameters).fullmatch(name))


@lru_cache(maxsize=64)
def _dropped(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(".*".join(map(re.escape, name.lower().split("*"))) for name in names))


def _tidy_escapes(text: str) -> str:
    if "%" not in text and text.isascii():
        return _UNSAFE.sub(lambda match: quote(match[0], safe=""), text)
    return _TRIPLET.sub(_tidy_escape, _encoded(text))


def _tidy_escape(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    return letter if letter in _UNRESERVED else match[0].upper()


def _lowered(text: str) -> str:
    return _TRIPLET_OR_UPPER.sub(lambda match: match[0] if match[0][0] == "%" else match[0].lower(), text)


def article_identity(url: str, addresses: Addresses = ANY_FAMILY) -> str:
    """What makes two addresses of a site the same article: a key to compare, not an address to ask for.

    The groups of the family's `identity` pattern joined by `/`; where there is none, or it does not match, the
    canonical address without scheme, `www.`, port and final slash, percent-decoded, in NFC.
    """
    canonical = canonical_url(url, addresses)
    for pattern in _compiled((addresses.identity,), ignore_case=addresses.ignore_case) if addresses.identity else ():
        if match := pattern.search(_after_host(canonical)):
            return "/".join(group for group in match.groups() if group) or match[0]
    parts = urlsplit(canonical)
    query = f"?{parts.query}" if parts.query else ""
    address = (parts.hostname or "").removeprefix("www.") + parts.path.rstrip("/") + query
    return unicodedata.normalize("NFC", unquote(address))


def matches_any(patterns: tuple[str, ...], url: str, *, ignore_case: bool = False) -> bool:
    """Whether one of a family's address patterns is found in the path and query of the address (never in the host)."""
    if not patterns:
        return False
    address = _after_host(url)
    return any(pattern.search(address) for pattern in _compiled(patterns, ignore_case=ignore_case))


def _after_host(url: str) -> str:
    return url[url.find("/", url.find("://") + 3) :]


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...], *, ignore_case: bool) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE if ignore_case else 0) for pattern in patterns)


def is_archived(url: str) -> bool:
    """Whether the address is one of a web archive's replay (`…/web/<14 digits>/…`), on whatever host."""
    return bool(_ARCHIVE_PREFIX.search(url))


def archived_original(url: str) -> str | None:
    """The address that a web archive's replay address stands for, or None where it stands for none.

    Pages that were saved again through the Wayback Machine carry `/web/20180330081814/http://host/path` in their
    links; mirroring tools made `http/host`, `http_/host` or `http:/host` of the inner scheme.
    """
    original: str | None = None
    while match := _ARCHIVED.search(original or url):
        original = f"{match[1] or 'http'}://{match[2]}"
    return clean_href(original, original) if original else None


_SEGMENT_TRAPS = {
    "login": "login logon signin sign-in sign_in wp-login authenticate register forgot_password forgotpassword "
    "logout logoff signout sign-out sign_out wp-admin administrator dang-nhap dangnhap dang-xuat quen-mat-khau",
    "print or mail": "print printpreview print-preview savefile sendmail sendemail mailto rating",
    "search": "search searchresult searchresults search-results seek tim-kiem timkiem ket-qua-tim-kiem "
    "tag tags viewtag tu-khoa",
    "system page": "_layouts _catalogs _vti_bin _forms",
}
_REASON_OF_SEGMENT = {name: reason for reason, names in _SEGMENT_TRAPS.items() for name in names.split()}
_HARMLESS_SYSTEM = re.compile(r"/_layouts/(?:\d+/)?(?:listfeed|download)\.aspx$")

_PARAMETER_TRAPS = {
    "search": "keyword keywords tukhoa tu_khoa search searchtext searchword search_query",
    "calendar": "date day ngay week tuan calendardate calendarperiod",
    "sort or filter": "sort sortby sort_by sortfield sortdir sortorder sort_order orderby order_by order_dir "
    "filter_order filter_order_dir",
    "display variant": "fontsize font_size contrast renditionid",
    "share": "share replytocom",
}
_REASON_OF_PARAMETER = {name: reason for reason, names in _PARAMETER_TRAPS.items() for name in names.split()}
_VALUE_TRAPS = {
    "login": re.compile(
        r"p_p_id=_?58_?|_58_struts_action=.*|.*struts_action=.*(?:login|forgot_password).*|nv=users|option=com_users"
        r"|(?:op|act|action|do|view|page|task|mod|module)=(?:login|logon|logout|register|signin)(?:\W.*)?"
    ),
    "print or mail": re.compile(
        r"(?:print|pdf|printable)=(?:1|true|yes)|(?:format|view|layout|mode|type)=(?:pdf|print)|tmpl=component"
        r"|option=com_mailto|p_p_state=(?:pop_up|exclusive)|page=.*\.print\b.*|op=(?:print|savefile|sendmail|rating)(?:/.*)?"
    ),
    "search": re.compile(r"op=(?:search|tag)(?:/.*)?|nv=seek|q=[^/]*|tag=.+|option=com_(?:search|finder)"),
    "calendar": re.compile(r"eventid=0?|view=calendar"),
    "sort or filter": re.compile(r"order=(?:asc|desc)|view=(?:\{|%7b).*|filter(?:field|value)\d*=.*"),
    "display variant": re.compile(r"mobile=1|isdlg=1|view=mobile"),
}

_LANGUAGE = r"(?:vi|en|fr|zh|cn|ja|jp|ko|kr|ru|lo|km)(?:[-_][a-z]{2})?"
_LANGUAGE_GROWTH = re.compile(rf"/{_LANGUAGE}/{_LANGUAGE}(?=[/?&]|$)")
_PAIR_AGAIN = re.compile(r"/(?=[^/]*[^\d/])([^/]+/[^/]+)/\1(?=/|$)")
_ADDRESS_IN_PATH = re.compile(r"mailto:|javascript:|https?:/")
_VIEWER = re.compile(r"/viewer\.html\?(?:.*&)?file=")


@lru_cache(maxsize=1 << 14)
def is_trap(url: str) -> str | None:
    """Why a page at this address is not worth asking for, in a few words; None when nothing speaks against it.

    Path growth, login, print and mail forms, searches and tag clouds, calendars, sorted and filtered views, display
    variants, parts of pages (css, js). Files are no pages: ask `looks_like_file` first.
    """
    if len(url) > MAX_LENGTH:
        return "too long"
    parts = urlsplit(url.lower())
    if _ADDRESS_IN_PATH.search(parts.path):
        return "address inside an address"
    if _VIEWER.search(url):
        return "viewer of a file"
    if _extension(parts.path) in _PAGE_PARTS:
        return "part of a page"
    segments = [segment for segment in parts.path.split("/") if segment]
    return _growth(parts, segments) or _path_trap(parts.path, segments) or _query_trap(parts)


def _growth(parts: SplitResult, segments: list[str]) -> str | None:
    if len(segments) > MAX_SEGMENTS:
        return "path growth"
    words = Counter(segment for segment in segments if not segment.isdecimal()) if len(segments) >= 3 else {}
    if words and max(words.values()) >= 3:
        return "path growth"
    if _LANGUAGE_GROWTH.search(f"{parts.path}?{parts.query}") or _PAIR_AGAIN.search(parts.path):
        return "path growth"
    return None


def _path_trap(path: str, segments: list[str]) -> str | None:
    for segment in segments:
        reason = _REASON_OF_SEGMENT.get(segment) or _REASON_OF_SEGMENT.get(segment.partition(".")[0])
        if reason and not _HARMLESS_SYSTEM.search(path):
            return reason
    return None


def _query_trap(parts: SplitResult) -> str | None:
    if not parts.query:
        return None
    pairs = [piece for piece in parts.query.split("&") if piece]
    names = [pair.partition("=")[0] for pair in pairs]
    if "s" in names and parts.path == "/":  # WordPress
        return "search"
    for name, pair in zip(names, pairs, strict=True):
        reason = _REASON_OF_PARAMETER.get(name) or _value_trap(pair)
        if reason and not (reason == "sort or filter" and "paged" in names):  # SharePoint's lists page on with a view
            return reason
    return None


def _value_trap(pair: str) -> str | None:
    return next((reason for reason, pattern in _VALUE_TRAPS.items() if pattern.fullmatch(pair)), None)


_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_LIFERAY_DOCUMENT = re.compile(
    rf"/documents/(?:d/[^/]+/(?P<alias>[^/]+)|(?:portlet_file_entry/)?\d+/(?:\d+/)?(?:(?P<name>[^/]+)/)?{_UUID})$",
    re.IGNORECASE,
)
_DOWNLOADER = re.compile(
    r"/(?:[\w-]*(?:down_?load|get_?file|file_?handler|taive|tai-ve|taifile)[\w-]*\.(?:aspx|ashx|axd|php|jsp|do)"
    r"|webcenter/(?:portal/)?documentcontent)$",
    re.IGNORECASE,
)
_FILE_PARAMETER = re.compile(
    r"(?:^|&)(?:fileticket=.|download=(?:1|true)\b|wpdmdl=\d|task=(?:[\w.]*\.)?download\b)", re.IGNORECASE
)
_NAME_PARAMETER = re.compile(r"(?:^|&)(?:file|filename|file_name|sourceurl|path|f|name)=([^&]+)", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def looks_like_file(url: str) -> Literal["file", "image"] | None:
    """Whether the address is a document's or a picture's, by its ending or by a shape known to serve files."""
    parts = urlsplit(url)
    if kind := _kind_of(parts.path):
        return kind
    if liferay := _LIFERAY_DOCUMENT.search(parts.path):
        return _kind_of(liferay["name"] or "") or "file"
    if _DOWNLOADER.search(parts.path) or _FILE_PARAMETER.search(parts.query):
        return _kind_of(filename_of(url) or "") or "file"
    return None


def filename_of(url: str) -> str | None:
    """The file's name that the address carries, decoded, in NFC; None where it carries none."""
    parts = urlsplit(url)
    named = (_plain_name(name) for name in _names_in(parts))
    return next((name for name in named if _kind_of(name)), None)


def _names_in(parts: SplitResult) -> Iterator[str]:
    if liferay := _LIFERAY_DOCUMENT.search(parts.path):
        yield unquote((liferay["name"] or "").replace("+", " "))
    yield unquote(parts.path.rpartition("/")[2])
    for value in _NAME_PARAMETER.findall(parts.query):
        yield unquote(value.replace("+", " "))


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return unicodedata.normalize("NFC", _CONTROL.sub("", last)).strip()


def _kind_of(path: str) -> Literal["file", "image"] | None:
    extension = _extension(path)
    return "file" if extension in DOCUMENTS else "image" if extension in IMAGES else None


def _extension(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].strip().lower() if "." in path else ""
