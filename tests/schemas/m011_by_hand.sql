CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (1, 'govnews', 'm001_ground', '2026-11-22 23:54:04.210843+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (2, 'govnews', 'm002_search', '2026-11-22 23:54:04.212989+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (3, 'govnews', 'm003_events', '2026-11-22 23:54:04.213772+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (4, 'govnews', 'm004_custody', '2026-11-22 23:54:04.215073+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (5, 'govnews', 'm005_walks', '2026-11-22 23:54:04.222590+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (6, 'govnews', 'm006_turns', '2026-11-22 23:54:04.223751+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (7, 'govnews', 'm007_summaries', '2026-11-22 23:54:04.225048+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (8, 'govnews', 'm008_lighter', '2026-11-22 23:54:04.231684+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (9, 'govnews', 'm009_kinds_of_files', '2026-11-22 23:54:04.232526+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (10, 'govnews', 'm010_less_at_once', '2026-11-22 23:54:04.233481+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (11, 'govnews', 'm011_by_hand', '2026-11-22 23:54:04.234999+00:00');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE sites (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        home TEXT NOT NULL,
        family TEXT NOT NULL
    );
INSERT INTO sites (id, title, home, family) VALUES ('songmau', 'Huyện Sông Mẫu', 'http://songmau.example/', 'auto');
CREATE TABLE publishers (
        site TEXT NOT NULL REFERENCES sites(id),
        name TEXT NOT NULL,
        valid_from TEXT,
        valid_to TEXT,
        PRIMARY KEY (site, name)
    );
INSERT INTO publishers (site, name, valid_from, valid_to) VALUES ('songmau', 'UBND huyện Sông Mẫu', NULL, '2025-06-30');
INSERT INTO publishers (site, name, valid_from, valid_to) VALUES ('songmau', 'UBND xã Sông Mẫu', '2025-07-01', NULL);
CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL REFERENCES sites(id),
        kind TEXT NOT NULL CHECK (kind IN ('crawl', 'import', 're-read')),
        started_at TEXT NOT NULL,
        finished_at TEXT,
        outcome TEXT CHECK (outcome IN ('ok', 'partial', 'failed', 'interrupted')),
        detail TEXT,
        requests INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        not_modified INTEGER NOT NULL DEFAULT 0,
        dead_links INTEGER NOT NULL DEFAULT 0,
        errors INTEGER NOT NULL DEFAULT 0,
        unreadable INTEGER NOT NULL DEFAULT 0,
        articles_new INTEGER NOT NULL DEFAULT 0,
        articles_changed INTEGER NOT NULL DEFAULT 0,
        articles_unchanged INTEGER NOT NULL DEFAULT 0,
        not_articles INTEGER NOT NULL DEFAULT 0,
        files_new INTEGER NOT NULL DEFAULT 0,
        files_failed INTEGER NOT NULL DEFAULT 0,
        manifest TEXT
    , revisits INTEGER NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0, probes INTEGER NOT NULL DEFAULT 0, stopped_by TEXT CHECK (stopped_by IN ('signal', 'night', 'limit')));
INSERT INTO runs (id, site, kind, started_at, finished_at, outcome, detail, requests, bytes, not_modified, dead_links, errors, unreadable, articles_new, articles_changed, articles_unchanged, not_articles, files_new, files_failed, manifest, revisits, retries, probes, stopped_by) VALUES (1, 'songmau', 'crawl', '2026-03-01T02:00:00.000Z', '2026-03-01T02:01:00.000Z', 'ok', NULL, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '{"previous": null, "captures": "9580c9c2455fac6f2ae7e2196a9fb36745268c8b706b9153342dda330b26e83c", "revisions": "435df9851adf43108b28f03b96225a671a541ad85081065d811f2678ad972551", "files": "7418423ca0d12e0a98eb76d206a32c1305f94a4524b3eb2a367971cbf886df5a", "sha256": "53d337f0fcbd8ed9d0eb51aff6cc073aa6ed277fab97e2fc44d284484eea5665"}', 0, 0, 0, NULL);
INSERT INTO runs (id, site, kind, started_at, finished_at, outcome, detail, requests, bytes, not_modified, dead_links, errors, unreadable, articles_new, articles_changed, articles_unchanged, not_articles, files_new, files_failed, manifest, revisits, retries, probes, stopped_by) VALUES (2, 'songmau', 'crawl', '2026-03-08T02:00:00.000Z', '2026-03-08T02:01:00.000Z', 'partial', '1 links wait', 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, '{"previous": "53d337f0fcbd8ed9d0eb51aff6cc073aa6ed277fab97e2fc44d284484eea5665", "captures": "7b091e0370e6f5d3fac5eda0b419fa3321361e5c024e805927c624316976cd26", "revisions": "4408662e382b4338849d1ca54e5e89d80df106722198a2cab821eeed1e8a139f", "files": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256": "174deb9ec144c018de9153012595ff61c8342353f1a8b9705d998faa2cabcd96"}', 0, 0, 0, NULL);
CREATE TABLE captures (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs(id),
        site TEXT NOT NULL REFERENCES sites(id),
        method TEXT NOT NULL DEFAULT 'GET',
        url TEXT NOT NULL,
        request_sha256 TEXT,
        fetched_at TEXT NOT NULL,
        status INTEGER,
        error TEXT,
        mime TEXT,
        payload_sha256 TEXT,
        body_sha256 TEXT,
        etag TEXT,
        last_modified TEXT,
        redirect_to TEXT,
        tls TEXT,
        truncated TEXT,
        warc TEXT,
        offset INTEGER,
        length INTEGER,
        record_id TEXT,
        kind TEXT NOT NULL DEFAULT 'crawl',
        source TEXT,
        reading TEXT, continues INTEGER REFERENCES captures(id), reason TEXT,
        CHECK (status IS NOT NULL OR error IS NOT NULL)
    );
INSERT INTO captures (id, run, site, method, url, request_sha256, fetched_at, status, error, mime, payload_sha256, body_sha256, etag, last_modified, redirect_to, tls, truncated, warc, offset, length, record_id, kind, source, reading, continues, reason) VALUES (1, 1, 'songmau', 'GET', 'http://songmau.example/', NULL, '2026-03-01T02:00:01.000Z', 200, NULL, 'text/html', 'aa', 'aa', '"1"', NULL, NULL, NULL, NULL, 'warc/songmau/a.warc.gz', 300, 900, '<urn:uuid:1>', 'crawl', NULL, 'not an article: listing', NULL, NULL);
INSERT INTO captures (id, run, site, method, url, request_sha256, fetched_at, status, error, mime, payload_sha256, body_sha256, etag, last_modified, redirect_to, tls, truncated, warc, offset, length, record_id, kind, source, reading, continues, reason) VALUES (2, 1, 'songmau', 'GET', 'http://songmau.example/tin-1', NULL, '2026-03-01T02:00:03.000Z', 200, NULL, 'text/html', 'bb', 'bb', NULL, NULL, NULL, NULL, NULL, 'warc/songmau/a.warc.gz', 1500, 1200, '<urn:uuid:2>', 'crawl', NULL, 'article', NULL, NULL);
INSERT INTO captures (id, run, site, method, url, request_sha256, fetched_at, status, error, mime, payload_sha256, body_sha256, etag, last_modified, redirect_to, tls, truncated, warc, offset, length, record_id, kind, source, reading, continues, reason) VALUES (3, 1, 'songmau', 'GET', 'http://songmau.example/ke-hoach.pdf', NULL, '2026-03-01T02:00:05.000Z', 200, NULL, 'application/pdf', 'cc', 'cc', NULL, NULL, NULL, NULL, NULL, 'warc/songmau/a.warc.gz', 3000, 4000, '<urn:uuid:3>', 'crawl', NULL, 'stored', NULL, NULL);
INSERT INTO captures (id, run, site, method, url, request_sha256, fetched_at, status, error, mime, payload_sha256, body_sha256, etag, last_modified, redirect_to, tls, truncated, warc, offset, length, record_id, kind, source, reading, continues, reason) VALUES (4, 2, 'songmau', 'GET', 'http://songmau.example/tin-1', NULL, '2026-03-08T02:00:03.000Z', 200, NULL, 'text/html', 'dd', 'dd', NULL, NULL, NULL, NULL, NULL, 'warc/songmau/b.warc.gz', 300, 1200, '<urn:uuid:4>', 'crawl', NULL, 'article', NULL, NULL);
INSERT INTO captures (id, run, site, method, url, request_sha256, fetched_at, status, error, mime, payload_sha256, body_sha256, etag, last_modified, redirect_to, tls, truncated, warc, offset, length, record_id, kind, source, reading, continues, reason) VALUES (5, 2, 'songmau', 'GET', 'http://songmau.example/cau.jpg', NULL, '2026-03-08T02:00:05.000Z', NULL, 'the connection was refused', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'crawl', NULL, NULL, NULL, NULL);
CREATE INDEX captures_url ON captures(url);
CREATE INDEX captures_run ON captures(run);
CREATE INDEX captures_payload ON captures(payload_sha256);
CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL REFERENCES sites(id),
        method TEXT NOT NULL DEFAULT 'GET',
        url TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL DEFAULT x'',
        body_sha256 TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL
            CHECK (kind IN ('listing', 'article', 'file', 'image', 'feed', 'sitemap', 'probe')),
        priority INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'done', 'failed', 'excluded')),
        tries INTEGER NOT NULL DEFAULT 0,
        hops INTEGER NOT NULL DEFAULT 0,
        next_try_at TEXT,
        error TEXT,
        capture INTEGER REFERENCES captures(id),
        first_seen_at TEXT NOT NULL, section TEXT, page INTEGER, reason TEXT NOT NULL DEFAULT 'found' CHECK (reason IN ('found', 'listing', 'walk', 'sweep', 'revisit', 'left', 'retry', 'full', 'asked')), looked_at TEXT, article INTEGER REFERENCES articles(id), revisit_at TEXT, turn TEXT,
        UNIQUE (site, method, key, body_sha256)
    );
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, tries, hops, next_try_at, error, capture, first_seen_at, section, page, reason, looked_at, article, revisit_at, turn) VALUES (1, 'songmau', 'GET', 'http://songmau.example/', 'http://songmau.example/', X'', '', 'listing', 4, 'done', 0, 0, NULL, NULL, 1, '2026-03-01T02:00:00.000Z', NULL, NULL, 'found', '2026-03-08T02:00:01.000Z', NULL, NULL, NULL);
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, tries, hops, next_try_at, error, capture, first_seen_at, section, page, reason, looked_at, article, revisit_at, turn) VALUES (2, 'songmau', 'GET', 'http://songmau.example/tin-1', 'http://songmau.example/tin-1', X'', '', 'article', 3, 'done', 0, 0, NULL, NULL, 4, '2026-03-01T02:00:01.000Z', NULL, NULL, 'found', NULL, 1, '2026-04-07T02:00:03.000Z', NULL);
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, tries, hops, next_try_at, error, capture, first_seen_at, section, page, reason, looked_at, article, revisit_at, turn) VALUES (3, 'songmau', 'GET', 'http://songmau.example/ke-hoach.pdf', 'http://songmau.example/ke-hoach.pdf', X'', '', 'file', 2, 'done', 0, 0, NULL, NULL, 3, '2026-03-01T02:00:03.000Z', NULL, NULL, 'found', NULL, NULL, NULL, NULL);
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, tries, hops, next_try_at, error, capture, first_seen_at, section, page, reason, looked_at, article, revisit_at, turn) VALUES (4, 'songmau', 'GET', 'http://songmau.example/cau.jpg', 'http://songmau.example/cau.jpg', X'', '', 'image', 5, 'pending', 1, 0, NULL, 'the connection was refused', NULL, '2026-03-01T02:00:03.000Z', NULL, NULL, 'found', NULL, NULL, NULL, NULL);
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, tries, hops, next_try_at, error, capture, first_seen_at, section, page, reason, looked_at, article, revisit_at, turn) VALUES (5, 'songmau', 'POST', 'http://songmau.example/tim', 'http://songmau.example/tim', X'703D3200FF', 'ee', 'listing', 4, 'excluded', 0, 0, NULL, 'robots.txt', NULL, '2026-03-01T02:00:01.000Z', NULL, NULL, 'found', NULL, NULL, NULL, NULL);
INSERT INTO links (id, site, method, url, key, body, body_sha256, kind, priority, state, tries, hops, next_try_at, error, capture, first_seen_at, section, page, reason, looked_at, article, revisit_at, turn) VALUES (6, 'songmau', 'POST', 'http://songmau.example/tin.aspx', 'http://songmau.example/tin.aspx#ctl00$gvTin=2', X'5F5F56494557535441544545', 'ff', 'listing', 4, 'pending', 0, 0, NULL, NULL, NULL, '2026-03-08T02:00:01.000Z', NULL, NULL, 'found', NULL, NULL, NULL, '{"listing": "http://songmau.example/tin.aspx", "pager": "ctl00$gvTin", "page": 2, "last": null, "family": null, "shown": ["0a1b2c3d4e5f6071"], "values": {}, "cookies": {}}');
CREATE INDEX links_frontier ON links(site, state, priority, id);
CREATE TABLE sightings (
        site TEXT NOT NULL REFERENCES sites(id),
        url TEXT NOT NULL,
        key TEXT NOT NULL,
        listing TEXT NOT NULL,
        position INTEGER,
        title TEXT,
        date_text TEXT,
        listed_date TEXT,
        first_seen_at TEXT NOT NULL,
        last_seen_at TEXT NOT NULL, left_at TEXT,
        PRIMARY KEY (site, key, listing)
    );
