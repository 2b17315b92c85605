"""Keeps whole items out of the log: a scraped page is thousands of lines, and its row is in the database."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from scrapy.logformatter import LogFormatter, LogFormatterResult

from pipelines.errors import GovnewsError
from pipelines.items import FileItem, PageItem


class QuietLogFormatter(LogFormatter):
    """Names an item by its address."""

    def scraped(self, item: Any, response: Any, spider: Any) -> LogFormatterResult:
        del response, spider
        return {"level": logging.DEBUG, "msg": "kept %(url)s", "args": {"url": _address(item)}}

    def item_error(self, item: Any, exception: Any, response: Any, spider: Any) -> LogFormatterResult:
        del response, spider
        args = {"url": _address(item), "error": exception}
        # Scrapy adds a traceback. That the disk is full is no fault of ours, and the outcome of the run says it.
        level = logging.DEBUG if isinstance(exception, sqlite3.Error | GovnewsError) else logging.ERROR
        return {"level": level, "msg": "%(url)s could not be kept: %(error)s", "args": args}


def _address(item: Any) -> str:
    return item.capture.url if isinstance(item, PageItem | FileItem) else repr(item)
