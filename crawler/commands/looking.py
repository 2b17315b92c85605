"""Commands that show what the mirror holds: `report`, `diff`, `search`, `browse`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from crawler.commands.extras import needs_extra
from crawler.commands.options import output_option, sites_option


@click.command()
@click.argument("number", metavar="[RUN]", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--all", "everything", is_flag=True, help="Name every skipped page, not only the first of each kind.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the weekly report with its plots: one file that needs no network.",
)
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="What the weekly report covers.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Of --html.")
@output_option
@sites_option
def report(
    number: int | None,
    *,
    everything: bool,
    as_json: bool,
    page: Path | None,
    days: int,
    language: Any,
    output: Path,
    sites_folder: Path | None,
) -> None:
    """Say what a run did; without a number, the newest run of each site. With --html, write the weekly report."""
    from crawler.runprinting import print_runs, runs_json
    from crawler.schedule import intervals
    from pipelines.database import open_upgraded
    from pipelines.weekly import write_weekly

    if page is not None and (number is not None or as_json or everything):
        raise click.UsageError("--html is of all runs of a period; leave out RUN, --json and --all")
    db = open_upgraded(output)
    try:
        if page is not None:
            write_weekly(db, page, days=days, language=language, every=intervals(sites_folder))
            click.echo(f"written: {page}")
        elif as_json:
            for line in runs_json(db, number, everything=everything):
                click.echo(json.dumps(line, ensure_ascii=False))
        else:
            print_runs(db, number, Console(), everything=everything)
    finally:
        db.close()


@click.command()
@click.argument("article")
@click.argument("number", metavar="[N]", type=int, required=False)
@output_option
def diff(article: str, number: int | None, *, output: Path) -> None:
    """Show what changed in an article (its id or address): revision N, or the newest, beside the one before it."""
    from crawler.reporting import print_difference
    from pipelines.database import open_readonly

    db = open_readonly(output)
    try:
        print_difference(db, article, number, Console())
    finally:
        db.close()


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--site", metavar="SITE", help="Only articles of this site.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only articles dated on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only articles dated on this day or earlier.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of hits.")
@output_option
def search(
    words: tuple[str, ...], *, site: str | None, since: Any, until: Any, limit: int, page: int, output: Path
) -> None:
    """Find articles that have all WORDS, with or without diacritics; `"words in quotes"` stand side by side."""
    from crawler.reporting import print_hits
    from pipelines.database import open_readonly
    from pipelines.filters import Filters
    from pipelines.search import search as search_mirror
    from pipelines.searchranking import WHOLE_MIRROR
    from pipelines.storedarticles import refuse_unknown_sites

    within = Filters(site=site, since=since.date() if since else None, until=until.date() if until else None)
    db = open_readonly(output)
    try:
        refuse_unknown_sites(db, [site] if site else [])
        found = search_mirror(db, " ".join(words), within, limit=limit, offset=(page - 1) * limit, reach=WHOLE_MIRROR)
    finally:
        db.close()
    print_hits(found, Console())


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 lets others in.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0 takes a free one.")
@click.option("--open", "open_browser", is_flag=True, help="Open the home page in a browser.")
@click.option("--language", type=click.Choice(["vi", "en"]), help="Of the pages, where a visitor has not chosen one.")
@output_option
def browse(*, host: str, port: int, open_browser: bool, language: Any, output: Path) -> None:
    """Read, search and query the mirror in a browser, until Ctrl+C."""
    try:
        from pipelines.browse.server import serve
    except ModuleNotFoundError as error:
        raise needs_extra(error, "browse") from error

    serve(output, host=host, port=port, language=language, tell=click.echo, open_browser=open_browser)
