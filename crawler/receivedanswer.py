"""What came back of a request, but for its body, and what that says."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from crawler.receivedbody import ReceivedBody
from pipelines.answerhead import first_header, text_of
from pipelines.partial import Part, Partial, part_of
from pipelines.salvage import note_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedAnswer:
    """What came back, but for the body."""

    asked_at: datetime
    latency: float
    status: int
    protocol: str | None
    request_head: bytes
    head: bytes
    headers: Sequence[tuple[bytes, bytes]]
    ip_address: str | None
    tls: str | None

    def text(self, name: str) -> str | None:
        """The first header of that name as text, None where there is none."""
        value = first_header(self.headers, name.lower().encode())
        return None if value is None else text_of(value)


def response_of(url: str, answer: ReceivedAnswer, body: ReceivedBody, content: bytes) -> Response:
    """The answer as Scrapy knows it, with `content` as its body; its flags say whether all of that came."""
    is_decoded = body.decoded is not body.as_sent
    kept = [(name, value) for name, value in answer.headers if not (is_decoded and name.lower() == b"content-encoding")]
    headers = Headers(kept)
    flags = []
    if body.truncated == "length":
        flags.append("truncated")
    elif body.truncated is not None or body.fault is not None:
        flags.append("dataloss")
    return responsetypes.from_args(headers=headers, url=url, body=content)(
        url=url,
        status=answer.status,
        headers=headers,
        body=content,
        flags=flags,
        ip_address=ipaddress.ip_address(answer.ip_address.partition("%")[0]) if answer.ip_address else None,
        protocol=answer.protocol,
    )


def continued(request: Request, answer: ReceivedAnswer, *, came: int = 0) -> Partial | None:
    """The beginning of a file that this answer, of which so many bytes came, goes on from."""
    partial: Partial | None = request.meta.get("partial")
    part = _part(answer)
    if partial is None or part is None or not partial.is_continued_by(part):
        return None
    return partial if came <= part.end - part.start else None  # bytes beyond those announced are anybody's


def ends_the_file(answer: ReceivedAnswer, came: int) -> bool:
    """Whether an answer of so many bytes brought the last piece of a file."""
    part = _part(answer)
    return part is not None and part.ends_the_file(came)


def _part(answer: ReceivedAnswer) -> Part | None:
    """Which bytes of a file came; None where these are not said, or not those of the file itself."""
    if answer.status != 206 or answer.text("Content-Encoding"):
        return None
    etag, last_modified = answer.text("ETag"), answer.text("Last-Modified")
    return part_of(answer.text("Content-Range"), etag=etag, last_modified=last_modified)


def note_on(url: str, answer: ReceivedAnswer) -> bytes:
    """What has to lie beside a body that is still coming, so that it finds into the archive if the crawl is killed."""
    return note_of(
        url=url,
        fetched_at=answer.asked_at,
        request_head=answer.request_head,
        response_head=answer.head,
        ip_address=answer.ip_address,
    )
