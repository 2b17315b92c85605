"""`govnews export`: copies of the mirror's articles and of its archive in formats that other programs read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from crawler.commands.options import output_option, quiet_option

if TYPE_CHECKING:
    from pipelines.export.articles import ArticleExport

Command = Callable[..., None]


@click.group()
def export() -> None:
    """Copy articles, or the archive, out of the mirror into one file.

    The file appears under its name when it is complete. It holds the mirror of one moment, also while a crawl is
    writing, and the same mirror gives the same bytes.
    """


def _of_articles(command: Command) -> Command:
    """What every format takes: where to, which articles, of which mirror."""
    options: tuple[Any, ...] = (  # click's own type fits one kind of function only
        output_option,
        quiet_option,
        click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Articles dated on this day or earlier."),
        click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Articles dated on this day or later."),
        click.option("--site", "sites", metavar="SITE", multiple=True, help="Only this site; may be given again."),
        click.argument("dest", metavar="DEST", type=click.Path(path_type=Path, allow_dash=True)),
    )
    for option in options:
        command = option(command)
    return command


@export.command()
@_of_articles
def jsonl(**given: Any) -> None:
    """One JSON object a line: what `govnews read` prints of an article. DEST `-` is standard output."""
    _export_articles(lambda articles, file: articles.jsonl(file), **given)


@export.command("csv")
@click.option("--bom", is_flag=True, help="Begin with a byte order mark, by which Excel knows UTF-8.")
@click.option(
    "--no-guard",
    is_flag=True,
    help="Leave cells alone that a spreadsheet takes for formulas; else they get an apostrophe in front.",
)
@_of_articles
def csv_command(*, bom: bool, no_guard: bool, **given: Any) -> None:
    """A table for spreadsheets: UTF-8, one row an article. DEST `-` is standard output."""
    _export_articles(lambda articles, file: articles.csv(file, bom=bom, guard=not no_guard), **given)


@export.command()
@_of_articles
def parquet(**given: Any) -> None:
    """A typed table for statistics; needs the extra `parquet`. DEST `-` is standard output."""
    _export_articles(lambda articles, file: articles.parquet(file), **given)


@export.command()
@_of_articles
def atom(**given: Any) -> None:
    """One complete Atom feed. DEST `-` is standard output."""
    _export_articles(lambda articles, file: articles.atom(file), **given)


@export.command()
@click.option(
    "--created",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"]),
    help="The time (UTC) of making that the package names; now, unless the same mirror is to give the same bytes.",
)
@_of_articles
def wacz(
    *, created: Any, dest: Path, sites: tuple[str, ...], since: Any, until: Any, quiet: bool, output: Path
) -> None:
    """The archive itself (WACZ 1.1.1) for replay tools: WARC records, their index, a list of pages, hashes.

    Of a whole site everything goes along; of a period what belongs to its articles.
    """
    from crawler.counting import counting
    from crawler.runprinting import so_many
    from pipelines.clock import now
    from pipelines.database import open_readonly
    from pipelines.export.destination import new_file
    from pipelines.export.wacz import write_wacz

    if dest.suffix != ".wacz":
        raise click.UsageError("a package of this kind must be called something.wacz")
    at = created.replace(tzinfo=UTC) if created else now()
    with (
        closing(open_readonly(output)) as db,
        counting("packing captures", quiet=quiet) as tell,
        new_file(dest) as file,
    ):
        packed = write_wacz(db, output, _selection(sites, since, until), file, created=at, tell=tell)
    if not quiet:
        counts = ", ".join((so_many(packed.pages, "page"), so_many(packed.captures, "capture")))
        click.echo(f"{dest}: {counts} in {so_many(packed.warc_files, 'WARC file')}")


def _export_articles(
    write: Callable[[ArticleExport, BinaryIO], None],
    *,
    dest: Path,
    sites: tuple[str, ...],
    since: Any,
    until: Any,
    quiet: bool,
    output: Path,
) -> None:
    from crawler.counting import counting
    from crawler.runprinting import so_many
    from pipelines.database import open_readonly
    from pipelines.export.articles import ArticleExport

    with closing(open_readonly(output)) as db, counting("exporting articles", quiet=quiet) as tell:
        articles = ArticleExport(db, _selection(sites, since, until), tell=tell)
        with _destination(dest) as file:
            write(articles, file)
    if not quiet:
        click.echo(f"{dest}: {so_many(articles.written, 'article')}", err=str(dest) == "-")


def _selection(sites: tuple[str, ...], since: Any, until: Any) -> Any:
    from pipelines.storedarticles import Selection

    return Selection(
        sites=tuple(sorted(set(sites))),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )


@contextmanager
def _destination(dest: Path) -> Iterator[BinaryIO]:
    from pipelines.export.destination import new_file

    if str(dest) == "-":
        yield sys.stdout.buffer
        return
    with new_file(dest) as file:
        yield file
