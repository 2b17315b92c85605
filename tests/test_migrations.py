"""A mirror of every earlier version opens in this one with all that it held; schemas/write.py made the dumps."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import main
from pipelines.database import NAME, open_database, open_readonly
from pipelines.errors import StoreError
from pipelines.history import difference_of
from pipelines.manifest import broken_links
from pipelines.schema import MIGRATIONS
from pipelines.search import search
from pipelines.store import Store

DUMPS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))
SITE = {"id": "songmau", "title": "Huyện Sông Mẫu", "home": "http://songmau.example/", "family": "auto"}

Rows = dict[str, list[dict[str, Any]]]


def restore(dump: Path, output: Path) -> None:
    """The mirror as that version left it."""
    output.mkdir(exist_ok=True)
    with closing(sqlite3.connect(output / NAME)) as db:
        db.executescript(f"BEGIN; {dump.read_text(encoding='utf-8')} COMMIT;")


def rows_of(output: Path) -> Rows:
    """Every row of every table that people query, columns by name."""
    with closing(sqlite3.connect(output / NAME)) as db:
        db.row_factory = sqlite3.Row
        names = [row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if not name.startswith(("articles_fts_", "_sqlite"))]
        return {name: [dict(row) for row in db.execute(f"SELECT * FROM {name} ORDER BY 1")] for name in kept}


def schema_of(output: Path) -> dict[tuple[str, str], str]:
    """The SQL of everything in the database, by kind and name, however it is laid out."""
    with closing(sqlite3.connect(output / NAME)) as db:
        objects = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in objects}


@pytest.fixture(params=DUMPS, ids=lambda dump: dump.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The output folder of an earlier version."""
    restore(request.param, tmp_path / "output")
    return tmp_path / "output"


@pytest.fixture
def upgraded(old: Path) -> Iterator[Database]:
    with closing(open_database(old)) as db:
        yield db


def test_every_step_of_the_schema_has_a_mirror_to_try_it_on() -> None:
    with closing(Database(memory=True)) as db:
        steps = [migration.name for migration in MIGRATIONS.pending(db)]
    assert [dump.stem for dump in DUMPS] == steps, "write the missing one: python tests/schemas/write.py"


def test_an_upgrade_keeps_every_row_and_every_value(old: Path) -> None:
    before = rows_of(old)
    open_database(old).close()
    after = rows_of(old)
    assert sum(map(len, before.values())) > 20
    for table, rows in before.items():
        now = [{name: row.get(name) for name in rows[0]} for row in after[table]] if rows else []
        assert [row for row in rows if row not in now] == [], table


def test_an_upgraded_mirror_is_sound(upgraded: Database) -> None:
    assert not MIGRATIONS.pending(upgraded)
    assert upgraded.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert upgraded.execute("PRAGMA foreign_key_check").fetchall() == []
    upgraded.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


def test_an_upgraded_mirror_has_the_schema_of_a_new_one(old: Path, tmp_path: Path) -> None:
    open_database(old).close()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    open_database(fresh).close()
    assert schema_of(old) == schema_of(fresh), (
        "a released step was edited: add a step instead. Was it not released yet? "
        "Then delete its dump and those after it, and run: python tests/schemas/write.py"
    )


def test_an_upgrade_breaks_no_seal(upgraded: Database) -> None:
    sealed = upgraded.execute("SELECT count(manifest) FROM runs").fetchone()[0]
    assert sealed == 2
    assert broken_links(upgraded, "songmau") == []


def test_what_later_versions_do_works_on_what_earlier_ones_left(upgraded: Database) -> None:
    hits = search(upgraded, "cau ben mau").hits
    assert [(hit.article, hit.title) for hit in hits] == [(1, "Khánh thành cầu Bến Mẫu")]
    assert [hit.article for hit in search(upgraded, "bảo trì").hits] == [1]  # a word of the attachment
    assert difference_of(upgraded, "1", None).lines[0][0] == "body"
    created = upgraded.execute("SELECT article, at, capture FROM events WHERE kind = 'created'").fetchall()
    assert created == [(1, "2026-03-01T02:00:03.000Z", 2)]


def test_a_new_run_goes_on_where_the_earlier_version_stopped(old: Path) -> None:
    with closing(Store(old)) as store:
        assert store.begin_run(SITE, [], kind="crawl") == 3
        store.end_run("ok")
        assert broken_links(store.db, "songmau") == []
        assert store.db.execute("SELECT state, tries FROM links WHERE id = 4").fetchone() == ("pending", 1)


def test_opening_an_upgraded_mirror_again_changes_nothing(old: Path) -> None:
    open_database(old).close()
    schema, rows = schema_of(old), rows_of(old)
    open_database(old).close()
    assert (schema_of(old), rows_of(old)) == (schema, rows)


def test_reading_alone_upgrades_nothing(old: Path) -> None:
    schema, rows = schema_of(old), rows_of(old)
    with closing(open_readonly(old)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    assert (schema_of(old), rows_of(old)) == (schema, rows)


def test_an_article_that_was_dropped_from_its_visits_is_visited_again(tmp_path: Path) -> None:
    """Until m011, one answer without the article was enough."""
    restore(DUMPS[9], tmp_path)
    with closing(sqlite3.connect(tmp_path / NAME)) as db, db:
        db.execute(
            "UPDATE links SET revisit_at = NULL, article = 1, looked_at = '2026-03-08T02:00:03.000Z' WHERE id = 2"
        )
    with closing(open_database(tmp_path)) as upgraded:
        visits = upgraded.execute("SELECT id, revisit_at FROM links WHERE revisit_at IS NOT NULL").fetchall()
    assert visits == [(2, "2026-04-07T02:00:03.000Z")]


def test_a_step_that_fails_leaves_the_mirror_as_it_was_before_that_step(tmp_path: Path) -> None:
    restore(DUMPS[0], tmp_path)
    with closing(sqlite3.connect(tmp_path / NAME)) as db:
        db.execute("CREATE VIEW events_article AS SELECT id FROM articles")  # where the step wants to put its index
    before = rows_of(tmp_path)
    with pytest.raises(StoreError, match=r"mirror\.db: cannot be used as a mirror"):
        open_database(tmp_path)
    after = rows_of(tmp_path)
    assert "events" not in after
    assert {table: after[table] for table in before} == before
    with closing(sqlite3.connect(tmp_path / NAME)) as db:
        db.execute("DROP VIEW events_article")
    with closing(open_database(tmp_path)) as mended:
        assert not MIGRATIONS.pending(mended)


@pytest.mark.parametrize("dump", [None, DUMPS[0]], ids=["new", "old"])
def test_two_programs_that_open_a_mirror_at_once_do_not_upgrade_it_twice(dump: Path | None, tmp_path: Path) -> None:
    for number in range(30):
        output = tmp_path / str(number)
        output.mkdir()
        if dump is not None:
            restore(dump, output)
        start = Barrier(2)

        def open_it(output: Path = output, start: Barrier = start) -> None:
            start.wait()
            open_database(output).close()

        with ThreadPoolExecutor(2) as pool:
            for opened in [pool.submit(open_it) for _ in range(2)]:
                opened.result()


def test_the_report_of_an_older_mirror_can_be_read(old: Path) -> None:
    answer = CliRunner().invoke(main, ["report", "--output", str(old)])
    assert answer.exit_code == 0, answer.output
    assert "run 2 of songmau: partial" in answer.stdout
