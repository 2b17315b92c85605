"""A response body while it comes in: as sent and decoded, hashed, under a cap, and honest about where it broke off."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import aiohttp

from crawler.contentcoding import BrokenCodingError, Decoder, decoder_for
from pipelines.spool import Spool


class ReceivedBody:
    """A body as sent and decoded, both held in spools; one spool where there is nothing to decode."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes or sys.maxsize
        self._decoder: Decoder | None = None
        self.as_sent = Spool(folder)
        self.decoded = self.as_sent
        self.truncated: str | None = None
        self.fault: str | None = None
        """Why the content coding could not be undone."""
        self.is_opaque = False
        """Whether the content coding is one that we do not know: then `decoded` is what was sent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.as_sent.discard()
        self.decoded.discard()

    @property
    def is_whole(self) -> bool:
        """Whether there is a body, and all of it."""
        return self.as_sent.size > 0 and self.truncated is None

    async def take_in(self, response: aiohttp.ClientResponse, *, is_file: bool, taken: int = 0) -> None:
        """Read the body to its end, to the cap, or to where the connection breaks; `taken` is what the cap counts too.

        Of a file that is announced as larger than the cap nothing is read: half a file is of no use, half a page
        may be.
        """
        self._max_bytes -= taken
        self._decode_as(",".join(response.headers.getall("Content-Encoding", ())))
        if is_file and (response.content_length or 0) > self._max_bytes:
            self.truncated = "length"
        while self.truncated is None:
            try:
                chunk = await response.content.readany()
            except TimeoutError:
                self.truncated = "time"
            except (aiohttp.ClientError, OSError):
                self.truncated = "disconnect"
            else:
                if not chunk:
                    self._finish()
                    return
                self._take(chunk)
        response.close()

    def _decode_as(self, coding: str) -> None:
        try:
            self._decoder = decoder_for(coding)
        except BrokenCodingError as error:
            self.fault, self.is_opaque = str(error), True
        if self._decoder is not None:
            self.decoded = Spool(self._folder)

    def _take(self, chunk: bytes) -> None:
        """Take in what is under the cap."""
        room = self._max_bytes - self.as_sent.size
        self.as_sent.write(chunk[:room])
        if len(chunk) > room or not self._decode(chunk[:room]):
            self.truncated = "length"

    def _decode(self, chunk: bytes) -> bool:
        """Unpack what is under the cap; False when that was not all."""
        with self._noting_faults():
            for piece in self._decoder.feed(chunk) if self._decoder else ():
                room = self._max_bytes - self.decoded.size
                self.decoded.write(piece[:room])
                if len(piece) > room:
                    return False
        return True

    def _finish(self) -> None:
        with self._noting_faults():
            if self._decoder is not None:
                self._decoder.finish()

    @contextmanager
    def _noting_faults(self) -> Iterator[None]:
        """After a fault what was sent is still taken in, but decoded no further."""
        try:
            yield
        except BrokenCodingError as error:
            self.fault, self._decoder = str(error), None
