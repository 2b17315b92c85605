"""What every table and column of `mirror.db` means, and questions that it answers: the words of SCHEMA.md, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWords:
    """What one row of a table is, and what each of its columns says."""

    row: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question that someone asks of the mirror, and the SQL that answers it."""

    question: str
    sql: str


_PUBLISHED_AT = (
    "The page's own time of publication in the page's own zone: ISO 8601 to the minute with offset where the page "
    "gives a time (`2024-05-07T20:01+07:00`), a bare day where it gives a day; null where nothing can be trusted."
)

_READING = {
    "title": "The headline, on one line.",
    "lead": "The summary above the text (sapo), which is not repeated in `body`; null where there is none.",
    "body": "The text in reading order, one block a line, the captions of pictures in their place; a table's row is a "
    "line with tabs between its cells.",
    "body_html": "The same text as cleaned HTML, without scripts and styles, with absolute addresses.",
    "published_at": _PUBLISHED_AT,
    "published_text": "The date as the page prints it; null where it prints none.",
    "modified_at": "The page's own time of its last change, written as `published_at`; null where it says none.",
    "author": "The people who wrote it, several joined with `; `; null where none is named.",
    "author_unit": "The office or unit that wrote it or that the author belongs to; null where none is named.",
    "byline_text": "The by-line as the page prints it; null where there is none.",
    "source": "The outlet that the article is taken from, as the page names it; null where it names none.",
    "category": "The section that the page names for the article; null where it names none.",
    "language": "The language as a primary BCP 47 subtag such as `vi`; null where it could not be told.",
    "quality": "How sure the reading is, from 0 (nothing found) to 1 (all found, and two ways of reading agree).",
    "family": "The CMS family whose rules read the page; null where it was read by its shape alone.",
    "reader_version": "The version of the reader that made this reading.",
    "content_sha256": "SHA-256 of what makes a change: title, lead, body, publication time, people, source, "
    "attachments and tags.",
}

_FILE = {
    "id": "The row's number, which stays.",
    "article": "The article.",
    "url": "The address of the file, as it is asked for.",
    "filename": "The file's name, as the server or the address gives it; null where neither does.",
    "position": "Its place in the article, counted from 1; null once it has left the page.",
    "state": "`pending` (waits to be fetched), `stored` (its bytes are kept), `missing` (404 or 410), `too_large` "
    "(over the cap of the site), `not_a_file` (something else came, mostly a web page) or `failed` (any other fault).",
    "error": "Why it is not stored, in a few words; null where nothing went wrong.",
    "tries": "How many tries it has taken so far; 0 where it came for another article.",
    "next_try_at": "The time before which it is not asked for again; null where no such time is set.",
    "capture": "The capture that its state is known by; null before the first.",
    "sha256": "The file that it is, once stored; null until then.",
}

