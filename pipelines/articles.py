"""Takes in articles as they were read: new ones, later and earlier states of known ones, and those that moved.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from pipelines.articlefiles import add_new_pictures
from pipelines.articlerecord import COMPARED, Sighted, State
from pipelines.articlerows import (
    Numbered,
    add_addresses,
    add_parts,
    add_revision,
    add_revision_again,
    forget_parts,
    insert_articles,
    update_article,
)
from pipelines.clock import stamp
from pipelines.lifecycle import add_event, article_at, seen_alive
from pipelines.moves import article_led_to, is_elsewhere_now, move
from pipelines.rows import next_id
from pipelines.search import index_article

Change = Literal["new", "changed", "unchanged"]


class Stored(NamedTuple):
    """The id of an article, and what a reading changed of it."""

    article: int
    change: Change


def store_article(db: Database, seen: Sighted) -> Stored:
    """Insert or update the article; an unchanged one changes nothing but `last_seen_at`."""
    return store_articles(db, [seen])[0]


def store_articles(db: Database, sighted: Iterable[Sighted]) -> list[Stored]:
    """`store_article` of several, in their order; those that are new are written together, which is much faster."""
    readings = list(sighted)
    new = _NewArticles(db, _names_known(db, readings))
    stored: list[Stored] = []
    for seen in readings:
        known = None
        if not new.is_stranger(seen):
            new.write()
            known = _find(db, seen)
        new.learn(seen)
        state = State.of(seen)
        stored.append(Stored(new.add(state), "new") if known is None else _take_in(db, known, state))
    new.write()
    return stored


class _NewArticles:
    """New articles that wait to be written together. Nobody else finds them until then.

    `known` are names, each with its site, under which the mirror may know an article.
    """

    def __init__(self, db: Database, known: set[tuple[str, str]]) -> None:
        self._db = db
        self._waiting: list[Numbered] = []
        self._known = known

    def add(self, state: State) -> int:
        """The id that the article will have: nobody else adds one during our transaction."""
        id_ = self._waiting[-1][0] + 1 if self._waiting else next_id(self._db, "articles")
        self._waiting.append((id_, state))
        return id_

    def learn(self, seen: Sighted) -> None:
        """From now on an article may be known by these names."""
        self._known |= {(seen.site, seen.identity), (seen.site, seen.article.url)}

    def is_stranger(self, seen: Sighted) -> bool:
        """Whether surely neither the mirror nor one that waits is this article."""
        return (seen.site, seen.identity) not in self._known and (seen.site, seen.article.url) not in self._known

    def write(self) -> None:
        if self._waiting:
            insert_articles(self._db, self._waiting)
        self._waiting.clear()


def _names_known(db: Database, readings: Sequence[Sighted]) -> set[tuple[str, str]]:
    """Identities and addresses of readings under which the mirror may know an article already, each with its site.

    Three questions for all of them, one for a single reading.
    """
    known: set[tuple[str, str]] = set()
    if len(readings) == 1:
        [seen] = readings
        names = {"site": seen.site, "identity": seen.identity, "url": seen.article.url}
        return {(seen.site, seen.identity)} if db.execute(_IS_KNOWN, names).fetchone()[0] else known
    for site in {seen.site for seen in readings}:
        here = [seen for seen in readings if seen.site == site]
        names = {
            "site": site,
            "identities": json.dumps([seen.identity for seen in here]),
            "urls": json.dumps([seen.article.url for seen in here]),
        }
        for question in _KNOWN:
            known |= {(site, name) for (name,) in db.execute(question, names).fetchall()}
    return known


_IS_KNOWN = """
    SELECT EXISTS (SELECT 1 FROM articles WHERE site = :site AND identity = :identity)
        OR EXISTS (SELECT 1 FROM article_urls WHERE url = :url)
        OR EXISTS (SELECT 1 FROM captures WHERE redirect_to = :url)
