"""A file whose answer breaks off is gone on with from there, and becomes the file that it is on the server."""

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from crawling import SITE_FILE, Mirror, crawl
from server import Answer, Asked, SmallSite, running
from village import article, listing

from pipelines import settlement
from pipelines.database import open_readonly
from pipelines.settlement import UNFINISHED
from pipelines.verify import verify

CONTENT = b"%PDF-1.4\n" + random.Random(5).randbytes(3_000_000)  # noqa: S311  # as incompressible as real files
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LINK = '<p><a href="/files/quy-hoach.pdf">Tải quy hoạch</a></p>'
PATH = "/files/quy-hoach.pdf"


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement, "FIRST_WAIT", timedelta(milliseconds=50))


def routes(file: Callable[[Asked], Answer]) -> dict[str, object]:
    return {"/": listing(range(1, 2)), "/tin-1.html": article(1, extra=LINK), PATH: file}


def part(asked: Asked, content: bytes = CONTENT, *, etag: str = '"v1"', drop_after: int | None = None) -> Answer:
    """What a server that knows ranges answers; `drop_after` bytes of this answer the connection is cut."""
    wanted = asked.header("Range")
    headers = [("ETag", etag), ("Accept-Ranges", "bytes")]
    if wanted is None or asked.header("If-Range") != etag:
        return Answer(body=content, mime="application/pdf", headers=tuple(headers), drop_after=drop_after)
    start = int(wanted.removeprefix("bytes=").rstrip("-"))
    if start >= len(content):
        return Answer(status=416, body=b"", mime=None, headers=(("Content-Range", f"bytes */{len(content)}"),))
    headers.append(("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"))
    return Answer(
        body=content[start:], status=206, mime="application/pdf", headers=tuple(headers), drop_after=drop_after
    )


class Breaking:
    """Cuts the first answers after so many bytes each; the rest comes whole."""

    def __init__(self, *cuts: int, etag: str = '"v1"') -> None:
        self.cuts = list(cuts)
        self.etag = etag
        self.content = CONTENT

    def __call__(self, asked: Asked) -> Answer:
        return part(asked, self.content, etag=self.etag, drop_after=self.cuts.pop(0) if self.cuts else None)


def mirrored(tmp_path: Path, file: Callable[[Asked], Answer], *, runs: int = 1) -> tuple[Mirror, SmallSite]:
    mirror = Mirror(tmp_path / "output")
    with running(routes(file)) as site:  # type: ignore[arg-type]  # routes of one kind each
        for _ in range(runs):
            crawl(mirror, site.base_url)
    return mirror, site


def ranges(site: SmallSite) -> list[str | None]:
    return [asked.header("Range") for asked in site.asked(PATH)]


