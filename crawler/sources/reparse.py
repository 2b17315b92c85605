"""Reads the archive again with today's reader: a better reader never needs a second crawl.

The newest good answer of each address is taken from its WARC and read as if it had just come. What comes out
otherwise than the mirror has it becomes a revision of kind `re-read`, with the same capture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from crawler.archivedpages import archived_page
from crawler.contentcoding import decoder_for
from crawler.read.version import READER_VERSION
from crawler.sitefile import Site
from crawler.siterows import publisher_rows, site_row
from crawler.sources.reading import item_of_page, outcome_of
from pipelines.articlerecord import COMPARED, Sighted, record_of
from pipelines.articles import store_articles
from pipelines.database import writing
from pipelines.errors import ArchiveError
from pipelines.items import NOT_AN_ARTICLE, Article, Capture, NotArticle, PageItem
from pipelines.lifecycle import article_at
from pipelines.lock import SiteLock
from pipelines.settlement import BROKEN
from pipelines.store import Store

STANDS_INSTEAD = tuple(f"{NOT_AN_ARTICLE}{why}" for why in ("challenge", "hijacked", "login", "other_text", "soft_404"))
"""Readings of answers in place of a page; that they are none cannot be told from their bytes alone."""

_IS_WHOLE = f"(error IS NULL AND coalesce(truncated, '') NOT IN ({', '.join(map(repr, sorted(BROKEN)))}))"
"""Whether an answer did not break off, in SQL."""

BATCH = 200
"""Pages that one transaction takes in."""


class Kept(NamedTuple):
    """The newest good answer of an address; `is_cut` where none of them is whole."""

    capture: int
    url: str
    warc: str
    offset: int
    fetched_at: datetime
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of one article that today's reader reads otherwise."""

    url: str
    field: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class Reparsed:
    """What reading a site's archive again came to."""

    site: str
    pages: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """new, changed, unchanged; `lost` where an article is none any more; `unreadable` as below."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Address and reason of each page whose record is damaged, or on which reading broke."""
    differences: list[Difference] = field(default_factory=list)


def reparse(site: Site, output: Path, *, dry_run: bool = False, tell: Callable[[int], None] | None = None) -> Reparsed:
    """Read every archived page of a site again.

    An article that today's reader takes for something else is reported and stays as it is.

    Args:
        site: whose pages.
        output: the mirror's folder.
        dry_run: only say what would change.
        tell: is told how many pages were read so far.
    """
    lock = SiteLock(output, site.name)
    lock.acquire()
    store = Store(output)
    try:
        if not dry_run:
            store.begin_run(site_row(site), publisher_rows(site), kind="re-read", decoder_for=decoder_for)
        result = _read_again(store, site, dry_run=dry_run, tell=tell)
        if not dry_run:
            store.end_run(*outcome_of(len(result.unreadable)))
        return result
    finally:
        store.close()
        lock.release()


def _read_again(store: Store, site: Site, *, dry_run: bool, tell: Callable[[int], None] | None) -> Reparsed:
    result = Reparsed(site=site.name)
    kept = list(_newest_answers(store.db, site.name))
    for start in range(0, len(kept), BATCH):
        readings = [(answer, _reading_of(store.output, answer, site)) for answer in kept[start : start + BATCH]]
        for answer, item in readings:
            _compare(store.db, site.name, answer, item, result)
        if not dry_run:
            sighted = [_sighted(store, site, answer, item) for answer, item in readings]
            with writing(store.db):
                result.counts.update(stored.change for stored in store_articles(store.db, filter(None, sighted)))
        result.pages += len(readings)
        if tell is not None:
            tell(result.pages)
    return result


def _newest_answers(db: Database, site: str) -> Iterator[Kept]:
    rows = db.execute(
        f"SELECT id, url, warc, offset, fetched_at, NOT {_IS_WHOLE}, max({_IS_WHOLE} || fetched_at) AS newest "
        "FROM captures WHERE site = ? AND status = 200 AND warc IS NOT NULL "
        # Pages of lists that a form or a script asked for hold no article, and have no address of their own.
        "AND method = 'GET' AND coalesce(mime, '') NOT LIKE '%json' "
        "AND (reading = 'article' OR reading LIKE 'not an article:%' OR reading LIKE 'unreadable:%') "
        # What a crawl took for an excuse may read like an article; the one that stood there is its last good answer.
        f"AND NOT (reading IN ({', '.join('?' * len(STANDS_INSTEAD))}) "
        "AND EXISTS (SELECT 1 FROM article_urls WHERE article_urls.url = captures.url)) "
        "GROUP BY url ORDER BY substr(newest, 2), id",
        [site, *STANDS_INSTEAD],
    )
    return (
        Kept(capture, url, warc, offset, datetime.fromisoformat(at), is_cut=bool(is_cut))
        for capture, url, warc, offset, at, is_cut, _newest in rows.fetchall()
    )


def _reading_of(output: Path, answer: Kept, site: Site) -> PageItem:
    """The page as an item of the pipelines; where its record is damaged it is one that could not be read."""
    try:
        page = archived_page(output, answer.warc, answer.offset)
    except ArchiveError as error:
        nothing = Capture(site=site.name, url=answer.url, fetched_at=answer.fetched_at)
        return PageItem(link=0, capture=nothing, unreadable=str(error))
    capture = Capture(site=site.name, url=page.url, fetched_at=page.fetched_at, status=200)
    return item_of_page(page.body, capture, site, content_type=page.content_type)


def _compare(db: Database, site: str, answer: Kept, item: PageItem, result: Reparsed) -> None:
    """Note what the mirror has otherwise."""
    known = article_at(db, site, answer.url)
    if item.unreadable is not None:
        result.counts["unreadable"] += 1
        result.unreadable.append((answer.url, item.unreadable))
    elif isinstance(item.reading, NotArticle) and known is not None:
        result.counts["lost"] += 1
        result.differences.append(
            Difference(
                url=answer.url, field="reading", before="article", after=f"{NOT_AN_ARTICLE}{item.reading.reason}"
            )
        )
    elif isinstance(item.reading, Article) and known is not None:
        before = db.table("articles").get(known[0])
        after = record_of(item.reading)
        result.differences += [
            Difference(url=answer.url, field=name, before=before[name], after=after[name])
            for name in (*COMPARED, "body_html")
            if before[name] != after[name]
        ]
    elif isinstance(item.reading, Article):
        result.differences.append(
            Difference(url=answer.url, field="reading", before="not an article", after=item.reading.title)
        )


def _sighted(store: Store, site: Site, answer: Kept, item: PageItem) -> Sighted | None:
    """The reading as the store takes it in; None where the page holds no article now, or could not be read."""
    if not isinstance(item.reading, Article):
        return None
    return Sighted(
        article=item.reading,
        site=site.name,
        identity=item.identity or answer.url,
        run=store.run,
        capture=answer.capture,
        at=store.clock(),
        reader_version=READER_VERSION,
        fetch_images=site.images,
        is_rereading=True,
        is_cut=answer.is_cut,
    )
