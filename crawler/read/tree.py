"""Text in, tree out: the one parse of a page, made safe against whatever the markup does.

libxml2 parses fast and well, with four habits that lose a page: it stops at the first `</html>`, it takes the rest
of a page for the comment that nobody closed, it stops below 256 (or, told to, 2,048) nested elements, and it keeps
control characters that the rest of lxml refuses. The first three are looked for before or after the parse; only
when the tree still holds next to nothing of a long text does the slower, more tolerant parser get its turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HTMLParser

MAX_DEPTH: Final = 256
"""No tree from `parse` is deeper than this many elements, so that a walk by recursion is safe."""

VIETNAMESE_LETTERS: Final = frozenset("ĂăĐđĨĩŨũƠơƯư") | frozenset(map(chr, range(0x1EA0, 0x1EFA)))
"""The letters that Vietnamese writes and Western Europe does not: outside Latin-1, and with few other users."""

_EMPTY: Final = b"<html><head></head><body></body></html>"
_UNWANTED: Final = bytes(code for code in range(0x20) if code not in b"\t\n\f\r") + b"\x7f"
_FORM_FEED_AS_SPACE: Final = bytes.maketrans(b"\f", b" ")
_FEW_ELEMENTS: Final = 20
_LONG_MARKUP: Final = 2_000
_START: Final = 2_000
_PRINTED_TAG: Final = re.compile(rb"&lt;/?o:[a-z]+\s*/?&gt;")
"""A paragraph mark of Word that an editor took for text; no reader was meant to see it (sites of EasyWebHub)."""
_SAMPLED: Final = 5_000
_FORBIDDEN: Final = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|127|6553[45])(?![0-9])"
    rb"|[xX]0*(?:[1-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
"""References to characters that the parser takes, and that lxml then refuses to move or to set."""
_MANY_COMMENTS: Final = 5_000
"""Comments from which on they are taken out first: among them, an XPath for texts takes the square of their number."""
_MANY_SIGNS: Final = 500
_BOGUS_COMMENT: Final = re.compile(rb"<[!?][^<>]*>")
_STRETCH: Final = 20_000
_MAX_ATTRIBUTES: Final = 500
"""Attributes of one tag; the parser takes the cube of their number, a minute for 80,000."""
_ATTRIBUTE: Final = re.compile(rb"[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+")
_START_TAG: Final = re.compile(rb"<[A-Za-z][^\s/>]*+(?:[\s/]++|" + _ATTRIBUTE.pattern + rb")*+")
_MAX_TAGS: Final = 1_000_000
"""Tags of a page that are parsed: a tree takes about 250 bytes for each, whatever its own length."""
_RESCUED: Final = 2_000_000
"""Bytes of a lost page that are looked at again."""
_TOLERATED: Final = 150_000
"""Characters that the tolerant parser is given at most: it takes seconds for as much of the worst markup."""

_NOT_A_TAG: Final = re.compile(r"<(?![A-Za-z/][^<>]*>)")
_DECLARATION: Final = re.compile(r"<[!?][^<>]*>")
_TAG: Final = re.compile(r"<[^<>]*>")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
_HIDING: Final = (
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<script\b", re.IGNORECASE), re.compile(r"</script[^<>]*>", re.IGNORECASE)),
    (re.compile(r"<style\b", re.IGNORECASE), re.compile(r"</style[^<>]*>", re.IGNORECASE)),
)
_SWALLOWING: Final = ("script", "style", "title", "textarea", "xmp", "noembed", "noframes", "iframe", "plaintext")
"""Elements whose content is text up to their end tag: without one, the rest of the page."""
_SWALLOWING_TAGS: Final = tuple(
    (re.compile(rf"<{name}\b[^<>]*>", re.IGNORECASE), re.compile(rf"</{name}\b", re.IGNORECASE)) for name in _SWALLOWING
)
_TRAILER: Final = re.compile(rb"\s*+(?:(?><!--.*?-->)\s*+)*+", re.DOTALL)
"""What may stand after the end of a page: comments, such as those of a proxy or an archive."""
_SUBTAG: Final = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z0-9])")


def parse(page: str | bytes) -> HtmlElement:
    """The `html` element of a page, whatever the text is.

    Never raises on the markup; time and memory grow with the length of the text alone. Text without any markup
    becomes a body, an empty text an empty body. The tree is at most `MAX_DEPTH` elements deep.

    Args:
        page: the text, or (which saves encoding it again) its UTF-8 as `decode` gives it, without control codes.
    """
    source = _prepared(page if isinstance(page, bytes) else _encoded(page))
    root = _whole(source)
    if root is not None and _has_many(root, _MANY_COMMENTS, etree.Comment, etree.PI):
        source = _BOGUS_COMMENT.sub(b"", b"".join(_without_comments(source)))
        root = _whole(source)
    if root is None or isinstance(_last_node(root)[0], HtmlComment):
        closed = _with_comments_closed(source)
        root = _whole(closed) if closed != source else root
    if root is None or _is_cut(root, MAX_DEPTH + 1) or _has_lost(root, source):
        root = _rescued(source[:_RESCUED])
    return _empty() if root is None else root


def language_of(text: str, declared: str | None) -> str | None:
    """`vi` where the text's letters say so, else the primary subtag that the page declares, else None.

    A page that declares Vietnamese while a text of some length has no Vietnamese letter is a foreign page in a
    Vietnamese template: None.
    """
    sample = text[:_SAMPLED].encode("utf-8", "replace")
    plain = len(sample.translate(None, _NO_LETTERS))
    vietnamese = 0
    for letter in _VIETNAMESE_BYTES:
        vietnamese += sample.count(letter)
        if vietnamese >= 2 and vietnamese >= 0.04 * plain:
            return "vi"
    subtag = _SUBTAG.match(declared or "")
    language = subtag.group(1).lower() if subtag else None
    is_doubtful = language == "vi" and plain >= 300 and vietnamese < 0.005 * plain
    return None if is_doubtful else language


_NO_LETTERS: Final = bytes(code for code in range(0x100) if not chr(code).isalpha() or code >= 0x80)
_VIETNAMESE_BYTES: Final = (b"\xe1\xba", b"\xe1\xbb", b"\xc6\xa0", b"\xc6\xa1", b"\xc6\xaf", b"\xc6\xb0")
"""The first bytes of Ạ to ỹ in UTF-8 (a few rare Latin letters share them), and Ơ ơ Ư ư."""


# ------------------------------------------------------------------ before the parse


def _encoded(text: str) -> bytes:
    return text.removeprefix("\ufeff").encode("utf-8", "replace").translate(_FORM_FEED_AS_SPACE, _UNWANTED)


def _prepared(source: bytes) -> bytes:
    """The page without what would end the parse early, overfill memory, poison the tree, or show an editor's tags."""
    if b"\xef" in source:  # U+FFFE and U+FFFF: lxml refuses to set a text that holds them
        source = source.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    if _may_hold_forbidden(source):
        source = _FORBIDDEN.sub(b"", source)
    if b"&lt;o:" in source:
        source = _PRINTED_TAG.sub(b"", source)
    if _has_long_stretch(source):
        source = _START_TAG.sub(_with_fewer_attributes, source)
    if len(source) > 3 * _MAX_TAGS and source.count(b"<") > _MAX_TAGS:
        source = b"<".join(source.split(b"<", _MAX_TAGS)[:-1])
    return _without_early_end(source)


