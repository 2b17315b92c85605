"""The first item pipeline: every text of an article in one form (NFC, no stray space, absent instead of empty)."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from pipelines.items import Article, Attachment, FoundLink, Image, PageItem

TEXT_FIELDS = (
    "title",
    "lead",
    "published_text",
    "author",
    "author_unit",
    "byline_text",
    "source",
    "category",
)


class NormalisePipeline:
    """The Scrapy hook around `normalise`."""

    def process_item(self, item: Any) -> Any:
        if isinstance(item, PageItem):
            return normalise(item)
        return item


def normalise(item: PageItem) -> PageItem:
    """The item with its article and link titles in one form; doing it twice changes nothing."""
    reading = normalise_article(item.reading) if isinstance(item.reading, Article) else item.reading
    return replace(item, reading=reading, links=tuple(map(_normalise_link, item.links)))


def normalise_article(article: Article) -> Article:
    lines: dict[str, Any] = {name: one_line(getattr(article, name)) for name in TEXT_FIELDS}
    lines["title"] = lines["title"] or ""
    return replace(
        article,
        **lines,
        body=_nfc_lines(article.body),
        body_html=unicodedata.normalize("NFC", article.body_html).strip(),
        tags=_distinct(article.tags),
        images=tuple(map(_normalise_image, article.images)),
        attachments=tuple(map(_normalise_attachment, article.attachments)),
    )


def one_line(text: str | None) -> str | None:
    """NFC with every run of white space (no-break spaces too) as one space; None when nothing is left."""
    return " ".join(unicodedata.normalize("NFC", text).split()) or None if text else None


def _nfc_lines(text: str) -> str:
    """Lines without stray space; the tabs between the cells of a table's row stay."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    rows = ("\t".join(" ".join(cell.split()) for cell in line.split("\t")) for line in lines)
    return "\n".join(row for row in rows if row.strip())


def _distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts in their order, each spelling once, whatever its case."""
    kept: dict[str, str] = {}
    for text in filter(None, map(one_line, texts)):
        kept.setdefault(text.casefold(), text)
    return tuple(kept.values())


def _normalise_image(image: Image) -> Image:
    return replace(image, caption=one_line(image.caption), credit=one_line(image.credit))


def _normalise_attachment(attachment: Attachment) -> Attachment:
    return replace(attachment, label=one_line(attachment.label), filename=one_line(attachment.filename))


def _normalise_link(link: FoundLink) -> FoundLink:
    title, date_text = one_line(link.title), one_line(link.date_text)
    # A sitemap has fifty thousand of them, and most are as they should be.
    if title == link.title and date_text == link.date_text:
        return link
    return replace(link, title=title, date_text=date_text)
