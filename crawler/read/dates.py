"""Reads the text of one date on a page: whole, or not at all.

`read_date` understands how Vietnamese CMSs print the date of an article (and the usual forms of some twenty other
languages): labels, weekday, date, clock time, zone and view counters in any sensible order. Every word of the
text must be understood; a remainder is a reason to refuse. That is what keeps decision numbers, deadlines, dates of
cited documents and ranges of events out. Nothing is completed, swapped or guessed: a refusal carries its reason.

The way: fold the text, cut it into lexemes with one compiled scanner, fill the slots of a *moment* (weekday, day,
time, zone) from left to right, then weigh the moments against each other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, Literal, NamedTuple

from crawler.read.date_words import (
    LONGEST,
    PHRASES,
    REASONS,
    RELATIVE_WORDS as _RELATIVE_WORDS,
    UNITS,
    WEEKDAY_TOO,
    fold_for_dates,
)
from pipelines.clock import page_time as iso
from pipelines.items import PageDate

__all__ = ["VIETNAM", "DateReading", "iso", "looks_like_date", "read_date", "read_machine_date"]

VIETNAM: Final[tzinfo] = timezone(timedelta(hours=7))
"""The clock of the pages: no daylight saving since 1975."""

Order = Literal["DMY", "MDY"]

_EARLIEST_YEAR = 1997
"""Viet Nam joined the Internet in November 1997: older dates are the zeros of Unix, .NET and spreadsheets."""
_LATEST_YEAR = 2100
"""The ceiling where no fetch time is known."""
_LONGEST_TEXT = 200
_CLOCK_DIFFERENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """What a text says: `published` and `modified`, or the reason why it says nothing.

    Where only an update is printed, it is both. `refusal` is one word for counting (`no_such_day`,
    `weekday_contradicts`, `future`, `month_above_12`, `document_date` …), and is None exactly when `published` is set.
    """

    published: PageDate | None = None
    modified: PageDate | None = None
    refusal: str | None = None


def read_date(
    raw: str, *, fetched_at: datetime | None = None, order: Order = "DMY", zone: tzinfo = VIETNAM
) -> DateReading:
    """Read a whole text as the date of a page.

    Args:
        raw: The text of the date's node, as the page has it.
        fetched_at: When this copy of the page was fetched (aware); relative words and the future are judged by it.
        order: Of all-digit dates with the year last; a fact about a site, never decided here.
        zone: The clock of the page. A printed zone wins, and is converted to this one.
    """
    try:
        return _read(raw, _Frame(fetched_at=_aware(fetched_at, zone), order=order, zone=zone, keeps_offset=False))
    except _RefusalError as refusal:
        return DateReading(refusal=refusal.reason)


def read_machine_date(raw: str, *, zone: tzinfo = VIETNAM, fetched_at: datetime | None = None) -> PageDate | None:
    """Read a date of structured data: ISO 8601, RFC 2822, Unix time, or a date whose month is a name.

    The printed offset and with it the printed calendar day are kept; without an offset the clock is `zone`'s.
    Digits with the year last are refused, for nothing says which is the month. NukeViet's `2024-05-07+0720:01:00`,
    with its zone where the T should be, is understood.
    """
    try:
        return _read(raw, _Frame(fetched_at=_aware(fetched_at, zone), order=None, zone=zone, keeps_offset=True)).published
    except _RefusalError:
        return None


_HAS_DATE_DIGITS = re.compile(r"\d(?:(?<=[12１２])[09０９]\d\d|\d? ?[/.\-‐-−] ?\d\d? ?[/.\-‐-−] ?\d\d|\d?-[A-Za-z]{3}-\d\d)")
_WORDS = re.compile(r"[^\W\d_]+")
_LONGEST_WITHOUT_YEAR = 60


def looks_like_date(raw: str) -> bool:
    """Whether it is worth calling `read_date`: false only for texts that it refuses. Costs about a microsecond."""
    if len(raw) > _LONGEST_TEXT:
        return len(raw) <= 5 * _LONGEST_TEXT and looks_like_date(" ".join(raw.split())[:_LONGEST_TEXT])
    if _HAS_DATE_DIGITS.search(raw) or raw.lstrip().startswith("/Date("):
        return True
    if len(raw) > _LONGEST_WITHOUT_YEAR:
        return False
    if not raw.isascii() and not unicodedata.is_normalized("NFC", raw):
        raw = unicodedata.normalize("NFC", raw)
    return not _RELATIVE_WORDS.isdisjoint(_WORDS.findall(raw.lower()))


class _RefusalError(Exception):
    """The text is no date of a page; `reason` says why. Never leaves this module."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What a text is read against; `order` None refuses digits with the year last."""

    fetched_at: datetime | None
    order: Order | None
    zone: tzinfo
    keeps_offset: bool


