"""Whole crawls of portals whose listings behave as real ones do: every article once, and a walk that ends."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from crawling import SITE_FILE, Mirror, crawl
from portals import (
    HOST,
    LOAD,
    BackToOne,
    LoadPage,
    Numbered,
    Portal,
    RepeatingLiferay,
    UIArticle,
    WebForms,
    datapager_pager,
    gridview_pager,
    next_pager,
    subject,
)
from server import Answer, Asked, running

from crawler.sitefile import load_site
from crawler.sources.reparse import reparse
from crawler.spider import UNDER_WAY


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


def articles(mirror: Mirror) -> list[str]:
    return [row[0] for row in mirror.rows("SELECT title FROM articles ORDER BY title")]


def all_of(portal: Portal) -> list[str]:
    return sorted(map(subject, range(1, portal.total + 1)))


PORTALS = [
    pytest.param(lambda: WebForms(20, 4, pager=gridview_pager), 20 + 5 + 3, id="GridView"),
    pytest.param(lambda: WebForms(32, 4, pager=datapager_pager), 32 + 8 + 3, id="DataPager with windows"),
    pytest.param(lambda: WebForms(20, 4, pager=next_pager), 20 + 5 + 3, id="next and last only"),
    pytest.param(lambda: UIArticle(17, 4), 17 + 5 + 3, id="UIArticle"),
    pytest.param(lambda: LoadPage(23, 5), 23 + 6 + 3, id="list in JSON"),
    pytest.param(lambda: RepeatingLiferay(14, 3), 14 + 6 + 3, id="repeated last page"),
    pytest.param(lambda: Numbered(13, 4), 13 + 4 + 3, id="numbers without addresses"),
    pytest.param(lambda: BackToOne(11, 3), 11 + 1 + 5 + 1 + 3, id="back to page 1"),
]
"""Each with the requests that a crawl may make: articles, pages of the list, one past it, robots, sitemap, home."""


@pytest.mark.parametrize(("make", "most"), PORTALS)
def test_a_crawl_finds_every_article_once_and_a_second_one_nothing_new(
    make: Callable[[], Portal], most: int, mirror: Mirror
) -> None:
    portal = make()
    with running(portal.routes) as site:
        assert crawl(mirror, site.base_url).word == "ok"
        assert articles(mirror) == all_of(portal)
        assert len(site.log) <= most
        site.log.clear()
        assert crawl(mirror, site.base_url).word == "ok"
        assert articles(mirror) == all_of(portal)
        assert not [asked for asked in site.log if "bai-viet" in asked.path or "chi-tiet" in asked.path]
        assert len(site.log) <= most - portal.total
    assert mirror.one("SELECT articles_new + articles_changed FROM runs WHERE id = 2") == 0


@pytest.mark.parametrize("make", [param.values[0] for param in PORTALS], ids=[str(param.id) for param in PORTALS])
def test_an_article_that_appears_later_is_found_without_walking_the_whole_list(
    make: Callable[[], Portal], mirror: Mirror
) -> None:
    portal = make()
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        portal.total += 1
        portal.build()
        site.routes.update(portal.routes)
        site.log.clear()
        assert crawl(mirror, site.base_url).word == "ok"
        assert articles(mirror) == all_of(portal)
        posted = [asked for asked in site.log if asked.method == "POST"]
        assert len(posted) <= 1, "page 2, which shows nothing new, is the last that is asked for"
    assert mirror.one("SELECT articles_new FROM runs WHERE id = 2") == 1


def test_the_pages_of_a_form_are_asked_for_one_after_another_each_with_the_fields_of_the_one_before(
    mirror: Mirror,
) -> None:
    portal = WebForms(20, 4)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
    clicks = [parse_qs(asked.body.decode()) for asked in site.log if asked.method == "POST"]
    assert [click["__EVENTARGUMENT"] for click in clicks] == [["Page$2"], ["Page$3"], ["Page$4"], ["Page$5"]]
    assert [portal.given[click["__VIEWSTATE"][0]] for click in clicks] == [1, 2, 3, 4]
    assert portal.refused == []


def test_a_posted_form_is_archived_as_it_was_sent_and_weighs_nothing_in_the_frontier(mirror: Mirror) -> None:
    portal = WebForms(8, 4)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        sent = next(asked.body for asked in site.log if asked.method == "POST")
    capture = mirror.one("SELECT warc, offset, request_sha256 FROM captures WHERE method = 'POST'")
    assert sent in unpacked_from(mirror.output / capture[0], capture[1])
    key, body, sha256 = mirror.one("SELECT key, body, body_sha256 FROM links WHERE method = 'POST'")
    assert (key, body, sha256) == (f"{HOST}/tin-tuc.aspx#ctl00$cph$gvTin=2", b"", capture[2])


def unpacked_from(path: Path, offset: int) -> bytes:
    """A response record, the request record behind it and all that follows."""
    with path.open("rb") as stream:
        stream.seek(offset)
        return gzip.decompress(stream.read())


def test_the_frontier_does_not_grow_with_the_view_states_of_further_crawls(mirror: Mirror) -> None:
    portal = WebForms(12, 4)
    with running(portal.routes) as site:
        for _ in range(3):
            crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
            rows = mirror.rows("SELECT key, state FROM links WHERE method = 'POST' ORDER BY key")
            pager = f"{HOST}/tin-tuc.aspx#ctl00$cph$gvTin"
            assert rows == [(f"{pager}=2", "done"), (f"{pager}=3", "done")]
    assert len([asked for asked in site.log if asked.method == "POST"]) == 6, "a full crawl walks the whole list"


def test_a_walk_that_was_cut_off_is_taken_up_where_it_stopped(mirror: Mirror) -> None:
    portal = WebForms(24, 4)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
        forget_from_page(mirror, 4, portal)
        site.log.clear()
        assert crawl(mirror, site.base_url).word == "ok"
    assert articles(mirror) == all_of(portal)
    assert len({asked.body for asked in site.log if asked.method == "POST"}) <= 2 * portal.pages


def forget_from_page(mirror: Mirror, page: int, portal: WebForms) -> None:
    """Leave the mirror as a run does that was killed when it had asked for the pages before this one."""
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        keys = [f"{HOST}/tin-tuc.aspx#ctl00$cph$gvTin={number}" for number in range(page, portal.pages + 1)]
        state = next(state for state, number in portal.given.items() if number == page - 1)
        body = f"__VIEWSTATE={state}&stale".encode()
        db.execute("UPDATE links SET state = 'pending', capture = NULL, body = ? WHERE key = ?", [body, keys[0]])
        db.executemany("DELETE FROM links WHERE key = ?", [[key] for key in keys[1:]])
        lost = [
            f"{HOST}/chi-tiet-tin/bai-{n}.aspx"
            for number in range(page, portal.pages + 1)
            for n in portal.numbers(number)
        ]
        for table in ("links", "sightings"):
            db.executemany(f"DELETE FROM {table} WHERE url = ?", [[url] for url in lost])  # two constant names


def test_a_crawl_that_is_killed_in_the_middle_of_a_list_loses_and_repeats_nothing(tmp_path: Path) -> None:
    portal = WebForms(24, 4)
    crawls: list[subprocess.Popen[bytes]] = []

    def deadly(asked: Asked) -> Answer | str:
        if b"Page%244" in asked.body and len(crawls) == 1:
            crawls[0].kill()
        return portal.listing(asked)

    (tmp_path / "xa.toml").write_text(SITE_FILE, encoding="utf-8")
    mirror = Mirror(tmp_path / "output")
    with running(portal.routes | {"/tin-tuc.aspx": deadly}) as site:
        arguments = ["crawl", "xa", "--sites", str(tmp_path), "--output", str(mirror.output), "--quiet"]
        command = [sys.executable, "-m", "crawler.cli", *arguments]
        crawls.append(subprocess.Popen(command, env=os.environ | {"http_proxy": site.base_url}))
        assert crawls[0].wait(timeout=60) == -signal.SIGKILL
        assert mirror.one("SELECT count(*) FROM links WHERE state = 'pending' AND turn IS NOT NULL") == 1
        crawls.append(subprocess.Popen(command, env=os.environ | {"http_proxy": site.base_url}))
        assert crawls[1].wait(timeout=60) == 0
    assert articles(mirror) == all_of(portal)
    turned = [parse_qs(asked.body.decode())["__EVENTARGUMENT"][0] for asked in site.log if asked.method == "POST"]
    assert [turned.count(f"Page${number}") for number in (4, 5, 6)] == [2, 1, 1], "once when it was cut off"
    assert len([asked for asked in site.log if "chi-tiet" in asked.path]) <= portal.total + UNDER_WAY
    assert portal.refused == []


def test_a_form_that_the_server_refuses_is_a_fault_that_is_reported_and_mended_by_the_next_walk(mirror: Mirror) -> None:
    portal = WebForms(20, 4)
    with running(portal.routes) as site:
        site.routes["/tin-tuc.aspx"] = lambda asked: (
            Answer(status=404) if b"Page%243" in asked.body else portal.listing(asked)
        )
        crawl(mirror, site.base_url)
        assert mirror.one("SELECT state, error FROM links WHERE state = 'failed' AND kind = 'listing'") == (
            "failed",
            "HTTP 404",
        )
        site.routes["/tin-tuc.aspx"] = portal.listing
        assert crawl(mirror, site.base_url).word == "ok"
    assert articles(mirror) == all_of(portal)


def test_the_entries_of_a_further_page_are_sightings_of_that_page(mirror: Mirror) -> None:
    portal = UIArticle(6, 4)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
    row = mirror.one(
        "SELECT title, listed_date, position FROM sightings WHERE listing = ? AND url LIKE '%-700002'",
        f"{HOST}/kinh-te#list=2",
    )
    assert row == (subject(2), "2024-03-03", 1)
    assert mirror.one("SELECT count(*) FROM links WHERE url LIKE ?", f"%{LOAD}") == 1


@pytest.mark.parametrize(
    "portal", [LoadPage(6, 4), UIArticle(6, 4), WebForms(6, 4)], ids=lambda one: type(one).__name__
)
def test_reading_the_archive_again_takes_no_page_of_a_list_for_an_article(portal: Portal, mirror: Mirror) -> None:
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
    again = reparse(load_site(mirror.output.parent / "xa.toml"), mirror.output, dry_run=True)
    assert again.differences == []
    assert mirror.one("SELECT count(*) FROM captures WHERE url LIKE '%loadPage%' OR method = 'POST'") >= 1


def test_one_article_in_two_categories_is_one_article_with_two_addresses(mirror: Mirror) -> None:
    portal = BackToOne(5, 3)
    with running(portal.routes) as site:
        crawl(mirror, site.base_url)
    addresses = mirror.rows(
        "SELECT article_urls.url FROM article_urls JOIN articles ON articles.id = article WHERE title = ? ORDER BY 1",
        subject(1),
    )
    assert [row[0] for row in addresses] == [f"{HOST}/news/{name}/bai-viet-1.html" for name in ("noi-bat", "tin-xa")]
