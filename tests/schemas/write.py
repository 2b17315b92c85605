"""Writes the dumps beside it: a small mirror as each step of the migrations left it.

`python tests/schemas/write.py` writes those that are missing. A dump of a step that was released is never written
again: it is what lies on people's disks. Before the release, delete it to have it made anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from pipelines.manifest import FIRST_PARTS, Manifest, manifest_of
from pipelines.schema import MIGRATIONS

FOLDER = Path(__file__).parent
RUNS = (1, 2)

_GROUND = """
INSERT INTO sites (id, title, home, family) VALUES ('songmau', 'Huyện Sông Mẫu', 'http://songmau.example/', 'auto');
INSERT INTO publishers (site, name, valid_to) VALUES ('songmau', 'UBND huyện Sông Mẫu', '2025-06-30');
INSERT INTO publishers (site, name, valid_from) VALUES ('songmau', 'UBND xã Sông Mẫu', '2025-07-01');
INSERT INTO runs (id, site, kind, started_at, finished_at, outcome, requests, articles_new, files_new) VALUES
    (1, 'songmau', 'crawl', '2026-03-01T02:00:00.000Z', '2026-03-01T02:01:00.000Z', 'ok', 3, 1, 1);
INSERT INTO runs (id, site, kind, started_at, finished_at, outcome, detail, requests, articles_changed) VALUES
    (2, 'songmau', 'crawl', '2026-03-08T02:00:00.000Z', '2026-03-08T02:01:00.000Z', 'partial', '1 links wait', 2, 1);
INSERT INTO captures (id, run, site, url, fetched_at, status, mime, payload_sha256, body_sha256, etag, warc, offset,
    length, record_id, reading) VALUES
    (1, 1, 'songmau', 'http://songmau.example/', '2026-03-01T02:00:01.000Z', 200, 'text/html', 'aa', 'aa', '"1"',
        'warc/songmau/a.warc.gz', 300, 900, '<urn:uuid:1>', 'not an article: listing'),
    (2, 1, 'songmau', 'http://songmau.example/tin-1', '2026-03-01T02:00:03.000Z', 200, 'text/html', 'bb', 'bb', NULL,
        'warc/songmau/a.warc.gz', 1500, 1200, '<urn:uuid:2>', 'article'),
    (3, 1, 'songmau', 'http://songmau.example/ke-hoach.pdf', '2026-03-01T02:00:05.000Z', 200, 'application/pdf', 'cc',
        'cc', NULL, 'warc/songmau/a.warc.gz', 3000, 4000, '<urn:uuid:3>', 'stored'),
    (4, 2, 'songmau', 'http://songmau.example/tin-1', '2026-03-08T02:00:03.000Z', 200, 'text/html', 'dd', 'dd', NULL,
        'warc/songmau/b.warc.gz', 300, 1200, '<urn:uuid:4>', 'article');
INSERT INTO captures (id, run, site, url, fetched_at, error) VALUES
    (5, 2, 'songmau', 'http://songmau.example/cau.jpg', '2026-03-08T02:00:05.000Z', 'the connection was refused');
INSERT INTO links (id, site, url, key, kind, priority, state, capture, first_seen_at) VALUES
    (1, 'songmau', 'http://songmau.example/', 'http://songmau.example/', 'listing', 4, 'done', 1,
        '2026-03-01T02:00:00.000Z'),
    (2, 'songmau', 'http://songmau.example/tin-1', 'http://songmau.example/tin-1', 'article', 3, 'done', 4,
        '2026-03-01T02:00:01.000Z'),
    (3, 'songmau', 'http://songmau.example/ke-hoach.pdf', 'http://songmau.example/ke-hoach.pdf', 'file', 2, 'done', 3,
        '2026-03-01T02:00:03.000Z');
INSERT INTO links (id, site, url, key, kind, priority, tries, error, first_seen_at) VALUES
    (4, 'songmau', 'http://songmau.example/cau.jpg', 'http://songmau.example/cau.jpg', 'image', 5, 1,
        'the connection was refused', '2026-03-01T02:00:03.000Z');
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, error, first_seen_at) VALUES
    (5, 'songmau', 'POST', 'http://songmau.example/tim', 'http://songmau.example/tim', x'703d3200ff', 'ee', 'listing',
        4, 'excluded', 'robots.txt', '2026-03-01T02:00:01.000Z');
INSERT INTO sightings (site, url, key, listing, position, title, date_text, listed_date, first_seen_at, last_seen_at)
    VALUES ('songmau', 'http://songmau.example/tin-1', 'http://songmau.example/tin-1', 'http://songmau.example/', 1,
        'Khánh thành cầu Bến Mẫu', '(28/02/2026)', '2026-02-28', '2026-03-01T02:00:01.000Z',
        '2026-03-08T02:00:01.000Z');
INSERT INTO articles (id, site, identity, url, title, lead, body, body_html, published_at, published_date,
    published_text, author, author_unit, byline_text, category, language, quality, problems, reader_version,
    content_sha256, capture, first_seen_at, last_seen_at, last_changed_at) VALUES
    (1, 'songmau', 'songmau.example/tin-1', 'http://songmau.example/tin-1', 'Khánh thành cầu Bến Mẫu',
        'Cầu mới nối hai bờ sông.', 'Cây cầu dài chín mươi mét.' || char(10) || 'Xe tải nhẹ qua được.',
        '<p>Cây cầu dài chín mươi mét.</p><p>Xe tải nhẹ qua được.</p>', '2026-02-28T16:30+07:00', '2026-02-28',
        'Thứ bảy, 28/02/2026, 16:30', 'Trần Thị Ví Dụ', 'Phòng Văn hóa', 'Trần Thị Ví Dụ (Phòng Văn hóa)', 'Tin tức',
        'vi', 0.85, NULL, '1', 'f2', 4, '2026-03-01T02:00:03.000Z', '2026-03-08T02:00:03.000Z',
        '2026-03-08T02:00:03.000Z');
