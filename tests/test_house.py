"""The plan of the house: which way imports go, what code may not name, and what every module says of itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted([*(ROOT / "crawler").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")])
VAGUE = {"utils.py", "helpers.py", "common.py", "misc.py"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def imports_of(path: Path) -> Iterator[str]:
    """The project's modules that this one imports when it is loaded."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in NAMES)
        elif isinstance(node, ast.ImportFrom) and node.module in NAMES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in NAMES else str(node.module)


def test_pipelines_know_nothing_of_sites_and_spiders() -> None:
    upward = {
        (name_of(path), imported)
        for path in MODULES
        for imported in imports_of(path)
        if name_of(path).startswith("pipelines") and imported.startswith("crawler")
    }
    assert upward == set()


def test_reading_a_page_knows_nothing_of_scrapy_the_network_or_the_database() -> None:
    for path in sorted((ROOT / "crawler" / "read").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"^\s*(import|from) (scrapy|aiohttp|sqlite3|sqlite_utils|socket|requests)\b", text, re.MULTILINE
        ), path


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name_of(path): set(imports_of(path)) for path in MODULES}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for imported in graph[name] - {name}:
                walk(imported, (*trail, name))
            done.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_responsible_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path.name} has no docstring"
    assert path.name not in VAGUE


def test_no_host_of_a_real_site_stands_in_code() -> None:
    host = re.compile(r"[\w-]+\.(gov|org|com|net|edu)\.vn|daknong|hatinh\b|ductho", re.IGNORECASE)
    named = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in MODULES
        if "sample" not in path.parts
        for line in code_lines(path)
        if (match := host.search(line))
    }
    assert named == set()


def code_lines(path: Path) -> Iterator[str]:
    """String constants and names of a module, without docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
