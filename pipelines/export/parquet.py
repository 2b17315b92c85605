"""Parquet: typed columns for statistics, in groups of rows; needs the extra `parquet`.

`published_at` is a moment (UTC) where the page gives a time; `published_offset` keeps the page's own zone, in minutes
east of UTC, and `published_date` the page's own day, which is all there is where it gives no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from pipelines.articlejson import article_json
from pipelines.clock import day_of
from pipelines.errors import ExportError
from pipelines.items import PageDate
from pipelines.storedarticles import StoredArticle

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 2000
"""Rows that are written together. The file ends with a list of its groups, which is held in memory: where groups are
smaller, the list takes more than they save."""

BATCH = 100
"""Rows that are held as Python objects, which take several times the memory of Arrow's columns."""


def write_parquet(articles: Iterable[StoredArticle], file: BinaryIO) -> None:
    """Write the table into an open file.

    Raises:
        ExportError: the extra is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra, and a heavy one
        from pyarrow import parquet  # noqa: PLC0415  # the same
    except ImportError as error:
        raise ExportError('Parquet needs an extra: pip install "govnews-mirror[parquet]"') from error
    schema = _schema(pa)
    rows = map(_row, articles)
    batches = (pa.RecordBatch.from_pylist(some, schema) for some in iter(lambda: list(islice(rows, BATCH)), []))
    with parquet.ParquetWriter(file, schema, compression="zstd", write_statistics=NARROW) as writer:
        while group := list(islice(batches, GROUP // BATCH)):
            writer.write_table(pa.Table.from_batches(group, schema))


def _schema(arrow: Any) -> pa.Schema:
    text, moment = arrow.string(), arrow.timestamp("ms", tz="UTC")
    image = arrow.struct([("url", text), ("caption", text), ("credit", text)])
    attachment = arrow.struct([("url", text), ("label", text), ("filename", text)])
    types: Mapping[str, Any] = {
        "id": arrow.int64(),
        "published_at": moment,
        "published_offset": arrow.int16(),
        "published_date": arrow.date32(),
        "modified_at": moment,
        "modified_date": arrow.date32(),
        "tags": arrow.list_(text),
        "images": arrow.list_(image),
        "attachments": arrow.list_(attachment),
        "quality": arrow.float64(),
        "first_seen_at": moment,
        "last_seen_at": moment,
        "last_changed_at": moment,
    }
    return arrow.schema([(name, types.get(name, text)) for name in COLUMNS])


COLUMNS = (
    "id",
    "url",
    "site",
    "title",
    "lead",
    "body",
    "body_html",
    "published_at",
    "published_offset",
    "published_date",
    "published_text",
    "modified_at",
    "modified_date",
    "author",
    "author_unit",
    "byline_text",
    "source",
    "category",
    "tags",
    "language",
    "images",
    "attachments",
    "family",
    "quality",
    "state",
    "first_seen_at",
    "last_seen_at",
    "last_changed_at",
)


NARROW = [name for name in COLUMNS if name not in {"title", "lead", "body", "body_html", "images", "attachments"}]
"""Columns of which each group of rows notes the least and the greatest value; of long texts that would be texts."""


def _row(stored: StoredArticle) -> Mapping[str, object]:
    article = stored.article
    return article_json(article) | {
        "id": stored.id,
        "published_at": _moment(article.published_at),
        "published_offset": _offset(article.published_at),
        "published_date": _day(article.published_at),
        "modified_at": _moment(article.modified_at),
        "modified_date": _day(article.modified_at),
        "state": stored.state,
        "first_seen_at": stored.first_seen_at,
        "last_seen_at": stored.last_seen_at,
        "last_changed_at": stored.last_changed_at,
    }


def _moment(value: PageDate | None) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _day(value: PageDate | None) -> date | None:
    return None if value is None else day_of(value)


def _offset(value: PageDate | None) -> int | None:
    offset = value.utcoffset() if isinstance(value, datetime) else None
    return None if offset is None else int(offset.total_seconds() // 60)
