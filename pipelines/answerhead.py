"""What the head of an archived answer says of it, in the words in which the row of a capture keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urljoin

REDIRECTS = frozenset({301, 302, 303, 307, 308})


def text_of(value: bytes) -> str:
    """A header value as text: UTF-8, and what is none as the standard has it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def first_header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of the first header of a name, which is given in lower case; None where there is none."""
    return next((value for key, value in headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHead:
    """The first header of each name, None where there is none; `redirect_to` is an absolute address."""

    mime: str | None
    etag: str | None
    last_modified: str | None
    redirect_to: str | None

    @classmethod
    def of(
        cls,
        url: str,
        status: int,
        headers: Sequence[tuple[bytes, bytes]],
        *,
        decoded: Callable[[bytes], str] = text_of,
    ) -> Self:
        """What an answer from `url` says; names and values of `headers` are raw bytes, in order."""
        said = {name.lower(): value for name, value in reversed(headers)}
        etag, last_modified, content_type, location = (
            decoded(said[name]) if name in said else None
            for name in (b"etag", b"last-modified", b"content-type", b"location")
        )
        return cls(
            mime=(content_type or "").partition(";")[0].strip().lower() or None,
            etag=etag,
            last_modified=last_modified,
            redirect_to=_target(url, location) if status in REDIRECTS and location else None,
        )


def _target(url: str, location: str) -> str | None:
    try:
        return urljoin(url, "".join(c if "!" <= c <= "~" else quote(c) for c in location.strip()))
    except ValueError:
        return None
