"""How much a file may use up while its text is read, and how the operating system is told."""

from __future__ import annotations

import math
import resource
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may use up; a file that wants more ends as `failed` with the reason.

    Only the text's length is different: text beyond it is left out, and `detail` says so.
    """

    cpu_seconds: float = 30
    """Processor time; rounded up to whole seconds."""
    wall_seconds: float = 60
    memory: int = 512 * MIB
    """Bytes of address space of the whole child process, Python and libraries included."""
    open_files: int = 32
    characters: int = 5_000_000
    """Length of the text."""
    file_bytes: int = 256 * MIB
    """Size of a file that has to be read as a whole (all formats but PDF and plain text)."""
    entries: int = 10_000
    """Entries of a zip container."""
    unpacked: int = 256 * MIB
    """Bytes that all parts read from a zip container unpack to."""
    ratio: int = 200
    """Times that a part of more than a megabyte may be larger than its packed bytes."""


def confine(limits: Limits) -> None:
    """Bind this process for the rest of its life: memory, open files, nothing written, no further process."""
    _set(resource.RLIMIT_AS, limits.memory)
    _set(resource.RLIMIT_NOFILE, limits.open_files)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NPROC, 0)


def allow_cpu(seconds: float) -> None:
    """Give this process so much more processor time from now on; the system ends it when that is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _set(kind: int, most: int) -> None:
    """Lower a limit for good; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
