"""What the home page and the page of a site say: sites, runs, what changed, what is gone, and who writes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from pipelines.browse.listing import cards

Row = Mapping[str, Any]

MOST_SITES = 500
"""How many sites the home page names."""

SHOWN_RUNS = 30


def sites(db: Database) -> list[Row]:
    """Sites with the number and the months of their articles and their newest run."""
    return list(db.query(f"{_SITES} ORDER BY sites.title, sites.id LIMIT ?", [MOST_SITES]))


_SITES = """
    SELECT sites.*, coalesce(counted.articles, 0) AS articles, counted.first_month, counted.last_month,
        runs.id AS run, runs.started_at, runs.finished_at, runs.outcome
    FROM sites
    LEFT JOIN (
        SELECT site, sum(articles) AS articles, min(nullif(month, '')) AS first_month,
            max(nullif(month, '')) AS last_month
        FROM article_months GROUP BY site
    ) AS counted ON counted.site = sites.id
    LEFT JOIN runs ON runs.id = (SELECT max(id) FROM runs AS every WHERE every.site = sites.id)
"""


def site_titles(db: Database) -> list[Row]:
    """The id and the title of every site, to choose from."""
    return list(db.query("SELECT id, title FROM sites ORDER BY title, id LIMIT ?", [MOST_SITES]))


def site(db: Database, name: str) -> Row | None:
    """One site as `sites` has it, with its publishers; None where there is none of this name."""
    found = next(db.query(f"{_SITES} WHERE sites.id = ?", [name]), None)
    if found is None:
        return None
    publishers = list(db.query("SELECT * FROM publishers WHERE site = ? ORDER BY valid_from", [name]))
    return {**found, "publishers": publishers}


def runs(db: Database, site: str) -> list[Row]:
    """The newest runs of a site, newest first."""
    return list(db.query("SELECT * FROM runs WHERE site = ? ORDER BY id DESC LIMIT ?", [site, SHOWN_RUNS]))


def changed(db: Database, *, limit: int) -> list[Row]:
    """The articles that were edited last, each with the time and the columns of its newest change."""
    found = db.execute(
        "SELECT article, at FROM events WHERE kind = 'edited' ORDER BY at DESC LIMIT ?", [limit * 3]
    ).fetchall()
    newest: dict[int, str] = {}
    for article, at in found:
        newest.setdefault(article, at)
    chosen = list(newest)[:limit]
    return [{**card, "at": newest[card["id"]]} for card in cards(db, chosen)]


def away(db: Database, *, limit: int) -> tuple[int, list[Row]]:
    """How many articles are no longer on the web, and some of them."""
    number = db.execute("SELECT count(*) FROM articles INDEXED BY articles_away WHERE state != 'live'").fetchone()[0]
    found = db.execute(
        "SELECT article FROM events WHERE kind IN ('gone', 'unpublished') ORDER BY at DESC LIMIT ?", [limit * 3]
    ).fetchall()
    chosen = dict.fromkeys(article for (article,) in found)
    return int(number), [card for card in cards(db, chosen) if card["state"] != "live"][:limit]


def names(db: Database, kind: str, *, site: str | None = None, limit: int, offset: int = 0) -> list[Row]:
    """Units, authors, tags or sections with the number of their articles, the most frequent first."""
    return list(
        db.query(
            "SELECT name, articles FROM names INDEXED BY names_site WHERE site = ? AND kind = ? "
            "ORDER BY articles DESC LIMIT ? OFFSET ?",
            [site or "", kind, limit, offset],
        )
    )


def left_out(db: Database, oldest: int) -> Row | None:
    """What a search left that looked back to this article only: how many it looked at, how many not; None of nothing.

    Ids count: articles get them in the order in which they come, and none is ever taken out.
    """
    if oldest <= 1:
        return None
    newest = int(db.execute("SELECT max(id) FROM articles").fetchone()[0])
    return {"looked_at": newest - oldest + 1, "left": oldest - 1}
