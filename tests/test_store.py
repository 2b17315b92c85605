"""The store: one item, one transaction, in a real database."""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.clock import stamp
from pipelines.database import open_database, open_readonly, writing
from pipelines.errors import SchemaTooNewError, StoreError
from pipelines.frontier_rows import add_links, find_link
from pipelines.items import Article, Attachment, Capture, FileItem, FoundLink, Image, NotArticle, PageItem
from pipelines.report import run_report
from pipelines.revisits import visit_after
from pipelines.search import newest_matches
from pipelines.store import Store

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOME = "http://x.example/"
PAGE = "http://x.example/tin-1"
PDF = "http://x.example/van-ban.pdf"
PICTURE = "http://x.example/anh.jpg"
SITE = {"id": "x", "title": "Huyện X", "home": HOME, "family": "auto"}

ARTICLE = Article(
    url=PAGE,
    title="Hội nghị tổng kết",
    lead="Sáng nay huyện họp.",
    body="Đoạn một.\nĐoạn hai.",
    body_html="<p>Đoạn một.</p><p>Đoạn hai.</p>",
    published_at=datetime(2024, 5, 7, 0, 30, tzinfo=timezone(timedelta(hours=7))),
    author="Lê An",
    tags=("nông thôn mới",),
    images=(Image(url=PICTURE, caption="Quang cảnh"),),
    attachments=(Attachment(url=PDF, label="Tải về"),),
    fields={"title": "family", "body": "family"},
    agrees={"title": True},
)


class Clock:
    def __init__(self) -> None:
        self.time = AT

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store(tmp_path / "output", clock=clock)
    opened.begin_run(SITE, [{"name": "UBND huyện X", "valid_from": None, "valid_to": "2025-06-30"}], kind="crawl")
    with writing(opened.db):
        links = [FoundLink(url=HOME, kind="listing"), FoundLink(url=PAGE, kind="article")]
        add_links(opened.db, "x", links, at=AT)
    yield opened
    opened.close()


def capture(url: str, **changes: Any) -> Capture:
    body = changes.pop("body", b"<html>1</html>")
    digest = hashlib.sha256(body).hexdigest()
    known: dict[str, Any] = {"site": "x", "url": url, "fetched_at": AT, "status": 200, "body_sha256": digest}
    return Capture(**(known | changes))


def page(store: Store, article: Article = ARTICLE, **changes: Any) -> PageItem:
    link, _state = find_link(store.db, "x", PAGE)
    return PageItem(link=link, capture=capture(PAGE, **changes), reading=article, identity="x/tin-1")


def file(store: Store, url: str, content: bytes, tmp_path: Path, **changes: Any) -> FileItem:
    spool = tmp_path / "spool"
    spool.write_bytes(content)
    link, _state = find_link(store.db, "x", url)
    known: dict[str, Any] = {
        "spool": spool,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "mime": "application/pdf",
        "extension": "pdf",
        "state": "stored",
    }
    return FileItem(link=link, capture=capture(url, body=content), **(known | changes))


def one(store: Store, sql: str, *values: object) -> Any:
    return store.db.execute(sql, list(values)).fetchone()


def test_an_article_is_kept_with_everything_that_was_found(store: Store) -> None:
    store.commit_page(page(store))
    row = next(store.db.table("articles").rows)
    assert (row["title"], row["lead"], row["author"]) == ("Hội nghị tổng kết", "Sáng nay huyện họp.", "Lê An")
    assert row["published_at"] == "2024-05-07T00:30+07:00"
    assert row["published_date"] == "2024-05-07"
    assert one(store, "SELECT kind, number FROM article_revisions") == ("seen", 1)
    assert one(store, "SELECT name FROM tags JOIN article_tags ON tag = tags.id") == ("nông thôn mới",)
    assert one(store, "SELECT rule, agrees FROM article_fields WHERE field = 'title'") == ("family", 1)
    assert one(store, "SELECT agrees FROM article_fields WHERE field = 'body'") == (None,)
    assert one(store, "SELECT url, state, label FROM attachments") == (PDF, "pending", "Tải về")
    assert one(store, "SELECT url, state, caption FROM images") == (PICTURE, "pending", "Quang cảnh")


