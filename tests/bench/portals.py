"""Crawls the saved portals of the shared corpus through its replay server and scores what came into the database.

    python tests/bench/portals.py [SITE ...]

Prints, by portal: requests, pages a second of wall time, articles in the mirror, how many of the gold's articles
that links lead to are there, and the corpus's own score of them. Without the shared corpus it says so and ends.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SITES = ("krongno", "cujut", "snv", "stc", "stp", "svhttdl", "hdnd")


def main() -> int:
    if not (SHARED / "corpus" / "sites").is_dir():
        print(f"the shared corpus is not there ({SHARED.name}/corpus beside the project): nothing to measure")
        return 0
    names = sys.argv[1:] or list(SITES)
    with replay() as proxy, tempfile.TemporaryDirectory() as folder:
        for name in names:
            output = Path(folder) / name
            seconds = crawl(name, proxy, output)
            report(name, output, seconds)
    return 0


@contextmanager
def replay() -> Iterator[str]:
    """The corpus's replay server on a free port; yields its address."""
    command = [sys.executable, str(SHARED / "tools" / "replay_sites.py"), "--root", str(SHARED / "corpus" / "sites")]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


def crawl(name: str, proxy: str, output: Path) -> float:
    command = [sys.executable, "-m", "crawler.cli", "crawl", name, "--delay", "0", "--quiet", "--output", str(output)]
    started = time.monotonic()
    subprocess.run(command, env=os.environ | {"http_proxy": proxy}, check=False, capture_output=True)
    return time.monotonic() - started


def report(name: str, output: Path, seconds: float) -> None:
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        run = db.execute("SELECT outcome, requests FROM runs").fetchone()
        records = list(predictions(db))
        host = urlsplit(db.execute("SELECT home FROM sites").fetchone()[0]).hostname
    articles = len({record["article"] for record in records})
    print(f"\n{name}: {run[0]}, {run[1]} requests in {seconds:.1f} s ({run[1] / seconds:.0f}/s), {articles} articles")
    gold = SHARED / "corpus" / "gold" / f"{host}.jsonl"
    if not gold.is_file():
        print("  no gold for this portal")
        return
    wanted = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    kept = {address(record["url"]) for record in records}
    reached = [record for record in wanted if address(record["url"]) in kept]
    print(
        f"  {len(reached)} of {len(wanted)} gold articles are in the mirror (the rest has no link from the kept pages)"
    )
    for label, chosen in subsets(reached).items():
        if chosen:
            print(f"  {label:<22}{score(chosen, records)}")


def subsets(reached: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        "all": reached,
        "verified": [record for record in reached if record["confidence"] == "verified"],
        "body of 200 or more": [record for record in reached if len(record["body"]) >= 200],
    }


def score(gold: list[dict[str, Any]], records: list[dict[str, Any]]) -> str:
    """The last line of the corpus's scorer for these gold records."""
    with tempfile.TemporaryDirectory() as folder:
        chosen, found = Path(folder) / "gold.jsonl", Path(folder) / "found.jsonl"
        for path, rows in ((chosen, gold), (found, records)):
            path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
        command = [sys.executable, str(SHARED / "tools" / "score.py"), str(chosen), "--predictions", str(found)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return " ".join(f"{name} {value}" for name, value in zip(lines[0].split(), lines[1].split()[1:], strict=True))


def predictions(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """The articles of a mirror under each of their addresses, as the scorer wants them."""
    db.row_factory = sqlite3.Row
    rows = db.execute("SELECT articles.*, article_urls.url AS seen_at FROM articles JOIN article_urls ON article = id")
    for row in rows.fetchall():
        files = db.execute("SELECT url FROM attachments WHERE article = ? AND position IS NOT NULL", [row["id"]])
        record = {name: row[name] for name in ("title", "lead", "body", "published_at", "author")}
        yield record | {"article": row["id"], "url": row["seen_at"], "attachments": [file["url"] for file in files]}


def address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{unquote(parts.path).rstrip('/')}?{parts.query}"


if __name__ == "__main__":
    sys.exit(main())
