"""Spaces the requests to each host, for the whole process.

Scrapy paces each crawler on its own, so two sites on one host would be asked twice as often; and it forgets a
Crawl-delay that was set at run time. One `Pacer`, `PACER`, serves all crawlers of a process. Hosts that share an
address share its pace as well, and a host that answers slowly, or says that it has too much to do, is asked more
seldom.

A request may leave later than its turn began: this process is busy, the name is looked up, the connection is made, a
packet is lost. The next one must not come the sooner for it. So the pause is kept twice: stretched by the jitter from
the start of a turn, and in its bare length from the moment the answer began, before which the server had the request.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from crawler.guard.sharedpace import Lease, SharedPace
from pipelines.errors import GovnewsError

SLOW = 1.0
"""Seconds until the head of an answer from which on a host counts as slow …"""
BREATH = 2.0
"""… and is asked so many times that long from start to start: most of the time it has nothing to do for us."""
LONGEST_BREATH = 60.0

MOST_BURDEN = 16.0
"""A pause is doubled each time a host says that it has too much to do (429, 503), up to so many times its length."""
RELIEF = 0.8
"""Each good answer shortens a stretched pause again, down to what it was."""

LONGEST_HOLD = 120.0
"""A host that asks to be left alone for more seconds is not waited for: it is another run's."""


class HeldTooLongError(GovnewsError):
    """The turn will not come in this run; nothing was asked."""


@dataclass(slots=True)
class _Rhythm:
    """When a host or an address may be asked next; outlives event loops."""

    started: float | None = None
    heard: float | None = None
    stretch: float = 1.0
    slowest: float = 0.0
    latency: float = 0.0
    burden: float = 1.0
    held_until: float | None = None

    def pause(self, delay: float) -> float:
        """Seconds from start to start, jitter left out. A crawl without delays is not slowed down but by the host."""
        if delay > 0 and self.latency >= SLOW:
            delay = max(delay, min(BREATH * self.latency, LONGEST_BREATH))
        return self.least(delay)

    def least(self, delay: float) -> float:
        """Seconds from the beginning of an answer to the next start, and between two requests at the server."""
        return max(delay * self.burden, self.slowest)

    def due(self, delay: float) -> float:
        """The earliest start of the next request, in seconds of the pacer's clock; may lie in the past."""
        moments = [self.held_until] if self.held_until is not None else []
        if self.started is not None:
            moments.append(self.started + self.pause(delay) * self.stretch)
        if self.heard is not None:
            moments.append(self.heard + self.least(delay))
        return max(moments, default=float("-inf"))


@dataclass(slots=True)
class _Queue:
    """Who waits for a host, in one event loop. The lock is fair: first come, first served."""

    head: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    active: int = 0


@dataclass(slots=True, kw_only=True)
class Turn:
    """The right to ask a host now."""

    clock: Callable[[], float]
    rhythms: Sequence[_Rhythm]
    lease: Lease | None
    is_heard: bool = False

    def heard(self) -> None:
        """The answer begins: from now on the next pause is counted. A turn that nothing came of counts from its end."""
        if self.is_heard:
            return
        self.is_heard = True
        for rhythm in self.rhythms:
            rhythm.heard = self.clock()
        if self.lease is not None:
            self.lease.heard()