def test_its_files_wait_in_the_frontier_as_links_of_their_own(store: Store) -> None:
    store.commit_page(page(store))
    kinds = dict(store.db.execute("SELECT url, kind FROM links WHERE state = 'pending'").fetchall())
    assert kinds[PDF] == "file"
    assert kinds[PICTURE] == "image"


def test_a_file_that_is_shown_as_a_picture_too_is_asked_for_once(store: Store) -> None:
    article = replace(ARTICLE, images=(Image(url=PDF), Image(url=PICTURE)))
    store.commit_page(page(store, article))
    links = dict(store.db.execute("SELECT url, id FROM links WHERE kind IN ('file', 'image')").fetchall())
    assert one(store, "SELECT kind FROM links WHERE url = ?", PDF) == ("file",)
    assert store.db.execute("SELECT url, link FROM attachments").fetchall() == [(PDF, links[PDF])]
    assert sorted(store.db.execute("SELECT url, link FROM images").fetchall()) == sorted(links.items())


@pytest.mark.parametrize("published", [AT, AT - timedelta(days=9), date(2026, 11, 20), date(2024, 5, 7), None])
def test_a_new_article_is_looked_at_again_as_its_row_says(store: Store, published: datetime | date | None) -> None:
    store.commit_page(page(store, replace(ARTICLE, published_at=published)))
    as_asked = stamp(visit_after(store.db, "x", 1, at=AT))
    assert one(store, "SELECT revisit_at FROM links WHERE url = ?", PAGE) == (as_asked,)


def test_the_articles_of_a_slow_crawl_are_summarised_while_it_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(number: int) -> Any:
        new = replace(ARTICLE, url=f"{HOME}tin-{number}", title=f"Tin {number}")
        store.commit_page(replace(page(store, new), identity=f"x/tin-{number}"))
        return one(store, "SELECT coalesce(sum(articles), 0) FROM article_months")[0]

    assert [add(number) for number in (1, 2, 3)] == [1, 1, 1]
    monkeypatch.setattr("pipelines.store.SUMMARISED_EVERY", 0)
    assert add(4) == 4


def test_pictures_are_not_asked_for_where_the_site_file_says_so(store: Store) -> None:
    store.commit_page(replace(page(store), fetch_images=False))
    assert one(store, "SELECT link FROM images") == (None,)


def test_the_same_reading_again_changes_nothing_but_the_time_it_was_seen(store: Store, clock: Clock) -> None:
    store.commit_page(page(store))
    before = next(store.db.table("articles").rows)
    clock.time = AT + timedelta(days=1)
    store.commit_page(page(store, fetched_at=clock.time))
    after = next(store.db.table("articles").rows)
    assert {name for name in before if before[name] != after[name]} == {"last_seen_at"}
    assert store.db.table("article_revisions").count == 1


def test_an_edited_article_makes_a_revision_that_names_what_changed(store: Store) -> None:
    store.commit_page(page(store))
    store.commit_page(page(store, replace(ARTICLE, body="Đoạn một đã sửa."), body=b"<html>2</html>"))
    assert one(store, "SELECT kind, changed FROM article_revisions WHERE number = 2") == ("edited", "body")
    assert one(store, "SELECT body FROM articles") == ("Đoạn một đã sửa.",)
    assert one(store, "SELECT body FROM article_revisions WHERE number = 1") == ("Đoạn một.\nĐoạn hai.",)


@pytest.mark.parametrize("cut", [{"truncated": "disconnect"}, {"error": "the gzip data ends too early"}])
def test_an_answer_that_broke_off_edits_nothing(store: Store, cut: dict[str, str]) -> None:
    store.commit_page(page(store))
    store.commit_page(page(store, replace(ARTICLE, body="Đoạn một."), body=b"<html>", **cut))
    assert one(store, "SELECT body, count(*) FROM article_revisions") == (ARTICLE.body, 1)
    assert one(store, "SELECT count(*) FROM events WHERE kind = 'edited'") == (0,)


