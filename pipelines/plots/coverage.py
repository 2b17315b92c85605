"""Articles by month: what is stored, and on top of it, striped, what the sites showed and the mirror lacks.

One site gets a tall chart with a scale; several get a strip each, on one time axis, every strip on its own scale so
that the holes of a small site are seen beside a large one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.plots.figure import WIDTH, NumberTable, Plot, empty_figure, figure
from pipelines.plots.markup import Markup, element, joined
from pipelines.plots.records import MonthCoverage
from pipelines.plots.scale import EARLIEST, TimeAxis, month_number, round_ticks
from pipelines.plots.svg import bar_path, bars, grid_line, hatched, hover, label, legend, stripes, two_lines
from pipelines.plots.words import Language, number, word

MOST_SITES = 40
"""How many sites get a strip; the rest is added up in one."""

LATEST = 2100 * 12
"""Months from here on are misread dates, whatever the calendar says."""

MOST_TOOLTIPS = 1_500
"""Bars beyond this many have no tooltips of their own; the table has the numbers."""

LEGEND, AXIS = 26.0, 24.0
TALL, STRIP = 190.0, 34.0
BAR = 24.0
LEAST = 1.5
"""The least height of a bar: one article beside a thousand is still seen."""


@dataclass(slots=True)
class _Strip:
    """One site's bins: [stored, missing] by number of the bin."""

    name: str
    bins: dict[int, list[int]] = field(default_factory=dict)

    def add(self, at: int, stored: int, missing: int) -> None:
        counts = self.bins.setdefault(at, [0, 0])
        counts[0] += stored
        counts[1] += missing

    @property
    def stored(self) -> int:
        return sum(counts[0] for counts in self.bins.values())

    @property
    def missing(self) -> int:
        return sum(counts[1] for counts in self.bins.values())

    @property
    def highest(self) -> int:
        return max(sum(counts) for counts in self.bins.values())

    def empty(self) -> list[int]:
        """Bins without any article between the first and the last that have some."""
        return [n for n in range(min(self.bins), max(self.bins)) if n not in self.bins]


def coverage_plot(
    months: Sequence[MonthCoverage],
    *,
    language: Language = "vi",
    titles: Mapping[str, str] | None = None,
    name: str = "coverage",
) -> str:
    """The figure of these months, in any order, of one site or many.

    At most `MOST_SITES` sites have a strip of their own (those that miss most first, then the largest) and the time
    axis at most 240 columns: months become quarters, years or decades. Dates before 1990 or from 2100 on are only
    counted in a note.

    Args:
        months: what is stored and what is missing.
        language: of labels and numbers.
        titles: how a site is called; its id where it is not named here.
        name: makes the figure's ids unique where a page has several.
    """
    placed = [(numbered, month) for month in months if (numbered := _on_axis(month)) is not None]
    if not placed:
        return empty_figure(word(language, "coverage"), language, notes=_notes(months, language))
    axis = TimeAxis.over([numbered for numbered, _month in placed])
    title = word(language, {1: "coverage", 3: "coverage_3", 12: "coverage_12"}.get(axis.step, "coverage_years"))
    strips = _strips(placed, axis, titles or {}, language)
    first, last = axis.name(0), axis.name(axis.count - 1)
    stored, missing = (sum(getattr(strip, part) for strip in strips) for part in ("stored", "missing"))
    counts = {"stored": number(language, stored), "missing": number(language, missing)}
    sites = number(language, len({month.site for _numbered, month in placed}))
    draw = _tall if len(strips) == 1 else _side_by_side
    height, drawing = draw(strips, axis, language, name)
    return figure(
        Plot(
            name=name,
            title=title if len(strips) > 1 else f"{title}: {strips[0].name}",
            description=word(language, "coverage_desc", sites=sites, first=first, last=last, **counts),
            height=height,
            drawing=drawing,
            table=_by_bin(strips[0], axis, language) if len(strips) == 1 else _by_site(strips, axis, language),
            notes=_notes(months, language),
        ),
        language,
    )