INSERT INTO sightings (site, url, key, listing, position, title, date_text, listed_date, first_seen_at, last_seen_at, left_at) VALUES ('songmau', 'http://songmau.example/tin-1', 'http://songmau.example/tin-1', 'http://songmau.example/', 1, 'Khánh thành cầu Bến Mẫu', '(28/02/2026)', '2026-02-28', '2026-03-01T02:00:01.000Z', '2026-03-08T02:00:01.000Z', NULL);
CREATE INDEX sightings_listing ON sightings(site, listing);
CREATE TABLE articles (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL REFERENCES sites(id),
        identity TEXT NOT NULL,
        url TEXT NOT NULL,
        title TEXT NOT NULL,
        lead TEXT,
        body TEXT NOT NULL,
        body_html TEXT NOT NULL,
        published_at TEXT,
        published_date TEXT,
        published_text TEXT,
        modified_at TEXT,
        author TEXT,
        author_unit TEXT,
        byline_text TEXT,
        source TEXT,
        category TEXT,
        language TEXT,
        quality REAL NOT NULL,
        problems TEXT,
        family TEXT,
        reader_version TEXT NOT NULL,
        content_sha256 TEXT NOT NULL,
        capture INTEGER NOT NULL REFERENCES captures(id),
        first_seen_at TEXT NOT NULL,
        last_seen_at TEXT NOT NULL,
        last_changed_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'unpublished', 'gone')),
        UNIQUE (site, identity)
    );
