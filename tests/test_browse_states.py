"""`govnews browse` on a mirror that is not as it should be: one sentence that says what to do, never a traceback."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from browsed import FIRST_CRAWL, REFUSED_SQL, add, browsing, duc_tho
from click.testing import CliRunner, Result

from crawler.cli import main
from pipelines.browse import server
from pipelines.browse.server import make_ready
from pipelines.clock import stamp
from pipelines.database import NAME, open_database, writing
from pipelines.errors import SchemaTooNewError, StoreError

ENDLESS = "with+recursive+t(x)+as+(select+1+union+all+select+x%2B1+from+t)+select+count(*)+from+t"
DUMPS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


def browse(output: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["browse", "--output", str(output), "--port", "0", *more])


def a_small_mirror(output: Path) -> None:
    """One site, one run, one article."""
    output.mkdir(parents=True, exist_ok=True)
    with closing(open_database(output)) as db, writing(db):
        db.execute("INSERT INTO sites VALUES ('xa', 'Xã Mẫu', 'http://xa.example/', 'auto')")
        db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('xa', 'crawl', ?)", [stamp(FIRST_CRAWL)])
        add(db, duc_tho())


def nothing(output: Path) -> None:
    """No folder at all."""


def an_empty_folder(output: Path) -> None:
    output.mkdir()


def an_empty_file(output: Path) -> None:
    output.mkdir()
    (output / NAME).touch()


def no_database(output: Path) -> None:
    output.mkdir()
    (output / NAME).write_bytes(b"Not a database at all. " * 1000)


def another_database(output: Path) -> None:
    output.mkdir()
    with closing(sqlite3.connect(output / NAME)) as db:
        db.execute("CREATE TABLE recipes (id INTEGER)")


def a_newer_mirror(output: Path) -> None:
    a_small_mirror(output)
    with closing(sqlite3.connect(output / NAME, isolation_level=None)) as db:
        db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('govnews', 'm999_x', '')")


def a_torn_mirror(output: Path) -> None:
    a_small_mirror(output)
    database = output / NAME
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])


def a_scribbled_mirror(output: Path) -> None:
    a_small_mirror(output)
    with (output / NAME).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)


def a_mirror_that_is_a_folder(output: Path) -> None:
    (output / NAME).mkdir(parents=True)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (nothing, r"there is no mirror yet; crawl a site first, for example `govnews demo`"),
        (an_empty_folder, r"there is no mirror yet"),
        (a_mirror_that_is_a_folder, r"there is no mirror yet"),
        (an_empty_file, r"an empty file; crawl a site into it first"),
        (no_database, r"not a SQLite database"),
        (another_database, r"a SQLite database, but no mirror; name the mirror's folder with --output"),
        (a_newer_mirror, r"written by a newer version of govnews-mirror \(step m999_x\); upgrade the program"),
        (a_torn_mirror, r"(damaged|cannot be read|not a SQLite database) \(.*\)"),
        (a_scribbled_mirror, r"(damaged|cannot be read|not a SQLite database) \(.*\)"),
    ],
)
def test_what_cannot_be_browsed_is_said_in_one_sentence(
    tmp_path: Path, state: Callable[[Path], None], says: str
) -> None:
    state(tmp_path / "output")
    result = browse(tmp_path / "output")
    assert result.exit_code == 1
    assert re.search(says, result.output)
    assert result.output.startswith("govnews: ")
    assert len(result.output.splitlines()) == 1


def test_nothing_is_changed_by_a_refusal(tmp_path: Path) -> None:
    a_newer_mirror(tmp_path / "output")
    before = (tmp_path / "output" / NAME).read_bytes()
    with pytest.raises(SchemaTooNewError):
        make_ready(tmp_path / "output", tell=print)
    assert (tmp_path / "output" / NAME).read_bytes() == before


@pytest.mark.parametrize("dump", DUMPS[:-1], ids=lambda dump: dump.stem)
def test_an_older_mirror_is_brought_to_this_version_and_said_so(tmp_path: Path, dump: Path) -> None:
    restore(dump, tmp_path)
    told: list[str] = []
    assert make_ready(tmp_path, tell=told.append)
    assert re.search(r"made by an older version; bringing it to this one", told[0])
    with browsing(tmp_path) as pages:
        assert "Khánh thành cầu Bến Mẫu" in pages.text("/")
        assert "chín mươi" in pages.text("/article/1/changes/2")


def test_an_older_mirror_that_cannot_be_written_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(DUMPS[0], tmp_path)

    def refused(_output: Path) -> None:
        raise StoreError("attempt to write a readonly database")

    # The tests may run as root, whom no permission stops.
    monkeypatch.setattr(server, "open_database", refused)
    with pytest.raises(
        StoreError, match=r"made by an older version, and cannot .* make it writable, or copy the folder"
    ):
        make_ready(tmp_path, tell=print)


def test_a_mirror_without_articles_says_what_to_do_next(tmp_path: Path) -> None:
    open_database(tmp_path).close()
    with browsing(tmp_path) as pages:
        assert "The mirror has no article yet. Crawl a site" in pages.text("/")
        for path in ("/search", "/search?q=tin", "/search?site=xa", "/units", "/mirror", "/mirror/articles"):
            assert pages.get(path).status_code == 200, path
        assert pages.get("/feed/new.atom").status_code == 200


def test_a_mirror_that_nobody_can_write_to_is_read_as_it_is(tmp_path: Path) -> None:
    a_small_mirror(tmp_path)
    for beside in ("-wal", "-shm"):
        assert not (tmp_path / f"{NAME}{beside}").exists()
    with browsing(tmp_path, is_writable=False) as pages:
        inspected = pages.datasette.inspect_data["mirror"]
        assert inspected["tables"]["articles"]["count"] == 1
        assert inspected["tables"]["articles_fts"]["count"] is None  # a count of it would read every text
        assert "Đức Thọ" in pages.text("/search?q=duc+tho")
        assert pages.get("/mirror/articles").status_code == 200
    assert not (tmp_path / f"{NAME}-wal").exists()


def test_pages_come_while_a_crawl_is_in_the_middle_of_a_transaction(tmp_path: Path) -> None:
    a_small_mirror(tmp_path)
    with closing(open_database(tmp_path)) as crawl, browsing(tmp_path) as pages:
        with writing(crawl):
            crawl.execute("UPDATE articles SET title = 'Nửa chừng'")
            assert "Đức Thọ khánh thành" in pages.text("/")
            assert "Đức Thọ khánh thành" in pages.text("/article/1")
            assert pages.get("/mirror/articles").status_code == 200
        assert "Nửa chừng" in pages.text("/")


@pytest.mark.filterwarnings("ignore:coroutine 'Database.table_exists' was never awaited")  # Datasette's own, on the way
def test_a_mirror_that_is_damaged_while_it_is_served_gets_a_page_that_says_so(tmp_path: Path) -> None:
    a_small_mirror(tmp_path)
    a_copy = tmp_path / "served"
    a_copy.mkdir()
    shutil.copy(tmp_path / NAME, a_copy / NAME)
    with browsing(a_copy) as pages:
        scribble(a_copy / NAME)
        answers = [pages.get(path) for path in ("/", "/search?q=duc", "/article/1", "/mirror", "/mirror/articles")]
    told = [answer for answer in answers if answer.status_code != 200]
    assert told
    assert all(re.search("(database|mirror) (is damaged|cannot be read)", answer.text) for answer in told)
    assert all("Traceback" not in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/mirror/articles?_where=1%3D1%3B", 400, "makes no sense: You can only execute one statement at a time"),
        ("/mirror?sql=select+1%3B+select+2", REFUSED_SQL, "one statement at a time"),
        (f"/mirror?_timelimit=20&sql={ENDLESS}", 503, "This query took too long and was stopped"),
    ],
)
def test_a_query_at_fault_is_told_apart_from_a_damaged_mirror(
    tmp_path: Path, path: str, status: int, says: str
) -> None:
    a_small_mirror(tmp_path)
    with browsing(tmp_path) as pages:
        answer = pages.get(path)
    assert answer.status_code == status
    assert says in answer.text
    assert "damaged" not in answer.text
    assert "&lt;script" not in answer.text


def test_a_table_that_is_taken_away_while_it_is_served_gets_a_page_that_says_so(tmp_path: Path) -> None:
    a_small_mirror(tmp_path)
    with browsing(tmp_path) as pages:
        with closing(sqlite3.connect(tmp_path / NAME)) as db:
            db.execute("DROP TABLE article_months")
        answer = pages.get("/")
    assert answer.status_code == 503
    assert "The database cannot be read (no such table: article_months)" in answer.text


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    a_small_mirror(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = browse(tmp_path, "--port", port)
    assert result.exit_code == 1
    assert f"127.0.0.1:{port}: cannot be listened at" in result.output
    assert "choose another with --port" in result.output


def test_without_datasette_the_command_says_how_to_get_it(tmp_path: Path) -> None:
    program = "import sys; sys.modules['datasette'] = None; from crawler.cli import main; main()"
    found = subprocess.run(
        [sys.executable, "-c", program, "browse", "--output", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 1
    assert found.stderr == (
        'govnews: this needs datasette, which is not installed: pip install "govnews-mirror[browse]"\n'
    )


def test_the_server_runs_until_it_is_stopped_and_then_ends_well(tmp_path: Path) -> None:
    a_small_mirror(tmp_path)
    with serving(tmp_path, "--language", "vi") as (address, program):
        answer = httpx.get(address, trust_env=False)
        assert "Đức Thọ khánh thành cầu mới" in answer.text
        program.send_signal(signal.SIGINT)
        _out, errors = program.communicate(timeout=20)
    assert "Traceback" not in errors
    assert program.returncode == 0


@contextmanager
def serving(output: Path, *options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The command in a process of its own, and the address that it names."""
    program = subprocess.Popen(
        [sys.executable, "-m", "crawler.cli", "browse", "--port", "0", "--output", str(output), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert program.stdout is not None
        line = program.stdout.readline()
        address = re.match(r"http://127\.0\.0\.1:\d+/", line)
        assert address is not None, line
        yield address[0], program
    finally:
        if program.poll() is None:
            program.terminate()
        with suppress(ValueError):  # its pipes were read to their end already
            program.communicate(timeout=20)


def restore(dump: Path, output: Path) -> None:
    with closing(sqlite3.connect(output / NAME)) as db:
        db.executescript(f"BEGIN; {dump.read_text(encoding='utf-8')} COMMIT;")


def scribble(database: Path) -> None:
    """Overwrite everything after the first page, as a failing disk might."""
    time.sleep(0.01)
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
