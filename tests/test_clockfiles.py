"""The schedule that comes with the program: its very lines are run as systemd and cron would run them."""

import fcntl
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from server import Answer, SmallSite, running
from test_cli import site_file
from village import small_site

from crawler.cli import main
from crawler.schedule.clockfiles import UNITS, Schedule, crontab, systemd_units, write_units
from pipelines.errors import ScheduleError

ROOT = Path(__file__).resolve().parents[1]
AWKWARD = "kho lưu 100% của $HOME 'xã' \\ mẫu"


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    """A site that wants to be crawled every six hours, into a folder whose name needs every kind of quoting."""
    site_file(tmp_path / "own", "xa", 'title = "Xã Mẫu"\nhome = "http://xa.example/"\ndelay = 0\nevery = "6h"\n')
    return Schedule(
        output=tmp_path / AWKWARD,
        contact="kho@example.org (50% $5)",
        sites=tmp_path / "own",
        program=[sys.executable, "-m", "crawler.cli"],
    )


def value_of(unit: str, key: str) -> str:
    (value,) = [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{key}=")]
    return value


def words_of(value: str) -> list[str]:
    """A command or assignment as systemd takes it apart (systemd.syntax and systemd.service)."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(value)]


def run_bare(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """A command with an empty environment but for what is given."""
    given = [f"{name}={value}" for name, value in environment.items()]
    return subprocess.run(
        ["/usr/bin/env", "-i", *given, *command], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )


def run_unit(unit: str, site: SmallSite) -> subprocess.CompletedProcess[str]:
    """The ExecStart line of a unit with nothing but the unit's own environment, and the way to the test's server."""
    lines = [line for line in unit.splitlines() if line.startswith("Environment=")]
    assignments = [shlex.split(line.partition("=")[2])[0].replace("%%", "%") for line in lines]
    environment = dict(assignment.split("=", 1) for assignment in assignments)
    return run_bare(words_of(value_of(unit, "ExecStart")), **environment, http_proxy=site.base_url)


def run_cron(line: str, site: SmallSite) -> subprocess.CompletedProcess[str]:
    """A line of a crontab as cron runs it: five fields, percent signs escaped, a plain shell, few variables."""
    command = line.split(maxsplit=5)[5].replace("\\%", "%")
    few = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "GOVNEWS_CONTACT": "kho@example.org"}
    return run_bare(["/bin/sh", "-c", command], **few, http_proxy=site.base_url)


def runs(schedule: Schedule) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(schedule.output / "mirror.db")) as db:
        return db.execute("SELECT outcome, articles_new FROM runs ORDER BY id").fetchall()


def test_the_units_crawl_what_is_due_and_write_the_report(schedule: Schedule, site: SmallSite) -> None:
    units = systemd_units(schedule)
    done = run_unit(units["govnews-crawl.service"], site)
    assert done.returncode == 0, done.stderr
    assert runs(schedule) == [("ok", 6)]
    assert b"(+kho@example.org (50% $5))" in site.log[-1].head
    again = run_unit(units["govnews-crawl.service"], site)
    assert again.returncode == 0, again.stderr
    assert runs(schedule) == [("ok", 6)]  # nothing was due
    reported = run_unit(units["govnews-report.service"], site)
    assert reported.returncode == 0, reported.stderr
    assert "Xã Mẫu" in (schedule.output / "report.html").read_text(encoding="utf-8")


def test_the_crontab_crawls_what_is_due_and_writes_the_report(schedule: Schedule, site: SmallSite) -> None:
    crawl, report = (line for line in crontab(schedule).splitlines() if line[:1] in "*0123456789")
    assert (crawl.split()[:5], report.split()[:5]) == (["*/15", *"****"], ["0", "6", "*", "*", "1"])
    done = run_cron(crawl, site)
    assert done.returncode == 0, done.stderr
    assert runs(schedule) == [("ok", 6)]
    assert run_cron(report, site).returncode == 0
    assert (schedule.output / "report.html").is_file()


def test_a_crawl_by_cron_that_still_runs_goes_on_alone(schedule: Schedule, site: SmallSite) -> None:
    crawl = next(line for line in crontab(schedule).splitlines() if "--due" in line)
    schedule.output.mkdir()
    with (schedule.output / ".crawl.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_cron(crawl, site)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert site.log == []


def test_a_stopped_unit_ends_its_run_in_order(schedule: Schedule, site: SmallSite) -> None:
    site.routes["/tin-2.html"] = Answer(body=b"<p>", delay=1)
    unit = systemd_units(schedule)["govnews-crawl.service"]
    environment = {"GOVNEWS_CONTACT": "kho@example.org", "http_proxy": site.base_url}
    with subprocess.Popen(
        words_of(value_of(unit, "ExecStart")), env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as crawl:
        while not site.asked("/tin-2.html"):
            assert crawl.poll() is None
            time.sleep(0.02)
        os.kill(crawl.pid, signal.SIGTERM)
        crawl.communicate(timeout=30)
    assert str(crawl.returncode) in value_of(unit, "SuccessExitStatus").split()
    assert runs(schedule)[-1][0] == "interrupted"


def test_systemd_finds_nothing_wrong_with_the_units(schedule: Schedule, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed; the units themselves are run by the other tests")
    (tmp_path / "units").mkdir()
    paths = write_units(schedule, tmp_path / "units")
    assert [path.name for path in paths] == list(UNITS)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, paths)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_understands_when_to_look(schedule: Schedule) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    units = systemd_units(schedule)
    moments = [value_of(units[name], "OnCalendar") for name in UNITS if name.endswith(".timer")]
    for moment in moments:
        assert subprocess.run(["systemd-analyze", "calendar", moment], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("contact", ["a@b.example\nExecStart=/bin/false", 'a"b', "a\x1bb"])
def test_a_contact_that_would_break_out_of_its_line_is_refused(contact: str, tmp_path: Path) -> None:
    schedule = Schedule(output=tmp_path, contact=contact)
    for fill in (systemd_units, crontab):
        with pytest.raises(ScheduleError, match="cannot stand in a unit file or crontab"):
            fill(schedule)


def told(*arguments: str, contact: str | None = "kho@example.org") -> Result:
    return CliRunner().invoke(main, ["schedule", *arguments], env={"GOVNEWS_CONTACT": contact})


def test_the_command_prints_units_and_crontab_with_absolute_paths(tmp_path: Path) -> None:
    shown = told("systemd", "--output", "kho", "--minutes", "30")
    assert shown.exit_code == 0, shown.output
    assert f"--output {Path('kho').absolute()}" in shown.stdout
    assert "OnCalendar=*:0/30" in shown.stdout
    assert [line[2:] for line in shown.stdout.splitlines() if line.startswith("# govnews-")] == list(UNITS)
    cron = told("cron", "--contact", "kho@example.org", "--output", str(tmp_path), contact=None)
    assert "*/15 * * * * mkdir" in cron.stdout
    folder = tmp_path / "systemd" / "user"  # which a fresh account may lack
    written = told("systemd", "--write", str(folder))
    assert written.stdout.splitlines() == [f"written: {folder / name}" for name in UNITS]


@pytest.mark.parametrize("kind", ["systemd", "cron"])
def test_sites_that_the_clock_never_crawls_are_named_beside_the_text(tmp_path: Path, kind: str) -> None:
    home = 'title = "Xã"\nhome = "http://{}.example/"\n'
    for name, more in (("dung-gio", 'every = "6h"\n'), ("khong-gio", ""), ("da-tat", "gone = 2025-07-01\n")):
        site_file(tmp_path, name, home.format(name) + more)
    shown = told(kind, "--sites", str(tmp_path))
    assert shown.exit_code == 0, shown.output
    (line,) = shown.stderr.splitlines()
    assert "have no `every`: " in line
    named = line.rpartition(": ")[2].split(", ")
    assert "khong-gio" in named
    assert "krongno" in named
    assert not {"dung-gio", "da-tat"} & set(named)
    assert "every`" not in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("systemd",), 2, "--contact"),
        (("launchd",), 2, "'launchd'"),
        (("cron", "--contact", "a@b.example", "--write", "."), 2, "crontab -"),
        (("systemd", "--contact", "a@b.example", "--write", f"{__file__}/co"), 1, "cannot be written"),
        (("systemd", "--contact", 'a"b'), 1, "cannot stand in a unit file"),
    ],
)
def test_wrong_usage_is_said_in_one_sentence(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = told(*arguments, contact=None)
    assert done.exit_code == code
    assert said in done.stderr
