"""WARC files of other programs: what is taken in, what is left out and said, and what hostile ones cannot do."""

import gzip
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from crawling import HOME, SITE_FILE, Mirror, crawl
from server import Answer, running
from test_cli import govnews
from village import PARAGRAPHS, PDF, PNG, article, listing, small_site

import crawler.sources.imported
import crawler.sources.reading
from crawler.cli import main
from crawler.read import read_parsed
from crawler.sitefile import Site, load_site
from crawler.sources.foreignwarc import MOST_HEAD, answers_in, survey
from crawler.sources.imported import Imported, import_warcs
from crawler.sources.reparse import reparse
from pipelines.database import open_readonly
from pipelines.verify import verify

LONG_AGO = "2024-06-07T05:06:07Z"
HTML = "text/html; charset=utf-8"
FILES = '<p><a href="/files/ke-hoach.pdf">Tải kế hoạch</a></p><p><img src="/anh/duong.png" alt=""></p>'


class Foreign:
    """A WARC/1.0 file as other programs write it, record by record."""

    def __init__(self, path: Path, *, is_packed: bool = True) -> None:
        self.path = path
        self.content = b""
        self._is_packed = is_packed

    def add(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        mime: str = HTML,
        status: str = "200 OK",
        at: str = LONG_AGO,
        home: str = HOME,
        headers: Mapping[str, str] | None = None,
        kind: str = "response",
        truncated: str = "",
    ) -> str:
        """Add an answer; returns the id of its record."""
        payload = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {mime}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        block = "\r\n".join(lines).encode() + b"\r\n\r\n" + payload
        return self._add(kind, home + path.lstrip("/"), block, at=at, truncated=truncated)

    def add_post(self, path: str, answer: str) -> None:
        """Add the request, a POST, that an answer was given to."""
        block = b"POST /tin-tuc HTTP/1.1\r\nHost: xa.example\r\n\r\ntrang=2"
        self._add("request", HOME + path, block, at=LONG_AGO, concurrent=answer)

    def _add(self, kind: str, url: str, block: bytes, *, at: str, concurrent: str = "", truncated: str = "") -> str:
        number = f"<urn:uuid:{uuid4()}>"
        lines = [
            "WARC/1.0",
            f"WARC-Type: {kind}",
            f"WARC-Target-URI: {url}",
            f"WARC-Date: {at}",
            f"WARC-Record-ID: {number}",
            f"Content-Type: application/http; msgtype={kind}",
            f"Content-Length: {len(block)}",
            *([f"WARC-Concurrent-To: {concurrent}"] if concurrent else []),
            *([f"WARC-Truncated: {truncated}"] if truncated else []),
        ]
        record = "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
        self.content += gzip.compress(record, mtime=0) if self._is_packed else record
        return number

    def write(self) -> Path:
        self.path.write_bytes(self.content)
        return self.path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    path = tmp_path / "xa.toml"
    path.write_text(SITE_FILE, encoding="utf-8")
    return load_site(path)


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture
def foreign(tmp_path: Path) -> Foreign:
    return Foreign(tmp_path / "cu.warc.gz")


def take_in(mirror: Mirror, site: Site, *paths: Path) -> Imported:
    return import_warcs(site, paths, mirror.output, known=survey(paths))


def problems(mirror: Mirror) -> tuple[str, ...]:
    with closing(open_readonly(mirror.output)) as db:
        return verify(db, mirror.output).problems


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_page_of_another_archive_becomes_an_article(
    mirror: Mirror, site: Site, tmp_path: Path, *, is_packed: bool
) -> None:
    foreign = Foreign(tmp_path / "cu.warc", is_packed=is_packed)
    foreign.add("/tin-1.html", article(1))
    foreign.add("/tin-tuc", listing(range(1, 4)))
    result = take_in(mirror, site, foreign.write())
    assert (result.answers, dict(result.articles)) == (2, {"new": 1, "changed": 0, "unchanged": 0})
    assert mirror.one("SELECT title, url, first_seen_at, state FROM articles") == (
        "Xã Mẫu làm đường giao thông nông thôn đợt 1",
        f"{HOME}tin-1.html",
        "2024-06-07T05:06:07.000Z",
        "live",
    )
    assert mirror.rows("SELECT kind, source, reading FROM captures ORDER BY id") == [
        ("imported", "cu.warc", "article"),
        ("imported", "cu.warc", "not an article: listing"),
    ]
    assert mirror.rows("SELECT kind FROM article_revisions") == [("imported",)]
    assert mirror.rows("SELECT kind, outcome FROM runs") == [("import", "ok")]
    assert problems(mirror) == ()


