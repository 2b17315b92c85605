from __future__ import annotations

import gzip
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.read import legacy_tables
from crawler.read.decode import MAX_BODY, decode
from pipelines.alphabet import TONES

VIETNAMESE = (
    "Ban Chỉ đạo xã Hòa Lạc tổ chức lễ ra quân nạo vét kênh mương, trồng thêm hai nghìn cây xanh dọc các tuyến đường "
    "liên thôn và vận động các hộ dân giữ gìn vệ sinh môi trường nông thôn mới."
)
RUSSIAN = "Сегодня глава района открыл новую школу на двести мест и поблагодарил строителей за работу."
CHINESE = "镇政府今天公布了新的道路建设计划，居民可以在办公时间内查阅有关文件并提出意见。"
JAPANESE = "町役場は本日、新しい道路の計画を公表しました。住民の皆さまは窓口で資料を見ることができます。"
KOREAN = "군청은 오늘 새로운 도로 계획을 발표했으며 주민들은 창구에서 자료를 볼 수 있다."
FRENCH = "Le conseil municipal a décidé hier de rénover l'école du village ; les travaux débuteront à l'été prochain."
GERMAN = (
    "Der Gemeinderat beschloss gestern, die Brücke über den Fluss zu erneuern; die Straße bleibt für Fußgänger offen."
)
CZECH = "Zastupitelstvo včera schválilo opravu mostu přes řeku, chodník zůstane otevřený a práce začnou příští týden."


def page(text: str, *, charset: str | None = None, language: str = "") -> str:
    declared = f'<meta charset="{charset}">' if charset else ""
    return f"<html{language}><head>{declared}<title>x</title></head><body><p>{text}</p></body></html>"


def windows_1258(text: str) -> bytes:
    """Code page 1258 as Vietnamese keyboards wrote it: hats and horns with the letter, tones as marks after it."""
    written = []
    for letter in unicodedata.normalize("NFC", text):
        base = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in base if mark in TONES)
        plain = unicodedata.normalize("NFC", "".join(mark for mark in base if mark not in TONES))
        written.append(plain + tones)
    return "".join(written).encode("cp1258")


def viscii(text: str) -> bytes:
    codes = {letter: code for code, letter in legacy_tables.VISCII.items()}
    return bytes(codes.get(letter, ord(letter)) for letter in text)


def test_utf_8_needs_no_declaration() -> None:
    decoded = decode(page(VIETNAMESE).encode())
    assert (decoded.text, decoded.encoding, decoded.repairs) == (page(VIETNAMESE), "utf-8", ())


def test_the_source_is_the_text_in_utf_8() -> None:
    decoded = decode(windows_1258(page(VIETNAMESE)))
    assert decoded.source.decode() == decoded.text


