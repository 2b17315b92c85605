"""Answers to the request for a file that bring none: each is a row with its reason, and is tried again."""

from __future__ import annotations

import gzip
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawling import Mirror, crawl
from server import Answer, Route, redirect, running
from village import PDF, article, listing

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


def test_files_that_redirect_to_each_other_have_failed(tmp_path: Path) -> None:
    other = "/files/ban-do.pdf"
    links = LINK + LINK.replace(PATH, other)
    routes: dict[str, Route] = {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=links)}
    routes |= {PATH: redirect(other), other: redirect(PATH)}
    mirror = Mirror(tmp_path / "output")
    with running(routes) as site:
        crawl(mirror, site.base_url)
    assert mirror.rows("SELECT DISTINCT state, error FROM attachments") == [("failed", "it redirects in a circle")]