def _aware(fetched_at: datetime | None, zone: tzinfo) -> datetime | None:
    return fetched_at.replace(tzinfo=zone) if fetched_at and fetched_at.tzinfo is None else fetched_at


class _Lexeme(NamedTuple):
    kind: str
    value: int | str
    groups: tuple[str | None, ...] = ()


# --- from text to lexemes ----------------------------------------------------------------------------------------


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_END = r"(?![^\W_])"
_HOUR_WORD = _any_of([fold_for_dates(word) for word in ("h", "g", "giờ", "uhr", "時", "时", "点", "點", "시")])
_MINUTE_WORD = _any_of([fold_for_dates(word) for word in ("'", "p", "ph", "phút", "m", "min", "分", "분")])
_UNIT = {fold_for_dates(word): kind for word, kind in UNITS.items()}
_YEAR, _MONTH, _DAY = (_any_of([fold_for_dates(char) for char in pair]) for pair in ("年년", "月월", "日일号"))
_DAY_FOLLOWS = r"\d{1,2}(?:\ ?(?P<f>[/.-])\ ?\d{1,2}\ ?(?P=f)\ ?(?:\d{4}|\d\d)(?!\d|\ ?(?P=f)\ ?\d)|\ thang)"
_ENGLISH_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"

# Every repetition is bounded and the text holds single spaces, so the scanner is linear.
_SCANNER = re.compile(
    rf"""\ ?(?:
      (?P<ago>(?:cach\ đay\ )?(?:(\d{{1,3}})\ (?:gio|tieng),?\ )?(\d{{1,4}}|an?|mot)\ ?({_any_of(list(_UNIT))})
          (?:\ truoc(?:\ đay)?|\ ago){_END}|cach\ đay\ ()(\d{{1,4}})\ ({_any_of(list(_UNIT))}){_END})
    | (?P<nukeviet>(\d{{4}})-(\d\d)-(\d\d)\+(\d\d)(\d\d):(\d\d):(\d\d)(?!\d))
    | (?P<year_first>(\d{{4}})(?:\ ?(?P<y>[/.-])\ ?(\d{{1,2}})\ ?(?P=y)\ ?(\d{{1,2}})(?!\d)
          |\ ?(?:{_YEAR})\ ?(\d{{1,2}})\ ?(?:{_MONTH})\ ?(\d{{1,2}})\ ?(?:{_DAY})))
    | (?P<year_last>(\d{{1,2}})\ ?(?P<d>[/.-])\ ?(\d{{1,2}})(?:\ ?(?P=d)\ ?|,?\ nam\ )(\d{{4}}|\d\d)(?!\d))
    | (?P<clock>(\d{{1,2}})(?:
            \ ?:\ ?(\d{{1,2}})(?:\ ?:\ ?(\d\d)(?:\.\d{{1,9}}|,\d{{3,9}})?)?(?:\ ?h{_END}|'|\ phut{_END})?(?![\d/])
          | \ ?(?:{_HOUR_WORD})(?:
                (?::?|\ (?!{_DAY_FOLLOWS}))(\d{{1,2}})(?!\d)(?:\ ?(?:{_MINUTE_WORD})(?![a-z0-9]))?
                    (?:\ ?(\d\d)(?:\ ?giay{_END}|''|"))?
              | (?![\w:]))))
    | (?P<dotted_clock>(?:klo|kl\.?|um|alle|ore|kello)\ (\d{{1,2}})\.(\d\d)(?![\d.])|(\d{{1,2}})\.(\d\d)(?=\ uhr))
    | (?P<bare_hour>(\d{{1,2}})(?=\ ?[ap]\.?\ ?m\b))
    | (?P<half>([apπμ])\.\ ?([mμ])\.?{_END})
    | (?P<offset>(?:gmt|utc)\ ?([+-])\ ?(\d{{1,2}})(?::?(\d\d))?(?!\d))
    | (?P<bare_offset>(?<![^\W\d_])([+-])(\d\d)(?:(:?)(\d\d))?(?!\d|\ ?[/.:-]\ ?\d))
    | (?P<weekday_number>(?:thu|t)\ ?([2-7])(?![\w/:]|\.\d|,?\ (?:{_ENGLISH_MONTH})))
    | (?P<month_number>(?:thang|thg\.?|th)\ ?(\d{{1,2}})(?!\d))
    | (?P<ordinal>(\d{{1,2}})(?:st|nd|rd|th|er|o|a|e){_END})
    | (?P<number>\d+(?:[.,]\d{{3}}(?!\d))*(?:(?:[.,]\d)?\ ?k{_END})?)
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+|-feira)?)
    | (?P<separator>[][|,;:()/.*~_"'>@-]+)
    )""",
    re.VERBOSE,
)
_NEXT_WORD = re.compile(r" ([^\W\d_]+)")
_ASCTIME = re.compile(rf"^([a-z]{{3}} (?:{_ENGLISH_MONTH})) (\d{{1,2}}) (\d\d:\d\d:\d\d(?: [a-z+]?[a-z0-9]{{2,4}})?) (\d{{4}})$")
"""`Tue May 07 20:01:00 ICT 2024`, as C and Java print a date: the year goes before the time."""
_ZONE_COMMENT = re.compile(r"(?<=\d) ?(?:\([a-z /_]+\)|\[[a-z]+/[a-z_]+\])$")
"""What JavaScript and Java add to an offset: `+0700 (Indochina Time)`, `+07:00[Asia/Ho_Chi_Minh]`."""
_UNIX_TIME = re.compile(r"/date\((-?\d{8,14})(?:[+-]\d{4})?\)/")


