"""Counts and lists that a page needs at once, whatever the size of the mirror.

- `article_months`: how many articles of each month a site has.
- `article_names`: the articles of each unit, author, tag and section, in the order of their days.
- `names`: how many articles each of those has, on each site and on all of them.
- `summarised`: the last article that they hold.

They hold nothing that is not in the other tables. New articles are taken in many at a time, since that costs a fifth of
taking in each: at the end of a run, and while it goes on whenever `MOST_WAITING` wait. Of those that were taken in,
triggers keep every change, because whoever writes a tag or a correction by hand must not have to think of them.
"""

from __future__ import annotations

from sqlite_utils import Database

MOST_WAITING = 100
"""So many new articles at most stand in the mirror and not yet in these tables, during a run."""


def create_summaries(db: Database) -> None:
    """Make the tables of names and months, and fill them with the articles that are there."""
    for statement in _TABLES:
        db.execute(statement)
    every = {"first": 1, "last": _last_article(db)}
    db.execute(_LIST_MONTHS, every)
    db.execute(_LIST_NAMES, every)
    db.execute(_COUNT_NAMES)


def drop_former_triggers(db: Database) -> None:
    """Take away what took in every article at once, in mirrors of version m007."""
    for trigger in _FORMER_TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")


def keep_summaries(db: Database) -> None:
    """Note how far they go, and let triggers keep what they hold."""
    db.execute("CREATE TABLE summarised (last_article INTEGER NOT NULL)")
    db.execute("INSERT INTO summarised VALUES (?)", [_last_article(db)])
    for statement in _TRIGGERS:
        db.execute(statement)


def count_names_together(db: Database) -> None:
    """Count the names of articles that are taken in together at once, where a trigger of m008 counted each."""
    db.execute("DROP TRIGGER article_names_counted_in")
    db.execute(
        f"CREATE TRIGGER article_names_counted_in AFTER INSERT ON article_names "
        f"WHEN {_IS_TAKEN_IN.format(article='NEW.article')} BEGIN {_COUNT_NAME} END"
    )


def keep_tags_in_step(db: Database) -> None:
    """Let triggers follow a tag that is renamed or given to another article, and articles that go before their tags."""
    for statement in _TAG_TRIGGERS:
        db.execute(statement)


def summarise_now_and_then(db: Database, articles: range) -> None:
    """Take in articles whose ids were just given, and those before them, unless few wait."""
    if articles.start // MOST_WAITING != articles.stop // MOST_WAITING:
        summarise(db)


def summarise(db: Database) -> None:
    """Take in the articles that came since the last time; in a transaction."""
    done, last = db.execute("SELECT last_article FROM summarised").fetchone()[0], _last_article(db)
    if last > done:
        for statement in (_LIST_MONTHS, _LIST_NAMES, _COUNT_NEW_NAMES):
            db.execute(statement, {"first": done + 1, "last": last})
        db.execute("UPDATE summarised SET last_article = ?", [last])


def _last_article(db: Database) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0])


