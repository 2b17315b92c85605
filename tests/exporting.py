"""A mirror with something of everything that an export meets: two sites, files, redirects, revisits, a 304, a 404."""

from __future__ import annotations

from pathlib import Path

from crawling import Mirror, crawl
from server import Answer, Route, redirect, running
from village import PDF, PNG, article, small_site

NEIGHBOUR = 'title = "Xã Bạn"\nhome = "http://ban.example/"\nlanguage = "vi"\ndelay = 0\n'


def rich_site() -> dict[str, Route]:
    files = (
        '<p><a href="/files/cu.pdf">Bản cũ</a></p><p><a href="/files/ban-sao.pdf">Bản sao</a></p>'
        '<p><a href="/files/mat.pdf">Đã mất</a></p><p><img src="/anh/giong.png" alt=""></p>'
    )
    return small_site() | {
        "/tin-2.html": Answer(body=article(2, extra=files).encode(), gzip=True, etag='"2"'),
        "/tin-3.html": Answer(body=article(3).encode(), chunked=True),
        "/files/cu.pdf": redirect("/files/ke-hoach.pdf"),
        "/files/ban-sao.pdf": Answer(body=PDF, mime="application/pdf"),
        "/anh/giong.png": Answer(body=PNG, mime="image/png"),
    }


def rich_mirror(folder: Path) -> Mirror:
    """Site `xa`, crawled twice, and then `ban`, which answers with the same bytes at another host."""
    mirror = Mirror(folder / "output")
    with running(rich_site()) as site:
        crawl(mirror, site.base_url)
        crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
        crawl(mirror, site.base_url, site_file=NEIGHBOUR, name="ban")
    return mirror
