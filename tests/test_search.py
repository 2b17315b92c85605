"""Search: what a reader types, what is found, and in which order, in a real database."""

import random
import sqlite3
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from crawler.cli import main
from pipelines.database import open_database, open_readonly, writing
from pipelines.errors import StoreError
from pipelines.filters import Filters
from pipelines.schema import MIGRATIONS
from pipelines.search import SearchPage, create_index, index_article, newest_matches, rebuild, search, spell_anew
from pipelines.searchranking import MOST_RANKED, MOST_SIDE_BY_SIDE, WHOLE_MIRROR
from pipelines.searchterms import MOST_WORDS, SEARCHED, parse, ways_to_have
from pipelines.snippets import Part
from pipelines.summaries import summarise

AT = "2026-11-22T08:00:00Z"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    prepare(opened)
    yield opened
    opened.close()


def prepare(db: Database) -> None:
    for site in ("mau", "khac"):
        db.execute("INSERT INTO sites VALUES (?, 'Huyện Mẫu', 'http://mau.example/', 'auto')", [site])
    db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('mau', 'crawl', ?)", [AT])
    db.execute(
        "INSERT INTO captures (run, site, url, fetched_at, status) VALUES (1, 'mau', 'http://mau.example/', ?, 200)",
        [AT],
    )


def add(db: Database, title: str, lead: str | None = None, body: str = "", *, indexed: bool = True, **more: Any) -> int:
    number = db.execute("SELECT count(*) FROM articles").fetchone()[0] + 1
    row = {
        "site": "mau",
        "identity": str(number),
        "url": f"http://mau.example/tin-{number}",
        "title": title,
        "lead": lead,
        "body": body,
        "body_html": "",
        "published_date": "2024-05-07",
        "quality": 1,
        "reader_version": "",
        "content_sha256": "",
        "capture": 1,
        "first_seen_at": AT,
        "last_seen_at": AT,
        "last_changed_at": AT,
    } | more
    article = int(db.table("articles").insert(row).last_pk or 0)
    if indexed:
        index_article(db, article)
    return article


def titles(page: SearchPage) -> list[str]:
    return [hit.title for hit in page.hits]


def marked(snippet: tuple[Part, ...]) -> str:
    return "".join(f"[{part}]" if is_hit else part for part, is_hit in snippet)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("duc tho", "Huyện Đức Thọ họp"),
        ("đức thọ", "Huyện Đức Thọ họp"),
        ("ĐỨC THỌ", "Huyện Đức Thọ họp"),
        ("quyet dinh", "Ban hành Quyết định mới"),
        ("thong bao", "Thông báo tuyển dụng"),
        ("du an duong", "Dự án đường liên thôn"),
        ("uong", "Khẩn trượng, ượng"),
        ("01-KL/TW", "Kết luận số 01-KL/TW của Bộ Chính trị"),
        ("01 kl tw", "Kết luận số 01-KL/TW của Bộ Chính trị"),
        ("01-kl/tw kết luận", "Kết luận số 01-KL/TW của Bộ Chính trị"),
        (unicodedata.normalize("NFD", "đức thọ"), "Huyện Đức Thọ họp"),
        ("đức thọ", unicodedata.normalize("NFD", "Huyện Đức Thọ họp")),
        ("hoà", "Hòa giải ở cơ sở"),
        ("hòa", "Hoà giải ở cơ sở"),
        ("uỷ ban", "Ủy ban nhân dân"),
        ("đảng bộ", "Ðảng bộ huyện"),  # an Icelandic letter in the page
        ("Ðảng bộ", "Đảng bộ huyện"),  # and in the query
        ("đ", "Điểm đ khoản 2"),
        ("150", "xây dựng150 nhà, 150 hộ"),
        ('"nông thôn mới"', "Xây dựng nông thôn mới"),
        ("“nông thôn mới”", "Xây dựng nông thôn mới"),
        ("москва", "Москва, Hà Nội"),
        ("tổng số hộ", "\uf0b7Tổng số\uf0a7hộ"),  # a bullet of a word processor
        ("chúc mừng", "\U0001fae1Chúc mừng năm mới"),  # a sign that is newer than the tables of SQLite
        ("thông báo", "\u2067Thông báo\u2069"),
        ("\u0301 thông báo", "Thông báo"),  # a mark without a letter
    ],
)
def test_words_are_found_with_and_without_diacritics(db: Database, words: str, text: str) -> None:
    add(db, text)
    add(db, "Tin hoàn toàn khác, số 02-NQ/TU", "Không liên quan.")
    assert len(search(db, words).hits) == 1
    assert search(db, words).total == 1


