"""The `hosts` table: hosts that did not answer, or did not say what they allow, and when they are asked again.

A page may name pictures on hosts that are gone for good: without a memory of that, every run would knock at each of
them again. The site's own hosts are never left out; they are what the run is for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlite_utils import Database

from pipelines.clock import stamp

FIRST_REST = timedelta(hours=1)
LONGEST_REST = timedelta(days=7)


def resting_hosts(db: Database, site: str, *, at: datetime) -> dict[str, str]:
    """The hosts that are to be left alone now, each with the reason."""
    rows = db.execute("SELECT host, why FROM hosts WHERE site = ? AND next_try_at > ?", [site, stamp(at)])
    return {str(host): str(why) for host, why in rows}


def note_rest(db: Database, site: str, host: str, why: str, *, at: datetime) -> None:
    """A host was given up: it rests for an hour, twice as long each further time, a week at most."""
    row = db.execute("SELECT tries FROM hosts WHERE site = ? AND host = ?", [site, host]).fetchone()
    tries = int(row[0]) + 1 if row else 1
    rest = min(FIRST_REST * 2 ** min(tries - 1, 16), LONGEST_REST)
    db.execute(
        "INSERT INTO hosts (site, host, why, since, tries, next_try_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET why = excluded.why, tries = excluded.tries, next_try_at = excluded.next_try_at",
        [site, host, why, stamp(at), tries, stamp(at + rest)],
    )


def note_answers(db: Database, site: str, hosts: Iterable[str]) -> None:
    """These hosts answer (again): nothing is held against them."""
    db.conn.executemany("DELETE FROM hosts WHERE site = ? AND host = ?", [(site, host) for host in hosts])
