"""What keeps an answer from coming, in Scrapy's exceptions and one plain sentence each."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import aiohttp
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    UnsupportedURLSchemeError,
)

_FAULTS: tuple[tuple[type[Exception], type[Exception], str], ...] = (
    (TimeoutError, DownloadTimeoutError, "{host} did not answer within {timeout:g} seconds"),
    (aiohttp.ClientConnectorDNSError, CannotResolveHostError, "the name {peer} cannot be resolved: {reason}"),
    (UnicodeError, CannotResolveHostError, "{host} is not a name that can be resolved: {reason}"),
    (aiohttp.ClientConnectorCertificateError, DownloadFailedError, "the certificate of {host} is not valid: {reason}"),
    (aiohttp.ClientConnectorSSLError, DownloadFailedError, "{host} speaks no TLS that we do: {reason}"),
    (
        aiohttp.ClientProxyConnectionError,
        DownloadConnectionRefusedError,
        "the proxy {peer} cannot be reached: {reason}",
    ),
    (aiohttp.ClientConnectorError, DownloadConnectionRefusedError, "{host} cannot be reached: {reason}"),
    (aiohttp.ClientHttpProxyError, DownloadFailedError, "the proxy does not connect to {host}: {reason}"),
    (aiohttp.ServerDisconnectedError, DownloadFailedError, "{host} closed the connection without an answer"),
    (aiohttp.ClientResponseError, DownloadFailedError, "{host} answered with something that is not HTTP: {reason}"),
    (ValueError, UnsupportedURLSchemeError, "{url} cannot be asked for: {reason}"),
    (aiohttp.NonHttpUrlClientError, UnsupportedURLSchemeError, "{url} cannot be asked for: {reason}"),
    (aiohttp.ClientError, DownloadFailedError, "the connection to {host} broke: {reason}"),
)
"""(what aiohttp raises, what Scrapy knows, the sentence); the first that fits, so special ones stand first."""


@contextmanager
def in_plain_words(url: str, *, timeout: float) -> Iterator[None]:
    """Turn what aiohttp raises while it asks for `url` into what Scrapy knows.

    Raises:
        CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError,
        UnsupportedURLSchemeError: as the block fails.
    """
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        known, sentence = next((known, words) for raised, known, words in _FAULTS if isinstance(error, raised))
        host = urlsplit(url).hostname
        peer = getattr(error, "host", host)
        raise known(sentence.format(host=host, peer=peer, url=url, timeout=timeout, reason=_reason(error))) from error


def _reason(error: Exception) -> str:
    """The words nearest to the cause: the operating system's or the TLS library's rather than aiohttp's."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
        return getattr(cause, "verify_message", "") or str(cause)
    if isinstance(error, aiohttp.ClientResponseError):
        return error.message.strip().partition("\n")[0] or str(error.status)
    cause = getattr(error, "os_error", error)
    if isinstance(cause, socket.gaierror | ssl.SSLError):
        return getattr(cause, "reason", None) or cause.strerror or str(cause)
    # asyncio replaces the text of a system error by one of its own ("Connect call failed").
    number = getattr(cause, "errno", None)
    return os.strerror(number) if number else str(cause) or type(cause).__name__
