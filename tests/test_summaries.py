"""The kept summaries say what a count over the articles would say, whatever is written, changed or taken away."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from pipelines.database import open_database, writing
from pipelines.summaries import summarise, summarise_now_and_then

SITES = ("songmau", "nuimau")
DAYS = (None, "2024-05-07", "2024-05-08", "2025-01-02")
UNITS = (None, "Phòng Văn hóa", 'Trạm "Y tế"')
AUTHORS = (None, "Trần Ví Dụ", "Trần Ví Dụ; Lê Thử", "Lê Thử; Lê Thử", 'Người "Ngoặc" \\ kép; ', "; ")
SECTIONS = (None, "Tin tức", "Thông báo")
TAGS = ("nông thôn mới", "giao thông", "chuyển đổi số")

COUNTED = """
    WITH people AS (
        SELECT articles.id, site, trim(value) AS name FROM articles,
            json_each('[' || replace(json_quote(author), '; ', '","') || ']') WHERE author IS NOT NULL
    ), every AS (
        SELECT 'unit' AS kind, author_unit AS name, id, site FROM articles WHERE author_unit IS NOT NULL
        UNION SELECT 'section', category, id, site FROM articles WHERE category IS NOT NULL
        UNION SELECT 'author', name, id, site FROM people WHERE name != ''
        UNION SELECT 'tag', tags.name, articles.id, site FROM article_tags
            JOIN tags ON tags.id = article_tags.tag JOIN articles ON articles.id = article_tags.article
    )
