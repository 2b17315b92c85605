"""Articles that come together are kept just as those that come one after the other."""

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from pipelines.articlerecord import COMPARED, Sighted, content_sha256
from pipelines.articles import Stored, store_article, store_articles
from pipelines.database import open_database, writing
from pipelines.items import Article, Attachment, Image
from pipelines.search import index_article, rebuild

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)
PAGES = tuple(f"http://songmau.example/tin-{number}.html" for number in range(8))
FILES = tuple(f"http://songmau.example/tep-{number}.pdf" for number in range(4))
PICTURES = tuple(f"http://songmau.example/anh-{number}.jpg" for number in range(2))
TAGS = ("nông thôn mới", "giao thông", "chuyển đổi số")

# Every table that the store writes, told by names and not by the numbers of links.
TABLES = (
    "SELECT * FROM articles ORDER BY id",
    "SELECT * FROM article_revisions ORDER BY article, number",
    "SELECT * FROM article_urls ORDER BY article, url",
    "SELECT * FROM article_fields ORDER BY article, field",
    "SELECT article, name FROM article_tags JOIN tags ON tags.id = tag ORDER BY article, article_tags.rowid",
    "SELECT f.article, f.url, label, filename, position, links.url FROM attachments f JOIN links ON links.id = f.link",
    "SELECT f.article, f.url, caption, position, links.url FROM images f JOIN links ON links.id = f.link",
    "SELECT article, at, kind, capture, details FROM events",
    "SELECT url, kind, priority, state FROM links ORDER BY url",
    "SELECT rowid, * FROM articles_fts ORDER BY rowid",
)


@pytest.fixture
def db(tmp_path: Path) -> Iterable[Database]:
    with closing(mirror(tmp_path / "together")) as db:
        yield db


def mirror(output: Path) -> Database:
    """A mirror of one site with a capture for each page, and one page that redirects to another."""
    output.mkdir()
    db = open_database(output)
    with writing(db):
        db.execute("INSERT INTO sites VALUES ('songmau', 'Huyện Sông Mẫu', 'http://songmau.example/', 'auto')")
        db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('songmau', 'crawl', '2026-03-01T02:00:00.000Z')")
        for number, url in enumerate(PAGES):
            db.execute(
                "INSERT INTO captures (id, run, site, url, fetched_at, status, body_sha256, redirect_to) "
                "VALUES (?, 1, 'songmau', ?, '2026-03-01T02:00:00.000Z', ?, ?, ?)",
                [number + 1, url, 301 if number == 6 else 200, str(number), PAGES[7] if number == 6 else None],
            )
    return db


def sighted(page: int, *, identity: str | None = None, **article: object) -> Sighted:
    reading = {
        "url": PAGES[page],
        "title": f"Tin {page}",
        "body": "Nội dung.",
        "body_html": "<p>Nội dung.</p>",
    } | article
    return Sighted(
        article=Article(**reading),  # type: ignore[arg-type]
        site="songmau",
        identity=identity or PAGES[page],
        run=1,
        capture=page + 1,
        at=AT + timedelta(minutes=page),
        reader_version="1",
    )


def any_sighted(chance: random.Random) -> Sighted:
    """A reading of some page, which often is one that came before, changed or under another address."""
    page = chance.randrange(len(PAGES))
    return sighted(
        page,
        identity=PAGES[chance.randrange(len(PAGES))] if chance.random() < 0.3 else None,
        title=f"Tin {chance.randrange(3)}",
        category=chance.choice([None, "Tin tức"]),
        tags=tuple(chance.sample(TAGS, k=chance.randrange(3))),
        fields={"title": "family", "body": chance.choice(["family", "density"])},
        agrees={"title": chance.random() < 0.5},
        attachments=tuple(
            Attachment(url=url, label=chance.choice(["Tải về", "Xem"])) for url in chance.sample(FILES, k=2)
        ),
        images=tuple(Image(url=url, caption="Quang cảnh") for url in chance.sample(PICTURES, k=1)),
    )


def contents(db: Database) -> list[list[tuple[object, ...]]]:
    return [sorted(db.execute(sql).fetchall(), key=repr) for sql in TABLES]


def together(db: Database, readings: Sequence[Sighted]) -> list[Stored]:
    with writing(db):
        return store_articles(db, readings)


def one_by_one(db: Database, readings: Sequence[Sighted]) -> list[Stored]:
    stored = []
    for reading in readings:
        with writing(db):
            stored.append(store_article(db, reading))
    return stored


