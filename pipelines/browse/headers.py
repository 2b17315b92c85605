"""What every answer of the server tells the browser not to do, and the nonces that let Datasette's own scripts run.

A request that the page of another site makes is refused, unless the reader has followed a link from there: a picture
on any page of the web could else have this machine run a query that takes all its memory.

Our pages carry no script at all. Datasette's carry its own: each `<script` of its *templates* gets the nonce of the
request, so that one which came with data never has it.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jinja2 import BaseLoader, Environment

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Any, Send], Awaitable[None]]

OUR_PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILES = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""For what came from elsewhere: even opened in a window of its own, it is nobody and may do nothing."""

DATASETTE_PAGES = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
NONCE = "govnews_nonce"

PLAIN = (b"content-type", b"text/plain; charset=utf-8")
REFUSED = b"This address was called by a page of another site. Open it yourself if you want to see it.\n"


def guarded(asgi: Asgi) -> Asgi:
    """The application with these headers on every answer; an answer that has a policy of its own keeps it."""

    async def answer(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await asgi(scope, receive, send)
            return
        if _is_called_from_elsewhere(scope):
            await send({"type": "http.response.start", "status": 403, "headers": [*ALWAYS.items(), PLAIN]})
            await send({"type": "http.response.body", "body": REFUSED})
            return
        nonce = secrets.token_urlsafe(16)
        policy = DATASETTE_PAGES.format(nonce=nonce).encode()

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [(bytes(name).lower(), value) for name, value in message.get("headers", [])]
                named = {name for name, _value in headers}
                wanted = ALWAYS | {b"content-security-policy": policy}
                headers += [(name, value) for name, value in wanted.items() if name not in named]
                message = {**message, "headers": headers}
            await send(message)

        await asgi({**scope, NONCE: nonce}, receive, send_guarded)

    return answer


def _is_called_from_elsewhere(scope: Scope) -> bool:
    """Whether another site's page called, and not a reader who follows its link (Fetch Metadata, a W3C draft)."""
    headers = {bytes(name).lower(): bytes(value) for name, value in scope.get("headers", [])}
    if headers.get(b"sec-fetch-site") not in {b"cross-site", b"same-site"}:
        return False
    is_followed = headers.get(b"sec-fetch-mode") == b"navigate" and headers.get(b"sec-fetch-dest") == b"document"
    return not is_followed or b"sql=" in scope.get("query_string", b"")


class NonceLoader(BaseLoader):
    """Templates with the nonce in each `<script` of their source."""

    def __init__(self, templates: BaseLoader) -> None:
        self._templates = templates

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, is_current = self._templates.get_source(environment, template)
        return source.replace("<script", f'<script nonce="{{{{ {NONCE} }}}}"'), name, is_current

    def list_templates(self) -> list[str]:
        return self._templates.list_templates()
