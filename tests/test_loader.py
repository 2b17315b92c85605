"""Every site file is a spider."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy import Request
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from crawler.loader import SiteSpiderLoader, spider_for
from crawler.sitefile import Site, builtin_sites
from crawler.spider import NewsSpider
from pipelines.errors import SiteFileError


def settings(folder: Path | None = None) -> Settings:
    return Settings(
        {"SPIDER_LOADER_CLASS": "crawler.loader.SiteSpiderLoader", "GOVNEWS_SITES": str(folder) if folder else ""}
    )


@pytest.fixture(autouse=True)
def _no_sites_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVNEWS_SITES", raising=False)


@pytest.fixture
def own_sites(tmp_path: Path) -> Path:
    (tmp_path / "vidu.toml").write_text('title = "Xã Ví Dụ"\nhome = "https://vidu.example.vn/"\n', encoding="utf-8")
    return tmp_path


def test_scrapy_lists_every_site_file(own_sites: Path) -> None:
    names = get_spider_loader(settings(own_sites)).list()
    assert set(names) == {"vidu", *(path.stem for path in builtin_sites().glob("*.toml"))}


def test_a_spider_is_the_news_spider_of_its_site(own_sites: Path) -> None:
    spider = get_spider_loader(settings(own_sites)).load("vidu")
    assert issubclass(spider, NewsSpider)
    assert spider.name == "vidu"
    assert spider.site.title == "Xã Ví Dụ"
    assert "site" not in vars(NewsSpider)


def test_a_site_that_does_not_exist_is_a_key_error_as_scrapy_wants_it() -> None:
    with pytest.raises(KeyError, match="Spider not found: khong"):
        get_spider_loader(settings()).load("khong")


def test_a_request_finds_the_sites_it_belongs_to(own_sites: Path) -> None:
    loader = SiteSpiderLoader.from_settings(settings(own_sites))
    assert loader.find_by_request(Request("http://www.vidu.example.vn/tin-tuc")) == ["vidu"]
    assert loader.find_by_request(Request("http://khac.example.vn/")) == []


def test_a_wrong_site_file_stops_the_loader_with_its_one_line(own_sites: Path) -> None:
    (own_sites / "sai.toml").write_text('title = "x"\nhomme = "https://sai.example.vn/"\n', encoding="utf-8")
    with pytest.raises(SiteFileError, match=r"sai\.toml: unknown key 'homme'; did you mean 'home'\?"):
        get_spider_loader(settings(own_sites))


def test_a_spider_can_be_made_of_a_site_without_a_file() -> None:
    site = Site(name="mau-1", title="Mẫu", home="http://127.0.0.1:8000/")
    assert spider_for(site).site is site
