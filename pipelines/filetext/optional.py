"""Libraries that an installation may do without; a format that needs one is then `unsupported`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pipelines.filetext.answer import FileText, NoTextError

_NEEDS = "needs "


def lacks_library(found: FileText) -> bool:
    """Whether a file was not read only because an optional library is not installed: it may be read another day."""
    return found.state == "unsupported" and (found.detail or "").startswith(_NEEDS)


def optional_module(name: str) -> Any:
    """The module, loaded when first asked for.

    Raises:
        NoTextError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise NoTextError("unsupported", f'{_NEEDS}{name}: pip install "govnews-mirror[files]"') from error
