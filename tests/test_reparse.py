"""Reading the archive again: what today's reader reads otherwise is shown, and becomes a revision."""

import gzip
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from rich.console import Console
from server import Answer, SmallSite, running
from village import article, small_site

import crawler.pageitems
import crawler.sources.reading
from crawler.read import read_parsed
from crawler.reporting import print_reparsed
from crawler.sitefile import Site, load_site
from crawler.sources.reparse import Difference, reparse
from pipelines.database import open_readonly
from pipelines.errors import StoreError
from pipelines.items import Article, NotArticle
from pipelines.lock import SiteLock
from pipelines.verify import verify

SECOND, THIRD, FOURTH = (f"{HOME}tin-{number}.html" for number in (2, 3, 4))


def earlier_reader(page: Any, **known: Any) -> Article | NotArticle:
    """A reader of last year: it takes a counter into one title, misses one article and invents another."""
    reading = read_parsed(page, **known)
    if page.url == SECOND and isinstance(reading, Article):
        return replace(reading, title=f"{reading.title} | Lượt xem: 12")
    if page.url == THIRD:
        return NotArticle(url=page.url, reason="listing")
    if page.url == f"{HOME}tin-tuc":
        return Article(url=page.url, title="Tin tức", body="Không phải bài viết", body_html="<p>x</p>")
    return reading


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


