"""Spaces the requests to each host, for the whole process.

Scrapy paces each crawler on its own, so two sites on one host would be asked twice as often; and it forgets a
Crawl-delay that was set at run time. One `Pacer`, `PACER`, serves all crawlers of a process.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary


@dataclass(slots=True)
class _Rhythm:
    """When a host may be asked next; outlives event loops."""

    started: float | None = None
    stretch: float = 1.0
    slowest: float = 0.0
    held_until: float | None = None

    def due(self, delay: float) -> float:
        """The earliest start of the next request, in seconds of the pacer's clock; may lie in the past."""
        moments = [self.held_until] if self.held_until is not None else []
        if self.started is not None:
            moments.append(self.started + max(delay, self.slowest) * self.stretch)
        return max(moments, default=float("-inf"))


@dataclass(slots=True)
class _Queue:
    """Who waits for a host, in one event loop. The lock is fair: first come, first served."""

    head: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    active: int = 0


class Pacer:
    """Lets requests to one host start one after another, with a pause from start to start.

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
        # Locks belong to an event loop; a process may run several, one after another.
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, defaultdict[str, _Queue]] = WeakKeyDictionary()

    @asynccontextmanager
    async def turn(self, host: str, *, delay: float, connections: int = 1) -> AsyncIterator[None]:
        """Wait for the host's turn, and keep one of its `connections` until the block ends.

        `delay` is in seconds, from the start of the request before; a longer one that `slow_down` set prevails.
        """
        host = host.lower()
        queue = self._queue(host)
        async with queue.head:
            await _until_free(queue, connections)
            await self._until_due(host, delay)
            queue.active += 1
        try:
            yield
        finally:
            queue.active -= 1
            queue.freed.set()

    def slow_down(self, host: str, seconds: float) -> None:
        """From now on leave at least `seconds` between two starts (a Crawl-delay); never shortens a pause."""
        rhythm = self._rhythms[host.lower()]
        rhythm.slowest = max(rhythm.slowest, seconds)

    def forget(self) -> None:
        """Begin anew, as a new process does: no host was asked, slowed down or held."""
        self._rhythms.clear()

    def hold(self, host: str, until: float) -> None:
        """Start nothing before `until`, a moment of `clock` (a Retry-After); never shortens an earlier hold."""
        rhythm = self._rhythms[host.lower()]
        rhythm.held_until = max(until, rhythm.held_until or until)

    def _queue(self, host: str) -> _Queue:
        return self._queues.setdefault(asyncio.get_running_loop(), defaultdict(_Queue))[host]

    async def _until_due(self, host: str, delay: float) -> None:
        rhythm = self._rhythms[host]
        # A hold may come while we sleep, so look again after every sleep.
        while (wait := rhythm.due(delay) - self.clock()) > 0:
            await self._sleep(wait)
        rhythm.started = self.clock()
        rhythm.stretch = 1 + self._jitter * random.random()  # noqa: S311  # no secret depends on it


async def _until_free(queue: _Queue, connections: int) -> None:
    while queue.active >= connections:
        queue.freed.clear()
        await queue.freed.wait()


PACER = Pacer()
"""The pacer of this process."""
