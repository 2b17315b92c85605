"""The archive as WACZ: the letter of the specification, what goes along, and that every line leads to its record."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from crawling import Mirror
from exporting import rich_mirror
from test_export import govnews
from warcio.archiveiterator import ArchiveIterator

from pipelines.database import open_database, open_readonly
from pipelines.errors import ArchiveError, ExportError
from pipelines.export.captures import Captured
from pipelines.export.cdxj import BLOCK, cdxj_line
from pipelines.export.surt import surt
from pipelines.export.wacz import Packed, write_wacz
from pipelines.storedarticles import Selection
from pipelines.warcreader import read_record

CREATED = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
EVERYTHING = Selection()


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    return rich_mirror(tmp_path_factory.mktemp("wacz"))


@pytest.fixture
def copied(mirror: Mirror, tmp_path: Path) -> Mirror:
    """A mirror that a test may damage."""
    copytree(mirror.output, tmp_path / "output")
    return Mirror(tmp_path / "output")


def packed(mirror: Mirror, selection: Selection = EVERYTHING, **options: Any) -> tuple[bytes, Packed]:
    file = io.BytesIO()
    with closing(open_readonly(mirror.output)) as db:
        counts = write_wacz(db, mirror.output, selection, file, **({"created": CREATED} | options))
    return file.getvalue(), counts


@dataclass
class Package:
    """A package as a reader opens it, with nothing of our own code."""

    parts: Mapping[str, bytes]

    @classmethod
    def of(cls, document: bytes) -> "Package":
        with ZipFile(io.BytesIO(document)) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    @property
    def index(self) -> list[tuple[str, str, dict[str, Any]]]:
        lines = gzip.decompress(self.parts["indexes/index.cdx.gz"]).decode().splitlines()
        return [(key, at, json.loads(block)) for key, at, block in (line.split(" ", 2) for line in lines)]

    @property
    def pages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.parts["pages/pages.jsonl"].splitlines()][1:]

    def warcs(self) -> dict[str, bytes]:
        return {Path(name).name: data for name, data in self.parts.items() if name.startswith("archive/")}

    def record(self, line: Mapping[str, Any]) -> Any:
        """The record that a line of the index leads to, and its payload."""
        start = int(line["offset"])
        member = self.parts[f"archive/{line['filename']}"][start : start + int(line["length"])]
        record = next(iter(ArchiveIterator(io.BytesIO(member), check_digests="raise")))
        return record, record.raw_stream.read()

    def payload(self, line: Mapping[str, Any]) -> bytes:
        """The payload of a line, found as replay tools do: a revisit's where it refers to, by its digest."""
        record, payload = self.record(line)
        if line["mime"] != "warc/revisit":
            return bytes(payload)
        key = surt(record.rec_headers["WARC-Refers-To-Target-URI"])
        original = next(
            block
            for other, _, block in self.index
            if other == key and block["digest"] == line["digest"] and block["mime"] != "warc/revisit"
        )
        return self.payload(original)


def test_a_package_has_the_parts_and_properties_of_the_specification(mirror: Mirror) -> None:
    document, counts = packed(mirror)
    package = Package.of(document)
    assert {name.partition("/")[0] for name in package.parts} == {
        "archive",
        "indexes",
        "pages",
        "datapackage.json",
        "datapackage-digest.json",
    }
    listed = json.loads(package.parts["datapackage.json"])
    assert (listed["profile"], listed["wacz_version"]) == ("data-package", "1.1.1")
    assert listed["created"] == "2026-11-22T08:30:00Z"
    assert listed["title"] == "Xã Bạn, Xã Mẫu"
    header = json.loads(package.parts["pages/pages.jsonl"].splitlines()[0])
    assert header["format"] == "json-pages-1.0"
    assert counts == Packed(pages=12, captures=len(mirror.rows("SELECT 1 FROM captures WHERE warc > ''")), warc_files=3)


def test_every_part_is_listed_with_its_size_and_hash_and_the_list_with_its_own(mirror: Mirror) -> None:
    parts = dict(Package.of(packed(mirror)[0]).parts)
    digest = json.loads(parts.pop("datapackage-digest.json"))
    assert digest == {"path": "datapackage.json", "hash": sha256(parts["datapackage.json"])}
    listed = json.loads(parts.pop("datapackage.json"))["resources"]
    assert {item["path"]: (item["bytes"], item["hash"]) for item in listed} == {
        path: (len(data), sha256(data)) for path, data in parts.items()
    }
    names = [item["name"] for item in listed]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() for name in names), "as the Frictionless specification asks"


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_what_is_compressed_already_can_be_sought_in(mirror: Mirror) -> None:
    with ZipFile(io.BytesIO(packed(mirror)[0])) as archive:
        assert archive.testzip() is None
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    assert all(kind == ZIP_STORED for name, kind in kinds.items() if name.endswith(".gz"))


def test_the_warc_files_are_copied_byte_for_byte(mirror: Mirror) -> None:
    kept = {path.name: path.read_bytes() for path in mirror.output.glob("warc/*/*.warc.gz")}
    assert Package.of(packed(mirror)[0]).warcs() == kept