@pytest.fixture
def mirror(site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """A mirror that an earlier reader filled."""
    crawled = Mirror(tmp_path / "output")
    monkeypatch.setattr(crawler.pageitems, "read_parsed", earlier_reader)
    crawl(crawled, site.base_url)
    return crawled


@pytest.fixture
def rules(tmp_path: Path) -> Site:
    path = tmp_path / "xa.toml"
    path.write_text(SITE_FILE, encoding="utf-8")
    return load_site(path)


def test_a_dry_run_shows_the_differences_and_changes_nothing(mirror: Mirror, rules: Site) -> None:
    before = mirror.rows("SELECT * FROM articles"), mirror.rows("SELECT * FROM runs")
    result = reparse(rules, mirror.output, dry_run=True)
    title = "Xã Mẫu làm đường giao thông nông thôn đợt 2"
    assert Difference(url=SECOND, field="title", before=f"{title} | Lượt xem: 12", after=title) in result.differences
    assert {(found.url, found.after) for found in result.differences if found.field == "reading"} == {
        (THIRD, "Xã Mẫu làm đường giao thông nông thôn đợt 3"),
        (f"{HOME}tin-tuc", "not an article: listing"),
    }
    assert (mirror.rows("SELECT * FROM articles"), mirror.rows("SELECT * FROM runs")) == before


def test_reading_again_makes_revisions_of_the_same_captures(mirror: Mirror, rules: Site, site: SmallSite) -> None:
    capture, seen = mirror.one("SELECT capture, last_seen_at FROM articles WHERE url = ?", SECOND)
    asked = len(site.log)
    result = reparse(rules, mirror.output)
    assert len(site.log) == asked, "nothing is fetched"
    assert (result.counts["changed"], result.counts["new"], result.counts["lost"]) == (1, 1, 1)
    row = mirror.one("SELECT title, capture, last_seen_at FROM articles WHERE url = ?", SECOND)
    assert row == ("Xã Mẫu làm đường giao thông nông thôn đợt 2", capture, seen)
    revision = mirror.one("SELECT kind, changed, capture FROM article_revisions WHERE number = 2")
    assert revision == ("re-read", "title", capture)
    assert mirror.one("SELECT count(*) FROM articles WHERE url = ?", THIRD) == 1
    assert mirror.one("SELECT count(*) FROM events WHERE kind = 'edited'") == 0


def test_other_markup_of_the_same_text_becomes_a_revision_when_it_is_read_again(
    site: SmallSite, rules: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reader_of_other_markup(page: Any, **known: Any) -> Article | NotArticle:
        reading = read_parsed(page, **known)
        return replace(reading, body_html="<div>cũ</div>") if isinstance(reading, Article) else reading

    mirror = Mirror(tmp_path / "output")
    with monkeypatch.context() as earlier:
        earlier.setattr(crawler.pageitems, "read_parsed", reader_of_other_markup)
        crawl(mirror, site.base_url)
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert mirror.one("SELECT count(*) FROM article_revisions WHERE number > 1") == 0, "a crawl sees no change in it"

    articles = mirror.one("SELECT count(*) FROM articles")
    shown = {(found.field, found.before) for found in reparse(rules, mirror.output, dry_run=True).differences}
    assert shown == {("body_html", "<div>cũ</div>")}
    assert reparse(rules, mirror.output).counts["changed"] == articles
    assert mirror.rows("SELECT DISTINCT kind, changed FROM article_revisions WHERE number = 2") == [
        ("re-read", "body_html")
    ]
    assert mirror.one("SELECT count(*) FROM articles WHERE body_html = '<div>cũ</div>'") == 0
    assert reparse(rules, mirror.output).counts["changed"] == 0
    with closing(open_readonly(mirror.output)) as db:
        assert verify(db, mirror.output).problems == ()


def test_an_article_that_is_none_any_more_is_reported_and_kept(mirror: Mirror, rules: Site) -> None:
    reparse(rules, mirror.output)
    assert mirror.one("SELECT title FROM articles WHERE url = ?", f"{HOME}tin-tuc") == "Tin tức"


def test_reading_a_second_time_changes_nothing_and_the_mirror_is_whole(mirror: Mirror, rules: Site) -> None:
    reparse(rules, mirror.output)
    result = reparse(rules, mirror.output)
    assert (result.counts["changed"], result.counts["new"]) == (0, 0)
    assert mirror.rows("SELECT kind, outcome FROM runs") == [("crawl", "ok"), ("re-read", "ok"), ("re-read", "ok")]
    with closing(open_readonly(mirror.output)) as db:
        assert verify(db, mirror.output).problems == ()


def test_the_newest_answer_of_an_address_is_the_one_that_is_read(
    mirror: Mirror, rules: Site, site: SmallSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.routes["/tin-4.html"] = article(4, body="Bản tin đã được biên tập lại với nhiều chi tiết hơn so với lần đầu.")
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    monkeypatch.undo()
    reparse(rules, mirror.output)
    assert str(mirror.one("SELECT body FROM articles WHERE url = ?", FOURTH)).startswith("Bản tin đã được biên tập lại")


def test_a_damaged_record_is_counted_and_the_rest_is_read(mirror: Mirror, rules: Site) -> None:
    path = next((mirror.output / "warc").rglob("*.warc.gz"))
    offset, length = mirror.one("SELECT offset, length FROM captures WHERE url = ?", FOURTH)
    content = bytearray(path.read_bytes())
    content[offset + length // 2] ^= 0xFF
    path.write_bytes(content)
    result = reparse(rules, mirror.output)
    assert result.counts["unreadable"] == 1
    [(url, why)] = result.unreadable
    assert url == FOURTH
    assert f"the record at byte {offset} cannot be read" in why
    assert result.counts["changed"] == 1
    assert mirror.rows("SELECT outcome FROM runs")[-1] == ("partial",)


def test_a_page_on_which_reading_breaks_is_named_and_the_rest_is_read(
    mirror: Mirror, rules: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(page: Any, **known: Any) -> Article | NotArticle:
        if page.url == FOURTH:
            raise AttributeError("no such child")
        return read_parsed(page, **known)

    monkeypatch.setattr(crawler.sources.reading, "read_parsed", broken)
    before = mirror.one("SELECT * FROM articles WHERE url = ?", FOURTH)
    result = reparse(rules, mirror.output)
    assert (result.counts["unreadable"], result.counts["changed"]) == (1, 1)
    assert mirror.one("SELECT * FROM articles WHERE url = ?", FOURTH) == before
    assert mirror.rows("SELECT outcome, detail FROM runs")[-1] == ("partial", "1 pages could not be read")
    print_reparsed(result, Console(), dry_run=False)
    assert f"{FOURTH}: AttributeError: no such child" in capsys.readouterr().out


def test_half_a_page_that_came_later_is_not_what_is_read_again(mirror: Mirror, rules: Site, site: SmallSite) -> None:
    text = article(4, body="Bản tin mới có thêm nhiều đoạn, nhưng chỉ một nửa đến nơi.")
    half = gzip.compress(text.encode())[:-300]
    site.routes["/tin-4.html"] = Answer(body=half, headers=(("Content-Encoding", "gzip"),))
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert mirror.rows("SELECT error FROM captures WHERE url = ?", FOURTH)[-1] == ("the gzip data ends too early",)
    before = mirror.one("SELECT body, capture FROM articles WHERE url = ?", FOURTH)
    reparse(rules, mirror.output)
    assert mirror.one("SELECT body, capture FROM articles WHERE url = ?", FOURTH) == before


def test_reading_again_waits_for_no_crawl(mirror: Mirror, rules: Site) -> None:
    lock = SiteLock(mirror.output, "xa")
    lock.acquire()
    with pytest.raises(StoreError, match="another crawl of this site"):
        reparse(rules, mirror.output)
    lock.release()
