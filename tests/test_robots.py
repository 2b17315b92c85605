"""robots.txt: what is allowed, how fast, and when a host is held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.guard.robots import MAX_BYTES, judge

AGENT = "govnews-mirror/0.1 (+https://example.org/contact)"
ADDRESS = "http://vidu.example.vn/tin-tuc/le-hoi"


@pytest.mark.parametrize(
    ("rules", "is_allowed"),
    [
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /tin-tuc/", False),
        ("User-agent: *\nDisallow: /tin-tuc/\nAllow: /tin-tuc/le-hoi$", True),
        ("User-agent: *\nDisallow: /*hoi", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: govnews-mirror\nDisallow: /rieng/", True),
        ("User-agent: *\nDisallow:\n\nUser-agent: GovNews-Mirror\nDisallow: /", False),
        ("User-agent: khac\nDisallow: /", True),
        ("\ufeffUser-agent: *\r\nDisallow: /tin-tuc\r\n", False),
        ("# không có gì", True),
        ("", True),
    ],
)
def test_the_rules_for_our_agent_are_obeyed(rules: str, is_allowed: bool) -> None:  # noqa: FBT001  # a column of the table
    policy = judge(200, "text/plain", rules.encode(), agent=AGENT)
    assert policy.allows(ADDRESS) is is_allowed
    assert policy.held is None


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 418])
def test_a_missing_file_allows_everything(status: int) -> None:
    policy = judge(status, "text/html", b"<html>Not Found</html>", agent=AGENT)
    assert policy.allows(ADDRESS)
    assert policy.held is None


@pytest.mark.parametrize(
    ("status", "mime", "body", "reason"),
    [
        (None, None, b"", "no answer"),
        (500, "text/plain", b"", "HTTP 500"),
        (503, None, b"User-agent: *\nDisallow:", "HTTP 503"),
        (429, None, b"", "HTTP 429"),
        (200, "text/html", b"<!DOCTYPE html><html><body>Trang ch\xe1\xbb\xa7</body></html>", "a web page"),
        (200, "text/plain", b"  \n<HTML><head></head></HTML>", "a web page"),
        (200, None, b'<script>document.cookie="D1N=0";window.location.reload(true);</script>', "a web page"),
        (200, "image/png", b"\x89PNG\r\n\x1a\n\x00\x00", "image/png instead of rules"),
    ],
)
def test_a_host_that_does_not_say_what_it_allows_is_held(
    status: int | None, mime: str | None, body: bytes, reason: str
) -> None:
    policy = judge(status, mime, body, agent=AGENT)
    assert not policy.allows(ADDRESS)
    assert policy.held is not None
    assert reason in policy.held


def test_rules_sent_as_html_are_still_rules() -> None:
    policy = judge(200, "text/html; charset=utf-8", b"User-agent: *\nDisallow: /tin-tuc", agent=AGENT)
    assert policy.held is None
    assert not policy.allows(ADDRESS)


@pytest.mark.parametrize(
    ("rules", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5.0),
        ("User-agent: *\nCrawl-delay: 0.5\nRequest-rate: 1/10s", 10.0),
        ("User-agent: *\nCrawl-delay: 20\nRequest-rate: 1/10s", 20.0),
        ("User-agent: *\nCrawl-delay: nhanh", None),
        ("User-agent: *\nCrawl-delay: -3", None),
        ("User-agent: *\nCrawl-delay: nan", None),
        ("User-agent: *\nDisallow:", None),
        ("User-agent: *\nCrawl-delay: 5\n\nUser-agent: govnews-mirror\nCrawl-delay: 30", 30.0),
    ],
)
def test_the_pause_is_what_the_host_asks_for(rules: str, delay: float | None) -> None:
    assert judge(200, "text/plain", rules.encode(), agent=AGENT).crawl_delay == delay


def test_sitemaps_are_absolute_addresses_each_once() -> None:
    rules = (
        "Sitemap: https://vidu.example.vn/sitemap.xml\n"
        "Sitemap: https://vidu.example.vn/sitemap.xml\n"
        "Sitemap: /sitemap-2.xml\nSitemap: javascript:alert(1)\nSitemap: http://vidu.example.vn/tin tuc.xml\n"
    )
    policy = judge(200, "text/plain", rules.encode(), agent=AGENT)
    assert policy.sitemaps == ("https://vidu.example.vn/sitemap.xml", "http://vidu.example.vn/tin%20tuc.xml")


def test_what_lies_beyond_the_cap_is_ignored_from_the_last_whole_line_on() -> None:
    head = b"User-agent: *\nDisallow: /kin\n"
    filler = b"# " + b"x" * (MAX_BYTES - len(head) - 2 - len(b"\nDisallow: /")) + b"\nDisallow: /khong-phai-tat-ca"
    policy = judge(200, "text/plain", head + filler + b"\nDisallow: /tin-tuc", agent=AGENT)
    assert policy.allows(ADDRESS)
    assert not policy.allows("http://vidu.example.vn/kin/a")


def test_rules_in_utf_16_are_read() -> None:
    body = "User-agent: *\nDisallow: /tin-tuc".encode("utf-16")
    assert not judge(200, "text/plain", body, agent=AGENT).allows(ADDRESS)


@given(st.none() | st.integers(100, 599), st.sampled_from([None, "text/plain", "text/html", "image/png"]), st.binary())
def test_no_answer_breaks_the_judgement(status: int | None, mime: str | None, body: bytes) -> None:
    policy = judge(status, mime, body, agent=AGENT)
    assert policy.allows(ADDRESS) in (True, False)
    assert policy.held is None or not policy.allows(ADDRESS)
