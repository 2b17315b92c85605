"""Counts and lists that a page needs at once, whatever the size of the mirror; triggers keep them in step.

- `article_months`: how many articles of each month a site has.
- `article_names`: the articles of each unit, author, tag and section, in the order of their days.
- `names`: how many articles each of those has, on each site and on all of them.

They hold nothing that is not in the other tables. Triggers keep them, because whoever writes an article, a tag or a
correction by hand must not have to think of them.
"""

from __future__ import annotations

from sqlite_utils import Database


def create_summaries(db: Database) -> None:
    """Make the three tables, fill them with the articles that are there, and let triggers keep them."""
    for statement in (*_TABLES, *_FILL, *_TRIGGERS):
        db.execute(statement)


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

_FILL = (
    f"""
    INSERT INTO article_months (site, month, articles)
    SELECT site, {_MONTH.format(row="articles")}, count(*) FROM articles GROUP BY 1, 2
    """,
    f"""
    INSERT INTO article_names (kind, name, day, article, site)
    SELECT kind, name, day, article, site FROM (
        SELECT 'unit' AS kind, author_unit AS name, {_DAY.format(row="articles")} AS day, id AS article, site
            FROM articles WHERE author_unit IS NOT NULL
        UNION ALL SELECT 'section', category, {_DAY.format(row="articles")}, id, site
            FROM articles WHERE category IS NOT NULL
        UNION ALL SELECT DISTINCT 'author', trim(value), {_DAY.format(row="articles")}, articles.id, site
            FROM articles, json_each('[' || replace(json_quote(author), '; ', '","') || ']')
            WHERE author IS NOT NULL AND trim(value) != ''
        UNION ALL SELECT 'tag', tags.name, {_DAY.format(row="articles")}, articles.id, site
            FROM article_tags JOIN tags ON tags.id = article_tags.tag
            JOIN articles ON articles.id = article_tags.article
    ) ORDER BY kind, name, day, article
    """,
    """
    INSERT INTO names (kind, name, site, articles)
    SELECT kind, name, site, count(*) FROM article_names GROUP BY 1, 2, 3
    UNION ALL SELECT kind, name, '', count(*) FROM article_names GROUP BY 1, 2
    """,
)

_MONTH_IN = f"""
    INSERT INTO article_months (site, month, articles) VALUES (NEW.site, {_MONTH.format(row="NEW")}, 1)
        ON CONFLICT (site, month) DO UPDATE SET articles = articles + 1;
"""
_ONE_NAME = f"""
    INSERT INTO article_names (kind, name, day, article, site)
        VALUES ('{{kind}}', {{name}}, {_DAY.format(row="NEW")}, NEW.id, NEW.site);
"""
_SEVERAL_AUTHORS = f"""
    INSERT INTO article_names (kind, name, day, article, site)
        SELECT 'author', name, {_DAY.format(row="NEW")}, NEW.id, NEW.site FROM ({_AUTHORS_OF.format(row="NEW")});
"""
_COUNT_IN = f"""
    {_MONTH_IN}
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

_TRIGGERS = (
    # A new article comes often, and mostly without some of these: each has a trigger of its own, which then costs
    # nothing. One author is not taken apart.
    f"CREATE TRIGGER articles_counted_in AFTER INSERT ON articles BEGIN {_MONTH_IN} END",
    f"""
    CREATE TRIGGER articles_unit_in AFTER INSERT ON articles WHEN NEW.author_unit IS NOT NULL
    BEGIN {_ONE_NAME.format(kind="unit", name="NEW.author_unit")} END
    """,
    f"""
    CREATE TRIGGER articles_section_in AFTER INSERT ON articles WHEN NEW.category IS NOT NULL
    BEGIN {_ONE_NAME.format(kind="section", name="NEW.category")} END
    """,
    f"""
    CREATE TRIGGER articles_author_in AFTER INSERT ON articles
    WHEN NEW.author IS NOT NULL AND instr(NEW.author, '; ') = 0 AND trim(NEW.author) != ''
    BEGIN {_ONE_NAME.format(kind="author", name="trim(NEW.author)")} END
    """,
    f"""
    CREATE TRIGGER articles_authors_in AFTER INSERT ON articles WHEN instr(NEW.author, '; ') > 0
    BEGIN {_SEVERAL_AUTHORS} END
    """,
    f"CREATE TRIGGER articles_counted_out BEFORE DELETE ON articles BEGIN {_COUNT_OUT} END",
    f"""
    CREATE TRIGGER articles_counted_anew AFTER UPDATE OF site, published_date, author, author_unit, category ON articles
    WHEN OLD.site IS NOT NEW.site OR OLD.published_date IS NOT NEW.published_date OR OLD.author IS NOT NEW.author
        OR OLD.author_unit IS NOT NEW.author_unit OR OLD.category IS NOT NEW.category
    BEGIN {_COUNT_OUT} {_COUNT_IN} {_MOVE_TAGS} END
    """,
    f"""
    CREATE TRIGGER article_tags_counted_in AFTER INSERT ON article_tags BEGIN
        INSERT INTO article_names (kind, name, day, article, site)
            SELECT 'tag', tags.name, {_DAY.format(row="articles")}, articles.id, articles.site
            FROM tags, articles WHERE tags.id = NEW.tag AND articles.id = NEW.article;
    END
    """,
    f"""
    CREATE TRIGGER article_tags_counted_out AFTER DELETE ON article_tags BEGIN
        DELETE FROM article_names WHERE kind = 'tag' AND name = (SELECT name FROM tags WHERE id = OLD.tag)
            AND day = (SELECT {_DAY.format(row="articles")} FROM articles WHERE id = OLD.article)
            AND article = OLD.article;
    END
    """,
    """
    CREATE TRIGGER article_names_counted_in AFTER INSERT ON article_names BEGIN
        INSERT INTO names (kind, name, site, articles)
            VALUES (NEW.kind, NEW.name, NEW.site, 1), (NEW.kind, NEW.name, '', 1)
            ON CONFLICT (kind, name, site) DO UPDATE SET articles = articles + 1;
    END
    """,
    """
    CREATE TRIGGER article_names_counted_out AFTER DELETE ON article_names BEGIN
        UPDATE names SET articles = articles - 1
            WHERE kind = OLD.kind AND name = OLD.name AND site IN (OLD.site, '');
        DELETE FROM names
            WHERE kind = OLD.kind AND name = OLD.name AND site IN (OLD.site, '') AND articles = 0;
    END
    """,
)
