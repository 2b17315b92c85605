"""Attachments and pictures in the archives of other programs: which answer is the file, and what is asked for still."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from crawling import HOME, Mirror, crawl
from server import Answer, running
from test_import import Foreign, foreign, mirror, problems, site, take_in
from village import PDF, article, small_site

from crawler.messages import PAGE_CAP
from crawler.sitefile import Site

__all__ = ["foreign", "mirror", "site"]  # fixtures

PLAN = "/files/ke-hoach.pdf"
LINK = f'<p><a href="{PLAN}">Tải kế hoạch</a></p>'
GONE = "<html><body><h1>Trang bạn tìm không tồn tại trên cổng thông tin</h1></body></html>"


def states(mirror: Mirror) -> list[tuple[str, str | None]]:
    return [tuple(row) for row in mirror.rows("SELECT state, error FROM attachments ORDER BY id")]


def test_a_file_is_taken_from_the_newest_answer_that_is_one(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1, extra=LINK))
    foreign.add(PLAN, PDF, mime="application/pdf", at="2023-01-01T00:00:00Z")
    foreign.add(PLAN, PDF + b"% sua", mime="application/pdf", at="2024-01-01T00:00:00Z")
    foreign.add(PLAN, GONE, at="2025-01-01T00:00:00Z")
    foreign.add(PLAN, GONE, status="404 Not Found", at="2026-01-01T00:00:00Z")
    assert take_in(mirror, site, foreign.write()).files == 1
    assert mirror.one("SELECT state, captures.fetched_at FROM attachments JOIN captures ON captures.id = capture") == (
        "stored",
        "2024-01-01T00:00:00.000Z",
    )
    assert not list((mirror.output / "spool").iterdir()), "nothing is left of the answers that were no file"
    assert problems(mirror) == ()


@pytest.mark.parametrize("hops", [1, 3])
def test_a_redirected_file_is_found_where_its_redirects_lead(
    mirror: Mirror, site: Site, foreign: Foreign, hops: int
) -> None:
    foreign.add("/tin-1.html", article(1, extra=LINK))
    for hop in range(hops):
        here = PLAN if hop == 0 else f"/kho/{hop}"
        foreign.add(here, status="302 Found", headers={"Location": f"/kho/{hop + 1}"})
    foreign.add(f"/kho/{hops}", PDF, mime="application/pdf")
    assert take_in(mirror, site, foreign.write()).files == 1
    assert mirror.one("SELECT state, captures.url FROM attachments JOIN captures ON captures.id = capture") == (
        "stored",
        f"{HOME}kho/{hops}",
    )
    asked = mirror.one("SELECT links.state, status FROM links JOIN captures ON captures.id = links.capture")
    assert asked == ("done", 302)
    assert problems(mirror) == ()


def test_redirects_of_an_archive_that_run_in_a_circle_lead_nowhere(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    foreign.add("/tin-1.html", article(1, extra=LINK))
    foreign.add(PLAN, status="302 Found", headers={"Location": "/kho/1"})
    foreign.add("/kho/1", status="302 Found", headers={"Location": PLAN})
    assert take_in(mirror, site, foreign.write()).files == 0
    assert states(mirror) == [("pending", None)]


def test_a_file_has_the_name_that_its_server_gave_it(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1, extra='<p><a href="/tai-ve?id=7">Tải tệp đính kèm</a></p>'))
    named = {"Content-Disposition": "attachment; filename*=UTF-8''K%E1%BA%BF%20ho%E1%BA%A1ch.pdf"}
    foreign.add("/tai-ve?id=7", PDF, mime="application/pdf", headers=named)
    take_in(mirror, site, foreign.write())
    assert mirror.rows("SELECT state, filename FROM attachments") == [("stored", "Kế hoạch.pdf")]


def test_a_file_that_unpacks_to_more_than_the_cap_is_too_large_and_the_others_are_taken_in(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    site = replace(site, max_file=1_000_000)
    bomb = gzip.compress(PDF + bytes(PAGE_CAP + 1))
    foreign.add("/tin-1.html", article(1, extra=f'<p><a href="/files/to.pdf">Tải tệp to</a></p>{LINK}'))
    foreign.add("/files/to.pdf", bomb, mime="application/pdf", headers={"Content-Encoding": "gzip"})
    foreign.add(PLAN, PDF, mime="application/pdf")
    assert take_in(mirror, site, foreign.write()).files == 1
    assert states(mirror) == [("too_large", "larger than the cap of the site"), ("stored", None)]
    assert mirror.one("SELECT truncated FROM captures WHERE url LIKE '%to.pdf'") == "length"
    assert mirror.rows("SELECT state FROM links ORDER BY id") == [("failed",), ("done",)]
    assert mirror.rows("SELECT outcome FROM runs") == [("ok",)]
    assert problems(mirror) == ()


def test_a_file_that_another_archive_cut_at_its_own_cap_is_left_to_the_next_crawl(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    foreign.add("/tin-1.html", article(1, extra=LINK))
    foreign.add(PLAN, PDF, mime="application/pdf", headers={"Content-Length": "5000000"}, truncated="length")
    take_in(mirror, site, foreign.write())
    assert states(mirror) == [("pending", None)]
    assert mirror.rows("SELECT state FROM links") == [("pending",)]


@pytest.mark.parametrize("answer", [Answer(status=404), Answer(status=403)])
def test_an_old_file_is_shown_until_the_site_itself_has_been_asked(
    mirror: Mirror, site: Site, foreign: Foreign, answer: Answer
) -> None:
    foreign.add(PLAN, PDF + b"% 2010", mime="application/pdf", at="2010-01-01T00:00:00Z")
    path = foreign.write()
    with running(small_site() | {PLAN: answer}) as server:
        crawl(mirror, server.base_url)
        take_in(mirror, site, path)
        assert mirror.rows("SELECT state, fetched_at FROM attachments JOIN captures ON captures.id = capture") == [
            ("stored", "2010-01-01T00:00:00.000Z")
        ]
        server.routes[PLAN] = Answer(body=PDF, mime="application/pdf")
        crawl(mirror, server.base_url, options={"GOVNEWS_RETRY": True})
    assert mirror.rows("SELECT state, captures.kind FROM attachments JOIN captures ON captures.id = capture") == [
        ("stored", "crawl")
    ]
    assert problems(mirror) == ()


def test_a_link_that_only_a_crawl_may_settle_is_left_as_it_is(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add(PLAN, PDF, mime="application/pdf", at="2010-01-01T00:00:00Z")
    with running(small_site() | {"/robots.txt": "User-agent: *\nDisallow: /files/\n"}) as server:
        crawl(mirror, server.base_url)
    take_in(mirror, site, foreign.write())
    assert states(mirror) == [("stored", None)]
    assert mirror.one("SELECT state FROM links WHERE kind = 'file'") == "excluded"
    assert problems(mirror) == ()


def test_a_damaged_record_of_a_file_is_passed_over(
    mirror: Mirror, site: Site, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.add(PLAN, PDF, mime="application/pdf")
    take_in(mirror, site, foreign.write())
    warc = next((mirror.output / "warc").rglob("*.warc.gz"))
    offset, length = mirror.one("SELECT offset, length FROM captures")
    content = bytearray(warc.read_bytes())
    content[offset + length // 2] ^= 0xFF
    warc.write_bytes(content)
    later = Foreign(tmp_path / "sau.warc.gz")
    later.add("/tin-1.html", article(1, extra=LINK))
    assert take_in(mirror, site, later.write()).files == 0
    assert states(mirror) == [("pending", None)]
