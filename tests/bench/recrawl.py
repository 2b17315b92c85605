"""Crawls each saved portal three times and counts what the replay server was asked for, by its own log.

    python tests/bench/recrawl.py [SITE ...] [--keep FOLDER]

The bound: a second crawl of an unchanged site makes at most two requests a listing section and three more (robots.txt,
sitemap …). Requests that are due for another reason (visits of articles, new tries, robots.txt of other hosts) are
counted apart. The third crawl is a full one. `--keep` leaves the mirrors, for `govnews audit` to look at.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawler.sitefile import builtin_sites, load_sites

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SAVED = SHARED / "corpus" / "sites"
HEADING = (
    "site      sections  first  second  by reason (the mirror's own count)                  bound    met  third, --full"
)

LOOKS = ("listing", "walk", "sweep")
"""Reasons that the bound counts, with robots.txt of the site's own host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The corpus's replay server and the log that it writes."""

    proxy: str
    log: Path

    def asked(self, host: str) -> int:
        """How many requests for a host the log holds."""
        return sum(line.split("\t")[1] == host for line in self.log.read_text(encoding="utf-8").splitlines())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="*", metavar="SITE")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if not SAVED.is_dir():
        print(f"the shared corpus is not there ({SHARED.name}/corpus beside the project): nothing to measure")
        return 0
    with tempfile.TemporaryDirectory() as temporary, replay(Path(temporary) / "log.tsv") as server:
        folder = options.keep or Path(temporary)
        print(HEADING)
        met = [measure(name, server, folder / name) for name in options.sites or saved_sites()]
    return 0 if all(met) else 1


def saved_sites() -> list[str]:
    """The built-in sites that the corpus holds a copy of."""
    sites = load_sites(builtin_sites())
    return [name for name, site in sites.items() if (SAVED / str(urlsplit(site.home).hostname)).is_dir()]


@contextmanager
def replay(log: Path) -> Iterator[Replay]:
    command = [sys.executable, str(SHARED / "tools" / "replay_sites.py"), "--root", str(SAVED)]
    with subprocess.Popen([*command, "--port", "0", "--log", str(log)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield Replay(proxy=server.stdout.readline().split()[-1], log=log)
        finally:
            server.terminate()


def measure(name: str, server: Replay, output: Path) -> bool:
    first = crawl(name, server, output)
    second = crawl(name, server, output)
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        home = db.execute("SELECT home FROM sites").fetchone()[0]
        reasons = by_reason(db, 2, home)
        sections = int(
            db.execute(
                "SELECT count(DISTINCT section) FROM links WHERE kind IN ('listing', 'feed') AND state = 'done'"
            ).fetchone()[0]
        )
    third = crawl(name, server, output, "--full")
    looks = sum(number for reason, number in reasons.items() if reason in (*LOOKS, "robots.txt"))
    bound = 2 * sections + 3
    told = ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())
    print(f"{name:<9} {sections:>8}  {first:>5}  {second:>6}  {told:<50}  {looks} ≤ {bound}  "
          f"{'yes' if looks <= bound else 'NO'}  {third}", flush=True)  # fmt: skip
    return looks <= bound


def crawl(name: str, server: Replay, output: Path, *options: str) -> int:
    """How many requests the server saw, for whatever host."""
    before = len(server.log.read_text(encoding="utf-8").splitlines()) if server.log.exists() else 0
    command = [sys.executable, "-m", "crawler.cli", "crawl", name, "--delay", "0", "--quiet", "--output", str(output)]
    subprocess.run(
        [*command, *options], env=os.environ | {"http_proxy": server.proxy}, check=False, capture_output=True
    )
    return len(server.log.read_text(encoding="utf-8").splitlines()) - before


def by_reason(db: sqlite3.Connection, run: int, home: str) -> Counter[str]:
    host = urlsplit(home).hostname
    reasons: Counter[str] = Counter()
    for url, reason in db.execute("SELECT url, reason FROM captures WHERE run = ?", [run]):
        is_own = urlsplit(url).hostname == host
        reasons["robots.txt" if reason == "probe" and is_own else str(reason)] += 1
    return reasons


if __name__ == "__main__":
    sys.exit(main())