_TABLES = (
    """
    CREATE TABLE article_months (
        site TEXT NOT NULL REFERENCES sites(id),
        month TEXT NOT NULL,
        articles INTEGER NOT NULL,
        PRIMARY KEY (site, month)
    ) WITHOUT ROWID
    """,
    # Without a foreign key to `articles`: Datasette would count along it on every page of an article, without an index.
    """
    CREATE TABLE article_names (
        kind TEXT NOT NULL CHECK (kind IN ('unit', 'author', 'tag', 'section')),
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        article INTEGER NOT NULL,
        site TEXT NOT NULL,
        PRIMARY KEY (kind, name, day, article)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE names (
        kind TEXT NOT NULL CHECK (kind IN ('unit', 'author', 'tag', 'section')),
        name TEXT NOT NULL,
        site TEXT NOT NULL,
        articles INTEGER NOT NULL,
        PRIMARY KEY (kind, name, site)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX names_site ON names(site, kind, articles)",
    "CREATE INDEX articles_newest ON articles(published_date)",
    # Without it, counting states would read every article whole.
    "CREATE INDEX articles_states ON articles(site, state)",
    "CREATE INDEX articles_away ON articles(state, site) WHERE state != 'live'",
    "CREATE INDEX events_kind ON events(kind, at)",
)

_DAY = "coalesce({row}.published_date, '')"
_MONTH = "substr(coalesce({row}.published_date, ''), 1, 7)"

# An article has one unit and one section, and several authors joined with `; `, which become a JSON array here.
_AUTHORS_OF = """
    SELECT DISTINCT trim(value) AS name FROM json_each('[' || replace(json_quote({row}.author), '; ', '","') || ']')
    WHERE trim(value) != ''
"""

_NAMES_OF = f"""
    SELECT 'unit' AS kind, author_unit AS name, {_DAY.format(row="articles")} AS day, id AS article, site
        FROM articles WHERE id BETWEEN :first AND :last AND author_unit IS NOT NULL
    UNION ALL SELECT 'section', category, {_DAY.format(row="articles")}, id, site
        FROM articles WHERE id BETWEEN :first AND :last AND category IS NOT NULL
    UNION ALL SELECT DISTINCT 'author', trim(value), {_DAY.format(row="articles")}, articles.id, site
        FROM articles, json_each('[' || replace(json_quote(author), '; ', '","') || ']')
        WHERE articles.id BETWEEN :first AND :last AND author IS NOT NULL AND trim(value) != ''
    UNION ALL SELECT 'tag', tags.name, {_DAY.format(row="articles")}, articles.id, site
        FROM article_tags CROSS JOIN tags ON tags.id = article_tags.tag
        CROSS JOIN articles ON articles.id = article_tags.article
        WHERE article_tags.article BETWEEN :first AND :last
"""

_LIST_MONTHS = f"""
    INSERT INTO article_months (site, month, articles)
    SELECT site, {_MONTH.format(row="articles")}, count(*) FROM articles WHERE id BETWEEN :first AND :last GROUP BY 1, 2
    ON CONFLICT (site, month) DO UPDATE SET articles = articles + excluded.articles
"""
_LIST_NAMES = f"""
    INSERT INTO article_names (kind, name, day, article, site)
    SELECT kind, name, day, article, site FROM ({_NAMES_OF}) ORDER BY kind, name, day, article
"""
_COUNT_NEW_NAMES = f"""
    INSERT INTO names (kind, name, site, articles)
    WITH fresh AS MATERIALIZED (SELECT kind, name, site, count(*) AS articles FROM ({_NAMES_OF}) GROUP BY 1, 2, 3)
    SELECT kind, name, site, articles FROM fresh
    UNION ALL SELECT kind, name, '', sum(articles) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2, 3
    ON CONFLICT (kind, name, site) DO UPDATE SET articles = articles + excluded.articles
"""
_COUNT_NAMES = """
    INSERT INTO names (kind, name, site, articles)
    SELECT kind, name, site, count(*) FROM article_names GROUP BY 1, 2, 3
    UNION ALL SELECT kind, name, '', count(*) FROM article_names GROUP BY 1, 2
"""

_COUNT_IN = f"""
    INSERT INTO article_months (site, month, articles) VALUES (NEW.site, {_MONTH.format(row="NEW")}, 1)
        ON CONFLICT (site, month) DO UPDATE SET articles = articles + 1;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'unit', NEW.author_unit, {_DAY.format(row="NEW")}, NEW.id, NEW.site WHERE NEW.author_unit IS NOT NULL;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'section', NEW.category, {_DAY.format(row="NEW")}, NEW.id, NEW.site WHERE NEW.category IS NOT NULL;
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'author', name, {_DAY.format(row="NEW")}, NEW.id, NEW.site FROM ({_AUTHORS_OF.format(row="NEW")})
        WHERE NEW.author IS NOT NULL;
"""
_COUNT_OUT = f"""
    UPDATE article_months SET articles = articles - 1
        WHERE site = OLD.site AND month = {_MONTH.format(row="OLD")};
    DELETE FROM article_months
        WHERE site = OLD.site AND month = {_MONTH.format(row="OLD")} AND articles = 0;
    DELETE FROM article_names WHERE day = {_DAY.format(row="OLD")} AND article = OLD.id
        AND ((kind = 'unit' AND name = OLD.author_unit) OR (kind = 'section' AND name = OLD.category));
    DELETE FROM article_names WHERE day = {_DAY.format(row="OLD")} AND article = OLD.id
        AND kind = 'author' AND name IN ({_AUTHORS_OF.format(row="OLD")}) AND OLD.author IS NOT NULL;
"""
_MOVE_TAGS = f"""
    DELETE FROM article_names WHERE kind = 'tag' AND day = {_DAY.format(row="OLD")} AND article = OLD.id
        AND name IN (SELECT tags.name FROM article_tags JOIN tags ON tags.id = article_tags.tag WHERE article = OLD.id);
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'tag', tags.name, {_DAY.format(row="NEW")}, NEW.id, NEW.site
        FROM article_tags JOIN tags ON tags.id = article_tags.tag WHERE article = NEW.id;
"""

_COUNT_NAME = """
    INSERT INTO names (kind, name, site, articles)
        VALUES (NEW.kind, NEW.name, NEW.site, 1), (NEW.kind, NEW.name, '', 1)
        ON CONFLICT (kind, name, site) DO UPDATE SET articles = articles + 1;
"""

_FORMER_TRIGGERS = (
    "articles_counted_in",
    "articles_unit_in",
    "articles_section_in",
    "articles_author_in",
    "articles_authors_in",
    "articles_counted_out",
    "articles_counted_anew",
    "article_tags_counted_in",
    "article_tags_counted_out",
    "article_names_counted_in",
    "article_names_counted_out",
)

_IS_TAKEN_IN = "{article} <= (SELECT last_article FROM summarised)"

_TRIGGERS = (
    # By hand alone does an article come below the last one.
    f"""
    CREATE TRIGGER articles_counted_in AFTER INSERT ON articles WHEN {_IS_TAKEN_IN.format(article="NEW.id")}
    BEGIN {_COUNT_IN} END
    """,
    f"""
    CREATE TRIGGER articles_counted_out BEFORE DELETE ON articles WHEN {_IS_TAKEN_IN.format(article="OLD.id")}
    BEGIN {_COUNT_OUT} END
    """,
    # The number of the last article is given again when that is deleted.
    """
    CREATE TRIGGER articles_last_out AFTER DELETE ON articles BEGIN
        UPDATE summarised SET last_article = min(last_article, (SELECT coalesce(max(id), 0) FROM articles));
    END
    """,
    f"""
    CREATE TRIGGER articles_counted_anew AFTER UPDATE OF site, published_date, author, author_unit, category ON articles
    WHEN {_IS_TAKEN_IN.format(article="OLD.id")} AND (OLD.site IS NOT NEW.site
        OR OLD.published_date IS NOT NEW.published_date OR OLD.author IS NOT NEW.author
        OR OLD.author_unit IS NOT NEW.author_unit OR OLD.category IS NOT NEW.category)
    BEGIN {_COUNT_OUT} {_COUNT_IN} {_MOVE_TAGS} END
    """,
    f"""
    CREATE TRIGGER article_tags_counted_in AFTER INSERT ON article_tags
    WHEN {_IS_TAKEN_IN.format(article="NEW.article")} BEGIN
        INSERT INTO article_names (kind, name, day, article, site)
            SELECT 'tag', tags.name, {_DAY.format(row="articles")}, articles.id, articles.site
            FROM tags, articles WHERE tags.id = NEW.tag AND articles.id = NEW.article;
    END
    """,
    f"""
    CREATE TRIGGER article_tags_counted_out AFTER DELETE ON article_tags
    WHEN {_IS_TAKEN_IN.format(article="OLD.article")} BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = (SELECT name FROM tags WHERE id = OLD.tag)
            AND day = (SELECT {_DAY.format(row="articles")} FROM articles WHERE id = OLD.article)
            AND article = OLD.article;
    END
    """,
    f"CREATE TRIGGER article_names_counted_in AFTER INSERT ON article_names BEGIN {_COUNT_NAME} END",
    """
    CREATE TRIGGER article_names_counted_out AFTER DELETE ON article_names BEGIN
        UPDATE names SET articles = articles - 1
            WHERE kind = OLD.kind AND name = OLD.name AND site IN (OLD.site, '');
        DELETE FROM names
            WHERE kind = OLD.kind AND name = OLD.name AND site IN (OLD.site, '') AND articles = 0;
    END
    """,
)

_IN_ARTICLE_NAMES = f"""
    INSERT OR IGNORE INTO article_names (kind, name, day, article, site)
        SELECT 'tag', tags.name, {_DAY.format(row="articles")}, articles.id, articles.site
        FROM article_tags JOIN tags ON tags.id = article_tags.tag JOIN articles ON articles.id = article_tags.article
"""

_TAG_TRIGGERS = (
    # Their names are those from before: `tags` itself has the new one already.
    f"""
    CREATE TRIGGER tags_renamed AFTER UPDATE OF name ON tags WHEN OLD.name IS NOT NEW.name BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = OLD.name;
        {_IN_ARTICLE_NAMES} WHERE article_tags.tag = NEW.id AND {_IS_TAKEN_IN.format(article="articles.id")};
    END
    """,
    f"""
    CREATE TRIGGER article_tags_counted_anew AFTER UPDATE OF article, tag ON article_tags BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = (SELECT name FROM tags WHERE id = OLD.tag)
            AND day = (SELECT {_DAY.format(row="articles")} FROM articles WHERE id = OLD.article)
            AND article = OLD.article;
        {_IN_ARTICLE_NAMES} WHERE article_tags.tag = NEW.tag AND articles.id = NEW.article
            AND {_IS_TAKEN_IN.format(article="articles.id")};
    END
    """,
    f"""
    CREATE TRIGGER articles_tags_out BEFORE DELETE ON articles WHEN {_IS_TAKEN_IN.format(article="OLD.id")} BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND day = {_DAY.format(row="OLD")} AND article = OLD.id AND name IN
            (SELECT tags.name FROM article_tags JOIN tags ON tags.id = article_tags.tag WHERE article = OLD.id);
    END
    """,
)
