"""Fills in the systemd units and the crontab that come with the program.

Both are run without a shell profile: every path is absolute, and the contact stands in the file.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.durable import make_folder, replace_text
from pipelines.errors import ScheduleError

FOLDER = Path(__file__).parent
UNITS = ("govnews-crawl.service", "govnews-crawl.timer", "govnews-report.service", "govnews-report.timer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is to be run: every `minutes` minutes the sites that are due, every week the report."""

    output: Path
    contact: str
    minutes: int = 15
    sites: Path | None = None
    program: Sequence[str] | None = None
    """The words that start `govnews`; those of this installation where it is left out."""

    @property
    def crawl(self) -> list[str]:
        own_sites = ["--sites", str(self.sites.absolute())] if self.sites else []
        return [*self._govnews, "crawl", "--due", "--quiet", "--output", str(self._output), *own_sites]

    @property
    def report(self) -> list[str]:
        own_sites = ["--sites", str(self.sites.absolute())] if self.sites else []
        page = str(self._output / "report.html")
        return [*self._govnews, "report", "--html", page, "--output", str(self._output), *own_sites]

    @property
    def _govnews(self) -> Sequence[str]:
        return self.program or installed_program()

    @property
    def _output(self) -> Path:
        return self.output.absolute()


def installed_program() -> list[str]:
    """How this installation of `govnews` is started from anywhere."""
    script = Path(sys.executable).parent / "govnews"
    return [str(script)] if script.is_file() else [sys.executable, "-m", "crawler.cli"]


def systemd_units(schedule: Schedule) -> dict[str, str]:
    """The text of each unit file by its name."""
    values = {
        "contact": _unit_word(f"GOVNEWS_CONTACT={_one_line(schedule.contact)}", is_command=False),
        "crawl": " ".join(_unit_word(_one_line(word)) for word in schedule.crawl),
        "report": " ".join(_unit_word(_one_line(word)) for word in schedule.report),
        "minutes": schedule.minutes,
    }
    return {name: _filled(FOLDER / "systemd" / name, values) for name in UNITS}


def crontab(schedule: Schedule) -> str:
    """The text of a crontab."""
    folder = str(schedule.output.absolute())
    crawl = ["flock", "--nonblock", f"{folder}/.crawl.lock", *schedule.crawl]
    values = {
        "contact": f'GOVNEWS_CONTACT="{_one_line(schedule.contact)}"',
        "crawl": f"{_cron_command(['mkdir', '-p', folder])} && {_cron_command(crawl)}",
        "report": _cron_command(schedule.report),
        "minutes": schedule.minutes,
    }
    return _filled(FOLDER / "crontab", values)


def write_units(schedule: Schedule, folder: Path) -> list[Path]:
    """Write the unit files into a folder, which is made if need be, over earlier ones; returns their paths.

    Raises:
        StoreError: the folder cannot be written.
    """
    units = {folder / name: text for name, text in systemd_units(schedule).items()}
    make_folder(folder)
    for path, text in units.items():
        replace_text(path, text)
    return list(units)


def _filled(path: Path, values: dict[str, object]) -> str:
    return path.read_text(encoding="utf-8").format_map(values)


def _one_line(value: str) -> str:
    if not value.isprintable() or '"' in value:
        raise ScheduleError(f"{value!r} cannot stand in a unit file or crontab; use another name, without quotes")
    return value


def _unit_word(word: str, *, is_command: bool = True) -> str:
    """One word of a unit file (systemd.syntax, "Quoting"): `%` begins a specifier, in a command `$` a variable."""
    written = word.replace("\\", "\\\\").replace("%", "%%")
    written = written.replace("$", "$$") if is_command else written
    is_plain = all(character.isalnum() or character in "-_./=@+:%$" for character in written)
    return written if is_plain else f'"{written}"'


def _cron_command(words: Sequence[str]) -> str:
    """A command of a crontab: the shell reads it, and an unescaped `%` would end it (crontab(5))."""
    return shlex.join([_one_line(word) for word in words]).replace("%", "\\%")
