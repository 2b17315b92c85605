"""`govnews verify` names rows of files, events and addresses that another hand wrote: no capture shows them."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from crawling import Mirror, crawl
from server import Answer, Route, SmallSite, redirect, running
from village import PDF, article, page, small_site

from crawler.cli import main
from pipelines.database import open_readonly
from pipelines.verify import verify

FULL = {"GOVNEWS_FULL": True}
FEED = "<rss><channel><item><title>Kế hoạch</title><link>http://xa.example/files/moi.pdf</link></item></channel></rss>"
FEED_LINK = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
NAMES_FILE = '<p><a href="/files/moi.pdf">Tải kế hoạch mới</a></p>'


@pytest.fixture(scope="module")
def site() -> Iterator[SmallSite]:
    with running(small_site() | {"/tin-6.html": article(6, extra=NAMES_FILE.replace("moi", "thieu"))}) as server:
        yield server


@pytest.fixture(scope="module")
def crawled(site: SmallSite, tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Three runs: an article is hidden and comes back, one moves, one is edited; a file is missing."""
    mirror = Mirror(tmp_path_factory.mktemp("edited") / "output")
    crawl(mirror, site.base_url)
    site.routes["/tin-4.html"] = Answer(status=403, body=b"<p>no</p>")
    crawl(mirror, site.base_url, options=FULL)
    site.routes |= {
        "/tin-4.html": article(4),
        "/tin-3.html": article(3, body="Xã Mẫu lùi ngày ra quân sang tháng sau."),
    }
    site.routes |= {"/tin-5.html": redirect("/luu/tin-5.html", 301), "/luu/tin-5.html": article(5)}
    crawl(mirror, site.base_url, options=FULL)
    assert mirror.rows("SELECT kind FROM events WHERE kind != 'created' ORDER BY kind") == [
        ("edited",),
        ("moved",),
        ("restored",),
        ("unpublished",),
    ]
    return mirror


@pytest.fixture
def mirror(crawled: Mirror, tmp_path: Path) -> Mirror:
    """A copy that a test may change."""
    shutil.copytree(crawled.output, tmp_path / "output")
    return Mirror(tmp_path / "output")


def problems_of(mirror: Mirror) -> str:
    with closing(open_readonly(mirror.output)) as db:
        return " / ".join(verify(db, mirror.output).problems)


def test_what_nobody_edited_is_shown_by_its_captures(mirror: Mirror) -> None:
    assert problems_of(mirror) == ""


