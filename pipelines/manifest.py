"""The chain of custody: each run ends with a hash of its immutable rows and of the run before it.

A manifest is a JSON object: a hash of each of the `PARTS`, `events_until` (the last event that it knows), and `sha256`,
the hash of all this and of the manifest of the site's run before. Whoever knows the newest hash of a site can prove
that no earlier row was changed, added or taken away. A manifest of an earlier version has fewer parts, and holds for
those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from pipelines.errors import StoreError

CAPTURES = (
    "id, method, url, request_sha256, fetched_at, status, error, mime, payload_sha256, body_sha256, etag, "
    "last_modified, redirect_to, tls, truncated, warc, offset, length, record_id, kind, source"
)
REVISIONS = (
    "article, number, kind, capture, read_at, title, lead, body, body_html, published_at, published_text, "
    "modified_at, author, author_unit, byline_text, source, category, language, family, reader_version, "
    "content_sha256, changed"
)
FILES = "sha256, path, bytes, files.mime, first_seen_at, capture"

READINGS = "id, site, reading, reason, continues"
ARTICLES = "articles.id, site, identity"
EVENTS = "events.id, article, at, events.kind, events.capture, details"
RUN = (
    "site, kind, started_at, finished_at, outcome, detail, stopped_by, requests, bytes, not_modified, dead_links, "
    "errors, unreadable, articles_new, articles_changed, articles_unchanged, not_articles, files_new, files_failed, "
    "revisits, retries, probes"
)

PARTS: Mapping[str, str] = {
    "captures": f"SELECT {CAPTURES} FROM captures WHERE run = :run ORDER BY id",
    "revisions": f"SELECT {REVISIONS} FROM article_revisions WHERE run = :run ORDER BY article, number",
    "files": f"SELECT {FILES} FROM files JOIN captures ON captures.id = capture WHERE run = :run ORDER BY sha256",
    "readings": f"SELECT {READINGS} FROM captures WHERE run = :run ORDER BY id",
    "articles": f"SELECT {ARTICLES} FROM article_revisions CROSS JOIN articles ON articles.id = article "
    "WHERE run = :run AND number = 1 ORDER BY article",
    "events": f"SELECT {EVENTS} FROM events CROSS JOIN articles ON articles.id = article "
    "WHERE events.id > :after AND events.id <= :until AND site = (SELECT site FROM runs WHERE id = :run) "
    "ORDER BY events.id",
    "run": f"SELECT {RUN} FROM runs WHERE id = :run",
    "rated_revisions": f"SELECT {REVISIONS}, quality FROM article_revisions WHERE run = :run ORDER BY article, number",
}
"""The immutable rows of a run, in a fixed order. What is added here later is no part of the manifests before."""

FIRST_PARTS = ("captures", "revisions", "files")
"""What manifests held at first."""

_SUPERSEDED = frozenset({"revisions"})
"""Parts of earlier manifests only: a later part holds all that they hold, and their rows are long to read twice."""

_UNTIL = "events_until"

CUSTODY = "m004_custody"
"""The step of the schema since which every run that ends is sealed."""

Manifest = Mapping[str, object]


def manifest_of(db: Database, run: int, previous: Manifest, *, of: Manifest | None = None) -> Manifest:
    """The manifest of a run, given that of the site's run before it (empty for the first).

    `of` is a manifest that the run has already: then the same is worked out once more, with the parts that it has.
    """
    until = _newest_event(db) if of is None else _until(of)
    bounds = {"run": run, "after": _until(previous), "until": until}
    known: dict[str, object] = {"previous": _sha256_in(previous)}
    names = PARTS.keys() - _SUPERSEDED if of is None else of.keys()
    known |= {name: _hash_rows(db, sql, bounds) for name, sql in PARTS.items() if name in names}
    if "events" in known:
        known[_UNTIL] = until
    return known | {"sha256": hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()}


def _newest_event(db: Database) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0])


def _until(manifest: Manifest) -> int:
    until = manifest.get(_UNTIL, 0)
    return until if isinstance(until, int) else 0


def head_of(db: Database, site: str) -> str | None:
    """The hash of the site's newest finished run; None where there is none."""
    return _sha256_in(_newest(db, site))


def _newest(db: Database, site: str, *, before: int | None = None) -> Manifest:
    """The manifest of the site's newest finished run (before a run, if one is given); empty where there is none."""
    row = db.execute(
        "SELECT manifest FROM runs WHERE site = ? AND manifest IS NOT NULL AND (? IS NULL OR id < ?) "
        "ORDER BY id DESC LIMIT 1",
        [site, before, before],
    ).fetchone()
    return _said_by(row[0]) if row else {}


