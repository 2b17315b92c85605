"""`govnews verify` names a record of the archive that was packed anew: whole for zlib, and not what the rows say."""

import hashlib
import re
import secrets
import shutil
import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from crawling import Mirror, crawl
from server import Answer, running
from village import article, small_site

from pipelines.database import open_readonly
from pipelines.verify import verify
from pipelines.warcscan import record_at

Change = Callable[[bytes], bytes]

SLACK = re.compile(rb"(?<=X-Slack: )[0-9a-f]+")
"""Random digits make room: a record without them takes fewer bytes, and what is left over is filled."""


PAGE = article(3).encode()


def head_with(*lines: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(PAGE), *lines, b"", b""])


def slack() -> tuple[str, str]:
    return "X-Slack", secrets.token_hex(400)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """A page whose head says all that a row keeps of one, a redirect, and heads as they should not be."""
    mirror = Mirror(tmp_path_factory.mktemp("forged") / "output")
    dated = (("Last-Modified", "Tue, 07 May 2024 01:00:00 GMT"), ("ETag", '"mot"'), slack())
    routes = small_site() | {
        "/tin-1.html": Answer(body=article(1).encode(), headers=dated),
        "/tin-2.html": Answer(
            status=301, headers=(("Location", "/luu/tin-2.html?utm_source=xa#in"), slack()), mime=None
        ),
        "/luu/tin-2.html": article(2),
        "/tin-3.html": Answer(head=head_with(b'ETag: "m\xe0"', b"Last-Modified: h\xc3\xb4m\r\n \t nay"), body=PAGE),
        "/tin-4.html": Answer(head=head_with(b'ETag: \x0b"a  b"\x0c', b'etag: "b"', b"Last-Modified:"), body=PAGE),
    }
    with running(routes) as site:
        crawl(mirror, site.base_url)
    return mirror


@pytest.fixture
def mirror(crawled: Mirror, tmp_path: Path) -> Mirror:
    """A copy that a test may forge."""
    shutil.copytree(crawled.output, tmp_path / "output")
    return Mirror(tmp_path / "output")


def problems_of(mirror: Mirror) -> tuple[str, ...]:
    with closing(open_readonly(mirror.output)) as db:
        return verify(db, mirror.output).problems


def forge(path: Path, offset: int, length: int, change: Change) -> None:
    """Pack a record anew, changed, into the bytes that it had."""
    content = path.read_bytes()
    old = zlib.decompress(content[offset : offset + length], 16 + zlib.MAX_WBITS)
    new = change(old)
    assert new != old
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(new) + packer.flush()
    left = length - 12 - len(packed) - 8
    assert left >= 0
    begin = b"\x1f\x8b\x08\x04" + bytes(6) + struct.pack("<H", left) + bytes(left)  # a field that readers pass over
    member = begin + packed + struct.pack("<II", zlib.crc32(new), len(new))
    assert len(member) == length
    path.write_bytes(content[:offset] + member + content[offset + length :])


def forge_answer(mirror: Mirror, page: str, change: Change) -> None:
    warc, offset, length = mirror.one("SELECT warc, offset, length FROM captures WHERE url LIKE ?", f"%example{page}")
    forge(mirror.output / warc, offset, length, change)


def without_slack(change: Change) -> Change:
    return lambda record: change(SLACK.sub(lambda found: b"0" * len(found[0]), record))


def sealed_anew(change: Change) -> Change:
    """With a digest of its block that fits, as somebody writes it who knows of it."""

    def changed(record: bytes) -> bytes:
        head, _, rest = without_slack(change)(record).partition(b"\r\n\r\n")
        digest = hashlib.sha256(rest[:-4]).hexdigest().encode()
        return re.sub(rb"(?<=WARC-Block-Digest: sha256:)\w+", digest, head) + b"\r\n\r\n" + rest

    return changed


def replaced(old: str, new: str) -> Change:
    return lambda record: re.sub(old.encode(), new.encode(), record, count=1)


def test_records_that_nobody_touched_are_what_their_rows_say(mirror: Mirror) -> None:
    assert problems_of(mirror) == ()


