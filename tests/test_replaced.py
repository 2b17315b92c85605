"""A text that has nothing in common with its article is not believed at once: it may be an excuse with status 200."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from server import SmallSite, running
from village import PARAGRAPHS, article, listing, page, small_site

from crawler.guard.replaced import WAITS
from crawler.read.shape import shape_of_text
from crawler.sitefile import load_site
from crawler.sources.reparse import reparse
from pipelines.database import open_readonly
from pipelines.verify import verify

EXCUSE = (
    "Kính thưa quý bạn đọc, nội dung mà quý bạn đọc tìm không còn được lưu giữ trên hệ thống vì lý do kỹ thuật, mong "
    "quý bạn đọc thông cảm và quay lại trang chủ để theo dõi những thông tin mới nhất của địa phương chúng tôi."
)
REWRITTEN = (
    "Hội Chữ thập đỏ phát động ngày hội hiến máu tình nguyện tại nhà văn hóa với hàng trăm lượt đăng ký ngay từ sáng.",
    "Trạm y tế khám sức khỏe miễn phí cho người cao tuổi, cấp thuốc bổ và hướng dẫn cách phòng bệnh lúc giao mùa.",
)


def another(title: str, *paragraphs: str) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    content = f'<h1 class="title">{title}</h1><div class="date">Ngày đăng: 09/06/2024 08:15</div>'
    return page(title, f'{content}<div class="content">{text}</div>')


def excuse(number: int) -> str:
    """As a portal prints it: with the address that was asked for."""
    return another("Thông báo của ban biên tập", f"Bạn tìm /tin-{number}.html lúc 08:{number:02}", EXCUSE)


class Portal:
    """A portal that is crawled now and then, everything anew; its random addresses answer 404, as they should."""

    def __init__(self, site: SmallSite, mirror: Mirror) -> None:
        self.site, self.mirror = site, mirror
        self.time = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
        self.crawl()

    def crawl(self) -> None:
        options = {"GOVNEWS_FULL": True, "GOVNEWS_PROBE": True, "GOVNEWS_CLOCK": lambda: self.time}
        outcome = crawl(self.mirror, self.site.base_url, options=options)
        assert outcome.word == "ok", outcome.detail
        self.time += timedelta(days=2)
        with closing(open_readonly(self.mirror.output)) as db:
            assert verify(db, self.mirror.output).problems == ()

    def take_down(self, *numbers: int) -> None:
        self.site.routes |= {f"/tin-{number}.html": excuse(number) for number in numbers}

    def events(self, number: int) -> list[str]:
        rows = self.mirror.rows(
            "SELECT kind FROM events JOIN article_urls USING (article) WHERE url = ? ORDER BY id",
            f"{HOME}tin-{number}.html",
        )
        return [row[0] for row in rows]

    def bodies(self) -> set[str]:
        return {row[0] for row in self.mirror.rows("SELECT body FROM articles")}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with running(small_site()) as site:
        yield Portal(site, Mirror(tmp_path / "output"))


def test_one_text_in_place_of_several_articles_is_no_edit(portal: Portal) -> None:
    before = portal.mirror.rows("SELECT id, title, body, content_sha256 FROM articles ORDER BY id")
    portal.take_down(2, 3, 4)
    portal.crawl()
    first, *others = sorted([portal.events(number) for number in (2, 3, 4)], key=len)
    assert first == ["created"], "one alone could be an edit"
    assert others == [["created", "unpublished"]] * 2
    portal.crawl()
    assert [portal.events(number) for number in (2, 3, 4)] == [["created", "unpublished"]] * 3
    portal.crawl()
    assert portal.mirror.rows("SELECT id, title, body, content_sha256 FROM articles ORDER BY id") == before
    assert portal.mirror.one("SELECT count(*) FROM article_revisions") == 6
    assert portal.events(1) == ["created"]


def test_an_article_that_comes_back_from_behind_the_excuse_is_restored(portal: Portal) -> None:
    portal.take_down(2, 3)
    portal.crawl()
    portal.crawl()
    portal.site.routes |= {f"/tin-{number}.html": article(number) for number in (2, 3)}
    portal.crawl()
    assert [portal.events(number) for number in (2, 3)] == [["created", "unpublished", "restored"]] * 2
    assert portal.mirror.rows("SELECT 1 FROM links WHERE error IS NOT NULL AND kind = 'article'") == []


def test_an_article_that_was_written_anew_is_edited_when_it_is_seen_again(portal: Portal) -> None:
    portal.site.routes |= {
        "/tin-2.html": another("Ngày hội hiến máu tình nguyện", REWRITTEN[0]),
        "/tin-3.html": another("Khám sức khỏe cho người cao tuổi", REWRITTEN[1]),
    }
    portal.crawl()
    assert portal.mirror.one("SELECT count(*) FROM article_revisions") == 6
    waiting = portal.mirror.rows(
        "SELECT url, error FROM links WHERE state = 'failed' AND kind = 'article' ORDER BY url"
    )
    assert [url for url, _error in waiting] == [f"{HOME}tin-2.html", f"{HOME}tin-3.html"]
    assert all(error.startswith(WAITS) for _url, error in waiting)
    portal.crawl()
    assert [portal.events(number) for number in (2, 3)] == [["created", "edited"]] * 2
    assert {REWRITTEN[0], REWRITTEN[1]} <= portal.bodies()
    portal.crawl()
    assert portal.mirror.one("SELECT count(*) FROM article_revisions") == 8


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda number: article(number, extra="<p>Tin đã được cập nhật.</p>"), id="the same line on all"),
        pytest.param(lambda number: article(number, body=REWRITTEN[0]), id="the first paragraph, the same on all"),
        pytest.param(
            lambda number: another(f"Xã Mẫu làm đường giao thông nông thôn đợt {number}", EXCUSE),
            id="only the titles stay",
        ),
    ],
)
def test_what_keeps_something_of_its_article_is_an_edit_at_once(portal: Portal, change: object) -> None:
    portal.site.routes |= {f"/tin-{number}.html": change(number) for number in (2, 3, 4)}  # type: ignore[operator]
    portal.crawl()
    assert [portal.events(number) for number in (2, 3, 4)] == [["created", "edited"]] * 3


def test_articles_that_had_the_same_text_from_the_first_are_left_alone(portal: Portal) -> None:
    same = another("Lịch tiếp công dân", *REWRITTEN)
    portal.site.routes |= {"/tin-7.html": same, "/tin-8.html": same}
    links = "".join(f'<a href="/tin-{n}.html">Lịch tiếp công dân {n}</a>' for n in (7, 8))
    portal.site.routes["/"] = listing(range(1, 4), more=links)
    portal.crawl()
    portal.site.routes["/tin-2.html"] = same  # an editor who puts a third copy there
    portal.crawl()
    portal.crawl()
    assert [portal.events(number) for number in (7, 8)] == [["created"]] * 2
    assert portal.events(2) == ["created", "edited"]


def test_one_article_at_two_addresses_is_one_article(portal: Portal) -> None:
    portal.site.routes["/"] = listing(range(1, 4)).replace("/tin-3.html", "/tin-3.html/")
    portal.site.routes["/tin-3.html/"] = article(3)
    portal.crawl()
    rewritten = another("Ngày hội hiến máu tình nguyện", REWRITTEN[0])
    portal.site.routes |= {"/tin-3.html": rewritten, "/tin-3.html/": rewritten}
    portal.crawl()
    portal.crawl()
    assert portal.events(3) == ["created", "edited"]


def test_a_page_that_says_something_else_at_every_visit_is_not_doubted_for_ever(portal: Portal) -> None:
    for title, text in zip(("Hiến máu tình nguyện", "Khám sức khỏe"), REWRITTEN, strict=True):
        portal.site.routes["/tin-2.html"] = another(title, text)
        portal.crawl()
    assert portal.events(2) == ["created", "edited"]


def test_articles_that_are_taken_down_one_by_one_cost_the_first_its_place_and_no_other(portal: Portal) -> None:
    portal.take_down(2)
    portal.crawl()
    portal.crawl()
    assert portal.events(2) == ["created", "edited"], "nothing else is known of that text"
    portal.take_down(5)
    portal.crawl()
    assert portal.events(5) == ["created", "unpublished"]
    assert portal.mirror.one("SELECT body FROM article_revisions WHERE number = 1 AND article = 2") == "\n".join(
        PARAGRAPHS
    )


def test_an_address_that_was_never_asked_for_is_no_article_where_the_excuse_is_known(portal: Portal) -> None:
    portal.take_down(2, 3, 8)
    portal.crawl()
    portal.site.routes["/tin-tuc"] = listing(range(1, 9))
    portal.crawl()
    assert portal.mirror.one("SELECT count(*) FROM articles") == 6
    assert portal.mirror.one("SELECT reading FROM captures WHERE url = ?", f"{HOME}tin-8.html").endswith("soft_404")


def test_reading_the_archive_again_does_not_take_the_excuse_for_the_article(portal: Portal) -> None:
    portal.take_down(2, 3)
    portal.crawl()
    portal.crawl()
    path = portal.mirror.output.parent / "xa.toml"
    path.write_text(SITE_FILE, encoding="utf-8")
    found = reparse(load_site(path), portal.mirror.output)
    assert found.differences == []
    assert portal.mirror.one("SELECT count(*) FROM article_revisions") == 6


@pytest.mark.parametrize(
    ("one", "other", "has_nothing"),
    [
        ("Một hai ba bốn năm", "Sáu bảy tám chín mười", True),
        ("Một hai ba bốn năm", "Một hai ba bốn năm", False),
        ("Một hai ba bốn năm\n" + "Sáu bảy tám " * 9, "Một hai ba bốn năm\n" + "Chín mười " * 9, False),
        ("Chào\n" + "Sáu bảy tám " * 30, "Chào\n" + "Chín mười " * 30, True),
        ("", "Một hai ba", True),
    ],
)
def test_texts_are_compared_by_their_lines(one: str, other: str, has_nothing: bool) -> None:  # noqa: FBT001  # a column
    assert shape_of_text(one, HOME).has_nothing_of(shape_of_text(other, HOME)) is has_nothing
    assert shape_of_text(other, HOME).has_nothing_of(shape_of_text(one, HOME)) is has_nothing


def test_the_same_excuse_has_one_hash_whatever_address_and_time_it_prints() -> None:
    shapes = [shape_of_text(f"Bạn tìm /tin-{n}.html lúc 08:{n}\n{EXCUSE}", f"{HOME}tin-{n}.html") for n in (2, 13)]
    assert shapes[0].sha256 == shapes[1].sha256
