"""The family profiles as data: they load, their patterns compile, and their golden pages know them again."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from lxml import html

from crawler.read.fingerprint import family_of
from crawler.read.profile import (
    FAMILIES,
    PAGING,
    Addresses,
    Fingerprint,
    Items,
    Pages,
    Profile,
    Selectors,
    load_profile,
    profiles,
)
from crawler.read.selecting import compiled, select, select_all
from crawler.urls import article_identity, canonical_url, matches_any
from pipelines.errors import SiteFileError

PAGES = Path(__file__).parent / "pages"
FILES = sorted(FAMILIES.glob("*.toml"))
FIELDS = [field.name for field in fields(Selectors)]
FIELDS_THAT_MAY_LIE = {"published", "modified", "author", "title", "lead", "category", "tags"}

ADDRESSES_ONLY = {"vhv", "webcenter", "nghean", "huecit", "naso", "websphere"}
"""Families whose article markup nobody has seen: they name the system and steer the crawl."""


@cache
def cases() -> dict[str, dict[str, object]]:
    """What is expected of each golden page, with its `meta.json` under "meta"."""
    found: dict[str, dict[str, object]] = {}
    for folder in sorted(PAGES.iterdir()):
        if (folder / "expected.json").exists():
            found[folder.name] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
            found[folder.name]["meta"] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return found


def markup(case: str) -> str:
    return (PAGES / case / "page.html").read_bytes().decode("utf-8", "replace")


def tree_of(case: str) -> html.HtmlElement:
    return html.fromstring((PAGES / case / "page.html").read_bytes())


def golden_pages_of_families() -> list[tuple[str, str]]:
    return [(name, str(case["family"])) for name, case in cases().items() if case.get("family")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pattern_of_a_family_can_be_read(path: Path) -> None:
    profile = load_profile(path)
    for field in FIELDS:
        for selector in getattr(profile.select, field):
            compiled(selector)
    patterns = (*profile.addresses.article, *profile.addresses.listing, *profile.addresses.exclude)
    for pattern in (*patterns, *filter(None, [profile.addresses.identity])):
        re.compile(pattern)
    assert all(re.compile(pattern).groups >= 1 for pattern in profile.pages.values.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_family_has_a_fingerprint_and_uses_the_known_words(path: Path) -> None:
    profile = load_profile(path)
    assert profile.fingerprint.any or profile.fingerprint.all
    assert set(profile.paging) <= set(PAGING)
    assert set(profile.distrust) <= FIELDS_THAT_MAY_LIE


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_identity_holds_at_least_one_group(path: Path) -> None:
    identity = load_profile(path).addresses.identity
    assert identity is None or re.compile(identity).groups >= 1


@pytest.mark.parametrize(("case", "family"), golden_pages_of_families())
def test_a_golden_page_bears_the_fingerprint_of_its_own_family_first(case: str, family: str) -> None:
    profile = family_of(markup(case))
    assert profile is not None
    assert profile.name == family


@pytest.mark.parametrize("case", [name for name, case in cases().items() if name.startswith("plain_")])
def test_a_page_of_no_system_bears_no_fingerprint(case: str) -> None:
    assert family_of(markup(case)) is None


@pytest.mark.parametrize(("case", "family"), golden_pages_of_families())
@pytest.mark.parametrize("field", ["title", "body"])
def test_a_family_selects_title_and_text_of_its_golden_pages(case: str, family: str, field: str) -> None:
    if cases()[case].get(field):
        assert words_found(tree_of(case), getattr(profile_named(family).select, field))


@pytest.mark.parametrize("family", sorted({family for _, family in golden_pages_of_families()}))
def test_a_family_selects_the_date_of_a_golden_page(family: str) -> None:
    pages = [case for case, name in golden_pages_of_families() if name == family]
    assert any(words_found(tree_of(case), profile_named(family).select.date) for case in pages)


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem not in ADDRESSES_ONLY], ids=lambda path: path.stem
)
def test_every_family_with_selectors_has_a_golden_article(path: Path) -> None:
    assert any(family == path.stem for _, family in golden_pages_of_families())


@pytest.mark.parametrize(
    ("case", "family", "entries"),
    [
        ("nukeviet_listing", "nukeviet", 4),
        ("liferay6_listing", "liferay6", 3),
        ("uiarticle_listing", "uiarticle", 3),
        ("article_detail_listing", "article_detail", 4),
        ("tandan_listing", "sharepoint_tandan", 3),
        ("wordpress_listing", "wordpress", 3),
        ("joomla_listing", "joomla", 3),
        ("drupal_listing", "drupal", 3),
    ],
)
def test_a_listing_shows_its_entries_with_link_and_date(case: str, family: str, entries: int) -> None:
    profile = profile_named(family).select
    shown = select_all(tree_of(case), profile.entry)
    assert len({first_link(entry) for entry in shown}) == entries
    assert len({first_link(entry) for entry in shown if words_found(entry, profile.entry_date)}) == entries


ADDRESSES = [
    ("nukeviet", "article", "https://x.example/vi/news/nong-thon-moi/vuon-mau-1874.html"),
    ("nukeviet", "exclude", "https://x.example/vi/news/savefile/nong-thon-moi/vuon-mau-1874.html"),
    ("nukeviet", "exclude", "https://x.example/vi/news/print/nong-thon-moi/vuon-mau-1874.html"),
    ("nukeviet", "exclude", "https://x.example/vi/news/nong-thon-moi/vuon-mau-1874.html?pdf=1&id=0"),
    ("nukeviet", "listing", "https://x.example/vi/news/nong-thon-moi/page-2/"),
    ("sharepoint_tandan", "article", "https://x.example/portal/Pages/2024-4-25/Quy-hoach-do-thi-dvv348x.aspx"),
    ("sharepoint_tandan", "article", "https://x.example/portal/pages/2026-07-15/Quy-hoach-do-thi-dvv348x.aspx"),
    ("sharepoint_tandan", "listing", "https://x.example/portal/Pages/Nong-nghiep.aspx?PageIndex=2"),
    ("sharepoint_ministry", "article", "https://x.example/tintuc/Pages/tin-tong-hop.aspx?ItemID=9127"),
    ("liferay6", "article", "http://x.example/an-toan/-/view_content/4416594-tong-ket"),
    ("liferay6", "exclude", "http://x.example/vi/en/vi/en/tin-tuc"),
    ("liferay6", "exclude", "http://x.example/home?p_p_id=58&p_p_lifecycle=0&_58_struts_action=%2Flogin%2Flogin"),
    ("liferay6", "listing", "http://x.example/tin?p_p_id=101_INSTANCE_5K&_101_INSTANCE_5K_cur=2"),
    ("liferay7", "article", "https://x.example/-/van-hanh-benh-an-dien-tu"),
    ("uiarticle", "article", "https://x.example/cai-cach-hanh-chinh/dua-hanh-chinh-cong-730215"),
    ("article_detail", "listing", "https://x.example/chuyen-muc-tin-tuc-c21072-2.html"),
    ("mojoportal", "article", "https://x.example/Article/ViewPost.aspx?pageid=673&itemid=4471"),
    ("dotnetnuke", "article", "http://x.example/Default.aspx?TabID=1736&ItemID=402"),
    ("wordpress", "article", "https://x.example/2024/06/03/ra-quan/"),
    ("wordpress", "exclude", "https://x.example/wp-json/wp/v2/posts"),
    ("joomla", "article", "http://x.example/index.php?option=com_content&view=article&id=1207:cong-khai"),
    ("joomla", "listing", "http://x.example/tin-tuc.html?start=20"),
    ("joomla", "exclude", "http://x.example/component/mailto/?tmpl=component"),
    ("drupal", "article", "https://x.example/node/845"),
    ("naso", "article", "http://x.example/kyanh/portal/read/tin-tuc/news/le-hoi.html"),
    ("naso", "listing", "http://x.example/kyanh/portal/folder/tin-tuc/2.html"),
    ("webcenter", "article", "http://x.example/webcenter/portal/ht/pages_tin-tuc/chi-tiet?dDocName=PORTAL174180"),
    ("nghean", "article", "https://x.example/tin-noi-bat/le-ra-quan-950942"),
    ("vhv", "exclude", "http://x.example/?page=Article.Print.detail&id=60755433309a17740e5da521"),
    ("huecit", "article", "http://x.example/?gd=1&cn=129&tc=22380"),
]


@pytest.mark.parametrize(("family", "kind", "address"), ADDRESSES)
def test_addresses_are_told_by_their_shape(family: str, kind: str, address: str) -> None:
    assert matches(family, kind, address)
    assert kind != "article" or not matches(family, "exclude", address)


@pytest.mark.parametrize(
    ("family", "kind", "address"),
    [
        ("wordpress", "article", "https://x.example/wp-content/uploads/2024/06/bai-bien.jpg"),
        ("wordpress", "article", "https://x.example/2024/06/03/"),
        ("nukeviet", "article", "https://x.example/vi/news/nong-thon-moi/"),
        ("nukeviet", "article", "https://x.example/news/nong-thon-moi/vuon-mau-1874.html?download=1&id=0"),
        ("article_detail", "article", "https://x.example/chuyen-muc-tin-tuc-c21072-2.html"),
        ("sharepoint_tandan", "article", "https://x.example/portal/Pages/Nong-nghiep.aspx"),
        ("dotnetnuke", "article", "http://x.example/Default.aspx?TabID=1736"),
        ("joomla", "article", "http://x.example/5-kinh-te"),
    ],
)
def test_sections_and_files_are_not_told_to_be_articles(family: str, kind: str, address: str) -> None:
    assert not matches(family, kind, address)


def test_a_liferay_list_keeps_its_page_number_and_sheds_the_rest() -> None:
    noisy = "http://x.example/tin?p_p_id=101_INSTANCE_5K&p_p_lifecycle=0&p_p_state=normal&p_p_col_id=column-1&p_p_col_count=2&_101_INSTANCE_5K_keywords=&_101_INSTANCE_5K_cur=2"
    assert canonical_url(noisy, profile_named("liferay6").addresses) == (
        "http://x.example/tin?_101_INSTANCE_5K_cur=2&p_p_id=101_INSTANCE_5K"
    )


@pytest.mark.parametrize(
    ("family", "one", "other"),
    [
        ("nukeviet", "http://x.example/news/a/le-hoi-12.html", "http://x.example/vi/tin/b/le-hoi-12.html"),
        ("naso", "http://x.example/ht/portal/folder/a/news/b.html", "http://x.example/ht/portal/read/c/news/b.html"),
        ("nghean", "http://x.example/tin/a-9", "http://x.example/tin-moi/a-9?pageindex=3"),
        ("liferay6", "http://x.example/a/-/view_content/44-mot-hai", "http://x.example/b/-/view_content/44-mot"),
    ],
)
def test_two_addresses_of_one_article_share_its_identity(family: str, one: str, other: str) -> None:
    assert identity(family, one) == identity(family, other)


def test_the_number_alone_is_no_identity_on_nukeviet() -> None:
    assert identity("nukeviet", "http://x.example/news/a/mot-65.html") != identity(
        "nukeviet", "http://x.example/news/a/hai-65.html"
    )


def test_the_readme_explains_every_key() -> None:
    readme = (FAMILIES / "README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE))
    kinds = (Profile, Selectors, Fingerprint, Addresses, Pages, Items)
    groups = ("fingerprint", "select", "addresses", "pages", "items")
    assert {field.name for kind in kinds for field in fields(kind)} - {"name", *groups} == explained
    assert all(f"`[{group}]`" in readme for group in groups)
    assert all(f"`{kind}`" in readme for kind in PAGING)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('paging = ["links"]', "must be of 'query', 'postback', 'request', not 'links'"),
        ('paging = ["query"]', "paging by 'query' and the key 'page_parameter' need each other"),
        ('page_parameter = "p"', "paging by 'query' and the key 'page_parameter' need each other"),
        ('paging = ["request"]', "paging by 'request' and the key 'pages' need each other"),
        ('paging = ["request"]\n[pages]\nurls = "/a"', "unknown key 'pages.urls'; did you mean 'url'?"),
        ('paging = ["request"]\n[pages]\nmethod = "PUT"', "key 'pages.method' must be 'GET' or 'POST'"),
        ('paging = ["request"]\n[pages]\nanswer = "json"', "key 'items.url' is missing"),
        ('paging = ["request"]\n[pages]\nurl = "/a"\n[pages.values]\nsite = "\\\\d"', "has no group"),
        ('paging = ["request"]\n[pages]\nurl = "/a"\n[pages.values]\nsite = "("', "is no regular expression"),
        ('paging = ["request"]\n[pages]\nurl = "/a"\n[pages.fields]\nsite = 4', "must be a table of texts"),
        ('paging = ["request"]\n[pages]\nurl = "/a"\nsize = "many"', "key 'pages.size' must be a whole number"),
    ],
)
def test_a_mistake_in_how_pages_are_turned_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "moi.toml"
    path.write_text(f'title = "Mới"\n{text}\n', encoding="utf-8")
    with pytest.raises(SiteFileError, match=re.escape(complaint)):
        load_profile(path)


@pytest.mark.parametrize("name", list(cases()))
def test_a_golden_case_is_complete(name: str) -> None:
    case = cases()[name]
    meta = case["meta"]
    assert isinstance(meta, dict)
    assert {"url", "content_type"} <= meta.keys()
    assert (PAGES / name / "page.html").exists()
    assert "not_article" in case or "title" in case


def profile_named(name: str) -> Profile:
    return next(profile for profile in profiles() if profile.name == name)


def first_link(entry: html.HtmlElement) -> str:
    return str(entry.xpath("string(descendant-or-self::a/@href)"))


def words_found(scope: html.HtmlElement, selectors: tuple[str, ...]) -> bool:
    return any(str(node.text_content()).strip() for node in select(scope, selectors))


def matches(family: str, kind: str, address: str) -> bool:
    addresses = profile_named(family).addresses
    return matches_any(getattr(addresses, kind), canonical_url(address, addresses), ignore_case=addresses.ignore_case)


def identity(family: str, address: str) -> str:
    return article_identity(address, profile_named(family).addresses)
