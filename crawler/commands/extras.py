"""What a command says whose optional packages are not installed."""

from __future__ import annotations

from pipelines.errors import GovnewsError


def needs_extra(error: ModuleNotFoundError, extra: str) -> GovnewsError:
    """The error that names the extra with which the missing package comes."""
    package = str(error.name).partition(".")[0]
    return GovnewsError(f'this needs {package}, which is not installed: pip install "govnews-mirror[{extra}]"')
