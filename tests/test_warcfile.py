"""WARC files as written, read back by our reader and by warcio, cut, damaged and repaired."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipelines.errors import ArchiveError
from pipelines.warcfile import SAME_PAYLOAD, Earlier, Exchange, WarcPlace, WarcWriter
from pipelines.warcreader import open_record, read_record
from pipelines.warcrepair import repair

MOMENT = datetime(2024, 5, 7, 13, 1, 2, 345000, tzinfo=UTC)
REQUEST = b"GET /tin HTTP/1.1\r\nHost: xa.example\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
PAGE = "<p>Hội Chữ thập đỏ xã An Bình hiến máu.</p>".encode()


def noise(size: int, *, seed: int) -> bytes:
    """Bytes that cannot be compressed, the same in every run."""
    return hashlib.shake_128(bytes([seed])).digest(size)


def exchange(payload: bytes = PAGE, **fields: Any) -> Exchange:
    plain: dict[str, Any] = {
        "url": "http://xa.example/tin",
        "fetched_at": MOMENT,
        "request_head": REQUEST,
        "response_head": RESPONSE,
        "payload": BytesIO(payload),
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
    }
    return Exchange(**(plain | fields))


def writer(output: Path, **options: Any) -> WarcWriter:
    plain: dict[str, Any] = {"site": "an-binh", "software": "thu/1", "clock": lambda: MOMENT}
    return WarcWriter(output, **(plain | options))


def write(output: Path, *payloads: bytes, **options: Any) -> list[WarcPlace]:
    archive = writer(output, **options)
    places = [archive.write_exchange(exchange(payload)) for payload in payloads]
    archive.close()
    return places


def files(output: Path) -> list[Path]:
    return sorted(output.glob("warc/*/*"))


def records(output: Path) -> Iterator[tuple[dict[str, str], bytes]]:
    for path in files(output):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                yield dict(record.rec_headers.headers), record.raw_stream.read()


def check(output: Path) -> None:
    """`warcio check`, as an archivist would run it."""
    command = [sys.executable, "-m", "warcio.cli", "check", *map(str, files(output))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


# Writing


def test_a_file_begins_with_what_made_it(tmp_path: Path) -> None:
    write(tmp_path, PAGE, extra_info={"robots": "obeyed", "site-file-sha256": "ab\r\ncd"})
    (path,) = files(tmp_path)
    assert path == tmp_path / "warc" / "an-binh" / "an-binh-20240507130102-00001.warc.gz"
    fields, block = next(records(tmp_path))
    assert (fields["WARC-Type"], fields["WARC-Filename"]) == ("warcinfo", path.name)
    assert fields["WARC-Date"] == "2024-05-07T13:01:02.345Z"
    assert block.decode().splitlines() == [
        "software: thu/1",
        "format: WARC File Format 1.1",
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf: an-binh",
        "robots: obeyed",
        "site-file-sha256: ab cd",
    ]
    check(tmp_path)


def test_an_exchange_is_a_response_and_its_request(tmp_path: Path) -> None:
    (place,) = write(tmp_path, PAGE)
    info, (response, response_block), (request, request_block) = records(tmp_path)
    assert response_block == RESPONSE + PAGE
    assert request_block == REQUEST
    assert response["WARC-Record-ID"] == request["WARC-Concurrent-To"] == place.record_id
    assert response["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(PAGE).hexdigest()}"
    assert response["WARC-Block-Digest"] == f"sha256:{hashlib.sha256(RESPONSE + PAGE).hexdigest()}"
    assert response["WARC-Warcinfo-ID"] == request["WARC-Warcinfo-ID"] == info[0]["WARC-Record-ID"]
    assert response["Content-Type"] == "application/http; msgtype=response"
    assert "WARC-IP-Address" not in response
    assert gzip.decompress(files(tmp_path)[0].read_bytes()).count(b"WARC/1.1\r\n") == 3


def test_every_record_is_a_gzip_member_of_its_own(tmp_path: Path) -> None:
    (place,) = write(tmp_path, PAGE)
    member = (tmp_path / place.warc).read_bytes()[place.offset : place.offset + place.length]
    assert gzip.decompress(member).endswith(PAGE + b"\r\n\r\n")


@pytest.mark.parametrize("payload", [b"", b"x", PAGE * 5000, noise(300_000, seed=1)])
def test_a_record_is_found_with_one_seek(tmp_path: Path, payload: bytes) -> None:
    places = write(tmp_path, PAGE, payload, PAGE)
    stored = read_record(tmp_path, places[1].warc, places[1].offset)
    assert (stored.payload, stored.url, stored.date) == (payload, "http://xa.example/tin", MOMENT)
    assert (stored.status, stored.reason) == (200, "OK")
    assert stored.headers == [(b"Content-Type", b"text/html")]
    assert stored.record_type == "response"
    check(tmp_path)


def test_what_is_compressed_already_is_not_compressed_again(tmp_path: Path) -> None:
    dense = noise(1_000_000, seed=2)
    (place,) = write(tmp_path, dense)
    assert len(dense) < place.length < len(dense) + 2000
    (place,) = write(tmp_path, PAGE * 20_000)
    assert place.length < 20_000


def test_raw_header_bytes_survive(tmp_path: Path) -> None:
    head = b"HTTP/1.1 404 Kh\xc3\xb4ng th\xe1y\r\nX: \xc4\x91\xf0\r\nx:  2 \r\nX-Long: a\r\n\tb\r\nnonsense\r\n\r\n"
    archive = writer(tmp_path)
    place = archive.write_exchange(exchange(response_head=head))
    archive.close()
    assert list(records(tmp_path))[1][1] == head + PAGE
    stored = read_record(tmp_path, place.warc, place.offset)
    assert stored.status == 404
    assert stored.headers == [(b"X", b"\xc4\x91\xf0"), (b"x", b"2"), (b"X-Long", b"a b")]
    check(tmp_path)


def test_only_the_line_of_the_removed_coding_is_renamed(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-Transfer-Encoding: a\r\ntransfer-ENCODING:chunked\r\nContent-Encoding: gzip\r\n\r\n"
    archive = writer(tmp_path)
    archive.write_exchange(exchange(response_head=head))
    archive.close()
    renamed = head.replace(b"\ntransfer-ENCODING", b"\nX-Archive-Orig-transfer-ENCODING")
    assert list(records(tmp_path))[1][1] == renamed + PAGE


def test_what_is_known_of_the_exchange_is_said(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    place = archive.write_exchange(
        exchange(url="http://xa.example/tin tức", ip_address="203.0.113.9", truncated="length")
    )
    archive.close()
    fields = list(records(tmp_path))[1][0]
    assert fields["WARC-IP-Address"] == "203.0.113.9"
    assert fields["WARC-Truncated"] == "length"
    assert fields["WARC-Target-URI"] == "http://xa.example/tin%20t%E1%BB%A9c"
    assert read_record(tmp_path, place.warc, place.offset).truncated == "length"


def test_a_payload_that_is_not_what_its_digest_says_fails_the_check(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.write_exchange(exchange(payload_sha256="0" * 64))
    archive.close()
    with pytest.raises(AssertionError):
        check(tmp_path)


def test_full_files_are_followed_by_new_ones(tmp_path: Path) -> None:
    payloads = [noise(3000, seed=n) for n in range(6)]
    places = write(tmp_path, *payloads, max_bytes=5000)
    assert [path.name[-13:] for path in files(tmp_path)] == [f"0000{n}.warc.gz" for n in (1, 2, 3)]
    assert [read_record(tmp_path, place.warc, place.offset).payload for place in places] == payloads
    check(tmp_path)


def test_a_second_run_in_the_same_second_takes_another_name(tmp_path: Path) -> None:
    first, second = write(tmp_path, PAGE), write(tmp_path, PAGE)
    assert first[0].warc != second[0].warc
    assert len(files(tmp_path)) == 2


def test_a_run_that_keeps_nothing_leaves_no_file(tmp_path: Path) -> None:
    write(tmp_path)
    assert files(tmp_path) == []


def test_threads_write_one_after_another(tmp_path: Path) -> None:
    archive = writer(tmp_path, fsync=False)
    payloads = [b"%d" % n * 3000 for n in range(24)]
    places: dict[bytes, WarcPlace] = {}

    def one(payload: bytes) -> None:
        places[payload] = archive.write_exchange(exchange(payload))

    threads = [threading.Thread(target=one, args=(payload,)) for payload in payloads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive.close()
    assert {payload: read_record(tmp_path, p.warc, p.offset).payload for payload, p in places.items()} == {
        payload: payload for payload in payloads
    }
    check(tmp_path)


# Revisits


def test_a_revisit_is_read_with_the_payload_it_refers_to(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    first = archive.write_exchange(exchange())
    archive.close()
    archive = writer(tmp_path)
    head = b"HTTP/1.1 200 OK\r\nX-Second: yes\r\n\r\n"
    earlier = Earlier(url="http://xa.example/tin", date=MOMENT, place=first)
    place = archive.write_revisit(exchange(url="http://xa.example/b", response_head=head), earlier)
    archive.close()
    fields, block = list(records(tmp_path))[4]
    assert block == head
    assert fields["WARC-Type"] == "revisit"
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert fields["WARC-Refers-To-Target-URI"] == "http://xa.example/tin"
    assert fields["WARC-Refers-To-Date"] == "2024-05-07T13:01:02.345Z"
    assert fields["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(PAGE).hexdigest()}"
    stored = read_record(tmp_path, place.warc, place.offset)
    assert (stored.payload, stored.headers, stored.record_type) == (PAGE, [(b"X-Second", b"yes")], "revisit")
    check(tmp_path)


def test_a_revisit_whose_payload_is_gone_says_which_file_is_missing(tmp_path: Path) -> None:
    (first,) = write(tmp_path, PAGE)
    archive = writer(tmp_path)
    place = archive.write_revisit(exchange(), Earlier(url="http://xa.example/tin", date=MOMENT, place=first))
    archive.close()
    (tmp_path / first.warc).unlink()
    with pytest.raises(ArchiveError, match="an-binh-20240507130102-00001"):
        read_record(tmp_path, place.warc, place.offset)


def test_a_not_modified_has_no_payload_of_its_own(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    first = archive.write_exchange(exchange())
    head = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    earlier = Earlier(url="http://xa.example/tin", date=MOMENT, place=first)
    place = archive.write_not_modified(exchange(b"", response_head=head), earlier)
    archive.close()
    fields, block = list(records(tmp_path))[3]
    assert block == head
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert fields["WARC-Refers-To"] == first.record_id
    assert "WARC-Payload-Digest" not in fields
    stored = read_record(tmp_path, place.warc, place.offset)
    assert (stored.status, stored.payload) == (304, b"")
    check(tmp_path)


# Reading what is not there


@pytest.mark.parametrize(("offset", "what"), [(3, "cannot be read"), (0, "is no response"), (10**9, "cannot be read")])
def test_an_offset_without_a_response_is_named(tmp_path: Path, offset: int, what: str) -> None:
    (place,) = write(tmp_path, PAGE)
    with pytest.raises(ArchiveError, match=what):
        read_record(tmp_path, place.warc, offset)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"gone\.warc\.gz"):
        read_record(tmp_path, "warc/x/gone.warc.gz", 0)


FIELDS = {
    "WARC-Type": "response",
    "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000000>",
    "WARC-Date": "2024-05-07T13:01:02.345Z",
    "WARC-Target-URI": "http://xa.example/tin",
    "Content-Length": str(len(RESPONSE)),
}


def write_by_hand(path: Path, fields: dict[str, str | None]) -> None:
    """A record without a payload, whole by its checksum, whatever its header says."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    path.write_bytes(gzip.compress(f"WARC/1.1\r\n{lines}\r\n".encode() + RESPONSE + b"\r\n\r\n"))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("WARC-Type", [None, "", "x"]),
        ("WARC-Record-ID", [None]),
        ("WARC-Date", [None, "", "x", "2024-05-07", "99999999999999999999"]),
        ("WARC-Target-URI", [None]),
        ("Content-Length", [None, "", "x", "-5", "²", "99999999999999999999"]),
    ],
)
def test_a_record_of_a_damaged_header_is_named(tmp_path: Path, name: str, values: list[str | None]) -> None:
    for value in values:
        write_by_hand(tmp_path / "a.warc.gz", {**FIELDS, name: value})
        with pytest.raises(ArchiveError, match=r"a\.warc\.gz"):
            read_record(tmp_path, "a.warc.gz", 0)


