"""Fetches: the request as Scrapy prepared it, the answer into a WARC, and only then to the spider.

`ArchivingDownloadHandler` takes the place of Scrapy's handlers for `http` and `https`. It follows no redirect, retries
nothing, keeps no cookies, and returns a response only when its bytes are safe on disk.

Of the request it reads these `meta` keys:

- `kind`: for `file` and `image` the decoded body of a 2xx answer stays on disk (see `spool`); the response is empty.
- `max_bytes`: a cap for the body, as sent and decoded; above it reading stops. Without it DOWNLOAD_MAXSIZE applies.
- `download_timeout`: seconds for the whole exchange, from the connection to the last byte. Waiting for the host's turn
  does not count.
- `proxy`: as Scrapy's HttpProxyMiddleware sets it.
- `partial`: a `pipelines.partial.Partial`, the beginning of the file whose rest is asked for.
- `earlier`: a `pipelines.warcfile.Earlier`, the capture that a conditional request asks about; a 304 then refers to it.

and adds these:

- `capture`: a `pipelines.items.Capture`, complete. `truncated` is `length` (the cap), `disconnect` or `time` (the
  connection broke, or the time was over, after the head had come); `error` says why a content coding could not be
  undone. The response carries the flag `truncated` for the first and `dataloss` for the rest.
- `spool`: the path of the decoded body; whoever reads it moves or removes it. Where the answer goes on from `partial`,
  it is the whole file, and `whole_sha256` is its hash; `capture` is of the answer alone.
- `download_latency`: seconds until the head had come.

Nothing came back at all: one of Scrapy's exceptions (or `AddressRefusedError`), whose text is one plain sentence.

Settings:

- GOVNEWS_OUTPUT: the mirror's folder. GOVNEWS_SITE: the site's name, by default the spider's.
- GOVNEWS_DELAY: seconds from start to start of two requests to a host. GOVNEWS_CONNECTIONS: how many at once (1).
- GOVNEWS_PACE_DIR: a folder through which crawls of several processes share the pace of a host; empty: they do not.
- GOVNEWS_PACE_BY_ADDRESS: whether hosts at one address are paced together (true).
- GOVNEWS_GUARD: whether addresses that are not public are refused (true).
- GOVNEWS_TLS: `verify`; `weak` also speaks old versions and ciphers; `unverified` does so and takes any certificate.
- GOVNEWS_WARC_MAX_BYTES: size after which a new WARC file is begun (1 GiB).
- GOVNEWS_WARC_INFO: a dict of further lines for the warcinfo record.
- GOVNEWS_EARLIER: a callable from the SHA-256 of a payload to the `Earlier` record that holds it, or None.
- GOVNEWS_CLOCK: a callable that tells the time.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import aiohttp
import yarl
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response

from crawler.crawlarchive import archive_of
from crawler.faults import in_plain_words
from crawler.guard.addresses import AddressRefusedError, GuardedResolver, check_literal
from crawler.guard.pace import PACER, Pacer, Turn
from crawler.guard.patience import retry_after
from crawler.guard.sharedpace import SharedPace
from crawler.identity import is_local_proxy
from crawler.receivedanswer import ReceivedAnswer, continued, ends_the_file, note_on, response_of
from crawler.receivedbody import ReceivedBody
from crawler.tls import tls_context
from crawler.wire import HeadKeepingResponse, archiving_session, request_head
from pipelines.answerhead import AnswerHead
from pipelines.clock import now
from pipelines.items import Capture
from pipelines.partial import join
from pipelines.spool import IN_MEMORY
from pipelines.warcfile import Earlier, Exchange, WarcPlace, WarcWriter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

FILE_KINDS = frozenset({"file", "image"})


_Result = TypeVar("_Result")


class ArchivingDownloadHandler:
    """Scrapy's download handler for http and https (its interface is `DownloadHandlerProtocol`)."""

    lazy = False

    def __init__(
        self,
        *,
        output: Path,
        site: str,
        archive: WarcWriter,
        pacer: Pacer,
        delay: float,
        connections: int = 1,
        is_guarded: bool = True,
        tls: ssl.SSLContext,
        timeout: float = 60.0,
        max_bytes: int = 0,
        at_once: int = 16,
        earlier: Callable[[str], Earlier | None] | None = None,
        clock: Callable[[], datetime] = now,
        shared_pace: SharedPace | None = None,
        is_paced_by_address: bool = True,
    ) -> None:
        self._output = output
        self._shared_pace = shared_pace
        self._is_paced_by_address = is_paced_by_address
        self._addresses: dict[str, str | None] = {}
        self._site = site
        self._archive = archive
        self._spools = output / "spool" / site
        self._pacer = pacer
        self._delay = delay
        self._connections = connections
        self._is_guarded = is_guarded
        self._tls = tls
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._earlier = earlier
        self._clock = clock
        # Behind a proxy the only names that we resolve are those of proxies, which may well be local.
        plain: aiohttp.abc.AbstractResolver = aiohttp.DefaultResolver()
        self._resolver = GuardedResolver(plain) if is_guarded else plain
        self._direct = archiving_session(self._resolver, connections=at_once)
        self._proxied = archiving_session(plain, connections=at_once)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        output = Path(settings["GOVNEWS_OUTPUT"] or "output")
        site = settings["GOVNEWS_SITE"] or (crawler.spider.name if crawler.spider else "unnamed")
        return cls(
            output=output,
            site=site,
            archive=archive_of(crawler, output, site),
            pacer=PACER,
            delay=settings.getfloat("GOVNEWS_DELAY", 1.0),
            connections=settings.getint("GOVNEWS_CONNECTIONS", 1),
            is_guarded=settings.getbool("GOVNEWS_GUARD", True),
            tls=tls_context(settings["GOVNEWS_TLS"] or "verify"),
            timeout=settings.getfloat("DOWNLOAD_TIMEOUT"),
            max_bytes=settings.getint("DOWNLOAD_MAXSIZE"),
            at_once=settings.getint("CONCURRENT_REQUESTS"),
            earlier=settings["GOVNEWS_EARLIER"] or getattr(crawler.spider, "earlier_record", None),
            clock=settings["GOVNEWS_CLOCK"] or now,
            shared_pace=SharedPace(Path(folder)) if (folder := settings["GOVNEWS_PACE_DIR"]) else None,
            is_paced_by_address=settings.getbool("GOVNEWS_PACE_BY_ADDRESS", True),
        )

    async def download_request(self, request: Request) -> Response:
        """Fetch, archive, then answer.

        Raises:
            AddressRefusedError: the address is not on the public internet.
            HeldTooLongError: the host asked to be left alone; nothing was asked.
            ArchiveError: the disk does not take the answer.
            CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError,
            UnsupportedURLSchemeError: nothing came back.
        """
        if self._is_guarded:
            check_literal(request.url)
        request.meta.pop("spool", None)
        request.meta.pop("capture", None)
        request.meta.pop("whole_sha256", None)
        with ReceivedBody(self._spools, request.meta.get("max_bytes", self._max_bytes)) as body:
            host = urlsplit(request.url).hostname or ""
            is_live = not is_local_proxy(_proxy_of(request))
            async with self._pacer.turn(
                host,
                delay=self._delay,
                connections=self._connections,
                address=await self._shared_address(request, host),
                shared=self._shared_pace if is_live else None,
            ) as turn:
                answer = await self._timed(self._ask(request, body, turn), host)
            place = await self._keep(request, answer, body)
            response = self._respond(request, answer, body, place)
            partial = continued(request, answer, came=body.as_sent.size)
            if partial is not None and body.truncated is None and ends_the_file(answer, body.as_sent.size):
                request.meta["spool"], request.meta["whole_sha256"] = await _to_the_end(
                    join, self._output, partial, request.meta["spool"]
                )
            return response

    async def close(self) -> None:
        await self._direct.close()
        await self._proxied.close()
        await self._resolver.close()
        self._archive.close()

    async def _shared_address(self, request: Request, host: str) -> str | None:
        """The address by which a host is paced together with others; None where that is not known (behind a proxy)."""
        if not self._is_paced_by_address or _proxy_of(request):
            return None
        if host not in self._addresses:
            try:
                found = await self._resolver.resolve(host, 0)
            except (OSError, ValueError, AddressRefusedError):  # the request itself will say so
                return None
            self._addresses[host] = min((result["host"] for result in found), default=None)
        return self._addresses[host]

    async def _timed(self, asking: Coroutine[Any, Any, ReceivedAnswer], host: str) -> ReceivedAnswer:
        """Ask, and let the pacer know how the host bears it."""
        started = time.monotonic()
        try:
            answer = await asking
        except DownloadTimeoutError:
            self._pacer.answered(host, time.monotonic() - started, is_overloaded=True)
            raise
        is_overloaded = answer.status in {429, 503}
        self._pacer.answered(host, answer.latency, is_overloaded=is_overloaded)
        wait = retry_after(answer.text("Retry-After"), at=self._clock()) if is_overloaded else None
        if wait is not None:
            self._pacer.hold(host, self._pacer.clock() + wait)
        return answer

    async def _ask(self, request: Request, body: ReceivedBody, turn: Turn) -> ReceivedAnswer:
        """Send the request and take in the whole answer."""
        timeout = float(request.meta.get("download_timeout", self._timeout))
        proxy = _proxy_of(request)
        session = self._proxied if proxy else self._direct
        is_tls = request.url.lower().startswith("https:")
        credentials = _proxy_credentials(request) if proxy else {}
        asked_at, started = self._clock(), time.monotonic()
        async with AsyncExitStack() as stack:
            with in_plain_words(request.url, timeout=timeout):
                response = await stack.enter_async_context(
                    session.request(
                        request.method,
                        yarl.URL(_sendable(request.url), encoded=True),
                        data=request.body or None,
                        headers=[*_own_headers(request), *([] if is_tls else credentials.items())],
                        timeout=aiohttp.ClientTimeout(total=timeout or None),
                        ssl=self._tls,
                        allow_redirects=False,
                        proxy=proxy,
                        proxy_headers=credentials if is_tls else None,
                    )
                )
            turn.heard()
            assert isinstance(response, HeadKeepingResponse)  # noqa: S101  # the session makes no others
            request.meta["download_latency"] = time.monotonic() - started
            answer = ReceivedAnswer(
                asked_at=asked_at,
                latency=request.meta["download_latency"],
                status=response.status,
                protocol=f"HTTP/{response.version.major}.{response.version.minor}" if response.version else None,
                request_head=request_head(response, is_absolute=proxy is not None and not is_tls),
                head=response.head,
                headers=response.raw_headers,
                ip_address=None if proxy else response.peer,
                tls=self._tls_words(response),
            )
            partial = continued(request, answer)
            is_file = request.meta.get("kind") in FILE_KINDS
            if is_file:
                body.as_sent.note = note_on(request.url, answer)
            await body.take_in(response, is_file=is_file, taken=partial.size if partial else 0)
            return answer

    def _tls_words(self, response: HeadKeepingResponse) -> str | None:
        if response.tls_version is None:
            return None
        if self._tls is tls_context("weak"):
            return f"{response.tls_version} verified weak"
        is_verified = self._tls.verify_mode == ssl.CERT_REQUIRED
        return f"{response.tls_version} {'verified' if is_verified else 'unverified'}"

    async def _keep(self, request: Request, answer: ReceivedAnswer, body: ReceivedBody) -> WarcPlace:
        exchange = Exchange(
            url=request.url,
            fetched_at=answer.asked_at,
            request_head=answer.request_head,
            request_body=request.body,
            response_head=answer.head,
            payload=body.as_sent.stream(),
            payload_sha256=body.as_sent.sha256,
            ip_address=answer.ip_address,
            truncated=body.truncated,
        )
        asked_about: Earlier | None = request.meta.get("earlier")
        if answer.status == 304 and asked_about is not None:
            return await _to_the_end(self._archive.write_not_modified, exchange, asked_about)
        same = self._earlier(exchange.payload_sha256) if self._earlier and body.is_whole else None
        if same is not None:
            return await _to_the_end(self._archive.write_revisit, exchange, same)
        return await _to_the_end(self._archive.write_exchange, exchange)

    def _respond(self, request: Request, answer: ReceivedAnswer, body: ReceivedBody, place: WarcPlace) -> Response:
        said = AnswerHead.of(request.url, answer.status, answer.headers)
        request.meta["capture"] = Capture(
            site=self._site,
            url=request.url,
            fetched_at=answer.asked_at,
            method=request.method,
            request_sha256=hashlib.sha256(request.body).hexdigest() if request.body else None,
            status=answer.status,
            error=body.fault,
            mime=said.mime,
            payload_sha256=body.as_sent.sha256,
            body_sha256=None if body.is_opaque else body.decoded.sha256,
            etag=said.etag,
            last_modified=said.last_modified,
            redirect_to=said.redirect_to,
            tls=answer.tls,
            truncated=body.truncated,
            warc=place.warc,
            offset=place.offset,
            length=place.length,
            record_id=place.record_id,
            continues=partial.capture if (partial := continued(request, answer, came=body.as_sent.size)) else None,
        )
        return response_of(request.url, answer, body, self._page_or_spool(request, answer, body))

    def _page_or_spool(self, request: Request, answer: ReceivedAnswer, body: ReceivedBody) -> bytes:
        """The body for the response; a file's goes to `meta["spool"]` instead."""
        if request.meta.get("kind") not in FILE_KINDS:
            return body.decoded.read()
        if 200 <= answer.status < 300:
            request.meta["spool"] = body.decoded.to_file()
            return b""
        # A page came instead, with the reason why; nobody needs more than its beginning.
        return body.decoded.read(IN_MEMORY)


async def _to_the_end(write: Callable[..., _Result], *arguments: Any) -> _Result:
    """Run a write in a thread and, even when cancelled, let it end: it reads spools that would go away."""
    task = asyncio.ensure_future(asyncio.to_thread(write, *arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


# What a request says


def _own_headers(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.headers.to_tuple_list() if name != "Proxy-Authorization"]


def _proxy_of(request: Request) -> str | None:
    proxy: str | None = request.meta.get("proxy")
    # Scrapy's middleware makes `//host:port` of an address without scheme.
    return proxy if not proxy or "://" in proxy else f"http://{proxy.lstrip('/')}"


def _proxy_credentials(request: Request) -> dict[str, str]:
    value = request.headers.get("Proxy-Authorization")
    return {"Proxy-Authorization": value.decode("latin-1")} if value else {}


def _sendable(url: str) -> str:
    """The URL with nothing changed but what no request line may carry: spaces, controls, non-ASCII."""
    if url.isascii() and url.isprintable() and " " not in url:
        return url
    parts = urlsplit(url)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    rest = url.partition("://")[2][len(parts.netloc) :]
    return f"{parts.scheme}://{host}" + "".join(c if "!" <= c <= "~" else quote(c) for c in rest)