@pytest.mark.parametrize("words", ['"thôn nông"', "đức mẫu", "khoai", "01-KL-TU", "đứ", "thọ*u"])
def test_all_words_must_be_there_and_whole(db: Database, words: str) -> None:
    add(db, "Huyện Đức Thọ xây dựng nông thôn mới theo 01-KL/TW")
    assert not search(db, words).hits


def test_no_sign_excludes_a_word(db: Database) -> None:
    add(db, "Huyện Đức Thọ")
    assert len(search(db, "thọ -đức").hits) == 1


def test_plain_sql_finds_both_spellings(db: Database) -> None:
    article = add(db, "Huyện Đức Thọ", "Quyết định mới")
    for asked in ("duc tho", "đức thọ", '"đức thọ"', "quyet dinh", '"đức" "quyet"'):
        rows = db.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?", [asked]).fetchall()
        assert rows == [(article,)], asked


def test_articles_that_the_index_spells_otherwise_are_indexed_anew(db: Database) -> None:
    stale, right = add(db, "Kế hoạch", "hoà_bình"), add(db, "Huyện Đức Thọ")
    other = "UPDATE articles_fts SET {0} = 'xuan' WHERE rowid = ?"
    db.execute(other.format("lead"), [stale])
    index = "SELECT * FROM articles_fts ORDER BY rowid"
    writes = db.conn.total_changes
    spell_anew(db)
    assert titles(search(db, "hòa bình")) == ["Kế hoạch"]
    assert not search(db, "xuan").hits
    assert 0 < db.conn.total_changes - writes < 20, f"article {right} was right"
    kept = db.execute(index).fetchall()
    rebuild(db)
    assert db.execute(index).fetchall() == kept


@pytest.mark.parametrize("place", ["title", "lead", "body", "author", "author_unit", "source"])
def test_every_text_of_an_article_is_searched(db: Database, place: str) -> None:
    texts: dict[str, Any] = {"title": "Tin", "body": "Nội dung", place: "Trần Mẫu Đơn"}
    add(db, **texts)
    assert len(search(db, "tran mau don").hits) == 1
    assert len(search(db, "Trần Mẫu Đơn").hits) == 1


def test_tags_are_searched(db: Database) -> None:
    article = add(db, "Tin")
    db.execute("INSERT INTO tags VALUES (1, 'chuyển đổi số')")
    db.execute("INSERT INTO article_tags VALUES (?, 1)", [article])
    assert not search(db, "chuyen doi so").hits
    index_article(db, article)
    assert search(db, "chuyen doi so").hits[0].article == article


def test_the_text_of_a_file_is_found_with_its_article(db: Database) -> None:
    article = add(db, "Lịch tiếp công dân", "Kèm theo tệp.", "Xem tệp đính kèm.")
    db.execute(
        "INSERT INTO links (id, site, url, key, kind, priority, first_seen_at) "
        "VALUES (1, 'mau', 'u', 'u', 'file', 1, ?)",
        [AT],
    )
    db.execute("INSERT INTO files (sha256, path, bytes, first_seen_at) VALUES ('f0', 'files/f0.pdf', 1, ?)", [AT])
    db.execute(
        "INSERT INTO attachments (article, url, label, filename, position, state, link, sha256) "
        "VALUES (?, 'u', 'Tải về', 'lich-thang-5.pdf', 1, 'stored', 1, 'f0')",
        [article],
    )
    index_article(db, article)
    assert len(search(db, "lich thang 5").hits) == 1  # the name of the file
    db.execute("UPDATE files SET text = 'Phòng họp số 3, Ông chủ tịch tiếp dân tại thị trấn.'")
    index_article(db, article)
    hit = search(db, "thị trấn").hits[0]
    assert hit.article == article
    assert marked(hit.snippet) == "Phòng họp số 3, Ông chủ tịch tiếp dân tại [thị trấn]."


def test_a_rare_phrase_of_frequent_words_is_found_however_old(db: Database) -> None:
    old = add(db, "Xã Tin cũ")
    rows = [("tin xã", "tin xa")] * (MOST_RANKED + 1)
    with writing(db):
        db.conn.executemany("INSERT INTO articles_fts (title, title_folded) VALUES (?, ?)", rows)
    found = search(db, '"xã tin"')
    assert ([hit.article for hit in found.hits], found.total, found.is_bounded) == ([old], 1, False)


