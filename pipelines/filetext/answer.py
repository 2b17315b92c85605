"""What is known of a file's text, and how the child process says it to its parent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args

TextState = Literal["done", "no_text_layer", "unsupported", "encrypted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """The text of a file, or why there is none.

    `text` is NFC, one paragraph or table row a line, a row's cells separated by tabs; it is None unless the state is
    `done`, and may be empty then. `detail` says in words why there is no text, or what is missing from it (`cut: …`).
    `pages` counts pages, slides or sheets, where the format has them.
    """

    state: TextState
    text: str | None = None
    detail: str | None = None
    pages: int | None = None


class NoTextError(Exception):
    """A reader's way out: this file has no text for us, in which state and why."""

    def __init__(self, state: TextState, detail: str, *, pages: int | None = None) -> None:
        super().__init__(detail)
        self.answer = FileText(state=state, detail=detail, pages=pages)


class GarbledAnswerError(ValueError):
    """Bytes from the child that are no answer."""


def to_bytes(answer: FileText) -> bytes:
    return json.dumps(asdict(answer), ensure_ascii=False).encode()


def from_bytes(raw: bytes, *, most_characters: int) -> FileText:
    """The answer that a child sent; nothing in it is taken on trust.

    Raises:
        GarbledAnswerError: it is not one.
    """
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise GarbledAnswerError("it is not JSON") from error
    if not isinstance(said, dict) or said.keys() != set(FileText.__slots__):
        raise GarbledAnswerError("it does not have the fields of an answer")
    state, text, detail, pages = said["state"], said["text"], said["detail"], said["pages"]
    if state not in get_args(TextState) or (text is None) == (state == "done"):
        raise GarbledAnswerError("its state and its text do not agree")
    if not (text is None or (isinstance(text, str) and len(text) <= most_characters)):
        raise GarbledAnswerError("its text is none, or too long")
    if not (detail is None or isinstance(detail, str)) or not (pages is None or type(pages) is int):
        raise GarbledAnswerError("its detail or its count of pages is none")
    return FileText(state=state, text=text, detail=detail, pages=pages)
