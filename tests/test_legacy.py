from __future__ import annotations

import unicodedata
from collections.abc import Callable
from html.entities import codepoint2name

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement

from crawler.read import legacy_tables
from crawler.read.decode import decode
from crawler.read.legacy import clean_text, encoding_of, may_need_repair, repair_text, repair_tree
from crawler.read.legacy_tables import is_syllable
from crawler.read.tree import parse
from pipelines.alphabet import TONES

LINE = "Hội Phụ nữ xã Bình Thuận phát động phong trào trồng cây, dọn vệ sinh ở năm thôn và tặng quà cho hộ nghèo."
TITLE = "Tổng kết phong trào thi đua yêu nước"
OTHERS = (
    "L'été dernier, le maire a célébré Noël à l'hôtel de ville ; où sont les élèves ? Dès août, ça ira, c'est sûr.",
    "Über die Größe der Straße ärgerten sich viele Bürger: Öffentliche Gebäude müssen schöner und größer werden.",
    "¿Qué señaló el niño? La población de la región pidió más información y mañana habrá reunión según el índice.",
    "A população não irá à reunião amanhã; é preciso ação, união e coração. Três avós são irmãs. Já é só isso.",
    "Żółta łódź płynie; źdźbło trawy, gęś i jaźń. Wójt ogłosił, że będą nowe drogi.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy; starosta řekl, že most bude příští týden opraven.",
    "Işıklı yolların yapımı sürüyor; çocuklar için güzel bir öğle yemeği düşünüldü, şehir büyüyor.",
    "Það er gott að búa á Íslandi; börnin læra að lesa í skólanum og öll þjóðin æfir sig.",
    "På øen Ærø bor der få æbleavlere; år efter år høstes røde æbler ved søen. Øl på kø.",
    "Å være på fjellet er gøy, særlig når været er fint; bålet brenner og kaffen smaker.",
    "Sköldpaddan åt smörgåsar på ängen; gräset är grönt och sjön är blå på våren.",
    "Het coëfficiënt van België; één reünie, drieëntwintig zeeën, ruïne en naïef idee van Zoë.",
    "Windows® © 2019 · 5 µm ± 2 µg · ½ cup, ¾ cup, ¼ tsp · 20 °C «quote» · № 5 · §§ 3, 4 ¶ 2 · ª º ¹ ² ³",
    "“XÃ” – TRANG CHỦ»XÃ»TIN… CÁC XÃ\xa0HỘI, NGÃ BA, LÃ… ĐÔI BÃ’",
    "Сегодня глава района открыл школу. Η κυβέρνηση ανακοίνωσε μέτρα. 镇政府公布计划。住民の皆さま。 ผู้ว่าราชการ",
)


def in_table(text: str, table: dict[int, str]) -> str:
    codes = {letter: chr(code) for code, letter in table.items()}
    return "".join(codes.get(letter, letter) for letter in text)


def tcvn3(text: str) -> str:
    """As the fonts had it: no capitals with marks, but for the bare letters Ă to Đ."""
    return in_table(
        text, {code: drawn for code, drawn in legacy_tables.TCVN3.items() if drawn.islower() or code < 0xAF}
    )


def vni(text: str) -> str:
    sequences = {letter: sequence for sequence, letter in reversed(legacy_tables.VNI.items())}
    return "".join(sequences.get(letter, letter) for letter in text)


def viscii(text: str) -> str:
    return in_table(text, legacy_tables.VISCII)


def windows_1258(text: str) -> str:
    """The text in code page 1258 as a reader of code page 1252 sees it."""
    written = []
    for letter in text:
        pieces = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in pieces if mark in TONES)
        written.append(unicodedata.normalize("NFC", "".join(mark for mark in pieces if mark not in tones)) + tones)
    return "".join(written).encode("cp1258").decode("cp1252")


def twice(text: str, wrong: str = "latin-1") -> str:
    as_windows = legacy_tables.WINDOWS_1252 if wrong == "cp1252" else {}
    return text.encode().decode("latin-1").translate(as_windows)


DAMAGES = {"tcvn3": tcvn3, "vni": vni, "viscii": viscii, "windows-1258": windows_1258, "utf-8 twice": twice}


