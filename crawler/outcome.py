"""How a run ended, in one word and one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from crawler.sitefile import Site
from pipelines.alarms import Alarm
from pipelines.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    word: Literal["ok", "partial", "failed", "interrupted"]
    detail: str | None = None


def outside_night(site: Site) -> Outcome:
    """The outcome of a crawl that was not begun, since it is not the hour for it."""
    hours = f"its site file lets it be crawled from {site.night} of its own clock only"
    return Outcome(word="partial", detail=f"not begun: {hours}; --due waits for that, --any-time does not")


def outcome_of(
    *,
    reason: str,
    home: str,
    store: Store,
    given_up: Mapping[str, str],
    held: Mapping[str, str | None],
    pending: int,
    is_limited: bool,
    alarms: Sequence[Alarm] = (),
    night_ended: str | None = None,
) -> Outcome:
    """The outcome of a run.

    failed: nothing of the site could be read, nothing could be kept, or an alarm says that it was read wrongly.
    interrupted: stopped by a signal. partial: something that should have been fetched was not, and waits for the next
    run. ok: the rest; dead links are part of real portals and alone do not make a run partial.
    """
    host = (urlsplit(home).hostname or "").lower()
    if reason == "shutdown":
        return Outcome(word="interrupted", detail="stopped by a signal; the next crawl goes on from here")
    if reason != "finished":
        return Outcome(word="failed", detail=reason)
    own_hold = next((why for origin, why in held.items() if urlsplit(origin).hostname == host), None)
    if host in given_up:
        return Outcome(word=_failed_or_partial(store), detail=f"{host} does not answer: {given_up[host]}")
    if own_hold:
        return Outcome(word="failed", detail=f"{host} is held: {own_hold}")
    if alarms:
        return Outcome(word="failed", detail="; ".join(map(str, alarms)))
    home_error = store.home_error(home)
    if home_error:
        return Outcome(word=_failed_or_partial(store), detail=f"{home}: {home_error}")
    if night_ended and pending:
        return Outcome(word="partial", detail=f"{night_ended}; {pending} links wait for the next one")
    if is_limited:
        return Outcome(word="ok", detail="limited as asked; the rest waits for the next crawl")
    unreadable = store.count("unreadable")
    if pending or unreadable:
        hosts = ", ".join(sorted({*given_up, *(urlsplit(origin).hostname or origin for origin in held)}))
        parts = [f"{pending} links wait"] if pending else []
        parts += [f"not reached: {hosts}"] if hosts else []
        parts += [f"{unreadable} pages could not be read"] if unreadable else []
        return Outcome(word="partial", detail="; ".join(parts))
    return Outcome(word="ok")


def _failed_or_partial(store: Store) -> Literal["failed", "partial"]:
    """A site that answered at least one page of this run was read in part."""
    return "partial" if store.pages_read() else "failed"
