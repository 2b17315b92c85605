"""A sitemap of thousands of entries is taken in without holding up anything else, and without losing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl, crawl_together
from server import Answer, running
from village import article, entry, page, small_site

from pipelines.database import writing
from pipelines.frontier_rows import add_links
from pipelines.items import Capture, FoundLink, PageItem
from pipelines.store import Store
from pipelines.storepipeline import PIECE, commit_in_pieces

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SITEMAP = f"{HOME}sitemap.xml"
PIECES = 4


def sitemap(entries: int) -> Answer:
    """Entries with the day of each, as portals write them."""
    urls = "".join(
        f"<url><loc>{HOME}bai-{n}.html</loc><lastmod>2024-{n % 12 + 1:02}-{n % 28 + 1:02}T08:{n % 60:02}:00+07:00"
        "</lastmod></url>"
        for n in range(entries)
    )
    body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return Answer(body=body.encode(), mime="application/xml")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "output", clock=lambda: AT)
    opened.begin_run({"id": "xa", "title": "Xã Mẫu", "home": HOME, "family": "auto"}, [], kind="crawl")
    with writing(opened.db):
        add_links(opened.db, "xa", [FoundLink(url=SITEMAP, kind="sitemap")], at=AT)
    yield opened
    opened.close()


def long_item(links: int) -> PageItem:
    found = tuple(
        FoundLink(url=f"{HOME}bai-{n}.html", kind="article", is_listed=True, position=n + 1) for n in range(links)
    )
    return PageItem(link=1, capture=Capture(site="xa", url=SITEMAP, fetched_at=AT, status=200), links=found)


def count(store: Store, table: str, condition: str = "1") -> int:
    return int(store.db.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()[0])


async def with_a_neighbour(store: Store, item: PageItem, seen: list[tuple[int, int]]) -> None:
    """Commit an item while somebody else looks, at each of his turns, at how many links and captures there are."""

    async def look() -> None:
        while True:
            seen.append((count(store, "links", "kind = 'article'"), count(store, "captures")))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await commit_in_pieces(store, item)
    looking.cancel()


def test_others_have_their_turn_between_the_pieces(store: Store) -> None:
    seen: list[tuple[int, int]] = []
    asyncio.run(with_a_neighbour(store, long_item(PIECES * PIECE), seen))
    assert [links for links, _ in seen] == [PIECE * piece for piece in range(1, PIECES)]
    assert {captures for _, captures in seen} == {0}, "the answer itself is committed last"
    assert count(store, "links", "kind = 'article'") == count(store, "sightings") == PIECES * PIECE
    assert count(store, "links", "kind = 'sitemap' AND state = 'done'") == count(store, "captures") == 1


@pytest.mark.parametrize("links", [0, 1, PIECE, PIECE + 1])
def test_in_pieces_or_not_the_rows_are_the_same(store: Store, tmp_path: Path, links: int) -> None:
    whole = Store(tmp_path / "whole", clock=lambda: AT)
    whole.begin_run({"id": "xa", "title": "Xã Mẫu", "home": HOME, "family": "auto"}, [], kind="crawl")
    with writing(whole.db):
        add_links(whole.db, "xa", [FoundLink(url=SITEMAP, kind="sitemap")], at=AT)
    whole.commit_page(long_item(links))
    asyncio.run(commit_in_pieces(store, long_item(links)))
    for table in ("links", "sightings", "captures"):
        sql = f"SELECT * FROM {table} ORDER BY 1, 2, 3"
        assert store.db.execute(sql).fetchall() == whole.db.execute(sql).fetchall(), table
    whole.close()


def test_a_crawl_killed_between_two_pieces_asks_for_the_list_again(store: Store) -> None:
    async def killed() -> None:
        committing = asyncio.create_task(commit_in_pieces(store, long_item(PIECES * PIECE)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        committing.cancel()

    asyncio.run(killed())
    assert 0 < count(store, "links", "kind = 'article'") < PIECES * PIECE
    assert count(store, "links", "kind = 'sitemap' AND state = 'pending'") == 1
    asyncio.run(commit_in_pieces(store, long_item(PIECES * PIECE)))
    assert count(store, "links", "kind = 'article'") == count(store, "sightings") == PIECES * PIECE


def test_other_sites_are_asked_while_a_long_sitemap_is_read(tmp_path: Path) -> None:
    entries = 12_000
    busy = {f"/tin-{n}.html": article(n) for n in range(1, 100)}
    busy["/"] = page("Tin tức", f'<ul class="list">{"".join(map(entry, range(1, 100)))}</ul>')
    with running(busy | {"/sitemap.xml": sitemap(entries)}) as site:
        mirror = Mirror(tmp_path / "output")
        two = {"xa": SITE_FILE, "huyen": SITE_FILE.replace("xa.example", "huyen.example")}
        options = {"GOVNEWS_DELAY": 0.02, "GOVNEWS_LIMIT": 90}
        site.routes["/"] = lambda asked: busy["/"] if asked.host == "huyen.example" else page("Xã Mẫu", "<p>Chào</p>")
        crawl_together(mirror, site.base_url, two, options=options)
        asked = next(request.at for request in site.log if request.host == "xa.example" and "sitemap" in request.path)
        first = next(request.at for request in site.log if request.path.startswith("/bai-"))
        meanwhile = [one for one in site.log if one.host == "huyen.example" and asked < one.at < first]
    assert mirror.one("SELECT count(*) FROM sightings WHERE site = 'xa'") == entries
    assert len(meanwhile) >= 12
    assert mirror.one("SELECT listed_date FROM sightings WHERE url LIKE '%/bai-30.html'") == "2024-07-03"


SHOWN = "SELECT url, listing, position, listed_date, first_seen_at FROM sightings ORDER BY url, listing"


def test_a_second_look_at_a_long_sitemap_changes_nothing(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    with running(small_site() | {"/sitemap.xml": sitemap(2_500)}) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 3})
        before = mirror.rows(SHOWN)
        crawl(mirror, site.base_url, options={"GOVNEWS_LIMIT": 3})
    assert mirror.rows(SHOWN) == before
    assert mirror.one("SELECT count(*) FROM sightings WHERE listing = ?", SITEMAP) == 2_500
