"""The sample site over real sockets: how its server behaves, and whether its pages say what the truth says."""

from __future__ import annotations

import http.client
import io
import re
import threading
import tomllib
import unicodedata
import zipfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from lxml import etree, html
from protego import Protego

from crawler.sample import HOME, SITE_FILE, ExpectedArticle, dead_links, expected_articles, serve

SEEDS = Path(__file__).resolve().parents[1].parent / "shared" / "seed"
FLAGSHIP = f"{HOME}Trang/ChiTietTinTuc.aspx?nid=1012&cat=2"
PDF = f"{HOME}Lists/ThongBao/Attachments/1016/Ke%20hoach%2047%20dao%20tao%20nghe.pdf"
ARTICLES = expected_articles()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def tree(self) -> html.HtmlElement:
        return html.document_fromstring(self.body.decode())


class Client:
    """Speaks to the sample server through one kept connection, as a crawler behind a proxy does."""

    def __init__(self, address: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)

    def ask(self, target: str, *, method: str = "GET", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, target, headers=sent)
        response = self.connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=lowered, body=response.read())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve() as running:
        yield running


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    client = Client(address)
    yield client
    client.connection.close()


# The server


def test_a_proxy_request_and_an_origin_request_get_the_same_page(client: Client) -> None:
    assert client.ask(FLAGSHIP).body == client.ask(FLAGSHIP.removeprefix(HOME.rstrip("/"))).body


def test_an_origin_request_is_answered_whatever_its_host_header_says(client: Client) -> None:
    assert client.ask("/", Host="another.example").status == 200


@pytest.mark.parametrize(
    "target",
    [
        "http://another.example/",
        "https://songmau.example/",
        "http://songmau.example.another/",
        "ftp://songmau.example/",
    ],
)
def test_another_host_is_a_bad_gateway(client: Client, target: str) -> None:
    assert client.ask(target).status == 502


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_site_can_only_be_read(client: Client, method: str) -> None:
    answer = client.ask(HOME, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_one_connection_carries_many_requests(client: Client) -> None:
    client.ask(HOME)
    first = client.connection.sock
    client.ask(f"{HOME}khong-co.aspx")
    client.ask(PDF, Range="bytes=0-3")
    assert client.connection.sock is first is not None


def test_head_tells_the_length_and_sends_nothing(client: Client) -> None:
    head, whole = client.ask(FLAGSHIP, method="HEAD"), client.ask(FLAGSHIP)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    assert head.headers["etag"] == whole.headers["etag"]


def test_an_unknown_address_gets_the_vietnamese_page_and_status_404(client: Client) -> None:
    answer = client.ask(f"{HOME}Trang/khong-co.aspx")
    assert answer.status == 404
    assert "Không tìm thấy trang" in answer.tree.text_content()


def test_the_server_leaves_no_thread_behind_even_with_a_connection_open() -> None:
    before = set(threading.enumerate())
    with serve() as address:
        client = Client(address)
        client.ask("/")
        started = set(threading.enumerate()) - before
    assert len(started) == 2
    assert not any(thread.is_alive() for thread in started)
    client.connection.close()


# Validators, conditions, ranges


def test_validators_do_not_depend_on_the_machine(client: Client) -> None:
    answer = client.ask(FLAGSHIP)
    assert answer.headers["last-modified"] == "Tue, 07 May 2024 13:01:00 GMT"
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["etag"])


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"If_None_Match": "{etag}"}, 304),
        ({"If_None_Match": "W/{etag}"}, 304),
        ({"If_None_Match": '"other", {etag}'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_Modified_Since": "{last-modified}"}, 304),
        ({"If_Modified_Since": "Wed, 01 Jan 2025 00:00:00 GMT"}, 304),
        ({"If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"}, 200),
        ({"If_Modified_Since": "hôm qua".encode().decode("latin-1")}, 200),
        ({"If_None_Match": '"other"', "If_Modified_Since": "{last-modified}"}, 200),
    ],
)
def test_a_condition_saves_the_body_where_nothing_changed(
    client: Client, conditions: dict[str, str], status: int
) -> None:
    known = client.ask(FLAGSHIP).headers
    answer = client.ask(FLAGSHIP, **{name: value.format_map(known) for name, value in conditions.items()})
    assert answer.status == status
    assert answer.headers["etag"] == known["etag"]
    assert bool(answer.body) is (status == 200)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-3", 0, 4), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=10-99999999", 10, None)],
)
def test_a_range_gets_its_part_of_the_file(client: Client, asked: str, first: int, last: int | None) -> None:
    whole, part = client.ask(PDF).body, client.ask(PDF, Range=asked)
    assert part.status == 206
    assert part.body == whole[first:last]
    start = first % len(whole)
    assert part.headers["content-range"] == f"bytes {start}-{start + len(part.body) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_refused_with_its_size(client: Client, asked: str) -> None:
    size = len(client.ask(PDF).body)
    answer = client.ask(PDF, Range=asked)
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "lines=1-2", "bytes=0-1,4-5", "bytes=-"])
def test_a_range_that_says_nothing_gets_the_whole(client: Client, asked: str) -> None:
    assert client.ask(PDF, Range=asked).status == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{etag}", 206),
        ("{last-modified}", 206),
        ("W/{etag}", 200),
        ('"other"', 200),
        ("Mon, 01 Jan 2024 00:00:00 GMT", 200),
    ],
)
def test_a_resumed_download_continues_only_the_same_body(client: Client, condition: str, status: int) -> None:
    known = client.ask(PDF).headers
    assert client.ask(PDF, Range="bytes=4-", If_Range=condition.format_map(known)).status == status


