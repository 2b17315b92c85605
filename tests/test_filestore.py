"""Files kept once, whole or not at all, under the hash of their bytes."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ArchiveError
from pipelines.filestore import FileStore
from pipelines.spool import Spool, clear_spools

CONTENT = "Quyết định về việc đặt tên đường".encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def spooled(folder: Path, content: bytes = CONTENT) -> Path:
    spool = Spool(folder / "spool")
    spool.write(content)
    return spool.to_file()


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# The store


def test_a_file_lies_under_its_hash(tmp_path: Path) -> None:
    spool = spooled(tmp_path)
    path = FileStore(tmp_path).put(spool, SHA256, "pdf")
    assert path == f"files/{SHA256[:2]}/{SHA256}.pdf"
    assert (tmp_path / path).read_bytes() == CONTENT
    assert everything(tmp_path) == [path]


def test_a_file_that_is_kept_already_is_not_touched(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    path = tmp_path / store.put(spooled(tmp_path), SHA256, "pdf")
    os.utime(path, (1_000_000, 1_000_000))
    assert store.put(spooled(tmp_path), SHA256, "pdf") == path.relative_to(tmp_path).as_posix()
    assert path.stat().st_mtime == 1_000_000
    assert everything(tmp_path) == [path.relative_to(tmp_path).as_posix()]


def test_the_same_bytes_under_another_extension_are_the_same_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert store.put(spooled(tmp_path), SHA256, "pdf") == store.put(spooled(tmp_path), SHA256, "bin")


@pytest.mark.parametrize("damaged", [CONTENT[:5], b"?" + CONTENT[1:]], ids=["cut", "flipped"])
def test_a_kept_file_that_was_damaged_is_replaced_by_a_whole_one(tmp_path: Path, damaged: bytes) -> None:
    store = FileStore(tmp_path)
    path = tmp_path / store.put(spooled(tmp_path), SHA256, "pdf")
    path.write_bytes(damaged)
    assert tmp_path / store.put(spooled(tmp_path), SHA256, "bin") == path
    assert path.read_bytes() == CONTENT


def test_bytes_of_another_hash_are_refused_and_stay_where_they_are(tmp_path: Path) -> None:
    spool = spooled(tmp_path, b"other bytes")
    with pytest.raises(ArchiveError, match=r"its bytes have the SHA-256 [0-9a-f]{64}, not"):
        FileStore(tmp_path).put(spool, SHA256, "pdf")
    assert everything(tmp_path) == [f"spool/{spool.name}"]


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", SHA256.upper(), SHA256[:-1]])
def test_a_hash_that_is_none_is_refused(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ArchiveError, match="is not a SHA-256"):
        FileStore(tmp_path).put(spooled(tmp_path), sha256, "pdf")


@pytest.mark.parametrize(
    ("extension", "kept"),
    [("PDF", "pdf"), (".docx", "docx"), ("", "bin"), ("../x", "bin"), ("tàiliệu", "bin"), ("7z", "7z")],
)
def test_an_extension_is_plain(tmp_path: Path, extension: str, kept: str) -> None:
    assert FileStore(tmp_path).put(spooled(tmp_path), SHA256, extension).endswith(f"{SHA256}.{kept}")


def test_a_file_is_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        path = FileStore(tmp_path).put(spooled(tmp_path), SHA256, "pdf")
    finally:
        os.umask(before)
    assert (tmp_path / path).stat().st_mode & 0o777 == 0o644


def test_a_spool_on_another_disk_is_copied_and_then_renamed(tmp_path: Path) -> None:
    elsewhere = Path("/dev/shm")  # noqa: S108  # another file system, where there is one
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system at hand")
    spool = elsewhere / f"{os.getpid()}.spool"
    spool.write_bytes(CONTENT)
    path = FileStore(tmp_path).put(spool, SHA256, "pdf")
    assert (tmp_path / path).read_bytes() == CONTENT
    assert everything(tmp_path) == [path]
    assert not spool.exists()


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(ArchiveError, match=os.strerror(errno.ENOTDIR)):
        FileStore(tmp_path).put(spooled(tmp_path), SHA256, "pdf")


# The spool


@given(st.lists(st.binary(max_size=60), max_size=9))
def test_a_spool_gives_back_what_it_was_given(pieces: list[bytes]) -> None:
    spool = Spool(Path("unused"), in_memory=10_000)
    for piece in pieces:
        spool.write(piece)
    whole = b"".join(pieces)
    assert (spool.read(), spool.size, spool.sha256) == (whole, len(whole), hashlib.sha256(whole).hexdigest())
    assert spool.read(7) == whole[:7]
    spool.discard()


def test_a_small_body_needs_no_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", in_memory=4)
    spool.write(b"1234")
    assert not (tmp_path / "spool").exists()
    spool.write(b"5")
    spool.write(b"6")
    assert [path.read_bytes() for path in (tmp_path / "spool").iterdir()] != []
    assert spool.read() == b"123456"
    spool.discard()
    assert everything(tmp_path) == []


def test_a_handed_over_file_outlives_its_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(CONTENT)
    path = spool.to_file()
    spool.discard()
    assert path.read_bytes() == CONTENT


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    spooled(tmp_path)
    assert clear_spools(tmp_path / "spool") == 1
    assert clear_spools(tmp_path / "spool") == 0
    assert clear_spools(tmp_path / "nowhere") == 0


def test_a_spool_that_the_disk_does_not_take_is_named(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("in the way")
    spool = Spool(tmp_path / "spool", in_memory=0)
    with pytest.raises(ArchiveError, match="does not take the bytes of an answer"):
        spool.write(CONTENT)
    spool.discard()
