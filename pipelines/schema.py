"""The tables of `mirror.db`, as migrations of sqlite-utils: one function a step, never edited after a release.

Times of the crawler are UTC ISO 8601 with `Z`; times of a page carry the page's own zone. Booleans are 0/1.
Ids are stable: a row is updated in place and never replaced.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from pipelines.search import merge_seldom, rebuild, spell_anew
from pipelines.summaries import (
    count_names_together,
    create_summaries,
    drop_former_triggers,
    keep_summaries,
    keep_tags_in_step,
)

MIGRATIONS = Migrations("govnews")


@MIGRATIONS()
def m001_ground(db: Database) -> None:
    """The tables of the first release."""
    for statement in _GROUND:
        db.execute(statement)


@MIGRATIONS()
def m002_search(db: Database) -> None:
    """The search index, filled with the articles that are there."""
    rebuild(db)


_GROUND = (
    """
    CREATE TABLE sites (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        home TEXT NOT NULL,
        family TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE publishers (
        site TEXT NOT NULL REFERENCES sites(id),
        name TEXT NOT NULL,
        valid_from TEXT,
        valid_to TEXT,
        PRIMARY KEY (site, name)
    )
    """,
    """
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
    )
    """,
    """
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
        reading TEXT,
        CHECK (status IS NOT NULL OR error IS NOT NULL)
    )
    """,
    "CREATE INDEX captures_url ON captures(url)",
    "CREATE INDEX captures_run ON captures(run)",
    "CREATE INDEX captures_payload ON captures(payload_sha256)",
    """
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
        first_seen_at TEXT NOT NULL,
        UNIQUE (site, method, key, body_sha256)
    )
    """,
    "CREATE INDEX links_frontier ON links(site, state, priority, id)",
    """
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
        last_seen_at TEXT NOT NULL,
        PRIMARY KEY (site, key, listing)
    )
    """,
    "CREATE INDEX sightings_listing ON sightings(site, listing)",
    """
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
    )
    """,
    "CREATE INDEX articles_published ON articles(site, published_date)",
    """
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
    )
    """,
    "CREATE INDEX article_revisions_run ON article_revisions(run)",
    """
    CREATE TABLE article_urls (
        article INTEGER NOT NULL REFERENCES articles(id),
        url TEXT NOT NULL,
        category TEXT,
        first_seen_at TEXT NOT NULL,
        PRIMARY KEY (article, url)
    )
    """,
    "CREATE INDEX article_urls_url ON article_urls(url)",
    """
    CREATE TABLE article_fields (
        article INTEGER NOT NULL REFERENCES articles(id),
        field TEXT NOT NULL,
        rule TEXT NOT NULL,
        agrees INTEGER CHECK (agrees IN (0, 1)),
        PRIMARY KEY (article, field)
    )
    """,
    """
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
    )
    """,
    """
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
    )
    """,
    "CREATE INDEX attachments_link ON attachments(link)",
    "CREATE INDEX attachments_sha256 ON attachments(sha256)",
    """
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
    )
    """,
    "CREATE INDEX images_link ON images(link)",
    "CREATE INDEX images_sha256 ON images(sha256)",
    "CREATE INDEX files_pending ON files(text_state) WHERE text_state = 'pending'",
    "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE article_tags (
        article INTEGER NOT NULL REFERENCES articles(id),
        tag INTEGER NOT NULL REFERENCES tags(id),
        PRIMARY KEY (article, tag)
    )
    """,
    "CREATE INDEX article_tags_tag ON article_tags(tag)",
)


