"""`govnews verify` finds every kind of damage and names it; the chain of runs holds where nothing was touched."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from crawling import Mirror, crawl
from server import Answer, SmallSite, redirect, running
from village import PARAGRAPHS, article, small_site
from warcio.archiveiterator import ArchiveIterator

from crawler.cli import main
from pipelines.database import open_database, open_readonly
from pipelines.errors import StoreError
from pipelines.history import difference_of
from pipelines.manifest import FIRST_PARTS, Manifest, head_of, manifest_of
from pipelines.report import run_report
from pipelines.verify import Verified, verify
from pipelines.warcscan import record_at

TAGS = '<div class="tags">Từ khóa: <a rel="tag" href="/tag/x">xi măng</a>, <a rel="tag" href="/tag/b">bê tông</a></div>'
"""Not in the order of the alphabet, nor in that of their ids: another article names them the other way round."""
GATET = TAGS.replace("xi măng", "-").replace("bê tông", "xi măng").replace("-", "bê tông")
FILE = '<p><a href="/files/ke-hoach.pdf#trang=1">Tải kế hoạch</a> <a href="/files/ke-hoach.pdf#trang=2">Trang 2</a></p>'


@pytest.fixture(scope="module")
def site() -> Iterator[SmallSite]:
    routes = small_site()
    routes |= {"/tin-2.html": article(2, extra=TAGS), "/tin-4.html": article(4, extra=GATET)}
    routes |= {"/tin-6.html": article(6, extra=f'{FILE}<p><a href="/files/khong-co.pdf">Thiếu</a></p>')}
    with running(routes) as server:
        yield server


@pytest.fixture(scope="module")
def crawled(site: SmallSite, tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Two runs of a site: the second sees an edit, an article that may not be read any more and one that has moved."""
    mirror = Mirror(tmp_path_factory.mktemp("verify") / "output")
    crawl(mirror, site.base_url)
    site.routes["/tin-3.html"] = article(3, body=PARAGRAPHS[0].replace("hai trăm", "ba trăm"))
    site.routes["/tin-4.html"] = Answer(status=403, body=b"<p>no</p>")
    site.routes |= {"/tin-5.html": redirect("/luu/tin-5.html", 301), "/luu/tin-5.html": article(5)}
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    return mirror


@pytest.fixture
def mirror(crawled: Mirror, tmp_path: Path) -> Mirror:
    """A copy that a test may damage."""
    shutil.copytree(crawled.output, tmp_path / "output")
    return Mirror(tmp_path / "output")


def checked(mirror: Mirror) -> Verified:
    db = open_readonly(mirror.output)
    with closing(db):
        return verify(db, mirror.output)


def change(mirror: Mirror, sql: str) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        assert db.execute(sql).rowcount == 1


def one_problem(mirror: Mirror) -> str:
    problems = checked(mirror).problems
    assert problems
    return " / ".join(problems)


def test_an_untouched_mirror_is_what_it_was(mirror: Mirror) -> None:
    found = checked(mirror)
    assert found.problems == ()
    assert (found.files, found.articles) == (2, 6)
    assert found.captures == mirror.one("SELECT count(*) FROM captures")


def test_progress_is_told_of_each_stage(mirror: Mirror) -> None:
    told: list[tuple[str, int, int | None]] = []
    with closing(open_readonly(mirror.output)) as db:
        found = verify(db, mirror.output, progress=lambda *what: told.append(what))
    assert list(dict.fromkeys(what for what, _done, _total in told)) == ["the database", "files", "the archive", "rows"]
    files, captures = ([done for what, done, _total in told if what == stage] for stage in ("files", "the archive"))
    assert files == list(range(1, found.files + 1))
    assert captures == list(range(1, found.captures + 1))
    assert {of for _what, _done, of in told} == {None, found.files, found.captures}


def test_a_flipped_byte_of_a_file_is_found(mirror: Mirror) -> None:
    path = next((mirror.output / "files").rglob("*.pdf"))
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    assert f"{path.name}: its bytes are not what was stored" in one_problem(mirror)


