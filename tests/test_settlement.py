"""What becomes of a link after each kind of answer."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.items import Capture, FileItem, FileState
from pipelines.settlement import LONGEST_WAIT, TRIES_IN_A_RUN, settle, settle_file

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def answer(status: int | None, *, truncated: str | None = None) -> Capture:
    error = None if status else "connection refused"
    return Capture(site="x", url="http://x.example/", fetched_at=AT, status=status, error=error, truncated=truncated)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 304])
def test_a_good_answer_settles_the_link(status: int) -> None:
    assert settle(answer(status), tries=1, at=AT).state == "done"


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_a_passing_fault_is_tried_again_in_the_same_run(status: int | None) -> None:
    first = settle(answer(status), tries=1, at=AT)
    second = settle(answer(status), tries=2, at=AT)
    assert first.state == second.state == "pending"
    assert first.next_try_at is not None
    assert second.next_try_at is not None
    assert AT < first.next_try_at < second.next_try_at


def test_a_passing_fault_is_left_for_a_later_run_after_its_last_try() -> None:
    settled = settle(answer(503), tries=TRIES_IN_A_RUN, at=AT)
    assert settled.state == "failed"
    assert settled.error == "HTTP 503"
    assert settled.next_try_at == AT + timedelta(hours=1)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_dead_link_is_tried_again_on_another_day(status: int) -> None:
    settled = settle(answer(status), tries=1, at=AT)
    assert (settled.state, settled.error) == ("failed", f"HTTP {status}")
    assert settled.next_try_at == AT + timedelta(days=1)


def test_the_wait_grows_but_never_past_its_limit() -> None:
    waits = [settle(answer(404), tries=tries, at=AT).next_try_at for tries in range(1, 60)]
    assert waits == sorted(wait for wait in waits if wait)
    assert waits[-1] == AT + LONGEST_WAIT


def test_a_broken_connection_is_a_passing_fault() -> None:
    settled = settle(answer(200, truncated="disconnect"), tries=1, at=AT)
    assert settled.state == "pending"
    assert settled.error == "the connection broke before the end"


@pytest.mark.parametrize(
    ("state", "settled"),
    [("stored", "done"), ("not_a_file", "failed"), ("too_large", "failed"), ("redirected", "done")],
)
def test_a_page_instead_of_a_file_is_no_answer(state: FileState, settled: str) -> None:
    item = FileItem(link=1, capture=answer(200), state=state)
    assert settle_file(item, tries=1, at=AT).state == settled


def test_a_file_over_the_cap_is_not_asked_for_again_by_itself() -> None:
    item = FileItem(link=1, capture=answer(200, truncated="length"), state="too_large")
    assert settle_file(item, tries=1, at=AT).next_try_at is None