def stored(mirror: Mirror) -> bytes:
    path, sha256, state = mirror.one(
        "SELECT path, files.sha256, state FROM attachments JOIN files ON files.sha256 = attachments.sha256"
    )
    assert state == "stored"
    content: bytes = (mirror.output / path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    return content


def problems(mirror: Mirror) -> tuple[str, ...]:
    with closing(open_readonly(mirror.output)) as db:
        return verify(db, mirror.output).problems


def test_a_broken_file_is_gone_on_with_from_where_it_broke(tmp_path: Path) -> None:
    mirror, site = mirrored(tmp_path, Breaking(1_700_000))
    assert ranges(site) == [None, "bytes=1700000-"]
    assert site.asked(PATH)[1].header("If-Range") == '"v1"'
    assert site.asked(PATH)[1].header("Accept-Encoding") == "identity"
    assert stored(mirror) == CONTENT
    assert problems(mirror) == ()


def test_the_pieces_say_what_they_go_on_from(tmp_path: Path) -> None:
    mirror, _site = mirrored(tmp_path, Breaking(1_200_000, 1_100_000))
    pieces = mirror.rows("SELECT id, status, truncated, continues FROM captures WHERE url LIKE '%.pdf' ORDER BY id")
    first, second, third = (piece[0] for piece in pieces)
    assert [piece[1:] for piece in pieces] == [
        (200, "disconnect", None),
        (206, "disconnect", first),
        (206, None, second),
    ]
    assert mirror.one("SELECT capture FROM files WHERE sha256 = ?", SHA256) == third
    assert stored(mirror) == CONTENT
    assert problems(mirror) == ()


def test_a_piece_that_goes_on_from_a_row_that_is_not_there_is_a_problem_and_no_end(tmp_path: Path) -> None:
    mirror, _site = mirrored(tmp_path, Breaking(1_200_000))
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        assert db.execute("UPDATE captures SET continues = 999 WHERE status = 206").rowcount == 1
    assert any("the pieces that it was joined from" in problem for problem in problems(mirror))


def test_a_file_that_was_replaced_in_between_is_taken_whole(tmp_path: Path) -> None:
    newer = CONTENT[:900_000] + b"changed" + CONTENT[900_007:]
    breaking = Breaking(1_700_000)

    def file(asked: Asked) -> Answer:
        if asked.header("Range"):
            breaking.content, breaking.etag = newer, '"v2"'
        return breaking(asked)

    mirror, site = mirrored(tmp_path, file)
    assert ranges(site) == [None, "bytes=1700000-"]
    assert stored(mirror) == newer
    assert mirror.rows("SELECT status, continues FROM captures WHERE url LIKE '%.pdf'") == [(200, None), (200, None)]


def test_a_file_without_a_strong_name_for_its_version_is_fetched_anew(tmp_path: Path) -> None:
    mirror, site = mirrored(tmp_path, Breaking(1_700_000, etag='W/"v1"'))
    assert ranges(site) == [None, None]
    assert stored(mirror) == CONTENT


def test_a_file_that_has_become_shorter_is_fetched_anew(tmp_path: Path) -> None:
    breaking = Breaking(1_700_000)

    def file(asked: Asked) -> Answer:
        if asked.header("Range"):
            breaking.content = CONTENT[:1_000_000]  # and its ETag stays: such servers exist
        return breaking(asked)

    mirror, site = mirrored(tmp_path, file)
    assert ranges(site) == [None, "bytes=1700000-", None]
    assert stored(mirror) == CONTENT[:1_000_000]


def test_a_rest_that_starts_elsewhere_is_not_joined(tmp_path: Path) -> None:
    breaking = Breaking(1_700_000)

    def file(asked: Asked) -> Answer:
        if asked.header("Range"):
            wrong = (("ETag", '"v1"'), ("Content-Range", f"bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}"))
            return Answer(body=CONTENT[5:], status=206, mime="application/pdf", headers=wrong)
        return breaking(asked)

    mirror, site = mirrored(tmp_path, file)
    assert ranges(site)[:2] == [None, "bytes=1700000-"]
    assert mirror.one("SELECT state, error FROM attachments") == ("failed", "a part came that was not asked for")
    assert mirror.one("SELECT count(*) FROM files") == 0


def answering_the_rest(rest: Callable[[int], Answer]) -> Callable[[Asked], Answer]:
    """Cuts the first answer at 1,700,000 bytes; `rest` makes the others from the place that is asked for."""
    breaking = Breaking(1_700_000)

    def file(asked: Asked) -> Answer:
        wanted = asked.header("Range")
        return rest(int(wanted.removeprefix("bytes=").rstrip("-"))) if wanted else breaking(asked)

    return file


def piece(start: int, body: bytes, *, end: int | None = None, etag: str = '"v1"', total: int = len(CONTENT)) -> Answer:
    """A `206` with this body, which says that it ends before `end`, by default truthfully."""
    last = (start + len(body) if end is None else end) - 1
    headers = (("ETag", etag), ("Content-Range", f"bytes {start}-{last}/{total}"))
    return Answer(body=body, status=206, mime="application/pdf", headers=headers)


UNASKED = "a part came that was not asked for"


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        (lambda start: piece(start, CONTENT[start:], etag='"v2"'), UNASKED),
        (lambda start: piece(start, CONTENT[start:-9], total=len(CONTENT) - 9), UNASKED),
        (lambda start: piece(start, CONTENT[start:] + b"more", end=len(CONTENT)), UNASKED),
        (lambda start: piece(start, CONTENT[start : start + 10], end=len(CONTENT)), UNFINISHED),
        (lambda start: piece(start, b"<html>404</html>", end=len(CONTENT)), UNFINISHED),
        (lambda start: piece(start, CONTENT[start : start + 1]), UNFINISHED),
        (lambda start: piece(start, b"", end=len(CONTENT)), UNFINISHED),
    ],
    ids=[
        "another version",
        "another size",
        "more than announced",
        "less than announced",
        "a page",
        "one byte",
        "nothing",
    ],
)
def test_a_rest_that_does_not_make_the_file_whole_makes_no_file(
    tmp_path: Path, rest: Callable[[int], Answer], error: str
) -> None:
    mirror, _site = mirrored(tmp_path, answering_the_rest(rest))
    assert mirror.one("SELECT state, error FROM attachments") == ("failed", error)
    assert mirror.one("SELECT count(*) FROM files") == 0
    assert problems(mirror) == ()


def test_a_server_that_hands_out_smaller_parts_than_asked_for_is_asked_for_the_next(tmp_path: Path) -> None:
    """RFC 9110, section 14.2, lets it send less."""
    small = answering_the_rest(lambda start: piece(start, CONTENT[start : start + 1_100_000]))
    mirror, site = mirrored(tmp_path, small)
    assert ranges(site) == [None, "bytes=1700000-", "bytes=2800000-"]
    assert stored(mirror) == CONTENT
    assert problems(mirror) == ()


