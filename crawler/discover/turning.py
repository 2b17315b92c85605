"""Turns the pages of listings whose further pages have no address: which request comes next, and when a list is over.

`first_turns` looks at a listing that was asked for by its address, `read_turn` at an answer to a request that one of
the two has made. Either way the next page follows from the page just received and from nothing else, one page at a
time. A list is over when its last page is stated and reached, when a page shows nothing, or when it shows what the
first page or the page before showed: past the end servers answer with the last page again, or with the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from crawler.discover.jsonlist import NoListError, read_list
from crawler.discover.links import discover_links
from crawler.discover.listrequest import last_page, list_request, page_size, values_of
from crawler.discover.numbered import next_numbered
from crawler.discover.paging import split_page
from crawler.discover.postback import Postback, next_postbacks
from crawler.read.fingerprint import named_family
from crawler.read.page import ParsedPage, parse_page
from crawler.read.profile import Profile
from crawler.read.selecting import select_all
from crawler.sitefile import Site
from crawler.urls import ANY_FAMILY, canonical_url, is_trap, request_url
from pipelines.items import FoundLink, NotArticle, Turn

MOST_PAGES = 5_000
"""Pages of one list in one walk: ten times what the largest portals we know have."""

MOST_LISTS = 10
"""Lists of one page that are turned: a front page with boxes has fewer, and each costs a whole form."""

SCRIPT = "list"
"""The pager's name where a script of the page asks for the next one."""

