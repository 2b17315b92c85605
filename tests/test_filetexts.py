"""The pass that takes the text out of the files of a mirror, on real files in a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from crawler import sample
from pipelines.database import writing
from pipelines.filetexts import read_pending_files
from pipelines.frontier_rows import add_links, find_link
from pipelines.items import Article, Attachment, Capture, FileItem, FoundLink, PageItem
from pipelines.search import search
from pipelines.store import Store

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PAGE = "http://x.example/tin-1"
FILES = sorted((Path(sample.__file__).parent / "files").glob("*.pdf"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A mirror with one article that has a PDF, a broken PDF and a picture under an attachment's link."""
    opened = Store(tmp_path / "output")
    opened.begin_run({"id": "x", "title": "X", "home": "http://x.example/", "family": "auto"}, [], kind="crawl")
    contents = {
        "a.pdf": (FILES[0].read_bytes(), "application/pdf"),
        "b.pdf": (b"%PDF-1.4 broken", "application/pdf"),
        "c.png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png"),
    }
    attachments = tuple(Attachment(url=f"http://x.example/{name}", label="Tải về") for name in contents)
    article = Article(
        url=PAGE, title="Thông báo", body="Xem tệp.", body_html="<p>Xem tệp.</p>", attachments=attachments
    )
    with writing(opened.db):
        add_links(opened.db, "x", [FoundLink(url=PAGE, kind="article")], at=AT)
    page = Capture(site="x", url=PAGE, fetched_at=AT, status=200)
    opened.commit_page(PageItem(link=find_link(opened.db, "x", PAGE)[0], capture=page, reading=article, identity="1"))
    for name, (content, mime) in contents.items():
        spool = tmp_path / name
        spool.write_bytes(content)
        url = f"http://x.example/{name}"
        opened.commit_file(
            FileItem(
                link=find_link(opened.db, "x", url)[0],
                capture=Capture(site="x", url=url, fetched_at=AT, status=200),
                spool=spool,
                size=len(content),
                sha256=sha256(content).hexdigest(),
                mime=mime,
                extension=name[-3:],
                state="stored",
            )
        )
    yield opened
    opened.close()


def states(store: Store) -> dict[str, str]:
    return {str(row["mime"]) + str(row["bytes"]): str(row["text_state"]) for row in store.db.table("files").rows}


def test_every_file_ends_in_a_state_and_a_picture_is_never_read(store: Store) -> None:
    counts = read_pending_files(store.db, store.output)
    assert counts == {"done": 1, "failed": 1}
    assert sorted(states(store).values()) == ["done", "failed", "unsupported"]
    detail = store.db.execute("SELECT text_detail FROM files WHERE text_state = 'failed'").fetchone()[0]
    assert detail


def test_a_second_pass_has_nothing_to_do(store: Store) -> None:
    read_pending_files(store.db, store.output)
    assert read_pending_files(store.db, store.output) == {}


def test_the_article_is_found_by_words_that_only_its_file_has(store: Store) -> None:
    assert search(store.db, "doc lap tu do").hits == ()
    read_pending_files(store.db, store.output)
    assert [hit.url for hit in search(store.db, "doc lap tu do").hits] == [PAGE]


def test_a_file_that_is_gone_from_the_disk_is_read_when_it_is_there_again(store: Store) -> None:
    files, away = store.output / "files", store.output / "away"
    files.rename(away)
    assert read_pending_files(store.db, store.output) == {"missing": 2}
    away.rename(files)
    assert read_pending_files(store.db, store.output) == {"done": 1, "failed": 1}