INSERT INTO articles (id, site, identity, url, title, lead, body, body_html, published_at, published_date, published_text, modified_at, author, author_unit, byline_text, source, category, language, quality, problems, family, reader_version, content_sha256, capture, first_seen_at, last_seen_at, last_changed_at, state) VALUES (1, 'songmau', 'songmau.example/tin-1', 'http://songmau.example/tin-1', 'Khánh thành cầu Bến Mẫu', 'Cầu mới nối hai bờ sông.', 'Cây cầu dài chín mươi mét.
Xe tải nhẹ qua được.', '<p>Cây cầu dài chín mươi mét.</p><p>Xe tải nhẹ qua được.</p>', '2026-02-28T16:30+07:00', '2026-02-28', 'Thứ bảy, 28/02/2026, 16:30', NULL, 'Trần Thị Ví Dụ', 'Phòng Văn hóa', 'Trần Thị Ví Dụ (Phòng Văn hóa)', NULL, 'Tin tức', 'vi', 0.85, NULL, NULL, '1', 'f2', 4, '2026-03-01T02:00:03.000Z', '2026-03-08T02:00:03.000Z', '2026-03-08T02:00:03.000Z', 'live');
CREATE TABLE article_revisions (
        article INTEGER NOT NULL REFERENCES articles(id),
        number INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('seen', 'edited', 're-read', 'imported')),
        run INTEGER NOT NULL REFERENCES runs(id),
        capture INTEGER NOT NULL REFERENCES captures(id),
        read_at TEXT NOT NULL,
        title TEXT NOT NULL,
        lead TEXT,
        body TEXT NOT NULL,
        body_html TEXT NOT NULL,
        published_at TEXT,
        published_text TEXT,
        modified_at TEXT,
        author TEXT,
        author_unit TEXT,
        byline_text TEXT,
        source TEXT,
        category TEXT,
        language TEXT,
        quality REAL NOT NULL,
        family TEXT,
        reader_version TEXT NOT NULL,
        content_sha256 TEXT NOT NULL,
        changed TEXT,
        PRIMARY KEY (article, number)
    );
