"""One request for one of our pages: what it asks, in which language, and how it is answered."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode
from weakref import WeakKeyDictionary

from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from pipelines.browse.drawings import Drawings
from pipelines.browse.headers import OUR_PAGES
from pipelines.browse.safehtml import plain, web_address
from pipelines.browse.wording import LANGUAGES, Wording, chosen_language
from pipelines.filters import Filters
from pipelines.searchranking import Reach

NAME = "govnews"
"""The name of the plugin, of its settings and of its templates' folder."""

DATABASE = "mirror"
MOST_MILLISECONDS = 5_000
"""How long the database may think about one page."""

MOST_TEXT = 300
"""How many characters of a search, or of a name in an address, count."""

MOST_FIELDS = 50
"""How many words of an address count."""

COOKIE = "govnews_language"
A_YEAR = 365 * 86_400

T = TypeVar("T")

_DRAWINGS: WeakKeyDictionary[Datasette, Drawings] = WeakKeyDictionary()


class BadRequestError(ValueError):
    """An address of ours that makes no sense; the message says which part of it."""


class TooSlowError(Exception):
    """The database was stopped after `MOST_MILLISECONDS`."""


class Visit:
    """A request, and the ways to answer it; templates get it as `visit`."""

    def __init__(self, datasette: Datasette, request: Request) -> None:
        self.datasette = datasette
        self.request = request
        self.path = str(request.path)
        pairs = parse_qsl("&".join(request.query_string.split("&")[:MOST_FIELDS]))
        self.query = {name: plain(value)[:MOST_TEXT].strip() for name, value in pairs}
        self.wish = self.query.pop("lang", None)
        settings = datasette.plugin_config(NAME) or {}
        language = chosen_language(
            self.wish,
            request.cookies.get(COOKIE),
            settings.get("language"),
            accepted=request.headers.get("accept-language") or "",
        )
        self.say = Wording(language)

    @property
    def drawings(self) -> Drawings:
        """The plots that this server has drawn."""
        kept = _DRAWINGS.get(self.datasette)
        if kept is None:
            kept = _DRAWINGS[self.datasette] = Drawings()
        return kept

    @property
    def output(self) -> Path:
        """The folder of the mirror."""
        return Path(str(self.datasette.get_database(DATABASE).path)).parent

    async def ask(self, question: Callable[[Database], T]) -> T:
        """What the question finds, asked in one of Datasette's threads, for so long and no longer.

        Raises:
            TooSlowError: the time was up.
        """

        def in_thread(connection: sqlite3.Connection) -> T:
            with sqlite_timelimit(connection, MOST_MILLISECONDS):
                return question(Database(connection, execute_plugins=False))

        try:
            found: T = await self.datasette.get_database(DATABASE).execute_fn(in_thread)
        except sqlite3.OperationalError as error:
            if error.args == ("interrupted",):
                raise TooSlowError from error
            raise
        return found

    def number(self, name: str, default: int, *, most: int) -> int:
        """A number of the address, from 1 to `most`."""
        text = self.query.get(name) or str(default)
        number = int(text) if text.isascii() and text.isdecimal() else 0
        if not 1 <= number <= most:
            raise BadRequestError(f"{name}={text}")
        return number

    def day(self, name: str) -> date | None:
        """A day of the address as YYYY-MM-DD; None where there is none."""
        text = self.query.get(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadRequestError(f"{name}={text}") from error

    def word(self, name: str) -> str | None:
        """A word of the address; None where it is missing or empty."""
        return self.query.get(name) or None

    def link(self, path: str | None = None, **changes: object) -> str:
        """This address with some words changed (None takes one away); with a path, that path with these words only."""
        words = {} if path else dict(self.query)
        words |= {name: str(value) for name, value in changes.items() if value is not None}
        kept = {name: value for name, value in words.items() if value and changes.get(name, "") is not None}
        return (path or self.path) + (f"?{urlencode(kept)}" if kept else "")

    async def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """The page that the template makes, with a policy that lets nothing run."""
        body = await self.datasette.render_template(
            f"{NAME}/{template}",
            {"visit": self, "say": self.say, "plain": plain, "web_address": web_address, **context},
            request=self.request,
        )
        response = Response.html(
            body,
            status=status,
            headers={
                "Content-Security-Policy": OUR_PAGES,
                "Cache-Control": "no-cache",
                "Content-Language": self.say.language,
                "Vary": "Accept-Language",
            },
        )
        if self.wish in LANGUAGES:
            response.set_cookie(COOKIE, self.wish, max_age=A_YEAR, httponly=True, samesite="lax")
        return response

    async def not_found(self) -> Response:
        say = self.say
        return await self.page("message.html", status=404, title=say("not_found_title"), message=say("not_found"))


def filters_of(visit: Visit) -> Filters:
    """The filters of a search, as its address has them."""
    return Filters(
        site=visit.word("site"),
        since=visit.day("since"),
        until=visit.day("until"),
        unit=visit.word("unit"),
        tag=visit.word("tag"),
        with_attachment=True if visit.word("attachment") else None,
    )


def reach_of(visit: Visit) -> Reach:
    """How far back a search is to look, as the address of a further page says it: two ids with a dot between them."""
    text = visit.word("reach") or "."
    if not re.fullmatch(r"\d{0,15}\.\d{0,15}", text, re.ASCII):
        raise BadRequestError(f"reach={text}")
    exact, folded = (int(number) if number else None for number in text.split("."))
    return Reach(exact=exact, folded=folded)


def reach_word(reach: Reach) -> str:
    """The reach as `reach_of` reads it."""
    return f"{reach.exact or ''}.{reach.folded or ''}"