def _on_axis(month: MonthCoverage) -> int | None:
    numbered = month_number(month.month) if month.month else None
    is_shown = numbered is not None and EARLIEST <= numbered < LATEST and month.stored + month.missing > 0
    return numbered if is_shown else None


def _strips(
    placed: Sequence[tuple[int, MonthCoverage]], axis: TimeAxis, titles: Mapping[str, str], language: Language
) -> list[_Strip]:
    by_site: dict[str, _Strip] = {}
    for numbered, month in placed:
        strip = by_site.setdefault(month.site, _Strip(titles.get(month.site, month.site)))
        strip.add(axis.bin_of(numbered), month.stored, month.missing)
    if len(by_site) <= MOST_SITES:
        return sorted(by_site.values(), key=lambda strip: strip.name.casefold())
    ranked = sorted(by_site.values(), key=lambda strip: (-strip.missing, -strip.stored, strip.name))
    chosen, others = ranked[: MOST_SITES - 1], ranked[MOST_SITES - 1 :]
    rest = _Strip(word(language, "others", count=number(language, len(others))))
    for strip in others:
        for at, (stored, missing) in strip.bins.items():
            rest.add(at, stored, missing)
    return [*sorted(chosen, key=lambda strip: strip.name.casefold()), rest]


def _tall(strips: Sequence[_Strip], axis: TimeAxis, language: Language, name: str) -> tuple[float, list[Markup]]:
    """One site: a scale on the left, and a tooltip for every column."""
    strip = strips[0]
    ticks = round_ticks(strip.highest)
    left = 14 + 7.0 * len(number(language, ticks[-1]))
    top, bottom = LEGEND + 8, LEGEND + 8 + TALL
    parts = [stripes(f"{name}-stripes"), _legend(language, name, left)]
    for tick in ticks:
        y = bottom - TALL * tick / ticks[-1]
        parts += [grid_line(left, y, WIDTH, y), label(number(language, tick), left - 6, y + 4, anchor="end")]
    parts += _bars(strip, axis, _Frame(left=left, right=WIDTH - 4, top=top, bottom=bottom, full=ticks[-1]), name)
    parts.append(_tooltips(strip, axis, _Frame(left=left, right=WIDTH - 4, top=top, bottom=bottom, full=1), language))
    parts += _time_labels(axis, left, WIDTH - 4, bottom + 17, most=12)
    return bottom + AXIS, parts


