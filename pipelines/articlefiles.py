"""Writes which files and pictures articles link to, one row each, and what became of each.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal

from sqlite_utils import Database

from pipelines.articlerecord import Sighted
from pipelines.clock import stamp
from pipelines.frontier_rows import OF_A_PAGE, PRIORITY, add_named_links
from pipelines.items import Attachment, FoundLink, Image, LinkKind
from pipelines.rows import insert_rows

FILE_STATE = "state, error, next_try_at, capture, sha256, filename"
"""What every row that links to a file says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One of the two tables of files; `columns` are what the page says of a file, under the item's own names."""

    name: Literal["attachments", "images"]
    kind: LinkKind
    columns: tuple[str, str]

    def of(self, seen: Sighted) -> Sequence[Attachment | Image]:
        return seen.article.attachments if self.kind == "file" else seen.article.images

    def is_fetched(self, seen: Sighted) -> bool:
        return self.kind == "file" or seen.fetch_images


_Place = tuple[str, str]
"""Site and address of a file."""

_FoundAt = tuple[FoundLink, datetime]
"""A link to a file, and when it was seen."""

_Links = dict[_Place, tuple[int, bool]]
"""The link of each file that is to be fetched, and whether that is new."""

_TABLES = (
    _Table(name="attachments", kind="file", columns=("label", "filename")),
    _Table(name="images", kind="image", columns=("caption", "credit")),
)


def add_files(db: Database, articles: Sequence[tuple[int, Sighted]]) -> bool:
    """One row a file and article, in the order of the page; `articles` are ids with what was read.

    A file that an article names already keeps its row, and what became of it. True if the mirror knew one of the files
    and may know more of it than the page says.
    """
    wanted = {table.name: _wanted(table, articles) for table in _TABLES}
    links = _links_of(db, wanted.values())
    for table in _TABLES:
        columns = ("article", "url", "link", "position", *table.columns)
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns[3:])
        updates += f", link = coalesce({table.name}.link, excluded.link)"  # it may wait where a redirect led
        otherwise = f"ON CONFLICT (article, url) DO UPDATE SET {updates}"
        insert_rows(db, table.name, columns, _rows(table, articles, links), otherwise=otherwise)
        for place in wanted[table.name]:
            link, is_new = links[place]
            if not is_new:
                share_file(db, link, table.kind)
    return not all(is_new for _link, is_new in links.values())


def add_new_pictures(db: Database, article: int, seen: Sighted) -> None:
    """Add the pictures of an article whose record is as it was, where the page shows more of them than before.

    Other addresses alone say nothing: a site may write a token into them at every answer.
    """
    images = seen.article.images
    known = db.execute("SELECT url, position FROM images WHERE article = ?", [article]).fetchall() if images else []
    places = {_without_query(url) for url, _position in known}
    is_more = len(images) > sum(position is not None for _url, position in known)
    if is_more and any(_without_query(image.url) not in places for image in images):
        db.execute("UPDATE images SET position = NULL WHERE article = ?", [article])
        add_files(db, [(article, seen)])


def _without_query(url: str) -> str:
    return url.partition("?")[0]


def _wanted(table: _Table, articles: Sequence[tuple[int, Sighted]]) -> dict[_Place, _FoundAt]:
    """The files of a table that are to be fetched."""
    wanted: dict[_Place, _FoundAt] = {}
    for _article, seen in articles:
        for item in table.of(seen) if table.is_fetched(seen) else ():
            wanted.setdefault((seen.site, item.url), (FoundLink(url=item.url, kind=table.kind), seen.at))
    return wanted


def _links_of(db: Database, wanted: Iterable[Mapping[_Place, _FoundAt]]) -> _Links:
    """The links of all tables, added where they are new; an address of several tables is of the first one's kind."""
    first: dict[_Place, _FoundAt] = {}
    for place, found in chain.from_iterable(places.items() for places in wanted):
        first.setdefault(place, found)
    links = [(site, link, at) for (site, _url), (link, at) in first.items()]
    return dict(zip(first, add_named_links(db, links), strict=True)) if links else {}


