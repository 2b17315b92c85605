"""Small portals in the true markup of the systems that communes and departments use; all text is invented.

Each portal keeps what a server keeps (sessions, view states) and refuses what a server refuses, so a crawl that gets
to its last page has done what a browser does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import parse_qs, urlsplit

from server import Answer, Asked, Route, redirect
from village import PARAGRAPHS

HOST = "http://xa.example"

SUBJECTS = (
    "Ra quân làm sạch đường làng ngõ xóm",
    "Khánh thành nhà văn hóa thôn Đông Mẫu",
    "Tập huấn kỹ thuật trồng bưởi cho nông dân",
    "Trao nhà tình nghĩa cho gia đình chính sách",
    "Kiểm tra công tác phòng cháy chữa cháy rừng",
)


def subject(number: int) -> str:
    return f"{SUBJECTS[number % len(SUBJECTS)]}, đợt {number} năm 2024"


def day(number: int) -> str:
    return f"{number % 27 + 1:02}/{number % 6 + 1:02}/2024"


def paragraphs(number: int) -> str:
    own = f"Đợt {number} của phong trào được phát động từ đầu tháng và thu hút đông đảo người dân trong xã tham gia."
    return "".join(f"<p>{text}</p>" for text in (own, *PARAGRAPHS))


def menu_of(items: Mapping[str, str]) -> str:
    return f'<ul>{"".join(f"""<li><a href="{href}">{text}</a></li>""" for href, text in items.items())}</ul>'


@dataclass(slots=True)
class Portal:
    """A portal with one listing of `total` articles, `size` a page, newest first."""

    total: int
    size: int
    routes: dict[str, Route] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.build()

    def build(self) -> None:
        """Make the routes; again when `total` has changed."""

    @property
    def pages(self) -> int:
        return -(-self.total // self.size)

    def numbers(self, page: int) -> list[int]:
        """The articles of a page, the newest (highest) first; none past the end."""
        ordered = list(range(self.total, 0, -1))
        return ordered[(page - 1) * self.size : page * self.size]


# ASP.NET WebForms

_WINDOW = 3
"""Page numbers that a pager of links shows at once."""


def gridview_pager(page: int, pages: int) -> str:
    """A GridView's: the number stands in the argument."""
    cells = [
        f"<td><span>{n}</span></td>" if n == page else f"<td>{_click('ctl00$cph$gvTin', f'Page${n}', str(n))}</td>"
        for n in range(1, pages + 1)
    ]
    return f'<tr class="GridPager"><td colspan="2"><table><tr>{"".join(cells)}</tr></table></td></tr>'


def datapager_pager(page: int, pages: int) -> str:
    """A DataPager's: every number is a button of its own, and an ellipsis leads to the next few."""
    start = (page - 1) // _WINDOW * _WINDOW + 1
    shown = range(start, min(start + _WINDOW, pages + 1))
    parts = [_click("ctl00$cph$dpTin$ctl00$ctl00", "", "...")] if start > 1 else []
    parts += [
        f"<span>{n}</span>" if n == page else _click(f"ctl00$cph$dpTin$ctl00$ctl{n - start + 1:02}", "", str(n))
        for n in shown
    ]
    parts += [_click("ctl00$cph$dpTin$ctl00$ctl09", "", "...")] if shown[-1] < pages else []
    return f'<tr><td><span id="cph_dpTin" class="DataPager">{" ".join(parts)}</span></td></tr>'


def next_pager(page: int, pages: int) -> str:
    """A web part's with words only, "»" for the last page."""
    parts = [_click("ctl00$g_1b2c$ctl00$lkPrev", "", "‹ Trước")] if page > 1 else []
    if page < pages:
        parts += [_click("ctl00$g_1b2c$ctl00$lkNext2", "", "Sau ›"), _click("ctl00$g_1b2c$ctl00$lkLast", "", "»")]
    return f'<tr><td class="PhanTrang paging">{" ".join(parts)}</td></tr>'


Pager = Callable[[int, int], str]


