"""Refuses to ask machines that are not on the public internet.

A page may link or redirect to an address inside the network that the crawler runs in (a router, a cloud's
metadata service). Names are checked where they are resolved, so that the address checked is the address
connected to; addresses written as numbers are checked before the request. Behind a proxy the proxy resolves
the names, and only written numbers can be checked.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from pipelines.errors import GovnewsError

_LOCAL_NAME = re.compile(r"(?:.+\.)?(?:localhost|localdomain)|ip6-(?:localhost|loopback)")

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_COMPATIBLE = ipaddress.ip_network("::/96")
"""IPv4-compatible IPv6 (RFC 4291, section 2.5.5.1), long deprecated, still understood by some stacks."""

_SITE_LOCAL = ipaddress.ip_network("fec0::/10")
"""Deprecated by RFC 3879, but `is_global` calls it global."""

_CLOUD_SERVICES = frozenset({ipaddress.ip_address("168.63.129.16"), ipaddress.ip_address("192.0.0.192")})
"""Public numbers that a cloud answers inside every virtual machine."""


class AddressRefusedError(GovnewsError):
    """A request to an address that is not on the public internet; nothing was sent."""


class GuardedResolver(AbstractResolver):
    """A resolver that keeps back every address which is not public; the inner resolver does the work."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The public addresses of a host.

        Raises:
            AddressRefusedError: the host has only addresses that are not public.
        """
        found = await self._inner.resolve(host, port, family)
        public = [result for result in found if is_public(result["host"])]
        if found and not public:
            raise AddressRefusedError(f"{host} is at {found[0]['host']}, which is not a public address; not asked")
        return public

    async def close(self) -> None:
        await self._inner.close()


def check_literal(url: str) -> None:
    """Refuse a URL whose host is a number of a machine that is not public, in any spelling, or a local name.

    Raises:
        AddressRefusedError: the host is such a one.
    """
    host = _plain_host(url)
    if _LOCAL_NAME.fullmatch(host):
        raise AddressRefusedError(f"{host} is this machine's own name; not asked")
    address = _written_address(host)
    if address is not None and not is_public(str(address)):
        raise AddressRefusedError(f"{host} is {address}, which is not a public address; not asked")


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is on the public internet, itself and every IPv4 address it wraps."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(_is_public(each) for each in (ip, *_wrapped(ip)))


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None or ip in _NAT64:
            return True  # the wrapped address decides
        if ip in _SITE_LOCAL:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved) and ip not in _CLOUD_SERVICES


def _wrapped(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses inside an IPv6 one: mapped, compatible, 6to4, Teredo, NAT64."""
    if isinstance(ip, IPv4Address):
        return
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip.teredo is not None:
        yield from ip.teredo
    if ip in _NAT64 or ip in _COMPATIBLE:
        yield IPv4Address(int(ip) & 0xFFFFFFFF)


def _plain_host(url: str) -> str:
    """The host of a URL as a resolver would see it: full-width forms, escapes, case and the last dot undone."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as error:
        raise AddressRefusedError(f"{url} has no host that can be checked ({error}); not asked") from error
    # IDNA takes the ideographic full stop for a dot (RFC 3490, section 3.1).
    return unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").lower().rstrip(".")


def _written_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host spells out, also in the old forms `2130706433`, `0x7f.1`, `017700000001`."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    if not re.fullmatch(r"[0-9a-fx.]+", host):
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
