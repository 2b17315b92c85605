"""Rows of `events` follow from captures and revisions: each event is shown by an answer of the article's own site."""

from __future__ import annotations

from collections.abc import Iterator

from sqlite_utils import Database

from pipelines.frontier_rows import MOST_HOPS

_STATES = {"created": "live", "unpublished": "unpublished", "gone": "gone", "restored": "live"}
"""What an article is after an event of a kind; the other kinds change nothing."""

_BEFORE = {
    "unpublished": ("created", "restored"),
    "gone": ("created", "restored", "unpublished"),
    "restored": ("unpublished", "gone"),
}
"""The events of `_STATES` that one of a kind may come after."""


def event_problems(db: Database) -> Iterator[str]:
    """What events say that no capture shows, and articles that are not what their events made of them."""
    yield from _state_problems(db)
    yield from _order_problems(db)
    yield from _evidence_problems(db)


def _state_problems(db: Database) -> Iterator[str]:
    """An article is what its last event made of it, and was created once."""
    rows = db.execute(
        "SELECT articles.id, url, state, created, last FROM articles LEFT JOIN (SELECT article, kind AS last, max(id), "
        "(SELECT count(*) FROM events AS first WHERE first.article = events.article AND kind = 'created') AS created "
        f"FROM events WHERE kind IN ({', '.join('?' * len(_STATES))}) GROUP BY article) ON article = articles.id",
        [*_STATES],
    )
    for number, url, state, created, last in rows:
        if created != 1:
            yield f"article {number} ({url}): has {created or 0} events of its creation"
        elif _STATES[last] != state:
            yield f"article {number} ({url}): is called {state}, its last event is {last}"


def _order_problems(db: Database) -> Iterator[str]:
    """An article is restored only after it was away, and goes away only while it is there."""
    states, kinds = (", ".join(f"'{kind}'" for kind in known) for known in (_STATES, _BEFORE))
    rows = db.execute(
        "SELECT id, article, kind, (SELECT kind FROM events AS earlier WHERE earlier.article = events.article "
        f"AND earlier.id < events.id AND kind IN ({states}) ORDER BY id DESC LIMIT 1) AS before "
        f"FROM events WHERE kind IN ({kinds})"
    )
    for event, article, kind, before in rows:
        if before not in _BEFORE[kind]:
            yield f"event {event}: article {article} is said to be {kind}, the event before it is {before or 'none'}"


def _evidence_problems(db: Database) -> Iterator[str]:
    """The answer is of the article's site; for all but the making of a revision, from one of its addresses.

    What it is to be gone or unpublished may stand where such an address redirects to, too.
    """
    rows = db.execute(
        "SELECT events.id, article, events.kind, at, captures.id, captures.site, captures.url, status, reading "
        "FROM events JOIN articles ON articles.id = article JOIN captures ON captures.id = events.capture "
        "WHERE captures.site != articles.site OR NOT CASE WHEN events.kind IN ('created', 'edited') THEN EXISTS ("
        "SELECT 1 FROM article_revisions AS revision WHERE revision.article = events.article "
        "AND revision.capture = events.capture AND read_at = at AND (number = 1) = (events.kind = 'created')) "
        f"ELSE EXISTS ({_ADDRESSES} SELECT 1 FROM address WHERE address.url = captures.url "
        "AND (hops = 0 OR events.kind IN ('gone', 'unpublished'))) "
        "AND CASE events.kind WHEN 'gone' THEN status IN (404, 410) "
        "WHEN 'unpublished' THEN status IN (401, 403) "
        "OR reading IN ('not an article: login', 'not an article: soft_404') "
        "WHEN 'restored' THEN status IN (200, 304) WHEN 'moved' THEN status = 200 END END"
    )
    for event, article, kind, at, capture, site, url, status, reading in rows:
        answer = f"capture {capture} is of {url} ({site}), has status {status} and was read as {reading or 'nothing'}"
        yield f"event {event}: article {article} is said to be {kind} at {at}, no revision or answer shows it; {answer}"


_ADDRESSES = f"""
    WITH RECURSIVE address (url, hops) AS (
        SELECT known.url, 0 FROM article_urls AS known WHERE known.article = events.article
        UNION
        SELECT hop.redirect_to, hops + 1 FROM address
        JOIN captures AS hop ON hop.url = address.url AND hop.site = articles.site
        WHERE hop.redirect_to IS NOT NULL AND hops < {MOST_HOPS}
    )
"""