def _rows(table: _Table, articles: Sequence[tuple[int, Sighted]], links: _Links) -> Iterator[tuple[Any, ...]]:
    first, second = table.columns
    for article, seen in articles:
        for position, item in enumerate(table.of(seen), start=1):
            link, _is_new = links.get((seen.site, item.url), (None, True))
            yield article, item.url, link, position, getattr(item, first), getattr(item, second)


def share_file(db: Database, link: int, kind: LinkKind, *, is_redirect_followed: bool = False) -> set[int]:
    """Settle what waits for a link as a row that has its file already is; where none has, the link is asked for.

    A link that was followed to another address is done and has no rows; an article that names it later waits for it
    again. `is_redirect_followed` says that we come from there, and must not go back: redirects may run in a circle.

    Returns the articles whose attachments were settled: the search has to learn of their files.
    """
    known = db.execute(
        f"SELECT * FROM (SELECT {FILE_STATE} FROM attachments WHERE link = :link AND state != 'pending' UNION ALL "
        f"SELECT {FILE_STATE} FROM images WHERE link = :link AND state != 'pending') "
        "ORDER BY state = 'stored' DESC LIMIT 1",
        {"link": link},
    ).fetchone()
    if known is None and is_page(db, link, kind):
        known = ("not_a_file", OF_A_PAGE, None, None, None, None)
    if known is None:
        # The address may have been fetched before anyone knew that it is a file: it is asked for once more, as one.
        db.execute(
            "UPDATE links SET kind = ?, priority = ?, state = 'pending', next_try_at = NULL "
            "WHERE id = ? AND (kind NOT IN ('file', 'image') OR (state = 'done' AND NOT ?) "
            "OR (state = 'failed' AND next_try_at IS NULL))",
            [kind, PRIORITY[kind], link, is_redirect_followed],
        )
        return set()
    settled: dict[str, set[int]] = {}
    for table in ("attachments", "images"):
        rows = db.execute(
            f"UPDATE {table} SET state = ?, error = ?, next_try_at = ?, capture = ?, sha256 = ?, "
            "filename = coalesce(?, filename) "
            "WHERE link = ? AND (state = 'pending' OR (? AND state != 'stored')) RETURNING article",
            [*known, link, known[0] == "stored"],
        )
        settled[table] = {int(article) for (article,) in rows.fetchall()}
    return settled["attachments"]


def has_file(db: Database, link: int) -> bool:
    """Whether what last came for a link is kept as a file."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE link = :link AND state = 'stored') "
        "OR EXISTS (SELECT 1 FROM images WHERE link = :link AND state = 'stored')",
        {"link": link},
    ).fetchone()
    return bool(row[0])


def is_awaited_of_site(db: Database, link: int, *, since: datetime) -> bool:
    """Whether a crawl knows of a file later than `since`: it asked for it, or saw an article that links to it."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM links JOIN captures ON captures.url = links.url AND captures.site = links.site "
        "WHERE links.id = :link AND captures.kind = 'crawl' AND captures.fetched_at > :since) OR EXISTS ("
        "SELECT 1 FROM articles JOIN captures ON captures.id = articles.capture WHERE captures.kind = 'crawl' "
        "AND articles.last_seen_at > :since AND articles.id IN (SELECT article FROM attachments WHERE link = :link "
        "UNION SELECT article FROM images WHERE link = :link))",
        {"link": link, "since": stamp(since)},
    ).fetchone()
    return bool(row[0])


def is_page(db: Database, link: int, kind: LinkKind) -> bool:
    """Whether a link that is named as a file, or as a picture, is known as a page, and has to stay one.

    Of a page that nobody has fetched yet, an article may know that it is a file; a picture is no proof.
    """
    row = db.execute(
        "SELECT kind NOT IN ('file', 'image') AND (? = 'image' OR kind IN ('feed', 'sitemap', 'probe') "
        "OR section IS NOT NULL OR article IS NOT NULL OR EXISTS (SELECT 1 FROM captures WHERE id = links.capture "
        "AND (reading = 'article' OR (reading LIKE 'not an article%' AND reading != 'not an article: binary')))) "
        "FROM links WHERE id = ?",
        [kind, link],
    ).fetchone()
    return bool(row[0])
