"""An article as the JSON that `govnews read`, `check` and `export` promise."""

from __future__ import annotations

from typing import Any

from pipelines.clock import page_time
from pipelines.items import Article


def article_json(article: Article) -> dict[str, Any]:
    """The promised keys in their promised order; times as ISO 8601 text, absent values as None."""
    return {
        "url": article.url,
        "site": article.site,
        "title": article.title,
        "lead": article.lead,
        "body": article.body,
        "body_html": article.body_html,
        "published_at": None if article.published_at is None else page_time(article.published_at),
        "published_text": article.published_text,
        "modified_at": None if article.modified_at is None else page_time(article.modified_at),
        "author": article.author,
        "author_unit": article.author_unit,
        "byline_text": article.byline_text,
        "source": article.source,
        "category": article.category,
        "tags": list(article.tags),
        "language": article.language,
        "images": [{"url": item.url, "caption": item.caption, "credit": item.credit} for item in article.images],
        "attachments": [
            {"url": item.url, "label": item.label, "filename": item.filename} for item in article.attachments
        ],
        "family": article.family,
        "quality": article.quality,
        "fields": dict(article.fields),
    }
