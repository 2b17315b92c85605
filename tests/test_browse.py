"""The pages of `govnews browse` show what the mirror holds, in two languages, with nothing from elsewhere."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from browsed import REFUSED_SQL, Pages, browsing, build, row, tree_of
from datasette.app import Datasette
from lxml import etree
from warcio.archiveiterator import ArchiveIterator

from pipelines.browse.description import SHOWN, metadata
from pipelines.browse.questions import QUESTIONS
from pipelines.browse.worddiff import compare
from pipelines.browse.wording import LANGUAGES, Wording, chosen_language, wordings
from pipelines.database import open_database
from pipelines.schema_words import TABLES


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("browse") / "output").output


@pytest.fixture(scope="module")
def pages(output: Path) -> Iterator[Pages]:
    with browsing(output) as pages:
        yield pages


@pytest.fixture(scope="module")
def bridge(output: Path) -> int:
    """The number of the article about Đức Thọ."""
    return int(row(output, "SELECT id FROM articles WHERE url LIKE '%duc-tho.html'"))


@pytest.fixture(scope="module")
def every_path(output: Path, bridge: int) -> list[str]:
    edited = row(output, "SELECT article FROM events WHERE kind = 'edited'")
    paths = ["/", "/search", "/search?q=duc+tho", "/search?attachment=1", "/search?q=zzz", "/site?name=xa", "/nowhere"]
    paths += ["/units", "/authors", "/tags", "/sections", "/unit?name=Ph%C3%B2ng+V%C4%83n+h%C3%B3a+%26+Th%C3%B4ng+tin"]
    paths += [f"/article/{number}" for number in range(1, bridge + 4)]
    return [*paths, f"/article/{edited}/changes/2", f"/article/{edited}/changes/1", "/capture/1", "/search?page=x"]


def test_the_home_page_names_sites_runs_news_and_what_changed(pages: Pages) -> None:
    text = pages.text("/")
    assert re.search(r"xa(\.example)? Mẫu|Xã Mẫu", text)
    assert "2 March 2026 02:00 UTC" in text
    assert "Đức Thọ khánh thành cầu mới" in text
    assert "Changed after publication" in text
    assert "Xã Mẫu làm đường giao thông nông thôn đợt 2" in text
    assert "No longer on the web 1" in text


def test_the_home_page_draws_articles_by_month(pages: Pages) -> None:
    assert pages.page("/").xpath("//figure//*[local-name() = 'svg']")
    assert "Articles by month" in pages.text("/")


@pytest.mark.parametrize("words", ["duc tho", "Đức Thọ", "ĐỨC THỌ", "đuc thọ"])
def test_search_finds_with_and_without_diacritics(pages: Pages, words: str, bridge: int) -> None:
    page = pages.page(f"/search?q={quote(words)}")
    assert page.xpath("//ol[@class = 'cards']/li[1]//h3/a/@href") == [f"/article/{bridge}"]
    assert page.xpath("//ol[@class = 'cards']/li[1]//mark/text()")[0] == "Đức Thọ"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("duc tho", 1),
        ("Đức Thọ", 1),
        (unicodedata.normalize("NFD", "Đức Thọ"), 1),
        ('"khánh thành" cau', 1),
        ("duong giao thong", 6),
        ("khong-co-chu-nay", 0),
        ("***", 0),
        ('" OR (', 0),
    ],
)
def test_the_search_box_of_the_table_of_articles_finds_what_the_search_page_finds(
    pages: Pages, words: str, found: int
) -> None:
    assert pages.page("/mirror/articles").xpath("//input[@name = '_search']")
    answer = pages.get(f"/mirror/articles.json?_search={quote(words)}&_shape=array&_col=title&_nofacet=1")
    assert len(answer.json()) == found


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"tag": "giao thông"}, ["Đức Thọ khánh thành cầu mới"]),
        ({"unit": "Phòng Văn hóa & Thông tin"}, ["Đức Thọ khánh thành cầu mới"]),
        ({"unit": "Phòng Văn hóa & Thông tin", "tag": "giao thông"}, ["Đức Thọ khánh thành cầu mới"]),
        ({"unit": "Phòng Văn hóa & Thông tin", "tag": "không có"}, []),
        ({"since": "2024-06-01", "until": "2024-06-01"}, ["Đức Thọ khánh thành cầu mới"]),
        ({"site": "xa", "since": "2024-05-06", "until": "2024-05-06"}, ["Xã Mẫu làm đường giao thông nông thôn đợt 6"]),
        ({"site": "khác", "since": "2024-05-06"}, []),
    ],
)
def test_filters_alone_list_articles(pages: Pages, filters: dict[str, str], titles: list[str]) -> None:
    page = pages.page(f"/search?{urlencode(filters)}")
    assert [link.text_content() for link in page.xpath("//ol[@class = 'cards']//h3/a")] == titles


def test_articles_with_attachments_can_be_asked_for(pages: Pages, output: Path) -> None:
    page = pages.page("/search?attachment=1")
    found = {int(link.rpartition("/")[2]) for link in page.xpath("//ol[@class = 'cards']//h3/a/@href")}
    assert len(found) == row(output, "SELECT count(DISTINCT article) FROM attachments WHERE position IS NOT NULL")


def test_a_search_narrowed_by_period_says_how_many(pages: Pages) -> None:
    assert "Results 2 articles" in pages.text("/search?q=duong&since=2024-05-05&until=2024-05-06")


def test_a_search_without_hits_says_what_to_try(pages: Pages) -> None:
    assert "Try fewer words" in pages.text("/search?q=kh%C3%B4ngcó")


def test_an_article_shows_all_that_is_known_of_it(pages: Pages, bridge: int) -> None:
    page, text = pages.page(f"/article/{bridge}"), pages.text(f"/article/{bridge}")
    assert page.xpath("//h1")[0].text_content() == "Đức Thọ khánh thành cầu mới"
    assert page.xpath("//p[@class = 'lead']/text()") == ["Cây cầu nối hai bờ sông La."]
    assert "1 June 2024 09:30" in text
    assert "printed as “Thứ bảy, 01/06/2024 - 09:30”" in text
    assert "dài chín mươi mét" in text
    assert page.xpath("//p[@class = 'byline']/a")[1].text_content() == "Lê Thử"
    assert "http://xa.example/duc-tho.html" in page.xpath("//p[@class = 'proof']/a/@href")
    assert "density (the other way of reading differs)" in text
    assert page.xpath("//article/@lang") == ["vi"]


def test_a_link_to_an_article_that_is_kept_leads_to_our_copy(pages: Pages, bridge: int, output: Path) -> None:
    first = row(output, "SELECT id FROM articles WHERE url LIKE '%tin-1.html'")
    assert pages.page(f"/article/{bridge}").xpath("//div[@class = 'body']//a/@href") == [f"/article/{first}"]


def test_attachments_and_pictures_come_from_the_mirror(pages: Pages, output: Path) -> None:
    first = row(output, "SELECT id FROM articles WHERE url LIKE '%tin-1.html'")
    page = pages.page(f"/article/{first}")
    (picture,) = page.xpath("//div[@class = 'body']//img/@src")
    assert pages.get(picture).headers["content-type"] == "image/png"
    (link,) = page.xpath("//ul[@class = 'files']//a[@class = 'file']/@href")
    answer = pages.get(link)
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="ke-hoach.pdf"')


def test_what_changed_is_shown_word_by_word(pages: Pages, output: Path) -> None:
    edited = row(output, "SELECT article FROM events WHERE kind = 'edited'")
    page = pages.page(f"/article/{edited}/changes/2")
    section = page.xpath("//section[@class = 'difference']")[0]
    assert (section.xpath(".//del/text()"), section.xpath(".//ins/text()")) == (["hai"], ["ba"])
    assert f"/article/{edited}/changes/2" in pages.page(f"/article/{edited}").xpath("//a/@href")
    assert "first revision" in pages.text(f"/article/{edited}/changes/1")


def test_an_event_names_what_changed_as_the_page_does(pages: Pages, output: Path) -> None:
    edited = row(output, "SELECT article FROM events WHERE kind = 'edited'")
    assert "edited: Body · Our capture" in pages.text(f"/article/{edited}").partition("Events")[2]
    assert '["body"]' not in pages.text(f"/article/{edited}")


def test_an_article_that_is_gone_says_so_and_names_the_capture(pages: Pages, output: Path) -> None:
    article, capture = row(output, "SELECT article, capture FROM events WHERE kind = 'unpublished'")
    page = pages.page(f"/article/{article}")
    assert "unpublished" in page.xpath("//header")[1].text_content()
    assert f"/capture/{capture}" in page.xpath("//a/@href")


def test_a_capture_shows_its_headers_and_gives_its_record(pages: Pages, output: Path) -> None:
    capture, warc, offset, length = row(
        output, "SELECT id, warc, offset, length FROM captures WHERE url LIKE '%tin-1.html' ORDER BY id LIMIT 1"
    )
    text = pages.text(f"/capture/{capture}")
    assert "200 OK" in text
    assert "Content-Type: text/html; charset=utf-8" in text
    assert "Articles read from it Xã Mẫu làm đường giao thông nông thôn đợt 1" in text
    answer = pages.get(f"/capture/{capture}/record")
    assert answer.content == (output / warc).read_bytes()[offset : offset + length]
    (record,) = ArchiveIterator(BytesIO(answer.content))
    assert record.rec_headers.get_header("WARC-Target-URI") == "http://xa.example/tin-1.html"


def test_a_capture_without_an_answer_has_no_record(pages: Pages, output: Path) -> None:
    capture = row(output, "SELECT id FROM captures WHERE warc IS NULL LIMIT 1")
    assert pages.get(f"/capture/{capture}/record").status_code == 404
    assert pages.get(f"/capture/{capture}").status_code == 200


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/site?name=xa", "Health of the runs"),
        ("/site?name=xa", "Share of articles in which a field was found"),
        ("/site?name=xa", "http://xa.example/"),
        ("/units", "Phòng Văn hóa & Thông tin 1"),
        ("/authors", "Lê Thử 1"),
        ("/tags", "cầu <mới> 1"),
        ("/sections", "Tin tức 1"),
        ("/author?name=L%C3%AA+Th%E1%BB%AD", "Lê Thử 1 article"),
        ("/tag?name=c%E1%BA%A7u+%3Cm%E1%BB%9Bi%3E", "Đức Thọ khánh thành cầu mới"),
        ("/section?name=Tin+t%E1%BB%A9c", "Đức Thọ khánh thành cầu mới"),
    ],
)
def test_sites_and_names_have_their_pages(pages: Pages, path: str, says: str) -> None:
    assert says in pages.text(path)


def test_a_site_that_the_home_page_has_no_room_for_has_its_page(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.browse.overview.MOST_SITES", 0)
    assert "/site?name=xa" not in pages.page("/").xpath("//table//a/@href")
    assert "Health of the runs" in pages.text("/site?name=xa")


def test_every_link_of_ours_leads_somewhere(pages: Pages, every_path: list[str]) -> None:
    asked: set[str] = set()
    for path in every_path[:-2]:
        links = pages.page(path).xpath("//a/@href") if pages.get(path).status_code == 200 else []
        asked |= {link for link in links if link.startswith("/")}
    broken = {link: pages.get(link).status_code for link in sorted(asked)}
    assert {link: status for link, status in broken.items() if status != 200 and "HACKED" not in link} == {}
    assert len(broken) > 60


def test_no_page_of_ours_has_a_script_or_asks_for_anything_elsewhere(pages: Pages, every_path: list[str]) -> None:
    for path in every_path:
        answer = pages.get(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'"), path
        assert "script-src" not in answer.headers["content-security-policy"]
        tree = tree_of(answer.text)
        assert tree.xpath("//script | //style | //iframe | //object | //embed | //base | //*[@style]") == [], path
        fetched = tree.xpath("//@src | //link/@href | //form/@action | //*[local-name() = 'use']/@*")
        assert [address for address in fetched if not address.startswith("/") or address.startswith("//")] == [], path


@pytest.mark.parametrize("path", ["/mirror", "/mirror/articles", "/mirror/holes_by_month", "/mirror/sites/xa"])
def test_scripts_of_datasette_run_by_nonce_only(pages: Pages, path: str) -> None:
    first, second = pages.get(path), pages.get(path)
    nonces = [re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"]) for answer in (first, second)]
    assert nonces[0] != nonces[1]
    scripts = tree_of(first.text).xpath("//script/@nonce")
    assert scripts
    assert set(scripts) == set(nonces[0])
    policy = re.search(r"script-src [^;]+", first.headers["content-security-policy"])
    assert policy is not None
    assert "unsafe" not in policy[0]


@pytest.mark.parametrize("path", ["/", "/mirror", "/nowhere", "/attachment/1", "/feed/new.atom", "/-/static/app.css"])
def test_every_answer_forbids_sniffing_framing_and_referrers(pages: Pages, path: str) -> None:
    headers = pages.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_saved_question_is_answered_and_says_what_it_answers(pages: Pages, question: object) -> None:
    name, answers = question.name, question.answers  # type: ignore[attr-defined]
    values = "?unit=Ph%C3%B2ng+V%C4%83n+h%C3%B3a+%26+Th%C3%B4ng+tin&author=L%C3%AA+Th%E1%BB%AD"
    assert answers in " ".join(pages.page(f"/mirror/{name}{values}").text_content().split())
    assert answers in " ".join(pages.page("/mirror").text_content().split())
    rows = pages.get(f"/mirror/{name}.json{values}&_shape=array").json()
    assert rows or name in {"news_of_the_week", "attachments_without_text", "holes_by_month"}


def test_a_hole_is_a_month_between_two_that_have_articles(tmp_path: Path) -> None:
    (question,) = (question for question in QUESTIONS if question.name == "holes_by_month")
    with closing(open_database(tmp_path)) as db:
        db.execute("INSERT INTO sites VALUES ('xa', 'Xã Mẫu', 'http://xa.example/', 'auto')")
        for month in ("", "0001-01", "2023-12", "2024-03", "9999-12"):
            db.execute("INSERT INTO article_months VALUES ('xa', ?, 1)", [month])
        rows = db.execute(question.sql).fetchall()
    assert rows == [("xa", "Xã Mẫu", "2024-01"), ("xa", "Xã Mẫu", "2024-02")]


def test_datasette_knows_every_table_and_column_and_hides_the_machinery(pages: Pages) -> None:
    described = metadata(language=None)["databases"]["mirror"]["tables"]
    assert {name: set(described[name]["columns"]) for name in TABLES} == {
        name: set(words.columns) for name, words in TABLES.items()
    }
    tables = pages.get("/mirror.json").json()["tables"]
    shown = {table["name"] for table in tables if not table["hidden"]}
    assert {"articles", "attachments", "files", "captures", "runs", "events"} <= shown
    assert not shown & {"articles_fts", "article_names", "names", "_sqlite_migrations", "links"}


def test_datasette_shows_sizes_labels_and_links(pages: Pages, output: Path, bridge: int) -> None:
    size = row(output, "SELECT bytes FROM files WHERE mime = 'application/pdf'")
    assert f"{size} B" in pages.page("/mirror/files").text_content()
    attachments = pages.page("/mirror/attachments")
    assert "Xã Mẫu làm đường giao thông nông thôn đợt 1" in attachments.text_content()
    assert any(link.startswith("/article/") for link in attachments.xpath("//td/a/@href"))
    assert any(link.startswith("/file/") for link in attachments.xpath("//td/a/@href"))
    assert "sorted by published_date descending" in pages.page("/mirror/articles").text_content()
    assert pages.get(f"/mirror/articles/{bridge}").status_code == 200
    assert f"/article/{bridge}" in pages.page("/mirror/articles").xpath("//td[contains(@class, 'col-title')]/a/@href")


def test_the_schema_page_of_a_table_has_no_marks_of_markdown(pages: Pages) -> None:
    assert "`" not in " ".join(pages.page("/mirror/articles").xpath("//dl//dd/text()"))


@pytest.mark.parametrize(
    ("path", "entries"),
    [
        ("/feed/new.atom", 10),
        ("/feed/new.atom?site=xa", 10),
        ("/feed/new.atom?site=khac", 0),
        ("/feed/new.atom?q=duc+tho", 1),
        ("/feed/new.atom?tag=giao+thông", 1),
        ("/feed/new.atom?site=xa&until=2024-01-01", 0),
        ("/feed/changed.atom", 2),
    ],
)
def test_feeds_are_atom_with_links_to_our_pages(pages: Pages, path: str, entries: int) -> None:
    answer = pages.get(path)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed: Any = etree.fromstring(answer.content)
    atom = {"a": "http://www.w3.org/2005/Atom"}
    assert len(feed.xpath("a:entry", namespaces=atom)) == entries
    links = feed.xpath("a:entry/a:link[@rel = 'alternate']/@href", namespaces=atom)
    assert all(re.fullmatch(r"http://localhost/article/\d+", link) for link in links)
    assert "HACKED" not in "".join(feed.xpath("a:entry/a:content/text()", namespaces=atom))


def test_a_search_by_filters_alone_leads_to_a_feed_of_its_own(pages: Pages) -> None:
    (address,) = pages.page("/search?site=xa&tag=giao+thông").xpath("//main//a[contains(@href, '.atom')]/@href")
    feed, site = (etree.fromstring(pages.get(path).content) for path in (address, "/feed/new.atom?site=xa"))
    assert "tag=giao thông" in (feed.findtext("{*}title") or "")
    assert feed.findtext("{*}id") != site.findtext("{*}id")


def test_facets_of_tables_with_whole_texts_come_from_an_index(output: Path) -> None:
    facets = [
        (table, column)
        for table in ("articles", "article_revisions", "files")
        for column in SHOWN.get(table, {}).get("facets", [])
    ]
    assert facets
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        for table, column in facets:
            plan = db.execute(f"EXPLAIN QUERY PLAN SELECT {column}, count(*) FROM {table} GROUP BY {column}").fetchall()
            assert "COVERING INDEX" in plan[0][3], f"{table}.{column}"


def test_both_languages_have_every_word() -> None:
    incomplete = [name for name, words in wordings().items() if set(words) != set(LANGUAGES) or not all(words.values())]
    assert incomplete == []


def test_rules_and_labels_of_a_vietnamese_page_are_vietnamese_beside_their_codes(pages: Pages, output: Path) -> None:
    article, capture = row(
        output,
        "SELECT article, articles.capture FROM article_fields JOIN articles ON articles.id = article "
        "WHERE rule = 'links in the article' LIMIT 1",
    )
    rules = pages.page(f"/article/{article}?lang=vi").xpath("//details[@class = 'more']//td")
    assert "liên kết trong bài links in the article" in [" ".join(cell.text_content().split()) for cell in rules]
    text = pages.text(f"/capture/{capture}?lang=vi")
    for shown in ("Loại nội dung mimetext/html", "Đọc thành readingarticle", "· thu thập"):
        assert shown in text


def test_one_page_is_a_page_and_two_are_pages() -> None:
    say = Wording("en")
    assert (say.many("pages", 1), say.many("pages", 2)) == ("1 page", "2 pages")


def test_every_word_that_a_template_says_is_there() -> None:
    folder = Path(__file__).parents[1] / "pipelines" / "browse"
    templates = "".join(path.read_text(encoding="utf-8") for path in folder.glob("templates/govnews/*.html"))
    said = set(re.findall(r"""say\(["']([a-z_]+)["']\s*[,)]""", templates))
    assert said - set(wordings()) == set()
    assert len(said) > 70


@pytest.mark.parametrize(
    ("headers", "path", "language"),
    [
        ({"accept-language": "vi-VN,vi;q=0.9,en;q=0.8"}, "/", "vi"),
        ({"accept-language": "fr,en;q=0.8"}, "/", "en"),
        ({"accept-language": "en"}, "/?lang=vi", "vi"),
        ({"accept-language": "en", "cookie": "govnews_language=vi"}, "/", "vi"),
        ({"accept-language": "vi"}, "/?lang=xx", "vi"),
    ],
)
def test_the_language_is_chosen_by_link_then_cookie_then_browser(
    pages: Pages, headers: dict[str, str], path: str, language: str
) -> None:
    answer = pages.get(path, **headers)
    assert tree_of(answer.text).get("lang") == language
    assert ("set-cookie" in answer.headers) == (path == "/?lang=vi")


def test_the_command_may_set_the_language_for_visitors_who_have_not_chosen(output: Path) -> None:
    with browsing(output, language="vi") as pages:
        assert "Tin mới nhất" in pages.text("/")
        assert "Newest articles" in pages.text("/?lang=en")


def test_a_change_of_language_keeps_the_page_and_its_query(pages: Pages) -> None:
    (link,) = pages.page("/search?q=duc+tho&site=xa").xpath("//a[@class = 'language']/@href")
    assert link == "/search?q=duc+tho&site=xa&lang=vi"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/article/999999", 404),
        ("/article/1/changes/99", 404),
        ("/site?name=khac", 404),
        ("/unit?name=khac", 404),
        ("/unit", 400),
        ("/search?page=0", 400),
        ("/search?page=999999999999", 400),
        ("/units?page=000000001" + "9" * 20, 400),
        ("/units?page=" + "9" * 290, 400),
        ("/search?since=hôm+nay", 400),
        ("/search?q=duc+tho&page=400", 200),
        ("/capture/999999", 404),
        ("/attachment/999999", 404),
        ("/file/" + "0" * 64, 404),
        ("/file/../../etc/passwd", 404),
        ("/nowhere", 404),
        ("/mirror/nowhere", 404),
        ("/mirror/articles/999999", 404),
        ("/mirror/articles?_sort=nosuch", 400),
        ("/search?q=duc+tho&reach=x", 400),
        ("/-/databases.json", 404),
        ("/mirror?sql=select+*+from+nowhere", REFUSED_SQL),
        ("/mirror?sql=drop+table+articles", 400),
    ],
)
def test_an_address_that_makes_no_sense_gets_a_page_that_says_so(pages: Pages, path: str, status: int) -> None:
    answer = pages.get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]