def test_codings_of_the_answer_are_undone_for_reading_and_kept_as_bytes(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    packed = gzip.compress(article(1).encode(), mtime=0)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    headers = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
    foreign.add("/tin-1.html", chunks, headers=headers)
    foreign.add("/tin-2.html", article(2), headers={"Transfer-Encoding": "chunked"})
    take_in(mirror, site, foreign.write())
    assert mirror.one("SELECT count(*) FROM articles") == 2
    assert problems(mirror) == ()
    check = [sys.executable, "-m", "warcio.cli", "check", *map(str, mirror.output.glob("warc/xa/*.warc.gz"))]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0


def test_attachments_and_pictures_are_taken_from_the_same_archive_in_any_order(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    foreign.add("/files/ke-hoach.pdf", PDF, mime="application/pdf")
    foreign.add("/tin-1.html", article(1, extra=FILES))
    foreign.add("/anh/duong.png", PNG, mime="image/png")
    result = take_in(mirror, site, foreign.write())
    assert result.files == 2
    stored = mirror.rows("SELECT state, files.mime FROM attachments JOIN files USING (sha256)")
    assert stored == [("stored", "application/pdf")]
    assert mirror.one("SELECT state FROM images") == "stored"
    assert mirror.one("SELECT count(*) FROM links WHERE kind IN ('file', 'image') AND state != 'done'") == 0
    assert problems(mirror) == ()


def test_an_article_is_found_by_the_text_of_a_file_that_came_along(
    mirror: Mirror, foreign: Foreign, tmp_path: Path
) -> None:
    (tmp_path / "xa.toml").write_text(SITE_FILE, encoding="utf-8")
    plan = Path(__file__).with_name("files") / "so-lieu.docx"
    foreign.add("/tin-1.html", article(1, extra='<p><a href="/files/ke-hoach.docx">Tải về</a></p>'))
    foreign.add("/files/ke-hoach.docx", plan.read_bytes(), mime="application/msword")
    output = ("--output", str(mirror.output))
    done = govnews("import", "warc", str(foreign.write()), "--sites", str(tmp_path), *output)
    assert done.returncode == 0, done.stderr
    assert "text of files: 1 done" in done.stdout
    assert "/tin-1.html" in govnews("search", "trong rung phong ho", *output).stdout


def test_the_same_file_again_changes_nothing(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1))
    path = foreign.write()
    take_in(mirror, site, path)
    before = mirror.rows("SELECT * FROM captures"), mirror.rows("SELECT * FROM articles")
    result = take_in(mirror, site, path)
    assert (result.answers, result.known) == (0, 1)
    assert (mirror.rows("SELECT * FROM captures"), mirror.rows("SELECT * FROM articles")) == before


def test_an_old_redirect_moves_no_article_of_today(
    mirror: Mirror, site: Site, foreign: Foreign, tmp_path: Path
) -> None:
    today = Foreign(tmp_path / "nay.warc.gz")
    today.add("/tin-1.html", article(1), at="2025-06-01T00:00:00Z")
    take_in(mirror, site, today.write())
    foreign.add("/tin-1.html", status="302 Found", headers={"Location": f"{HOME}tin-cu.html"})
    foreign.add("/tin-cu.html", article(9))
    take_in(mirror, site, foreign.write())
    assert mirror.rows("SELECT url FROM articles ORDER BY id") == [(f"{HOME}tin-1.html",), (f"{HOME}tin-cu.html",)]
    assert mirror.one("SELECT count(*) FROM events WHERE kind = 'moved'") == 0


@pytest.mark.parametrize("batch", [1, 50])
@pytest.mark.parametrize(
    ("redirected_at", "articles"),
    [("2020-01-01T12:00:00Z", ["tin-2.html"]), ("2023-01-01T00:00:00Z", ["tin-1.html", "tin-2.html"])],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_a_redirect_tells_does_not_depend_on_how_many_answers_are_committed_together(
    mirror: Mirror,
    site: Site,
    foreign: Foreign,
    monkeypatch: pytest.MonkeyPatch,
    *,
    batch: int,
    redirected_at: str,
    articles: list[str],
    is_first: bool,
) -> None:
    """`is_first`: whether the redirect stands before the page that it leads to."""
    monkeypatch.setattr(crawler.sources.imported, "BATCH", batch)
    foreign.add("/tin-1.html", article(1), at="2020-01-01T00:00:00Z")
    for is_redirect in (True, False) if is_first else (False, True):
        if is_redirect:
            foreign.add("/tin-1.html", status="302 Found", headers={"Location": "/tin-2.html"}, at=redirected_at)
        else:
            foreign.add("/tin-2.html", article(2), at="2020-01-02T00:00:00Z")
    take_in(mirror, site, foreign.write())
    known = articles if is_first else ["tin-1.html", "tin-2.html"]
    assert mirror.rows("SELECT url FROM articles ORDER BY url") == [(f"{HOME}{name}",) for name in known]
    assert problems(mirror) == ()


def test_an_answer_that_a_file_holds_twice_is_taken_in_once(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    for _ in range(3):
        foreign.add("/tin-1.html", article(1))
    result = take_in(mirror, site, foreign.write())
    assert (result.answers, result.known) == (1, 2)
    assert mirror.one("SELECT count(*) FROM captures") == 1


def test_what_a_killed_import_had_not_read_is_read_by_the_next_one(
    mirror: Mirror, site: Site, foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 7):
        foreign.add(f"/tin-{number}.html", article(number))
    path = foreign.write()
    with monkeypatch.context() as killed:
        killed.setattr("pipelines.store.Store.take_in_pages", _die)
        with pytest.raises(KeyboardInterrupt):
            take_in(mirror, site, path)
    assert mirror.one("SELECT count(*) FROM articles") == 0
    assert take_in(mirror, site, path).answers == 6
    assert mirror.one("SELECT count(*) FROM articles") == 6
    assert take_in(mirror, site, path).known == 6
    assert problems(mirror) == ()


def _die(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_page_on_which_reading_breaks_is_named_and_the_rest_is_taken_in(
    mirror: Mirror, site: Site, foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 7):
        foreign.add(f"/tin-{number}.html", article(number))
    path = foreign.write()
    with monkeypatch.context() as broken:
        broken.setattr(crawler.sources.reading, "read_parsed", _break_on_the_third)
        result = take_in(mirror, site, path)
    assert result.unreadable == [(f"{HOME}tin-3.html", "RecursionError: too deep")]
    assert (result.answers, result.articles["new"]) == (6, 5)
    assert mirror.rows("SELECT reading FROM captures WHERE url LIKE '%tin-3.html'") == [
        ("unreadable: RecursionError: too deep",)
    ]
    assert mirror.rows("SELECT outcome, detail, unreadable FROM runs") == [("partial", "1 pages could not be read", 1)]
    assert reparse(site, mirror.output).counts["new"] == 1, "a better reader reads it from the archive"
    assert problems(mirror) == ()


def _break_on_the_third(page: Any, **known: Any) -> Any:
    if page.url.endswith("tin-3.html"):
        raise RecursionError("too deep")
    return read_parsed(page, **known)


def test_an_older_state_of_a_known_article_becomes_a_revision_and_changes_no_more(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    with running(small_site()) as server:
        crawl(mirror, server.base_url)
    columns = "title, body, last_seen_at, last_changed_at, state, capture"
    before = mirror.one(f"SELECT {columns} FROM articles WHERE url = ?", f"{HOME}tin-1.html")
    foreign.add("/tin-1.html", article(1, body=f"{PARAGRAPHS[1]} Đây là bản đăng đầu tiên của tin này."))
    foreign.add("/tin-2.html", article(2))
    result = take_in(mirror, site, foreign.write())
    assert (result.articles["new"], result.articles["changed"]) == (0, 1)
    assert mirror.one(f"SELECT {columns} FROM articles WHERE url = ?", f"{HOME}tin-1.html") == before
    assert mirror.rows("SELECT number, kind, read_at, changed FROM article_revisions WHERE number > 1") == [
        (2, "imported", "2024-06-07T05:06:07.000Z", "body"),
    ]
    assert mirror.one("SELECT count(*) FROM events WHERE kind != 'created'") == 0
    assert problems(mirror) == ()
    reparse(site, mirror.output)
    assert mirror.one(f"SELECT {columns} FROM articles WHERE url = ?", f"{HOME}tin-1.html") == before


def states_of(number: int, *texts: str) -> list[tuple[str, str]]:
    """An article as it stood in one year after the other: (page, time)."""
    pages = [article(number, body=f"{PARAGRAPHS[1]} {text}") for text in texts]
    return [(page, f"{2010 + 2 * step}-01-01T00:00:00Z") for step, page in enumerate(pages)]


def history_of(mirror: Mirror) -> list[tuple[str, str]]:
    """The last words of each revision's first block, in the order of time."""
    rows = mirror.rows(
        "SELECT substr(fetched_at, 1, 4), body FROM article_revisions AS r JOIN captures ON id = capture ORDER BY 1"
    )
    return [(year, body.splitlines()[0].removeprefix(PARAGRAPHS[1]).strip()) for year, body in rows]


NOT_KEPT = "an older answer that says what the article says leaves no revision: what came between comes too late"


@pytest.mark.parametrize(
    "order",
    [
        (0, 1, 2),
        (2, 1, 0),
        (0, 2, 1),
        (1, 0, 2),
        (1, 2, 0),
        pytest.param((2, 0, 1), marks=pytest.mark.xfail(strict=True, reason=NOT_KEPT)),
    ],
)
def test_a_text_that_was_changed_and_changed_back_has_the_same_history_in_another_order(
    mirror: Mirror, site: Site, foreign: Foreign, order: tuple[int, ...]
) -> None:
    states = states_of(1, "Bản đầu.", "Bản sửa.", "Bản đầu.")
    for step in order:
        page, at = states[step]
        foreign.add("/tin-1.html", page, at=at)
    take_in(mirror, site, foreign.write())
    assert history_of(mirror) == [("2010", "Bản đầu."), ("2012", "Bản sửa."), ("2014", "Bản đầu.")]
    assert "Bản đầu." in mirror.one("SELECT body FROM articles")
    assert problems(mirror) == ()


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_all_changes_are_found_whether_the_newest_state_or_the_oldest_comes_first(
    mirror: Mirror, site: Site, foreign: Foreign, *, is_newest_first: bool
) -> None:
    states = states_of(1, "Bản đầu.", "Bản sửa.", "Bản đầu.", "Bản đầu.", "Bản cuối.")
    for page, at in reversed(states) if is_newest_first else states:
        foreign.add("/tin-1.html", page, at=at)
    take_in(mirror, site, foreign.write())
    assert [text for _year, text in history_of(mirror)] == ["Bản đầu.", "Bản sửa.", "Bản đầu.", "Bản cuối."]
    assert problems(mirror) == ()


@pytest.mark.parametrize("etag", [None, '"nguyen"'])
def test_what_stood_there_between_two_crawls_is_not_what_stands_there_today(
    mirror: Mirror, site: Site, foreign: Foreign, etag: str | None
) -> None:
    with running(small_site() | {"/tin-1.html": Answer(body=article(1).encode(), etag=etag)}) as server:
        crawl(mirror, server.base_url)
        between = datetime.now(UTC).isoformat()
        crawl(mirror, server.base_url, options={"GOVNEWS_FULL": True})
    foreign.add("/tin-1.html", article(1, body=f"{PARAGRAPHS[1]} Bản sửa."), at=between)
    before = mirror.one("SELECT body, last_seen_at FROM articles WHERE url = ?", f"{HOME}tin-1.html")
    take_in(mirror, site, foreign.write())
    assert mirror.one("SELECT body, last_seen_at FROM articles WHERE url = ?", f"{HOME}tin-1.html") == before
    assert mirror.rows("SELECT kind FROM article_revisions WHERE article = 1") == [
        ("seen",),
        ("imported",),
        ("imported",),
    ]
    assert problems(mirror) == ()
    reparse(site, mirror.output)
    assert mirror.one("SELECT body, last_seen_at FROM articles WHERE url = ?", f"{HOME}tin-1.html") == before


def test_a_newer_state_of_a_known_article_becomes_the_article(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1))
    foreign.add("/tin-1.html", article(1, body=f"{PARAGRAPHS[1]} Bản tin đã được bổ sung."), at="2025-01-02T00:00:00Z")
    result = take_in(mirror, site, foreign.write())
    assert (result.articles["new"], result.articles["changed"]) == (1, 1)
    body, seen = mirror.one("SELECT body, last_seen_at FROM articles")
    assert "Bản tin đã được bổ sung." in body
    assert seen == "2025-01-02T00:00:00.000Z"
    assert mirror.rows("SELECT kind, at FROM events ORDER BY id")[-1] == ("edited", "2025-01-02T00:00:00.000Z")
    assert problems(mirror) == ()


def test_what_another_archive_saw_does_not_bring_an_article_back(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1))
    take_in(mirror, site, foreign.write())
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        db.execute("UPDATE articles SET state = 'gone'")
    foreign.add("/tin-1.html", article(1, body=f"{PARAGRAPHS[1]} Đã sửa."), at="2025-01-01T00:00:00Z")
    take_in(mirror, site, foreign.write())
    assert mirror.one("SELECT state FROM articles") == "gone"


def test_what_cannot_be_taken_in_is_counted_by_its_reason(
    mirror: Mirror, site: Site, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.add_post("tin-tuc", foreign.add("/tin-tuc", listing(range(1, 4))))
    foreign.add("/tin-1.html", article(1), home="http://khac.example/")
    foreign.add("/tin-1.html", article(1), home="dns:xa.example/")
    foreign.add("/tin-2.html", kind="revisit")
    foreign.add("/tin-3.html", article(3), kind="resource")
    path = foreign.write()
    found = survey([path])
    assert found.hosts == {"xa.example": 1, "khac.example": 1}
    assert found.skipped == {"answers that are not of the web": 1, "revisit records": 1, "resource records": 1}
    assert take_in(mirror, site, path).answers == 0
    done = govnews("import", "warc", str(path), "--sites", str(tmp_path), "--output", str(mirror.output))
    assert "khac.example (1)" in done.stdout
    assert "answers to POST requests" in done.stdout


def spools(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_a_payload_over_the_cap_is_cut_and_never_unpacked_beyond_it(tmp_path: Path, foreign: Foreign) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    foreign.add("/bom", bomb, headers={"Content-Encoding": "gzip"})
    foreign.add("/to", bytes(3_000_000))
    path = foreign.write()
    found = answers_in(path, spools(tmp_path), wanted=lambda _: True, known=survey([path]), most=2_000_000)
    sizes = [(answer.as_sent.size, answer.decoded.size, answer.truncated, answer.is_too_long) for answer in found]
    assert sizes == [(len(bomb), 2_000_000, None, True), (2_000_000, 2_000_000, "length", False)]
    assert not list(spools(tmp_path).iterdir()), "nothing is left of what went to disk"


def test_a_payload_of_many_small_chunks_is_no_endless_header(tmp_path: Path, foreign: Foreign) -> None:
    number = MOST_HEAD // 4
    foreign.add("/tin-1.html", b"1\r\na\r\n" * number + b"0\r\n\r\n", headers={"Transfer-Encoding": "chunked"})
    path = foreign.write()
    found = answers_in(path, spools(tmp_path), wanted=lambda _: True, known=survey([path]), most=10_000_000)
    assert [answer.as_sent.size for answer in found] == [number]


def garbage(foreign: Foreign) -> Mapping[str, bytes]:
    foreign.add("/tin-1.html", article(1))
    whole = foreign.content
    foreign.add("/tin-2.html", article(2))
    both = foreign.content
    endless = gzip.compress(b"WARC/1.0\r\nWARC-Type: " + b"a" * (3 * MOST_HEAD))
    many_lines = gzip.compress(b"WARC/1.0\r\n" + b"X-A: b\r\n" * MOST_HEAD)
    middle = len(whole) + (len(both) - len(whole)) // 2
    return {
        "an endless header line": whole + endless,
        "endless header lines": whole + many_lines,
        "something else": whole + b"<!doctype>",
        "a damaged member": both[:middle] + bytes(40) + both[middle + 40 :],
        "a cut member": both[: middle - 20],
    }


@pytest.mark.parametrize("what", list(garbage(Foreign(Path("x")))))
def test_a_damaged_or_hostile_end_costs_only_what_it_holds(
    mirror: Mirror, site: Site, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "hong.warc.gz"
    path.write_bytes(garbage(Foreign(path))[what])
    result = take_in(mirror, site, path)
    assert mirror.rows("SELECT url FROM articles WHERE url LIKE '%tin-1.html'") == [(f"{HOME}tin-1.html",)]
    assert result.answers <= 2
    assert problems(mirror) == ()
    assert mirror.one("SELECT count(*) FROM articles") == 1
    assert len(survey([path]).damaged) == 1


CUT_AT = 400
LONG = article(1).replace("</p>", "</p>" + "".join(f"<p>Thôn {n} đã làm xong {n * 7} mét.</p>" for n in range(40)), 1)
WHOLE, HALF = LONG.encode(), LONG.encode()[: len(LONG) * 2 // 3]
CUT: Mapping[str, tuple[bytes, Mapping[str, str]]] = {
    "fewer bytes than the head announces": (HALF, {"Content-Length": str(len(WHOLE))}),
    "a chunk that is not all there": (b"%x\r\n" % len(WHOLE) + HALF, {"Transfer-Encoding": "chunked"}),
    "no last chunk": (b"%x\r\n%b\r\n" % (len(HALF), HALF), {"Transfer-Encoding": "chunked"}),
    "rubbish after a chunk": (b"%x\r\n%b\r\nzz\r\n" % (len(HALF), HALF), {"Transfer-Encoding": "chunked"}),
    "coded data that ends early": (
        gzip.compress(WHOLE)[:-300],
        {"Content-Encoding": "gzip", "Content-Length": str(len(gzip.compress(WHOLE)))},
    ),
}


@pytest.mark.parametrize("what", list(CUT))
def test_an_answer_that_broke_off_is_kept_as_one_and_becomes_no_state_of_its_article(
    mirror: Mirror, site: Site, foreign: Foreign, what: str
) -> None:
    foreign.add("/tin-1.html", article(1), at="2025-01-01T00:00:00Z")
    payload, headers = CUT[what]
    for year in (2024, 2026):
        foreign.add("/tin-1.html", payload, headers=headers, at=f"{year}-01-01T00:00:00Z")
    result = take_in(mirror, site, foreign.write())
    assert (result.articles["changed"], result.cut) == (0, 2)
    cut = mirror.rows("SELECT truncated, reading FROM captures WHERE id > 1")
    assert cut == [("disconnect", None), ("disconnect", None)]
    assert mirror.one("SELECT count(*) FROM article_revisions") == 1
    assert problems(mirror) == ()


@pytest.mark.parametrize("year", [2024, 2026])
def test_a_page_in_a_damaged_coding_is_no_state_of_a_known_article(
    mirror: Mirror, site: Site, foreign: Foreign, year: int
) -> None:
    foreign.add("/tin-1.html", article(1), at="2025-01-01T00:00:00Z")
    packed = gzip.compress(WHOLE)[:-300]
    foreign.add("/tin-1.html", packed, headers={"Content-Encoding": "gzip"}, at=f"{year}-01-01T00:00:00Z")
    take_in(mirror, site, foreign.write())
    assert mirror.rows("SELECT error FROM captures WHERE id = 2") == [("the gzip data ends too early",)]
    assert mirror.one("SELECT count(*) FROM article_revisions") == 1


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_record_that_is_shorter_than_its_header_says_is_named_and_counts_as_cut(
    mirror: Mirror, site: Site, tmp_path: Path, *, is_packed: bool
) -> None:
    foreign = Foreign(tmp_path / "cu.warc", is_packed=is_packed)
    foreign.add("/tin-2.html", article(2))
    start = len(foreign.content)
    foreign.add("/tin-1.html", LONG)
    path = foreign.write()
    path.write_bytes(path.read_bytes()[:-CUT_AT])
    [damage] = survey([path]).damaged
    assert damage.startswith(f"{path}: the record at byte {start}: shorter than the header says")
    take_in(mirror, site, path)
    assert mirror.rows("SELECT url, truncated FROM captures") == [
        (f"{HOME}tin-2.html", None),
        (f"{HOME}tin-1.html", "disconnect"),
    ]
    assert mirror.one("SELECT url FROM articles") == f"{HOME}tin-2.html"


def test_a_file_that_broke_off_in_another_archive_is_asked_of_the_site(
    mirror: Mirror, site: Site, foreign: Foreign
) -> None:
    foreign.add("/tin-1.html", article(1, extra=FILES))
    foreign.add("/files/ke-hoach.pdf", PDF[:20], mime="application/pdf", headers={"Content-Length": str(len(PDF))})
    packed = gzip.compress(PNG + bytes(range(256)) * 9)[:-30]
    foreign.add("/anh/duong.png", packed, mime="image/png", headers={"Content-Encoding": "gzip"})
    take_in(mirror, site, foreign.write())
    assert mirror.rows("SELECT state FROM attachments UNION ALL SELECT state FROM images") == [("pending",)] * 2
    assert mirror.rows("SELECT state FROM links WHERE kind IN ('file', 'image')") == [("pending",)] * 2


def test_what_is_damaged_is_said_without_its_bytes(tmp_path: Path, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1))
    start = len(foreign.content)
    foreign.content += b"\x1f\x8b\x00\x02\xf7" * 200
    path = foreign.write()
    assert survey([path]).damaged == [
        f"{path}: cannot be read to its end; at byte {start} there is no WARC or ARC record"
    ]
    packed = tmp_path / "mot.warc.gz"
    packed.write_bytes(gzip.compress(b"".join(gzip.decompress(foreign.content[:start]) for _ in range(2))))
    assert "`warcio recompress` makes a valid file" in survey([packed]).damaged[0]


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b", b"PK\x03\x04", b"WARC/1.0\r\n\r\n", bytes(100), gzip.compress(b"WARC/9.9\r\n\r\n")]
)
def test_a_file_that_is_no_archive_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "xa.toml").write_text(SITE_FILE, encoding="utf-8")
    path = tmp_path / "la.warc.gz"
    path.write_bytes(content)
    place = ["--sites", str(tmp_path), "--output", str(tmp_path / "output")]
    done = CliRunner().invoke(main, ["import", "warc", str(path), *place])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert "nothing taken in" in done.stdout


@pytest.mark.parametrize(
    ("status", "at"), [("abc", LONG_AGO), ("99999 x", LONG_AGO), ("", LONG_AGO), ("200 OK", "hom qua"), ("200", "")]
)
def test_an_answer_without_a_status_or_a_date_is_none(tmp_path: Path, foreign: Foreign, status: str, at: str) -> None:
    foreign.add("/tin-1.html", article(1), status=status, at=at or "x")
    path = foreign.write()
    known = survey([path])
    assert list(answers_in(path, spools(tmp_path), wanted=lambda _: True, known=known, most=1_000_000)) == []
    assert (known.hosts, known.skipped) == ({}, {"answers without a date or a status": 1})


def test_the_command_imports_and_says_what_came(tmp_path: Path, foreign: Foreign, mirror: Mirror) -> None:
    (tmp_path / "xa.toml").write_text(SITE_FILE, encoding="utf-8")
    foreign.add("/tin-1.html", article(1))
    path = str(foreign.write())
    place = ("--sites", str(tmp_path), "--output", str(mirror.output))
    done = govnews("import", "warc", path, *place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "xa: 1 answer taken in, 0 known already" in done.stdout
    assert "1 new" in done.stdout
    missing = govnews("import", "warc", str(tmp_path / "khong-co.warc"), *place)
    assert missing.returncode == 1
    assert "khong-co.warc" in missing.stdout


def test_an_imported_mirror_can_be_crawled_on(mirror: Mirror, site: Site, foreign: Foreign) -> None:
    foreign.add("/tin-1.html", article(1, body=f"{PARAGRAPHS[1]} Bản cũ."))
    take_in(mirror, site, foreign.write())
    with running(small_site()) as server:
        crawl(mirror, server.base_url)
    assert mirror.one("SELECT count(*) FROM articles") == 6
    assert mirror.rows("SELECT kind FROM article_revisions WHERE article = 1 ORDER BY number") == [
        ("imported",),
        ("edited",),
    ]
    assert problems(mirror) == ()
