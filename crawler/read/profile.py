"""What a CMS family prints where: a profile is data, read from `crawler/families/<name>.toml`.

A profile holds the fingerprint that recognises a page of the family, the selectors of its fields, what to drop
from a body, which machine-readable fields are known to lie, and how its listings and addresses work. A site file
may override selectors in its `[select]` table. A selector is CSS, or XPath when it starts with `/`, `./` or `(`;
the selectors of a field are tried in order and the first that yields something wins.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pipelines.errors import SiteFileError

T = TypeVar("T")

PAGING = ("query", "postback", "request")
"""Kinds of paging, each a module of `crawler.discover`: numbers without addresses, forms, requests of a script."""

FAMILIES = Path(__file__).resolve().parent.parent / "families"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Selectors by field; every field is a list tried in order."""

    article: tuple[str, ...] = ()
    """Present on article pages only; when a family names none, a found title and body decide."""
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    """Blocks whose links are files of the article though they stand outside the body."""
    images: tuple[str, ...] = ()
    """Cover pictures outside the body."""
    drop: tuple[str, ...] = ()
    """Parts inside the body that are not the article."""
    entry: tuple[str, ...] = ()
    """One item of a listing; its first link is the article."""
    entry_date: tuple[str, ...] = ()
    """The printed date, inside an entry."""
    next_page: tuple[str, ...] = ()
    """Links to further pages of a listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A page belongs to the family when one of `any` holds, all of `all` hold and none of `none` does.

    Each is a plain piece of the page's markup, compared case-insensitively with the decoded text.
    """

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """How the addresses of a family work."""

    ignore_case: bool = False
    """Paths and parameter names differ only by case (IIS)."""
    drop_parameters: tuple[str, ...] = ()
    """Query parameters that never change what the page says."""
    article: tuple[str, ...] = ()
    """Regular expressions: an address that matches is an article's."""
    listing: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Regular expressions: never fetched (print, login, calendar …)."""
    identity: str | None = None
    """A regular expression whose groups, joined, are the article's identity within the site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How the further pages of a listing are asked for where a script of the page does it.

    `{name}` in `url` and `fields` stands for a value of the page (see `values`), or for `{page}` (counted from 1),
    `{index}` (from 0), `{start}` (entries before the page) and `{size}` (entries a page).
    """

    url: str = ""
    method: str = "POST"
    encoding: str = "form"
    """How a POST says its fields: `form` or `json`; a GET says them in its address."""
    answer: str = "html"
    """What comes: `html` (a fragment with entries as the listing shows them) or `json` (see `Items`)."""
    first: int = 2
    """The first page that is asked for in this way; 1 where the listing itself comes without entries."""
    size: int = 10
    """Entries a page, where the page itself does not say it (`size` among its values)."""
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Field by field what the request says."""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Regular expressions over the markup of the listing; the first group is the value. All must be found, but for
    `last` (the number of the last page), `total` (of entries) and `size`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Where the entries stand in a list in JSON: paths of keys joined by dots, numbers for places in a list."""

    list: str = ""
    """The list of entries; empty when the answer is that list."""
    url: str = ""
    """The address in an entry; or, with `{key}` in it, how the address is made of the entry's values."""
    title: str = ""
    date: str = ""
    last: str = ""
    """The number of the last page, from the root of the answer."""
    total: str = ""
    """The number of all entries, from the root of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One CMS family (one template generation of it)."""

    name: str
    title: str
    priority: int = 50
    """Profiles are tried from the lowest number; the more particular comes first."""
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    select: Selectors = field(default_factory=Selectors)
    addresses: Addresses = field(default_factory=Addresses)
    distrust: tuple[str, ...] = ()
    """Fields whose machine-readable value (JSON-LD, microdata, og:) is known to lie: published, author, title …"""
    stubs: tuple[str, ...] = ()
    """Texts that mark a page as an empty stub or an error page of the CMS."""
    paging: tuple[str, ...] = ()
    """What turns the pages of listings beside the printed links, which are followed in any case: see `PAGING`."""
    page_parameter: str | None = None
    """For `query`: the parameter that holds the number of the page."""
    pages: Pages = field(default_factory=Pages)
    """For `request`: how a script of the page asks for the next one."""
    items: Items = field(default_factory=Items)
    """Where the entries stand, where its answer is JSON."""
    date_order: str | None = None

    def with_overrides(self, overrides: Mapping[str, tuple[str, ...]]) -> Profile:
        """The profile with a site's own selectors in front of the family's."""
        changed = {name: (*own, *getattr(self.select, name)) for name, own in overrides.items()}
        return replace(self, select=replace(self.select, **changed))