def test_nothing_says_where_the_mirror_lies(pages: Pages, output: Path) -> None:
    rows = pages.get("/mirror.json?_shape=array&sql=select+name,file+from+pragma_database_list").json()
    assert rows == [{"name": "main", "file": None}]
    for path in ("/", "/mirror", "/-/versions.json", "/-/settings.json", "/-/metadata.json", "/-/plugins.json"):
        assert str(output) not in pages.get(path).text, path


def test_a_saved_question_has_a_title_and_not_its_sql(pages: Pages) -> None:
    assert pages.page("/mirror/holes_by_month").findtext("head/title") == "Holes by month"


def test_a_search_that_left_articles_says_so_and_leads_to_all_of_them(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.searchranking.FIRST_STRETCH", 4)
    monkeypatch.setattr("pipelines.searchranking.PATIENCE", 0)
    monkeypatch.setattr("pipelines.searchranking.LOOKED_UP", 2)
    page = pages.page("/search?q=duong+giao+thong")
    (notice,) = page.xpath("//p[@class = 'notice']")
    assert "Only the 4 articles that came last into the mirror were looked at, not the 6 older ones" in (
        notice.text_content()
    )
    (everything,) = notice.xpath("a/@href")
    assert len(page.xpath("//ol[@class = 'cards']/li")) < len(pages.page(everything).xpath("//ol[@class = 'cards']/li"))
    assert pages.page(everything).xpath("//p[@class = 'notice']") == []


def test_a_mistyped_address_prints_no_traceback(pages: Pages, capfd: pytest.CaptureFixture[str]) -> None:
    for path in ("/nowhere", "/article/999999", "/mirror/nowhere"):
        pages.get(path)
    assert capfd.readouterr() == ("", "")


def test_a_datasette_that_is_not_ours_is_left_as_it_is(output: Path, pages: Pages) -> None:
    other = Datasette(files=[str(output / "mirror.db")])
    answer = pages.runner.run(other.client.get("/mirror/articles"))
    assert "content-security-policy" not in answer.headers
    assert pages.runner.run(other.client.get("/search")).status_code == 404
    assert other.executor is not None
    other.executor.shutdown()
    for database in other.databases.values():
        database.close()


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("2024-05-07T20:01+07:00", "07/05/2024 20:01", "7 May 2024 20:01"),
        ("2024-05-07", "07/05/2024", "7 May 2024"),
        ("2026-11-22T08:00:00.123Z", "22/11/2026 08:00 UTC", "22 November 2026 08:00 UTC"),
        (None, "không rõ ngày", "undated"),
        ("hôm qua", "hôm qua", "hôm qua"),
    ],
)
def test_times_are_written_as_each_language_writes_them(text: str | None, vi: str, en: str) -> None:
    assert (Wording("vi").when(text), Wording("en").when(text)) == (vi, en)


