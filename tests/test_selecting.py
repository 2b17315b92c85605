"""Selectors: what they find is what CSS says, however they are evaluated."""

from __future__ import annotations

import pytest
from cssselect import HTMLTranslator
from lxml.html import HtmlElement

from crawler.read.selecting import Search, compiled, select, select_all
from crawler.read.tree import parse

PAGE = """
<html><body class="trang chu">
  <div id="tin" class="tin  chinh"><h1 class="tieu-de">Tin</h1>
    <div class="tin"><p class="ngay moi">7/5</p><p>Một</p></div>
    <p class="ngay">8/5</p>
  </div>
  <ul class="ngay-khac"><li class="ngay"><a>Hai</a></li><li><a>Ba</a></li></ul>
</body></html>
"""
SELECTORS = [
    "#tin", "div#tin", ".ngay", "p.ngay", "P.ngay", ".tin .ngay", ".tin p", "div.tin > p", ".tin>.ngay",
    "#tin > .tin p", "#tin .tin > p.ngay.moi", "li.ngay a", ".ngay + p", "p.ngay ~ p", ".ngay.moi", ".ngay, h1",
    ".tin p:last-child",
    "li:not(.ngay) a", "[class]", "div", ".chu", "body.chu .tin", ".nothing .ngay", "#nothing", "ul.ngay", "* .ngay",
]  # fmt: skip


def by_the_book(root: HtmlElement, css: str) -> list[HtmlElement]:
    found = root.xpath(HTMLTranslator().css_to_xpath(css))
    assert isinstance(found, list)
    return [node for node in found if isinstance(node, HtmlElement)]


@pytest.mark.parametrize("css", SELECTORS)
def test_a_selector_finds_what_the_translator_of_css_finds(css: str) -> None:
    root = parse(PAGE)
    assert select_all(root, [css]) == by_the_book(root, css)
    assert Search(root, PAGE.encode()).every([css]) == by_the_book(root, css)


def test_the_first_selector_that_yields_something_wins() -> None:
    root = parse(PAGE)
    wanted = ["#nothing", ".nothing p", "h1", "p"]
    assert [node.tag for node in select(root, wanted)] == ["h1"]
    assert [node.tag for node in Search(root, PAGE.encode()).first(wanted)] == ["h1"]


@pytest.mark.parametrize("text", ["div..tin", "//p[", "p:unknown-kind", ""])
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a selector"):
        compiled(text)
