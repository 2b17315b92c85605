"""How long a server asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 7 * 24 * 3600.0
"""A week; a server that asks for more, or for a date in the far future, is asked again after that."""


def retry_after(header: str | None, *, at: datetime) -> float | None:
    """The seconds of a `Retry-After` header (RFC 9110, section 10.2.3: a number or a date); None if it is unsound."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - at).total_seconds(), 0.0), LONGEST)
