"""The frame around a drawing: title and description for screen readers, and the numbers as a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.plots.markup import Markup, element, text
from pipelines.plots.svg import FONT
from pipelines.plots.words import Language, word

WIDTH = 760.0
"""The width of every drawing, in its own units; a page scales it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTable:
    """A table of numbers; cells are text, the first of each row names it."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A drawing of `WIDTH` by `height` with what is said of it; `name` makes its ids unique on a page."""

    name: str
    title: str
    description: str
    height: float
    drawing: Sequence[Markup]
    table: NumberTable
    notes: Sequence[str] = ()


def figure(plot: Plot, language: Language) -> str:
    """The plot as one `<figure>`: caption, drawing, notes, and the table of its numbers, folded in."""
    caption = element("figcaption", text(plot.title))
    scrolled = element(
        "div", _drawing(plot, language), class_="plot-scroll", tabindex=0, role="group", aria_label=plot.title
    )
    summary = element("summary", text(word(language, "numbers")))
    numbers = element("details", summary, _table(plot.table), class_="plot-data")
    return element("figure", caption, scrolled, *_noted(plot.notes), numbers, class_="plot", lang=language)


def empty_figure(title: str, language: Language, *, notes: Sequence[str] = ()) -> str:
    caption = element("figcaption", text(title))
    return element("figure", caption, *_noted([word(language, "nothing"), *notes]), class_="plot", lang=language)


def _noted(notes: Sequence[str]) -> list[Markup]:
    return [element("p", text(note), class_="plot-note") for note in notes]


def _drawing(plot: Plot, language: Language) -> Markup:
    head = (
        element("title", text(plot.title), id=f"{plot.name}-title"),
        element("desc", text(plot.description), id=f"{plot.name}-desc"),
    )
    return element(
        "svg",
        *head,
        *plot.drawing,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {plot.height:g}",
        width=WIDTH,
        height=plot.height,
        class_="plot-drawing",
        role="img",
        aria_labelledby=f"{plot.name}-title {plot.name}-desc",
        lang=language,
        font_family=FONT,
        font_size=12,
    )


def _table(table: NumberTable) -> Markup:
    head = element("thead", element("tr", *(element("th", text(name), scope="col") for name in table.headings)))
    rows = [
        element("tr", element("th", text(row[0]), scope="row"), *(element("td", text(cell)) for cell in row[1:]))
        for row in table.rows
    ]
    return element("table", head, element("tbody", *rows))
