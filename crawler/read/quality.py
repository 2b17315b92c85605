"""How far a reading can be trusted, as one number between 0 and 1.

The sum of what was found, each part weighed by how badly an archive misses it: title 0.25, date 0.20, body 0.35,
and 0.20 for agreement between the profile's reading and the selector-less one (a page without a profile gets
half of that: nobody checked it). A body counts fully from 200 characters on; an article that consists of its
attachments counts as one with a body. A title or date that only the page's metadata gave counts for three quarters.
"""

from __future__ import annotations

from collections.abc import Mapping

WHOLE_BODY = 200
_SECOND_HAND = frozenset(("og:title", "window title", "json-ld", "metadata", "address"))


def quality_of(
    *, fields: Mapping[str, str], body: str, has_files: bool, agrees: Mapping[str, bool], has_profile: bool
) -> float:
    """The documented sum, rounded to two places."""
    title = _found(fields, "title") * 0.25
    date = _found(fields, "published_at") * 0.20
    text = 0.35 if has_files else 0.35 * min(len(body) / WHOLE_BODY, 1.0)
    agreement = 0.20 * (sum(agrees.values()) / len(agrees)) if has_profile and agrees else 0.10
    return round(title + date + text + agreement, 2)


def _found(fields: Mapping[str, str], name: str) -> float:
    rule = fields.get(name)
    if rule is None:
        return 0.0
    return 0.75 if rule in _SECOND_HAND else 1.0
