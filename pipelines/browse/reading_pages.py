"""The pages that people read: home, search, an article, its changes, a site, and the names that articles carry."""

from __future__ import annotations

from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from pipelines import coverage
from pipelines.articlerecord import COMPARED
from pipelines.browse import overview
from pipelines.browse.article_rows import PREVIEW, article_rows, two_revisions
from pipelines.browse.listing import MOST_COUNTED, MOST_LISTED, PAGE, cards, listed
from pipelines.browse.safehtml import plain, safe_html
from pipelines.browse.visit import BadRequestError, Visit, filters_of, reach_of, reach_word
from pipelines.browse.worddiff import compare
from pipelines.browse.wording import Language
from pipelines.filters import Filters
from pipelines.plots import coverage_plot, field_shares_plot, run_health_plot
from pipelines.search import search
from pipelines.searchranking import WHOLE_MIRROR

KINDS = {"units": "unit", "authors": "author", "tags": "tag", "sections": "section"}
"""The pages that list names, and the kind of name each lists."""

NAMES_PAGE = 100
HOME_ARTICLES, HOME_CHANGES = 12, 6
SITE_NAMES = 12
MOST_PAGES = MOST_LISTED // PAGE


async def home(datasette: Datasette, request: Request) -> Response:
    visit = Visit(datasette, request)
    language = visit.say.language

    def question(db: Database) -> dict[str, Any]:
        number, gone = overview.away(db, limit=HOME_CHANGES)
        sites = overview.sites(db)
        titles = {site["id"]: plain(site["title"]) for site in sites}
        return {
            "sites": sites,
            "newest": listed(db, Filters(), limit=HOME_ARTICLES),
            "changed": overview.changed(db, limit=HOME_CHANGES),
            "gone": gone,
            "gone_number": number,
            "plots": visit.drawings.figures(
                db,
                ("home", language),
                lambda: [coverage_plot(coverage.months_of(db), language=language, titles=titles)],
            ),
        }

    return await visit.page("home.html", **await visit.ask(question))


async def search_page(datasette: Datasette, request: Request) -> Response:
    visit = Visit(datasette, request)
    words = visit.query.get("q", "")
    filters = filters_of(visit)
    reach = reach_of(visit)
    page = visit.number("page", 1, most=MOST_PAGES)
    offset = (page - 1) * PAGE

    def question(db: Database) -> dict[str, Any]:
        found: dict[str, Any] = {"sites": overview.site_titles(db), "left": None, "reach": None}
        if words:
            hits = search(db, words, filters, limit=PAGE, offset=offset, reach=reach)
            by_id = {card["id"]: card for card in cards(db, [hit.article for hit in hits.hits])}
            found["hits"] = [(hit, by_id[hit.article]) for hit in hits.hits]
            found |= {"total": hits.total, "at_least": hits.at_least, "is_bounded": hits.is_bounded}
            found["has_more"] = (hits.total or hits.at_least) > offset + PAGE
            found["reach"] = reach_word(hits.reach)
            found["left"] = overview.left_out(db, hits.reach.oldest)
        elif not filters.are_none:
            chosen = listed(db, filters, limit=PAGE, offset=offset)
            found["hits"] = [(None, card) for card in chosen.articles]
            found |= {"total": chosen.total, "at_least": MOST_COUNTED, "is_bounded": False}
            found["has_more"] = chosen.has_more
        return found

    found = await visit.ask(question)
    everything = visit.link(page=None, reach=reach_word(WHOLE_MIRROR)) if reach != WHOLE_MIRROR else None
    feed = visit.link("/feed/new.atom", **{**visit.query, "page": None, "reach": None})
    return await visit.page(
        "search.html", words=words, filters=filters, number=page, everything=everything, feed=feed, **found
    )


async def article(datasette: Datasette, request: Request) -> Response:
    visit = Visit(datasette, request)
    rows = await visit.ask(lambda db: article_rows(db, int(request.url_vars["article"])))
    if rows is None:
        return await visit.not_found()
    body = safe_html(rows.article["body_html"], rows.kept)
    return await visit.page("article.html", rows=rows, body=body, most_text=PREVIEW)


async def changes(datasette: Datasette, request: Request) -> Response:
    visit = Visit(datasette, request)
    asked = int(request.url_vars["article"]), int(request.url_vars["number"])
    found = await visit.ask(lambda db: two_revisions(db, *asked))
    if found is None:
        return await visit.not_found()
    before, after = found.before or {}, found.after
    fields = {name: compare(plain(before.get(name) or ""), plain(after[name] or "")) for name in COMPARED}
    changed = {name: paragraphs for name, paragraphs in fields.items() if paragraphs} if found.before else {}
    return await visit.page("changes.html", found=found, changed=changed)


async def site(datasette: Datasette, request: Request) -> Response:
    visit = Visit(datasette, request)
    name = visit.word("name") or ""
    language = visit.say.language

    def question(db: Database) -> dict[str, Any] | None:
        known = overview.site(db, name)
        if known is None:
            return None
        return {
            "site": known,
            "newest": listed(db, Filters(site=name)),
            "runs": overview.runs(db, name),
            "names": {kind: overview.names(db, kind, site=name, limit=SITE_NAMES) for kind in KINDS.values()},
            "plots": visit.drawings.figures(
                db, ("site", name, language), lambda: _site_plots(db, name, plain(known["title"]), language)
            ),
        }

    found = await visit.ask(question)
    return await visit.page("site.html", **found) if found else await visit.not_found()


def _site_plots(db: Database, name: str, title: str, language: Language) -> list[str]:
    return [
        coverage_plot(coverage.months_of(db, name), language=language, titles={name: title}),
        run_health_plot(coverage.runs_of(db, name), language=language),
        field_shares_plot(coverage.field_shares(db, name), language=language, titles={name: title}),
    ]


async def name_page(datasette: Datasette, request: Request) -> Response:
    """The articles of one unit, author, tag or section."""
    visit = Visit(datasette, request)
    kind, name = request.url_vars["kind"], visit.word("name")
    if name is None:
        raise BadRequestError("name=")
    page = visit.number("page", 1, most=MOST_PAGES)
    named: dict[str, Any] = {kind: name}
    filters = Filters(site=visit.word("site"), **named)
    found = await visit.ask(lambda db: listed(db, filters, offset=(page - 1) * PAGE))
    if not found.articles and page == 1:
        return await visit.not_found()
    return await visit.page("name.html", kind=kind, name=name, found=found, number=page)


async def names_page(datasette: Datasette, request: Request) -> Response:
    """Units, authors, tags or sections, the most frequent first."""
    visit = Visit(datasette, request)
    plural = request.url_vars["plural"]
    page = visit.number("page", 1, most=1000)
    kind = KINDS[plural]
    offset = (page - 1) * NAMES_PAGE
    names = await visit.ask(lambda db: overview.names(db, kind, limit=NAMES_PAGE + 1, offset=offset))
    return await visit.page(
        "names.html", plural=plural, kind=kind, names=names[:NAMES_PAGE], number=page, has_more=len(names) > NAMES_PAGE
    )
