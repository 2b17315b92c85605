"""Atom feeds of a mirror: what RFC 4287 asks, what stays the same, and what hostile pages cannot do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from atomrules import ATOM, XML, broken_rules, entries_in, links, parsed, text
from hypothesis import given
from hypothesis import strategies as st
from test_store import ARTICLE, AT, HOME, PAGE, PDF, SITE, Clock, capture, file, page

from pipelines.database import writing
from pipelines.errors import StoreError
from pipelines.feeds import (
    Addresses,
    Entry,
    Feed,
    Link,
    atom,
    changed_entries,
    feed_id,
    latest,
    new_entries,
    search_entries,
)
from pipelines.filters import Filters
from pipelines.frontier_rows import add_links, find_link
from pipelines.items import Article, Attachment, FoundLink, PageItem
from pipelines.store import Store
from pipelines.storedarticles import stored_articles

VIETNAM = timezone(timedelta(hours=7))
FEED = Feed(id="tag:x.example,2026-11-22:govnews/new", title="Huyện X", updated=AT)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store(tmp_path / "output", clock=clock)
    opened.begin_run(SITE, [], kind="crawl")
    yield opened
    opened.close()


def keep(store: Store, number: int, **changes: Any) -> None:
    """Commit an article at an address of its own."""
    url = f"{HOME}tin-{number}"
    known = {"url": url, "title": f"Tin số {number}", "attachments": (), "images": ()}
    link = FoundLink(url=url, kind="article")
    with writing(store.db):
        add_links(store.db, "x", [link], at=AT)
    body = f"<html>{number} {changes}</html>".encode()
    store.commit_page(
        PageItem(
            link=find_link(store.db, "x", url)[0],
            capture=capture(url, body=body, fetched_at=store.clock()),
            reading=replace(ARTICLE, **(known | changes)),
            identity=f"x/tin-{number}",
        )
    )


def document(entries: list[Entry], feed: Feed = FEED) -> bytes:
    return b"".join(atom(feed, entries))


def only(entries: list[Entry]) -> Any:
    [entry] = entries_in(document(entries))
    return entry


def test_a_feed_keeps_the_rules_of_rfc_4287(store: Store) -> None:
    for number in range(1, 4):
        keep(store, number)
    made = document(new_entries(store.db), replace(FEED, id=feed_id(store.db, "new", site="x")))
    assert broken_rules(made) == []
    assert [text(entry, "title") for entry in entries_in(made)] == ["Tin số 3", "Tin số 2", "Tin số 1"]


def test_a_feed_without_entries_keeps_them_too(store: Store) -> None:
    made = document(new_entries(store.db), replace(FEED, updated=latest([], AT)))
    assert broken_rules(made) == []
    assert text(parsed(made), "updated") == "2026-11-22T08:00:00.000Z"


def test_an_entry_says_who_wrote_what_and_when(store: Store) -> None:
    changes = {"author": "Lê An; Hồ Lam", "category": "Tin trong huyện", "tags": ("lúa", "Tin trong huyện")}
    keep(store, 1, **changes, language="vi")
    entry = only(new_entries(store.db))
    assert [author.findtext(f"{ATOM}name") for author in entry.iterchildren(f"{ATOM}author")] == ["Lê An", "Hồ Lam"]
    assert [one.get("term") for one in entry.iterchildren(f"{ATOM}category")] == ["Tin trong huyện", "lúa"]
    assert text(entry, "published") == "2024-05-07T00:30:00+07:00"
    assert text(entry, "updated") == "2026-11-22T08:00:00.000Z"
    assert text(entry, "summary") == "Sáng nay huyện họp."
    assert text(entry, "content") == ARTICLE.body_html
    assert entry.get(f"{XML}lang") == "vi"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"author": None, "author_unit": "Ban Biên tập"}, "Ban Biên tập"),
        ({"author": None, "author_unit": None}, "Huyện X"),
        ({"author": " ; "}, "Huyện X"),
    ],
)
def test_an_entry_without_a_named_author_is_by_its_unit_or_its_site(
    store: Store, changes: dict[str, Any], name: str
) -> None:
    keep(store, 1, **changes)
    assert only(new_entries(store.db)).findtext(f"{ATOM}author/{ATOM}name") == name


def test_a_bare_day_is_never_made_a_time(store: Store) -> None:
    keep(store, 1, published_at=date(2024, 5, 7))
    entry = only(new_entries(store.db))
    assert text(entry, "published") is None
    assert entry.findtext("{http://purl.org/dc/terms/}issued") == "2024-05-07"


def test_without_a_lead_the_summary_is_the_opening_of_the_body(store: Store) -> None:
    keep(store, 1, lead=None, body="một hai ba " * 100)
    summary = text(only(new_entries(store.db)), "summary") or ""
    assert summary.startswith("một hai ba")
    assert summary.endswith(" …")
    assert len(summary) < 410


def test_a_stored_attachment_is_an_enclosure_with_its_type_and_length(store: Store, tmp_path: Path) -> None:
    missing = f"{HOME}thieu.pdf"
    keep(store, 1, attachments=(Attachment(url=PDF, label="Tải về"), Attachment(url=missing, label="Phụ lục")))
    store.commit_file(file(store, PDF, b"%PDF-1.4 mau", tmp_path, filename="Quyết định 12.pdf"))
    stored, pending = links(only(new_entries(store.db)), "enclosure")
    assert stored == {
        "rel": "enclosure",
        "href": PDF,
        "type": "application/pdf",
        "length": "12",
        "title": "Quyết định 12.pdf",
    }
    assert pending == {"rel": "enclosure", "href": missing, "title": "Phụ lục"}


def test_with_pages_of_our_own_the_original_becomes_the_source(store: Store, tmp_path: Path) -> None:
    keep(store, 1, attachments=(Attachment(url=PDF), Attachment(url=f"{HOME}thieu.pdf")))
    store.commit_file(file(store, PDF, b"%PDF-1.4 mau", tmp_path))
    ours = Addresses(
        article=lambda number: f"https://guong.example/bai/{number}",
        file=lambda stored: f"https://guong.example/tep/{stored.sha256}",
    )
    entry = only(new_entries(store.db, addresses=ours))
    assert [link["href"] for link in links(entry, "alternate")] == ["https://guong.example/bai/1"]
    assert [link["href"] for link in links(entry, "via")] == [f"{HOME}tin-1"]
    hrefs = [link["href"] for link in links(entry, "enclosure")]
    assert hrefs[0].startswith("https://guong.example/tep/")
    assert hrefs[1] == f"{HOME}thieu.pdf", "what is not stored is not ours to give"


def test_an_id_survives_edits_and_a_move(store: Store, clock: Clock) -> None:
    keep(store, 1)
    before = text(only(new_entries(store.db)), "id")
    clock.time += timedelta(days=3)
    keep(store, 1, title="Tiêu đề mới", url=f"{HOME}tin-moi-1")
    after = only(new_entries(store.db))
    assert (text(after, "title"), text(after, "id")) == ("Tiêu đề mới", before)
    assert text(after, "updated") == "2026-11-25T08:00:00.000Z"


def test_ids_of_strange_identities_and_hosts_are_tag_uris(store: Store) -> None:
    for url in ("http://xã-mẫu.example/tin?a=1#b", "http://127.0.0.1:8080/đường dẫn", "http://[::1]/x", "http://a_b/%"):
        with writing(store.db):
            add_links(store.db, "x", [FoundLink(url=url, kind="article")], at=AT)
        link, _state = find_link(store.db, "x", url)
        item = PageItem(link=link, capture=capture(url), reading=replace(ARTICLE, url=url), identity=f'{url} "<b>')
        store.commit_page(item)
    made = document(new_entries(store.db))
    assert broken_rules(made) == []
    assert len({text(entry, "id") for entry in entries_in(made)}) == 4


def test_what_happened_to_articles_is_a_feed_of_its_own(store: Store, clock: Clock) -> None:
    keep(store, 1)
    keep(store, 2)
    clock.time += timedelta(days=1)
    keep(store, 1, title="Tiêu đề đã sửa")
    clock.time += timedelta(days=1)
    keep(store, 1, title="Tiêu đề sửa lần hai")
    made = document(changed_entries(store.db))
    assert broken_rules(made) == []
    second, first = entries_in(made)
    assert text(second, "title") == "Edited: Tiêu đề sửa lần hai"
    assert text(first, "summary") == "changed: title"
    assert text(first, "updated") == "2026-11-23T08:00:00.000Z"
    assert text(first, "id") != text(second, "id")
    assert first.find(f"{ATOM}category").get("term") == "edited"
    words = {"edited": "Biên tập"}
    assert changed_entries(store.db, words=words)[0].title == "Biên tập: Tiêu đề sửa lần hai"


def test_feeds_are_of_a_site_of_a_search_and_come_in_pages(store: Store) -> None:
    for number in range(1, 6):
        keep(store, number)
    store.begin_run(SITE | {"id": "y"}, [], kind="crawl")
    with writing(store.db):
        add_links(store.db, "y", [FoundLink(url=PAGE, kind="article")], at=AT)
    item = page(store, replace(ARTICLE, title="Gặt lúa ở xã Y"))
    store.commit_page(replace(item, link=find_link(store.db, "y", PAGE)[0]))
    assert [entry.title for entry in new_entries(store.db, site="y")] == ["Gặt lúa ở xã Y"]
    assert [entry.title for entry in new_entries(store.db, site="x", limit=2, offset=1)] == ["Tin số 4", "Tin số 3"]
    assert [entry.title for entry in search_entries(store.db, "gat lua")] == ["Gặt lúa ở xã Y"]
    assert [entry.title for entry in search_entries(store.db, "hoi nghi tin so", limit=1)] == []
    assert len(search_entries(store.db, "tin so", Filters(until=date(2024, 5, 7)))) == 5
    assert search_entries(store.db, "tin so", Filters(site="y")) == []
    assert search_entries(store.db, "tin so", Filters(tag="không có")) == []
    assert len(search_entries(store.db, "tin so", Filters(tag="nông thôn mới", with_attachment=False))) == 5
    assert search_entries(store.db, '"') == []
    assert changed_entries(store.db, site="y") == []


def test_feed_ids_differ_by_kind_site_and_words_and_stay(store: Store) -> None:
    keep(store, 1)
    made = {
        feed_id(store.db, "new"),
        feed_id(store.db, "changed"),
        feed_id(store.db, "new", site="x"),
        feed_id(store.db, "new", words="đức thọ"),
    }
    assert len(made) == 4
    assert feed_id(store.db, "new") == "tag:x.example,2026-11-22:govnews/20261122080000000/new"
    store.begin_run(SITE, [], kind="crawl")
    assert feed_id(store.db, "new") in made, "a later run changes nothing"


def test_links_of_the_feed_are_the_callers(store: Store) -> None:
    feed = replace(
        FEED,
        subtitle="Tin mới trong bản lưu",
        is_complete=True,
        links=(
            Link(rel="self", href="https://guong.example/moi.atom?trang=2", type="application/atom+xml"),
            Link(rel="next", href="https://guong.example/moi.atom?trang=3"),
        ),
    )
    keep(store, 1)
    made = document(new_entries(store.db), feed)
    assert broken_rules(made) == []
    assert [link["href"] for link in links(parsed(made), "next")] == ["https://guong.example/moi.atom?trang=3"]
    assert parsed(made).find("{http://purl.org/syndication/history/1.0}complete") is not None


HOSTILE: dict[str, Any] = {
    "title": "Tin\x00 \x0b]]><script>alert(1)</script>&bogus;\ufffe",
    "lead": "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>&a;",
    "body_html": "<p>]]&gt;</p>\x1f<script>alert(1)</script>",
    "author": "\x08Lê An\x08",
    "category": "\x02",
    "language": 'vi" onload="x',
    "attachments": (
        Attachment(url="javascript:alert(1)", label="x"),
        Attachment(url='http://x.example/a b"<>\x07.pdf', label='"><x>\x00'),
    ),
}


def test_hostile_text_neither_breaks_the_document_nor_gets_out_of_its_place(store: Store) -> None:
    keep(store, 1, **HOSTILE)
    made = document(new_entries(store.db))
    assert broken_rules(made) == []
    [entry] = entries_in(made)
    assert text(entry, "title") == "Tin ]]><script>alert(1)</script>&bogus;"
    assert text(entry, "summary") == HOSTILE["lead"]
    assert entry.get(f"{XML}lang") is None
    assert [link["href"] for link in links(entry, "enclosure")] == ["http://x.example/a%20b%22%3C%3E.pdf"]
    assert b"<script" not in made


@given(st.text(st.characters()), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_makes_a_document_that_parses(title: str, html: str) -> None:
    entry = Entry(id="tag:x.example,2026:1", title=title, updated=AT, html=html, authors=("An",), categories=(title,))
    feed = replace(FEED, title=title)
    made = parsed(document([entry], feed))
    assert made.findtext(f"{ATOM}entry/{ATOM}id") == entry.id


def test_the_document_comes_in_pieces_of_one_entry(store: Store) -> None:
    for number in range(1, 4):
        keep(store, number)
    pieces = list(atom(FEED, iter(new_entries(store.db))))
    assert len(pieces) == 4
    assert all(piece.count(b"<entry") <= 1 for piece in pieces)


def test_the_same_mirror_gives_the_same_bytes(store: Store) -> None:
    keep(store, 1)
    assert document(new_entries(store.db)) == document(new_entries(store.db))


def test_a_mirror_of_an_older_version_is_named_as_such(store: Store) -> None:
    store.db.execute("DROP INDEX articles_ranked")
    with pytest.raises(StoreError, match="older version"):
        new_entries(store.db)
    store.db.execute("DROP TABLE events")
    with pytest.raises(StoreError, match="older version"):
        changed_entries(store.db)


def test_a_row_that_another_hand_spoilt_is_named(store: Store) -> None:
    keep(store, 1)
    with writing(store.db):
        store.db.execute("UPDATE articles SET published_at = 'hôm qua'")
    with pytest.raises(StoreError, match=r"article 1 \(http://x.example/tin-1\)"):
        new_entries(store.db)


def test_times_are_compared_as_times_and_not_as_text() -> None:
    early = Entry(id="a", title="", updated=datetime(2026, 1, 1, 6, tzinfo=VIETNAM))
    late = Entry(id="b", title="", updated=datetime(2026, 1, 1, 1, tzinfo=UTC))
    assert latest([early, late], AT) == late.updated


def test_an_article_is_read_back_as_it_was_kept(store: Store) -> None:
    keep(store, 1, attachments=(Attachment(url=PDF, label="Tải về"),))
    [stored] = stored_articles(store.db, [1, 99])
    expected: Article = replace(
        ARTICLE,
        url=f"{HOME}tin-1",
        site="x",
        title="Tin số 1",
        images=(),
        attachments=(Attachment(url=PDF, label="Tải về"),),
        agrees={},
    )
    assert stored.article == expected