# The site


@pytest.fixture(scope="module")
def crawled(address: str) -> dict[str, Answer]:
    """Everything that can be reached from the home page by links that robots.txt allows."""
    client = Client(address)
    rules = Protego.parse(client.ask(f"{HOME}robots.txt").body.decode())
    found: dict[str, Answer] = {}
    waiting = deque([HOME])
    while waiting:
        url = waiting.popleft()
        if url not in found and rules.can_fetch(url, "test"):
            found[url] = client.ask(url)
            waiting.extend(_links(url, found[url]))
    client.connection.close()
    return found


def _links(url: str, answer: Answer) -> Iterator[str]:
    if answer.headers["content-type"].startswith("text/html"):
        for href in answer.tree.xpath("//a/@href | //img/@src | //link/@href"):
            yield urljoin(url, quote(href, safe="/?&=%:"))


def test_every_link_answers_but_for_the_three_that_are_dead_on_purpose(crawled: dict[str, Answer]) -> None:
    failed = {url for url, answer in crawled.items() if answer.status != 200}
    assert failed == set(dead_links())
    assert len(dead_links()) == 3


def test_every_article_image_and_attachment_is_reached_by_links(crawled: dict[str, Answer]) -> None:
    for article in ARTICLES:
        assert article.url in crawled
        assert {image.url for image in article.images} <= set(crawled)
        assert {attachment.url for attachment in article.attachments} <= set(crawled)


def test_a_trap_leads_to_no_second_site(crawled: dict[str, Answer]) -> None:
    assert len(crawled) < 150
    assert not any("/_layouts/" in url for url in crawled)


def test_two_servers_give_the_same_bytes(crawled: dict[str, Answer]) -> None:
    with serve() as other:
        client = Client(other)
        again = {url: client.ask(url) for url in crawled}
        client.connection.close()
    assert all(again[url].body == crawled[url].body for url in crawled)
    assert all(again[url].headers.get("etag") == crawled[url].headers.get("etag") for url in crawled)


def test_the_site_file_names_the_home_that_the_server_serves() -> None:
    table = tomllib.loads(SITE_FILE.read_text(encoding="utf-8"))
    assert table["home"] == HOME
    assert table["family"] == "sharepoint"


