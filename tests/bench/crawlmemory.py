"""The peak memory of a crawl that has very many links waiting."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import portal

ARTICLES = 300
"""How many of the waiting links the measured crawls ask for."""

BAR = 300.0


def measure(pending: int) -> None:
    """A first crawl takes the links in from sitemaps, a second one goes on with all of them waiting."""
    with (
        tempfile.TemporaryDirectory() as folder,
        portal.running("--articles", str(pending), "--sitemap", str(pending)) as proxy,
    ):
        sites = Path(folder) / "sites"
        sites.mkdir()
        site = 'title = "Xã Mẫu"\nhome = "http://xa.example/"\nlanguage = "vi"\ndelay = 0\n'
        (sites / "xa.toml").write_text(site, encoding="utf-8")
        print(f"\nmemory: {pending:,} links in the sitemaps, {ARTICLES} articles asked for in each crawl\n")
        peaks = []
        for name in ("the crawl that takes them in", "the crawl that goes on with them"):
            output = Path(folder) / "mirror"
            peak, seconds = crawl(output, sites, proxy)
            peaks.append(peak)
            print(f"  {name:34} {peak:6.0f} MB at its peak, {waiting(output):8,} links wait, {seconds:5.1f} s")
        verdict = "kept" if max(peaks) <= BAR else "MISSED"
        print(f"\n  the bar is {BAR:.0f} MB: {verdict}\n")


def crawl(output: Path, sites: Path, proxy: str) -> tuple[float, float]:
    """(megabytes, seconds) of one crawl in a process of its own."""
    command = [sys.executable, "-m", "crawler.cli", "crawl", "xa", "--limit", str(ARTICLES), "--quiet"]
    command += ["--sites", str(sites), "--output", str(output)]
    environment = {"http_proxy": proxy, "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    begun = time.monotonic()
    quiet = os.open(os.devnull, os.O_WRONLY)
    child = os.posix_spawn(
        sys.executable,
        command,
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 1), (os.POSIX_SPAWN_DUP2, quiet, 2)],
    )
    os.close(quiet)
    _child, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, 3}:
        raise SystemExit(f"the crawl ended with exit code {code}")
    return used.ru_maxrss / 1000, time.monotonic() - begun


def waiting(output: Path) -> int:
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        return int(db.execute("SELECT count(*) FROM links WHERE state = 'pending'").fetchone()[0])