INSERT INTO article_revisions (article, number, kind, run, capture, read_at, title, lead, body, body_html, published_at, published_text, modified_at, author, author_unit, byline_text, source, category, language, quality, family, reader_version, content_sha256, changed) VALUES (1, 1, 'seen', 1, 2, '2026-03-01T02:00:03.000Z', 'Khánh thành cầu Bến Mẫu', 'Cầu mới nối hai bờ sông.', 'Cây cầu dài tám mươi mét.', '<p>Cây cầu dài tám mươi mét.</p>', '2026-02-28T16:30+07:00', 'Thứ bảy, 28/02/2026, 16:30', NULL, 'Trần Thị Ví Dụ', NULL, NULL, NULL, NULL, 'vi', 0.8, NULL, '1', 'f1', NULL);
INSERT INTO article_revisions (article, number, kind, run, capture, read_at, title, lead, body, body_html, published_at, published_text, modified_at, author, author_unit, byline_text, source, category, language, quality, family, reader_version, content_sha256, changed) VALUES (1, 2, 'edited', 2, 4, '2026-03-08T02:00:03.000Z', 'Khánh thành cầu Bến Mẫu', 'Cầu mới nối hai bờ sông.', 'Cây cầu dài chín mươi mét.
Xe tải nhẹ qua được.', '<p>Cây cầu dài chín mươi mét.</p><p>Xe tải nhẹ qua được.</p>', '2026-02-28T16:30+07:00', 'Thứ bảy, 28/02/2026, 16:30', NULL, 'Trần Thị Ví Dụ', NULL, NULL, NULL, NULL, 'vi', 0.85, NULL, '1', 'f2', 'body');
CREATE INDEX article_revisions_run ON article_revisions(run);
CREATE TABLE files (
        sha256 TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        mime TEXT,
        text TEXT,
        text_state TEXT NOT NULL DEFAULT 'pending'
            CHECK (text_state IN ('pending', 'done', 'no_text_layer', 'unsupported', 'encrypted', 'failed')),
        text_detail TEXT,
        pages INTEGER,
        first_seen_at TEXT NOT NULL,
        capture INTEGER REFERENCES captures(id)
    );
INSERT INTO files (sha256, path, bytes, mime, text, text_state, text_detail, pages, first_seen_at, capture) VALUES ('cc', 'files/cc/cc.pdf', 4096, 'application/pdf', 'Kế hoạch bảo trì cầu', 'done', NULL, NULL, '2026-03-01T02:00:05.000Z', 3);
CREATE TABLE attachments (
        id INTEGER PRIMARY KEY,
        article INTEGER NOT NULL REFERENCES articles(id),
        url TEXT NOT NULL,
        label TEXT,
        filename TEXT,
        position INTEGER,
        state TEXT NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'stored', 'missing', 'too_large', 'not_a_file', 'failed')),
        error TEXT,
        tries INTEGER NOT NULL DEFAULT 0,
        next_try_at TEXT,
        link INTEGER NOT NULL REFERENCES links(id),
        capture INTEGER REFERENCES captures(id),
        sha256 TEXT REFERENCES files(sha256),
        UNIQUE (article, url)
    );
