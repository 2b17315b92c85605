"""Every command, option, file and make target that the documentation shows is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from crawler.cli import main

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "crawler/sites/README.md", "crawler/families/README.md")

_BLOCK = re.compile(r"^(?: {4}|\t)(?:\$ |\.venv/bin/)?(govnews [^\n]*)$", re.MULTILINE)
_SPAN = re.compile(r"`(govnews [^`\n]*)`")
_ROW = re.compile(r"^\| `govnews (?P<command>[a-z]+)[^|]*\|(?P<rest>.*)$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
_PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")


class Shown(NamedTuple):
    """A command line that a page shows."""

    page: str
    line: str


def shown_commands() -> Iterator[Shown]:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8").replace("\\|", "|")
        for line in (*_BLOCK.findall(text), *_SPAN.findall(text)):
            yield Shown(page, line)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and what stands after it."""
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def options_of(command: click.Command) -> set[str]:
    """Its options; of a group those of all its commands, which a table shows together."""
    own = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*map(options_of, inner), {"--help"})


@pytest.mark.parametrize("shown", list(shown_commands()), ids=lambda shown: f"{shown.page}: {shown.line}"[:80])
def test_a_command_that_is_shown_is_one_that_there_is(shown: Shown) -> None:
    words = shlex.split(re.split(r"\s[|>]\s", shown.line)[0], comments=True)[1:]
    words = [word for word in words if word not in {"FORMAT", "DEST"} and "…" not in word and "|" not in word]
    if not words or words[0].startswith("-"):
        return
    command, rest = command_of(words)
    given = {option for word in rest for option in _OPTION.findall(word.partition("=")[0])}
    assert given <= options_of(command), f"{shown.page}: {shown.line}"


@pytest.mark.parametrize("page", PAGES)
def test_an_option_in_a_row_of_the_table_belongs_to_its_command(page: str) -> None:
    for row in _ROW.finditer((ROOT / page).read_text(encoding="utf-8")):
        command, _rest = command_of([row["command"]])
        spans = " ".join(re.findall(r"`([^`]*)`", row["rest"]))
        assert set(_OPTION.findall(spans)) <= options_of(command), row[0]


@pytest.mark.parametrize("page", PAGES)
def test_an_option_in_prose_belongs_to_some_command(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    said = set(_OPTION.findall(" ".join(re.findall(r"`(--[^`\n]*)`", text))))
    assert said <= options_of(main)


def test_every_command_has_a_row_in_the_readme() -> None:
    rows = {row["command"] for row in _ROW.finditer((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert rows == set(main.commands)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_linked_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = [link for link in _LINK.findall(text) if not ((ROOT / page).parent / link).exists()]
    assert missing == []


def test_every_heading_that_is_linked_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    assert {link for link in re.findall(r"\]\(#([^)]+)\)", text) if link not in headings} == set()


def test_the_pictures_of_the_readme_are_small() -> None:
    pictures = _PICTURE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(pictures) >= 3
    assert {path: size for path in pictures if (size := (ROOT / path).stat().st_size) > 150_000} == {}


def test_every_make_target_that_is_shown_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = set(re.findall(r"`?make ([a-z]+)`?", (ROOT / "README.md").read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert shown & {"demo", "test", "bench"} <= targets


def test_every_extra_that_is_shown_exists() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = set(re.findall(r"^([a-z]+) = \[$", project, re.MULTILINE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = {name for group in re.findall(r"(?:govnews-mirror|'\.)\[([a-z,]+)\]", readme) for name in group.split(",")}
    assert shown
    assert shown <= extras