@pytest.mark.parametrize(("name", "offset"), [("a.warc.gz", "x"), ("a.warc.gz", "-7"), (None, "5"), ("a.warc.gz", "")])
def test_a_revisit_that_names_no_place_has_no_payload(tmp_path: Path, name: str | None, offset: str) -> None:
    refers_to = {"WARC-Refers-To-Filename": name, "WARC-Refers-To-File-Offset": offset, "WARC-Profile": SAME_PAYLOAD}
    write_by_hand(tmp_path / "a.warc.gz", {**FIELDS, "WARC-Type": "revisit", **refers_to})
    assert read_record(tmp_path, "a.warc.gz", 0).payload == b""


def _offsets(path: Path) -> list[int]:
    """Where the records of a file begin, as warcio finds them."""
    records, found = ArchiveIterator(BytesIO(path.read_bytes()), no_record_parse=True), []
    for record in records:
        record.raw_stream.read()
        found.append(records.get_record_offset())
    return found


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=150)
def test_a_flipped_bit_is_never_read_as_if_nothing_were(where: float, bit: int) -> None:
    with TemporaryDirectory() as folder:
        output = Path(folder)
        (place,) = write(output, PAGE * 20, fsync=False)
        stored = read_record(output, place.warc, place.offset)
        bytes_of_file = bytearray((output / place.warc).read_bytes())
        bytes_of_file[place.offset + int(where * place.length)] ^= 1 << bit
        (output / place.warc).write_bytes(bytes_of_file)
        try:
            damaged = read_record(output, place.warc, place.offset)
        except ArchiveError:
            return
    # Some bytes of a gzip header say nothing of the content (a time, a system); a flip there may go unnoticed.
    assert damaged == stored


