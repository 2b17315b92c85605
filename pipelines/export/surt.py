"""The searchable form of an address, by which replay tools look it up.

`http://www.xa.example/Tin?b=2&a=1` becomes `example,xa)/tin?a=1&b=2`: the Sort-friendly URI Reordering Transform as
CDXJ and the tools of the Internet Archive spell it. No scheme, no `www`, no usual port; the host reversed; everything
in lower case; escapes that are not needed undone; parameters sorted; session numbers left out.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import quote, unquote_to_bytes, urlsplit

_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""ASCII signs that stand as they are; `#` and `%` would be read otherwise if they did."""

_WWW = re.compile(r"^www\d*\.")
_USUAL_PORTS = {"http": 80, "https": 443}
_SESSION_IN_PATH = re.compile(r"/\((?:[a-z]\([0-9a-z]{24}\))+\)(?=/[^?]+\.aspx)|/\([0-9a-z]{24}\)(?=/[^?]+\.aspx)")
"""ASP.NET keeps the session in the path where there are no cookies."""
_SESSION_PARAMETER = re.compile(
    r"(?:(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cfid=[^&]+&cftoken=[^&]+)(?:&|$)"
)


def surt(url: str) -> str:
    """The key of an http(s) address; an address that cannot be taken apart is its own key."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return quote(url, safe=f"{_SAFE}%#", errors="replace")
    shown_port = f":{port}" if port and port != _USUAL_PORTS.get(parts.scheme.lower()) else ""
    query = _query(parts.query)
    return f"{_host(host)}{shown_port}){_path(parts.path)}{f'?{query}' if query else ''}"


def _host(host: str) -> str:
    if _is_ipv6(host):
        return host
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except ValueError:
        ascii_host = host
    plain = quote(ascii_host.strip(".").lower(), errors="replace")
    return ",".join(reversed(_WWW.sub("", plain).split(".")))


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _path(path: str) -> str:
    steps: list[str] = []
    for step in _plain(path).lower().split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return _SESSION_IN_PATH.sub("", "/" + "/".join(steps))


def _query(query: str) -> str:
    without_session = _SESSION_PARAMETER.sub("", _plain(query).lower())
    return "&".join(sorted(without_session.split("&"), key=lambda pair: pair.partition("=")[::2]))


def _plain(text: str) -> str:
    """Escapes undone until none is left, then only those that are needed."""
    octets = text.encode("utf-8", "replace")
    while (undone := unquote_to_bytes(octets)) != octets:
        octets = undone
    return quote(octets, safe=_SAFE)