INSERT INTO attachments (id, article, url, label, filename, position, state, error, tries, next_try_at, link, capture, sha256) VALUES (1, 1, 'http://songmau.example/ke-hoach.pdf', 'Kế hoạch', 'ke-hoach.pdf', 1, 'stored', NULL, 1, NULL, 3, 3, 'cc');
CREATE INDEX attachments_link ON attachments(link);
CREATE TABLE images (
        id INTEGER PRIMARY KEY,
        article INTEGER NOT NULL REFERENCES articles(id),
        url TEXT NOT NULL,
        caption TEXT,
        credit TEXT,
        filename TEXT,
        position INTEGER,
        state TEXT NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'stored', 'missing', 'too_large', 'not_a_file', 'failed')),
        error TEXT,
        tries INTEGER NOT NULL DEFAULT 0,
        next_try_at TEXT,
        link INTEGER REFERENCES links(id),
        capture INTEGER REFERENCES captures(id),
        sha256 TEXT REFERENCES files(sha256),
        UNIQUE (article, url)
    );
INSERT INTO images (id, article, url, caption, credit, filename, position, state, error, tries, next_try_at, link, capture, sha256) VALUES (1, 1, 'http://songmau.example/cau.jpg', 'Cầu Bến Mẫu', 'Lê Ví Dụ', NULL, 1, 'pending', 'the connection was refused', 1, NULL, 4, 5, NULL);
CREATE INDEX images_link ON images(link);
CREATE INDEX files_pending ON files(text_state) WHERE text_state = 'pending';
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO tags (id, name) VALUES (1, 'giao thông');
CREATE TABLE article_tags (
        article INTEGER NOT NULL REFERENCES articles(id),
        tag INTEGER NOT NULL REFERENCES tags(id),
        PRIMARY KEY (article, tag)
    );
