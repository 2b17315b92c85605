"""Measures the store: articles a second through the real pipelines, page by page and in batches.

    python tests/bench/storing.py [--articles N] [--folder DIR]

Page by page is what a crawl does: normalise, validate, one transaction an article with its links and its place in the
search index. In batches is what reading the archive again does: 200 articles a transaction.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from pipelines.articles import Sighted, store_article
from pipelines.database import writing
from pipelines.frontier_rows import add_links
from pipelines.items import Article, Attachment, Capture, FoundLink, Image, PageItem
from pipelines.normalise import normalise
from pipelines.store import Store
from pipelines.validate import validate

AT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "huyện",
    "xã",
    "Đảng",
    "ủy",
    "nhân",
    "dân",
    "xây",
    "dựng",
    "nông",
    "thôn",
    "mới",
    "tổ",
    "chức",
    "hội",
    "nghị",
    "triển",
    "khai",
    "thực",
    "hiện",
    "kế",
    "hoạch",
    "công",
    "tác",
    "năm",
    "phát",
    "triển",
    "kinh",
    "tế",
    "văn",
    "hóa",
    "giáo",
    "dục",
    "y",
    "tế",
    "an",
    "ninh",
    "trật",
    "tự",
    "đường",
    "giao",
    "thông",
    "sản",
    "xuất",
    "vụ",
    "xuân",
    "trồng",
    "rừng",
    "lễ",
    "hội",
    "thi",
    "đua",
]
BATCH = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--folder", type=Path, help="where the mirror is built; a temporary one by default")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        output = Path(folder)
        show("page by page", args.articles, page_by_page(output / "pages", args.articles))
        show(f"in batches of {BATCH}", args.articles, in_batches(output / "batches", args.articles))
    return 0


def show(what: str, count: int, times: list[float]) -> None:
    """`times` are the moments at which each tenth of the articles was in."""
    tenths = [later - earlier for earlier, later in pairwise(times)]
    share = tenths[0] / tenths[-1]
    rate = count / (times[-1] - times[0])
    print(f"{what:22} {rate:7.0f} articles/s; the last tenth {share:.2f} x as fast as the first")


def generated(count: int) -> Iterator[Article]:
    """Articles of about 2.5 kB with a date, an author, a picture and a file, the same at every run."""
    chance = random.Random(7)  # noqa: S311  # test data, no secret
    for number in range(count):
        body = "\n".join(" ".join(chance.choices(WORDS, k=90)).capitalize() + "." for _ in range(5))
        url = f"http://x.example/tin-{number}.html"
        yield Article(
            url=url,
            title=" ".join(chance.choices(WORDS, k=12)),
            lead=" ".join(chance.choices(WORDS, k=30)),
            body=body,
            body_html=f"<p>{body}</p>",
            published_at=AT + timedelta(minutes=number),
            author="Trần Thị Ví Dụ",
            tags=(chance.choice(WORDS),),
            images=(Image(url=f"http://x.example/{number}.jpg", caption="Quang cảnh"),),
            attachments=(Attachment(url=f"http://x.example/{number}.pdf", label="Tải về"),),
            fields={"title": "family", "body": "family", "published_at": "family"},
        )


def opened(output: Path) -> Store:
    store = Store(output)
    store.begin_run({"id": "x", "title": "X", "home": "http://x.example/", "family": "auto"}, [], kind="crawl")
    return store


def page_by_page(output: Path, count: int) -> list[float]:
    store = opened(output)
    articles = list(generated(count))
    with writing(store.db):
        add_links(store.db, "x", [FoundLink(url=article.url, kind="article") for article in articles], at=AT)
    links = dict(store.db.execute("SELECT url, id FROM links").fetchall())
    times = [time.perf_counter()]
    for number, article in enumerate(articles, start=1):
        capture = Capture(site="x", url=article.url, fetched_at=AT, status=200, body_sha256=str(number))
        item = PageItem(link=links[article.url], capture=capture, reading=article, identity=article.url)
        store.commit_page(validate(normalise(replace(item, reader_version="1"))))
        if number % (count // 10) == 0:
            times.append(time.perf_counter())
    store.close()
    return times


def in_batches(output: Path, count: int) -> list[float]:
    store = opened(output)
    store.db.execute(
        "INSERT INTO captures (id, run, site, url, fetched_at, status) VALUES (1, 1, 'x', 'x', '2026', 200)"
    )
    articles = list(generated(count))
    times = [time.perf_counter()]
    for start in range(0, count, BATCH):
        with writing(store.db):
            for article in articles[start : start + BATCH]:
                seen = Sighted(
                    article=article,
                    site="x",
                    identity=article.url,
                    run=store.run,
                    capture=1,
                    at=AT,
                    reader_version="1",
                )
                store_article(store.db, seen)
        if (start + BATCH) % (count // 10) == 0:
            times.append(time.perf_counter())
    store.close()
    return times


if __name__ == "__main__":
    sys.exit(main())