def _may_hold_forbidden(source: bytes) -> bool:
    """Whether there is a forbidden reference, or too many number signs to look at each.

    A single byte is found many times faster than a pattern, and most pages have few of this one.
    """
    place = source.find(b"#")
    for _ in range(_MANY_SIGNS):
        if place < 0:
            return False
        if place and _FORBIDDEN.match(source, place - 1):
            return True
        place = source.find(b"#", place + 1)
    return True


def _without_comments(source: bytes) -> Iterator[bytes]:
    before, *parts = source.split(b"<!--")
    yield before
    for part in parts:
        hidden, end, shown = part.partition(b"-->")
        yield shown if end else b"<!--" + hidden


def _has_long_stretch(source: bytes) -> bool:
    """Whether so many bytes stand without a `<` that one tag may have thousands of attributes."""
    return any(source.find(b"<", at, at + _STRETCH) < 0 for at in range(0, len(source) - _STRETCH, _STRETCH))


def _with_fewer_attributes(tag: re.Match[bytes]) -> bytes:
    if tag.end() - tag.start() < _STRETCH:
        return tag[0]
    ends = [attribute.end() for attribute in islice(_ATTRIBUTE.finditer(tag[0]), _MAX_ATTRIBUTES)]
    return tag[0][: ends[-1]] if len(ends) == _MAX_ATTRIBUTES else tag[0]