class Pacer:
    """Lets requests to one host start one after another, with a pause in between.

    Args:
        jitter: each pause is stretched by a random share between 0 and this one, never shortened.
        clock: seconds that only grow.
        sleep: how to wait; a test may let its own clock jump instead.
    """

    def __init__(
        self,
        *,
        jitter: float = 0.2,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.clock = clock
        self._jitter = jitter
        self._sleep = sleep
        self._rhythms: defaultdict[str, _Rhythm] = defaultdict(_Rhythm)
        self._shared: dict[str, SharedPace] = {}
        # Locks belong to an event loop; a process may run several, one after another.
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, defaultdict[str, _Queue]] = WeakKeyDictionary()

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        *,
        delay: float,
        connections: int = 1,
        address: str | None = None,
        shared: SharedPace | None = None,
    ) -> AsyncIterator[Turn]:
        """Wait for the host's turn, and keep one of its `connections` until the block ends.

        Args:
            host: the host's name.
            delay: least seconds since the request before, at the server; a longer pause of the host prevails.
            connections: how many requests at once.
            address: the address that the host has in common with others, which are then paced together.
            shared: the pace that other processes keep too.

        Raises:
            HeldTooLongError: the host asked to be left alone for longer than anyone waits here.
        """
        host = host.lower()
        names = (host, f"@{address}") if address else (host,)
        queues = [self._queue(name) for name in names]
        if shared is not None:
            self._shared[host] = shared
        lease = await self._wait_in(queues, names, delay, connections, shared)
        turn = Turn(clock=self.clock, rhythms=[self._rhythms[name] for name in names], lease=lease)
        try:
            yield turn
        finally:
            turn.heard()
            if lease is not None:
                lease.release()
            for queue in queues:
                queue.active -= 1
                queue.freed.set()

    def slow_down(self, host: str, seconds: float) -> None:
        """From now on leave at least `seconds` between two starts (a Crawl-delay); never shortens a pause."""
        rhythm = self._rhythms[host.lower()]
        rhythm.slowest = max(rhythm.slowest, seconds)

    def answered(self, host: str, seconds: float, *, is_overloaded: bool = False) -> None:
        """A host took so many seconds to begin its answer; a slow one gets longer pauses, a quicker one shorter again.

        `is_overloaded`: it said that it has too much to do.
        """
        rhythm = self._rhythms[host.lower()]
        rhythm.latency = max(seconds, 0.7 * rhythm.latency + 0.3 * seconds)  # up at once, down slowly
        if is_overloaded:
            rhythm.burden = min(2 * rhythm.burden, MOST_BURDEN)
        else:
            rhythm.burden = max(rhythm.burden * RELIEF, 1.0)

    def forget(self) -> None:
        """Begin anew, as a new process does: no host was asked, slowed down or held."""
        self._rhythms.clear()
        self._shared.clear()

    def hold(self, host: str, until: float) -> None:
        """Start nothing before `until`, a moment of `clock` (a Retry-After); never shortens an earlier hold.

        To be called before the turn ends in which the host said so: the next one begins at once.
        """
        host = host.lower()
        rhythm = self._rhythms[host]
        rhythm.held_until = max(until, rhythm.held_until or until)
        if host in self._shared:
            self._shared[host].hold(host, until - self.clock())

    def _queue(self, name: str) -> _Queue:
        return self._queues.setdefault(asyncio.get_running_loop(), defaultdict(_Queue))[name]

    async def _wait_in(
        self,
        queues: Sequence[_Queue],
        names: Sequence[str],
        delay: float,
        connections: int,
        shared: SharedPace | None,
    ) -> Lease | None:
        """Wait at the head of the host's queue, then of its address's; a held host keeps no other from an address."""
        async with queues[0].head:
            while True:
                await _until_free(queues[0], connections)
                await self._until_due(names[0], delay)
                if len(queues) == 1:
                    lease = self._begin(queues, names, delay, connections, shared)
                else:
                    async with queues[1].head:
                        await _until_free(queues[1], connections)
                        await self._until_due(names[1], delay)
                        lease = self._begin(queues, names, delay, connections, shared)
                if isinstance(lease, float):
                    await self._sleep(lease)
                else:
                    return lease

    def _begin(
        self,
        queues: Sequence[_Queue],
        names: Sequence[str],
        delay: float,
        connections: int,
        shared: SharedPace | None,
    ) -> Lease | float | None:
        """Start now, or say in how many seconds to try again: the host was held meanwhile, or another process asks."""
        rhythms = [self._rhythms[name] for name in names]
        wait = max(rhythm.due(delay) for rhythm in rhythms) - self.clock()
        if wait > 0:
            return wait
        lease = None
        if shared is not None:
            pause = max(rhythm.pause(delay) for rhythm in rhythms)
            least = max(rhythm.least(delay) for rhythm in rhythms)
            got = shared.begin(names, pause, least=least, is_alone=connections == 1)
            if isinstance(got, float):
                return got
            lease = got
        stretch = 1 + self._jitter * random.random()  # noqa: S311  # no secret depends on it
        for rhythm, queue in zip(rhythms, queues, strict=True):
            rhythm.started, rhythm.stretch = self.clock(), stretch
            queue.active += 1
        return lease

    async def _until_due(self, name: str, delay: float) -> None:
        # A hold may come while we sleep, so look again after every sleep.
        while (wait := self._rhythms[name].due(delay) - self.clock()) > 0:
            held = (self._rhythms[name].held_until or float("-inf")) - self.clock()
            if held > LONGEST_HOLD:
                raise HeldTooLongError(f"{name} is to be left alone for {held:.0f} s")
            await self._sleep(wait)


async def _until_free(queue: _Queue, connections: int) -> None:
    while queue.active >= connections:
        queue.freed.clear()
        await queue.freed.wait()


PACER = Pacer()
"""The pacer of this process."""