def _side_by_side(
    strips: Sequence[_Strip], axis: TimeAxis, language: Language, name: str
) -> tuple[float, list[Markup]]:
    """Several sites: a strip each under one another, with the height of the highest bar written beside it."""
    left, right = 176.0, WIDTH - 58
    top = LEGEND + AXIS
    bottom = top + STRIP * len(strips)
    parts = [stripes(f"{name}-stripes"), _legend(language, name, 0)]
    parts += _time_labels(axis, left, right, top - 7, most=9)
    parts += [grid_line(x, top, x, bottom) for x in _tick_places(axis, left, right, most=9)]
    are_few = axis.count * len(strips) <= MOST_TOOLTIPS
    parts.append(label(word(language, "highest"), WIDTH - 2, 14, anchor="end", class_="plot-label plot-quiet"))
    for row, strip in enumerate(strips):
        floor = top + STRIP * (row + 1) - 4
        frame = _Frame(left=left, right=right, top=floor - BAR, bottom=floor, full=strip.highest)
        parts.append(two_lines(strip.name, 0, floor - 6, width=left - 8))
        parts.append(grid_line(left, floor, right, floor))
        parts += _bars(strip, axis, frame, name)
        parts += [_tooltips(strip, axis, frame, language)] if are_few else []
        highest = number(language, strip.highest)
        parts.append(label(highest, WIDTH - 2, floor - 6, anchor="end", class_="plot-label plot-quiet"))
    if len(strips) > 15:
        parts += _time_labels(axis, left, right, bottom + 15, most=9)
        bottom += AXIS
    return bottom + 4, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where bars stand; `full` is the count that reaches the top."""

    left: float
    right: float
    top: float
    bottom: float
    full: int

    def column(self, number_: int, axis: TimeAxis) -> tuple[float, float]:
        """(x, width) of one column, a narrow gap left free."""
        width = (self.right - self.left) / axis.count
        return self.left + number_ * width, max(width - min(width * 0.15, 3), 0.8)

    def rise(self, count: int) -> float:
        return max((self.bottom - self.top) * count / self.full, LEAST) if count else 0.0


def _bars(strip: _Strip, axis: TimeAxis, frame: _Frame, name: str) -> list[Markup]:
    stored, missing, gaps = [], [], []
    for at, (kept, lacking) in sorted(strip.bins.items()):
        x, width = frame.column(at, axis)
        height, more = frame.rise(kept), frame.rise(lacking)
        stored.append((x, frame.bottom - height, width, height))
        missing.append((x, frame.bottom - height - more, width, more))
    for at in strip.empty():
        x, width = frame.column(at, axis)
        gaps.append((x, frame.bottom - 2.5, width, 2.5))
    return [
        bars(bar_path(stored), "plot-stored", opacity=0.75),
        hatched(bar_path(missing), f"{name}-stripes"),
        bars(bar_path(gaps), "plot-gap", opacity=0.35),
    ]


def _tooltips(strip: _Strip, axis: TimeAxis, frame: _Frame, language: Language) -> Markup:
    boxes = []
    width = (frame.right - frame.left) / axis.count
    for at in range(min(strip.bins), max(strip.bins) + 1):
        stored, missing = strip.bins.get(at, (0, 0))
        words = f"{axis.name(at)}: {number(language, stored)} {word(language, 'stored')}"
        words += f", {number(language, missing)} {word(language, 'missing')}" if missing else ""
        boxes.append(hover(frame.left + at * width, frame.top, width, frame.bottom - frame.top, words))
    return element("g", *boxes)


def _tick_places(axis: TimeAxis, left: float, right: float, *, most: int) -> list[float]:
    return [left + at * (right - left) / axis.count for at, _words in axis.ticks(most)]


def _time_labels(axis: TimeAxis, left: float, right: float, y: float, *, most: int) -> list[Markup]:
    places = _tick_places(axis, left, right, most=most)
    return [label(words, x, y) for x, (_at, words) in zip(places, axis.ticks(most), strict=True)]


def _legend(language: Language, name: str, x: float) -> Markup:
    box = [(0.0, 0.0, 12.0, 10.0)]
    swatches = [
        (word(language, "stored"), bars(bar_path(box), "plot-stored", opacity=0.75)),
        (word(language, "missing"), hatched(bar_path(box), f"{name}-stripes")),
        (word(language, "empty_month"), bars(bar_path([(0.0, 7.0, 12.0, 2.5)]), "plot-gap", opacity=0.35)),
    ]
    return joined(legend(swatches, x, 14))


def _by_bin(strip: _Strip, axis: TimeAxis, language: Language) -> NumberTable:
    rows = []
    for at in range(min(strip.bins), max(strip.bins) + 1):
        stored, missing = strip.bins.get(at, (0, 0))
        rows.append((axis.name(at), number(language, stored), number(language, missing)))
    return NumberTable(headings=[word(language, part) for part in ("period", "stored", "missing")], rows=rows)


def _by_site(strips: Sequence[_Strip], axis: TimeAxis, language: Language) -> NumberTable:
    headings = [word(language, part) for part in ("site", "from", "to", "stored", "missing", "empty")]
    rows = [
        (
            strip.name,
            axis.name(min(strip.bins)),
            axis.name(max(strip.bins)),
            *(number(language, count) for count in (strip.stored, strip.missing, len(strip.empty()))),
        )
        for strip in strips
    ]
    return NumberTable(headings=headings, rows=rows)


def _notes(months: Sequence[MonthCoverage], language: Language) -> list[str]:
    undated = [month for month in months if month.month is None]
    counts = {
        "by_list": sum(month.by_list for month in months),
        "undated_stored": sum(month.stored for month in undated),
        "undated_missing": sum(month.missing for month in undated),
        "outside": sum(month.stored + month.missing for month in months if month.month and _on_axis(month) is None),
    }
    return [word(language, name, count=number(language, count)) for name, count in counts.items() if count]