@dataclass(slots=True)
class WebForms(Portal):
    """A WebForms portal that, as such servers do, takes a click only with the fields and the cookie it gave out."""

    pager: Pager = gridview_pager
    given: dict[str, int] = field(default_factory=dict)
    """The page on which each view state was given out."""
    refused: list[str] = field(default_factory=list)

    def build(self) -> None:
        self.routes = {"/": self.home(), "/tin-tuc.aspx": self.listing}
        self.routes |= {f"/chi-tiet-tin/bai-{n}.aspx": self.article(n) for n in range(1, self.total + 1)}

    def home(self) -> str:
        return self.frame("Trang chủ", '<p><a href="/tin-tuc.aspx">Tin tức - Sự kiện</a></p>')

    def frame(self, title: str, content: str) -> str:
        menu = '<ul class="menu"><li><a href="/">Trang chủ</a></li><li><a href="/tin-tuc.aspx">Tin tức</a></li></ul>'
        return (
            f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body>{menu}{content}<p>Bản quyền thuộc UBND xã Mẫu</p></body></html>"
        )

    def article(self, number: int) -> str:
        return self.frame(
            subject(number),
            f'<div class="title-article">{subject(number)}</div>'
            f'<div id="datearticle">Cập nhật: 08:15 ngày {day(number)}</div>'
            f'<div class="chitietbaiviet">{paragraphs(number)}</div>',
        )

    def listing(self, asked: Asked) -> Answer | str:
        if asked.method == "GET":
            return self.page(1)
        said = {name: values[0] for name, values in parse_qs(asked.body.decode(), keep_blank_values=True).items()}
        page = self.given.get(said.get("__VIEWSTATE", ""))
        wanted = {"__VIEWSTATEGENERATOR": "C2EE9ABB", "__EVENTVALIDATION": f"ev-{page}", "ctl00$txtSearch": ""}
        if page is None or any(said.get(name) != value for name, value in wanted.items()) or "btnSearch" in str(said):
            return self.refuse(f"fields: {said}")
        if asked.header("Cookie") != f"ASP.NET_SessionId=s{page}":
            return self.refuse(f"cookie: {asked.header('Cookie')}")
        following = self.turned(page, said["__EVENTTARGET"], said["__EVENTARGUMENT"])
        return self.refuse(f"click: {said}") if following is None else self.page(following)

    def refuse(self, why: str) -> Answer:
        self.refused.append(why)
        return Answer(
            status=500, body=b"<h1>Server Error in '/' Application.</h1><p>Validation of viewstate MAC failed</p>"
        )

    def turned(self, page: int, target: str, argument: str) -> int | None:
        """The page that a click leads to: only what the pager of that page offers is valid."""
        offered = self.pager(page, self.pages)
        click = _script(target, argument)
        if click not in unescape(offered):
            return None
        if argument.startswith("Page$"):
            return int(argument[5:])
        text = unescape(offered).split(f'href="{click}">')[1].split("</a>")[0]
        if text.isdecimal():
            return int(text)
        start = (page - 1) // _WINDOW * _WINDOW + 1
        return {"...": start + _WINDOW, "Sau ›": page + 1, "»": self.pages}.get(text)

    def page(self, number: int) -> Answer:
        state = f"/wEP{len(self.given):06}+{number}=="
        self.given[state] = number
        rows = "".join(
            f'<tr><td><a href="/chi-tiet-tin/bai-{n}.aspx">{subject(n)}</a></td><td>({day(n)})</td></tr>'
            for n in self.numbers(number)
        )
        hidden = {
            "__EVENTTARGET": "",
            "__EVENTARGUMENT": "",
            "__LASTFOCUS": "",
            "__VIEWSTATE": state,
            "__VIEWSTATEGENERATOR": "C2EE9ABB",
            "__EVENTVALIDATION": f"ev-{number}",
        }
        fields = "".join(f'<input type="hidden" name="{k}" id="{k}" value="{v}" />' for k, v in hidden.items())
        tools = (
            '<input name="ctl00$txtSearch" type="text" /><input type="submit" name="ctl00$btnSearch" value="Tìm" />'
            f"{_click('ctl00$lbEnglish', '', 'English')} {_click('ctl00$cph$gvTin', 'Sort$Ngay', 'Ngày đăng')}"
        )
        dates = "".join(f"<td>{_click('ctl00$lich', str(8760 + n), str(n))}</td>" for n in range(1, 29))
        calendar = f"<table id='lich'><tr><td>{_click('ctl00$lich', 'V8790', '&gt;')}</td>{dates}</tr></table>"
        form = (
            f'<form method="post" action="./tin-tuc.aspx" id="form1">{fields}{tools}{calendar}'
            f"<table>{rows}{self.pager(number, self.pages)}</table></form>"
        )
        cookie = ("Set-Cookie", f"ASP.NET_SessionId=s{number}; path=/; HttpOnly; SameSite=Lax")
        return Answer(body=self.frame("Tin tức", form).encode(), headers=(cookie,))


