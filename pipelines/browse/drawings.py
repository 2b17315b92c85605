"""Plots drawn once and shown until the mirror has changed: drawing takes longer than all the rest of a page."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from markupsafe import Markup
from sqlite_utils import Database

YOUNG = 30.0
"""Seconds during which a drawing is shown although a crawl goes on: it commits many times in each of them."""

MOST_KEPT = 200

Key = tuple[str, ...]
Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    stamp: Stamp
    at: float
    figures: Sequence[Markup]


class Drawings:
    """The drawings of one server, by what they show."""

    def __init__(self) -> None:
        self._kept: dict[Key, _Drawn] = {}
        self._lock = Lock()

    def figures(self, db: Database, key: Key, draw: Callable[[], Sequence[str]]) -> Sequence[Markup]:
        """The figures of this key: those that were drawn, or, where the mirror has changed since then, new ones."""
        stamp, now = _stamp(db), time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and (kept.stamp == stamp or now - kept.at < YOUNG):
            return kept.figures
        # Drawn by pipelines.plots, which escapes every text.
        figures = [Markup(figure) for figure in draw()]  # noqa: S704
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = _Drawn(stamp=stamp, at=now, figures=figures)
        return figures


def _stamp(db: Database) -> Stamp:
    """What is other after whatever changes a plot: each answer of a crawl is a capture, each re-reading a run."""
    sql = "SELECT coalesce(max(id), 0) FROM"
    return tuple(int(db.execute(f"{sql} {table}").fetchone()[0]) for table in ("captures", "runs", "events"))
