"""The `links` and `sightings` tables: what is to be fetched and why, and where it was seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.items import FoundLink, LinkKind, Turn
from pipelines.rows import insert_rows, next_id
from pipelines.settlement import Settlement

Reason = Literal["found", "listing", "walk", "sweep", "revisit", "left", "retry", "full", "asked", "probe"]
"""Why a request is made. `found`: never asked before. `listing`: what every run looks at. `walk`: a further page of a
listing that is not walked far enough yet. `sweep`: a listing page not looked at for long. `revisit`: an article whose
time has come. `left`: an article that left its lists. `retry`: it failed before. `full`, `asked`: as the user asked.
`probe`: robots.txt and other addresses that no page links to."""

PRIORITY: dict[LinkKind, int] = {
    "probe": 0,
    "feed": 1,
    "sitemap": 4,
    "file": 2,
    "article": 3,
    "listing": 4,
    "image": 5,
}
"""What is fetched first. A site may vanish in the middle of a crawl: files and articles before more listings."""


MOST_HOPS = 5
"""How many redirects in a row are followed."""

OF_A_PAGE = "its address is that of a page"
"""Why a file or a picture is none, and is not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLink:
    """What the frontier knows of a link whose answer is being committed; `looked_at` is of the last good answer.

    `article` is the one that it answered with before.
    """

    url: str
    kind: LinkKind
    tries: int
    hops: int
    reason: Reason
    looked_at: str | None
    article: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The article that a link answered with, and when it is to be looked at again."""

    article: int
    next_at: datetime


def known_link(db: Database, link: int) -> KnownLink:
    url, kind, tries, hops, reason, looked_at, article = db.execute(
        "SELECT url, kind, tries, hops, reason, looked_at, article FROM links WHERE id = ?", [link]
    ).fetchone()
    return KnownLink(
        url=url,
        kind=kind,
        tries=tries,
        hops=hops,
        reason=_reason(kind, tries, reason),
        looked_at=looked_at,
        article=article,
    )


def _reason(kind: LinkKind, tries: int, reason: Reason) -> Reason:
    if kind == "probe":
        return "probe"
    return "retry" if tries else reason


def add_links(db: Database, site: str, links: Iterable[FoundLink], *, at: datetime, hops: int = 0) -> None:
    """Add what is new to the frontier; a link that is known keeps its state."""
    moment = stamp(at)
    found = list(links)
    rows = (_link_row(site, link, hops, moment) for link in found)
    insert_rows(db, "links", _LINK_COLUMNS, rows, otherwise="ON CONFLICT DO NOTHING")
    for link in found:
        if link.kind in {"article", "listing"} and (link.is_listed or link.section is not None):
            _be_page(db, site, link)


def _be_page(db: Database, site: str, link: FoundLink) -> None:
    """What a list or a menu leads to is a page, although somebody's article showed it as a picture before."""
    taken = db.execute(
        "UPDATE links SET kind = ?, priority = ?, state = 'pending', next_try_at = NULL, error = NULL "
        "WHERE site = ? AND method = 'GET' AND key = ? AND kind = 'image' AND state != 'done' RETURNING id",
        [link.kind, PRIORITY[link.kind], site, link.key or link.url],
    ).fetchone()
    if taken is not None:
        db.execute("UPDATE images SET state = 'not_a_file', error = ? WHERE link = ?", [OF_A_PAGE, taken[0]])


def add_named_links(db: Database, links: Sequence[tuple[str, FoundLink, datetime]]) -> list[tuple[int, bool]]:
    """The id of each plain GET link, added if it is new; and whether it is.

    `links` are (site, link, time when it was seen); none stands there twice.
    """
    first = next_id(db, "links")
    rows = [(id_, *_link_row(site, link, 0, stamp(at))) for id_, (site, link, at) in enumerate(links, start=first)]
    added = insert_rows(db, "links", ("id", *_LINK_COLUMNS), rows, otherwise="ON CONFLICT DO NOTHING")
    if added == len(rows):  # as for most articles: nobody named their files before
        return [(id_, True) for id_ in range(first, first + len(rows))]
    known = [find_link(db, site, link.key or link.url)[0] for site, link, _at in links]
    return [(id_, id_ >= first) for id_ in known]


