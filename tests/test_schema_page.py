"""SCHEMA.md describes every table and column that there is, nothing else, and its queries answer what they say."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

import pytest
from crawling import HOME, Mirror, crawl
from server import Answer, running
from sqlite_utils import Database
from village import PARAGRAPHS, article, listing, small_site

from pipelines.database import open_database
from pipelines.schema_page import PAGE, columns_of, page
from pipelines.schema_words import EXAMPLES, TABLES, UNDESCRIBED, Example

FIRST_CRAWL = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
CHOICE = re.compile(r"CHECK \((\w+) IN \(([^()]+)\)\)")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with closing(open_database(tmp_path_factory.mktemp("schema"))) as db:
        yield db


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """A village crawled twice: in between one article was edited, one withdrawn; a file and a page were never there."""
    mirror = Mirror(tmp_path_factory.mktemp("examples") / "output")
    routes = small_site()
    routes["/"] = listing(range(1, 8))
    routes["/tin-4.html"] = article(4, extra='<p><a href="/files/mat.pdf">Tải phụ lục</a></p>')
    with running(routes) as site:
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: FIRST_CRAWL})
        site.routes["/tin-2.html"] = article(2, body=PARAGRAPHS[0].replace("hai trăm", "ba trăm"))
        site.routes["/tin-3.html"] = Answer(status=403, body=b"<p>no</p>")
        later = FIRST_CRAWL + timedelta(days=1)
        crawl(mirror, site.base_url, options={"GOVNEWS_CLOCK": lambda: later, "GOVNEWS_FULL": True})
    return mirror


def tables_of(db: Database) -> set[str]:
    """The tables and views that people query."""
    names = [str(name) for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    return {name for name in names if not any(fnmatch(name, pattern) for pattern in UNDESCRIBED)}


def test_every_table_is_described_and_no_other(fresh: Database) -> None:
    assert set(TABLES) == tables_of(fresh), "describe it in pipelines/schema_words.py"


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described_and_no_other(fresh: Database, table: str) -> None:
    real = {column.name for column in columns_of(fresh, table)}
    assert set(TABLES[table].columns) == real, f"describe it in pipelines/schema_words.py, under {table}"


@pytest.mark.parametrize("pattern", UNDESCRIBED)
def test_what_is_left_out_exists(fresh: Database, pattern: str) -> None:
    assert any(fnmatch(name, pattern) for name in fresh.table_names())


def test_every_value_that_a_column_may_have_is_named(fresh: Database) -> None:
    choices = 0
    for table in TABLES:
        for column, values in CHOICE.findall(fresh.table(table).schema):
            choices += 1
            for value in values.split(","):
                name = value.strip(" '\n")
                assert re.search(rf"\b{name}\b", TABLES[table].columns[column]), f"{table}.{column}: {name}"
    assert choices >= 8


def test_where_a_column_may_be_null_the_words_say_what_that_means(fresh: Database) -> None:
    silent = [
        f"{table}.{column.name}"
        for table in set(TABLES) - {"articles_fts"}
        for column in columns_of(fresh, table)
        if column.is_nullable != ("null" in TABLES[table].columns[column.name].lower())
    ]
    assert silent == []


def test_every_description_is_a_sentence_that_fits_a_cell() -> None:
    texts = [text for words in TABLES.values() for text in (words.row, *words.columns.values())]
    assert [text for text in texts if not re.fullmatch(r"[A-Z`][^|\n]{3,240}\.", text)] == []


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: python -m pipelines.schema_page"


def test_the_page_is_linked_from_the_readme() -> None:
    readme = Path(__file__).resolve().parents[1] / "README.md"
    assert "(pipelines/SCHEMA.md)" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.question)
def test_every_example_query_finds_something_after_a_small_crawl(crawled: Mirror, example: Example) -> None:
    assert crawled.rows(example.sql)


def answer(crawled: Mirror, start: str) -> list[tuple[object, ...]]:
    """What the query finds whose question starts so."""
    sql = next(example.sql for example in EXAMPLES if example.question.startswith(start))
    return crawled.rows(sql)


def test_the_queries_find_what_the_questions_ask_for(crawled: Mirror) -> None:
    edited = answer(crawled, "What did an article say before it was edited")
    assert [(before, after) for _article, _at, _changed, before, after in edited] == [
        ("\n".join(PARAGRAPHS), "\n".join(PARAGRAPHS).replace("hai trăm", "ba trăm"))
    ]
    gone = answer(crawled, "Which articles are no longer")
    assert [(row[2], row[3], row[4], row[5]) for row in gone] == [
        (f"{HOME}tin-3.html", "unpublished", "2026-03-02T02:00:00.000Z", 403)
    ]
    assert [row[2:] for row in answer(crawled, "Which attachments are not kept")] == [
        (f"{HOME}files/mat.pdf", "missing", "HTTP 404")
    ]
    assert [row[3:] for row in answer(crawled, "What did the listings show")] == [
        (f"{HOME}tin-3.html", "failed", "HTTP 403"),
        (f"{HOME}tin-7.html", "failed", "HTTP 404"),
    ]
    assert len(answer(crawled, "Which articles speak of")) == 6
