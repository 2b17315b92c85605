"""Whole crawls of portals whose listings behave as real ones do: every article once, and a walk that ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawling import Mirror, crawl
from portals import (
    HOST,
    LOAD,
    BackToOne,
    LoadPage,
    Pager,
    Portal,
    RepeatingLiferay,
    UIArticle,
    WebForms,
    datapager_pager,
    gridview_pager,
    next_pager,
    subject,
)
from server import SmallSite, running

from pipelines.warcfile import read_record


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
    pytest.param(lambda: BackToOne(11, 3), 11 + 1 + 5 + 1 + 3, id="back to page 1"),
]
"""Each with the requests that a crawl may make: articles, pages of the list (and one past it), robots, sitemap, home."""


@pytest.mark.parametrize(("make", "most"), PORTALS)
def test_a_crawl_finds_every_article_once_and_a_second_one_nothing_new(make, most: int, mirror: Mirror) -> None:
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
