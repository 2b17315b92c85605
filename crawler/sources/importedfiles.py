"""Takes attachments and pictures that articles wait for from the answers of other archives, as a crawl takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from crawler.answers import file_item
from crawler.frontier import Link
from crawler.messages import PAGE_CAP
from crawler.sitefile import Site
from crawler.sources.httppayload import decode
from crawler.urls import clean_href, request_url
from pipelines.answerhead import first_header
from pipelines.errors import ArchiveError
from pipelines.frontier_rows import MOST_HOPS
from pipelines.items import Capture, FileItem
from pipelines.spool import Spool
from pipelines.store import Store
from pipelines.warcreader import open_payload

MOST_TRIED = 20
"""How many different answers of one address are looked at; the newest is nearly always the file."""


def most_bytes(site: Site) -> int:
    """How large an answer may be that is taken in: it is not known yet whether it is a page or a file."""
    return max(PAGE_CAP, site.max_file)


def take_in_waiting_files(store: Store, site: Site) -> int:
    """Give articles the files that they wait for, as far as an imported answer has them; returns how many."""
    return sum(_take_in(store, site, link) for link in _waiting(store.db, site.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An imported answer; `asked` is the one at the link's own address that led to it, itself where it stands there."""

    id: int
    capture: Capture
    asked: int


def _take_in(store: Store, site: Site, link: Link) -> bool:
    """Take the newest answer that is the file; where there is none, one that shows that it is too large."""
    too_large: tuple[FileItem, _Answer] | None = None
    for answer in _answers(store.db, site.name, link.url):
        item = _item_of(store, site, link, answer.capture)
        if item is None:
            continue
        if item.state == "stored":
            store.take_in_file(item, answer.id, asked=answer.asked)
            return True
        if item.spool is not None:
            item.spool.unlink(missing_ok=True)
        if item.state == "too_large":
            too_large = too_large or (replace(item, spool=None), answer)
    if too_large is not None:
        store.take_in_file(too_large[0], too_large[1].id, asked=too_large[1].asked)
    return False


def _item_of(store: Store, site: Site, link: Link, capture: Capture) -> FileItem | None:
    """What an answer is for a link; None where its record is damaged, which `verify` says, or its end is not known."""
    spool, most = Spool(store.output / "spool"), most_bytes(site)
    try:
        with open_payload(store.output, capture.warc or "", capture.offset or 0) as record:
            disposition = first_header(record.headers, b"content-disposition")
            _fault, is_too_long = decode(record.payload, spool, record.content_coding, most, is_whole=True)
        is_over_cap = is_too_long or spool.size >= most
        is_as_kept = is_over_cap if capture.truncated else not is_too_long and spool.sha256 == capture.body_sha256
        if not is_as_kept:
            return None
        own = replace(link, url=capture.url)
        return file_item(own, capture, spool=spool.to_file(), disposition=disposition)
    except ArchiveError:
        return None
    finally:
        spool.discard()


def _waiting(db: Database, site: str) -> list[Link]:
    """The links that rows wait for and whose address an imported answer has."""
    rows = db.execute(_WAITING, [site]).fetchall()
    return [Link(id=id_, url=url, kind=kind, method="GET", body=b"", tries=0) for id_, url, kind in rows]


def _answers(db: Database, site: str, url: str) -> Iterator[_Answer]:
    """The answers at an address, then those where its redirects lead, which come from the archive too."""
    asked = None
    for _hop in range(MOST_HOPS + 1):
        for id_, at, *values in db.execute(_WHOLE, {"site": site, "url": url, "most": MOST_TRIED}).fetchall():
            known = dict(zip(("mime", "body_sha256", "truncated", "warc", "offset"), values, strict=True))
            capture = Capture(site=site, url=url, fetched_at=datetime.fromisoformat(at), status=200, **known)
            yield _Answer(id=id_, capture=capture, asked=asked or id_)
        redirect = db.execute(_REDIRECT, {"site": site, "url": url}).fetchone()
        target = clean_href(url, redirect[1]) if redirect else None
        if redirect is None or target is None:
            return
        asked, url = asked or redirect[0], request_url(target)


_WAITING = """
    SELECT id, url, kind FROM links WHERE site = ? AND kind IN ('file', 'image')
        AND (id IN (SELECT link FROM attachments WHERE state != 'stored')
            OR id IN (SELECT link FROM images WHERE state != 'stored'))
        AND EXISTS (SELECT 1 FROM captures WHERE captures.url = links.url AND captures.site = links.site
            AND captures.kind = 'imported' AND (status = 200 OR redirect_to IS NOT NULL))
    ORDER BY id
"""
_WHOLE = """
    SELECT id, max(fetched_at), mime, body_sha256, truncated, warc, offset FROM captures
    WHERE url = :url AND site = :site AND kind = 'imported' AND status = 200 AND error IS NULL AND warc IS NOT NULL
        AND coalesce(truncated, 'length') = 'length'
    GROUP BY body_sha256, truncated ORDER BY truncated IS NOT NULL, max(fetched_at) DESC, id DESC LIMIT :most
"""
"""Answers with the whole file, and such as were cut at a cap: it may be ours."""
_REDIRECT = """
    SELECT id, redirect_to FROM captures
    WHERE url = :url AND site = :site AND kind = 'imported' AND redirect_to IS NOT NULL
    ORDER BY fetched_at DESC, id DESC LIMIT 1
"""
