"""What a run finds of the one before it that was killed: torn records, and whole ones that no row knows."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from crawler.contentcoding import decoder_for
from pipelines.recovery import find_leftovers
from pipelines.store import Store
from pipelines.warcfile import Earlier, Exchange, WarcPlace, WarcWriter

START = datetime(2024, 5, 7, 8, 0, tzinfo=UTC)
SITE = {"id": "xa", "title": "Xã Mẫu", "home": "http://xa.example/", "family": "auto"}
PAGE = "<p>Hợp tác xã nông nghiệp tổng kết vụ lúa đông xuân.</p>".encode()


@dataclass(slots=True)
class Clock:
    time: datetime = START

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


@dataclass(slots=True)
class House:
    """An output folder with a database and an archive, through several runs."""

    output: Path
    clock: Clock = field(default_factory=Clock)
    store: Store = field(init=False)
    archive: WarcWriter = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.output, clock=self.clock)
        self.archive = self.new_archive()

    def begin(self) -> int:
        """Begin a run, an hour after what was before."""
        self.archive.close()
        self.clock.time += timedelta(hours=1)
        run = self.store.begin_run(SITE, [], kind="crawl", decoder_for=decoder_for)
        self.archive = self.new_archive()
        return run

    def new_archive(self) -> WarcWriter:
        return WarcWriter(self.output, site="xa", software="thu/1", clock=self.clock, fsync=False)

    def close(self) -> None:
        self.archive.close()
        self.store.close()

    def receive(self, payload: bytes = PAGE, *, is_committed: bool = False, **fields: Any) -> WarcPlace:
        place = self.archive.write_exchange(self.exchange(payload, **fields))
        if is_committed:
            self.commit(place)
        return place

    def exchange(self, payload: bytes = PAGE, *, head: bytes = b"", **fields: Any) -> Exchange:
        plain: dict[str, Any] = {
            "url": "http://xa.example/tin",
            "fetched_at": self.clock(),
            "request_head": b"GET /tin HTTP/1.1\r\nHost: xa.example\r\n\r\n",
            "response_head": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n",
            "payload": BytesIO(payload),
            "payload_sha256": sha256(payload),
        }
        return Exchange(**(plain | fields))

    def commit(self, place: WarcPlace) -> None:
        columns = {"warc": place.warc, "offset": place.offset, "length": place.length, "record_id": place.record_id}
        row = {"run": self.store.run, "site": "xa", "url": "http://xa.example/tin", "status": 200, "fetched_at": "-"}
        self.store.db.table("captures").insert(row | columns)

    def rows(self, sql: str) -> list[Any]:
        return list(self.store.db.execute(sql).fetchall())

    def recovered(self) -> list[dict[str, Any]]:
        return list(self.store.db.table("captures").rows_where("source = 'recovered'", order_by="id"))

    def places(self) -> list[tuple[str, int]]:
        return [(row[0], row[1]) for row in self.rows("SELECT warc, offset FROM captures ORDER BY warc, offset")]


def sha256(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def response_places(output: Path) -> list[tuple[str, int]]:
    """Where the responses lie, as warcio finds them."""
    found = []
    for path in sorted(output.glob("warc/*/*.warc.gz")):
        with path.open("rb") as stream:
            records = ArchiveIterator(stream)
            found += [
                (path.relative_to(output).as_posix(), records.get_record_offset())
                for record in records
                if record.rec_type in {"response", "revisit"}
            ]
    return found


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    house = House(folder)
    yield house
    house.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path / "output") as house:
        yield house


# What is taken in


def test_an_answer_that_was_archived_and_not_committed_becomes_a_capture_of_the_killed_run(house: House) -> None:
    killed = house.begin()
    known = house.receive(is_committed=True)
    place = house.receive(head=b'ETag: "v1"\r\nLast-Modified: Tue, 07 May 2024 08:00:00 GMT\r\n')
    house.begin()
    (row,) = house.recovered()
    expected = {
        "run": killed,
        "site": "xa",
        "method": "GET",
        "url": "http://xa.example/tin",
        "status": 200,
        "mime": "text/html",
        "payload_sha256": sha256(PAGE),
        "body_sha256": sha256(PAGE),
        "etag": '"v1"',
        "last_modified": "Tue, 07 May 2024 08:00:00 GMT",
        "warc": place.warc,
        "offset": place.offset,
        "length": place.length,
        "record_id": place.record_id,
        "kind": "crawl",
        "source": "recovered",
        "reading": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["fetched_at"].startswith("2024-05-07T09:00:00.")
    assert house.places() == [(place.warc, known.offset), (place.warc, place.offset)]


def test_the_killed_run_counts_what_it_received_and_says_what_was_done(house: House) -> None:
    house.begin()
    place = house.receive()
    house.begin()
    (run, _) = house.store.db.table("runs").rows
    assert (run["outcome"], run["requests"], run["bytes"]) == ("interrupted", 1, place.length)
    assert run["detail"] == "killed; answers taken in from the archive: 1"


def test_a_coded_body_has_both_hashes(house: House) -> None:
    house.begin()
    packed = gzip.compress(PAGE)
    house.receive(packed, head=b"Content-Encoding: gzip\r\n")
    house.receive(packed[:-9], head=b"Content-Encoding: gzip\r\n")
    house.receive(packed, head=b"Content-Encoding: exi\r\n")
    house.receive(packed, head=b"Content-Encoding: gzip\r\n", truncated="length")
    house.begin()
    whole, broken, unknown, cut = house.recovered()
    assert (whole["payload_sha256"], whole["body_sha256"], whole["error"]) == (sha256(packed), sha256(PAGE), None)
    assert (broken["payload_sha256"], "too early" in broken["error"]) == (sha256(packed[:-9]), True)
    assert (unknown["payload_sha256"], unknown["body_sha256"]) == (sha256(packed), None)
    assert "'exi' is not known" in unknown["error"]
    assert (cut["payload_sha256"], cut["body_sha256"], cut["truncated"]) == (sha256(packed), None, "length")


def test_a_redirect_and_a_form_are_what_they_were(house: House) -> None:
    house.begin()
    house.receive(b"", response_head=b"HTTP/1.1 302 Found\r\nLocation: /t\xc3\xadn?a=1\r\n\r\n")
    house.receive(
        request_head=b"POST /tin HTTP/1.1\r\nHost: xa.example\r\nContent-Length: 70000\r\n\r\n",
        request_body=b"x" * 70_000,
    )
    house.begin()
    moved, asked = house.recovered()
    assert (moved["status"], moved["redirect_to"]) == (302, "http://xa.example/t%C3%ADn?a=1")
    assert (asked["method"], asked["request_sha256"]) == ("POST", sha256(b"x" * 70_000))
    assert moved["request_sha256"] is None


def test_revisits_are_taken_in_with_the_hashes_that_they_refer_to(house: House) -> None:
    house.begin()
    place = house.receive()
    house.begin()
    earlier = Earlier(url="http://xa.example/tin", date=START, place=place)
    house.archive.write_revisit(house.exchange(), earlier)
    not_modified = house.exchange(b"", response_head=b"HTTP/1.1 304 Not Modified\r\n\r\n")
    house.archive.write_not_modified(not_modified, earlier)
    house.begin()
    _, same, unchanged = house.recovered()
    assert (same["status"], same["payload_sha256"], same["body_sha256"]) == (200, sha256(PAGE), sha256(PAGE))
    assert (unchanged["status"], unchanged["payload_sha256"]) == (304, sha256(b""))


def test_an_answer_in_the_middle_is_found_although_later_ones_were_committed(house: House) -> None:
    house.begin()
    house.receive(is_committed=True)
    lost = house.receive()
    house.receive(is_committed=True)
    house.begin()
    assert [row["offset"] for row in house.recovered()] == [lost.offset]


def test_an_answer_whose_request_was_not_written_any_more_is_taken_in(house: House) -> None:
    house.begin()
    place = house.receive(request_head=b"POST /tin HTTP/1.1\r\n\r\n", request_body=b"a=1")
    house.archive.close()
    os.truncate(house.output / place.warc, place.offset + place.length)
    house.begin()
    assert [row["offset"] for row in house.recovered()] == [place.offset]


def test_nothing_is_taken_in_twice(house: House) -> None:
    for _ in range(3):
        house.begin()
        house.receive()
    house.begin()
    assert house.places() == response_places(house.output)
    assert len(house.places()) == 3


def test_files_that_no_row_knows_are_counted_and_left(house: House) -> None:
    house.begin()
    house.receive(b"%PDF-1.4 ke hoach")
    spool = house.output / "spool"
    spool.write_bytes(b"%PDF-1.4 ke hoach")
    path = house.output / house.store.files.put(spool, sha256(b"%PDF-1.4 ke hoach"), "pdf")
    house.begin()
    assert path.is_file()
    assert house.rows("SELECT detail FROM runs WHERE id = 1") == [
        ("killed; answers taken in from the archive: 1; files left that no row knows: 1",)
    ]


# What is cut off


def test_every_file_of_the_killed_run_is_looked_at_whatever_its_name(house: House) -> None:
    house.begin()
    torn = house.output / house.receive(is_committed=True).warc
    house.archive.close()
    house.clock.time -= timedelta(days=1)  # the clock of the machine was set back while it ran
    house.archive = house.new_archive()
    second = house.output / house.receive(is_committed=True).warc
    house.archive.close()
    assert second.name < torn.name
    sizes = [path.stat().st_size for path in (torn, second)]
    for path in (torn, second):
        with path.open("ab") as file:
            file.write(gzip.compress(b"WARC/1.1\r\n" + os.urandom(500))[:-40])
    house.clock.time += timedelta(days=1)
    house.begin()
    assert [path.stat().st_size for path in (torn, second)] == sizes
    assert "bytes of a torn record cut off: " in house.rows("SELECT detail FROM runs WHERE id = 1")[0][0]


@settings(max_examples=30, deadline=None)
@given(
    committed=st.lists(st.booleans(), min_size=1, max_size=5),
    sizes=st.lists(st.integers(0, 3000), min_size=5, max_size=5),
    torn=st.integers(0, 3000),
)
def test_wherever_the_archive_breaks_off_every_whole_answer_has_one_row(
    committed: list[bool], sizes: list[int], torn: int
) -> None:
    with TemporaryDirectory() as folder, house_in(Path(folder) / "output") as house:
        house.begin()
        places = [house.receive(os.urandom(size), is_committed=c) for c, size in zip(committed, sizes, strict=False)]
        house.archive.close()
        path = house.output / places[0].warc
        # What is committed is on disk; all that comes after it may be missing.
        safe = max((p.offset + p.length for p, c in zip(places, committed, strict=True) if c), default=0)
        os.truncate(path, max(safe, path.stat().st_size - torn))
        house.begin()
        assert house.places() == response_places(house.output)
        assert len(house.places()) >= sum(committed)
        assert len(set(house.places())) == len(house.places())


# Where it looks


def test_a_run_that_came_to_its_end_costs_no_look_into_its_files(house: House) -> None:
    house.begin()
    path = house.output / house.receive(is_committed=True).warc
    house.store.end_run("ok")
    path.write_bytes(b"\x1f\x8b torn, and nobody looks")
    house.clock.time += timedelta(hours=1)
    assert find_leftovers(house.store.db, house.output, "xa").captures == ()
    assert path.read_bytes() == b"\x1f\x8b torn, and nobody looks"


def test_what_a_failed_run_could_not_commit_is_taken_in_by_the_next_one_and_its_seal_holds(house: House) -> None:
    failed = house.begin()
    house.receive()
    house.store.end_run("failed", "the database takes no more rows")
    before = house.rows(f"SELECT * FROM runs WHERE id = {failed}")
    found_by = house.begin()
    assert [row["run"] for row in house.recovered()] == [found_by]
    assert house.rows(f"SELECT * FROM runs WHERE id = {failed}") == before


def test_the_file_of_a_run_that_a_power_cut_took_out_of_the_database_is_taken_in(house: House) -> None:
    house.begin()
    house.receive(is_committed=True)
    house.store.end_run("ok")
    lost = house.begin()
    place = house.receive()
    house.store.db.execute("DELETE FROM runs WHERE id = ?", [lost])
    house.begin()
    assert [(row["warc"], row["offset"]) for row in house.recovered()] == [(place.warc, place.offset)]


def test_an_archive_without_its_database_is_left_alone_and_named(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house.begin()
    house.receive()
    (tmp_path / "new").mkdir()
    (house.output / "warc").rename(tmp_path / "new" / "warc")
    with house_in(tmp_path / "new") as another, caplog.at_level(logging.WARNING):
        another.begin()
        assert another.places() == []
    assert "knows nothing of the 1 WARC files" in caplog.text


def test_damage_in_the_middle_is_stepped_over_and_named(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.begin()
    damaged = house.receive(os.urandom(2000))
    house.receive(is_committed=True)
    lost = house.receive()
    house.archive.close()
    path = house.output / damaged.warc
    content = bytearray(path.read_bytes())
    content[damaged.offset + 700 : damaged.offset + 760] = bytes(60)
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        house.begin()
    assert [row["offset"] for row in house.recovered()] == [lost.offset]
    assert f"damaged at byte {damaged.offset}" in caplog.text
    assert path.read_bytes() == bytes(content)


def test_manifests_hold_what_was_taken_in(house: House) -> None:
    house.begin()
    house.receive()
    house.begin()
    (manifest,) = house.rows("SELECT manifest FROM runs WHERE id = 1")[0]
    house.store.db.execute("DELETE FROM captures WHERE run = 1")
    from pipelines.manifest import manifest_of

    assert json.loads(manifest)["sha256"] != manifest_of(house.store.db, 1, {})["sha256"]