@pytest.mark.parametrize("seed", range(12))
def test_what_comes_together_is_kept_as_what_comes_one_by_one(db: Database, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a fixed choice of readings
    readings = [any_sighted(chance) for _ in range(40)]
    with closing(mirror(tmp_path / "one by one")) as other:
        assert together(db, readings) == one_by_one(other, readings)
        assert contents(db) == contents(other)


def test_new_articles_are_indexed_as_they_are_when_all_are_indexed_anew(db: Database) -> None:
    together(db, [sighted(0, attachments=(Attachment(url=FILES[0]),))])
    db.execute(
        "INSERT INTO files (sha256, path, bytes, first_seen_at, text_state, text) "
        "VALUES ('ab', 'files/ab', 1, '', 'done', 'Lời văn của tệp')"
    )
    db.execute("UPDATE attachments SET state = 'stored', sha256 = 'ab', filename = 'tệp.pdf'")
    index_article(db, 1)
    files = (Attachment(url=FILES[0], label="Tải về"), Attachment(url=FILES[1]))
    people = {"author": "Trần Ví Dụ", "author_unit": "Phòng Văn hóa", "source": "Cổng huyện"}
    new = [
        sighted(1, lead="Mở đầu.", tags=TAGS, attachments=files, **people),
        sighted(2, source="Cổng huyện", attachments=files[1:]),
        sighted(3, attachments=files[:1]),
    ]
    together(db, new)
    indexed = indexed_words(db)
    rebuild(db)
    assert indexed_words(db) == indexed
    assert "lời văn của tệp" in indexed[1][5]


def indexed_words(db: Database) -> list[list[set[str]]]:
    """The lines of each indexed text of each article: tags and files may stand in any order."""
    rows = db.execute("SELECT * FROM articles_fts ORDER BY rowid").fetchall()
    return [[set(text.split("\n")) for text in texts] for texts in rows]


def test_an_article_that_comes_twice_in_one_batch_is_one_article(db: Database) -> None:
    assert together(db, [sighted(0), sighted(0), sighted(0, title="Tin khác")]) == [
        Stored(1, "new"),
        Stored(1, "unchanged"),
        Stored(1, "changed"),
    ]


def test_an_article_that_moves_within_one_batch_keeps_its_number(db: Database) -> None:
    assert [stored.article for stored in together(db, [sighted(1), sighted(6), sighted(7)])] == [1, 2, 2]
    assert db.execute("SELECT kind FROM events WHERE article = 2 ORDER BY id").fetchall()[-1] != ("created",)
    assert db.execute("SELECT url FROM articles WHERE id = 2").fetchone() == (PAGES[7],)


def test_a_file_of_two_articles_is_asked_for_once(db: Database) -> None:
    files = (Attachment(url=FILES[0], label="Tải về"),)
    together(db, [sighted(0, attachments=files), sighted(1, attachments=files)])
    assert db.execute("SELECT count(*) FROM links").fetchone() == (1,)
    assert db.execute("SELECT count(DISTINCT link) FROM attachments").fetchone() == (1,)


def test_what_a_file_came_to_is_said_to_an_article_that_comes_later(db: Database) -> None:
    files = (Attachment(url=FILES[0], label="Tải về"),)
    together(db, [sighted(0, attachments=files)])
    db.execute("UPDATE attachments SET state = 'missing', error = 'HTTP 404'")
    db.execute("UPDATE links SET state = 'failed'")
    together(db, [sighted(1, attachments=files), sighted(2, attachments=files)])
    assert db.execute("SELECT state, error FROM attachments").fetchall() == [("missing", "HTTP 404")] * 3


@settings(deadline=None)  # other programs on the machine are no failure
@given(
    st.lists(st.none() | st.text(), min_size=len(COMPARED), max_size=len(COMPARED)),
    st.lists(st.tuples(st.text(), st.none() | st.text())),
    st.lists(st.text()),
)
def test_the_hash_of_a_record_is_that_of_its_plain_json(
    values: list[str | None], files: list[tuple[str, str | None]], tags: list[str]
) -> None:
    """Mirrors hold such hashes: however they are made, they stay the same."""
    record = dict(zip(COMPARED, values, strict=True))
    plain = json.dumps([*record.items(), ("attachments", files), ("tags", tags)], ensure_ascii=False)
    assert content_sha256(record, files, tags) == hashlib.sha256(plain.encode()).hexdigest()