INSERT INTO article_revisions (article, number, kind, run, capture, read_at, title, lead, body, body_html, published_at,
    published_text, author, language, quality, reader_version, content_sha256, changed) VALUES
    (1, 1, 'seen', 1, 2, '2026-03-01T02:00:03.000Z', 'Khánh thành cầu Bến Mẫu', 'Cầu mới nối hai bờ sông.',
        'Cây cầu dài tám mươi mét.', '<p>Cây cầu dài tám mươi mét.</p>', '2026-02-28T16:30+07:00',
        'Thứ bảy, 28/02/2026, 16:30', 'Trần Thị Ví Dụ', 'vi', 0.8, '1', 'f1', NULL),
    (1, 2, 'edited', 2, 4, '2026-03-08T02:00:03.000Z', 'Khánh thành cầu Bến Mẫu', 'Cầu mới nối hai bờ sông.',
        'Cây cầu dài chín mươi mét.' || char(10) || 'Xe tải nhẹ qua được.',
        '<p>Cây cầu dài chín mươi mét.</p><p>Xe tải nhẹ qua được.</p>', '2026-02-28T16:30+07:00',
        'Thứ bảy, 28/02/2026, 16:30', 'Trần Thị Ví Dụ', 'vi', 0.85, '1', 'f2', 'body');
INSERT INTO article_urls (article, url, category, first_seen_at) VALUES
    (1, 'http://songmau.example/tin-1', 'Tin tức', '2026-03-01T02:00:03.000Z');
INSERT INTO article_fields (article, field, rule, agrees) VALUES
    (1, 'title', 'family', 1), (1, 'body', 'density', NULL);
INSERT INTO files (sha256, path, bytes, mime, text, text_state, first_seen_at, capture) VALUES
    ('cc', 'files/cc/cc.pdf', 4096, 'application/pdf', 'Kế hoạch bảo trì cầu', 'done', '2026-03-01T02:00:05.000Z', 3);
INSERT INTO attachments (id, article, url, label, filename, position, state, tries, link, capture, sha256) VALUES
    (1, 1, 'http://songmau.example/ke-hoach.pdf', 'Kế hoạch', 'ke-hoach.pdf', 1, 'stored', 1, 3, 3, 'cc');
INSERT INTO images (id, article, url, caption, credit, position, error, tries, link, capture) VALUES
    (1, 1, 'http://songmau.example/cau.jpg', 'Cầu Bến Mẫu', 'Lê Ví Dụ', 1, 'the connection was refused', 1, 4, 5);
INSERT INTO tags (id, name) VALUES (1, 'giao thông');
INSERT INTO article_tags (article, tag) VALUES (1, 1);
"""

ROWS: Mapping[str, str] = {
    "m001_ground": _GROUND,
    "m003_events": """
INSERT INTO events (article, at, kind, capture, details) VALUES
    (1, '2026-03-08T02:00:03.000Z', 'edited', 4, '{"changed": ["body"]}');
""",
    "m006_turns": """
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, first_seen_at, turn) VALUES
    (6, 'songmau', 'POST', 'http://songmau.example/tin.aspx', 'http://songmau.example/tin.aspx#ctl00$gvTin=2',
        x'5f5f56494557535441544545', 'ff', 'listing', 4, 'pending', '2026-03-08T02:00:01.000Z',
        '{"listing": "http://songmau.example/tin.aspx", "pager": "ctl00$gvTin", "page": 2, "last": null, '
        || '"family": null, "shown": ["0a1b2c3d4e5f6071"], "values": {}, "cookies": {}}');
""",
}
"""What is in the mirror at a step beside what the steps before it and the step itself left; all of it is invented."""


def seal_as_at_first(db: Database) -> None:
    """The manifests of the first release, which hashed less than later ones."""
    previous: Manifest = {}
    for run in RUNS:
        previous = manifest_of(db, run, previous, of=dict.fromkeys(FIRST_PARTS))
        db.execute("UPDATE runs SET manifest = ? WHERE id = ?", [json.dumps(previous), run])


def write_missing() -> None:
    """Go through the steps and write each dump that is not there."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection)
        names = [migration.name for migration in MIGRATIONS.pending(db)]
        for step, following in zip(names, [*names[1:], None], strict=True):
            MIGRATIONS.apply(db, stop_before=following)
            connection.executescript(ROWS.get(step, ""))
            if step == names[0]:
                seal_as_at_first(db)
            path = FOLDER / f"{step}.sql"
            if not path.exists():
                path.write_text("\n".join(_dump(connection)) + "\n", encoding="utf-8")


def _dump(connection: sqlite3.Connection) -> Iterator[str]:
    """The SQL that makes the database again; the dump of sqlite3 knows full-text tables in newer Pythons only."""
    objects = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    indexes = [name for _type, name, sql in objects if sql.startswith("CREATE VIRTUAL TABLE")]
    shadows = tuple(f"{name}_" for name in indexes)
    for kind, name, sql in objects:
        if not name.startswith(shadows):
            yield f"{sql};"
        if kind == "table" and not name.startswith(shadows):
            yield from _rows(connection, name, has_rowid=name in indexes)


def _rows(connection: sqlite3.Connection, table: str, *, has_rowid: bool) -> Iterator[str]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    columns = ["rowid", *columns] if has_rowid else columns
    quoted = ", ".join(f"quote({column})" for column in columns)
    for row in connection.execute(f"SELECT {quoted} FROM {table}"):  # in the order of its key, whichever that is
        yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(row)});"


if __name__ == "__main__":
    write_missing()
