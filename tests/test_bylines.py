"""What a by-line names, and what only looks like one. All people here are invented."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.read import byline_words as words
from crawler.read.bylines import (
    LONGEST,
    Byline,
    is_confident,
    read_byline,
    read_credit,
    read_dateline,
    read_labelled_author,
)

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
TABLE = SHARED / "reference" / "bylines_vi.tsv"

Case = tuple[str, str, str | None, str | None, str]
"""The text, its authors joined by `;`, unit, source, credited photographers joined by `;`."""

NAMES: list[Case] = [
    ("Trịnh Thị Hương Giang", "Trịnh Thị Hương Giang", None, None, ""),
    ("HOÀI THƯƠNG", "HOÀI THƯƠNG", None, None, ""),
    ("Trường Giang", "Trường Giang", None, None, ""),
    ("Đoàn Thị Lan", "Đoàn Thị Lan", None, None, ""),
    ("H.Y", "H.Y", None, None, ""),
    ("X.Trường", "X.Trường", None, None, ""),
    ("TH.B - N.A", "TH.B;N.A", None, None, ""),
    ("QUỐC VIỆT - HẢI ĐĂNG - THU LOAN", "QUỐC VIỆT;HẢI ĐĂNG;THU LOAN", None, None, ""),
    ("Hoài Vũ-Thu Trang", "Hoài Vũ;Thu Trang", None, None, ""),
    ("Y Krăk", "Y Krăk", None, None, ""),
    ("Y Bion Niê - H'Zina Byă", "Y Bion Niê;H'Zina Byă", None, None, ""),
    ("K'Brếp", "K'Brếp", None, None, ""),
    ("Điểu Xuân Hùng", "Điểu Xuân Hùng", None, None, ""),
    ("“Thu Hiền”", "Thu Hiền", None, None, ""),
    ("Thu Hiền ./.", "Thu Hiền", None, None, ""),
]
TITLES: list[Case] = [
    ("PGS.TS. Nguyễn Đình Phúc", "Nguyễn Đình Phúc", None, None, ""),
    ("Ths.Bs Lê Thu Trang (Trung tâm Y tế)", "Lê Thu Trang", "Trung tâm Y tế", None, ""),
    ("BSCKII. Đỗ Quang Hà (Bệnh viện Đa khoa khu vực)", "Đỗ Quang Hà", "Bệnh viện Đa khoa khu vực", None, ""),
    ("Trung tá, ThS. Bùi Đức Long", "Bùi Đức Long", None, None, ""),
    ("Đại úy Trần Quốc Tuấn - Công an xã Tùng Châu", "Trần Quốc Tuấn", "Công an xã Tùng Châu", None, ""),
    ("Nhà báo Lê Quang", "Lê Quang", None, None, ""),
    ("PV Quang Dũng", "Quang Dũng", None, None, ""),
    ("Tác giả: Luật sư Phạm Văn Thái", "Phạm Văn Thái", None, None, ""),
    ("Bài và ảnh: Đ/c Hoàng Văn Lâm", "Hoàng Văn Lâm", None, None, "Hoàng Văn Lâm"),
    ("Tác giả: Anh Tấn", "Anh Tấn", None, None, ""),
]
LABELS: list[Case] = [
    ("Tác giả: Thanh Hằng, Duy Khánh và Minh Tú", "Thanh Hằng;Duy Khánh;Minh Tú", None, None, ""),
    ("Nhóm thực hiện: Thanh Hằng, Duy Khánh & Minh Tú", "Thanh Hằng;Duy Khánh;Minh Tú", None, None, ""),
    ("Thực hiện: Thanh Hằng/Duy Khánh", "Thanh Hằng;Duy Khánh", None, None, ""),
    ("Người viết: Thanh Hằng", "Thanh Hằng", None, None, ""),
    ("Bài viết: Thanh Hằng", "Thanh Hằng", None, None, ""),
    ("Tổng hợp: Thanh Hằng", "Thanh Hằng", None, None, ""),
    ("TH: Thanh Hằng - Duy Khánh", "Thanh Hằng;Duy Khánh", None, None, ""),
    ("Tác giả:\nThanh Hằng", "Thanh Hằng", None, None, ""),
    ("TIN, ẢNH: HẢI YẾN", "HẢI YẾN", None, None, "HẢI YẾN"),
    ("Tin, ảnh, video: Phương Linh", "Phương Linh", None, None, "Phương Linh"),
    ("Tin + ảnh: Phương Linh", "Phương Linh", None, None, "Phương Linh"),
    ("Tin/ảnh: Phương Linh", "Phương Linh", None, None, "Phương Linh"),
    ("Ảnh và bài: Phương Linh", "Phương Linh", None, None, "Phương Linh"),
    ("Tin, bài: Phương Linh", "Phương Linh", None, None, ""),
    ("Tin, ảnh - Phương Linh", "Phương Linh", None, None, "Phương Linh"),
    ("Bài, ảnh: T.H - N.L", "T.H;N.L", None, None, "T.H;N.L"),
    ("Tin: Hải Yến, ảnh: Tiến Dũng", "Hải Yến", None, None, "Tiến Dũng"),
    ("Tin: Hải Yến Ảnh: Tiến Dũng", "Hải Yến", None, None, "Tiến Dũng"),
    ("Bài: Hải Yến (Ảnh: Tiến Dũng)", "Hải Yến", None, None, "Tiến Dũng"),
    ("Hải Yến - Ảnh: Tiến Dũng", "Hải Yến", None, None, "Tiến Dũng"),
    ("Nội dung: Hải Yến, Ảnh: Tiến Dũng, Video: Hữu Tài", "Hải Yến", None, None, "Tiến Dũng"),
    ("Tác giả: Hải Yến | Ngày đăng: 07/05/2024 | Lượt xem: 26", "Hải Yến", None, None, ""),
    ("Tác giả: Admin; Nguồn: Báo Bình Minh", "", None, "Báo Bình Minh", ""),
    ("[Ảnh: Hữu Tài]", "", None, None, "Hữu Tài"),
    ("Ảnh: Tiến Dũng/TTXVN", "", None, None, "Tiến Dũng/TTXVN"),
    ("Nguồn ảnh: TTXVN", "", None, None, "TTXVN"),
]
UNITS: list[Case] = [
    ("Võ Quỳnh Như (Huyện đoàn Can Lộc)", "Võ Quỳnh Như", "Huyện đoàn Can Lộc", None, ""),
    ("Võ Minh Đức\nHội Nông dân huyện", "Võ Minh Đức", "Hội Nông dân huyện", None, ""),
    ("Lê Na, Quốc Hưng - Trung tâm VH-TT-DL huyện", "Lê Na;Quốc Hưng", "Trung tâm VH-TT-DL huyện", None, ""),
    ("Tin bài: Hoàng Dung, XDCQ&ĐT", "Hoàng Dung", "XDCQ&ĐT", None, ""),
    (
        "Nguyễn Hữu Hoàng, Phòng Lao động - Thương binh và Xã hội",
        *("Nguyễn Hữu Hoàng", "Phòng Lao động - Thương binh và Xã hội", None, ""),
    ),
    (
        "Lê Na (Công an huyện), Trần Hà (Đoàn xã Liên Minh)",
        *("Lê Na;Trần Hà", "Công an huyện; Đoàn xã Liên Minh", None, ""),
    ),
    ("Nguyễn Thị Hà (Bí thư Đoàn xã Liên Minh)", "Nguyễn Thị Hà", "Đoàn xã Liên Minh", None, ""),
    ("Nguyễn Thị Hà (Thôn 5, xã Liên Minh)", "Nguyễn Thị Hà", "Thôn 5, xã Liên Minh", None, ""),
    ("Công an huyện Đức Thọ - Lê Minh Tâm", "Lê Minh Tâm", "Công an huyện Đức Thọ", None, ""),
    ("Tin, ảnh: Đài Truyền thanh xã", "", "Đài Truyền thanh xã", None, "Đài Truyền thanh xã"),
    ("Nhóm tác giả: Ban Tổ chức Huyện ủy", "", "Ban Tổ chức Huyện ủy", None, ""),
    ("Trung tâm Văn hóa, Thể thao và Truyền thông", "", "Trung tâm Văn hóa, Thể thao và Truyền thông", None, ""),
    ("Phòng Tài nguyên & Môi trường", "", "Phòng Tài nguyên & Môi trường", None, ""),
    ("Văn phòng Đảng ủy - HĐND - UBND xã", "", "Văn phòng Đảng ủy - HĐND - UBND xã", None, ""),
    ("Uỷ ban MTTQ Việt Nam xã Hoà Lạc", "", "Uỷ ban MTTQ Việt Nam xã Hoà Lạc", None, ""),
    ("Trường Mầm non Hoa Sen", "", "Trường Mầm non Hoa Sen", None, ""),
    ("Huyện đoàn Can Lộc", "", "Huyện đoàn Can Lộc", None, ""),
    ("Nhóm phóng viên", "", "Nhóm phóng viên", None, ""),
    ("PV tổng hợp", "", "PV", None, ""),
    ("Tin, ảnh: CTV", "", "CTV", None, "CTV"),
    ("Hải Yến (CTV)", "Hải Yến", None, None, ""),
    ("Hải Yến - Tổng hợp", "Hải Yến", None, None, ""),
    ("Hải Yến (s/t)", "Hải Yến", None, None, ""),
    ("Hải Yến và nhóm PV", "Hải Yến", "nhóm PV", None, ""),
]
SOURCES: list[Case] = [
    ("Theo Báo Quân đội nhân dân điện tử", "", None, "Báo Quân đội nhân dân điện tử", ""),
    ("Theo Báo Sức khỏe và Đời sống", "", None, "Báo Sức khỏe và Đời sống", ""),
    ("Theo Trang thông tin điện tử Sở Y tế", "", None, "Trang thông tin điện tử Sở Y tế", ""),
    ("Theo Thông tấn xã Việt Nam", "", None, "Thông tấn xã Việt Nam", ""),
    ("Theo dangcongsan.vn", "", None, "dangcongsan.vn", ""),
    ("(Theo Vietnam+)", "", None, "Vietnam+", ""),
    ("Theo Dân trí.", "", None, "Dân trí", ""),
    ("Theo Bình Minh Online", "", None, "Bình Minh Online", ""),
    ("Nguồn: Sở Nông nghiệp và Môi trường", "", None, "Sở Nông nghiệp và Môi trường", ""),
    ("Nguồn: http://tin.example.vn/a-12-05-2024.html", "", None, "http://tin.example.vn/a-12-05-2024.html", ""),
    ("(Nguồn: Báo Bình Minh - baobinhminh.vn)", "", None, "Báo Bình Minh - baobinhminh.vn", ""),
    ("Minh Hạnh (theo Báo Nhân Dân)", "Minh Hạnh", None, "Báo Nhân Dân", ""),
    ("Minh Hạnh (Tổng hợp từ Báo Nhân Dân)", "Minh Hạnh", None, "Báo Nhân Dân", ""),
    ("Minh Hạnh – Quốc Toản/Vietnam+", "Minh Hạnh;Quốc Toản", None, "Vietnam+", ""),
    ("Theo Minh Hạnh/Báo Bình Minh", "Minh Hạnh", None, "Báo Bình Minh", ""),
    ("Minh Hạnh - Báo Bình Minh", "Minh Hạnh", None, "Báo Bình Minh", ""),
    ("Thu Thảo (Nguồn: Báo Thanh niên)", "Thu Thảo", None, "Báo Thanh niên", ""),
    ("VOV", "", None, "VOV", ""),
    ("(Dangcongsan.vn) - Ngày 12/3, xã tổ chức ra quân.", "", None, "Dangcongsan.vn", ""),
]
OTHER_LANGUAGES: list[Case] = [
    ("By Jane Doe", "Jane Doe", None, None, ""),
    ("By Jane Doe and John F. Smith", "Jane Doe;John F. Smith", None, None, ""),
    ("By Rob Miller, CNN", "Rob Miller", None, "CNN", ""),
    ("By Jane Doe - May 4, 2022", "Jane Doe", None, None, ""),
    ("von Dr. Max Mustermann", "Max Mustermann", None, None, ""),
    ("Par Jean Dupont", "Jean Dupont", None, None, ""),
    ("Por María José de la Cruz", "María José de la Cruz", None, None, ""),
    ("Written by Mary O'Neil", "Mary O'Neil", None, None, ""),
    ("Text: Anna Müller, Foto: Jörg Weiß", "Anna Müller", None, None, "Jörg Weiß"),
    ("Text and photos: Laura King", "Laura King", None, None, "Laura King"),
    ("Photo by Laura King", "", None, None, "Laura King"),
    ("Foto: dpa", "", None, None, "dpa"),
    ("Source: Reuters", "", None, "Reuters", ""),
]
SIGNED = [*NAMES, *TITLES, *LABELS, *UNITS, *SOURCES, *OTHER_LANGUAGES]

NO_BYLINES = """
Theo quy định, hồ sơ gồm có đơn và bản sao giấy tờ.
Theo thống kê của Phòng Nông nghiệp, toàn xã có 12 ha.
Theo Báo Bình Minh, sáng nay huyện tổ chức ra quân
Theo Báo cáo chính trị
Theo Đài Khí tượng Thủy văn, đêm nay có mưa to.
Theo Sở Y tế, đến nay toàn tỉnh có 12 ca mắc
Theo Luật Đất đai 2024
Theo Quyết định số 123/QĐ-UBND
Theo anh Y Thịnh, giá cà phê năm nay tăng.
Theo chân cán bộ khuyến nông
Nguồn lực đầu tư còn hạn chế
Nguồn gốc đất: đất nông nghiệp
Nguồn: ngân sách xã
Nguồn: Sưu tầm
Ảnh hưởng của bão số 3
Ảnh: Toàn cảnh hội nghị
Ảnh: tư liệu
Ảnh 1: Đoàn viên ra quân
Hình ảnh: Lễ ra quân
Tin cùng chuyên mục
Tin: Nhiều hoạt động thiết thực
Các tin khác:
Bài 2: Những người giữ rừng
Bài viết liên quan
Tác giả đoạt giải Nhất cuộc thi
Tác giả:
Thực hiện: Chỉ thị 16 của Thủ tướng
Thực hiện Nghị quyết Đại hội Đảng
Biên soạn: Lê Hà
Người biên tập: Hải Yến
Trưởng Ban Biên tập: Trần Văn Thành
Người đăng: Lê Văn Khoa
Tác giả: admin
Tác giả: Quản trị viên
Tác giả: lan.nt@xa.example.vn
Tác giả: nguyenlan85
Super Admin
webmaster
Quản trị viên
(Còn nữa)
Xin cảm ơn ông!
Trân trọng thông báo./.
Kính mời quý vị theo dõi
Hội Nông dân xã trao tặng 2 con bò giống
Công an huyện bắt giữ 2 đối tượng
Công an xã ra quân
UBND huyện họp giao ban tháng 5
Phòng chống dịch bệnh
HỘI NGHỊ TỔNG KẾT NĂM 2023
Đồng chí Lê Văn Hùng, Chủ tịch UBND xã
Ông Lê Văn Hùng - Chủ tịch UBND xã
Ông Lê Văn Thìn (thôn 3, xã Nam Đà) chăm sóc cà phê
Chị Lê Thị Hoa bên vườn cam
Lê Văn Tám sinh năm 1960
TM. ỦY BAN NHÂN DÂN
ỦY BAN NHÂN DÂN XÃ TÂN HƯƠNG
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH
CHỦ TỊCH\\nLê Văn Tám
Nơi nhận: - Như trên; - Lưu: VT.
- Phòng Tư pháp;
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Hà Tĩnh
Hà Tĩnh, ngày 03/5/2024
Gia Nghĩa, 15/3/2024
TP.HCM
Số: 12/BC-UBND
Điện thoại: 0261.000.000
Email: vanphong@xa.example.vn
Cập nhật lúc: 10:30
1.024 lượt xem
Lượt đọc: 1.024
Tags: cà phê
THÔNG BÁO
Y TẾ
VĂN HÓA - XÃ HỘI
Trang chủ
Chia sẻ
https://tin.example.vn/bai-viet
By Monday, the work was done.
By Monday Morning
Par ailleurs, le conseil a voté.
Von Anfang an
Related Articles
(Đức Thọ) - Sáng 7/5, huyện họp.
"""
PROSE = [line.replace("\\n", "\n") for line in NO_BYLINES.strip().splitlines()]


def fields(byline: Byline | None) -> tuple[str, str | None, str | None, str]:
    if byline is None:
        return "", None, None, ""
    return ";".join(byline.authors), byline.unit, byline.source, ";".join(byline.photo)


@pytest.mark.parametrize("case", SIGNED, ids=[case[0] for case in SIGNED])
def test_a_byline_names_people_units_and_sources(case: Case) -> None:
    assert fields(read_byline(case[0])) == case[1:]


@pytest.mark.parametrize("text", PROSE)
def test_what_only_looks_like_a_byline_is_none(text: str) -> None:
    assert read_byline(text) is None


def test_the_text_is_kept_as_printed_on_one_line() -> None:
    byline = read_byline("\u00a0 \u00a0 \u00a0Tin, ảnh:\u00a0Hải  Yến\n(Công an\u00a0huyện)")
    assert byline is not None
    assert byline.text == "Tin, ảnh: Hải Yến (Công an huyện)"
    assert byline.unit == "Công an huyện"


def test_decomposed_letters_are_read_as_composed_ones() -> None:
    assert fields(read_byline(unicodedata.normalize("NFD", "Tác giả: Hải Yến"))) == ("Hải Yến", None, None, "")


def test_a_long_text_is_no_byline() -> None:
    assert read_byline("Tác giả: " + ", ".join(["Hải Yến"] * 20)) is None


@pytest.mark.parametrize(
    "text",
    [
        *("Tác giả: Hải Yến", "Tin, ảnh: Hải Yến", "Ảnh: Hải Yến", "Nguồn: Internet", "By Jane Doe"),
        *("Hải Yến (Công an huyện)", "Hải Yến (CTV)", "Hải Yến/TTXVN", "Theo Báo Bình Minh"),
        "(TTXVN) - Sáng 7/5, huyện họp.",
    ],
)
def test_a_text_that_says_so_itself_is_confident(text: str) -> None:
    assert is_confident(text)


@pytest.mark.parametrize(
    "text", ["Hải Yến", "H.Y", "Công an huyện", "Hải Yến - Công an huyện", "BBT", "TTXVN", "Tin khác", "Tác giả: admin"]
)
def test_a_bare_name_or_unit_wants_its_position(text: str) -> None:
    assert not is_confident(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hải Yến", ("Hải Yến", None, None, "")),
        ("Tác giả: Hải Yến", ("Hải Yến", None, None, "")),
        ("Tác giả Hải Yến", ("Hải Yến", None, None, "")),
        ("Viết bởi Hải Yến", ("Hải Yến", None, None, "")),
        ("Hải Yến - 07/05/2024 10:00", ("Hải Yến", None, None, "")),
        ("Hải Yến | Thứ ba, 07/05/2024", ("Hải Yến", None, None, "")),
        ("Jane Doe", ("Jane Doe", None, None, "")),
        ("by Jane Doe, Staff Writer", ("Jane Doe", None, None, "")),
        ("Anna Müller und Jörg Weiß", ("Anna Müller;Jörg Weiß", None, None, "")),
        ("Le Tuan Phuc", ("Le Tuan Phuc", None, None, "")),
        ("T.H", ("T.H", None, None, "")),
        ("Ban Biên tập", ("", "Ban Biên tập", None, "")),
        ("Trung tâm Xúc tiến Hoa Sen", ("", "Trung tâm Xúc tiến Hoa Sen", None, "")),
        ("Lê Thị Lan, Trưởng phòng Tư pháp", ("Lê Thị Lan", "phòng Tư pháp", None, "")),
        ("Báo Bình Minh", ("", None, "Báo Bình Minh", "")),
    ],
)
def test_a_labelled_node_vouches_for_its_names(text: str, expected: tuple[str, str | None, str | None, str]) -> None:
    assert fields(read_labelled_author(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "admin admin",
            "Quản trị viên",
            "Administrator",
            "minhanh",
            "lan85",
            "Người đăng: admin",
            "Đăng bởi: Hải Yến",
        ),
        *("Lượt xem: 426", "426", "0 bình luận", "Thứ hai, 07/05/2024", "Tác giả: ", "Tin nổi bật", "Hà Nội", "By"),
    ],
)
def test_a_labelled_node_may_hold_no_author(text: str) -> None:
    assert read_labelled_author(text) is None


@pytest.mark.parametrize(
    ("lead", "outlet"),
    [
        ("(Baobinhminh.vn) - Sáng 7/5, huyện họp.", "Baobinhminh.vn"),
        ("\u00a0(Báo Bình Minh)\u00a0– Sáng 7/5", "Báo Bình Minh"),
        ("[Dân trí] - Sáng 7/5", "Dân trí"),
        ("(TTXVN) Sáng 7/5", "TTXVN"),
        ("Hà Nội (TTXVN) - Sáng 7/5", "TTXVN"),
        ("(Theo Chinhphu.vn) - Sáng 7/5", "Chinhphu.vn"),
        ("(BMTV) – Sáng 7/5", "BMTV"),
        ("(CTV) - Sáng 7/5", None),
        ("(UBND) - Sáng 7/5", None),
        ("(Đức Thọ) - Sáng 7/5", None),
        ("(Internet) - Sáng 7/5", None),
        ("Sáng 7/5, theo Báo Bình Minh, huyện họp.", None),
        ("", None),
    ],
)
def test_the_outlet_of_a_dateline(lead: str, outlet: str | None) -> None:
    assert read_dateline(lead) == outlet


@pytest.mark.parametrize(
    ("caption", "credit", "rest"),
    [
        ("Lễ khai mạc (Ảnh: Tiến Dũng)", "Tiến Dũng", "Lễ khai mạc"),
        ("Lễ khai mạc. Ảnh: Tiến Dũng.", "Tiến Dũng", "Lễ khai mạc."),
        ("Lễ khai mạc (Ảnh Tiến Dũng)", "Tiến Dũng", "Lễ khai mạc"),
        ("Lễ khai mạc. Ảnh: Tiến Dũng/TTXVN", "Tiến Dũng/TTXVN", "Lễ khai mạc."),
        ("Lễ khai mạc. (Ảnh: Nguồn Internet)", "Internet", "Lễ khai mạc."),
        ("Lễ khai mạc. Ảnh: Trung tâm VH-TT huyện", "Trung tâm VH-TT huyện", "Lễ khai mạc."),
        ("Mua hàng (Trong ảnh: Người dân ở chợ. Ảnh: Thu Hà)", "Thu Hà", "Mua hàng (Trong ảnh: Người dân ở chợ.)"),
        ("The mayor. Foto: © Karl Meier", "Karl Meier", "The mayor."),
        ("Ảnh: Tiến Dũng", "Tiến Dũng", ""),
        ("Lễ khai mạc (Ảnh minh họa)", None, "Lễ khai mạc (Ảnh minh họa)"),
        ("Trong ảnh: Đoàn viên ra quân", None, "Trong ảnh: Đoàn viên ra quân"),
        ("Lễ khai mạc", None, "Lễ khai mạc"),
    ],
)
def test_the_credit_of_a_caption(caption: str, credit: str | None, rest: str) -> None:
    assert read_credit(caption) == (credit, rest)


@pytest.mark.corpus
def test_the_shared_table_is_read_well() -> None:
    if not TABLE.exists():
        pytest.skip("the shared reference table is not beside the project")
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    missed = [row[0] for row in rows if _printed(read_byline(_unescaped(row[0]))) != row[1:5]]
    assert len(missed) <= 0.02 * len(rows), missed


def _unescaped(raw: str) -> str:
    return raw.replace("\\u00a0", "\u00a0")


def _printed(byline: Byline | None) -> list[str]:
    return [value or "NONE" for value in fields(byline)]


FAMILIES = st.sampled_from(sorted(words.COMMON_FAMILY_NAMES))
GIVEN = st.sampled_from(sorted(words.GIVEN_SYLLABLES - {"y"}))
TOWN = re.compile(r"thị (?:trấn|xã)$", re.IGNORECASE)
"""A township, and no name of a person that anybody could tell from it."""
PERSON = st.builds(lambda *parts: " ".join(parts).title(), FAMILIES, st.sampled_from(["văn", "thị"]), GIVEN).filter(
    lambda name: not TOWN.search(name)
)
UNIT = st.builds(
    lambda head, sector, level: f"{head} {sector.capitalize()} {level}",
    st.sampled_from(["Phòng", "Trung tâm", "Chi cục", "Sở", "Ban"]),
    st.sampled_from(["tư pháp", "y tế", "văn hóa", "dân vận", "nội vụ", "khuyến nông", "tuyên giáo"]),
    st.sampled_from(["huyện", "tỉnh", "xã Tân Hương", "thị trấn Hoa Sen", "huyện Bình Minh"]),
)
SPACE = st.text(alphabet="\u00a0 \u2003\t", max_size=30)


@given(PERSON, UNIT)
def test_name_and_unit_come_back_in_any_of_the_usual_forms(name: str, unit: str) -> None:
    for text in (
        f"{name} ({unit})",
        f"{name} - {unit}",
        f"{name}, {unit}",
        f"{name}\n{unit}",
        f"Tin bài: {name} ({unit})",
    ):
        assert fields(read_byline(text)) == (name, unit, None, "")


@given(
    st.lists(PERSON, min_size=1, max_size=3, unique=True), st.sampled_from([", ", " - ", " – ", " và ", " & ", "; "])
)
def test_a_list_of_names_comes_back(names: list[str], separator: str) -> None:
    assert fields(read_byline("Bài, ảnh: " + separator.join(names))) == (";".join(names), None, None, ";".join(names))


@given(st.sampled_from([case[0] for case in SIGNED] + PROSE), SPACE, SPACE)
def test_white_space_around_a_text_changes_nothing(text: str, before: str, after: str) -> None:
    assert fields(read_byline(before + text + after)) == fields(read_byline(text))


PIECES = st.sampled_from(
    [
        "(",
        ")",
        "[",
        ":",
        "-",
        "–",
        ",",
        "/",
        ".",
        "\n",
        " ",
        "Theo",
        "Tin",
        "ảnh",
        "Nguồn",
        "Lê Na",
        "PV",
        "TTXVN",
        "(Báo X) - A",
    ]
)


@given(
    st.one_of(st.text(max_size=2 * LONGEST), st.lists(PIECES, max_size=40).map(" ".join), st.lists(PIECES).map("".join))
)
def test_no_text_makes_a_reader_fail(text: str) -> None:
    for byline in (read_byline(text), read_labelled_author(text)):
        if byline is not None:
            assert byline.authors or byline.unit or byline.source or byline.photo
    assert is_confident(text) in (True, False)
    read_dateline(text)
    credit, rest = read_credit(text)
    assert credit is None or credit.strip()
    assert len(rest) <= len(unicodedata.normalize("NFC", text)) + 1