def _folded(raw: str) -> str:
    if len(raw) > 5 * _LONGEST_TEXT:
        raise _RefusalError("too_long")
    text = fold_for_dates(raw)
    if len(text) > _LONGEST_TEXT:
        raise _RefusalError("too_long")
    if not text:
        raise _RefusalError("empty")
    return text


def _lexemes(text: str) -> list[_Lexeme]:
    lexemes: list[_Lexeme] = []
    at, end = 0, len(text)
    while at < end:
        match = _SCANNER.match(text, at)
        if match is None:
            raise _RefusalError(_reason_of(text))
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "word":
            lexeme, at = _phrase(text, match)
            lexemes.append(lexeme)
        else:
            groups = match.groups()
            lexemes.append(_Lexeme(kind, match.group(kind), groups[match.re.groupindex[kind] :]))
    return lexemes


def _phrase(text: str, match: re.Match[str]) -> tuple[_Lexeme, int]:
    """The longest known phrase that begins with this word, and where it ends."""
    word, at = match["word"], match.end()
    longest = LONGEST.get(word)
    if longest is None:
        raise _RefusalError(_reason_of(text))
    ends = [(word, at)]
    while len(ends) < longest and (following := _NEXT_WORD.match(text, at)):
        at = following.end()
        ends.append((f"{ends[-1][0]} {following[1]}", at))
    for phrase, end in reversed(ends):
        meaning = PHRASES.get(phrase)
        if meaning is not None:
            return _Lexeme(meaning[0], meaning[1], (phrase,)), end
    raise _RefusalError(_reason_of(text))


