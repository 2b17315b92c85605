"""A crawl's WARC files in the hands of another program: `warcio` checks, indexes and extracts what we wrote.

Whole replay tools are too heavy for every test run; the README says which one replayed a mirror.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crawling import Mirror
from exporting import rich_mirror


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    return rich_mirror(tmp_path_factory.mktemp("replay"))


def warcio(*arguments: object) -> bytes:
    command = [sys.executable, "-m", "warcio.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def extracted(mirror: Mirror, warc: str, offset: int, part: str = "--payload") -> bytes:
    return warcio("extract", part, mirror.output / warc, offset)


def indexed(mirror: Mirror, fields: str) -> list[dict[str, Any]]:
    files = sorted(mirror.output.glob("warc/*/*.warc.gz"))
    return [json.loads(line) for line in warcio("index", "-f", fields, *files).splitlines()]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_every_file_passes_its_check(mirror: Mirror) -> None:
    warcio("check", *sorted(mirror.output.glob("warc/*/*.warc.gz")))


def test_its_index_has_every_capture_where_the_database_has_it(mirror: Mirror) -> None:
    fields = "filename,offset,warc-type,warc-target-uri,http:status"
    theirs = {
        (record["filename"], int(record["offset"]), record["warc-target-uri"], record["http:status"])
        for record in indexed(mirror, fields)
        if record["warc-type"] in {"response", "revisit"}
    }
    rows = mirror.rows("SELECT warc, offset, url, status FROM captures WHERE warc IS NOT NULL")
    assert theirs == {(Path(warc).name, offset, url, str(status)) for warc, offset, url, status in rows}


@pytest.mark.parametrize(
    "what",
    [
        "url LIKE '%/tin-1.html' AND status = 200",
        "url LIKE '%/tin-2.html' AND status = 200",
        "url LIKE '%/tin-3.html' AND status = 200",
        "url LIKE '%/anh/duong.png' AND status = 200",
        "url LIKE '%/files/ke-hoach.pdf' AND status = 200",
        "url LIKE '%/files/mat.pdf' AND status = 404",
    ],
    ids=["page", "packed page", "chunked page", "picture", "attachment", "missing file"],
)
def test_it_extracts_the_body_whose_hash_we_keep(mirror: Mirror, what: str) -> None:
    warc, offset, body = mirror.rows(f"SELECT warc, offset, body_sha256 FROM captures WHERE {what} ORDER BY id")[0]
    assert sha256(extracted(mirror, warc, offset)) == body


def test_it_shows_where_a_redirect_leads(mirror: Mirror) -> None:
    warc, offset = mirror.rows("SELECT warc, offset FROM captures WHERE status = 302 ORDER BY id")[0]
    head = extracted(mirror, warc, offset, "--headers")
    assert b"\r\nLocation: /files/ke-hoach.pdf\r\n" in head


@pytest.mark.parametrize(("profile", "status"), [("identical-payload-digest", "200"), ("server-not-modified", "304")])
def test_a_revisit_leads_it_to_the_record_with_the_payload(mirror: Mirror, profile: str, status: str) -> None:
    fields = (
        "filename,offset,warc-type,http:status,warc-profile,warc-record-id,warc-refers-to,warc-refers-to-target-uri,"
        "warc-refers-to-date,warc-date,warc-target-uri"
    )
    records = indexed(mirror, fields)
    by_id = {record["warc-record-id"]: record for record in records}
    revisits = [record for record in records if record.get("warc-profile", "").endswith(profile)]
    assert revisits
    for revisit in revisits:
        assert revisit["http:status"] == status
        original = by_id[revisit["warc-refers-to"]]
        assert original["warc-type"] == "response"
        assert (original["warc-target-uri"], original["warc-date"]) == (
            revisit["warc-refers-to-target-uri"],
            revisit["warc-refers-to-date"],
        )
    last = revisits[-1]
    original = by_id[last["warc-refers-to"]]
    kept = mirror.one(
        "SELECT body_sha256 FROM captures WHERE offset = ? AND warc LIKE ?",
        int(original["offset"]),
        f"%/{original['filename']}",
    )
    folder = original["filename"].partition("-")[0]
    assert sha256(extracted(mirror, f"warc/{folder}/{original['filename']}", original["offset"])) == kept
