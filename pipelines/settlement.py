"""What becomes of a link after one answer: done, tried again soon, or left for a later run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pipelines.items import Capture, FileItem

TRIES_IN_A_RUN = 3
"""How often one run asks for a link that answers with a passing fault."""

PASSING = frozenset({408, 416, 425, 429, 500, 502, 503, 504, 520, 522, 524})
"""Statuses that say nothing of the page itself. (416: the rest of a file was asked for, and it has become shorter.)"""

PROGRESS = 1024 * 1024
"""A piece of a file of so many bytes makes the tries begin anew: a large file comes in many pieces."""

BROKEN = frozenset({"disconnect", "time"})
"""Reasons of a truncated answer that another try may mend; one cut for its length stays cut."""

UNFINISHED = "only a part of the rest came"
"""Why a file waits that a server hands out in parts, smaller ones than it is asked for."""

FIRST_WAIT = timedelta(seconds=5)
LATER_WAIT = timedelta(hours=1)
DEAD_WAIT = timedelta(days=1)
LONGEST_WAIT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    state: Literal["pending", "done", "failed"]
    error: str | None = None
    next_try_at: datetime | None = None
    is_progress: bool = False
    """Whether the try, though it failed, was worth as much as a good one: tries are counted from it."""


def settle(capture: Capture, *, tries: int, at: datetime, withheld: str | None = None) -> Settlement:
    """The state of a link whose `tries`-th consecutive try (counted from 1) ended with this capture.

    A passing fault (no answer, 429, 5xx) is tried again in the same run after a growing pause, then in later
    runs with back-off; a dead link (404, 410, 403 …) only in later runs. Nothing is ever forgotten.

    `withheld` says why an answer without a fault is none: a challenge, or a page that is not the site's own. Asking
    again at once would bring the same.
    """
    problem = withheld or fault_of(capture)
    if problem is None:
        return Settlement(state="done")
    if is_passing(capture) and tries < TRIES_IN_A_RUN and not withheld:
        return Settlement(state="pending", error=problem, next_try_at=at + FIRST_WAIT * 4 ** (tries - 1))
    first = LATER_WAIT if is_passing(capture) or withheld else DEAD_WAIT
    return Settlement(state="failed", error=problem, next_try_at=at + wait_after(tries, first))


def wait_after(tries: int, first: timedelta) -> timedelta:
    """How long a link waits that failed so often; `first` is the wait of one that did not fail for long."""
    return min(first * (1 << min(max(tries - TRIES_IN_A_RUN, 0), 16)), LONGEST_WAIT)


def settle_file(item: FileItem, *, tries: int, at: datetime, is_again: bool = False) -> Settlement:
    """As `settle`; a page instead of a file, or a file over the cap, is no answer although the status says 200.

    `is_again` says that the run had this beginning of the file before. Once more it is no progress: a server that
    always breaks off, and cannot go on from there, would be asked for ever.
    """
    is_broken = item.capture.truncated in BROKEN or item.error == UNFINISHED
    is_progress = is_broken and (item.size or 0) >= PROGRESS and not is_again
    settlement = replace(settle(item.capture, tries=1 if is_progress else tries, at=at), is_progress=is_progress)
    if settlement.state != "done" or item.state in {"stored", "redirected"}:
        return settlement
    if is_progress:
        return replace(settlement, state="pending", error=item.error, next_try_at=at + FIRST_WAIT)
    # A file over the cap stays over it until a person raises the cap: it is asked for again by a full crawl only.
    next_try = None if item.state == "too_large" else at + DEAD_WAIT
    return Settlement(state="failed", error=item.error or item.state, next_try_at=next_try)


def fault_of(capture: Capture) -> str | None:
    """Why the capture is no good answer, in a few words; None when it is one."""
    if capture.status is None:
        return capture.error or "no answer"
    if capture.truncated in BROKEN:
        return "the connection broke before the end"
    if capture.status >= 400:
        return f"HTTP {capture.status}"
    return capture.error


def is_dead(error: str | None) -> bool:
    """Whether an error, as a link keeps it, says that there is no such page."""
    return error in {"HTTP 404", "HTTP 410"}


def is_passing(capture: Capture) -> bool:
    """Whether the fault may be gone in a minute."""
    return capture.status is None or capture.status in PASSING or capture.truncated in BROKEN
