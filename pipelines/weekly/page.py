"""The weekly report as one HTML file: styles and plots inside, no script, no address that is asked for."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.coverage import NEWEST
from pipelines.plots import STYLESHEET, Language, RunHealth, coverage_plot, field_shares_plot, run_health_plot
from pipelines.plots.markup import Markup, element, joined, text
from pipelines.plots.words import number
from pipelines.plots.words import word as plot_word
from pipelines.weekly.facts import Failure, SiteWeek, Week
from pipelines.weekly.words import word

STYLES = Path(__file__).parent / "weekly.css"
VIET_NAM = timezone(timedelta(hours=7), "UTC+7")
"""The one clock of the page; each of its times names it."""

MOST_HEALTH = 12
"""How many sites get a plot of their runs: those in trouble first, then those with most requests."""

MOST_POINTS = 10
"""How many points of one kind are named."""

MOST_ROWS = 400
"""How many sites the table names, those that miss most first."""


def weekly_page(week: Week, *, language: Language = "vi") -> str:
    """The whole page."""
    titles = {site.site: site.title for site in week.sites}
    styles = (STYLESHEET.read_text(encoding="utf-8") + STYLES.read_text(encoding="utf-8")).replace("<", "")
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    period = {"since": _moment(week.since), "until": _moment(week.until)}
    title = word(language, "title")
    header = element("header", element("h1", text(title)), element("p", text(word(language, "period", **period))))
    sections = _sections(week, titles, language) if week.sites else [_paragraph(word(language, "nothing"))]
    footer = element("footer", _paragraph(word(language, "made", at=_moment(week.until))))
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        Markup(
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">"
        ),
        element("title", text(f"{title}, {week.until.astimezone(VIET_NAM):%Y-%m-%d}")),
        element("style", Markup(styles)),
    )
    body = element("body", header, element("main", *sections), footer)
    return f"<!doctype html>\n{element('html', head, body, lang=language)}\n"


def _sections(week: Week, titles: Mapping[str, str], language: Language) -> list[Markup]:
    return [
        _section("summary", _summary(week, language), language),
        _section("attention", _attention(week, language), language),
        _section("coverage", Markup(coverage_plot(week.months, language=language, titles=titles)), language),
        _section("by_site", _site_table(week, language), language),
        _section("health", _health(week, language), language),
        _section("fields", _fields(week, titles, language), language),
        _section("failures", _failures(week, titles, language), language),
    ]


def _section(name: str, inner: Markup, language: Language) -> Markup:
    return element("section", element("h2", text(word(language, name))), inner, id=name)


def _paragraph(words: str) -> Markup:
    return element("p", text(words))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(VIET_NAM):%Y-%m-%d %H:%M %Z}"


def _summary(week: Week, language: Language) -> Markup:
    outcomes: Counter[str] = Counter()
    for site in week.sites:
        outcomes.update(site.outcomes)
    figures = {
        "sites": len(week.sites),
        "articles": sum(site.articles for site in week.sites),
        "new": sum(site.new for site in week.sites),
        "changed": sum(site.changed for site in week.sites),
        "gone": sum(site.gone for site in week.sites),
        "missing": sum(site.missing for site in week.sites),
        "runs": sum(outcomes.values()),
        "not_whole": sum(outcomes.values()) - outcomes["ok"] - outcomes["running"],
        "requests": sum(site.requests for site in week.sites),
    }
    tiles = [_tile(number(language, value), word(language, name)) for name, value in figures.items()]
    received = sum(site.bytes for site in week.sites) / 1_000_000
    tiles.append(_tile(f"{number(language, round(received))} MB", word(language, "received")))
    return element("dl", *tiles, class_="tiles")


def _tile(value: str, name: str) -> Markup:
    return element("div", element("dt", text(name)), element("dd", text(value)))


def _attention(week: Week, language: Language) -> Markup:
    """What a person should look at, the worst first, some of each kind."""
    items = []
    for points in _points(week, language):
        items += [element("li", *point) for point in points[:MOST_POINTS]]
        if len(points) > MOST_POINTS:
            rest = number(language, len(points) - MOST_POINTS)
            items.append(element("li", text(word(language, "more_attention", count=rest))))
    if not items:
        return element("p", text(word(language, "nothing_wrong")), class_="good")
    return element("ul", *items, class_="attention")


def _points(week: Week, language: Language) -> Iterator[list[list[Markup]]]:
    """The points of one kind after those of another."""
    for outcome in ("failed", "partial", "interrupted", None):
        runs = [(site, site.last) for site in week.sites if site.last is not None and site.last.outcome == outcome]
        yield [_ended(site, run, outcome or "running", language) for site, run in runs]
    yield [
        [text(word(language, "never", site=name)), *_command(_govnews("crawl", name), language)] for name in week.never
    ]
    overdue = [site for site in week.sites if site.is_overdue]
    yield [
        [text(_overdue(site, week.until, language)), *_command(_govnews("crawl", site.site), language)]
        for site in overdue
    ]
    holed = sorted((site for site in week.sites if site.missing), key=lambda site: -site.missing)
    # What fills a hole depends on its reason: the audit names it, and the command.
    yield [[text(_holes(site, language)), *_command(_govnews("audit", site.site), language)] for site in holed]


def _ended(site: SiteWeek, run: RunHealth, outcome: str, language: Language) -> list[Markup]:
    detail = f" ({run.detail})" if run.detail else ""
    said = word(language, outcome, site=site.title, run=run.run, detail=detail)
    return [text(said), *_command(f"govnews report {run.run} --all", language)]


def _holes(site: SiteWeek, language: Language) -> str:
    return word(language, "holes", site=site.title, count=number(language, site.missing))


def _overdue(site: SiteWeek, until: datetime, language: Language) -> str:
    if site.last_good is None:
        return word(language, "never_good", site=site.title)
    return word(language, "overdue", site=site.title, days=(until - site.last_good).days)


def _govnews(*words: str) -> str:
    return shlex.join(["govnews", *words])


def _command(command: str, language: Language) -> list[Markup]:
    before, after = word(language, "fill", command="\0").split("\0")
    return [Markup("; "), text(before), element("code", text(command)), text(after)]


def _site_table(week: Week, language: Language) -> Markup:
    counts = ("articles", "new", "changed", "gone", "missing", "requests")
    headings = [word(language, name) for name in ("site", *counts, "last", "outcome")]
    head = element("tr", *(element("th", text(name), scope="col") for name in headings))
    rows = []
    for site in sorted(week.sites, key=lambda site: (-site.missing, site.title.casefold()))[:MOST_ROWS]:
        cells = [element("td", text(number(language, getattr(site, name)))) for name in counts]
        last = _moment(site.last.started_at) if site.last else word(language, "none")
        outcome = (site.last.outcome or "running") if site.last else ""
        shown = element("td", text(plot_word(language, outcome)), class_=f"outcome {outcome}")
        name = element("th", _link(site.home, site.title), scope="row")
        rows.append(element("tr", name, *cells, element("td", text(last), class_="when"), shown))
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("div", table, class_="scroll", tabindex=0, role="group", aria_label=word(language, "by_site"))


def _link(url: str, words: str) -> Markup:
    """A link that opens only when it is clicked; an address of another scheme is only named."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return text(words)
    return element("a", text(words), href=url, rel="noreferrer noopener")


