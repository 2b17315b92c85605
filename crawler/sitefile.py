"""A site file as a validated value: `crawler/sites/<name>.toml`, or a file of the same form in a user's own folder.

`title` and `home` are enough for a site on a known family; `crawler/sites/README.md` explains every key. A file that
is wrong is refused with one line: which file, which key, what is wrong with it, and the nearest valid key.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.read.profile import FAMILIES, check_keys, selectors_from
from crawler.read.selecting import compiled
from crawler.urls import canonical_url, clean_href
from pipelines.errors import SiteFileError, UnknownSiteError

DateOrder = Literal["DMY", "MDY"]
TlsPolicy = Literal["verify", "weak", "unverified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who answered for the site, and from which day to which (both included); None where nobody knows or it goes on."""

    name: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightWindow:
    """The hours of the site's own clock in which it may be crawled; `22:00-06:00` goes over midnight."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M} to {self.end:%H:%M}"

    def contains(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site, as its file describes it.

    `home` and `sections` are canonical addresses. `hosts_all` holds the names under which the site is or was known,
    lower-case, without `www.` and port. `verified` is the day on which a person last compared the file with the live
    site, `gone` the day since which there is no live site any more. Sizes are bytes, `delay` is seconds, `zone` is a
    name for `zone_called`; without `every` the site is never due by itself.
    """

    name: str
    title: str
    home: str
    sha256: str = ""
    publisher: tuple[Publisher, ...] = ()
    hosts: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    family: str = "auto"
    language: str | None = None
    zone: str = "Asia/Ho_Chi_Minh"
    date_order: DateOrder = "DMY"
    every: timedelta | None = None
    sweep: timedelta = timedelta(days=30)
    delay: float = 2.0
    night: NightWindow | None = None
    floor: int | None = None
    max_file: int = 100_000_000
    images: bool = True
    max_image: int = 20_000_000
    gone: date | None = None
    tls: TlsPolicy = "verify"
    verified: date | None = None
    select: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    hosts_all: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = (urlsplit(self.home).hostname or "", *self.hosts)
        object.__setattr__(self, "hosts_all", frozenset(plain_host(name) for name in names))

    @property
    def clock(self) -> tzinfo:
        """The zone in which the site writes its times."""
        return zone_called(self.zone)

    def may_be_crawled(self, at: datetime) -> bool:
        """Whether a moment lies in the site's `night`, by its own clock; always where it has none."""
        return self.night is None or self.night.contains(at.astimezone(self.clock).time())

    def covers(self, url: str) -> bool:
        """Whether the address is the site's own: any of its hosts, with or without `www.`, http or https, any port."""
        return _web_host(url) in self.hosts_all


def zone_called(name: str) -> tzinfo:
    """The zone of a site file's `zone`: `+07:00`, or a name of the zone database (ZoneInfoNotFoundError, ValueError).

    Viet Nam's needs no database: no daylight saving since 1975, so a fixed offset says the same.
    """
    if name == "Asia/Ho_Chi_Minh":
        return timezone(timedelta(hours=7), name)
    if offset := _OFFSET.fullmatch(name):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    return ZoneInfo(name)


@lru_cache(maxsize=1 << 14)
def _web_host(url: str) -> str | None:
    if plain := _PLAIN_HOST.match(url):
        return plain[1].removeprefix("www.")
    try:
        parts = urlsplit(url)
    except ValueError:  # a broken IPv6 host
        return None
    return plain_host(parts.hostname or "") if parts.scheme in ("http", "https") else None


def plain_host(host: str) -> str:
    """A host name without what does not tell sites apart: case, `www.`, the final dot."""
    return host.lower().rstrip(".").removeprefix("www.")


