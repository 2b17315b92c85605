"""How a run ended, in one word and one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What the mirror still lacks when a run ends; a run answers for what was due in it."""

    untried: int
    """Pages, files and pictures that wait and were not asked for: time, a limit or a day kept the run from them."""
    put_off: int
    """Those that wait since they, or their host, did not answer in this run."""
    resting: int
    """Those of hosts that did not answer before, and were not due again: as with dead links, a later run asks."""
    faulty: int
    """Those that were tried as often as one run tries, and met faults that may pass."""
    unreadable: int
    asked: Sequence[tuple[str, str]]
    """The addresses that the user named and that were not had, each with the reason."""


def leftover_of(store: Store, *, resting: Container[str], asked: Sequence[str]) -> Leftover:
    """Read back what a run left.

    Args:
        store: the mirror at the end of the run.
        resting: the hosts that were not due.
        asked: the keys of the addresses that the user named.
    """
    put_off = Counter((urlsplit(url).hostname or "") in resting for url in store.put_off())
    errors = ((key, store.error_at(key)) for key in asked)
    return Leftover(
        untried=store.untried(),
        put_off=put_off[False],
        resting=put_off[True],
        faulty=store.faulty(),
        unreadable=store.count("unreadable"),
        asked=[(key, error) for key, error in errors if error],
    )


def outcome_of(
    *,
    reason: str,
    home: str,
    store: Store,
    given_up: Mapping[str, str],
    held: Mapping[str, str | None],
    leftover: Leftover,
    is_limited: bool,
    is_home_asked: bool = True,
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
    home_error = store.error_at(home, states=("failed",)) if is_home_asked else None
    if home_error:
        return Outcome(word=_failed_or_partial(store), detail=f"{home}: {home_error}")
    if leftover.asked:
        return Outcome(word=_failed_or_partial(store), detail="; ".join(f"{url}: {why}" for url, why in leftover.asked))
    if night_ended and leftover.untried + leftover.put_off:
        waiting = _links(leftover.untried + leftover.put_off)
        return Outcome(word="partial", detail=f"{night_ended}; {waiting} for the next one")
    silent = {*given_up, *(urlsplit(origin).hostname or origin for origin in held)}
    missing = list(_missing(leftover, silent, is_limited=is_limited))
    due_later = list(_due_later(leftover, is_limited=is_limited))
    return Outcome(word="partial" if missing else "ok", detail="; ".join([*missing, *due_later]) or None)


def _missing(leftover: Leftover, silent: Collection[str], *, is_limited: bool) -> Iterator[str]:
    """What should have been fetched and was not."""
    waiting = leftover.put_off + (0 if is_limited else leftover.untried)
    if waiting:
        yield _links(waiting)
    if leftover.faulty:
        yield f"{leftover.faulty} met faults"
    if silent and (waiting or leftover.faulty):
        yield f"not reached: {', '.join(sorted(silent))}"
    if leftover.unreadable:
        yield f"{leftover.unreadable} could not be read"


def _due_later(leftover: Leftover, *, is_limited: bool) -> Iterator[str]:
    """What this run was not to fetch."""
    if is_limited and leftover.untried:
        yield f"limited as asked: {_links(leftover.untried)} for the next crawl"
    if leftover.resting:
        yield f"{_links(leftover.resting)} for hosts that did not answer lately"


def _links(number: int) -> str:
    return "1 link waits" if number == 1 else f"{number} links wait"


def _failed_or_partial(store: Store) -> Literal["failed", "partial"]:
    """A site that answered at least one page of this run was read in part."""
    return "partial" if store.pages_read() else "failed"
