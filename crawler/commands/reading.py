"""Commands that read pages again: `check`, `reparse`, `read`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from crawler.commands.options import output_option, quiet_option, sites_option


@click.command()
@click.argument("target", metavar="SITE|URL|FILE")
@click.option("--url", help="The address of a saved page.")
@click.option("--family", help="Read as this family; `none` reads without selectors.")
@click.option("--save", "save_as", metavar="NAME", help="Write the page and its record as a golden case.")
@click.option("--pages", type=click.Path(path_type=Path), default=Path("tests/pages"), show_default=True)
@output_option
@sites_option
def check(
    target: str,
    *,
    url: str | None,
    family: str | None,
    save_as: str | None,
    pages: Path,
    output: Path,
    sites_folder: Path | None,
) -> None:
    """Show what one page yields, field by field, with the rule that found it.

    SITE takes the last article of the mirror; URL a page of the mirror, or of the web when the mirror has none;
    FILE a saved page.
    """
    from crawler.checking import find_page, save_golden
    from crawler.reporting import print_reading

    page = find_page(target, url=url, output=output, folder=sites_folder)
    reading = page.read(family=family)
    print_reading(page, reading, Console())
    if save_as:
        click.echo(f"saved as {save_golden(page, reading, pages / save_as, family=family)}")


@click.command()
@click.argument("names", metavar="[SITE...]", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@quiet_option
@output_option
@sites_option
def reparse(names: tuple[str, ...], *, dry_run: bool, quiet: bool, output: Path, sites_folder: Path | None) -> None:
    """Read the archive again with today's reader, and show what it reads otherwise."""
    from crawler.choice import mirrored_sites
    from crawler.counting import counting
    from crawler.reporting import print_reparsed
    from crawler.sources.reparse import reparse as read_again

    for site in mirrored_sites(names, folder=sites_folder, output=output):
        with counting(f"reading {site.name} again", quiet=quiet) as tell:
            result = read_again(site, output, dry_run=dry_run, tell=tell)
        print_reparsed(result, Console(), dry_run=dry_run)


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option("--url", help="The address of the page; else the one that its line names, or the file's own.")
@click.option("--family", help="Read as this family; `none` reads without selectors.")
def read(files: tuple[str, ...], *, url: str | None, family: str | None) -> None:
    """Read saved pages: one JSON object a line, in order. `-` takes JSON lines {"file", "url"} on stdin."""
    from crawler.savedpages import read_lines

    for line in read_lines(_named_pages(files, url), family=family):
        click.echo(json.dumps(line, ensure_ascii=False))


def _named_pages(files: tuple[str, ...], url: str | None) -> Iterator[tuple[Path, str | None]]:
    for name in files:
        if name != "-":
            yield Path(name), url
            continue
        for number, line in enumerate(sys.stdin, start=1):
            if line.strip():
                yield _named_page(line, number)


def _named_page(line: str, number: int) -> tuple[Path, str | None]:
    try:
        record = json.loads(line)
        return Path(record["file"]), record.get("url")
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise click.UsageError(f'line {number} of stdin is no {{"file": …, "url": …}}: {line.strip()[:80]}') from error