"""
_KNOWN = (
    "SELECT identity FROM json_each(:identities) AS n CROSS JOIN articles ON site = :site AND identity = n.value",
    "SELECT url FROM json_each(:urls) AS n CROSS JOIN article_urls ON url = n.value",
    "SELECT redirect_to FROM json_each(:urls) AS n CROSS JOIN captures ON redirect_to = n.value",
)


def _take_in(db: Database, known: Any, state: State) -> Stored:
    """What a reading of a known article changes; `known` is its row, as `_find` gives it."""
    seen = state.seen
    article = int(known[0])
    if seen.is_rereading and _was_answered_later(db, than=seen.capture, capture=int(known[2])):
        return Stored(article, "unchanged")
    add_addresses(db, [(article, state)])
    if seen.is_imported and state.at < (last := _last_sighting(db, article)).at:
        return Stored(article, "unchanged" if seen.is_cut else _add_earlier_revision(db, known, state, last))
    if seen.is_imported:
        _seen_in_archive(db, article, state)
    elif not seen.is_rereading:
        seen_alive(db, article, at=seen.at, capture=seen.capture)
    if seen.is_cut and seen.capture != int(known[2]):
        return Stored(article, "unchanged")
    if known[1] != state.digest:
        changed = _changed(known[4:], state)
    elif _has_other_markup(db, article, state):
        changed = ["body_html"]
    else:
        add_new_pictures(db, article, seen)
        return Stored(article, "unchanged")
    kind = "re-read" if seen.is_rereading or _same_bytes(db, int(known[2]), seen.capture) else "edited"
    kind_of_revision = "imported" if seen.is_imported else kind
    update_article(db, article, state)
    add_revision(db, article, state, kind=kind_of_revision, changed=changed, number=_last_revision(db, article) + 1)
    forget_parts(db, article)
    add_parts(db, [(article, state)])
    index_article(db, article)
    if kind == "edited":
        add_event(db, article, "edited", at=seen.at, capture=seen.capture, details={"changed": changed})
    return Stored(article, "changed")


def _was_answered_later(db: Database, *, than: int, capture: int) -> bool:
    """Whether a capture came after another: what an article says now is not changed by what it said before."""
    row = db.execute(
        "SELECT (later.fetched_at, later.id) > (earlier.fetched_at, earlier.id) "
        "FROM captures AS later, captures AS earlier WHERE later.id = ? AND earlier.id = ?",
        [capture, than],
    ).fetchone()
    return bool(row[0])


def _has_other_markup(db: Database, article: int, state: State) -> bool:
    """Whether today's reader gives other markup for the same text of an archived page.

    Other markup of a page that was fetched again is no change: it may come from a counter or a token.
    """
    if not state.seen.is_rereading:
        return False
    known = db.execute("SELECT body_html FROM articles WHERE id = ?", [article]).fetchone()[0]
    return bool(known != state.record["body_html"])


def _changed(before: Iterable[Any], state: State) -> list[str]:
    """The fields that are not what they were; `before` are the values of `COMPARED`."""
    changed = [name for name, value in zip(COMPARED, before, strict=True) if value != state.record[name]]
    return changed or ["attachments"]


def _seen_in_archive(db: Database, article: int, state: State) -> None:
    """Another archive proves when an article was there; it says nothing of whether it is there now."""
    db.execute("UPDATE articles SET last_seen_at = max(last_seen_at, ?) WHERE id = ?", [state.at, article])


class _Sighting(NamedTuple):
    """When an article was last seen as it stands, and by which answer."""

    capture: int
    at: str


def _last_sighting(db: Database, article: int) -> _Sighting:
    """The answer that the article was read from, or one that showed the same later on."""
    row = db.execute(
        "SELECT captures.id, fetched_at FROM articles CROSS JOIN article_urls ON article_urls.article = articles.id "
        "CROSS JOIN captures ON captures.url = article_urls.url AND captures.site = articles.site "
        "WHERE articles.id = :article AND (reading = 'article' OR status = 304) AND error IS NULL "
        "AND truncated IS NULL AND "
        "(captures.kind = 'crawl' AND captures.source IS NULL OR fetched_at = articles.last_seen_at) "
        "UNION SELECT captures.id, fetched_at FROM articles JOIN captures ON captures.id = articles.capture "
        "WHERE articles.id = :article ORDER BY fetched_at DESC, captures.id DESC LIMIT 1",
        {"article": article},
    ).fetchone()
    return _Sighting(*row)


def _add_earlier_revision(db: Database, known: Any, state: State, last: _Sighting) -> Change:
    """An older state of a known article becomes a revision; the article stays what it was when it was last seen.

    It is one if neither the revision before it in time nor the one after it says the same. Where the article as it
    stands was seen before it and after it, that becomes a revision once more: it was changed, and changed back.
    """
    article = int(known[0])
    before = _neighbour(db, article, "fetched_at <= ? ORDER BY fetched_at DESC", state.at)
    after = _neighbour(db, article, "fetched_at > ? ORDER BY fetched_at", state.at)
    if state.digest in {before, after}:
        return "unchanged"
    number = _last_revision(db, article) + 1
    values = f"SELECT {', '.join(COMPARED)} FROM article_revisions WHERE article = ? AND number = ?"
    changed = _changed(db.execute(values, [article, number - 1]).fetchone(), state)
    add_revision(db, article, state, kind="imported", changed=changed, number=number)
    if _time_of(db, int(known[2])) <= state.at:
        seen = (state.seen.run, last.capture, last.at)
        add_revision_again(db, article, seen=seen, changed=_changed(known[4:], state), number=number + 1)
    return "changed"


def _time_of(db: Database, capture: int) -> str:
    return str(db.execute("SELECT fetched_at FROM captures WHERE id = ?", [capture]).fetchone()[0])


def _neighbour(db: Database, article: int, where: str, at: str) -> str | None:
    """The hash of the revision beside a moment in time; of several readings of one answer, of the last."""
    row = db.execute(
        "SELECT content_sha256 FROM article_revisions JOIN captures ON captures.id = capture "
        f"WHERE article = ? AND {where}, number DESC LIMIT 1",
        [article, at],
    ).fetchone()
    return str(row[0]) if row else None


def _find(db: Database, seen: Sighted) -> Any:
    """The article as it is known: by its identity, by this address, or by an address that redirects to this one."""
    known = _row_where(db, "site = ? AND identity = ?", seen.site, seen.identity)
    if known is None and (at_address := article_at(db, seen.site, seen.article.url)):
        known = _row_where(db, "id = ?", at_address[0])
    if known is not None:
        if _is_of_today(seen) and is_elsewhere_now(db, int(known[0]), known[3], seen):
            move(db, int(known[0]), seen)
        return known
    moved = article_led_to(db, seen)
    if moved is not None and seen.is_imported and not _is_news_of(db, moved, seen):
        moved = None  # where an article once was says nothing of where it is
    if moved is None:
        return None
    move(db, moved, seen)
    return _row_where(db, "id = ?", moved)


def _row_where(db: Database, condition: str, *values: object) -> Any:
    columns = f"id, content_sha256, capture, url, {', '.join(COMPARED)}"
    return db.execute(f"SELECT {columns} FROM articles WHERE {condition}", values).fetchone()


def _is_of_today(seen: Sighted) -> bool:
    """Whether the site itself has just shown the page."""
    return not (seen.is_imported or seen.is_rereading)


def _is_news_of(db: Database, article: int, seen: Sighted) -> bool:
    """Whether a reading is newer than what is known of an article."""
    return _last_sighting(db, article).at < stamp(seen.at)


def touch_article(db: Database, site: str, url: str, *, at: datetime, capture: int) -> int | None:
    """A page that did not change (304) is seen again; the id of the article at its address, None without one."""
    known = article_at(db, site, url)
    if known is None:
        return None
    seen_alive(db, known[0], at=at, capture=capture)
    return known[0]


def _last_revision(db: Database, article: int) -> int:
    number = db.execute("SELECT max(number) FROM article_revisions WHERE article = ?", [article]).fetchone()[0]
    return int(number or 0)


def _same_bytes(db: Database, earlier: int, later: int) -> bool:
    if earlier == later:
        return True
    row = db.execute(
        "SELECT count(DISTINCT body_sha256) = 1 AND count(body_sha256) = 2 FROM captures WHERE id IN (?, ?)",
        [earlier, later],
    ).fetchone()
    return bool(row[0])
