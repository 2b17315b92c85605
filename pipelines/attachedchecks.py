"""Rows of `attachments` and `images` follow from captures: what became of a file is what its answer was read as.

A crawl notes at each answer to a request for a file what it was (`captures.reading`), and manifests hold that. An
answer that was imported was read as a page; of it the status and the hash speak.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlite_utils import Database

_READ_AS = "'stored', 'missing', 'too_large', 'not_a_file', 'failed'"
"""What an answer to a request for a file may be read as, which is what its rows are called then."""


def attached_problems(db: Database) -> Iterator[str]:
    """What rows say of files that no capture shows, a sentence each."""
    for table in ("attachments", "images"):
        yield from _state_problems(db, table)
        yield from _forgotten_problems(db, table)
        yield from _origin_problems(db, table)
    yield from _place_problems(db)


def _state_problems(db: Database, table: str) -> Iterator[str]:
    """What became of a file is what its capture says; a file in pieces is proved by joining them."""
    rows = db.execute(
        f"SELECT {table}.id, article, {table}.url, state, {table}.sha256, captures.id, status, reading, body_sha256 "
        f"FROM {table} LEFT JOIN captures ON captures.id = capture "
        "WHERE (state = 'stored') IS NOT (sha256 IS NOT NULL) "
        "OR (state = 'stored' AND (status IS NULL OR (status != 206 AND body_sha256 IS NOT sha256))) "
        "OR (state = 'missing' AND coalesce(status, 0) NOT IN (404, 410)) "
        "OR (state = 'too_large' AND truncated IS NOT 'length') "
        # An address that is known as a page is not asked for as a file.
        "OR (state NOT IN ('pending', 'not_a_file') AND captures.id IS NULL) "
        # What is tried again in the same run goes on waiting, whatever came.
        f"OR (reading IN ({_READ_AS}) AND reading != state AND (state != 'pending' OR reading = 'stored'))"
    )
    for row, article, url, state, sha256, capture, status, reading, body_sha256 in rows:
        known = f"its capture {capture} has status {status}, was read as {reading or 'nothing'} and has the hash"
        what = f"{known} {body_sha256 or 'of nothing'}" if capture is not None else "no capture shows it"
        yield f"{table} {row}: {url} of article {article} is called {state}, with the file {sha256 or 'none'}; {what}"


def _forgotten_problems(db: Database, table: str) -> Iterator[str]:
    """A file that came is not forgotten: the rows that wait for an address have what came from there last.

    Before an article named it, a feed may have: then it is asked for once more, and its link waits for that.
    """
    rows = db.execute(
        f"SELECT {table}.id, {table}.article, {table}.url, {table}.state, max(captures.id), captures.body_sha256 "
        f"FROM {table} CROSS JOIN links ON links.id = {table}.link "
        "CROSS JOIN captures ON captures.url = links.url AND captures.site = links.site "
        f"WHERE {table}.state != 'stored' AND reading = 'stored' AND status != 304 "
        f"AND captures.id > coalesce({table}.capture, 0) "
        f"AND ({table}.capture IS NOT NULL OR links.kind IN ('file', 'image')) "
        f"AND ({table}.state != 'pending' OR (links.state = 'done' AND links.url = {table}.url)) GROUP BY {table}.id"
    )
    for row, article, url, state, capture, sha256 in rows:
        came = f"the file {sha256} came from there with capture {capture}"
        yield f"{table} {row}: {url} of article {article} is called {state}; {came}"


def _origin_problems(db: Database, table: str) -> Iterator[str]:
    """A file came from its own address, from one that this redirects to, or one that the frontier takes for it."""
    rows = db.execute(
        f"SELECT {table}.id, article, {table}.url, captures.id, captures.url "
        f"FROM {table} JOIN captures ON captures.id = capture "
        f"WHERE state = 'stored' AND captures.url != {table}.url "
        f"AND NOT EXISTS (SELECT 1 FROM captures AS hop WHERE hop.url = {table}.url AND hop.redirect_to IS NOT NULL) "
        f"AND NOT EXISTS (SELECT 1 FROM links WHERE id = {table}.link AND links.key = {table}.url)"
    )
    for row, article, url, capture, source in rows:
        yield f"{table} {row}: the file of article {article} did not come from {url}; capture {capture} is of {source}"


def _place_problems(db: Database) -> Iterator[str]:
    """An attachment without a place in the article left it, so the article was something else before.

    Pictures come and go without making a revision.
    """
    rows = db.execute(
        "SELECT id, article, url FROM attachments WHERE position IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM article_revisions AS r WHERE r.article = attachments.article AND number > 1)"
    )
    for row, article, url in rows:
        yield f"attachments {row}: {url} is said to have left article {article}, which has never changed"