_REASONS = tuple((reason, re.compile(pattern)) for reason, pattern in REASONS)


def _reason_of(text: str) -> str:
    """Why a text with something unknown in it is refused: for the count of refusals only."""
    return next((reason for reason, pattern in _REASONS if pattern.search(text)), "unknown_text")


# --- from lexemes to moments -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Moment:
    """The slots of one printed date; what stands in a slot is never overwritten."""

    role: str | None = None
    day: date | None = None
    is_today: bool = False
    exact: datetime | None = None
    weekday: int | None = None
    clock: tuple[int, int, int] | None = None
    half: str | None = None
    offset: int | None = None
    is_zone_vague: bool = False


def _read(raw: str, frame: _Frame) -> DateReading:
    text = _folded(raw)
    text = _ASCTIME.sub(r"\1 \2 \4 \3", text)
    if frame.keeps_offset:
        text = _ZONE_COMMENT.sub("", text)
    unix = _UNIX_TIME.fullmatch(text)
    if unix:
        return DateReading(published=_of_unix_time(int(unix[1]) / 1000, frame))
    if frame.keeps_offset and (bare := _BARE_DIGITS.fullmatch(text)):
        return DateReading(published=_of_bare_digits(bare, frame))
    moments = _Moments(_lexemes(text), frame).read()
    if len(moments) > 1:
        moments = [moment for moment in moments if not _is_unset_update(moment)]
    values = {moment.role: _value(moment, frame) for moment in moments}
    published = values.get("published") or values.get(None) or values.get("created") or values["updated"]
    return DateReading(published=published, modified=values.get("updated"))


def _is_unset_update(moment: _Moment) -> bool:
    """An update that never happened prints as the zero of .NET or Unix, beside the true date of publication."""
    return moment.role == "updated" and moment.day is not None and moment.day.year < _EARLIEST_YEAR


