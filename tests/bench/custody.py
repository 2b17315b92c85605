"""The big attachment and the proof: memory while a large file comes in, and how fast `verify` reads it again.

    python tests/bench/custody.py [--megabytes 500]

A real crawl of a small site takes in one file of that size through the whole program: download, WARC, files/, row. The
crawl runs in a process of its own, whose memory is looked at every tenth of a second; the same crawl with a file of one
byte is what its peak is compared with. Then `verify` re-hashes the mirror, beside a bare SHA-256 of the same bytes,
names what is wrong with damaged copies, and makes a missing file again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from server import Answer, running  # noqa: E402  # tests/ is no package
from village import article, listing  # noqa: E402  # the same

from crawler.contentcoding import decoder_for  # noqa: E402  # the same
from pipelines.database import open_readonly  # noqa: E402  # the same
from pipelines.filerepair import FileRepair  # noqa: E402  # the same
from pipelines.verify import verify  # noqa: E402  # the same

CRAWL = """
import sys
from pathlib import Path
from crawling import SITE_FILE, Mirror, crawl
crawl(Mirror(Path(sys.argv[1])), sys.argv[2], site_file=SITE_FILE + "max_file = 2000000000\\n")
"""
LINK = '<p><a href="/files/quy-hoach.zip">Tải quy hoạch</a></p>'


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=500)
    megabytes = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = memory_of_a_crawl(folder / "small", b"PK\x03\x04")
        # Random bytes, the hardest to compress; a block of them repeated is as hard for a window of 32 kB.
        block = random.Random(1).randbytes(1_000_000)  # noqa: S311  # no secret
        big = memory_of_a_crawl(folder / "big", b"PK\x03\x04" + block * megabytes)
        print(f"memory of a crawl with a file of {megabytes} MB, each tenth of its time, in MB:")
        print("  " + " ".join(f"{size / 1e6:.0f}" for size in tenths(big)))
        print(f"  peak {max(big) / 1e6:.0f}; with a file of 4 bytes {max(small) / 1e6:.0f}; bar: at most 50 more")
        prove(folder / "big")
        for what in damaged(folder / "big", folder / "copy"):
            print(f"  {what}")
        print(f"  {repaired(folder / 'big')}")


def memory_of_a_crawl(output: Path, content: bytes) -> list[int]:
    """Bytes of resident memory, every tenth of a second."""
    routes = {
        "/": listing(range(1, 2)),
        "/tin-1.html": article(1, extra=LINK),
        "/files/quy-hoach.zip": Answer(body=content, mime="application/zip"),
    }
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    sizes = []
    with running(routes) as site:  # type: ignore[arg-type]  # routes of several kinds
        child = subprocess.Popen(
            [sys.executable, "-c", CRAWL, str(output), site.base_url], env={**os.environ, "PYTHONPATH": path}
        )
        while child.poll() is None:
            status = Path(f"/proc/{child.pid}/statm").read_text(encoding="ascii").split()
            sizes.append(int(status[1]) * os.sysconf("SC_PAGE_SIZE"))
            time.sleep(0.1)
    with closing(open_readonly(output)) as db:
        assert db.execute("SELECT state, bytes FROM attachments JOIN files USING (sha256)").fetchone() == (
            "stored",
            len(content),
        )
    return sizes


def tenths(sizes: list[int]) -> list[int]:
    step = max(1, len(sizes) // 10)
    return [max(sizes[start : start + step]) for start in range(0, len(sizes), step)]


def prove(output: Path) -> None:
    """How long `verify` takes, beside hashing what it reads: the stored file, and the archive's unpacked records."""
    file = next((output / "files").rglob("*.zip"))
    started = time.process_time()
    with file.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")
    bare = time.process_time() - started
    started = time.process_time()
    with closing(open_readonly(output)) as db:
        found = verify(db, output)
    seconds = time.process_time() - started
    size = file.stat().st_size / 1e6
    print(f"verify: {seconds:.2f} s of CPU for {size:.0f} MB as a file and {size:.0f} MB in a WARC; {found.problems=}")
    print(
        f"  a bare SHA-256 of the file takes {bare:.2f} s; of the file, of the payload and of the block of its record"
    )
    print(f"  {3 * bare:.2f} s; the rest is unpacking")


def damaged(output: Path, copy: Path) -> Iterator[str]:
    """What `verify` says of copies that were damaged in one place each."""
    warc = next((output / "warc").rglob("*.warc.gz")).relative_to(output)
    file = next((output / "files").rglob("*.zip")).relative_to(output)
    for what in ("a flipped byte in a file", "a missing file", "a cut WARC", "an edited row"):
        shutil.copytree(output, copy)
        if what == "a flipped byte in a file":
            _flip(copy / file)
        elif what == "a missing file":
            (copy / file).unlink()
        elif what == "a cut WARC":
            os.truncate(copy / warc, (copy / warc).stat().st_size // 2)
        else:
            _edit(copy)
        with closing(open_readonly(copy)) as db:
            problems = verify(db, copy).problems
        assert problems, what
        yield f"{what}: {problems[0].replace(str(copy), '')} ({len(problems)} in all)"
        shutil.rmtree(copy)


def repaired(output: Path) -> str:
    """How long `verify --repair` takes to make the file again that was lost."""
    next((output / "files").rglob("*.zip")).unlink()
    started = time.process_time()
    with closing(open_readonly(output)) as db:
        found = verify(db, output, repair=FileRepair(db, output, decoder_for=decoder_for))
    assert found.is_whole, found.problems
    assert len(found.mended) == 1
    return (
        f"the missing file again from the archive, and all else verified: {time.process_time() - started:.2f} s of CPU"
    )


def _flip(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        byte = file.read(1)[0]
        file.seek(-10, os.SEEK_END)
        file.write(bytes([byte ^ 1]))


def _edit(output: Path) -> None:
    with closing(sqlite3.connect(output / "mirror.db")) as db, db:
        db.execute("UPDATE captures SET url = url || '#' WHERE id = 3")


if __name__ == "__main__":
    main()
