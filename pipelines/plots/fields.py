"""A grid of sites and fields: in how many of a site's articles each field was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.plots.figure import WIDTH, NumberTable, Plot, empty_figure, figure
from pipelines.plots.markup import Markup
from pipelines.plots.records import FieldShare
from pipelines.plots.svg import bar_path, bars, grid_line, hover, label, two_lines
from pipelines.plots.words import Language, number, percent, word

MOST_SITES = 40
"""How many sites get a row; the rest is added up in one."""

FIELDS = (
    "title",
    "lead",
    "body",
    "published_at",
    "author",
    "author_unit",
    "source",
    "category",
    "tags",
    "images",
    "attachments",
)
"""The order of the columns that come first; other fields follow as they come."""

LEFT, ROW, HEAD = 176.0, 34.0, 30.0

Shares = Mapping[str, tuple[int, int]]
"""(found, of) by field."""


def field_shares_plot(
    shares: Sequence[FieldShare],
    *,
    language: Language = "vi",
    titles: Mapping[str, str] | None = None,
    name: str = "fields",
) -> str:
    """The figure of these shares, a row a site and a column a field.

    At most `MOST_SITES` sites have a row of their own (those where least is found come first into them).

    Args:
        shares: one record a site and field.
        language: of labels and numbers.
        titles: how a site is called; its id where it is not named here.
        name: makes the figure's ids unique where a page has several.
    """
    title = word(language, "fields")
    by_site: dict[str, dict[str, tuple[int, int]]] = {}
    for share in shares:
        by_site.setdefault(share.site, {})[share.field] = (share.found, share.of)
    rows = _rows(by_site, titles or {}, language)
    if not rows:
        return empty_figure(title, language)
    fields = _ordered({share.field for share in shares})
    articles = sum(_articles(row) for row in by_site.values())
    return figure(
        Plot(
            name=name,
            title=title,
            description=word(
                language, "fields_desc", sites=number(language, len(by_site)), articles=number(language, articles)
            ),
            height=HEAD + ROW * len(rows) + 4,
            drawing=_drawing(rows, fields, language),
            table=_table(rows, fields, language),
        ),
        language,
    )


def _rows(by_site: Mapping[str, Shares], titles: Mapping[str, str], language: Language) -> list[tuple[str, Shares]]:
    named = [(titles.get(site, site), row) for site, row in by_site.items()]
    if len(named) <= MOST_SITES:
        return sorted(named, key=lambda row: row[0].casefold())
    ranked = sorted(named, key=lambda row: (_mean(row[1]), row[0]))
    chosen, others = ranked[: MOST_SITES - 1], ranked[MOST_SITES - 1 :]
    rest: dict[str, tuple[int, int]] = {}
    for _site, row in others:
        for name, (found, of) in row.items():
            before = rest.get(name, (0, 0))
            rest[name] = (before[0] + found, before[1] + of)
    words = word(language, "others", count=number(language, len(others)))
    return [*sorted(chosen, key=lambda row: row[0].casefold()), (words, rest)]


def _mean(row: Shares) -> float:
    return sum(found / of for found, of in row.values() if of) / max(len(row), 1)


def _articles(row: Shares) -> int:
    return max((of for _found, of in row.values()), default=0)


def _ordered(fields: set[str]) -> list[str]:
    return [name for name in FIELDS if name in fields] + sorted(fields - set(FIELDS))


def _drawing(rows: Sequence[tuple[str, Shares]], fields: Sequence[str], language: Language) -> list[Markup]:
    width = (WIDTH - LEFT) / len(fields)
    parts = [
        label(word(language, name), LEFT + width * at + 2, HEAD - 12, class_="plot-label plot-quiet")
        for at, name in enumerate(fields)
    ]
    for number_, (site, row) in enumerate(rows):
        top = HEAD + ROW * number_
        parts += [grid_line(0, top - 4, WIDTH, top - 4), two_lines(site, 0, top + 12, width=LEFT - 8)]
        for at, name in enumerate(fields):
            share, x = row.get(name, (0, 0)), LEFT + width * at + 2
            parts += _cell(share, x, top, width - 8, language)
            found, of = (number(language, count) for count in share)
            words = f"{site}, {word(language, name)}: {found} / {of} {word(language, 'articles')}"
            parts.append(hover(x, top, width - 8, ROW - 6, words))
    return parts


def _cell(share: tuple[int, int], x: float, top: float, width: float, language: Language) -> list[Markup]:
    """The percentage over a bar as long as the share; what is left of the bar's track was not found."""
    found, of = share
    parts = [label(percent(language, found, of), x, top + 11)]
    if of:
        parts.append(bars(bar_path([(x, top + 16, width, 6)]), "plot-track", opacity=0.15))
        parts.append(bars(bar_path([(x, top + 16, width * found / of, 6)]), "plot-stored", opacity=0.75))
    return parts


def _table(rows: Sequence[tuple[str, Shares]], fields: Sequence[str], language: Language) -> NumberTable:
    headings = [word(language, name) for name in ("site", "articles", *fields)]
    cells = [
        (
            site,
            number(language, _articles(row)),
            *(percent(language, *row.get(name, (0, 0))) for name in fields),
        )
        for site, row in rows
    ]
    return NumberTable(headings=headings, rows=cells)
