"""Gives a host up for this run when it does not answer: one sentence instead of a thousand time-outs."""

from __future__ import annotations

FAILURES_OF_A_SILENT_HOST = 2
"""Transport failures in a row after which a host that never answered in this run is given up."""

FAILURES_OF_A_KNOWN_HOST = 6
"""The same for a host that did answer before."""

FAULTS_OF_A_SERVER = 20
"""Answers in a row that only say that the server is in trouble (5xx, 429), after which it is left to recover."""


class Breaker:
    """Counts transport failures and server faults in a row, by host."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._faults: dict[str, int] = {}
        self._answered: set[str] = set()
        self.given_up: dict[str, str] = {}
        """Why each host was given up."""

    def answered(self, host: str, status: int = 200) -> bool:
        """Note an answer; True when it is the server fault that gives the host up."""
        self._failures.pop(host, None)
        self._answered.add(host)
        if status < 500 and status != 429:
            self._faults.pop(host, None)
            return False
        self._faults[host] = self._faults.get(host, 0) + 1
        if self._faults[host] < FAULTS_OF_A_SERVER or host in self.given_up:
            return False
        self.given_up[host] = f"{self._faults[host]} answers in a row were faults, the last one HTTP {status}"
        return True

    @property
    def answering(self) -> frozenset[str]:
        """The hosts that answered in this run and were not given up."""
        return frozenset(self._answered) - self.given_up.keys()

    def failed(self, host: str, why: str) -> bool:
        """Count a failure; True when this one gives the host up."""
        if host in self.given_up:
            return False
        self._failures[host] = self._failures.get(host, 0) + 1
        most = FAILURES_OF_A_KNOWN_HOST if host in self._answered else FAILURES_OF_A_SILENT_HOST
        if self._failures[host] < most:
            return False
        self.given_up[host] = why
        return True
