"""A mirror to browse: a village crawled twice, an article about Đức Thọ, and one that means harm; and ways to ask."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
from crawling import Mirror, crawl
from datasette.app import Datasette
from datasette.version import __version__
from lxml import etree, html
from server import Answer, running
from sqlite_utils import Database
from village import PARAGRAPHS, article, listing, small_site

from pipelines.articlerecord import Sighted
from pipelines.articles import store_article
from pipelines.browse.server import application
from pipelines.database import open_database, writing
from pipelines.items import Article, Attachment, Image
from pipelines.summaries import summarise

FIRST_CRAWL = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SITE = "xa"

ALARM = "window.HACKED=1;fetch('/HACKED')"
"""What a hostile script would do: both are looked for."""

HOSTILE_TITLE = f'</title><script>{ALARM}</script>{{{{ 7*7 }}}}{{% raw %}}"\'><img src=x onerror="{ALARM}">'
BIDI_TITLE = "Quyết định \u202egpj.exe\u2066 đính kèm"
HUGE_TITLE = "Tin " + "dài" * 20_000
CRLF_NAME = 'bao"cao\r\nSet-Cookie: x=1\r\n\r\n<script>\u202efdp.html'

HOSTILE_HTML = f"""
<p id="safe">Văn bản thường.</p>
<script>{ALARM}</script><SCRIPT SRC="http://ac.example/x.js"></SCRIPT>
<script>/*<img src=x onerror="{ALARM}">*/</script>
<img src=x onerror="{ALARM}"><img src="javascript:{ALARM}">
<img src="http://ac.example/theo-doi.gif" alt="<b onclick=x>">
<a href="javascript:{ALARM}">một</a><a href="&#106;ava&#10;script:{ALARM}">hai</a><a href=" javascript:{ALARM}">ba</a>
<a href="data:text/html,<script>{ALARM}</script>">bốn</a><a href="vbscript:x">năm</a><a href="//ac.example/">sáu</a>
<svg onload="{ALARM}"><script>{ALARM}</script><a xlink:href="javascript:{ALARM}"><text>bảy</text></a></svg>
<svg><animate attributeName=href values="javascript:{ALARM}"></svg>
<math><mtext><img src=x onerror="{ALARM}"></mtext></math>
<svg></p><style><a id="</style><img src=1 onerror={ALARM}>"></svg>
<style>@import 'http://ac.example/x.css'; body {{ display: none }}</style><p style="position:fixed;inset:0">che</p>
<iframe src="javascript:{ALARM}"></iframe><iframe srcdoc="<script>parent.{ALARM}</script>"></iframe>
<object data="data:text/html,x"></object><embed src="x"><base href="http://ac.example/">
<link rel=stylesheet href="http://ac.example/y">
<meta http-equiv="refresh" content="0;url=http://ac.example/">
<form action="http://ac.example/"><input autofocus onfocus="{ALARM}"></form>
<details open ontoggle="{ALARM}">x</details><body onload="{ALARM}"><video><source onerror="{ALARM}"></video>
<table background="javascript:{ALARM}"><tr><td colspan="99999999">ô</td></tr></table>
<noscript><p title="</noscript><img src=x onerror={ALARM}>"></noscript>
<template><img src=x onerror="{ALARM}"></template>
<p>{{{{ config.__class__ }}}} {{% for x in y %}}</p><p>\u202eđảo ngược\u2069</p><a href="http://[sai">hỏng</a>
"""

SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{ALARM}"><script>{ALARM}</script></svg>'.encode()
PAGE = f"<html><script>{ALARM}</script></html>".encode()


def build(output: Path) -> Mirror:
    """The village, crawled twice (one article edited, one withdrawn in between), and the articles of this module."""
    mirror = Mirror(output)
    routes = small_site()
    routes["/"] = listing(range(1, 8))
    routes["/tin-4.html"] = article(4, extra='<p><a href="/files/mat.pdf">Tải phụ lục</a></p>')
    with running(routes) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: FIRST_CRAWL})
        site.routes["/tin-2.html"] = article(2, body=PARAGRAPHS[0].replace("hai trăm", "ba trăm"))
        site.routes["/tin-3.html"] = Answer(status=403, body=b"<p>no</p>")
        later = FIRST_CRAWL + timedelta(days=1)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: later, "GOVNEWS_FULL": True})
    with closing(open_database(output)) as db, writing(db):
        add(db, duc_tho())
        add(db, hostile(), files=[("bao-cao.svg", "image/svg+xml", SVG), (CRLF_NAME, "text/html", PAGE)])
        add(db, Article(url="http://xa.example/bidi.html", title=BIDI_TITLE, body="Chữ.", body_html="<p>Chữ.</p>"))
        add(db, Article(url="http://xa.example/dai.html", title=HUGE_TITLE, body="Chữ.", body_html="<p>Chữ.</p>"))
    return mirror


def duc_tho() -> Article:
    return Article(
        url="http://xa.example/duc-tho.html",
        title="Đức Thọ khánh thành cầu mới",
        lead="Cây cầu nối hai bờ sông La.",
        body="Sáng nay, huyện Đức Thọ khánh thành cầu mới dài chín mươi mét.",
        body_html="<p>Sáng nay, huyện Đức Thọ khánh thành cầu mới dài chín mươi mét.</p>"
        '<p><a href="http://xa.example/tin-1.html">Tin trước</a></p>',
        published_at=datetime.fromisoformat("2024-06-01T09:30+07:00"),
        published_text="Thứ bảy, 01/06/2024 - 09:30",
        author="Trần Ví Dụ; Lê Thử",
        author_unit="Phòng Văn hóa & Thông tin",
        byline_text="Tin, ảnh: Trần Ví Dụ - Lê Thử",
        category="Tin tức",
        tags=("giao thông", "cầu <mới>"),
        language="vi",
        quality=0.9,
        fields={"title": "family", "body": "density"},
        agrees={"title": True, "body": False},
    )


def hostile() -> Article:
    return Article(
        url=f"javascript:{ALARM}",
        title=HOSTILE_TITLE,
        lead=HOSTILE_TITLE,
        body=HOSTILE_TITLE,
        body_html=HOSTILE_HTML,
        published_text=HOSTILE_TITLE,
        author=HOSTILE_TITLE,
        author_unit=HOSTILE_TITLE,
        byline_text=HOSTILE_TITLE,
        source=HOSTILE_TITLE,
        category=HOSTILE_TITLE,
        tags=(HOSTILE_TITLE,),
        language='vi" onclick="x',
        images=(Image(url=f"javascript:{ALARM}", caption=HOSTILE_TITLE),),
        attachments=(
            Attachment(url="http://xa.example/bao-cao.svg", label=HOSTILE_TITLE),
            Attachment(url="http://xa.example/bao-cao.html", label=BIDI_TITLE),
        ),
        fields={"title": HOSTILE_TITLE},
    )


def add(db: Database, reading: Article, *, files: list[tuple[str, str, bytes]] = []) -> int:  # noqa: B006  # never changed
    """Store an article as a crawl would, and then its files, in the order of its attachments."""
    run = db.execute("SELECT max(id) FROM runs").fetchone()[0]
    capture = db.execute(
        "INSERT INTO captures (run, site, url, fetched_at, status, mime) VALUES (?, ?, ?, ?, 200, 'text/html')",
        [run, SITE, reading.url, "2026-03-02T02:00:00.000Z"],
    ).lastrowid
    assert capture is not None
    sighted = Sighted(
        article=reading,
        site=SITE,
        identity=hashlib.sha256(reading.url.encode()).hexdigest(),
        run=run,
        capture=capture,
        at=FIRST_CRAWL + timedelta(days=1),
        reader_version="1",
    )
    number = store_article(db, sighted).article
    summarise(db)
    output = Path(db.execute("PRAGMA database_list").fetchone()[2]).parent
    for position, (name, mime, body) in enumerate(files, start=1):
        add_file(db, output, number, position, name=name, mime=mime, body=body)
    return number


def add_file(db: Database, output: Path, article: int, position: int, *, name: str, mime: str, body: bytes) -> None:
    sha256 = hashlib.sha256(body).hexdigest()
    path = output / "files" / sha256[:2] / f"{sha256}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    db.execute(
        "INSERT INTO files (sha256, path, bytes, mime, text, text_state, first_seen_at) "
        "VALUES (?, ?, ?, ?, ?, 'done', '')",
        [sha256, path.relative_to(output).as_posix(), len(body), mime, HOSTILE_TITLE],
    )
    db.execute(
        "UPDATE attachments SET state = 'stored', sha256 = ?, filename = ? WHERE article = ? AND position = ?",
        [sha256, name, article, position],
    )


REFUSED_SQL = 400 if __version__.startswith("0.") else 200
"""The status for a query that SQLite does not understand; Datasette 1.0 shows it again, with what is wrong."""


class Pages:
    """The pages of a mirror, asked for without a socket."""

    def __init__(self, datasette: Datasette, runner: asyncio.Runner) -> None:
        self.datasette = datasette
        self.runner = runner

    def get(self, path: str, **headers: str) -> httpx.Response:
        answer: httpx.Response = self.runner.run(
            self.datasette.client.get(path, headers={"accept-language": "en", **headers}, follow_redirects=True)
        )
        return answer

    def page(self, path: str, **headers: str) -> html.HtmlElement:
        """The page as a tree; anything but a 200 is a failure."""
        answer = self.get(path, **headers)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-600:]}"
        return html.document_fromstring(answer.text)

    def text(self, path: str, **headers: str) -> str:
        """What a reader sees of the page's content, one space between words."""
        return " ".join(self.page(path, **headers).get_element_by_id("content").text_content().split())


@contextmanager
def browsing(output: Path, *, language: Literal["vi", "en"] | None = None, is_writable: bool = True) -> Iterator[Pages]:
    """A Datasette of this mirror, closed at the end."""
    datasette = application(output, language=language, is_writable=is_writable)
    with asyncio.Runner() as runner:
        runner.run(datasette.invoke_startup())
        try:
            yield Pages(datasette, runner)
        finally:
            if datasette.executor is not None:
                datasette.executor.shutdown()
            for database in datasette.databases.values():
                database.close()


def tree_of(text: str) -> Any:
    """A page as a tree, whatever it holds; lxml's stubs have no useful type for what `xpath` finds in it."""
    return etree.HTML(text or "<p></p>")


def row(output: Path, sql: str, *values: object) -> Any:
    """One row of the mirror, or one value."""
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        (found,) = db.execute(sql, values).fetchall()
    return found[0] if len(found) == 1 else found
