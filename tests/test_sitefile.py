"""Site files: every key read, every mistake named in one line, folders that replace each other."""

from __future__ import annotations

import hashlib
import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sitefile import (
    KEYS,
    NightWindow,
    Publisher,
    Site,
    builtin_sites,
    find_site,
    load_site,
    load_sites,
    site_folders,
    zone_called,
)
from pipelines.errors import SiteFileError, UnknownSiteError

TWO_LINES = 'title = "Xã Ví Dụ"\nhome = "https://vidu.example.vn/"\n'
EVERY_KEY = """
title = "Xã Ví Dụ"
home = "HTTPS://Vidu.Example.vn"
publisher = [{ name = "UBND huyện Ví Dụ", to = 2025-06-30 }, { name = "UBND xã Ví Dụ", from = "2025-07-01" }]
hosts = ["www.huyenvidu.example.vn", "cu.example.vn"]
sections = ["/tin-tuc", "https://cu.example.vn/thong-bao"]
family = "none"
language = "vi"
zone = "+07:00"
date_order = "MDY"
every = "6h"
sweep = "7d"
delay = 5
night = "22:00-06:00"
floor = 20
max_file = "50MB"
images = false
max_image = 4096
gone = 2025-08-14
tls = "weak"
verified = 2026-01-31
[select]
title = "h2.ten-bai"
date = [".ngay", "//td[@class='date']"]
"""


def written(folder: Path, text: str, name: str = "vidu") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_title_and_home_are_enough(tmp_path: Path) -> None:
    path = written(tmp_path, TWO_LINES)
    site = load_site(path)
    assert (site.name, site.title, site.home) == ("vidu", "Xã Ví Dụ", "https://vidu.example.vn/")
    assert site.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (site.family, site.date_order, site.delay, site.images, site.tls) == ("auto", "DMY", 2.0, True, "verify")
    assert (site.max_file, site.max_image, site.zone) == (100_000_000, 20_000_000, "Asia/Ho_Chi_Minh")
    assert site.every is None
    assert site.verified is None


def test_every_key_of_the_form_is_read(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, EVERY_KEY))
    assert site.home == "https://vidu.example.vn/"
    assert site.publisher == (
        Publisher(name="UBND huyện Ví Dụ", valid_to=date(2025, 6, 30)),
        Publisher(name="UBND xã Ví Dụ", valid_from=date(2025, 7, 1)),
    )
    assert site.hosts == ("www.huyenvidu.example.vn", "cu.example.vn")
    assert site.sections == ("https://vidu.example.vn/tin-tuc", "https://cu.example.vn/thong-bao")
    assert (site.family, site.language, site.zone, site.date_order) == ("none", "vi", "+07:00", "MDY")
    assert (site.every, site.sweep, site.delay) == (timedelta(hours=6), timedelta(days=7), 5.0)
    assert site.night == NightWindow(start=time(22), end=time(6))
    assert (site.floor, site.max_file, site.images, site.max_image) == (20, 50_000_000, False, 4096)
    assert (site.gone, site.tls, site.verified) == (date(2025, 8, 14), "weak", date(2026, 1, 31))
    assert site.select == {"title": ("h2.ten-bai",), "date": (".ngay", "//td[@class='date']")}


def test_the_example_above_holds_every_key() -> None:
    assert set(re.findall(r"^(\w+) =|^\[(select)\]", EVERY_KEY, re.MULTILINE)) >= {
        ("", "select"),
        *((key, "") for key in KEYS - {"select"}),
    }


