"""Makes files under `files/` again from the archive, which holds every byte of them.

Bytes are put in place only where they have the hash of the row: a damaged record, or an edited row, mends nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlite_utils import Database

from pipelines.errors import ArchiveError, GovnewsError
from pipelines.filestore import FileStore
from pipelines.partial import Piece, pieces_of, read_pieces
from pipelines.recovery import DecoderFor
from pipelines.spool import Spool, clear_spools
from pipelines.warcreader import open_payload

SPOOL = Path("spool", ".repair")
"""Where files are put together; no site has such a name."""

_CHUNK = 1024 * 1024
_PATH = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})\.[a-z0-9]{1,8}")


class _Source(NamedTuple):
    """A capture whose answer held the file, or the last piece of it."""

    capture: int
    url: str
    status: int
    warc: str
    offset: int


class FileRepair:
    """Makes the files of one mirror again.

    Args:
        db: the mirror; it is only read.
        output: the mirror's folder.
        decoder_for: undoes the content coding that an answer came in.
    """

    def __init__(self, db: Database, output: Path, *, decoder_for: DecoderFor) -> None:
        self._db = db
        self._output = output
        self._decoder_for = decoder_for
        self._files = FileStore(output)
        clear_spools(output / SPOOL)

    def mend(self, sha256: str, path: str) -> str:
        """Put the bytes of a hash at the path that its row names; returns where they came from, in a few words.

        The file stands there whole or as it was. To be called only for one that is missing, or has other bytes.

        Raises:
            ArchiveError: why it cannot be mended.
        """
        if (named := _PATH.fullmatch(path)) is None or named[2] != sha256:
            raise ArchiveError("its row names a place that no stored file has, which is not written to")
        sources = self._sources(sha256)
        if not sources:
            raise ArchiveError("no record of the archive is known to hold it")
        failures = []
        for source in sources:
            try:
                self._mend_from(source, sha256, path)
            except GovnewsError as error:
                failures.append(str(error))
            else:
                return f"capture {source.capture} of {source.url}"
        raise ArchiveError("; ".join(dict.fromkeys(failures)))

    def _sources(self, sha256: str) -> Sequence[_Source]:
        """The answer that brought the file first, then those that brought it to other addresses or once more."""
        rows = self._db.execute(
            "SELECT id, url, status, warc, offset FROM captures WHERE warc IS NOT NULL AND id IN ("
            "SELECT capture FROM files WHERE sha256 = :sha256 UNION "
            "SELECT capture FROM attachments WHERE sha256 = :sha256 UNION "
            "SELECT capture FROM images WHERE sha256 = :sha256 UNION "
            "SELECT id FROM captures WHERE payload_sha256 = :sha256 AND status = 200 AND truncated IS NULL) "
            "ORDER BY id",
            {"sha256": sha256},
        )
        return [_Source(*row) for row in rows.fetchall()]

    def _mend_from(self, source: _Source, sha256: str, path: str) -> None:
        whole = self._spooled(source)
        try:
            self._files.replace(whole, sha256, path)
        finally:
            whole.unlink(missing_ok=True)

    def _spooled(self, source: _Source) -> Path:
        """The bytes that an answer brought, in a file of their own."""
        spool = Spool(self._output / SPOOL)
        try:
            for chunk in self._bytes_of(source):
                spool.write(chunk)
            return spool.to_file()
        finally:
            spool.discard()

    def _bytes_of(self, source: _Source) -> Iterator[bytes]:
        if source.status == 206:
            return read_pieces(self._output, pieces_of(self._db, source.capture))
        return self._decoded((source.warc, source.offset))

    def _decoded(self, place: Piece) -> Iterator[bytes]:
        """The body of an answer, its content coding undone."""
        with open_payload(self._output, *place) as record:
            decoder = self._decoder_for(record.content_coding) if record.content_coding else None
            for chunk in _chunks(record.payload):
                if decoder is None:
                    yield chunk
                else:
                    yield from decoder.feed(chunk)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")
