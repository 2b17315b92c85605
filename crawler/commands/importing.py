"""`govnews import`: the other doors into the mirror, for what is gone from the live web."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.commands.options import output_option, quiet_option, sites_option


@click.group("import")
def import_group() -> None:
    """Bring in what other archives hold of the sites."""


@import_group.command("warc")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--site", "names", metavar="SITE", multiple=True, help="Only answers of this site; may be given again.")
@quiet_option
@output_option
@sites_option
def warc(
    files: tuple[Path, ...], *, names: tuple[str, ...], quiet: bool, output: Path, sites_folder: Path | None
) -> None:
    """Take in WARC and ARC files (.gz too) of other programs: pages become articles, read as if they had just come.

    An answer belongs to the site whose file names its host. What the mirror has already is passed over, so that the
    same files can be imported again. The exit code is 3 where a file is damaged or a page could not be read, 1
    where nothing was found.
    """
    from rich.console import Console

    from crawler.counting import counting
    from crawler.importreport import print_import
    from crawler.run import read_texts
    from crawler.runprinting import print_texts
    from crawler.sitefile import find_site, load_sites, site_folders
    from crawler.sources.foreignwarc import survey
    from crawler.sources.imported import import_warcs, sites_in
    from pipelines.database import prepare_output

    sites = load_sites(*site_folders(sites_folder))
    chosen = [find_site(sites, name) for name in dict.fromkeys(names)] or list(sites.values())
    prepare_output(output)
    with counting("looking through the files", quiet=quiet) as tell:
        found = survey(files, tell=tell)
    results = []
    for site in sites_in(found, chosen):
        with counting(f"importing {site.name}", quiet=quiet) as tell:
            results.append(import_warcs(site, files, output, known=found, tell=tell))
    console, file_texts = Console(), dict[str, int]()
    try:
        file_texts = read_texts(output)
    finally:
        print_import(results, found, chosen, console)
        print_texts(file_texts, console)
    if not results:
        raise SystemExit(1)
    if found.damaged or any(result.unreadable for result in results):
        raise SystemExit(3)