def test_an_article_of_an_answer_that_broke_off_is_better_than_none(store: Store) -> None:
    store.commit_page(page(store, truncated="disconnect"))
    assert one(store, "SELECT count(*) FROM articles") == (1,)


def test_another_reading_of_the_same_bytes_is_no_edit(store: Store) -> None:
    store.commit_page(page(store))
    store.commit_page(page(store, replace(ARTICLE, title="Hội nghị tổng kết năm")))
    assert one(store, "SELECT kind, changed FROM article_revisions WHERE number = 2") == ("re-read", "title")


def test_one_article_under_two_addresses_is_one_article(store: Store) -> None:
    store.commit_page(page(store))
    store.commit_page(page(store, replace(ARTICLE, url=PAGE + "?cat=2", category="Thông báo")))
    assert store.db.table("articles").count == 1
    urls = store.db.execute("SELECT url, category FROM article_urls ORDER BY url").fetchall()
    assert urls == [(PAGE, None), (PAGE + "?cat=2", "Thông báo")]


def test_a_file_is_stored_once_by_its_hash(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    store.commit_file(file(store, PDF, b"%PDF-1.4 x", tmp_path, filename="Văn bản.pdf"))
    state, sha256, filename = one(store, "SELECT state, sha256, filename FROM attachments")
    path, size = one(store, "SELECT path, bytes FROM files WHERE sha256 = ?", sha256)
    assert (state, filename, size) == ("stored", "Văn bản.pdf", 10)
    assert (store.output / path).read_bytes() == b"%PDF-1.4 x"
    assert not (tmp_path / "spool").exists()


def test_a_file_that_another_article_brought_in_is_stored_for_the_next_one_too(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    store.commit_file(file(store, PDF, b"%PDF-1.4 x", tmp_path))
    store.db.execute("UPDATE files SET text = 'Phương án phòng cháy'")
    store.commit_page(replace(page(store, replace(ARTICLE, url=HOME, title="Tin khác")), identity="x/tin-2"))
    assert store.db.execute("SELECT state FROM attachments").fetchall() == [("stored",), ("stored",)]
    assert newest_matches(store.db, "phong chay") == [2]


def test_a_missing_file_is_a_row_with_its_reason(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    gone = file(store, PDF, b"", tmp_path, state="missing", error="HTTP 404", sha256=None)
    store.commit_file(replace(gone, capture=capture(PDF, status=404)))
    state, error, tries, next_try = one(store, "SELECT state, error, tries, next_try_at FROM attachments")
    assert (state, error, tries) == ("missing", "HTTP 404", 1)
    assert next_try > "2026-11-22"
    assert store.db.table("files").count == 0


def test_a_later_failure_never_takes_stored_bytes_back(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    store.commit_file(file(store, PDF, b"%PDF-1.4 x", tmp_path))
    gone = file(store, PDF, b"", tmp_path, state="missing", sha256=None)
    store.commit_file(replace(gone, capture=capture(PDF, status=404)))
    assert one(store, "SELECT state FROM attachments") == ("stored",)


def test_a_redirected_file_is_waited_for_at_its_new_address(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    moved = file(store, PDF, b"", tmp_path, state="redirected", sha256=None)
    target = "http://files.example/van-ban.pdf"
    onward = FoundLink(url=target, kind="file")
    store.commit_file(replace(moved, capture=capture(PDF, status=302, redirect_to=target), redirect=onward))
    store.commit_file(file(store, target, b"%PDF-1.4 y", tmp_path))
    assert one(store, "SELECT url, state FROM attachments") == (PDF, "stored")


def test_a_redirect_of_a_page_becomes_a_link(store: Store) -> None:
    onward = FoundLink(url=PAGE + "-moi", kind="article")
    store.commit_page(replace(page(store), capture=capture(PAGE, status=301), reading=None, redirect=onward))
    assert find_link(store.db, "x", PAGE + "-moi")[1] == "pending"
    assert find_link(store.db, "x", PAGE)[1] == "done"


def test_a_redirect_without_end_is_given_up(store: Store) -> None:
    url = PAGE
    for hop in range(10):
        link = store.db.execute("SELECT id FROM links WHERE url = ?", [url]).fetchone()
        if link is None:
            break
        target = f"{PAGE}/{hop}"
        onward = FoundLink(url=target, kind="article")
        store.commit_page(PageItem(link=link[0], capture=capture(url, status=302), redirect=onward))
        url = target
    assert store.db.table("links").count_where("url LIKE ?", [PAGE + "/%"]) == 5


def test_a_listing_leaves_links_and_sightings(store: Store) -> None:
    link, _state = find_link(store.db, "x", HOME)
    found = (
        FoundLink(url=PAGE, kind="article", is_listed=True, title="Tin 1", date_text="07/05/2024", position=1),
        FoundLink(url=HOME + "lien-he", kind="listing"),
    )
    item = PageItem(link=link, capture=capture(HOME), reading=NotArticle(url=HOME, reason="listing"), links=found)
    store.commit_page(item)
    store.commit_page(item)
    assert store.db.execute("SELECT url, listing, title, position FROM sightings").fetchall() == [
        (PAGE, HOME, "Tin 1", 1)
    ]
    assert find_link(store.db, "x", HOME + "lien-he")[1] == "pending"
    assert one(store, "SELECT reading FROM captures") == ("not an article: listing",)


def test_a_page_that_turned_out_to_be_a_listing_is_asked_again_as_one(store: Store) -> None:
    store.commit_page(replace(page(store), reading=NotArticle(url=PAGE, reason="listing")))
    assert one(store, "SELECT kind FROM links WHERE url = ?", PAGE) == ("listing",)


def test_a_page_that_could_not_be_read_is_kept_counted_and_named(store: Store) -> None:
    store.commit_page(replace(page(store), reading=None, unreadable="RecursionError: too deep"))
    report = run_report(store.db, store.run)
    assert report.run["unreadable"] == 1
    assert report.unreadable.first == [(PAGE, "unreadable: RecursionError: too deep")]


def test_a_run_counts_what_it_did(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    store.commit_file(file(store, PDF, b"%PDF-1.4 x", tmp_path))
    store.end_run("ok")
    run = run_report(store.db, store.run).run
    assert (run["requests"], run["articles_new"], run["files_new"]) == (2, 1, 1)
    assert run["outcome"] == "ok"


def test_nothing_of_an_item_is_kept_when_a_part_of_it_cannot_be(store: Store) -> None:
    bad = page(store, replace(ARTICLE, attachments=(Attachment(url=None),)))  # type: ignore[arg-type]  # a fault on purpose
    with pytest.raises(sqlite3.IntegrityError):
        store.commit_page(bad)
    assert store.db.table("articles").count == 0
    assert store.db.table("captures").count == 0
    assert find_link(store.db, "x", PAGE)[1] == "pending"


def test_a_killed_run_is_closed_by_the_next_one(store: Store) -> None:
    first = store.run
    store.begin_run(SITE, [], kind="crawl")
    assert one(store, "SELECT outcome, detail FROM runs WHERE id = ?", first) == ("interrupted", "killed")


def test_the_publisher_of_a_time_is_kept(store: Store) -> None:
    assert one(store, "SELECT name, valid_to FROM publishers") == ("UBND huyện X", "2025-06-30")


def test_every_reference_holds_and_the_database_is_whole(store: Store, tmp_path: Path) -> None:
    store.commit_page(page(store))
    store.commit_file(file(store, PDF, b"%PDF-1.4 x", tmp_path))
    assert one(store, "PRAGMA foreign_keys") == (1,)
    assert one(store, "PRAGMA journal_mode") == ("wal",)
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert one(store, "PRAGMA integrity_check") == ("ok",)


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    db = open_database(tmp_path)
    db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('govnews', 'm999_later', '2030')"
    )
    db.close()
    for opener in (open_database, open_readonly):
        with pytest.raises(SchemaTooNewError, match=r"newer version .*m999_later.*upgrade"):
            opener(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mirror.db").write_bytes(b"this is no database" * 100)
    for opener in (open_database, open_readonly):
        with pytest.raises(StoreError, match=r"mirror\.db"):
            opener(tmp_path)


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file stands here")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "output")


def test_reading_a_mirror_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="govnews demo"):
        open_readonly(tmp_path)
