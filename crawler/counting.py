"""A running number on a terminal, for commands that work through many things."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A running number on a terminal, nothing elsewhere."""
    console = Console(file=sys.stderr)
    if quiet or not console.is_terminal:
        yield None
        return
    with console.status(what) as status:
        yield lambda number: status.update(f"{what}: {number}")
