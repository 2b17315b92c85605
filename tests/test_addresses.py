"""Which addresses are never asked, however they are written."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from crawler.guard.addresses import AddressRefusedError, GuardedResolver, check_literal, is_public

NOT_PUBLIC = (
    "0.0.0.0",  # noqa: S104  # a case, nothing is bound
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.0.3",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.7",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "113.160.0.1",
    "203.162.0.11",
    "2606:4700::1111",
    "2001:ee0::1",
    "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(address: IPv4Address) -> None:
    mapped = IPv6Address(f"::ffff:{address}")
    translated = IPv6Address(int(IPv6Address("64:ff9b::")) + int(address))
    assert is_public(str(mapped)) == is_public(str(translated)) == is_public(str(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_url_with_such_an_address_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefusedError):
        check_literal(f"http://{host}:8080/tin?a=1")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "xa.localhost",
        "localhost.localdomain",
        "ip6-localhost",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "0",
        "user:password@127.0.0.1",
        "[::ffff:7f00:1]",
    ],
)
def test_other_spellings_are_refused_too(host: str) -> None:
    with pytest.raises(AddressRefusedError, match="not asked"):
        check_literal(f"http://{host}/")


@pytest.mark.parametrize(
    "host",
    [*(f"[{a}]" if ":" in a else a for a in PUBLIC), "xa.example", "localhost.example", "dad.fade", "127-0-0-1.vn"],
)
def test_names_and_public_addresses_pass(host: str) -> None:
    check_literal(f"http://{host}/tin")


def test_a_url_without_a_readable_host_is_refused() -> None:
    with pytest.raises(AddressRefusedError):
        check_literal("http://[127.0.0.1/")


class Phonebook(AbstractResolver):
    """Resolves from a table; the rest of the network is not needed to test what the guard does with answers."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses
        self.is_closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        self.is_closed = True


def resolve(*addresses: str) -> list[str]:
    found = asyncio.run(GuardedResolver(Phonebook(*addresses)).resolve("xa.example", 80))
    return [result["host"] for result in found]


def test_public_addresses_of_a_name_are_used() -> None:
    assert resolve("8.8.8.8", "2001:ee0::1") == ["8.8.8.8", "2001:ee0::1"]


def test_a_name_that_mixes_them_is_asked_at_its_public_address_only() -> None:
    assert resolve("10.0.0.1", "8.8.8.8", "::1") == ["8.8.8.8"]


def test_a_name_that_leads_inside_is_refused_with_its_address() -> None:
    with pytest.raises(AddressRefusedError, match=r"xa\.example is at 192\.168\.1\.1, which is not a public address"):
        resolve("192.168.1.1")


def test_a_name_without_addresses_is_left_to_the_caller() -> None:
    assert resolve() == []


def test_closing_the_guard_closes_what_it_guards() -> None:
    inner = Phonebook()
    asyncio.run(GuardedResolver(inner).close())
    assert inner.is_closed