def _without_early_end(source: bytes) -> bytes:
    """Without any `</html>` where one is followed by more of the page, as when a CMS prints two pages in one."""
    end = _end_outside_scripts(source, b"</html>")
    if end < 0 and b"<HTML" in source[:_START]:
        end = _end_outside_scripts(source, b"</HTML>")
    if end < 0 or _TRAILER.fullmatch(source, end + 7):
        return source
    return source.replace(b"</html>", b"").replace(b"</HTML>", b"")


def _end_outside_scripts(source: bytes, end_tag: bytes) -> int:
    """Where the first end tag is that no script writes, or -1."""
    position = 0
    while (end := source.find(end_tag, position)) >= 0:
        opened = source.rfind(b"<script", position, end)
        if opened < 0 or source.find(b"</script", opened, end) >= 0:
            return end
        position = source.find(b"</script", end)
        if position < 0:
            return -1
    return -1


def _with_comments_closed(source: bytes) -> bytes:
    """With a comment that nobody closed ending at the next `>`, as browsers once read it, rather than at the end."""
    opened = source.find(b"<!--", source.rfind(b"-->") + 1)
    return source if opened < 0 else source[:opened] + source[opened:].replace(b"<!--", b"<!")


# ------------------------------------------------------------------ the parse

# No table of the ids on the page, an eighth of the parse: nothing here asks for an element by its id alone.
_PARSER: Final = HTMLParser(encoding="utf-8", collect_ids=False)
_HUGE_PARSER: Final = HTMLParser(encoding="utf-8", huge_tree=True, collect_ids=False)
# lxml.html would ask Python for the class of every element, form or no form: a third of a reading's time.
for _parser in (_PARSER, _HUGE_PARSER):
    _parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment))
_HUGE_DEPTH: Final = 2048
_LONG_TEXT: Final = 9_000_000
"""Bytes from which the parser must be told to take any length: it refuses a single text of 10 MB."""


def _parsed(source: bytes, parser: HTMLParser) -> HtmlElement | None:
    """The tree, or None for nothing but blanks and comments."""
    try:
        root: HtmlElement | None = etree.fromstring(source, parser)
    except etree.XMLSyntaxError:  # a limit overstepped before the first element
        return None
    return root


def _whole(source: bytes) -> HtmlElement | None:
    """The tree, parsed again without the parser's own bounds where the first attempt ran into one."""
    root = _parsed(source, _PARSER) if len(source) < _LONG_TEXT else None
    if root is not None and not _is_cut(root, MAX_DEPTH):
        return root
    root = _parsed(source, _HUGE_PARSER)
    return root if root is None or _is_cut(root, _HUGE_DEPTH) else _lifted(root)


def _last_node(root: etree._Element) -> tuple[etree._Element, int]:
    """The node that the page ends in, and its depth."""
    depth = 1
    while len(root):
        root = root[-1]
        depth += 1
    return root, depth


def _is_cut(root: etree._Element, limit: int) -> bool:
    """Whether the parser stopped at its limit of depth: the deepest element is then the last one, too."""
    return _last_node(root)[1] >= limit


def _empty() -> HtmlElement:
    root: HtmlElement = etree.fromstring(_EMPTY, _PARSER)
    return root


