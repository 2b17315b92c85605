"""A generated portal for the benchmarks of crawling: every host name is the same site, served as a forward proxy.

    python tests/bench/portal.py [--articles N] [--menu LINKS] [--sitemap LINKS] [--log FILE]

Prints its address and serves until it is ended. Pages are as heavy as those of real portals: a menu of hundreds of
links around an article of six paragraphs. With `--log` each request is written down as it comes: the moment, the
host, the target; and how late the server itself was woken, whenever that was worse than before.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

ENTRIES = 20
"""Articles on a page of the listing."""

SENTENCE = (
    "Ủy ban nhân dân xã tổ chức hội nghị triển khai kế hoạch làm đường giao thông nông thôn, có đại diện các thôn "
    "và đông đảo bà con tham dự; nhiều ý kiến đề nghị đẩy nhanh tiến độ trước mùa mưa. "
)
SITEMAP_PART = 50_000
LATE = "~late"
"""Stands for a host in the log where the server writes how late it was."""

BEAT = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--menu", type=int, default=300)
    parser.add_argument("--sitemap", type=int, default=0)
    parser.add_argument("--log", type=Path)
    args = parser.parse_args()
    portal = Portal(articles=args.articles, menu=args.menu, sitemap=args.sitemap)
    asyncio.run(serve(portal, args.log))
    return 0


@contextmanager
def running(*options: str) -> Iterator[str]:
    """A portal in a process of its own; yields its address, which is that of a forward proxy."""
    with subprocess.Popen([sys.executable, __file__, *options], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


class Portal:
    """Makes the pages of one site."""

    def __init__(self, *, articles: int, menu: int, sitemap: int) -> None:
        self.articles = articles
        self.sitemap = sitemap
        items = "".join(
            f'<li class="item-{n}"><a href="/chuyen-muc-{n % 12}.html#m{n}"><span>Mục {n}</span></a></li>'
            for n in range(menu)
        )
        self._menu = f'<div id="menu"><ul class="nav">{items}</ul></div>'
        self._article = self._page(
            "Xã Mẫu làm đường đợt @",
            '<h1 class="title">Xã Mẫu làm đường giao thông nông thôn đợt @</h1>'
            '<div class="date">Ngày đăng: 07/05/2024 08:15</div>'
            f'<div class="content">{f"<p>{SENTENCE * 3}</p>" * 6}<p>Đợt thứ @ kéo dài một tháng.</p></div>',
        )

    def answer(self, target: str) -> tuple[int, bytes, str]:
        """(status, body, type) of a path with its query."""
        if match := re.fullmatch(r"/tin-(\d+)\.html", target):
            return 200, self._article.replace(b"@", match[1].encode()), "text/html; charset=utf-8"
        if match := re.fullmatch(r"/(?:tin-tuc\?page=(\d+))?", target):
            return 200, self._listing(int(match[1] or 1)), "text/html; charset=utf-8"
        if self.sitemap and (match := re.fullmatch(r"/sitemap(?:-(\d+))?\.xml", target)):
            return 200, self._sitemap(match[1]), "application/xml"
        return 404, b"<html><body><p>404</p></body></html>", "text/html"

    def _page(self, title: str, content: str) -> bytes:
        return (
            f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title} - Xã Mẫu</title></head><body>'
            f'{self._menu}<div id="main">{content}</div><div id="footer">Bản quyền thuộc xã Mẫu</div></body></html>'
        ).encode()

    def _listing(self, page: int) -> bytes:
        numbers = range((page - 1) * ENTRIES + 1, min(page * ENTRIES, self.articles) + 1)
        entries = "".join(
            f'<li class="item"><a href="/tin-{n}.html">Xã Mẫu làm đường giao thông nông thôn đợt {n}</a> '
            "<span>(07/05/2024)</span></li>"
            for n in numbers
        )
        pages = range(max(page - 3, 1), min(page + 6, -(-self.articles // ENTRIES) + 1))
        paging = "".join(f'<a href="/tin-tuc?page={n}">{n}</a> ' for n in pages)
        return self._page("Tin tức", f'<ul class="list">{entries}</ul><div class="paging">{paging}</div>')

    def _sitemap(self, part: str | None) -> bytes:
        if part is None:
            names = range(-(-self.sitemap // SITEMAP_PART))
            return _xml("sitemapindex", [f"<sitemap><loc>http://@/sitemap-{n}.xml</loc></sitemap>" for n in names])
        first = int(part) * SITEMAP_PART
        numbers = range(first, min(first + SITEMAP_PART, self.sitemap))
        return _xml("urlset", [f"<url><loc>http://@/tin-{n + 1}.html</loc></url>" for n in numbers])


def _xml(root: str, entries: list[str]) -> bytes:
    inside = "".join(entries)
    return (
        f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</{root}>'.encode()
    )


class Connection(asyncio.Protocol):
    """One kept connection; requests have no bodies."""

    def __init__(self, portal: Portal, log: TextIO | None) -> None:
        self._portal = portal
        self._log = log
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._answer(head.split(b" ", 2)[1].decode("latin-1"))

    def _answer(self, target: str) -> None:
        parts = urlsplit(target)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if self._log is not None:
            self._log.write(f"{time.monotonic()} {parts.netloc} {path}\n")
        status, body, mime = self._portal.answer(path)
        if mime.endswith("xml"):
            body = body.replace(b"http://@/", f"http://{parts.netloc}/".encode())
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def serve(portal: Portal, path: Path | None) -> None:
    log = path.open("w", buffering=1) if path else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(portal, log), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    if log is None:
        await server.serve_forever()
    else:
        await asyncio.gather(server.serve_forever(), watch(log))


async def watch(log: TextIO) -> None:
    """Write down how late a busy machine wakes this process: so late it may note a request, too."""
    worst = 0.0
    while True:
        due = time.monotonic() + BEAT
        await asyncio.sleep(BEAT)
        late = time.monotonic() - due
        if late > worst:
            worst = late
            log.write(f"{time.monotonic()} {LATE} {late:.4f}\n")


if __name__ == "__main__":
    sys.exit(main())
