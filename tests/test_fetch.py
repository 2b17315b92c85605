"""The download handler, driven by Scrapy against a real server; every byte it wrote is read back."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
import scrapy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Request, Response, TextResponse
from server import Answer, redirect, running
from twisted.python.failure import Failure
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader
from warcio.checker import Checker

from crawler.fetch import ArchivingDownloadHandler
from crawler.guard.pace import Pacer
from crawler.tls import tls_context
from pipelines.items import Capture
from pipelines.warcfile import Earlier, Exchange, WarcPlace, WarcWriter
from pipelines.warcreader import read_record

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = "<!DOCTYPE html><title>Xã An Bình</title><p>Lễ hội xuống đồng đầu xuân.</p>"


@dataclass
class Fetched:
    """What a crawl brought: responses and failures by URL, in the order asked."""

    output: Path
    responses: list[Response] = field(default_factory=list)
    failures: dict[str, BaseException | None] = field(default_factory=dict)

    @property
    def only(self) -> Response:
        (response,) = self.responses
        return response

    @property
    def capture(self) -> Capture:
        capture: Capture = self.only.meta["capture"]
        return capture

    @property
    def failure(self) -> BaseException | None:
        (failure,) = self.failures.values()
        return failure

    def records(self) -> list[tuple[str, dict[str, str], bytes]]:
        """(type, WARC headers, block) of every record, read by warcio."""
        return [record for path in sorted(self.output.glob("warc/*/*.warc.gz")) for record in _records(path)]

    def block(self, kind: str = "response") -> bytes:
        (block,) = [block for found, _, block in self.records() if found == kind]
        return bytes(block)

    def fields(self, kind: str = "response") -> dict[str, str]:
        (fields,) = [fields for found, fields, _ in self.records() if found == kind]
        return dict(fields)


def _records(path: Path) -> Iterator[tuple[str, dict[str, str], bytes]]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, no_record_parse=True):
            yield record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read()


@pytest.fixture
def fetch(tmp_path: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Fetches requests through Scrapy into a fresh folder; what was written must satisfy `warcio check`."""

    def run(*requests: str | Request, output: Path = tmp_path / "output", **settings: Any) -> Fetched:
        return asyncio.run(_crawl(output, requests, settings))

    yield run
    # warcio 1.8 cannot use brotli 1.2 and stops at the first record that would need it; the digests it can check.
    monkeypatch.delitem(BufferedReader.DECOMPRESSORS, "br", raising=False)
    files = [str(path) for path in tmp_path.rglob("*.warc.gz")]
    assert Checker(SimpleNamespace(inputs=files, verbose=False)).process_all() == 0
    assert capfd.readouterr() == ("", "")


async def _crawl(output: Path, requests: tuple[str | Request, ...], settings: dict[str, Any]) -> Fetched:
    fetched = Fetched(output)

    class Asking(scrapy.Spider):
        name = "asking"

        async def start(self) -> AsyncIterator[Request]:
            for request in requests:
                made = Request(request) if isinstance(request, str) else request
                yield made.replace(callback=self.parse, errback=self.failed, dont_filter=True)

        def parse(self, response: Response, **_: Any) -> None:
            fetched.responses.append(response)

        def failed(self, failure: Failure) -> None:
            fetched.failures[failure.request.url] = failure.value  # type: ignore[attr-defined]  # Scrapy sets it

    plain = {
        "TWISTED_REACTOR_ENABLED": False,
        "DOWNLOAD_HANDLERS": {"http": ArchivingDownloadHandler, "https": ArchivingDownloadHandler},
        "RETRY_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "COMPRESSION_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "DOWNLOAD_TIMEOUT": 5,
        "LOG_ENABLED": False,
        "GOVNEWS_OUTPUT": output,
        "GOVNEWS_SITE": "an-binh",
        "GOVNEWS_DELAY": 0,
        "GOVNEWS_GUARD": False,
    }
    await AsyncCrawlerRunner(plain | settings).crawl(Asking)
    return fetched


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# What the spider gets


