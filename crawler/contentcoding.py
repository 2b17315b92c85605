"""Undoes content codings (gzip, deflate, br, zstd) while the bytes arrive, in pieces of bounded size.

A megabyte can unpack to a gigabyte: whoever takes the pieces can stop at any of them.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = "gzip, deflate"
"""What to ask for: codings that every reader of a WARC can undo. The others are undone when they come unasked."""

PIECE = 1024 * 1024
"""Most bytes of an unpacked piece."""

_ZSTD_WINDOW = 23
"""Binary logarithm of the largest window: 8 MB, what RFC 9659 allows a server to use."""


class BrokenCodingError(Exception):
    """The bytes are not what their content coding says; what was unpacked before is good."""


class Decoder(Protocol):
    """Undoes one content coding, or several."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bytes that can be unpacked now; to be taken to the end before more is fed.

        Raises:
            BrokenCodingError: the bytes are damaged.
        """

    def finish(self) -> None:
        """Say that no more bytes will come.

        Raises:
            BrokenCodingError: the coding is not at its end.
        """


def decoder_for(coding: str) -> Decoder | None:
    """A decoder for the value of a `Content-Encoding` header, None where nothing is to be undone.

    Raises:
        BrokenCodingError: a coding that is not known.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    unknown = next((name for name in names if name not in _DECODERS), None)
    if unknown is not None:
        raise BrokenCodingError(f"the content coding {unknown!r} is not known")
    makers = [maker for name in reversed(names) if (maker := _DECODERS[name]) is not None]
    return _Chain([maker() for maker in makers]) if makers else None


class _Chain:
    """Several codings, the one applied last undone first."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> Iterator[bytes]:
        return self._through(data, self._decoders)

    def _through(self, data: bytes, decoders: list[Decoder]) -> Iterator[bytes]:
        if not decoders:
            yield data
            return
        for piece in decoders[0].feed(data):
            yield from self._through(piece, decoders[1:])

    def finish(self) -> None:
        for decoder in self._decoders:
            decoder.finish()


class _Zlib:
    """gzip (RFC 1952) and deflate (RFC 1950; some servers send it raw, RFC 1951).

    Bytes that do not even begin as gzip are passed on: old servers announce it and send plain pages. Of gzip
    several members in a row are unpacked; rubbish after the last one is dropped, as browsers do.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._held = b""
        self._unpacker: Any = None
        self._is_plain = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._is_plain:
            yield data
            return
        if self._unpacker is None:
            self._held += data
            if len(self._held) < 2:
                return
            data, self._held = self._held, b""
            self._begin(data)
        if self._is_plain:
            yield data
        else:
            yield from self._unpack(data)

    def finish(self) -> None:
        is_begun = self._unpacker is not None or self._held
        if is_begun and not self._is_plain and not (self._unpacker and self._unpacker.eof):
            raise BrokenCodingError(f"the {self._name} data ends too early")

    def _begin(self, data: bytes) -> None:
        if self._name == "gzip":
            self._is_plain = data[:2] != b"\x1f\x8b"
            self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        else:
            is_wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._unpacker = zlib.decompressobj(zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS)

    def _unpack(self, data: bytes) -> Iterator[bytes]:
        try:
            while True:
                piece = self._unpacker.decompress(data, PIECE)
                if piece:
                    yield piece
                if self._unpacker.eof:
                    data = self._unpacker.unused_data
                    if not data.startswith(b"\x1f\x8b"):
                        return
                    self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
                    continue
                data = self._unpacker.unconsumed_tail
                if not data and len(piece) < PIECE:
                    return
        except zlib.error as error:
            raise BrokenCodingError(f"the {self._name} data is damaged ({error})") from error


class _Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        self._unpacker = brotli.Decompressor()
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._is_begun = self._is_begun or bool(data)
        try:
            while not self._unpacker.is_finished():
                piece = self._unpacker.process(data, output_buffer_limit=PIECE)
                if piece:
                    yield piece
                data = b""
                if self._unpacker.can_accept_more_data() and not piece:
                    return
        except brotli.error as error:
            raise BrokenCodingError("the br data is damaged") from error

    def finish(self) -> None:
        if self._is_begun and not self._unpacker.is_finished():
            raise BrokenCodingError("the br data ends too early")


class _Zstd:
    """zstd (RFC 8878), several frames in a row."""

    def __init__(self) -> None:
        self._unpacker: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data or not (self._unpacker is None or self._unpacker.needs_input or self._unpacker.eof):
                if self._unpacker is None or self._unpacker.eof:
                    options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW}
                    self._unpacker = zstd.ZstdDecompressor(options=options)
                piece = self._unpacker.decompress(data, PIECE)
                if piece:
                    yield piece
                data = self._unpacker.unused_data if self._unpacker.eof else b""
        except zstd.ZstdError as error:
            raise BrokenCodingError(f"the zstd data is damaged ({error})") from error

    def finish(self) -> None:
        if self._unpacker is not None and not self._unpacker.eof:
            raise BrokenCodingError("the zstd data ends too early")


_DECODERS: dict[str, Callable[[], Decoder] | None] = {
    "": None,
    "identity": None,
    "none": None,
    "utf-8": None,  # what misconfigured servers write there
    "gzip": lambda: _Zlib("gzip"),
    "x-gzip": lambda: _Zlib("gzip"),
    "deflate": lambda: _Zlib("deflate"),
    "br": _Brotli,
    "zstd": _Zstd,
}
