"""A real browser opens the pages: nothing hostile runs, nothing is blocked that should work, and a phone shows it all.

They want Chromium and its driver (Debian: `chromium`, `chromium-driver`) and are skipped without them, but never where
`CI` is set. `GOVNEWS_PICTURES=FOLDER` keeps the pictures that are taken on the way.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from browsed import build
from datasette.version import __version__
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from test_browse_states import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

PICTURES = os.environ.get("GOVNEWS_PICTURES")
DESKTOP, PHONE = (1280, 900), (390, 844)

if not (CHROMIUM and DRIVER) and not os.environ.get("CI"):
    pytest.skip("wants chromium and chromedriver (Debian: chromium, chromium-driver)", allow_module_level=True)


class Place(NamedTuple):
    """A served mirror: where, and the numbers of its articles."""

    address: str
    bridge: int
    edited: int
    hostile: int

    def page(self, name: str) -> str:
        return self.address + PAGES[name].format_map(self._asdict())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    output = build(tmp_path_factory.mktemp("browser") / "output").output
    with closing(sqlite3.connect(output / "mirror.db")) as db:
        numbers = [
            db.execute(sql).fetchone()[0]
            for sql in (
                "SELECT id FROM articles WHERE url LIKE '%duc-tho.html'",
                "SELECT article FROM events WHERE kind = 'edited'",
                "SELECT id FROM articles WHERE url LIKE 'javascript:%'",
            )
        ]
    with serving(output, "--language", "en") as (address, _program):
        yield Place(address.rstrip("/"), *numbers)


class Browser:
    """A headless Chromium; remembers what it asked for and what it complained about."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self._log: Any = driver.get_log  # selenium gives it no type

    def open(self, address: str, size: tuple[int, int] = DESKTOP, *, dark: bool = False) -> None:
        width, height = size
        phone = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        self._log("browser")
        self._log("performance")
        self.driver.get(address)

    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self._log("browser")]

    def asked(self) -> list[str]:
        """Every address of a server that the page asked for, whatever became of it."""
        events = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        asked = [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith("data:")]  # the browser's own signs in fields

    def is_hacked(self) -> bool:
        """Whether a hostile script ran: it would set a variable and ask for an address."""
        has_run = bool(self.run("return 'HACKED' in window"))
        return has_run or any("HACKED" in urlsplit(address).path for address in self.asked())

    def picture(self, name: str) -> None:
        if PICTURES:
            self.driver.save_screenshot(str(Path(PICTURES) / f"{name}.png"))

    def arrive(self, place: str) -> None:
        """Wait for the page that a key or a click leads to."""
        is_there = "return document.readyState === 'complete' && location.pathname.startsWith(arguments[0])"
        WebDriverWait(self.driver, 20).until(lambda driver: driver.execute_script(is_there, place))

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM, "chromium is not installed"
    assert DRIVER, "chromedriver is not installed"
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Chromium must not look for a proxy on its way to this machine, whatever the environment names.
    options.add_argument("--no-proxy-server")
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


PAGES = {
    "home": "/",
    "search": "/search?q=duc+tho",
    "article": "/article/{bridge}",
    "changes": "/article/{edited}/changes/2",
    "hostile": "/article/{hostile}",
    "site": "/site?name=xa",
    "units": "/units",
    "capture": "/capture/1",
}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_window_and_asks_for_nothing_elsewhere(
    browser: Browser, place: Place, name: str, size: tuple[int, int]
) -> None:
    browser.open(place.page(name), size)
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]
    hosts = {urlsplit(address).netloc for address in browser.asked()}
    assert hosts == {urlsplit(place.address).netloc}
    assert browser.complaints() == []
    browser.picture(f"{name}-{'phone' if size == PHONE else 'desktop'}")


@pytest.mark.parametrize("name", ["home", "article", "changes"])
def test_a_dark_room_gets_a_dark_page(browser: Browser, place: Place, name: str) -> None:
    browser.open(place.page(name), dark=True)
    paper = browser.run("return getComputedStyle(document.body).backgroundColor")
    ink = browser.run("return getComputedStyle(document.body).color")
    assert lightness(paper) < 50
    assert lightness(ink) > 200
    browser.picture(f"{name}-dark")


def lightness(colour: str) -> float:
    numbers = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(numbers) / 3


def test_typing_without_diacritics_finds_the_place_with_them(browser: Browser, place: Place) -> None:
    browser.open(place.address)
    field = browser.driver.find_element(By.ID, "q")
    field.send_keys("duc tho", Keys.ENTER)
    browser.arrive("/search")
    assert "Đức Thọ khánh thành cầu mới" in browser.text()
    assert browser.driver.find_element(By.TAG_NAME, "mark").text == "Đức Thọ"
    browser.driver.find_element(By.PARTIAL_LINK_TEXT, "Đức Thọ").click()
    browser.arrive("/article/")
    assert browser.driver.find_element(By.TAG_NAME, "h1").text == "Đức Thọ khánh thành cầu mới"


