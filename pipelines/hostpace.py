"""Which hosts held a run up, judged from the times at which they were asked.

One connection a host: the time from one question to the next is the pause that manners ask for, or the time that the
host took to answer, whichever is longer. The shortest such times of a host show its pause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

from sqlite_utils import Database

LEAST_REQUESTS = 5
"""Fewer questions say nothing of a host's pace."""

SLOW_SECONDS = 2.0
"""A host is slow when its usual gap is this much longer than its shortest (the pause), or when it failed often."""

FAULTY_SHARE = 0.2

MOST_HOSTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPace:
    """How one host was asked in a run: seconds from one question to the next, and how often no good answer came."""

    host: str
    requests: int
    shortest_gap: float
    usual_gap: float
    longest_gap: float
    faults: int

    @property
    def is_slow(self) -> bool:
        return self.usual_gap >= self.shortest_gap + SLOW_SECONDS or self.faults >= FAULTY_SHARE * self.requests


def slow_hosts(db: Database, run: int) -> list[HostPace]:
    """The slow hosts of a run, the slowest first, at most `MOST_HOSTS`."""
    asked: defaultdict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for url, at, status, truncated in db.execute(
        "SELECT url, fetched_at, status, truncated FROM captures WHERE run = ? ORDER BY fetched_at", [run]
    ):
        is_fault = status is None or status == 429 or status >= 500 or truncated in {"time", "disconnect"}
        asked[_host(url)].append((datetime.fromisoformat(at), is_fault))
    paces = [_pace(host, times) for host, times in asked.items() if len(times) >= LEAST_REQUESTS]
    slow = [pace for pace in paces if pace.is_slow]
    return sorted(slow, key=lambda pace: -pace.usual_gap * pace.requests)[:MOST_HOSTS]


def _pace(host: str, times: Sequence[tuple[datetime, bool]]) -> HostPace:
    gaps = [(later[0] - earlier[0]).total_seconds() for earlier, later in pairwise(times)]
    return HostPace(
        host=host,
        requests=len(times),
        shortest_gap=min(gaps),
        usual_gap=median(gaps),
        longest_gap=max(gaps),
        faults=sum(is_fault for _at, is_fault in times),
    )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
