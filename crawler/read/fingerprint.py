"""Which CMS family a page belongs to: decided for each page by its markup, never by its host."""

from __future__ import annotations

from functools import lru_cache

from crawler.read.profile import Fingerprint, Profile, profiles


def family_of(markup: str | bytes) -> Profile | None:
    """The first profile, the more particular before the general, whose fingerprint the markup (or its UTF-8) bears."""
    lowered = lower_bytes(markup)
    return next((profile for profile in profiles() if bears(lowered, profile.fingerprint)), None)


def lower_bytes(markup: str | bytes) -> bytes:
    """UTF-8 with ASCII letters in lower case: ten times cheaper than `str.lower`, and all that fingerprints need."""
    return (markup if isinstance(markup, bytes) else markup.encode("utf-8", "replace")).lower()


def bears(lowered: bytes, fingerprint: Fingerprint) -> bool:
    """Whether the lowered markup bears the fingerprint; no page bears an empty one."""
    if not fingerprint.any and not fingerprint.all:
        return False
    return (
        all(_needle(piece) in lowered for piece in fingerprint.all)
        and (not fingerprint.any or any(_needle(piece) in lowered for piece in fingerprint.any))
        and not any(_needle(piece) in lowered for piece in fingerprint.none)
    )


def named_family(name: str) -> Profile | None:
    """The profile of that name, None where there is none."""
    return next((profile for profile in profiles() if profile.name == name), None)


@lru_cache(maxsize=4096)
def _needle(piece: str) -> bytes:
    return lower_bytes(piece)
