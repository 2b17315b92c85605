"""Goes through every file under `warc/`: the records of captures, what lies between them, files that no row names."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from pipelines.recordchecks import Kept, record_problems
from pipelines.recovery import CLEAN
from pipelines.warcscan import DAMAGE, block_digest, record_at

_BATCH = 500
"""Captures that are looked up together: neither all of a large mirror at once, nor a read that outlasts a crawl."""


class Archive:
    """The records of a mirror, as the database knew them at one moment."""

    def __init__(self, db: Database, output: Path) -> None:
        self._db = db
        self._output = output
        self._settled = _settled_runs(db)
        rows = db.execute("SELECT id FROM captures WHERE warc IS NOT NULL ORDER BY warc, offset")
        self._captures = array("q", (row[0] for row in rows))

    def __len__(self) -> int:
        return len(self._captures)

    def problems(self, tell: Callable[[int], None]) -> Iterator[str]:
        """What is wrong in one WARC file after the other; `tell` is told how many captures were looked at."""
        known: set[str] = set()
        done = 0
        for warc, group in groupby(self._kept(), key=attrgetter("warc")):
            captures = []
            for capture in group:
                done += 1
                if capture.names_a_place:
                    captures.append(capture)
                else:
                    yield f"capture {capture.id} ({capture.url}): its row names no place in the archive"
            if captures:
                known.add(warc)
                yield from self._problems_in(warc, captures, tell, before=done - len(captures))
        yield from self._strange_files(known)

    def _problems_in(
        self, warc: str, captures: Sequence[Kept], tell: Callable[[int], None], *, before: int
    ) -> Iterator[str]:
        if not (self._output / warc).is_file():
            yield f"{warc}: is not there; {len(captures)} captures lie in it"
            return
        for done, capture in enumerate(captures, start=before + 1):
            yield from record_problems(self._output, capture)
            tell(done)
        yield from self._problems_between(warc, captures)

    def _kept(self) -> Iterator[Kept]:
        """The captures in the order of the archive."""
        for start in range(0, len(self._captures), _BATCH):
            batch = self._captures[start : start + _BATCH]
            rows = self._db.execute(
                f"SELECT {', '.join(Kept._fields)} FROM captures WHERE id IN ({', '.join('?' * len(batch))})",
                list(batch),
            ).fetchall()
            by_id = {row[0]: Kept(*row) for row in rows}
            yield from (by_id[number] for number in batch if number in by_id)

    def _is_quiet(self, site: str) -> bool:
        """Whether every answer in the archive of a site has its row among the captures.

        Where the newest run was killed, or another one has begun since we looked, rows may be missing, or to come.
        """
        return site in self._settled and _settled_runs(self._db).get(site) == self._settled[site]

    def _problems_between(self, warc: str, captures: Sequence[Kept]) -> Iterator[str]:
        """The records that belong to no capture (requests, `warcinfo`) are whole, and no answer is among them.

        While a run is under way, what stands behind the last capture may be half written.
        """
        path = self._output / warc
        is_quiet = self._is_quiet(path.parent.name)
        ends = {capture.offset: capture.offset + capture.length for capture in captures}
        try:
            with path.open("rb") as file:
                for place, damage in _other_places(file, warc, ends):
                    if damage is not None and (is_quiet or place < max(ends)):
                        yield f"{warc} at {place}: a record that belongs to no capture is damaged ({damage})"
                    elif damage is None and is_quiet:
                        yield f"{warc} at {place}: an answer that no capture knows; its row was taken away"
        except OSError:
            return  # each of its captures says so

    def _strange_files(self, known: set[str]) -> Iterator[str]:
        """Files in which no capture lies: a crawl that is killed before its first answer leaves one without answers."""
        for path in sorted((self._output / "warc").glob("*/*.warc.gz")):
            warc = path.relative_to(self._output).as_posix()
            if warc in known or not self._is_quiet(path.parent.name):
                continue
            try:
                with path.open("rb") as file:
                    place, damage = next(_other_places(file, warc, {}), (None, None))
            except OSError as error:
                yield f"{warc}: cannot be read ({error.strerror})"
                continue
            if damage is not None:
                yield f"{warc} at {place}: a record that belongs to no capture is damaged ({damage})"
            elif place is not None:
                yield f"{warc}: no capture lies in it; its rows were taken away, or it belongs to another mirror"


def _settled_runs(db: Database) -> Mapping[str, int]:
    """The newest run of each site whose newest run came to its end, with everything that it received committed."""
    rows = db.execute("SELECT site, outcome, max(id) FROM runs GROUP BY site").fetchall()
    return {site: run for site, outcome, run in rows if outcome in CLEAN}


def _other_places(file: BinaryIO, warc: str, ends: Mapping[int, int]) -> Iterator[tuple[int, str | None]]:
    """Where beside the records in `ends` (offset and end of each) an answer stands, or a damaged record and how."""
    size = file.seek(0, os.SEEK_END)
    position = 0
    while position < size:
        if position in ends:
            position = max(ends[position], position + 1)
            continue
        try:
            record = record_at(file, warc, position)
            digest = block_digest(file, record)
        except DAMAGE as error:
            yield position, str(error)
            position = min((offset for offset in ends if offset > position), default=size)
            continue
        if record.kind in {"response", "revisit"}:
            yield position, None
        elif record.fields.get("WARC-Block-Digest") != digest:
            yield position, "its block is not the one that its WARC-Block-Digest is of"
        position = record.end
