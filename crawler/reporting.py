"""Prints what commands found, as a person reads it on a terminal; every text of a page is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.checking import FoundPage
from crawler.read.record import article_json
from crawler.run import FinishedCrawl
from crawler.sitefile import Site
from pipelines.database import NAME, open_readonly
from pipelines.items import Article, NotArticle
from pipelines.report import Named, RunReport, run_report

FIRST_LINES, LAST_LINES = 4, 2
"""How much of a body `check` shows; `govnews read` prints all of it."""

WORDS = {"ok": "ok", "partial": "partial", "failed": "FAILED", "interrupted": "interrupted"}


def print_crawls(crawls: Sequence[FinishedCrawl], output: Path, console: Console) -> None:
    """The report of each crawl, and where the mirror lies."""
    for crawl in crawls:
        detail = f" ({escape(crawl.outcome.detail)})" if crawl.outcome.detail else ""
        console.print(
            f"\n[bold]{crawl.site}[/bold]: {WORDS[crawl.outcome.word]}{detail}", highlight=False, soft_wrap=True
        )
        if crawl.run is not None:
            _print_report(_report_of(output, crawl.run), console)
    if any(crawl.run is not None for crawl in crawls):
        console.print(f"\nThe mirror: {output / NAME}", highlight=False, soft_wrap=True)


def _report_of(output: Path, run: int) -> RunReport:
    db = open_readonly(output)
    try:
        return run_report(db, run)
    finally:
        db.close()


def _print_report(report: RunReport, console: Console) -> None:
    run = report.run
    table = Table(box=None, show_header=False, pad_edge=False)
    changes = f"{run['articles_new']} new, {run['articles_changed']} changed, {run['articles_unchanged']} unchanged"
    table.add_row("articles", f"{report.articles} in the mirror; this run: {changes}")
    table.add_row("attachments", _states(report.attachments))
    table.add_row("images", _states(report.images))
    table.add_row("files", f"{report.files} distinct; this run: {run['files_new']} new")
    asked = f"{run['requests']} requests, {run['not_modified']} not modified, {run['dead_links']} dead links"
    table.add_row("asked", f"{asked}, {run['errors']} faults")
    if report.not_articles:
        table.add_row("other pages", ", ".join(f"{number} {reason}" for reason, number in report.not_articles.items()))
    if report.pending:
        table.add_row("waiting", f"{report.pending} links, for the next crawl")
    console.print(table, highlight=False)
    _print_named("could not be read", report.unreadable, console)
    _print_named("could not be fetched", report.failed, console)
    if report.is_nothing_new:
        console.print("nothing new", highlight=False)


def _states(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in numbers.items()) or "none"


def _print_named(what: str, named: Named, console: Console) -> None:
    if not named.total:
        return
    console.print(f"{named.total} {what}:", highlight=False)
    for url, why in named.first:
        console.print(f"  {escape(url)}: {escape(why)}", highlight=False, soft_wrap=True)
    if named.total > len(named.first):
        console.print(f"  … and {named.total - len(named.first)} more", highlight=False)


def print_sites(sites: Mapping[str, Site], console: Console) -> None:
    """One line a site."""
    table = Table(box=None, pad_edge=False)
    for heading in ("site", "title", "home", "family", "verified"):
        table.add_column(heading, overflow="fold")
    for site in sites.values():
        verified = str(site.verified) if site.verified else "not yet"
        table.add_row(site.name, escape(site.title), escape(site.home), site.family, verified)
    console.print(table, highlight=False)


def print_reading(page: FoundPage, reading: Article | NotArticle, console: Console) -> None:
    """One page, field by field, with the rule that found each."""
    console.print(f"[bold]{escape(page.url)}[/bold]\nfrom {escape(page.origin)}", highlight=False, soft_wrap=True)
    if isinstance(reading, NotArticle):
        console.print(f"not an article: {reading.reason} {escape(reading.detail or '')}", highlight=False)
        return
    table = Table(show_lines=True, expand=True)
    table.add_column("field", no_wrap=True)
    table.add_column("value", ratio=1, overflow="fold")
    table.add_column("rule", overflow="fold", max_width=28)
    record = article_json(reading)
    for name, value in record.items():
        if name in {"fields", "body_html", "url", "site"} or value in (None, [], ""):
            continue
        shown = _shortened(_shown(value)) if name == "body" else _shown(value)
        table.add_row(name, escape(shown), escape(_rule(reading, name)))
    missing = [name for name, value in record.items() if value in (None, [], "") and name != "site"]
    console.print(table, highlight=False)
    if missing:
        console.print(f"not found: {', '.join(missing)}", highlight=False)


def _rule(reading: Article, name: str) -> str:
    rule = reading.fields.get(name, "")
    if name in reading.agrees and not reading.agrees[name]:
        return f"{rule}\n(the selector-less reading differs)"
    return rule


def _shortened(text: str) -> str:
    """The first and last lines of a long body: enough to see where it begins and ends."""
    lines = text.splitlines()
    if len(lines) <= FIRST_LINES + LAST_LINES + 1:
        return text
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    return "\n".join([*lines[:FIRST_LINES], f"… {left_out} more lines …", *lines[-LAST_LINES:]])


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(_shown(item) for item in value)
    if isinstance(value, dict):
        return " · ".join(str(part) for part in value.values() if part)
    return str(value)
