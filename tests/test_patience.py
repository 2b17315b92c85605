"""What a Retry-After header asks for."""

from datetime import UTC, datetime

import pytest

from crawler.guard.patience import LONGEST, retry_after

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 22 Nov 2026 08:05:00 GMT", 300.0),
        ("Sun, 22 Nov 2026 07:00:00 GMT", 0.0),
        ("99999999999999999999", LONGEST),
        ("Sun, 22 Nov 2099 08:05:00 GMT", LONGEST),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_or_a_date_says_how_long(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, at=AT) == seconds