@pytest.mark.parametrize(
    ("text", "codec", "label", "encoding"),
    [
        (VIETNAMESE, "utf-8", "utf-8", "utf-8"),
        (RUSSIAN, "cp1251", "windows-1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R", "koi8-r"),
        (CHINESE, "gb18030", "gb2312", "gb18030"),
        (CHINESE, "gbk", "x-gbk", "gb18030"),
        (JAPANESE, "cp932", "Shift_JIS", "shift_jis"),
        (JAPANESE, "euc_jp", "euc-jp", "euc-jp"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", "iso-2022-jp"),
        (KOREAN, "cp949", "ks_c_5601-1987", "euc-kr"),
        (FRENCH, "cp1252", "iso-8859-1", "windows-1252"),
        (GERMAN, "cp1252", "us-ascii", "windows-1252"),
        (CZECH, "cp1250", "windows-1250", "windows-1250"),
        (CZECH, "iso8859-2", "ISO-8859-2", "iso-8859-2"),
    ],
)
@pytest.mark.parametrize("where", ["header", "meta", "http-equiv", "xml"])
def test_a_true_declaration_is_followed(text: str, codec: str, label: str, encoding: str, where: str) -> None:
    markup = {
        "header": page(text),
        "meta": page(text, charset=label),
        "http-equiv": f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={label}">' + page(text),
        "xml": f'<?xml version="1.0" encoding="{label}"?>' + page(text),
    }[where]
    decoded = decode(markup.encode(codec), f"text/html; charset={label}" if where == "header" else None)
    assert (decoded.text, decoded.encoding, decoded.repairs) == (markup, encoding, ())


@pytest.mark.parametrize(
    ("text", "codec", "claimed", "encoding"),
    [
        (VIETNAMESE, "utf-8", "iso-8859-1", "utf-8"),
        (VIETNAMESE, "utf-8", "windows-1258", "utf-8"),
        (CHINESE, "utf-8", "gb2312", "utf-8"),
        (FRENCH, "cp1252", "utf-8", "windows-1252"),
        (GERMAN, "cp1252", "utf-8", "windows-1252"),
        (CHINESE, "gb18030", "utf-8", "gb18030"),
        (CHINESE, "gb18030", "iso-8859-1", "gb18030"),
        (JAPANESE, "cp932", "utf-8", "shift_jis"),
        (JAPANESE, "cp932", "euc-jp", "shift_jis"),
        (KOREAN, "cp949", "utf-8", "euc-kr"),
        (RUSSIAN, "cp1251", "utf-8", "windows-1251"),
        (RUSSIAN, "koi8-r", "iso-8859-1", "koi8-r"),
    ],
)
def test_a_false_declaration_is_not_believed(text: str, codec: str, claimed: str, encoding: str) -> None:
    markup = page(text * 3, charset=claimed)
    decoded = decode(markup.encode(codec), f"text/html; charset={claimed}")
    assert (decoded.text, decoded.encoding) == (markup, encoding)


@pytest.mark.parametrize("claimed", [None, "utf-8", "iso-8859-1", "windows-1252", "windows-1258"])
def test_windows_1258_comes_out_composed_whatever_is_declared(claimed: str | None) -> None:
    decoded = decode(windows_1258(page(VIETNAMESE, charset=claimed)))
    assert decoded.encoding == "windows-1258"
    assert VIETNAMESE in decoded.text


@pytest.mark.parametrize("claimed", [None, "utf-8", "viscii", "x-viscii"])
def test_viscii_is_known_by_its_name_and_by_its_text(claimed: str | None) -> None:
    decoded = decode(viscii(page(VIETNAMESE, charset=claimed)))
    assert decoded.encoding == "viscii"
    assert VIETNAMESE in decoded.text


@pytest.mark.parametrize("claimed", ["x-user-defined", "windows-1258", "x-viet-tcvn5712", None])
def test_text_typed_for_a_font_stays_western_text_for_a_later_repair(claimed: str | None) -> None:
    typed = "Héi nghÞ tæng kÕt c«ng t¸c n¨m cña x· Hßa L¹c ®¹t nhiÒu kÕt qu¶ tèt"
    decoded = decode(page(typed, charset=claimed).encode("latin-1"))
    assert (decoded.encoding, typed in decoded.text) == ("windows-1252", True)


def test_the_language_of_the_page_tells_latin_encodings_apart() -> None:
    markup = page(CZECH, language=' lang="cs-CZ"')
    decoded = decode(markup.encode("cp1250"))
    assert (decoded.text, decoded.encoding) == (markup, "windows-1250")


def test_the_header_counts_before_the_meta_element() -> None:
    markup = page(RUSSIAN, charset="koi8-r")
    assert decode(markup.encode("cp1251"), 'text/html; charset="windows-1251"').text == markup


def test_a_default_in_the_header_yields_to_a_meta_element_that_says_more() -> None:
    markup = page(RUSSIAN, charset="windows-1251")
    assert decode(markup.encode("cp1251"), "text/html; charset=ISO-8859-1").text == markup


def test_a_meta_element_inside_a_comment_declares_nothing() -> None:
    markup = f'<!-- <meta charset="koi8-r"> --><meta charset="windows-1251">{page(RUSSIAN)}'
    assert decode(markup.encode("cp1251")).encoding == "windows-1251"


@pytest.mark.parametrize(
    "name", ["hex", "rot13", "zlib", "undefined", "unicode_escape", "utf-7", "no-such", "idna", "utf-16"]
)
def test_a_declaration_that_no_page_can_mean_is_ignored(name: str) -> None:
    markup = page(FRENCH, charset=name)
    assert decode(markup.encode("cp1252")).text == markup


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides_and_goes(codec: str) -> None:
    assert decode(page(VIETNAMESE, charset="gbk").encode(codec)).text == page(VIETNAMESE, charset="gbk")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_seen_without_a_mark(codec: str) -> None:
    decoded = decode(page(VIETNAMESE).encode(codec))
    assert (decoded.text, decoded.encoding) == (page(VIETNAMESE), codec)


def test_a_few_invalid_bytes_do_not_turn_utf_8_into_something_else() -> None:
    body = page(VIETNAMESE, charset="windows-1252").encode().replace(b"x</title>", b"x \xe1\xbb \x93</title>")
    decoded = decode(body)
    assert decoded.encoding == "utf-8"
    assert VIETNAMESE in decoded.text
    assert decoded.repairs == ("2 invalid sequences replaced",)


def test_a_page_cut_in_the_middle_of_a_letter_is_still_utf_8() -> None:
    body = page(VIETNAMESE).encode()
    assert decode(body[: body.index("ớ".encode()) + 2]).encoding == "utf-8"


def test_two_chinese_letters_are_left_to_the_declaration() -> None:
    assert decode("<meta charset=gbk><p>联通".encode("gbk")).text.endswith("联通")


def test_letters_in_pieces_are_composed_and_tags_stay_tags() -> None:
    markup = page(f"{unicodedata.normalize('NFD', VIETNAMESE)} <b>\u0338x</b> й ö \u0301")
    decoded = decode(unicodedata.normalize("NFD", markup).encode())
    assert VIETNAMESE in decoded.text
    assert "<b>\u0338x</b> й ö" in decoded.text


def test_nul_and_other_control_codes_go() -> None:
    decoded = decode(b"<p>a\0b\x01c\x0cd\x1be\tf\r\n</p>")
    assert (decoded.text, decoded.repairs) == ("<p>abc de\tf\r\n</p>", ("NUL characters removed",))


def test_a_page_still_in_gzip_is_unpacked() -> None:
    decoded = decode(gzip.compress(page(VIETNAMESE).encode()))
    assert (decoded.text, decoded.repairs) == (page(VIETNAMESE), ("gzip undone",))


@pytest.mark.parametrize(
    "body", [b"%PDF-1.4\n\xe2\xe3\xcf", b"\x1f\x8b\x08broken", b"PK\x03\x04\x14\0", bytes(range(256)) * 9]
)
def test_what_is_no_text_is_called_binary(body: bytes) -> None:
    assert "binary" in decode(body).repairs


def test_an_endless_body_is_cut_and_says_so() -> None:
    decoded = decode(b"<p>" + b"a" * (MAX_BODY + 1000))
    assert (len(decoded.source), decoded.repairs) == (MAX_BODY, (f"cut at {MAX_BODY} bytes",))


def test_a_gzip_bomb_is_cut_too() -> None:
    assert len(decode(gzip.compress(b"a" * (3 * MAX_BODY), compresslevel=1)).source) == MAX_BODY


@pytest.mark.parametrize("body", [b"", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\xc3", b"\0"])
def test_next_to_nothing_is_decoded_too(body: bytes) -> None:
    assert len(decode(body).text) <= 1


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=30)))
def test_nothing_makes_it_raise(body: bytes, content_type: str | None) -> None:
    decoded = decode(body, content_type)
    assert decoded.source.decode() == decoded.text
    assert "\0" not in decoded.text