def test_the_sections_of_the_site_file_are_its_listings(client: Client) -> None:
    sections = tomllib.loads(SITE_FILE.read_text(encoding="utf-8"))["sections"]
    headings = [client.ask(url).tree.findtext(".//h2") for url in sections]
    assert headings == ["Tin trong huyện", "Xây dựng Đảng", "Văn hóa - Xã hội", "Thông báo"]


@pytest.mark.parametrize(
    ("slug", "pages"), [("tin-trong-huyen", 3), ("xay-dung-dang", 2), ("van-hoa-xa-hoi", 2), ("thong-bao", 1)]
)
def test_next_links_walk_a_whole_section(client: Client, slug: str, pages: int) -> None:
    url: str | None = f"{HOME}Trang/{slug}.aspx"
    walked, nids = 0, set()
    while url:
        tree = client.ask(url).tree
        entries = tree.xpath("//div[@class='news-list']//div[@class='news-item-title']/a/@href")
        assert 0 < len(entries) <= 5
        nids |= {_nid(href) for href in entries}
        walked += 1
        following = tree.xpath("//a[@class='next']/@href")
        url = urljoin(url, following[0]) if following else None
    assert walked == pages
    assert nids >= {str(article.nid) for article in ARTICLES if article.url.endswith(f"cat={_cat(slug)}")}


def _nid(href: str) -> str:
    found = re.search(r"nid=(\d+)", href, re.IGNORECASE)
    assert found is not None
    return found[1]


def _cat(slug: str) -> int:
    return ["tin-trong-huyen", "xay-dung-dang", "van-hoa-xa-hoi", "thong-bao"].index(slug) + 1


def test_past_the_last_page_the_list_is_empty(client: Client) -> None:
    answer = client.ask(f"{HOME}Trang/thong-bao.aspx?Page=99")
    assert answer.status == 200
    assert not answer.tree.xpath("//div[@class='news-item']")


def test_one_article_is_linked_under_several_spellings(crawled: dict[str, Answer]) -> None:
    spellings = {url for url in crawled if re.search(r"nid=1012\b", url, re.IGNORECASE)}
    assert spellings == {
        FLAGSHIP,
        f"{FLAGSHIP}&print=1",
        f"{HOME}Trang/ChiTietTinTuc.aspx?cat=3&nid=1012",
        f"{HOME}Trang/ChiTietTinTuc.aspx?nid=1012&cat=3&print=1",
        f"{HOME}trang/chitiettintuc.aspx?Cat=2&NID=1012",
    }


def test_the_category_follows_the_listing_that_led_to_the_article(client: Client) -> None:
    other = client.ask(f"{HOME}trang/CHITIETTINTUC.aspx?CAT=3&NID=1012")
    assert _text(other.tree, "a", "breadcrumb-category") == "Văn hóa - Xã hội"
    assert _text(other.tree, "h1", "news-title") == _text(client.ask(FLAGSHIP).tree, "h1", "news-title")


def test_every_page_shows_the_same_today(crawled: dict[str, Answer]) -> None:
    assert _text(crawled[FLAGSHIP].tree, "li", "header-clock") == "Thứ Hai, ngày 30/06/2025"


def test_the_feed_and_the_sitemap_are_announced_and_name_the_articles(client: Client) -> None:
    rss = client.ask(urljoin(HOME, client.ask(HOME).tree.xpath("//link[@rel='alternate']/@href")[0]))
    assert [link.text for link in etree.fromstring(rss.body).iterfind(".//item/link")] == [
        article.url for article in ARTICLES[:10]
    ]
    announced = list(Protego.parse(client.ask(f"{HOME}robots.txt").body.decode()).sitemaps)
    assert announced == [f"{HOME}sitemap.xml"]
    locations = {loc.text for loc in etree.fromstring(client.ask(announced[0]).body).iterfind(".//{*}loc")}
    assert locations >= {article.url for article in ARTICLES}


# Files


def test_the_stored_files_are_what_they_say(crawled: dict[str, Answer]) -> None:
    for url, answer in crawled.items():
        if answer.status == 200 and (magic := MAGIC.get(answer.headers["content-type"])):
            assert answer.body.startswith(magic), url