TABLES: Mapping[str, TableWords] = {
    "sites": TableWords(
        row="A site that was crawled or imported.",
        columns={
            "id": "The name of its site file, such as `krongno`.",
            "title": "The site's name, as people know it.",
            "home": "The address at which a crawl begins.",
            "family": "The CMS family that its site file names; `auto` where every page tells its own, `none` where "
            "pages are read without one.",
        },
    ),
    "publishers": TableWords(
        row="An office that answered for a site during some time.",
        columns={
            "site": "The site.",
            "name": "The office's name.",
            "valid_from": "The first day (`YYYY-MM-DD`); null where it is not known or there is no beginning.",
            "valid_to": "The last day, itself included; null while the office still answers for the site.",
        },
    ),
    "runs": TableWords(
        row="A crawl, an import or a re-reading of one site.",
        columns={
            "id": "The run's number; later runs have higher ones.",
            "site": "The site.",
            "kind": "`crawl`, `import` (from another archive) or `re-read` (the archive read again by a newer reader).",
            "started_at": "When it began.",
            "finished_at": "When it ended; null while it is under way.",
            "outcome": "`ok`, `partial` (something waits for the next run), `failed` or `interrupted`; null while it "
            "is under way.",
            "detail": "Why it did not end as `ok`, or what limited it, in a sentence; null where there is nothing to "
            "say.",
            "requests": "How many requests it made, those without an answer included.",
            "bytes": "How many bytes the responses take in the archive, compressed.",
            "not_modified": "How many answers said that nothing had changed (304).",
            "dead_links": "How many links led nowhere (404, 403 and the like).",
            "errors": "How many answers were passing faults (no answer, 429, 5xx, a broken connection).",
            "unreadable": "How many pages came but could not be read; they are kept in the archive.",
            "articles_new": "How many articles it saw for the first time.",
            "articles_changed": "How many known articles read differently than before.",
            "articles_unchanged": "How many known articles were sent again and read the same.",
            "not_articles": "How many pages were read and are no articles (listings, error pages and so on).",
            "files_new": "How many files came that the mirror did not have yet.",
            "files_failed": "How many requests for a file or picture brought none.",
            "revisits": "How many requests looked again at an article because its time had come, or because it had "
            "left its lists.",
            "retries": "How many requests tried again what had failed before.",
            "probes": "How many requests were for robots.txt, or for other addresses that no page links to.",
            "stopped_by": "What cut it short: `signal`, `night` (the hours of the site file were over) or `limit`; "
            "null where nothing did.",
            "manifest": "The seal of the run as JSON: hashes of its captures, of what they were read as, of its "
            "revisions, files, new articles and events, of its own row, and of the seal of the site's run before; null "
            "while it is under way.",
        },
    ),
    "seals": TableWords(
        row="A timestamp (RFC 3161) over the seal of a run: an outsider's word that it existed at that time.",
        columns={
            "id": "The seal's number.",
            "run": "The run whose manifest was stamped.",
            "manifest": "The hash that was stamped: `sha256` of the run's manifest, as 64 hexadecimal digits.",
            "sealed_at": "The time that the authority puts its name to.",
            "authority": "The address of the authority.",
            "token": "The authority's whole answer, in DER, as OpenSSL reads it.",
        },
    ),
    "captures": TableWords(
        row="A request and what came back, never changed afterwards.",
        columns={
            "id": "The capture's number; later captures have higher ones.",
            "run": "The run that made it.",
            "site": "The site.",
            "method": "The method of the request, `GET` or `POST`.",
            "url": "The address that was asked for.",
            "request_sha256": "SHA-256 of the request's body; null where it had none.",
            "fetched_at": "When the request was sent.",
            "status": "The HTTP status; null where nothing came.",
            "error": "Why nothing came, or why the body could not be decoded; null where all went well.",
            "mime": "The media type that the server declared, without parameters; null where it declared none.",
            "payload_sha256": "SHA-256 of the body as it was sent (perhaps compressed); null where there was none.",
            "body_sha256": "SHA-256 of the decoded body; null where there was none or it could not be decoded.",
            "etag": "The ETag header; null where there was none.",
            "last_modified": "The Last-Modified header, as sent; null where there was none.",
            "redirect_to": "The address that a redirect points to, made absolute; null where it was no redirect.",
            "tls": "The protocol and whether the certificate was `verified` or `unverified`, as `TLSv1.3 verified`; "
            "`weak` behind it where old keys and ciphers were allowed; null over plain HTTP, and where not known.",
            "truncated": "Why the body is not whole: `length` (over the cap), `time` or `disconnect`; null where it is "
            "whole.",
            "warc": "The archive file, relative to the output folder; null where nothing came.",
            "offset": "Where in that file the response's record begins, in bytes; null where nothing came.",
            "length": "How many bytes the record takes there, compressed; null where nothing came.",
            "record_id": "The record's WARC-Record-ID; null where nothing came.",
            "continues": "The capture whose bytes this one goes on from: a file that broke off was asked for from "
            "there on (`Range`, status 206); null for every other answer.",
            "kind": "What made it: `crawl`, or the kind of import.",
            "source": "Where it comes from: `recovered` for an answer that a killed run left in the archive, or the "
            "archive that it was imported from; null for an ordinary request.",
            "reason": "Why it was asked for: as in `links`, or `probe` for robots.txt and the like; null for what was "
            "imported or recovered.",
            "reading": "What came: `article`, `not an article: <reason>` or `unreadable: <why>` for a page, its state "
            "(or `redirected`) for a file; null for feeds, redirects, faults and pages not read.",
        },
    ),
    "links": TableWords(
        row="Something to fetch, or fetched: the frontier, which outlives every run.",
        columns={
            "id": "The link's number, which stays.",
            "site": "The site.",
            "method": "The method of the request, `GET` or `POST`.",
            "url": "The address to ask for, spelled as the site spells it.",
            "key": "The address in canonical spelling, under which two links are one; for a page of a listing that has "
            "no address of its own the listing's, `#`, the pager and the number of the page.",
            "body": "The request's body; empty for a `GET`.",
            "body_sha256": "SHA-256 of the request's body; the empty text where it has none.",
            "kind": "What it is taken for: `listing`, `article`, `file`, `image`, `feed`, `sitemap` or `probe` (asked "
            "for without a link to it, such as robots.txt).",
            "priority": "What is fetched first: the lowest number, from 0 to 5.",
            "state": "`pending` (to be fetched), `done`, `failed` (a later run may try again) or `excluded` "
            "(never fetched).",
            "tries": "How many tries have failed since the last good answer.",
            "hops": "How many redirects led to it, one after the other.",
            "next_try_at": "The time before which it is not asked for again; null where no such time is set.",
            "error": "Why the last try failed, or why the link is excluded; null where neither is so.",
            "capture": "The capture of the last good answer; null before there was one.",
            "first_seen_at": "When the link was found.",
            "section": "Of a listing, feed or sitemap: the section that it is a page of, by the address that all pages "
            "of it share; null for other kinds.",
            "page": "Its place among the pages of the section (0 for the one without a number); null for other kinds.",
            "reason": "Why it waits or was last asked for: `found` (new), `listing`, `walk` or `sweep` (a list is "
            "looked at), `revisit` (its time has come), `left` (it left its lists), `retry` (it failed), `full` or "
            "`asked` (by the user).",
            "looked_at": "When its last good answer was kept; null before there was one.",
            "article": "The article that its last good answer held; null where it held none.",
            "revisit_at": "When the article is to be looked at again; null where that is not planned.",
            "turn": "For a page of a listing that has no address of its own, as JSON: which page of which list it is, "
            "and what its request needs from the page before it; null for all other links.",
        },
    ),
    "sightings": TableWords(
        row="A link that a listing, feed or sitemap showed as an entry, with what stood beside it.",
        columns={
            "site": "The site.",
            "url": "The address of the entry, spelled as the listing spells it.",
            "key": "The address in canonical spelling, as in `links`.",
            "listing": "The address of the listing, feed or sitemap; for a page without an own address its `key` "
            "in `links`.",
            "position": "Its place there when last seen, counted from 1; null where it has none.",
            "title": "The entry's title; null where it shows none.",
            "date_text": "The date beside the entry, as printed; null where there is none.",
            "listed_date": "The day that this date means (`YYYY-MM-DD`); null where it could not be understood.",
            "first_seen_at": "When the listing was first seen with it.",
            "last_seen_at": "When the listing was last seen with it.",
            "left_at": "When the listing was found to have dropped it, though it showed older ones still; null while "
            "it is there or may merely have moved down to a page that was not looked at.",
        },
    ),
    "sections": TableWords(
        row="A listing, feed included, with all of its pages: how far its last walk went, and what the last clean one "
        "recorded.",
        columns={
            "site": "The site.",
            "section": "The address that its pages share, as in `links`.",
            "walked_at": "When the run began that walked it last.",
            "ended": "What ended that walk: `known` (enough known entries one after the other) or `end` (the last "
            "page); null where it did not come to its end.",
            "pages": "How many pages that walk took in.",
            "items_new": "How many entries of them had not been known before.",
            "fault": "The page that failed in that walk, and how; null where none did.",
            "clean_at": "When the run began whose walk was the last one without a fault; null before there was one.",
            "marks": "The newest entries that the last clean walk saw, as JSON: the next walk goes at least that far.",
        },
    ),
    "hosts": TableWords(
        row="A host that did not answer, or did not say what it allows, and rests therefore.",
        columns={
            "site": "The site whose crawl asked it.",
            "host": "The host's name.",
            "why": "What was wrong the last time.",
            "since": "When it was given up first.",
            "tries": "How many runs have given it up, one after the other.",
            "next_try_at": "The time before which no run asks it.",
        },
    ),
    "articles": TableWords(
        row="An article, as it was last read; what it said before is in `article_revisions`.",
        columns={
            "id": "The article's number, which stays.",
            "site": "The site.",
            "identity": "What makes it the same article at another address, within its site.",
            "url": "The address that it was first seen at, or the one that it moved to; all are in `article_urls`.",
            **_READING,
            "published_date": "The page's own calendar day of `published_at` (`YYYY-MM-DD`), to group, compare and "
            "plot by; null where `published_at` is null.",
            "problems": "What is doubtful about the reading, as words with spaces between (`no_body`, "
            "`date_in_future` …); null where nothing is.",
            "capture": "The capture that this reading was made from.",
            "first_seen_at": "When the crawler first saw it.",
            "last_seen_at": "When its page last answered with it, changed or not.",
            "last_changed_at": "When it first read as it does now.",
            "state": "`live`, `unpublished` (its page may no longer be read, or says that it is not there) or `gone` "
            "(404 or 410 in several runs over two weeks); the last reading stays.",
        },
    ),
    "article_revisions": TableWords(
        row="A reading of an article that differed from the one before, the first included; never changed afterwards.",
        columns={
            "article": "The article.",
            "number": "The revision's number, counted from 1 for each article.",
            "kind": "`seen` (the first), `edited` (the page had changed), `re-read` (the same bytes, read by a newer "
            "reader) or `imported` (from another archive).",
            "run": "The run that read it.",
            "capture": "The capture that it was read from.",
            "read_at": "When it was read: for a crawl, when its page was fetched.",
            **_READING,
            "changed": "The columns that differ from the revision before, with spaces between (`attachments` where "
            "only files or tags do, `body_html` where a newer reader gives other markup for the same text); null for "
            "the first.",
        },
    ),
    "article_urls": TableWords(
        row="An address at which an article was seen.",
        columns={
            "article": "The article.",
            "url": "The address.",
            "category": "The section that the page named at this address; null where it named none.",
            "first_seen_at": "When the article was first seen there.",
        },
    ),
    "article_fields": TableWords(
        row="A column of an article that was found, and how.",
        columns={
            "article": "The article.",
            "field": "The column of `articles`, or `tags` or `attachments`.",
            "rule": "The rule that found it: `site` or `family` for a selector of either, else what of the page it was "
            "told from.",
            "agrees": "Whether reading the page by its shape alone gives the same value: 1 or 0; null where that was "
            "not compared.",
        },
    ),
    "events": TableWords(
        row="Something that happened to an article, with the capture that it is known by.",
        columns={
            "id": "The event's number; later events have higher ones.",
            "article": "The article.",
            "at": "When it was seen.",
            "kind": "`created` (first seen), `edited`, `moved` (to another address), `unpublished`, `gone` or "
            "`restored` (there again).",
            "capture": "The capture that shows it.",
            "details": "What more there is to say, as JSON (`changed`, `from` and `to`, `answers`, `answer` or `was`); "
            "null where there is nothing.",
        },
    ),
    "tags": TableWords(
        row="A tag that some article carries.",
        columns={
            "id": "The tag's number, which stays.",
            "name": "The tag, as pages spell it.",
        },
    ),
    "article_tags": TableWords(
        row="A tag of an article, by its last reading.",
        columns={
            "article": "The article.",
            "tag": "The tag.",
        },
    ),
    "attachments": TableWords(
        row="A file that an article links to.",
        columns=_FILE
        | {
            "label": "The text of the link; null where it has none.",
            "link": "The link in the frontier, which articles with the same file share.",
        },
    ),
    "images": TableWords(
        row="A picture of an article.",
        columns=_FILE
        | {
            "caption": "The picture's caption; null where it has none.",
            "credit": "Who made the picture, as the page says; null where it does not.",
            "link": "The link in the frontier, which articles with the same picture share; null where the site's "
            "pictures are not kept.",
        },
    ),
    "files": TableWords(
        row="A distinct file or picture, kept once however many articles show it.",
        columns={
            "sha256": "SHA-256 of its bytes.",
            "path": "Where it lies, relative to the output folder.",
            "bytes": "Its size.",
            "mime": "What it is by its first bytes, whatever the server declared; null where that is not known.",
            "text": "The text inside it, a paragraph or table row a line; null unless `text_state` is `done`.",
            "text_state": "`pending` (not looked at yet), `done`, `no_text_layer` (a scan), `unsupported` (a kind "
            "without text, such as a picture), `encrypted` or `failed`.",
            "text_detail": "Why there is no text, or what is missing from it, in words; null where all is there.",
            "pages": "How many pages, slides or sheets it has; null where it was not read or its kind has none.",
            "first_seen_at": "When it first came.",
            "capture": "The capture that first brought it; null where that is not known.",
        },
    ),
    "article_months": TableWords(
        row="How many articles a site has of a month, new ones of a run that goes on excepted (`summarised`).",
        columns={
            "site": "The site.",
            "month": "The month (`YYYY-MM`) of `published_date`; the empty text counts articles without a date.",
            "articles": "How many articles.",
        },
    ),
    "article_names": TableWords(
        row="An article of a unit, an author, a tag or a section, in the order of days; new ones come in many at "
        "a time (`summarised`).",
        columns={
            "kind": "`unit`, `author` (each of several for itself), `tag` or `section` (the column `category`).",
            "name": "The name, as the article gives it.",
            "day": "The article's `published_date`; the empty text where it has none.",
            "article": "The article.",
            "site": "The article's site.",
        },
    ),
    "names": TableWords(
        row="How many articles a unit, an author, a tag or a section has, on a site or on all, as `article_names` "
        "lists them.",
        columns={
            "kind": "`unit`, `author`, `tag` or `section`, as in `article_names`.",
            "name": "The name.",
            "site": "The site; the empty text counts all sites together.",
            "articles": "How many articles.",
        },
    ),
    "summarised": TableWords(
        row="How far `article_months`, `article_names` and `names` go (one row). New articles are taken in many at a "
        "time, at the latest at the end of the run; what becomes of them afterwards is kept by triggers.",
        columns={"last_article": "The last article that is taken in; 0 before the first."},
    ),
    "articles_fts": TableWords(
        row="The searched texts of an article, whose `id` is the `rowid` here: a full-text index (FTS5), which holds "
        "nothing that is not in the other tables.",
        columns={
            "title": "The title in lower case, one spelling for what means the same.",
            "lead": "The lead, spelled so.",
            "body": "The body, spelled so.",
            "people": "Author, unit and source, spelled so.",
            "tags": "The tags, spelled so.",
            "files": "The labels, names and text of its attachments, spelled so.",
            "title_folded": "The title without diacritics and capitals (`đường` as `duong`).",
            "lead_folded": "The lead, folded so.",
            "body_folded": "The body, folded so.",
            "people_folded": "Author, unit and source, folded so.",
            "tags_folded": "The tags, folded so.",
            "files_folded": "The labels, names and text of its attachments, folded so.",
        },
    ),
}
"""The tables in the order in which a reader meets them."""