def test_every_capture_is_found_by_its_address_and_leads_to_its_bytes(mirror: Mirror) -> None:
    package = Package.of(packed(mirror)[0])
    lines = {(block["filename"], block["offset"]): (key, at, block) for key, at, block in package.index}
    rows = mirror.rows(
        "SELECT url, fetched_at, status, warc, offset FROM captures WHERE warc IS NOT NULL AND status != 304"
    )
    assert len(lines) == len(package.index) == len(rows)
    for url, at, status, warc, offset in rows:
        key, timestamp, block = lines[Path(warc).name, str(offset)]
        assert (key, timestamp) == (surt(url), "".join(filter(str.isdigit, at))[:14])
        assert block["status"] == str(status)
        assert package.payload(block) == read_record(mirror.output, warc, offset).payload


def test_the_index_is_what_a_third_party_makes_of_the_same_records(mirror: Mirror, tmp_path: Path) -> None:
    package = Package.of(packed(mirror)[0])
    theirs = Counter[tuple[str, ...]]()
    for name, data in package.warcs().items():
        (tmp_path / name).write_bytes(data)
        fields = "offset,length,warc-type,warc-target-uri,warc-payload-digest,http:status"
        command = [sys.executable, "-m", "warcio.cli", "index", "-f", fields, str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, check=True)
        for record in map(json.loads, done.stdout.splitlines()):
            if record["warc-type"] in {"response", "revisit"} and record["http:status"] != "304":
                theirs[name, *(record[key] for key in fields.split(",") if key != "warc-type")] += 1
    ours = Counter(
        tuple(block[key] for key in ("filename", "offset", "length", "url", "digest", "status"))
        for _, _, block in package.index
    )
    assert ours == theirs


def test_the_index_is_sorted_and_its_blocks_are_found_without_reading_the_rest(mirror: Mirror) -> None:
    package = Package.of(packed(mirror)[0])
    data = package.parts["indexes/index.cdx.gz"]
    lines = gzip.decompress(data).splitlines(keepends=True)
    assert lines == sorted(lines)
    meta, *blocks = package.parts["indexes/index.idx"].decode().splitlines()
    assert meta == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    assert len(blocks) == -(-len(lines) // BLOCK)
    for number, block in enumerate(blocks):
        key, at, place = block.split(" ", 2)
        where = json.loads(place)
        piece = data[where["offset"] : where["offset"] + where["length"]]
        assert where["digest"] == sha256(piece)
        first = gzip.decompress(piece).splitlines(keepends=True)[0]
        assert first == lines[number * BLOCK]
        assert first.decode().startswith(f"{key} {at} {{")


def test_pages_are_the_articles_and_each_is_in_the_index(mirror: Mirror) -> None:
    package = Package.of(packed(mirror)[0])
    found = {(key, at) for key, at, _ in package.index}
    assert len(package.pages) == 12
    for page in package.pages:
        assert page["title"].startswith("Xã Mẫu làm đường")
        assert (surt(page["url"]), "".join(filter(str.isdigit, page["ts"]))[:14]) in found


def test_of_one_site_everything_goes_along_and_what_its_revisits_refer_to(mirror: Mirror) -> None:
    document, counts = packed(mirror, Selection(sites=("ban",)))
    package = Package.of(document)
    assert counts.pages == 6
    whole, selection = sorted(package.warcs(), key=lambda name: name.endswith("-selection.warc.gz"))
    assert whole.startswith("ban-")
    assert selection.startswith("xa-"), "the neighbour's answers have the bytes of those of the first site"
    own = {block["url"] for _, _, block in package.index if block["filename"] == whole}
    assert own == {row[0] for row in mirror.rows("SELECT url FROM captures WHERE site = 'ban' AND warc > ''")}
    revisits = [block for _, _, block in package.index if block["mime"] == "warc/revisit"]
    assert len(revisits) >= 6
    for block in revisits:
        assert sha256(package.payload(block)) == block["digest"]
    assert json.loads(package.parts["datapackage.json"])["mainPageUrl"] == "http://ban.example/"


def test_copied_records_are_whole_warc_files_with_their_warcinfo_and_requests(mirror: Mirror, tmp_path: Path) -> None:
    package = Package.of(packed(mirror, Selection(sites=("ban",)))[0])
    for name, data in package.warcs().items():
        (tmp_path / name).write_bytes(data)
        kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(data))]
        assert kinds[0] == "warcinfo"
        assert kinds.count("request") == len(kinds) // 2
    check = [sys.executable, "-m", "warcio.cli", "check", *map(str, tmp_path.iterdir())]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0


