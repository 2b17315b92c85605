"""Gives a host up for this run when it does not answer: one sentence instead of a thousand time-outs."""

from __future__ import annotations

FAILURES_OF_A_SILENT_HOST = 2
"""Transport failures in a row after which a host that never answered in this run is given up."""

FAILURES_OF_A_KNOWN_HOST = 6
"""The same for a host that did answer before."""


class Breaker:
    """Counts transport failures in a row, by host."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._answered: set[str] = set()
        self.given_up: dict[str, str] = {}
        """Why each host was given up."""

    def answered(self, host: str) -> None:
        self._failures.pop(host, None)
        self._answered.add(host)

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
