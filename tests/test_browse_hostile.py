"""Whatever a mirror holds, its pages stay pages: no script, no markup of others, no file that acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from browsed import ALARM, BIDI_TITLE, HOSTILE_HTML, HOSTILE_TITLE, PAGE, SVG, Pages, browsing, build, row, tree_of
from hypothesis import given
from hypothesis import strategies as st
from test_hostile_pages import SCRIPTS

from pipelines.browse.archive_pages import disposition, inside, safe_type
from pipelines.browse.cells import cell
from pipelines.browse.safehtml import ATTRIBUTES, TAGS, plain, safe_html, web_address
from pipelines.database import open_database

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("hostile") / "output").output


@pytest.fixture(scope="module")
def pages(output: Path) -> Iterator[Pages]:
    with browsing(output) as pages:
        yield pages


@pytest.fixture(scope="module")
def number(output: Path) -> int:
    """The article that means harm."""
    return int(row(output, "SELECT id FROM articles WHERE url LIKE 'javascript:%'"))


def harm_in(text: str) -> list[str]:
    """What in a page could act: scripts, handlers, addresses with a scheme that runs, foreign elements."""
    tree = tree_of(text)
    if tree is None:
        return []
    active = (
        "script style iframe object embed base meta[@http-equiv] form input template noscript video audio link math"
    )
    found = [element.tag for name in active.split() for element in tree.xpath(f"//{name}")]
    found += [str(name) for name in tree.xpath("//@*[starts-with(name(), 'on')]")]
    found += [str(style) for style in tree.xpath("//@style | //@srcdoc | //@background")]
    for address in tree.xpath("//@href | //@src | //@action"):
        if not re.match(r"https?://|mailto:|/(?!/)|#", address):
            found.append(address)
    return found


@pytest.mark.parametrize("shape", [HOSTILE_HTML, HOSTILE_TITLE, SVG.decode(), *(shape.decode() for shape in SCRIPTS)])
def test_nothing_of_hostile_html_is_left_that_acts(shape: str) -> None:
    cleaned = str(safe_html(f"<div><p>Trước.</p>{shape}</div>", {}))
    assert harm_in(cleaned) == []


@given(st.text(alphabet=st.sampled_from("<>/\"'= &;:!-\n`()abchimgsvronlecpt\u202e\x00"), max_size=200))
def test_of_any_text_only_allowed_tags_and_attributes_are_left(text: str) -> None:
    tree = tree_of(f"<div>{safe_html(text, {})}</div>")
    for element in tree.iter():
        if element.tag in {"html", "body"}:
            continue
        assert element.tag in TAGS
        assert set(element.keys()) <= ATTRIBUTES.get(element.tag, set()) | {"rel", "class"}


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = str(safe_html(f"<p>{text}</p>", {}))
    assert str(safe_html(once, {})) == once


def test_what_is_harmless_stays() -> None:
    table = '<table><tbody><tr><td colspan="2">ô</td></tr></tbody></table>'
    kept = f"<h2>Đề</h2><p>Chữ <strong>đậm</strong><br>dòng</p><ul><li>một</li></ul>{table}"
    assert str(safe_html(kept, {})) == kept


def test_a_picture_comes_from_the_mirror_or_not_at_all() -> None:
    shown = safe_html(
        '<img src="http://a.example/1.png" alt="một"><img src="http://a.example/2.png" alt="<b>hai">',
        {"http://a.example/1.png": "/image/1"},
    )
    assert shown == '<img src="/image/1" alt="một"><span class="lost-picture">▨ &lt;b&gt;hai</span>'


def test_a_hostile_article_is_shown_without_its_harm(pages: Pages, number: int) -> None:
    answer = pages.get(f"/article/{number}")
    assert answer.status_code == 200
    body = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    assert body is not None
    harm = [found for found in harm_in(body[0]) if found not in {"form", "input"}]
    assert harm == []
    assert "Văn bản thường." in body[0]
    assert "{{ 7*7 }}" in body[0]
    assert "49" not in re.findall(r"\b49\b", pages.page(f"/article/{number}").xpath("//h1")[0].text_content())


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/units", "/authors", "/tags", "/sections", "/site?name=xa"),
        *("/search?q=văn+bản+thường", "/search?q={title}", "/search?tag={title}", "/search?site={title}"),
        *("/search?since={title}", "/unit?name={title}", "/author?name={title}", "/tag?name={title}"),
        *("/section?name={title}", "/nowhere/{title}", "/mirror/articles", "/mirror/articles/{number}"),
        *("/mirror/attachments", "/mirror/tags", "/mirror?sql=select+title,body_html,url+from+articles"),
    ],
)
def test_hostile_texts_are_text_on_every_page(pages: Pages, number: int, path: str) -> None:
    address = path.format(title="%3C/title%3E%3Cscript%3Ealert(1)%3C/script%3E%22onload=%22", number=number)
    answer = pages.get(address)
    assert answer.status_code in {200, 302, 400, 404}
    assert ALARM not in "".join(tree_of(answer.text).xpath("//script/text() | //@*[starts-with(name(), 'on')]"))
    assert "<script>alert" not in answer.text
    hidden = [
        address for address in tree_of(answer.text).xpath("//@href | //@src") if "javascript:" in address.lower()[:20]
    ]
    assert hidden == []


def test_signs_that_turn_text_around_are_taken_out(pages: Pages, output: Path) -> None:
    article = row(output, "SELECT id FROM articles WHERE url LIKE '%bidi.html'")
    for path in ("/", f"/article/{article}", "/search?q=quyet+dinh", "/mirror/articles"):
        shown = tree_of(pages.get(path).text).xpath("string()")  # Datasette 1.0 has labels in attributes too
        assert "Quyết định" in shown, path
        assert BIDI.search(shown) is None, path
    assert plain(BIDI_TITLE) == "Quyết định gpj.exe đính kèm"


def test_a_huge_title_does_not_make_a_huge_list(pages: Pages, output: Path) -> None:
    article = row(output, "SELECT id FROM articles WHERE url LIKE '%dai.html'")
    assert pages.get(f"/article/{article}").status_code == 200
    assert len(pages.get("/").text) < 120_000


def test_an_svg_and_a_page_are_files_and_nothing_more(pages: Pages, number: int, output: Path) -> None:
    with closing(open_database(output)) as db:
        rows = db.execute("SELECT id, sha256 FROM attachments WHERE article = ? ORDER BY position", [number]).fetchall()
    for (attachment, sha256), body in zip(rows, (SVG, PAGE), strict=True):
        for path in (f"/attachment/{attachment}", f"/file/{sha256}"):
            answer = pages.get(path)
            assert answer.content == body
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment; ")
            assert "sandbox" in answer.headers["content-security-policy"]
            assert "set-cookie" not in answer.headers
            assert not BIDI.search(answer.headers["content-disposition"])


@pytest.mark.parametrize(
    ("name", "ascii_name"),
    [
        ("ke-hoach.pdf", "ke-hoach.pdf"),
        ('bao"cao\r\nX: 1.html', "bao_cao__X_ 1.html"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\y.doc", "C__x_y.doc"),
        ("Kế hoạch.docx", "K_ ho_ch.docx"),
        ("\u202efdp.exe", "fdp.exe"),
        ("", "file"),
        ("...", "file"),
        ("%0d%0a.pdf", "_0d_0a.pdf"),
    ],
)
def test_a_file_name_cannot_leave_its_header(name: str, ascii_name: str) -> None:
    made = disposition(name, is_inline=False)
    assert made.startswith(f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''")


@given(st.text(max_size=400))
def test_any_file_name_makes_one_clean_header(name: str) -> None:
    made = disposition(name, is_inline=False)
    assert re.fullmatch(
        r"attachment; filename=\"[^\"\\\x00-\x1f\x7f-\U0010ffff]+\"; filename\*=UTF-8''[\w%.~-]+", made, re.ASCII
    )
    assert len(made) < 2500


@pytest.mark.parametrize(
    ("mime", "sent"),
    [
        ("application/pdf", "application/pdf"),
        ("image/png", "image/png"),
        ("application/msword", "application/msword"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("application/zip", "application/zip"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        ("text/plain", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/x-shockwave-flash", "application/octet-stream"),
        ("multipart/related", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("image/png\r\nX: 1", "application/octet-stream"),
    ],
)
def test_a_type_that_a_browser_might_run_is_not_sent(mime: str, sent: str) -> None:
    assert safe_type(mime) == sent


@pytest.mark.parametrize(
    "path", ["../secret", "files/../../secret", "/etc/passwd", "files/link", "files", "files/none", "files/\0"]
)
def test_only_files_of_the_store_are_served(tmp_path: Path, path: str) -> None:
    output = tmp_path / "output"
    (output / "files").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (output / "secret").write_text("x")
    (output / "files" / "link").symlink_to(tmp_path / "secret")
    (output / "files" / "good").write_text("x")
    assert inside(output / "files", output / path) is None
    assert inside(output / "files", output / "files/good") == output / "files" / "good"


def test_a_row_that_names_a_path_outside_is_no_way_out(output: Path) -> None:
    with closing(open_database(output)) as db:
        db.execute(
            "INSERT INTO files (sha256, path, bytes, mime, first_seen_at) "
            "VALUES (?, '../../../etc/passwd', 1, 'image/png', '')",
            ["e" * 64],
        )
        db.execute(
            "INSERT INTO captures (id, run, site, url, fetched_at, status, warc, offset, length) "
            "VALUES (9999, 1, 'xa', 'http://xa.example/x', '', 200, '../../../../../../etc/passwd', 0, 100)"
        )
    with browsing(output) as pages:
        answer = pages.get(f"/file/{'e' * 64}")
        assert answer.status_code == 404
        assert "root:" not in answer.text
        assert pages.get("/capture/9999/record").status_code == 404
        assert "root:" not in pages.get("/capture/9999").text


@pytest.mark.parametrize(
    "address", ["javascript:1", " java\nscript:1", "data:text/html,x", "//x", "ftp://x", "http://[x", None, ""]
)
def test_only_web_addresses_are_linked(address: str | None) -> None:
    assert web_address(address) is None


@pytest.mark.parametrize("column", ["sha256", "url", "title", "body", "article", "bytes", "payload_sha256"])
def test_a_cell_of_datasette_is_escaped(column: str) -> None:
    shown = cell("http://x/<script>\"'>", column, "articles")
    assert "<script>" not in str(getattr(shown, "__html__", lambda: "")())


def test_an_address_of_the_search_is_written_back_escaped(pages: Pages) -> None:
    answer = pages.get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&unit=%22onfocus=%22x&page=2")
    assert "<script>" not in answer.text
    assert tree_of(answer.text).xpath("//@onfocus") == []
    assert tree_of(answer.text).xpath("//input[@name = 'q']/@value") == ['"><script>alert(1)</script>']


@pytest.mark.parametrize(
    "value", ["zeroblob(900000000)", "hex(zeroblob(100000000))", "replace(hex(zeroblob(9999999)),'0','abcdefghij')"]
)
def test_a_query_cannot_make_values_that_fill_the_memory(pages: Pages, value: str) -> None:
    answer = pages.get(f"/mirror.json?sql=select+length({value})")
    assert answer.status_code == 400
    assert "string or blob too big" in answer.text


def test_of_a_huge_address_only_the_beginning_counts(pages: Pages) -> None:
    assert len(pages.get("/search?" + "&".join(f"x{number}=1" for number in range(5000))).text) < 20_000
    assert len(pages.get("/search?q=" + "tin+" * 5000).text) < 20_000


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/mirror.json?sql=select+1", 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, "/mirror.json", 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, "/?sql=1", 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, "/", 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, "/", 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, "/mirror.json", 403),
        (
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
            "/mirror?sql=select+zeroblob(900000000)",
            403,
        ),
        (
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
            "/",
            403,
        ),
    ],
)
def test_no_page_of_another_site_calls_the_server(
    pages: Pages, headers: dict[str, str], path: str, status: int
) -> None:
    assert pages.get(path, **headers).status_code == status
