"""What is missing: everything that listings, feeds and sitemaps showed, compared with what is stored.

A hole is an entry that some list showed and that no article is stored for, with the reason. Gaps in the numbers of
article addresses and months without any article are no proof that something is missing: they are named beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from statistics import mean

from sqlite_utils import Database

from pipelines.holes import FILLABLE, UNDATED, Missing, Why, missing_of
from pipelines.idgaps import IdGap, id_gaps

UNLISTED = "(on no list)"

NEIGHBOURS = 3
BUSY = 4.0
"""A month without articles is named when the three months before and the three after it have so many on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """An entry without its article; `month` is `YYYY-MM` by the date that the list prints, or `undated`."""

    url: str
    section: str
    month: str
    why: Why
    detail: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How many entries a section showed of one month, and how many of them are stored."""

    section: str
    month: str
    listed: int
    stored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAudit:
    """What one site showed and what of it is stored."""

    site: str
    articles: int
    months: Sequence[Month]
    holes: Sequence[Hole]
    id_gaps: Sequence[IdGap]
    silent_months: Sequence[str]
    files: Mapping[str, int]
    """Attachments that are not stored, by state."""

    @property
    def listed(self) -> int:
        """Entries that lists showed, each counted once for each section that showed it."""
        return sum(month.listed for month in self.months)

    @property
    def is_suspicious(self) -> bool:
        """Whether something may be missing that no list has shown: no proof, for a number may never have been used."""
        return bool(self.id_gaps or self.silent_months or self.files.keys() & {"pending", "failed"})

    @property
    def fillable(self) -> int:
        return sum(hole.why in FILLABLE for hole in self.holes)


def audit_site(db: Database, site: str) -> SiteAudit:
    """Compare what a site's lists showed with what is stored; a million articles take half a minute."""
    sections = _Sections(db, site)
    found = [_hole(missing, sections) for missing in missing_of(db, site)]
    missing: Counter[tuple[str, str]] = Counter()
    for _one, places in found:
        missing.update(places)
    months = [
        Month(section=section, month=month, listed=listed, stored=max(listed - missing[section, month], 0))
        for (section, month), listed in sorted(_listed(db, site, sections).items())
    ]
    days = _published_months(db, site)
    return SiteAudit(
        site=site,
        articles=_number(db, "SELECT count(*) FROM articles WHERE site = ?", site),
        months=months,
        holes=[hole for hole, _places in found],
        id_gaps=id_gaps(
            url for (url,) in db.execute("SELECT url FROM links WHERE site = ? AND kind = 'article'", [site])
        ),
        silent_months=list(_silent(days)),
        files=_missing_files(db, site),
    )


def _number(db: Database, sql: str, site: str) -> int:
    return int(db.execute(sql, [site]).fetchone()[0])


class _Sections:
    """The lists of a site, and which section each belongs to."""

    def __init__(self, db: Database, site: str) -> None:
        rows = db.execute(
            "SELECT url, section FROM links WHERE site = ? AND section IS NOT NULL "
            "AND kind IN ('listing', 'feed', 'sitemap')",
            [site],
        )
        self._by_address = {str(url): str(section) for url, section in rows}
        lists = db.execute(
            "SELECT key FROM links WHERE site = ? AND section IS NOT NULL AND kind = 'listing' AND (EXISTS "
            "(SELECT 1 FROM sightings WHERE sightings.site = links.site AND listing = links.url) OR NOT EXISTS "
            "(SELECT 1 FROM sightings JOIN links AS pages ON pages.site = sightings.site AND pages.url = listing "
            "AND pages.kind != 'sitemap' WHERE sightings.site = links.site AND sightings.key = links.key))",
            [site],
        )
        self.lists = frozenset(str(key) for (key,) in lists)
        """Keys of pages that are lists themselves: a sitemap names them among the articles, and none is missing."""

    def of(self, listing: str) -> str:
        """A page without an address of its own carries that of its list, and a fragment."""
        known = self._by_address.get(listing)
        if known is not None:
            return known
        address = listing.partition("#")[0]
        return self._by_address.get(address, address)


def _listed(db: Database, site: str, sections: _Sections) -> Counter[tuple[str, str]]:
    """How many entries each section showed of each month: of the article's own where it is stored, else as printed."""
    # The index has the days, the table has the texts: only the first is read.
    days = dict(
        db.execute("SELECT id, published_date FROM articles INDEXED BY articles_published WHERE site = ?", [site])
    )
    rows = db.execute(
        "SELECT sightings.key, listing, listed_date, links.article FROM sightings LEFT JOIN links "
        "ON links.site = sightings.site AND links.method = 'GET' AND links.key = sightings.key AND body_sha256 = '' "
        "WHERE sightings.site = ? AND coalesce(links.kind, '') != 'file' ORDER BY sightings.site, sightings.key",
        [site],
    )
    listed: Counter[tuple[str, str]] = Counter()
    for key, shown in groupby(rows, key=itemgetter(0)):
        if key in sections.lists:
            continue
        for place in {(sections.of(listing), _month(days.get(article) or day)) for _, listing, day, article in shown}:
            listed[place] += 1
    return listed


def _month(day: str | None) -> str:
    return day[:7] if day else UNDATED


def _hole(missing: Missing, sections: _Sections) -> tuple[Hole, set[tuple[str, str]]]:
    """The hole, with the sections and months in which it is one; it is named in the first of the earliest month."""
    places = {(sections.of(one.listing), one.month) for one in missing.shown} or {(UNLISTED, UNDATED)}
    section = min(place for place, month in places if month == missing.month)
    title = next((one.title for one in missing.shown if one.title), None)
    hole = Hole(
        url=missing.url, section=section, month=missing.month, why=missing.why, detail=missing.detail, title=title
    )
    return hole, places


def _published_months(db: Database, site: str) -> Counter[str]:
    rows = db.execute(
        "SELECT substr(published_date, 1, 7), count(*) FROM articles WHERE site = ? AND published_date IS NOT NULL "
        "GROUP BY 1",
        [site],
    )
    return Counter({str(month): int(number) for month, number in rows})


def _silent(published: Mapping[str, int]) -> Iterator[str]:
    """Months in which nothing was published although the months around them are busy."""
    if not published:
        return
    months = list(_months_between(min(published), max(published)))
    for place, month in enumerate(months):
        before, after = months[max(place - NEIGHBOURS, 0) : place], months[place + 1 : place + 1 + NEIGHBOURS]
        is_silent = not published.get(month) and before and after
        if is_silent and min(mean(published.get(other, 0) for other in side) for side in (before, after)) >= BUSY:
            yield month


def _months_between(first: str, last: str) -> Iterator[str]:
    day = date.fromisoformat(f"{first}-01")
    while (month := day.isoformat()[:7]) <= last:
        yield month
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _missing_files(db: Database, site: str) -> Mapping[str, int]:
    rows = db.execute(
        "SELECT attachments.state, count(*) FROM attachments JOIN articles ON articles.id = attachments.article "
        "WHERE site = ? AND attachments.state != 'stored' AND position IS NOT NULL GROUP BY 1 ORDER BY 1",
        [site],
    )
    return {str(state): int(number) for state, number in rows}
