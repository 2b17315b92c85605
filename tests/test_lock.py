"""One crawl of a site at a time in one output folder."""

from pathlib import Path

import pytest

from pipelines.errors import StoreError
from pipelines.lock import SiteLock


def test_a_second_crawl_of_the_same_site_is_refused_with_the_reason(tmp_path: Path) -> None:
    first, second = SiteLock(tmp_path, "x"), SiteLock(tmp_path, "x")
    first.acquire()
    with pytest.raises(StoreError, match="x: another crawl of this site is running"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_two_sites_do_not_lock_each_other_out(tmp_path: Path) -> None:
    one, other = SiteLock(tmp_path, "x"), SiteLock(tmp_path, "y")
    one.acquire()
    other.acquire()
    one.release()
    other.release()