def test_a_payload_can_be_read_as_a_stream(tmp_path: Path) -> None:
    (place,) = write(tmp_path, b"0123456789" * 100_000)
    with open_record(tmp_path, place.warc, place.offset) as record:
        assert record.payload.read(15) == b"012345678901234"
        assert len(record.payload.read()) == 999_985


# Torn files


def test_a_whole_file_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, PAGE, PAGE)
    (path,) = files(tmp_path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert repair(path) == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_wherever_a_file_is_torn_its_whole_records_stay(tmp_path: Path) -> None:
    write(tmp_path, PAGE, PAGE)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    ends = [*_offsets(path)[1:], len(whole)]
    near_ends = {end + off for end in ends for off in (-9, -2, -1, 0, 1, 2, 9, 10, 11, 30)}
    for size in sorted({*range(1, len(whole), 29), *near_ends} & {*range(1, len(whole) + 1)}):
        path.write_bytes(whole[:size])
        kept = max((end for end in ends if end <= size), default=0)
        assert repair(path) == size - kept
        assert (path.read_bytes() if path.exists() else b"") == whole[:kept]


def test_the_next_start_cuts_the_torn_end_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (place,) = write(tmp_path, PAGE)
    path = tmp_path / place.warc
    whole = path.read_bytes()
    path.write_bytes(whole + whole[place.offset :][:77])
    write(tmp_path, PAGE)
    assert path.read_bytes() == whole
    assert "a torn last record of 77 bytes was cut off" in caplog.text
    check(tmp_path)


def test_blocks_that_a_power_cut_left_unwritten_are_cut(tmp_path: Path) -> None:
    write(tmp_path, PAGE)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(4096))
    assert repair(path) == 4096
    assert path.read_bytes() == whole


