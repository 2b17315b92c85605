"""A host that does not answer is given up for the run, and said once."""

from crawler.guard.breaker import FAILURES_OF_A_KNOWN_HOST, FAILURES_OF_A_SILENT_HOST, Breaker


def test_a_host_that_never_answered_is_given_up_soon() -> None:
    breaker = Breaker()
    told = [breaker.failed("x.example", "refused") for _ in range(FAILURES_OF_A_SILENT_HOST + 3)]
    assert told.count(True) == 1
    assert told.index(True) == FAILURES_OF_A_SILENT_HOST - 1
    assert breaker.given_up == {"x.example": "refused"}


def test_a_host_that_answered_before_gets_more_patience() -> None:
    breaker = Breaker()
    breaker.answered("x.example")
    told = [breaker.failed("x.example", "timeout") for _ in range(FAILURES_OF_A_KNOWN_HOST)]
    assert told == [False] * (FAILURES_OF_A_KNOWN_HOST - 1) + [True]


def test_an_answer_in_between_starts_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(20):
        breaker.answered("x.example")
        assert not breaker.failed("x.example", "timeout")


def test_one_host_does_not_stand_for_another() -> None:
    breaker = Breaker()
    for host in ("a.example", "b.example"):
        breaker.failed(host, "refused")
    assert breaker.given_up == {}
