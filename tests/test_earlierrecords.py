"""What comes again is kept as a reference only where the record that it refers to is sound, else in full."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crawling import Mirror, crawl
from server import Answer, SmallSite, running
from village import PDF, article, small_site

from pipelines.earlierrecords import READ_WHOLE
from pipelines.warcreader import StoredResponse, read_record

FULL = {"GOVNEWS_FULL": True}
LONG = PDF + random.Random(4).randbytes(READ_WHOLE)  # noqa: S311  # no secret
"""A file whose record is too long to be read whole; random bytes are not made smaller."""


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with running(small_site() | {"/files/ke-hoach.pdf": Answer(body=LONG, mime="application/pdf")}) as server:
        yield server


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


def places_of(mirror: Mirror, path: str) -> list[tuple[str, int, int]]:
    return mirror.rows("SELECT warc, offset, length FROM captures WHERE url LIKE ? ORDER BY id", f"%{path}")


def newest_of(mirror: Mirror, path: str) -> StoredResponse:
    warc, offset, _length = places_of(mirror, path)[-1]
    return read_record(mirror.output, warc, offset)


def flip_a_byte(mirror: Mirror, path: str) -> None:
    warc, offset, length = places_of(mirror, path)[0]
    with (mirror.output / warc).open("r+b") as file:
        file.seek(offset + length // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0xFF]))


def take_away(mirror: Mirror, path: str) -> None:
    (mirror.output / places_of(mirror, path)[0][0]).unlink()


def cut(mirror: Mirror, path: str) -> None:
    warc, offset, length = places_of(mirror, path)[0]
    os.truncate(mirror.output / warc, offset + length - 100)


@pytest.mark.parametrize("harm", [flip_a_byte, take_away, cut])
def test_a_page_whose_record_came_to_harm_is_written_in_full_when_it_comes_again(
    site: SmallSite, mirror: Mirror, harm: Callable[[Mirror, str], None]
) -> None:
    crawl(mirror, site.base_url)
    harm(mirror, "/tin-3.html")
    crawl(mirror, site.base_url, options=FULL)
    again = newest_of(mirror, "/tin-3.html")
    assert (again.record_type, again.payload) == ("response", article(3).encode())


@pytest.mark.parametrize("harm", [take_away, cut])
def test_a_long_file_whose_record_has_lost_its_end_is_written_in_full_when_it_comes_again(
    site: SmallSite, mirror: Mirror, harm: Callable[[Mirror, str], None]
) -> None:
    crawl(mirror, site.base_url)
    harm(mirror, "/ke-hoach.pdf")
    crawl(mirror, site.base_url, options=FULL)
    again = newest_of(mirror, "/ke-hoach.pdf")
    assert (again.record_type, again.payload) == ("response", LONG)


def test_what_was_written_again_is_referred_to_from_then_on(site: SmallSite, mirror: Mirror) -> None:
    crawl(mirror, site.base_url)
    crawl(mirror, site.base_url, options=FULL)
    assert {newest_of(mirror, path).record_type for path in ("/tin-3.html", "/ke-hoach.pdf")} == {"revisit"}
    flip_a_byte(mirror, "/tin-3.html")
    crawl(mirror, site.base_url, options=FULL)
    assert newest_of(mirror, "/tin-3.html").record_type == "response"
    crawl(mirror, site.base_url, options=FULL)
    last = newest_of(mirror, "/tin-3.html")
    assert (last.record_type, last.payload) == ("revisit", article(3).encode())
