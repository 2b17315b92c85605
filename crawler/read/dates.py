"""Reads the text of one date on a page: whole, or not at all.

`read_date` understands how Vietnamese CMSs print the date of an article, and the usual forms of some twenty other
languages: labels, weekday, day, clock time, zone and view counters in any sensible order. Every word of the text
must be understood; a remainder is a reason to refuse. That is what keeps decision numbers, deadlines, dates of cited
documents and ranges of events out. Nothing is completed, swapped or guessed: a refusal carries its reason.

The way: fold the text, cut it into lexemes with one compiled scanner, fill the slots of a *moment* (weekday, day,
clock, zone) from left to right, then turn each moment into a value. Every step is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, Literal, NamedTuple

from crawler.read.date_words import (
    LONGEST,
    PHRASES,
    PHRASES_WITHOUT_ACCENTS,
    REASONS,
    RELATIVE_WORDS,
    UNITS,
    WEEKDAY_TOO,
    Meaning,
    fold_for_dates,
    keyed,
    without_accents,
)
from pipelines.clock import page_time as iso
from pipelines.items import PageDate

__all__ = ["VIETNAM", "DateReading", "iso", "looks_like_date", "read_date", "read_machine_date"]

VIETNAM: Final[tzinfo] = timezone(timedelta(hours=7))
"""The clock of the pages; no daylight saving."""

Order = Literal["DMY", "MDY"]

_EARLIEST_YEAR = 1997
"""Viet Nam joined the Internet in November 1997: older dates are the zeros of Unix, .NET and spreadsheets."""
_LATEST_YEAR = 2100
"""The ceiling where no fetch time is known."""
_LONGEST_TEXT = 200
_LONGEST_RAW = 1000
"""Before white space is squeezed: templates indent the parts of a date over several lines."""
_CLOCK_DIFFERENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """What a text says: `published` and `modified`, or the reason why it says nothing.

    Where only an update is printed, it is both. `refusal` is one word for counting (`no_such_day`,
    `weekday_contradicts`, `future`, `month_above_12`, `document_date` …), and None exactly when `published` is set.
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
        fetched_at: When this copy of the page was fetched; relative words and the future are judged by it.
        order: Of all-digit dates with the year last: a fact about a site, never decided here.
        zone: The clock of the page. A zone that is printed wins, and is converted to this one.
    """
    frame = _Frame(fetched_at=_aware(fetched_at, zone), order=order, zone=zone, keeps_offset=False)
    try:
        return _read(raw, frame)
    except _RefusalError as refusal:
        return DateReading(refusal=refusal.reason)


def believable(fetched_at: datetime | None) -> datetime | None:
    """The time of a fetch, None where it comes from a clock that was never set: then nothing is judged by it."""
    return fetched_at if fetched_at is not None and _EARLIEST_YEAR <= fetched_at.year <= _LATEST_YEAR else None


def read_machine_date(raw: str, *, zone: tzinfo = VIETNAM, fetched_at: datetime | None = None) -> PageDate | None:
    """Read a date of structured data: ISO 8601, RFC 2822, Unix time, or a date whose month is a name.

    The printed offset and with it the printed calendar day are kept; without an offset the clock is `zone`'s.
    Digits with the year last are refused, for nothing says which is the month. NukeViet's `2024-05-07+0720:01:00`,
    with its zone where the T should be, is understood.
    """
    frame = _Frame(fetched_at=_aware(fetched_at, zone), order=None, zone=zone, keeps_offset=True)
    try:
        return _read(raw, frame).published
    except _RefusalError:
        return None


_DATE_DIGITS = re.compile(
    r"\d(?:(?<=[12１２])[09０９]\d\d|\d? ?[/.\-‐-−] ?\d\d? ?[/.\-‐-−] ?\d\d|\d?-[A-Za-z]{3}-\d\d)"
)
"""A year, an all-digit date, or `07-May-24`; begins with a set of characters, so that the search runs fast."""
_DIGIT = re.compile("[0-9]")
_WORD = re.compile(r"[^\W\d_]+")


def looks_like_date(raw: str) -> bool:
    """Whether a text is worth a call of `read_date`, at the price of about a microsecond; false means not."""
    if len(raw) > _LONGEST_TEXT:
        return len(raw) <= _LONGEST_RAW and looks_like_date(" ".join(raw.split())[:_LONGEST_TEXT])
    if _DATE_DIGITS.search(raw):
        return True
    # Without a year, only relative words are left: `Cập nhật lần cuối: 5 phút trước`, `Hôm qua`.
    if len(raw) > 60 or (len(raw) > 40 and not _DIGIT.search(raw)):
        return False
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw)
    return not RELATIVE_WORDS.isdisjoint(_WORD.findall(raw.lower())) or "/Date(" in raw


class _RefusalError(Exception):
    """The text is no date of a page; `reason` says why. Never leaves this module."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True, kw_only=True)
