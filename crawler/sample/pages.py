"""The pages of the sample site as HTML and XML, in the manner of a SharePoint portal.

Pure and without a clock: the same content gives the same text at every run. "Today", in the header of every page,
is the last day that districts existed.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import date
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urljoin
from uuid import NAMESPACE_URL, uuid5

from .content import (
    HOME,
    LINK,
    Block,
    Bullets,
    DeadEntry,
    Picture,
    Section,
    Story,
    Table,
    listed_in,
    sections,
    stories,
    story_href,
)

TEMPLATES = Path(__file__).resolve().parent / "templates"
TODAY = date(2025, 6, 30)
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
PER_PAGE = 5
IN_FEED = 10
PUSH = "\u00a0" + " \u00a0" * 91  # how an author without a "right" button gets a name to the right margin


def home_page() -> str:
    """The newest articles in full, then a block for each section."""
    newest = "".join(_story_entry(story, story.cat) for story in stories()[:PER_PAGE])
    blocks = "".join(_section_block(section) for section in sections())
    return _framed("Trang chủ", "/", f'<div class="news-hot">{newest}</div>\n{blocks}')


def page_count(section: Section) -> int:
    """How many listing pages a section fills."""
    return -(-len(_entries(section)) // PER_PAGE)


def listing_page(section: Section, number: int) -> str:
    """One page of a section's listing, from 1; past the last one the list is empty, as on the real thing."""
    entries = _entries(section)[(number - 1) * PER_PAGE : number * PER_PAGE]
    main = _fill(
        "listing.html",
        heading=escape(section.title),
        guid=_guid(section.href),
        entries="".join(entries) or "<p>Chưa có bài viết.</p>",
        paging=_paging(section, number),
    )
    return _framed(section.title, section.href, main)


def article_page(story: Story, seen_in: Section) -> str:
    """An article under the section whose listing led to it: only the breadcrumb differs."""
    own = story_href(story.nid, seen_in.cat)
    guid = _guid(own)
    main = _fill(
        "article.html",
        **_parts(story),
        category=escape(seen_in.title),
        category_href=seen_in.href,
        guid=guid,
        part=guid.replace("-", "_"),
        tags=" ".join(f' <a href="{_tag_href(tag)}">{escape(tag)}</a>' for tag in story.tags),
        files="".join(f'<li><a href="{escape(file.href)}">{escape(file.label)}</a></li>' for file in story.files),
        views=f"{story.views:,}".replace(",", "."),
        print_href=escape(f"{own}&print=1"),
        others=_earlier(story, seen_in),
    )
    return _framed("Chi tiết tin tức", own, _as_typed(story, main))


def print_page(story: Story) -> str:
    """The same article again, bare, for the printer."""
    return _as_typed(story, _fill("print.html", **_parts(story)))


def tag_page(tag: str) -> str:
    """Every article that carries a tag."""
    entries = "".join(_story_entry(story, story.cat) for story in stories() if tag in story.tags)
    heading = escape(f"Từ khóa: {tag}")
    main = _fill("listing.html", heading=heading, guid=_guid(tag), entries=entries, paging="")
    return _framed("Tìm kiếm", "/Trang/TimKiem.aspx", main)


def not_found_page(path: str) -> str:
    text = "Trang bạn tìm không có hoặc đã được chuyển đi nơi khác. Mời bạn trở về trang chủ."
    return _framed("Không tìm thấy", path, _message("Không tìm thấy trang", text))


def sign_in_page() -> str:
    text = "Chức năng này chỉ dành cho cán bộ quản trị."
    return _framed("Đăng nhập", "/_layouts/15/Authenticate.aspx", _message("Đăng nhập", text))


def english_page() -> str:
    main = _message("Song Mau District", "The English edition is being prepared.")
    return _framed("Home", "/en/Pages/Home.aspx", main, language="en-US")


def feed() -> str:
    """RSS 2.0 of the newest articles."""
    items = "\n".join(_feed_item(story) for story in stories()[:IN_FEED])
    built = format_datetime(stories()[0].published_at)
    return _fill("feed.xml", home=HOME, built=built, items=items)


def sitemap() -> str:
    """Every listing's first page and every article, under the address of its own section."""
    pages = [HOME, *(urljoin(HOME, section.href) for section in sections())]
    urls = [f"<url><loc>{escape(page)}</loc></url>" for page in pages]
    urls += [
        f"<url><loc>{escape(_own_address(story))}</loc><lastmod>{story.published_at.date()}</lastmod></url>"
        for story in stories()
    ]
    return _fill("sitemap.xml", urls="\n".join(urls))


def robots() -> str:
    return _fill("robots.txt", home=HOME)


def _framed(title: str, path: str, main: str, *, language: str = "vi-VN") -> str:
    state = hashlib.sha512(path.encode()).digest() * 4
    return _fill(
        "frame.html",
        title=escape(title),
        language=language,
        list=_guid("list"),
        path=escape(path.partition("?")[0]),
        action=escape(path),
        viewstate=base64.b64encode(state).decode(),
        source=quote(path, safe=""),
        clock=f"{WEEKDAYS[TODAY.weekday()]}, ngày {TODAY:%d/%m/%Y}",
        menu=_menu(),
        main=main,
        side=_most_read() + _notices(),
    )