def _click(target: str, argument: str, text: str) -> str:
    return f'<a href="{escape(_script(target, argument))}">{text}</a>'


def _script(target: str, argument: str) -> str:
    return f"javascript:__doPostBack('{target}','{argument}')"


# UIArticle

LOAD = "/DesktopModule/UIArticleInMenu/ArticleInMenuPagination.aspx/LoadArticle"


@dataclass(slots=True)
class UIArticle(Portal):
    """A UIArticle portal: a script posts for the next page and gets the entries as a fragment."""

    def build(self) -> None:
        self.routes = {"/": self.home(), "/kinh-te": self.listing(), LOAD: self.fragment}
        self.routes |= {f"/kinh-te/bai-viet-{n + 700000}": self.article(n) for n in range(1, self.total + 1)}

    def frame(self, title: str, content: str) -> str:
        menu = f'<div class="UIMenu">{menu_of({"/": "Trang chủ", "/kinh-te": "Kinh tế"})}</div>'
        return (
            f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head><body>'
            f'<form method="post" id="form1">{menu}{content}<div class="PortalFooter">UBND xã Mẫu</div></form>'
            "</body></html>"
        )

    def home(self) -> str:
        return self.frame("Trang chủ", '<div class="UIArticleInMenu_Default"><a href="/kinh-te">Xem thêm</a></div>')

    def rows(self, page: int) -> str:
        return "".join(
            f'<li class="row"><div class="col-lg-12"><h2 class="Title"><a href="/kinh-te/bai-viet-{n + 700000}">'
            f'{subject(n)}</a></h2><div class="Ngaydang">{day(n)}</div><p>Tóm tắt của bài viết số {n}.</p></div></li>'
            for n in self.numbers(page)
        )

    def listing(self) -> str:
        numbers = "".join(
            f'<li class="page-item page-number" data-page="{n}"><a href="javascript:;">{n}</a></li>'
            for n in range(1, self.pages + 1)
        )
        script = (
            f"<script>var maxPage = parseInt({self.pages}); function load(page)"
            f'{{ $.ajax({{type:"POST",url:"{LOAD}",data:{{article_category_id: 54442, categoryIds: "54442,54443", '
            f'site_id: 4, page: page, page_size: {self.size}, no: -{self.size}, articlelang:"vi-VN"}}}}); }}</script>'
        )
        return self.frame(
            "Kinh tế",
            f'<div class="UIArticleInMenu_Default"><ul class="ArticleList">{self.rows(1)}</ul>'
            f'<ul class="pagination">{numbers}</ul></div>{script}',
        )

    def fragment(self, asked: Asked) -> Answer | str:
        said = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        wanted = {"article_category_id": "54442", "categoryIds": "54442,54443", "site_id": "4", "no": f"-{self.size}"}
        if asked.method != "POST" or any(said.get(name) != value for name, value in wanted.items()):
            return Answer(status=400)
        return self.rows(int(said["page"]))

    def article(self, number: int) -> str:
        return self.frame(
            subject(number),
            f'<div class="ArticleDetailControl"><div class="ArticleHeader">{subject(number)}</div>'
            f'<div class="PostDate">{day(number)} 08:15</div>'
            f'<div class="ArticleContent">{paragraphs(number)}</div></div>',
        )


# Liferay with a list in JSON


