"""Signs that a run read a site wrongly although nothing failed: too few articles, empty lists, drifting fields.

A site that changes its layout answers every request, and every page is still read as something. What gives it away is
that values are missing which were there before, or that many pages have the same one. Each check compares with the
site's own past where there is one, and a quiet day is no alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from sqlite_utils import Database

from pipelines.clock import stamp

FEWEST_SAME = 5
"""So many pages of one run with the same title, lead or minute are no chance; ten where there is no past to compare."""

FEWEST_READ = 10
"""A share is judged where a run read so many articles …"""
FEWEST_BEFORE = 20
"""… and earlier runs so many."""

MARGIN = 0.3
"""A share has jumped when it rose by so much, and by two standard deviations of chance."""

LATELY = timedelta(days=30)
"""So long a list that went empty is an alarm in each run."""

REMEMBERED = 500
"""How many of the newest earlier readings are the past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What is wrong, and a page to look at; `family` names the CMS family whose rules read it."""

    what: str
    url: str | None = None
    family: str | None = None

    def __str__(self) -> str:
        look = f"; look at it with: govnews check {self.url}" if self.url else ""
        golden = f" (golden pages of its family: tests/pages/{self.family}*)" if self.family else ""
        return f"{self.what}{look}{golden}"


def alarms_of(db: Database, site: str, run: int, *, floor: int | None = None) -> list[Alarm]:
    """What of a run looks wrong, the gravest first.

    Args:
        db: the mirror, with the run's rows committed.
        site: the site.
        run: the run.
        floor: fewest articles that a run of this site normally sees, on its lists or by fetching them; None: any.
    """
    started = str(db.execute("SELECT started_at FROM runs WHERE id = ?", [run]).fetchone()[0])
    drift = _Drift(db, site, run)
    return [
        *_below_floor(db, site, run, started, floor),
        *_empty_lists(db, site, started),
        *drift.same_values(),
        *drift.jumps(),
    ]


def _below_floor(db: Database, site: str, run: int, started: str, floor: int | None) -> Iterator[Alarm]:
    if floor is None:
        return
    seen = db.execute(
        "SELECT count(*) FROM (SELECT key FROM sightings WHERE site = :site AND last_seen_at >= :started UNION "
        "SELECT links.key FROM captures JOIN links ON links.site = captures.site AND links.url = captures.url "
        "WHERE run = :run AND reading = 'article')",
        {"site": site, "started": started, "run": run},
    ).fetchone()[0]
    if seen < floor:
        url = next(iter(_lists_gone_empty(db, site, started)), None) or _home(db, site)
        yield Alarm(what=f"{seen} articles seen, fewer than the floor of {floor}", url=url)


def _home(db: Database, site: str) -> str:
    return str(db.execute("SELECT home FROM sites WHERE id = ?", [site]).fetchone()[0])


def _empty_lists(db: Database, site: str, started: str) -> Iterator[Alarm]:
    empty = _lists_gone_empty(db, site, started)
    with_past = db.execute(
        f"SELECT count(*) FROM links WHERE site = :site AND section IS NOT NULL AND kind IN ('listing', 'feed') "
        f"AND looked_at >= :started AND EXISTS ({_SHOWN_LATELY})",
        _span(site, started),
    ).fetchone()[0]
    if len(empty) == with_past > 0 or len(empty) >= max(2, with_past / 2):
        yield Alarm(what=f"{len(empty)} of {with_past} lists that showed entries before show none now", url=empty[0])


_SHOWN_LATELY = (
    "SELECT 1 FROM sightings WHERE sightings.site = links.site AND listing = links.url AND first_seen_at < :started "
    "AND (left_at IS NULL OR left_at >= :lately)"
)


def _span(site: str, started: str) -> dict[str, str]:
    """A list that was emptied long ago is no news; one that went empty is, for a month."""
    return {"site": site, "started": started, "lately": stamp(datetime.fromisoformat(started) - LATELY)}


def _lists_gone_empty(db: Database, site: str, started: str) -> list[str]:
    """Lists that answered in this run and show nothing, although they lately did; the fullest first."""
    rows = db.execute(
        f"SELECT url FROM links WHERE site = :site AND section IS NOT NULL AND kind IN ('listing', 'feed') "
        f"AND state = 'done' AND looked_at >= :started AND EXISTS ({_SHOWN_LATELY}) "
        "AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.site = links.site AND listing = links.url "
        "AND last_seen_at >= :started) ORDER BY (SELECT count(*) FROM sightings WHERE sightings.site = links.site "
        "AND listing = links.url) DESC",
        _span(site, started),
    )
    return [str(url) for (url,) in rows]


@dataclass(frozen=True, slots=True)
class _Share:
    """Of how many readings how many show something."""

    number: int
    total: int

    @property
    def value(self) -> float:
        return self.number / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.number} of {self.total}"


class _Drift:
    """The readings of one run beside the newest earlier ones of its site."""

    def __init__(self, db: Database, site: str, run: int) -> None:
        self._db = db
        self._values = {"site": site, "run": run, "most": REMEMBERED}
        self._now = "SELECT rowid FROM article_revisions WHERE run = :run AND kind != 're-read'"
        self._before = (
            "SELECT article_revisions.rowid FROM article_revisions JOIN runs ON runs.id = run "
            "WHERE runs.site = :site AND run < :run AND article_revisions.kind != 're-read' "
            "ORDER BY run DESC LIMIT :most"
        )

    def same_values(self) -> Iterator[Alarm]:
        """One title, one lead, one date on many pages."""
        for column, name in (("title", "title"), ("lead", "lead")):
            now, value = self._commonest(self._now, column)
            before, _value = self._commonest(self._before, column)
            if self._is_suspicious(now, before):
                yield self._alarm(f"the same {name} stands on {now} pages", f"{column} = :value", value)
        now, value = self._commonest(self._now, "published_at")
        if now.value > 0.9 and now.total >= FEWEST_SAME and self._is_wrong_date(value):
            yield self._alarm(f"{now} pages carry the same date, {value}", "published_at = :value", value)

    def jumps(self) -> Iterator[Alarm]:
        """Fields that are empty, or that two ways of reading disagree on, far more often than before."""
        for column, name in (("published_at", "date"), ("author", "author"), ("nullif(body, '')", "body")):
            now, before = (self._share(chosen, f"{column} IS NULL") for chosen in (self._now, self._before))
            if _has_jumped(now, before):
                yield self._alarm(f"{now} pages have no {name}, before {before}", f"{column} IS NULL")
        for field, now, before in self._disagreements():
            if _has_jumped(now, before):
                what = f"on {now} pages the profile and the selector-less reading differ in {field}, before {before}"
                condition = "article IN (SELECT article FROM article_fields WHERE field = :value AND agrees = 0)"
                yield self._alarm(what, condition, field)

    def _commonest(self, chosen: str, column: str) -> tuple[_Share, str | None]:
        """The commonest value: how many of those that have one have it."""
        row = self._db.execute(
            f"SELECT {column}, count(*), sum(count(*)) OVER () FROM article_revisions WHERE rowid IN ({chosen}) "
            f"AND {column} IS NOT NULL AND {column} != '' GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
            self._values,
        ).fetchone()
        return (_Share(row[1], row[2]), row[0]) if row else (_Share(0, 0), None)

    def _is_suspicious(self, now: _Share, before: _Share) -> bool:
        fewest = FEWEST_SAME if before.total >= FEWEST_BEFORE else 2 * FEWEST_SAME
        is_usual = before.total >= FEWEST_BEFORE and before.value >= now.value / 2
        return now.number >= fewest and now.value >= 0.5 and not is_usual

    def _is_wrong_date(self, value: str | None) -> bool:
        """Whether a date that all pages share is wrong: the lists print other days, or it is the day of the crawl.

        Where no list prints a day, an old date to the minute is wrong only if the site's pages had other ones before: a
        portal that moved to a new system shows the day of the move on everything.
        """
        if value is None:
            return False
        listed, others = self._db.execute(
            "SELECT count(DISTINCT links.id), count(DISTINCT CASE WHEN listed_date != :day THEN links.id END) "
            "FROM links JOIN sightings ON sightings.site = links.site AND sightings.key = links.key "
            "AND listed_date IS NOT NULL "
            f"WHERE links.article IN (SELECT article FROM article_revisions WHERE rowid IN ({self._now}))",
            {**self._values, "day": value[:10]},
        ).fetchone()
        if listed:
            return bool(2 * others > listed)
        now, _value = self._commonest(self._now, "published_at")
        before, _value = self._commonest(self._before, "published_at")
        today = self._db.execute("SELECT substr(started_at, 1, 10) FROM runs WHERE id = :run", self._values).fetchone()
        if value[:10] == today[0]:
            return "T" in value or now.total >= 2 * FEWEST_SAME
        return "T" in value and before.total >= FEWEST_BEFORE and before.value < now.value / 2

    def _share(self, chosen: str, condition: str) -> _Share:
        row = self._db.execute(
            f"SELECT coalesce(sum({condition}), 0), count(*) FROM article_revisions WHERE rowid IN ({chosen})",
            self._values,
        ).fetchone()
        return _Share(*row)

    def _disagreements(self) -> Sequence[tuple[str, _Share, _Share]]:
        now, before = (self._disagreeing(chosen) for chosen in (self._now, self._before))
        return [(field, share, before[field]) for field, share in now.items() if field in before]

    def _disagreeing(self, chosen: str) -> dict[str, _Share]:
        rows = self._db.execute(
            "SELECT field, sum(agrees = 0), count(*) FROM article_fields WHERE agrees IS NOT NULL AND article IN "
            f"(SELECT article FROM article_revisions WHERE rowid IN ({chosen})) GROUP BY field",
            self._values,
        )
        return {str(field): _Share(number, total) for field, number, total in rows}

    def _alarm(self, what: str, condition: str, value: str | None = None) -> Alarm:
        row = self._db.execute(
            f"SELECT url, articles.family FROM articles WHERE id = (SELECT article FROM article_revisions "
            f"WHERE rowid IN ({self._now}) AND {condition} ORDER BY rowid LIMIT 1)",
            {**self._values, "value": value},
        ).fetchone()
        url, family = row or (None, None)
        return Alarm(what=what, url=url, family=family)


def _has_jumped(now: _Share, before: _Share) -> bool:
    if now.total < FEWEST_READ or before.total < FEWEST_BEFORE:
        return False
    usual = min(max(before.value, 0.05), 0.95)
    chance = 2 * sqrt(usual * (1 - usual) / now.total)
    return now.value > before.value + max(MARGIN, chance)