def test_a_publisher_may_be_a_plain_text(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, TWO_LINES + 'publisher = "UBND xã Ví Dụ"'))
    assert site.publisher == (Publisher(name="UBND xã Ví Dụ"),)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('titel = "x"', "unknown key 'titel'; did you mean 'title'?"),
        ('sction = ["/a"]', "unknown key 'sction'; did you mean 'sections'?"),
        ('[select]\ndatum = ".x"', "unknown key 'select.datum'; did you mean 'date'?"),
        ('publisher = [{ nane = "x" }]', "unknown key 'publisher.nane'; did you mean 'name'?"),
        ("publisher = [{ from = 2025-01-01 }]", "key 'publisher' has an entry without 'name'"),
        ('publisher = [{ name = "x", from = 2025-07-01, to = 2025-06-30 }]', "ends before it begins"),
        ('publisher = [{ name = "x", to = "30/6/2025" }]', "key 'publisher' must be a day such as 2025-06-30"),
        ("publisher = 5", "key 'publisher' must be a text or a list of {name, from, to}, not 5"),
        ('hosts = "a.vn"', "key 'hosts' must be a list of texts"),
        ('hosts = ["http://a.vn/"]', "key 'hosts' must hold host names"),
        ('hosts = ["a.vn/b"]', "key 'hosts' must hold host names"),
        ('sections = ["mailto:a@b.vn"]', "key 'sections' must be an address"),
        ('family = "nukevit"', "key 'family' names no family, 'nukevit'; did you mean 'nukeviet'?"),
        ("language = 7", "key 'language' must be a language code such as 'vi'"),
        ('zone = "Asia/Ha_Noi"', "key 'zone' must be a zone such as 'Asia/Ho_Chi_Minh' or '+07:00'"),
        ('zone = "+25:00"', "key 'zone' must be a zone"),
        ('date_order = "YMD"', "key 'date_order' must be one of 'DMY', 'MDY', not 'YMD'"),
        ('every = "6 hours"', "key 'every' must be a duration such as '6h'"),
        ('sweep = "0d"', "key 'sweep' must be a duration"),
        ("every = 6", "key 'every' must be a duration"),
        ('delay = "2s"', "key 'delay' must be a number of seconds from 0 to 3600"),
        ("delay = -1", "key 'delay' must be a number of seconds"),
        ("delay = nan", "key 'delay' must be a number of seconds"),
        ("delay = true", "key 'delay' must be a number of seconds"),
        ('night = "22-6"', "key 'night' must be two times such as '22:00-06:00'"),
        ('night = "22:00-22:00"', "key 'night' must be two times"),
        ('night = "24:00-06:00"', "key 'night' must be two times"),
        ("floor = 1.5", "key 'floor' must be a whole number, 0 or more"),
        ('max_file = "50 megabytes"', "key 'max_file' must be a size such as '50MB'"),
        ("max_image = -1", "key 'max_image' must be a size"),
        ('images = "no"', "key 'images' must be true or false"),
        ("gone = true", "key 'gone' must be a day"),
        ("gone = 2025-08-14T10:00:00Z", "key 'gone' must be a day"),
        ('tls = "off"', "key 'tls' must be one of 'verify', 'weak', 'unverified'"),
        ("verified = true", "key 'verified' must be a day"),
        ("select = 3", "key 'select' must be a table"),
        ('[select]\ntitle = "h1["', "key 'select.title': not a selector"),
        ("[select]\ntitle = 3", "key 'select.title' must be a text or a list of texts"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path: Path, line: str, complaint: str) -> None:
    path = written(tmp_path, TWO_LINES + line)
    with pytest.raises(SiteFileError) as raised:
        load_site(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert complaint in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("home", "complaint"),
    [
        ("", "must be a text"),
        ("vidu.example.vn", "must be an address that starts with http:// or https://"),
        ("ftp://vidu.example.vn/", "must be an address"),
        ("https://", "must be an address"),
        ("https://a@vidu.example.vn/", "must be an address"),
        ("https://vi du/", "must be an address"),
    ],
)
def test_a_home_that_is_no_web_address_is_refused(tmp_path: Path, home: str, complaint: str) -> None:
    path = written(tmp_path, f'title = "x"\nhome = "{home}"\n')
    with pytest.raises(SiteFileError, match=re.escape(f"{path}: key 'home' {complaint}")):
        load_site(path)


@pytest.mark.parametrize("key", ["title", "home"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    text = "".join(line for line in TWO_LINES.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(SiteFileError, match=f"key '{key}' is missing"):
        load_site(written(tmp_path, text))


def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match=r"vidu\.toml: not a readable TOML file: .*line 1"):
        load_site(written(tmp_path, "title = Xã"))
    (tmp_path / "latin.toml").write_bytes(b'title = "X\xe3"')
    with pytest.raises(SiteFileError, match=r"latin\.toml: not a readable TOML file"):
        load_site(tmp_path / "latin.toml")
    with pytest.raises(SiteFileError, match=r"khong\.toml: not a readable TOML file"):
        load_site(tmp_path / "khong.toml")


def test_a_name_that_cannot_be_a_spider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match="rename the file"):
        load_site(written(tmp_path, TWO_LINES, name="Xã Ví Dụ"))


@given(
    st.dictionaries(st.sampled_from(sorted(KEYS)), st.integers() | st.booleans() | st.lists(st.integers()), max_size=4)
)
def test_a_wrong_value_never_escapes_as_another_error(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, object]
) -> None:
    lines = "\n".join(f"{key} = {str(value).lower()}" for key, value in table.items() if key not in ("title", "home"))
    path = written(tmp_path_factory.mktemp("sites"), TWO_LINES + lines)
    complaint = str(path)
    try:
        load_site(path)
    except SiteFileError as error:
        complaint = str(error)
    assert str(path) in complaint


