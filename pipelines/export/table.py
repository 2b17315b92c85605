"""CSV (RFC 4180): one row an article, CRLF between rows, UTF-8, for spreadsheets and statistics.

A list becomes the lines of one cell; line *n* of `image_urls` and line *n* of `image_captions` belong to the same
picture. Tags are joined with `; `, as authors are.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and what a web page says is not to be
run: such a cell gets an apostrophe in front, as spreadsheets themselves mark text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from pipelines.articlejson import article_json
from pipelines.clock import stamp
from pipelines.storedarticles import StoredArticle

COLUMNS = (
    "id",
    "url",
    "site",
    "title",
    "lead",
    "body",
    "body_html",
    "published_at",
    "published_text",
    "modified_at",
    "author",
    "author_unit",
    "byline_text",
    "source",
    "category",
    "tags",
    "language",
    "image_urls",
    "image_captions",
    "image_credits",
    "attachment_urls",
    "attachment_labels",
    "attachment_filenames",
    "family",
    "quality",
    "state",
    "first_seen_at",
    "last_seen_at",
    "last_changed_at",
)

BOM = "\ufeff".encode()
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a cell begins that some spreadsheet takes for a formula, or strips to one; some take full-width signs too."""


def csv_rows(articles: Iterable[StoredArticle], *, bom: bool = False, guard: bool = True) -> Iterator[bytes]:
    """The table, row by row, the names of the columns first.

    Args:
        articles: in the order of the rows.
        bom: begin with a byte order mark, by which Excel knows UTF-8.
        guard: put an apostrophe before what a spreadsheet would take for a formula.
    """
    line = io.StringIO()
    writer = csv.writer(line)  # its usual dialect is that of RFC 4180
    if bom:
        yield BOM
    writer.writerow(COLUMNS)
    for stored in articles:
        yield _taken(line)
        cells = map(_cell, _values(stored))
        writer.writerow(map(_guarded, cells) if guard else cells)
    yield _taken(line)


def _taken(line: io.StringIO) -> bytes:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text.encode()


def _values(stored: StoredArticle) -> Iterator[object]:
    article = stored.article
    record = article_json(article) | {
        "id": stored.id,
        "tags": "; ".join(article.tags),
        "image_urls": _lines([image.url for image in article.images]),
        "image_captions": _lines([image.caption for image in article.images]),
        "image_credits": _lines([image.credit for image in article.images]),
        "attachment_urls": _lines([file.url for file in article.attachments]),
        "attachment_labels": _lines([file.label for file in article.attachments]),
        "attachment_filenames": _lines([file.filename for file in article.attachments]),
        "state": stored.state,
        "first_seen_at": stamp(stored.first_seen_at),
        "last_seen_at": stamp(stored.last_seen_at),
        "last_changed_at": stamp(stored.last_changed_at),
    }
    return (record[name] for name in COLUMNS)


def _lines(values: Sequence[str | None]) -> str:
    """One line a value, as many lines as there are values; nothing where all are missing."""
    return "\n".join(" ".join((value or "").split()) for value in values) if any(values) else ""


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