# ------------------------------------------------------------------ a text


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_line_is_repaired_and_the_damage_named(name: str) -> None:
    assert repair_text(DAMAGES[name](LINE)) == (LINE, name)


@pytest.mark.parametrize("name", DAMAGES)
def test_every_vietnamese_letter_survives_damage_and_repair(name: str) -> None:
    rhymes = ["à ả ã á ạ ằ ẳ ẵ ắ ặ ầ ẩ ẫ ấ ậ", "è ẻ ẽ é ẹ ề ể ễ ế ệ", "ì ỉ ĩ í ị", "ò ỏ õ ó ọ ồ ổ ỗ ố ộ ờ ở ỡ ớ ợ"]
    rhymes += ["ù ủ ũ ú ụ ừ ử ữ ứ ự", "ỳ ỷ ỹ ý ỵ"]
    words = " ".join(f"m{rhyme}n" if rhyme[0] in "ăằẳẵắặâầẩẫấậ" else f"m{rhyme}" for rhyme in " ".join(rhymes).split())
    assert repair_text(DAMAGES[name](f"{LINE} {words} đi")) == (f"{LINE} {words} đi", name)


@pytest.mark.parametrize("name", ["vni", "viscii", "windows-1258", "utf-8 twice"])
def test_capitals_survive_where_the_encoding_has_them(name: str) -> None:
    assert repair_text(DAMAGES[name](LINE.upper() + " " + LINE)) == (LINE.upper() + " " + LINE, name)


def test_tcvn3_among_capitals_is_read_as_capitals() -> None:
    assert repair_text("§¹I HéI §¶NG Bé X·: HéI NGHÞ LÇN THø NHÊT") == (
        "ĐẠI HỘI ĐẢNG BỘ XÃ: HỘI NGHỊ LẦN THỨ NHẤT",
        "tcvn3",
    )


def test_utf_8_encoded_three_times_is_undone_three_times() -> None:
    assert repair_text(twice(twice(LINE))) == (LINE, "utf-8 twice")


def test_utf_8_taken_for_windows_1252_is_repaired_among_good_text() -> None:
    assert repair_text(f"{TITLE}: {twice(TITLE, 'cp1252')} “XÃ”")[0] == f"{TITLE}: {TITLE} “XÃ”"


def test_bytes_lost_on_the_way_are_guessed_where_only_one_syllable_fits() -> None:
    text = "Đảng ủy xã Đông Bình và nhà trường"
    assert repair_text(twice(text).replace("\x90", "").replace("\xa0", "")) == (text, "utf-8 twice")


def test_a_short_title_taken_for_windows_1252_is_repaired() -> None:
    assert repair_text(twice("Bộ phận một cửa huyện", "cp1252"))[0] == "Bộ phận một cửa huyện"


def test_western_mojibake_is_repaired_too() -> None:
    assert repair_text(twice("Les élèves où ça déjà prêts à l'été")) == (
        "Les élèves où ça déjà prêts à l'été",
        "utf-8 twice",
    )


@pytest.mark.parametrize("text", [*OTHERS, *(text.upper() for text in OTHERS), LINE, LINE.upper(), ""])
def test_text_in_order_is_never_touched(text: str) -> None:
    assert repair_text(text) == (text, None)


@pytest.mark.parametrize("text", ["Bé An", "CafÃ©", "né", "Tin tøc", "Có ba xã", "và các bé"])
def test_too_little_evidence_is_no_evidence(text: str) -> None:
    assert repair_text(text) == (text, None)


@given(st.lists(st.sampled_from([word for text in (*OTHERS, LINE) for word in text.split()]), max_size=40))
def test_no_mixture_of_words_in_order_is_touched(words: list[str]) -> None:
    assert repair_text(" ".join(words)) == (" ".join(words), None)


@given(st.text())
def test_repairing_twice_changes_nothing_more(text: str) -> None:
    once, _ = repair_text(text)
    assert repair_text(once)[0] == once


