"""How far a walk goes, and which section a page belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sections import Place, placed
from crawler.walk import KNOWN_IN_A_ROW, MARKS, Item, Walk, newest
from pipelines.items import FoundLink

LISTING = "http://xa.example/tin"


def known(*keys: int) -> list[Item]:
    return [Item(key=str(key), is_known=True) for key in keys]


def new(*keys: int) -> list[Item]:
    return [Item(key=str(key), is_known=False) for key in keys]


def marks(*keys: int) -> frozenset[str]:
    return frozenset(map(str, keys))


def test_a_walk_is_over_after_enough_known_items_beyond_the_marks() -> None:
    walk = Walk(marks=marks(1, 2, 3))
    walk.take_in(known(*range(1, 3 + KNOWN_IN_A_ROW)))
    assert walk.is_over


def test_known_items_before_the_marks_do_not_count() -> None:
    walk = Walk(marks=marks(1, 2, 3))
    walk.take_in(known(*range(50, 90)))
    assert not walk.is_over
    walk.take_in(known(1, 2, 3, 4))
    assert walk.is_over


def test_a_new_item_starts_the_count_anew() -> None:
    walk = Walk()
    walk.take_in([*known(*range(1, KNOWN_IN_A_ROW)), *new(100), *known(*range(20, 20 + KNOWN_IN_A_ROW - 1))])
    assert not walk.is_over


def test_a_page_of_the_list_with_nothing_new_ends_it_though_it_is_short() -> None:
    walk = Walk(marks=marks(1, 2, 3))
    walk.take_in(known(1, 2))
    assert not walk.is_over
    walk.take_in(known(3, 4))
    assert walk.is_over


def test_what_every_page_shows_beside_its_list_counts_once() -> None:
    walk = Walk()
    walk.take_in([*new(90, 91), *known(1, 2)])
    walk.take_in([*known(3, 4), *new(90, 91)])  # the box with the latest news
    assert walk.is_over
    assert walk.new == 2


def test_one_mark_that_is_gone_and_one_that_is_pinned_change_nothing() -> None:
    walk = Walk(marks=marks(7, 8, 9))
    walk.take_in([*known(7), *new(*range(20, 29))])  # 7 is pinned
    assert not walk.has_come_to_the_marks
    walk.take_in([*new(29), *known(9)])  # 8 was taken down
    assert walk.has_come_to_the_marks


def test_only_the_end_ends_a_walk_to_the_end() -> None:
    walk = Walk(to_the_end=True)
    for page in range(20):
        walk.take_in(known(*range(page * 10, page * 10 + 10)))
    assert not walk.is_over


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12), max_size=8),
    st.sets(st.integers(0, 30)),
)
def test_a_walk_is_never_over_before_it_came_to_its_marks(
    pages: list[list[tuple[int, bool]]], wanted: set[int]
) -> None:
    walk = Walk(marks=marks(*wanted))
    seen: set[int] = set()
    for page in pages:
        walk.take_in([Item(key=str(key), is_known=is_known) for key, is_known in page])
        seen |= {key for key, _is_known in page}
        if walk.is_over:
            assert 2 * len(seen & wanted) > len(wanted) or not wanted


def test_the_newest_are_told_by_date_where_dates_are_printed() -> None:
    items = [
        Item(key=key, is_known=True, day=day) for key, day in (("a", "2020-01-01"), ("b", "2024-05-01"), ("c", None))
    ]
    assert newest(items) == ["b", "a", "c"][:MARKS]
    assert newest(known(5, 4, 3, 2)) == ["5", "4", "3"]


@pytest.mark.parametrize(
    ("address", "page"),
    [(LISTING, 0), (f"{LISTING}?page=3", 3), (f"{LISTING}/", 0), (f"{LISTING}/page/2", 2), (f"{LISTING}?trang=7", 7)],
)
def test_pages_that_differ_by_a_number_are_of_one_section(address: str, page: int) -> None:
    assert Place.of(address) == Place(section=LISTING, page=page)


def test_a_page_whose_address_says_nothing_follows_the_one_that_shows_it() -> None:
    shown_by = Place(section=LISTING, page=2)
    posted = FoundLink(url=LISTING, kind="listing", method="POST", body=b"trang=3")
    unknown = FoundLink(url=f"{LISTING}?p=3", kind="listing")
    for link, is_further in ((posted, False), (unknown, True)):
        found = placed(link, shown_by=shown_by, is_further=is_further)
        assert (found.section, found.page) == (LISTING, 3)
    alone = placed(unknown, shown_by=shown_by)
    assert (alone.section, alone.page) == (f"{LISTING}?p=3", 0)


def test_articles_have_no_section() -> None:
    link = FoundLink(url=f"{LISTING}-1.html", kind="article")
    assert placed(link, shown_by=Place(section=LISTING, page=0)) == link


def test_the_parts_of_a_sitemap_are_its_further_pages() -> None:
    part = FoundLink(url="http://xa.example/s-2.xml", kind="sitemap")
    index = Place(section="http://xa.example/sitemap.xml", page=0)
    assert placed(part, shown_by=index).page == 1
    assert placed(part, shown_by=None).page == 0