@pytest.mark.parametrize(
    ("count", "vi", "en"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1400, "1,4 kB", "1.4 kB"),
        (999_600, "1,0 MB", "1.0 MB"),
        (52_000_000, "52 MB", "52 MB"),
    ],
)
def test_sizes_are_readable(count: int, vi: str, en: str) -> None:
    assert (Wording("vi").size(count), Wording("en").size(count)) == (vi, en)


def test_a_wish_that_is_no_language_is_passed_over() -> None:
    assert chosen_language("xx", None, "vi", accepted="en") == "vi"


def test_a_difference_joins_words_that_changed_together() -> None:
    (paragraph,) = compare("Hơn hai trăm người dự.", "Hơn ba ngàn người dự.")
    assert paragraph.pieces == (
        ("same", "Hơn "),
        ("del", "hai trăm"),
        ("ins", "ba ngàn"),
        ("same", " người dự."),
    )


def test_unchanged_paragraphs_far_from_a_change_are_left_out() -> None:
    before = [f"Đoạn {number}." for number in range(10)]
    after = [*before[:9], "Đoạn cuối đã sửa."]
    shown = compare("\n".join(before), "\n".join(after))
    assert [paragraph.skipped for paragraph in shown] == [8, 0, 0]


def test_a_difference_of_huge_texts_takes_no_time() -> None:
    before, after = "từ " * 200_000, "chữ " * 200_000
    assert len(compare(before, after)) == 1
    assert len(compare("\n".join(["a"] * 50_000), "\n".join(["b"] * 50_000))) == 100_000


def test_pieces_of_a_difference_put_together_give_both_texts() -> None:
    before, after = "Một hai, ba\nbốn năm sáu\nbảy", "Một ba hai\nbốn sáu\ntám chín\nbảy"
    shown = compare(before, after)
    texts = {
        kind: "\n".join(
            text
            for paragraph in shown
            if (text := "".join(piece for name, piece in paragraph.pieces if name in {"same", kind}))
        )
        for kind in ("del", "ins")
    }
    assert (texts["del"], texts["ins"]) == (before, after)
