"""Finds the one page that `govnews check` is to show: a saved file, a capture of the mirror, or a live page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.archivedpages import archived_page
from crawler.choice import known_sites
from crawler.onepage import fetch_one
from crawler.read import read_page
from crawler.savedpages import load_page
from crawler.sitefile import Site, find_site
from pipelines.articlejson import article_json
from pipelines.clock import stamp
from pipelines.database import NAME, open_readonly
from pipelines.errors import GovnewsError
from pipelines.items import Article, NotArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """The bytes of one page, with what is known of them."""

    body: bytes
    url: str
    origin: str
    content_type: str | None = None
    fetched_at: datetime | None = None
    site: Site | None = None

    def read(self, *, family: str | None = None) -> Article | NotArticle:
        """The page as a crawl reads it, with the quality that the mirror gives it.

        Whether the selector-less reading agrees is asked of every page here, and of a share of them in a crawl.
        """
        reading, compared = (self._read(family, compare=compare) for compare in (None, True))
        if isinstance(reading, Article) and isinstance(compared, Article):
            return replace(reading, agrees=compared.agrees)
        return reading

    def _read(self, family: str | None, *, compare: bool | None) -> Article | NotArticle:
        return read_page(
            self.body,
            self.url,
            content_type=self.content_type,
            fetched_at=self.fetched_at,
            site=self.site,
            family=family,
            compare=compare,
        )


def find_page(target: str, *, url: str | None, output: Path, folder: Path | None) -> FoundPage:
    """The page that `target` names: a file, an address, or the newest article of a site of the mirror."""
    sites = known_sites(folder)
    if target.startswith(("http://", "https://")):
        site = next((site for site in sites.values() if site.covers(target)), None)
        return _from_mirror(output, "captures.url = ?", target, site) or _live(target, site)
    path = Path(target)
    if path.is_file():
        address = url or path.absolute().as_uri()
        site = next((site for site in sites.values() if site.covers(address)), None)
        return FoundPage(body=load_page(path), url=address, origin=str(path), site=site)
    site = find_site(sites, target)
    page = _from_mirror(output, "captures.reading = 'article' AND captures.site = ?", target, site)
    if page is None:
        raise GovnewsError(f"{target}: the mirror in {output} has no article of this site yet; crawl it first")
    return page


def _live(url: str, site: Site | None) -> FoundPage:
    page = fetch_one(url)
    return FoundPage(
        body=page.body,
        url=page.url,
        origin="the web, just now",
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        site=site,
    )


def _from_mirror(output: Path, condition: str, key: str, site: Site | None) -> FoundPage | None:
    if not (output / NAME).is_file():
        return None
    db = open_readonly(output)
    try:
        row = db.execute(
            "SELECT url, warc, offset FROM captures WHERE warc IS NOT NULL AND status = 200 "
            f"AND {condition} ORDER BY id DESC LIMIT 1",
            [key],
        ).fetchone()
    finally:
        db.close()
    if row is None:
        return None
    page = archived_page(output, row[1], row[2])
    return FoundPage(
        body=page.body,
        url=row[0],
        origin=f"{row[1]} at {row[2]}",
        content_type=page.content_type,
        fetched_at=page.fetched_at,
        site=site,
    )


def save_golden(page: FoundPage, reading: Article | NotArticle, folder: Path, *, family: str | None) -> Path:
    """Write the page and its record as a golden case; an existing case is refused, not overwritten."""
    if folder.exists():
        raise GovnewsError(f"{folder}: there is a golden case of that name already; choose another")
    folder.mkdir(parents=True)
    (folder / "page.html").write_bytes(page.body)
    meta: dict[str, Any] = {"url": page.url, "content_type": page.content_type, "family": family or "auto"}
    if page.fetched_at:
        meta["fetched_at"] = stamp(page.fetched_at)
    expected = {"not_article": reading.reason} if isinstance(reading, NotArticle) else article_json(reading)
    _write_json(folder / "meta.json", meta)
    _write_json(folder / "expected.json", expected)
    return folder


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
