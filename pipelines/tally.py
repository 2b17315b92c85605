"""The tally of a run: what each answer turned out to be, and which counters that moves. Pure, without a database."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.articles import Stored
from pipelines.frontier_rows import KnownLink, Reason
from pipelines.items import NOT_AN_ARTICLE, Article, Capture, LinkKind, NotArticle, PageItem
from pipelines.settlement import fault_of, is_passing

LISTINGS = frozenset({"listing", "navigation"})
"""Readings of pages that every crawl asks for again, since they may show something new."""

GUESSED: frozenset[LinkKind] = frozenset({"probe", "sitemap", "feed"})
"""Addresses that we try without having seen a link to them; their absence is no dead link."""

WITHHELD: Mapping[str, str] = {
    "challenge": "a challenge page came instead of the answer",
    "hijacked": "the answer is not the site's own any more",
    "redirect_loop": "it redirects to itself",
    "other_text": "another text than the article's stands there",
}
"""Readings of answers that say nothing of the page asked for; its link waits for a later run."""

FOREIGN = ("challenge", "hijacked")
"""Those that are not the site's at all."""

COUNTERS = (
    "requests",
    "bytes",
    "not_modified",
    "dead_links",
    "errors",
    "unreadable",
    "articles_new",
    "articles_changed",
    "articles_unchanged",
    "not_articles",
    "files_new",
    "files_failed",
    "revisits",
    "retries",
    "probes",
)
"""The columns of `runs` that count what a run did."""


def reading_word(item: PageItem) -> str | None:
    """What a capture turned out to be, in one word, so that reports need no second reading."""
    if item.unreadable is not None:
        return f"unreadable: {item.unreadable}"
    if isinstance(item.reading, NotArticle):
        return f"{NOT_AN_ARTICLE}{item.reading.reason}"
    return "article" if item.reading is not None else None


def counts_of_reading(item: PageItem, stored: Stored | None) -> dict[str, int]:
    """The counter of what a page turned out to be."""
    if item.unreadable is not None:
        return {"unreadable": 1}
    if isinstance(item.reading, NotArticle):
        return {"not_articles": 1}
    return {f"articles_{stored.change}": 1} if stored else {}


def withheld_from(item: PageItem) -> str | None:
    """Why what came is not the page that was asked for, although a server answered; None where it may be."""
    return WITHHELD.get(item.reading.reason) if isinstance(item.reading, NotArticle) else None


def kind_of(item: PageItem, kind: LinkKind) -> LinkKind | None:
    """What the link turned out to be: a page that was taken for a listing may be an article, and the reverse."""
    if isinstance(item.reading, Article) and kind == "listing":
        return "article"
    if isinstance(item.reading, NotArticle) and kind == "article" and item.reading.reason in LISTINGS:
        return "listing"
    return None


def counts_of_answer(capture: Capture) -> dict[str, int]:
    return {"requests": 1, "bytes": capture.length or 0, "not_modified": int(capture.status == 304)}


COUNTED_APART: Mapping[Reason, str] = {
    "revisit": "revisits",
    "left": "revisits",
    "retry": "retries",
    "probe": "probes",
}
"""The counters of requests that an unchanged site gets beyond a look at its listings."""


def counts_of_request(capture: Capture, link: KnownLink) -> dict[str, int]:
    counts = counts_of_answer(capture)
    if fault_of(capture) is not None and (is_passing(capture) or capture.error is not None):
        counts["errors"] = 1
    elif fault_of(capture) is not None and link.kind not in GUESSED:
        counts["dead_links"] = 1
    if link.reason in COUNTED_APART:
        counts[COUNTED_APART[link.reason]] = 1
    return counts
