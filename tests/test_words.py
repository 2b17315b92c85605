"""Words: one space between them, and the form without diacritics that texts are compared by."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.read.words import INVISIBLE, clean, fold, has_words, says_the_same, squeeze


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đảng bộ xã Ðắk R’Măng", "dang bo xa dak r mang"),
        ("TIN - TỨC_2024 (số 5)", "tin tuc_2024 so 5"),
        ("“Nghị quyết” – 12/NQ", "nghi quyet 12 nq"),
        ("Straße, Ελλάδα, Йод", "strasse ελλαδα иод"),
        ("e\u0323\u0302", "e"),
        ("…!", ""),
    ],
)
def test_a_text_folds_to_its_bare_words(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert has_words(text) == bool(folded)


@given(st.text(alphabet=st.characters(max_codepoint=0x1EFF, exclude_categories=("Cs", "M"))))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_clean_text_is_one_visible_line_in_nfc(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == clean(cleaned) == squeeze(cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert INVISIBLE.search(cleaned) is None


@given(st.text())
def test_squeezed_text_has_the_same_words(text: str) -> None:
    assert squeeze(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Ra quân làm sạch kênh", "RA QUÂN, LÀM SẠCH KÊNH!", True),
        ("Ra quân làm sạch kênh", "Ra quân làm sạch", False),
        ("Ra quân", "Ra quân " * 40, False),
        ("", "", True),
    ],
)
def test_two_texts_say_the_same_where_their_words_are_the_same(one: str, other: str, *, expected: bool) -> None:
    assert says_the_same(one, other) is expected
    assert says_the_same(other, one) is expected
