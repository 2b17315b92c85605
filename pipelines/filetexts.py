"""Takes the text out of the files that a crawl brought in, and makes it searchable with their articles.

It is a pass of its own, after the crawl: a file that crashes its reader costs the crawl nothing, and a kill leaves
the rows `pending` for the next pass. Pictures are never read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from pipelines.database import writing
from pipelines.filetext import FileText, FileTexts, lacks_library
from pipelines.search import index_article

BATCH = 50


def read_pending_files(db: Database, output: Path, *, tell: Callable[[int], None] | None = None) -> Counter[str]:
    """Read every file that waits, newest first; how many ended in each state.

    A file that only wants a library that is not installed stays pending, so that it is read once it is there; so does
    one that is missing, until `govnews verify --repair` has made it again.
    """
    with writing(db):
        db.execute(
            "UPDATE files SET text_state = 'unsupported', text_detail = 'a picture' "
            "WHERE text_state = 'pending' AND mime LIKE 'image/%'"
        )
    counts: Counter[str] = Counter()
    before = db.execute("SELECT coalesce(max(rowid), 0) + 1 FROM files").fetchone()[0]
    with FileTexts() as texts:
        while rows := _waiting(db, before):
            for rowid, sha256, path, mime in rows:
                before = rowid
                if (output / path).is_file():
                    found = texts.extract(output / path, mime or "application/octet-stream")
                    counts["waiting" if lacks_library(found) else found.state] += 1
                    if not lacks_library(found):
                        _keep(db, sha256, found)
                else:
                    counts["missing"] += 1
                if tell is not None:
                    tell(sum(counts.values()))
    return counts


def _waiting(db: Database, before: int) -> list[tuple[int, str, str, str | None]]:
    return list(
        db.execute(
            "SELECT rowid, sha256, path, mime FROM files WHERE text_state = 'pending' AND rowid < ? "
            "ORDER BY rowid DESC LIMIT ?",
            [before, BATCH],
        )
    )


def _keep(db: Database, sha256: str, found: FileText) -> None:
    with writing(db):
        db.execute(
            "UPDATE files SET text = ?, text_state = ?, text_detail = ?, pages = ? WHERE sha256 = ?",
            [found.text, found.state, found.detail, found.pages, sha256],
        )
        if found.text:
            articles = db.execute("SELECT DISTINCT article FROM attachments WHERE sha256 = ?", [sha256]).fetchall()
            for (article,) in articles:
                index_article(db, article)
