"""The runs of one site side by side: what was asked, what came of it, what went wrong, and how each run ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from pipelines.plots.figure import WIDTH, NumberTable, Plot, empty_figure, figure
from pipelines.plots.markup import Markup, element, joined
from pipelines.plots.records import RunHealth
from pipelines.plots.scale import round_ticks
from pipelines.plots.svg import bar_path, bars, grid_line, hover, label, legend
from pipelines.plots.words import Language, number, word

MOST_RUNS = 60
"""How many runs are shown, the newest."""

LEFT, RIGHT = 56.0, WIDTH - 4
PANEL, BETWEEN = 62.0, 24.0
STRIP = 34.0
LEAST = 1.5
OUTLIER = 4
"""How many times the ninth decile a bar may be before it is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """One stacked part of a panel; `opacity` tells the parts apart where there are no colours."""

    word: str
    of: Callable[[RunHealth], int]
    class_: str
    opacity: float


_PANELS: tuple[tuple[_Series, ...], ...] = (
    (
        _Series(word="requests", of=lambda run: run.requests - run.not_modified, class_="plot-asked", opacity=0.75),
        _Series(word="not_modified", of=lambda run: run.not_modified, class_="plot-quiet-bar", opacity=0.3),
    ),
    (
        _Series(word="new", of=lambda run: run.new, class_="plot-stored", opacity=0.75),
        _Series(word="changed", of=lambda run: run.changed, class_="plot-changed", opacity=0.4),
    ),
    (_Series(word="errors", of=lambda run: run.errors, class_="plot-bad", opacity=0.75),),
)
"""From top to bottom; each panel has a scale of its own."""

_SIGNS: Mapping[str, str] = {
    "ok": "M-5 0l4 4l7 -8l1.5 1.4l-8.5 9.6l-5.5 -5.6z",
    "partial": "M0 -6a6 6 0 0 1 0 12z",
    "failed": "M-5 -6.4l5 5l5 -5l1.4 1.4l-5 5l5 5l-1.4 1.4l-5 -5l-5 5l-1.4 -1.4l5 -5l-5 -5z",
    "interrupted": "M-5 -5h3.5v10h-3.5zM1.5 -5h3.5v10h-3.5z",
    "running": "M-4 -6l9 6l-9 6z",
}
"""A sign for each outcome (tick, half disc, cross, pause, play): shapes differ, not only colours."""


def run_health_plot(
    runs: Sequence[RunHealth],
    *,
    language: Language = "vi",
    title: str | None = None,
    name: str = "health",
    zone: tzinfo = UTC,
) -> str:
    """The figure of one site's runs, oldest on the left; of more than `MOST_RUNS` the newest.

    Args:
        runs: the runs of one site, in any order.
        language: of labels and numbers.
        title: how the site is called; its id where it is left out.
        name: makes the figure's ids unique where a page has several.
        zone: whose clock the times are of; each names it.
    """
    heading = word(language, "health")
    if not runs:
        return empty_figure(f"{heading}: {title}" if title else heading, language)
    newest = sorted(runs, key=lambda run: (run.started_at, run.run))[-MOST_RUNS:]
    shown = [replace(run, started_at=run.started_at.astimezone(zone)) for run in newest]
    site = title or shown[0].site
    bad = sum(_outcome(run) not in {"ok", "running"} for run in shown)
    height, drawing = _drawing(shown, language)
    span = {"first": _day(shown[0]), "last": _day(shown[-1])}
    return figure(
        Plot(
            name=name,
            title=f"{heading}: {site}",
            description=word(language, "health_desc", site=site, runs=len(shown), bad=bad, **span),
            height=height,
            drawing=drawing,
            table=_table(shown, language),
        ),
        language,
    )


def _drawing(runs: Sequence[RunHealth], language: Language) -> tuple[float, list[Markup]]:
    parts: list[Markup] = []
    top = 0.0
    for panel in _PANELS:
        parts += _panel(runs, panel, top + BETWEEN, language)
        top += BETWEEN + PANEL
    parts += _outcomes(runs, top + BETWEEN, language)
    bottom = top + BETWEEN + STRIP
    parts += _days(runs, bottom + 10)
    parts.append(_tooltips(runs, BETWEEN, bottom - BETWEEN, language))
    return bottom + 18, parts


def _column(runs: Sequence[RunHealth], at: int) -> tuple[float, float]:
    """(middle, width) of a run's column; few runs do not become broad blocks."""
    slot = (RIGHT - LEFT) / max(len(runs), 12)
    return LEFT + (at + 0.5) * slot, slot * 0.8


