"""Prints what runs did, as a person reads it on a terminal; every text of a page is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlite_utils import Database

from pipelines.errors import StoreError
from pipelines.hostpace import HostPace
from pipelines.manifest import hash_in
from pipelines.report import MOST_NAMED, Named, RunReport, report_json, run_report

KINDS = {"crawl": "crawl", "import": "import of other archives", "re-read": "archive read again"}


def print_runs(db: Database, number: int | None, console: Console, *, everything: bool = False) -> None:
    """The report of one run, or of the newest run of each site; `everything` names every address."""
    for report in run_reports(db, number, everything=everything):
        row = report.run
        ended = row["finished_at"] or "still running, or killed"
        detail = f" ({escape(str(row['detail']))})" if row["detail"] else ""
        outcome = row["outcome"] or "not ended"
        console.print(f"\n[bold]run {row['id']}[/bold] of {row['site']}: {outcome}{detail}", highlight=False)
        console.print(f"{KINDS[str(row['kind'])]}, {row['started_at']} – {ended}", highlight=False)
        print_report(report, console, everything=everything)
        if (head := hash_in(row["manifest"])) is not None:
            console.print(f"head hash: {head}", highlight=False)
        for seal in report.seals:
            console.print(f"sealed {seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC by {seal.authority}", highlight=False)


def runs_json(db: Database, number: int | None, *, everything: bool) -> list[dict[str, object]]:
    """The same reports as plain values for JSON."""
    return [report_json(report) for report in run_reports(db, number, everything=everything)]


def run_reports(db: Database, number: int | None, *, everything: bool) -> list[RunReport]:
    """The report of one run, or of the newest run of each site.

    Raises:
        StoreError: there is no such run, or there are none yet.
    """
    if number is not None:
        runs = db.execute("SELECT id FROM runs WHERE id = ?", [number]).fetchall()
    else:
        runs = db.execute("SELECT max(id) FROM runs GROUP BY site ORDER BY site").fetchall()
    if not runs:
        raise StoreError(f"there is no run {number}" if number is not None else "there are no runs yet")
    return [run_report(db, run, most=None if everything else MOST_NAMED) for (run,) in runs]


def print_report(report: RunReport, console: Console, *, everything: bool = False) -> None:
    """The figures of a run, what is usual for its site, and what was skipped with its reason."""
    run = report.run
    today = "" if report.is_newest else " today"
    table = Table(box=None, show_header=False, pad_edge=False)
    changes = f"{run['articles_new']} new, {run['articles_changed']} changed, {run['articles_unchanged']} unchanged"
    changes += f", {report.gone} gone" + (f", {report.restored} back again" if report.restored else "")
    table.add_row("articles", f"{report.articles} in the mirror{today}; this run: {changes}")
    table.add_row(f"attachments{today}", states(report.attachments))
    table.add_row(f"images{today}", states(report.images))
    table.add_row("files", f"{report.files} distinct{today}; this run: {run['files_new']} new")
    if run["kind"] != "re-read":
        table.add_row(*_received(run))
    if report.seconds is not None:
        table.add_row("took", duration(report.seconds))
    if report.usual is not None:
        table.add_row("usual", _usual(report))
    if report.not_articles:
        table.add_row("other pages", ", ".join(f"{number} {reason}" for reason, number in report.not_articles.items()))
    if report.pending:
        table.add_row(f"waiting{today}", f"{so_many(report.pending, 'link')}, for the next crawl")
    if report.slow:
        table.add_row("slow", "\n".join(_slow(host) for host in report.slow))
    console.print(table, highlight=False)
    _print_skipped(report, console, everything=everything)
    if report.is_nothing_new:
        console.print("nothing new", highlight=False)


def _print_skipped(report: RunReport, console: Console, *, everything: bool) -> None:
    today = "" if report.is_newest else " today"
    unfetched = "could not be fetched" if report.is_newest else "that it asked for cannot be fetched today"
    lists = {"could not be read": report.unreadable, unfetched: report.failed}
    lists[f"are not asked for{today}"] = report.excluded
    if everything:
        lists |= {f"wait{today}": report.waiting, "are no articles": report.other_pages}
    for what, named in lists.items():
        print_named(what, named, console)
    is_cut = any(named.total > len(named.first) for named in lists.values())
    if is_cut and not everything:
        console.print(f"all of them: govnews report {report.run['id']} --all", highlight=False)


def _received(run: Mapping[str, object]) -> tuple[str, str]:
    """What came: an import asks nobody."""
    if run["kind"] == "import":
        return "taken in", f"{so_many(run['requests'], 'answer')}, {size(run['bytes'])}"
    asked = f"{so_many(run['requests'], 'request')}, {size(run['bytes'])}, {run['not_modified']} not modified"
    return "asked", f"{asked}, {so_many(run['dead_links'], 'dead link')}, {so_many(run['errors'], 'fault')}"


def _usual(report: RunReport) -> str:
    usual = report.usual
    if usual is None:
        return ""
    figures = usual.figures
    parts = [so_many(figures["requests"], "request"), size(figures["bytes"]), f"{figures['articles_new']} new"]
    parts += [f"{figures['articles_changed']} changed", so_many(figures["errors"], "fault")]
    runs = "the run before" if usual.runs == 1 else f"median of the {usual.runs} runs before"
    return f"{', '.join(parts)}, in {duration(usual.seconds)} ({runs})"


def _slow(host: HostPace) -> str:
    asked = so_many(host.requests, "request") + (f", {so_many(host.faults, 'fault')}" if host.faults else "")
    return (
        f"{escape(host.host)}: {host.usual_gap:.1f} s from request to request "
        f"(at best {host.shortest_gap:.1f}, at worst {host.longest_gap:.1f}), {asked}"
    )


def so_many(number: object, noun: str) -> str:
    """`1 link`, `2 links`."""
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"


def print_texts(file_texts: Mapping[str, int], console: Console) -> None:
    """What became of the text of new files; nothing where there were none."""
    if file_texts:
        console.print(f"\ntext of files: {states(file_texts)}", highlight=False)
    if file_texts.get("waiting"):
        console.print('the waiting ones need an extra: pip install "govnews-mirror\\[files]"', highlight=False)


def states(numbers: Mapping[str, int]) -> str:
    """How many of each: `1 missing, 6 stored`."""
    return ", ".join(f"{number} {state}" for state, number in numbers.items()) or "none"


def size(value: object) -> str:
    """A number of bytes as people read it."""
    number = float(str(value))
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return ""


def duration(seconds: float) -> str:
    """`42 s`, `3 min 20 s` or `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def print_unreadable(pages: Sequence[tuple[str, str]], console: Console) -> None:
    """The first pages, with their reasons, that were read from an archive and could not be."""
    print_named("could not be read", Named(total=len(pages), first=pages[:MOST_NAMED]), console)


def print_named(what: str, named: Named, console: Console) -> None:
    """How many addresses of one kind, and the first of them."""
    if not named.total:
        return
    console.print(f"{named.total} {what}:", highlight=False)
    for url, why in named.first:
        console.print(f"  {escape(url)}: {escape(why)}", highlight=False, soft_wrap=True)
    if named.total > len(named.first):
        console.print(f"  … and {named.total - len(named.first)} more", highlight=False)