@pytest.mark.parametrize(
    ("url", "is_covered"),
    [
        ("https://vidu.example.vn/", True),
        ("http://vidu.example.vn/a", True),
        ("https://www.VIDU.example.vn:8443/a?b", True),
        ("http://huyenvidu.example.vn./a", True),
        ("http://www.huyenvidu.example.vn/a", True),
        ("http://mail.vidu.example.vn/", False),
        ("http://vidu.example.vn.khac.vn/", False),
        ("http://khac.vn/vidu.example.vn", False),
        ("ftp://vidu.example.vn/", False),
        ("http://[::1/", False),
        ("mailto:a@vidu.example.vn", False),
    ],
)
def test_a_site_covers_its_hosts_in_every_spelling(url: str, is_covered: bool) -> None:  # noqa: FBT001  # a column of the table
    site = Site(name="x", title="x", home="https://www.vidu.example.vn/", hosts=("huyenvidu.example.vn",))
    assert site.covers(url) is is_covered
    assert site.hosts_all == {"vidu.example.vn", "huyenvidu.example.vn"}


def test_sites_can_be_told_apart_and_kept_in_sets() -> None:
    one = Site(name="x", title="x", home="https://vidu.example.vn/", select={"title": ("h1",)})
    assert one == Site(name="x", title="x", home="https://vidu.example.vn/", select={"title": ("h1",)})
    assert len({one, one}) == 1


def test_a_later_folder_replaces_a_site_of_the_same_name(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    second.mkdir()
    written(first, TWO_LINES, name="b")
    written(first, TWO_LINES, name="a")
    written(second, TWO_LINES.replace("Xã Ví Dụ", "Khác"), name="b")
    sites = load_sites(first, second)
    assert [(name, site.title) for name, site in sites.items()] == [("a", "Xã Ví Dụ"), ("b", "Khác")]
    with pytest.raises(SiteFileError, match="no such folder"):
        load_sites(tmp_path / "three")


def test_folders_come_from_the_package_the_environment_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOVNEWS_SITES", raising=False)
    assert site_folders() == (builtin_sites(),)
    monkeypatch.setenv("GOVNEWS_SITES", str(tmp_path / "env"))
    assert site_folders(tmp_path / "cli") == (builtin_sites(), tmp_path / "env", tmp_path / "cli")


def test_an_unknown_site_is_answered_with_the_nearest_names() -> None:
    sites = {name: Site(name=name, title=name, home="http://h.vn/") for name in ("krongno", "ductho", "snv")}
    assert find_site(sites, "ductho").name == "ductho"
    with pytest.raises(UnknownSiteError, match="no site 'krongn'; did you mean 'krongno'"):
        find_site(sites, "krongn")
    with pytest.raises(UnknownSiteError, match="there are: krongno, ductho, snv"):
        find_site(sites, "zzzzzzzzzzz")
    with pytest.raises(UnknownSiteError, match="there are: none"):
        find_site({}, "x")


@pytest.mark.parametrize(("at", "is_night"), [("21:59", False), ("22:00", True), ("03:00", True), ("06:00", False)])
def test_a_night_goes_over_midnight(at: str, is_night: bool) -> None:  # noqa: FBT001  # a column of the table
    assert NightWindow(start=time(22), end=time(6)).contains(time.fromisoformat(at)) is is_night
    assert NightWindow(start=time(6), end=time(22)).contains(time.fromisoformat(at)) is not is_night


def test_zones_are_names_or_offsets() -> None:
    assert zone_called("Asia/Ho_Chi_Minh").utcoffset(None) == timedelta(hours=7)
    assert zone_called("-03:30").utcoffset(None) == -timedelta(hours=3, minutes=30)


def test_the_built_in_sites_are_right_and_none_claims_to_be_verified() -> None:
    sites = load_sites(builtin_sites())
    assert {"ductho", "krongno"} <= set(sites)
    assert not [name for name, site in sites.items() if site.verified]
    assert sites["ductho"].home == "https://ductho.hatinh.gov.vn/"
    assert sites["ductho"].publisher[0].valid_to == date(2025, 6, 30)


def test_the_guide_explains_every_key_with_an_example() -> None:
    guide = (builtin_sites() / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", guide, re.MULTILINE))
    assert set(rows) == {*KEYS}
    assert all(example for example in rows.values())
    assert not [key for key in ("entry", "next_page", "drop", "unit") if f"`{key}`" not in guide]