class _Moments:
    """Goes through the lexemes once, from left to right, and fills the slots of moment after moment."""

    def __init__(self, lexemes: list[_Lexeme], frame: _Frame) -> None:
        self._lexemes = lexemes
        self._frame = frame
        self._at = 0
        self._now = _Moment()
        self._all = [self._now]

    def read(self) -> list[_Moment]:
        while self._at < len(self._lexemes):
            lexeme = self._lexemes[self._at]
            self._at += 1
            if lexeme.kind not in _IGNORED:
                _TAKERS[lexeme.kind](self, lexeme)
        dated = [moment for moment in self._all if moment.day is not None]
        if not dated or any(moment.clock for moment in self._all if moment.day is None):
            raise _RefusalError("no_date")
        if len({moment.role for moment in dated}) < len(dated):
            raise _RefusalError("range")
        return dated

    def take_label(self, lexeme: _Lexeme) -> None:
        """A label begins a moment, or goes on with it: `Ngày đăng: 07/05/2024, giờ đăng: 20:01`."""
        now, role = self._now, lexeme.kind
        if now.day is not None:
            if role == (now.role or "published"):
                return
            self._now = _Moment(role=role)
            self._all.append(self._now)
        elif now.role is None or role == "updated":
            now.role = role

    def take_year_last(self, lexeme: _Lexeme) -> None:
        first, _, second, year = lexeme.groups[:4]
        if self._frame.order is None:
            raise _RefusalError("order_unknown")
        day, month = (first, second) if self._frame.order == "DMY" else (second, first)
        self._set_day(_day(year or "", month or "", day or ""))

    def take_year_first(self, lexeme: _Lexeme) -> None:
        year, _, month, day, cjk_month, cjk_day = lexeme.groups[:6]
        self._set_day(_day(year or "", month or cjk_month or "", day or cjk_day or ""))

    def take_nukeviet(self, lexeme: _Lexeme) -> None:
        year, month, day, offset, hours, minutes, seconds = (group or "" for group in lexeme.groups[:7])
        self._set_day(_day(year, month, day))
        self._set_clock(hours, minutes, seconds)
        self._set_offset(60 * int(offset))

    def take_clock(self, lexeme: _Lexeme) -> None:
        hours, minutes, seconds, _, h_minutes, h_seconds = lexeme.groups[:6]
        self._set_clock(hours, minutes or h_minutes, seconds or h_seconds)

    def take_dotted_clock(self, lexeme: _Lexeme) -> None:
        hours, minutes, german_hours, german_minutes = lexeme.groups[:4]
        self._set_clock(hours or german_hours, minutes or german_minutes, None)

    def take_bare_hour(self, lexeme: _Lexeme) -> None:
        self._set_clock(lexeme.groups[0], None, None)

    def take_half(self, lexeme: _Lexeme) -> None:
        self._set_half("am" if lexeme.groups[0] in {"a", "π"} else "pm")

    def take_meridiem(self, lexeme: _Lexeme) -> None:
        if "clock" in {self._kind(-2), self._kind(0)} or self._kind(-2) in _CLOCKS:
            self._set_half(str(lexeme.value))
        else:
            self._take_as_weekday(lexeme)

    def take_offset(self, lexeme: _Lexeme) -> None:
        sign, hours, minutes = lexeme.groups[:3]
        self._set_offset(_minutes_east(sign, hours, minutes))

    def take_bare_offset(self, lexeme: _Lexeme) -> None:
        sign, hours, colon, minutes = lexeme.groups[:4]
        if sign == "-" and colon and self._now.clock is None:
            self._set_clock(hours, minutes, None)  # `07/05/2024 -20:01`: the hyphen is a separator
        elif sign == "+" or (not colon and minutes) or self._is_full_time():
            self._set_offset(_minutes_east(sign, hours, minutes))
        else:
            raise _RefusalError("range")

    def take_zone(self, lexeme: _Lexeme) -> None:
        if isinstance(lexeme.value, int):
            self._set_offset(lexeme.value)
        else:
            self._now.is_zone_vague = True

    def take_weekday(self, lexeme: _Lexeme) -> None:
        self._set_weekday(int(lexeme.value))

    def take_weekday_number(self, lexeme: _Lexeme) -> None:
        self._set_weekday(int(lexeme.groups[0] or 0) - 2)

    def take_relative(self, lexeme: _Lexeme) -> None:
        self._now.is_today = lexeme.value == 0
        self._set_day(self._local_fetch_time().date() + timedelta(days=int(lexeme.value)))

    def take_ago(self, lexeme: _Lexeme) -> None:
        hours, count, unit, _, late_count, late_unit = lexeme.groups[:6]
        count, unit = count or late_count, unit or late_unit
        number = int(count) if count and count.isdigit() else 1
        kind = _UNIT[unit or ""]
        if kind == "coarse" or (hours and unit != "phut"):
            raise _RefusalError("coarser_than_a_day")
        fetched = self._local_fetch_time()
        if kind == "day":
            self._set_day(fetched.date() - timedelta(days=number))
        elif kind == "hour":
            self._set_day((fetched - timedelta(hours=number)).date())
        else:
            seconds = number * (60 if (unit or "").startswith(("phut", "min")) else 1)
            moment = fetched - timedelta(hours=int(hours or 0), seconds=seconds)
            self._set_day(moment.date())
            self._now.exact = moment.replace(second=0, microsecond=0)

    def take_month(self, lexeme: _Lexeme) -> None:
        """`May 7, 2024`, or a weekday that is spelled as a month."""
        number, year = self._next_part(self._at), -1
        if number >= 0:
            year = self._next_part(number + 1)
        if year >= 0 and self._kind_at(number) == "number" and self._kind_at(year) == "number":
            if len(self._digits(year)) != 4:
                raise _RefusalError("no_year")
            self._set_day(_day(self._digits(year), self._month_at(self._at - 1), self._digits(number)))
            self._at = year + 1
        else:
            self._take_as_weekday(lexeme)

    def take_number(self, lexeme: _Lexeme) -> None:
        """`7 tháng 5 năm 2024`, `2024 May 7`, or the count of a counter."""
        if self._skip_counted():
            return
        month = self._next_part(self._at)
        last = self._next_part(month + 1) if month >= 0 else -1
        if last < 0 or self._kind_at(month) != "month" or self._kind_at(last) != "number":
            raise _RefusalError("unknown_number")
        first, third = self._digits(self._at - 1), self._digits(last)
        year, day = (first, third) if len(first) == 4 else (third, first)
        if len(year) == 2 and not (self._is_hyphen(self._at) and self._is_hyphen(last - 1)):
            raise _RefusalError("no_year")  # `07-May-24` is a known format, `24 May 07` a riddle
        self._set_day(_day(year, self._month_at(month), day))
        self._at = last + 1

    def take_counter(self, _lexeme: _Lexeme) -> None:
        at = self._at
        while self._kind_at(at) == "separator":
            at += 1
        if self._kind_at(at) == "number":
            self._at = at + 1
            self._skip_counted()
        elif self._kind_at(at) not in {"", "counter", "published", "updated", "created"}:
            raise _RefusalError("unknown_text")

    def refuse(self, _lexeme: _Lexeme) -> None:
        raise _RefusalError("unknown_text")

    def _skip_counted(self) -> bool:
        """Step over `lượt xem` after a number; a counter with a colon counts what follows it instead."""
        at = self._at
        while self._kind_at(at) in {"counted", "counter"} and at < self._at + 2:
            at += 1
        is_counted = at > self._at and not (self._kind_at(at) == "separator" and self._lexemes[at].value == ":")
        if is_counted:
            self._at = at
        return is_counted

    def _take_as_weekday(self, lexeme: _Lexeme) -> None:
        weekday = WEEKDAY_TOO.get(lexeme.groups[0] or "")
        if weekday is None:
            raise _RefusalError("unknown_text" if lexeme.kind == "meridiem" else "no_day")
        self._set_weekday(weekday)

    def _is_full_time(self) -> bool:
        """Whether a time of ISO 8601 stands before an offset; elsewhere `20:01-07:30` may be a span of hours."""
        if self._kind(-2) != "clock":
            return False
        has_seconds = str(self._lexemes[self._at - 2].value).count(":") == 2
        return has_seconds or (self._at >= 3 and self._lexemes[self._at - 3].groups[:1] == ("t",))

    def _is_hyphen(self, at: int) -> bool:
        return self._lexemes[at].value == "-"

    def _next_part(self, at: int) -> int:
        """Where the next part of a date in words stands: only commas, dots, hyphens and small words between; else -1."""
        for index in range(at, min(at + 3, len(self._lexemes))):
            lexeme = self._lexemes[index]
            if lexeme.kind in _PARTS:
                return index
            if lexeme.kind != "filler" and not (lexeme.kind == "separator" and lexeme.value in _JOINTS):
                return -1
        return -1

    def _kind_at(self, index: int) -> str:
        kind = self._lexemes[index].kind if 0 <= index < len(self._lexemes) else ""
        return _SAME_KIND.get(kind, kind)

    def _kind(self, distance: int) -> str:
        """The kind of a neighbour: -2 the lexeme before the current one, 0 the one after."""
        return self._kind_at(self._at + distance)

    def _digits(self, index: int) -> str:
        lexeme = self._lexemes[index]
        return str(lexeme.groups[0] if lexeme.kind == "ordinal" else lexeme.value)

    def _month_at(self, index: int) -> str:
        lexeme = self._lexemes[index]
        return str(lexeme.groups[0] if lexeme.kind == "month_number" else lexeme.value)

    def _local_fetch_time(self) -> datetime:
        fetched = self._frame.fetched_at
        if fetched is None:
            raise _RefusalError("relative_without_fetch_time")
        return fetched.astimezone(self._frame.zone)

    def _set_day(self, day: date) -> None:
        if self._now.day is not None:
            raise _RefusalError("header_clock" if self._now.is_today else "range")
        self._now.day = day

    def _set_clock(self, hours: str | None, minutes: str | None, seconds: str | None) -> None:
        if self._now.clock is not None:
            raise _RefusalError("two_times")
        clock = int(hours or 0), int(minutes or 0), int(seconds or 0)
        if clock[0] > 23 or clock[1] > 59 or clock[2] > 60:
            raise _RefusalError("no_such_time")
        self._now.clock = clock

    def _set_half(self, half: str) -> None:
        if self._now.half is not None:
            raise _RefusalError("two_times")
        self._now.half = half

    def _set_offset(self, minutes: int) -> None:
        if self._now.offset is not None and self._now.offset != minutes:
            if self._now.offset:
                raise _RefusalError("two_zones")
            minutes = self._now.offset or minutes
        if abs(minutes) > 14 * 60:
            raise _RefusalError("no_such_zone")
        self._now.offset = minutes

    def _set_weekday(self, weekday: int) -> None:
        if self._now.weekday not in {None, weekday}:
            raise _RefusalError("weekday_contradicts")
        self._now.weekday = weekday