class _Frame:
    """What a text is read against; an `order` of None refuses all-digit dates with the year last."""

    fetched_at: datetime | None
    order: Order | None
    zone: tzinfo
    keeps_offset: bool


def _aware(fetched_at: datetime | None, zone: tzinfo) -> datetime | None:
    fetched_at = believable(fetched_at)
    return fetched_at.replace(tzinfo=zone) if fetched_at and fetched_at.tzinfo is None else fetched_at


def _read(raw: str, frame: _Frame) -> DateReading:
    text = _ASCTIME.sub(r"\1 \2 \4 \3", _folded(raw))
    if frame.keeps_offset:
        text = _ZONE_COMMENT.sub("", text)
        if bare := _BARE_DIGITS.fullmatch(text):
            return DateReading(published=_of_bare_digits(bare, frame))
    if text.startswith("/date(") and (unix := _ASP_NET_DATE.fullmatch(text)):
        return DateReading(published=_of_unix_time(int(unix[1]) / 1000, frame))
    moments = _Moments(_lexemes(text), frame).read()
    values = {moment.role: _value(moment, frame) for moment in moments}
    published = values.get("published") or values.get("created") or values.get("updated")
    return DateReading(published=published, modified=values.get("updated"))


def _folded(raw: str) -> str:
    if len(raw) > _LONGEST_RAW:
        raise _RefusalError("too_long")
    text = fold_for_dates(raw)
    if not text:
        raise _RefusalError("empty")
    if len(text) > _LONGEST_TEXT:
        raise _RefusalError("too_long")
    return text


# --- from text to lexemes ----------------------------------------------------------------------------------------


