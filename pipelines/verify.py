"""Proves, without a network, that the mirror is what it was: files, archive, rows and the chain of runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlite_utils import Database

from pipelines.archivechecks import Archive
from pipelines.errors import ArchiveError, StoreError
from pipelines.filechecks import Damage, Stored, damage_of, joined_problems, stored_files
from pipelines.filerepair import FileRepair
from pipelines.manifest import broken_links, hash_in, head_of
from pipelines.rowchecks import row_problems
from pipelines.timestamp import Seal, problem_of, seals

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_Row = TypeVar("_Row")

Progress = Callable[[str, int, int | None], None]
"""Told what is being checked, how many of it were, and of how many; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was checked and what is wrong, a sentence each."""

    files: int
    captures: int
    articles: int
    seals: int
    problems: tuple[str, ...]
    heads: tuple[tuple[str, str | None], ...] = ()
    """Each site with the hash of its newest finished run."""
    mended: tuple[str, ...] = ()
    """What was wrong and was made again, a sentence each."""

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify(
    db: Database,
    output: Path,
    *,
    roots: tuple[Certificate, ...] = (),
    repair: FileRepair | None = None,
    progress: Progress | None = None,
) -> Verified:
    """Check everything that the database says of the disk and of itself; reads every byte once.

    Args:
        db: the mirror.
        output: its folder.
        roots: the certificates that vouch for the signatures of the timestamps; without them only what is signed is
            compared with the chain.
        repair: makes files again that are damaged or missing; without it nothing is written.
        progress: is told how far it has come.
    """
    _tell(progress, "the database", 0, None)
    problems = list(_until_unreadable(_database_problems(db)))
    files = _read(problems, lambda: stored_files(db))
    archive = _read(problems, lambda: [Archive(db, output)])
    captures = sum(map(len, archive))
    kept_seals = _read(problems, lambda: seals(db))
    mended: list[str] = []
    for done, file in enumerate(files, start=1):
        damage = damage_of(output, file)
        if damage is not None:
            _mend_or_note(damage, repair, file, mended=mended, problems=problems)
        _tell(progress, "files", done, len(files))
    for records in archive:
        problems += _until_unreadable(records.problems(lambda done: _tell(progress, "the archive", done, captures)))
    _tell(progress, "rows", 0, None)
    problems += _until_unreadable(joined_problems(db, output))
    problems += _until_unreadable(row_problems(db))
    problems += _until_unreadable(_chain_problems(db))
    problems += _until_unreadable(_seal_problems(db, kept_seals, roots))
    counted = _read(problems, lambda: db.execute("SELECT count(*) FROM articles").fetchall())
    return Verified(
        files=len(files),
        captures=captures,
        articles=counted[0][0] if counted else 0,
        seals=len(kept_seals),
        heads=tuple(_read(problems, lambda: _heads(db))),
        problems=tuple(dict.fromkeys(problems)),
        mended=tuple(mended),
    )


def _heads(db: Database) -> list[tuple[str, str | None]]:
    return [(site, head_of(db, site)) for (site,) in db.execute("SELECT id FROM sites ORDER BY id").fetchall()]


def _read(problems: list[str], query: Callable[[], list[_Row]]) -> list[_Row]:
    """What a query finds; nothing, and one problem more, where the database is damaged."""
    try:
        return query()
    except sqlite3.DatabaseError as error:
        problems.append(_unreadable(error))
    except StoreError as error:
        problems.append(str(error))
    return []


def _until_unreadable(problems: Iterator[str]) -> Iterator[str]:
    """The problems up to where the database itself is damaged, which is one too."""
    try:
        yield from problems
    except sqlite3.DatabaseError as error:
        yield _unreadable(error)


def _unreadable(error: sqlite3.DatabaseError) -> str:
    return f"mirror.db: a part of it cannot be read ({error}), so not everything could be checked"


def _tell(progress: Progress | None, what: str, done: int, total: int | None) -> None:
    if progress is not None:
        progress(what, done, total)


def _database_problems(db: Database) -> Iterator[str]:
    for (what,) in db.execute("PRAGMA integrity_check").fetchall():
        if what != "ok":
            yield f"mirror.db: {what}"
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        yield f"mirror.db: row {row} of {table} refers to a row of {parent} that is not there"


def _mend_or_note(
    damage: Damage, repair: FileRepair | None, file: Stored, *, mended: list[str], problems: list[str]
) -> None:
    if repair is None or not damage.may_be_replaced:
        problems.append(damage.what)
        return
    try:
        mended.append(f"{damage.what}; made again from {repair.mend(file.sha256, file.path)}")
    except ArchiveError as error:
        problems.append(f"{damage.what}; it cannot be made again: {error}")


def _chain_problems(db: Database) -> Iterator[str]:
    for (site,) in db.execute("SELECT id FROM sites ORDER BY id").fetchall():
        yield from (f"{site}: {problem}" for problem in broken_links(db, site))


def _seal_problems(db: Database, kept: Sequence[Seal], roots: tuple[Certificate, ...]) -> Iterator[str]:
    """A timestamp holds where it is of the hash that its run still has, and is signed by whom we trust."""
    for seal in kept:
        manifest = db.execute("SELECT manifest FROM runs WHERE id = ?", [seal.run]).fetchone()[0]
        what = f"{seal.site}: the timestamp of run {seal.run} by {seal.authority}"
        if hash_in(manifest) != seal.manifest:
            yield f"{what}: the run has another hash now than the one that was sealed"
            continue
        try:
            problem = problem_of(seal, roots)
        except StoreError as error:  # what else is wrong is worth saying without the library, too
            problem = f"it could not be checked: {error}"
        if problem is not None:
            yield f"{what}: {problem}"