def test_a_page_comes_as_text_with_its_capture(fetch: Any) -> None:
    answer = Answer(body=PAGE.encode(), etag='"a1"', headers=(("Last-Modified", "Tue, 07 May 2024 13:01:00 GMT"),))
    with running({"/tin": answer}) as site:
        before = datetime.now(UTC)
        fetched = fetch(site.url("/tin"))
    assert isinstance(fetched.only, TextResponse)
    assert "Lễ hội xuống đồng" in fetched.only.text
    assert str(fetched.only.ip_address) == "127.0.0.1"
    capture = fetched.capture
    assert before <= capture.fetched_at <= datetime.now(UTC)
    assert (capture.site, capture.method, capture.status, capture.mime) == ("an-binh", "GET", 200, "text/html")
    assert (capture.etag, capture.last_modified) == ('"a1"', "Tue, 07 May 2024 13:01:00 GMT")
    assert capture.payload_sha256 == capture.body_sha256 == sha256(PAGE.encode())
    assert (capture.error, capture.truncated, capture.tls, capture.redirect_to) == (None, None, None, None)
    stored = read_record(fetched.output, capture.warc or "", capture.offset or 0)
    assert stored.payload == PAGE.encode()
    assert stored.url == site.url("/tin")


@pytest.mark.parametrize("kind", ["file", "image"])
@pytest.mark.parametrize("size", [0, 40, 3_000_000])
def test_a_file_stays_on_disk(fetch: Any, kind: str, size: int) -> None:
    content = os.urandom(size)
    with running({"/a.pdf": Answer(body=content, mime="application/pdf")}) as site:
        fetched = fetch(Request(site.url("/a.pdf"), meta={"kind": kind}))
    assert fetched.only.body == b""
    spool = fetched.only.meta["spool"]
    assert spool.read_bytes() == content
    assert fetched.capture.body_sha256 == sha256(content)
    assert spool.is_relative_to(fetched.output)


def test_a_page_that_comes_instead_of_a_file_is_a_page(fetch: Any) -> None:
    with running({"/a.pdf": Answer(status=403, body=PAGE.encode())}) as site:
        fetched = fetch(Request(site.url("/a.pdf"), meta={"kind": "file"}))
    assert "spool" not in fetched.only.meta
    assert fetched.only.body == PAGE.encode()


def test_nothing_but_files_is_left_in_the_spool_folder(fetch: Any) -> None:
    big = os.urandom(2_000_000)
    with running({"/": big, "/a.zip": Answer(body=big, gzip=True), "/broken": Answer(body=big, drop_after=9)}) as site:
        urls = [Request(site.url(path), meta={"kind": kind}) for path, kind in (("/", "article"), ("/a.zip", "file"))]
        fetched = fetch(*urls, site.url("/broken"))
    kept = [response.meta["spool"] for response in fetched.responses if "spool" in response.meta]
    assert [path for path in fetched.output.glob("spool/**/*") if path.is_file()] == kept
    assert kept[0].read_bytes() == big


def test_a_killed_run_s_spools_are_cleared_at_the_next_start(fetch: Any, tmp_path: Path) -> None:
    left = tmp_path / "output" / "spool" / "an-binh" / "left"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a file")
    with running({"/": PAGE}) as site:
        fetch(site.url("/"))
    assert not left.exists()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(fetch: Any, status: int) -> None:
    with running({"/cu": redirect("../moi?a=1", status), "/moi": PAGE}) as site:
        fetched = fetch(site.url("/cu"))
        assert [asked.path for asked in site.log] == ["/cu"]
        assert fetched.capture.redirect_to == site.url("/moi?a=1")
    assert fetched.capture.status == status


def test_a_location_with_raw_vietnamese_is_an_address(fetch: Any) -> None:
    with running({"/cu": redirect("/tin tức".encode())}) as site:
        assert fetch(site.url("/cu")).capture.redirect_to == site.url("/tin%20t%E1%BB%A9c")


def test_a_location_that_is_no_address_is_none(fetch: Any) -> None:
    with running({"/cu": redirect("http://[bad/")}) as site:
        assert fetch(site.url("/cu")).capture.redirect_to is None


# Bytes on the wire


def test_heads_are_archived_byte_for_byte(fetch: Any) -> None:
    head = (
        b"HTTP/1.1 200 \xc4\x90\xc6\xb0\xe1\xbb\xa3c   r\xf2i\r\nserver:  Old/1.0 \r\nX-B: 2\r\nx-b:1\r\n"
        b'Content-LENGTH:3\r\nContent-Disposition: attachment; filename="Quy\xe1\xba\xbft \xf0\xee.pdf"\r\n'
        b"X-Folded: a\r\n  b\r\nX-Empty:\r\n\r\n"
    )
    with running({"/": Answer(head=head, body=b"abc")}) as site:
        request = Request(site.url("/"), headers={"X-Ask": "có", "accept": "*/*", "User-Agent": "thu/1"})
        fetched = fetch(request)
        (asked,) = site.log
    assert fetched.block() == head + b"abc"
    assert fetched.block("request") == asked.head
    assert fetched.only.headers.getlist("X-B") == [b"2", b"1"]