_WITHOUT_FAMILY = ("postback",)
"""What is tried on a page of no known family: a form with a view state explains itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedPage:
    """What one further page shows, and the request for the next one."""

    links: tuple[FoundLink, ...] = ()
    turns: tuple[FoundLink, ...] = ()
    reading: NotArticle
    """Always `listing`, or why the answer is none."""


def first_turns(
    page: ParsedPage, url: str, links: Iterable[FoundLink], *, site: Site, cookies: Mapping[str, str]
) -> tuple[FoundLink, ...]:
    """The requests for the second page of each list on a listing.

    Args:
        page: the listing.
        url: its address.
        links: what was found on it.
        site: whose listing it is.
        cookies: what came with it.
    """
    number = split_page(url)[1]
    kinds = page.profile.paging if page.profile else _WITHOUT_FAMILY
    if number is not None and number > 1:
        return ()
    start = Turn(
        listing=url,
        pager="",
        page=1,
        family=page.profile.name if page.profile else None,
        shown=tuple(filter(None, [shown_by(links)])),
        cookies=cookies,
    )
    made: list[FoundLink] = []
    if "postback" in kinds:
        made += _postbacks(page, url, start, site)
    if "request" in kinds and page.profile is not None:
        made += _requests(page.profile, start, values_of(page.profile.pages, page.text), site)
    return tuple(made)


def numbered_page(page: ParsedPage, url: str, site: Site) -> tuple[FoundLink, ...]:
    """The next page where a pager prints numbers without addresses, and the family knows the parameter."""
    parameter = page.profile.page_parameter if page.profile else None
    if parameter is None or _has_values(page):
        return ()
    target = next_numbered(page.tree, url, parameter)
    if target is None or not site.covers(target) or is_trap(target):
        return ()
    addresses = page.profile.addresses if page.profile else ANY_FAMILY
    return (FoundLink(url=request_url(target, addresses), key=canonical_url(target, addresses), kind="listing"),)


def read_turn(
    body: bytes, url: str, turn: Turn, *, site: Site, content_type: str | None, cookies: Mapping[str, str]
) -> TurnedPage:
    """Read the answer to a request for a further page.

    Args:
        body: the answer.
        url: the address that was asked.
        turn: which page of which list it is.
        site: whose list it is.
        content_type: the header of that name.
        cookies: what came with it.
    """
    family = named_family(turn.family) if turn.family else None
    turn = replace(turn, cookies={**turn.cookies, **cookies})
    if turn.pager != SCRIPT:
        page = parse_page(body, url, content_type=content_type, family=turn.family or site.family)
        links = discover_links(page.tree, url, site=site, profile=page.profile).links
        shown = shown_by(links)
        turns = _postbacks(page, url, _after(turn, shown), site) if _goes_on(turn, shown) else []
        return TurnedPage(links=links, turns=tuple(turns), reading=_listing(url, shown, family))
    if family is None:
        return TurnedPage(reading=NotArticle(url=url, reason="no list", detail=f"no family {turn.family!r} any more"))
    try:
        links, turn = _entries(body, turn, family, site, content_type)
    except NoListError as error:
        return TurnedPage(reading=NotArticle(url=url, reason="no list", family=family.name, detail=str(error)))
    shown = shown_by(links)
    requests = _requests(family, _after(turn, shown), turn.values, site) if _goes_on(turn, shown) else ()
    return TurnedPage(links=links, turns=tuple(requests), reading=_listing(url, shown, family))


def shown_by(links: Iterable[FoundLink]) -> str:
    """A fingerprint of the entries of a page, whatever their order; empty where it has none."""
    links = tuple(links)
    shown = [link for link in links if link.is_listed] or [link for link in links if link.kind == "article"]
    entries = [link.key or link.url for link in shown]
    return hashlib.sha256("\n".join(sorted(entries)).encode()).hexdigest()[:16] if entries else ""


def _listing(url: str, shown: str, family: Profile | None) -> NotArticle:
    name = family.name if family else None
    return NotArticle(url=url, reason="listing", family=name, detail=None if shown else "no entries")


def _goes_on(turn: Turn, shown: str) -> bool:
    """Whether there may be a page after this one."""
    is_repeated = shown in turn.shown
    is_last = turn.last is not None and turn.page >= turn.last
    return bool(shown) and not is_repeated and not is_last and turn.page < MOST_PAGES


def _after(turn: Turn, shown: str) -> Turn:
    """The turn as the page after this one needs it, but for the number."""
    return replace(turn, shown=(turn.shown[0] if turn.shown else shown, shown))


# Forms


def _postbacks(page: ParsedPage, url: str, turn: Turn, site: Site) -> list[FoundLink]:
    marked = select_all(page.tree, page.profile.select.next_page) if page.profile else ()
    clicks = next_postbacks(page.tree, url, page=turn.page, pager=turn.pager or None, marked=marked)
    ours = (click for click in clicks if _is_ours(click, site))
    return [_posted(click, replace(turn, pager=click.pager)) for click in islice(ours, MOST_LISTS)]


def _is_ours(click: Postback, site: Site) -> bool:
    return site.covers(click.url) and is_trap(click.url) is None


def _posted(click: Postback, turn: Turn) -> FoundLink:
    following = replace(turn, page=turn.page + 1)
    return FoundLink(url=click.url, key=following.key, kind="listing", method="POST", body=click.body, turn=following)


# Requests of a script


def _has_values(page: ParsedPage) -> bool:
    """Whether a script of the page asks for further pages, so that they need not be guessed."""
    family = page.profile
    return family is not None and "request" in family.paging and values_of(family.pages, page.text) is not None


def _requests(family: Profile, turn: Turn, values: Mapping[str, str] | None, site: Site) -> Iterator[FoundLink]:
    """The request for the next page; the first one that is made so is the family's `first`."""
    if values is None:
        return
    pages = family.pages
    number = turn.page + 1 if turn.pager else pages.first
    last = turn.last if turn.pager else last_page(values, pages.size)
    if last is not None and number > last:
        return
    request = list_request(pages, turn.listing, number, values)
    if request is not None and site.covers(request.url):
        following = replace(turn, pager=SCRIPT, page=number, last=last, values=dict(values))
        yield FoundLink(
            url=request.url,
            key=following.key,
            kind="listing",
            method=request.method,
            body=request.body,
            turn=following,
        )


def _entries(
    body: bytes, turn: Turn, family: Profile, site: Site, content_type: str | None
) -> tuple[tuple[FoundLink, ...], Turn]:
    """The entries of an answer, and the turn with what the answer says of the list's end."""
    if family.pages.answer == "json":
        found = read_list(body, turn.listing, items=family.items, site=site, addresses=family.addresses)
        size = page_size(turn.values, family.pages.size)
        last = (
            found.last if found.last is not None else -(-found.total // size) if found.total is not None else turn.last
        )
        return found.links, replace(turn, last=last)
    page = parse_page(_fragment(body), turn.listing, content_type=content_type, family=family.name)
    return discover_links(page.tree, turn.listing, site=site, profile=family).links, turn


def _fragment(body: bytes) -> bytes:
    """The markup; page methods of ASP.NET wrap it in JSON (`{"d": "<li>…"}`)."""
    if not body.lstrip().startswith(b"{"):
        return body
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return body
    markup = next((value for value in answer.values() if isinstance(value, str)), "")
    return markup.encode()
