"""Pages a second of a crawl with all delays off, beside the sum of its parts and beside a bare Scrapy spider."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import deque
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
        begun, busy = time.perf_counter(), time.process_time()
        for number in range(1, count + 1):
            await fetch(number)
        print(time.perf_counter() - begun, time.process_time() - busy)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

BARE = """
import sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Bare(scrapy.Spider):
    name = "bare"

    async def start(self):
        self.begun, self.busy = time.perf_counter(), time.process_time()
        for number in range(1, int(sys.argv[2]) + 1):
            yield scrapy.Request(f"http://xa.example/tin-{number}.html", meta={"proxy": sys.argv[1]})

    def parse(self, response):
        self.ended = time.perf_counter() - self.begun, time.process_time() - self.busy

    def closed(self, reason):
        print(*self.ended)

process = AsyncCrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "TWISTED_REACTOR_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": int(sys.argv[3])})
process.crawl(Bare)
process.start()
"""


CRAWL = """
import sys, time
from pathlib import Path
from crawler.progress import Progress
from crawler.run import crawl_sites
from crawler.sitefile import load_site

proxy, site, output = sys.argv[1:]
begun, busy = time.perf_counter(), time.process_time()
options = {"GOVNEWS_PROXY": proxy, "GOVNEWS_CONTACT": "bench"}
done = crawl_sites([load_site(Path(site))], output=Path(output), options=options, progress=Progress(quiet=True))
assert done[0].outcome.word == "ok", done
print(time.perf_counter() - begun, time.process_time() - busy)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a page takes: by the clock, and of the processor, which a busy machine does not change."""

    clock: float
    processor: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.clock + other.clock, self.processor + other.processor)


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
        show({name: middle([figures[name] for figures in rounds]) for name in rounds[0]})


def middle(costs: list[Cost]) -> Cost:
    return Cost(median(cost.clock for cost in costs), median(cost.processor for cost in costs))


def show(costs: dict[str, Cost]) -> None:
    """Milliseconds a page of every part, pages a second of the whole, and the ratio by either measure."""
    print(f"  {'':42} {'clock':>16} {'processor':>16} {'pages/s':>8}")
    for name, cost in costs.items():
        print(f"  {name:42} {cost.clock * 1000:10.2f} ms {cost.processor * 1000:13.2f} ms {1 / cost.clock:8.0f}")
    total = sum((costs[name] for name in ("fetch", "read", "archive", "store")), start=Cost(0.0, 0.0))
    by_clock = total.clock / costs["crawl"].clock
    by_processor = total.processor / costs["crawl"].processor
    print(f"\n  1 / (fetch + read + archive + store): {1 / total.clock:.0f} pages/s; the crawl is {by_clock:.2f} of it")
    print(f"  by processor time, which a busy machine does not change: {by_processor:.2f}")
    print(f"  the bar is {BAR}: {'kept' if by_clock >= BAR else 'MISSED'}\n")


def one_round(folder: Path, site: Site, pages: list[Page], proxy: str) -> dict[str, Cost]:
    """A page's cost of everything, measured one after another so that a busy machine is busy for all."""
    folder.mkdir()
    count = len(pages)
    return {
        "fetch": child(FETCH, proxy, count, pages=count),
        "read": timed(lambda: [read_one(site, page.url, page.body) for page in pages], pages=count),
        "archive": archiving(folder / "archive", pages),
        "store": storing(folder / "store", pages),
        "crawl": crawling(folder, proxy),
        "bare Scrapy, one connection": child(BARE, proxy, count, 1, pages=count),
        "bare Scrapy, its default of 8 connections": child(BARE, proxy, count, 8, pages=count),
    }


def timed(work: Callable[[], object], *, pages: int) -> Cost:
    begun, busy = time.perf_counter(), time.process_time()
    work()
    return Cost((time.perf_counter() - begun) / pages, (time.process_time() - busy) / pages)


def child(program: str, *arguments: object, pages: int) -> Cost:
    """The seconds that a small program of its own process prints: by the clock, and of the processor."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    clock, processor = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Cost(float(clock) / pages, float(processor) / pages)


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


def archiving(output: Path, pages: list[Page]) -> Cost:
    writer = WarcWriter(output, site="xa", software="bench")
    cost = timed(lambda: [writer.write_exchange(exchange_of(page)) for page in pages], pages=len(pages))
    writer.close()
    return cost


def exchange_of(page: Page) -> Exchange:
    return Exchange(
        url=page.url,
        fetched_at=AT,
        request_head=f"GET {page.url} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(),
        response_head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        payload=BytesIO(page.body),
        payload_sha256=sha256(page.body).hexdigest(),
    )


def storing(output: Path, pages: list[Page]) -> Cost:
    store = Store(output)
    store.begin_run({"id": "xa", "title": "X", "home": HOME, "family": "auto"}, [], kind="crawl")
    with writing(store.db):
        add_links(store.db, "xa", [FoundLink(url=page.url, kind="article") for page in pages], at=AT)
    links = dict(store.db.execute("SELECT url, id FROM links").fetchall())

    def commit(page: Page) -> None:
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

    cost = timed(lambda: deque(map(commit, pages), maxlen=0), pages=len(pages))
    store.close()
    return cost


def crawling(folder: Path, proxy: str) -> Cost:
    """A page's cost of a whole crawl, with all that belongs to it but the start of Python."""
    output = folder / "mirror"
    whole = child(CRAWL, proxy, folder.parent / "sites" / "xa.toml", output, pages=1)
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        (pages,) = db.execute("SELECT articles_new + not_articles FROM runs").fetchone()
    return Cost(whole.clock / int(pages), whole.processor / int(pages))
