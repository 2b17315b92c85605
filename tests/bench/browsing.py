"""The pages of `govnews browse` over a generated mirror, beside plain Datasette on the same database, in one run.

    python tests/bench/browsing.py [--full | --articles N] [--cache FOLDER] [--cpu]

Builds a mirror of N articles (100,000; with --full 1,000,000) on 40 sites, with units, authors, tags, sections,
attachments, revisions and events, texts as in `search.py`; or takes the one that FOLDER has from an earlier run.
Prints the server's time for each kind of page, p50 and p95, asked through the ASGI application without a socket.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from io import StringIO
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote, urlencode

from datasette.app import Datasette
from search import Language, p50_and_p95, query_classes
from sqlite_utils import Database

from pipelines.browse.server import application
from pipelines.database import open_database, open_readonly, writing
from pipelines.search import index_article
from pipelines.summaries import summarise

BATCH = 2000
SITES = 40
UNITS = 1500
AUTHORS = 8000
TAGS = 12_000
SECTIONS = 60
MOST_SECONDS = 30.0
"""After so long no further page of a kind is asked for."""

TODAY = 9000
"""The last day of the mirror, in days after its first one."""


class Newsroom:
    """Who writes on a generated site, about what, and when; the same seed makes the same mirror."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.random = random.Random(11)  # noqa: S311  # generated text needs no cryptography
        self.weights: dict[int, list[float]] = {}
        self.units = [f"Phòng {language.text(3)}".title() for _ in range(UNITS)]
        self.authors = [language.text(3).title() for _ in range(AUTHORS)]
        self.tags = sorted({language.text(self.random.randint(1, 3)) for _ in range(TAGS)})
        self.sections = sorted({language.text(2).capitalize() for _ in range(SECTIONS)})

    def one(self, names: list[str]) -> str:
        """A name, the first ones more often than the last."""
        if len(names) not in self.weights:
            self.weights[len(names)] = list(accumulate(1 / (rank + 10) for rank in range(len(names))))
        return self.random.choices(names, cum_weights=self.weights[len(names)])[0]

    def day(self) -> str:
        """A day, later ones more often."""
        moment = time.gmtime(1_040_000_000 + 86_400 * int(TODAY * self.random.random() ** 0.5))
        return time.strftime("%Y-%m-%d", moment)