@dataclass(slots=True)
class LoadPage(Portal):
    """A Liferay portal whose list comes empty; a script asks the portlet's resource for it."""

    def build(self) -> None:
        self.routes = {"/": self.home(), "/tin-tuc": self.listing}
        self.routes |= {f"/-/bai-viet-so-{n}": self.article(n) for n in range(1, self.total + 1)}

    def frame(self, title: str, content: str) -> str:
        menu = '<nav id="navigation"><a href="/">Trang chủ</a> <a href="/tin-tuc">Tin tức</a></nav>'
        return (
            f'<!DOCTYPE html><html lang="vi-VN"><head><meta charset="utf-8"><title>{title}</title>'
            "<script>var Liferay = {}; Liferay.ThemeDisplay = {};</script></head>"
            f"<body>{menu}{content}<footer>Sở Mẫu</footer></body></html>"
        )

    def home(self) -> str:
        return self.frame("Trang chủ", '<p><a href="/tin-tuc">Tin tức</a></p>')

    def listing(self, asked: Asked) -> Answer | str:
        said = {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}
        if said.get("p_p_resource_id") == "loadPage":
            return self.resource(int(said["_danhsachtin_WAR_tin_pageNum"]))
        resource = (
            "/tin-tuc?p_p_id=danhsachtin_WAR_tin\\u0026p_p_lifecycle=2\\u0026p_p_resource_id=loadPage"
            "\\u0026p_p_cacheability=cacheLevelPage"
        )
        script = (
            f"<script>var url = '{resource}'; var recordPerPage = {self.size}; function load(page)"
            "{ $.get(url + '&_danhsachtin_WAR_tin_pageNum=' + page +"
            " '&_danhsachtin_WAR_tin_recordPerPage=' + recordPerPage, show); }</script>"
        )
        return self.frame("Tin tức", f'<div id="danh-sach">Đang tải…</div>{script}')

    def resource(self, page: int) -> Answer:
        items = [
            {
                "urlDetail": f"{HOST}/-/bai-viet-so-{n}",
                "title": f"{subject(n)} &amp; những việc cần làm",
                "summary": f"Tóm tắt của bài viết số {n}.",
                "createdDate": f"{day(n)} 08:15",
            }
            for n in self.numbers(page)
        ]
        said = {"items": items, "totalPageNum": self.pages}
        return Answer(body=json.dumps(said).encode(), mime="application/json; charset=utf-8")

    def article(self, number: int) -> str:
        return self.frame(
            subject(number),
            f'<div class="portlet"><h1 id="contentDetailTitleId">{subject(number)}</h1>'
            f'<div class="date-time">{day(number)} 08:15</div><div id="contentDetail">{paragraphs(number)}</div></div>',
        )


# Liferay's list that repeats its last page


@dataclass(slots=True)
class RepeatingLiferay(Portal):
    """A Liferay portal whose theme always prints a link to the next page; past the end comes the last page again."""

    def build(self) -> None:
        self.routes = {"/": self.home(), "/hoat-dong": self.listing}
        self.routes |= {
            f"/hoat-dong/-/view_content/{n + 4000}-bai-viet": self.article(n) for n in range(1, self.total + 1)
        }

    def frame(self, title: str, content: str) -> str:
        menu = f'<nav id="navigation">{menu_of({"/": "Trang chủ", "/hoat-dong": "Hoạt động"})}</nav>'
        return (
            f'<!DOCTYPE html><html lang="vi-VN"><head><meta charset="utf-8"><title>{title}</title>'
            "<script>var Liferay = {}; Liferay.ThemeDisplay = {};</script></head>"
            f'<body>{menu}<div class="portlet-boundary_101_" id="p_p_id_101_INSTANCE_5KpQ_">{content}</div>'
            "<footer>Sở Mẫu</footer></body></html>"
        )

    def home(self) -> str:
        return self.frame("Trang chủ", '<p><a href="/hoat-dong">Hoạt động của Sở</a></p>')

    def listing(self, asked: Asked) -> str:
        said = parse_qs(urlsplit(asked.target).query)
        page = min(int(said.get("_101_INSTANCE_5KpQ_cur", ["1"])[0]), 10_000)
        entries = "".join(
            f'<div class="asset-abstract"><h3 class="asset-title">'
            f'<a href="/hoat-dong/-/view_content/{n + 4000}-bai-viet">{subject(n)}</a></h3>'
            f'<div class="assetPublishDate">Ngày đăng {day(n)} | 03:30 PM | View count: {page * 7 + n}</div></div>'
            for n in self.numbers(min(page, self.pages))
        )
        query = (
            f"p_p_id=101_INSTANCE_5KpQ&amp;p_p_lifecycle=0&amp;p_p_state=normal&amp;_101_INSTANCE_5KpQ_cur={page + 1}"
        )
        onward = (
            f'<div class="taglib-page-iterator"><a class="next" href="{HOST}/hoat-dong?{query}">Tiếp theo</a></div>'
        )
        return self.frame("Hoạt động", f'<div class="portlet-body">{entries}{onward}</div>')

    def article(self, number: int) -> str:
        return self.frame(
            subject(number),
            f'<div class="asset-full-content"><div class="asset-full-content-title">{subject(number)}</div>'
            f'<div class="assetPublishDate">{day(number)} | 03:30 PM</div><div class="journal-content-article">'
            f"{paragraphs(number)}</div></div>",
        )


# NukeViet, which leads back to page 1 past the end