def _lifted(root: HtmlElement) -> HtmlElement:
    """The tree with whatever lies too deep set beside its ancestor half way up.

    Pages that nest so deep have hundreds of tags that nobody closed, each inside the one before; what follows such
    a chain lies at its end, so that lifting it keeps the order of the text and the wrappers near the text.
    """
    lifted: list[tuple[etree._Element, etree._Element]] = []
    path: list[etree._Element] = []
    half = MAX_DEPTH // 2
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            path.pop()
            continue
        path.append(node)
        if len(path) > half + 1 and len(path) % half == 0:
            lifted.append((path[half - 1], node))
    for ancestor, node in reversed(lifted):
        ancestor.addnext(node)
    return root


# ------------------------------------------------------------------ when the parser lost the page


def _has_lost(root: HtmlElement | None, source: bytes) -> bool:
    """Whether a long text came out as next to nothing; a tree of some size is taken to be whole."""
    if len(source) < _LONG_MARKUP or (root is not None and _has_many(root, _FEW_ELEMENTS)):
        return False
    body = root.find("body") if root is not None else None
    kept = "" if body is None or _last_node(body)[0].tag in _SWALLOWING else body.text_content()
    visible = _TAG.sub(" ", _defused(source[:_RESCUED]))
    return len("".join(visible.split())) > 4 * len("".join(kept.split())) + _LONG_MARKUP // 2


def _has_many(root: HtmlElement, number: int, *kinds: Callable[..., etree._Element]) -> bool:
    """Whether a tree has more nodes than so many, of the kinds named or of any; cheap next to a count of tags."""
    return next(islice(root.iter(*kinds), number, None), None) is not None


def _rescued(source: bytes) -> HtmlElement | None:
    calm = _defused(source)
    root = _parsed(calm.encode(), _PARSER)
    if root is None or _is_cut(root, MAX_DEPTH) or _has_lost(root, calm.encode()):
        return _tolerant(calm[:_TOLERATED])
    return root


def _defused(source: bytes) -> str:
    """The markup without comments, scripts and styles, no tag left to swallow the rest, every stray `<` as text."""
    text = source.decode("utf-8", "ignore")
    for opener, closer in _HIDING:
        text = "".join(_outside(text, opener, closer))
    for opener, closer in _SWALLOWING_TAGS:
        if closer.search(text) is None:
            text = opener.sub(" ", text)
    return _NOT_A_TAG.sub("&lt;", _DECLARATION.sub(" ", text))


def _outside(text: str, opener: re.Pattern[str], closer: re.Pattern[str]) -> Iterator[str]:
    """What stands outside the pairs, in time linear in the text; a pair that is never closed hides nothing."""
    position = 0
    while (start := opener.search(text, position)) and (end := closer.search(text, start.end())):
        yield text[position : start.start()]
        position = end.end()
    yield text[position:]


def _tolerant(markup: str) -> HtmlElement:
    """The tree that Beautiful Soup makes of defused markup, as an lxml tree of bounded depth."""
    root = _empty()
    parents: list[etree._Element] = [*root.iterchildren("body")]
    walk: list[Iterator[PageElement]] = [iter(BeautifulSoup(markup, "html.parser").children)]
    words: list[str] = []
    while walk:
        node = next(walk[-1], None)
        if node is None:
            walk.pop()
            closed = parents.pop()
            if not parents or parents[-1] is not closed:
                _write(words, closed)
        elif isinstance(node, Tag):
            walk.append(iter(node.children))
            parents.append(_opened(node, parents[-1], words, depth=len(walk)))
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            words.append(node)
    return root


def _opened(tag: Tag, parent: etree._Element, words: list[str], *, depth: int) -> etree._Element:
    """The element that holds what the tag holds: a new one, but for the page's own frame and below the deepest."""
    if tag.name in ("html", "head", "body") or depth > MAX_DEPTH - 8:
        return parent
    _write(words, parent)
    name = tag.name if _NAME.fullmatch(tag.name) else "span"
    attributes = {key: " ".join(value) if isinstance(value, list) else str(value) for key, value in tag.attrs.items()}
    known = {key: value for key, value in attributes.items() if _NAME.fullmatch(key)}
    return etree.SubElement(parent, name, known)


def _write(words: list[str], parent: etree._Element) -> None:
    """Add the text read so far at the end of an element."""
    text = "".join(words)
    words.clear()
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
