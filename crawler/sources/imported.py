"""Takes in WARC files of other archives: the same reading, the same pipelines, the same store as a crawl.

Every answer of a known site is archived anew, with `captures.kind` "imported" and the name of its file as `source`;
its page is read with today's reader, and becomes an article, or a revision of one. Attachments and pictures that
articles wait for are taken from the answers that came along. What the files do not hold is left to the next crawl.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from crawler.answers import HEAD_BYTES
from crawler.contentcoding import decoder_for
from crawler.messages import PAGE_CAP
from crawler.sitefile import Site
from crawler.siterows import publisher_rows, site_row
from crawler.sources.foreignwarc import ForeignAnswer, Survey, answers_in
from crawler.sources.httppayload import headers_of
from crawler.sources.importedfiles import most_bytes, take_in_waiting_files
from crawler.sources.reading import item_of_page, outcome_of
from pipelines.answerhead import AnswerHead
from pipelines.clock import stamp
from pipelines.items import Capture, PageItem
from pipelines.lock import SiteLock
from pipelines.sniff import is_html
from pipelines.store import Store
from pipelines.warcfile import Exchange, WarcPlace, WarcWriter

BATCH = 200
"""Answers that one transaction takes in; their bodies are on disk by then."""
LONG_BATCH = 32 * 1024**2
"""Bytes of bodies after which fewer have to do: what was read of them is in memory."""


@dataclass(slots=True)
class Imported:
    """What an import came to for one site."""

    site: str
    answers: int = 0
    known: int = 0
    """Answers that the mirror has already, from an earlier import or its own crawl."""
    cut: int = 0
    """Answers that are not whole: they are kept, and not read."""
    articles: Counter[str] = field(default_factory=Counter)
    """How many were new, changed and unchanged."""
    files: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Address and reason of each page on which reading broke."""


def sites_in(found: Survey, sites: Sequence[Site]) -> list[Site]:
    """The sites that the surveyed files hold answers of."""
    return [site for site in sites if site.hosts_all & found.hosts.keys()]


def import_warcs(
    site: Site, paths: Sequence[Path], output: Path, *, known: Survey, tell: Callable[[int], None] | None = None
) -> Imported:
    """Take in the answers that the files hold of a site.

    Args:
        site: whose answers.
        paths: WARC or ARC files.
        output: the mirror's folder.
        known: what a survey of the files found.
        tell: is told how many answers were taken in.

    Raises:
        StoreError: another crawl or import of this site is running.
        ArchiveError: the disk does not take the answers.
    """
    lock = SiteLock(output, site.name)
    lock.acquire()
    store = Store(output)
    try:
        store.begin_run(site_row(site), publisher_rows(site), kind="import", decoder_for=decoder_for)
        result = _Import(store, site, known).take_in(paths, tell)
        store.end_run(*outcome_of(len(result.unreadable)))
        return result
    finally:
        store.close()
        lock.release()


class _Import:
    def __init__(self, store: Store, site: Site, known: Survey) -> None:
        self._store = store
        self._site = site
        self._known = known
        self._spools = store.output / "spool"
        self._result = Imported(site=site.name)
        self._waiting_answers: set[tuple[str, str, str]] = set()
        """Address, time and payload of the answers of a batch that is not committed yet."""

    def take_in(self, paths: Sequence[Path], tell: Callable[[int], None] | None) -> Imported:
        software = f"govnews-mirror/{version('govnews-mirror')} (import)"
        writer = WarcWriter(self._store.output, site=self._site.name, software=software)
        try:
            for path in paths:
                self._take_in_file(path, writer, tell)
        finally:
            writer.close()
        self._result.files = take_in_waiting_files(self._store, self._site)
        for change in ("new", "changed", "unchanged"):
            self._result.articles[change] = self._store.count(f"articles_{change}")
        return self._result

    def _take_in_file(self, path: Path, writer: WarcWriter, tell: Callable[[int], None] | None) -> None:
        batch: list[PageItem] = []
        size = 0
        most, wanted = most_bytes(self._site), self._site.covers
        for answer in answers_in(path, self._spools, wanted=wanted, known=self._known, most=most):
            if self._is_known(answer):
                self._result.known += 1
                continue
            batch.append(self._item_of(answer, self._archived(answer, writer), path.name))
            self._result.answers += 1
            self._result.cut += answer.truncated is not None
            size += answer.decoded.size
            if len(batch) == BATCH or size > LONG_BATCH:
                self._commit(batch)
                batch, size = [], 0
                if tell is not None:
                    tell(self._result.answers)
        self._commit(batch)

    def _commit(self, batch: list[PageItem]) -> None:
        self._store.take_in_pages(batch)
        self._waiting_answers.clear()

    def _is_known(self, answer: ForeignAnswer) -> bool:
        """Whether the answer was taken in before. What a killed import left in the archive was not read yet."""
        asked = (answer.url, stamp(answer.fetched_at), answer.as_sent.sha256)
        row = self._store.db.execute(
            "SELECT 1 FROM captures WHERE site = ? AND url = ? AND fetched_at = ? AND payload_sha256 = ? "
            "AND source IS NOT 'recovered'",
            [self._site.name, *asked],
        ).fetchone()
        if row is not None or asked in self._waiting_answers:
            return True
        self._waiting_answers.add(asked)
        return False

    def _archived(self, answer: ForeignAnswer, writer: WarcWriter) -> WarcPlace:
        """The answer's place in our archive; a payload that is there already is not written again."""
        exchange = Exchange(
            url=answer.url,
            fetched_at=answer.fetched_at,
            request_head=b"",
            response_head=answer.head,
            payload=answer.as_sent.stream(),
            payload_sha256=answer.as_sent.sha256,
            truncated=answer.truncated,
        )
        earlier = self._store.earlier_record(answer.as_sent.sha256) if answer.as_sent.size else None
        return writer.write_revisit(exchange, earlier) if earlier else writer.write_exchange(exchange)

    def _item_of(self, answer: ForeignAnswer, place: WarcPlace, source: str) -> PageItem:
        item = PageItem(link=0, capture=_capture_of(answer, place, self._site.name, source))
        body = answer.decoded.read(PAGE_CAP)
        if answer.status != 200 or answer.truncated or not is_html(body[:HEAD_BYTES]):
            return item
        read = item_of_page(body, item.capture, self._site, content_type=answer.header("Content-Type"))
        if read.unreadable is not None:
            self._result.unreadable.append((answer.url, read.unreadable))
        return read


def _capture_of(answer: ForeignAnswer, place: WarcPlace, site: str, source: str) -> Capture:
    said = AnswerHead.of(answer.url, answer.status, headers_of(answer.head))
    return Capture(
        site=site,
        url=answer.url,
        fetched_at=answer.fetched_at,
        status=answer.status,
        error=answer.fault,
        mime=said.mime,
        payload_sha256=answer.as_sent.sha256,
        body_sha256=answer.decoded.sha256,
        etag=said.etag,
        last_modified=said.last_modified,
        redirect_to=said.redirect_to,
        truncated=answer.truncated or ("length" if answer.is_too_long else None),
        warc=place.warc,
        offset=place.offset,
        length=place.length,
        record_id=place.record_id,
        kind="imported",
        source=source,
    )
