"""`govnews demo` as a user runs it: a fresh process, the sample site over real sockets, a real mirror."""

import os
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.checking import find_page
from crawler.sample import dead_links, expected_articles
from pipelines.items import Article

EXPECTED = {article.nid: article for article in expected_articles()}


def govnews(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", *arguments],
        capture_output=True,
        text=True,
        env=clean | environment,
        check=False,
        timeout=120,
    )


class Demo:
    """Two demo runs into one folder, and the mirror that they left."""

    def __init__(self, output: Path) -> None:
        self.output = output
        # A proxy that nobody listens at: the demo must not care.
        unreachable = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        self.first = govnews("demo", "--quiet", "--output", str(output), **unreachable)
        self.tables_after_first = self.tables()
        self.files_after_first = self.files()
        self.second = govnews("demo", "--quiet", "--output", str(output))

    def rows(self, sql: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.output / "mirror.db")) as db:
            db.row_factory = sqlite3.Row
            return db.execute(sql, values).fetchall()

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        tables = ("articles", "attachments", "images", "files", "article_revisions", "article_tags", "article_urls")
        return {table: [dict(row) for row in self.rows(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in tables}

    def files(self) -> dict[str, tuple[int, int]]:
        folder = self.output / "files"
        return {
            str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def article(self, nid: int) -> Any:
        rows = self.rows("SELECT * FROM articles WHERE url LIKE ?", f"%nid={nid}%")
        assert len(rows) == 1, f"article {nid} is in the mirror {len(rows)} times"
        return rows[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo") / "output")


def test_the_demo_ends_well_and_says_where_the_mirror_lies(demo: Demo) -> None:
    assert demo.first.returncode == 0, demo.first.stdout + demo.first.stderr
    assert f"{len(EXPECTED)} in the mirror; this run: {len(EXPECTED)} new" in demo.first.stdout
    assert "mirror.db" in demo.first.stdout
    assert "Four things to try next" in demo.first.stdout
    assert "Traceback" not in demo.first.stderr


def test_a_second_demo_says_nothing_new_and_changes_nothing(demo: Demo) -> None:
    assert demo.second.returncode == 0, demo.second.stdout + demo.second.stderr
    assert "\nnothing new\n" in demo.second.stdout
    assert "\nnothing new\n" not in demo.first.stdout
    assert demo.files() == demo.files_after_first
    after = demo.tables()
    for rows in (*after.values(), *demo.tables_after_first.values()):
        for row in rows:
            row.pop("last_seen_at", None)
    assert after == demo.tables_after_first


@pytest.mark.parametrize("nid", EXPECTED)
def test_every_field_of_an_article_is_what_its_page_says(demo: Demo, nid: int) -> None:
    expected, row = EXPECTED[nid], demo.article(nid)
    found = {name: row[name] for name in ("title", "lead", "published_at", "published_text", "author", "category")}
    assert found == {name: getattr(expected, name) for name in found}
    assert row["author_unit"] == expected.unit
    assert row["source"] == expected.source
    assert row["body"].splitlines() == list(expected.body)


@pytest.mark.parametrize("nid", EXPECTED)
def test_its_tags_attachments_and_pictures_are_kept_in_order(demo: Demo, nid: int) -> None:
    expected, article = EXPECTED[nid], demo.article(nid)["id"]
    tags = demo.rows("SELECT name FROM tags JOIN article_tags ON tag = tags.id WHERE article = ?", article)
    assert {row["name"] for row in tags} == set(expected.tags)
    attachments = demo.rows("SELECT url, label FROM attachments WHERE article = ? ORDER BY position", article)
    assert [tuple(row) for row in attachments] == [(a.url, a.label) for a in expected.attachments]
    images = demo.rows("SELECT url, caption FROM images WHERE article = ? ORDER BY position", article)
    assert [tuple(row) for row in images] == [(i.url, i.caption) for i in expected.images]


def test_the_first_article_of_the_project_comes_out_whole(demo: Demo) -> None:
    row = demo.rows("SELECT * FROM articles WHERE published_at = '2024-05-07T20:01+07:00'")[0]
    assert row["author"] == "Võ Thị Minh Hạnh"
    assert row["author_unit"] == "Ban Tuyên giáo Huyện ủy Bình Mẫu"
    for chrome in ("Sign In", "Tag:", "File đính kèm", "20:01", row["lead"], "Võ Thị Minh Hạnh"):
        assert chrome not in row["body"]
    assert demo.rows("SELECT * FROM article_tags WHERE article = ?", row["id"]) == []
    assert demo.rows("SELECT * FROM attachments WHERE article = ?", row["id"]) == []
    captions = [image["caption"] for image in demo.rows("SELECT caption FROM images WHERE article = ?", row["id"])]
    assert captions
    assert all(caption in row["body"].splitlines() for caption in captions)


def test_what_the_server_does_not_have_is_a_row_with_its_reason(demo: Demo) -> None:
    failed = {row["url"] for row in demo.rows("SELECT url FROM links WHERE state = 'failed' AND kind != 'probe'")}
    assert set(dead_links()) <= failed
    missing = demo.rows("SELECT error FROM attachments WHERE state = 'missing'")
    assert [row["error"] for row in missing] == ["HTTP 404"]


def test_files_lie_under_their_hash_and_hold_what_it_says(demo: Demo) -> None:
    import hashlib

    stored = demo.rows("SELECT sha256, path, bytes FROM files")
    assert stored
    for row in stored:
        content = (demo.output / row["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        assert len(content) == row["bytes"]
        assert row["path"].startswith(f"files/{row['sha256'][:2]}/{row['sha256']}.")


def test_no_listing_menu_or_trap_became_an_article(demo: Demo) -> None:
    assert len(demo.rows("SELECT 1 FROM articles")) == len(EXPECTED)
    asked = " ".join(row["url"] for row in demo.rows("SELECT url FROM captures"))
    assert "/_layouts/" not in asked
    assert "print=1" not in asked


def test_an_article_listed_under_two_sections_is_one_article_with_two_addresses(demo: Demo) -> None:
    twice = [article for article in EXPECTED.values() if article.also]
    assert twice
    for article in twice:
        urls = demo.rows("SELECT url FROM article_urls WHERE article = ?", demo.article(article.nid)["id"])
        assert len(urls) == 1 + len(article.also)


def test_the_database_is_whole(demo: Demo) -> None:
    assert [tuple(row) for row in demo.rows("PRAGMA integrity_check")] == [("ok",)]
    assert demo.rows("PRAGMA foreign_key_check") == []


def test_every_capture_is_found_in_its_warc_by_one_seek(demo: Demo) -> None:
    from pipelines.warcreader import read_record

    rows = demo.rows("SELECT url, status, warc, offset FROM captures")
    assert rows
    for row in rows:
        stored = read_record(demo.output, row["warc"], row["offset"])
        assert (stored.url, stored.status) == (row["url"], row["status"])


def test_a_demo_that_failed_says_why_and_not_what_to_try_next(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mirror.db")) as db:  # as a full disk leaves it: without a table
        db.execute("CREATE TABLE runs (id INTEGER)")
    made = govnews("demo", "--quiet", "--output", str(tmp_path))
    assert made.returncode == 1
    assert "cannot be used as a mirror" in made.stdout
    assert "to try next" not in made.stdout
    assert "Traceback" not in made.stderr


def test_check_gives_each_article_the_quality_that_the_mirror_has(demo: Demo) -> None:
    for row in demo.rows("SELECT url, quality FROM articles"):
        reading = find_page(row["url"], url=None, output=demo.output, folder=None).read()
        assert isinstance(reading, Article)
        assert reading.quality == row["quality"], row["url"]


def test_every_command_that_an_audit_of_the_demo_names_can_be_run(tmp_path: Path) -> None:
    output = str(tmp_path / "output")
    assert govnews("demo", "--quiet", "--output", output).returncode == 0
    advice = govnews("audit", "--output", output).stdout
    commands = {line.partition(": govnews ")[2] for line in advice.splitlines() if ": govnews " in line}
    assert commands
    for command in commands:
        done = govnews(*shlex.split(command), "--quiet")
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_sample_is_known_by_its_name_and_is_no_site_of_the_web(demo: Demo) -> None:
    assert govnews("check", "songmau", "--output", str(demo.output)).returncode == 0
    assert "pages read again" in govnews("reparse", "--dry-run", "--output", str(demo.output)).stdout
    assert "songmau" not in govnews("sites").stdout
    together = govnews("crawl", "songmau", "krongno", "--output", str(demo.output))
    assert together.returncode == 2
    assert "crawl it by itself" in together.stderr
