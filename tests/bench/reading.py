"""How well and how fast pages are read, on the shared corpus, beside trafilatura where it is installed.

    python tests/bench/reading.py [--worst N] [--speed-only]

Prints one table for the saved portals with their family profile, one for the same pages without any, one for general
articles without any, and the speed on pages of the portals as a ratio to a bare `lxml.html` parse of the same bytes
in the same process: CPU time of one thread, the two alternating page by page. Titles and dates count on verified
records, bodies on those of 200 characters or more, attachments on every record that has some.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import math
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from lxml import html

from crawler.read import Article, article_json, boilerplate, captions, files, read_page, teasers, words

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CORPUS = SHARED / "corpus"
Record = dict[str, Any]
Page = tuple[bytes, str]
"""A page's bytes and its address."""
Reader = Callable[[bytes, str], Record]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="show the N worst documents of each table")
    parser.add_argument("--speed-only", action="store_true", help="measure speed, score nothing")
    options = parser.parse_args()
    if not CORPUS.is_dir():
        print(f"{CORPUS} is not there: nothing to measure", file=sys.stderr)
        return 2
    portals = [record for path in sorted((CORPUS / "gold").glob("*.jsonl")) for record in _lines(path)]
    pages = [((CORPUS / "sites" / record["file"]).read_bytes(), record["url"]) for record in portals]
    if not options.speed_only:
        score = _scorer()
        for name, reader in (("profile", with_profile), ("no profile", without_profile), *_peers()):
            _show_portals(
                score, f"saved portals, {name}", list(zip(portals, pages, strict=True)), reader, options.worst
            )
        _show_articles(score, options.worst)
    _show_speed(pages)
    return 0


def with_profile(body: bytes, url: str) -> Record:
    return _record(body, url, None)


def without_profile(body: bytes, url: str) -> Record:
    return _record(body, url, "none")


def _record(body: bytes, url: str, family: str | None) -> Record:
    reading = read_page(body, url, family=family)
    return article_json(reading) if isinstance(reading, Article) else {}


def _peers() -> Iterable[tuple[str, Reader]]:
    try:
        import trafilatura  # a peer to compare with, where someone installed it
    except ImportError:
        return

    def read(body: bytes, url: str) -> Record:
        document: Any = trafilatura.bare_extraction(body, url=url, with_metadata=True, include_comments=False)
        found = document.as_dict() if document else {}
        return {
            "title": found.get("title"),
            "date": found.get("date"),
            "author": found.get("author"),
            "body": found.get("text"),
        }

    yield "trafilatura", read


def _show_portals(
    score: ModuleType,
    name: str,
    portals: list[tuple[Record, Page]],
    reader: Reader,
    worst: int,
) -> None:
    pairs = [(record, score.judge(record, reader(*page))) for record, page in portals]
    stated = score.row([result for record, result in pairs if record["confidence"] == "verified"])
    long = score.row([result for record, result in pairs if len(record["body"]) >= 200])
    files = score.row([result for record, result in pairs if record["attachments"]])
    found, recall = files["att-P"] or 0.0, files["att-R"] or 0.0
    print(
        f"{name:32} title {stated['title']:.3f}  date {stated['date']:.3f}  body F1 {long['body-F1']:.3f}  "
        f"attachments F1 {score.harmonic(found, recall):.3f}"
    )
    _show_worst([result for record, result in pairs if len(record["body"]) >= 200], worst)


def _show_articles(score: ModuleType, worst: int) -> None:
    gold = [{"url": url, **record} for url, record in json.loads((CORPUS / "articles/gold.json").read_text()).items()]
    pages = [(gzip.decompress((CORPUS / "articles" / record["file"]).read_bytes()), record["url"]) for record in gold]
    for name, reader in (("no profile", without_profile), *_peers()):
        judged = [score.judge(record, reader(*page)) for record, page in zip(gold, pages, strict=True)]
        row = score.row(judged)
        print(
            f"{'general articles, ' + name:32} title {row['title']:.3f}  date {row['date']:.3f}  "
            f"author {row['author']:.3f}  phrases F1 {row['F1']:.3f}"
        )
        _show_worst(judged, worst if name == "no profile" else 0)


def _show_worst(judged: list[Any], worst: int) -> None:
    for result in sorted(judged, key=lambda result: float(result.quality))[:worst]:
        print(f"  {result.quality:.3f} {result.name}", *result.notes[:3], sep="\n    ")


def _show_speed(pages: list[Page]) -> None:
    chosen = [page for page in pages if 60_000 < len(page[0]) < 160_000][:120]
    size = sum(len(body) for body, _ in chosen) / len(chosen)
    bare, read = _side_by_side(chosen, read_page)
    bare_again, blind = _side_by_side(chosen, lambda body, url: read_page(body, url, family="none"))
    print(f"speed on {len(chosen)} pages of {size / 1000:.0f} kB, CPU seconds of one thread:")
    print(f"  bare lxml parse  {len(chosen) / bare:6.0f} pages/s")
    print(f"  with profile     {len(chosen) / read:6.0f} pages/s, {bare / read:.2f} of the bare parse")
    print(f"  without profile  {len(chosen) / blind:6.0f} pages/s, {bare_again / blind:.2f} of the bare parse")
    for name, reader in _peers():
        few = chosen[:: max(1, len(chosen) // 30)]
        peer, mine = _side_by_side(few, read_page, beside=reader, rounds=1)
        print(f"  {name:15}  {len(few) / peer:6.0f} pages/s; reading with profile is {peer / mine:.1f} times as fast")


def _bare_parse(body: bytes, _: str) -> object:
    return html.fromstring(body)


def _side_by_side(
    pages: list[Page], read: Callable[[bytes, str], object], *, beside: Reader | None = None, rounds: int = 5
) -> tuple[float, float]:
    """CPU seconds for all pages by a bare parse (or another reader) and by a reader, taken page by page in turn.

    A machine that does other work is now faster, now slower: what is compared is measured within milliseconds of
    each other, and of each page's rounds the fastest counts. No round remembers a text of the one before, since
    nobody reads a page twice; what a site's pages have in common is remembered from page to page, as in a crawl.
    """
    other = beside or _bare_parse
    best = [(math.inf, math.inf)] * len(pages)
    for _ in range(rounds):
        _forget_texts()
        for number, page in enumerate(pages):
            took = _seconds(other, page), _seconds(read, page)
            best[number] = min(best[number][0], took[0]), min(best[number][1], took[1])
    return sum(theirs for theirs, _ in best), sum(ours for _, ours in best)


def _seconds(read: Callable[[bytes, str], object], page: Page) -> float:
    began = time.thread_time()
    read(*page)
    return time.thread_time() - began


def _forget_texts() -> None:
    for module in (boilerplate, captions, files, teasers, words):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def _lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SHARED / "tools" / "score.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
