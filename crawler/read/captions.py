"""Pictures of an article and their captions, decided by what stands next to the picture in the tree.

Works on the clean copy of the body and marks what it finds there: a picture and its caption become a `figure` with
its `figcaption`, in their place.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.read.boilerplate import text_length
from crawler.read.bylines import read_credit
from crawler.read.files import absolute_address
from crawler.read.lead import is_called_lead
from crawler.read.markup import around, drop, finder, text_of
from crawler.read.words import clean
from pipelines.items import Image

CAPTION_LENGTH = 300
PLAIN_CAPTION_LENGTH = 160
"""A plain paragraph under a picture is a caption only when it is short and does not end as a sentence does."""

SHORTEST_CAPTION = 4
CREDIT = "data-credit"
"""Where a picture's credit waits once it is off the caption; the safe HTML has no such attribute."""
_ENDS = re.compile(r"[.!?:;…]\s*[”\"')\]]*\s*$")
_CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_SIDES = ("p", "div", "figcaption", "center", "h6", "h5", "em", "i", "span", "b", "strong")
_CAPTIONS = finder("descendant::*[self::figcaption or contains(@class, 'caption') or contains(@class, 'Caption')]")
_CREDIT = re.compile(
    r"""(?:[\s,;:|/–—-]*
    (?:©|\(c\)|\bcopyright\b|(?<![(\[\w])(?:photo(?:graph)?s?|image|picture|fotos?|bild(?:er|quelle|nachweis|rechte)?|imagen|imágenes
      |crédits?(?:\sphoto)?|créditos?|credits?|fot|zdjęcie|zdj|quelle|source|fuente|fonte|foto\sde|foto\svon)
      (?:\.|\s?:|\s?/|\s?©|\sby:?|\svia)(?=\s?\S)
    )\s*(?P<who>.{2,80})
    |\s*(?:[(\[][^()]{0,60}|[/|–—-]\s?[^()/|–—-]{0,40})\b(?:afp|dpa|getty\simages|reuters|ap\sphoto|ap|istock(?:photo)?|shutterstock|unsplash
      |pixabay|pexels|pap|efe|ansa|imago|picture[\s-]alliance|fotolia|adobe\s?stock|stock\.adobe\.com|flickr|wikimedia
      |cc[\s-]by|public\sdomain|domena\spubliczna|gemeinfrei)\b[^()]{0,40}\)?
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""The agency, licence or photographer that a caption ends with.

A photographer in brackets is the caption's own writing, and so is the Vietnamese way, which `read_credit` reads.
"""
_JUNK_WORDS = (
    *("icon", "logo", "spacer", "blank", "pixel", "emoji", "smil", "avatar", "gravatar", "button", "arrow", "bullet"),
    *("loading", "fgimg", "print", "facebook", "twitter", "zalo", "share"),
)
_JUNK_PICTURE = re.compile(
    rf"(?:{'|'.join(_JUNK_WORDS)})[^/]*\.(?:gif|png|jpe?g|svg|webp)|/(?:icons?|emoji|smileys?)/", re.IGNORECASE
)


def mark_captions(root: HtmlElement) -> None:
    """Turn each picture with its caption into a `figure`, where they stand."""
    for image in list(root.iter("img")):
        if next((node for node in around(image) if node.tag == "figure"), None) is not None:
            continue
        if image.getparent() is None or is_junk_picture(image):
            continue
        if not _table_figure(image, root):
            _paragraph_figure(image, root)


def split_off_credits(root: HtmlElement) -> None:
    """Take photographers, agencies and licences off the captions; they stay with the picture, as its credit."""
    for caption in _CAPTIONS(root):
        text = clean(text_of(caption))
        if (
            not 0 < len(text) <= CAPTION_LENGTH
            or caption.getparent() is None
            or next(caption.iter("img"), None) is not None
        ):
            continue
        credit = _CREDIT.search(text)
        if credit is None:
            continue
        image = _pictured(caption)
        if image is not None:
            image.set(CREDIT, (credit["who"] or credit[0]).strip(" .,;:|/()[]–—-"))
        kept = text[: credit.start()]
        if len(kept) < SHORTEST_CAPTION:
            drop(caption)
        else:
            tail, name = caption.tail, caption.get("class")
            caption.clear()
            caption.text, caption.tail = kept, tail
            if name:
                caption.set("class", name)


def _pictured(caption: HtmlElement) -> HtmlElement | None:
    """The picture that a caption belongs to: the only one in one of the elements around it."""
    for node in list(around(caption))[:3]:
        images = list(node.iter("img"))
        if images:
            return images[0] if len(images) == 1 else None
    return None


def images_of(root: HtmlElement, base_url: str) -> tuple[Image, ...]:
    """The article's pictures in order, each with the caption of its figure and the credit in it."""
    found: dict[str, Image] = {}
    for image in root.iter("img"):
        address = picture_address(image, base_url)
        if address is None or address in found or is_junk_picture(image):
            continue
        caption = _caption_of(image)
        credit = image.get(CREDIT) or (read_credit(caption)[0] if caption else None)
        found[address] = Image(url=address, caption=caption, credit=credit)
    return tuple(found.values())


def picture_address(image: HtmlElement, base_url: str) -> str | None:
    """The absolute address of a picture; None for one without an address of its own."""
    source = (image.get("src") or "").strip()
    if not source or source in ("/", "#") or source.startswith("data:"):
        return None
    return absolute_address(source, base_url)


def is_junk_picture(image: HtmlElement) -> bool:
    """Icons, smileys and counting pixels, by name or by size."""
    return _is_junk_name(image.get("src") or "") or _is_tiny(image.get("width")) or _is_tiny(image.get("height"))


@lru_cache(maxsize=1024)
def _is_junk_name(source: str) -> bool:
    lowered = source.lower()
    if lowered.startswith("data:"):
        return True
    is_suspect = any(word in lowered for word in _JUNK_WORDS)  # a tenth of the pattern's time, and most are none
    return is_suspect and _JUNK_PICTURE.search(source) is not None


def _is_tiny(size: str | None) -> bool:
    if not size:
        return False
    number = size.strip().removesuffix("px")
    return number.isdecimal() and len(number) < 5 and int(number) < 40


def _caption_of(image: HtmlElement) -> str | None:
    figure = next((node for node in around(image) if node.tag == "figure"), None)
    if figure is None:
        return None
    caption = next(figure.iter("figcaption"), None)
    return (clean(text_of(caption)) or None) if caption is not None else None


def _table_figure(image: HtmlElement, root: HtmlElement) -> bool:
    """A table that holds one picture, and its caption in the next row: Word's and CKEditor's way."""
    table = next((node for node in around(image) if node.tag == "table"), None)
    if table is None or table is root or table.getparent() is None or text_length(table) > CAPTION_LENGTH:
        return False
    if _has(table, 2, "img") or _has(table, 5, "td", "th") or root in table.iter():
        return False
    figure = _figure(image, clean(text_of(table)))
    figure.tail = table.tail
    table.getparent().replace(table, figure)
    return True


def _has(node: HtmlElement, number: int, *tags: str) -> bool:
    """Whether there are at least so many elements of some tags under a node."""
    return next(islice(node.iter(*tags), number - 1, None), None) is not None


def _paragraph_figure(image: HtmlElement, root: HtmlElement) -> None:
    """A picture alone in its paragraph, and the short paragraph after it (or the line after it in the same one)."""
    home = _home(image, root)
    if home is None or is_called_lead(home):
        return
    own_text = text_length(home)
    if own_text:
        if own_text <= CAPTION_LENGTH and _is_caption(home, own_text) and not _has(home, 2, "img"):
            _replace(home, _figure(image, clean(text_of(home))))
        return
    after = home.getnext()
    if (
        after is None
        or after.tag not in _SIDES
        or is_called_lead(after)
        or (home.tail or "").strip()
        or next(after.iter("img"), None) is not None
    ):
        return
    length = text_length(after)
    if length and _is_caption(after, length) and not _has(home, 2, "img"):
        figure = _figure(image, clean(text_of(after)))
        after.getparent().remove(after) if not (after.tail or "").strip() else after.drop_tree()
        _replace(home, figure)


def _home(image: HtmlElement, root: HtmlElement) -> HtmlElement | None:
    """The paragraph around a picture: the outermost element that holds nothing else but perhaps a line of text."""
    home = image
    for node in around(image):
        if node is root or node.tag in ("td", "th", "li", "body", "tr"):
            break
        length = text_length(node)
        if length > CAPTION_LENGTH or _has(node, 2, "img") or (length and _has(node, 3, "p", "div", "h2", "h3", "li")):
            break
        home = node
    return home if home is not image else None


def _is_caption(node: HtmlElement, length: int) -> bool:
    if length > CAPTION_LENGTH:
        return False
    if node.tag == "figcaption" or _is_centred(node) or _is_emphasised(node, length):
        return True
    return length <= PLAIN_CAPTION_LENGTH and not _ENDS.search(text_of(node))


def _is_centred(node: HtmlElement) -> bool:
    return (
        (node.get("align") or "").lower() == "center"
        or bool(_CENTRED.search(node.get("style") or ""))
        or "text-center" in (node.get("class") or "")
        or node.tag == "center"
    )


def _is_emphasised(node: HtmlElement, length: int) -> bool:
    if node.tag in ("em", "i"):
        return True
    return any(text_length(part) >= length * 0.9 for part in node.iter("em", "i"))


def _figure(image: HtmlElement, caption: str) -> HtmlElement:
    figure = image.makeelement("figure")
    picture = image.makeelement("img", dict(image.attrib))
    figure.append(picture)
    if caption:
        line = image.makeelement("figcaption")
        line.text = caption
        figure.append(line)
    return figure


def _replace(node: HtmlElement, figure: HtmlElement) -> None:
    figure.tail = node.tail
    parent = node.getparent()
    if parent is not None:
        parent.replace(node, figure)
