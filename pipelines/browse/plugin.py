"""The plugin that makes Datasette show a mirror. It answers only for an instance that `server.py` made."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from jinja2 import Environment

from pipelines.browse import archive_pages, feed_pages, reading_pages
from pipelines.browse.cells import cell
from pipelines.browse.description import ABOUT, described
from pipelines.browse.headers import NONCE, Asgi, NonceLoader, guarded
from pipelines.browse.questions import QUESTIONS
from pipelines.browse.safehtml import plain
from pipelines.browse.visit import NAME, BadRequestError, TooSlowError, Visit
from pipelines.database import keep_pages
from pipelines.errors import StoreError
from pipelines.plots import STYLESHEET
from pipelines.searchterms import expression_for

STYLE = Path(__file__).parent / "static" / "style.css"
STYLE_PATH = "/-/govnews.css"
MOST_BYTES = 128 * 1024 * 1024
"""The most that one value or row of a query may take, several times what an article can hold: SQLite would make a
value of a gigabyte in less time than a query has, and showing it takes five times as much memory."""

_LOG = logging.getLogger(__name__)

ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"^/$", reading_pages.home),
    (r"^/search$", reading_pages.search_page),
    (r"^/article/(?P<article>\d{1,15})$", reading_pages.article),
    (r"^/article/(?P<article>\d{1,15})/changes/(?P<number>\d{1,9})$", reading_pages.changes),
    (r"^/site$", reading_pages.site),
    (r"^/(?P<kind>unit|author|tag|section)$", reading_pages.name_page),
    (r"^/(?P<plural>units|authors|tags|sections)$", reading_pages.names_page),
    (r"^/capture/(?P<capture>\d{1,15})$", archive_pages.capture),
    (r"^/capture/(?P<capture>\d{1,15})/record$", archive_pages.record),
    (r"^/attachment/(?P<id>\d{1,15})$", archive_pages.attachment),
    (r"^/image/(?P<id>\d{1,15})$", archive_pages.image),
    (r"^/file/(?P<sha256>[0-9a-f]{64})$", archive_pages.file),
    (r"^/feed/(?P<kind>new|changed)\.atom$", feed_pages.feed),
)


def is_ours(datasette: Datasette) -> bool:
    """Whether the instance shows a mirror; the plugin is registered for the whole process."""
    return datasette.plugin_config(NAME) is not None


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    return [*ROUTES, (rf"^{STYLE_PATH}$", style), (r"^/-/databases(\.json)?$", nothing)] if is_ours(datasette) else []


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[Asgi], Asgi]:
    return guarded if is_ours(datasette) else lambda asgi: asgi


@hookimpl(trylast=True)  # after Datasette, whose function of the same name knows one spelling of a word
def prepare_connection(conn: sqlite3.Connection, datasette: Datasette) -> None:
    if is_ours(datasette):
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        conn.set_authorizer(_without_paths)
        keep_pages(conn)
        conn.create_function("escape_fts", 1, expression_for, deterministic=True)


def _without_paths(action: int, table: str | None, column: str | None, _database: str | None, _by: str | None) -> int:
    """Where the mirror lies on this machine is nobody's business: to SQL the file's name is NULL."""
    is_path = action == sqlite3.SQLITE_READ and table == "pragma_database_list" and column == "file"
    return sqlite3.SQLITE_IGNORE if is_path else sqlite3.SQLITE_OK


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    if is_ours(datasette) and env.loader is not None:
        env.loader = NonceLoader(env.loader)


@hookimpl
def extra_template_vars(datasette: Datasette, request: Request | None, view_name: str) -> dict[str, Any]:
    if request is None or not is_ours(datasette):
        return {}
    words = {"about": ABOUT, "questions": QUESTIONS, "described": described()} if view_name == "database" else {}
    return {NONCE: request.scope.get(NONCE, ""), **words}


@hookimpl
def extra_css_urls(datasette: Datasette) -> list[str]:
    return [STYLE_PATH] if is_ours(datasette) else []


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, datasette: Datasette) -> Any:
    return cell(value, column, table, row) if is_ours(datasette) else None


@hookimpl
def menu_links(datasette: Datasette, request: Request | None) -> list[dict[str, str]]:
    if not is_ours(datasette) or request is None:
        return []
    say = Visit(datasette, request).say
    pages = {"/": "home", "/search": "search", **{f"/{plural}": plural for plural in reading_pages.KINDS}}
    return [{"href": path, "label": say(name)} for path, name in pages.items()]


@hookimpl(hookwrapper=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Generator[None, Any, None]:
    """One sentence instead of a traceback; Datasette's own handler prints one for every mistyped address."""
    outcome = yield
    if is_ours(datasette):
        outcome.force_result([_sentence(datasette, request, exception)])


async def _sentence(datasette: Datasette, request: Request, exception: Exception) -> Response:
    visit = Visit(datasette, request)
    status, sentence = _explained(visit, exception)
    if visit.path.endswith(".json"):
        return Response.json({"ok": False, "error": sentence, "status": status}, status=status)
    title = visit.say("not_found_title" if status == 404 else "error_title")
    return await visit.page("message.html", status=status, title=title, message=sentence)


def _explained(visit: Visit, exception: Exception) -> tuple[int, str]:
    """The status, and what a person can do about it."""
    say = visit.say
    match exception:
        case TooSlowError() | QueryInterrupted():
            return 503, say("too_slow")
        case BadRequestError():
            return 400, say("bad_request", why=plain(exception))
        case StoreError():
            return 503, plain(exception)
        case Base400() | DatasetteError():
            return _refused(visit, exception)
        case sqlite3.OperationalError():
            return 503, say("unavailable", why=plain(exception))
        case sqlite3.ProgrammingError() | sqlite3.Warning():
            return 400, say("bad_request", why=plain(exception))  # two statements in one, a word without its value
        case sqlite3.DatabaseError():
            return 503, say("damaged")
        case _:
            _LOG.error("%s: %s", visit.path, exception, exc_info=exception)
            return 500, say("internal")


def _refused(visit: Visit, exception: Base400 | DatasetteError) -> tuple[int, str]:
    """What Datasette itself does not answer."""
    match exception:
        case Base400() if exception.status == 404:
            return 404, visit.say("not_found")
        case DatasetteError(message_is_html=True):
            return 503, visit.say("too_slow_sql")  # Datasette's own words hold a form of the query, and a script
        case DatasetteError():
            # A column to sort by that the table does not have is no fault of the server, whatever Datasette calls it.
            return 400 if exception.status == 500 else exception.status, plain(exception.message)
        case _:
            return exception.status, plain(exception)


async def style(request: Request) -> Response:  # noqa: ARG001  # Datasette calls every view so
    """The one stylesheet: the pages' and the plots'."""
    return Response(_style(), content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})


async def nothing(datasette: Datasette, request: Request) -> Response:
    """In place of a page of Datasette that names the path of the mirror on this machine."""
    return await Visit(datasette, request).not_found()


@cache
def _style() -> str:
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in (STYLE, STYLESHEET))
