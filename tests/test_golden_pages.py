"""Every folder of `tests/pages` is a case: a page, when it was fetched and from where, and what reading it must say.

Adding a case is adding a folder with `page.html` (or `page.html.gz`), `meta.json` (`url`, and where they matter
`content_type`, `fetched_at`, `family`) and `expected.json` (the promised JSON of an article as far as the case is
about it, or `{"not_article": reason}`). A field that the expectation leaves out is not compared.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.read import NotArticle, article_json, read_page

PAGES = Path(__file__).resolve().parent / "pages"
FOLDERS = sorted(path.parent for path in PAGES.glob("*/expected.json"))
CASES = [pytest.param(folder, id=folder.name) for folder in FOLDERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    body: bytes
    meta: dict[str, Any]
    expected: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Golden:
        packed = folder / "page.html.gz"
        body = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "page.html").read_bytes()
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        return cls(body=body, meta=meta, expected=expected)

    def read(self) -> dict[str, Any]:
        fetched = self.meta.get("fetched_at")
        reading = read_page(
            self.body,
            self.meta["url"],
            content_type=self.meta.get("content_type"),
            fetched_at=datetime.fromisoformat(fetched) if fetched else None,
            family=self.meta.get("family"),
        )
        return (
            {"url": reading.url, "not_article": reading.reason}
            if isinstance(reading, NotArticle)
            else article_json(reading)
        )


def test_there_are_golden_pages() -> None:
    assert len(FOLDERS) > 20


@pytest.mark.parametrize("folder", CASES)
def test_a_golden_page_reads_as_expected(folder: Path) -> None:
    golden = Golden.load(folder)
    found = golden.read()
    wrong = {
        name: {"expected": value, "found": found.get(name, "(absent)")}
        for name, value in golden.expected.items()
        if found.get(name, "(absent)") != value
    }
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("folder", CASES)
def test_reading_a_golden_page_twice_gives_the_same(folder: Path) -> None:
    golden = Golden.load(folder)
    assert golden.read() == golden.read()
