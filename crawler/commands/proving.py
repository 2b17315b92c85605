"""Commands that say what is missing and whether all is what it was: `audit`, `verify`, `seal`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from crawler.commands.options import output_option, quiet_option


@click.command()
@click.argument("names", metavar="[SITE...]", nargs=-1)
@click.option(
    "--json", "as_json", is_flag=True, help="Everything as one JSON object; without it the first of each kind."
)
@click.option("--strict", is_flag=True, help="Let what is only suspicious count as missing in the exit code.")
@output_option
def audit(names: tuple[str, ...], *, as_json: bool, strict: bool, output: Path) -> None:
    """Say what is missing, why, and which command fills it.

    Compares what listings, feeds and sitemaps showed with what is stored. Exit code 0: nothing is missing; 1: a crawl
    may fill what is missing; 3: something is missing, and the site itself has answered for all of it (404, robots.txt,
    no article). Gaps in numbers, silent months and attachments that wait leave the exit code alone; with --strict it
    is 1 for them too.
    """
    from crawler.auditing import audit_json, print_audits
    from crawler.choice import audited_sites
    from pipelines.audit import audit_site
    from pipelines.database import open_upgraded

    db = open_upgraded(output)
    try:
        audits = [audit_site(db, site) for site in audited_sites(db, names)]
    finally:
        db.close()
    if as_json:
        click.echo(json.dumps(audit_json(audits), ensure_ascii=False))
    else:
        print_audits(audits, output, Console())
    if any(found.fillable or (strict and found.is_suspicious) for found in audits):
        sys.exit(1)
    sys.exit(3 if any(found.holes for found in audits) else 0)


@click.command()
@click.option(
    "--roots",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A PEM file with the root certificates of time-stamp authorities: checks the signatures of seals too.",
)
@click.option("--repair", is_flag=True, help="Make damaged and missing files under files/ again from the archive.")
@quiet_option
@output_option
def verify(*, roots: Path | None, repair: bool, quiet: bool, output: Path) -> None:
    """Prove offline that every byte and row is what it was; exit code 1 when something is not.

    What --repair could make again is named, and counts as whole. Nothing else is ever written.
    """
    from crawler.contentcoding import decoder_for
    from crawler.reporting import print_verified, verify_progress
    from pipelines.database import open_readonly
    from pipelines.filerepair import FileRepair
    from pipelines.timestamp import load_roots
    from pipelines.verify import verify as verify_mirror

    trusted = load_roots(roots) if roots else ()
    db = open_readonly(output)
    try:
        with verify_progress(quiet=quiet) as progress:
            mender = FileRepair(db, output, decoder_for=decoder_for) if repair else None
            found = verify_mirror(db, output, roots=trusted, repair=mender, progress=progress)
        print_verified(found, Console(), has_roots=bool(trusted))
    finally:
        db.close()
    sys.exit(0 if found.is_whole else 1)


@click.command()
@click.argument("names", metavar="[SITE...]", nargs=-1)
@click.option(
    "--authority", metavar="URL", required=True, help="A time-stamp authority that speaks RFC 3161 over HTTP."
)
@output_option
def seal(names: tuple[str, ...], *, authority: str, output: Path) -> None:
    """Have an outsider stamp the head hash of sites: proof that all before it existed at that time."""
    from pipelines.database import open_database, open_readonly
    from pipelines.timestamp import seal_site

    open_readonly(output).close()  # says so where there is no mirror, rather than making an empty one
    db = open_database(output)
    try:
        for name in names or [row[0] for row in db.execute("SELECT id FROM sites ORDER BY id").fetchall()]:
            made = seal_site(db, name, authority)
            click.echo(
                f"{made.site}: {made.manifest} (run {made.run}) existed on {made.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
            )
    finally:
        db.close()
