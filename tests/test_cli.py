"""The command line: what a user types, what comes back, and which exit code."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from server import Answer, redirect, running
from village import small_site

from pipelines.database import open_database

COMMANDS = (
    "crawl",
    "demo",
    "sites",
    "check",
    "reparse",
    "report",
    "schedule",
    "audit",
    "verify",
    "seal",
    "diff",
    "search",
    "read",
    "export",
    "import",
)
ROOT = Path(__file__).resolve().parents[1]

PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Khai mạc hội thi - Xã Mẫu</title></head>
<body><div class="menu"><a href="/">Trang chủ</a></div><h1>Khai mạc hội thi gói bánh chưng</h1>
<p class="date">08:15 12/01/2024</p>
<div class="content"><p>Sáng 12/1, nhà văn hóa thôn Đông khai mạc hội thi gói bánh chưng với sự tham gia của tám đội
đến từ các thôn trong xã, thu hút đông đảo bà con đến cổ vũ.</p><p>Mỗi đội có chín mươi phút để gói mười chiếc bánh;
ban giám khảo chấm hình dáng, độ chắc và cách trình bày mâm bánh của từng đội.</p><p>Kết thúc hội thi, số bánh được
trao tặng các gia đình chính sách trên địa bàn xã để đón Tết Nguyên đán.</p></div></body></html>"""


def govnews(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    clean.pop("GOVNEWS_CONTACT", None)
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=clean | environment,
        check=False,
        timeout=60,
    )


