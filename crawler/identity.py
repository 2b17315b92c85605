"""Who we say we are: the User-Agent, and the contact that a live crawl must carry."""

from __future__ import annotations

from importlib.metadata import version
from urllib.parse import urlsplit
from urllib.request import getproxies

from pipelines.errors import ContactMissingError

VERSION = version("govnews-mirror")


def user_agent(contact: str) -> str:
    """`govnews-mirror/0.1.0 (+contact)`, without the brackets where there is no contact."""
    return f"govnews-mirror/{VERSION} (+{contact})" if contact else f"govnews-mirror/{VERSION}"


def require_contact(contact: str, home: str) -> None:
    """A crawl of the live web must name somebody who can be written to; one through a loopback proxy need not."""
    if contact or _goes_through_loopback(home):
        return
    raise ContactMissingError(
        "GOVNEWS_CONTACT is not set: a live crawl names an e-mail or web address in its User-Agent, "
        "for example GOVNEWS_CONTACT=archive@example.org"
    )


def _goes_through_loopback(home: str) -> bool:
    return is_local_proxy(getproxies().get(urlsplit(home).scheme))


def is_local_proxy(proxy: str | None) -> bool:
    """Whether a proxy stands on this machine: what comes through it is no live host, but the sample or a saved copy."""
    host = urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname if proxy else None
    return host in {"127.0.0.1", "::1", "localhost"}