_IGNORED = frozenset({"separator", "filler"})
_PARTS = frozenset({"number", "ordinal", "month", "month_number"})
_CLOCKS = frozenset({"clock", "dotted_clock", "bare_hour"})
_JOINTS = frozenset({".", ",", "-", "/", ".,", "'", "."})
_SAME_KIND = {"ordinal": "number", "month_number": "month"}
_TAKERS = {
    "published": _Moments.take_label,
    "created": _Moments.take_label,
    "updated": _Moments.take_label,
    "year_last": _Moments.take_year_last,
    "year_first": _Moments.take_year_first,
    "nukeviet": _Moments.take_nukeviet,
    "clock": _Moments.take_clock,
    "dotted_clock": _Moments.take_dotted_clock,
    "bare_hour": _Moments.take_bare_hour,
    "half": _Moments.take_half,
    "meridiem": _Moments.take_meridiem,
    "offset": _Moments.take_offset,
    "bare_offset": _Moments.take_bare_offset,
    "zone": _Moments.take_zone,
    "weekday": _Moments.take_weekday,
    "weekday_number": _Moments.take_weekday_number,
    "relative": _Moments.take_relative,
    "ago": _Moments.take_ago,
    "month": _Moments.take_month,
    "month_number": _Moments.take_month,
    "number": _Moments.take_number,
    "ordinal": _Moments.take_number,
    "counter": _Moments.take_counter,
    "counted": _Moments.refuse,
}


