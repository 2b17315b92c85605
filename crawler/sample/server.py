"""Serves the sample site on loopback: as a forward proxy for its host name, and as an origin.

As a proxy (`GET http://songmau.example/… HTTP/1.1`) it lets the addresses of the site stay the same at every run,
whatever the port. It speaks as much of RFC 9110 as a careful crawler asks for: persistent connections, HEAD,
validators, conditional requests, single ranges.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .content import HOME
from .routes import Resource, find

SITE_FILE = Path(__file__).resolve().parent / "songmau.toml"
RANGE = re.compile(r"bytes=(?:(?P<first>\d+)-(?P<last>\d*)|-(?P<suffix>\d+))$")


@contextmanager
def serve(*, port: int = 0) -> Iterator[str]:
    """Serve the sample site for the length of the block; yields the server's own address, `http://127.0.0.1:PORT`.

    Give that address to a client as its HTTP proxy, or ask it directly. Port 0 takes any free one. All
    connections are closed and all threads have ended when the block is left.
    """
    server = _Server(("127.0.0.1", port), _Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.end()
        thread.join()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        with self._lock:
            self._connections.add(connection)
        return connection, client

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        """Stop accepting, hang up on idle clients, and wait for the threads that served them."""
        self.shutdown()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SongMau"
    sys_version = ""
    timeout = 60
    wbufsize = -1  # head and body leave together: no wait for a delayed acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            address = urlsplit(self.path)
        except ValueError:
            self._say(HTTPStatus.BAD_REQUEST)
            return
        if _is_ours(address):
            self._answer(find(address._replace(scheme="", netloc="").geturl()))
        else:
            self._say(HTTPStatus.BAD_GATEWAY)

    do_HEAD = do_GET  # noqa: N815  # the name that http.server looks for

    def _refuse(self) -> None:
        self.close_connection = True  # the request's body stays unread
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD", "Connection": "close"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = _refuse  # noqa: N815  # the same

    def _answer(self, resource: Resource) -> None:
        head = _entity_headers(resource)
        if not resource.is_found:
            self._send(HTTPStatus.NOT_FOUND, {"Content-Type": resource.content_type}, resource.body)
        elif self._is_unchanged(resource):
            self._send(HTTPStatus.NOT_MODIFIED, {name: head[name] for name in ("ETag", "Last-Modified")}, None)
        else:
            self._send_wanted_part(resource, head)

    def _is_unchanged(self, resource: Resource) -> bool:
        """RFC 9110, section 13.2.2: an entity tag, where there is one, decides alone."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or resource.etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
        since = _http_date(self.headers.get("If-Modified-Since"))
        return since is not None and resource.modified <= since

    def _send_wanted_part(self, resource: Resource, head: dict[str, str]) -> None:
        size = len(resource.body)
        part = _wanted_part(self.headers.get("Range"), size) if self._may_send_part(resource) else None
        if part is None:
            self._send(HTTPStatus.OK, head, resource.body)
        elif not part:
            self._say(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{size}"})
        else:
            head["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
            self._send(HTTPStatus.PARTIAL_CONTENT, head, resource.body[part.start : part.stop])

    def _may_send_part(self, resource: Resource) -> bool:
        """Ranges are for GET, and for a client whose beginning is of this same body (If-Range)."""
        condition = self.headers.get("If-Range")
        is_same = condition is None or condition == resource.etag or _http_date(condition) == resource.modified
        return self.command == "GET" and is_same

    def _say(self, status: HTTPStatus, head: dict[str, str] | None = None) -> None:
        body = f"{status.value} {status.phrase}\n".encode()
        self._send(status, {"Content-Type": "text/plain; charset=utf-8", **(head or {})}, body)

    def _send(self, status: HTTPStatus, head: dict[str, str], body: bytes | None) -> None:
        self.send_response(status)
        for name, value in head.items():
            self.send_header(name, value.encode().decode("latin-1"))  # raw UTF-8 on the wire, as IIS sends it
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body is not None and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's signature
        """Keep still: the crawl has its own log."""


def _is_ours(address: SplitResult) -> bool:
    """A proxy request for the site's own host, or an origin request, whatever its Host header says."""
    is_origin_form = not address.scheme and not address.netloc
    return is_origin_form or (address.scheme == "http" and address.hostname == urlsplit(HOME).hostname)


def _entity_headers(resource: Resource) -> dict[str, str]:
    head = {
        "Content-Type": resource.content_type,
        "ETag": resource.etag,
        "Last-Modified": format_datetime(resource.modified.astimezone(UTC), usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if resource.disposition is not None:
        head["Content-Disposition"] = resource.disposition
    return head


def _http_date(value: str | None) -> datetime | None:
    """An HTTP date; None for anything else, which RFC 9110 says to ignore."""
    try:
        moment = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wanted_part(value: str | None, size: int) -> range | None:
    """The bytes that a Range header asks for; empty where there are none such, None where the header says nothing.

    Several ranges in one request are answered with the whole, as RFC 9110 allows.
    """
    asked = RANGE.match(value or "")
    if asked is None:
        return None
    if asked["suffix"] is not None:
        return range(max(0, size - int(asked["suffix"])), size)
    first = int(asked["first"])
    last = int(asked["last"]) if asked["last"] else size - 1
    return None if asked["last"] and last < first else range(first, min(last + 1, size))
