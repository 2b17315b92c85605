"""Prints what commands found, as a person reads it on a terminal; every text of a page is escaped."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text
from sqlite_utils import Database

from crawler.checking import FoundPage
from crawler.run import FinishedCrawl
from crawler.runprinting import print_report, print_texts, print_unreadable, so_many
from crawler.sitefile import Site
from crawler.sources.reparse import Reparsed
from pipelines.articlejson import article_json
from pipelines.database import NAME, open_readonly
from pipelines.history import difference_of
from pipelines.items import Article, NotArticle
from pipelines.report import RunReport, run_report
from pipelines.search import SearchPage
from pipelines.verify import Progress, Verified

FIRST_LINES, LAST_LINES = 4, 2
"""How much of a body `check` shows; `govnews read` prints all of it."""

MOST_SHOWN = 20
CLIPPED = 160
"""How many differences a re-reading shows, and how many characters of each."""

WORDS = {"ok": "ok", "partial": "partial", "failed": "FAILED", "interrupted": "interrupted"}


def print_crawls(
    crawls: Sequence[FinishedCrawl], output: Path, console: Console, *, file_texts: Mapping[str, int]
) -> None:
    """The report of each crawl, what became of the text of new files, and where the mirror lies."""
    for crawl in crawls:
        detail = f" ({escape(crawl.outcome.detail)})" if crawl.outcome.detail else ""
        console.print(
            f"\n[bold]{crawl.site}[/bold]: {WORDS[crawl.outcome.word]}{detail}", highlight=False, soft_wrap=True
        )
        if crawl.run is not None:
            print_report(_report_of(output, crawl.run), console)
    print_texts(file_texts, console)
    if any(crawl.run is not None for crawl in crawls):
        console.print(f"\nThe mirror: {output / NAME}", highlight=False, soft_wrap=True)


def _report_of(output: Path, run: int) -> RunReport:
    db = open_readonly(output)
    try:
        return run_report(db, run)
    finally:
        db.close()


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


def print_reparsed(result: Reparsed, console: Console, *, dry_run: bool) -> None:
    """What today's reader reads otherwise, field by field."""
    counts = ", ".join(f"{number} {word}" for word, number in result.counts.items())
    told = "would differ" if dry_run else "differ"
    console.print(
        f"[bold]{result.site}[/bold]: {so_many(result.pages, 'page')} read again; {counts or 'nothing kept'}",
        highlight=False,
    )
    print_unreadable(result.unreadable, console)
    by_field = Counter(difference.field for difference in result.differences)
    for name, number in by_field.most_common():
        console.print(f"{number} {told} in {name}", highlight=False)
    for difference in result.differences[:MOST_SHOWN]:
        console.print(f"  {escape(difference.url)}: {difference.field}", highlight=False, soft_wrap=True)
        before, after = _first_change(difference.before or "", difference.after or "")
        console.print(f"    [red]{escape(_clipped(before))}[/red]", highlight=False, soft_wrap=True)
        console.print(f"    [green]{escape(_clipped(after))}[/green]", highlight=False, soft_wrap=True)
    if len(result.differences) > MOST_SHOWN:
        console.print(f"  … and {len(result.differences) - MOST_SHOWN} more", highlight=False)


def _first_change(before: str, after: str) -> tuple[str, str]:
    """The first lines that differ, from where they do."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            return " / ".join(old[i:j]), " / ".join(new[k:m])
    return before, after


def _clipped(text: str) -> str:
    line = " ".join(text.split()) or "nothing"
    return line if len(line) <= CLIPPED else f"{line[:CLIPPED]}…"


@contextmanager
def verify_progress(*, quiet: bool) -> Iterator[Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(file=sys.stderr)
    if quiet or not console.is_terminal:
        yield None
        return
    with RichProgress(console=console, transient=True) as bar:
        task = bar.add_task("verifying", total=None)

        def tell(what: str, done: int, total: int | None) -> None:
            # None leaves the bar where it stands.
            bar.update(task, description=f"verifying {what}", completed=done if total else None, total=total)

        yield tell


def print_verified(found: Verified, console: Console, *, has_roots: bool) -> None:
    """What was checked, what is wrong, and the head hash of each site's chain."""
    looked_at = ((found.files, "file"), (found.captures, "capture"), (found.articles, "article"))
    console.print(f"checked {', '.join(so_many(*one) for one in looked_at)}", highlight=False)
    for mended in found.mended:
        console.print(f"  mended: {escape(mended)}", highlight=False, soft_wrap=True)
    for problem in found.problems:
        console.print(f"  {escape(problem)}", highlight=False, soft_wrap=True)
    if found.seals:
        signed = "their signatures too" if has_roots else "not their signatures: give `--roots` for that"
        console.print(f"checked {so_many(found.seals, 'timestamp')}, {signed}", highlight=False)
    for site, head in found.heads:
        console.print(f"{site}: head hash {head or 'none yet'}", highlight=False, soft_wrap=True)
    console.print(
        "everything is what it was" if found.is_whole else so_many(len(found.problems), "problem"), highlight=False
    )


def print_difference(db: Database, article: str, number: int | None, console: Console) -> None:
    """Two revisions of an article side by side, the fields that differ only."""
    difference = difference_of(db, article, number)
    console.print(f"[bold]{escape(difference.title)}[/bold]\n{escape(difference.url)}", highlight=False, soft_wrap=True)
    console.print(f"revision {difference.number}: {difference.kind}, read {difference.read_at}", highlight=False)
    if difference.before is None:
        console.print("the first revision: there is none before it", highlight=False)
        return
    if not difference.lines:
        console.print("the text is the same: attachments, their labels, tags or markup were others", highlight=False)
        return
    table = Table(show_lines=True, expand=True)
    table.add_column("field", no_wrap=True)
    table.add_column(f"revision {difference.number - 1}", ratio=1, overflow="fold")
    table.add_column(f"revision {difference.number}", ratio=1, overflow="fold")
    for name, before, after in difference.lines:
        table.add_row(name, f"[red]{escape(before)}[/red]", f"[green]{escape(after)}[/green]")
    console.print(table, highlight=False)


def print_hits(page: SearchPage, console: Console) -> None:
    """One page of hits: title, date, site and address, and a piece of the text with the words marked."""
    for hit in page.hits:
        console.print(Text(f"{hit.rank:>3}. ").append(hit.title, style="bold"), soft_wrap=True)
        console.print(Text(f"     {hit.published_date or 'undated'} · {hit.site} · {hit.url}"), soft_wrap=True)
        piece = Text("     ")
        for part, is_hit in hit.snippet:
            piece.append(part, style="bold yellow" if is_hit else "")
        console.print(piece, soft_wrap=True)
    if page.total == 0:
        console.print("no article has all of these words", highlight=False)
        return
    count = f"at least {page.at_least}" if page.total is None else page.total
    shown = f"{page.hits[0].rank} to {page.hits[-1].rank}" if page.hits else "none on this page"
    bound = f"; ranked are the {page.at_least} that came last into the mirror" if page.is_bounded else ""
    console.print(f"{shown} of {so_many(count, 'article')}{bound}", highlight=False, soft_wrap=True)
