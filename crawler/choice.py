"""Which sites a command means: by name, all of them, or those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from sqlite_utils import Database

from crawler.sitefile import Site, find_site, load_site, load_sites, site_folders
from pipelines.clock import now
from pipelines.database import NAME, open_readonly, open_upgraded
from pipelines.storedarticles import refuse_unknown_sites


def known_sites(folder: Path | None) -> dict[str, Site]:
    """The sites that a command may be given by name: those of the site files, and the sample of `govnews demo`."""
    from crawler import sample  # noqa: PLC0415  # its server is not wanted by commands that name no site

    return {sample.SITE_FILE.stem: load_site(sample.SITE_FILE)} | load_sites(*site_folders(folder))


def choose_sites(names: Sequence[str], *, every_site: bool, due: bool, folder: Path | None, output: Path) -> list[Site]:
    """The sites that were asked for, each once, in the order asked for.

    Raises:
        UnknownSiteError: a name that no site file carries; says the nearest ones.
        click.UsageError: nothing was asked for.
    """
    if not (names or every_site or due):
        raise click.UsageError("name a site, or give --all or --due; `govnews sites` lists them")
    if names:
        known = known_sites(folder)
        chosen = [find_site(known, name) for name in dict.fromkeys(names)]
    else:
        chosen = list(load_sites(*site_folders(folder)).values())
    return [site for site in chosen if is_due(site, output)] if due else chosen


def mirrored_sites(names: Sequence[str], *, folder: Path | None, output: Path) -> list[Site]:
    """The sites of these names, or all sites that the mirror holds anything of.

    Raises:
        UnknownSiteError: a name that no site file carries, or a site of the mirror whose file is not there.
    """
    sites = known_sites(folder)
    db = open_readonly(output)
    try:
        held = [str(row[0]) for row in db.execute("SELECT id FROM sites ORDER BY id")]
    finally:
        db.close()
    return [find_site(sites, name) for name in (dict.fromkeys(names) or held)]


def audited_sites(db: Database, names: Sequence[str]) -> list[str]:
    """The sites of the mirror that were asked for, or all of them; UnknownSiteError where the mirror has none such."""
    refuse_unknown_sites(db, names)
    return list(dict.fromkeys(names)) or [str(row[0]) for row in db.execute("SELECT id FROM sites ORDER BY id")]


def require_addresses(urls: Sequence[str], sites: Sequence[Site]) -> None:
    """Every address that was asked for belongs to one of the sites; else click.UsageError says which does not."""
    for url in urls:
        if not any(site.covers(url) for site in sites):
            raise click.UsageError(f"{url} is no address of {', '.join(site.name for site in sites) or 'these sites'}")


def is_due(site: Site, output: Path, *, at: datetime | None = None) -> bool:
    """Whether a site's turn has come: its `every` has passed since its last run began, and it may be crawled now.

    A site without `every` is never due. One whose last run was stopped, by a signal or by the end of its `night`, is
    due as soon as it may be crawled again.
    """
    moment = at or now()
    if site.every is None or not site.may_be_crawled(moment):
        return False
    last = _last_whole_run(site.name, output)
    return last is None or moment - last >= site.every


def _last_whole_run(site: str, output: Path) -> datetime | None:
    """When the site's last run began; None where there is none, or where it was cut short."""
    if not (output / NAME).is_file():
        return None
    db = open_upgraded(output)
    try:
        row = db.execute(
            "SELECT started_at, outcome = 'interrupted' OR coalesce(stopped_by, '') IN ('signal', 'night') FROM runs "
            "WHERE site = ? AND kind = 'crawl' AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1",
            [site],
        ).fetchone()
    finally:
        db.close()
    return datetime.fromisoformat(row[0]) if row and not row[1] else None