def test_a_missing_file_is_found(mirror: Mirror) -> None:
    path = next((mirror.output / "files").rglob("*.pdf"))
    path.unlink()
    assert f"{path.name}: cannot be read" in one_problem(mirror)


def test_a_cut_warc_is_found(mirror: Mirror) -> None:
    path = max((mirror.output / "warc").rglob("*.warc.gz"))
    path.write_bytes(path.read_bytes()[:-2000])
    assert path.name in one_problem(mirror)


def test_a_flipped_byte_of_a_warc_is_found(mirror: Mirror) -> None:
    path = min((mirror.output / "warc").rglob("*.warc.gz"))
    offset, length = mirror.rows("SELECT offset, length FROM captures WHERE reading = 'article' ORDER BY id")[0]
    content = bytearray(path.read_bytes())
    content[offset + length // 2] ^= 0xFF
    path.write_bytes(content)
    assert path.name in one_problem(mirror)


@pytest.mark.parametrize("kind", ["warcinfo", "request"])
def test_a_flipped_byte_of_a_record_that_no_row_knows_is_found(mirror: Mirror, kind: str) -> None:
    path = max((mirror.output / "warc").rglob("*.warc.gz"))
    offset, length = last_record(path, kind)
    content = bytearray(path.read_bytes())
    content[offset + length // 2] ^= 0xFF
    path.write_bytes(content)
    assert f"{path.name} at {offset}: a record that belongs to no capture is damaged" in one_problem(mirror)


def last_record(path: Path, kind: str) -> tuple[int, int]:
    """(offset, length) of the last record of a kind."""
    places = []
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        for record in records:
            record.content_stream().read()
            if record.rec_type == kind:
                places.append((records.get_record_offset(), records.get_record_length()))
    return places[-1]


def test_what_a_running_crawl_is_writing_is_no_damage(mirror: Mirror) -> None:
    path = max((mirror.output / "warc").rglob("*.warc.gz"))
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00half")
    assert "a record that belongs to no capture is damaged" in one_problem(mirror)
    change(mirror, "UPDATE runs SET finished_at = NULL, outcome = NULL, manifest = NULL WHERE id = 2")
    assert checked(mirror).is_whole


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_damaged_page_of_the_database_is_a_problem_and_no_end(mirror: Mirror, at: float) -> None:
    path = mirror.output / "mirror.db"
    content = bytearray(path.read_bytes())
    page = int(len(content) // 4096 * at) * 4096
    content[page : page + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    answer = CliRunner().invoke(main, ["verify", "--quiet", "--output", str(mirror.output)])
    assert answer.exit_code == 1
    assert isinstance(answer.exception, SystemExit)
    assert "mirror.db: " in answer.stdout


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE captures SET etag = 'x' WHERE id = 3", "run 1: its captures"),
        ("UPDATE article_revisions SET body = 'x' WHERE article = 2 AND number = 1", "run 1: its revisions"),
        ("UPDATE files SET first_seen_at = '2020' WHERE path LIKE '%.pdf'", "run 1: its files"),
        ("UPDATE captures SET url = 'http://xa.example/x' WHERE id = 3", "capture 3"),
        ("UPDATE articles SET title = 'Khác' WHERE id = 1", "article 1"),
        ("UPDATE articles SET body_html = '<p>Khác</p>' WHERE id = 1", "article 1"),
        ("UPDATE articles SET author_unit = 'Khác' WHERE id = 1", "article 1"),
        ("UPDATE articles SET published_date = '2020-01-01' WHERE id = 1", "article 1"),
        ("UPDATE articles SET first_seen_at = '2020' WHERE id = 1", "article 1"),
        ("UPDATE articles SET last_changed_at = '2020' WHERE id = 1", "article 1"),
        ("UPDATE articles SET url = 'http://xa.example/x' WHERE id = 1", "article 1"),
        ("UPDATE articles SET capture = 1 WHERE id = 1", "article 1"),
        ("UPDATE articles SET identity = 'x' WHERE id = 1", "run 1: the identities of its new articles"),
        ("UPDATE articles SET state = 'gone' WHERE id = 1", "is called gone, its last event is created"),
        ("UPDATE articles SET state = 'live' WHERE state != 'live'", "is called live, its last event is unpublished"),
        ("UPDATE attachments SET label = 'Khác' WHERE state = 'stored' AND article = 1", "article 1"),
        ("UPDATE attachments SET url = 'http://xa.example/x' WHERE state = 'stored' AND article = 1", "article 1"),
        ("UPDATE attachments SET position = NULL WHERE state = 'stored' AND article = 1", "article 1"),
        ("DELETE FROM attachments WHERE state = 'missing'", "its text, attachments or tags"),
        ("UPDATE attachments SET state = 'stored' WHERE state = 'missing'", "khong-co.pdf of article"),
        ("UPDATE attachments SET state = 'too_large' WHERE state = 'missing'", "khong-co.pdf of article"),
        ("UPDATE attachments SET capture = 2 WHERE state = 'missing'", "khong-co.pdf of article"),
        ("UPDATE attachments SET state = 'missing' WHERE state = 'stored' AND article = 1", "is called missing"),
        (
            "UPDATE attachments SET sha256 = (SELECT sha256 FROM images WHERE state = 'stored') WHERE id = 1",
            "attachments 1: http://xa.example/files/ke-hoach.pdf of article 1 is called stored",
        ),
        (
            "UPDATE images SET sha256 = (SELECT sha256 FROM attachments WHERE article = 1)",
            "images 1: http://xa.example/",
        ),
        (
            "UPDATE images SET url = 'http://xa.example/x' WHERE state = 'stored'",
            "did not come from http://xa.example/x",
        ),
        ("UPDATE tags SET name = 'khác' WHERE id = 1", "its text, attachments or tags"),
        ("DELETE FROM article_tags WHERE rowid = 1", "its text, attachments or tags"),
        ("UPDATE article_urls SET url = 'http://xa.example/x' WHERE article = 2", "was seen at http://xa.example/x"),
        ("UPDATE article_urls SET first_seen_at = '2020' WHERE article = 2", "article 2: no answer of the archive"),
        ("UPDATE events SET kind = 'gone' WHERE kind = 'unpublished'", "is said to be gone"),
        ("UPDATE events SET details = '{}' WHERE kind = 'edited'", "run 2: the events up to its end"),
        ("UPDATE events SET at = '2020' WHERE kind = 'edited'", "is said to be edited"),
        ("DELETE FROM events WHERE kind = 'moved'", "run 2: the events up to its end"),
        ("DELETE FROM events WHERE kind = 'created' AND article = 1", "has 0 events of its creation"),
        ("UPDATE captures SET reading = 'article' WHERE id = 3", "run 1: what its captures were read as"),
        ("UPDATE captures SET reason = 'asked' WHERE id = 3", "run 1: what its captures were read as"),
        ("UPDATE captures SET continues = 2 WHERE id = 3", "run 1: what its captures were read as"),
        ("UPDATE captures SET offset = -1 WHERE id = 3", "capture 3"),
        ("UPDATE captures SET length = NULL WHERE id = 3", "capture 3"),
        ("UPDATE captures SET warc = '/dev/zero' WHERE id = 3", "capture 3"),
        ("UPDATE captures SET record_id = '<urn:uuid:0>' WHERE id = 3", "the database says <urn:uuid:0>"),
        ("UPDATE captures SET etag = x'ff00' WHERE id = 3", "run 1: its captures"),
        ("UPDATE files SET path = '/dev/zero' WHERE path LIKE '%.pdf'", "its row names no place"),
        ("UPDATE files SET path = x'ff00' WHERE path LIKE '%.pdf'", "its row names no place"),
        ("UPDATE runs SET requests = requests + 1 WHERE id = 1", "run 1: its `requests`"),
        ("UPDATE runs SET articles_new = 0 WHERE id = 1", "run 1: its `articles_new`"),
        ("UPDATE runs SET errors = 7 WHERE id = 1", "run 1: what its own row says"),
        ("UPDATE runs SET outcome = 'failed' WHERE id = 1", "run 1: what its own row says"),
        ("UPDATE runs SET finished_at = NULL WHERE id = 1", "run 1: what its own row says"),
        ("UPDATE runs SET manifest = json_remove(manifest, '$.run') WHERE id = 1", "run 1: its seal was changed"),
        ("UPDATE runs SET manifest = json_set(manifest, '$.events_until', 'x') WHERE id = 2", "run 2: the events"),
        ("DELETE FROM article_fields WHERE article = 1 AND field = 'title'", ""),
        ("UPDATE runs SET manifest = json_set(manifest, '$.sha256', 'x') WHERE id = 1", "run 1: its seal"),
        ("UPDATE runs SET manifest = 'x' WHERE id = 2", "run 2: its manifest is damaged"),
        ("UPDATE runs SET manifest = '[]' WHERE id = 1", "run 1: its manifest is damaged"),
        ("UPDATE runs SET manifest = NULL WHERE id = 2", "run 2: its manifest was taken away"),
    ],
)
def test_an_edited_row_is_found_and_named(mirror: Mirror, sql: str, named: str) -> None:
    change(mirror, sql)
    if named:
        assert named in one_problem(mirror)
    else:  # how a field was found can be worked out again from the archive; it is no evidence
        assert checked(mirror).is_whole


def test_a_run_that_was_taken_away_breaks_the_chain(mirror: Mirror) -> None:
    change(mirror, "UPDATE runs SET manifest = NULL WHERE id = 1")
    problems = "\n".join(checked(mirror).problems)
    assert "run 1: its manifest was taken away" in problems
    assert "run 2: the run before it is not the one" in problems


def test_that_all_seals_were_taken_away_is_seen(mirror: Mirror) -> None:
    for run in (1, 2):
        change(mirror, f"UPDATE runs SET manifest = NULL WHERE id = {run}")
    assert [problem.rpartition(": ")[2] for problem in checked(mirror).problems] == ["its manifest was taken away"] * 2


def test_runs_of_a_version_that_sealed_none_are_no_problem(mirror: Mirror) -> None:
    for run in (1, 2):
        change(mirror, f"UPDATE runs SET manifest = NULL WHERE id = {run}")
    change(mirror, "UPDATE _sqlite_migrations SET applied_at = '2099-01-01 00:00:00+00:00' WHERE name = 'm004_custody'")
    assert checked(mirror).is_whole


def test_a_manifest_of_an_earlier_version_holds_for_what_it_hashed(mirror: Mirror) -> None:
    with closing(open_database(mirror.output)) as db:
        previous: Manifest = {}
        for run in (1, 2):
            previous = manifest_of(db, run, previous, of=dict.fromkeys(FIRST_PARTS))
            db.execute("UPDATE runs SET manifest = ? WHERE id = ?", [json.dumps(previous), run])
    assert checked(mirror).is_whole
    change(mirror, "UPDATE captures SET reason = 'asked' WHERE id = 3")
    assert checked(mirror).is_whole
    change(mirror, "UPDATE captures SET error = 'x' WHERE id = 3")
    assert one_problem(mirror) == "xa: run 1: its captures are not what they were when it ended"


def test_the_run_after_an_earlier_version_seals_all_events_so_far(site: SmallSite, mirror: Mirror) -> None:
    with closing(open_database(mirror.output)) as db:
        first = manifest_of(db, 1, {}, of=dict.fromkeys(FIRST_PARTS))
        second = manifest_of(db, 2, first, of=dict.fromkeys(FIRST_PARTS))
        for run, manifest in ((1, first), (2, second)):
            db.execute("UPDATE runs SET manifest = ? WHERE id = ?", [json.dumps(manifest), run])
    crawl(mirror, site.base_url)
    assert checked(mirror).is_whole
    change(mirror, "UPDATE events SET details = '{}' WHERE kind = 'edited'")
    assert one_problem(mirror) == "xa: run 3: the events up to its end are not what they were then"


def test_a_missing_warc_is_one_problem_however_many_captures_lie_in_it(mirror: Mirror) -> None:
    path = min((mirror.output / "warc").rglob("*.warc.gz"))
    number = mirror.one("SELECT count(*) FROM captures WHERE warc LIKE ?", f"%{path.name}")
    path.unlink()
    assert f"{path.name}: is not there; {number} captures lie in it" in one_problem(mirror)


def test_an_answer_whose_row_was_taken_away_is_found_in_the_archive(mirror: Mirror) -> None:
    """With its run, which was the newest: nothing of the chain says that there was one."""
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        last = db.execute("SELECT max(id) FROM captures").fetchone()[0]
        db.execute("DELETE FROM captures WHERE id = ?", [last])
    assert "an answer that no capture knows; its row was taken away" in one_problem(mirror)


def test_a_warc_that_no_row_names_is_found(mirror: Mirror) -> None:
    path = max((mirror.output / "warc").rglob("*.warc.gz"))
    shutil.copyfile(path, path.with_name("xa-20990101000000-00001.warc.gz"))
    assert one_problem(mirror) == (
        "warc/xa/xa-20990101000000-00001.warc.gz: no capture lies in it; its rows were taken away, or it belongs to "
        "another mirror"
    )


def test_a_warc_without_an_answer_is_what_a_killed_crawl_leaves(mirror: Mirror) -> None:
    path = max((mirror.output / "warc").rglob("*.warc.gz"))
    with path.open("rb") as file:
        end_of_warcinfo = record_at(file, path.name, 0).end
    other = path.with_name("xa-20990101000000-00001.warc.gz")
    other.write_bytes(path.read_bytes()[:end_of_warcinfo])
    assert checked(mirror).is_whole
    other.write_bytes(path.read_bytes()[: end_of_warcinfo - 9])
    assert "xa-20990101000000-00001.warc.gz at 0: a record that belongs to no capture is damaged" in one_problem(mirror)


def test_answers_of_a_crawl_that_is_under_way_are_no_strangers(mirror: Mirror) -> None:
    path = max((mirror.output / "warc").rglob("*.warc.gz"))
    shutil.copyfile(path, path.with_name("xa-20990101000000-00001.warc.gz"))
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('xa', 'crawl', '2099-01-01T00:00:00.000Z')")
    assert checked(mirror).is_whole


def test_each_run_is_sealed_after_the_one_before_it(mirror: Mirror) -> None:
    first, second = (json.loads(row[0]) for row in mirror.rows("SELECT manifest FROM runs ORDER BY id"))
    assert first["previous"] is None
    assert second["previous"] == first["sha256"]
    with closing(open_readonly(mirror.output)) as db:
        assert head_of(db, "xa") == second["sha256"]


def test_what_changed_in_an_article_is_shown_line_by_line(mirror: Mirror) -> None:
    with closing(open_readonly(mirror.output)) as db:
        found = difference_of(db, "http://xa.example/tin-3.html", None)
        assert (found.number, found.kind) == (2, "edited")
        ((field, before, after),) = found.lines
        assert field == "body"
        assert "hai trăm" in before
        assert "ba trăm" in after
        assert difference_of(db, "http://xa.example/tin-3.html", 1).before is None


@pytest.mark.parametrize(
    ("article_key", "number"),
    [("http://xa.example/none", None), ("999", None), ("9" * 30, None), ("٣", None), ("1", 7), ("1", 0)],
)
def test_an_article_or_revision_that_is_not_there_is_said(mirror: Mirror, article_key: str, number: int | None) -> None:
    with closing(open_readonly(mirror.output)) as db, pytest.raises(StoreError, match="no"):
        difference_of(db, article_key, number)


def test_the_report_of_a_run_says_what_changed(mirror: Mirror) -> None:
    with closing(open_readonly(mirror.output)) as db:
        report = run_report(db, 2)
    assert (report.run["articles_changed"], report.run["articles_unchanged"]) == (1, 4)
    assert report.articles == 6
    assert not report.is_nothing_new