# --- from a moment to a value ------------------------------------------------------------------------------------


def _minutes_east(sign: str | None, hours: str | None, minutes: str | None) -> int:
    size = 60 * int(hours or 0) + int(minutes or 0)
    return -size if sign == "-" else size


def _day(year: str, month: str, day: str) -> date:
    if len(year) == 2:
        year = f"20{year}" if year < "70" else f"19{year}"
    if len(year) != 4 or len(day) > 2:
        raise _RefusalError("no_year")
    if int(month) > 12:
        raise _RefusalError("month_above_12")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _RefusalError("no_such_day") from None


def _value(moment: _Moment, frame: _Frame) -> PageDate:
    day = moment.day
    if day is None:
        raise _RefusalError("no_date")
    if moment.weekday is not None and moment.weekday != day.weekday():
        raise _RefusalError("weekday_contradicts")
    if moment.weekday is not None and moment.is_today and moment.clock is None:
        raise _RefusalError("header_clock")
    _refuse_the_absurd(day)
    value = moment.exact or _with_clock(day, moment, frame)
    _refuse_the_future(value, frame)
    return value


def _with_clock(day: date, moment: _Moment, frame: _Frame) -> PageDate:
    if moment.clock is None:
        if moment.half:
            raise _RefusalError("unknown_text")
        return day
    hours = _hour_of_day(moment.clock[0], moment.half)
    minutes, seconds = moment.clock[1:]
    if not (hours or minutes or seconds) or moment.is_zone_vague:
        return day
    clock = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=frame.zone)
    if moment.offset is None:
        return clock
    offset = timezone(timedelta(minutes=moment.offset)) if moment.offset else UTC
    clock = clock.replace(tzinfo=offset)
    if frame.keeps_offset:
        return clock
    local = clock.astimezone(frame.zone)
    return local if local.hour or local.minute or seconds else local.date()


