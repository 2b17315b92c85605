"""Answers to the request for a file that bring none: each is a row with its reason, and is tried again."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from crawling import Mirror, crawl
from server import Answer, Route, redirect, running
from village import PARAGRAPHS, PDF, article, listing, small_site

from pipelines.database import open_readonly
from pipelines.verify import verify

PATH = "/files/quy-hoach.pdf"
LINK = f'<p><a href="{PATH}">Tải quy hoạch</a></p>'
NO_LOCATION = Answer(status=302, mime=None)
UNKNOWN_CODING = Answer(body=PDF, mime="application/pdf", headers=(("Content-Encoding", "x-own"),))
DAMAGED_CODING = Answer(
    body=gzip.compress(PDF * 50)[:60], mime="application/pdf", headers=(("Content-Encoding", "gzip"),)
)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(UNKNOWN_CODING, "the content coding 'x-own' is not known", id="unknown coding"),
        pytest.param(DAMAGED_CODING, "the gzip data ends too early", id="damaged coding"),
        pytest.param(Answer(status=304, mime=None), "unchanged, it says, but it never came", id="304 unasked"),
        pytest.param(redirect(PATH), "it redirects in a circle", id="redirect to itself"),
        pytest.param(NO_LOCATION, "it redirects to no address of a file", id="redirect to nowhere"),
        pytest.param(redirect("mailto:vp@xa.example"), "it redirects to no address of a file", id="redirect to mail"),
        pytest.param(Answer(status=204, mime=None), "an empty answer", id="no content"),
        pytest.param(Answer(mime="application/pdf"), "an empty answer", id="empty"),
        pytest.param(Answer(status=999, body=b"x", close=True), None, id="odd status"),
    ],
)
def test_an_answer_that_brings_no_file_is_a_row_with_its_reason_and_is_tried_again(
    tmp_path: Path, answer: Route, error: str | None
) -> None:
    mirror, time = Mirror(tmp_path / "output"), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK), PATH: answer}
    with running(routes) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
        state, said, sha256 = mirror.one("SELECT state, error, sha256 FROM attachments")
        assert (state, sha256) == ("failed", None)
        assert said == error if error else said
        assert mirror.one("SELECT count(*) FROM files") == 0
        assert mirror.one("SELECT state FROM links WHERE url LIKE ?", f"%{PATH}") == "failed"
        site.routes[PATH] = Answer(body=PDF, mime="application/pdf")
        time += timedelta(days=2)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
    assert mirror.one("SELECT state, error FROM attachments") == ("stored", None)
    with closing(open_readonly(mirror.output)) as db:
        assert verify(db, mirror.output).problems == ()


@pytest.mark.parametrize("page", ["Không tìm thấy tệp tin.<br>", "<section><h1>Lỗi</h1></section>", "Phiên hết hạn"])
def test_a_page_that_begins_like_no_page_is_no_file_where_the_server_calls_it_one(tmp_path: Path, page: str) -> None:
    mirror = Mirror(tmp_path / "output")
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK), PATH: page}
    with running(routes) as site:
        crawl(mirror, site.base_url)
    error = "a text/html came instead of the file"
    assert mirror.one("SELECT state, error, sha256 FROM attachments") == ("not_a_file", error, None)


def test_a_file_behind_the_warnings_of_its_server_is_a_file(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    sent = b"<br />\n<b>Warning</b>: chdir() in <b>/tai.php</b>\n" + PDF + bytes(range(9))
    file = Answer(body=sent, mime="application/pdf")
    with running({"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK), PATH: file}) as site:
        crawl(mirror, site.base_url)
    assert mirror.rows("SELECT state, mime FROM attachments JOIN files USING (sha256)") == [
        ("stored", "application/pdf")
    ]


def test_files_that_redirect_to_each_other_have_failed(tmp_path: Path) -> None:
    other = "/files/ban-do.pdf"
    links = LINK + LINK.replace(PATH, other)
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=links)}
    routes |= {PATH: redirect(other), other: redirect(PATH)}
    mirror = Mirror(tmp_path / "output")
    with running(routes) as site:
        crawl(mirror, site.base_url)
    assert mirror.rows("SELECT DISTINCT state, error FROM attachments") == [("failed", "it redirects in a circle")]


@pytest.mark.parametrize("source", ["./", "?", "/tin-2.html", "/tin-tuc"])
def test_a_page_that_an_article_shows_as_a_picture_stays_a_page(tmp_path: Path, source: str) -> None:
    mirror = Mirror(tmp_path / "output")
    routes = small_site()
    routes["/tin-3.html"] = article(3, extra=f'<p><img src="{source}" width="400" height="300" alt="Quang cảnh"></p>')
    with running(routes) as site:
        for _ in range(2):
            outcome = crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
        assert outcome.word == "ok"
        assert mirror.one("SELECT count(*) FROM articles") == 6
        assert mirror.one("SELECT count(*) FROM links WHERE kind = 'image' AND url NOT LIKE '%.png'") == 0
        assert mirror.rows("SELECT state FROM images WHERE url NOT LIKE '%.png'") == [("not_a_file",)]


@pytest.mark.parametrize("options", [{}, {"GOVNEWS_FULL": True}], ids=["due", "full"])
@pytest.mark.parametrize("etag", [None, '"1"'])
def test_a_file_that_was_taken_for_a_page_is_stored_when_an_article_names_it(
    tmp_path: Path, etag: str | None, options: dict[str, bool]
) -> None:
    mirror, time = Mirror(tmp_path / "output"), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    path = "/xem?file_id=5"
    shown = f'<ul class="list"><li><a href="{path}">Quy hoạch chung của xã Mẫu</a> <span>(02/05/2024)</span></li></ul>'
    routes: dict[str, Route] = {"/": listing(range(1, 2), more=shown), "/tin-1.html": article(1)}
    with running(routes | {path: Answer(body=PDF, mime="application/pdf", etag=etag)}) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
        assert mirror.one("SELECT reading FROM captures WHERE url LIKE ?", f"%{path}") == "not an article: binary"
        site.routes["/tin-1.html"] = article(1, extra=f'<p><a href="{path}">Tải về</a></p>', body="Xã họp lần nữa.")
        time += timedelta(days=40)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time, **options})
    assert mirror.rows("SELECT state FROM attachments") == [("stored",)]


def test_a_file_behind_redirects_that_were_followed_before_is_stored(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    routes: dict[str, Route] = {
        "/": listing(range(1, 3)),
        "/tin-1.html": article(1, extra='<p><a href="/tai/mot.pdf">Tải một</a></p>'),
        "/tin-2.html": article(2, extra='<p><a href="/tai/hai.pdf">Tải hai</a></p>'),
        "/tai/mot.pdf": redirect("/giua.pdf"),
        "/tai/hai.pdf": redirect("/giua.pdf"),
        "/giua.pdf": redirect("/kho/cuoi.pdf"),
        "/kho/cuoi.pdf": Answer(body=PDF, mime="application/pdf"),
    }
    with running(routes) as site:
        assert crawl(mirror, site.base_url).word == "ok"
    assert mirror.rows("SELECT state FROM attachments") == [("stored",), ("stored",)]


def test_a_missing_file_that_redirects_to_one_we_have_is_stored(tmp_path: Path) -> None:
    mirror, time = Mirror(tmp_path / "output"), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    routes: dict[str, Route] = {
        "/": listing(range(1, 3)),
        "/tin-1.html": article(1, extra='<p><a href="/tai/mot.pdf">Tải một</a></p>'),
        "/tin-2.html": article(2, extra='<p><a href="/tai/hai.pdf">Tải hai</a></p>'),
        "/tai/hai.pdf": Answer(body=PDF, mime="application/pdf"),
    }
    with running(routes) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
        assert sorted(mirror.rows("SELECT state FROM attachments")) == [("missing",), ("stored",)]
        site.routes["/tai/mot.pdf"] = redirect("/tai/hai.pdf", status=301)
        time += timedelta(days=2)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
    assert mirror.rows("SELECT state FROM attachments") == [("stored",), ("stored",)]


def test_an_edited_article_waits_for_its_file_where_a_redirect_led(tmp_path: Path) -> None:
    mirror, time = Mirror(tmp_path / "output"), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    routes: dict[str, Route] = {
        "/": listing(range(1, 2)),
        "/tin-1.html": article(1, extra=LINK),
        PATH: redirect("/kho/cuoi.pdf"),
    }
    with running(routes) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
        site.routes["/tin-1.html"] = article(1, extra=LINK, body="Xã họp lần nữa và đổi quy hoạch đường làng.")
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time, "GOVNEWS_FULL": True})
        assert mirror.one("SELECT count(*) FROM article_revisions") == 2
        site.routes["/kho/cuoi.pdf"] = Answer(body=PDF, mime="application/pdf")
        time += timedelta(days=2)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
    assert mirror.rows("SELECT state FROM attachments") == [("stored",)]


def every(pause: timedelta, times: int) -> Iterator[datetime]:
    return (datetime(2026, 3, 1, 2, 0, tzinfo=UTC) + number * pause for number in range(times))


def stopped(time: datetime) -> datetime:
    """A clock that stands still."""
    return time


STORED = Answer(body=PDF, mime="application/pdf")
LOGIN = Answer(body=b"<!doctype html><html><title>Dang nhap</title><form></form></html>")


@pytest.mark.parametrize(
    ("first", "error"),
    [
        pytest.param({PATH: redirect("/")}, "it redirects to a page", id="to the home page"),
        pytest.param(
            {PATH: redirect("/vao?tu=tep"), "/vao": LOGIN}, "a text/html came instead of the file", id="to a login"
        ),
        pytest.param(
            {PATH: redirect("/tam/1/a.pdf"), "/tam/1/a.pdf": Answer(status=403)}, "HTTP 403", id="to a place of one day"
        ),
    ],
)
@pytest.mark.parametrize(
    "then",
    [
        pytest.param({PATH: STORED}, id="then the file"),
        pytest.param({PATH: redirect("/tam/2/a.pdf"), "/tam/2/a.pdf": STORED}, id="then to the file"),
    ],
)
def test_a_file_whose_redirect_led_to_none_is_asked_for_again_at_its_own_address(
    tmp_path: Path, first: dict[str, Route], error: str, then: dict[str, Route]
) -> None:
    mirror, time = Mirror(tmp_path / "output"), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK)}
    with running(routes | first) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
        assert mirror.one("SELECT error, sha256 FROM attachments") == (error, None)
        site.routes.update(then)
        time += timedelta(days=2)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
    assert mirror.one("SELECT state, error FROM attachments") == ("stored", None)
    with closing(open_readonly(mirror.output)) as db:
        assert verify(db, mirror.output).problems == ()


def test_a_file_whose_redirect_leads_to_another_place_every_day_is_not_asked_for_at_the_old_ones(
    tmp_path: Path,
) -> None:
    mirror = Mirror(tmp_path / "output")
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK)}
    with running(routes) as site:
        for time in every(timedelta(days=2), 5):
            site.routes[PATH] = redirect(f"/tam/{time.day}/a.pdf")
            site.log.clear()
            crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": partial(stopped, time)})
        assert sorted(asked.path for asked in site.log if "/tam/" in asked.path) == ["/tam/7/a.pdf", "/tam/9/a.pdf"]
    assert mirror.one("SELECT state, error FROM attachments") == ("missing", "HTTP 404")


def test_the_wait_for_a_file_behind_a_redirect_grows(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK)}
    with running(routes | {PATH: redirect("/kho/a.pdf")}) as site:
        for time in every(timedelta(days=1, minutes=1), 20):
            crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": partial(stopped, time)})
    assert len(site.asked(PATH)) == len(site.asked("/kho/a.pdf")) < 8


def test_a_full_crawl_finds_the_newer_file_that_a_redirect_leads_to_now(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK)}
    routes |= {PATH: redirect("/kho/1.pdf"), "/kho/1.pdf": STORED}
    with running(routes) as site:
        crawl(mirror, site.base_url)
        older = mirror.one("SELECT sha256 FROM attachments")
        site.routes |= {PATH: redirect("/kho/2.pdf"), "/kho/2.pdf": Answer(body=PDF + b"2", mime="application/pdf")}
        crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    newer = mirror.one("SELECT sha256 FROM attachments")
    assert newer != older
    assert {sha256 for (sha256,) in mirror.rows("SELECT sha256 FROM files")} == {older, newer}


def test_a_page_for_errors_that_many_files_lead_to_is_asked_for_once_a_run(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    names = [f"/files/{number}.pdf" for number in range(5)]
    links = "".join(LINK.replace(PATH, name) for name in names)
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=links), "/loi": LOGIN}
    with running(routes | dict.fromkeys(names, redirect("/loi"))) as site:
        for time in every(timedelta(days=2), 2):
            site.log.clear()
            crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": partial(stopped, time)})
            assert len(site.asked("/loi")) == 1
    assert mirror.rows("SELECT DISTINCT state FROM attachments") == [("not_a_file",)]


def test_a_page_in_a_damaged_coding_is_asked_for_again(tmp_path: Path) -> None:
    mirror, time = Mirror(tmp_path / "output"), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    page = gzip.compress(article(1).encode())
    damaged = Answer(body=page[:-40], headers=(("Content-Encoding", "gzip"),))
    with running({"/": listing(range(1, 2)), "/tin-1.html": damaged}) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
        assert mirror.one("SELECT state, error FROM links WHERE kind = 'article'") == (
            "failed",
            "the gzip data ends too early",
        )
        site.routes["/tin-1.html"] = article(1)
        time += timedelta(days=2)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: time})
    assert mirror.one("SELECT body FROM articles") == "\n".join(PARAGRAPHS)