def test_of_a_period_goes_along_what_belongs_to_its_articles(mirror: Mirror) -> None:
    day = date(2024, 5, 2)
    package = Package.of(packed(mirror, Selection(sites=("xa",), since=day, until=day))[0])
    paths = {block["url"].removeprefix("http://xa.example") for _, _, block in package.index}
    own = {"/tin-2.html", "/files/cu.pdf", "/files/ke-hoach.pdf", "/files/ban-sao.pdf", "/files/mat.pdf"}
    assert own <= paths
    assert paths - own <= {"/anh/giong.png", "/anh/duong.png"}, "the picture, and the record that holds its bytes"
    assert [page["url"] for page in package.pages] == ["http://xa.example/tin-2.html"]
    for _, _, block in package.index:
        assert sha256(package.payload(block)) == block["digest"]


def test_the_same_mirror_and_time_give_the_same_bytes(mirror: Mirror) -> None:
    selection = Selection(sites=("ban",))
    assert packed(mirror)[0] == packed(mirror)[0]
    assert packed(mirror, selection)[0] == packed(mirror, selection)[0]
    assert packed(mirror, created=datetime(1970, 1, 1, tzinfo=UTC))[0] != packed(mirror)[0]


def test_what_a_running_crawl_has_not_committed_yet_stays_out(mirror: Mirror, copied: Mirror) -> None:
    newest = max(copied.output.glob("warc/xa/*.warc.gz"))
    with newest.open("ab") as file:
        file.write(newest.read_bytes()[:700])
    assert packed(copied)[0] == packed(mirror)[0]


def test_a_damaged_archive_is_named_and_no_file_is_left(copied: Mirror, tmp_path: Path) -> None:
    path = min(copied.output.glob("warc/xa/*.warc.gz"))
    offset = copied.one("SELECT offset FROM captures WHERE warc = ? ORDER BY offset LIMIT 1", f"warc/xa/{path.name}")
    data = bytearray(path.read_bytes())
    data[offset : offset + 20] = bytes(20)
    path.write_bytes(data)
    target = tmp_path / "xa.wacz"
    done = govnews("export", "wacz", target, "--output", copied.output)
    assert done.returncode == 1
    assert f"{path.name}: the record at byte {offset} cannot be read".encode() in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert sorted(item.name for item in tmp_path.iterdir()) == ["output"]
    path.unlink()
    with pytest.raises(ArchiveError, match=path.name):
        packed(copied)


def test_a_package_of_nothing_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="nothing of what was asked for"):
        packed(mirror, Selection(since=date(2030, 1, 1)))
    open_database(tmp_path).close()
    with pytest.raises(ExportError):
        packed(Mirror(tmp_path))


def test_the_command_writes_the_package(mirror: Mirror, tmp_path: Path) -> None:
    target = tmp_path / "xa.wacz"
    time = ("--created", "2026-11-22T08:30:00Z")
    done = govnews("export", "wacz", target, *time, "--site", "ban", "--output", mirror.output)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith(f"{target}: 6 pages, ")
    assert target.read_bytes() == packed(mirror, Selection(sites=("ban",)))[0]


def test_a_package_must_be_called_what_it_is(mirror: Mirror, tmp_path: Path) -> None:
    done = govnews("export", "wacz", tmp_path / "xa.zip", "--output", mirror.output)
    assert done.returncode == 2
    assert b"something.wacz" in done.stderr


POSTED = Captured(
    id=1,
    method="POST",
    status=200,
    mime="text/html",
    payload_sha256="ab",
    warc="warc/x/x.warc.gz",
    offset=10,
    length=20,
    record_id="<urn:uuid:1>",
)


@pytest.mark.parametrize(
    ("request_block", "key", "body"),
    [
        (
            b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n__EVENTTARGET=Trang%242&x=a+b",
            "example,xa)/tin?__eventtarget=trang$2&__wb_method=post&x=a%20b",
            "__EVENTTARGET=Trang$2&x=a b",
        ),
        (
            b"POST /tin HTTP/1.1\r\nContent-Type: application/octet-stream\r\n\r\n\x00\xff",
            "example,xa)/tin?__wb_method=post&__wb_post_data=ap8=",
            "__wb_post_data=AP8=",
        ),
        (b"POST /tin HTTP/1.1\r\n\r\n", "example,xa)/tin?__wb_method=post", ""),
        (b"", "example,xa)/tin?__wb_method=post", ""),
    ],
)
def test_what_was_posted_is_part_of_the_key(request_block: bytes, key: str, body: str) -> None:
    fields = {
        "WARC-Type": "response",
        "WARC-Target-URI": "http://xa.example/tin",
        "WARC-Date": "2026-11-22T08:00:00.250000Z",
        "WARC-Payload-Digest": "sha256:ab",
    }
    line = cdxj_line(POSTED, fields, request_block, filename="x.warc.gz", offset=99) or ""
    found, at, block = line.split(" ", 2)
    assert (found, at) == (key, "20261122080000")
    assert json.loads(block) == {
        "url": "http://xa.example/tin",
        "mime": "text/html",
        "status": "200",
        "digest": "sha256:ab",
        "length": "20",
        "offset": "99",
        "filename": "x.warc.gz",
        "method": "POST",
        "requestBody": body,
    }
