"""The second item pipeline: doubts about a record are written on it; nothing is ever dropped for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipelines.clock import day_of
from pipelines.items import Article, PageDate, PageItem

OLDEST = date(1997, 1, 1)
"""Viet Nam's first public web sites; an earlier day is a typing error or a database's zero."""

LONGEST_TITLE = 500
LONGEST_AUTHOR = 120


class ValidatePipeline:
    """The Scrapy hook around `validate`."""

    def process_item(self, item: Any) -> Any:
        if isinstance(item, PageItem):
            return validate(item)
        return item


def validate(item: PageItem) -> PageItem:
    """The item with the doubts about its article written down in `problems`."""
    if not isinstance(item.reading, Article):
        return item
    found = tuple(problems_of(item.reading, fetched_at=item.capture.fetched_at))
    return replace(item, reading=replace(item.reading, problems=found)) if found else item


def problems_of(article: Article, *, fetched_at: datetime) -> list[str]:
    """The doubts, each a short word that reports can count."""
    checks = {
        "no_title": not article.title,
        "long_title": len(article.title) > LONGEST_TITLE,
        "no_body": not article.body and not article.attachments,
        "lead_in_body": bool(article.lead) and article.body.startswith(article.lead or ""),
        "title_is_lead": bool(article.lead) and article.lead == article.title,
        "long_author": len(article.author or "") > LONGEST_AUTHOR,
        "date_in_future": _later(article.published_at, fetched_at + timedelta(days=1)),
        "date_too_old": article.published_at is not None and day_of(article.published_at) < OLDEST,
    }
    return [problem for problem, holds in checks.items() if holds]


def _later(value: PageDate | None, limit: datetime) -> bool:
    if value is None:
        return False
    if isinstance(value, datetime):
        return value > limit
    return value > limit.astimezone(UTC).date() + timedelta(days=1)
