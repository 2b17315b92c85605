"""What Datasette says of the mirror: titles, the words of the schema, the order of tables, and which are machinery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.browse.questions import QUESTIONS
from pipelines.schema_words import TABLES

ABOUT = (
    "The mirror of local-government news that govnews keeps: every article as it was last read, everything it said "
    "before, its files, and the captures that prove where each came from. Times of the crawler are UTC, times of a "
    "page are in the page's own zone."
)

HIDDEN = frozenset(
    (
        "articles_fts",
        "article_names",
        "article_months",
        "names",
        "summarised",
        "article_urls",
        "article_fields",
        "links",
    )
)
"""Machinery, and tables that people reach through the pages; all stay open to SQL."""

SEARCHED_BY: Mapping[str, str] = {"fts_table": "articles_fts", "fts_pk": "id"}
"""What the search box of a table asks; Datasette finds only an index that repeats its table."""

# Facets of tables that hold whole texts come from an index or not at all: a scan of a million texts is never in time.
SHOWN: Mapping[str, Mapping[str, Any]] = {
    "articles": {"sort_desc": "published_date", "facets": ["site", "state"], "label_column": "title", **SEARCHED_BY},
    "attachments": {"sort_desc": "id", "facets": ["state"], "label_column": "label"},
    "captures": {"sort_desc": "id", "label_column": "fetched_at"},
    "events": {"sort_desc": "at", "facets": ["kind"]},
    "files": {"facets": ["text_state", "mime"], "label_column": "sha256"},
    "images": {"sort_desc": "id", "facets": ["state"], "label_column": "caption"},
    "links": {"facets": ["kind", "state"], "label_column": "state"},
    "runs": {"sort_desc": "id", "facets": ["site", "outcome"]},
    "sites": {"sort": "id", "label_column": "title"},
    "tags": {"sort": "name", "label_column": "name"},
}

SETTINGS: Mapping[str, Any] = {
    "default_page_size": 50,
    "sql_time_limit_ms": 5_000,
    "facet_time_limit_ms": 4_000,
    # Datasette would try every column of every table for a facet, and give up after this many milliseconds each.
    "suggest_facets": False,
    "truncate_cells_html": 200,
    "allow_download": False,
    "num_sql_threads": 4,
}


def metadata(*, language: str | None) -> dict[str, Any]:
    """The metadata of `Datasette(metadata=…)`; the settings of our plugin travel in it."""
    tables = {
        name: {
            "description": _plain(words.row),
            "columns": {column: _plain(text) for column, text in words.columns.items()},
            **SHOWN.get(name, {}),
            **({"hidden": True} if name in HIDDEN else {}),
        }
        for name, words in TABLES.items()
    } | {"_sqlite_migrations": {"hidden": True}}
    return {
        "title": "Mirror of government news",
        "description": ABOUT,
        "databases": {"mirror": {"description": ABOUT, "tables": tables, "queries": canned_queries()}},
        "plugins": {"govnews": {"language": language}},
    }


def described() -> dict[str, str]:
    """What one row of each table is, for the tables that are not hidden."""
    return {name: _plain(words.row) for name, words in TABLES.items() if name not in HIDDEN}


def _plain(words: str) -> str:
    """Without the marks of Markdown, which Datasette shows as they are."""
    return words.replace("`", "")


def configuration() -> dict[str, Any]:
    """What Datasette 1.0 wants beside the metadata."""
    return {"databases": {"mirror": {"queries": canned_queries(), "tables": {"articles": dict(SEARCHED_BY)}}}}


def canned_queries() -> dict[str, dict[str, str]]:
    """The saved questions, as Datasette wants them."""
    return {
        question.name: {
            "sql": question.sql.strip(),
            "title": question.title,
            "description": question.answers,
        }
        for question in QUESTIONS
    }