INSERT INTO article_tags (article, tag) VALUES (1, 1);
CREATE INDEX article_tags_tag ON article_tags(tag);
CREATE VIRTUAL TABLE articles_fts USING fts5(title, lead, body, people, tags, files, title_folded, lead_folded, body_folded, people_folded, tags_folded, files_folded, tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO articles_fts (rowid, title, lead, body, people, tags, files, title_folded, lead_folded, body_folded, people_folded, tags_folded, files_folded) VALUES (1, 'khánh thành cầu bến mẫu', 'cầu mới nối hai bờ sông.', 'cây cầu dài chín mươi mét.
xe tải nhẹ qua được.', 'trần thị ví dụ
phòng văn hóa
', 'giao thông', 'kế hoạch
ke-hoach.pdf
kế hoạch bảo trì cầu', 'khanh thanh cau ben mau', 'cau moi noi hai bo song.', 'cay cau dai chin muoi met.
xe tai nhe qua duoc.', 'tran thi vi du
phong van hoa
', 'giao thong', 'ke hoach
ke-hoach.pdf
ke hoach bao tri cau');
CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            article INTEGER NOT NULL REFERENCES articles(id),
            at TEXT NOT NULL,
            kind TEXT NOT NULL
                CHECK (kind IN ('created', 'edited', 'moved', 'unpublished', 'gone', 'restored')),
            capture INTEGER NOT NULL REFERENCES captures(id),
            details TEXT
        );
INSERT INTO events (id, article, at, kind, capture, details) VALUES (1, 1, '2026-03-01T02:00:03.000Z', 'created', 2, NULL);
INSERT INTO events (id, article, at, kind, capture, details) VALUES (2, 1, '2026-03-08T02:00:03.000Z', 'edited', 4, '{"changed": ["body"]}');
CREATE INDEX events_article ON events(article);
CREATE INDEX links_url ON links(site, url);
CREATE INDEX captures_redirect ON captures(redirect_to) WHERE redirect_to IS NOT NULL;
CREATE INDEX captures_continues ON captures(continues) WHERE continues IS NOT NULL;
CREATE TABLE seals (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs(id),
            manifest TEXT NOT NULL,
            sealed_at TEXT NOT NULL,
            authority TEXT NOT NULL,
            token BLOB NOT NULL
        );
CREATE INDEX seals_run ON seals(run);
CREATE INDEX articles_ranked ON articles(id, published_date, site, author_unit);
CREATE INDEX links_section ON links(site, section, page, id) WHERE section IS NOT NULL;
CREATE INDEX links_unplaced ON links(site)
    WHERE section IS NULL AND kind IN ('listing', 'feed', 'sitemap') AND instr(key, '#') = 0
    ;
CREATE INDEX links_revisit ON links(site, revisit_at) WHERE revisit_at IS NOT NULL;
CREATE INDEX links_article ON links(article) WHERE article IS NOT NULL;
CREATE INDEX links_without_article ON links(site) WHERE article IS NULL AND kind IN ('article', 'listing');
CREATE INDEX sightings_shown ON sightings(site, listing, last_seen_at) WHERE left_at IS NULL;
CREATE TABLE sections (
        site TEXT NOT NULL REFERENCES sites(id),
        section TEXT NOT NULL,
        walked_at TEXT NOT NULL,
        ended TEXT CHECK (ended IN ('known', 'end')),
        pages INTEGER NOT NULL DEFAULT 0,
        items_new INTEGER NOT NULL DEFAULT 0,
        fault TEXT,
        clean_at TEXT,
        marks TEXT NOT NULL DEFAULT '[]',
        PRIMARY KEY (site, section)
    );
CREATE TABLE hosts (
        site TEXT NOT NULL REFERENCES sites(id),
        host TEXT NOT NULL,
        why TEXT NOT NULL,
        since TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 1,
        next_try_at TEXT NOT NULL,
        PRIMARY KEY (site, host)
    );
CREATE TABLE article_months (
        site TEXT NOT NULL REFERENCES sites(id),
        month TEXT NOT NULL,
        articles INTEGER NOT NULL,
        PRIMARY KEY (site, month)
    ) WITHOUT ROWID
    ;
INSERT INTO article_months (site, month, articles) VALUES ('songmau', '2026-02', 1);
CREATE TABLE article_names (
        kind TEXT NOT NULL CHECK (kind IN ('unit', 'author', 'tag', 'section')),
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        article INTEGER NOT NULL,
        site TEXT NOT NULL,
        PRIMARY KEY (kind, name, day, article)
    ) WITHOUT ROWID
    ;
INSERT INTO article_names (kind, name, day, article, site) VALUES ('author', 'Trần Thị Ví Dụ', '2026-02-28', 1, 'songmau');
INSERT INTO article_names (kind, name, day, article, site) VALUES ('section', 'Tin tức', '2026-02-28', 1, 'songmau');
INSERT INTO article_names (kind, name, day, article, site) VALUES ('tag', 'giao thông', '2026-02-28', 1, 'songmau');
INSERT INTO article_names (kind, name, day, article, site) VALUES ('unit', 'Phòng Văn hóa', '2026-02-28', 1, 'songmau');
CREATE TABLE names (
        kind TEXT NOT NULL CHECK (kind IN ('unit', 'author', 'tag', 'section')),
        name TEXT NOT NULL,
        site TEXT NOT NULL,
        articles INTEGER NOT NULL,
        PRIMARY KEY (kind, name, site)
    ) WITHOUT ROWID
    ;
INSERT INTO names (kind, name, site, articles) VALUES ('author', 'Trần Thị Ví Dụ', '', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('section', 'Tin tức', '', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('tag', 'giao thông', '', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('unit', 'Phòng Văn hóa', '', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('author', 'Trần Thị Ví Dụ', 'songmau', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('section', 'Tin tức', 'songmau', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('tag', 'giao thông', 'songmau', 1);
INSERT INTO names (kind, name, site, articles) VALUES ('unit', 'Phòng Văn hóa', 'songmau', 1);
CREATE INDEX names_site ON names(site, kind, articles);
CREATE INDEX articles_newest ON articles(published_date);
CREATE INDEX articles_away ON articles(state, site) WHERE state != 'live';
CREATE INDEX events_kind ON events(kind, at);
CREATE TABLE "article_urls" (
        article INTEGER NOT NULL REFERENCES articles(id),
        url TEXT NOT NULL,
        category TEXT,
        first_seen_at TEXT NOT NULL,
        PRIMARY KEY (article, url)
    ) WITHOUT ROWID;
INSERT INTO article_urls (article, url, category, first_seen_at) VALUES (1, 'http://songmau.example/tin-1', 'Tin tức', '2026-03-01T02:00:03.000Z');
CREATE TABLE "article_fields" (
        article INTEGER NOT NULL REFERENCES articles(id),
        field TEXT NOT NULL,
        rule TEXT NOT NULL,
        agrees INTEGER CHECK (agrees IN (0, 1)),
        PRIMARY KEY (article, field)
    ) WITHOUT ROWID;
INSERT INTO article_fields (article, field, rule, agrees) VALUES (1, 'body', 'density', NULL);
INSERT INTO article_fields (article, field, rule, agrees) VALUES (1, 'title', 'family', 1);
CREATE INDEX article_urls_url ON article_urls(url);
CREATE INDEX attachments_sha256 ON attachments(sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX images_sha256 ON images(sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX articles_published ON articles(site, published_date, state);
CREATE TABLE summarised (last_article INTEGER NOT NULL);
INSERT INTO summarised (last_article) VALUES (1);
CREATE TRIGGER articles_counted_in AFTER INSERT ON articles WHEN NEW.id <= (SELECT last_article FROM summarised)
    BEGIN 
    INSERT INTO article_months (site, month, articles) VALUES (NEW.site, substr(coalesce(NEW.published_date, ''), 1, 7), 1)
        ON CONFLICT (site, month) DO UPDATE SET articles = articles + 1;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'unit', NEW.author_unit, coalesce(NEW.published_date, ''), NEW.id, NEW.site WHERE NEW.author_unit IS NOT NULL;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'section', NEW.category, coalesce(NEW.published_date, ''), NEW.id, NEW.site WHERE NEW.category IS NOT NULL;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'author', name, coalesce(NEW.published_date, ''), NEW.id, NEW.site FROM (
    SELECT DISTINCT trim(value) AS name FROM json_each('[' || replace(json_quote(NEW.author), '; ', '","') || ']')
    WHERE trim(value) != ''
)
        WHERE NEW.author IS NOT NULL;
 END;
CREATE TRIGGER articles_counted_out BEFORE DELETE ON articles WHEN OLD.id <= (SELECT last_article FROM summarised)
    BEGIN 
    UPDATE article_months SET articles = articles - 1
        WHERE site = OLD.site AND month = substr(coalesce(OLD.published_date, ''), 1, 7);
    DELETE FROM article_months
        WHERE site = OLD.site AND month = substr(coalesce(OLD.published_date, ''), 1, 7) AND articles = 0;
    DELETE FROM article_names WHERE day = coalesce(OLD.published_date, '') AND article = OLD.id
        AND ((kind = 'unit' AND name = OLD.author_unit) OR (kind = 'section' AND name = OLD.category));
    DELETE FROM article_names WHERE day = coalesce(OLD.published_date, '') AND article = OLD.id
        AND kind = 'author' AND name IN (
    SELECT DISTINCT trim(value) AS name FROM json_each('[' || replace(json_quote(OLD.author), '; ', '","') || ']')
    WHERE trim(value) != ''
) AND OLD.author IS NOT NULL;
 END;
CREATE TRIGGER articles_last_out AFTER DELETE ON articles BEGIN
        UPDATE summarised SET last_article = min(last_article, (SELECT coalesce(max(id), 0) FROM articles));
    END;
CREATE TRIGGER articles_counted_anew AFTER UPDATE OF site, published_date, author, author_unit, category ON articles
    WHEN OLD.id <= (SELECT last_article FROM summarised) AND (OLD.site IS NOT NEW.site
        OR OLD.published_date IS NOT NEW.published_date OR OLD.author IS NOT NEW.author
        OR OLD.author_unit IS NOT NEW.author_unit OR OLD.category IS NOT NEW.category)
    BEGIN 
    UPDATE article_months SET articles = articles - 1
        WHERE site = OLD.site AND month = substr(coalesce(OLD.published_date, ''), 1, 7);
    DELETE FROM article_months
        WHERE site = OLD.site AND month = substr(coalesce(OLD.published_date, ''), 1, 7) AND articles = 0;
    DELETE FROM article_names WHERE day = coalesce(OLD.published_date, '') AND article = OLD.id
        AND ((kind = 'unit' AND name = OLD.author_unit) OR (kind = 'section' AND name = OLD.category));
    DELETE FROM article_names WHERE day = coalesce(OLD.published_date, '') AND article = OLD.id
        AND kind = 'author' AND name IN (
    SELECT DISTINCT trim(value) AS name FROM json_each('[' || replace(json_quote(OLD.author), '; ', '","') || ']')
    WHERE trim(value) != ''
) AND OLD.author IS NOT NULL;
 
    INSERT INTO article_months (site, month, articles) VALUES (NEW.site, substr(coalesce(NEW.published_date, ''), 1, 7), 1)
        ON CONFLICT (site, month) DO UPDATE SET articles = articles + 1;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'unit', NEW.author_unit, coalesce(NEW.published_date, ''), NEW.id, NEW.site WHERE NEW.author_unit IS NOT NULL;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'section', NEW.category, coalesce(NEW.published_date, ''), NEW.id, NEW.site WHERE NEW.category IS NOT NULL;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'author', name, coalesce(NEW.published_date, ''), NEW.id, NEW.site FROM (
    SELECT DISTINCT trim(value) AS name FROM json_each('[' || replace(json_quote(NEW.author), '; ', '","') || ']')
    WHERE trim(value) != ''
)
        WHERE NEW.author IS NOT NULL;
 
    DELETE FROM article_names WHERE kind = 'tag' AND day = coalesce(OLD.published_date, '') AND article = OLD.id
        AND name IN (SELECT tags.name FROM article_tags JOIN tags ON tags.id = article_tags.tag WHERE article = OLD.id);
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'tag', tags.name, coalesce(NEW.published_date, ''), NEW.id, NEW.site
        FROM article_tags JOIN tags ON tags.id = article_tags.tag WHERE article = NEW.id;
 END;
CREATE TRIGGER article_tags_counted_in AFTER INSERT ON article_tags
    WHEN NEW.article <= (SELECT last_article FROM summarised) BEGIN
        INSERT INTO article_names (kind, name, day, article, site)
            SELECT 'tag', tags.name, coalesce(articles.published_date, ''), articles.id, articles.site
            FROM tags, articles WHERE tags.id = NEW.tag AND articles.id = NEW.article;
    END;
CREATE TRIGGER article_tags_counted_out AFTER DELETE ON article_tags
    WHEN OLD.article <= (SELECT last_article FROM summarised) BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = (SELECT name FROM tags WHERE id = OLD.tag)
            AND day = (SELECT coalesce(articles.published_date, '') FROM articles WHERE id = OLD.article)
            AND article = OLD.article;
    END;
CREATE TRIGGER article_names_counted_out AFTER DELETE ON article_names BEGIN
        UPDATE names SET articles = articles - 1
            WHERE kind = OLD.kind AND name = OLD.name AND site IN (OLD.site, '');
        DELETE FROM names
            WHERE kind = OLD.kind AND name = OLD.name AND site IN (OLD.site, '') AND articles = 0;
    END;
CREATE INDEX files_kinds ON files(text_state, mime);
CREATE TRIGGER article_names_counted_in AFTER INSERT ON article_names WHEN NEW.article <= (SELECT last_article FROM summarised) BEGIN 
    INSERT INTO names (kind, name, site, articles)
        VALUES (NEW.kind, NEW.name, NEW.site, 1), (NEW.kind, NEW.name, '', 1)
        ON CONFLICT (kind, name, site) DO UPDATE SET articles = articles + 1;
 END;
CREATE TRIGGER tags_renamed AFTER UPDATE OF name ON tags WHEN OLD.name IS NOT NEW.name BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = OLD.name;
        
    INSERT OR IGNORE INTO article_names (kind, name, day, article, site)
        SELECT 'tag', tags.name, coalesce(articles.published_date, ''), articles.id, articles.site
        FROM article_tags JOIN tags ON tags.id = article_tags.tag JOIN articles ON articles.id = article_tags.article
 WHERE article_tags.tag = NEW.id AND articles.id <= (SELECT last_article FROM summarised);
    END;
CREATE TRIGGER article_tags_counted_anew AFTER UPDATE OF article, tag ON article_tags BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = (SELECT name FROM tags WHERE id = OLD.tag)
            AND day = (SELECT coalesce(articles.published_date, '') FROM articles WHERE id = OLD.article)
            AND article = OLD.article;
        
    INSERT OR IGNORE INTO article_names (kind, name, day, article, site)
        SELECT 'tag', tags.name, coalesce(articles.published_date, ''), articles.id, articles.site
        FROM article_tags JOIN tags ON tags.id = article_tags.tag JOIN articles ON articles.id = article_tags.article
 WHERE article_tags.tag = NEW.tag AND articles.id = NEW.article
            AND articles.id <= (SELECT last_article FROM summarised);
    END;
CREATE TRIGGER articles_tags_out BEFORE DELETE ON articles WHEN OLD.id <= (SELECT last_article FROM summarised) BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND day = coalesce(OLD.published_date, '') AND article = OLD.id AND name IN
            (SELECT tags.name FROM article_tags JOIN tags ON tags.id = article_tags.tag WHERE article = OLD.id);
    END;