def test_of_many_articles_with_a_word_the_few_of_a_site_are_all_found(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.searchranking.FEW", few_looked_at := 5)
    few = [add(db, f"Họp {number}", site="khac") for number in range(few_looked_at)]
    for number in range(60):
        add(db, f"Họp thường {number}")
    found = search(db, "hop", Filters(site="khac"))
    assert ({hit.article for hit in found.hits}, found.total, found.is_bounded) == (set(few), len(few), False)
    assert search(db, "họp thường", Filters(site="khac")).total == 0


def test_of_a_site_s_many_articles_with_a_word_the_last_are_ranked(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.searchranking.MOST_FILTERED", 20)
    monkeypatch.setattr("pipelines.searchranking.FEW", 10)
    for number in range(100):
        add(db, f"Họp {number}", site="khac" if number % 2 else "mau")
    found = search(db, "hop", Filters(site="khac"), limit=10)
    assert (len(found.hits), found.total, found.at_least, found.is_bounded) == (10, None, 20, True)
    assert {hit.site for hit in found.hits} == {"khac"}
    everything = search(db, "hop", Filters(site="khac"), limit=10, reach=WHOLE_MIRROR)
    assert (everything.total, everything.is_bounded) == (50, False)


class TestALargeMirror:
    """Stretches of 10 articles, words that more than two have, and no patience stand for a million and a slow disk."""

    @pytest.fixture(autouse=True)
    def _impatient(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pipelines.searchranking.FIRST_STRETCH", 10)
        monkeypatch.setattr("pipelines.searchranking.PATIENCE", 0)
        monkeypatch.setattr("pipelines.searchranking.FEW", 2)
        monkeypatch.setattr("pipelines.searchranking.LOOKED_UP", 2)
        for number in range(1, 41):
            add(db, f"Họp {'thôn' if number % 2 else 'xã'} số {number}", published_date=f"20{number}-01-01")

    def test_the_newest_articles_are_looked_at_and_the_search_says_how_far(self, db: Database) -> None:
        found = search(db, "họp thôn số")
        assert [hit.article for hit in found.hits] == [39, 37, 35, 33, 31]
        assert (found.total, found.at_least, found.is_bounded, found.reach.oldest) == (None, 5, False, 31)

    @pytest.mark.parametrize("words", ["7", "họp 7", "7 thôn số họp", '"số 7"', "hop thon 7"])
    def test_rare_words_are_found_in_the_whole_mirror_at_once(self, db: Database, words: str) -> None:
        found = search(db, words)
        assert ([hit.article for hit in found.hits], found.total, found.reach.oldest) == ([7], 1, 1)

    def test_everything_is_looked_at_on_demand(self, db: Database) -> None:
        found = search(db, "hop thon so", reach=WHOLE_MIRROR)
        assert (len(found.hits), found.total, found.reach.oldest) == (20, 20, 1)

    def test_with_patience_older_articles_are_looked_at_too(
        self, db: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pipelines.searchranking.PATIENCE", 60)
        assert search(db, "họp thôn số") == search(db, "họp thôn số", reach=WHOLE_MIRROR)

    def test_further_pages_reach_as_far_as_the_first(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        first = search(db, "hop xa so", limit=3)
        monkeypatch.setattr("pipelines.searchranking.PATIENCE", 60)
        second = search(db, "hop xa so", limit=3, offset=3, reach=first.reach)
        assert [hit.article for hit in (*first.hits, *second.hits)] == [40, 38, 36, 34, 32]
        assert second.reach == first.reach

    @pytest.mark.parametrize("words", ["hop xa so", "họp", '"xa so" hop', '"số 7"', "số 12 xã họp", "số họp xã thôn"])
    def test_stretch_by_stretch_finds_the_same_as_all_at_once(
        self, db: Database, monkeypatch: pytest.MonkeyPatch, words: str
    ) -> None:
        stretched = search(db, words, reach=WHOLE_MIRROR, limit=50)
        monkeypatch.setattr("pipelines.searchranking.FIRST_STRETCH", 1000)
        assert search(db, words, limit=50) == stretched

    def test_a_filter_that_lets_few_through_is_looked_at_whole(self, db: Database) -> None:
        old = add(db, "Họp cũ", site="khac")
        for number in range(20):
            add(db, f"Họp mới {number}")
        found = search(db, "họp", Filters(site="khac"))
        assert ([hit.article for hit in found.hits], found.total, found.reach.oldest) == ([old], 1, 1)


@pytest.mark.parametrize(
    "words",
    [
        *("họp", "hợp", "hop", "họp xã", '"họp xã"', "xa hop tin", '"họp xã" hợp', "vắng họp", "tác", "fanpages"),
        *(
            "fanpages internet",
            '"internet fanpages"',
            "internet họp fanpages",
            '"hop internet" fanpages',
            "internet no",
        ),
    ],
)
@pytest.mark.parametrize(("few", "at_once"), [(100, 0), (100, 100), (3, 0), (-1, 0)])
def test_the_articles_of_rare_words_are_ranked_as_those_of_any(
    db: Database, monkeypatch: pytest.MonkeyPatch, words: str, few: int, at_once: int
) -> None:
    chance = random.Random(3)  # noqa: S311  # test data, no secret
    for number in range(40):
        vocabulary = ("họp", "hợp", "xã", "tác", "tin", "internet", "fanpages")
        title, lead, body = (" ".join(chance.choices(vocabulary, k=2)) for _ in range(3))
        add(db, title, lead, body, published_date=chance.choice([None, f"2024-01-{number % 28 + 1:02}"]))
    monkeypatch.setattr("pipelines.searchranking.FEW", few)
    monkeypatch.setattr("pipelines.searchranking.FEW_AT_ONCE", at_once)
    of_rare_words = search(db, words, limit=50)
    monkeypatch.setattr("pipelines.searchranking.FEW", -1)
    monkeypatch.setattr("pipelines.searchranking.LOOKED_UP", -1)
    assert of_rare_words.hits == search(db, words, limit=50).hits
    assert of_rare_words.total == len(of_rare_words.hits)


@pytest.mark.parametrize("place", [SEARCHED, ("title",)])
def test_words_that_wait_for_rarer_ones_find_the_same(db: Database, place: tuple[str, ...]) -> None:
    for title in ("một hai ba", "ba hai một", "một hai", "hai ba", "bốn một ba hai"):
        add(db, title)
        add(db, "tin", None, title)
    way = next(way for way in ways_to_have(parse('một "hai ba"')) if way.scattered is way)
    for counts in ({}, {"ba": 1, "hai": 2, "một": 3}, {"ba": 3, "hai": 2, "một": 1}):
        asked = [way.match(place), way.match(place, rarity=counts)]
        found = [db.execute("SELECT rowid FROM articles_fts(?)", [match]).fetchall() for match in asked]
        assert found[0] == found[1] != []


def test_a_search_is_narrowed_to_a_unit_a_tag_and_what_has_files(db: Database) -> None:
    plain = add(db, "Họp", author_unit="Phòng Nội vụ")
    tagged = add(db, "Họp", author_unit="Văn phòng")
    filed = add(db, "Họp")
    db.execute("INSERT INTO tags VALUES (1, 'nông thôn mới')")
    db.execute("INSERT INTO article_tags VALUES (?, 1)", [tagged])
    db.execute(
        "INSERT INTO links (id, site, url, key, kind, priority, first_seen_at) "
        "VALUES (1, 'mau', 'u', 'u', 'file', 1, ?)",
        [AT],
    )
    db.execute("INSERT INTO attachments (article, url, position, link) VALUES (?, 'u', 1, 1)", [filed])
    db.execute("INSERT INTO attachments (article, url, link) VALUES (?, 'u', 1)", [plain])  # it left the page
    summarise(db)

    def found(**narrowed: Any) -> set[int]:
        return {hit.article for hit in search(db, "hop", Filters(**narrowed)).hits}

    assert found() == {plain, tagged, filed}
    assert found(unit="Phòng Nội vụ") == {plain}
    assert found(tag="nông thôn mới") == {tagged}
    assert found(with_attachment=True) == {filed}
    assert found(with_attachment=False) == {plain, tagged}
    assert found(unit="Văn phòng", tag="nông thôn mới", with_attachment=False, site="mau") == {tagged}
    assert found(unit="Văn phòng", with_attachment=True) == set()


def test_exact_diacritics_come_first(db: Database) -> None:
    add(db, "Thống bạo", published_date="2025-01-01")
    add(db, "Tin", "", "Một thông báo mới")
    assert titles(search(db, "thông báo")) == ["Tin", "Thống bạo"]
    assert titles(search(db, "thống bạo")) == ["Thống bạo", "Tin"]


def test_title_before_lead_before_body(db: Database) -> None:
    add(db, "Ba", "Lời dẫn", "Tin về cầu Mẫu.", published_date="2026-01-01")
    add(db, "Hai", "Khánh thành cầu Mẫu", published_date="2025-01-01")
    add(db, "Cầu Mẫu", "Lời dẫn", "Thân bài")
    for words in ("cầu mẫu", "cau mau", "cầu", '"cầu mẫu"'):
        assert titles(search(db, words)) == ["Cầu Mẫu", "Hai", "Ba"]


def test_of_equals_the_newer_comes_first_and_the_undated_last(db: Database) -> None:
    add(db, "Lũ năm 2023", published_date="2023-10-01")
    add(db, "Lũ không rõ ngày", published_date=None)
    add(db, "Lũ năm 2025", published_date="2025-10-01")
    add(db, "Lũ năm 2024", published_date="2024-10-01")
    assert titles(search(db, "lũ")) == ["Lũ năm 2025", "Lũ năm 2024", "Lũ năm 2023", "Lũ không rõ ngày"]


def test_words_side_by_side_come_before_scattered_ones(db: Database) -> None:
    add(db, "Đức và Thọ là hai anh em", published_date="2026-01-01")
    add(db, "Tin", "", "Ở huyện Đức Thọ", published_date="2020-01-01")
    assert titles(search(db, "đức thọ")) == ["Tin", "Đức và Thọ là hai anh em"]
    assert titles(search(db, "duc tho")) == ["Tin", "Đức và Thọ là hai anh em"]


def test_without_diacritics_a_name_comes_before_its_letters_scattered(db: Database) -> None:
    add(db, "Thu hoạch 5 ha lúa, tinh thần phấn khởi")
    add(db, "Tin", "", "Tỉnh Hà Tĩnh mưa lớn")
    assert titles(search(db, "ha tinh")) == ["Tin", "Thu hoạch 5 ha lúa, tinh thần phấn khởi"]


def test_a_search_is_narrowed_to_a_site_and_to_days(db: Database) -> None:
    add(db, "Họp 2023", published_date="2023-01-01")
    add(db, "Họp 2024", published_date="2024-01-01")
    add(db, "Họp nơi khác", published_date="2024-06-01", site="khac")
    assert titles(search(db, "họp", Filters(site="khac"))) == ["Họp nơi khác"]
    assert titles(search(db, "hop", Filters(since=date(2024, 1, 1)))) == ["Họp nơi khác", "Họp 2024"]
    assert titles(search(db, "hop", Filters(until=date(2024, 1, 1), site="mau"))) == ["Họp 2024", "Họp 2023"]
    narrowed = search(db, "hop", Filters(since=date(2023, 6, 1), until=date(2024, 3, 1)))
    assert titles(narrowed) == ["Họp 2024"]
    assert narrowed.total == 1
    assert search(db, "hop", Filters(site="không có")).total == 0


def test_pages_follow_each_other_without_gap_or_repeat(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.searchranking.FEW", 5)
    monkeypatch.setattr("pipelines.searchranking.LOOKED_UP", 5)
    for day in range(1, 24):
        add(
            db,
            "Họp" if day % 2 else "Tin",
            None if day % 3 else "Họp báo",
            "Hợp tác xã họp",
            published_date=f"2024-01-{day:02}",
        )
    whole = search(db, "họp", limit=100)
    pages = [search(db, "họp", limit=5, offset=offset) for offset in range(0, 30, 5)]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert [hit.rank for hit in whole.hits] == list(range(1, 24))
    assert [page.total for page in pages] == [None, None, None, None, 23, 23]
    assert {page.at_least for page in pages} == {23}
    assert search(db, "hop", limit=5).total == 23


def test_of_too_many_articles_the_last_in_the_mirror_are_ranked(db: Database) -> None:
    columns = "site, identity, url, title, body, body_html, quality, reader_version, content_sha256, capture"
    with writing(db):
        db.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= {MOST_RANKED}) "
            f"INSERT INTO articles ({columns}, first_seen_at, last_seen_at, last_changed_at) "
            "SELECT 'mau', i, 'http://mau.example/' || i, 'Tin xã', '', '', 1, '', '', 1, '', '', '' FROM n"
        )
        db.execute("INSERT INTO articles_fts (rowid, title, title_folded) SELECT id, 'tin xã', 'tin xa' FROM articles")
        add(db, "Tin xã Mẫu", published_date="2026-01-01")
    page = search(db, "tin xã")
    assert page.is_bounded
    assert page.total is None
    assert page.hits[0].title == "Tin xã Mẫu"
    quoted = search(db, '"tin xã"')
    assert (quoted.is_bounded, quoted.total, quoted.at_least) == (True, None, MOST_SIDE_BY_SIDE)
    assert quoted.hits[0].title == "Tin xã Mẫu"
    rare = search(db, "mẫu")
    assert (rare.total, rare.is_bounded) == (1, False)


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        '"',
        '""',
        "'",
        "*",
        "-",
        "^",
        "()",
        "😀🎉",
        ".,;:!?",
        "\x00",
        "\ud800",
        "\u0301",
        '" " "',
        "_",
        "%",
        "\u200b",
    ],
)
def test_a_query_without_words_finds_nothing(db: Database, words: str) -> None:
    add(db, "Tin")
    found = search(db, words)
    assert (found.hits, found.total, found.at_least, found.is_bounded) == ((), 0, 0, False)


@pytest.mark.parametrize(
    "words",
    [
        'tin"',
        '"tin',
        "tin*",
        "-tin",
        "+tin",
        "^tin",
        "(tin",
        "tin)",
        "{title}: tin",
        "tin AND",
        "OR tin",
        "NOT tin",
        "NEAR(tin, 5)",
        "title:tin",
        "tin; DROP TABLE articles",
        "tin 😀",
        "tin\x00",
        "tin'--",
        "tin\\",
        "x" * 10_000,
        "tin " * 2_500,
        '"' * 10_000,
        "đ" + "\u0301" * 10_000,
    ],
)
def test_whatever_is_typed_is_safe(db: Database, words: str) -> None:
    add(db, "Tin")
    assert titles(search(db, words)) in ([], ["Tin"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(words=st.text() | st.text('"()*:^{}+-. đứcAN DORTNE'))
def test_any_text_is_a_query(db: Database, words: str) -> None:
    search(db, words)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(title=st.lists(st.text("đứcthọaăâ1ÐÁ-", min_size=1), min_size=1).map(" ".join))
def test_an_article_is_found_by_its_own_title(db: Database, title: str) -> None:
    number = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    article = add(db, f"{number} {title}")
    assert article in [hit.article for hit in search(db, f'"{number} {title}"').hits]


def test_only_the_first_words_of_a_long_query_count() -> None:
    assert parse("một " * 50) == (("một",),) * MOST_WORDS
    assert parse('"' + "một " * 50 + '"') == (("một",) * MOST_WORDS,)


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("Đức Thọ", (("đức",), ("thọ",))),
        ('"Đức Thọ" họp', (("đức", "thọ"), ("họp",))),
        ("01-KL/TW", (("01", "kl", "tw"),)),
        ('"Đức Thọ', (("đức",), ("thọ",))),
        ("a_b", (("a", "b"),)),
    ],
)
def test_quotes_and_signs_join_words(words: str, terms: tuple[tuple[str, ...], ...]) -> None:
    assert parse(words) == terms


@pytest.mark.parametrize(
    ("words", "snippet"),
    [
        ("duc tho", "Sáng nay, huyện [Đức Thọ] khai mạc hội thi hoà giải viên."),
        ("thọ đức", "Sáng nay, huyện [Đức] [Thọ] khai mạc hội thi hoà giải viên."),
        ('"duc tho"', "Sáng nay, huyện [Đức Thọ] khai mạc hội thi hoà giải viên."),
        ("hòa giải", "Sáng nay, huyện Đức Thọ khai mạc hội thi [hoà giải] viên."),
        ("HỘI THI", "Sáng nay, huyện Đức Thọ khai mạc [hội thi] hoà giải viên."),
        ("tieu de", "Sáng nay, huyện Đức Thọ khai mạc hội thi hoà giải viên."),
    ],
)
def test_snippets_mark_the_words_in_the_kept_text(db: Database, words: str, snippet: str) -> None:
    add(db, "Tiêu đề", "Sáng nay, huyện Đức Thọ", "khai mạc hội thi hoà giải viên.")
    assert marked(search(db, words).hits[0].snippet) == snippet


def test_the_words_are_marked_in_the_title(db: Database) -> None:
    add(db, "Huyện Đức Thọ họp", None, "Bàn việc làm đường.")
    assert marked(search(db, "duc tho").hits[0].marked_title) == "Huyện [Đức Thọ] họp"
    add(db, "Họp " * 500)
    assert len(marked(search(db, "họp").hits[0].marked_title).replace("[", "").replace("]", "")) < 310


def test_a_snippet_shows_where_the_words_stand_together(db: Database) -> None:
    filler = "Đại biểu thảo luận sôi nổi về nhiều nội dung. " * 20
    add(db, "Tin", None, f"Đức nói. {filler}Ở huyện Đức Thọ có mưa. {filler}Thọ nghe.")
    snippet = marked(search(db, "đức thọ").hits[0].snippet)
    assert "huyện [Đức Thọ] có mưa" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")
    assert len(snippet) < 300


def test_a_snippet_of_an_exact_hit_marks_only_exact_words(db: Database) -> None:
    add(db, "Tin", None, "Thống bạo không phải là thông báo.")
    assert marked(search(db, "thông báo").hits[0].snippet) == "Thống bạo không phải là [thông báo]."


def test_a_snippet_marks_whole_words_only(db: Database) -> None:
    add(db, "Tin", None, "Toàn dân an toàn, an-ninh.")
    assert marked(search(db, "an").hits[0].snippet) == "Toàn dân [an] toàn, [an]-ninh."


@settings(deadline=None)  # other programs on the machine are no failure
@given(
    st.lists(st.sampled_from(["họp", "HỌP", "hợp", "hop", "hoà", "Hòa", "m²", "a", "xã"]), min_size=1),
    st.lists(st.sampled_from([" ", "  ", "_", "-", "", "\n", "&", ", “"]), min_size=1),
    st.sampled_from(["họp", "hop", "hòa họp", '"hoa hop"', '"họp xã" a', "m²", "m2", "ßa"]),
)
def test_the_fast_way_to_find_places_and_the_general_way_agree(
    words: list[str], between: list[str], typed: str
) -> None:
    """A letter outside the Vietnamese alphabet sends the whole text the general way."""
    text = "".join(word + sign for word, sign in zip(words, cycle(between), strict=False))
    for way in ways_to_have(parse(typed)):
        assert way.marks(text) == way.marks(f"{text} \N{LATIN SMALL LETTER SHARP S}")


def test_a_word_twice_side_by_side_is_not_the_word_once(db: Database) -> None:
    for title in ("Ba con", "Nuôi ba ba", "Ngày 01 tháng 2", "01-01"):
        add(db, title)
    assert titles(search(db, '"ba ba"')) == ["Nuôi ba ba"]
    assert titles(search(db, "01-01")) == ["01-01"]


@pytest.mark.parametrize("few", [100, -1])
def test_words_side_by_side_stand_in_one_text(db: Database, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr("pipelines.searchranking.FEW", few)
    monkeypatch.setattr("pipelines.searchranking.LOOKED_UP", few)
    add(db, "Huyện Đức", "Thọ họp", "Ở Đức Thọ", published_date="2020-01-01")
    add(db, "Tin", "x", "Ở Đức Thọ", published_date="2025-01-01")
    assert titles(search(db, '"đức thọ"')) == ["Tin", "Huyện Đức"]


def test_a_feed_of_few_articles_has_pages_too(db: Database) -> None:
    ids = [add(db, "Họp", site="khac") for _ in range(5)][::-1]
    pages = [newest_matches(db, "họp", Filters(site="khac"), limit=2, offset=offset) for offset in (0, 2, 4)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]


def test_a_word_is_marked_behind_hundreds_of_others_with_its_letters(db: Database) -> None:
    add(db, "Tin", None, "Ban chỉ đạo có báo cáo. " * 250 + "Đội cổ vũ.")
    assert "[cổ] vũ" in marked(search(db, "cổ").hits[0].snippet)


def test_a_mark_that_is_longer_than_the_piece_is_cut(db: Database) -> None:
    add(db, "Tin", None, "x " * 200 + "Họ tên " + "." * 200 + " chức vụ")
    assert "[tên]" in marked(search(db, '"tên chức"').hits[0].snippet)


def test_of_overlapping_terms_the_longer_one_is_marked(db: Database) -> None:
    add(db, "Tin", None, "Huyện Đức Thọ")
    assert marked(search(db, 'đức "đức thọ"').hits[0].snippet) == "Huyện [Đức Thọ]"


def test_markup_in_a_text_stays_text(db: Database) -> None:
    add(db, "Tin", None, "Biển <script>alert(1)</script> báo")
    assert marked(search(db, "báo").hits[0].snippet) == "Biển <script>alert(1)</script> [báo]"


def test_a_changed_article_is_found_by_its_new_words_only(db: Database) -> None:
    article = add(db, "Lễ hội đền Mẫu")
    add(db, "Tin khác")
    db.execute("UPDATE articles SET title = 'Lễ hội bị hoãn' WHERE id = ?", [article])
    index_article(db, article)
    assert titles(search(db, "hoãn")) == ["Lễ hội bị hoãn"]
    assert not search(db, "den mau").hits
    db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


def test_indexing_twice_changes_nothing(db: Database) -> None:
    article = add(db, "Lễ hội")
    before = db.execute("SELECT rowid, * FROM articles_fts").fetchall()
    index_article(db, article)
    assert db.execute("SELECT rowid, * FROM articles_fts").fetchall() == before
    assert search(db, "le hoi").total == 1


def test_rebuilding_finds_the_same(db: Database) -> None:
    for title in ("Một", "Hai", "Ba mươi"):
        add(db, title, "Lời dẫn", "Thân bài")
    before = db.execute("SELECT rowid, * FROM articles_fts").fetchall()
    with writing(db):
        rebuild(db)
    assert db.execute("SELECT rowid, * FROM articles_fts").fetchall() == before


def test_what_is_rolled_back_is_not_found(db: Database) -> None:
    db.execute("BEGIN IMMEDIATE")
    add(db, "Chưa bao giờ có")
    assert search(db, "chưa").total == 1
    db.execute("ROLLBACK")
    assert search(db, "chưa").total == 0


def test_the_articles_of_an_older_mirror_are_indexed_when_it_is_opened(tmp_path: Path) -> None:
    old = Database(sqlite3.connect(tmp_path / "mirror.db", isolation_level=None))
    MIGRATIONS.apply(old, stop_before="m002_search")
    prepare(old)
    add(old, "Huyện Đức Thọ", indexed=False)
    with pytest.raises(StoreError, match="no search index"):
        search(old, "duc tho")
    old.close()
    upgraded = open_database(tmp_path)
    assert titles(search(upgraded, "duc tho")) == ["Huyện Đức Thọ"]
    upgraded.close()


def test_a_reader_searches_without_writing(db: Database, tmp_path: Path) -> None:
    add(db, "Huyện Đức Thọ")
    reader = open_readonly(tmp_path)
    assert titles(search(reader, "duc tho")) == ["Huyện Đức Thọ"]
    reader.close()


def test_an_index_is_made_empty(db: Database) -> None:
    add(db, "Tin")
    create_index(db)
    assert search(db, "tin").total == 0


def govnews_search(output: Path, *arguments: str) -> str:
    done = CliRunner().invoke(main, ["search", *arguments, "--output", str(output)])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_prints_hits_with_a_piece_of_their_text(db: Database, tmp_path: Path) -> None:
    add(db, "Họp [báo]", None, "Huyện Đức Thọ họp báo.")
    add(db, "Tin cũ", None, "Xã Đức Thọ.", published_date="2020-01-01", site="khac")
    printed = govnews_search(tmp_path, "duc", "tho")
    assert "1. Họp [báo]" in printed
    assert "2024-05-07 · mau · http://mau.example/tin-1" in printed
    assert "Huyện Đức Thọ họp báo." in printed
    assert "1 to 2 of 2 articles" in printed
    assert "2 to 2 of 2 articles" in govnews_search(tmp_path, "duc tho", "--limit", "1", "--page", "2")
    assert "Tin cũ" not in govnews_search(tmp_path, "duc tho", "--since", "2024-01-01")
    assert "1 to 1 of 1 article\n" in govnews_search(tmp_path, "duc tho", "--site", "khac", "--until", "2020-01-01")


@pytest.mark.parametrize("words", ["khoai", "😀", '"', "AND"])
def test_the_command_says_that_there_are_no_hits(db: Database, tmp_path: Path, words: str) -> None:
    add(db, "Tin")
    assert govnews_search(tmp_path, words) == "no article has all of these words\n"


def test_the_command_asks_for_a_mirror(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["search", "tin", "--output", str(tmp_path)])
    assert done.exit_code == 1
    assert "no mirror yet" in done.output


def test_a_text_with_a_zero_in_it_is_indexed_in_its_own_column(db: Database) -> None:
    odd = add(db, "Họp\0thôn", "Sắp\0", "Dân\0vận")
    db.execute("UPDATE articles SET author = 'Lê Thử' WHERE id = ?", [odd])
    index_article(db, odd)
    found = db.execute("SELECT rowid FROM articles_fts('lead : sắp people : \"lê thử\" body_folded : van')").fetchall()
    assert found == [(odd,)]
