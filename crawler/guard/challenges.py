"""Counts challenge pages: a host that keeps sending them is left alone for the run."""

from __future__ import annotations

MOST_IN_A_ROW = 3
"""Challenge pages in a row after which a host is held: one may come by chance, the third is the host's answer."""


class Challenges:
    """How many challenge pages came in a row, by host."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = {}

    def came(self, host: str, why: str | None) -> str | None:
        """Note an answer; returns the reason to hold the host when it is one challenge too many.

        Args:
            host: who answered.
            why: what makes the answer a challenge, None where it is none.
        """
        if why is None:
            self._in_a_row.pop(host, None)
            return None
        self._in_a_row[host] = self._in_a_row.get(host, 0) + 1
        if self._in_a_row[host] != MOST_IN_A_ROW:
            return None
        return f"a challenge page comes instead of answers ({why}); the site's owner can let us in"
