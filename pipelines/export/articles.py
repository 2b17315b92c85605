"""Streams the chosen articles of one moment of the mirror through one of the formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from sqlite_utils import Database

from pipelines.export.feed import atom_feed
from pipelines.export.jsonlines import json_lines
from pipelines.export.parquet import write_parquet
from pipelines.export.snapshot import snapshot
from pipelines.export.table import csv_rows
from pipelines.storedarticles import Selection, StoredArticle, refuse_unknown_sites, stored_articles

Tell = Callable[[int], None]
"""Told how many articles are written."""

TELL_EVERY = 100


class ArticleExport:
    """One export of articles: `written` counts them. The same mirror gives the same bytes.

    Args:
        db: the mirror, for reading.
        selection: which articles.
        tell: follows the progress.

    Raises:
        StoreError: the mirror does not hold one of the sites, is older than this program, or holds a damaged row.
    """

    def __init__(self, db: Database, selection: Selection, *, tell: Tell | None = None) -> None:
        refuse_unknown_sites(db, selection.sites)
        self._db = db
        self._selection = selection
        self._tell = tell
        self.written = 0

    def jsonl(self, file: BinaryIO) -> None:
        self._write(file, json_lines)

    def csv(self, file: BinaryIO, *, bom: bool = False, guard: bool = True) -> None:
        self._write(file, lambda articles: csv_rows(articles, bom=bom, guard=guard))

    def atom(self, file: BinaryIO) -> None:
        self._write(file, lambda articles: atom_feed(self._db, self._selection, articles))

    def parquet(self, file: BinaryIO) -> None:
        with snapshot(self._db):
            write_parquet(self._articles(), file)

    def _write(self, file: BinaryIO, pieces: Callable[[Iterable[StoredArticle]], Iterator[bytes]]) -> None:
        with snapshot(self._db):
            file.writelines(pieces(self._articles()))

    def _articles(self) -> Iterator[StoredArticle]:
        for stored in stored_articles(self._db, self._selection.ids(self._db)):
            yield stored
            self.written += 1
            if self._tell is not None and self.written % TELL_EVERY == 0:
                self._tell(self.written)
