"""JSON lines: the public JSON of each article, the one that `govnews read` prints, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from pipelines.articlejson import article_json
from pipelines.storedarticles import StoredArticle


def json_lines(articles: Iterable[StoredArticle]) -> Iterator[bytes]:
    for stored in articles:
        yield json.dumps(article_json(stored.article), ensure_ascii=False).encode() + b"\n"
