"""Where an article stands: it follows redirects and its identity to another address and back, and no excuse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from server import Answer, Route, redirect, running
from test_lifecycle import THIRD, Life
from village import article, listing, page, small_site

NEW = f"{HOME}luu/tin-3.html"
REPAIRS = page("Thông báo", "<h1>Hệ thống đang bảo trì</h1><p>Kính mời bà con quay lại vào sáng mai, xin cảm ơn.</p>")


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with running(small_site()) as site:
        yield Life(site, Mirror(tmp_path / "output"))


def moves(life: Life) -> list[tuple[str, str]]:
    return life.mirror.rows(
        "SELECT json_extract(details, '$.from'), json_extract(details, '$.to') FROM events WHERE kind = 'moved'"
    )


def addresses(life: Life) -> list[str]:
    return [url for (url,) in life.mirror.rows("SELECT url FROM articles ORDER BY id")]


def test_an_article_that_moves_to_and_fro_stands_where_it_was_last_seen(life: Life) -> None:
    there: dict[str, Route] = {"/tin-3.html": redirect("/luu/tin-3.html"), "/luu/tin-3.html": article(3)}
    back: dict[str, Route] = {"/tin-3.html": article(3), "/luu/tin-3.html": redirect("/tin-3.html")}
    for routes in (there, back, there):
        life.site.routes |= routes
        for _ in range(2):
            life.crawl_after(1, full=True)
    assert moves(life) == [(THIRD, NEW), (NEW, THIRD), (THIRD, NEW)]
    assert addresses(life)[2] == NEW
    assert len(addresses(life)) == 6


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param({"/tin-3.html": redirect("/luu/tin-3.html#noi-dung", 301)}, id="to a place on the page"),
        pytest.param({"/tin-3.html": redirect("/luu/tin-3.html?utm_source=xa", 308)}, id="with a mark of where from"),
        pytest.param(
            {"/tin-3.html": redirect("/a"), "/a": redirect("http://www.xa.example/b"), "/b": redirect(NEW, 301)},
            id="over three steps",
        ),
    ],
)
def test_an_article_is_found_again_behind_its_redirects(life: Life, steps: dict[str, Route]) -> None:
    life.site.routes |= steps | {"/luu/tin-3.html": article(3)}
    life.crawl_after(1, full=True)
    assert moves(life) == [(THIRD, NEW)]
    assert len(addresses(life)) == 6


def test_a_notice_that_articles_redirect_to_for_a_while_is_none_of_them(life: Life) -> None:
    before = life.mirror.rows("SELECT id, url, title, body FROM articles")
    life.site.routes |= {f"/tin-{number}.html": redirect("/bao-tri.html") for number in (3, 4)}
    life.site.routes["/bao-tri.html"] = REPAIRS
    life.crawl_after(1, full=True)
    assert moves(life) == []
    assert life.mirror.rows("SELECT id, url, title, body FROM articles")[:6] == before


def test_where_an_address_once_redirected_says_nothing_of_its_article_of_today(life: Life) -> None:
    life.site.routes |= {"/tin-3.html": redirect("/tin-9.html"), "/tin-9.html": Answer(status=403)}
    life.crawl_after(1, full=True)
    life.site.routes["/tin-3.html"] = article(3)
    life.crawl_after(1, full=True)
    life.site.routes["/tin-9.html"] = article(9)
    life.crawl_after(2, full=True)
    assert moves(life) == []
    assert addresses(life)[2:] == [THIRD, *(f"{HOME}tin-{number}.html" for number in (4, 5, 6, 9))]


@pytest.mark.parametrize("moves_at_once", [True, False], ids=["the old address is dead", "it is dead later"])
def test_an_article_with_the_same_identity_at_another_address_has_moved(tmp_path: Path, moves_at_once: bool) -> None:  # noqa: FBT001  # a column
    old, new = "/tin/node/3", "/ban-tin/node/3"
    routes = small_site() | {old: article(3)}
    routes["/tin-tuc"] = listing(range(1, 4)).replace("/tin-3.html", old)
    site_file = f'{SITE_FILE}family = "drupal"\n'
    mirror = Mirror(tmp_path / "output")
    with running(routes) as site:
        crawl(mirror, site.base_url, site_file=site_file)
        site.routes |= {new: article(3), "/tin-tuc": listing(range(1, 4)).replace("/tin-3.html", new)}
        if moves_at_once:
            del site.routes[old]
        for _ in range(3):
            crawl(mirror, site.base_url, site_file=site_file, options={"GOVNEWS_FULL": True})
            site.routes.pop(old, None)
    assert mirror.one("SELECT count(*) FROM articles WHERE identity LIKE '%3'") == 1
    assert mirror.rows("SELECT count(*) FROM events WHERE kind = 'moved'") == [(1,)]
    assert mirror.one("SELECT url FROM articles WHERE identity LIKE '%3'") == f"{HOME}{new.removeprefix('/')}"
