"""What a person sees while a crawl runs: a live table on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from scrapy import signals
from scrapy.crawler import Crawler

from crawler.sitefile import Site
from pipelines.items import Article, FileItem, PageItem

LINE_EVERY = 10.0
"""Seconds between two plain lines of one crawl."""


@dataclass(slots=True)
class Tally:
    """What one crawl did so far, for the eye only; the database counts for itself."""

    requests: int = 0
    articles: int = 0
    files: int = 0
    problems: int = 0
    last: str = ""


class Progress:
    """Follows crawls through Scrapy's signals."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._quiet = quiet
        self._tallies: dict[str, Tally] = {}
        self._live: Live | None = None
        self._last_line = time.monotonic()

    def follow(self, crawler: Crawler, site: Site) -> None:
        tally = self._tallies[site.name] = Tally()

        def kept(item: PageItem | FileItem) -> None:
            _count(tally, item)
            self._show()

        crawler.signals.connect(kept, signals.item_scraped, weak=False)

    def __enter__(self) -> Self:
        if not self._quiet and self._console.is_terminal:
            self._live = Live(self._table(), console=self._console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def _show(self) -> None:
        if self._live is not None:
            self._live.update(self._table())
        elif not self._quiet and time.monotonic() - self._last_line >= LINE_EVERY:
            self._last_line = time.monotonic()
            for name, tally in self._tallies.items():
                self._console.print(_line(name, tally), highlight=False)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for heading in ("site", "requests", "articles", "files", "problems"):
            table.add_column(heading, justify="left" if heading == "site" else "right")
        table.add_column("last", overflow="ellipsis", no_wrap=True)
        for name, tally in self._tallies.items():
            numbers = (tally.requests, tally.articles, tally.files, tally.problems)
            table.add_row(name, *map(str, numbers), tally.last)
        return table


def _count(tally: Tally, item: PageItem | FileItem) -> None:
    tally.requests += 1
    tally.last = item.capture.url
    if isinstance(item, FileItem):
        tally.files += item.state == "stored"
    else:
        tally.articles += isinstance(item.reading, Article)
    tally.problems += item.capture.status is None or item.capture.status >= 400


def _line(name: str, tally: Tally) -> str:
    return (
        f"{name}: {tally.requests} requests, {tally.articles} articles, {tally.files} files, "
        f"{tally.problems} problems; {tally.last}"
    )
