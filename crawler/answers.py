"""What came back for a file or a failed request, as the item that the pipelines keep. No Scrapy, no network."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.frontier import Link
from crawler.read.challenge import challenge_in
from crawler.urls import filename_of, request_url
from pipelines.items import Article, Attachment, Capture, FileItem, FileState, FoundLink, PageItem
from pipelines.settlement import UNFINISHED
from pipelines.sniff import disposition_filename, sniff

CHALLENGED = "a challenge page came instead of the answer"
"""Why a link waits whose host asks for proof of a browser."""

NEVER_CAME = "unchanged, it says, but it never came"
"""Why a link waits that was answered with a 304 although nothing of it is known."""

HEAD_BYTES = 65536
"""How much of a file its kind is told from; the names inside Office files may lie late."""


def file_item(
    link: Link,
    capture: Capture,
    *,
    spool: Path | None,
    disposition: bytes | None,
    redirect: FoundLink | None = None,
    whole_sha256: str | None = None,
) -> FileItem:
    """The item of an answered file or image request; a page that came instead of a file is no file.

    `whole_sha256` is the hash of the spool where it holds more than this answer: what came before it, too.
    """
    filename = disposition_filename(disposition) or filename_of(link.url)
    refusal = _refusal(link, capture, spool, is_joined=whole_sha256 is not None)
    if refusal is not None:
        state, error = refusal
        return FileItem(
            link=link.id,
            capture=capture,
            spool=spool,
            size=spool.stat().st_size if spool else None,
            filename=filename,
            redirect=redirect,
            state=state,
            error=error,
        )
    assert spool is not None  # noqa: S101  # _refusal says so otherwise
    head = head_of(spool)
    if challenge_in(head):
        return FileItem(link=link.id, capture=capture, spool=spool, filename=filename, state="failed", error=CHALLENGED)
    kind = sniff(head, filename=filename, declared=capture.mime)
    is_wrong = not kind.mime.startswith("image/") if link.kind == "image" else kind.mime == "text/html"
    return FileItem(
        link=link.id,
        capture=capture,
        spool=spool,
        size=spool.stat().st_size,
        sha256=whole_sha256 or capture.body_sha256,
        mime=kind.mime,
        extension=kind.extension,
        filename=filename,
        state="not_a_file" if is_wrong else "stored",
        error=f"a {kind.mime} came instead of the {link.kind}" if is_wrong else None,
    )


def head_of(spool: Path | None) -> bytes:
    """The beginning of a file that was received; nothing where there is none."""
    if spool is None:
        return b""
    with spool.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def _refusal(
    link: Link, capture: Capture, spool: Path | None, *, is_joined: bool
) -> tuple[FileState, str | None] | None:
    """(state, error) where the answer holds no whole file; None where it does."""
    status = capture.status or 0
    if not 200 <= status < 300:
        return _without_content(link, status)
    if capture.truncated == "length":
        return "too_large", "larger than the cap of the site"
    if capture.truncated is not None:
        return "failed", "the connection broke before the end"
    if capture.error is not None:
        return "failed", capture.error  # what could be decoded is not the file
    if status == 206 and capture.continues is None:
        return "failed", "a part came that was not asked for"
    if status == 206 and not is_joined:
        return "failed", UNFINISHED
    if spool is None or spool.stat().st_size == 0:
        return "failed", "an empty answer"
    return None


def _without_content(link: Link, status: int) -> tuple[FileState, str | None]:
    """(state, error) of an answer whose status says that it brings no file."""
    if status == 304:
        return ("stored", None) if link.capture is not None else ("failed", NEVER_CAME)
    if 300 <= status < 400:
        return "redirected", None
    return "missing" if status in {404, 410} else "failed", f"HTTP {status}"


def failed_item(link: Link, site: str, error: str, *, at: datetime) -> PageItem | FileItem:
    """The item of a request that nothing came back for."""
    capture = Capture(site=site, url=link.url, method=link.method, fetched_at=at, error=error)
    if link.kind in {"file", "image"}:
        return FileItem(link=link.id, capture=capture, state="failed", error=error)
    return PageItem(link=link.id, capture=capture)


def why_unreadable(error: BaseException | None) -> str:
    """What is said of a page on which the reader broke."""
    return f"{type(error).__name__}: {error}"


def fetchable(article: Article) -> Article:
    """The article with its files and pictures under the addresses that the frontier asks for, each file once."""
    attachments: dict[str, Attachment] = {}
    for item in article.attachments:
        url = request_url(item.url)
        if url not in attachments or not attachments[url].label:
            attachments[url] = replace(item, url=url)
    return replace(
        article,
        attachments=tuple(attachments.values()),
        images=tuple(replace(item, url=request_url(item.url)) for item in article.images),
    )