MAGIC = {
    "application/pdf": b"%PDF-1.",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": b"PK\x03\x04",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def test_every_kind_of_file_is_there(crawled: dict[str, Answer]) -> None:
    bodies = {
        kind: {answer.body for answer in crawled.values() if answer.headers["content-type"] == kind} for kind in MAGIC
    }
    assert [len(bodies[kind]) for kind in MAGIC] == [3, 2, 2, 5]


def test_the_word_files_hold_vietnamese_text(crawled: dict[str, Answer]) -> None:
    for url, phrase in (("1009/", "LỊCH TIÊM PHÒNG"), ("1016/M", "ĐƠN ĐĂNG KÝ")):
        body = next(answer.body for found, answer in crawled.items() if f"Attachments/{url}" in found)
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            document = etree.fromstring(package.read("word/document.xml"))
        assert phrase in str(etree.tostring(document, method="text", encoding="unicode"))


def test_file_names_come_encoded_in_the_header_and_also_raw(client: Client) -> None:
    encoded = client.ask(
        f"{HOME}Lists/ThongBao/Attachments/1016/M%E1%BA%ABu%20%C4%91%C6%A1n%20%C4%91%C4%83ng%20k%C3%BD.docx"
    )
    raw = client.ask(f"{HOME}Trang/TaiVe.aspx?id=25")
    assert encoded.headers["content-disposition"].startswith("attachment; filename*=UTF-8''M%E1%BA%ABu")
    assert (
        raw.headers["content-disposition"].encode("latin-1").decode()
        == 'attachment; filename="Danh mục hồ sơ bàn giao.pdf"'
    )


def test_the_same_file_hangs_on_two_articles(client: Client) -> None:
    first, second = (_attachment(label) for label in ("Thông báo số 31/TB-UBND", "Thông báo số 31/TB-UBND (nhắc lại)"))
    assert first != second
    assert client.ask(first).body == client.ask(second).body


def _attachment(label: str) -> str:
    return next(file.url for article in ARTICLES for file in article.attachments if file.label == label)


def test_the_package_stays_small() -> None:
    total = sum(path.stat().st_size for path in SITE_FILE.parent.rglob("*") if "__pycache__" not in path.parts)
    assert total < 300_000


# The truth


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: str(article.nid))
def test_an_article_page_says_what_the_truth_says(crawled: dict[str, Answer], article: ExpectedArticle) -> None:
    text = _spaced(unicodedata.normalize("NFC", plain_text(crawled[article.url].body)))
    position = 0
    for piece in _in_reading_order(article):
        assert piece in text[position:], piece
        position = text.index(piece, position) + len(piece)


def _in_reading_order(article: ExpectedArticle) -> list[str]:
    lines = [cell for line in article.body for cell in line.split("\t")]
    labels = [file.label or "" for file in article.attachments]
    return [
        *(article.title, article.published_text, article.lead or "", *lines, article.byline or ""),
        *("Tag:", *article.tags, "File đính kèm", *labels),
    ]


def test_the_truth_of_the_flagship_article() -> None:
    article = next(article for article in ARTICLES if article.nid == 1012)
    assert (article.url, article.published_at, article.published_text) == (
        FLAGSHIP,
        "2024-05-07T20:01+07:00",
        "20:01 07/05/2024",
    )
    assert article.byline == f"{article.author} ({article.unit})"
    assert (article.author, article.unit) == ("Võ Thị Minh Hạnh", "Ban Tuyên giáo Huyện ủy Bình Mẫu")
    assert (article.tags, article.attachments, article.also) == ((), (), ("Văn hóa - Xã hội",))
    assert [image.caption in article.body for image in article.images] == [True, True]


