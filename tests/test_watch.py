"""Answers that are not the site's pages: challenges, excuses for missing pages, a new owner under the old name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crawling import HOME, SITE_FILE, Mirror, crawl
from server import Answer, Asked, Route, SmallSite, redirect, running
from village import PDF, article, entry, listing, page, small_site

from crawler.guard.drift import Character, character_of, drift, pairs_of
from crawler.guard.missing import missing_address
from crawler.read import parse_page
from crawler.read.challenge import challenge_in
from crawler.read.shape import shape_of

CHALLENGE = (
    '<html><body><script>document.cookie="D1N=0a1b2c3d4e5f60718293a4b5c6d7e8f9"+"; expires=Fri, 31 Dec 2099 23:59:59 '
    'GMT; path=/";window.location.reload(true);</script></body></html>'
)
PROBED = {"GOVNEWS_PROBE": True}


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site()) as server:
        yield server


# Challenges


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (CHALLENGE.encode(), "a script that sets a cookie and reloads"),
        (b"\xef\xbb\xbf\n " + CHALLENGE.encode(), "a script that sets a cookie and reloads"),
        (
            b"<script>document.cookie='a=1';location.href=location.href</script>",
            "a script that sets a cookie and reloads",
        ),
        (b"<html><script src='/cdn-cgi/challenge-platform/x.js'></script></html>", "a browser check"),
        (b"<script>document.cookie='lang=vi';location.href='/vi/trang-chu'</script>", None),
        (
            b"<title>Just a moment...</title><script>window._cf_chl_opt={cvId:'3'}</script>" + b" " * 9_000,
            "a browser check",
        ),
        (
            article(1, extra="<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>" * 60).encode(),
            None,
        ),
        (page("Tin", "<p>Chào</p>").encode(), None),
        (PDF, None),
        (b"", None),
    ],
)
def test_a_challenge_page_is_told_by_its_bytes(body: bytes, why: str | None) -> None:
    assert challenge_in(body) == why


@pytest.mark.parametrize(
    ("path", "mime"),
    [
        ("/tin-3.html", "text/html"),
        ("/files/ke-hoach.pdf", "application/pdf"),
        ("/anh/duong.png", "image/png"),
        ("/tin-tuc", "text/html"),
    ],
)
def test_a_challenge_of_any_content_type_is_no_content_and_the_link_waits(
    site: SmallSite, mirror: Mirror, path: str, mime: str
) -> None:
    usual = site.routes[path]
    site.routes[path] = Answer(body=CHALLENGE.encode(), mime=mime)
    crawl(mirror, site.base_url)
    url = HOME.rstrip("/") + path
    assert mirror.one("SELECT state, error FROM links WHERE url = ?", url) == (
        "failed",
        "a challenge page came instead of the answer",
    )
    assert mirror.rows("SELECT 1 FROM articles WHERE url = ?", url) == []
    assert mirror.one("SELECT count(*) FROM files WHERE bytes < 1000 AND path LIKE '%html'") == 0
    assert CHALLENGE.encode() not in b"".join(path.read_bytes() for path in (mirror.output / "files").rglob("*.*"))
    site.routes[path] = usual
    assert crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True}).word == "ok"
    assert mirror.one("SELECT state FROM links WHERE url = ?", url) == "done"


@pytest.mark.parametrize("path", ["/rss.xml", "/sitemap.xml"])
def test_a_challenge_instead_of_a_feed_is_named_as_one(site: SmallSite, mirror: Mirror, path: str) -> None:
    site.routes["/"] = page(
        "Trang chủ",
        '<p><a href="/tin-tuc">Tin tức</a></p>',
        head='<link rel="alternate" type="application/rss+xml" href="/rss.xml">',
    )
    site.routes[path] = Answer(body=CHALLENGE.encode(), mime="text/xml")
    crawl(mirror, site.base_url)
    assert (
        mirror.one("SELECT reading FROM captures WHERE url = ?", HOME.rstrip("/") + path) == "not an article: challenge"
    )


def test_a_host_that_keeps_sending_challenges_is_held_and_the_outcome_says_so(site: SmallSite, mirror: Mirror) -> None:
    for number in range(2, 7):
        site.routes[f"/tin-{number}.html"] = Answer(body=CHALLENGE.encode(), mime="text/html")
    site.routes["/"] = listing(range(2, 7))
    outcome = crawl(mirror, site.base_url)
    assert outcome.word == "failed"
    assert outcome.detail is not None
    assert "xa.example is held: a challenge page comes instead of answers" in outcome.detail
    asked = [asked.path for asked in site.log]
    assert len(asked) < 12
    assert mirror.one("SELECT count(*) FROM articles") == 0


def test_a_challenge_with_a_forbidding_status_unpublishes_nothing(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes["/tin-3.html"] = Answer(status=403, body=CHALLENGE.encode())
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert mirror.one("SELECT state FROM articles WHERE url = ?", f"{HOME}tin-3.html") == "live"
    assert mirror.rows("SELECT 1 FROM events WHERE kind = 'unpublished'") == []


# Pages that are not there, with status 200


def excuse(asked: Asked) -> Answer:
    """What a host without 404 answers: its template, a clock, the address, and a link that makes the path grow."""
    text = (
        "Kính thưa quý độc giả, bài viết mà quý độc giả tìm không còn được lưu giữ trên hệ thống của chúng tôi vì lý "
        "do kỹ thuật, mong quý độc giả thông cảm và quay lại trang chủ để đọc những tin tức mới nhất của địa phương."
    )
    content = (
        '<h1 class="title">Thông báo của ban biên tập</h1>'
        f'<div class="date">Ngày đăng: 03/05/2024 0{len(asked.path) % 9}:15</div><p>Bạn tìm {asked.path}</p>'
        f'<div class="content"><p>{text}</p><a href="vi/tin-moi.html">Tiếng Việt</a></div>'
    )
    return Answer(body=page("Thông báo", content).encode())


class WithoutNotFound(dict[str, Route]):
    """Routes of a host that answers everything with 200."""

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and not key.startswith("//") and key not in {"/robots.txt", "/sitemap.xml"}

    def __missing__(self, key: str) -> Route:
        return excuse


@pytest.fixture
def polite() -> Iterator[SmallSite]:
    routes = small_site()
    links = "".join(
        f'<li><a href="/da-go/bai-{n}.html">Bài viết đã được gỡ khỏi trang số {n}</a></li>' for n in range(7)
    )
    routes["/"] = listing(range(1, 3), more=f'<ul><li><a href="/tin-tuc">Xem thêm</a></li>{links}</ul>')
    with running(routes) as server:
        server.routes = WithoutNotFound(routes)
        yield server


def test_a_host_is_asked_once_a_run_for_what_cannot_exist(polite: SmallSite, mirror: Mirror) -> None:
    for _ in range(2):
        polite.log.clear()
        crawl(mirror, polite.base_url, options=PROBED)
        probes = [asked.path for asked in polite.log if "khong-co-trang" in asked.path]
        assert probes == [missing_address(HOME.rstrip("/")).removeprefix(HOME.rstrip("/"))]
    assert mirror.one("SELECT count(*) FROM links WHERE kind = 'probe' AND url LIKE '%khong-co-trang%'") == 1


def test_what_a_host_answers_for_missing_pages_is_never_an_article(polite: SmallSite, mirror: Mirror) -> None:
    assert crawl(mirror, polite.base_url, options=PROBED).word == "ok"
    kept = [row[0] for row in mirror.rows("SELECT url FROM articles ORDER BY url")]
    assert kept == [f"{HOME}tin-{n}.html" for n in range(1, 7)]
    readings = mirror.rows("SELECT reading FROM captures WHERE url LIKE '%/da-go/%'")
    assert readings == [("not an article: soft_404",)] * 7
    assert not [asked.path for asked in polite.log if "/vi/" in asked.path], "its relative links are not followed"


def test_without_the_probe_the_excuse_would_have_been_taken_for_news(polite: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, polite.base_url, options={"GOVNEWS_LIMIT": 20})
    assert mirror.one("SELECT count(*) FROM articles WHERE title LIKE 'Thông báo của ban%'") > 0


def test_an_article_that_turns_into_the_excuse_is_unpublished_and_keeps_its_text(
    polite: SmallSite, mirror: Mirror
) -> None:
    crawl(mirror, polite.base_url, options=PROBED)
    before = mirror.one("SELECT body FROM articles WHERE url = ?", f"{HOME}tin-3.html")
    polite.routes["/tin-3.html"] = excuse
    crawl(mirror, polite.base_url, options=PROBED | {"GOVNEWS_FULL": True})
    assert mirror.one("SELECT state, body FROM articles WHERE url = ?", f"{HOME}tin-3.html") == ("unpublished", before)


def test_a_redirect_to_where_all_missing_pages_lead_is_a_missing_page(site: SmallSite, mirror: Mirror) -> None:
    site.routes[missing_address(HOME.rstrip("/")).removeprefix(HOME.rstrip("/"))] = redirect("/")
    crawl(mirror, site.base_url, options=PROBED)
    site.routes["/tin-3.html"] = redirect("/")
    crawl(mirror, site.base_url, options=PROBED | {"GOVNEWS_FULL": True})
    assert mirror.one("SELECT state FROM articles WHERE url = ?", f"{HOME}tin-3.html") == "unpublished"


def test_a_host_with_honest_answers_is_read_as_ever(site: SmallSite, mirror: Mirror) -> None:
    assert crawl(mirror, site.base_url, options=PROBED).word == "ok"
    assert mirror.one("SELECT count(*) FROM articles") == 6


def test_an_invented_address_that_robots_txt_forbids_is_not_asked_for(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /khong-co", mime="text/plain")
    assert crawl(mirror, site.base_url, options=PROBED).word == "ok"
    assert not [asked for asked in site.log if "khong-co-trang" in asked.path]


def test_a_home_page_that_is_what_the_host_answers_for_everything_is_still_read(
    site: SmallSite, mirror: Mirror
) -> None:
    site.routes[missing_address(HOME.rstrip("/")).removeprefix(HOME.rstrip("/"))] = site.routes["/"]
    assert crawl(mirror, site.base_url, options=PROBED).word == "ok"
    assert mirror.one("SELECT count(*) FROM articles") == 6


@pytest.mark.parametrize(
    ("one", "other", "is_like"),
    [
        ("<p>Không có trang này</p><p>Bây giờ là 08:15</p>", "<p>Không có trang này</p><p>Bây giờ là 19:41</p>", True),
        (
            "<p>Không có trang này</p>",
            "<p>Không có trang này</p><p>Liên hệ quản trị viên của cổng thông tin</p>",
            False,
        ),
        ("<p>Tin mới</p>", "<p>Chào</p>", False),
        ("", "", False),
    ],
)
def test_pages_are_compared_by_what_they_say(one: str, other: str, is_like: bool) -> None:  # noqa: FBT001  # a column
    shapes = [shape_of(parse_page(markup.encode(), HOME).tree, HOME) for markup in (one, other)]
    assert shapes[0].is_like(shapes[1]) is is_like


# Another owner

SPAM_TITLES = (
    "Nhà cái uy tín tặng thưởng nạp lần đầu",
    "Soi kèo bóng đá trực tiếp tối nay chuẩn xác",
    "Casino trực tuyến đổi thưởng rút tiền siêu tốc",
    "Game bài nổ hũ tài xỉu xanh chín số một",
    "Link đăng nhập mới nhất không bị chặn",
    "Khuyến mãi hoàn trả mỗi ngày cho hội viên",
)


def spam(asked: Asked) -> Answer:
    """What an expired name serves: new titles under every address, and links to those who pay for it."""
    titles = "".join(
        f'<h2><a href="/{n}-{asked.path.strip("/")[:9]}.html">{title}</a></h2>' for n, title in enumerate(SPAM_TITLES)
    )
    links = "".join(f'<a href="https://choi{n}.example.net/">Cược ngay {n}</a>' for n in range(6))
    text = "<p>Tham gia ngay hôm nay để nhận khuyến mãi hấp dẫn dành cho thành viên mới của chúng tôi.</p>" * 5
    content = f'<h1>{SPAM_TITLES[0]}</h1><div class="entry-content"><time>01/09/2026 08:15</time>{text}</div>'
    head = '<link rel="stylesheet" href="/wp-content/themes/x/style.css"><title>Nhà cái số một</title>'
    return Answer(body=f"<html lang=vi><head>{head}</head><body>{titles}{content}{links}</body></html>".encode())


PARKED = (
    '<html lang="en"><head><title>This domain name is for sale</title></head><body><h1>Buy this domain today</h1>'
    '<a href="https://market.example.net/">Make an offer now and own it within minutes</a>'
    '<a href="https://ads.example.org/">Related searches about insurance loans and credit cards</a></body></html>'
)


def stuffed(asked: Asked) -> Answer:
    """The same between words of the portal that was there before."""
    words = page("Trang chủ", "".join(f"<h2>{text}</h2>" for text in ("Tin tức xã Mẫu", "Ủy ban nhân dân xã Mẫu")))
    return Answer(body=spam(asked).body.replace(b"</body>", words.encode()))


@pytest.mark.parametrize("hijacked", [spam, stuffed, PARKED], ids=["gambling", "stuffed", "parked"])
def test_a_hijacked_name_ends_the_run_and_changes_nothing(site: SmallSite, mirror: Mirror, hijacked: Route) -> None:
    crawl(mirror, site.base_url)
    before = mirror.rows("SELECT * FROM articles ORDER BY id")
    site.routes.update(dict.fromkeys((*site.routes, "/sitemap.xml", "/rss.xml"), hijacked))
    site.log.clear()
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert outcome.word == "failed"
    assert (outcome.detail or "").startswith(f"{HOME} is not the site that it was: ")
    assert "Nothing was taken from it" in (outcome.detail or "")
    assert mirror.rows("SELECT * FROM articles ORDER BY id") == before
    assert mirror.rows("SELECT 1 FROM events WHERE kind != 'created'") == []
    assert [asked.path for asked in site.log] == ["/robots.txt", "/"], "the home page is asked for first, and alone"
    assert mirror.one("SELECT reading FROM captures ORDER BY id DESC LIMIT 1") == "not an article: hijacked"


def test_a_hijacked_name_is_not_crawled_behind_its_home_page_later_on(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes.update(dict.fromkeys(site.routes, spam))
    crawl(mirror, site.base_url)
    for home in (spam, Answer(status=404), Answer(body=CHALLENGE.encode())):
        site.routes["/"] = home
        site.log.clear()
        assert crawl(mirror, site.base_url).word == "failed"
        assert {asked.path for asked in site.log} == {"/robots.txt", "/"}
    assert mirror.one("SELECT count(*) FROM articles") == 6


def test_a_home_page_with_a_fault_holds_nothing_up(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes |= {"/": Answer(status=404), "/tin-tuc": listing(range(1, 8)), "/tin-7.html": article(7)}
    crawl(mirror, site.base_url)
    assert mirror.one("SELECT count(*) FROM articles") == 7


def test_a_site_that_came_back_is_crawled_again(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    home = site.routes["/"]
    site.routes["/"] = spam
    crawl(mirror, site.base_url)
    site.routes["/"] = home
    assert crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True}).word == "ok"


def test_a_person_who_has_looked_says_so_in_the_site_file(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes["/"] = PARKED
    site_file = SITE_FILE + "verified = 2099-01-01\n"
    assert crawl(mirror, site.base_url, site_file=site_file).word == "ok"


NUKEVIET = "<script>var nv_siteroot='/';</script>"
STRANGERS = '<a href="https://a.example.org/">A</a> <a href="https://b.example.net/">B</a>'


@pytest.mark.parametrize(
    "home",
    [
        pytest.param(listing(range(1, 7)).replace("<body>", f"<body>{NUKEVIET}"), id="new template"),
        pytest.param(page("Trang chủ", STRANGERS + entry(1)), id="new links"),
        pytest.param(listing(range(41, 60)), id="new articles"),
    ],
)
def test_a_site_that_only_changes_is_crawled_as_ever(site: SmallSite, mirror: Mirror, home: str) -> None:
    crawl(mirror, site.base_url)
    site.routes["/"] = home
    assert crawl(mirror, site.base_url).word in {"ok", "partial"}


def test_a_home_page_that_leads_to_another_site_is_a_failed_run_that_names_it(site: SmallSite, mirror: Mirror) -> None:
    site.routes["//xa.example/"] = redirect("https://nha-cai.example.net/dang-ky")
    outcome = crawl(mirror, site.base_url)
    assert outcome.word == "failed"
    assert (outcome.detail or "").startswith(f"{HOME} leads to another site, https://nha-cai.example.net/dang-ky")
    assert not [asked for asked in site.log if asked.host == "nha-cai.example.net"]


def test_the_words_of_a_site_alone_prove_nothing() -> None:
    known = Character(languages=frozenset({"vi"}), pairs=pairs_of(["một hai ba bốn năm sáu bảy tám chín mười " * 2]))
    seen = Character(
        languages=frozenset({"vi"}), pairs=pairs_of(["mười hai bốn tám sáu một ba chín năm bảy hai chín ba"])
    )
    assert drift(known, seen, site_host="xa.example") is None


def test_what_a_page_shows_of_its_site() -> None:
    body = page("Tin", '<a href="https://khac.example.org/">Cổng khác</a><a href="http://[">hỏng</a>').encode()
    seen = character_of(parse_page(body, HOME), HOME)
    assert seen.hosts == {"khac.example.org"}
    assert {"trang chu", "tin tuc", "cong khac"} <= seen.pairs
    assert seen.families == {"none"}


# A home page that says too little, and articles that are replaced

SPLASH = '<html lang="vi"><body><p>Đang nâng cấp</p></body></html>'


def articles_of(mirror: Mirror) -> list[object]:
    return mirror.rows("SELECT url, title, body, state FROM articles ORDER BY id")


@pytest.mark.parametrize("behind", [spam, PARKED, SPLASH], ids=["gambling", "parked", "nothing"])
def test_behind_a_home_page_of_few_words_known_articles_are_asked(
    site: SmallSite, mirror: Mirror, behind: Route
) -> None:
    crawl(mirror, site.base_url)
    before = articles_of(mirror)
    site.routes.update(dict.fromkeys((*site.routes, "/sitemap.xml"), behind))
    site.routes["/"] = SPLASH
    site.log.clear()
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert outcome.word == "failed"
    assert HOME in (outcome.detail or "")
    assert [asked.path for asked in site.log][:3] == ["/robots.txt", "/", "/tin-6.html"]
    assert len(site.log) <= 4, "one after another, and then no more"
    assert [crawl(mirror, site.base_url).word for _ in range(4)] == ["failed"] * 4, "nobody gets used to it"
    assert articles_of(mirror) == before
    assert mirror.rows("SELECT 1 FROM events WHERE kind != 'created'") == []


def test_a_site_whose_home_page_has_few_words_is_crawled_as_ever(site: SmallSite, mirror: Mirror) -> None:
    site.routes["/"] = '<html lang="vi"><body><a href="/tin-tuc">Vào trang</a></body></html>'
    crawl(mirror, site.base_url)
    site.routes |= {"/tin-tuc": listing(range(1, 8)), "/tin-7.html": article(7)}
    assert crawl(mirror, site.base_url).word == "ok"
    assert mirror.one("SELECT count(*) FROM articles") == 7
    assert mirror.one("SELECT revisits FROM runs WHERE id = 2") == 0, "it never said more"


def test_witnesses_that_cannot_be_had_hold_nothing_up(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes |= {"/": '<html lang="vi"><body><a href="/tin-tuc">Vào trang</a></body></html>'}
    site.routes |= {"/tin-6.html": Answer(status=500), "/tin-5.html": Answer(status=404)}
    site.routes |= {"/tin-tuc": listing(range(1, 8)), "/tin-7.html": article(7)}
    site.log.clear()
    crawl(mirror, site.base_url)
    assert [asked.path for asked in site.log][:4] == ["/robots.txt", "/", "/tin-6.html", "/tin-5.html"]
    assert mirror.one("SELECT count(*) FROM articles") == 7


def test_articles_that_became_somebody_elses_are_left_as_they_are(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    before = articles_of(mirror)
    site.routes.update({f"/tin-{n}.html": spam for n in range(1, 7)})
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert outcome.word == "failed"
    assert "articles of the site are so no more" in (outcome.detail or "")
    assert articles_of(mirror) == before
    assert mirror.rows("SELECT 1 FROM events WHERE kind != 'created'") == []
    assert mirror.one("SELECT count(*) FROM article_revisions") == 6


def test_an_article_that_became_a_file_is_not_taken_for_somebody_elses(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    site.routes.update({f"/tin-{n}.html": Answer(body=PDF, mime="application/pdf") for n in range(1, 7)})
    crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert mirror.rows("SELECT 1 FROM captures WHERE reading = 'not an article: hijacked'") == []


def test_one_article_of_somebody_elses_is_left_out_and_named(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    before = articles_of(mirror)
    site.routes["/tin-3.html"] = spam
    outcome = crawl(mirror, site.base_url, options={"GOVNEWS_FULL": True})
    assert outcome.word != "failed"
    assert articles_of(mirror) == before
    assert mirror.one("SELECT count(*) FROM captures WHERE reading = 'not an article: hijacked'") == 1
    assert mirror.one("SELECT error FROM links WHERE url LIKE '%/tin-3.html'") == (
        "the answer is not the site's own any more"
    )
