"""Shows an audit: what is missing of each site, why, and the command that fills it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.runprinting import so_many
from pipelines.audit import Hole, SiteAudit
from pipelines.holes import Why
from pipelines.idgaps import IdGap

MOST_NAMED = 10
"""How many holes of one kind are named on a terminal; `--json` names all."""

_WORDS: dict[Why, str] = {
    "never fetched": "never fetched",
    "failed": "failed",
    "not found": "answered 404 or 410",
    "excluded": "may not be asked for",
    "not an article": "not read as an article",
}


def print_audits(audits: Sequence[SiteAudit], output: Path, console: Console) -> None:
    """Each site in turn: where something is missing, the holes by reason, and what is only suspicious."""
    for audit in audits:
        console.print(f"\n[bold]{audit.site}[/bold]: {_summary(audit)}", highlight=False)
        if audit.holes:
            console.print(_table(audit))
            _print_holes(audit, output, console)
        _print_suspicions(audit, output, console)


def _summary(audit: SiteAudit) -> str:
    if not audit.listed:
        return (
            f"{so_many(audit.articles, 'article')}; no list of the site was looked at, so nothing tells what is missing"
        )
    if not audit.holes:
        return f"{so_many(audit.articles, 'article')}, nothing missing of what its lists showed"
    return f"{so_many(audit.articles, 'article')}, {len(audit.holes)} missing of what its lists showed"


def _table(audit: SiteAudit) -> Table:
    """Sections and months with holes; what is whole needs no line."""
    table = Table(box=None, pad_edge=False)
    for heading in ("section", "month", "listed", "stored", "missing"):
        table.add_column(heading, justify="left" if heading in {"section", "month"} else "right", overflow="fold")
    lines = [month for month in audit.months if month.stored < month.listed]
    for line in lines[: 3 * MOST_NAMED]:
        numbers = (line.listed, line.stored, line.listed - line.stored)
        table.add_row(escape(_path(line.section)), line.month, *map(str, numbers))
    if len(lines) > 3 * MOST_NAMED:
        table.add_row(f"… and {len(lines) - 3 * MOST_NAMED} more")
    return table


def _path(section: str) -> str:
    """The address without its host, which is the same for all lines."""
    parts = urlsplit(section)
    return parts._replace(scheme="", netloc="").geturl() or section


def _print_holes(audit: SiteAudit, output: Path, console: Console) -> None:
    kinds = Counter(hole.why for hole in audit.holes)
    for why, number in kinds.most_common():
        holes = [hole for hole in audit.holes if hole.why == why]
        console.print(f"{number} {_WORDS[why]}:", highlight=False)
        for hole in holes[:MOST_NAMED]:
            console.print(f"  {escape(hole.url)}: {escape(hole.detail)}", highlight=False, soft_wrap=True)
        if number > MOST_NAMED:
            console.print(f"  … and {number - MOST_NAMED} more", highlight=False)
        console.print(f"  {_advice(audit.site, holes[0], output)}", highlight=False, markup=False, soft_wrap=True)


def _advice(site: str, hole: Hole, output: Path) -> str:
    """The command for holes of this kind, with what it does."""
    if hole.why == "never fetched":
        return f"to fetch them: {_command('crawl', site, output=output)}"
    if hole.why in {"failed", "not found"}:
        return f"to try them again now: {_command('crawl', site, '--retry', output=output)}"
    if hole.why == "excluded":
        return "robots.txt forbids them; every crawl looks whether it still does"
    return f"to see how one is read: {_command('check', hole.url, output=output)}"


def _print_suspicions(audit: SiteAudit, output: Path, console: Console) -> None:
    if audit.silent_months:
        months = ", ".join(audit.silent_months)
        console.print(f"nothing at all is dated {months}, though the months around are busy", highlight=False)
        console.print(
            f"  to walk every list to its end: {_command('crawl', audit.site, '--full', output=output)}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    for pattern, gaps in _by_pattern(audit.id_gaps):
        missing = sum(gap.missing for gap in gaps)
        told = ", ".join(map(_range, gaps[:MOST_NAMED]))
        more = ", …" if len(gaps) > MOST_NAMED else ""
        console.print(
            f"numbers that no known address carries ({pattern}): {missing}, such as {told}{more}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        console.print(f"  {_gap_advice(audit.site, gaps[0], output)}", highlight=False, markup=False, soft_wrap=True)
    if audit.files:
        states = ", ".join(f"{number} {state}" for state, number in audit.files.items())
        console.print(
            f"attachments not stored: {states}\n  to try them again now: "
            f"{_command('crawl', audit.site, '--retry', output=output)}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _range(gap: IdGap) -> str:
    return str(gap.first) if gap.missing == 1 else f"{gap.first}–{gap.last}"


def _by_pattern(gaps: Sequence[IdGap]) -> Iterator[tuple[str, list[IdGap]]]:
    for pattern in dict.fromkeys(gap.pattern for gap in gaps):
        yield pattern, [gap for gap in gaps if gap.pattern == pattern]


def _gap_advice(site: str, gap: IdGap, output: Path) -> str:
    """They may never have been published: they are asked for one by one, or looked for in the lists."""
    if gap.addresses is None:
        return f"to look for them on every page of the lists: {_command('crawl', site, '--full', output=output)}"
    address = gap.addresses.replace("{n}", str(gap.first))
    return f"to ask for one: {_command('crawl', site, '--url', address, output=output)}"


def _command(*words: str, output: Path) -> str:
    folder = () if output == Path("output") else ("--output", str(output))
    return shlex.join(("govnews", *words, *folder))


def audit_json(audits: Sequence[SiteAudit]) -> dict[str, Any]:
    """Everything that was found, as plain values."""
    return {"sites": [asdict(audit) | {"listed": audit.listed, "fillable": audit.fillable} for audit in audits]}
