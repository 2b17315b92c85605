"""When a listing with numbered addresses is over: pages past its end, and listings without any end.

Most listings end by themselves: their last page prints no link to a further one. Some do not. Past the last page
Liferay shows the last page again, other systems show nothing or the first page, and a calendar goes on for ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from crawler.discover.paging import split_page
from crawler.discover.turning import MOST_PAGES, shown_by
from pipelines.items import FoundLink


class ListEnds:
    """What the pages of each listing showed in this run; it only ever holds back further pages, never entries."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, int]] = defaultdict(dict)
        """By listing: the number of the page on which a set of entries was seen first."""
        self._pages: Counter[str] = Counter()

    def within(self, url: str, links: Iterable[FoundLink]) -> tuple[FoundLink, ...]:
        """The links of a page without further pages of its own listing, where the page lies past the end of that.

        Args:
            url: the canonical address of the page.
            links: what was found on it.
        """
        links = tuple(links)
        stem, number = split_page(url)
        entries = shown_by(links)
        self._pages[stem] += 1
        first_seen = self._shown[stem].setdefault(entries, number or 0)
        is_past_end = bool(number) and (not entries or first_seen < (number or 0))
        if is_past_end or self._pages[stem] >= MOST_PAGES:
            return tuple(link for link in links if not _is_further(link, stem, number or 0))
        return links


def _is_further(link: FoundLink, stem: str, page: int) -> bool:
    its_stem, number = split_page(link.key or link.url)
    return link.kind == "listing" and its_stem == stem and number is not None and number > page