UNDESCRIBED: Mapping[str, str] = {
    "articles_fts_*": "how SQLite stores the full-text index",
    "_sqlite_migrations": "how the program knows which version of the schema this is",
}
"""Tables that nobody queries, by pattern, and what each is for."""

EXAMPLES = (
    Example(
        question="What was published in May 2024, newest first?",
        sql="""
SELECT site, published_date, title, author, author_unit
FROM articles
WHERE published_date BETWEEN '2024-05-01' AND '2024-05-31'
ORDER BY published_date DESC, title
""",
    ),
    Example(
        question="How many articles of each year does each site have? A year of null counts those without a date.",
        sql="""
SELECT site, substr(published_date, 1, 4) AS year, count(*) AS articles
FROM articles
GROUP BY site, year
ORDER BY site, year
""",
    ),
    Example(
        question="Which articles speak of a rural road, typed without diacritics? "
        "(`govnews search` ranks them and shows the place.)",
        sql="""
SELECT articles.id, articles.published_date, articles.title
FROM articles_fts JOIN articles ON articles.id = articles_fts.rowid
WHERE articles_fts MATCH 'duong nong thon'
ORDER BY articles.published_date DESC
LIMIT 20
""",
    ),
    Example(
        question="What did an article say before it was edited, and what after?",
        sql="""
SELECT later.article, later.read_at, later.changed, earlier.body AS before, later.body AS after
FROM article_revisions AS later
JOIN article_revisions AS earlier ON earlier.article = later.article AND earlier.number = later.number - 1
WHERE later.kind = 'edited'
ORDER BY later.read_at DESC
""",
    ),
    Example(
        question="Which articles are no longer on their site, since when, and by which answer is that known?",
        sql="""
SELECT articles.site, articles.title, articles.url, events.kind, max(events.at) AS since, captures.status
FROM articles
JOIN events ON events.article = articles.id AND events.kind = articles.state
JOIN captures ON captures.id = events.capture
WHERE articles.state != 'live'
GROUP BY articles.id
ORDER BY since DESC
""",
    ),
    Example(
        question="Which attachments are not kept, and why?",
        sql="""
SELECT articles.title, attachments.label, attachments.url, attachments.state, attachments.error
FROM attachments JOIN articles ON articles.id = attachments.article
WHERE attachments.state != 'stored'
ORDER BY attachments.state, attachments.id
""",
    ),
    Example(
        question="Which attachments are kept, where do they lie, and how many articles link to each?",
        sql="""
SELECT files.path, files.mime, files.bytes, count(DISTINCT attachments.article) AS articles
FROM files JOIN attachments ON attachments.sha256 = files.sha256
GROUP BY files.sha256
ORDER BY files.bytes DESC
""",
    ),
    Example(
        question="Which record of the archive proves an article: file, place in it and hash?",
        sql="""
SELECT articles.title, captures.url, captures.fetched_at, captures.warc, captures.offset, captures.length,
    captures.payload_sha256
FROM articles JOIN captures ON captures.id = articles.capture
ORDER BY articles.id
""",
    ),
    Example(
        question="What did the listings show that could not be fetched, and why?",
        sql="""
SELECT sightings.site, sightings.title, sightings.date_text, links.url, links.state, links.error
FROM sightings JOIN links ON links.site = sightings.site AND links.key = sightings.key
WHERE links.state != 'done'
GROUP BY links.id
ORDER BY sightings.last_seen_at DESC
""",
    ),
    Example(
        question="Why did each run make its requests?",
        sql="""
SELECT run, reason, count(*) AS requests, sum(status = 304) AS not_modified
FROM captures
GROUP BY run, reason
ORDER BY run DESC, requests DESC
""",
    ),
    Example(
        question="Which articles were read with the least certainty, and by which rules?",
        sql="""
SELECT articles.url, articles.quality, articles.problems,
    group_concat(article_fields.field || ': ' || article_fields.rule, '; ') AS rules
FROM articles LEFT JOIN article_fields ON article_fields.article = articles.id
GROUP BY articles.id
ORDER BY articles.quality, articles.id
LIMIT 20
""",
    ),
)
