"""Crawls that are killed at random moments, and other ways to lose: afterwards the mirror is that of an unbroken crawl.

The crawls are processes of their own, forked from one that has the program loaded, since a start from nothing takes
longer than the crawl. Moments are drawn from a seed. `GOVNEWS_KILLS=200` kills so often; the default is a few.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest
from crawling import SITE_FILE, Mirror
from server import Answer, Route, SmallSite, redirect, running
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from pipelines.database import open_readonly
from pipelines.verify import verify
from pipelines.warcreader import read_record

KILLS = int(os.environ.get("GOVNEWS_KILLS", "8"))
SEED = int(os.environ.get("GOVNEWS_KILLS_SEED", "20250701"))
KILLS_A_MIRROR = 10
"""How often one mirror is interrupted at most, before its crawl is let through."""

ARTICLES = 25
PATIENCE = 60.0
"""Seconds after which a crawl that neither ends nor asks is a failed test."""


# The site


def page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title} - Xã Mẫu</title></head><body>'
        '<div id="header"><ul class="menu"><li><a href="/">Trang chủ</a></li><li><a href="/tin-tuc">Tin tức</a></li>'
        f'</ul></div><div id="main">{content}</div><div id="footer">Ủy ban nhân dân xã Mẫu</div></body></html>'
    )


def article(number: int) -> str:
    paragraphs = (
        (
            f"Sáng ngày {number} tháng 5, hợp tác xã nông nghiệp xã Mẫu tổ chức hội nghị tổng kết vụ lúa đông xuân "
            f"thứ {number}, có hơn một trăm hai mươi hộ xã viên và đại diện các thôn trong xã cùng về dự."
        ),
        (
            f"Báo cáo tại hội nghị cho biết năng suất bình quân đạt {50 + number} tạ một héc-ta, cao hơn vụ trước; "
            "tuyến mương chính được nạo vét xong trước khi gieo cấy nên nước về đủ đến tận chân ruộng cuối nguồn."
        ),
        "Hội nghị thống nhất lịch gieo cấy vụ hè thu và giao các tổ thủy nông kiểm tra cống, đập trước mùa mưa.",
    )
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    picture = f"http://anh.example/{number % 6}.png" if number % 3 == 0 else f"/anh/{number % 6}.png"
    files = f'<p><a href="/files/bao-cao-{number}.pdf">Tải báo cáo vụ {number}</a></p>' if number % 4 == 0 else ""
    files += '<p><a href="/tai-ve.pdf">Tải lịch gieo cấy</a></p>' if number in {5, 6} else ""
    return page(
        title_of(number),
        f'<h1 class="title">{title_of(number)}</h1><div class="date">Ngày đăng: {number:02}/05/2024 08:15</div>'
        f'<div class="content">{body}<p><img src="{picture}" alt="Ruộng lúa"></p>{files}</div>',
    )


def title_of(number: int) -> str:
    return f"Hợp tác xã nông nghiệp xã Mẫu tổng kết vụ lúa thứ {number}"


def listing(numbers: range, *, more: str = "") -> str:
    entries = "".join(
        f'<li class="item"><a href="/tin-{n}.html">{title_of(n)}</a> <span>({n:02}/05/2024)</span></li>'
        for n in numbers
    )
    return page("Tin tức", f'<h2>Tin tức</h2><ul class="list">{entries}</ul>{more}')


def harvest_site() -> dict[str, Route]:
    """Three pages of listings, articles with files and pictures, and one of everything that a crawl meets."""
    pager = "".join(f'<a href="/tin-tuc{page}">{n}</a>' for n, page in enumerate(("", "?page=2", "?page=3"), start=1))
    odd = "".join(
        f'<li><a href="{path}">{title_of(n)}</a></li>' for path, n in (("/tin-cu.html", 7), ("/tin-99.html", 99))
    )
    pager, odd = f'<div class="paging">{pager}</div>', f'<ul class="list">{odd}</ul>'
    routes: dict[str, Route] = {
        "/robots.txt": Answer(body=b"User-agent: *\nDisallow: /tim-kiem\n", mime="text/plain"),
        "/": listing(range(1, 6), more='<p><a href="/tin-tuc">Xem thêm</a></p>'),
        "/tin-tuc": listing(range(1, 10), more=pager),
        "/tin-tuc?page=2": listing(range(10, 18), more=pager),
        "/tin-tuc?page=3": listing(range(18, ARTICLES + 1), more=odd + pager),
        "/tin-cu.html": redirect("/tin-7.html", 301),
        "/tai-ve.pdf": redirect("/files/lich.pdf"),
        "/files/lich.pdf": Answer(body=pdf(99), mime="application/pdf", etag='"lich"'),
    }
    for number in range(1, ARTICLES + 1):
        routes[f"/tin-{number}.html"] = Answer(
            body=article(number).encode(),
            gzip=number % 5 == 0,
            chunked=number % 2 == 0,
            etag=f'"{number}"' if number % 3 else None,
        )
        # Two of the files have the same bytes; one is too large to be held in memory, and comes in two parts.
        routes[f"/files/bao-cao-{number}.pdf"] = Answer(body=pdf(8 if number == 12 else number), mime="application/pdf")
    routes["/files/bao-cao-20.pdf"] = Answer(body=pdf(20, size=1_500_000), mime="application/pdf", pause=0.05)
    for number in range(6):
        routes[f"/anh/{number}.png"] = Answer(body=picture(number), mime="image/png")
        routes[f"//anh.example/{number}.png"] = Answer(body=picture(number + 10), mime="image/png")
    return routes


def pdf(number: int, *, size: int = 3000) -> bytes:
    return b"%PDF-1.4\n%" + noise(number, size) + b"\n%%EOF\n"


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  # it keeps no secret


def picture(number: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + noise(number, 2000)


@pytest.fixture(scope="module")
def site() -> Iterator[SmallSite]:
    with running(harvest_site()) as server:
        yield server


# The crawl as a process of its own

NURSERY = """
import json, os, resource, sys
import crawler.choice, crawler.cli, crawler.fetch, crawler.progress, crawler.reporting, crawler.run, crawler.spider
import pipelines.normalise, pipelines.store, pipelines.validate
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1), os.dup2(log, 2)
        if order["largest_file"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
        crawler.cli.main(order["arguments"], prog_name="govnews")
    print("pid", child, flush=True)
    print("exit", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(slots=True)
class Crawl:
    """One crawl under way."""

    pid: int
    _answers: IO[str]
    _log: Path
    _code: int | None = None

    def wait(self, seconds: float = PATIENCE) -> int | None:
        """The exit code, negative for a signal; None when it has not ended by then."""
        if self._code is None and select.select([self._answers], [], [], seconds)[0]:
            self._code = int(self._answers.readline().removeprefix("exit "))
        return self._code

    def ended(self) -> int:
        code = self.wait()
        if code is None:
            self.kill()
            pytest.fail(f"the crawl did not end within {PATIENCE:.0f} s:\n{self.said()}")
        return code

    def kill(self) -> int | None:
        """Kill it; its exit code says whether it had ended before."""
        if self.wait(0) is None:
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


@dataclass(slots=True)
class Nursery:
    """Starts crawls of the site, one at a time."""

    process: subprocess.Popen[str]
    folder: Path
    _crawls: list[Crawl] = field(default_factory=list)

    def start(self, mirror: Mirror, *options: str, largest_file: int = 0) -> Crawl:
        for left_by_a_failed_test in self._crawls[-1:]:
            left_by_a_failed_test.kill()
        log = self.folder / f"{len(self._crawls)}.log"
        order = {
            "arguments": [*arguments(mirror, self.folder), *options],
            "log": str(log),
            "largest_file": largest_file,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)
        crawl = Crawl(int(self.process.stdout.readline().removeprefix("pid ")), self.process.stdout, log)
        self._crawls.append(crawl)
        return crawl

    def crawl(self, mirror: Mirror, *, largest_file: int = 0) -> tuple[int, str]:
        """(exit code, what it printed) of a crawl from start to end."""
        started = self.start(mirror, largest_file=largest_file)
        return started.ended(), started.said()


def arguments(mirror: Mirror, folder: Path) -> list[str]:
    return ["crawl", "xa", "--sites", str(folder), "--output", str(mirror.output), "--delay", "0", "--quiet"]


def environment(site: SmallSite) -> dict[str, str]:
    """The small site stands in for the web, as a proxy."""
    return {**os.environ, "http_proxy": site.base_url, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@contextmanager
def nurseries(site: SmallSite, folder: Path) -> Iterator[Nursery]:
    folder.mkdir(parents=True)
    (folder / "xa.toml").write_text(SITE_FILE, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY], env=environment(site), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process, folder)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def nursery(site: SmallSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nurseries(site, tmp_path_factory.mktemp("nursery") / "sites") as nursery:
        yield nursery


@dataclass(frozen=True, slots=True)
class Reference:
    """The mirror of an unbroken crawl, and how long it took from its first request to its end."""

    mirror: Mirror
    record: dict[str, list[Any]]
    requests: int
    warc_bytes: int
    seconds: float


@pytest.fixture(scope="module")
def reference(site: SmallSite, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    mirror = Mirror(tmp_path_factory.mktemp("unbroken") / "output")
    site.log.clear()
    code, said = nursery.crawl(mirror)
    assert code == 0, said
    seconds = time.monotonic() - site.log[0].at
    assert faults_of(mirror) == []
    assert mirror.one("SELECT count(*) FROM articles") == ARTICLES
    return Reference(mirror, record_of(mirror), len(site.log), warc_bytes(mirror), seconds)


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


# What two mirrors must have in common

RECORD = {
    "articles": "SELECT * FROM articles ORDER BY identity",
    "revisions": "SELECT identity, r.* FROM article_revisions AS r JOIN articles AS a ON a.id = r.article "
    "ORDER BY identity, number",
    "addresses": "SELECT identity, u.* FROM article_urls AS u JOIN articles AS a ON a.id = u.article "
    "ORDER BY identity, u.url",
    "fields": "SELECT identity, f.* FROM article_fields AS f JOIN articles AS a ON a.id = f.article "
    "ORDER BY identity, field",
    "attachments": "SELECT identity, f.* FROM attachments AS f JOIN articles AS a ON a.id = f.article "
    "ORDER BY identity, f.url",
    "images": "SELECT identity, f.* FROM images AS f JOIN articles AS a ON a.id = f.article ORDER BY identity, f.url",
    "events": "SELECT identity, e.* FROM events AS e JOIN articles AS a ON a.id = e.article "
    "ORDER BY identity, e.kind, details",
    "files": "SELECT * FROM files ORDER BY sha256",
    "links": "SELECT * FROM links ORDER BY method, key",
    "sightings": "SELECT * FROM sightings ORDER BY key, listing",
}

OF_THE_WAY = frozenset(
    {
        *("id", "article", "run", "capture", "link", "hops", "tries"),
        *("at", "first_seen_at", "last_seen_at", "last_changed_at", "read_at", "next_try_at"),
        *("looked_at", "left_at", "revisit_at", "reason"),
    }
)
"""Columns that say when and in which order something was done, not what came of it."""


def record_of(mirror: Mirror) -> dict[str, list[Any]]:
    """All that a mirror says of its site."""
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db:
        db.row_factory = sqlite3.Row
        return {
            name: [{key: row[key] for key in row.keys() if key not in OF_THE_WAY} for row in db.execute(sql)]  # noqa: SIM118  # a Row iterates over its values
            for name, sql in RECORD.items()
        }


def difference_to(reference: Reference, mirror: Mirror) -> dict[str, list[Any]]:
    """The rows that only one of the two mirrors has, by kind; none where they agree."""
    record = record_of(mirror)
    return {
        name: found
        for name, expected in reference.record.items()
        if (found := [*_without(record[name], expected), *_without(expected, record[name])])
        or len(record[name]) != len(expected)
    }


def _without(rows: list[Any], others: list[Any]) -> list[Any]:
    return [row for row in rows if row not in others]


def faults_of(mirror: Mirror) -> list[str]:
    """What is wrong with a mirror whose last crawl came to its end; nothing should be."""
    with closing(open_readonly(mirror.output)) as db:
        problems = verify(db, mirror.output).problems
    return [*problems, *faults_of_rows(mirror), *faults_of_archive(mirror), *faults_of_files(mirror)]


def faults_of_rows(mirror: Mirror) -> Iterator[str]:
    if (said := mirror.rows("PRAGMA integrity_check")) != [("ok",)]:
        yield f"integrity: {said}"
    if said := mirror.rows("PRAGMA foreign_key_check"):
        yield f"foreign keys: {said}"
    for run, outcome in mirror.rows("SELECT id, outcome FROM runs WHERE finished_at IS NULL OR outcome IS NULL"):
        yield f"run {run} is open: {outcome}"
    for row in mirror.rows("SELECT identity FROM articles JOIN captures AS c ON c.id = capture WHERE c.warc IS NULL"):
        yield f"an article without its bytes: {row}"
    for row in mirror.rows(
        "SELECT id, requests, (SELECT count(*) FROM captures WHERE run = runs.id) AS n FROM runs WHERE requests != n"
    ):
        yield f"run {row[0]} counts {row[1]} requests and has {row[2]} captures"


def faults_of_archive(mirror: Mirror) -> Iterator[str]:
    """Every row leads to its record, every record has its row, every digest is right."""
    rows = mirror.rows("SELECT warc, offset, url, status, payload_sha256 FROM captures WHERE warc IS NOT NULL")
    for warc, offset, url, status, sha256 in rows:
        stored = read_record(mirror.output, warc, offset)
        if (stored.url, stored.status) != (url, status):
            yield f"{warc} {offset}: {stored.url} {stored.status} instead of {url} {status}"
        if stored.record_type == "response" and hashlib.sha256(stored.payload).hexdigest() != sha256:
            yield f"{warc} {offset}: another payload"
    places = [(row[0], row[1]) for row in rows]
    records = list(response_places(mirror.output))
    yield from (f"a record without its row: {place}" for place in records if place not in places)
    yield from (f"a record with two rows: {place}" for place in records if places.count(place) > 1)
    checker = Checker(_Files([str(path) for path in sorted(mirror.output.glob("warc/*/*"))]))
    if checker.process_all() != 0:
        yield "warcio check is not content"


def response_places(output: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(output.glob("warc/*/*.warc.gz")):
        with path.open("rb") as stream:
            records = ArchiveIterator(stream)
            for record in records:
                if record.rec_type in {"response", "revisit"}:
                    yield path.relative_to(output).as_posix(), records.get_record_offset()


@dataclass(frozen=True, slots=True)
class _Files:
    inputs: list[str]
    verbose: bool = False


def faults_of_files(mirror: Mirror) -> Iterator[str]:
    kept = {path.relative_to(mirror.output).as_posix() for path in mirror.output.glob("files/**/*") if path.is_file()}
    named = dict(mirror.rows("SELECT path, sha256 FROM files"))
    yield from (f"a file that no row knows: {path}" for path in kept - named.keys())
    yield from (f"a row without its file: {path}" for path in named.keys() - kept)
    for path in kept & named.keys():
        if hashlib.sha256((mirror.output / path).read_bytes()).hexdigest() != named[path]:
            yield f"a torn file: {path}"
    yield from (f"litter: {path}" for path in mirror.output.glob("spool/**/*") if path.is_file())


# Kills


@dataclass(frozen=True, slots=True)
class Moment:
    """So many seconds after the process has asked so often and its site's archive has grown so much."""

    requests: int = 0
    warc_bytes: int = 0
    seconds: float = 0.0


def some_moment(dice: random.Random, reference: Reference) -> Moment:
    """While it starts, somewhere in its running time, shortly after a request, or in the middle of a record."""
    match dice.choices(("start", "time", "request", "record"), weights=(2, 3, 5, 2))[0]:
        case "start":
            return Moment(seconds=dice.uniform(0.0, 0.4))
        case "time":
            return Moment(requests=1, seconds=dice.uniform(0.0, reference.seconds))
        case "request":
            return Moment(requests=dice.randint(1, reference.requests * 2 // 3), seconds=dice.uniform(0.0, 0.03))
        case _:
            return Moment(requests=1, warc_bytes=dice.randint(1, reference.warc_bytes))


def killed(nursery: Nursery, site: SmallSite, mirror: Mirror, moment: Moment, *options: str) -> bool:
    """Start a crawl and kill it at the moment; False when it came to its end before."""
    site.log.clear()
    before = warc_bytes(mirror)
    crawl = nursery.start(mirror, *options)
    deadline = time.monotonic() + PATIENCE
    while len(site.log) < moment.requests or warc_bytes(mirror) < before + moment.warc_bytes:
        assert time.monotonic() < deadline, crawl.said()
        if (code := crawl.wait(0.0003)) is not None:
            assert code == 0, crawl.said()
            return False
    if (code := crawl.wait(moment.seconds)) is not None:
        assert code == 0, crawl.said()
        return False
    return crawl.kill() == -signal.SIGKILL


def warc_bytes(mirror: Mirror) -> int:
    return sum(path.stat().st_size for path in mirror.output.glob("warc/xa/*"))


def test_a_crawl_that_is_killed_again_and_again_ends_as_an_unbroken_one(
    nursery: Nursery, site: SmallSite, reference: Reference, mirror: Mirror, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(SEED)  # noqa: S311  # it keeps no secret
    kills = mirrors = taken_in = torn = 0
    while kills < KILLS:
        of_this_mirror = 0
        while of_this_mirror < min(KILLS_A_MIRROR, KILLS - kills):
            if not killed(nursery, site, mirror, some_moment(dice, reference)):
                break
            of_this_mirror += 1
        assert_completed(nursery, reference, mirror)
        of_this_mirror += killed(nursery, site, mirror, some_moment(dice, reference), "--full")
        assert_completed(nursery, reference, mirror)
        assert mirror.rows("SELECT 1 FROM runs WHERE detail LIKE 'killed%' AND outcome != 'interrupted'") == []
        kills += of_this_mirror
        mirrors += 1
        taken_in += mirror.one("SELECT count(*) FROM captures WHERE source = 'recovered'")
        torn += mirror.one("SELECT count(*) FROM runs WHERE detail LIKE '%torn%'")
        shutil.rmtree(mirror.output)
    with capsys.disabled():
        print(f"\n{kills} kills in {mirrors} mirrors: {taken_in} answers taken in, {torn} torn records cut off")  # noqa: T201  # the figures


# Other ways to lose


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_crawl_that_is_asked_to_stop_says_so_and_the_next_one_goes_on(
    nursery: Nursery, site: SmallSite, reference: Reference, mirror: Mirror, stop: signal.Signals
) -> None:
    site.log.clear()
    crawl = nursery.start(mirror)
    while len(site.log) < 15:
        assert crawl.wait(0.001) is None, crawl.said()
    os.kill(crawl.pid, stop)
    assert crawl.ended() == 130, crawl.said()
    assert "interrupted" in crawl.said()
    assert mirror.rows("SELECT outcome FROM runs") == [("interrupted",)]
    assert 0 < mirror.one("SELECT count(*) FROM articles") < ARTICLES
    assert faults_of(mirror) == []
    assert_completed(nursery, reference, mirror)


def test_ctrl_c_works_as_the_command_is_run_by_a_person(site: SmallSite, nursery: Nursery, mirror: Mirror) -> None:
    site.log.clear()
    command = [sys.executable, "-m", "crawler.cli", *arguments(mirror, nursery.folder)]
    with subprocess.Popen(command, env=environment(site), stdout=subprocess.PIPE, text=True) as crawl:
        wait_until(lambda: len(site.log) >= 10)
        crawl.send_signal(signal.SIGINT)
        said, _ = crawl.communicate(timeout=PATIENCE)
    assert (crawl.returncode, "interrupted" in said) == (130, True)


def test_a_second_crawl_of_the_site_is_refused_and_does_not_harm_the_first(
    nursery: Nursery, site: SmallSite, reference: Reference, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    page = site.routes["/tin-1.html"]
    monkeypatch.setitem(site.routes, "/tin-1.html", lambda _asked: may_go_on.wait(PATIENCE) and page)
    site.log.clear()
    first = nursery.start(mirror)
    wait_until(lambda: bool(site.asked("/tin-1.html")))
    second = run_command(site, mirror, nursery.folder)
    may_go_on.set()
    assert second.returncode == 1
    assert "another crawl of this site is running in this output folder" in second.stdout
    assert first.ended() == 0, first.said()
    assert faults_of(mirror) == []
    assert mirror.one("SELECT count(*) FROM runs") == 1
    assert difference_to(reference, mirror) == {}


def run_command(site: SmallSite, mirror: Mirror, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as a person starts it."""
    command = [sys.executable, "-m", "crawler.cli", *arguments(mirror, folder)]
    return subprocess.run(command, env=environment(site), capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("largest_file", [250_000, 1_000_000])
def test_a_full_disk_ends_the_run_with_one_sentence_and_harms_nothing(
    nursery: Nursery, reference: Reference, mirror: Mirror, largest_file: int
) -> None:
    code, said = nursery.crawl(mirror, largest_file=largest_file)
    assert code == 1, said
    assert "Traceback" not in said
    assert_completed(nursery, reference, mirror)


def test_a_crawl_waits_for_another_writer(
    nursery: Nursery, site: SmallSite, reference: Reference, mirror: Mirror
) -> None:
    site.log.clear()
    crawl = nursery.start(mirror)
    wait_until(lambda: len(site.log) >= 10)
    with closing(sqlite3.connect(mirror.output / "mirror.db", timeout=PATIENCE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(3)
        asked = len(site.log)
        other.execute("ROLLBACK")
    assert asked < reference.requests  # it was made to wait
    assert crawl.ended() == 0, crawl.said()
    assert faults_of(mirror) == []
    assert difference_to(reference, mirror) == {}


def test_a_long_reader_does_not_disturb_a_crawl(
    nursery: Nursery, site: SmallSite, reference: Reference, mirror: Mirror
) -> None:
    site.log.clear()
    crawl = nursery.start(mirror)
    wait_until(lambda: len(site.log) >= 5)
    with closing(sqlite3.connect(mirror.output / "mirror.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM captures").fetchone()
        assert crawl.ended() == 0, crawl.said()
        assert reader.execute("SELECT count(*) FROM captures").fetchone() == seen
    assert mirror.one("SELECT count(*) FROM captures") > seen[0]
    assert faults_of(mirror) == []
    assert difference_to(reference, mirror) == {}


def assert_completed(nursery: Nursery, reference: Reference, mirror: Mirror) -> None:
    """The next crawl brings the mirror to where an unbroken one would be."""
    code, said = nursery.crawl(mirror)
    assert code == 0, said
    assert "Traceback" not in said
    assert faults_of(mirror) == []
    assert difference_to(reference, mirror) == {}


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
