"""Which reader read a record: raised by hand when reading changes what it yields, so that re-reading can tell."""

from __future__ import annotations

READER_VERSION = "4"
