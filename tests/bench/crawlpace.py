"""Many sites in one process: does each keep its pace, by the server's own log, and what does it cost?"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

import portal

ARTICLES = 8
"""How many articles each site has: enough for a dozen and a half requests to each host."""


def measure(count: int, delay: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log"
        names = write_sites(folder / "sites", count, delay)
        with portal.running("--articles", str(ARTICLES), "--menu", "60", "--log", str(log)) as proxy:
            seconds, processor = crawl(folder, names, proxy)
        show(log, count, delay, seconds, processor)
        outcomes(folder / "mirror")


def write_sites(folder: Path, count: int, delay: float) -> list[str]:
    folder.mkdir()
    names = [f"xa{number}" for number in range(count)]
    for name in names:
        site = f'title = "Xã {name}"\nhome = "http://{name}.example/"\nlanguage = "vi"\ndelay = {delay}\n'
        (folder / f"{name}.toml").write_text(site, encoding="utf-8")
    return names


def crawl(folder: Path, names: list[str], proxy: str) -> tuple[float, float]:
    """(seconds, seconds of processor) of one process that crawls all of them."""
    command = [sys.executable, "-m", "crawler.cli", "crawl", *names, "--quiet", "--sites", str(folder / "sites")]
    command += ["--output", str(folder / "mirror")]
    environment = {"http_proxy": proxy, "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    begun, before = time.monotonic(), os.times()
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    after = os.times()
    if done.returncode not in {0, 3}:
        raise SystemExit(f"the crawl ended with exit code {done.returncode}: {done.stderr[-2000:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - begun, used


def show(log: Path, count: int, delay: float, seconds: float, processor: float) -> None:
    moments = defaultdict(list)
    late = 0.0
    for line in log.read_text(encoding="utf-8").splitlines():
        at, host, rest = line.split(" ", 2)
        if host == portal.LATE:
            late = float(rest)
        else:
            moments[host].append(float(at))
    gaps = [later - earlier for times in moments.values() for earlier, later in pairwise(times)]
    shares = quantiles(gaps, n=100)
    middles = [median(later - earlier for earlier, later in pairwise(times)) for times in moments.values()]
    every = [time for times in moments.values() for time in times]
    print(f"\npace: {count} sites in one process, a request per {delay:g} seconds each\n")
    print(f"  {len(every):,} requests to {len(moments)} hosts within {max(every) - min(every):.0f} s of the server")
    print(f"  gaps of a host: least {min(gaps):.3f} s, 1 % {shares[0]:.3f}, median {median(gaps):.3f},", end=" ")
    print(f"99 % {shares[98]:.3f}, most {max(gaps):.3f}")
    print(f"  the median gap of each host lies between {min(middles):.3f} and {max(middles):.3f} s")
    print(f"  the server itself was woken up to {late:.3f} s late; it noted each request before it answered")
    print(
        f"  the process took {seconds:.0f} s and {processor:.0f} s of processor: {processor / seconds:.0%} of one core"
    )
    is_spaced, is_steady = min(gaps) >= delay, max(middles) <= 1.2 * delay + 0.1
    print(f"\n  never less than the delay: {'kept' if is_spaced else 'MISSED'};", end=" ")
    print(f"medians within its stretch of a fifth: {'kept' if is_steady else 'MISSED'}\n")


def outcomes(output: Path) -> None:
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        rows = db.execute("SELECT outcome, count(*), sum(articles_new), sum(errors) FROM runs GROUP BY 1").fetchall()
    for outcome, runs, articles, errors in rows:
        print(f"  {runs} runs {outcome}: {articles} articles, {errors} faults")
    print()