_LINK_COLUMNS = (
    "site",
    "method",
    "url",
    "key",
    "body",
    "body_sha256",
    "kind",
    "priority",
    "hops",
    "first_seen_at",
    "section",
    "page",
)


def _link_row(site: str, link: FoundLink, hops: int, moment: str) -> tuple[object, ...]:
    key, digest = link.key or link.url, request_sha256(link)
    asked = (link.method, link.url, key, link.body, digest)
    return (site, *asked, link.kind, PRIORITY[link.kind], hops, moment, link.section, link.page)


def add_turns(
    db: Database, site: str, turns: Iterable[FoundLink], *, at: datetime, run: int, is_wanted: bool, swept: datetime
) -> None:
    """Add the next pages of lists, or give those that are known their new request.

    A page that is new is always asked for. One that was asked for in an earlier run is asked for again if that is
    wanted (the page before shows something new), if nobody looked at it since `swept`, or if the walk through the list
    did not come to its end; one that this run has asked for already is left alone, so that a walk that a killed run
    left in the middle is not done twice.
    """
    for link in turns:
        assert link.turn is not None  # noqa: S101  # that is what makes it a turn
        key, turn = link.turn.key, json.dumps(asdict(link.turn), ensure_ascii=False)
        known = db.execute(
            "SELECT links.id, links.state, captures.run, coalesce(looked_at, '') <= ? FROM links "
            "LEFT JOIN captures ON captures.id = links.capture "
            "WHERE links.site = ? AND links.method = ? AND links.key = ?",
            [stamp(swept), site, link.method, key],
        ).fetchone()
        if known is None:
            db.execute(
                "INSERT INTO links (site, method, url, key, body, body_sha256, kind, priority, first_seen_at, turn) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    site,
                    link.method,
                    link.url,
                    key,
                    link.body,
                    request_sha256(link),
                    link.kind,
                    PRIORITY[link.kind],
                    stamp(at),
                    turn,
                ],
            )
        elif known[1] in {"pending", "failed"} or (
            known[1] == "done"
            and known[2] != run
            # A list whose first page is asked for in this way shows what is new there alone.
            and (is_wanted or known[3] or link.turn.page == 1 or _is_unfinished(db, site, link.turn))
        ):
            db.execute(
                "UPDATE links SET state = 'pending', next_try_at = NULL, url = ?, body = ?, body_sha256 = ?, turn = ? "
                "WHERE id = ?",
                [link.url, link.body, request_sha256(link), turn, known[0]],
            )


def _is_unfinished(db: Database, site: str, turn: Turn) -> bool:
    """Whether a page of the list still waits."""
    first = turn.key.rpartition("=")[0] + "="
    row = db.execute(
        "SELECT 1 FROM links WHERE site = ? AND key >= ? AND key < ? AND state IN ('pending', 'failed') LIMIT 1",
        [site, first, f"{first}:"],  # the colon follows the digits
    ).fetchone()
    return row is not None


def turn_of(text: str | None) -> Turn | None:
    """The record of the `turn` column."""
    if text is None:
        return None
    values = json.loads(text)
    return Turn(**values | {"shown": tuple(values["shown"])})


def are_new(db: Database, site: str, links: Iterable[FoundLink]) -> bool:
    """Whether one of these links, told by its address, is not in the frontier yet."""
    return any(
        db.execute(
            "SELECT 1 FROM links WHERE site = ? AND method = 'GET' AND key = ? LIMIT 1", [site, link.key or link.url]
        ).fetchone()
        is None
        for link in links
    )


def request_sha256(link: FoundLink) -> str:
    """The hash of a request's body, empty for the usual GET, so that the frontier's key is never null."""
    return hashlib.sha256(link.body).hexdigest() if link.body else ""


def add_sightings(db: Database, site: str, listing: str, links: Iterable[FoundLink], *, at: datetime) -> None:
    """Note that `listing` showed these links, with what it printed beside them."""
    moment = stamp(at)
    rows = [
        (
            site,
            link.url,
            link.key or link.url,
            listing,
            link.position,
            link.title,
            link.date_text,
            _day(link),
            moment,
            moment,
        )
        for link in links
        if link.is_listed
    ]
    db.conn.executemany(
        "INSERT INTO sightings (site, url, key, listing, position, title, date_text, listed_date, first_seen_at, "
        "last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET last_seen_at = excluded.last_seen_at, left_at = NULL, "
        "position = excluded.position, title = coalesce(excluded.title, title), "
        "date_text = coalesce(excluded.date_text, date_text), "
        "listed_date = coalesce(excluded.listed_date, listed_date)",
        rows,
    )


