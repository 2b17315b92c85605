"""A whole crawl of a small real server: what is found, what is kept, what a second crawl asks for."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from server import Answer, Asked, Route, SmallSite, redirect, running
from village import PARAGRAPHS, PDF, PNG, article, listing, page, small_site

from pipelines.database import open_readonly
from pipelines.errors import StoreError
from pipelines.lock import SiteLock
from pipelines.verify import verify
from pipelines.warcreader import read_record


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


def paths(asked: list[Asked]) -> list[str]:
    return sorted(request.path for request in asked)


def test_sections_and_their_pages_lead_to_every_article(site: SmallSite, mirror: Mirror) -> None:
    assert crawl(mirror, site.base_url).word == "ok"
    kept = mirror.rows("SELECT url, published_at FROM articles ORDER BY url")
    assert kept == [(f"{HOME}tin-{n}.html", f"2024-05-{n:02}T08:15+07:00") for n in range(1, 7)]
    bodies = {row[0] for row in mirror.rows("SELECT body FROM articles")}
    assert bodies == {"\n".join(PARAGRAPHS)}


def test_every_address_is_asked_for_once(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    asked = paths(site.log)
    assert len(asked) == len(set(asked))


def test_an_answer_costs_few_tasks(site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrapy starts CONCURRENT_ITEMS tasks for each answer, a hundred by default: a third of all processor time."""
    made: list[str] = []
    create_task = asyncio.BaseEventLoop.create_task

    def counted(loop: asyncio.BaseEventLoop, coroutine: Any, **options: Any) -> Any:
        made.append(coroutine.__qualname__)
        return create_task(loop, coroutine, **options)

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_task", counted)
    crawl(mirror, site.base_url)
    assert len(made) < 30 * len(site.log)


