"""Which sites a command means: by name, all of them, or those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from crawler.sitefile import Site, find_site, load_sites, site_folders
from pipelines.clock import now
from pipelines.database import NAME, open_readonly


def choose_sites(names: Sequence[str], *, every_site: bool, due: bool, folder: Path | None, output: Path) -> list[Site]:
    """The sites that were asked for, each once, in the order asked for.

    Raises:
        UnknownSiteError: a name that no site file carries; says the nearest ones.
        click.UsageError: nothing was asked for.
    """
    if not (names or every_site or due):
        raise click.UsageError("name a site, or give --all or --due; `govnews sites` lists them")
    sites = load_sites(*site_folders(folder))
    chosen = [find_site(sites, name) for name in dict.fromkeys(names)] if names else list(sites.values())
    return [site for site in chosen if is_due(site, output)] if due else chosen


def mirrored_sites(names: Sequence[str], *, folder: Path | None, output: Path) -> list[Site]:
    """The sites of these names, or all sites that the mirror holds anything of.

    Raises:
        UnknownSiteError: a name that no site file carries, or a site of the mirror whose file is not there.
    """
    sites = load_sites(*site_folders(folder))
    db = open_readonly(output)
    try:
        held = [str(row[0]) for row in db.execute("SELECT id FROM sites ORDER BY id")]
    finally:
        db.close()
    return [find_site(sites, name) for name in (dict.fromkeys(names) or held)]


def is_due(site: Site, output: Path) -> bool:
    """Whether the site's `every` has passed since its last finished run; a site without `every` is never due."""
    if site.every is None:
        return False
    last = _last_finish(site.name, output)
    return last is None or now() - last >= site.every


def _last_finish(site: str, output: Path) -> datetime | None:
    if not (output / NAME).is_file():
        return None
    db = open_readonly(output)
    try:
        row = db.execute(
            "SELECT max(finished_at) FROM runs WHERE site = ? AND kind = 'crawl' AND outcome != 'interrupted'", [site]
        ).fetchone()
    finally:
        db.close()
    return datetime.fromisoformat(row[0]) if row[0] else None