@given(st.permutations(LINE.split()))
def test_the_order_of_the_words_does_not_matter(words: list[str]) -> None:
    assert {name: repair_text(damage(" ".join(words)))[1] for name, damage in DAMAGES.items()} == {
        name: name for name in DAMAGES
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HÐND xã Ðức Hòa họp bàn việc làm đường", "HĐND xã Đức Hòa họp bàn việc làm đường"),
        ("ðường", "ðường".replace("ð", "đ")),
        ("\u0189ảng ủy", "Đảng ủy"),
        ("Það er gott", "Það er gott"),
        ("Ðan gengur", "Ðan gengur"),
    ],
)
def test_the_icelandic_letter_becomes_the_vietnamese_one_only_in_vietnamese(written: str, meant: str) -> None:
    assert repair_text(written)[0] == meant


def test_the_encoding_of_a_text_is_named() -> None:
    assert [encoding_of(damage(LINE)) for damage in DAMAGES.values()] == [
        "tcvn3",
        "vni",
        "viscii",
        "windows-1258",
        None,
    ]


# ------------------------------------------------------------------ a tree


def texts(root: HtmlElement) -> str:
    return " ".join(" ".join(root.xpath("body//text()")).split())


def test_a_page_in_order_is_left_alone() -> None:
    root = parse(f"<p>{LINE}</p>" + "".join(f"<p title='{text}'>{text}</p>" for text in OTHERS))
    before = texts(root)
    assert (repair_tree(root), texts(root)) == ((), before)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_page_is_repaired_with_its_titles_and_its_short_pieces(name: str) -> None:
    damaged = DAMAGES[name]
    root = parse(
        f"<title>{damaged(TITLE)}</title><meta name=description content='{damaged(LINE)}'>"
        f"<img alt='{damaged(TITLE)}'><p>{damaged(LINE)}<br>{damaged('Tin tức')}<b>{damaged('và')}</b></p>"
    )
    assert repair_tree(root) == (name,)
    assert (root.findtext("head/title"), root.xpath("string(//meta/@content)")) == (TITLE, LINE)
    assert (root.xpath("string(//img/@alt)"), texts(root)) == (TITLE, f"{LINE} Tin tức và")


def test_one_old_paragraph_in_a_page_of_today_is_repaired_alone() -> None:
    root = parse(f"<p>{LINE}</p><p>{vni(LINE)}</p><p>Bé An và “XÃ”</p>")
    assert repair_tree(root) == ("vni",)
    assert texts(root) == f"{LINE} {LINE} Bé An và “XÃ”"


def test_two_old_encodings_in_one_page_are_told_apart() -> None:
    root = parse(f"<p>{tcvn3(LINE)}</p><p>{vni(LINE)}</p>")
    assert set(repair_tree(root)) == {"tcvn3", "vni"}
    assert texts(root) == f"{LINE} {LINE}"


def test_entities_are_no_hiding_place() -> None:
    entities = tcvn3(LINE).encode("ascii", "xmlcharrefreplace").decode()
    root = parse(f"<p>{entities}</p>")
    assert (repair_tree(root), texts(root)) == (("tcvn3",), LINE)


@pytest.mark.parametrize(
    ("markup", "expected", "repair"),
    [
        ("<font face='.VnTime'>Tin tøc</font>", "Tin tức", "tcvn3 by font"),
        ('<p style="font-family:.VnTime, Arial">Tin <b>tøc</b> h«m</p>', "Tin tức hôm", "tcvn3 by font"),
        ("""<p style="color: red; FONT-FAMILY: '.VnArial'">x· t¸</p>""", "xã tá", "tcvn3 by font"),
        ("<font face='.VnArialH'>tin tøc</font>", "TIN TỨC", "tcvn3 by font"),
        ("<font face='VNI-Times'>Haøng ngöø</font>", "Hàng ngừ", "vni by font"),
        ("<font face='VNI-Times'>töùc <font face=Arial>déjà</font> haøng</font>", "tức déjà hàng", "vni by font"),
    ],
)
def test_a_declared_font_is_enough_for_a_single_word(markup: str, expected: str, repair: str) -> None:
    root = parse(f"<p>{LINE}</p>{markup}")
    assert (repair_tree(root), texts(root)) == ((repair,), f"{LINE} {expected}")


