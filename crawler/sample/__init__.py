"""An invented district's news site inside the package: what `govnews demo` crawls, and what tests compare with.

The huyện Sông Mẫu does not exist; neither do its people. Its articles have the shape of the pages that this project
began with, and its server the habits (good and bad) of the portals that they stood on.
"""

from __future__ import annotations

from .content import HOME
from .server import SITE_FILE, serve
from .truth import ExpectedArticle, dead_links, expected_articles

__all__ = ["HOME", "SITE_FILE", "ExpectedArticle", "dead_links", "expected_articles", "serve"]
