"""A database that another program does not let go of ends the run with the reason, wherever the run needs it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from crawling import Mirror, crawl
from server import Answer, Asked, running
from village import small_site


def test_rules_of_a_host_that_cannot_be_written_down_do_not_make_it_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.database.BUSY_SECONDS", 0.2)
    mirror = Mirror(tmp_path / "output")
    with (
        running(small_site()) as site,
        closing(sqlite3.connect(tmp_path / "other.db", isolation_level=None, check_same_thread=False)) as other,
    ):

        def hold(_asked: Asked) -> Answer:
            other.execute("ATTACH ? AS mirror", [str(mirror.output / "mirror.db")])
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM mirror.names WHERE 0")
            return Answer(body=b"User-agent: *\nAllow: /\n", mime="text/plain")

        site.routes["/robots.txt"] = hold
        outcome = crawl(mirror, site.base_url)
        other.execute("ROLLBACK")
        del site.routes["/robots.txt"]
        assert outcome.word == "failed"
        assert outcome.detail == "http://xa.example/robots.txt could not be kept: database is locked"
        assert crawl(mirror, site.base_url).word == "ok"
    assert mirror.one("SELECT count(*) FROM articles") == 6
    assert mirror.one("SELECT count(*) FROM captures WHERE source = 'recovered'") == 1