def test_the_articles_differ_in_what_they_have() -> None:
    """A sample without variety would prove little."""
    assert len(ARTICLES) == len({article.url for article in ARTICLES}) == 26
    counts = {
        "no lead": sum(article.lead is None for article in ARTICLES),
        "no by-line": sum(article.byline is None for article in ARTICLES),
        "only a unit": sum(article.unit is not None and article.author is None for article in ARTICLES),
        "two authors": sum(";" in (article.author or "") for article in ARTICLES),
        "a source": sum(article.source is not None for article in ARTICLES),
        "only a day": sum(len(article.published_at) == 10 for article in ARTICLES),
        "four tags": sum(len(article.tags) == 4 for article in ARTICLES),
        "attachments": sum(bool(article.attachments) for article in ARTICLES),
        "images": sum(bool(article.images) for article in ARTICLES),
        "a table": sum(any("\t" in line for line in article.body) for article in ARTICLES),
        "two sections": sum(bool(article.also) for article in ARTICLES),
    }
    assert counts == {
        "no lead": 1,
        "no by-line": 4,
        "only a unit": 8,
        "two authors": 3,
        "a source": 1,
        "only a day": 1,
        "four tags": 1,
        "attachments": 5,
        "images": 11,
        "a table": 2,
        "two sections": 4,
    }


def test_the_truth_is_composed_though_one_page_is_not(crawled: dict[str, Answer]) -> None:
    assert all(unicodedata.is_normalized("NFC", repr(article)) for article in ARTICLES)
    page = next(answer.body.decode() for url, answer in crawled.items() if url.endswith("nid=1004&cat=3"))
    assert not unicodedata.is_normalized("NFC", page)


# The shape of the first page: what a plain-text extractor makes of the flagship article


def test_the_plain_text_of_the_flagship_has_the_shape_of_the_first_page(client: Client) -> None:
    article = next(article for article in ARTICLES if article.nid == 1012)
    lines = plain_text(client.ask(FLAGSHIP).body).split("\n")
    blocks = ["Sign In", article.title, f"{article.published_text}\n{article.lead}", *article.body, article.byline]
    assert [_spaced(line) for line in lines] == "\n\n".join([*map(str, blocks), "Tag:", "File đính kèm"]).split("\n")
    pushed = next(line for line in lines if line.endswith(str(article.byline)))
    assert pushed.removesuffix(str(article.byline)) == "\u00a0" + " \u00a0" * 91


def test_captions_are_short_paragraphs_without_a_full_stop() -> None:
    captions = [image.caption or "" for article in ARTICLES for image in article.images]
    assert len(captions) >= 14
    assert all(len(caption) < 130 and not caption.endswith(".") for caption in captions)


@pytest.mark.corpus
def test_the_flagship_and_the_first_page_have_their_lines_in_the_same_places(client: Client) -> None:
    seeds = sorted(SEEDS.glob("*.txt"))
    if not seeds:
        pytest.skip("the shared seed is not beside the project")
    first = seeds[0].read_text(encoding="utf-8")
    assert _outline(plain_text(client.ask(FLAGSHIP).body)) == _outline(first)


def _outline(text: str) -> list[str]:
    """The last character of each line, letters and digits reduced to one sign each."""
    return [re.sub(r"\w", "w", line.strip()[-1:]) for line in text.split("\n")]


def plain_text(page: bytes) -> str:
    """The text of a page without its chrome: a blank line around paragraphs and headings, a new line for a div."""
    text = re.sub(r" *\n *", "\n", "".join(_pieces(html.document_fromstring(page.decode()))))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n ")


def _pieces(element: html.HtmlElement) -> Iterator[str]:
    if element.tag == "head" or "noindex" in (element.get("class") or "").split():
        return
    pause = {"p": "\n\n", "h1": "\n\n", "div": "\n", "li": "\n", "td": "\n"}.get(str(element.tag), "")
    yield pause or ("\n" if element.tag == "br" else "")
    yield _one_line(element.text)
    for child in element:
        yield from _pieces(child)
        yield _one_line(child.tail)
    yield pause


def _one_line(text: str | None) -> str:
    """Collapse ASCII white space only: a browser keeps the others."""
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _text(tree: html.HtmlElement, tag: str, kind: str) -> str:
    found = tree.find(f".//{tag}[@class='{kind}']")
    assert found is not None
    return _spaced(found.text_content())
