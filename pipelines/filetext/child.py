"""The parent's side: one child process that reads file after file, watched, and replaced when it fails."""

from __future__ import annotations

import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from pipelines.errors import GovnewsError
from pipelines.filetext.answer import FileText, GarbledAnswerError, from_bytes
from pipelines.filetext.limits import Limits

START_SECONDS = 60.0
"""How long a child may take to say that it is ready, on a busy machine."""

_LENGTH = struct.Struct(">I")
_READY = b"ready"
_BESIDES_TEXT = 65_536
"""Bytes that an answer may have besides its text."""


class FileTexts:
    """Reads the text of many files with one child process; a context manager, usable from several threads.

    In a coroutine: `await asyncio.to_thread(texts.extract, path, mime)`.

    Args:
        limits: what each file may use up.
        files_per_child: after so many files a new child takes over, so that nothing can pile up in one.
    """

    def __init__(self, limits: Limits | None = None, *, files_per_child: int = 500) -> None:
        self._limits = limits or Limits()
        self._files_per_child = files_per_child
        self._served = 0
        self._child: _Child | None = None
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def child(self) -> int | None:
        """Process id of the child that will read the next file, if it runs already."""
        return self._child.pid if self._child else None

    def extract(self, path: Path, mime: str) -> FileText:
        """The text of one file; whatever is wrong with the file is a state, never an exception.

        Args:
            path: the file, which is only read.
            mime: its media type as its bytes tell it (`pipelines.sniff`), not as a server declares it.

        Raises:
            GovnewsError: no child can be started on this machine.
        """
        with self._one_at_a_time:
            if self._served >= self._files_per_child or (self._child and not self._child.is_alive()):
                self._dismiss()
            child = self._child = self._child or _Child(self._limits)
            self._served += 1
            try:
                return child.ask(path, mime)
            except _ChildFailedError as failure:
                return FileText(state="failed", detail=str(failure))
            finally:
                if child.is_lost:
                    self._dismiss()

    def close(self) -> None:
        """End the child; a later `extract` starts another."""
        with self._one_at_a_time:
            self._dismiss()

    def _dismiss(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child, self._served = None, 0


def extract_text(path: Path, mime: str, *, limits: Limits | None = None) -> FileText:
    """The text of one file, with a child of its own; for many files use `FileTexts`."""
    with FileTexts(limits) as texts:
        return texts.extract(path, mime)


class _ChildFailedError(Exception):
    """The child gave no answer; the message says what became of it."""


class _Child:
    """One running child process, until it answers something wrong, or nothing."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.is_lost = False
        self._process = subprocess.Popen(  # noqa: S603  # our own module, by the interpreter that runs us
            [sys.executable, "-P", "-m", "pipelines.filetext.worker", json.dumps(asdict(limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path), "PYTHONUTF8": "1"},
            bufsize=0,
            process_group=0,  # Ctrl-C in the terminal is the parent's to handle
        )
        self.pid = self._process.pid
        self._greet()

    def _greet(self) -> None:
        try:
            greeting = self._receive(time.monotonic() + START_SECONDS)
        except _ChildFailedError as error:
            self.end()
            raise GovnewsError(
                f"the process that reads files does not start ({error}); "
                f"`{sys.executable} -m pipelines.filetext.worker` shows why"
            ) from error
        if greeting != _READY:
            self.end()
            raise GovnewsError(f"the process that reads files starts with {greeting[:40]!r}")

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, path: Path, mime: str) -> FileText:
        question = json.dumps({"path": os.fsencode(path.absolute()).hex(), "mime": mime}).encode()
        self.is_lost = True  # until the answer is here: what interrupts us must not leave it to the next question
        self._send(question)
        raw = self._receive(time.monotonic() + self._limits.wall_seconds)
        try:
            answer = from_bytes(raw, most_characters=self._limits.characters)
        except GarbledAnswerError as error:
            raise _ChildFailedError(f"the reading process gave a garbled answer: {error}") from error
        # A file that failed in good order may still have left memory in pieces behind it.
        self.is_lost = answer.state == "failed"
        return answer

    def end(self) -> None:
        """Kill it, if it lives, and let go of its pipes; nothing it holds is worth a farewell."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, question: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  # a pipe was asked for
        try:
            stdin.write(_LENGTH.pack(len(question)) + question)
        except BrokenPipeError as error:
            raise _ChildFailedError(self._cause_of_death()) from error

    def _receive(self, deadline: float) -> bytes:
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
        if length > 4 * self._limits.characters + _BESIDES_TEXT:
            raise _ChildFailedError(f"the reading process gave a garbled answer: {length} bytes of it")
        return self._read(length, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        """Exactly so many bytes from the child, within the time."""
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  # a pipe was asked for
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while len(received) < size:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise _ChildFailedError(f"it took more than {self._limits.wall_seconds:g} s")
                piece = os.read(stdout.fileno(), min(size - len(received), 1024 * 1024))
                if not piece:
                    raise _ChildFailedError(self._cause_of_death())
                received += piece
        return bytes(received)

    def _cause_of_death(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "the reading process fell silent"
        if code == -signal.SIGXCPU:
            return f"it took more than {self._limits.cpu_seconds:g} s of processor time"
        if code == -signal.SIGKILL:
            return "the reading process was killed"
        if code < 0:
            return f"the reading process crashed (signal {-code}: {signal.strsignal(-code)})"
        return f"the reading process ended by itself (exit code {code})"
