"""Reads saved pages as `govnews read` does: a file in, one JSON object out. Pure but for opening the file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crawler.read import read_page
from pipelines.articlejson import article_json
from pipelines.errors import GovnewsError
from pipelines.items import NotArticle

LARGEST = 64 * 1024 * 1024
"""Bytes of one unpacked page; what is more is cut, and a bomb of a .gz stays small."""


class UnreadableFileError(GovnewsError):
    """A saved page that cannot be opened."""


def read_lines(pages: Iterable[tuple[Path, str | None]], *, family: str | None) -> Iterator[dict[str, Any]]:
    """One record a page, in order: the article's JSON with `file` in front, or why it is no article."""
    for path, url in pages:
        address = url or path.absolute().as_uri()
        try:
            body = load_page(path)
        except UnreadableFileError as error:
            yield {"file": str(path), "url": url, "not_article": "unreadable_file", "detail": str(error)}
            continue
        reading = read_page(body, address, family=family)
        if isinstance(reading, NotArticle):
            yield {"file": str(path), "url": url or address, "not_article": reading.reason}
        else:
            yield {"file": str(path), **article_json(reading)}


def load_page(path: Path) -> bytes:
    """The bytes of a saved page, unpacked where it is gzip; UnreadableFileError says why it cannot be had."""
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == b"\x1f\x8b"
        if not is_gzip:
            with path.open("rb") as file:
                return file.read(LARGEST)
        with gzip.open(path) as unpacked:
            return unpacked.read(LARGEST)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(f"{path}: cannot be read ({error})") from error
