"""A site with one long list, as crawl tests need it: pages of ten entries, newest first, in a list that changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from server import Answer, Asked, SmallSite
from village import PARAGRAPHS, page

A_PAGE = 10
FIRST_DAY = date(2024, 1, 1)


def day_of(number: int) -> date:
    """Entry 1 is the oldest; each later one is dated a day later."""
    return FIRST_DAY + timedelta(days=number)


class LongList:
    """The list `/tin` of a site; `numbers` are its entries from the top, and whatever of them changes shows at once."""

    def __init__(self, site: SmallSite, entries: int, *, is_dated: bool = True) -> None:
        self.numbers = list(range(entries, 0, -1))
        self.site = site
        self.is_dated = is_dated
        site.routes["/"] = page("Trang chủ", '<p>Chào mừng bạn</p><p><a href="/tin">Tin tức</a></p>')
        site.routes["/tin"] = self._listing
        site.routes["/robots.txt"] = Answer(status=404)
        for number in self.numbers:
            self._serve(number)

    def publish(self, *numbers: int, at: int = 0) -> None:
        """New entries, at the top or deeper; the first of `numbers` stands highest."""
        self.numbers[at:at] = numbers
        for number in numbers:
            self._serve(number)

    def pages_asked(self) -> list[int]:
        """Which pages of the list were asked for, in order."""
        asked = [request.path for request in self.site.log if request.path.split("?")[0] == "/tin"]
        return [int(path.partition("=")[2] or 1) for path in asked]

    def _serve(self, number: int) -> None:
        self.site.routes[f"/tin-{number}.html"] = article_on(number, day_of(number))

    def _listing(self, asked: Asked) -> str | Answer:
        number = int(asked.path.partition("=")[2] or 1)
        shown = self.numbers[(number - 1) * A_PAGE : number * A_PAGE]
        if not shown:
            return Answer(status=404)
        entries = "".join(map(self._entry, shown))
        pages = -(-len(self.numbers) // A_PAGE)
        near = (other for other in range(number - 1, number + 2) if 1 <= other <= pages and other != number)
        pager = " ".join(f'<a href="/tin{f"?page={other}" if other > 1 else ""}">{other}</a>' for other in near)
        return page("Tin tức", f'<ul class="list">{entries}</ul><div class="paging">{pager}</div>')

    def _entry(self, number: int) -> str:
        printed = f" <span>({day_of(number):%d/%m/%Y})</span>" if self.is_dated else ""
        return f'<li class="item"><a href="/tin-{number}.html">{title(number)}</a>{printed}</li>'


def title(number: int) -> str:
    return f"Xã Mẫu họp bàn việc sửa đường liên thôn lần {number}"


def article_on(number: int, day: date) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    return page(
        title(number),
        f'<h1 class="title">{title(number)}</h1><div class="date">Ngày đăng: {day:%d/%m/%Y} 08:15</div>'
        f'<div class="content">{paragraphs}</div>',
    )


def once(answer: Answer, then: Callable[[Asked], str | Answer]) -> Callable[[Asked], str | Answer]:
    """A route that answers otherwise the first time."""
    answers = iter([answer])
    return lambda asked: next(answers, None) or then(asked)