"""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path)) as db:
        with writing(db):
            for site in SITES:
                db.execute("INSERT INTO sites VALUES (?, ?, 'http://mau.example/', 'auto')", [site, site])
            db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('songmau', 'import', '2026-01-01T00:00:00Z')")
            db.execute(
                "INSERT INTO captures (run, site, url, fetched_at, status) "
                "VALUES (1, 'songmau', 'http://mau.example/', '2026-01-01T00:00:00Z', 200)"
            )
            for number, tag in enumerate(TAGS, start=1):
                db.execute("INSERT INTO tags VALUES (?, ?)", [number, tag])
        yield db


def add(db: Database, number: int, **columns: object) -> None:
    row = {
        "id": number,
        "site": "songmau",
        "identity": str(number),
        "url": f"http://mau.example/{number}",
        "title": "Tin",
        "body": "",
        "body_html": "",
        "quality": 1,
        "reader_version": "1",
        "content_sha256": "",
        "capture": 1,
        "first_seen_at": "",
        "last_seen_at": "",
        "last_changed_at": "",
    } | columns
    db.execute(f"INSERT INTO articles ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def assert_true_to_the_articles(db: Database) -> None:
    months = db.execute("SELECT site, month, articles FROM article_months").fetchall()
    counted = db.execute(
        "SELECT site, substr(coalesce(published_date, ''), 1, 7), count(*) FROM articles GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    assert months == counted
    names = db.execute("SELECT kind, name, site, articles FROM names ORDER BY 1, 2, 3").fetchall()
    assert (
        names
        == db.execute(
            COUNTED + "SELECT kind, name, site, count(DISTINCT id) FROM every GROUP BY 1, 2, 3 "
            "UNION ALL SELECT kind, name, '', count(DISTINCT id) FROM every GROUP BY 1, 2 ORDER BY 1, 2, 3"
        ).fetchall()
    )
    listed = db.execute("SELECT kind, name, day, article, site FROM article_names ORDER BY 1, 2, 3, 4").fetchall()
    assert (
        listed
        == db.execute(
            COUNTED + "SELECT DISTINCT kind, name, coalesce(published_date, '') AS day, every.id, every.site "
            "FROM every JOIN articles USING (id) ORDER BY kind, name, day, every.id"
        ).fetchall()
    )


def test_an_article_stands_under_its_month_and_under_each_of_its_names(db: Database) -> None:
    add(db, 1, published_date="2024-05-07", author="Trần Ví Dụ; Lê Thử", author_unit="Phòng Văn hóa")
    db.execute("INSERT INTO article_tags VALUES (1, 2)")
    summarise(db)
    assert db.execute("SELECT kind, name, day FROM article_names").fetchall() == [
        ("author", "Lê Thử", "2024-05-07"),
        ("author", "Trần Ví Dụ", "2024-05-07"),
        ("tag", "giao thông", "2024-05-07"),
        ("unit", "Phòng Văn hóa", "2024-05-07"),
    ]
    assert db.execute("SELECT * FROM article_months").fetchall() == [("songmau", "2024-05", 1)]


def test_an_article_without_a_date_is_counted_too(db: Database) -> None:
    add(db, 1)
    summarise(db)
    assert db.execute("SELECT * FROM article_months").fetchall() == [("songmau", "", 1)]


@pytest.mark.parametrize("seed", range(5))
def test_after_any_changes_they_say_what_a_count_says(db: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a fixed choice of changes
    for number in range(1, 30):
        add(db, number, **some_columns(chance))
    for _ in range(250):
        change = chance.choice((change_article, remove_article, change_tags, change_tags))
        change(db, chance, chance.randint(1, 32))
        if chance.random() < 0.05:
            summarise(db)
    summarise(db)
    assert_true_to_the_articles(db)


def some_columns(chance: random.Random) -> dict[str, object]:
    return {
        "site": chance.choice(SITES),
        "published_date": chance.choice(DAYS),
        "author": chance.choice(AUTHORS),
        "author_unit": chance.choice(UNITS),
        "category": chance.choice(SECTIONS),
    }


def is_known(db: Database, article: int) -> bool:
    return db.execute("SELECT 1 FROM articles WHERE id = ?", [article]).fetchone() is not None


def change_article(db: Database, chance: random.Random, article: int) -> None:
    new = some_columns(chance)
    if is_known(db, article):
        assigned = ", ".join(f"{name} = ?" for name in new)
        db.execute(f"UPDATE articles SET {assigned} WHERE id = ?", [*new.values(), article])
    else:
        add(db, article, **new)


def remove_article(db: Database, chance: random.Random, article: int) -> None:
    if chance.random() < 0.1:
        db.execute("DELETE FROM article_tags WHERE article = ?", [article])
        db.execute("DELETE FROM articles WHERE id = ?", [article])


def change_tags(db: Database, chance: random.Random, article: int) -> None:
    tag, name = chance.randint(1, len(TAGS)), f"{chance.choice(TAGS)} {chance.randint(1, 9)}"
    match chance.randint(1, 8):
        case 1:
            db.execute("DELETE FROM article_tags WHERE article = ?", [article])
        case 2:
            db.execute("UPDATE OR IGNORE tags SET name = ? WHERE id = ?", [name, tag])
        case 3 | 4 if is_known(db, article):
            moved = [article, tag, chance.randint(1, 32)]
            db.execute("UPDATE OR IGNORE article_tags SET article = ?, tag = ? WHERE article = ?", moved)
        case _ if is_known(db, article):
            db.execute("INSERT OR IGNORE INTO article_tags VALUES (?, ?)", [article, tag])


@pytest.mark.parametrize(("together", "most"), [(1, 99), (3, 99), (100, 0), (250, 0)])
def test_new_articles_wait_until_they_are_many(db: Database, together: int, most: int) -> None:
    waiting = []
    for first in range(1, 500, together):
        ids = range(first, first + together)
        for number in ids:
            add(db, number)
        summarise_now_and_then(db, ids)
        taken_in = db.execute("SELECT coalesce(sum(articles), 0) FROM article_months").fetchone()[0]
        waiting.append(ids.stop - 1 - taken_in)
    assert max(waiting) == most


def test_an_article_that_takes_the_number_of_a_deleted_one_is_taken_in(db: Database) -> None:
    add(db, 1, category="Tin tức")
    add(db, 2, category="Tin tức")
    summarise(db)
    db.execute("DELETE FROM articles WHERE id = 2")
    add(db, 2, category="Thông báo")
    summarise(db)
    assert_true_to_the_articles(db)


def test_the_tags_of_an_article_that_is_deleted_before_them_go_with_it(db: Database) -> None:
    db.execute("PRAGMA foreign_keys = OFF")
    for number in (1, 2):
        add(db, number, published_date="2024-05-07")
        db.execute("INSERT INTO article_tags VALUES (?, 1)", [number])
    summarise(db)
    db.execute("DELETE FROM articles WHERE id = 1")
    assert_true_to_the_articles(db)
    db.execute("DELETE FROM article_tags WHERE article = 1")
    assert_true_to_the_articles(db)


def test_taking_in_twice_counts_once(db: Database) -> None:
    add(db, 1, category="Tin tức", published_date="2024-05-07")
    summarise(db)
    summarise(db)
    assert_true_to_the_articles(db)
