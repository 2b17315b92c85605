"""Exports of a generated mirror: articles a second, size and peak memory of each format, each in a process of its own.

    python tests/bench/exporting.py [--full | --articles N] [--cache FOLDER] [--only FORMAT…]

Builds a mirror of N articles (20,000; with --full 1,000,000), each with a page in the archive, two tags, a picture
and an attachment, or takes the one that FOLDER has from an earlier run. The figure to keep is the memory: at most
200 MB, however many the articles are.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from pipelines.clock import stamp
from pipelines.database import open_database, writing
from pipelines.warcfile import Exchange, WarcPlace, WarcWriter

FORMATS = ("jsonl", "csv", "parquet", "atom", "wacz")
BATCH = 1000
AT = datetime(2026, 1, 1, tzinfo=UTC)
MOST_MEMORY = 200
SYLLABLES = (  # noqa: SIM905  # a list of syllables is easier read as a text
    "huyện xã Đảng ủy nhân dân xây dựng nông thôn mới tổ chức hội nghị triển khai thực hiện kế hoạch công tác năm "
    "phát triển kinh tế văn hóa đường làng cầu sông lúa xuân giống mùa gặt trường học trạm y đoàn thanh niên phụ nữ "
    "hiến đất mở rộng bê tông kênh mương thủy lợi rừng vườn chợ phiên đền chùa lễ ngày tháng sáng chiều bà con họp"
).split()


def build(folder: Path, articles: int) -> None:
    Generated(folder).fill(articles)


class Generated:
    """Fills a mirror with articles and their pages in the archive."""

    def __init__(self, folder: Path) -> None:
        self._random = random.Random(1)  # noqa: S311  # generated text needs no cryptography
        self._writer = WarcWriter(folder, site="mau", software="bench", fsync=False)
        self._db = open_database(folder)

    def fill(self, number: int) -> None:
        with writing(self._db):
            self._db.execute("INSERT INTO sites VALUES ('mau', 'Huyện Mẫu', 'http://mau.example/', 'auto')")
            self._db.execute(
                "INSERT INTO runs (site, kind, started_at) VALUES ('mau', 'crawl', '2026-01-01T00:00:00Z')"
            )
            self._db.conn.executemany("INSERT INTO tags (name) VALUES (?)", [(f"thẻ {n}",) for n in range(1000)])
        for first in range(1, number + 1, BATCH):
            with writing(self._db):
                for article in range(first, min(first + BATCH, number + 1)):
                    self._add(article)
            if first % (100 * BATCH) == 1:
                print(f"  {first - 1:>9,} articles", file=sys.stderr, flush=True)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        self._writer.close()

    def _add(self, number: int) -> None:
        url, at = f"http://mau.example/tin-{number}.html", AT + timedelta(seconds=number)
        title, lead, body = self._text(12), self._text(40), self._text(self._random.randint(100, 700))
        html = f"<div><p>{body}</p></div>"
        self._capture(number, url, at, html.encode())
        day = f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}"
        self._db.execute(
            "INSERT INTO articles (id, site, identity, url, title, lead, body, body_html, published_at, "
            "published_date, author, category, quality, reader_version, content_sha256, capture, first_seen_at, "
            "last_seen_at, last_changed_at) VALUES (?1, 'mau', ?1, ?2, ?3, ?4, ?5, ?6, ?7 || 'T08:15+07:00', ?7, "
            "'Lê An', 'Tin trong huyện', 0.9, '', '', ?1, ?8, ?8, ?8)",
            [number, url, title, lead, body, html, day, stamp(at)],
        )
        self._parts(number, url)

    def _text(self, length: int) -> str:
        return " ".join(self._random.choices(SYLLABLES, k=length))

    def _capture(self, number: int, url: str, at: datetime, page: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n".encode()
        digest = hashlib.sha256(page).hexdigest()
        place: WarcPlace = self._writer.write_exchange(
            Exchange(
                url=url,
                fetched_at=at,
                request_head=f"GET {url} HTTP/1.1\r\n\r\n".encode(),
                response_head=head,
                payload=BytesIO(page),
                payload_sha256=digest,
            )
        )
        self._db.execute(
            "INSERT INTO captures (id, run, site, url, fetched_at, status, mime, payload_sha256, warc, offset, length, "
            "record_id) VALUES (?, 1, 'mau', ?, ?, 200, 'text/html', ?, ?, ?, ?, ?)",
            [number, url, stamp(at), digest, place.warc, place.offset, place.length, place.record_id],
        )

    def _parts(self, number: int, url: str) -> None:
        revision = (
            "INSERT INTO article_revisions (article, number, kind, run, capture, read_at, title, body, body_html, "
            "quality, reader_version, content_sha256) VALUES (?1, 1, 'seen', 1, ?1, '', '', '', '', 1, '', '')"
        )
        self._db.execute(revision, [number])
        self._db.execute(
            "INSERT INTO links (id, site, url, key, kind, priority, first_seen_at) "
            "VALUES (?1, 'mau', ?2, ?2, 'file', 1, '')",
            [number, f"{url}.pdf"],
        )
        self._db.execute(
            "INSERT INTO attachments (article, url, label, filename, position, link) "
            "VALUES (?1, ?2, 'Tải về', 'a.pdf', 1, ?1)",
            [number, f"{url}.pdf"],
        )
        self._db.execute(
            "INSERT INTO images (article, url, caption, position) VALUES (?, ?, 'Quang cảnh', 1)",
            [number, f"{url}.jpg"],
        )
        tags = [(number, 1 + number % 1000), (number, 1 + (number + 7) % 1000)]
        self._db.conn.executemany("INSERT INTO article_tags VALUES (?, ?)", tags)


def exported(mirror: Path, form: str, target: Path) -> tuple[float, float, float]:
    """Seconds, megabytes written, and the most megabytes of memory."""
    command = [sys.executable, "-m", "crawler.cli", "export", form, str(target), "--output", str(mirror), "--quiet"]
    started = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"the export of {form} failed")
    size = target.stat().st_size / 1e6
    target.unlink()
    return seconds, size, usage.ru_maxrss / 1024


def rows_of(mirror: Path, articles: int, formats: list[str]) -> Iterator[str]:
    for form in formats:
        seconds, size, memory = exported(mirror, form, mirror / f"bench.{form}")
        verdict = "" if memory <= MOST_MEMORY else f"  over {MOST_MEMORY} MB"
        speed = f"{articles / seconds:12,.0f}{size:12,.0f}{size / seconds:10.1f}"
        yield f"{form:8}{seconds:10.1f}{speed}{memory:10.0f}{verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--full", action="store_true", help="1,000,000 articles")
    parser.add_argument("--cache", type=Path, help="keeps the generated mirror here for the next run")
    parser.add_argument("--only", nargs="*", choices=FORMATS, default=list(FORMATS))
    given = parser.parse_args()
    articles = 1_000_000 if given.full else given.articles
    folder = (given.cache or Path(tempfile.mkdtemp(prefix="export-bench-"))) / str(articles)
    try:
        if not (folder / "built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            # In a process of its own: a child's peak begins with that of the process that it is started from.
            builder = get_context("spawn").Process(target=build, args=(folder, articles))
            builder.start()
            builder.join()
            (folder / "built").touch()
        size = sum(path.stat().st_size for path in (folder / "mirror.db", *folder.glob("warc/*/*")))
        print(f"{articles:,} articles, {size / 1e9:.2f} GB of database and archive")
        print(f"{'':8}{'seconds':>10}{'articles/s':>12}{'MB':>12}{'MB/s':>10}{'peak MB':>10}")
        for row in rows_of(folder, articles, given.only):
            print(row, flush=True)
    finally:
        if given.cache is None:
            shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