def test_the_keyboard_alone_leads_past_the_menu_to_the_content(browser: Browser, place: Place) -> None:
    browser.open(f"{place.address}/article/{place.bridge}")
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    skip = browser.driver.switch_to.active_element
    assert skip.text == "Skip to the content"
    assert skip.rect["x"] >= 0
    skip.send_keys(Keys.ENTER)
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.run("return document.activeElement.closest('main') !== null")


def test_a_difference_shows_what_went_and_what_came(browser: Browser, place: Place) -> None:
    browser.open(f"{place.address}/article/{place.edited}/changes/2")
    section = browser.driver.find_element(By.CLASS_NAME, "difference")
    assert section.find_element(By.TAG_NAME, "del").text == "hai"
    assert section.find_element(By.TAG_NAME, "ins").text == "ba"


def test_no_script_of_a_hostile_article_runs(browser: Browser, place: Place) -> None:
    for path in (
        f"/article/{place.hostile}",
        "/",
        "/search?q=v%C4%83n+b%E1%BA%A3n",
        "/tags",
        "/mirror/articles",
        f"/mirror/articles/{place.hostile}",
        "/mirror/attachments",
        "/mirror?sql=select+title%2C+body_html%2C+url+from+articles",
    ):
        browser.open(place.address + path)
        browser.run("return new Promise(done => setTimeout(done, 150))")
        hosts = {urlsplit(address).netloc for address in browser.asked()}
        assert hosts == {urlsplit(place.address).netloc}, path
        assert not browser.is_hacked(), path


def test_clicking_everything_in_a_hostile_article_runs_nothing(browser: Browser, place: Place) -> None:
    browser.open(f"{place.address}/article/{place.hostile}")
    harmless = browser.run(
        "return [...document.querySelectorAll('main *')].map(element => { "
        "if (!element.closest('a[href], form, summary')) element.click(); return element.getAttribute('href') })"
    )
    assert not browser.is_hacked()
    assert [href for href in harmless if href and not href.startswith(("http", "mailto:", "/"))] == []


def test_the_policy_stops_a_script_even_where_one_gets_in(browser: Browser, place: Place) -> None:
    browser.open(f"{place.address}/article/{place.bridge}")
    browser.run(
        "const script = document.createElement('script'); script.textContent = \"window.HACKED = 1\";"
        "document.body.append(script);"
        "const div = document.createElement('div'); div.innerHTML = '<img src=x onerror=\"window.HACKED=1\">';"
        "document.body.append(div); return new Promise(done => setTimeout(done, 200))"
    )
    assert not browser.is_hacked()
    assert any("Content Security Policy" in complaint for complaint in browser.complaints())


def test_an_svg_opened_by_its_address_is_no_page(browser: Browser, place: Place) -> None:
    browser.open(f"{place.address}/article/{place.hostile}")
    files = [link.get_attribute("href") for link in browser.driver.find_elements(By.CSS_SELECTOR, "a.file")]
    assert len(files) == 2
    for address in files:
        assert address
        browser.open(f"{place.address}/units")
        browser.driver.get(address)  # a download: the page before it stays
        assert browser.driver.current_url == f"{place.address}/units"
        assert not browser.is_hacked()


@pytest.mark.parametrize("path", ["/mirror", "/mirror/articles", "/mirror/holes_by_month", "/mirror?sql=select+1"])
def test_scripts_of_datasette_work_under_the_policy(browser: Browser, place: Place, path: str) -> None:
    browser.open(place.address + path)
    complaints = browser.complaints()
    if not __version__.startswith("0.") and "articles" in path:  # a button of 1.0 has its script in the markup
        complaints = [complaint for complaint in complaints if "inline event handler" not in complaint]
    assert complaints == []
    if "articles" in path:
        assert browser.run("return document.querySelectorAll('.dropdown-menu-icon').length") > 10
    else:
        assert browser.run("return document.querySelectorAll('.CodeMirror, #sql-format').length") > 0


def test_a_visitor_changes_the_language_and_keeps_it(browser: Browser, place: Place) -> None:
    browser.open(f"{place.address}/search?q=duc+tho")
    browser.driver.find_element(By.CLASS_NAME, "language").click()
    assert "Kết quả" in browser.text()
    browser.open(f"{place.address}/")
    assert "Tin mới nhất" in browser.text()
    browser.driver.delete_all_cookies()
