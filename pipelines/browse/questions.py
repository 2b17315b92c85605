"""Saved questions: each a query with one line on what it answers, offered by Datasette beside the tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A saved query; what stands as `:word` in its SQL is asked for in a form."""

    name: str
    title: str
    answers: str
    sql: str


QUESTIONS = (
    Question(
        name="news_of_the_week",
        title="This week's news",
        answers="The articles that their pages date within the last seven days, newest first.",
        sql="""
SELECT articles.id AS article, articles.published_date, sites.title AS site_title, articles.title,
    articles.author_unit, articles.author
FROM articles JOIN sites ON sites.id = articles.site
WHERE articles.published_date BETWEEN date('now', '+7 hours', '-6 days') AND date('now', '+7 hours')
ORDER BY articles.published_date DESC, articles.id DESC
LIMIT 500
""",
    ),
    Question(
        name="articles_of_a_unit",
        title="Articles of a unit",
        answers="What one office published on every site, newest first; type its name as the pages print it.",
        sql="""
SELECT articles.id AS article, articles.published_date, articles.site, articles.title, articles.author
FROM article_names JOIN articles ON articles.id = article_names.article
WHERE article_names.kind = 'unit' AND article_names.name = :unit
ORDER BY article_names.day DESC, articles.id DESC
LIMIT 500
""",
    ),
    Question(
        name="what_one_author_wrote",
        title="What one author wrote",
        answers="The articles of one person, alone or with others, newest first; type the name as the pages print it.",
        sql="""
SELECT articles.id AS article, articles.published_date, articles.site, articles.title, articles.author,
    articles.author_unit
FROM article_names JOIN articles ON articles.id = article_names.article
WHERE article_names.kind = 'author' AND article_names.name = :author
ORDER BY article_names.day DESC, articles.id DESC
LIMIT 500
""",
    ),
    Question(
        name="edited_after_publication",
        title="Edited after publication",
        answers="The articles whose page said something else at a later visit, and which columns changed.",
        sql="""
SELECT events.article, events.at, articles.site, articles.title,
    (SELECT group_concat(value, ', ') FROM json_each(events.details, '$.changed')) AS changed, events.capture
FROM events JOIN articles ON articles.id = events.article
WHERE events.kind = 'edited'
ORDER BY events.at DESC
LIMIT 500
""",
    ),
    Question(
        name="gone_from_the_web",
        title="Gone from the web",
        answers="The articles that are no longer on their site, since when, and the answer by which that is known.",
        sql="""
SELECT events.article, articles.state, events.at AS since, articles.site, articles.published_date, articles.title,
    captures.status, events.capture
FROM events JOIN articles ON articles.id = events.article JOIN captures ON captures.id = events.capture
WHERE events.kind IN ('gone', 'unpublished') AND articles.state = events.kind
ORDER BY events.at DESC
LIMIT 500
""",
    ),
    Question(
        name="attachments_without_text",
        title="Attachments without text",
        answers="The stored files that search cannot look into, mostly scans, with the reason and an article of each.",
        sql="""
SELECT files.sha256, files.text_state, files.text_detail, files.mime, files.bytes, files.pages,
    attachments.article, coalesce(attachments.label, attachments.filename) AS label
FROM files JOIN attachments ON attachments.sha256 = files.sha256
WHERE files.text_state != 'done'
GROUP BY files.sha256
ORDER BY files.text_state, files.bytes DESC
LIMIT 500
""",
    ),
    Question(
        name="holes_by_month",
        title="Holes by month",
        answers="The months without a single article between the first and the last that a site has.",
        sql="""
WITH RECURSIVE spans AS (
    SELECT site, min(month) AS first, max(month) AS last FROM article_months
    WHERE month BETWEEN '1990-01' AND strftime('%Y-%m', 'now') GROUP BY site
), every AS (
    SELECT site, first AS month, last FROM spans
    UNION ALL
    SELECT site, strftime('%Y-%m', month || '-01', '+1 month'), last FROM every WHERE month < last
)
SELECT every.site, sites.title AS site_title, every.month
FROM every JOIN sites ON sites.id = every.site
LEFT JOIN article_months ON article_months.site = every.site AND article_months.month = every.month
WHERE article_months.articles IS NULL
ORDER BY every.site, every.month
""",
    ),
    Question(
        name="files_not_kept",
        title="Attachments that are not kept",
        answers="The files that articles link to and the mirror could not get, with the reason.",
        sql="""
SELECT attachments.article, articles.site, attachments.state, attachments.error,
    coalesce(attachments.label, attachments.filename) AS label, attachments.url
FROM attachments JOIN articles ON articles.id = attachments.article
WHERE attachments.state != 'stored'
ORDER BY attachments.id DESC
LIMIT 500
""",
    ),
    Question(
        name="newest_runs",
        title="The newest runs",
        answers="What the last hundred crawls, imports and re-readings did, and how each ended.",
        sql="""
SELECT id AS run, site, kind, started_at, finished_at, outcome, detail, requests, articles_new, articles_changed,
    files_new, errors
FROM runs ORDER BY id DESC LIMIT 100
""",
    ),
)
