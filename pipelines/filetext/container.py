"""Parts of zip-based documents, read within limits: only by name, only as XML without a DTD, never to disk."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, Self

from lxml import etree

from pipelines.filetext.answer import NoTextError
from pipelines.filetext.limits import MIB, Limits

_PIECE = 64 * 1024
_IS_ENCRYPTED = 0x1
"""General purpose bit 0 of an entry (APPNOTE, section 4.4.4)."""

Attributes = Mapping[str, str]


class PartReader(Protocol):
    """What is told of a part as it is read; names come without their namespace, ids of relations as `r:id`."""

    def start(self, name: str, attributes: Attributes) -> None: ...

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


class Container:
    """A zip file that was looked over: its number of entries and their names are harmless.

    Raises:
        NoTextError: it is not, or it is no zip file.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unpacked
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise NoTextError("failed", f"its zip container is broken: {error}") from error
        self._refuse_harm(self._zip.infolist())
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def require(self, name: str) -> None:
        """Refuse a container without its main part.

        Raises:
            NoTextError: there is no entry of that name.
        """
        if name not in self._entries:
            raise NoTextError("failed", f"its main part {name} is missing")

    def head(self, name: str, most: int) -> bytes:
        """The first bytes of an entry; none where there is no such entry."""
        return next(self._pieces(name, most), b"") if name in self._entries else b""

    def read_part(self, name: str, reader: PartReader) -> None:
        """Tell `reader` what stands in an XML part; a part that is not there is an empty one.

        Raises:
            NoTextError: the part is larger than allowed, encrypted, declares a DTD, or is not well-formed.
        """
        if name not in self._entries:
            return
        # Entities are off twice: nothing resolves them, and the DTD that would declare them is refused.
        target: Any = _WithoutNamespaces(reader)  # the stubs of lxml ask a target to take bytes as well
        parser = etree.XMLParser(
            target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            for piece in self._pieces(name, _PIECE):
                parser.feed(piece)
            parser.close()
        except etree.XMLSyntaxError as error:
            raise NoTextError("failed", f"its part {name} is not well-formed XML: {error.msg}") from error

    def _pieces(self, name: str, size: int) -> Iterator[bytes]:
        entry = self._entries[name]
        self._refuse_bomb(entry)
        try:
            with self._zip.open(entry) as stream:
                while piece := stream.read(size):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise NoTextError("failed", f"it unpacks to more than {self._limits.unpacked // MIB} MiB")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise NoTextError("failed", f"its part {name} is broken: {error}") from error

    def _refuse_harm(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > self._limits.entries:
            raise NoTextError("failed", f"it has {len(entries)} entries, more than {self._limits.entries}")
        for name in (entry.filename for entry in entries):
            # Nothing is unpacked to disk; but whoever wrote such a name meant harm, and the rest may be meant so too.
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
                raise NoTextError("failed", f"the name of an entry leads out of the container: {name[:100]!r}")

    def _refuse_bomb(self, entry: zipfile.ZipInfo) -> None:
        if entry.flag_bits & _IS_ENCRYPTED:
            raise NoTextError("encrypted", "its parts are encrypted")
        if entry.file_size > self._left:
            raise NoTextError(
                "failed",
                f"its part {entry.filename} unpacks to {entry.file_size} bytes, more than is left of the limit",
            )
        if entry.file_size > max(MIB, entry.compress_size * self._limits.ratio):
            raise NoTextError(
                "failed", f"its part {entry.filename} unpacks to more than {self._limits.ratio} times its packed bytes"
            )


class _WithoutNamespaces:
    """Between lxml and a reader of parts: local names only, so that strict and transitional documents are one."""

    def __init__(self, reader: PartReader) -> None:
        self._reader = reader
        self.data = reader.data

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        named = {_attribute_name(name): value for name, value in attributes.items()} if attributes else {}
        self._reader.start(local_name(tag), named)

    def end(self, tag: str) -> None:
        self._reader.end(local_name(tag))

    def doctype(self, *_: object) -> None:
        raise NoTextError("failed", "one of its XML parts declares a DTD, which documents of this kind may not")

    def close(self) -> None:
        pass


@lru_cache(maxsize=1024)  # a document uses few names, very often
def local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=1024)
def _attribute_name(tag: str) -> str:
    namespace, _, name = tag.rpartition("}")
    return f"r:{name}" if namespace.endswith("/relationships") else name


class Relations:
    """The relations of a part of an Office Open XML package (ECMA-376, part 2): what its ids point to."""

    def __init__(self, container: Container, part: str) -> None:
        self._folder, file = posixpath.split(part)
        self._found: list[tuple[str, str, str]] = []
        container.read_part(posixpath.join(self._folder, "_rels", f"{file}.rels"), self)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", self._folder, attributes.get("Target", "")))
            self._found.append((attributes.get("Id", ""), kind, target.lstrip("/")))

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...

    def target(self, identifier: str) -> str | None:
        return next((target for found, _, target in self._found if found == identifier), None)

    def of_kind(self, kind: str) -> list[str]:
        """Names of the parts that stand in this relation (`header`, `slide` …), in their order."""
        return [target for _, found, target in self._found if found == kind]