def _day(link: FoundLink) -> str | None:
    return link.listed_date.isoformat() if link.listed_date else None


def renew_sightings(db: Database, site: str, listing: str, *, looked_at: str | None, at: datetime) -> None:
    """A listing that did not change (304) shows what it showed when it was last looked at, and no more than that."""
    db.execute(
        "UPDATE sightings SET last_seen_at = ?, left_at = NULL WHERE site = ? AND listing = ? AND last_seen_at = ?",
        [stamp(at), site, listing, looked_at],
    )


def settle_link(
    db: Database,
    link: int,
    settlement: Settlement,
    *,
    capture: int,
    at: datetime,
    kind: LinkKind | None = None,
    visit: Visit | None = None,
) -> None:
    """Write down what became of a link; `kind` is what the page turned out to be, `visit` which article it held."""
    is_done = settlement.state == "done"
    next_try = stamp(settlement.next_try_at) if settlement.next_try_at else None
    columns: dict[str, object] = {"state": settlement.state, "error": settlement.error, "next_try_at": next_try}
    if is_done:
        columns |= {"capture": capture, "looked_at": stamp(at)}
    if kind is not None:
        columns |= {"kind": kind, "priority": PRIORITY[kind]}
    if visit is not None:
        columns |= {"article": visit.article, "revisit_at": stamp(visit.next_at)}
    changes = [f"{name} = ?" for name in columns]
    changes.append("tries = 0" if is_done or settlement.is_progress else "tries = tries + 1")
    if is_done:
        # The fields of a form are large and stand in the archive; the next walk makes them anew.
        changes.append("body = CASE WHEN turn IS NOT NULL THEN x'' ELSE body END")
    db.execute(f"UPDATE links SET {', '.join(changes)} WHERE id = ?", [*columns.values(), link])


def find_link(db: Database, site: str, key: str) -> tuple[int, str]:
    """(id, state) of the plain GET link of a canonical address that was just added."""
    row = db.execute(
        "SELECT id, state FROM links WHERE site = ? AND method = 'GET' AND key = ? AND body_sha256 = ''", [site, key]
    ).fetchone()
    return int(row[0]), str(row[1])


def end_of_redirects(db: Database, site: str, link: int, *, most: int) -> int:
    """The link at the end of redirects that were followed before, from a link on; itself where it was none."""
    for _step in range(most):
        hop = _next_hop(db, site, link)
        if hop is None or hop[1] != "done":
            break
        link = hop[0]
    return link


def once_led_to(db: Database, site: str, link: int, *, most: int) -> list[int]:
    """The links that redirects led to from a link on, when they were last followed; some may be asked for again."""
    found: list[int] = []
    while len(found) < most and (hop := _next_hop(db, site, found[-1] if found else link)) is not None:
        found.append(hop[0])
    return found


def _next_hop(db: Database, site: str, link: int) -> tuple[int, str] | None:
    """The link that the last good answer of a link redirects to, and the state of the link itself."""
    row = db.execute(
        "SELECT next.id, links.state FROM links JOIN captures ON captures.id = links.capture "
        "JOIN links AS next ON next.site = links.site AND next.url = captures.redirect_to AND next.method = 'GET' "
        "WHERE links.id = ? AND links.site = ? AND captures.status BETWEEN 300 AND 399",
        [link, site],
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def leads_to(db: Database, site: str, start: str, to: str, *, most: int) -> bool:
    """Whether the redirects that were seen at `start`, and where they led, lead to an address within so many steps."""
    url: str | None = start
    for _step in range(most):
        if url == to:
            return True
        row = db.execute(
            "SELECT redirect_to FROM captures WHERE site = ? AND url = ? ORDER BY id DESC LIMIT 1", [site, url]
        ).fetchone()
        url = row[0] if row else None
        if url is None:
            return False
    return url == to
