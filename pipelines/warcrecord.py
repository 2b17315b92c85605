"""One WARC record through warcio, with raw HTTP heads, SHA-256 digests and a compression of our own choice."""

from __future__ import annotations

import hashlib
import os
import zlib
from typing import Any, BinaryIO

from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

COMPRESSION = 6
"""zlib's level: 9 takes three times as long for 1 % less."""

_SAMPLE = 64 * 1024
"""Bytes that tell whether a payload can be made smaller."""


class RecordWriter(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """warcio's record writing, with SHA-256 digests and a compression level of our own."""

    def __init__(self) -> None:
        super().__init__(None, gzip=False, warc_version=RecordBuilder.WARC_1_1)

    def write(
        self, file: BinaryIO, kind: str, fields: dict[str, str], head: bytes | None, payload: BinaryIO | None
    ) -> None:
        """Write one record as one gzip member; without a payload the block is the head alone."""
        record = self.create_warc_record(
            None,
            kind,
            payload=payload,
            length=_size_of(payload) if payload is not None else 0,
            warc_headers_dict=fields,
            http_headers=_RawHead(head) if head is not None else None,
        )
        self._write_warc_record(_GzipMember(file, _level_for(payload)), record)

    @staticmethod
    def _create_digester() -> _HexDigester:
        return _HexDigester()


class _RawHead(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """An HTTP head that is written as it is; warcio would re-encode header values that are not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("", [])
        self._head = head

    def __bool__(self) -> bool:
        return True

    def compute_headers_buffer(self, header_filter: Any = None) -> None:  # noqa: ARG002  # warcio's signature
        self.headers_buff = self._head


class _HexDigester:
    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def __str__(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


class _GzipMember:
    """A gzip member that ends when it is flushed, which warcio does once, after the last byte of a record."""

    def __init__(self, file: BinaryIO, level: int) -> None:
        self._file = file
        self._compressor = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def write(self, data: bytes) -> None:
        self._file.write(self._compressor.compress(data))

    def flush(self) -> None:
        self._file.write(self._compressor.flush())


def _level_for(payload: BinaryIO | None) -> int:
    """No compression for what a sample shows to be compressed already (photographs, office files, archives)."""
    if payload is None:
        return COMPRESSION
    here = payload.tell()
    sample = payload.read(_SAMPLE)
    payload.seek(here)
    is_dense = len(sample) == _SAMPLE and len(zlib.compress(sample, 1)) > 0.97 * _SAMPLE
    return 0 if is_dense else COMPRESSION


def _size_of(stream: BinaryIO) -> int:
    """Bytes from where the stream stands to its end."""
    here = stream.tell()
    size = stream.seek(0, os.SEEK_END) - here
    stream.seek(here)
    return size


def new_record_id() -> str:
    return str(RecordBuilder._make_warc_id())  # noqa: SLF001  # warcio has no public maker of ids