def test_a_server_in_trouble_in_between_costs_nothing_that_was_received(tmp_path: Path) -> None:
    troubles = [Answer(status=503, body=b"<p>503</p>"), Answer(drop_after=-1)]
    breaking = Breaking(1_700_000)

    def file(asked: Asked) -> Answer:
        return troubles.pop() if troubles and asked.header("Range") else breaking(asked)

    mirror, site = mirrored(tmp_path, file)
    assert ranges(site) == [None, *["bytes=1700000-"] * 3]
    assert stored(mirror) == CONTENT


def test_a_part_that_nobody_asked_for_is_no_file(tmp_path: Path) -> None:
    mirror, _site = mirrored(tmp_path, lambda _: Answer(body=CONTENT[:500], status=206, mime="application/pdf"))
    assert mirror.one("SELECT state, error FROM attachments") == ("failed", "a part came that was not asked for")


def test_a_packed_answer_is_not_gone_on_with(tmp_path: Path) -> None:
    cuts = [1_000_000]

    def file(_asked: Asked) -> Answer:
        return Answer(
            body=CONTENT,
            mime="application/pdf",
            headers=(("ETag", '"v1"'),),
            gzip=True,
            drop_after=cuts.pop() if cuts else None,
        )

    mirror, site = mirrored(tmp_path, file)
    assert ranges(site) == [None, None]
    assert stored(mirror) == CONTENT


def test_a_file_in_many_pieces_comes_in_one_run(tmp_path: Path) -> None:
    """Three tries are what a fault gets; a megabyte that came is no fault."""
    mirror, site = mirrored(tmp_path, Breaking(*[1_050_000] * 2, 200_000, 200_000))
    assert len(site.asked(PATH)) == 5
    assert stored(mirror) == CONTENT


def test_a_server_that_always_breaks_off_and_begins_anew_is_asked_as_often_as_any_other(tmp_path: Path) -> None:
    broken = Answer(body=CONTENT, mime="application/pdf", headers=(("ETag", '"v1"'),), drop_after=1_700_000)
    answers = [broken] * 9  # then the file is gone, and with it the end of a crawl that had none

    mirror, site = mirrored(tmp_path, lambda _asked: answers.pop() if answers else Answer(status=410))
    assert ranges(site) == [None, *["bytes=1700000-"] * 3]
    assert mirror.one("SELECT state, error FROM attachments") == ("failed", "the connection broke before the end")


def test_the_cap_counts_what_is_there_already(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "output")
    with running(routes(Breaking(1_700_000))) as site:  # type: ignore[arg-type]  # as above
        crawl(mirror, site.base_url, site_file=SITE_FILE + "max_file = 2500000\n")
    assert mirror.one("SELECT state FROM attachments") == "too_large"


def test_a_damaged_piece_is_found_by_verify(tmp_path: Path) -> None:
    mirror, _site = mirrored(tmp_path, Breaking(1_700_000))
    warc, offset = mirror.one("SELECT warc, offset FROM captures WHERE truncated = 'disconnect'")
    path = mirror.output / warc
    content = bytearray(path.read_bytes())
    content[offset + 800_000] ^= 1
    path.write_bytes(content)
    assert any("cannot be read" in problem and ".pdf" in problem for problem in problems(mirror))


def test_half_a_file_of_a_killed_crawl_is_taken_in_and_gone_on_with(tmp_path: Path) -> None:
    output = tmp_path / "output"
    stalled: list[Asked] = []

    def file(asked: Asked) -> Answer:
        if not stalled:
            stalled.append(asked)
            whole = part(asked)
            return Answer(body=whole.body, mime=whole.mime, headers=whole.headers, pause=30)
        return part(asked)

    with running(routes(file)) as site:  # type: ignore[arg-type]  # as above
        _kill_when_half_is_there(site, output)
        mirror = Mirror(output)
        crawl(mirror, site.base_url)
    sizes = [asked.header("Range") for asked in site.asked(PATH)]
    assert sizes[0] is None
    assert sizes[1] is not None
    assert int(sizes[1].removeprefix("bytes=").rstrip("-")) > 1_048_576
    assert stored(mirror) == CONTENT
    assert not [path for path in output.glob("spool/*/*") if path.is_file()]
    taken_in = mirror.one(
        "SELECT status, truncated, source FROM captures WHERE source IS NOT NULL AND url LIKE '%.pdf'"
    )
    assert taken_in == (200, "disconnect", "recovered")
    assert problems(mirror) == ()


def _kill_when_half_is_there(site: SmallSite, output: Path) -> None:
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from crawling import Mirror, crawl
        crawl(Mirror(Path({str(output)!r})), {site.base_url!r})
        """
    )
    path = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parent)])
    child = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        bodies = [item for item in output.glob("spool/*/*") if item.suffix != ".answer"]
        if any(body.stat().st_size > 1_048_576 for body in bodies):
            break
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