def selectors_from(table: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
    """A `[select]` table as selectors by field; SiteFileError names an unknown key and the nearest valid one."""
    known = {item.name for item in fields(Selectors)}
    check_keys(table, known, path, "select")
    return {name: _texts(value, path, f"select.{name}") for name, value in table.items()}


def check_keys(table: Mapping[str, Any], known: set[str], path: Path, where: str = "") -> None:
    """Refuse the first unknown key of a table with one line: file, key, nearest valid key."""
    for key in table:
        if key not in known:
            near = get_close_matches(key, sorted(known), n=1, cutoff=0.0)
            name = f"{where}.{key}" if where else key
            raise SiteFileError(f"{path}: unknown key {name!r}; did you mean {near[0]!r}?")


@cache
def profiles() -> tuple[Profile, ...]:
    """All families of the package, the more particular first."""
    found = [load_profile(path) for path in sorted(FAMILIES.glob("*.toml"))]
    return tuple(sorted(found, key=lambda profile: (profile.priority, profile.name)))


def load_profile(path: Path) -> Profile:
    """Read one family file; SiteFileError says what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SiteFileError(f"{path}: not a readable TOML file: {error}") from error
    check_keys(table, {item.name for item in fields(Profile)} - {"name"}, path)
    if not isinstance(table.get("title"), str):
        raise SiteFileError(f"{path}: key 'title' is missing or no text")
    return Profile(
        name=path.stem,
        title=table["title"],
        priority=int(table.get("priority", 50)),
        fingerprint=_group(Fingerprint, table, "fingerprint", path),
        select=Selectors(**selectors_from(table.get("select", {}), path)),
        addresses=_group(Addresses, table, "addresses", path),
        distrust=_texts(table.get("distrust", ()), path, "distrust"),
        stubs=_texts(table.get("stubs", ()), path, "stubs"),
        paging=_paging(table, path),
        page_parameter=table.get("page_parameter"),
        pages=_pages(table, path),
        items=_group(Items, table, "items", path),
        date_order=table.get("date_order"),
    )


def _group(kind: type[T], table: Mapping[str, Any], name: str, path: Path) -> T:
    group = table.get(name, {})
    check_keys(group, {item.name for item in fields(kind)}, path, name)  # type: ignore[arg-type]  # kind is a dataclass
    return kind(**{key: _texts(value, path, key) if isinstance(value, list) else value for key, value in group.items()})


def _paging(table: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The kinds of paging, each with what it needs."""
    kinds = _texts(table.get("paging", ()), path, "paging")
    unknown = next((kind for kind in kinds if kind not in PAGING), None)
    if unknown is not None:
        raise SiteFileError(f"{path}: key 'paging' must be of {', '.join(map(repr, PAGING))}, not {unknown!r}")
    for kind, needed in (("query", "page_parameter"), ("request", "pages")):
        if (kind in kinds) != (needed in table):
            raise SiteFileError(f"{path}: paging by {kind!r} and the key {needed!r} need each other")
    return kinds


def _pages(table: Mapping[str, Any], path: Path) -> Pages:
    pages = _group(Pages, table, "pages", path)
    for key, choices in (("method", ("GET", "POST")), ("encoding", ("form", "json")), ("answer", ("html", "json"))):
        if getattr(pages, key) not in choices:
            raise SiteFileError(f"{path}: key 'pages.{key}' must be {' or '.join(map(repr, choices))}")
    for key in ("first", "size"):
        if not isinstance(getattr(pages, key), int) or getattr(pages, key) < 1:
            raise SiteFileError(f"{path}: key 'pages.{key}' must be a whole number, 1 or more")
    for key in ("fields", "values"):
        table_of = getattr(pages, key)
        if not isinstance(table_of, Mapping) or not all(isinstance(text, str) for text in table_of.values()):
            raise SiteFileError(f"{path}: key 'pages.{key}' must be a table of texts")
    for name, pattern in pages.values.items():
        _check_pattern(pattern, path, f"pages.values.{name}")
    if pages.answer == "json" and not table.get("items", {}).get("url"):
        raise SiteFileError(f"{path}: key 'items.url' is missing: where the address stands in an entry")
    return pages


def _check_pattern(pattern: str, path: Path, key: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise SiteFileError(f"{path}: key {key!r} is no regular expression: {error}") from error
    if groups < 1:
        raise SiteFileError(f"{path}: key {key!r} has no group for the value: {pattern!r}")


def _texts(value: object, path: Path, key: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise SiteFileError(f"{path}: key {key!r} must be a text or a list of texts, not {value!r}")