def build(folder: Path, articles: int) -> None:
    newsroom = Newsroom(Language(seed=1))
    db = open_database(folder)
    with writing(db):
        add_ground(db, newsroom)
    started = time.perf_counter()
    for first in range(1, articles + 1, BATCH):
        with writing(db):
            for number in range(first, first + BATCH):
                add_article(db, number, newsroom)
            summarise(db)
        if first % (articles // 10) == 1 and first > 1:
            print(f"  {first - 1:>9,} articles, {first / (time.perf_counter() - started):,.0f}/s", file=sys.stderr)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    size = (folder / "mirror.db").stat().st_size
    print(f"built {articles:,} articles in {time.perf_counter() - started:,.0f} s, {size / 1e9:.2f} GB")


def add_ground(db: Database, newsroom: Newsroom) -> None:
    for site in range(1, SITES + 1):
        title = f"Huyện {newsroom.language.text(2).title()}"
        db.execute("INSERT INTO sites VALUES (?, ?, ?, 'auto')", [f"mau{site}", title, f"http://mau{site}.example/"])
        for week in range(1, 11):
            db.execute(
                "INSERT INTO runs (site, kind, started_at, finished_at, outcome, requests) "
                "VALUES (?, 'crawl', ?, ?, ?, 90)",
                [
                    f"mau{site}",
                    f"2026-01-{week:02}T00:00:00Z",
                    f"2026-01-{week:02}T00:09:00Z",
                    "ok" if week % 4 else "partial",
                ],
            )
    db.conn.executemany("INSERT INTO tags (name) VALUES (?)", [(tag,) for tag in newsroom.tags])


def add_article(db: Database, number: int, newsroom: Newsroom) -> None:
    chance = newsroom.random
    site = f"mau{1 + int(SITES * chance.random() ** 2)}"
    day = newsroom.day()
    seen = f"{day}T03:00:00.000Z"
    title, lead, body = newsroom.language.article()
    sentences = body.split(" ")
    paragraphs = [" ".join(sentences[at : at + 60]) for at in range(0, len(sentences), 60)]
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    url = f"http://{site}.example/tin-{number}"
    capture = db.execute(
        "INSERT INTO captures (run, site, url, fetched_at, status, mime, reading) "
        "SELECT max(id), ?1, ?2, ?3, 200, 'text/html', 'article' FROM runs WHERE site = ?1",
        [site, url, seen],
    ).lastrowid
    state = "live" if chance.random() > 0.02 else "gone"
    author = newsroom.one(newsroom.authors) if chance.random() < 0.7 else None
    reading = {
        "title": title,
        "lead": lead,
        "body": "\n".join(paragraphs),
        "body_html": html,
        "author": author,
        "author_unit": newsroom.one(newsroom.units) if chance.random() < 0.6 else None,
        "category": newsroom.one(newsroom.sections),
        "published_at": day,
        "quality": 1,
        "reader_version": "1",
        "content_sha256": str(number),
        "capture": capture,
    }
    row = {
        "id": number,
        "site": site,
        "identity": str(number),
        "url": url,
        **reading,
        "published_date": day,
        "state": state,
        "first_seen_at": seen,
        "last_seen_at": seen,
        "last_changed_at": seen,
    }
    insert(db, "articles", row)
    insert(db, "article_urls", {"article": number, "url": url, "first_seen_at": seen})
    for revision in range(1, 3 if chance.random() < 0.05 else 2):
        kind = "seen" if revision == 1 else "edited"
        run = 1 + chance.randrange(SITES * 10)
        insert(
            db,
            "article_revisions",
            {"article": number, "number": revision, "kind": kind, "run": run, "read_at": seen, **reading},
        )
        event = "created" if revision == 1 else "edited"
        insert(db, "events", {"article": number, "at": seen, "kind": event, "capture": capture})
    for tag in {
        chance.randrange(len(newsroom.tags)) + 1 if chance.random() < 0.5 else 1 + chance.randrange(40)
        for _ in range(2)
    }:
        insert(db, "article_tags", {"article": number, "tag": tag})
    if chance.random() < 0.2:
        add_attachment(db, number, site, seen)
    index_article(db, number)


def add_attachment(db: Database, number: int, site: str, seen: str) -> None:
    url = f"http://{site}.example/{number}.pdf"
    link = db.execute(
        "INSERT INTO links (site, url, key, kind, priority, state, first_seen_at) "
        "VALUES (?1, ?2, ?2, 'file', 2, 'done', ?3)",
        [site, url, seen],
    ).lastrowid
    sha256 = f"{number:064x}"
    insert(
        db,
        "files",
        {
            "sha256": sha256,
            "path": f"files/{sha256[:2]}/{sha256}.pdf",
            "bytes": 40_000 + number,
            "mime": "application/pdf",
            "text_state": "done" if number % 3 else "no_text_layer",
            "text": "Kế hoạch kèm theo" if number % 3 else None,
            "first_seen_at": seen,
        },
    )
    insert(
        db,
        "attachments",
        {
            "article": number,
            "url": url,
            "label": "Kế hoạch",
            "filename": f"{number}.pdf",
            "position": 1,
            "state": "stored",
            "link": link,
            "sha256": sha256,
        },
    )


def insert(db: Database, table: str, row: Mapping[str, object]) -> None:
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def classes_of(db: Database, articles: int, language: Language) -> Mapping[str, Sequence[tuple[str, str | None]]]:
    """Kinds of page: addresses of ours, each with the one that plain Datasette has for the same wish, if any."""
    chance = random.Random(5)  # noqa: S311  # a fixed choice of pages
    numbers = [chance.randint(1, articles) for _ in range(60)]
    queries = {name: words for name, words in query_classes(language).items() if "quotes" not in name}
    words = [chance.choice(words) for words in queries.values() for _ in range(4)]
    plain = "/mirror/articles?_sort_desc=published_date"
    named = {
        kind: [row[0] for row in db.execute(f"{_FREQUENT} UNION ALL {_RARE}", {"kind": kind}).fetchall()]
        for kind in ("unit", "author", "tag", "section")
    }
    sites = [f"mau{chance.randint(1, SITES)}" for _ in range(20)]
    asked = [urlencode({"q": query}) for query in words]
    fts = [urlencode({"_search": " ".join(f'"{word}"' for word in query.split())}) for query in words]
    return {
        "home": [("/", "/")] * 40,
        "search, words": [
            (f"/search?{ours}", f"/mirror/articles?{their}") for ours, their in zip(asked, fts, strict=True)
        ],
        "search, words and a site": [
            (f"/search?{query}&site={site}", None) for query, site in zip(asked, sites * 10, strict=False)
        ],
        "search, filters only": [
            (f"/search?{query}", None)
            for query in ("site=mau1", "since=2020-01-01&until=2020-12-31", "attachment=1", "site=mau30&attachment=1",
                          f"{urlencode({'unit': named['unit'][0], 'tag': named['tag'][0]})}", "site=mau1&page=400")
            for _ in range(6)
        ],
        "article": [(f"/article/{number}", f"/mirror/articles/{number}") for number in numbers],
        "site": [(f"/site?name={site}", f"{plain}&site={site}") for site in sites],
        "unit, author, tag, section": [
            (f"/{kind}?{urlencode({'name': name})}", f"{plain}&author_unit={quote(name)}" if kind == "unit" else None)
            for kind, names in named.items()
            for name in names
        ],
        "lists of names": [(f"/{plural}", None) for plural in ("units", "authors", "tags", "sections")] * 8,
        "table of articles": [("/mirror/articles", plain)] * 20,
        "facets of articles": [("/mirror/articles?_facet=site&_facet=state", f"{plain}&_facet=site&_facet=state")] * 10,
        "facets within a site": [
            (f"/mirror/articles?site={site}&_facet=state", f"{plain}&site={site}&_facet=state") for site in sites
        ],
        "saved questions": [
            (f"/mirror/{name}", None)
            for name in ("news_of_the_week", "edited_after_publication", "gone_from_the_web", "holes_by_month")
        ] * 4,
    }  # fmt: skip


_FREQUENT = (
    "SELECT * FROM (SELECT name FROM names WHERE kind = :kind GROUP BY name ORDER BY sum(articles) DESC LIMIT 5)"
)
_RARE = "SELECT * FROM (SELECT name FROM names WHERE kind = :kind GROUP BY name ORDER BY sum(articles) LIMIT 5)"


class Server:
    """A Datasette asked without a socket."""

    def __init__(self, datasette: Datasette) -> None:
        self.datasette = datasette

    async def timed(self, paths: Sequence[str], clock: Callable[[], float]) -> tuple[list[float], int]:
        """Milliseconds of each page, and how many were not given or had a facet that timed out."""
        taken: list[float] = []
        failed = 0
        began = time.perf_counter()
        for path in paths:
            if time.perf_counter() - began > MOST_SECONDS:
                break
            started = clock()
            answer = await self.datasette.client.get(path)
            taken.append((clock() - started) * 1000)
            failed += answer.status_code != 200 or "These facets timed out" in answer.text
        return taken, failed


async def compare(folder: Path, articles: int, clock: Callable[[], float]) -> None:
    ours, plain = Server(application(folder)), Server(Datasette(files=[str(folder / "mirror.db")]))
    with closing(open_readonly(folder)) as db:
        classes = classes_of(db, articles, Language(seed=1))
    heading = f"{'p50':>8}{'p95':>9}{'worst':>9}{'failed':>8}"
    print(f"{'milliseconds':30}{'govnews browse':>34}{'plain Datasette':>34}\n{'':30}{heading}{heading}")
    for name, pairs in classes.items():
        mine, theirs = [path for path, _other in pairs], [other for _path, other in pairs if other]
        await ours.timed(mine[:1], clock)
        line = figures(*await ours.timed(mine, clock))
        if theirs:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # it prints a traceback for a slow query
                await plain.timed(theirs[:1], clock)
                line += figures(*await plain.timed(theirs, clock))
        print(f"{name:30}{line}", flush=True)


def figures(taken: Sequence[float], failed: int) -> str:
    p50, p95 = p50_and_p95(taken)
    return f"{p50:8.1f}{p95:9.1f}{max(taken):9.1f}{f'{failed}/{len(taken)}':>8}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="1,000,000 articles")
    parser.add_argument("--cache", type=Path, help="keeps the generated mirror here for the next run")
    parser.add_argument("--cpu", action="store_true", help="counts CPU time: for a machine that others use too")
    given = parser.parse_args()
    articles = 1_000_000 if given.full else given.articles
    folder = (given.cache or Path(tempfile.mkdtemp(prefix="browse-bench-"))) / str(articles)
    try:
        if not (folder / "built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            build(folder, articles)
            (folder / "built").touch()
        asyncio.run(compare(folder, articles, time.process_time if given.cpu else time.perf_counter))
    finally:
        if given.cache is None:
            shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
