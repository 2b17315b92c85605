"""Pages a second of a crawl with all delays off, beside the sum of its parts and beside a bare Scrapy spider."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from statistics import median

import portal

from crawler.discover.links import discover_links
from crawler.read import parse_page, read_parsed
from crawler.read.version import READER_VERSION
from crawler.sitefile import Site, load_site
from pipelines.database import writing
from pipelines.frontier_rows import add_links
from pipelines.items import Article, Capture, FoundLink, PageItem
from pipelines.normalise import normalise
from pipelines.store import Store
from pipelines.validate import validate
from pipelines.warcfile import Exchange, WarcWriter

HOST = "xa.example"
HOME = f"http://{HOST}/"
AT = datetime(2026, 1, 1, tzinfo=UTC)
MENU = 150
"""Links of the menu on every page; portals have a hundred or two."""

ROUNDS = 3
BAR = 0.7

FETCH = """
import asyncio, sys, time
import aiohttp

async def main(proxy, count):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1), auto_decompress=False) as session:
        async def fetch(number):
            async with session.get(f"http://xa.example/tin-{number}.html", proxy=proxy) as answer:
                return await answer.read()
        for number in range(1, 20):
            await fetch(number)
        begun = time.perf_counter()
        for number in range(1, count + 1):
            await fetch(number)
        print(time.perf_counter() - begun)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

BARE = """
import sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Bare(scrapy.Spider):
    name = "bare"

    async def start(self):
        self.begun = time.perf_counter()
        for number in range(1, int(sys.argv[2]) + 1):
            yield scrapy.Request(f"http://xa.example/tin-{number}.html", meta={"proxy": sys.argv[1]})

    def parse(self, response):
        self.ended = time.perf_counter()

    def closed(self, reason):
        print(self.ended - self.begun)

process = AsyncCrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "TWISTED_REACTOR_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": int(sys.argv[3])})
process.crawl(Bare)
process.start()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer and what was read from it."""

    url: str
    body: bytes
    article: Article
    links: tuple[FoundLink, ...]


def measure(count: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        portal.running("--articles", str(count), "--menu", str(MENU)) as proxy,
    ):
        site = site_of(Path(folder))
        pages = [read_one(site, url, body) for url, body in bodies(count)]
        print(f"\nspeed: {count} articles of {len(pages[0].body) / 1000:.0f} kB; medians of {ROUNDS} rounds\n")
        rounds = [one_round(Path(folder) / str(number), site, pages, proxy) for number in range(ROUNDS)]
        parts = {name: median(figures[name] for figures in rounds) for name in rounds[0]}
        show(parts)


def show(seconds: dict[str, float]) -> None:
    """Milliseconds a page of every part, pages a second of the whole, and the ratio."""
    for name, value in seconds.items():
        print(f"  {name:42} {value * 1000:7.2f} ms a page {1 / value:8.0f} pages/s")
    total = sum(seconds[name] for name in ("fetch", "read", "archive", "store"))
    ratio = total / seconds["crawl"]
    print(f"\n  1 / (fetch + read + archive + store) {1 / total:29.0f} pages/s")
    print(f"  the crawl is {ratio:.2f} x as fast as that; the bar is {BAR}: {'kept' if ratio >= BAR else 'MISSED'}\n")


def one_round(folder: Path, site: Site, pages: list[Page], proxy: str) -> dict[str, float]:
    """Seconds a page of everything, measured one after another so that a busy machine is busy for all."""
    folder.mkdir()
    count = len(pages)
    return {
        "fetch": child(FETCH, proxy, count) / count,
        "read": timed(lambda: [read_one(site, page.url, page.body) for page in pages]) / count,
        "archive": archiving(folder / "archive", pages) / count,
        "store": storing(folder / "store", pages) / count,
        "crawl": crawling(folder, proxy),
        "bare Scrapy, one connection": child(BARE, proxy, count, 1) / count,
        "bare Scrapy, its default of 8 connections": child(BARE, proxy, count, 8) / count,
    }


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def child(program: str, *arguments: object) -> float:
    """The seconds that a small program of its own process prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def site_of(folder: Path) -> Site:
    path = folder / "sites" / "xa.toml"
    path.parent.mkdir()
    path.write_text(f'title = "Xã Mẫu"\nhome = "{HOME}"\nlanguage = "vi"\ndelay = 0\n', encoding="utf-8")
    return load_site(path)


def bodies(count: int) -> Iterator[tuple[str, bytes]]:
    made = portal.Portal(articles=count, menu=MENU, sitemap=0)
    return ((f"{HOME}tin-{number}.html", made.answer(f"/tin-{number}.html")[1]) for number in range(1, count + 1))


def read_one(site: Site, url: str, body: bytes) -> Page:
    """As the spider reads a page: the tree once, the article and the links from it."""
    page = parse_page(body, url, content_type="text/html; charset=utf-8", family=site.family)
    article = read_parsed(page, fetched_at=AT, site=site)
    assert isinstance(article, Article)
    found = discover_links(page.tree, url, site=site, profile=page.profile)
    return Page(url=url, body=body, article=article, links=tuple(found.links))


def archiving(output: Path, pages: list[Page]) -> float:
    writer = WarcWriter(output, site="xa", software="bench")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    begun = time.perf_counter()
    for page in pages:
        writer.write_exchange(
            Exchange(
                url=page.url,
                fetched_at=AT,
                request_head=f"GET {page.url} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(),
                response_head=head,
                payload=BytesIO(page.body),
                payload_sha256=sha256(page.body).hexdigest(),
            )
        )
    writer.close()
    return time.perf_counter() - begun


def storing(output: Path, pages: list[Page]) -> float:
    store = Store(output)
    store.begin_run({"id": "xa", "title": "X", "home": HOME, "family": "auto"}, [], kind="crawl")
    with writing(store.db):
        add_links(store.db, "xa", [FoundLink(url=page.url, kind="article") for page in pages], at=AT)
    links = dict(store.db.execute("SELECT url, id FROM links").fetchall())
    begun = time.perf_counter()
    for page in pages:
        capture = Capture(site="xa", url=page.url, fetched_at=AT, status=200, body_sha256=sha256(page.body).hexdigest())
        item = PageItem(
            link=links[page.url],
            capture=capture,
            reading=page.article,
            identity=page.url,
            reader_version=READER_VERSION,
            links=page.links,
        )
        store.commit_page(validate(normalise(item)))
    seconds = time.perf_counter() - begun
    store.close()
    return seconds


def crawling(folder: Path, proxy: str) -> float:
    """Seconds a page of a whole crawl, from the beginning of its run to its end."""
    output = folder / "mirror"
    command = [sys.executable, "-m", "crawler.cli", "crawl", "xa", "--sites", str(folder.parent / "sites")]
    command += ["--delay", "0", "--quiet", "--output", str(output)]
    environment = {"http_proxy": proxy, "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        started, finished, pages = db.execute(
            "SELECT started_at, finished_at, articles_new + not_articles FROM runs"
        ).fetchone()
    seconds = (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    return seconds / int(pages)
