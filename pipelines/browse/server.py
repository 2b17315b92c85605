"""Opens a mirror for reading and serves it; whatever is wrong with the mirror is said in one sentence before that."""

from __future__ import annotations

import hashlib
import os
import resource
import socket
import sqlite3
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.version import __version__

from pipelines.browse import description, plugin
from pipelines.browse.visit import NAME
from pipelines.browse.wording import Language
from pipelines.database import NAME as DATABASE_FILE
from pipelines.database import open_database, open_readonly
from pipelines.errors import StoreError
from pipelines.schema import MIGRATIONS

TEMPLATES = Path(__file__).parent / "templates"
MOST_MEMORY = 6 * 1024**3
"""Bytes of address space for the server: a mirror of a million articles is read with a tenth of it."""
LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))

Tell = Callable[[str], None]


def make_ready(output: Path, *, tell: Tell) -> bool:
    """Make sure that the mirror can be read, and bring one of an older version to this one; whether it can be written.

    Raises:
        StoreError: there is no mirror, it is damaged or empty, or it is older and cannot be upgraded here.
        SchemaTooNewError: a newer version wrote it.
    """
    path = output / DATABASE_FILE
    is_older = _is_older(output, path)
    if is_older:
        tell(f"{path}: made by an older version; bringing it to this one (it stays readable meanwhile)")
        _upgrade(output, path)
    return os.access(output, os.W_OK) and os.access(path, os.W_OK)


def _is_older(output: Path, path: Path) -> bool:
    try:
        with closing(open_readonly(output)) as db:
            tables = set(db.table_names())
            if tables and "articles" not in tables:
                raise StoreError(f"{path}: a SQLite database, but no mirror; name the mirror's folder with --output")
            if not tables:
                raise StoreError(f"{path}: an empty file; crawl a site into it first, for example `govnews demo`")
            damage = db.execute("PRAGMA quick_check(1)").fetchone()[0] if path.stat().st_size < MOST_CHECKED else "ok"
            if damage != "ok":
                raise StoreError(f"{path}: damaged ({damage}); {_RESCUE}")
            return bool(MIGRATIONS.pending(db))
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be read ({error}); {_RESCUE}") from error


MOST_CHECKED = 200_000_000
"""Bytes up to which the whole database is checked at the start: a second or two."""

_RESCUE = "copy the folder away, then restore a backup or try `sqlite3 mirror.db .recover`"


def _upgrade(output: Path, path: Path) -> None:
    try:
        open_database(output).close()
    except StoreError as error:
        raise StoreError(
            f"{path}: made by an older version, and cannot be brought to this one here ({error}); "
            "make it writable, or copy the folder to where it is"
        ) from error


def application(output: Path, *, language: Language | None = None, is_writable: bool = True) -> Datasette:
    """Datasette over the mirror, with our pages, words and questions.

    A mirror that nobody can write to is opened as one that does not change: SQLite could not make its helper files.
    Of such a database Datasette would hash every byte before its first page; it is told what it wants to know.
    """
    if not pm.is_registered(plugin):
        pm.register(plugin, name=NAME)
    path = output / DATABASE_FILE
    # Datasette 1.0 takes saved queries from its configuration, 0.65 from the metadata; it moves the rest itself.
    takes_config = int(__version__.partition(".")[0]) >= 1
    return Datasette(
        files=[str(path)] if is_writable else [],
        immutables=[] if is_writable else [str(path)],
        inspect_data=None if is_writable else {path.stem: _inspected(path)},
        metadata=description.metadata(language=language),
        settings=dict(description.SETTINGS),
        template_dir=str(TEMPLATES),
        **({"config": description.configuration()} if takes_config else {}),
    )


def _inspected(path: Path) -> dict[str, Any]:
    """What `datasette inspect` finds, but with a hash of the file's size and time, and machinery not counted."""
    stat = path.stat()
    with closing(sqlite3.connect(f"file:{quote(str(path))}?immutable=1", uri=True)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {
            name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            if name in description.described()
            else None
            for name in tables
        }
    return {
        "hash": hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest(),
        "size": stat.st_size,
        "file": str(path),
        "tables": {name: {"count": count} for name, count in counts.items()},
    }


def serve(
    output: Path, *, host: str, port: int, language: Language | None, tell: Tell, open_browser: bool = False
) -> None:
    """Serve the mirror until the user stops it.

    Raises:
        StoreError: the mirror cannot be read, or the address is taken.
    """
    is_writable = make_ready(output, tell=tell)
    with _listening(host, port) as listener:
        address = _address(host, listener.getsockname()[1])
        tell(f"{address}  (stop with Ctrl+C)")
        if host not in LOOPBACK:
            tell("anybody who reaches this machine can read the mirror and query it")
        if open_browser:
            webbrowser.open(address)
        app = application(output, language=language, is_writable=is_writable).app()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on", server_header=False))
        with _limited_memory(), suppress(KeyboardInterrupt):  # how a user ends it
            server.run(sockets=[listener])


@contextmanager
def _limited_memory() -> Iterator[None]:
    """Let a query that wants more memory fail, rather than have the system end whatever program it likes.

    Programs that are started meanwhile inherit the limit, so a browser is opened before.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise StoreError(
            f"{host}:{port}: cannot be listened at ({error.strerror}); choose another with --port or --host"
        ) from error
    listener.set_inheritable(True)  # uvicorn wants it so
    return listener


def _address(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"
