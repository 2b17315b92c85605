"""What every answer of the server tells the browser not to do, and the nonces that let Datasette's own scripts run.

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


def guarded(asgi: Asgi) -> Asgi:
    """The application with these headers on every answer; an answer that has a policy of its own keeps it."""

    async def answer(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await asgi(scope, receive, send)
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


class NonceLoader(BaseLoader):
    """Templates with the nonce in each `<script` of their source."""

    def __init__(self, templates: BaseLoader) -> None:
        self._templates = templates

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, is_current = self._templates.get_source(environment, template)
        return source.replace("<script", f'<script nonce="{{{{ {NONCE} }}}}"'), name, is_current

    def list_templates(self) -> list[str]:
        return self._templates.list_templates()
