"""Plain text and HTML files, in whatever encoding they come."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from bs4.dammit import EncodingDetector
from lxml import etree

from pipelines.filetext.answer import NoTextError
from pipelines.filetext.container import Attributes, PartReader, local_name
from pipelines.filetext.flow import Flow, Lines

_PIECE = 1024 * 1024
_HEAD = 64 * 1024
_UTF16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LEGACY = "cp1258"
"""Windows' Vietnamese; also right for plain ASCII, and near enough for Western text."""