def test_a_legacy_font_over_text_of_today_is_only_debris() -> None:
    root = parse(f"<p style='font-family:.VnTime'>{LINE} <b>và các bé</b></p><p>Ø û ï</p>")
    before = texts(root)
    assert (repair_tree(root), texts(root)) == ((), before)


def test_scripts_and_comments_keep_their_bytes() -> None:
    root = parse(f"<p>{twice(LINE)}</p><script>var x = '{twice(LINE)}'</script><!-- {twice(LINE)} -->")
    repair_tree(root)
    assert twice("ã") in root.xpath("string(//script)")


def test_the_eth_of_a_vietnamese_page_is_read_as_d_with_stroke() -> None:
    root = parse(f"<p>{LINE}</p><p>HÐND</p><p>Thorvaldur Guðmundsson</p>")
    assert repair_tree(root) == ("eth",)
    assert texts(root) == f"{LINE} HĐND Thorvaldur Guðmundsson"


def as_written(text: str) -> str:
    return text


def in_decimals(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode()


def in_hexadecimals(text: str) -> str:
    return "".join(char if char.isascii() else f"&#X0{ord(char):X}" + ";" * (ord(char) % 2) for char in text)


def in_names(text: str) -> str:
    return "".join(f"&{codepoint2name[ord(char)]};" if ord(char) in codepoint2name else char for char in text)


@pytest.mark.parametrize("spell", [as_written, in_decimals, in_hexadecimals, in_names])
@pytest.mark.parametrize("text", [*(damage(LINE) for damage in DAMAGES.values()), f"{LINE} HÐND"])
def test_a_page_that_is_repaired_was_suspected_before_its_tree_was_looked_at(
    text: str, spell: Callable[[str], str]
) -> None:
    page = decode(f"<meta charset=utf-8><p>{spell(text)}</p>".encode())
    assert repair_tree(parse(page.source))
    assert may_need_repair(page.source, page.letters)


def test_a_page_in_order_is_not_suspected() -> None:
    page = decode(f"<p>{LINE} XÃ&nbsp;BÌNH &amp; &#x1EC7;&#160;&aacute;</p>".encode())
    assert not may_need_repair(page.source, page.letters)


@given(st.text(max_size=40))
def test_the_letters_of_a_page_are_its_characters_beyond_ascii(text: str) -> None:
    page = decode(f"<meta charset=utf-8><p>{text}</p>".encode("utf-8", "replace"))
    assert {char for char in page.text if not char.isascii()} <= set(page.letters)


@given(st.lists(st.sampled_from([*OTHERS, LINE, *(damage(LINE) for damage in DAMAGES.values())]), max_size=6))
def test_a_repaired_page_needs_no_repair(lines: list[str]) -> None:
    root = parse("".join(f"<p>{line}</p>" for line in lines))
    repair_tree(root)
    assert repair_tree(root) == ()


# ------------------------------------------------------------------ clean text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("  nhân\xa0tại \xa0 \u3000xã\t\r\n", "nhân tại xã"),
        ("\u200bĐức\u200b Thọ\ufeff", "Đức Thọ"),
        ("nông\xadthôn", "nôngthôn"),
        ("ngh\u200be\u200c\u200dn", "nghen"),
        ("a \u200b b", "a b"),
        (unicodedata.normalize("NFD", LINE), LINE),
        ("e\u200b\u0301", "é"),
        ("a\x00b\x07c\x85d\x0be", "abc d e"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🌾 nông dân", "👩\u200d🌾 nông dân"),
        ("plain  ascii", "plain ascii"),
    ],
)
def test_clean_text_is_one_line_of_visible_characters(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text())
def test_clean_text_is_nfc_without_loose_space(text: str) -> None:
    cleaned = clean_text(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())


# ------------------------------------------------------------------ syllables


SYLLABLES = ["nghiêng", "quyết", "giường", "gì", "yêu", "khuỷu", "huyện", "ý", "ư", "xoong", "hoà", "hòa", "quý", "loé"]


@pytest.mark.parametrize("word", SYLLABLES)
def test_vietnamese_syllables_are_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["", "cat", "các̀", "cảc", "été", "straße", "wifi", "zalo", "nng", "aa", "hêt"])
def test_other_words_are_no_syllables(word: str) -> None:
    assert not is_syllable(word)
