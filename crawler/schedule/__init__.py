"""Crawls by the clock: how often each site wants it, and the files that make systemd or cron do it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from crawler.sitefile import load_sites, site_folders


def intervals(folder: Path | None) -> dict[str, timedelta]:
    """The `every` of each site whose file has one: what `crawl --due` crawls by itself."""
    sites = load_sites(*site_folders(folder))
    return {site.name: site.every for site in sites.values() if site.every is not None}


def never_due(folder: Path | None) -> list[str]:
    """The sites that the clock never crawls: those whose file has no `every`, but for portals that are gone."""
    sites = load_sites(*site_folders(folder))
    return [site.name for site in sites.values() if site.every is None and site.gone is None]
