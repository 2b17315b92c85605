"""Keeps whole items out of the log: a scraped page is thousands of lines, and its row is in the database.

Scrapy makes a record of every answer and every item, and leaves it to the handlers whether anybody reads it. Below the
level of the log none is made here.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter, LogFormatterResult

from pipelines.errors import GovnewsError
from pipelines.items import FileItem, PageItem


class QuietLogFormatter(LogFormatter):
    """Names an item by its address; `is_told_all`: the log is read down to its last level."""

    def __init__(self, *, is_told_all: bool) -> None:
        self._is_told_all = is_told_all

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(is_told_all=crawler.settings["LOG_LEVEL"] in {"DEBUG", "NOTSET"})

    # Scrapy's types do not say it, but its engine does: None is no record.
    def crawled(  # type: ignore[override]
        self, request: Any, response: Any, spider: Any
    ) -> LogFormatterResult | None:
        return super().crawled(request, response, spider) if self._is_told_all else None

    def scraped(  # type: ignore[override]
        self, item: Any, response: Any, spider: Any
    ) -> LogFormatterResult | None:
        del response, spider
        if not self._is_told_all:
            return None
        return {"level": logging.DEBUG, "msg": "kept %(url)s", "args": {"url": _address(item)}}

    def item_error(self, item: Any, exception: Any, response: Any, spider: Any) -> LogFormatterResult:
        del response, spider
        args = {"url": _address(item), "error": exception}
        # Scrapy adds a traceback. That the disk is full is no fault of ours, and the outcome of the run says it.
        level = logging.DEBUG if isinstance(exception, sqlite3.Error | GovnewsError) else logging.ERROR
        return {"level": level, "msg": "%(url)s could not be kept: %(error)s", "args": args}


def _address(item: Any) -> str:
    return item.capture.url if isinstance(item, PageItem | FileItem) else repr(item)
