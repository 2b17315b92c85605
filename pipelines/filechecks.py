"""Reads every file under `files/` again, and joins those that came in pieces once more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sqlite_utils import Database

from pipelines.errors import ArchiveError
from pipelines.partial import pieces_of, read_pieces


class Stored(NamedTuple):
    """A row of `files`."""

    sha256: str
    path: str
    bytes: int


def stored_files(db: Database) -> list[Stored]:
    return [Stored(*row) for row in db.execute("SELECT sha256, path, bytes FROM files ORDER BY path").fetchall()]


def is_inside(path: object) -> bool:
    """Whether a path of a row leads into the output folder, and not to a device or somebody else's file."""
    if not isinstance(path, str) or "\0" in path:
        return False
    parts = PurePosixPath(path)
    return bool(parts.parts) and not parts.is_absolute() and ".." not in parts.parts


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file; bytes that only we may not read could be the right ones, and are left alone."""

    what: str
    may_be_replaced: bool = True


def damage_of(output: Path, file: Stored) -> Damage | None:
    if not isinstance(file.sha256, str) or not is_inside(file.path):
        return Damage(f"file {file.sha256!r}: its row names no place where its bytes could lie", may_be_replaced=False)
    try:
        with (output / file.path).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except (PermissionError, IsADirectoryError) as error:
        return Damage(f"{file.path}: cannot be read ({error.strerror})", may_be_replaced=False)
    except OSError as error:
        return Damage(f"{file.path}: cannot be read ({error.strerror})")
    if found != file.sha256:
        return Damage(f"{file.path}: its bytes are not what was stored ({file.bytes} bytes were; hash {found[:12]}…)")
    return None


def joined_problems(db: Database, output: Path) -> Iterator[str]:
    """A file that came in pieces is the records of these pieces, one after another."""
    named = " UNION ".join(f"SELECT sha256, capture FROM {table}" for table in ("files", "attachments", "images"))
    rows = db.execute(
        f"SELECT sha256, path, captures.id FROM ({named}) AS named JOIN files USING (sha256) "
        "JOIN captures ON captures.id = named.capture WHERE status = 206 ORDER BY path, captures.id"
    )
    for sha256, path, capture in rows.fetchall():
        digest = hashlib.sha256()
        try:
            for chunk in read_pieces(output, pieces_of(db, capture)):
                digest.update(chunk)
        except ArchiveError as error:
            yield f"{path}: {error}"
            continue
        if digest.hexdigest() != sha256:
            yield f"{path}: the pieces that it was joined from (up to capture {capture}) do not make it any more"
