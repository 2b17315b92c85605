"""The plots: well-formed, bounded, safe in any page, and true to the numbers they are drawn from."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipelines.plots import (
    STYLESHEET,
    FieldShare,
    Language,
    MonthCoverage,
    RunHealth,
    coverage_plot,
    field_shares_plot,
    run_health_plot,
)
from pipelines.plots.scale import TimeAxis, month_number, round_ticks
from pipelines.plots.svg import two_lines
from pipelines.plots.words import WORDS, number, percent, word

HOSTILE = "\"><script>alert(1)</script>' onload=x \x00\x1b&amp;\ud800"
START = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)


def month(site: str, text: str | None, stored: int, missing: int = 0) -> MonthCoverage:
    return MonthCoverage(site=site, month=text, stored=stored, missing=missing)


def run(at: int, **figures: Any) -> RunHealth:
    begun = START + timedelta(hours=6 * at)
    given_figures: dict[str, Any] = {
        "run": at + 1,
        "site": "songmau",
        "started_at": begun,
        "finished_at": begun + timedelta(minutes=3),
        "outcome": "ok",
        "requests": 20,
        "new": 2,
        "changed": 1,
        "errors": 0,
    }
    return RunHealth(**given_figures | figures)


def parsed(figure: str) -> Any:
    """The figure as strict XML: whatever breaks here would be guessed at by a browser."""
    return etree.fromstring(figure.encode())


def svg(name: str) -> str:
    return f"{{http://www.w3.org/2000/svg}}{name}"


def words_of(figure: str) -> str:
    return " ".join("".join(parsed(figure).itertext()).split())


def table(figure: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in parsed(figure).iter("tr")]


def path_of(figure: str, class_: str) -> str:
    """The path data of one class, the swatches of the legend left out."""
    paths = [path for path in parsed(figure).iter(svg("path")) if path.get("class") == class_]
    return "".join(path.get("d") for path in paths if not path.getparent().get("transform"))


ALL = {
    "coverage of one site": coverage_plot([month(HOSTILE, "2024-05", 3, 1), month(HOSTILE, "2024-08", 9)]),
    "coverage of two sites": coverage_plot(
        [month("a", "2024-05", 3), month("b", "2024-06", 4, 2)], titles={"a": HOSTILE}, language="en"
    ),
    "run health": run_health_plot([run(0, detail=HOSTILE), run(1, outcome="failed")], title=HOSTILE),
    "field shares": field_shares_plot([FieldShare(site="a", field=HOSTILE, found=3, of=7)], titles={"a": HOSTILE}),
    "nothing": coverage_plot([]) + run_health_plot([], title=HOSTILE) + field_shares_plot([]),
}


@pytest.mark.parametrize("figure", ALL.values(), ids=ALL)
def test_a_figure_holds_nothing_that_a_strict_policy_would_block(figure: str) -> None:
    tree = parsed(f"<div>{figure}</div>")
    names = {etree.QName(node).localname for node in tree.iter()}
    attributes = {(name, value) for node in tree.iter() for name, value in node.attrib.items()}
    assert not names & {"script", "style", "link", "img", "image", "iframe", "foreignObject", "use", "a"}
    assert not [name for name, _value in attributes if name.startswith("on") or name in {"style", "href", "src"}]
    assert all("#" in value for _name, value in attributes if "url(" in value)
    assert "<script" not in figure


@pytest.mark.parametrize("figure", list(ALL.values())[:4], ids=list(ALL)[:4])
def test_a_figure_is_told_to_those_who_do_not_see_it(figure: str) -> None:
    drawing = parsed(figure).find(f".//{svg('svg')}")
    ids = {node.get("id") for node in drawing if node.get("id")}
    assert drawing.get("role") == "img"
    assert set(drawing.get("aria-labelledby").split()) <= ids
    assert drawing.find(svg("title")).text
    assert drawing.find(svg("desc")).text
    assert len(table(figure)) > 1


@pytest.mark.parametrize("figure", list(ALL.values())[:4], ids=list(ALL)[:4])
def test_without_a_stylesheet_a_figure_has_the_colour_of_the_page(figure: str) -> None:
    drawing = parsed(figure).find(f".//{svg('svg')}")
    colours = {node.get(name) for node in drawing.iter() for name in ("fill", "stroke") if node.get(name)}
    assert {colour for colour in colours if not colour.startswith("url(#")} <= {"currentColor", "none", "Canvas"}


def test_every_class_of_a_plot_that_needs_a_colour_has_one_in_the_stylesheet() -> None:
    styled = set(re.findall(r"\.(plot[\w-]*)", STYLESHEET.read_text(encoding="utf-8")))
    drawn = {name for figure in ALL.values() for node in parsed(f"<d>{figure}</d>").iter() for name in classes(node)}
    assert drawn - styled <= {"plot-label", "plot-grid", "plot-track", "plot-running"}  # the page's own text colour


def classes(node: Any) -> list[str]:
    return str(node.get("class") or "").split()


def test_what_is_missing_stands_striped_on_top_of_what_is_stored() -> None:
    figure = coverage_plot([month("a", "2024-01", 30, 10), month("a", "2024-02", 40)])
    stored, missing = path_of(figure, "plot-stored"), path_of(figure, "plot-missing")
    assert (stored.count("M"), missing.count("M")) == (2, 1)
    _x, foot = map(float, re.findall(r"M([\d.]+) ([\d.]+)", stored)[0])
    _x, top = map(float, re.findall(r"M([\d.]+) ([\d.]+)", missing)[0])
    heights = [float(height) for height in re.findall(r"v([\d.]+)", stored + missing)]
    assert heights[2] == pytest.approx(foot - top, abs=0.2)
    assert heights[0] == pytest.approx(3 * heights[2], rel=0.02)


def test_months_without_any_article_are_marked_as_holes() -> None:
    figure = coverage_plot([month("a", "2024-01", 5), month("a", "2024-04", 5)], language="en")
    assert path_of(figure, "plot-gap").count("M") == 2
    assert [row[:2] for row in table(figure)[1:]] == [
        ["2024-01", "5"],
        ["2024-02", "0"],
        ["2024-03", "0"],
        ["2024-04", "5"],
    ]


def test_one_article_beside_thousands_is_still_seen() -> None:
    figure = coverage_plot([month("a", "2024-01", 9000), month("a", "2024-02", 1)])
    assert min(float(height) for height in re.findall(r"v([\d.]+)", path_of(figure, "plot-stored"))) >= 1.5


@pytest.mark.parametrize(
    ("years", "step", "words"), [(19, 1, "Số bài theo tháng"), (45, 3, "Số bài theo quý"), (100, 12, "Số bài theo năm")]
)
def test_decades_become_quarters_and_years(years: int, step: int, words: str) -> None:
    months = [month("a", f"{1995 + at // 12}-{at % 12 + 1:02}", 3) for at in range(12 * years)]
    assert TimeAxis.over([month_number(item.month or "") or 0 for item in months]).step == step
    figure = coverage_plot(months)
    assert words in words_of(figure)
    assert len(figure) < 90_000


def test_hundreds_of_sites_are_summed_up_and_nothing_is_lost() -> None:
    months = [month(f"s{at}", f"20{at % 20 + 5:02}-03", at + 1, at % 3) for at in range(300)]
    figure = coverage_plot(months, language="en")
    rows = table(figure)[1:]
    assert len(rows) == 40
    assert rows[-1][0] == "261 more sites"
    assert sum(int(row[3].replace(",", "")) for row in rows) == sum(item.stored for item in months)
    assert sum(int(row[4].replace(",", "")) for row in rows) == sum(item.missing for item in months)
    assert len(figure) < 600_000


def test_undated_articles_and_misread_years_are_counted_beside_the_axis() -> None:
    months = [month("a", "2024-05", 7), month("a", None, 12, 3), month("a", "0202-01", 1), month("a", "9999-12", 1)]
    words = words_of(coverage_plot(months, language="en"))
    assert "12 stored articles that carry no date" in words
    assert "3 missing articles" in words
    assert "2 articles dated before 1990 or from 2100 on" in words


def test_a_plot_without_any_date_says_how_many_articles_it_leaves_out() -> None:
    words = words_of(coverage_plot([month("a", None, 12, 3)], language="en"))
    assert "12 stored articles that carry no date" in words
    assert "3 missing articles" in words


def test_articles_that_stand_at_the_date_of_a_list_are_counted_in_a_note() -> None:
    found = MonthCoverage(site="a", month="2024-05", stored=7, by_list=2)
    assert "2 stored articles carry no date: they stand at that of" in words_of(coverage_plot([found], language="en"))


def test_the_first_crawl_does_not_flatten_those_that_follow() -> None:
    figure = run_health_plot([run(0, requests=2300), *(run(at, requests=40) for at in range(1, 30))])
    heights = sorted(float(height) for height in re.findall(r"v([\d.]+)", path_of(figure, "plot-asked")))
    assert heights[0] > 40
    assert "2.300" in words_of(figure)


def test_of_many_runs_the_newest_are_shown_newest_first_in_the_table() -> None:
    figure = run_health_plot([run(at) for at in range(200)])
    rows = table(figure)[1:]
    assert len(rows) == 60
    assert (rows[0][0], rows[-1][0]) == ("200", "141")


def test_one_of_a_kind_is_said_in_the_singular() -> None:
    assert word("en", "undated_stored", count="1") == "Not on the axis: 1 stored article that carries no date."
    assert word("en", "undated_stored", count="2") == "Not on the axis: 2 stored articles that carry no date."


@pytest.mark.parametrize("outcome", ["ok", "partial", "failed", "interrupted", None, "of_a_later_version"])
def test_each_outcome_has_a_sign_and_a_word(outcome: str | None) -> None:
    figure = run_health_plot([run(0, outcome=outcome, finished_at=None)], language="en")
    expected = {"of_a_later_version": "partial", None: "running"}.get(outcome, outcome)
    assert table(figure)[1][2] == expected
    assert f'class="plot-{expected}"' in figure


def test_a_share_is_never_rounded_to_all_or_nothing() -> None:
    assert percent("en", 999, 1000) == "99%"
    assert percent("en", 1, 1000) == "1%"
    assert percent("vi", 7, 7) == "100 %"
    assert percent("vi", 0, 0) == "–"


def test_the_rest_of_many_sites_is_one_row_of_shares() -> None:
    shares = [FieldShare(site=f"s{at}", field="lead", found=at % 11, of=10) for at in range(100)]
    rows = table(field_shares_plot(shares, language="en"))[1:]
    assert len(rows) == 40
    assert rows[-1][:2] == ["61 more sites", "610"]


def test_both_languages_have_the_same_words() -> None:
    assert set(WORDS["vi"]) == set(WORDS["en"])
    assert (number("vi", 1234567), number("en", 1234567)) == ("1.234.567", "1,234,567")


@given(st.integers(min_value=0, max_value=10**9))
def test_ticks_are_whole_few_and_reach_the_highest(highest: int) -> None:
    ticks = round_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert len(ticks) <= 7
    assert len({after - before for before, after in pairwise(ticks)}) == 1


MONTHS = st.one_of(
    st.none(),
    st.builds(lambda year, part: f"{year:04}-{part:02}", st.integers(0, 9999), st.integers(0, 13)),
    st.text(max_size=8),
)
COUNTS = st.integers(0, 10**7)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(MonthCoverage, site=st.text(max_size=30), month=MONTHS, stored=COUNTS, missing=COUNTS), max_size=40
    ),
    st.sampled_from(["vi", "en"]),
)
def test_any_months_make_one_well_formed_bounded_figure(months: list[MonthCoverage], language: Language) -> None:
    figure = coverage_plot(months, language=language)
    assert parsed(figure).tag == "figure"
    assert len(figure) < 500_000


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("Huyện Sông Mẫu", 170, ["Huyện Sông Mẫu"]),
        (
            "Trang thông tin điện tử Sở Tư pháp tỉnh Sông Mẫu",
            166,
            ["Trang thông tin điện tử …", "Tư pháp tỉnh Sông Mẫu"],
        ),
        ("Cổng-thông-tin-điện-tử-của-huyện-không-có-dấu-cách-nào-cả", 100, ["Cổng-thông-tin", "… u-cách-nào-cả"]),
    ],
)
def test_a_long_name_loses_its_middle_and_no_half_a_word(name: str, width: float, lines: list[str]) -> None:
    drawn = re.findall(r">([^<>]+)</t(?:span|ext)>", str(two_lines(name, 0, 0, width=width)))
    assert drawn == lines
