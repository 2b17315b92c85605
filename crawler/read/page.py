"""A page decoded and parsed once, for everything that wants to look at it: the reader, discovery, the fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.html import HtmlElement

from crawler.read import tree
from crawler.read.decode import decode
from crawler.read.fingerprint import family_of, named_family
from crawler.read.legacy import may_need_repair, repair_tree
from crawler.read.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPage:
    """One page, ready to be read. The tree is shared: readers copy what they change."""

    url: str
    base_url: str
    """What relative links resolve against: the page's `<base>`, else its address."""
    text: str
    """The markup as text, NFC."""
    source: bytes
    """The same in UTF-8: half as long, and searched in half the time."""
    tree: HtmlElement
    encoding: str
    repairs: tuple[str, ...] = ()
    """What had to be done to the bytes to get at the text, such as a legacy encoding undone."""
    size: int = 0
    """Bytes before decoding."""
    head: bytes = b""
    """The first bytes as they came: enough to tell a file from a page."""
    profile: Profile | None = None


def parse_page(
    body: bytes,
    url: str,
    *,
    content_type: str | None = None,
    family: str | None = None,
) -> ParsedPage:
    """Decode and parse a page; `family` forces a profile by name, `none` forbids one.

    Never raises on what the bytes are: anything at all becomes some tree.
    """
    decoded = decode(body, content_type)
    root = tree.parse(decoded.source)
    mended = repair_tree(root) if may_need_repair(decoded.source, decoded.letters) else ()
    return ParsedPage(
        url=url,
        base_url=_base_of(root, url),
        text=decoded.text,
        source=decoded.source,
        tree=root,
        encoding=decoded.encoding,
        repairs=(*decoded.repairs, *mended),
        size=len(body),
        head=body[:1024],
        profile=_profile_of(decoded.source, family),
    )


def resolve(page: ParsedPage, href: str) -> str | None:
    """An absolute http(s) address, or None where the link leads nowhere that can be fetched."""
    address = _joined(page.base_url, href)
    return address if address.startswith(("http://", "https://")) else None


def _base_of(root: HtmlElement, url: str) -> str:
    base = next((href for node in root.iter("base") if (href := node.get("href"))), None)
    address = _joined(url, base) if base else url
    return address if address.startswith(("http://", "https://")) else url


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:  # such as http://[
        return ""


def _profile_of(markup: bytes, family: str | None) -> Profile | None:
    if family is None or family == "auto":
        return family_of(markup)
    return None if family == "none" else named_family(family)
