"""The units that `govnews schedule` writes, run by a real systemd: a user manager in namespaces of its own.

It wants systemd and the right to make namespaces (Linux; any user where user namespaces are allowed), and is skipped
with the reason where the machine gives neither.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from server import Answer, SmallSite, running
from test_cli import site_file
from village import small_site

from crawler.schedule.clockfiles import Schedule, write_units

ROOT = Path(__file__).resolve().parents[1]
SYSTEMD = next((path for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd") if Path(path).exists()), None)
PATIENCE = 60.0

NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"]
MANAGER = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/user/0 || exit 77
XDG_RUNTIME_DIR=/run/user/0 "$0" --user --unit=timers.target --log-target=console --log-level=warning &
manager=$!
trap 'kill -TERM $manager' TERM
wait $manager || wait $manager
rmdir /sys/fs/cgroup/systemd/init.scope /sys/fs/cgroup/init.scope 2>/dev/null
"""
"""`/run/systemd/system` says that systemd has booted the machine; the manager of a user asks for it."""

SOON = "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nRandomizedDelaySec=0\nAccuracySec=100ms\n"
"""The same timer, every two seconds instead of every quarter of an hour."""


def has_namespaces() -> bool:
    if not (SYSTEMD and shutil.which("unshare") and shutil.which("systemctl")):
        return False
    made = subprocess.run([*NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/run"], check=False, capture_output=True)
    return made.returncode == 0


if not has_namespaces():
    pytest.skip("wants systemd, and namespaces of one's own (`unshare --user --mount`)", allow_module_level=True)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    site_file(tmp_path / "own", "xa", 'title = "Xã Mẫu"\nhome = "http://xa.example/"\ndelay = 0\nevery = "6h"\n')
    program = [sys.executable, "-m", "crawler.cli"]
    return Schedule(
        output=tmp_path / "kho xã", contact="kho@example.org", sites=tmp_path / "own", program=program, minutes=15
    )


@contextmanager
def systemd(home: Path, schedule: Schedule, site: SmallSite) -> Iterator[subprocess.Popen[str]]:
    """A manager with the written units, enabled as README.md says; ended by SIGTERM, as at a shutdown."""
    folder = home / ".config" / "systemd" / "user"
    folder.mkdir(parents=True)
    write_units(schedule, folder)
    for name, text in {
        "govnews-crawl.timer": SOON,
        "govnews-crawl.service": f"[Service]\nEnvironment=http_proxy={site.base_url} PYTHONPATH={ROOT}\n",
    }.items():
        (folder / f"{name}.d").mkdir()
        (folder / f"{name}.d" / "test.conf").write_text(text, encoding="utf-8")
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "SYSTEMD_OFFLINE": "1"}
    enable = ["systemctl", "--user", "enable", "govnews-crawl.timer", "govnews-report.timer"]
    subprocess.run(enable, env=environment, check=True, capture_output=True, timeout=30)
    command = [*NAMESPACES, "--kill-child", "bash", "-c", MANAGER, str(SYSTEMD)]
    with subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE) as manager:
        try:
            yield manager
        finally:
            end(manager)


def end(manager: subprocess.Popen[str]) -> None:
    """`unshare` waits for its child and forwards nothing: the signal goes to the child."""
    children = Path(f"/proc/{manager.pid}/task/{manager.pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)
    manager.communicate(timeout=PATIENCE)


def wait_until(is_so: Callable[[], bool]) -> None:
    patience_ends = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < patience_ends
        time.sleep(0.1)


def runs(schedule: Schedule) -> list[tuple[str | None, int]]:
    if not (schedule.output / "mirror.db").exists():
        return []
    with closing(sqlite3.connect(schedule.output / "mirror.db")) as db:
        try:
            return db.execute("SELECT outcome, articles_new FROM runs ORDER BY id").fetchall()
        except sqlite3.OperationalError:  # the tables are being made
            return []


def test_the_timer_crawls_what_is_due_and_only_that(tmp_path: Path, schedule: Schedule, site: SmallSite) -> None:
    with systemd(tmp_path / "home", schedule, site):
        wait_until(lambda: runs(schedule) == [("ok", 6)])
        time.sleep(5)  # the timer elapses again, and nothing is due
    assert runs(schedule) == [("ok", 6)]
    assert b"(+kho@example.org)" in site.log[-1].head


def test_a_shutdown_ends_the_crawl_in_order(tmp_path: Path, schedule: Schedule, site: SmallSite) -> None:
    slow = Answer(body=b"<p>", delay=1)
    site.routes |= {f"/tin-{n}.html": slow for n in range(2, 7)}
    with systemd(tmp_path / "home", schedule, site):
        wait_until(lambda: bool(site.asked("/tin-2.html")))
    assert [outcome for outcome, _ in runs(schedule)] == ["interrupted"]