def test_interim_answers_are_no_part_of_the_head(fetch: Any) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    with running({"/": Answer(head=early + final, body=b"ok")}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.block() == final + b"ok"


@pytest.mark.parametrize(
    "path",
    ["/a%7Eb/%E1%BB%91?q=%2f&r=a+b", "/a//b/./c/../d", "/x;jsessionid=1?y[]=2&z='()'", "/?", "/%zz"],
)
def test_the_url_is_asked_for_as_it_is(fetch: Any, path: str) -> None:
    with running({}) as site:
        fetch(Request(site.url(path), meta={"verbatim_url": True}))
        # An empty query is the one thing that aiohttp's URLs cannot carry.
        assert site.log[0].target == path.removesuffix("?")


def test_a_raw_url_is_made_sendable_and_nothing_more(fetch: Any) -> None:
    with running({}) as site:
        fetched = fetch(Request(site.url("/tin tức/%7e?q=đ"), meta={"verbatim_url": True}))
        assert site.log[0].target == "/tin%20t%E1%BB%A9c/%7e?q=%C4%91"
    assert fetched.fields()["WARC-Target-URI"] == site.url("/tin%20t%E1%BB%A9c/%7e?q=%C4%91")


def test_nothing_is_added_to_what_the_request_says(fetch: Any) -> None:
    with running({"/": PAGE}) as site:
        fetch(site.url("/"), DEFAULT_REQUEST_HEADERS={}, USER_AGENT="govnews-mirror (+mailto:a@example.org)")
        (asked,) = site.log
    assert asked.head.decode() == (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nUser-Agent: govnews-mirror (+mailto:a@example.org)\r\n\r\n"
    )


def test_a_posted_form_is_archived_with_its_body(fetch: Any) -> None:
    with running({"/": PAGE}) as site:
        fetched = fetch(Request(site.url("/"), method="POST", body=b"trang=2"))
        (asked,) = site.log
    assert asked.body == b"trang=2"
    assert fetched.block("request") == asked.head + b"trang=2"
    assert fetched.capture.method == "POST"
    assert fetched.capture.request_sha256 == sha256(b"trang=2")


def test_chunks_are_removed_and_their_header_says_so(fetch: Any) -> None:
    # A payload that begins like a chunk misleads readers that trust `Transfer-Encoding`.
    body = b"5\r\nso lieu thang nam\r\n0\r\n\r\n" * 9
    with running({"/": Answer(body=body, chunked=True)}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.only.body == body
    head, _, payload = fetched.block().partition(b"\r\n\r\n")
    assert payload == body
    assert head.endswith(b"\r\nX-Archive-Orig-Transfer-Encoding: chunked")
    with (fetched.output / fetched.capture.warc).open("rb") as stream:
        contents = [r.content_stream().read() for r in ArchiveIterator(stream) if r.rec_type == "response"]
    assert contents == [body]


CODINGS = {
    "gzip": gzip.compress(PAGE.encode()),
    "x-gzip": gzip.compress(PAGE.encode()[:20]) + gzip.compress(PAGE.encode()[20:]) + b"rubbish",
    "deflate": zlib.compress(PAGE.encode()),
    "DEFLATE": zlib.compress(PAGE.encode(), wbits=-15),
    "br": brotli.compress(PAGE.encode()),
    "zstd": zstd.compress(PAGE.encode()),
    "gzip, br": brotli.compress(gzip.compress(PAGE.encode())),
    "identity": PAGE.encode(),
    "gzip ": PAGE.encode(),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_content_codings_are_undone_for_the_page_and_kept_in_the_archive(fetch: Any, coding: str) -> None:
    answer = Answer(body=CODINGS[coding], headers=(("Content-Encoding", coding),))
    with running({"/": answer}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.only.text == PAGE
    assert fetched.block().endswith(b"\r\n\r\n" + CODINGS[coding])
    assert fetched.capture.payload_sha256 == sha256(CODINGS[coding])
    assert fetched.capture.body_sha256 == sha256(PAGE.encode())
    assert fetched.capture.error is None


@pytest.mark.parametrize(
    ("coding", "body", "text", "error"),
    [
        ("gzip", CODINGS["gzip"][:-9], PAGE[:20], "the gzip data ends too early"),
        ("gzip", CODINGS["gzip"][:15] + bytes(60), "", "the gzip data is damaged"),
        ("br", CODINGS["br"][:40], "", "the br data ends too early"),
        ("zstd", b"no zstd at all", "", "the zstd data is damaged"),
        ("zstd", CODINGS["zstd"][:-3], "", "the zstd data ends too early"),
    ],
)
def test_a_broken_coding_is_named_and_its_bytes_are_kept(
    fetch: Any, coding: str, body: bytes, text: str, error: str
) -> None:
    with running({"/": Answer(body=body, headers=(("Content-Encoding", coding),))}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.block().endswith(b"\r\n\r\n" + body)
    assert error in fetched.capture.error
    assert "dataloss" in fetched.only.flags
    assert fetched.only.body.decode(errors="ignore").startswith(text)


def test_an_unknown_coding_leaves_the_bytes_as_they_came(fetch: Any) -> None:
    with running({"/": Answer(body=b"\x01\x02", headers=(("Content-Encoding", "sdch"),))}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.only.body == b"\x01\x02"
    assert fetched.only.headers["Content-Encoding"] == b"sdch"
    assert fetched.capture.error == "the content coding 'sdch' is not known"
    assert fetched.capture.body_sha256 is None


# Caps and faults


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("kind", ["article", "file"])
def test_a_body_over_the_cap_is_cut_there(fetch: Any, kind: str, chunked: bool) -> None:  # noqa: FBT001  # a case
    with running({"/": Answer(body=bytes(500_000), chunked=chunked)}) as site:
        fetched = fetch(Request(site.url("/"), meta={"max_bytes": 1000, "kind": kind}))
    assert fetched.capture.truncated == fetched.fields()["WARC-Truncated"] == "length"
    assert "truncated" in fetched.only.flags
    kept = fetched.block().partition(b"\r\n\r\n")[2]
    # An announced length lets a file be refused without reading any of it.
    assert kept == bytes(0 if kind == "file" and not chunked else 1000)
    assert fetched.capture.payload_sha256 == sha256(kept)


def test_a_body_of_exactly_the_cap_is_whole(fetch: Any) -> None:
    with running({"/": bytes(1000)}) as site:
        fetched = fetch(Request(site.url("/"), meta={"max_bytes": 1000}))
    assert fetched.capture.truncated is None


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_decompression_bomb_goes_off_in_a_small_box(fetch: Any, coding: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "br": partial(brotli.compress, quality=1),
        "zstd": zstd.compress,
    }
    bomb = packers[coding](bytes(30_000_000))
    with running({"/": Answer(body=bomb, headers=(("Content-Encoding", coding),))}) as site:
        fetched = fetch(Request(site.url("/"), meta={"max_bytes": 200_000}))
    assert len(fetched.only.body) == 200_000
    assert fetched.capture.truncated == "length"


def test_a_connection_that_breaks_leaves_what_had_come(fetch: Any) -> None:
    with running({"/": Answer(body=PAGE.encode() * 50, drop_after=100)}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.only.body == (PAGE * 50).encode()[:100]
    assert fetched.only.flags == ["dataloss"]
    assert fetched.capture.truncated == fetched.fields()["WARC-Truncated"] == "disconnect"


def test_a_chunked_body_without_its_end_is_broken(fetch: Any) -> None:
    with running({"/": Answer(body=PAGE.encode(), chunked=True, drop_after=30)}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.capture.truncated == "disconnect"
    assert fetched.only.body == PAGE.encode()[:30]


def test_a_body_without_length_ends_with_the_connection(fetch: Any) -> None:
    with running({"/": Answer(head=b"HTTP/1.0 200 OK\r\n\r\n", body=PAGE.encode(), close=True)}) as site:
        fetched = fetch(site.url("/"))
    assert (fetched.only.text, fetched.capture.truncated) == (PAGE, None)


def test_the_time_cap_covers_the_body_and_keeps_what_had_come(fetch: Any) -> None:
    with running({"/": Answer(body=b"x" * 2000, pause=3)}) as site:
        fetched = fetch(Request(site.url("/"), meta={"download_timeout": 0.3}))
    assert fetched.capture.truncated == fetched.fields()["WARC-Truncated"] == "time"
    assert fetched.only.body == b"x" * 1000


def test_waiting_for_the_host_s_turn_is_not_counted_as_time(fetch: Any) -> None:
    with running({"/": PAGE}) as site:
        fetched = fetch(site.url("/"), site.url("/?2"), GOVNEWS_DELAY=0.5, DOWNLOAD_TIMEOUT=0.4)
    assert len(fetched.responses) == 2


FAULTS = {
    "silence": (Answer(delay=1), "DownloadTimeoutError", "127.0.0.1 did not answer within 0.3 seconds"),
    "drop": (Answer(drop_after=-1), "DownloadFailedError", "127.0.0.1 closed the connection without an answer"),
    "babble": (
        Answer(head=b"Xin chao\r\n\r\n"),
        "DownloadFailedError",
        "127.0.0.1 answered with something that is not HTTP: Bad status line",
    ),
    "long header": (
        Answer(head=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"),
        "DownloadFailedError",
        "127.0.0.1 answered with something that is not HTTP: Got more than 8190 bytes",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_plain_sentence(fetch: Any, fault: str) -> None:
    answer, kind, sentence = FAULTS[fault]
    with running({"/": answer}) as site:
        fetched = fetch(Request(site.url("/"), meta={"download_timeout": 0.3}))
        assert len(site.log) == 1
    assert type(fetched.failure).__name__ == kind
    assert str(fetched.failure).startswith(sentence)
    assert fetched.records() == []


@pytest.mark.parametrize(
    ("url", "kind", "sentence"),
    [
        ("http://khong-co.invalid/", "CannotResolveHostError", "the name khong-co.invalid cannot be resolved: "),
        ("http://a..b/", "CannotResolveHostError", "a..b is not a name that can be resolved"),
        ("http://127.0.0.1:9/", "DownloadConnectionRefusedError", "127.0.0.1 cannot be reached: Connection refused"),
        ("http://127.0.0.1:99999/", "UnsupportedURLSchemeError", "http://127.0.0.1:99999/ cannot be asked for: "),
    ],
)
def test_a_host_that_cannot_be_asked_is_named(fetch: Any, url: str, kind: str, sentence: str) -> None:
    fetched = fetch(Request(url, meta={"verbatim_url": True}))
    assert type(fetched.failure).__name__ == kind
    assert str(fetched.failure).startswith(sentence)
    assert "\n" not in str(fetched.failure)


def test_a_disk_that_takes_nothing_is_named(fetch: Any, tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "warc").write_text("in the way")
    with running({"/": PAGE}) as site:
        fetched = fetch(site.url("/"))
    assert type(fetched.failure).__name__ == "ArchiveError"
    assert "cannot be kept: " in str(fetched.failure)


# Manners


def test_requests_to_one_host_start_one_delay_apart(fetch: Any) -> None:
    with running({"/": Answer(body=PAGE.encode(), delay=0.05)}) as site:
        fetch(*(site.url(f"/?{n}") for n in range(4)), GOVNEWS_DELAY=0.1)
        starts = [asked.at for asked in site.log]
        assert site.most_at_once == 1
    assert all(later - earlier >= 0.095 for earlier, later in pairwise(starts))


def test_one_kept_connection_serves_many_requests(fetch: Any) -> None:
    with running({"/": PAGE}) as site:
        fetch(*(site.url(f"/?{n}") for n in range(3)))
        assert len({asked.connection for asked in site.log}) == 1


def test_more_connections_are_used_where_they_are_allowed(fetch: Any) -> None:
    with running({"/": Answer(delay=0.2)}) as site:
        fetch(*(site.url(f"/?{n}") for n in range(4)), GOVNEWS_CONNECTIONS=3)
        assert site.most_at_once == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_the_guard_refuses_this_machine(fetch: Any, host: str) -> None:
    with running({"/": PAGE}) as site:
        fetched = fetch(f"http://{host}:{site.port}/", GOVNEWS_GUARD=True)
        assert site.log == []
    assert type(fetched.failure).__name__ == "AddressRefusedError"


# Proxies and TLS


def test_a_local_proxy_is_used_although_the_guard_stands(fetch: Any) -> None:
    with running({"//xa.example/tin": PAGE}) as proxy:
        request = Request("http://xa.example/tin?a=1", meta={"proxy": f"127.0.0.1:{proxy.port}"})
        fetched = fetch(request, GOVNEWS_GUARD=True)
        (asked,) = proxy.log
    assert asked.target == "http://xa.example/tin?a=1"
    assert fetched.only.text == PAGE
    assert fetched.only.ip_address is None
    assert "WARC-IP-Address" not in fetched.fields()
    assert fetched.block("request") == asked.head


def test_the_proxy_s_password_is_sent_but_not_archived(fetch: Any) -> None:
    with running({"/": PAGE}) as proxy:
        fetched = fetch(Request("http://xa.example/", meta={"proxy": f"http://an:mat@127.0.0.1:{proxy.port}"}))
        assert proxy.log[0].header("Proxy-Authorization") == "Basic YW46bWF0"
    assert all(b"proxy-authorization" not in block.lower() for _, _, block in fetched.records())


def test_behind_a_proxy_written_addresses_are_still_refused(fetch: Any) -> None:
    with running({"/": PAGE}) as proxy:
        fetched = fetch(Request("http://169.254.169.254/", meta={"proxy": proxy.base_url}), GOVNEWS_GUARD=True)
        assert proxy.log == []
    assert "169.254.169.254" in str(fetched.failure)


def test_a_dead_proxy_is_named(fetch: Any) -> None:
    fetched = fetch(Request("http://xa.example/", meta={"proxy": "http://127.0.0.1:9"}))
    assert str(fetched.failure) == "the proxy 127.0.0.1 cannot be reached: Connection refused"


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xa.example")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_an_unknown_certificate_is_refused(fetch: Any, certified: ssl.SSLContext) -> None:
    with running({"/": PAGE}, tls=certified) as site:
        fetched = fetch(site.url("/"))
        assert site.log == []
    assert type(fetched.failure).__name__ == "DownloadFailedError"
    assert str(fetched.failure) == "the certificate of 127.0.0.1 is not valid: self-signed certificate"


def test_a_site_without_a_valid_certificate_is_marked_in_its_captures(fetch: Any, certified: ssl.SSLContext) -> None:
    with running({"/": PAGE}, tls=certified) as site:
        fetched = fetch(site.url("/"), GOVNEWS_TLS="unverified")
    assert fetched.only.text == PAGE
    assert fetched.capture.tls == "TLSv1.3 unverified"


def test_tls_through_a_proxy_is_tunnelled(fetch: Any, certified: ssl.SSLContext) -> None:
    with running({"//xa.example/tin": PAGE}, tls=certified) as proxy:
        through = {"proxy": f"http://an:mat@127.0.0.1:{proxy.port}"}
        fetched = fetch(Request("https://xa.example/tin", meta=through), GOVNEWS_TLS="unverified")
        connect, asked = proxy.log
    assert (connect.method, connect.header("Proxy-Authorization")) == ("CONNECT", "Basic YW46bWF0")
    assert asked.header("Proxy-Authorization") is None
    assert fetched.block("request") == asked.head
    assert (fetched.only.text, fetched.capture.tls) == (PAGE, "TLSv1.3 unverified")


# Revisits


def earlier_of(fetched: Fetched) -> Earlier:
    capture = fetched.capture
    place = WarcPlace(
        warc=capture.warc or "",
        offset=capture.offset or 0,
        length=capture.length or 0,
        record_id=capture.record_id or "",
    )
    return Earlier(url=capture.url, date=capture.fetched_at, place=place)


def test_a_payload_that_is_kept_already_is_referred_to(fetch: Any) -> None:
    with running({"/a": PAGE, "/b": PAGE}) as site:
        first = fetch(site.url("/a"))
        known = {first.capture.payload_sha256: earlier_of(first)}
        second = fetch(site.url("/b"), GOVNEWS_EARLIER=known.get)
    assert second.only.text == PAGE
    assert second.fields("revisit")["WARC-Refers-To-Target-URI"] == site.url("/a")
    assert second.fields("revisit")["WARC-Refers-To"] == first.capture.record_id
    assert read_record(second.output, second.capture.warc, second.capture.offset).payload == PAGE.encode()


def test_a_304_refers_to_what_it_leaves_standing(fetch: Any) -> None:
    with running({"/": Answer(body=PAGE.encode(), etag='"1"')}) as site:
        first = fetch(site.url("/"))
        conditional = Request(site.url("/"), headers={"If-None-Match": '"1"'}, meta={"earlier": earlier_of(first)})
        second = fetch(conditional)
    assert (second.capture.status, second.only.body) == (304, b"")
    fields = second.fields("revisit")
    assert fields["WARC-Profile"].endswith("server-not-modified")
    assert fields["WARC-Refers-To"] == first.capture.record_id


def test_a_304_that_nobody_asked_for_is_a_plain_response(fetch: Any) -> None:
    with running({"/": Answer(status=304, mime=None)}) as site:
        fetched = fetch(site.url("/"))
    assert fetched.block().startswith(b"HTTP/1.1 304 Not Modified\r\n")


# The whole


class SlowArchive(WarcWriter):
    """Says when it begins to write, and leaves time to be disturbed."""

    def __init__(self, output: Path) -> None:
        super().__init__(output, site="an-binh", software="thu/1")
        self.begun = threading.Event()

    def write_exchange(self, exchange: Exchange) -> WarcPlace:
        self.begun.set()
        time.sleep(0.2)
        return super().write_exchange(exchange)


def test_a_crawl_that_is_cut_off_while_it_writes_leaves_a_whole_record(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)

    async def cut_off(url: str) -> None:
        archive = SlowArchive(tmp_path)
        handler = ArchivingDownloadHandler(
            output=tmp_path,
            site="an-binh",
            archive=archive,
            pacer=Pacer(),
            delay=0,
            is_guarded=False,
            tls=tls_context("verify"),
        )
        fetching = asyncio.create_task(handler.download_request(Request(url)))
        await asyncio.to_thread(archive.begun.wait)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        await handler.close()

    with running({"/": content}) as site:
        asyncio.run(cut_off(site.url("/")))
    assert Fetched(tmp_path).block().endswith(content)
    assert not list(tmp_path.glob("spool/*/*"))


def test_http_and_https_of_one_crawl_share_a_warc_file(fetch: Any, certified: ssl.SSLContext) -> None:
    with running({"/": PAGE}) as plain, running({"/": PAGE}, tls=certified) as secure:
        fetched = fetch(plain.url("/"), secure.url("/"), GOVNEWS_TLS="unverified", GOVNEWS_WARC_INFO={"robots": "obey"})
    assert len({response.meta["capture"].warc for response in fetched.responses}) == 1
    kind, fields, block = fetched.records()[0]
    assert kind == "warcinfo"
    assert b"software: govnews-mirror/" in block
    assert b"\r\nrobots: obey\r\n" in block
    assert all(later["WARC-Warcinfo-ID"] == fields["WARC-Record-ID"] for _, later, _ in fetched.records()[1:])


def test_many_answers_are_each_found_at_their_place(fetch: Any) -> None:
    routes = {f"/{n}": Answer(body=f"<p>Bài {n}</p>".encode() * n, chunked=n % 2 == 0) for n in range(30)}
    with running(routes) as site:
        fetched = fetch(*map(site.url, routes), GOVNEWS_WARC_MAX_BYTES=4000)
    assert len(fetched.responses) == 30
    assert len({response.meta["capture"].warc for response in fetched.responses}) > 1
    for response in fetched.responses:
        capture = response.meta["capture"]
        stored = read_record(fetched.output, capture.warc, capture.offset)
        assert (stored.url, stored.payload) == (response.url, response.body)


FETCH_TWO_AND_TELL_MEMORY = """
import asyncio, re, sys
from pathlib import Path
from scrapy.http import Request
import test_fetch
for url in sys.argv[2:]:
    fetched = asyncio.run(test_fetch._crawl(Path(sys.argv[1]), (Request(url, meta={"kind": "file"}),), {}))
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(fetched.only.meta["spool"].stat().st_size, peak)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    with running({"/nho.iso": b"x", "/lon.iso": Answer(body=os.urandom(60_000_000))}) as site:
        child = subprocess.run(
            [sys.executable, "-c", FETCH_TWO_AND_TELL_MEMORY, tmp_path, site.url("/nho.iso"), site.url("/lon.iso")],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    (_, before), (size, after) = (map(int, line.split()) for line in child.stdout.splitlines())
    assert size == 60_000_000
    # Kilobytes; the body in memory, once, would be 60,000.
    assert after - before < 40_000
