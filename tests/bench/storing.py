"""Measures the store: articles a second through the real pipelines, page by page and in batches.

    python tests/bench/storing.py [--articles N] [--folder DIR] [--cpu]

Page by page is what a crawl does: normalise, validate, one transaction an article with its capture, its links and its
place in the search index. In batches is what taking in another archive does: the same for many articles a transaction.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from crawler.sources.imported import BATCH
from pipelines.database import writing
from pipelines.frontier_rows import add_links
from pipelines.items import Article, Attachment, Capture, FoundLink, Image, PageItem
from pipelines.normalise import normalise
from pipelines.store import Store
from pipelines.validate import validate

AT = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = (
    "huyện xã Đảng ủy nhân dân xây dựng nông thôn mới tổ chức hội nghị triển khai thực hiện kế hoạch công tác năm phát "
    "triển kinh tế văn hóa giáo dục y tế an ninh trật tự đường giao thông sản xuất vụ xuân trồng rừng lễ hội thi đua"
)
WORDS = TEXT.split()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--cpu", action="store_true", help="counts CPU time: for a machine that others use too")
    parser.add_argument("--batches-only", action="store_true", help="leaves out page by page: for a million articles")
    parser.add_argument("--folder", type=Path, help="where the mirror is built; a temporary one by default")
    args = parser.parse_args()
    args.articles = max(args.articles // (10 * BATCH), 1) * 10 * BATCH
    clock = time.process_time if args.cpu else time.perf_counter
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        output = Path(folder)
        if not args.batches_only:
            show("page by page", args.articles, stored(output / "pages", args.articles, Pages(), clock))
        show(f"in batches of {BATCH}", args.articles, stored(output / "batches", args.articles, Batches(), clock))
    return 0


def show(what: str, count: int, tenths: list[float]) -> None:
    """`tenths` is how long each tenth of the articles took."""
    share = tenths[0] / tenths[-1]
    rates = " ".join(f"{count / 10 / seconds:.0f}" for seconds in tenths)
    rate = count / sum(tenths)
    print(f"{what:22} {rate:7.0f} articles/s; the last tenth {share:.2f} x as fast as the first ({rates})")


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
            published_at=AT - timedelta(minutes=number),
            author="Trần Thị Ví Dụ",
            tags=(chance.choice(WORDS),),
            images=(Image(url=f"http://x.example/{number}.jpg", caption="Quang cảnh"),),
            attachments=(Attachment(url=f"http://x.example/{number}.pdf", label="Tải về"),),
            fields={"title": "family", "body": "family", "published_at": "family"},
        )


def page_of(article: Article, link: int = 0) -> PageItem:
    return PageItem(
        link=link,
        capture=Capture(site="x", url=article.url, fetched_at=AT, status=200, body_sha256=article.url),
        reading=article,
        identity=article.url,
        reader_version="1",
    )


class Pages:
    """What a crawl does with each page that came."""

    def prepare(self, store: Store, articles: Sequence[Article]) -> list[PageItem]:
        with writing(store.db):
            add_links(store.db, "x", [FoundLink(url=article.url, kind="article") for article in articles], at=AT)
        links = dict(
            store.db.execute("SELECT url, id FROM links WHERE state = 'pending' AND kind = 'article'").fetchall()
        )
        return [page_of(article, links[article.url]) for article in articles]

    def keep(self, store: Store, items: Sequence[PageItem]) -> None:
        for item in items:
            store.commit_page(validate(normalise(item)))


class Batches:
    """What taking in another archive does."""

    def prepare(self, _store: Store, articles: Sequence[Article]) -> list[PageItem]:
        return list(map(page_of, articles))

    def keep(self, store: Store, items: Sequence[PageItem]) -> None:
        store.take_in_pages([validate(normalise(item)) for item in items])


def stored(output: Path, count: int, way: Pages | Batches, clock: Callable[[], float]) -> list[float]:
    """Seconds for each tenth of the articles; making them does not count."""
    store = Store(output)
    store.begin_run({"id": "x", "title": "X", "home": "http://x.example/", "family": "auto"}, [], kind="crawl")
    tenths = [0.0] * 10
    articles = generated(count)
    for start in range(0, count, BATCH):
        items = way.prepare(store, list(islice(articles, BATCH)))
        began = clock()
        way.keep(store, items)
        tenths[start * 10 // count] += clock() - began
    store.close()
    return tenths


if __name__ == "__main__":
    sys.exit(main())