@MIGRATIONS()
def m003_events(db: Database) -> None:
    """The life of an article: what happened to it, when, and by which capture it is known."""
    db.execute(
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            article INTEGER NOT NULL REFERENCES articles(id),
            at TEXT NOT NULL,
            kind TEXT NOT NULL
                CHECK (kind IN ('created', 'edited', 'moved', 'unpublished', 'gone', 'restored')),
            capture INTEGER NOT NULL REFERENCES captures(id),
            details TEXT
        )
        """
    )
    db.execute("CREATE INDEX events_article ON events(article)")
    db.execute("CREATE INDEX links_url ON links(site, url)")
    db.execute("CREATE INDEX captures_redirect ON captures(redirect_to) WHERE redirect_to IS NOT NULL")
    db.execute(
        "INSERT INTO events (article, at, kind, capture) "
        "SELECT article, read_at, 'created', capture FROM article_revisions WHERE number = 1"
    )


@MIGRATIONS()
def m004_custody(db: Database) -> None:
    """Files that came in pieces, seals by a time-stamp authority, and a search that narrows to a unit."""
    db.execute("ALTER TABLE captures ADD COLUMN continues INTEGER REFERENCES captures(id)")
    db.execute("CREATE INDEX captures_continues ON captures(continues) WHERE continues IS NOT NULL")
    db.execute(
        """
        CREATE TABLE seals (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs(id),
            manifest TEXT NOT NULL,
            sealed_at TEXT NOT NULL,
            authority TEXT NOT NULL,
            token BLOB NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX seals_run ON seals(run)")
    db.execute("DROP INDEX articles_ranked")
    db.execute("CREATE INDEX articles_ranked ON articles(id, published_date, site, author_unit)")


@MIGRATIONS()
def m005_walks(db: Database) -> None:
    """Why each request is made, which listing pages belong together, how far they were walked, which hosts rest."""
    for statement in _WALKS:
        db.execute(statement)


_REASONS = "'found', 'listing', 'walk', 'sweep', 'revisit', 'left', 'retry', 'full', 'asked'"

_WALKS = (
    "ALTER TABLE links ADD COLUMN section TEXT",
    "ALTER TABLE links ADD COLUMN page INTEGER",
    f"ALTER TABLE links ADD COLUMN reason TEXT NOT NULL DEFAULT 'found' CHECK (reason IN ({_REASONS}))",
    "ALTER TABLE links ADD COLUMN looked_at TEXT",
    "ALTER TABLE links ADD COLUMN article INTEGER REFERENCES articles(id)",
    "ALTER TABLE links ADD COLUMN revisit_at TEXT",
    "CREATE INDEX links_section ON links(site, section, page, id) WHERE section IS NOT NULL",
    """
    CREATE INDEX links_unplaced ON links(site)
    WHERE section IS NULL AND kind IN ('listing', 'feed', 'sitemap') AND instr(key, '#') = 0
    """,
    "CREATE INDEX links_revisit ON links(site, revisit_at) WHERE revisit_at IS NOT NULL",
    "CREATE INDEX links_article ON links(article) WHERE article IS NOT NULL",
    "CREATE INDEX links_without_article ON links(site) WHERE article IS NULL AND kind IN ('article', 'listing')",
    "ALTER TABLE captures ADD COLUMN reason TEXT",
    "ALTER TABLE sightings ADD COLUMN left_at TEXT",
    "CREATE INDEX sightings_shown ON sightings(site, listing, last_seen_at) WHERE left_at IS NULL",
    "ALTER TABLE runs ADD COLUMN revisits INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN retries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN probes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN stopped_by TEXT CHECK (stopped_by IN ('signal', 'night', 'limit'))",
    """
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
    )
    """,
    """
    CREATE TABLE hosts (
        site TEXT NOT NULL REFERENCES sites(id),
        host TEXT NOT NULL,
        why TEXT NOT NULL,
        since TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 1,
        next_try_at TEXT NOT NULL,
        PRIMARY KEY (site, host)
    )
    """,
    """
    UPDATE links SET article = (
        SELECT min(articles.id) FROM article_urls JOIN articles ON articles.id = article_urls.article
        WHERE article_urls.url = links.url AND articles.site = links.site
    ) WHERE kind = 'article'
    """,
    """
    UPDATE links SET looked_at = coalesce(
        (SELECT max(last_seen_at) FROM sightings WHERE sightings.site = links.site AND listing = links.url),
        (SELECT fetched_at FROM captures WHERE captures.id = links.capture)
    ) WHERE kind IN ('listing', 'feed', 'sitemap') AND state = 'done'
    """,
    """
    UPDATE links SET revisit_at = strftime('%Y-%m-%dT%H:%M:%fZ', (
        SELECT last_seen_at FROM articles WHERE articles.id = links.article), '+30 days')
    WHERE article IS NOT NULL
    """,
)


@MIGRATIONS()
def m006_turns(db: Database) -> None:
    """Pages of listings that have no address of their own: how each is asked for from the page before it."""
    db.execute("ALTER TABLE links ADD COLUMN turn TEXT")


@MIGRATIONS()
def m007_summaries(db: Database) -> None:
    """Counts by month, and the articles of each name, that pages need at once; indexes for the newest and the gone."""
    create_summaries(db)


@MIGRATIONS()
def m008_lighter(db: Database) -> None:
    """The same with fewer places to write to for each article: new ones are summarised many at a time."""
    drop_former_triggers(db)
    for table, columns in _BY_ARTICLE.items():
        db.execute(f"CREATE TABLE lighter ({columns}) WITHOUT ROWID")
        db.execute(f"INSERT INTO lighter SELECT * FROM {table} ORDER BY 1, 2")
        db.execute(f"DROP TABLE {table}")
        db.execute(f"ALTER TABLE lighter RENAME TO {table}")
    for statement in _LIGHTER_INDEXES:
        db.execute(statement)
    keep_summaries(db)


# Their key is all that they are looked up by: a table and an index of it would hold the same twice.
_BY_ARTICLE = {
    "article_urls": """
        article INTEGER NOT NULL REFERENCES articles(id),
        url TEXT NOT NULL,
        category TEXT,
        first_seen_at TEXT NOT NULL,
        PRIMARY KEY (article, url)
    """,
    "article_fields": """
        article INTEGER NOT NULL REFERENCES articles(id),
        field TEXT NOT NULL,
        rule TEXT NOT NULL,
        agrees INTEGER CHECK (agrees IN (0, 1)),
        PRIMARY KEY (article, field)
    """,
}

_LIGHTER_INDEXES = (
    "CREATE INDEX article_urls_url ON article_urls(url)",
    # Most files have none yet when their row comes.
    "DROP INDEX attachments_sha256",
    "CREATE INDEX attachments_sha256 ON attachments(sha256) WHERE sha256 IS NOT NULL",
    "DROP INDEX images_sha256",
    "CREATE INDEX images_sha256 ON images(sha256) WHERE sha256 IS NOT NULL",
    # States are counted along it too.
    "DROP INDEX articles_states",
    "DROP INDEX articles_published",
    "CREATE INDEX articles_published ON articles(site, published_date, state)",
)


@MIGRATIONS()
def m009_kinds_of_files(db: Database) -> None:
    """An index that counts files by kind: without it, a facet would read every file's text."""
    db.execute("CREATE INDEX files_kinds ON files(text_state, mime)")


@MIGRATIONS()
def m010_less_at_once(db: Database) -> None:
    """Less to do for each article: names are counted together, parts of the search index merged eight at a time."""
    count_names_together(db)
    merge_seldom(db)


@MIGRATIONS()
def m011_by_hand(db: Database) -> None:
    """What is done to tags by hand reaches the summaries; texts are searched by the same words everywhere.

    Articles that were dropped from their visits, since something else stood at their address once, are visited again.
    """
    keep_tags_in_step(db)
    spell_anew(db)
    db.execute(
        "UPDATE links SET revisit_at = strftime('%Y-%m-%dT%H:%M:%fZ', looked_at, '+30 days') "
        "WHERE article IS NOT NULL AND kind = 'article' AND state = 'done' AND revisit_at IS NULL"
    )