def test_files_and_pictures_are_fetched_and_kept_by_their_hash(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT state, label FROM attachments") == ("stored", "Tải kế hoạch")
    assert mirror.one("SELECT state FROM images") == "stored"
    stored = dict(mirror.rows("SELECT path, sha256 FROM files"))
    contents = {path: (mirror.output / path).read_bytes() for path in stored}
    assert sorted(contents.values()) == sorted([PDF, PNG])
    assert all(hashlib.sha256(contents[path]).hexdigest() == digest for path, digest in stored.items())


def test_a_picture_that_is_added_to_an_article_is_fetched_and_a_token_in_its_address_is_none(
    site: SmallSite, mirror: Mirror
) -> None:
    def with_pictures(*names: str) -> Route:
        return article(2, extra="".join(f'<p><img src="/anh/{name}" alt=""></p>' for name in names))

    kept = "SELECT url FROM images WHERE article = (SELECT id FROM articles WHERE url LIKE '%/tin-2.html')"
    everything = {"GOVNEWS_FULL": True}
    for name in ("mot.png", "mot.png?luc=1", "mot.png?luc=2", "hai.png"):
        site.routes[f"/anh/{name}"] = Answer(body=PNG + name.encode(), mime="image/png")
    for names in (["mot.png?luc=1"], ["mot.png?luc=2"]):
        site.routes["/tin-2.html"] = with_pictures(*names)
        crawl(mirror, site.base_url, options=everything)
        assert mirror.rows(kept) == [(f"{HOME}anh/mot.png?luc=1",)]
    site.routes["/tin-2.html"] = with_pictures("mot.png?luc=2", "hai.png")
    crawl(mirror, site.base_url, options=everything)
    assert mirror.rows(f"{kept} AND state = 'stored' AND position IS NOT NULL ORDER BY position") == [
        (f"{HOME}anh/mot.png?luc=2",),
        (f"{HOME}anh/hai.png",),
    ]
    assert mirror.one("SELECT count(*) FROM article_revisions WHERE number > 1") == 0
    with closing(open_readonly(mirror.output)) as db:
        assert verify(db, mirror.output).problems == ()


def test_what_listings_showed_is_kept(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    row = mirror.one(
        "SELECT title, listed_date FROM sightings WHERE url = ? AND listing = ?",
        f"{HOME}tin-5.html",
        f"{HOME}tin-tuc?page=2",
    )
    assert row == ("Xã Mẫu làm đường giao thông nông thôn đợt 5", "2024-05-05")


def test_every_answer_is_in_the_archive_before_its_row_says_so(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    captures = mirror.rows("SELECT url, status, warc, offset FROM captures")
    assert len(captures) == len(site.log)
    for url, status, warc, offset in captures:
        stored = read_record(mirror.output, warc, offset)
        assert (stored.url, stored.status) == (url, status)


def test_the_same_bytes_are_archived_once_and_found_from_every_capture(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-tuc"] = Answer(body=listing(range(1, 4)).encode(), etag='"list"')
    crawl(mirror, site.base_url)
    crawl(mirror, site.base_url)
    home = mirror.rows("SELECT warc, offset, length FROM captures WHERE url = ? ORDER BY id", HOME)
    first, second = (read_record(mirror.output, warc, offset) for warc, offset, _length in home)
    assert (first.record_type, second.record_type) == ("response", "revisit")
    assert first.payload == second.payload
    assert home[1][2] < home[0][2]
    unchanged = mirror.one("SELECT warc, offset FROM captures WHERE status = 304")
    assert read_record(mirror.output, *unchanged).record_type == "revisit"


def test_a_second_crawl_asks_for_listings_only_and_changes_nothing(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    before = mirror.rows("SELECT * FROM articles")
    site.log.clear()
    crawl(mirror, site.base_url)
    assert set(paths(site.log)) == {"/", "/robots.txt", "/tin-tuc", "/tin-tuc?page=2"}
    assert mirror.rows("SELECT * FROM articles") == before
    assert mirror.one("SELECT articles_new + articles_changed + files_new FROM runs WHERE id = 2") == 0


def test_an_article_that_appears_later_is_found(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes |= {"/tin-tuc": listing(range(1, 8)), "/tin-7.html": article(7)}
    site.log.clear()
    crawl(mirror, site.base_url)
    assert "/tin-7.html" in paths(site.log)
    assert "/tin-1.html" not in paths(site.log)
    assert mirror.one("SELECT count(*) FROM articles") == 7


def test_a_full_crawl_asks_again_conditionally_and_sees_an_edit(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/tin-2.html"] = Answer(body=article(2).encode(), etag='"two"')
    crawl(mirror, site.base_url)
    site.routes["/tin-3.html"] = article(3, body=PARAGRAPHS[0].replace("hai trăm", "ba trăm"))
    site.log.clear()
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert [request.header("If-None-Match") for request in site.asked("/tin-2.html")] == ['"two"']
    assert mirror.one("SELECT kind, changed FROM article_revisions WHERE number = 2") == ("edited", "body")
    run = mirror.one("SELECT articles_changed, articles_unchanged, not_modified FROM runs WHERE id = 2")
    assert run == (1, 4, 2)


def test_a_feed_and_a_sitemap_lead_to_articles_that_no_listing_shows(site: SmallSite, mirror: Mirror) -> None:
    rss = (
        f"<rss version='2.0'><channel><title>x</title><item><title>Tin</title><link>{HOME}tin-8.html</link>"
        "<pubDate>Wed, 08 May 2024 08:15:00 +0700</pubDate></item></channel></rss>"
    )
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{HOME}s.xml</loc></sitemap></sitemapindex>"
    urls = (
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{HOME}tin-9.html</loc></url></urlset>"
    )
    home = page("Trang chủ", "<p>Chào</p>", head='<link rel="alternate" type="application/rss+xml" href="/rss.xml">')
    site.routes |= {
        "/": home,
        "/rss.xml": Answer(body=rss.encode(), mime="application/rss+xml"),
        "/sitemap.xml": Answer(body=index.encode(), mime="application/xml"),
        "/s.xml": Answer(body=urls.encode(), mime="application/xml"),
        "/tin-8.html": article(8),
        "/tin-9.html": article(9),
    }
    crawl(mirror, site.base_url)
    kept = {row[0] for row in mirror.rows("SELECT url FROM articles")}
    assert {f"{HOME}tin-8.html", f"{HOME}tin-9.html"} <= kept
    assert mirror.one("SELECT listed_date FROM sightings WHERE listing = ?", f"{HOME}rss.xml") == "2024-05-08"


def test_robots_txt_is_obeyed_and_says_what_was_left_out(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /tin-3\n", mime="text/plain")
    crawl(mirror, site.base_url)
    assert site.asked("/tin-3.html") == []
    assert mirror.one("SELECT state, error FROM links WHERE url = ?", f"{HOME}tin-3.html") == ("excluded", "robots.txt")
    assert mirror.one("SELECT count(*) FROM articles") == 5


@pytest.mark.parametrize(
    "robots", [Answer(status=503), Answer(body=b"<html><body>Bao tri</body></html>"), Answer(drop_after=-1)]
)
def test_a_host_whose_robots_txt_cannot_be_had_is_left_alone(site: SmallSite, mirror: Mirror, robots: Answer) -> None:
    site.routes["/robots.txt"] = robots
    outcome = crawl(mirror, site.base_url)
    assert outcome.word == "failed"
    assert "xa.example" in str(outcome.detail)
    assert {request.path for request in site.log} == {"/robots.txt"}


def test_the_crawl_says_who_it_is(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url, options={"GOVNEWS_CONTACT": "archive@example.org"})
    agents = {request.header("User-Agent") for request in site.log}
    assert len(agents) == 1
    assert str(agents.pop()).startswith("govnews-mirror/")
    assert all("(+archive@example.org)" in str(request.header("User-Agent")) for request in site.log)


def test_one_host_is_asked_one_request_at_a_time_with_a_pause(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url, options={"GOVNEWS_DELAY": 0.05})
    assert_spaced([request.at for request in site.log], seconds=0.05)
    assert site.most_at_once == 1


def test_a_crawl_delay_is_kept(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nCrawl-delay: 0.1\n", mime="text/plain")
    crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 3})
    assert_spaced([request.at for request in site.log[1:]], seconds=0.1)


def assert_spaced(times: list[float], *, seconds: float) -> None:
    """A busy machine makes arrivals late, never early: no request came before its turn counted from the first."""
    for turn, at in enumerate(times):
        assert at - times[0] >= (turn - 1) * seconds


def test_a_dead_link_is_counted_and_does_not_spoil_the_run(site: SmallSite, mirror: Mirror) -> None:
    del site.routes["/tin-6.html"]
    assert crawl(mirror, site.base_url).word == "ok"
    assert mirror.one("SELECT dead_links FROM runs") == 1
    assert mirror.one("SELECT state, error FROM links WHERE url = ?", f"{HOME}tin-6.html") == ("failed", "HTTP 404")


def test_a_page_that_is_called_unchanged_and_never_came_waits_for_another_try(site: SmallSite, mirror: Mirror) -> None:
    page, site.routes["/tin-3.html"] = site.routes["/tin-3.html"], Answer(status=304, mime=None)
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT state, error FROM links WHERE url = ?", f"{HOME}tin-3.html") == (
        "failed",
        "unchanged, it says, but it never came",
    )
    site.routes["/tin-3.html"] = page
    crawl(mirror, site.base_url, options={"GOVNEWS_RETRY": True})
    assert mirror.one("SELECT count(*) FROM articles") == 6


def test_a_redirect_is_followed_as_a_link_of_its_own(site: SmallSite, mirror: Mirror) -> None:
    site.routes |= {"/tin-2.html": redirect("/moi/tin-2.html", 301), "/moi/tin-2.html": article(2)}
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT count(*) FROM articles WHERE url = ?", f"{HOME}moi/tin-2.html") == 1
    assert mirror.one("SELECT redirect_to FROM captures WHERE status = 301") == f"{HOME}moi/tin-2.html"


def test_a_redirect_to_another_site_is_kept_and_not_followed(site: SmallSite, mirror: Mirror) -> None:
    site.routes |= {"/tin-2.html": redirect("http://casino.example/"), "//casino.example/": article(2)}
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT count(*) FROM captures WHERE url LIKE '%casino%'") == 0
    assert mirror.one("SELECT status FROM captures WHERE url = ?", f"{HOME}tin-2.html") == 302


def test_a_file_on_another_host_is_fetched_under_that_hosts_rules(site: SmallSite, mirror: Mirror) -> None:
    link = '<p><a href="http://kho.example/a.pdf">Tệp một</a> <a href="http://kho.example/kin.pdf">Tệp hai</a></p>'
    site.routes |= {
        "/tin-1.html": article(1, extra=link),
        "//kho.example/a.pdf": Answer(body=PDF, mime="application/pdf"),
        "//kho.example/kin.pdf": Answer(body=PDF, mime="application/pdf"),
        "//kho.example/robots.txt": Answer(body=b"User-agent: *\nDisallow: /kin\n", mime="text/plain"),
    }
    crawl(mirror, site.base_url)
    states = dict(mirror.rows("SELECT url, state FROM attachments"))
    assert states["http://kho.example/a.pdf"] == "stored"
    assert states["http://kho.example/kin.pdf"] == "pending"
    assert mirror.one("SELECT state FROM links WHERE url = 'http://kho.example/kin.pdf'") == "excluded"


def test_a_page_instead_of_a_file_is_an_error_and_no_file(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/files/ke-hoach.pdf"] = page("Trang chủ", "<p>Không có tệp</p>")
    crawl(mirror, site.base_url)
    state, error = mirror.one("SELECT state, error FROM attachments")
    assert state == "not_a_file"
    assert "text/html" in error
    assert mirror.rows("SELECT mime FROM files") == [("image/png",)]


def test_a_file_over_the_cap_is_a_row_with_its_reason(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/files/ke-hoach.pdf"] = Answer(body=PDF + bytes(200_000), mime="application/pdf")
    crawl(mirror, site.base_url, site_file=SITE_FILE + 'max_file = "100kB"\n')
    assert mirror.one("SELECT state FROM attachments") == "too_large"


def test_pictures_are_left_where_the_site_file_says_so(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url, site_file=SITE_FILE + "images = false\n")
    assert site.asked("/anh/duong.png") == []


def test_a_fault_is_tried_again_in_the_same_run(
    site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    import pipelines.settlement

    monkeypatch.setattr(pipelines.settlement, "FIRST_WAIT", timedelta(milliseconds=20))
    answers: Iterator[Answer | str] = iter(
        [Answer(status=503), Answer(drop_after=20, body=article(4).encode()), article(4)]
    )
    site.routes["/tin-4.html"] = lambda _asked: next(answers)
    assert crawl(mirror, site.base_url).word == "ok"
    assert len(site.asked("/tin-4.html")) == 3
    assert mirror.one("SELECT count(*) FROM articles WHERE url = ?", f"{HOME}tin-4.html") == 1


def test_a_site_that_does_not_answer_is_a_failed_run_and_loses_nothing(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    before = mirror.rows("SELECT * FROM articles")
    outcome = crawl(mirror, "http://127.0.0.1:9")
    assert outcome.word == "failed"
    assert "xa.example" in str(outcome.detail)
    assert mirror.rows("SELECT * FROM articles") == before
    assert crawl(mirror, site.base_url).word == "ok"


def test_a_home_page_that_is_gone_is_a_failed_run(site: SmallSite, mirror: Mirror) -> None:
    del site.routes["/"]
    outcome = crawl(mirror, site.base_url)
    assert outcome.word == "failed"
    assert "HTTP 404" in str(outcome.detail)


def test_a_limit_stops_the_articles_and_the_next_crawl_goes_on(site: SmallSite, mirror: Mirror) -> None:
    assert crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 2}).word == "ok"
    assert 2 <= mirror.one("SELECT count(*) FROM articles") < 6
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT count(*) FROM articles") == 6


def test_a_day_leaves_older_articles_for_another_crawl(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url, options={"GOVNEWS_SINCE": "2024-05-04"})
    assert mirror.rows("SELECT published_date FROM articles ORDER BY 1") == [
        ("2024-05-04",),
        ("2024-05-05",),
        ("2024-05-06",),
    ]
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT count(*) FROM articles") == 6


def test_a_second_crawl_of_the_same_site_at_once_is_refused(site: SmallSite, mirror: Mirror) -> None:
    lock = SiteLock(mirror.output, "xa")
    mirror.output.mkdir()
    lock.acquire()
    with pytest.raises(StoreError, match="another crawl of this site"):
        crawl(mirror, site.base_url)
    lock.release()
    assert site.log == []


def test_a_page_that_breaks_the_reader_is_kept_and_the_crawl_goes_on(
    site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    import crawler.pageitems
    from crawler.read import read_parsed as read

    def broken(page: Any, **known: Any) -> Any:
        if page.url.endswith("tin-3.html"):
            raise RecursionError("too deep")
        return read(page, **known)

    monkeypatch.setattr(crawler.pageitems, "read_parsed", broken)
    outcome = crawl(mirror, site.base_url)
    assert outcome.word == "partial"
    assert mirror.one("SELECT count(*) FROM articles") == 5
    assert mirror.one("SELECT reading FROM captures WHERE url = ?", f"{HOME}tin-3.html") == (
        "unreadable: RecursionError: too deep"
    )


def test_traps_are_not_asked_for(site: SmallSite, mirror: Mirror) -> None:
    traps = "".join(
        f'<a href="{href}">Một đường dẫn rất hay gặp</a>'
        for href in ("/vi/en/vi/en/tin", "/a/a/a/a/", "/login?url=/", "/tin-1.html?print=1", "/lich?date=2024-05-01")
    )
    site.routes["/"] = listing(range(1, 3), more=traps + '<a href="/tin-tuc">Tin tức</a>')
    crawl(mirror, site.base_url)
    asked = {request.path for request in site.log}
    assert not {path for path in asked if path.startswith(("/vi/", "/a/", "/login", "/lich"))}
    assert "/tin-1.html?print=1" not in asked


def link(path: str) -> str:
    return f'<p><a href="{path}">Tải kế hoạch</a></p>'


def test_a_file_behind_a_redirect_is_stored_for_an_article_that_appears_later_too(mirror: Mirror) -> None:
    routes = small_site() | {
        "/tai-ve.pdf": redirect("/files/ke-hoach.pdf"),
        "/tin-2.html": article(2, extra=link("/tai-ve.pdf")),
    }
    with running(routes) as site:
        crawl(mirror, site.base_url)
        site.routes |= {"/tin-tuc": listing(range(1, 8)), "/tin-7.html": article(7, extra=link("/tai-ve.pdf"))}
        crawl(mirror, site.base_url)
    assert mirror.rows("SELECT DISTINCT state, filename FROM attachments") == [("stored", "ke-hoach.pdf")]
    assert mirror.one("SELECT count(*) FROM attachments") == 3


def test_a_redirect_to_a_file_that_is_kept_already_has_it(mirror: Mirror) -> None:
    with running(small_site()) as site:
        crawl(mirror, site.base_url)
        site.routes |= {
            "/tin-tuc": listing(range(1, 8)),
            "/tin-7.html": article(7, extra=link("/tai-ve.pdf")),
            "/tai-ve.pdf": redirect("/files/ke-hoach.pdf"),
        }
        crawl(mirror, site.base_url)
    assert mirror.rows("SELECT state, filename FROM attachments") == [("stored", "ke-hoach.pdf")] * 2


def test_files_that_redirect_in_a_circle_end_the_crawl(mirror: Mirror) -> None:
    routes = small_site() | {
        "/a.pdf": redirect("/b.pdf"),
        "/b.pdf": redirect("/a.pdf"),
        "/tin-2.html": article(2, extra=link("/a.pdf")),
        "/tin-3.html": article(3, extra=link("/b.pdf")),
    }
    with running(routes) as site:
        crawl(mirror, site.base_url)
        site.routes |= {"/tin-tuc": listing(range(1, 8)), "/tin-7.html": article(7, extra=link("/a.pdf"))}
        crawl(mirror, site.base_url)
        assert len(site.asked("/a.pdf")) <= 4
