"""The chain of custody: each run ends with a hash of its immutable rows and of the run before it.

A manifest is a JSON object: a hash of the run's captures, of the revisions that it read, of the files that it first
brought in, and `sha256`, the hash of these three and of the manifest of the site's run before. Whoever knows
the newest hash of a site can prove that no earlier row was changed, added or taken away.
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

PARTS: Mapping[str, str] = {
    "captures": f"SELECT {CAPTURES} FROM captures WHERE run = ? ORDER BY id",
    "revisions": f"SELECT {REVISIONS} FROM article_revisions WHERE run = ? ORDER BY article, number",
    "files": f"SELECT {FILES} FROM files JOIN captures ON captures.id = capture WHERE run = ? ORDER BY sha256",
}
"""The immutable rows of a run, in a fixed order."""


def manifest_of(db: Database, run: int, previous: str | None) -> dict[str, str | None]:
    """The manifest of a run, given the hash of the site's run before it (None for the first)."""
    parts: dict[str, str | None] = {"previous": previous}
    parts |= {name: _hash_rows(db, sql, run) for name, sql in PARTS.items()}
    return parts | {"sha256": hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()}


def head_of(db: Database, site: str, *, before: int | None = None) -> str | None:
    """The hash of the site's newest finished run (before a run, if one is given); None where there is none."""
    row = db.execute(
        "SELECT manifest FROM runs WHERE site = ? AND manifest IS NOT NULL AND (? IS NULL OR id < ?) "
        "ORDER BY id DESC LIMIT 1",
        [site, before, before],
    ).fetchone()
    return hash_in(row[0]) if row else None


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


def hash_in(manifest: object) -> str | None:
    """The hash that a manifest, as the database keeps it, ends with; None where there is none, or a damaged one."""
    sha256 = _said(manifest).get("sha256")
    return sha256 if isinstance(sha256, str) else None


def _said(manifest: object) -> Mapping[str, object]:
    try:
        said = json.loads(str(manifest))
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def seal(db: Database, site: str, run: int) -> None:
    """Write the manifest of a run that is at its end; inside the caller's transaction."""
    manifest = manifest_of(db, run, head_of(db, site, before=run))
    db.execute("UPDATE runs SET manifest = ? WHERE id = ?", [json.dumps(manifest), run])


def broken_links(db: Database, site: str) -> list[str]:
    """What of a site's chain is not what it was, a sentence each; empty where all of it holds."""
    problems: list[str] = []
    previous: str | None = None
    runs = db.execute("SELECT id, finished_at, manifest FROM runs WHERE site = ? ORDER BY id", [site]).fetchall()
    for run, finished_at, manifest in runs:
        if manifest is not None:
            problems += [f"run {run}: {what}" for what in _differences(manifest, manifest_of(db, run, previous))]
            previous = hash_in(manifest)
        elif finished_at is not None and previous is not None:
            problems.append(f"run {run}: its manifest was taken away")
    return problems


def _differences(manifest: str, now: Mapping[str, object]) -> Sequence[str]:
    sealed = _said(manifest)
    if not sealed:
        return ["its manifest is damaged"]
    changed = [f"its {name} are not what they were when it ended" for name in PARTS if sealed.get(name) != now[name]]
    if sealed.get("previous") != now["previous"]:
        changed.append("the run before it is not the one that it was sealed after")
    if not changed and sealed.get("sha256") != now["sha256"]:
        changed.append("its seal was changed")
    return changed


def _hash_rows(db: Database, sql: str, run: int) -> str:
    digest = hashlib.sha256()
    for row in db.execute(sql, [run]):
        digest.update(json.dumps(list(row), ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()