def head_run(db: Database, site: str) -> tuple[int, str]:
    """(id, hash) of the site's newest finished run.

    Raises:
        StoreError: there is none.
    """
    run, manifest = db.execute(
        "SELECT max(id), manifest FROM runs WHERE site = ? AND manifest IS NOT NULL", [site]
    ).fetchone()
    if run is None:
        raise StoreError(f"{site}: there is no finished run whose hash could be sealed; crawl the site first")
    sha256 = hash_in(manifest)
    if sha256 is None:
        raise StoreError(f"{site}: the manifest of run {run} is damaged; `govnews verify` says what else is")
    return int(run), sha256


def hash_in(text: object) -> str | None:
    """The hash that a manifest, as the database keeps it, ends with; None where there is none, or a damaged one."""
    return _sha256_in(_said_by(text))


def _sha256_in(manifest: Manifest) -> str | None:
    sha256 = manifest.get("sha256")
    return sha256 if isinstance(sha256, str) else None


def _said_by(text: object) -> Manifest:
    try:
        said = json.loads(str(text))
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def seal(db: Database, site: str, run: int) -> None:
    """Write the manifest of a run that is at its end; inside the caller's transaction."""
    manifest = manifest_of(db, run, _newest(db, site, before=run))
    db.execute("UPDATE runs SET manifest = ? WHERE id = ?", [json.dumps(manifest), run])


def broken_links(db: Database, site: str) -> list[str]:
    """What of a site's chain is not what it was, a sentence each; empty where all of it holds."""
    problems: list[str] = []
    previous: Manifest = {}
    is_later = "julianday(started_at) > (SELECT julianday(applied_at) FROM _sqlite_migrations WHERE name = :step)"
    runs = db.execute(
        f"SELECT id, finished_at IS NOT NULL AND {is_later}, finished_at, manifest FROM runs "
        "WHERE site = :site ORDER BY id",
        {"site": site, "step": CUSTODY},
    ).fetchall()
    for run, must_be_sealed, finished_at, text in runs:
        if text is not None:
            manifest = _said_by(text)
            problems += [f"run {run}: {what}" for what in _differences(db, run, manifest, previous)]
            previous = manifest
        elif must_be_sealed or (finished_at is not None and previous):
            problems.append(f"run {run}: its manifest was taken away")
    if runs and _UNTIL in previous:
        problems += _unsealed_events(db, site, newest_run=runs[-1][0], until=_until(previous))
    return problems


def _unsealed_events(db: Database, site: str, *, newest_run: int, until: int) -> list[str]:
    """Events that no manifest knows, after the newest run has ended; while a run is under way there may be some."""
    rows = db.execute(
        "SELECT events.id, article, events.kind FROM events CROSS JOIN articles ON articles.id = article "
        "WHERE (events.id > :until OR events.id < 1) AND site = :site AND EXISTS (SELECT 1 FROM runs WHERE id = :run "
        "AND manifest IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.site = :site "
        "AND later.id > runs.id)) ORDER BY events.id",
        {"site": site, "run": newest_run, "until": until},
    )
    return [
        f"event {event} (article {article}, {kind}): no run of the site has made it" for event, article, kind in rows
    ]


def _differences(db: Database, run: int, sealed: Manifest, previous: Manifest) -> Sequence[str]:
    if not sealed:
        return ["its manifest is damaged"]
    now = manifest_of(db, run, previous, of=sealed)
    changed = [_CHANGED[name] for name in PARTS if sealed.get(name) != now.get(name)]
    if sealed.get("previous") != now["previous"]:
        changed.append("the run before it is not the one that it was sealed after")
    if not changed and sealed != now:
        changed.append("its seal was changed")
    return changed


_CHANGED = {
    "readings": "what its captures were read as is not what it was when it ended",
    "articles": "the identities of its new articles are not what they were when it ended",
    "events": "the events up to its end are not what they were then",
    "rated_revisions": "its revisions are not what they were when it ended",
    "run": "what its own row says of it (its times, its outcome, its counters) is not what it said when it ended",
}
_CHANGED |= {name: f"its {name} are not what they were when it ended" for name in FIRST_PARTS}


def _hash_rows(db: Database, sql: str, bounds: dict[str, int]) -> str:
    digest = hashlib.sha256()
    for row in db.execute(sql, bounds):
        digest.update(json.dumps(list(row), ensure_ascii=False, default=_as_bytes).encode(errors="surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def _as_bytes(value: bytes) -> Mapping[str, str]:
    """No column of these holds bytes; where another hand put them, they are not the text that has the same digits."""
    return {"bytes": value.hex()}