def _health(week: Week, language: Language) -> Markup:
    chosen = sorted(week.sites, key=lambda site: (not _is_troubled(site), -site.requests, site.site))[:MOST_HEALTH]
    plots = [
        Markup(
            run_health_plot(
                week.runs[site.site], language=language, title=site.title, name=f"health-{at}", zone=VIET_NAM
            )
        )
        for at, site in enumerate(chosen)
        if week.runs[site.site]
    ]
    left = len(week.sites) - len(chosen)
    more = [_paragraph(word(language, "health_more", count=number(language, left)))] if left else []
    return joined(*plots, *more)


def _is_troubled(site: SiteWeek) -> bool:
    return site.is_overdue or (site.last is not None and site.last.outcome != "ok")


def _fields(week: Week, titles: Mapping[str, str], language: Language) -> Markup:
    note = _paragraph(word(language, "fields_note", count=number(language, NEWEST)))
    return joined(Markup(field_shares_plot(week.shares, language=language, titles=titles)), note)


def _failures(week: Week, titles: Mapping[str, str], language: Language) -> Markup:
    if not week.failures:
        return _paragraph(word(language, "failures_none"))
    head = [
        element("th", text(word(language, name)), scope="col", class_="words" if name != "count" else None)
        for name in ("site", "reason", "count", "example")
    ]
    rows = [_failure_row(failure, titles, language) for failure in week.failures]
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    label = word(language, "failures")
    parts = [element("div", table, class_="scroll", tabindex=0, role="group", aria_label=label)]
    if week.other_failures:
        count = number(language, week.other_failures)
        parts.append(_paragraph(word(language, "failures_more", count=count)))
    parts.append(_paragraph(word(language, "all_of_run", command="govnews report RUN --all")))
    return joined(*parts)


def _failure_row(failure: Failure, titles: Mapping[str, str], language: Language) -> Markup:
    return element(
        "tr",
        element("th", text(titles.get(failure.site, failure.site)), scope="row"),
        element("td", text(failure.reason), class_="words"),
        element("td", text(number(language, failure.count))),
        element("td", _link(failure.example, failure.example), class_="words"),
    )
