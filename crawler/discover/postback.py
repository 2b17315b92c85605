"""The next page of an ASP.NET WebForms listing: a form sent back with all its hidden fields (`__doPostBack`).

A GridView, a DataPager or a row of LinkButtons prints no addresses, only
`javascript:__doPostBack('target','argument')`. The server takes such a click only together with the hidden fields of
the page that it was made on (`__VIEWSTATE`, `__EVENTVALIDATION` …), so page n + 1 can be asked for from the answer to
page n and from nothing else.

Of all the clicks that a page offers only those are made that turn a page of a list: the argument `Page$3`, a link whose
text is the number of the next page, or words for "next" in a pager. A calendar's days, sorting columns and buttons are
links of the same form, and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from lxml.html import HtmlElement

from crawler.discover.pager import is_in_pager
from crawler.discover.paging import may_say_page, says_page
from crawler.urls import clean_href

MOST_CLICKS = 2_000
"""Links of one page that are looked at; a pager stands within them or the page is an attack."""
MOST_FIELDS = 2_000
MOST_BYTES = 4 * 1024 * 1024
"""Of a form; view states of a megabyte are real, of more than this they are an attack."""

_CLICK = re.compile(
    r"""__doPostBack\(\s*\\?(?P<q>['"])(?P<target>[^'"]*?)\\?(?P=q)\s*,\s*\\?(?P<r>['"])(?P<argument>[^'"]*?)\\?(?P=r)\s*\)"""
    r"""|WebForm_PostBackOptions\(\s*(?P<s>['"])(?P<options>[^'"]+)(?P=s)"""
)
_PAGE = re.compile(r"Page\$(\d+|Next)")
_BUTTON = re.compile(r"^(.+?)(?:\$ctl\d+)+(?:\$\w+)?$|^(.+?)\$\w+$")
"""A control's name without its buttons: `x$DataPager1$ctl01$ctl02` belongs to `x$DataPager1`, `x$lkNext` to `x`."""
_FORWARD = re.compile(
    r"(?:sau|tiếp(?: theo)?|kế(?: tiếp)?|next|trang\s+(?:sau|kế|tiếp(?: theo)?)|next\s+page|[>»›→]+)\W*", re.IGNORECASE
)
_ELLIPSIS = ("...", "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback:
    """A click that turns one page further, as the request that a browser would make of it."""

    url: str
    pager: str
    """The control that is turned."""
    body: bytes


@dataclass(frozen=True, slots=True)
class _Click:
    element: HtmlElement
    target: str
    argument: str
    text: str

    @property
    def pager(self) -> str:
        if _PAGE.fullmatch(self.argument) or self.argument:
            return self.target
        match = _BUTTON.match(self.target)
        return (match[1] or match[2]) if match else self.target

    @property
    def number(self) -> int | None:
        """The page that the click leads to, where it says so; None for "next" and for clicks that turn no page."""
        if match := _PAGE.fullmatch(self.argument):
            return int(match[1]) if match[1].isdigit() else None
        is_number = self.text.isdecimal() and len(self.text) <= 4
        # The days of a calendar are numbers too, and their argument is another.
        return int(self.text) if is_number and self.argument in ("", self.text) else None

    @property
    def is_forward(self) -> bool:
        """Whether it says "next", and nothing speaks against its being a pager's."""
        if self.argument:
            return self.argument == "Page$Next"
        says_next = bool(_FORWARD.fullmatch(self.text.lower())) or self.text in _ELLIPSIS
        return says_next and (says_page(self.text) or (may_say_page(self.text) and is_in_pager(self.element)))


def next_postbacks(
    tree: HtmlElement, url: str, *, page: int, pager: str | None = None, marked: Sequence[HtmlElement] = ()
) -> Iterator[Postback]:
    """The clicks that lead from page `page` of each list to the one after it, one a list.

    Args:
        tree: the page just received.
        url: its address.
        page: its number in the list.
        pager: the list that is being walked; on a first page every list is looked at.
        marked: what the family's selectors name as links to further pages.
    """
    groups: dict[str, list[_Click]] = {}
    for click in _clicks(tree):
        if pager is None or click.pager == pager:
            groups.setdefault(click.pager, []).append(click)
    for name, clicks in groups.items():
        following = _next_of(clicks, page, set(marked))
        if following is not None and (made := _posted(following, url)) is not None:
            yield Postback(url=made[0], pager=name, body=made[1])


def _clicks(tree: HtmlElement) -> Iterator[_Click]:
    found = tree.xpath("//*[self::a or self::input][contains(@href, 'PostBack') or contains(@onclick, 'PostBack')]")
    for element in found[:MOST_CLICKS] if isinstance(found, list) else []:
        match = _CLICK.search(element.get("href") or "") or _CLICK.search(element.get("onclick") or "")
        if match is None or "disabled" in element.attrib:
            continue
        text = " ".join(str(element.text_content()).split()) or " ".join((element.get("value") or "").split())
        yield _Click(element, match["target"] or match["options"], match["argument"] or "", text)


def _next_of(clicks: Sequence[_Click], page: int, marked: set[HtmlElement]) -> _Click | None:
    """By number, else by "…" where all numbers lie behind, else by a word for "next"."""
    exact = next((click for click in clicks if click.number == page + 1), None)
    if exact is not None and _is_sure(exact, clicks, marked):
        return exact
    numbers = [click.number for click in clicks if click.number is not None]
    if any(number > page for number in numbers):
        return None
    onward = [click for click in clicks if click.is_forward or (click.element in marked and click.number is None)]
    words = [click for click in onward if click.text not in _ELLIPSIS]
    if words:
        # Beside "›" for the next page "»" means the last one.
        return min(words, key=lambda click: "»" in click.text or ">>" in click.text)
    return next((click for click in reversed(onward) if _follows_a_number(click.element)), None)


def _follows_a_number(element: HtmlElement) -> bool:
    """Whether a number of the pager stands before it: an ellipsis at the head of a pager leads back."""
    for block in (element, *element.iterancestors()):
        before = [
            text for sibling in block.itersiblings(preceding=True) if (text := str(sibling.text_content()).strip())
        ]
        if before:
            return any(text.isdecimal() for text in before)
    return False


def _is_sure(click: _Click, clicks: Sequence[_Click], marked: set[HtmlElement]) -> bool:
    """A number alone is a pager's where its argument or the family says so, or where it stands in a pager."""
    if _PAGE.fullmatch(click.argument) or click.argument == click.text or click.element in marked:
        return True
    return is_in_pager(click.element) or any(other.is_forward for other in clicks) or len(clicks) > 1


def _posted(click: _Click, url: str) -> tuple[str, bytes] | None:
    """Where the form goes and what it says; None where there is no form, or one that no browser would send."""
    form = next(click.element.iterancestors("form"), None)
    if form is None or (form.get("method") or "get").lower() != "post":
        return None
    action = clean_href(url, form.get("action") or url)
    fields = [(name, value) for name, value in _fields(form) if name not in ("__EVENTTARGET", "__EVENTARGUMENT")]
    if action is None or len(fields) > MOST_FIELDS:
        return None
    chosen = [("__EVENTTARGET", click.target), ("__EVENTARGUMENT", click.argument)]
    body = urlencode([*chosen, *fields], encoding="utf-8", errors="replace").encode("ascii")
    return (action, body) if len(body) <= MOST_BYTES else None


def _fields(form: HtmlElement) -> Iterator[tuple[str, str]]:
    """The successful controls of a form (HTML, 4.10.21.4) when a script submits it: no button is among them."""
    for control in form.iter("input", "select", "textarea"):
        name = control.get("name")
        if not name or "disabled" in control.attrib:
            continue
        if control.tag == "textarea":
            yield name, str(control.text_content())
        elif control.tag == "select":
            yield from ((name, value) for value in _chosen(control))
        elif (value := _value(control)) is not None:
            yield name, value


def _value(control: HtmlElement) -> str | None:
    kind = (control.get("type") or "text").lower()
    if kind in ("submit", "image", "reset", "button", "file"):
        return None
    if kind in ("checkbox", "radio"):
        return (control.get("value") or "on") if "checked" in control.attrib else None
    return control.get("value") or ""


def _chosen(select: HtmlElement) -> Iterator[str]:
    options = list(select.iter("option"))
    chosen = [option for option in options if "selected" in option.attrib]
    if not chosen and "multiple" not in select.attrib:
        chosen = options[:1]
    for option in chosen:
        value = option.get("value")
        yield " ".join(str(option.text_content()).split()) if value is None else value