def load_site(path: Path) -> Site:
    """Read one site file; SiteFileError says in one line what is wrong with it."""
    try:
        raw = path.read_bytes()
        table = tomllib.loads(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SiteFileError(f"{path}: not a readable TOML file: {error}") from error
    if not _NAME.fullmatch(path.stem):
        raise SiteFileError(f"{path}: a site's name is made of a-z, 0-9, '-' and '_': rename the file")
    check_keys(table, set(KEYS), path)
    for key in ("title", "home"):
        if key not in table:
            raise SiteFileError(f"{path}: key {key!r} is missing")
    home = _value(path, "home", table["home"])
    values = {key: _value(path, key, table[key], home) for key in table}
    return Site(name=path.stem, sha256=hashlib.sha256(raw).hexdigest(), **values)


def load_sites(*folders: Path) -> dict[str, Site]:
    """All sites of the folders by name, sorted; a later folder's file replaces an earlier one of the same name."""
    paths: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise SiteFileError(f"{folder}: no such folder of site files")
        paths |= {path.stem: path for path in folder.glob("*.toml")}
    return {name: load_site(paths[name]) for name in sorted(paths)}


def builtin_sites() -> Path:
    """The folder of the site files that come with the program."""
    return Path(__file__).resolve().parent / "sites"


def site_folders(extra: Path | None = None) -> tuple[Path, ...]:
    """Where site files are looked for, the later winning: built in, then `GOVNEWS_SITES`, then `extra` (`--sites`)."""
    own = [Path(text) for text in os.environ.get("GOVNEWS_SITES", "").split(os.pathsep) if text]
    return (builtin_sites(), *own, *([extra] if extra else []))


def find_site(sites: Mapping[str, Site], name: str) -> Site:
    """The site of that name; UnknownSiteError names the nearest ones."""
    if name in sites:
        return sites[name]
    near = get_close_matches(name, sites, n=3, cutoff=0.3)
    advice = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are: {', '.join(sites) or 'none'}"
    raise UnknownSiteError(f"no site {name!r}; {advice}")


_PLAIN_HOST = re.compile(r"https?://([a-z0-9._-]*[a-z0-9])(?=/)")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_DURATION = re.compile(r"(\d+) ?([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZE = re.compile(r"(\d+) ?(kB|KB|MB|GB)")
_BYTES = {"kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000}
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def _value(path: Path, key: str, value: object, home: str = "") -> Any:
    try:
        if key == "select":
            return _selectors(value, path)
        if key == "sections":
            return _sections(value, home=home)
        if key == "publisher":
            return _publishers(value, path)
        return _READERS[key](value)
    except (TypeError, ValueError) as error:
        raise SiteFileError(f"{path}: key {key!r} {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be a text, not {value!r}")
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"must be a list of texts, not {value!r}")
    return tuple(_text(item) for item in value)


def _address(value: object) -> str:
    text = _text(value)
    url = clean_href(text, text) if text.lower().startswith(("http://", "https://")) else None
    if url is None:
        raise ValueError(f"must be an address that starts with http:// or https:// and names a host, not {text!r}")
    return canonical_url(url)


def _sections(value: object, *, home: str) -> tuple[str, ...]:
    return tuple(_address(urljoin(home, text)) for text in _texts(value))


def _hosts(value: object) -> tuple[str, ...]:
    return tuple(_host(text) for text in _texts(value))


def _host(text: str) -> str:
    url = clean_href(f"http://{text}/", f"http://{text}/")
    if url is None or urlsplit(url).path != "/" or urlsplit(url).query or "/" in text:
        raise ValueError(f"must hold host names such as 'www.example.vn', not {text!r}")
    return urlsplit(url).hostname or ""


def _publishers(value: object, path: Path) -> tuple[Publisher, ...]:
    if isinstance(value, str):
        return (Publisher(name=_text(value)),)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"must be a text or a list of {{name, from, to}}, not {value!r}")
    return tuple(_publisher(item, path) for item in value)


def _publisher(table: Mapping[str, Any], path: Path) -> Publisher:
    check_keys(table, {"name", "from", "to"}, path, "publisher")
    if "name" not in table:
        raise ValueError(f"has an entry without 'name': {dict(table)!r}")
    days = [_day(table[key]) if key in table else None for key in ("from", "to")]
    if days[0] and days[1] and days[0] > days[1]:
        raise ValueError(f"ends before it begins: from {days[0]} to {days[1]}")
    return Publisher(name=_text(table["name"]), valid_from=days[0], valid_to=days[1])


def _day(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(f"must be a day such as 2025-06-30, not {value!r}")
    return value


def _day_or_false(value: object) -> date | None:
    return None if value is False else _day(value)


def _zone(value: object) -> str:
    text = _text(value)
    try:
        zone_called(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a zone such as 'Asia/Ho_Chi_Minh' or '+07:00', not {text!r}") from None
    return text


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or int(match[1]) == 0:
        raise ValueError(f"must be a duration such as '6h', '7d' or '2w' (s, m, h, d, w), not {value!r}")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not match or int(match[1]) == 0:
        raise ValueError(f"must be a size such as '50MB' (kB, MB, GB) or a number of bytes, not {value!r}")
    return int(match[1]) * _BYTES[match[2]]


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise ValueError(f"must be a number of seconds from 0 to 3600, not {value!r}")
    return float(value)


def _night(value: object) -> NightWindow:
    ends = [_CLOCK.fullmatch(part.strip()) for part in value.split("-")] if isinstance(value, str) else []
    clocks = [time(int(match[1]), int(match[2])) for match in ends if match]
    if len(ends) != 2 or len(clocks) != 2 or clocks[0] == clocks[1]:
        raise ValueError(f"must be two times such as '22:00-06:00', not {value!r}")
    return NightWindow(start=clocks[0], end=clocks[1])


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"must be a whole number, 0 or more, not {value!r}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must be true or false, not {value!r}")
    return value


def _language(value: object) -> str:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise ValueError(f"must be a language code such as 'vi', not {value!r}")
    return value


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(map(repr, choices))}, not {value!r}")
        return str(value)

    return read


def _family(value: object) -> str:
    known = sorted({"auto", "none", *(path.stem for path in FAMILIES.glob("*.toml"))})
    if value not in known:
        near = get_close_matches(str(value), known, n=1, cutoff=0.0)
        raise ValueError(f"names no family, {value!r}; did you mean {near[0]!r}?")
    return str(value)


def _selectors(value: object, path: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise TypeError(f"must be a table [select], not {value!r}")
    selectors = selectors_from(value, path)
    for name, texts in selectors.items():
        for text in texts:
            try:
                compiled(text)
            except ValueError as error:
                raise SiteFileError(f"{path}: key 'select.{name}': {error}") from error
    return selectors


_READERS: dict[str, Callable[[object], object]] = {
    "title": _text,
    "home": _address,
    "hosts": _hosts,
    "family": _family,
    "language": _language,
    "zone": _zone,
    "date_order": _one_of("DMY", "MDY"),
    "every": _duration,
    "sweep": _duration,
    "delay": _seconds,
    "night": _night,
    "floor": _count,
    "max_file": _size,
    "images": _flag,
    "max_image": _size,
    "gone": _day,
    "tls": _one_of("verify", "weak", "unverified"),
    "verified": _day_or_false,
}
KEYS = frozenset(item.name for item in fields(Site)) - {"name", "sha256", "hosts_all"}
"""Every key that a site file may hold."""