@dataclass(slots=True)
class BackToOne(Portal):
    """A NukeViet portal: a page past the last one redirects to the first, and one article stands in two categories."""

    def build(self) -> None:
        self.routes = {"/": self.home(), "/news/tin-xa/": self.listing(1), "/news/noi-bat/": self.featured()}
        self.routes |= {f"/news/tin-xa/page-{n}/": self.listing(n) for n in range(2, self.pages + 1)}
        self.routes |= {
            f"/news/tin-xa/page-{n}/": redirect("/news/tin-xa/") for n in range(self.pages + 1, self.pages + 9)
        }
        for n in range(1, self.total + 1):
            self.routes[f"/news/tin-xa/bai-viet-{n}.html"] = self.article(n)
        self.routes["/news/noi-bat/bai-viet-1.html"] = self.article(1)

    def frame(self, title: str, content: str) -> str:
        menu = (
            '<ul class="nav menu"><li><a href="/">Trang chủ</a></li><li><a href="/news/tin-xa/">Tin xã</a></li>'
            '<li><a href="/news/noi-bat/">Nổi bật</a></li></ul>'
        )
        return (
            f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="generator" content="NukeViet v4.5"></head><body>'
            f"<script>var nv_siteroot='/';</script>{menu}{content}<footer>UBND xã Mẫu</footer></body></html>"
        )

    def home(self) -> str:
        return self.frame("Trang chủ", '<p><a href="/news/tin-xa/">Xem thêm</a></p>')

    def entry(self, number: int, category: str = "tin-xa") -> str:
        return (
            f'<div class="panel-body"><h2><a href="/news/{category}/bai-viet-{number}.html">{subject(number)}</a></h2>'
            f'<p class="text-muted"><em class="fa fa-clock-o"></em> {day(number)} 08:15</p></div>'
        )

    def listing(self, page: int) -> str:
        entries = "".join(map(self.entry, self.numbers(page)))
        onward = f'<ul class="pagination"><li><a class="page-link" href="/news/tin-xa/page-{page + 1}/">»</a></li></ul>'
        return self.frame("Tin xã", f'<div class="news_column">{entries}</div>{onward}')

    def featured(self) -> str:
        return self.frame("Nổi bật", f'<div class="news_column">{self.entry(1, "noi-bat")}</div>')

    def article(self, number: int) -> str:
        return self.frame(
            subject(number),
            f'<div class="news_column"><div class="panel-body"><div class="row"><h1 class="title" itemprop="headline">'
            f'{subject(number)}</h1><span class="h5">Thứ hai - {day(number)} 08:15</span></div>'
            f'<div id="news-bodyhtml" class="bodytext">{paragraphs(number)}</div></div></div>',
        )


# SharePoint by Tân Dân, whose pager prints numbers without addresses


@dataclass(slots=True)
class Numbered(Portal):
    """A portal whose pager is drawn by a script; the same pages answer to a parameter."""

    def build(self) -> None:
        self.routes = {"/": self.home(), "/portal/Pages/Tin-tuc.aspx": self.listing}
        self.routes |= {f"/portal/Pages/2024-5-7/Bai-viet-{n}.aspx": self.article(n) for n in range(1, self.total + 1)}

    def frame(self, title: str, content: str) -> str:
        menu = f'<div class="menu">{menu_of({"/": "Trang chủ", "/portal/Pages/Tin-tuc.aspx": "Tin tức"})}</div>'
        return (
            f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head>'
            f'<body>{menu}<div class="tandan-div-article">{content}</div><footer>UBND huyện Mẫu</footer></body></html>'
        )

    def home(self) -> str:
        return self.frame("Trang chủ", '<p><a href="/portal/Pages/Tin-tuc.aspx">Tin tức</a></p>')

    def listing(self, asked: Asked) -> str:
        page = int(parse_qs(urlsplit(asked.target).query).get("PageIndex", ["1"])[0])
        entries = "".join(
            f'<div class="channel-news-item"><div class="channel-news-title">'
            f'<a href="/portal/Pages/2024-5-7/Bai-viet-{n}.aspx">{subject(n)}</a></div>'
            f'<span class="tandan-span-date-publish">Đăng ngày {day(n)}</span></div>'
            for n in self.numbers(page)
        )
        numbers = "".join(f'<li><a href="javascript:void(0)">{n}</a></li>' for n in range(1, self.pages + 1))
        return self.frame("Tin tức", f'{entries}<ul class="pagination">{numbers}</ul>')

    def article(self, number: int) -> str:
        return self.frame(
            subject(number),
            f'<h1 class="tandan-p-article-news-title">{subject(number)}</h1>'
            f'<span class="tandan-span-date-publish">Đăng ngày {day(number)}</span>'
            f'<div class="tandan-p-article-main">{paragraphs(number)}</div>',
        )