class _Lexeme(NamedTuple):
    """A piece of the text: its kind, itself (folded), what a known phrase means, and the scanner's groups."""

    kind: str
    text: str
    value: int | str
    match: re.Match[str]


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, with or without their accents, the longest first."""
    spellings = {spelling for word in words for spelling in (word, without_accents(word))}
    return "(?:" + "|".join(sorted(map(re.escape, spellings), key=len, reverse=True)) + ")"


_UNIT_KINDS: Final[dict[str, str]] = {
    spelling: kind for kind, unit in keyed(UNITS) for spelling in (unit, without_accents(unit))
}
_UNIT = _any_of(_UNIT_KINDS)
_HOUR = _any_of(("h", "g", "giờ", "uhr", "時", "时", "点", "點", "시"))
_MINUTE = _any_of(("'", "p", "ph", "phút", "m", "min", "分", "분"))
_CJK_YEAR, _CJK_MONTH, _CJK_DAY = _any_of("年년"), _any_of("月월"), _any_of("日일号")
_SINCE, _AGO = _any_of(("cách đây",)), _any_of(("trước", "trước đây", "ago"))
_THANG, _NAM, _THU, _GIAY = _any_of(("tháng",)), _any_of(("năm",)), _any_of(("thứ", "t")), _any_of(("giây",))
_ENGLISH_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_CLOCK_TAILS = (r":\d\d", r":\d\d\ ", r":\d\d\.\d{3}", r":\d\d\.\d{6}", r":\d\d\.\d{7}")
"""What stands before an offset west of Greenwich; elsewhere a hyphen separates: `10/4/2019-23:44`."""
_END = r"(?![^\W_])"
_DAY = (
    r"\d{1,2}(?:\ ?(?P<joint>[/.-])\ ?\d{1,2}\ ?(?P=joint)\ ?(?:\d{4}|\d\d)(?!\d|\ ?(?P=joint)\ ?\d)" + rf"|\ {_THANG})"
)
"""`8 giờ 7/5/2024`: what follows the hour is a day, not minutes."""

# Every repetition is bounded or of one kind of character, and the text holds single spaces: linear.
_SCANNER = re.compile(
    rf"""\ ?(?:
      (?P<ago>(?:(?P<ago_hours>\d{{1,3}})\ {_any_of(("giờ", "tiếng"))},?\ )?
          (?:(?P<ago_count>\d{{1,4}})|an?|{_any_of(("một",))})\ ?(?P<ago_unit>{_UNIT})\ {_AGO}{_END})
    | (?=\d)(?:
        (?P<nukeviet>\d{{4}}-\d\d-\d\d\+\d{{4}}:\d\d:\d\d(?!\d))
      | (?P<year_first>(?P<yf_year>\d{{4}})
            (?:\ ?(?P<yf_joint>[/.-])\ ?(?P<yf_month>\d{{1,2}})\ ?(?P=yf_joint)\ ?(?P<yf_day>\d{{1,2}})(?!\d)
            |\ ?{_CJK_YEAR}\ ?(?P<cjk_month>\d{{1,2}})\ ?{_CJK_MONTH}\ ?(?P<cjk_day>\d{{1,2}})\ ?{_CJK_DAY}))
      | (?P<year_last>(?P<yl_first>\d{{1,2}})\ ?(?P<yl_joint>[/.-])\ ?(?P<yl_second>\d{{1,2}})
            (?:\ ?(?P=yl_joint)\ ?|,?\ {_NAM}\ )(?P<yl_year>\d{{4}}|\d\d)(?!\d))
      | (?P<clock>(?P<hours>\d{{1,2}})(?:
            \ ?:\ ?(?P<minutes>\d{{1,2}})(?:\ ?:\ ?(?P<seconds>\d{{1,2}})(?:\.\d{{1,9}}|,\d{{3,9}})?)?
                (?:\ ?h{_END}|'|\ {_any_of(("phút",))}{_END})?(?![\d/])
          | \ ?{_HOUR}(?:
                (?::?|\ (?!{_DAY}))(?P<h_minutes>\d{{1,2}})(?!\d)(?:\ ?{_MINUTE}(?![^\W_]))?
                    (?:\ ?(?P<h_seconds>\d\d)(?:\ ?{_GIAY}{_END}|''|"))?
              | (?![\w:]))
          | (?=\ ?[ap]\.?\ ?m\b)
          | \.(?P<uhr_minutes>\d\d)(?=\ uhr)))
      | (?P<ordinal>(?P<nth>\d{{1,2}})(?:st|nd|rd|th|er|o|a|e){_END})
      | (?P<number>\d+(?:[.,]\d{{3}}(?!\d))*(?:(?:[.,]\d)?\ ?k{_END})?)
      )
    | (?P<dotted_clock>(?:kl|klo|kello|um|alle|ore)\.?\ (?P<dot_hours>\d{{1,2}})\.(?P<dot_minutes>\d\d)(?![\d.]))
    | (?P<since>{_SINCE}\ (?P<since_count>\d{{1,4}})\ (?P<since_unit>{_UNIT}){_END})
    | (?P<half>(?P<half_letter>[apπμ])\.\ ?[mμ]\.?{_END})
    | (?P<weekday_number>(?!thu\ \d\ {_ENGLISH_MONTH}){_THU}\.?\ ?(?P<nth_day>[2-7])(?![\w/:]|\.\d))
    | (?P<month_number>(?:{_THANG}|thg\.?|th)\ ?(?P<nth_month>\d{{1,2}})(?!\d))
    | (?P<offset>(?:gmt|utc)\ ?(?P<sign>[+-])\ ?(?P<off_hours>\d{{1,2}})(?::?(?P<off_minutes>\d\d))?(?!\d))
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+|-feira)?)
    | (?P<bare_offset>(?P<bare_sign>(?<![^\W\d_])\+|{"|".join(f"(?<={tail})-" for tail in _CLOCK_TAILS)})
          (?P<bare_hours>\d\d)(?:(?P<colon>:?)(?P<bare_minutes>\d\d))?(?!\d|\ ?[/.:-]\ ?\d))
    | (?P<separator>[][|,;:()/.*~_"'>@-]+)
    )""",
    re.VERBOSE,
)
_NEXT_WORD = re.compile(r" ([^\W\d_]+)")
_ASCTIME = re.compile(
    rf"^([a-z]{{3}} {_ENGLISH_MONTH}) (\d\d?) (\d\d:\d\d:\d\d(?: [a-z+]?[a-z0-9]{{2,4}})?) (\d{{4}})$"
)
"""`Tue May 07 20:01:00 ICT 2024`, as C and Java print a date: the year goes before the time."""
_ZONE_COMMENT = re.compile(r"(?<=\d) ?(?:\([^()\d]+\)|\[[a-z]+/[a-z_]+\])$")
"""What JavaScript and Java add to an offset: `+0700 (Indochina Time)`, `+07:00[Asia/Ho_Chi_Minh]`."""
_ASP_NET_DATE = re.compile(r"/date\((-?\d{8,14})(?:[+-]\d{4})?\)/")


def _lexemes(text: str) -> list[_Lexeme]:
    lexemes: list[_Lexeme] = []
    at, end = 0, len(text)
    scan = _SCANNER.match
    phrases = PHRASES_WITHOUT_ACCENTS if text.isascii() else PHRASES
    while at < end:
        match = scan(text, at)
        if match is None:
            raise _RefusalError(_reason_of(text))
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "word":
            lexeme, at = _phrase(text, match, phrases)
            lexemes.append(lexeme)
        else:
            lexemes.append(_Lexeme(kind, match[kind], 0, match))
    return lexemes


def _phrase(text: str, match: re.Match[str], phrases: dict[str, Meaning]) -> tuple[_Lexeme, int]:
    """The longest known phrase that begins with this word, and where it ends."""
    phrase, at = match["word"], match.end()
    ends = [(phrase, at)]
    for _ in range(LONGEST.get(phrase, 1) - 1):
        following = _NEXT_WORD.match(text, at)
        if following is None:
            break
        phrase, at = f"{phrase} {following[1]}", following.end()
        ends.append((phrase, at))
    for known, end in reversed(ends):
        meaning = phrases.get(known)
        if meaning is not None:
            return _Lexeme(meaning[0], known, meaning[1], match), end
    raise _RefusalError(_reason_of(text))


_LONGEST_EXPLAINED = 60
_REASONS = tuple((reason, re.compile(pattern)) for reason, pattern in REASONS)


def _reason_of(text: str) -> str:
    """Why a text with something unknown in it is refused: for the count of refusals only, so not for long prose."""
    if len(text) > _LONGEST_EXPLAINED:
        return "unknown_text"
    bare = without_accents(text)
    return next((reason for reason, pattern in _REASONS if pattern.search(bare)), "unknown_text")


# --- from lexemes to moments -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Moment:
    """The slots of one printed date; what stands in a slot is never overwritten."""

    role: str | None = None
    day: date | None = None
    is_relative: bool = False
    exact: datetime | None = None
    weekday: int | None = None
    clock: tuple[int, int, int] | None = None
    half: str | None = None
    offset: int | None = None
    is_zone_vague: bool = False


class _Moments:
    """Goes through the lexemes once, from left to right, and fills the slots of moment after moment."""

    def __init__(self, lexemes: list[_Lexeme], frame: _Frame) -> None:
        self._lexemes = lexemes
        self._frame = frame
        self._at = 0
        self._now = _Moment()
        self._all = [self._now]

    def read(self) -> list[_Moment]:
        """The moments that have a day, one for each role; a moment without a label is the publication."""
        while self._at < len(self._lexemes):
            lexeme = self._lexemes[self._at]
            self._at += 1
            if lexeme.kind not in _IGNORED:
                _TAKERS[lexeme.kind](self, lexeme)
        dated = [moment for moment in self._all if moment.day is not None]
        if not dated or any(moment.clock for moment in self._all if moment.day is None):
            raise _RefusalError("no_date")
        if len(dated) > 1:
            dated = [moment for moment in dated if not _is_unset_update(moment)]
        for moment in dated:
            moment.role = moment.role or "published"
        if len({moment.role for moment in dated}) < len(dated):
            raise _RefusalError("range")
        return dated

    def take_label(self, lexeme: _Lexeme) -> None:
        """A label begins a moment, or goes on with it: `Ngày đăng: 07/05/2024, giờ đăng: 20:01`."""
        now, role = self._now, lexeme.kind
        if now.day is not None:
            if role != (now.role or "published"):
                self._now = _Moment(role=role)
                self._all.append(self._now)
        elif now.role is None or role == "updated":
            now.role = role

    def take_year_last(self, lexeme: _Lexeme) -> None:
        first, second, year = lexeme.match.group("yl_first", "yl_second", "yl_year")
        if self._frame.order is None:
            raise _RefusalError("order_unknown")
        if self._frame.order == "DMY":
            self._set_day(_day(year, second, first))
        else:
            self._set_day(_day(year, first, second))

    def take_year_first(self, lexeme: _Lexeme) -> None:
        year, month, day, cjk_month, cjk_day = lexeme.match.group(
            "yf_year", "yf_month", "yf_day", "cjk_month", "cjk_day"
        )
        self._set_day(_day(year, month or cjk_month, day or cjk_day))

    def take_nukeviet(self, lexeme: _Lexeme) -> None:
        """`2024-05-07+0720:01:00` of an `article:published_time`: day, hours east, clock."""
        text = lexeme.text
        self._set_day(_day(text[:4], text[5:7], text[8:10]))
        self._set_offset("+", text[11:13], None)
        self._set_clock(text[13:15], text[16:18], text[19:21])

    def take_month(self, lexeme: _Lexeme) -> None:
        """`May 7, 2024`, or a weekday that is spelled as a month."""
        number = self._next_part(self._at)
        year = self._next_part(number + 1) if self._kind_at(number) == "number" else -1
        if self._kind_at(year) == "number":
            self._set_day(_day_in_words(self._digits(year), self._month(self._at - 1), self._digits(number)))
            self._at = year + 1
        else:
            self._take_as_weekday(lexeme, "no_day")

    def take_number(self, _lexeme: _Lexeme) -> None:
        """`7 tháng 5 năm 2024`, `2024 May 7`, or the count of a counter."""
        if self._skip_counted():
            return
        month = self._next_part(self._at)
        last = self._next_part(month + 1) if self._kind_at(month) == "month" else -1
        if self._kind_at(last) != "number":
            raise _RefusalError("unknown_number")
        first, third = self._digits(self._at - 1), self._digits(last)
        year, day = (first, third) if len(first) == 4 else (third, first)
        if len(year) == 2 and self._text_at(self._at) == "-" == self._text_at(last - 1):
            year = f"20{year}"  # `07-May-24` is a known format; `24 May 07` is a riddle
        self._set_day(_day_in_words(year, self._month(month), day))
        self._at = last + 1

    def take_clock(self, lexeme: _Lexeme) -> None:
        hours, minutes, seconds, h_minutes, h_seconds, uhr_minutes = lexeme.match.group(
            "hours", "minutes", "seconds", "h_minutes", "h_seconds", "uhr_minutes"
        )
        self._set_clock(hours, minutes or h_minutes or uhr_minutes, seconds or h_seconds)

    def take_dotted_clock(self, lexeme: _Lexeme) -> None:
        self._set_clock(lexeme.match["dot_hours"], lexeme.match["dot_minutes"], None)

    def take_half(self, lexeme: _Lexeme) -> None:
        self._set_half("am" if lexeme.match["half_letter"] in "aπ" else "pm")

    def take_meridiem(self, lexeme: _Lexeme) -> None:
        """`8:01 SA`, `下午8:01`; elsewhere `sa` is Samstag and `am` a German preposition."""
        is_said_first = self._kind_at(self._at) == "clock" and lexeme.text not in {"sa", "ch", "am", "pm"}
        if self._kind_at(self._at - 2) == "clock" or is_said_first:
            self._set_half(str(lexeme.value))
        elif lexeme.text != "am":
            self._take_as_weekday(lexeme, "unknown_text")

    def take_offset(self, lexeme: _Lexeme) -> None:
        self._set_offset(*lexeme.match.group("sign", "off_hours", "off_minutes"))

    def take_bare_offset(self, lexeme: _Lexeme) -> None:
        sign, hours, colon, minutes = lexeme.match.group("bare_sign", "bare_hours", "colon", "bare_minutes")
        if sign == "+" or (minutes and not colon) or self._is_after_full_time():
            self._set_offset(sign, hours, minutes)
        else:
            raise _RefusalError("range")  # `20:01-21:30`: a span of hours

    def take_zone(self, lexeme: _Lexeme) -> None:
        if isinstance(lexeme.value, int):
            self._set_minutes_east(lexeme.value)
        else:
            self._now.is_zone_vague = True

    def take_weekday(self, lexeme: _Lexeme) -> None:
        self._set_weekday(int(lexeme.value))

    def take_weekday_number(self, lexeme: _Lexeme) -> None:
        self._set_weekday(int(lexeme.match["nth_day"]) - 2)  # Monday is the second day in Viet Nam

    def take_relative(self, lexeme: _Lexeme) -> None:
        """`Hôm qua`, with or without a clock."""
        self._set_day(self._local_fetch_time().date() + timedelta(days=int(lexeme.value)))
        self._now.is_relative = True

    def take_ago(self, lexeme: _Lexeme) -> None:
        hours, count, unit = lexeme.match.group("ago_hours", "ago_count", "ago_unit")
        self._set_ago(int(hours or 0), int(count or 1), unit)

    def take_since(self, lexeme: _Lexeme) -> None:
        self._set_ago(0, int(lexeme.match["since_count"]), lexeme.match["since_unit"])

    def take_counter(self, _lexeme: _Lexeme) -> None:
        """`Lượt xem: 426`; a counter whose number is missing may only stand last or before a label."""
        at = self._at
        while self._kind_at(at) == "separator":
            at += 1
        if self._kind_at(at) == "number":
            self._at = at + 1
            self._skip_counted()
        elif self._kind_at(at) not in _AFTER_EMPTY_COUNTER:
            raise _RefusalError("unknown_text")

    def take_filler(self, lexeme: _Lexeme) -> None:
        """Small words mean nothing; only `den` is checked: Danish before a day, but `đến` (until) without its marks."""
        if lexeme.text == "den" and self._kind_at(self._at) != "number":
            raise _RefusalError("range")

    def refuse(self, _lexeme: _Lexeme) -> None:
        raise _RefusalError("unknown_text")

    def _skip_counted(self) -> bool:
        """Step over `lượt xem` after a number; a counter with a colon counts what follows it instead."""
        at = self._at
        while at < self._at + 2 and self._kind_at(at) in {"counted", "counter"}:
            at += 1
        if at == self._at or self._text_at(at) == ":":
            return False
        self._at = at
        return True

    def _take_as_weekday(self, lexeme: _Lexeme, reason: str) -> None:
        weekday = WEEKDAY_TOO.get(lexeme.text)
        if weekday is None:
            raise _RefusalError(reason)
        self._set_weekday(weekday)

    def _is_after_full_time(self) -> bool:
        """Whether a time of ISO 8601 stands before an offset; elsewhere `20:01-07:30` may be a span of hours."""
        has_seconds = self._text_at(self._at - 2).count(":") == 2
        return self._kind_at(self._at - 2) == "clock" and (has_seconds or self._text_at(self._at - 3) == "t")

    def _next_part(self, at: int) -> int:
        """Where the next part of a date in words is: only joints and small words may stand between; -1 if nowhere."""
        for index in range(at, at + 3):
            kind = self._kind_at(index)
            if kind in {"number", "month"}:
                return index
            if kind != "filler" and self._text_at(index) not in _JOINTS:
                break
        return -1

    def _kind_at(self, index: int) -> str:
        if not 0 <= index < len(self._lexemes):
            return ""
        kind = self._lexemes[index].kind
        return _SAME_KIND.get(kind, kind)

    def _text_at(self, index: int) -> str:
        return self._lexemes[index].text if 0 <= index < len(self._lexemes) else ""

    def _digits(self, index: int) -> str:
        lexeme = self._lexemes[index]
        return str(lexeme.match["nth"] if lexeme.kind == "ordinal" else lexeme.text)

    def _month(self, index: int) -> str:
        lexeme = self._lexemes[index]
        return str(lexeme.match["nth_month"] if lexeme.kind == "month_number" else lexeme.value)

    def _local_fetch_time(self) -> datetime:
        if self._frame.fetched_at is None:
            raise _RefusalError("relative_without_fetch_time")
        return self._frame.fetched_at.astimezone(self._frame.zone)

    def _set_ago(self, hours: int, count: int, unit: str) -> None:
        """The unit that is named is the precision: minutes give a minute, hours and days give a day."""
        kind = _UNIT_KINDS[unit]
        if kind == "coarse" or (hours and kind != "minute"):
            raise _RefusalError("coarser_than_a_day")
        moment = self._local_fetch_time() - (timedelta(hours=hours) + count * _UNIT_SIZES[kind])
        self._set_day(moment.date())
        self._now.is_relative = True
        if kind in {"second", "minute"}:
            self._now.exact = moment.replace(second=0, microsecond=0)

    def _set_day(self, day: date) -> None:
        if self._now.day is not None:
            raise _RefusalError("header_clock" if self._now.is_relative else "range")
        self._now.day = day

    def _set_clock(self, hours: str, minutes: str | None, seconds: str | None) -> None:
        if self._now.clock is not None or self._now.exact is not None:
            raise _RefusalError("two_times")
        clock = int(hours), int(minutes or 0), int(seconds or 0)
        if clock > (23, 59, 59) or clock[1] > 59 or clock[2] > 59:
            raise _RefusalError("no_such_time")
        self._now.clock = clock

    def _set_half(self, half: str) -> None:
        if self._now.half is not None:
            raise _RefusalError("two_times")
        self._now.half = half

    def _set_offset(self, sign: str, hours: str, minutes: str | None) -> None:
        size = 60 * int(hours) + int(minutes or 0)
        self._set_minutes_east(-size if sign == "-" else size)

    def _set_minutes_east(self, minutes: int) -> None:
        """`GMT+0700 (Indochina Time)` names its zone twice; two different zones are refused."""
        if self._now.offset not in {None, minutes}:
            raise _RefusalError("two_zones")
        if abs(minutes) > 14 * 60 or minutes % 15:
            raise _RefusalError("no_such_zone")
        self._now.offset = minutes

    def _set_weekday(self, weekday: int) -> None:
        if self._now.weekday not in {None, weekday}:
            raise _RefusalError("weekday_contradicts")
        self._now.weekday = weekday


_UNIT_SIZES = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_IGNORED = frozenset({"separator"})
_JOINTS = frozenset({".", ",", "-", "/", ".,", "'"})
_SAME_KIND = {"ordinal": "number", "month_number": "month", "dotted_clock": "clock"}
_AFTER_EMPTY_COUNTER = frozenset({"", "counter", "published", "updated", "created"})
_TAKERS: Final[dict[str, Callable[[_Moments, _Lexeme], None]]] = {
    "published": _Moments.take_label,
    "created": _Moments.take_label,
    "updated": _Moments.take_label,
    "year_last": _Moments.take_year_last,
    "year_first": _Moments.take_year_first,
    "nukeviet": _Moments.take_nukeviet,
    "month": _Moments.take_month,
    "month_number": _Moments.take_month,
    "number": _Moments.take_number,
    "ordinal": _Moments.take_number,
    "clock": _Moments.take_clock,
    "dotted_clock": _Moments.take_dotted_clock,
    "half": _Moments.take_half,
    "meridiem": _Moments.take_meridiem,
    "offset": _Moments.take_offset,
    "bare_offset": _Moments.take_bare_offset,
    "zone": _Moments.take_zone,
    "weekday": _Moments.take_weekday,
    "weekday_number": _Moments.take_weekday_number,
    "relative": _Moments.take_relative,
    "ago": _Moments.take_ago,
    "since": _Moments.take_since,
    "counter": _Moments.take_counter,
    "counted": _Moments.refuse,
    "filler": _Moments.take_filler,
}


# --- from a moment to a value ------------------------------------------------------------------------------------


def _is_unset_update(moment: _Moment) -> bool:
    """An update that never happened prints as the zero of .NET or Unix, beside the true date of publication."""
    return moment.role == "updated" and moment.day is not None and moment.day.year < _EARLIEST_YEAR


def _day_in_words(year: str, month: str, day: str) -> date:
    if len(year) != 4 or len(day) > 2:
        raise _RefusalError("no_year")
    return _day(year, month, day)


def _day(year: str, month: str, day: str) -> date:
    if len(year) == 2:
        year = f"20{year}" if year < "70" else f"19{year}"
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
    if moment.weekday is not None and moment.is_relative and moment.clock is None:
        raise _RefusalError("header_clock")  # `Hôm nay, Chủ nhật`
    _refuse_the_absurd(day)
    value = moment.exact or _with_clock(day, moment, frame)
    _refuse_the_future(value, frame)
    return value


def _with_clock(day: date, moment: _Moment, frame: _Frame) -> PageDate:
    """The day at its clock time; at exactly midnight, before or after conversion, no time was entered: the day."""
    if moment.clock is None:
        if moment.half:
            raise _RefusalError("unknown_text")
        return day
    hours = _hour_of_day(moment.clock[0], moment.half)
    minutes, seconds = moment.clock[1:]
    if not (hours or minutes or seconds) or moment.is_zone_vague:
        return day
    if moment.offset is None:
        return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=frame.zone)
    printed_zone = timezone(timedelta(minutes=moment.offset)) if moment.offset else UTC
    printed = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=printed_zone)
    if frame.keeps_offset:
        return printed
    local = printed.astimezone(frame.zone)
    return local if local.hour or local.minute or seconds else local.date()


def _hour_of_day(hour: int, half: str | None) -> int:
    """The hour on the 24-hour clock; a half of the day that contradicts it is refused."""
    if half is None:
        return hour
    for first, last, shift in _HALVES[half]:
        if first <= hour <= last:
            return hour + shift
    raise _RefusalError("half_of_day_contradicts")


_HALVES: Final[dict[str, tuple[tuple[int, int, int], ...]]] = {
    "am": ((0, 11, 0), (12, 12, -12)),
    "pm": ((1, 11, 12), (12, 23, 0)),
    "noon": ((10, 14, 0), (1, 2, 12)),
    "evening": ((5, 11, 12), (17, 23, 0)),
    "night": ((8, 11, 12), (20, 23, 0), (0, 4, 0)),
}
"""First hour, last hour, what to add: `20:01 PM` is redundant, `20:01 SA` impossible, `12 giờ đêm` either midnight."""


def _refuse_the_absurd(day: date) -> None:
    if not _EARLIEST_YEAR <= day.year <= _LATEST_YEAR:
        raise _RefusalError("before_1997" if day.year < _EARLIEST_YEAR else "future")


def _refuse_the_future(value: PageDate, frame: _Frame) -> None:
    """Up to a day ahead of the fetch is a difference of clocks."""
    if frame.fetched_at is None:
        return
    latest = frame.fetched_at.astimezone(frame.zone) + _CLOCK_DIFFERENCE
    if value > latest if isinstance(value, datetime) else value > latest.date():
        raise _RefusalError("future")


_BARE_DIGITS = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:t?(?P<hours>\d\d)(?P<minutes>\d\d)(?P<seconds>\d\d)?(?P<zulu>z)?)?"
    r"|(?P<unix>\d{10}(?P<milliseconds>\d{3})?)"
)


def _of_bare_digits(match: re.Match[str], frame: _Frame) -> PageDate:
    """`20240507`, `20240507T200100Z` of ISO 8601's basic form, or Unix time in seconds or milliseconds."""
    if match["unix"]:
        return _of_unix_time(int(match["unix"]) / (1000 if match["milliseconds"] else 1), frame)
    moment = _Moment(day=_day(match["year"], match["month"], match["day"]), offset=0 if match["zulu"] else None)
    if match["hours"]:
        moment.clock = int(match["hours"]), int(match["minutes"]), int(match["seconds"] or 0)
        if moment.clock[0] > 23 or moment.clock[1] > 59 or moment.clock[2] > 59:
            raise _RefusalError("no_such_time")
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
