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
import ipaddress
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote, urlsplit
from weakref import WeakKeyDictionary

import aiohttp
import yarl
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from crawler.faults import in_plain_words
from crawler.guard.addresses import AddressRefusedError, GuardedResolver, check_literal
from crawler.guard.pace import PACER, Pacer, Turn
from crawler.guard.patience import retry_after
from crawler.guard.sharedpace import SharedPace
from crawler.identity import is_local_proxy
from crawler.receivedbody import ReceivedBody
from crawler.wire import HeadKeepingResponse, archiving_session, request_head
from pipelines.answerhead import AnswerHead, text_of
from pipelines.clock import now
from pipelines.items import Capture
from pipelines.partial import Part, Partial, join, part_of
from pipelines.salvage import note_of, take_in_broken_bodies
from pipelines.spool import IN_MEMORY, clear_spools
from pipelines.warcfile import MAX_BYTES, Earlier, Exchange, WarcPlace, WarcWriter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

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
            partial = _continued(request, answer, came=body.as_sent.size)
            if partial is not None and body.truncated is None and _ends_the_file(answer, body.as_sent.size):
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

    async def _timed(self, asking: Coroutine[Any, Any, _Answer], host: str) -> _Answer:
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

    async def _ask(self, request: Request, body: ReceivedBody, turn: Turn) -> _Answer:
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
            answer = _Answer(
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
            partial = _continued(request, answer)
            is_file = request.meta.get("kind") in FILE_KINDS
            if is_file:
                body.as_sent.note = _note(request.url, answer)
            await body.take_in(response, is_file=is_file, taken=partial.size if partial else 0)
            return answer

    def _tls_words(self, response: HeadKeepingResponse) -> str | None:
        if response.tls_version is None:
            return None
        if self._tls is tls_context("weak"):
            return f"{response.tls_version} verified weak"
        is_verified = self._tls.verify_mode == ssl.CERT_REQUIRED
        return f"{response.tls_version} {'verified' if is_verified else 'unverified'}"

    async def _keep(self, request: Request, answer: _Answer, body: ReceivedBody) -> WarcPlace:
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

    def _respond(self, request: Request, answer: _Answer, body: ReceivedBody, place: WarcPlace) -> Response:
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
            continues=partial.capture if (partial := _continued(request, answer, came=body.as_sent.size)) else None,
        )
        return _response(request.url, answer, body, self._page_or_spool(request, answer, body))

    def _page_or_spool(self, request: Request, answer: _Answer, body: ReceivedBody) -> bytes:
        """The body for the response; a file's goes to `meta["spool"]` instead."""
        if request.meta.get("kind") not in FILE_KINDS:
            return body.decoded.read()
        if 200 <= answer.status < 300:
            request.meta["spool"] = body.decoded.to_file()
            return b""
        # A page came instead, with the reason why; nobody needs more than its beginning.
        return body.decoded.read(IN_MEMORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
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
        wanted = name.lower().encode()
        value = next((value for key, value in self.headers if key.lower() == wanted), None)
        return None if value is None else text_of(value)


def _response(url: str, answer: _Answer, body: ReceivedBody, content: bytes) -> Response:
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


# What an answer says


def _continued(request: Request, answer: _Answer, *, came: int = 0) -> Partial | None:
    """The beginning of a file that this answer, of which so many bytes came, goes on from."""
    partial: Partial | None = request.meta.get("partial")
    part = _part(answer)
    if partial is None or part is None or not partial.is_continued_by(part):
        return None
    return partial if came <= part.end - part.start else None  # bytes beyond those announced are anybody's


def _ends_the_file(answer: _Answer, came: int) -> bool:
    part = _part(answer)
    return part is not None and part.ends_the_file(came)


def _part(answer: _Answer) -> Part | None:
    """Which bytes of a file came; None where these are not said, or not those of the file itself."""
    if answer.status != 206 or answer.text("Content-Encoding"):
        return None
    etag, last_modified = answer.text("ETag"), answer.text("Last-Modified")
    return part_of(answer.text("Content-Range"), etag=etag, last_modified=last_modified)


def _note(url: str, answer: _Answer) -> bytes:
    return note_of(
        url=url,
        fetched_at=answer.asked_at,
        request_head=answer.request_head,
        response_head=answer.head,
        ip_address=answer.ip_address,
    )


# What the handlers of a crawl share

_archives: WeakKeyDictionary[Crawler, WarcWriter] = WeakKeyDictionary()


def archive_of(crawler: Crawler, output: Path, site: str) -> WarcWriter:
    """The archive of a crawl: Scrapy makes one handler for http and one for https, which write to the same files."""
    if crawler not in _archives:
        settings = crawler.settings
        archive = WarcWriter(
            output,
            site=site,
            software=_software(),
            max_bytes=settings.getint("GOVNEWS_WARC_MAX_BYTES", MAX_BYTES),
            extra_info=_warc_info(settings),
            clock=settings["GOVNEWS_CLOCK"] or now,
        )
        spools = output / "spool" / site
        take_in_broken_bodies(spools, archive)
        clear_spools(spools)
        _archives[crawler] = archive
    return _archives[crawler]


def _software() -> str:
    try:
        own = version("govnews-mirror")
    except PackageNotFoundError:  # run from a source folder
        own = "0"
    return f"govnews-mirror/{own} Scrapy/{version('scrapy')} warcio/{version('warcio')}"


def _warc_info(settings: BaseSettings) -> dict[str, str]:
    return {str(name): str(value) for name, value in (settings["GOVNEWS_WARC_INFO"] or {}).items()}


@cache
def tls_context(policy: str) -> ssl.SSLContext:
    """How to speak TLS with a site, by the policy of its site file: `verify`, `weak` or `unverified`.

    One for all sites of a policy: reading the certificates of the system takes 40 ms.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if policy in {"weak", "unverified"}:
        # Old portals run on servers that speak nothing newer.
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # named since Python 3.12
    if policy == "unverified":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
