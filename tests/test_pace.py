"""One pause from start to start for each host, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.guard.pace import PACER, Pacer


class Clockwork:
    """A clock that jumps as far as one sleeps, so that minutes take no time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def steady() -> tuple[Pacer, Clockwork]:
    clock = Clockwork()
    return Pacer(jitter=0, clock=clock, sleep=clock.sleep), clock


async def ask(
    pacer: Pacer,
    host: str,
    starts: list[float],
    *,
    delay: float = 2,
    head: Callable[[], Awaitable[None]] | None = None,
    body: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Ask once; `head` and `body` wait as long as these take to come."""
    async with pacer.turn(host, delay=delay) as turn:
        starts.append(pacer.clock())
        if head is not None:
            await head()
        turn.heard()
        if body is not None:
            await body()


def run(*asking: Coroutine[Any, Any, None]) -> None:
    async def together() -> None:
        await asyncio.gather(*asking)

    asyncio.run(together())


def test_the_first_request_waits_for_nothing() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    run(ask(pacer, "xa.example", starts))
    assert starts == [1000]


def test_the_pause_is_counted_from_the_beginning_of_the_answer() -> None:
    pacer, clock = steady()
    starts: list[float] = []
    run(*(ask(pacer, "xa.example", starts, head=partial(clock.sleep, 0.5)) for _ in range(3)))
    assert starts == [1000, 1002.5, 1005]


def test_the_wait_for_an_answer_is_not_added_to_the_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)
    clock = Clockwork()
    pacer = Pacer(jitter=1, clock=clock, sleep=clock.sleep)
    starts: list[float] = []
    run(*(ask(pacer, "xa.example", starts, head=partial(clock.sleep, 0.5)) for _ in range(3)))
    assert starts == [1000, 1003, 1006]


def test_a_long_body_uses_up_the_pause() -> None:
    pacer, clock = steady()
    starts: list[float] = []
    run(*(ask(pacer, "xa.example", starts, body=partial(clock.sleep, 5)) for _ in range(3)))
    assert starts == [1000, 1005, 1010]


def test_a_turn_that_nothing_came_of_counts_from_its_end() -> None:
    pacer, clock = steady()
    starts: list[float] = []

    async def timing_out() -> None:
        async with pacer.turn("xa.example", delay=2):
            await clock.sleep(60)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        run(timing_out())
    run(ask(pacer, "xa.example", starts))
    assert starts == [1062]


def test_hosts_do_not_wait_for_each_other() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    run(ask(pacer, "xa.example", starts), ask(pacer, "huyen.example", starts))
    assert starts == [1000, 1000]


def test_a_host_is_the_same_in_capitals() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    run(ask(pacer, "xa.example", starts), ask(pacer, "XA.Example", starts))
    assert starts == [1000, 1002]


def test_two_sites_on_one_host_share_its_pace() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    run(ask(pacer, "xa.example", starts, delay=1), ask(pacer, "xa.example", starts, delay=3))
    assert starts == [1000, 1003]


def test_the_pause_is_kept_across_event_loops() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    run(*(ask(pacer, "xa.example", starts) for _ in range(2)))
    run(*(ask(pacer, "xa.example", starts) for _ in range(2)))
    assert starts == [1000, 1002, 1004, 1006]


def test_turns_come_in_the_order_of_asking() -> None:
    pacer, _ = steady()
    order: list[int] = []

    async def asking(number: int) -> None:
        async with pacer.turn("xa.example", delay=1):
            order.append(number)

    run(*(asking(number) for number in range(9)))
    assert order == list(range(9))


@pytest.mark.parametrize("connections", [1, 2, 5])
def test_no_more_connections_than_allowed(connections: int) -> None:
    pacer = Pacer(jitter=0)
    at_once = most = 0

    async def asking() -> None:
        nonlocal at_once, most
        async with pacer.turn("xa.example", delay=0, connections=connections):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.001)
            at_once -= 1

    run(*(asking() for _ in range(12)))
    assert most == connections


def test_a_failed_request_gives_its_turn_back() -> None:
    pacer, _ = steady()
    starts: list[float] = []

    async def failing() -> None:
        async with pacer.turn("xa.example", delay=1):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        run(failing())
    run(ask(pacer, "xa.example", starts))
    assert starts == [1002]


def test_one_who_stops_waiting_blocks_nobody() -> None:
    pacer = Pacer(jitter=0)
    starts: list[float] = []

    async def one_gives_up() -> None:
        async with pacer.turn("xa.example", delay=0.05):
            waiting = asyncio.create_task(ask(pacer, "xa.example", [], delay=0.05))
            await asyncio.sleep(0.01)
            waiting.cancel()
        await ask(pacer, "xa.example", starts, delay=0.05)

    run(one_gives_up())
    assert len(starts) == 1


def test_a_crawl_delay_slows_a_host_down_for_good() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    pacer.slow_down("xa.example", 10)
    pacer.slow_down("xa.example", 5)
    run(*(ask(pacer, "xa.example", starts, delay=2) for _ in range(3)))
    assert starts == [1000, 1010, 1020]


def test_a_crawl_delay_below_our_own_changes_nothing() -> None:
    pacer, _ = steady()
    starts: list[float] = []
    pacer.slow_down("xa.example", 1)
    run(*(ask(pacer, "xa.example", starts, delay=2) for _ in range(2)))
    assert starts == [1000, 1002]


def test_a_held_host_is_asked_when_the_hold_is_over() -> None:
    pacer, clock = steady()
    starts: list[float] = []
    pacer.hold("xa.example", clock() + 60)
    pacer.hold("xa.example", clock() + 30)
    run(*(ask(pacer, "xa.example", starts) for _ in range(2)))
    assert starts == [1060, 1062]


def test_a_hold_reaches_those_who_wait_already() -> None:
    pacer, clock = steady()
    starts: list[float] = []

    async def told_to_wait() -> None:
        async with pacer.turn("xa.example", delay=2):
            pacer.hold("xa.example", clock() + 120)

    run(told_to_wait(), ask(pacer, "xa.example", starts))
    assert starts == [1120]


@given(jitter=st.floats(0, 1), delay=st.floats(0, 60))
def test_jitter_only_lengthens_the_pause(jitter: float, delay: float) -> None:
    clock = Clockwork()
    pacer = Pacer(jitter=jitter, clock=clock, sleep=clock.sleep)
    starts: list[float] = []
    run(*(ask(pacer, "xa.example", starts, delay=delay) for _ in range(4)))
    slack = 1e-9 * 2000
    assert all(delay - slack <= later - earlier <= delay * (1 + jitter) + slack for earlier, later in pairwise(starts))


def test_real_seconds_pass_by_default() -> None:
    starts: list[float] = []
    run(*(ask(PACER, "test.example", starts, delay=0.05) for _ in range(3)))
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(starts))
