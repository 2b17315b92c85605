"""The words of the plots, in Vietnamese and English, and numbers as either writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["vi", "en"]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "vi": {
        "coverage": "Số bài theo tháng",
        "coverage_3": "Số bài theo quý",
        "coverage_12": "Số bài theo năm",
        "coverage_years": "Số bài theo thời kỳ",
        "coverage_desc": "Số trang: {sites}; {first} đến {last}: {stored} bài đã lưu, {missing} bài còn thiếu.",
        "stored": "đã lưu",
        "missing": "trang nguồn có mà chưa lưu",
        "empty_month": "kỳ không có bài nào",
        "highest": "cao nhất",
        "period": "Kỳ",
        "site": "Trang",
        "from": "Từ",
        "to": "Đến",
        "empty": "Kỳ trống",
        "by_list": "{count} bài đã lưu không có ngày: xếp theo ngày trong danh sách của trang, như bài thiếu.",
        "by_list_one": "{count} bài đã lưu không có ngày: xếp theo ngày trong danh sách của trang, như bài thiếu.",
        "undated_stored": "Không có trên trục: {count} bài đã lưu không rõ ngày.",
        "undated_stored_one": "Không có trên trục: {count} bài đã lưu không rõ ngày.",
        "undated_missing": "Không có trên trục: {count} bài còn thiếu, trang nguồn không ghi ngày.",
        "undated_missing_one": "Không có trên trục: {count} bài còn thiếu, trang nguồn không ghi ngày.",
        "outside": "Không có trên trục: {count} bài ghi ngày trước 1990 hoặc từ 2100.",
        "outside_one": "Không có trên trục: {count} bài ghi ngày trước 1990 hoặc từ 2100.",
        "others": "{count} trang khác",
        "others_one": "{count} trang khác",
        "numbers": "Số liệu",
        "nothing": "Chưa có gì để vẽ.",
        "health": "Sức khỏe các lượt thu thập",
        "health_desc": "{site}: {runs} lượt gần nhất, {first} đến {last}; {bad} lượt không trọn vẹn.",
        "run": "Lượt",
        "started": "Bắt đầu",
        "outcome": "Kết quả",
        "requests": "yêu cầu",
        "not_modified": "không đổi (304)",
        "new": "bài mới",
        "changed": "bài sửa",
        "errors": "lỗi",
        "minutes": "phút",
        "detail": "Ghi chú",
        "ok": "trọn vẹn",
        "partial": "một phần",
        "failed": "hỏng",
        "interrupted": "bị ngắt",
        "running": "đang chạy",
        "fields": "Tỷ lệ bài tìm được từng trường",
        "fields_desc": "Số trang: {sites}; {articles} bài được xem.",
        "articles": "bài",
        "title": "tiêu đề",
        "lead": "sapo",
        "body": "nội dung",
        "published_at": "ngày",
        "author": "tác giả",
        "author_unit": "đơn vị",
        "source": "nguồn",
        "category": "mục",
        "tags": "thẻ",
        "images": "ảnh",
        "attachments": "tệp",
    },
    "en": {
        "coverage": "Articles by month",
        "coverage_3": "Articles by quarter",
        "coverage_12": "Articles by year",
        "coverage_years": "Articles by period",
        "coverage_desc": "Sites: {sites}; {first} to {last}. Articles stored: {stored}; missing: {missing}.",
        "stored": "stored",
        "missing": "shown by the site, not stored",
        "empty_month": "period without any article",
        "highest": "highest",
        "period": "Period",
        "site": "Site",
        "from": "From",
        "to": "To",
        "empty": "Empty periods",
        "by_list": "{count} stored articles carry no date: they stand at that of the lists, as missing ones do.",
        "by_list_one": "{count} stored article carries no date: it stands at that of the lists, as missing ones do.",
        "undated_stored": "Not on the axis: {count} stored articles that carry no date.",
        "undated_stored_one": "Not on the axis: {count} stored article that carries no date.",
        "undated_missing": "Not on the axis: {count} missing articles that the site shows without a date.",
        "undated_missing_one": "Not on the axis: {count} missing article that the site shows without a date.",
        "outside": "Not on the axis: {count} articles dated before 1990 or from 2100 on.",
        "outside_one": "Not on the axis: {count} article dated before 1990 or from 2100 on.",
        "others": "{count} more sites",
        "others_one": "{count} more site",
        "numbers": "Numbers",
        "nothing": "Nothing to plot yet.",
        "health": "Health of the runs",
        "health_desc": "{site}: the newest {runs} runs, {first} to {last}; {bad} of them not whole.",
        "run": "Run",
        "started": "Started",
        "outcome": "Outcome",
        "requests": "requests",
        "not_modified": "not modified",
        "new": "new articles",
        "changed": "changed articles",
        "errors": "errors",
        "minutes": "minutes",
        "detail": "Detail",
        "ok": "ok",
        "partial": "partial",
        "failed": "failed",
        "interrupted": "interrupted",
        "running": "running",
        "fields": "Share of articles in which a field was found",
        "fields_desc": "Sites: {sites}; articles looked at: {articles}.",
        "articles": "articles",
        "title": "title",
        "lead": "lead",
        "body": "body",
        "published_at": "date",
        "author": "author",
        "author_unit": "unit",
        "source": "source",
        "category": "category",
        "tags": "tags",
        "images": "images",
        "attachments": "files",
    },
}


def word(language: Language, name: str, **values: object) -> str:
    """A word or sentence; a name that has none (an outcome or field of a later version) stands for itself."""
    return form_of(WORDS[language], name, values).format_map(values)


def form_of(words: Mapping[str, str], name: str, values: Mapping[str, object]) -> str:
    """The words for one, where `count` is one and the language has such; else those for any number."""
    one = words.get(f"{name}_one") if str(values.get("count")) == "1" else None
    return one or words.get(name, name)


def number(language: Language, value: int) -> str:
    """`1.234` in Vietnamese, `1,234` in English."""
    written = f"{value:,}"
    return written.replace(",", ".") if language == "vi" else written


def percent(language: Language, found: int, of: int) -> str:
    """Whole percents, but never 100 % where one is missing and never 0 % where one was found."""
    if not of:
        return "–"
    share = 100 * found / of
    whole = min(max(round(share), 1 if found else 0), 99 if found < of else 100)
    return f"{whole} %" if language == "vi" else f"{whole}%"