def test_damage_in_the_middle_is_left_for_verify_to_find(tmp_path: Path) -> None:
    places = write(tmp_path, PAGE, PAGE * 50, PAGE)
    path = tmp_path / places[0].warc
    whole, last_request = path.read_bytes(), _offsets(path)[-1]
    at = places[1].offset + 60
    damaged = whole[:at] + b"\xff\xff\xff" + whole[at + 3 :]
    path.write_bytes(damaged)
    assert repair(path) == 0
    path.write_bytes(damaged[:-9])
    assert repair(path) == len(whole) - 9 - last_request
    assert path.read_bytes() == damaged[:last_request]


def test_a_damaged_last_record_that_is_not_torn_is_evidence(tmp_path: Path) -> None:
    write(tmp_path, PAGE)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-6] + b"\xff" + whole[-5:])
    assert repair(path) == 0


def test_an_archived_warc_file_is_not_taken_for_records_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "inner", PAGE)
    inner = files(tmp_path / "inner")[0].read_bytes()
    (place,) = write(tmp_path / "outer", inner + os.urandom(100_000))
    path = tmp_path / "outer" / place.warc
    path.write_bytes(path.read_bytes()[: place.offset + len(inner) + 5000])
    repair(path)
    assert path.stat().st_size == place.offset


# Failing disks

FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import test_warcfile as t
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
archive = t.writer(Path(sys.argv[1]))
archive.write_exchange(t.exchange())
try:
    archive.write_exchange(t.exchange(t.noise(50_000, seed=3)))
except t.ArchiveError as error:
    print(error)
archive.write_exchange(t.exchange())
archive.close()
"""


def test_nothing_is_written_to_a_file_that_somebody_removed(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.write_exchange(exchange())
    files(tmp_path)[0].unlink()
    with pytest.raises(ArchiveError, match=r"the answer of http://xa\.example/tin cannot be kept: somebody removed"):
        archive.write_exchange(exchange())
    archive.write_exchange(exchange())
    archive.close()
    assert len(list(records(tmp_path))) == 3
    check(tmp_path)


def test_a_record_that_the_disk_does_not_take_leaves_no_trace(tmp_path: Path) -> None:
    here = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    child = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, tmp_path, *here], capture_output=True, text=True, check=True
    )
    assert child.stdout.startswith(str(tmp_path))
    assert child.stdout.endswith("the answer of http://xa.example/tin cannot be kept: File too large\n")
    assert [fields["WARC-Type"] for fields, _ in records(tmp_path)] == ["warcinfo", "response", "request"] * 2
    check(tmp_path)
