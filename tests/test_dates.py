"""Dates as pages print them: a table of what must be read, a table of what must be refused, and what always holds."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.read.dates import VIETNAM, DateReading, Order, iso, looks_like_date, read_date, read_machine_date

SHARED_TABLE = Path(__file__).resolve().parents[1].parent / "shared" / "reference" / "dates_vi.tsv"
FETCHED = datetime(2026, 11, 22, 10, 0, tzinfo=VIETNAM)

READ = {
    # weekday, separators, brackets
    "Thứ Hai, 06/05/2024 - 08h30": "2024-05-06T08:30+07:00",
    "Thứ Hai ngày 06-05-2024": "2024-05-06",
    "T.2, 06/05/2024": "2024-05-06",
    "thu 2, 06/05/2024": "2024-05-06",
    "CN 12.5.2024": "2024-05-12",
    "Chủ Nhật ngày 12 tháng 5 năm 2024, 07 giờ 30 phút": "2024-05-12T07:30+07:00",
    "Thứ ba,07/05/2024 20:01": "2024-05-07T20:01+07:00",
    "Thứ tư, 10/4/2019-23:44 PM": "2019-04-10T23:44+07:00",
    "[07/05/2024 20:01]": "2024-05-07T20:01+07:00",
    "- 07/05/2024 • 20:01 -": "2024-05-07T20:01+07:00",
    "07/05/2024 -20:01": "2024-05-07T20:01+07:00",
    "07–05–2024": "2024-05-07",
    "Th\u01b0\u200b\u0301 ba, 07/05/\u00ad2024": "2024-05-07",
    "🕒 07/05/2024 20:01": "2024-05-07T20:01+07:00",
    "\ue001 07/05/2024": "2024-05-07",
    "０７/０５/２０２４ ２０：０１": "2024-05-07T20:01+07:00",
    "Thứ ba\n        07/05/2024\n        20:01": "2024-05-07T20:01+07:00",
    # clocks
    "08h30 - 07-05-2024": "2024-05-07T08:30+07:00",
    "20 giờ 05 - 07-05-2024": "2024-05-07T20:05+07:00",
    "8 giờ 7-5-2024": "2024-05-07T08:00+07:00",
    "19 giờ 5, ngày 7/5/2024": "2024-05-07T19:05+07:00",
    "lúc 20h01' ngày 7/5/2024": "2024-05-07T20:01+07:00",
    "20h01´ 07/05/2024": "2024-05-07T20:01+07:00",
    "07/05/2024 lúc 20 giờ 01 phút 15 giây": "2024-05-07T20:01+07:00",
    "07/05/2024 20:01:33 PM": "2024-05-07T20:01+07:00",
    "07/05/2024 06:45:00 SA": "2024-05-07T06:45+07:00",
    "10:05 SA ngày 06/05/2024": "2024-05-06T10:05+07:00",
    "8 giờ tối ngày 7/5/2024": "2024-05-07T20:00+07:00",
    "12h trưa ngày 7/5/2024": "2024-05-07T12:00+07:00",
    "07/05/2024 8:05": "2024-05-07T08:05+07:00",
    "00h00 07/05/2024": "2024-05-07",
    "07/05/2024 00:00:30": "2024-05-07T00:00+07:00",
    # zones
    "08:30 ngày 6/5/2024 (GMT +7)": "2024-05-06T08:30+07:00",
    "20:01 GMT+7 - 07/05/2024": "2024-05-07T20:01+07:00",
    "2024-05-07 20:01 +07": "2024-05-07T20:01+07:00",
    "2024-05-07T20:01-05:00": "2024-05-08T08:01+07:00",
    "2024-05-07T17:00:00Z": "2024-05-08",
    "07/05/2024 00:00 GMT": "2024-05-07",
    "07/05/2024 20:01 giờ Việt Nam": "2024-05-07T20:01+07:00",
    "May 7, 2024 8:01 PM ET": "2024-05-07",
    "Tue May 07 20:01:00 ICT 2024": "2024-05-07T20:01+07:00",
    # labels and counters
    "Ngày: 07/05/2024 Giờ: 20:01": "2024-05-07T20:01+07:00",
    "NGÀY ĐĂNG: 07/05/2024": "2024-05-07",
    "Ngay dang: 07/05/2024": "2024-05-07",
    "Thời gian đăng tin: 20:01 07/05/2024": "2024-05-07T20:01+07:00",
    "Được đăng: 07 Tháng 5 2024": "2024-05-07",
    "Ngày đăng: 07/05/2024, giờ đăng: 20:01": "2024-05-07T20:01+07:00",
    "Posted on May 7, 2024 at 8:01pm": "2024-05-07T20:01+07:00",
    "07/05/2024 20:01 (Đã xem 426 lần)": "2024-05-07T20:01+07:00",
    "1.234 lượt xem | 07/05/2024": "2024-05-07",
    "Lượt xem: 1,2K - 07/05/2024 20:01 - 0 bình luận": "2024-05-07T20:01+07:00",
    "07/05/2024 | Lượt xem:": "2024-05-07",
    # in words
    "ngày 7 tháng 5/2024": "2024-05-07",
    "ngày 7/5 năm 2024": "2024-05-07",
    "Ngày 07, tháng 05, năm 2024": "2024-05-07",
    "Tháng Năm 7, 2024": "2024-05-07",
    "07 Th5, 2024": "2024-05-07",
    "Tuesday, 7 May 2024": "2024-05-07",
    "Tuesday 7th May 2024": "2024-05-07",
    "Thu 2 May 2024 10:00": "2024-05-02T10:00+07:00",
    "07-May-24": "2024-05-07",
    "Sept. 5, 2024": "2024-09-05",
    # other languages
    "Veröffentlicht am Dienstag, 7. Mai 2024, 20.01 Uhr": "2024-05-07T20:01+07:00",
    "Sa, 11.05.2024": "2024-05-11",
    "Publié le mardi 7 mai 2024 à 20h01": "2024-05-07T20:01+07:00",
    "mar. 7 mai 2024": "2024-05-07",
    "1er mai 2024": "2024-05-01",
    "7 de mayo de 2024": "2024-05-07",
    "1º de maio de 2024 às 20h01": "2024-05-01T20:01+07:00",
    "martedì 7 maggio 2024": "2024-05-07",
    "7 mei 2024": "2024-05-07",
    "7 maja 2024 r., godz. 20:01": "2024-05-07T20:01+07:00",
    "7 мая 2024 г., 20:01": "2024-05-07T20:01+07:00",
    "7 Mayıs 2024 Salı 20:01": "2024-05-07T20:01+07:00",
    "7. května 2024": "2024-05-07",
    "den 7 maj 2024": "2024-05-07",
    "ti 7.5.2024 klo 20.01": "2024-05-07T20:01+07:00",
    "7 Μαΐου 2024, 8:01 μ.μ.": "2024-05-07T20:01+07:00",
    "2024. május 7.": "2024-05-07",
    "7 mai 2024": "2024-05-07",
    "Selasa, 7 Mei 2024 20:01 WIB": "2024-05-07T20:01+07:00",
    "2024年5月7日(火) 20:01": "2024-05-07T20:01+07:00",
    "发布时间：2024-05-07 下午 8:01": "2024-05-07T20:01+07:00",
    "2024년 5월 7일 20:01": "2024-05-07T20:01+07:00",
    "2024. 05. 07.": "2024-05-07",
    # counted from the fetch
    "Hôm nay, 08h15": "2026-11-22T08:15+07:00",
    "Hom qua 20:01": "2026-11-21T20:01+07:00",
    "Cập nhật 5 phút trước": "2026-11-22T09:55+07:00",
    "1 giờ 5 phút trước": "2026-11-22T08:55+07:00",
    "cách đây 2 ngày": "2026-11-20",
    "3 hours ago": "2026-11-22",
    "Yesterday at 20:01": "2026-11-21T20:01+07:00",
    "23/11/2026 09:59": "2026-11-23T09:59+07:00",
}

REFUSED = {
    "": "empty",
    "\u200b \u00a0": "empty",
    "07/05/2024 " + "x" * 300: "too_long",
    "7h30'": "no_date",
    "19 giờ 5": "no_date",
    "Cập nhật": "no_date",
    "07/05/2024 Cập nhật 20:01": "no_date",
    "07 05 2024": "unknown_number",
    "07/05-2024": "unknown_number",
    "20:0107/05/2024": "unknown_number",
    "20:01:3307/05/2024": "unknown_number",
    "0912.345.678": "unknown_number",
    "0239 3831 234": "unknown_number",
    "10.12.20.24": "unknown_number",
    "1.200.000 đồng": "unknown_text",
    "24 May 07": "no_year",
    "May 2024": "no_day",
    "2024-13-05": "month_above_12",
    "00/00/0000": "no_such_day",
    "24:00 07/05/2024": "no_such_time",
    "07/05/2024 20:01:75": "no_such_time",
    "07/05/2024 20h61": "no_such_time",
    "07/05/2024 00:30 CH": "half_of_day_contradicts",
    "12 giờ đêm ngày 07/05/2024": "half_of_day_contradicts",
    "Thứ Ba, Thứ Tư 07/05/2024": "weekday_contradicts",
    "Thứ 8, 07/05/2024": "unknown_text",
    "31/12/1996": "before_1997",
    "30/12/1899": "before_1997",
    "23/11/2026 10:01": "future",
    "24/11/2026": "future",
    "07/05/2150": "future",
    "Ngày mai 08:00": "no_day",
    # another date than the page's
    "Kỳ họp thứ 7 ngày 07/05/2024": "unknown_text",
    "Ngày sinh: 07/05/1999": "unknown_text",
    "Thời gian: 8h00 ngày 7/5/2024": "unknown_text",
    "Phản hồi lúc 20:01 07/05/2024": "unknown_text",
    "Lần 2 ngày 07/05/2024": "unknown_text",
    "lễ hội (06.04.2019 11:04)": "unknown_text",
    "Hà Nội, ngày 7 tháng 5 năm 2024": "unknown_text",
    "Ngày đăng ký: 07/05/2024": "unknown_text",
    "Số 12/05/2024": "document_date",
    "Quyết định 07/05/2024": "document_date",
    "Hạn chót nộp hồ sơ: 14h00 ngày 07/05/2024": "deadline",
    "Đến ngày 09/05/2024": "range",
    "den ngay 09/05/2024": "range",
    "7-9/5/2024": "unknown_number",
    "07/05/2024 đến 09/05/2024": "range",
    "07:30-08:30 07/05/2024": "range",
    "07/05/2024 20:01 - 21:30": "two_times",
    "07/05/2024 20:01 GMT+7 (GMT+8)": "two_zones",
    "07/05/2024 20:01 GMT+99": "no_such_zone",
    "mồng 7 tháng 5 năm 2024": "lunar_calendar",
    "07/05/2024 (29/3 âm lịch)": "lunar_calendar",
    "Hôm nay, Chủ nhật": "header_clock",
    "Hôm nay, 22/11/2026": "header_clock",
    "2 tuần trước": "coarser_than_a_day",
    "vài phút trước": "unknown_text",
}

MACHINE = {
    "2024-05-07T20:01:33+07:00": "2024-05-07T20:01+07:00",
    "2024-05-06T17:00:00.123Z": "2024-05-06T17:00+00:00",
    "2024-05-07T20:01:33.1234567-05:00": "2024-05-07T20:01-05:00",
    "2024-05-07T00:00:00+07:00": "2024-05-07",
    "2024-05-07+0720:01:00": "2024-05-07T20:01+07:00",
    "2024-05-07": "2024-05-07",
    "2024-05-07 20:01:00-07": "2024-05-07T20:01-07:00",
    "20240507T130100Z": "2024-05-07T13:01+00:00",
    "20240507": "2024-05-07",
    "Tue, 07 May 2024 13:01:00 GMT": "2024-05-07T13:01+00:00",
    "Tue May 07 2024 20:01:00 GMT+0700 (Giờ Đông Dương)": "2024-05-07T20:01+07:00",
    "2024-05-07T20:01:00+07:00[Asia/Ho_Chi_Minh]": "2024-05-07T20:01+07:00",
    "1715086860000": "2024-05-07T20:01+07:00",
    "1715086860": "2024-05-07T20:01+07:00",
    "/Date(1715086860000)/": "2024-05-07T20:01+07:00",
    "May 7, 2024": "2024-05-07",
}


def said(reading: DateReading) -> str:
    return iso(reading.published) if reading.published else f"refused: {reading.refusal}"


def shared_rows() -> list[tuple[str, datetime | None, Order, str]]:
    rows = []
    for line in SHARED_TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        raw, fetched, order, expected = line.split("\t")[:4]
        if "\\u" in raw:
            raw = raw.encode("ascii", "backslashreplace").decode("unicode_escape")
        fetched_at = datetime.fromisoformat(fetched) if fetched else None
        rows.append((raw, fetched_at, "MDY" if order == "MDY" else "DMY", expected))
    return rows  # type: ignore[return-value]  # the list literal widens the order to str


@pytest.mark.parametrize(("raw", "expected"), READ.items())
def test_a_printed_date_is_read_whole(raw: str, expected: str) -> None:
    assert said(read_date(raw, fetched_at=FETCHED)) == expected
    assert looks_like_date(raw)


@pytest.mark.parametrize(("raw", "reason"), REFUSED.items())
def test_a_text_that_is_no_date_of_the_page_is_refused_with_a_reason(raw: str, reason: str) -> None:
    assert read_date(raw, fetched_at=FETCHED) == DateReading(refusal=reason)


@pytest.mark.corpus
def test_every_row_of_the_shared_table_is_read_as_it_says() -> None:
    if not SHARED_TABLE.exists():
        pytest.skip("the shared table of dates is not beside the project")
    misses = []
    for raw, fetched_at, order, expected in shared_rows():
        reading = read_date(raw, fetched_at=fetched_at, order=order)
        got = iso(reading.published) if reading.published else "REFUSE"
        if got != expected or (reading.published and not looks_like_date(raw)):
            misses.append((raw, expected, said(reading)))
    assert misses == []


@pytest.mark.parametrize(("raw", "expected"), MACHINE.items())
def test_a_machine_date_keeps_its_printed_offset_and_day(raw: str, expected: str) -> None:
    value = read_machine_date(raw)
    assert value is not None
    assert iso(value) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "07/05/2024",
        "2024",
        "2024-05",
        "2024-W19-2",
        "1715",
        "99999999999999",
        "0001-01-01T00:00:00",
        "2024-05-07T25:00",
    ],
)
def test_a_machine_date_is_never_guessed(raw: str) -> None:
    assert read_machine_date(raw) is None


def test_both_dates_are_told_apart_by_their_labels() -> None:
    for raw in (
        "Ngày đăng: 07/05/2024 20:01 - Cập nhật: 08/05/2024 09:15",
        "Cập nhật: 08/05/2024 09:15 | Ngày đăng: 07/05/2024 20:01",
        "07/05/2024 20:01 (cập nhật lúc 09:15 08/05/2024)",
        "Ngày tạo 07/05/2024 20:01; Ngày sửa đổi 08/05/2024 09:15",
    ):
        reading = read_date(raw)
        assert reading.published == datetime(2024, 5, 7, 20, 1, tzinfo=VIETNAM)
        assert reading.modified == datetime(2024, 5, 8, 9, 15, tzinfo=VIETNAM)


def test_an_update_alone_is_published_and_modified() -> None:
    reading = read_date("Cập nhật lần cuối lúc: 20:01 07/05/2024")
    assert reading.published == reading.modified == datetime(2024, 5, 7, 20, 1, tzinfo=VIETNAM)


def test_an_update_that_never_happened_does_not_spoil_the_publication() -> None:
    reading = read_date("Ngày đăng: 07/05/2024; Ngày cập nhật: 01/01/0001 12:00:00 SA")
    assert reading == DateReading(published=date(2024, 5, 7))


def test_the_order_is_the_sites_and_only_for_digits_with_the_year_last() -> None:
    assert read_date("5/7/2024 8:01 PM").published == datetime(2024, 7, 5, 20, 1, tzinfo=VIETNAM)
    assert read_date("5/7/2024 8:01 PM", order="MDY").published == datetime(2024, 5, 7, 20, 1, tzinfo=VIETNAM)
    assert read_date("2024/05/07", order="MDY").published == date(2024, 5, 7)
    assert read_date("13/05/2024", order="MDY").refusal == "month_above_12"


def test_a_date_without_a_zone_is_of_the_zone_given() -> None:
    berlin_winter = timezone(timedelta(hours=1))
    assert read_date("07.12.2024 20:01", zone=berlin_winter).published == datetime(2024, 12, 7, 19, 1, tzinfo=UTC)
    assert read_machine_date("2024-12-07T20:01", zone=berlin_winter) == datetime(2024, 12, 7, 19, 1, tzinfo=UTC)


def test_relative_words_need_a_fetch_time_and_count_in_local_time() -> None:
    assert read_date("Hôm qua").refusal == "relative_without_fetch_time"
    just_after_midnight = datetime(2026, 11, 21, 17, 2, tzinfo=UTC)
    assert read_date("Hôm nay", fetched_at=just_after_midnight).published == date(2026, 11, 22)
    five_before = datetime(2026, 11, 21, 23, 57, tzinfo=VIETNAM)
    assert read_date("5 phút trước", fetched_at=just_after_midnight).published == five_before


DAY_TEMPLATES = (
    "{d:02}/{m:02}/{y}", "{d}/{m}/{y}", "{d:02}-{m:02}-{y}", "{d}.{m}.{y}", "{d:02} - {m:02} - {y}",
    "{y}-{m:02}-{d:02}", "ngày {d} tháng {m} năm {y}",
    "{d} Tháng {m:02}, {y}", "ngày {d:02} {month} năm {y}", "{d} {english} {y}",
    "{english} {d}, {y}", "{y}年{m}月{d}日",
)  # fmt: skip
CLOCK_TEMPLATES = ("{H:02}:{M:02}", "{H}:{M:02}:33", "{H}h{M:02}", "{H}h{M:02}'", "{H}g{M:02}", "{H} giờ {M:02} phút")
WHOLE_TEMPLATES = (
    "{clock} {day}", "{day} {clock}", "{weekday}, {day} | {clock}", "{weekday} - {day} {clock}", "{clock}, {day}",
    "Ngày đăng: {day} - {clock}", "Cập nhật lúc {clock} {day}", "Đăng lúc: {clock}, {weekday}, {day} (GMT+7)",
    "{day} {clock} | Lượt xem: 2024", "\u00a0{day}\u00a0\u00a0{clock}\u200b",
)  # fmt: skip
WEEKDAYS = ("Thứ Hai", "thứ ba", "Thứ Tư", "T5", "Thứ 6", "Thứ Bảy", "CN")
MONTHS = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
ENGLISH = ("January", "Feb", "Mar", "April", "May", "Jun", "July", "Aug", "Sept", "October", "Nov", "December")

moments = st.datetimes(min_value=datetime(1997, 1, 1), max_value=datetime(2026, 11, 22))  # noqa: DTZ001  # zoned below


@given(moments, st.sampled_from(DAY_TEMPLATES), st.sampled_from(CLOCK_TEMPLATES), st.sampled_from(WHOLE_TEMPLATES))
def test_what_is_printed_is_read_back(moment: datetime, day: str, clock: str, whole: str) -> None:
    moment = moment.replace(hour=moment.hour or 1, second=0, microsecond=0, tzinfo=VIETNAM)
    names = {"month": f"tháng {MONTHS[moment.month - 1]}", "english": ENGLISH[moment.month - 1]}
    printed_day = day.format(d=moment.day, m=moment.month, y=moment.year, **names)
    printed_clock = clock.format(H=moment.hour, M=moment.minute)
    raw = whole.format(day=printed_day, clock=printed_clock, weekday=WEEKDAYS[moment.weekday()])
    assert read_date(raw, fetched_at=FETCHED).published == moment, raw
    assert looks_like_date(raw)


@given(st.dates(min_value=date(1997, 1, 1), max_value=date(2026, 11, 22)), st.sampled_from(DAY_TEMPLATES), st.data())
def test_a_weekday_that_contradicts_is_always_refused(day: date, template: str, data: st.DataObject) -> None:
    wrong = data.draw(st.sampled_from([name for number, name in enumerate(WEEKDAYS) if number != day.weekday()]))
    names = {"month": f"tháng {MONTHS[day.month - 1]}", "english": ENGLISH[day.month - 1]}
    raw = f"{wrong}, {template.format(d=day.day, m=day.month, y=day.year, **names)}"
    assert read_date(raw, fetched_at=FETCHED).refusal == "weekday_contradicts", raw


FRAGMENTS = (
    "07 5 2024 20 : / - . , ( ) + 01 thứ ba t3 ngày tháng năm giờ h ' sa pm gmt z may mar lượt xem cập nhật đăng"
    " trước phút hôm qua 7/5/2024 2024-05-07 20:01 t +07:00 -0500 | 426 1.234 年 月 日"
)
PIECES = st.lists(st.sampled_from(FRAGMENTS.split()), max_size=12)


@given(st.one_of(st.text(max_size=60), st.builds("".join, PIECES), st.builds(" ".join, PIECES)))
def test_arbitrary_text_never_raises_and_says_exactly_one_thing(raw: str) -> None:
    reading = read_date(raw, fetched_at=FETCHED)
    assert (reading.published is None) == (reading.refusal is not None)
    read_machine_date(raw, fetched_at=FETCHED)
    if not looks_like_date(raw):
        assert reading.published is None


@given(st.builds(" ".join, PIECES), st.sampled_from(["Nghị quyết", "đồng", "kỳ họp", "Địa điểm"]))
def test_one_unknown_word_is_enough_to_refuse(raw: str, unknown: str) -> None:
    assert read_date(f"{raw} {unknown}", fetched_at=FETCHED).published is None
    assert read_date(f"{unknown} {raw}", fetched_at=FETCHED).published is None


@pytest.mark.parametrize("piece", ["1", "07/05/2024 ", "(", "1.234", "20:01 ", "ngày ", "a", "\u0301", "- ", "1 giờ "])
def test_a_hostile_text_costs_next_to_nothing(piece: str) -> None:
    longest = piece * (100_000 // len(piece))
    started = time.perf_counter()
    for raw in (longest, longest[:1000], longest[:200]):
        for _ in range(10):
            assert read_date(raw, fetched_at=FETCHED).published is None
            looks_like_date(raw)
    assert time.perf_counter() - started < 1