def _hour_of_day(hour: int, half: str | None) -> int:
    """The hour on the 24-hour clock; a half of the day that contradicts it is refused."""
    if half is None:
        return hour
    if half == "pm" and 1 <= hour:
        return hour + 12 if hour < 12 else hour
    if half == "am" and hour <= 12:
        return hour % 12
    for low, high, shift in _SPOKEN_HOURS.get(half, ()):
        if low <= hour <= high:
            return hour + shift
    raise _RefusalError("half_of_day_contradicts")


_SPOKEN_HOURS = {
    "noon": ((10, 14, 0), (1, 2, 12)),
    "evening": ((5, 11, 12), (17, 23, 0)),
    "night": ((8, 11, 12), (20, 23, 0), (0, 4, 0)),
}
"""`8 giờ tối`, `1 giờ trưa`, `2 giờ đêm`: spans of hours and what to add. `12 giờ đêm` could be either midnight."""


def _refuse_the_absurd(day: date) -> None:
    if not _EARLIEST_YEAR <= day.year <= _LATEST_YEAR:
        raise _RefusalError("before_1997" if day.year < _EARLIEST_YEAR else "future")


def _refuse_the_future(value: PageDate, frame: _Frame) -> None:
    fetched = frame.fetched_at
    if fetched is None:
        return
    if isinstance(value, datetime):
        is_ahead = value > fetched + _CLOCK_DIFFERENCE
    else:
        is_ahead = value > (fetched.astimezone(frame.zone) + _CLOCK_DIFFERENCE).date()
    if is_ahead:
        raise _RefusalError("future")


_BARE_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?(z)?)?|(\d{10})|(\d{13})")


def _of_bare_digits(match: re.Match[str], frame: _Frame) -> PageDate:
    """`20240507`, `20240507T200100Z` of ISO 8601's basic form, or Unix time in seconds or milliseconds."""
    year, month, day, hours, minutes, seconds, zulu, in_seconds, in_milliseconds = match.groups()
    if year is None:
        return _of_unix_time(int(in_seconds) if in_seconds else int(in_milliseconds) / 1000, frame)
    moment = _Moment(day=_day(year, month, day))
    if hours is not None:
        if hours > "23" or minutes > "59":
            raise _RefusalError("no_such_time")
        moment.clock = int(hours), int(minutes), int(seconds or 0)
    moment.offset = 0 if zulu else None
    return _value(moment, frame)


def _of_unix_time(seconds: float, frame: _Frame) -> PageDate:
    try:
        exact = datetime.fromtimestamp(seconds, tz=frame.zone)
    except (ValueError, OverflowError, OSError):
        raise _RefusalError("no_such_time") from None
    _refuse_the_absurd(exact)
    is_midnight = not (exact.hour or exact.minute or exact.second)
    value = exact.date() if is_midnight else exact.replace(second=0, microsecond=0)
    _refuse_the_future(value, frame)
    return value
