"""The two spellings of search keys: with diacritics and without."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.alphabet import VOWELS
from pipelines.folding import exact, fold

VIETNAMESE = st.text(
    [
        unicodedata.normalize("NFC", letter + tone)
        for letter in VOWELS + VOWELS.upper()
        for tone in ["", *"\u0300\u0301\u0303\u0309\u0323"]
    ]
    + list("bcdđghklmnpqrstvxBCDĐGHKLMNPQRSTVX 0123456789-/.,“”\n")
)

SYLLABLES = st.lists(st.text("qhouaàáeèéyỳýn UYÁ.²1_", max_size=5)).map(" ".join)
"""What the tones of syllables that end in two vowels depend on."""


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đức Thọ", "duc tho"),
        ("ĐỨC THỌ", "duc tho"),
        ("quyết định", "quyet dinh"),
        ("dự án đường", "du an duong"),
        ("ượng", "uong"),
        ("Ðảng bộ ðịa phương", "dang bo dia phuong"),  # Icelandic letters from old fonts
        ("Ɖức", "duc"),
        ("01-KL/TW", "01-kl/tw"),
        ("hoà hòa", "hoa hoa"),
        ("đo\u0302\u0301i", "doi"),
        ("kế hoa\u00adch", "ke hoach"),
        ("thông\u200b báo\ufeff", "thong bao"),
        ("Café Müller, Århus", "cafe muller, arhus"),
        ("Пётр 北京", "петр 北京"),
        ("", ""),
    ],
)
def test_folding_drops_diacritics_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("hoà", "hòa"),
        ("hoá", "hóa"),
        ("Hoả", "hỏa"),
        ("khoẻ", "khỏe"),
        ("thuỷ", "thủy"),
        ("UỶ BAN", "ủy ban"),
        ("luỹ, luỵ", "lũy, lụy"),
        ("hòa", "hòa"),
        ("hoà_bình", "hòa_bình"),
        ("hoà_北京", "hòa_北京"),
        ("\uf0b7Xã", " xã"),  # a bullet of a word processor
        ("toàn", "toàn"),  # not at the end of the syllable: one spelling only
        ("hoài", "hoài"),
        ("thuyết", "thuyết"),
        ("quý quỳ quỷ quỹ quỵ", "quý quỳ quỷ quỹ quỵ"),  # the u belongs to qu
        ("quà giá mùa", "quà giá mùa"),
        ("Ðức", "đức"),
        ("thông báo", "thông báo"),
    ],
)
def test_the_exact_key_keeps_diacritics_and_makes_spellings_one(written: str, key: str) -> None:
    assert exact(written) == key
    assert exact(unicodedata.normalize("NFD", written)) == key


def test_different_words_keep_different_exact_keys() -> None:
    assert exact("thông báo") != exact("thống bạo")
    assert fold("thông báo") == fold("thống bạo")


@settings(deadline=None)  # other programs on the machine are no failure
@given(st.text() | VIETNAMESE)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert exact(exact(text)) == exact(text)


@settings(deadline=None)  # other programs on the machine are no failure
@given(st.text() | VIETNAMESE)
def test_the_unicode_form_makes_no_difference(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(decomposed) == fold(text)
    assert exact(decomposed) == exact(text)


@settings(deadline=None)  # other programs on the machine are no failure
@given(VIETNAMESE)
def test_folding_a_key_and_folding_the_text_agree(text: str) -> None:
    assert fold(exact(text)) == fold(text)
    assert fold(text.upper()) == fold(text)


@settings(deadline=None)  # other programs on the machine are no failure
@given(VIETNAMESE)
def test_vietnamese_folds_to_plain_letters(text: str) -> None:
    assert fold(text).replace("“", "").replace("”", "").isascii()
    assert len(fold(text)) == len(text)


@settings(deadline=None)  # other programs on the machine are no failure
@given(SYLLABLES | VIETNAMESE, st.sampled_from("₫ß가\u0327"))
def test_the_fast_way_and_the_general_way_agree(text: str, stranger: str) -> None:
    """A letter outside the Vietnamese alphabet sends the whole text the general way."""
    assert fold(f"{text} {stranger}").startswith(fold(text))
    assert exact(f"{text} {stranger}").startswith(exact(text))