@given(st.text())
def test_valid_utf_8_comes_out_in_nfc(text: str) -> None:
    kept = "".join(letter for letter in text if letter >= " " and letter not in "\x7f\u0338\ufeff")
    assert decode(b"<!doctype html>" + kept.encode()).text == "<!doctype html>" + unicodedata.normalize("NFC", kept)


def test_every_letter_beside_every_kind_of_neighbour_comes_out_in_nfc() -> None:
    """Composing only what may need it relies on a table of lead bytes: this walks through all of Unicode."""
    for code in range(0x80, sys.maxunicode + 1):
        letter = chr(code)
        pieces = unicodedata.normalize("NFD", letter)
        if 0xD800 <= code < 0xE000 or (pieces == letter and not unicodedata.combining(letter)):
            continue
        for spelled in (letter, pieces, f"a{pieces}") if "\u0338" not in pieces else ():
            text = f"<!doctype html>{spelled}{spelled}"
            assert decode(text.encode()).text == unicodedata.normalize("NFC", text)


def test_time_grows_with_the_length_of_the_worst_bodies() -> None:
    for worst in (b"<", b"<meta charset=", b"\xe1\xbb", b"a\xcc\x81", b"\x81\xff", b"<!--"):
        began = time.process_time()
        decode(worst * (2_000_000 // len(worst)))
        assert time.process_time() - began < 5