STORED = "WHERE state = 'stored'"
OF_A_404 = "SELECT min(id) FROM captures WHERE status = 404"
OF_A_FILE = "article, url, state, link, capture, sha256"
EVENT = "INSERT INTO events (article, at, kind, capture) SELECT 1, '2030-01-01T00:00:00.000Z',"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        (
            f"UPDATE attachments SET state = 'failed', error = 'x', sha256 = NULL {STORED}",
            "attachments 1: http://xa.example/files/ke-hoach.pdf of article 1 is called failed, with the file none; ",
        ),
        (f"UPDATE images SET state = 'not_a_file', sha256 = NULL {STORED}", "is called not_a_file, with the file none"),
        (f"UPDATE images SET state = 'pending', sha256 = NULL {STORED}", "is called pending, with the file none"),
        (
            f"UPDATE attachments SET state = 'pending', capture = NULL, sha256 = NULL {STORED}",
            "http://xa.example/files/ke-hoach.pdf of article 1 is called pending; the file 5a838678058f",
        ),
        (
            f"UPDATE attachments SET state = 'not_a_file', capture = NULL, sha256 = NULL {STORED}",
            "http://xa.example/files/ke-hoach.pdf of article 1 is called not_a_file; the file 5a838678058f",
        ),
        (
            f"UPDATE attachments SET state = 'missing', sha256 = NULL, capture = ({OF_A_404}) {STORED}",
            "http://xa.example/files/ke-hoach.pdf of article 1 is called missing; the file 5a838678058f",
        ),
        (
            "UPDATE attachments SET state = 'failed' WHERE state = 'missing'",
            "is called failed, with the file none; its",
        ),
        (
            "UPDATE attachments SET state = 'failed', capture = NULL WHERE state = 'missing'",
            "thieu.pdf of article 6 is called failed, with the file none; no capture shows it",
        ),
        (
            f"INSERT INTO attachments ({OF_A_FILE}) SELECT 2, {OF_A_FILE[9:]} FROM attachments {STORED}",
            "http://xa.example/files/ke-hoach.pdf is said to have left article 2, which has never changed",
        ),
        (
            f"{EVENT} 'moved', capture FROM articles WHERE id = 1",
            "event 11 (article 1, moved): no run of the site has made",
        ),
        (
            f"{EVENT} 'moved', capture FROM articles WHERE id = 2",
            "of http://xa.example/tin-2.html (xa), has status 200",
        ),
        (f"{EVENT} 'restored', capture FROM articles WHERE id = 1", "to be restored, the event before it is created"),
        (
            f"{EVENT} 'gone', min(id) FROM captures WHERE status = 404",
            "is said to be gone at 2030-01-01T00:00:00.000Z, no",
        ),
        ("UPDATE events SET id = -1 WHERE kind = 'edited'", "edited): no run of the site has made it"),
        ("DELETE FROM events WHERE kind = 'unpublished'", "is said to be restored, the event before it is created"),
        (
            "DELETE FROM article_urls WHERE url LIKE '%example/tin-5.html'",
            "example/tin-5.html is none of its addresses, but",
        ),
        ("UPDATE article_revisions SET quality = 0.01 WHERE article = 2", "run 1: its revisions are not what they"),
    ],
)
def test_a_row_that_another_hand_wrote_is_named(mirror: Mirror, sql: str, named: str) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        assert db.execute(sql).rowcount == 1
    assert named in problems_of(mirror)


def test_bytes_with_the_digits_of_a_text_are_not_that_text(mirror: Mirror) -> None:
    """Hashed as their digits, they would be what was sealed; and no other row would ever be found by them."""
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        (digits,) = db.execute("SELECT body_sha256 FROM captures WHERE id = 3").fetchone()
        db.execute("UPDATE captures SET body_sha256 = ? WHERE id = 3", [bytes.fromhex(digits)])
    assert problems_of(mirror) == "xa: run 1: its captures are not what they were when it ended"


def test_an_event_of_another_site_is_named(mirror: Mirror) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("INSERT INTO sites SELECT 'khac', title, home, family FROM sites")
        db.execute("UPDATE captures SET site = 'khac' WHERE id = (SELECT capture FROM events WHERE kind = 'moved')")
    assert "is of http://xa.example/luu/tin-5.html (khac), has status 200 and was read as article" in problems_of(
        mirror
    )


def test_an_edited_row_ends_with_1(mirror: Mirror) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("UPDATE images SET state = 'failed', sha256 = NULL")
    answer = CliRunner().invoke(main, ["verify", "--quiet", "--output", str(mirror.output)])
    assert (answer.exit_code, type(answer.exception)) == (1, SystemExit)


def test_a_file_that_came_before_an_article_named_it_is_no_forgery(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    routes: dict[str, Route] = {
        "/": page("Tin", '<p><a href="/tin-tuc">Tin tức</a></p>', head=FEED_LINK),
        "/rss.xml": Answer(body=FEED.encode(), mime="text/xml"),
        "/files/moi.pdf": Answer(body=PDF, mime="application/pdf"),
    }
    with running(small_site() | routes) as site:
        crawl(mirror, site.base_url)
        assert mirror.one("SELECT reading FROM captures WHERE url LIKE '%/moi.pdf'") == "stored"
        site.routes |= {"/files/moi.pdf": Answer(status=404), "/tin-2.html": article(2, extra=NAMES_FILE)}
        crawl(mirror, site.base_url, options=FULL)
        assert problems_of(mirror) == ""
        crawl(mirror, site.base_url, options={"GOVNEWS_RETRY": True})
    assert mirror.one("SELECT state FROM attachments WHERE url LIKE '%/moi.pdf'") == "missing"
    assert problems_of(mirror) == ""
