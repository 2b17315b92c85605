"""What aiohttp does not tell: the bytes of a response head as they came, who sent them, and over which TLS.

aiohttp's parsed headers have lost the white space, the line ends and the folds of the head. These classes listen
one layer below the parser. They lean on three names that aiohttp does not document (`ResponseHandler`,
`TCPConnector._factory`, `ClientSession._retry_connection`); the tests notice when one of them goes.
"""

from __future__ import annotations

import asyncio
import functools
import re
import ssl
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\S+[ \t]+1(?!01)\d\d\b")


class HeadKeepingProtocol(ResponseHandler):
    """The client side of a connection, which keeps the head of the response that is under way."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.head = b""
        self._heard = bytearray()

    def set_response_params(self, **params: Any) -> None:
        """Begin a new exchange; aiohttp calls this before it sends the request."""
        self.head = b""
        self._heard.clear()
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if not self.head:
            self._listen(data)
        super().data_received(data)

    def _listen(self, data: bytes) -> None:
        """Gather bytes until the empty line, passing over interim answers (100 Continue, 103 Early Hints)."""
        searched = max(0, len(self._heard) - 3)
        self._heard += data
        if searched == 0:
            self._heard = self._heard.lstrip(b"\r\n")
        while end := _END_OF_HEAD.search(self._heard, searched):
            head = bytes(self._heard[: end.end()])
            if _INTERIM.match(head) is None:
                self.head = head
                self._heard.clear()
                return
            del self._heard[: end.end()]
            searched = 0


class HeadKeepingConnector(aiohttp.TCPConnector):
    """Makes connections that keep the heads. The resolver is closed by whoever gave it."""

    def __init__(self, *, resolver: AbstractResolver, limit: int) -> None:
        super().__init__(resolver=resolver, limit=limit)
        self._factory = functools.partial(HeadKeepingProtocol, loop=self._loop)  # type: ignore[assignment]  # a subclass


class HeadKeepingResponse(aiohttp.ClientResponse):
    """A response that knows its head byte for byte, its sender and its TLS version."""

    head: bytes = b""
    peer: str | None = None
    tls_version: str | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        # Asked now: the connection may be gone, or in other hands, once the head has been read.
        protocol, transport = connection.protocol, connection.transport
        assert isinstance(protocol, HeadKeepingProtocol)  # noqa: S101  # HeadKeepingConnector makes no others
        if transport is not None:
            self.peer = (transport.get_extra_info("peername") or [None])[0]
            tls = transport.get_extra_info("ssl_object")
            self.tls_version = tls.version() if isinstance(tls, ssl.SSLObject) else None
        started = await super().start(connection)
        self.head = protocol.head
        return started


def archiving_session(resolver: AbstractResolver, *, connections: int) -> aiohttp.ClientSession:
    """A session that adds nothing to a request, follows and retries nothing, and decodes nothing."""
    session = aiohttp.ClientSession(
        connector=HeadKeepingConnector(resolver=resolver, limit=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        response_class=HeadKeepingResponse,
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    )
    # aiohttp would ask again at once when a connection drops, which no pacer sees.
    session._retry_connection = False  # noqa: SLF001  # there is no other switch
    return session


def request_head(response: aiohttp.ClientResponse, *, is_absolute: bool) -> bytes:
    """The request head as aiohttp sent it, without what is meant for the proxy alone.

    `is_absolute`: the request line named the whole URL, as a plain HTTP proxy wants it.
    """
    info = response.request_info
    target = str(info.url) if is_absolute else info.url.raw_path_qs
    lines = [f"{info.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in info.headers.items() if name.lower() != "proxy-authorization"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
