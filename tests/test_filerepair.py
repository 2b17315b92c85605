"""`govnews verify --repair` makes the files under `files/` again from the archive, and says what it cannot."""

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from crawling import Mirror, crawl
from server import Answer, Asked, Route, running
from village import PDF, PNG, article, listing

from crawler.cli import main
from crawler.contentcoding import decoder_for
from pipelines import settlement
from pipelines.database import open_readonly
from pipelines.filerepair import SPOOL, FileRepair
from pipelines.verify import Verified, verify

PACKED = PDF + b"%packed\n" * 400
TWICE = PDF + b"%twice\n"
LARGE = b"%PDF-1.4\n" + random.Random(7).randbytes(1_500_000)  # noqa: S311  # as incompressible as real files
LINKS = "".join(f'<p><a href="/files/{name}.pdf">{name}</a></p>' for name in ("plain", "packed", "one", "two", "large"))


class InPieces:
    """Cuts its first answer off, and sends the rest when it is asked for it."""

    def __init__(self) -> None:
        self.is_first = True

    def __call__(self, asked: Asked) -> Answer:
        start = int((asked.header("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        cut, self.is_first = (1_100_000 if self.is_first else None), False
        headers = [("ETag", '"v1"')]
        if not start:
            return Answer(body=LARGE, mime="application/pdf", headers=tuple(headers), drop_after=cut)
        headers.append(("Content-Range", f"bytes {start}-{len(LARGE) - 1}/{len(LARGE)}"))
        return Answer(body=LARGE[start:], status=206, mime="application/pdf", headers=tuple(headers))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """A mirror with a plain file, one sent packed, one that stands at two addresses, one in pieces, and a picture."""
    routes: dict[str, Route] = {
        "/": listing(range(1, 2)),
        "/tin-1.html": article(1, extra=LINKS + '<p><img src="/anh/duong.png" alt=""></p>'),
        "/files/plain.pdf": Answer(body=PDF, mime="application/pdf"),
        "/files/packed.pdf": Answer(body=PACKED, mime="application/pdf", gzip=True),
        "/files/one.pdf": Answer(body=TWICE, mime="application/pdf"),
        "/files/two.pdf": Answer(body=TWICE, mime="application/pdf"),
        "/files/large.pdf": InPieces(),
        "/anh/duong.png": Answer(body=PNG, mime="image/png"),
    }
    mirror = Mirror(tmp_path_factory.mktemp("repair") / "output")
    with pytest.MonkeyPatch.context() as patch, running(routes) as site:
        patch.setattr(settlement, "FIRST_WAIT", timedelta(0))
        crawl(mirror, site.base_url)
    assert mirror.one("SELECT count(*) FROM files") == 5
    assert mirror.one("SELECT count(*) FROM captures WHERE status = 206") == 1
    return mirror


@pytest.fixture
def mirror(crawled: Mirror, tmp_path: Path) -> Mirror:
    """A copy that a test may damage."""
    shutil.copytree(crawled.output, tmp_path / "output")
    return Mirror(tmp_path / "output")


def contents(mirror: Mirror) -> dict[str, bytes]:
    root = mirror.output / "files"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def run_verify(mirror: Mirror, *options: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--quiet", "--output", str(mirror.output), *options])


def repaired(mirror: Mirror) -> Verified:
    with closing(open_readonly(mirror.output)) as db:
        return verify(db, mirror.output, repair=FileRepair(db, mirror.output, decoder_for=decoder_for))


def stored_path(mirror: Mirror, name: str) -> Path:
    path = mirror.one("SELECT path FROM files JOIN attachments USING (sha256) WHERE url LIKE ?", f"%/files/{name}.pdf")
    return mirror.output / str(path)


def damage_record(mirror: Mirror, where: str) -> None:
    """Flip a byte in the middle of each record of the captures of a condition."""
    for warc, offset, length in mirror.rows(f"SELECT warc, offset, length FROM captures WHERE {where}"):
        path = mirror.output / warc
        content = bytearray(path.read_bytes())
        content[offset + length // 2] ^= 0xFF
        path.write_bytes(content)


@pytest.mark.parametrize("name", ["plain", "packed", "one", "large"])
@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "empty"])
def test_a_damaged_file_is_made_again_from_the_archive(mirror: Mirror, name: str, damage: str) -> None:
    whole = contents(mirror)
    path = stored_path(mirror, name)
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut": content[:-9], "flipped": b"?" + content[1:], "empty": b""}[damage])
    assert run_verify(mirror).exit_code == 1
    assert contents(mirror) != whole, "without the option nothing is written"
    answer = run_verify(mirror, "--repair")
    assert answer.exit_code == 0, answer.output
    assert f"mended: files/{path.parent.name}/{path.name}: " in answer.stdout
    assert "; made again from capture " in answer.stdout
    assert contents(mirror) == whole
    assert "mended" not in run_verify(mirror, "--repair").stdout


def test_a_folder_that_was_lost_is_made_again(mirror: Mirror) -> None:
    whole = contents(mirror)
    shutil.rmtree(mirror.output / "files")
    found = repaired(mirror)
    assert (len(found.mended), found.problems) == (5, ())
    assert contents(mirror) == whole
    assert list((mirror.output / SPOOL).iterdir()) == []


def test_good_files_are_not_touched(mirror: Mirror) -> None:
    stored_path(mirror, "plain").unlink()
    before = {path: path.stat() for path in (mirror.output / "files").rglob("*.*")}
    assert repaired(mirror).is_whole
    assert len(before) == 4
    for path, was in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (was.st_ino, was.st_mtime_ns)


def test_what_the_archive_does_not_hold_any_more_stays_as_it_is_and_is_named(mirror: Mirror) -> None:
    damage_record(mirror, "url LIKE '%/plain.pdf'")
    path = stored_path(mirror, "plain")
    path.write_bytes(b"the last bytes that are left")
    stored_path(mirror, "packed").unlink()
    answer = run_verify(mirror, "--repair")
    assert answer.exit_code == 1
    assert path.read_bytes() == b"the last bytes that are left"
    assert f"{path.name}: its bytes are not what was stored" in answer.stdout
    assert "; it cannot be made again: " in answer.stdout
    assert answer.stdout.count("mended: ") == 1, "one that cannot be made again keeps no other from it"
    assert list((mirror.output / SPOOL).iterdir()) == []


def test_a_piece_that_is_damaged_mends_nothing(mirror: Mirror) -> None:
    damage_record(mirror, "url LIKE '%/large.pdf' AND status = 206")
    stored_path(mirror, "large").unlink()
    found = repaired(mirror)
    assert found.mended == ()
    assert any("it cannot be made again" in problem for problem in found.problems)
    assert not stored_path(mirror, "large").exists()


def test_where_one_record_is_damaged_another_one_of_the_same_bytes_serves(mirror: Mirror) -> None:
    """The picture came once more, in a record that its row does not name."""
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        sha256 = db.execute("SELECT sha256 FROM files WHERE path LIKE '%.png'").fetchone()[0]
        columns = "run, site, url, fetched_at, status, payload_sha256, warc, offset, length"
        db.execute(
            f"INSERT INTO captures ({columns}) SELECT {columns} FROM captures WHERE payload_sha256 = ?", [sha256]
        )
        db.execute("UPDATE captures SET offset = 7 WHERE id = (SELECT capture FROM files WHERE sha256 = ?)", [sha256])
    whole = contents(mirror)
    path = next((mirror.output / "files").rglob("*.png"))
    path.unlink()
    assert [line for line in repaired(mirror).mended if path.name in line]
    assert contents(mirror) == whole


@pytest.mark.parametrize("path", ["../../out.pdf", "/nowhere/out.pdf", "files/00/out.pdf", "warc/xa/x.warc.gz"])
def test_a_row_that_names_another_place_is_not_written_to(mirror: Mirror, path: str) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("UPDATE files SET path = ? WHERE path LIKE '%.png'", [path])
    found = repaired(mirror)
    assert found.mended == ()
    assert any("its row names " in problem and " place " in problem for problem in found.problems)
    assert not (mirror.output / path).exists()


def test_a_row_with_another_hash_does_not_cost_the_file_its_bytes(mirror: Mirror) -> None:
    whole = contents(mirror)
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("UPDATE files SET sha256 = replace(sha256, substr(sha256, 1, 4), '0000') WHERE path LIKE '%.png'")
    assert not repaired(mirror).is_whole
    assert contents(mirror) == whole


def test_what_stands_there_and_cannot_be_read_is_left_alone(mirror: Mirror) -> None:
    path = stored_path(mirror, "plain")
    path.unlink()
    path.mkdir()  # bytes that we may not read are the same case, but not for root
    found = repaired(mirror)
    assert found.mended == ()
    assert any("cannot be read (Is a directory)" in problem for problem in found.problems)


def test_a_disk_that_does_not_take_the_bytes_is_a_sentence(mirror: Mirror) -> None:
    path = stored_path(mirror, "plain")
    shutil.rmtree(path.parent)
    path.parent.write_text("in the way")
    answer = run_verify(mirror, "--repair")
    assert answer.exit_code == 1
    assert "cannot be written: " in answer.stdout
    assert list((mirror.output / SPOOL).iterdir()) == []
