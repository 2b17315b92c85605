"""The small real HTTP server of the whole test suite: routes in, requests logged, faults served rather than patched in.

    with running({"/": "<p>Xin chào</p>", "/old": redirect("/")}) as site:
        ... fetch(site.url("/")) ...
        assert [asked.path for asked in site.log] == ["/"]

It is a forward proxy too: a request for `http://xa.example/tin` is answered by the route `//xa.example/tin`, else by
`/tin`. With `tls` it speaks HTTPS, and answers CONNECT as if it were the host that was asked for.
"""

from __future__ import annotations

import gzip
import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    at: float
    """`time.monotonic()` when its head was complete."""
    connection: int
    """A number for the connection that it came on."""
    head: bytes
    method: str
    target: str
    body: bytes

    @property
    def host(self) -> str:
        return urlsplit(self.target).netloc or self.header("Host") or ""

    @property
    def path(self) -> str:
        """Path and query."""
        parts = urlsplit(self.target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").lower() == name.lower():
                return value.strip().decode("latin-1")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a route answers; the usual headers are added to those given, unless the whole `head` is given."""

    body: bytes = b""
    status: int = 200
    mime: str | None = "text/html; charset=utf-8"
    headers: tuple[tuple[str | bytes, str | bytes], ...] = ()
    head: bytes | None = None
    """The whole head, empty line included, sent as it is."""
    etag: str | None = None
    """Sent, and answered with a 304 when the request already has it."""
    gzip: bool = False
    chunked: bool = False
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds in the middle of the body."""
    drop_after: int | None = None
    """Bytes of the body after which the connection is cut; -1 cuts it before the head."""
    close: bool = False
    """Whether the connection ends with this answer."""
    endless: bytes = b""
    """Sent again and again behind the body, `pause` seconds apart, until the client hangs up."""


Route = Answer | bytes | str | Callable[[Asked], "Answer | bytes | str"]


def redirect(location: str | bytes, status: int = 302) -> Answer:
    return Answer(status=status, mime=None, headers=(("Location", location),))


@dataclass(slots=True)
class SmallSite:
    """A running server. Change `routes` between two crawls to change the site."""

    routes: dict[str, Route]
    port: int
    scheme: str
    log: list[Asked] = field(default_factory=list)
    most_at_once: int = 0
    """The most requests that were being answered at the same moment."""
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return self.base_url + path

    def asked(self, path: str) -> list[Asked]:
        """The requests for one path, query included, in order."""
        return [asked for asked in self.log if asked.path == path]

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.target).path or "/"
        keys = (f"//{asked.host}{asked.path}", f"//{asked.host}{path}", asked.path, path)
        route = next((self.routes[key] for key in keys if key in self.routes), Answer(status=404, body=b"<p>404</p>"))
        made = route(asked) if callable(route) else route
        return made if isinstance(made, Answer) else Answer(body=made.encode() if isinstance(made, str) else made)

    @contextmanager
    def busy(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1


@contextmanager
def running(
    routes: Mapping[str, Route], *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> Iterator[SmallSite]:
    """Serve `routes` on a free port of a loopback address for the length of the block.

    A route's key is a path, a path with its query, or `//host/path`; unknown paths answer 404.
    """
    with _Server(routes, tls, address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.site
        finally:
            server.shutdown()
            server.end_connections()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = True
    request_queue_size = 64

    def __init__(self, routes: Mapping[str, Route], tls: ssl.SSLContext | None, address: str) -> None:
        super().__init__((address, 0), _Connection)
        self.tls = tls
        self.site = SmallSite(routes=dict(routes), port=self.server_address[1], scheme="https" if tls else "http")
        self.open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Wake the threads that wait for a next request on a kept connection."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of the tests."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.site = self.server.site
        self._received = b""
        with suppress(OSError):
            if self.server.tls is not None and self.request.recv(1, socket.MSG_PEEK) == b"\x16":
                self._speak_tls(self.server.tls)
            while (asked := self._next()) is not None and self._serve(asked):
                pass

    def finish(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.server.open.discard(self.request)
            self.request.close()

    def _speak_tls(self, tls: ssl.SSLContext) -> None:
        self.request = tls.wrap_socket(self.request, server_side=True)
        self.server.open.add(self.request)

    def _next(self) -> Asked | None:
        """The next request of the connection, None at its end."""
        while b"\r\n\r\n" not in self._received:
            if not self._receive():
                return None
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        at = time.monotonic()
        method, target, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ", 2)
        length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
        size = int(length[1]) if length else 0
        while len(self._received) < size and self._receive():
            pass
        body, self._received = self._received[:size], self._received[size:]
        return Asked(
            at=at,
            connection=self.client_address[1],
            head=head + b"\r\n\r\n",
            method=method,
            target=target,
            body=body,
        )

    def _receive(self) -> bool:
        data = self.request.recv(65536)
        self._received += data
        return bool(data)

    def _serve(self, asked: Asked) -> bool:
        """Answer one request; False when the connection ends with it."""
        self.site.log.append(asked)
        if asked.method == "CONNECT":
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.server.tls is not None:
                self._speak_tls(self.server.tls)
            return True
        with self.site.busy():
            answer = self.site.answer(asked)
            time.sleep(answer.delay)
            return self._send(asked, answer)

    def _send(self, asked: Asked, answer: Answer) -> bool:
        if answer.etag is not None and asked.header("If-None-Match") == answer.etag:
            answer = Answer(status=304, mime=None, etag=answer.etag)
        if answer.drop_after == -1:
            return False
        body = gzip.compress(answer.body, mtime=0) if answer.gzip else answer.body
        self.request.sendall(answer.head if answer.head is not None else _head(answer, len(body)))
        if asked.method == "HEAD" or answer.status in {204, 304}:
            return not answer.close
        is_chunked = answer.chunked and answer.head is None
        cut = body if answer.drop_after is None else body[: answer.drop_after]
        for number, piece in enumerate(_pieces(cut, answer)):
            time.sleep(answer.pause if number else 0)
            self.request.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
        while answer.endless:
            self.request.sendall(answer.endless)
            time.sleep(answer.pause)
        if answer.drop_after is not None:
            return False
        if is_chunked:
            self.request.sendall(b"0\r\n\r\n")
        return not answer.close


def _head(answer: Answer, size: int) -> bytes:
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {phrase}".encode()]
    added: list[tuple[str | bytes, str | bytes]] = [("Content-Type", answer.mime)] if answer.mime else []
    added += [("ETag", answer.etag)] if answer.etag else []
    added += [("Content-Encoding", "gzip")] if answer.gzip else []
    added += [("Connection", "close")] if answer.close else []
    if answer.endless:
        added.append(("Connection", "close"))
    elif answer.status not in {204, 304}:
        added.append(("Transfer-Encoding", "chunked") if answer.chunked else ("Content-Length", str(size)))
    lines += [_bytes(name) + b": " + _bytes(value) for name, value in (*answer.headers, *added)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _pieces(body: bytes, answer: Answer) -> Iterator[bytes]:
    """The body in one piece, in two where there is a pause between them, in several where it is chunked."""
    size = len(body)
    if answer.chunked:
        size = max(1, len(body) // 3)
    elif answer.pause:
        size = max(1, (len(body) + 1) // 2)
    yield from (body[at : at + size] for at in range(0, len(body), max(size, 1)))
