"""Further pages of a listing: told by the address, by `rel`, by the words of the link."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

# Not `p`: in WordPress it is the number of an article.
_NUMBER_NAMES = (
    r"page|pageindex|pageno|pagenumber|pagenum|page_no|pg|pn|trang|paged|start|limitstart|offset|(?:[\w.]+_)?cur"
)
_PAGE_PARAMETER = re.compile(rf"(?:^|(?<=&))(?:{_NUMBER_NAMES})=(\d+)(?:&|$)", re.IGNORECASE)
_PAGE_IN_PATH = (
    re.compile(r"/(?:page|trang)[/-](\d+)(?:\.html?|\.aspx)?(?=/?$)", re.IGNORECASE),
    re.compile(r"(?<=-c\d{2})\d*-(\d{1,4})(?=\.html$)", re.IGNORECASE),  # a longer number is an article's
    re.compile(r"(?<=/phantrang/)\d+/(\d+)(?=/)", re.IGNORECASE),
)

_SAYS_PAGE = re.compile(
    r"(?:[<>«»‹›←→]\s*)*(?:trang\s+(?:\d+|sau|kế|tiếp(?: theo)?|trước|đầu|cuối)|(?:next|previous|last|first)\s+page"
    r"|older\s+posts?|newer\s+posts?)(?:\s*[<>«»‹›←→])*",
    re.IGNORECASE,
)
_MAY_SAY_PAGE = re.compile(
    r"(?:[<>«»‹›←→]\s*)*(?:\d{1,4}|sau|tiếp(?: theo)?|trước|đầu|cuối|next|prev(?:ious)?|last|first)(?:\s*[<>«»‹›←→])*"
    r"|[<>«»‹›←→\s]+|\.\.\.|…",
    re.IGNORECASE,
)


@lru_cache(maxsize=1 << 14)
def split_page(url: str) -> tuple[str, int | None]:
    """The address without its page number, and the number: equal stems are pages of one listing."""
    parts = urlsplit(url)
    if match := _PAGE_PARAMETER.search(parts.query):
        query = (parts.query[: match.start()] + parts.query[match.end() :]).rstrip("&")
        return parts._replace(query=query).geturl(), int(match[1])
    for pattern in _PAGE_IN_PATH:
        if match := pattern.search(parts.path):
            stem = parts.path[: match.start(1)].rstrip("-/") + parts.path[match.end(1) :]
            stem = re.sub(r"/(?:page|trang)(?=(?:\.\w+)?/?$)", "", stem, flags=re.IGNORECASE)
            return parts._replace(path=stem.rstrip("/") or "/").geturl(), int(match[1])
    return parts._replace(path=parts.path.rstrip("/") or "/").geturl(), None


def says_page(text: str) -> bool:
    """Whether the words of a link can only mean a further page (`Trang sau`, `Next page`)."""
    return bool(_SAYS_PAGE.fullmatch(text))


def may_say_page(text: str) -> bool:
    """Whether they mean one where they stand in a pager (`Sau ›`, `»`, `3`)."""
    return bool(_MAY_SAY_PAGE.fullmatch(text))