def _panel(runs: Sequence[RunHealth], panel: Sequence[_Series], top: float, language: Language) -> list[Markup]:
    bottom = top + PANEL
    totals = [sum(max(series.of(run), 0) for series in panel) for run in runs]
    ticks = round_ticks(_usual(totals), most=2)
    swatch = [(0.0, 0.0, 12.0, 10.0)]
    entries = [
        (word(language, series.word), bars(bar_path(swatch), series.class_, opacity=series.opacity)) for series in panel
    ]
    parts = [legend(entries, LEFT, top - 7)]
    for tick in ticks:
        y = bottom - PANEL * tick / ticks[-1]
        parts += [grid_line(LEFT, y, RIGHT, y), label(number(language, tick), LEFT - 6, y + 4, anchor="end")]
    floors = [bottom] * len(runs)
    for series in panel:
        boxes = []
        for at, run in enumerate(runs):
            middle, width = _column(runs, at)
            count = series.of(run)
            height = min(max(PANEL * count / ticks[-1], LEAST), floors[at] - top) if count > 0 else 0.0
            floors[at] -= height
            boxes.append((middle - width / 2, floors[at], width, height))
        parts.append(bars(bar_path(boxes), series.class_, opacity=series.opacity))
    parts += [_cut(runs, at, top, number(language, total)) for at, total in enumerate(totals) if total > ticks[-1]]
    return parts


def _usual(totals: Sequence[int]) -> int:
    """The height of a panel: the highest bar that is no outlier. A first crawl must not flatten all that follow."""
    ranked = sorted(totals)
    ninth = ranked[(len(ranked) * 9 - 1) // 10] if len(ranked) > 2 else ranked[-1]
    return max((total for total in ranked if total <= max(OUTLIER * ninth, 10)), default=ranked[-1])


def _cut(runs: Sequence[RunHealth], at: int, top: float, words: str) -> Markup:
    """A bar that goes on beyond the panel: a gap near its top, and its number."""
    middle, width = _column(runs, at)
    x = middle - width / 2
    gap = element(
        "path", d=f"M{x - 2:.1f} {top + 13:.1f}l{width + 4:.1f} -5", class_="plot-cut", stroke="Canvas", stroke_width=3
    )
    return joined(gap, label(words, x + width + 3, top + 10))


def _outcomes(runs: Sequence[RunHealth], top: float, language: Language) -> list[Markup]:
    seen = {_outcome(run) for run in runs}
    entries = [(word(language, name), _sign(name, 6, 5)) for name in _SIGNS if name in seen]
    parts = [legend(entries, LEFT, top - 7)]
    for at, run in enumerate(runs):
        middle, _width = _column(runs, at)
        parts.append(_sign(_outcome(run), middle, top + 14))
    return [joined(*parts)]


def _sign(outcome: str, x: float, y: float) -> Markup:
    path = element("path", d=_SIGNS[outcome], class_=f"plot-{outcome}", fill="currentColor")
    if outcome == "partial":
        ring = element("circle", r=5.5, class_="plot-ring", fill="none", stroke="currentColor", stroke_width=1)
        path = joined(ring, path)
    return element("g", path, transform=f"translate({x:.1f} {y:.1f})")


def _days(runs: Sequence[RunHealth], y: float) -> list[Markup]:
    """The day of the first, of the last and of some runs between them."""
    every = max(1, -(-len(runs) * 78 // int(RIGHT - LEFT)))
    if len(runs) <= 12:
        every = 2
    return [label(_day(runs[at]), _column(runs, at)[0] - 4, y) for at in range(0, len(runs), every) if _fits(runs, at)]


def _fits(runs: Sequence[RunHealth], at: int) -> bool:
    return _column(runs, at)[0] + 66 <= WIDTH


def _tooltips(runs: Sequence[RunHealth], top: float, height: float, language: Language) -> Markup:
    boxes = []
    for at, run in enumerate(runs):
        middle, width = _column(runs, at)
        counts = ", ".join(f"{number(language, value)} {name}" for name, value in _counts(run, language))
        words = f"{word(language, 'run')} {run.run}, {_moment(run)}: {word(language, _outcome(run))}; {counts}"
        boxes.append(hover(middle - width / 2, top, width, height, f"{words}. {run.detail}" if run.detail else words))
    return element("g", *boxes)


def _counts(run: RunHealth, language: Language) -> list[tuple[str, int]]:
    names = ("requests", "not_modified", "new", "changed", "errors")
    return [(word(language, name), getattr(run, name)) for name in names]


def _outcome(run: RunHealth) -> str:
    if run.outcome is None:
        return "running"
    return run.outcome if run.outcome in _SIGNS else "partial"


def _day(run: RunHealth) -> str:
    return run.started_at.date().isoformat()


def _moment(run: RunHealth) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M %Z}".strip()


def _table(runs: Sequence[RunHealth], language: Language) -> NumberTable:
    names = ("run", "started", "outcome", "minutes", "requests", "not_modified", "new", "changed", "errors", "detail")
    rows = [
        (
            str(run.run),
            _moment(run),
            word(language, _outcome(run)),
            _minutes(run, language),
            *(number(language, value) for _name, value in _counts(run, language)),
            run.detail or "",
        )
        for run in reversed(runs)
    ]
    return NumberTable(headings=[word(language, name) for name in names], rows=rows)


def _minutes(run: RunHealth, language: Language) -> str:
    if run.finished_at is None:
        return "–"
    minutes = (run.finished_at - run.started_at).total_seconds() / 60
    return "< 1" if minutes < 1 else number(language, round(minutes))
