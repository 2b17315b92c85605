"""An article's life over weeks: each event with its capture, and never a later 404 in place of the last good copy."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from crawling import HOME, SITE_FILE, Mirror, crawl
from server import Answer, SmallSite, redirect, running
from village import PARAGRAPHS, article, listing, small_site

from crawler.cli import main
from crawler.sitefile import load_site
from crawler.sources.reparse import reparse
from pipelines.database import open_database, open_readonly, writing
from pipelines.verify import verify

THIRD = f"{HOME}tin-3.html"


class Weeks:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


class Life:
    """A site that is crawled now and then."""

    def __init__(self, site: SmallSite, mirror: Mirror) -> None:
        self.site, self.mirror, self.clock = site, mirror, Weeks()
        self.crawl_after(0)

    def crawl_after(self, days: float, *, full: bool = False) -> None:
        self.clock.time += timedelta(days=days)
        self.site.log.clear()
        crawl(self.mirror, self.site.base_url, options={"GOVNEWS_CLOCK": self.clock, "GOVNEWS_FULL": full})

    def events(self, url: str = THIRD) -> list[str]:
        rows = self.mirror.rows(
            "SELECT kind FROM events WHERE article = (SELECT article FROM article_urls WHERE url = ?) ORDER BY id", url
        )
        return [row[0] for row in rows]

    def state(self) -> str:
        return str(self.mirror.one("SELECT state FROM articles WHERE url = ?", THIRD))

    def take_off_the_lists(self) -> None:
        others = '<p><a href="/tin-tuc?page=2">2</a></p>'
        self.site.routes["/tin-tuc"] = listing(range(1, 3), more=others)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with running(small_site()) as site:
        yield Life(site, Mirror(tmp_path / "output"))


def test_an_article_is_created_once(life: Life) -> None:
    life.crawl_after(1)
    assert life.events() == ["created"]
    assert life.mirror.one("SELECT count(*) FROM events WHERE capture IN (SELECT id FROM captures)") == 6


def test_an_article_that_left_its_list_is_asked_for_again(life: Life) -> None:
    life.take_off_the_lists()
    life.crawl_after(1)
    assert life.site.asked("/tin-3.html") == []  # this run learns that it left
    life.crawl_after(1)
    assert len(life.site.asked("/tin-3.html")) == 1
    assert life.site.asked("/tin-1.html") == []
    assert life.events() == ["created"]


def test_an_article_is_gone_after_three_runs_and_two_weeks_without_it(life: Life) -> None:
    life.take_off_the_lists()
    del life.site.routes["/tin-3.html"]
    life.crawl_after(1)
    for days in (1, 2, 3, 4):
        life.crawl_after(days)
        assert life.events() == ["created"], "too early"
    life.crawl_after(9)
    assert life.events() == ["created", "gone"]
    assert life.state() == "gone"
    body, revisions = life.mirror.one(
        "SELECT body, (SELECT count(*) FROM article_revisions WHERE article = articles.id) FROM articles WHERE url = ?",
        THIRD,
    )
    assert (body, revisions) == ("\n".join(PARAGRAPHS), 1)
    life.crawl_after(30)
    assert life.events() == ["created", "gone"]


def test_a_bad_week_does_not_make_an_article_gone(life: Life) -> None:
    page = life.site.routes.pop("/tin-3.html")
    life.take_off_the_lists()
    for _ in range(5):
        life.crawl_after(2)
    life.site.routes["/tin-3.html"] = page
    life.crawl_after(20)
    assert life.events() == ["created"]
    assert life.state() == "live"


def test_a_gone_article_that_comes_back_is_restored(life: Life) -> None:
    page = life.site.routes.pop("/tin-3.html")
    life.take_off_the_lists()
    for days in (1, 1, 2, 4, 8, 9):
        life.crawl_after(days)
    assert life.state() == "gone"
    life.site.routes["/tin-3.html"] = page
    life.crawl_after(31)
    assert life.events() == ["created", "gone", "restored"]
    assert life.state() == "live"


@pytest.mark.parametrize("status", [401, 403])
def test_an_article_that_may_not_be_read_any_more_is_unpublished(life: Life, status: int) -> None:
    page = life.site.routes["/tin-3.html"]
    life.take_off_the_lists()
    life.site.routes["/tin-3.html"] = Answer(status=status, body=b"<p>no</p>")
    life.crawl_after(1)
    life.crawl_after(1)
    assert life.events() == ["created", "unpublished"]
    assert life.mirror.one("SELECT details FROM events WHERE kind = 'unpublished'") == f'{{"answer": "HTTP {status}"}}'
    life.site.routes["/tin-3.html"] = page
    life.crawl_after(40)
    assert life.events() == ["created", "unpublished", "restored"]


def test_an_edit_is_an_event_that_names_what_changed(life: Life) -> None:
    life.take_off_the_lists()
    life.site.routes["/tin-3.html"] = article(3, body=PARAGRAPHS[0].replace("hai trăm", "ba trăm"))
    life.crawl_after(1)
    life.crawl_after(1)
    assert life.events() == ["created", "edited"]
    assert life.mirror.one("SELECT details FROM events WHERE kind = 'edited'") == '{"changed": ["body"]}'


def test_a_redirected_article_has_moved_and_stays_the_same_article(life: Life) -> None:
    life.take_off_the_lists()
    life.site.routes |= {"/tin-3.html": redirect("/luu/tin-3.html", 301), "/luu/tin-3.html": article(3)}
    life.crawl_after(1)
    life.crawl_after(1)
    moved = f"{HOME}luu/tin-3.html"
    assert life.events(moved) == ["created", "moved"]
    assert life.mirror.one("SELECT count(*) FROM articles") == 6
    urls = {row[0] for row in life.mirror.rows("SELECT url FROM article_urls WHERE url LIKE '%tin-3%'")}
    assert urls == {THIRD, moved}
    life.crawl_after(1)
    assert life.events(moved) == ["created", "moved"]


def test_an_article_has_moved_also_where_its_identity_is_the_same_at_both_addresses(life: Life) -> None:
    life.site.routes |= {"/tin-3.html": redirect("/tin-3.html/", 301), "/tin-3.html/": article(3)}
    crawl(life.mirror, life.site.base_url, options={"GOVNEWS_CLOCK": life.clock, "GOVNEWS_FULL": True})
    assert life.events(f"{THIRD}/") == ["created", "moved"]
    details = life.mirror.one("SELECT details FROM events WHERE kind = 'moved'")
    assert details == f'{{"from": "{THIRD}", "to": "{THIRD}/"}}'
    crawl(life.mirror, life.site.base_url, options={"GOVNEWS_CLOCK": life.clock, "GOVNEWS_FULL": True})
    assert life.events(f"{THIRD}/") == ["created", "moved"]
    with closing(open_readonly(life.mirror.output)) as db:
        assert verify(db, life.mirror.output).problems == ()


def test_an_article_that_stands_at_a_second_address_as_well_has_not_moved(life: Life) -> None:
    life.site.routes |= {"/": listing(range(1, 3), more='<p><a href="/cu/tin-3.html">Tin cũ</a></p>')}
    life.site.routes |= {"/cu/tin-3.html": redirect("http://www.xa.example/tin-3.html", 301)}
    crawl(life.mirror, life.site.base_url, options={"GOVNEWS_CLOCK": life.clock, "GOVNEWS_FULL": True})
    addresses = life.mirror.rows("SELECT url FROM article_urls WHERE url LIKE '%tin-3%' ORDER BY url")
    assert addresses == [("http://www.xa.example/tin-3.html",), (THIRD,)]
    assert life.events() == ["created"]


def test_reading_again_an_article_that_moved_and_was_edited_changes_nothing(life: Life, tmp_path: Path) -> None:
    new = f"{HOME}luu/tin-3.html"
    life.site.routes["/tin-3.html"] = redirect("/luu/tin-3.html")
    life.site.routes["/luu/tin-3.html"] = article(3, body="Xã họp lần nữa và quyết định khác hẳn lần trước.")
    crawl(life.mirror, life.site.base_url, options={"GOVNEWS_CLOCK": life.clock, "GOVNEWS_FULL": True})
    before = life.mirror.rows("SELECT id, url, body FROM articles")
    assert life.events(new) == ["created", "moved", "edited"]
    path = tmp_path / "xa.toml"
    path.write_text(SITE_FILE, encoding="utf-8")
    assert reparse(load_site(path), life.mirror.output).counts["changed"] == 0
    assert life.events(new) == ["created", "moved", "edited"]
    assert life.mirror.rows("SELECT id, url, body FROM articles") == before


def test_an_edit_by_a_clock_that_went_back_is_the_newest(life: Life) -> None:
    life.site.routes["/tin-3.html"] = article(3, body="Xã họp lần nữa và quyết định khác hẳn lần trước.")
    life.clock.time -= timedelta(hours=1)
    crawl(life.mirror, life.site.base_url, options={"GOVNEWS_CLOCK": life.clock, "GOVNEWS_FULL": True})
    assert "khác hẳn" in life.mirror.one("SELECT body FROM articles WHERE url = ?", THIRD)
    with closing(open_readonly(life.mirror.output)) as db:
        assert verify(db, life.mirror.output).problems == ()


def test_what_another_site_s_crawls_saw_makes_no_article_gone(life: Life) -> None:
    life.take_off_the_lists()
    del life.site.routes["/tin-3.html"]
    with closing(open_database(life.mirror.output)) as db, writing(db):
        db.execute("INSERT INTO sites SELECT 'khac', title, home, family FROM sites")
        for month in ("01", "02"):
            db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('khac', 'crawl', ?)", [f"2026-{month}-01"])
            db.execute(
                "INSERT INTO captures (run, site, url, fetched_at, status) "
                "SELECT max(id), 'khac', ?, started_at || 'T00:00:00.000Z', 404 FROM runs",
                [THIRD],
            )
    life.crawl_after(1)
    life.crawl_after(1)
    assert life.mirror.one("SELECT count(*) FROM captures WHERE url = ? AND status = 404", THIRD) == 3
    assert life.events() == ["created"]


def test_articles_that_were_not_seen_for_a_month_are_asked_for_again(life: Life) -> None:
    life.crawl_after(20)
    assert life.site.asked("/tin-1.html") == []
    life.crawl_after(11)
    assert len(life.site.asked("/tin-1.html")) == 1
    assert life.mirror.one("SELECT articles_unchanged FROM runs ORDER BY id DESC LIMIT 1") == 6
    life.crawl_after(1)
    assert life.site.asked("/tin-1.html") == []


LOGIN = '<h1>Đăng nhập</h1><form action="/vao" method="post"><input name="ten"><input type="password" name="ma"></form>'


@pytest.mark.parametrize(
    "instead",
    [
        pytest.param(redirect("/"), id="a redirect to the home page"),
        pytest.param(Answer(), id="an empty page"),
        pytest.param(LOGIN, id="a form to log in"),
    ],
)
def test_an_article_whose_address_showed_something_else_is_asked_for_again(life: Life, instead: Answer | str) -> None:
    page = life.site.routes["/tin-3.html"]
    life.site.routes["/tin-3.html"] = instead
    life.crawl_after(31)
    assert len(life.site.asked("/tin-3.html")) == 1
    life.site.routes["/tin-3.html"] = page
    life.crawl_after(31)
    assert len(life.site.asked("/tin-3.html")) == 1
    assert life.state() == "live"
    assert life.mirror.one("SELECT last_seen_at FROM articles WHERE url = ?", THIRD).startswith("2026-05-02")


@pytest.mark.parametrize(
    ("instead", "why"), [(LOGIN, "login"), (Answer(status=401), "HTTP 401"), (Answer(status=403), "HTTP 403")]
)
def test_an_article_that_redirects_to_what_may_not_be_read_is_unpublished(
    life: Life, instead: Answer | str, why: str
) -> None:
    page, fourth = (life.site.routes[f"/tin-{number}.html"] for number in (3, 4))
    life.site.routes |= {f"/tin-{number}.html": redirect("/vao") for number in (3, 4)} | {"/vao": instead}
    life.crawl_after(1, full=True)
    life.crawl_after(1, full=True)
    life.site.routes |= {"/tin-3.html": page, "/tin-4.html": fourth}
    life.crawl_after(1, full=True)
    assert life.events() == life.events(f"{HOME}tin-4.html") == ["created", "unpublished", "restored"]
    details = life.mirror.rows("SELECT details FROM events WHERE kind = 'unpublished'")
    assert details == [(f'{{"answer": "{why}"}}',)] * 2
    assert verified(life) == ()


def test_an_article_that_redirects_to_a_dead_address_is_gone_when_both_were_seen_so_for_long(life: Life) -> None:
    life.site.routes["/tin-3.html"] = redirect("/khong-tim-thay.html?loi=404")
    for days in (1, 5, 8, 2):
        life.crawl_after(days, full=True)
        assert life.events() == ["created"], "too early"
    life.crawl_after(1, full=True)
    assert life.events() == ["created", "gone"]
    assert verified(life) == ()


def test_an_article_that_redirected_to_a_dead_address_on_one_day_is_not_gone(life: Life) -> None:
    page = life.site.routes["/tin-3.html"]
    life.site.routes["/tin-3.html"] = redirect("/khong-tim-thay.html")
    life.crawl_after(1, full=True)
    life.site.routes["/tin-3.html"] = page
    for days in (1, 10, 10):
        life.crawl_after(days, full=True)
    life.site.routes["/tin-3.html"] = redirect("/khong-tim-thay.html")
    life.crawl_after(1, full=True)
    assert life.events() == ["created"]


def verified(life: Life) -> Sequence[str]:
    with closing(open_readonly(life.mirror.output)) as db:
        return verify(db, life.mirror.output).problems


@pytest.mark.parametrize("status", [403, 404])
def test_an_article_with_two_addresses_stands_as_long_as_one_of_them_shows_it(tmp_path: Path, status: int) -> None:
    other = f"{THIRD}/"
    routes = small_site()
    routes["/"] = listing(range(1, 4)).replace("/tin-3.html", "/tin-3.html/")
    routes["/tin-3.html/"] = article(3)
    with running(routes) as site:
        life = Life(site, Mirror(tmp_path / "output"))
        assert life.mirror.one("SELECT count(*) FROM article_urls WHERE url IN (?, ?)", THIRD, other) == 2
        site.routes["/tin-3.html/"] = Answer(status=status)
        for days in (32, 2, 4, 8, 16, 32):
            life.crawl_after(days)
        assert life.events() == ["created"]
        site.routes["/tin-3.html"] = Answer(status=status)
        for days in (32, 2, 4, 8, 16, 32):
            life.crawl_after(days)
        assert life.events() == ["created", "unpublished" if status == 403 else "gone"]


def test_an_edit_of_the_attachments_alone_is_told_as_one(life: Life) -> None:
    life.take_off_the_lists()
    life.site.routes["/tin-3.html"] = article(3, extra='<p><a href="/files/ke-hoach.pdf">Tải kế hoạch</a></p>')
    life.crawl_after(1)
    life.crawl_after(1)
    assert life.mirror.one("SELECT details FROM events WHERE kind = 'edited'") == '{"changed": ["attachments"]}'
    told = CliRunner().invoke(main, ["diff", THIRD, "--output", str(life.mirror.output)])
    assert told.exit_code == 0
    assert "revision 2: edited" in told.stdout
    assert "the text is the same: attachments, their labels, tags or markup were others" in told.stdout
