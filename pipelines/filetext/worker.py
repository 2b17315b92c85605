"""The child process: takes questions on standard input, answers on standard output, bound by its limits.

Every message, either way, is four bytes of length (big-endian) and so many bytes. It is started by
`pipelines.filetext.child`, which survives whatever happens here.
"""

from __future__ import annotations

import gc
import json
import os
import struct
import sys
from pathlib import Path
from typing import BinaryIO

from pipelines.filetext.answer import FileText, NoTextError, to_bytes
from pipelines.filetext.formats import read
from pipelines.filetext.limits import MIB, Limits, allow_cpu, confine

_LENGTH = struct.Struct(">I")


def main() -> None:
    limits = Limits(**json.loads(sys.argv[1])) if len(sys.argv) > 1 else Limits()
    questions, answers = sys.stdin.buffer, _private_output()
    confine(limits)
    _send(answers, b"ready")
    while head := questions.read(_LENGTH.size):
        question = json.loads(questions.read(_LENGTH.unpack(head)[0]))
        path = Path(os.fsdecode(bytes.fromhex(question["path"])))
        allow_cpu(limits.cpu_seconds)
        _send(answers, to_bytes(_answer(path, question["mime"], limits)))


def _answer(path: Path, mime: str, limits: Limits) -> FileText:
    try:
        return read(path, mime, limits)
    except NoTextError as error:
        return error.answer
    except MemoryError:
        gc.collect()
        return FileText(state="failed", detail=f"it needs more than {limits.memory // MIB} MiB of memory")
    except OSError as error:
        return FileText(state="failed", detail=f"it cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001  # a broken file can surprise a reader anywhere; here ends its effect
        return FileText(state="failed", detail=f"it is broken: {type(error).__name__}: {error}"[:500])


def _private_output() -> BinaryIO:
    """The pipe to the parent, moved away from descriptor 1, where a library may print what it likes."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _send(stream: BinaryIO, message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


if __name__ == "__main__":
    main()
