"""How the next page of a list is asked for where it has no address, and when a list is over."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.jsonlist import NoListError, read_list
from crawler.discover.listends import ListEnds
from crawler.discover.listrequest import last_page, list_request, values_of
from crawler.discover.numbered import next_numbered
from crawler.discover.postback import Postback, next_postbacks
from crawler.discover.turning import first_turns, read_turn, shown_by
from crawler.read import parse_page
from crawler.read.profile import FAMILIES, Addresses, Items, Pages, load_profile
from crawler.read.tree import parse
from crawler.sitefile import Site
from pipelines.items import FoundLink, Turn

URL = "http://xa.example/tin-tuc.aspx?cat=3"
SITE = Site(name="xa", title="Xã Mẫu", home="http://xa.example/")


def click(target: str, argument: str, text: str) -> str:
    return f"<a href=\"javascript:__doPostBack('{target}','{argument}')\">{text}</a>"


def postbacks(pager: str, *, page: int = 1, fields: str = "", head: str = "<form method=post>") -> list[Postback]:
    return list(next_postbacks(parse(f"{head}{fields}<div class=pager>{pager}</div></form>"), URL, page=page))


def chosen(pager: str, page: int = 1) -> list[tuple[str, str]]:
    """(target, argument) of the clicks that are made."""
    said = [dict(parse_qsl(made.body.decode(), keep_blank_values=True)) for made in postbacks(pager, page=page)]
    return [(fields["__EVENTTARGET"], fields["__EVENTARGUMENT"]) for fields in said]


GRID = "ctl00$cph$gv"


OPTIONS = 'WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("dp$ctl02","",true,"","",false,true))'

CLICKS = {
    "GridView": (click(GRID, "Page$2", "2") + click(GRID, "Page$3", "3"), 1, [(GRID, "Page$2")]),
    "its second page": (click(GRID, "Page$1", "1") + click(GRID, "Page$3", "3"), 2, [(GRID, "Page$3")]),
    "its window": (click(GRID, "Page$9", "9") + click(GRID, "Page$11", "..."), 10, [(GRID, "Page$11")]),
    "its last page": (click(GRID, "Page$1", "1") + click(GRID, "Page$2", "2"), 3, []),
    "its words": (click(GRID, "Page$Next", "Sau") + click(GRID, "Page$Last", "Cuối"), 4, [(GRID, "Page$Next")]),
    "DataPager": (click("dp$ctl01$ctl02", "", "2"), 1, [("dp$ctl01$ctl02", "")]),
    "Repeater": (click("r$ctl00$lb", "", "1") + click("r$ctl02$lb", "", "3"), 2, [("r$ctl02$lb", "")]),
    "ellipsis that leads back": (click("r$ctl00$lb", "", "...") + click("r$ctl02$lb", "", "7"), 8, []),
    "AspNetPager": (click("AspNetPager1", "2", "2"), 1, [("AspNetPager1", "2")]),
    "web part": (click("g_1$lkNext2", "", "›") + click("g_1$lkLast", "", "»"), 7, [("g_1$lkNext2", "")]),
    "back only": (click("g_1$lkPrev", "", "‹"), 7, []),
    "sorting and choosing": (click(GRID, "Sort$Ngay", "2") + click(GRID, "Select$2", "2"), 1, []),
    "calendar": (click("lich", "8765", "2") + click("lich", "V8790", ">"), 1, []),
    "two lists": (
        click("a", "Page$2", "2") + click("b", "Page$2", "2"),
        1,
        [("a", "Page$2"), ("b", "Page$2")],
    ),
    "options": (f"<a href='javascript:{OPTIONS}'>2</a>", 1, [("dp$ctl02", "")]),
    "on click": (
        f"<a href='#' onclick='__doPostBack(&quot;{GRID}&quot;,&quot;Page$2&quot;)'>2</a>",
        1,
        [(GRID, "Page$2")],
    ),
    "button": ("<input type=button value=Sau onclick=\"__doPostBack('dp$n','')\">", 1, [("dp$n", "")]),
    "switched off": (click(GRID, "Page$2", "2").replace("<a", "<a disabled"), 1, []),
}


@pytest.mark.parametrize(("pager", "page", "expected"), CLICKS.values(), ids=CLICKS.keys())
def test_the_click_that_turns_to_the_next_page_is_found(pager: str, page: int, expected: list[tuple[str, str]]) -> None:
    assert chosen(pager, page) == expected


def test_a_form_goes_back_as_a_browser_would_send_it() -> None:
    fields = (
        '<input type=hidden name=__VIEWSTATE value="/wEP+ạ==">'
        "<input type=hidden name=__EVENTTARGET value=old><input type=hidden name=__VIEWSTATE1 value=''>"
        "<input name=tim value='đường &amp; cầu'><input type=checkbox name=c1 checked><input type=checkbox name=c2>"
        "<input type=radio name=r value=1><input type=radio name=r value=2 checked>"
        "<input type=submit name=b value=Tìm><input type=image name=i><input type=button name=n>"
        "<input type=file name=f>"
        "<input name=off value=1 disabled><input value=nameless>"
        "<select name=s><option value=a>A<option value=b selected>B</select><select name=t><option>Một  hai</select>"
        "<select name=m multiple><option value=1></select><textarea name=ghi>chú</textarea>"
    )
    (made,) = postbacks(
        click(GRID, "Page$2", "2"), fields=fields, head="<form method=POST action='./tin-tuc.aspx?cat=3&x=1'>"
    )
    assert made.url == "http://xa.example/tin-tuc.aspx?cat=3&x=1"
    assert parse_qsl(made.body.decode(), keep_blank_values=True) == [
        ("__EVENTTARGET", GRID),
        ("__EVENTARGUMENT", "Page$2"),
        ("__VIEWSTATE", "/wEP+ạ=="),
        ("__VIEWSTATE1", ""),
        ("tim", "đường & cầu"),
        ("c1", "on"),
        ("r", "2"),
        ("s", "b"),
        ("t", "Một hai"),
        ("ghi", "chú"),
    ]


@pytest.mark.parametrize("head", ["<form>", "<form method=get>", "<div>", "<form method=post action='mailto:a@b.vn'>"])
def test_what_no_browser_would_post_is_not_posted(head: str) -> None:
    assert postbacks(click(GRID, "Page$2", "2"), head=head) == []


@given(
    st.text(alphabet="<>/='\"$_()divaformhref javascript:__doPostBackPage123 \n", max_size=300),
    st.integers(min_value=1, max_value=9),
)
def test_whatever_the_markup_a_click_is_a_form_of_the_page_or_nothing(markup: str, page: int) -> None:
    for made in next_postbacks(parse(f"<form method=post>{markup}"), URL, page=page):
        assert made.url.startswith("http")
        assert made.body.startswith(b"__EVENTTARGET=")


PAGER = '<ul class="pagination"><li>1</li><li><a href="{href}">2</a></li><li><a href="#">3</a></li></ul>'


@pytest.mark.parametrize(
    ("url", "markup", "expected"),
    [
        ("http://xa.example/Tin.aspx", PAGER, "http://xa.example/Tin.aspx?PageIndex=2"),
        ("http://xa.example/Tin.aspx?c=1&pageindex=2", PAGER, "http://xa.example/Tin.aspx?c=1&PageIndex=3"),
        ("http://xa.example/Tin.aspx?PageIndex=3", PAGER, None),
        ("http://xa.example/Tin.aspx", "<p>1 2 3</p>", None),
        ("http://xa.example/Tin.aspx", PAGER.replace("#", "/tin?p=3").replace("{href}", "/tin?p=2"), None),
    ],
)
def test_numbers_without_addresses_are_turned_by_the_family_s_parameter(
    url: str, markup: str, expected: str | None
) -> None:
    assert next_numbered(parse(markup.replace("{href}", "javascript:;")), url, "PageIndex") == expected


SCRIPT = '<script>var list = {"site": 4, "cat": "tin-xa", total: 57, "size": 20};</script>'
VALUES = {"site": r'"site": (\d+)', "cat": r'"cat": "([\w-]+)"', "total": r"total: (\d+)", "size": r'"size": (\d+)'}


def test_a_request_says_what_the_page_states() -> None:
    fields = {"site": "{site}", "from": "{start}", "length": "{size}", "trang": "{page}/{index}", "{cat}_x": "1"}
    pages = Pages(url="/api/{cat}/list", fields=fields, values=VALUES)
    values = values_of(pages, SCRIPT)
    assert values == {"site": "4", "cat": "tin-xa", "total": "57", "size": "20"}
    assert last_page(values, pages.size) == 3
    form = list_request(pages, URL, 3, values)
    assert form is not None
    assert (form.url, form.method) == ("http://xa.example/api/tin-xa/list", "POST")
    assert parse_qsl(form.body.decode()) == [
        ("site", "4"), ("from", "40"), ("length", "20"), ("trang", "3/2"), ("tin-xa_x", "1")
    ]  # fmt: skip
    in_json = list_request(Pages(url="/api", encoding="json", fields=fields, values=VALUES), URL, 3, values)
    assert in_json is not None
    assert json.loads(in_json.body) == {"site": "4", "from": 40, "length": 20, "trang": "3/2", "tin-xa_x": "1"}
    in_address = list_request(Pages(url="/api?a=1", method="GET", fields={"p": "{page}"}), URL, 3, {})
    assert in_address is not None
    assert (in_address.url, in_address.body) == ("http://xa.example/api?a=1&p=3", b"")


def test_a_page_that_does_not_state_what_is_needed_is_no_such_listing() -> None:
    assert values_of(Pages(values=VALUES), SCRIPT.replace("cat", "kind")) is None
    assert values_of(Pages(values=VALUES), SCRIPT.replace("total", "sum")) == {
        "site": "4",
        "cat": "tin-xa",
        "size": "20",
    }
    assert values_of(Pages(values={"cat": r'"cat": "([^"]*)"'}), f'"cat": "{"a" * 5_000}"') is None


ITEMS = Items(
    list="data.rows", url="/bai/{slug}-{id}", title="name.vi", date="ngay", last="data.pages", total="data.count"
)


def test_entries_of_a_list_in_json_are_found_by_their_paths() -> None:
    rows = [
        {"id": 7, "slug": "le-hội", "name": {"vi": "Lễ hội <b>đua thuyền</b> &amp; hát xoan"}, "ngay": "07/05/2024"},
        {"id": 8, "slug": "../../dang-nhap?x=", "name": {"vi": "Bẫy"}},
        {"id": True, "slug": "le", "name": None},
        "chữ",
    ]
    shown = read_list(
        json.dumps({"data": {"rows": rows, "pages": 4, "count": "31"}}).encode(),
        URL,
        items=ITEMS,
        site=SITE,
        addresses=Addresses(),
    )
    assert (shown.last, shown.total) == (4, 31)
    first = shown.links[0]
    assert (first.url, first.title, first.date_text, first.position, first.is_listed) == (
        "http://xa.example/bai/le-h%E1%BB%99i-7", "Lễ hội đua thuyền & hát xoan", "07/05/2024", 1, True
    )  # fmt: skip
    assert all(link.url.startswith("http://xa.example/bai/") for link in shown.links if link.title != "Bẫy")
    assert not [link for link in shown.links if "dang-nhap?" in link.url]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_json_breaks_the_reader_of_lists(answer: object) -> None:
    try:
        shown = read_list(json.dumps(answer).encode(), URL, items=Items(url="u"), site=SITE, addresses=Addresses())
    except NoListError:
        return
    assert isinstance(answer, list)
    assert all(SITE.covers(link.url) for link in shown.links)


def link(number: int) -> FoundLink:
    return FoundLink(url=f"http://xa.example/tin-{number}.html", kind="article", is_listed=True)


def further(page: int) -> FoundLink:
    return FoundLink(url=f"http://xa.example/tin?page={page}", key=f"http://xa.example/tin?page={page}", kind="listing")


@pytest.mark.parametrize(
    ("pages", "goes_on"),
    [
        pytest.param([[1, 2], [3, 4], [5]], [True, True, True], id="new entries"),
        pytest.param([[1, 2], [3, 4], [3, 4]], [True, True, False], id="the last page again"),
        pytest.param([[1, 2], [3, 4], [1, 2]], [True, True, False], id="the first page again"),
        pytest.param([[1, 2], [3, 4], []], [True, True, False], id="nothing"),
        pytest.param([[], [3, 4]], [True, True], id="a first page without entries"),
    ],
)
def test_a_walk_ends_where_the_list_does(pages: list[list[int]], goes_on: list[bool]) -> None:
    ends = ListEnds()
    base = "http://xa.example/tin"
    for number, (entries, expected) in enumerate(zip(pages, goes_on, strict=True), start=1):
        url = base if number == 1 else f"{base}?page={number}"
        kept = ends.within(url, [*map(link, entries), further(number + 1)])
        assert (further(number + 1) in kept) is expected
        assert [found for found in kept if found.kind == "article"] == list(map(link, entries))


def test_the_order_of_entries_does_not_make_another_page() -> None:
    assert shown_by([link(1), link(2)]) == shown_by([link(2), link(1)]) != shown_by([link(1)])
    assert shown_by([]) == ""


def fragment_turn(page: int, shown: tuple[str, ...], last: int | None = None) -> Turn:
    values = {"category": "1", "categories": "1", "site": "4"}
    return Turn(
        listing="http://xa.example/kinh-te",
        pager="list",
        page=page,
        last=last,
        family="uiarticle",
        shown=shown,
        values=values,
    )


ROW = '<li class="row"><h2 class="Title"><a href="/kinh-te/bai-viet-70000{n}">Bài viết số {n} của xã</a></h2></li>'


@pytest.mark.parametrize("wrapped", ["{}", '{"d": %s}'], ids=["plain", "in JSON"])
def test_a_fragment_shows_entries_and_leads_to_the_next(wrapped: str) -> None:
    rows = "".join(ROW.format(n=n) for n in (1, 2))
    body = (rows if wrapped == "{}" else wrapped % json.dumps(rows)).encode()
    turned = read_turn(body, "http://xa.example/x", fragment_turn(2, ("a",)), site=SITE, content_type=None, cookies={})
    assert [found.title for found in turned.links if found.is_listed] == [
        "Bài viết số 1 của xã",
        "Bài viết số 2 của xã",
    ]
    (following,) = turned.turns
    assert following.key == "http://xa.example/kinh-te#list=3"
    assert b"page=3" in following.body
    assert following.turn is not None
    assert following.turn.shown == ("a", shown_by(turned.links))


@pytest.mark.parametrize(("page", "last"), [(5_000, None), (3, 3)])
def test_a_list_is_over_at_its_last_page_and_at_the_cap(page: int, last: int | None) -> None:
    body = ROW.format(n=1).encode()
    turn = fragment_turn(page, (), last)
    assert read_turn(body, "http://xa.example/x", turn, site=SITE, content_type=None, cookies={}).turns == ()


def test_a_list_of_a_family_that_is_no_more_says_so() -> None:
    turn = Turn(listing=URL, pager="list", page=2, family="khong-con")
    turned = read_turn(b"<li></li>", URL, turn, site=SITE, content_type=None, cookies={})
    assert (turned.reading.reason, turned.turns) == ("no list", ())


def test_lists_are_entered_by_their_first_page_only() -> None:
    markup = f"<form method=post>{click(GRID, 'Page$2', '2')}</form>".encode()
    for url, expected in ((URL, 1), (f"{URL}&page=1", 1), (f"{URL}&page=4", 0)):
        turns = first_turns(parse_page(markup, url), url, (), site=SITE, cookies={"a": "1"})
        assert len(turns) == expected
        assert all(found.turn is not None and found.turn.cookies == {"a": "1"} for found in turns)


def test_the_example_of_the_guide_is_a_family(tmp_path: Path) -> None:
    guide = (FAMILIES / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    path = tmp_path / "mau.toml"
    path.write_text(f'title = "Mẫu"\n{example}', encoding="utf-8")
    assert load_profile(path).items.total == "data.total"
    assert tomllib.loads(example)["pages"]["first"] == 1
