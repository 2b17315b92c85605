"""How to speak TLS with portals, some of which run on servers of another age."""

from __future__ import annotations

import ssl
from functools import cache


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
