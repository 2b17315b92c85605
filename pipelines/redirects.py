"""Follows redirects: where they lead, who waits there, and what becomes of files whose redirects lead nowhere.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from pipelines.articlefiles import is_page, share_file
from pipelines.clock import stamp
from pipelines.frontier_rows import MOST_HOPS, add_links, end_of_redirects, find_link, leads_to, once_led_to
from pipelines.items import FileItem, FoundLink, PageItem
from pipelines.search import index_article
from pipelines.settlement import DEAD_WAIT, wait_after


def follow_redirect(db: Database, site: str, target: FoundLink, link: int, hops: int, *, at: datetime) -> None:
    """A redirect's target is a link of its own; the files that waited for the first address wait for it."""
    add_links(db, site, [target], at=at, hops=hops + 1)
    final, _state = find_link(db, site, target.key or target.url)
    final = end_of_redirects(db, site, final, most=MOST_HOPS)
    if final == link:
        return
    for table in ("attachments", "images"):
        db.execute(f"UPDATE {table} SET link = ? WHERE link = ?", [final, link])
    if target.kind in {"file", "image"}:
        for article in share_file(db, final, target.kind, is_redirect_followed=True):
            index_article(db, article)


def led_astray(db: Database, site: str, item: FileItem, hops: int) -> FileItem:
    """A file whose redirect leads nowhere, or to a page, is one that failed; any other as it is."""
    if item.state != "redirected":
        return item
    why = endless_redirect(db, site, item, hops) if item.redirect else "it redirects to no address of a file"
    if why:
        return replace(item, state="failed", error=why, redirect=None)
    if item.redirect and _is_known_page(db, site, item.redirect):
        return replace(item, state="not_a_file", error="it redirects to a page", redirect=None)
    return item


def _is_known_page(db: Database, site: str, target: FoundLink) -> bool:
    """Whether an address is known as that of a page: a portal's home, its page for errors."""
    known = db.execute(
        "SELECT id FROM links WHERE site = ? AND method = 'GET' AND key = ?", [site, target.key or target.url]
    ).fetchone()
    return known is not None and is_page(db, known[0], target.kind)


def endless_redirect(db: Database, site: str, item: PageItem | FileItem, hops: int) -> str | None:
    """Why a redirect leads nowhere, however often it is followed; None where it is none, or leads on."""
    if item.redirect is None:
        return None
    if hops >= MOST_HOPS:
        return f"more than {MOST_HOPS} redirects in a row"
    if leads_to(db, site, item.redirect.url, item.capture.url, most=MOST_HOPS):
        return "it redirects in a circle"
    return None


def wait_at_home(db: Database, site: str, link: int) -> None:
    """Let the files that articles name at a link's address wait for it again, wherever its redirects once led them."""
    places = once_led_to(db, site, link, most=MOST_HOPS)
    for table in ("attachments", "images"):
        db.execute(
            f"UPDATE {table} SET link = :link WHERE link IN (SELECT value FROM json_each(:places)) "
            "AND url = (SELECT url FROM links WHERE id = :link)",
            {"link": link, "places": json.dumps(places)},
        )
    _let_rest(db, places)


def try_again_from_home(db: Database, link: int, error: str | None, *, at: datetime) -> None:
    """A file that failed where a redirect led is to be asked for at the address that its article names.

    The redirect may lead elsewhere by then: to a page for visitors one day, to a name with a token the other.
    """
    waiting = db.execute(
        "SELECT home.id, max(tried) FROM (SELECT url, tries AS tried FROM attachments WHERE link = :link "
        "AND state != 'stored' UNION ALL SELECT url, tries FROM images WHERE link = :link AND state != 'stored') "
        "JOIN links AS this ON this.id = :link "
        "JOIN links AS home USING (url) WHERE home.site = this.site AND home.method = 'GET' AND home.id != :link "
        "AND home.state = 'done' GROUP BY home.id",
        {"link": link},
    ).fetchall()
    for home, tries in waiting:
        db.execute(
            "UPDATE links SET state = 'failed', error = ?, next_try_at = ? WHERE id = ?",
            [f"{error}, where it redirects to", stamp(at + wait_after(tries, DEAD_WAIT)), home],
        )
    _let_rest(db, [link])


def _let_rest(db: Database, links: Sequence[int]) -> None:
    """Ask no more for what redirects led to, failed, and nobody waits for: they lead to places of one day, too.

    Who names such an address later wakes it (`share_file`).
    """
    db.execute(
        "UPDATE links SET next_try_at = NULL WHERE id IN (SELECT value FROM json_each(?)) AND state = 'failed' "
        "AND kind IN ('file', 'image') AND EXISTS (SELECT 1 FROM captures WHERE redirect_to = links.url "
        "AND captures.site = links.site) AND NOT EXISTS (SELECT 1 FROM attachments WHERE link = links.id) "
        "AND NOT EXISTS (SELECT 1 FROM images WHERE link = links.id)",
        [json.dumps(links)],
    )