def _menu() -> str:
    links = [("Trang chủ", "/"), *((section.title, section.href) for section in sections())]
    return "".join(f'<li><a href="{href}">{escape(title)}</a></li>' for title, href in links)


def _most_read() -> str:
    """Links as another module of the portal writes them: other case, other order."""
    top = sorted(stories(), key=lambda story: story.views, reverse=True)[:4]
    links = ((f"/trang/chitiettintuc.aspx?Cat={story.cat}&NID={story.nid}", story.title) for story in top)
    return _block("Đọc nhiều", "/", [f'<li><a href="{escape(href)}">{escape(title)}</a></li>' for href, title in links])


def _notices() -> str:
    return _section_block(sections()[-1])


def _section_block(section: Section) -> str:
    return _block(section.title, section.href, [_short_entry(story, section) for story in listed_in(section)[:4]])


def _block(heading: str, href: str, entries: Sequence[str]) -> str:
    return _fill("block.html", heading=escape(heading), href=href, entries="".join(entries))


def _short_entry(story: Story, section: Section) -> str:
    href = escape(_listed_href(story, section.cat))
    title = _as_typed(story, escape(story.title))
    return f'<li><a href="{href}">{title}</a> <span class="news-item-date">({story.day})</span></li>'


def _entries(section: Section) -> list[str]:
    living = [_story_entry(story, section.cat) for story in listed_in(section)]
    return living + [_dead_entry(entry, section.cat) for entry in section.dead]


def _story_entry(story: Story, cat: int) -> str:
    return _as_typed(
        story,
        _fill(
            "entry.html",
            href=escape(_listed_href(story, cat)),
            title=escape(story.title),
            date=story.day,
            picture="".join(_thumbnail(picture) for picture in story.pictures[:1] if not picture.missing),
            lead=escape(story.lead or ""),
        ),
    )


def _dead_entry(entry: DeadEntry, cat: int) -> str:
    href = escape(story_href(entry.nid, cat))
    return _fill("entry.html", href=href, title=escape(entry.title), date=entry.day, picture="", lead="")


def _listed_href(story: Story, cat: int) -> str:
    """A section links to its own articles in one way, and to borrowed ones with the parameters turned round."""
    is_own = cat == story.cat
    return story_href(story.nid, cat) if is_own else f"/Trang/ChiTietTinTuc.aspx?cat={cat}&nid={story.nid}"


def _thumbnail(picture: Picture) -> str:
    return f'<img class="news-item-image" src="{picture.href}?RenditionID=2" width="120" alt="" />'


def _paging(section: Section, number: int) -> str:
    count = page_count(section)
    links = [_page_link(section, page, number) for page in range(1, count + 1)]
    if number < count:
        links.append(f'<a class="next" href="?Page={number + 1}">Trang sau</a>')
    return " ".join(links)


def _page_link(section: Section, page: int, current: int) -> str:
    if page == current:
        return f'<span class="current">{page}</span>'
    href = section.href if page == 1 else f"{section.href}?Page={page}"
    return f'<a href="{href}">{page}</a>'


def _earlier(story: Story, section: Section) -> str:
    before = [other for other in listed_in(section) if other.published_at < story.published_at]
    return "".join(_short_entry(other, section) for other in before[:PER_PAGE])


def _parts(story: Story) -> dict[str, str]:
    return {
        "title": escape(story.title),
        "published": story.published,
        "lead": escape(story.lead or ""),
        "body": "\n".join([*map(_block_html, story.body), *_byline(story)]),
    }


def _block_html(block: Block) -> str:
    match block:
        case Picture():
            image = f'<p style="text-align: center"><img src="{block.href}" alt="" style="margin: 5px" /></p>'
            return f'{image}\n<p style="text-align: center">{escape(block.caption)}</p>'
        case Table():
            rows = "".join(map(_row, block.rows))
            return f'<table class="ms-rteTable-default" cellspacing="0"><tbody>{rows}</tbody></table>'
        case Bullets():
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case str():
            text = LINK.sub(r'<a href="\2">\1</a>', escape(block))
            return f'<p style="text-align: justify">{text}</p>'


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _byline(story: Story) -> list[str]:
    if story.byline is None:
        return []
    if story.pushed:
        return [f"<p>{PUSH.replace(chr(0xA0), '&#160;')}{escape(story.byline)}</p>"]
    return [f'<p style="text-align: right"><strong>{escape(story.byline)}</strong></p>']


def _tag_href(tag: str) -> str:
    return f"/Trang/TimKiem.aspx?tag={quote(tag)}"


def _feed_item(story: Story) -> str:
    address = escape(_own_address(story))
    return (
        f"<item><title>{escape(story.title)}</title><link>{address}</link>"
        f'<guid isPermaLink="true">{address}</guid>'
        f"<pubDate>{format_datetime(story.published_at)}</pubDate>"
        f"<description>{escape(story.lead or '')}</description></item>"
    )


def _own_address(story: Story) -> str:
    return urljoin(HOME, story_href(story.nid, story.cat))


def _message(heading: str, text: str) -> str:
    return _fill("message.html", heading=escape(heading), text=escape(text))


def _as_typed(story: Story, html: str) -> str:
    return unicodedata.normalize("NFD", html) if story.decomposed else html


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, urljoin(HOME, name)))


def _fill(name: str, **values: str) -> str:
    return _template(name).substitute(values).strip() + "\n"


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
