"""Whether a site is still the site that it was: an expired name is bought and serves spam under the old address.

A portal changes its template, its links or its subject, but not all at once. Its home page (with known articles, where
that says too little) and articles that are visited again are held against what the mirror knows of the site: the
language, pairs of neighbouring words in titles, the hosts it links to, the family. The words must have changed, and at
least two of the other signs with them; gambling, what such names are mostly bought for, is a sign of its own. A new
template alone changes one sign, a new section in English two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.read.page import ParsedPage, resolve
from crawler.read.tree import language_of
from crawler.read.words import fold
from crawler.sitefile import plain_host

LEAST_KNOWN = {2: 0.15, 3: 0.35}
"""By the number of other signs: the share of its pairs of words that the site has used before which a page must keep.

Measured on seven portals of one province: a home page knows its own words, those of another portal of the province to
0.13 to 0.52; gambling spam 0.02 to 0.05, and up to 0.21 where it is stuffed with the names of authorities.
"""
LEAST_PAIRS = 12
"""Pairs of words without which nothing can be said of the vocabulary."""
LEAST_STRANGE = 2
"""Hosts never linked to before that make a sign, if they are most of those linked to."""
LEAST_GAMBLING = 3
MOST_LINKS = 3_000
MOST_WORDS = 40
"""Words of one link that are looked at."""

_GAMBLING = frozenset(
    {
        "nha cai", "ca cuoc", "casino", "soi keo", "keo nha cai", "no hu", "tai xiu", "lo de", "game bai", "danh bai",
        "ban ca", "da ga", "slot", "jackpot", "baccarat", "poker", "roulette", "betting", "sportsbook", "rut tien",
        "ca do", "khuyen mai nap", "xoc dia", "bong da truc tiep", "judi", "togel", "gacor",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What is known of a site, or seen on one of its pages; an empty part is one of which nothing is known."""

    languages: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()
    """Pairs of neighbouring words of titles and links, folded."""
    hosts: frozenset[str] = frozenset()
    """Other hosts that the pages link to."""
    families: frozenset[str] = frozenset()
    gambling: frozenset[str] = frozenset()
    """Words of gambling that stand in titles and links."""

    @property
    def is_telling(self) -> bool:
        """Whether there are words enough to say whose they are."""
        return len(self.pairs) >= LEAST_PAIRS

    def __or__(self, other: Character) -> Character:
        return Character(
            languages=self.languages | other.languages,
            pairs=self.pairs | other.pairs,
            hosts=self.hosts | other.hosts,
            families=self.families | other.families,
            gambling=self.gambling | other.gambling,
        )


def character_of(page: ParsedPage, url: str) -> Character:
    """What one page shows of its site."""
    texts = [*_titles(page.tree), *_link_texts(page.tree)]
    language = language_of(" ".join(texts), page.tree.get("lang"))
    folded = [fold(text) for text in texts]
    return Character(
        languages=frozenset(filter(None, [language])),
        pairs=pairs_of(texts),
        hosts=frozenset(_other_hosts(page, url)),
        families=frozenset([page.profile.name if page.profile else "none"]),
        gambling=frozenset(word for word in _GAMBLING if any(f" {word} " in f" {text} " for text in folded)),
    )


def pairs_of(texts: Iterable[str]) -> frozenset[str]:
    """Neighbouring words: a Vietnamese syllable alone belongs to any subject, two of them make a word."""
    return frozenset(
        f"{one} {other}" for text in texts for one, other in pairwise(fold(text).split()[:MOST_WORDS]) if one != other
    )


def drift(known: Character, seen: Character, *, site_host: str) -> str | None:
    """Why a page is not the site's any more, in a few words; None where it may well be.

    Args:
        known: what the mirror knows of the site.
        seen: what a page, or several, show now.
        site_host: the site's own host; its neighbours under one domain are no strangers.
    """
    share = _share_known(known, seen)
    if share is None:
        return None
    signs = list(_signs(known, seen, site_host))
    if share >= LEAST_KNOWN.get(min(len(signs), 3), 0.0):
        return None
    return f"{1 - share:.0%} of the words in its titles were never used there; {'; '.join(signs)}"


def _share_known(known: Character, seen: Character) -> float | None:
    if not (known.is_telling and seen.is_telling):
        return None
    return len(seen.pairs & known.pairs) / len(seen.pairs)


def _signs(known: Character, seen: Character, site_host: str) -> Iterator[str]:
    if known.languages and seen.languages and not seen.languages & known.languages:
        yield f"it is written in {_list(seen.languages)} and not in {_list(known.languages)}"
    if known.languages == {"vi"} and not seen.languages:
        yield "it is not written in Vietnamese any more"
    kin = _domain(site_host)
    strange = {host for host in seen.hosts - known.hosts if _domain(host) != kin}
    if len(strange) >= LEAST_STRANGE and len(strange) > len(seen.hosts - strange):
        yield f"it links to {len(strange)} hosts that it never linked to ({_list(strange)})"
    if known.families and not seen.families & known.families:
        yield f"its pages are of the family {_list(seen.families)} and not {_list(known.families)}"
    if len(seen.gambling - known.gambling) >= LEAST_GAMBLING:
        yield f"it speaks of gambling ({_list(seen.gambling)})"


def _list(names: frozenset[str] | set[str]) -> str:
    first = sorted(names)[:3]
    return ", ".join([*first, "…"] if len(names) > len(first) else first)


def _titles(tree: HtmlElement) -> Iterator[str]:
    for node in tree.iter("title", "h1", "h2", "h3"):
        yield str(node.text_content())


def _link_texts(tree: HtmlElement) -> Iterator[str]:
    for count, link in enumerate(tree.iter("a")):
        if count >= MOST_LINKS:
            return
        yield str(link.text_content()) or link.get("title") or ""


def _other_hosts(page: ParsedPage, url: str) -> Iterator[str]:
    own = plain_host(urlsplit(url).hostname or "")
    for count, link in enumerate(page.tree.iter("a", "area", "iframe")):
        if count >= MOST_LINKS:
            return
        target = resolve(page, link.get("href") or link.get("src") or "")
        host = _host_in(target)
        if host and host != own:
            yield host


def _host_in(url: str | None) -> str:
    try:
        return plain_host(urlsplit(url or "").hostname or "")
    except ValueError:  # such as http://[
        return ""


def _domain(host: str) -> str:
    """The last two labels: neighbours under a ministry's or province's domain share them."""
    return ".".join(host.split(".")[-2:])