def site_file(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_an_unknown_site_names_the_nearest_ones(tmp_path: Path) -> None:
    done = govnews("crawl", "krogno", "--output", str(tmp_path))
    assert done.returncode == 2
    assert "krongno" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [("search", "--site", "krogno", "duong"), ("audit", "krogno"), ("export", "jsonl", "-", "--site", "krogno")],
)
def test_a_site_that_the_mirror_holds_nothing_of_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    open_database(tmp_path).close()
    done = govnews(*arguments, "--output", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "govnews: the mirror holds nothing of 'krogno'; it holds: no site yet\n"


def test_a_page_to_read_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    done = govnews("read", str(tmp_path / "a.html"), "khong-co.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'khong-co.html' does not exist" in done.stderr


def test_a_wrong_site_file_gets_one_line_with_the_nearest_key(tmp_path: Path) -> None:
    site_file(tmp_path / "own", "xa", 'title = "Xã"\nhome = "http://xa.example/"\ndeley = 3\n')
    done = govnews("crawl", "xa", "--sites", str(tmp_path / "own"), "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "xa.toml" in done.stderr
    assert "'deley'" in done.stderr
    assert "'delay'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_users_own_folder_adds_sites(tmp_path: Path) -> None:
    site_file(tmp_path, "xa", 'title = "Xã Mẫu"\nhome = "http://xa.example/"\n')
    listed = govnews("sites", COLUMNS="200", GOVNEWS_SITES=str(tmp_path))
    assert listed.returncode == 0
    assert "Xã Mẫu" in listed.stdout
    assert "krongno" in listed.stdout


def test_a_live_crawl_without_a_contact_is_refused(tmp_path: Path) -> None:
    site_file(tmp_path, "xa", 'title = "Xã"\nhome = "http://xa.example/"\n')
    done = govnews("crawl", "xa", "--sites", str(tmp_path), "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "GOVNEWS_CONTACT" in done.stderr


def test_a_crawl_of_nothing_says_how_to_name_something() -> None:
    done = govnews("crawl")
    assert done.returncode == 2
    assert "govnews sites" in done.stderr


def test_an_output_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file stands here")
    done = govnews("demo", "--output", str(tmp_path / "output" / "below"))
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_unreachable_host_is_said_once_and_the_run_fails(tmp_path: Path) -> None:
    site_file(tmp_path, "xa", 'title = "Xã"\nhome = "http://xa.example/"\ndelay = 0\n')
    done = govnews(
        "crawl", "xa", "--sites", str(tmp_path), "--output", str(tmp_path / "out"), http_proxy="http://127.0.0.1:9"
    )
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert "xa.example" in done.stdout
    assert "Traceback" not in done.stderr


def test_read_gives_one_json_object_a_page_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "c.html").write_bytes(b"")
    names = [str(tmp_path / name) for name in ("a.html", "b.html.gz", "c.html")]
    done = govnews("read", *names)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == names
    assert lines[0]["title"] == lines[1]["title"] == "Khai mạc hội thi gói bánh chưng"
    assert lines[0]["published_at"] == "2024-01-12T08:15+07:00"
    assert lines[2]["not_article"] == "empty"


def test_read_takes_pages_and_addresses_from_stdin(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    asked = [{"file": str(tmp_path / "a.html"), "url": "http://xa.example/tin-1"}, {"file": str(tmp_path / "none")}]
    done = govnews("read", "-", stdin="\n".join(map(json.dumps, asked)))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert lines[0]["url"] == "http://xa.example/tin-1"
    assert lines[1]["not_article"] == "unreadable_file"


def test_a_line_that_is_no_page_is_named_by_its_number() -> None:
    done = govnews("read", "-", stdin="{not json}\n")
    assert done.returncode == 2
    assert "line 1" in done.stderr


def test_check_shows_a_saved_page_field_by_field_with_its_rules(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    done = govnews("check", str(tmp_path / "a.html"), "--url", "http://xa.example/tin-1", COLUMNS="160")
    assert done.returncode == 0, done.stderr
    for shown in ("title", "Khai mạc hội thi gói bánh chưng", "published_at", "2024-01-12T08:15+07:00", "rule"):
        assert shown in done.stdout


def test_check_saves_a_golden_case_and_never_over_another(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    command = ("check", str(tmp_path / "a.html"), "--save", "hoi_thi", "--pages", str(tmp_path / "pages"))
    assert govnews(*command).returncode == 0
    expected = json.loads((tmp_path / "pages/hoi_thi/expected.json").read_text(encoding="utf-8"))
    assert expected["title"] == "Khai mạc hội thi gói bánh chưng"
    assert (tmp_path / "pages/hoi_thi/page.html").read_text(encoding="utf-8") == PAGE
    again = govnews(*command)
    assert again.returncode == 1
    assert "already" in again.stderr


def test_check_fetches_one_page_of_the_web_and_keeps_nothing(tmp_path: Path) -> None:
    with running(small_site()) as site:
        url = "http://xa.example/tin-2.html"
        done = govnews("check", url, "--output", str(tmp_path / "out"), http_proxy=site.base_url, COLUMNS="160")
        assert done.returncode == 0, done.stderr
        assert "2024-05-02T08:15+07:00" in done.stdout
        assert [request.path for request in site.log] == ["/robots.txt", "/tin-2.html"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("path", "said"), [("/khong-co", "HTTP 404"), ("/cam/tin", "robots.txt does not allow it"), ("/cu", "redirects to")]
)
def test_check_says_why_a_page_cannot_be_had(path: str, said: str) -> None:
    robots = Answer(body=b"User-agent: *\nDisallow: /cam\n", mime="text/plain")
    with running(small_site() | {"/robots.txt": robots, "/cu": redirect("/moi")}) as site:
        done = govnews("check", f"http://xa.example{path}", http_proxy=site.base_url)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_check_shows_the_newest_article_of_a_site_of_the_mirror(tmp_path: Path) -> None:
    site_file(tmp_path / "own", "xa", 'title = "Xã"\nhome = "http://xa.example/"\ndelay = 0\n')
    folders = ("--sites", str(tmp_path / "own"), "--output", str(tmp_path / "out"))
    assert govnews("check", "xa", *folders).returncode == 1
    with running(small_site()) as site:
        assert govnews("crawl", "xa", *folders, http_proxy=site.base_url).returncode == 0
    done = govnews("check", "xa", *folders, COLUMNS="160")
    assert done.returncode == 0, done.stderr
    assert "warc/xa/" in done.stdout
    assert "Xã Mẫu làm đường giao thông nông thôn" in done.stdout


def test_a_site_that_fails_keeps_no_file_of_another_from_being_read(tmp_path: Path) -> None:
    for name in ("xa", "ban"):
        site_file(tmp_path / "own", name, f'title = "Xã"\nhome = "http://{name}.example/"\ndelay = 0\n')
    plan = Answer(body=(ROOT / "tests" / "files" / "so-lieu.docx").read_bytes(), mime="application/msword")
    output = ("--output", str(tmp_path / "out"))
    with running(small_site() | {"/files/ke-hoach.pdf": plan, "//ban.example/": Answer(status=404)}) as site:
        done = govnews("crawl", "xa", "ban", "--sites", str(tmp_path / "own"), *output, http_proxy=site.base_url)
    assert done.returncode == 1
    assert "ban: FAILED" in done.stdout
    assert "text of files: 1 done" in done.stdout
    assert "/tin-1.html" in govnews("search", "trong rung phong ho", *output).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(command: str) -> None:
    done = govnews(command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_scrapy_users_find_every_site_as_a_spider() -> None:
    root = Path(__file__).resolve().parents[1]
    listed = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], capture_output=True, text=True, cwd=root, check=False, timeout=60
    )
    assert listed.returncode == 0, listed.stderr
    assert {"krongno", "ductho"} <= set(listed.stdout.split())


def test_the_readme_shows_every_command_and_option_and_no_other() -> None:
    from crawler.cli import main

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"govnews ([a-z]+)", readme)) - {"mirror"}
    assert shown == set(main.commands)
    groups = [command for command in main.commands.values() if isinstance(command, click.Group)]
    commands = [*main.commands.values(), *(command for group in groups for command in group.commands.values())]
    options = {option for command in commands for param in command.params for option in param.opts}
    long_options = {option for option in options if option.startswith("--")}
    assert {option for option in long_options if option not in readme} == set()
