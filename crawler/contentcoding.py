"""Undoes content codings (gzip, deflate, br, zstd) while the bytes arrive, in pieces of bounded size.

A megabyte can unpack to a gigabyte: whoever takes the pieces can stop at any of them.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Literal, Protocol

import brotli  # type: ignore[import-untyped]  # it has no types

from pipelines.errors import GovnewsError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = "gzip, deflate"
"""What to ask for: codings that every reader of a WARC can undo. The others are undone when they come unasked."""

MOST_CODINGS = 4
"""Two are seen by mistake; each more multiplies what a few bytes unpack to."""

PIECE = 1024 * 1024
"""Most bytes of an unpacked piece."""

_ZSTD_OPTIONS: Mapping[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
"""A window of 8 MB at most, what RFC 9659 allows a server to use."""


class BrokenCodingError(GovnewsError):
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
        BrokenCodingError: a coding that is not known, or too many of them.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    if len(names) > MOST_CODINGS:
        raise BrokenCodingError(f"{len(names)} content codings on top of each other")
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
        self._state: Literal["before", "inside", "between", "plain", "over"] = "before"
        self._held = b""
        self._unpacker: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        while data:
            if self._state in {"before", "between"}:
                if len(data) < 2:
                    self._held = data
                    return
                self._begin(data)
            if self._state == "over":
                return
            if self._state == "plain":
                yield data
                return
            data = yield from self._unpack(data)

    def finish(self) -> None:
        if self._state == "inside" or (self._state == "before" and self._held):
            raise BrokenCodingError(f"the {self._name} data ends too early")

    def _begin(self, data: bytes) -> None:
        """Look at the first two bytes of a member, or of what follows the last one."""
        if self._name == "gzip":
            bits, is_packed = 16 + zlib.MAX_WBITS, data.startswith(b"\x1f\x8b")
        else:
            is_wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            bits, is_packed = zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS, self._state == "before"
        if is_packed:
            self._unpacker = zlib.decompressobj(bits)
            self._state = "inside"
        else:
            self._state = "plain" if self._state == "before" else "over"

    def _unpack(self, data: bytes) -> Generator[bytes, None, bytes]:
        """Unpack all that can be; returns what follows the end of the member."""
        try:
            while True:
                piece = self._unpacker.decompress(data, PIECE)
                if piece:
                    yield piece
                if self._unpacker.eof:
                    self._state = "between"
                    return bytes(self._unpacker.unused_data)
                data = self._unpacker.unconsumed_tail
                if not data and len(piece) < PIECE:
                    return b""
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
                    self._unpacker = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
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