@pytest.mark.parametrize(
    ("page", "old", "new", "named"),
    [
        ("/tin-1.html", r"(?<=WARC-Date: )\d{4}", "1999", "its WARC-Date is 1999-"),
        ("/tin-1.html", r"(?<=WARC-Date: )\d{4}-.*?Z", "0001-01-01T00:00:00+23:00", "its WARC-Date is 0001-01-01"),
        (
            "/tin-1.html",
            r"(?<=WARC-Target-URI: )\S+",
            "http://xa.example/",
            "its WARC-Target-URI is http://xa.example/,",
        ),
        ("/tin-1.html", r"(?<=WARC-Record-ID: )\S+", "<urn:uuid:0>", "its WARC-Record-ID is <urn:uuid:0>, the"),
        (
            "/tin-1.html",
            r"(?=WARC-Block)",
            "WARC-Truncated: time\r\n",
            "its WARC-Truncated is time, the database says no",
        ),
        ("/tin-1.html", r"(?<=WARC-Payload-Digest: sha256:)\w+", "0", "its WARC-Payload-Digest is sha256:0, the"),
        ("/tin-1.html", r"HTTP/1.1 200", "HTTP/1.1 203", "its status is 203, the database says 200"),
        ("/tin-1.html", r'ETag: "mot"', 'ETag: "hai"', 'its ETag is "hai", the database says "mot"'),
        ("/tin-1.html", r'ETag: "mot"', 'ETaX: "mot"', 'its ETag is nothing, the database says "mot"'),
        ("/tin-1.html", r"Tue, 07 May 2024", "Fri, 07 May 1999", "its Last-Modified is Fri, 07 May 1999 01:00:00 GMT,"),
        ("/tin-1.html", r"Content-Type: text/html", "Content-Type: text/xml", "its Content-Type is text/xml, the"),
        ("/tin-1.html", r"(?<=<title>)\w", "?", "the payload of http://xa.example/tin-1.html is not what was received"),
        ("/tin-2.html", r"/luu/tin-2", "/luu/tin-3", "its Location is http://xa.example/luu/tin-3.html?utm_source=xa#"),
    ],
)
def test_a_record_that_says_otherwise_than_its_row_is_named(
    mirror: Mirror, page: str, old: str, new: str, named: str
) -> None:
    forge_answer(mirror, page, sealed_anew(replaced(old, new)))
    (problem,) = problems_of(mirror)
    capture, warc = mirror.one("SELECT id, warc FROM captures WHERE url LIKE ?", f"%example{page}")
    assert problem.startswith(f"{warc} at ")
    assert f"(capture {capture}): {named}" in problem


@pytest.mark.parametrize("page", ["/tin-1.html", "/tin-2.html"])
def test_a_header_that_no_row_keeps_is_held_by_the_digest_of_the_block(mirror: Mirror, page: str) -> None:
    forge_answer(mirror, page, without_slack(lambda record: record))
    (problem,) = problems_of(mirror)
    assert "its block is not the one that its WARC-Block-Digest is of" in problem


@pytest.mark.parametrize("place", [r"(?<=HTTP/1.1 )\d+", r"(?<=Content-Length: )\d+", r"(?<=WARC/)1.1"])
def test_a_number_of_thousands_of_digits_is_a_problem_and_no_end(mirror: Mirror, place: str) -> None:
    forge_answer(mirror, "/tin-1.html", without_slack(replaced(place, "9" * 5000)))
    assert len(problems_of(mirror)) == 1


def test_a_request_that_was_changed_is_found(mirror: Mirror) -> None:
    path = next((mirror.output / "warc").rglob("*.warc.gz"))
    warc, offset, length = mirror.one("SELECT warc, offset, length FROM captures WHERE url LIKE '%/tin-1.html'")
    with (mirror.output / warc).open("rb") as file:
        request = record_at(file, warc, offset + length)
    agent = re.compile(rb"(?<=User-Agent: )[^\r]+")
    forge(path, request.offset, request.length, lambda record: agent.sub(lambda found: b"e" * len(found[0]), record))
    assert f"{warc} at {request.offset}: a record that belongs to no capture is damaged" in problems_of(mirror)[0]
