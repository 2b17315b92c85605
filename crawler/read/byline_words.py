"""The words that by-lines are made of, and what a group of words is: a person, a unit, an outlet, a role, an account.

Vocabularies are in lower case and NFC, compared through `key`, which also levels the two spellings of tone marks
(`hoà` and `hòa`, `uỷ` and `ủy`).
"""

from __future__ import annotations

import re
from functools import lru_cache

_OLD_TONES = re.compile(r"(?<!q)(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)")
_MOVED = dict(
    zip(
        "àáảãạèéẻẽẹỳýỷỹỵ",
        ("òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"),
        strict=True,
    )
)


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Lower case with tone marks in the newer place: what vocabularies are looked up by."""
    return _OLD_TONES.sub(lambda found: _MOVED[found[0][1]], text.lower())


def _words(text: str) -> frozenset[str]:
    return frozenset(map(key, text.split()))


def _lines(text: str) -> frozenset[str]:
    """Entries of several syllables, each between commas or line ends."""
    return frozenset(key(entry) for line in text.splitlines() for part in line.split(",") if (entry := part.strip()))


AUTHOR_LABELS = _lines("""
    tác giả bài viết, tác giả, nhóm tác giả, các tác giả, đồng tác giả, nhóm thực hiện, người thực hiện
    đơn vị thực hiện, người viết bài, người viết, người đưa tin, đưa tin, viết bởi, bài viết của, bài của, tin của
    bút danh, phóng viên, cộng tác viên, nhóm phóng viên, nhóm pv, pv, ctv, ghi chép, phóng sự, sưu tầm, th, t/h
    thông tin bài viết, author, authors, written by, by, autorin, autoren, autores, autor, auteur, auteurs, auteure
    story, words, redacción
""")
PHOTO_LABELS = _lines("""
    nguồn ảnh, nguồn hình, ảnh minh họa, ảnh tư liệu, ảnh chụp, ảnh nguồn, ảnh do, chụp ảnh, người chụp, nhiếp ảnh
    photo credit, image credit, credit, photograph, photo by, photos by
""")
SOURCE_LABELS = _lines("""
    nguồn tin bài, nguồn bài viết, nguồn tin, nguồn bài, nguồn trích, nguồn, trích nguồn, dẫn nguồn, theo nguồn
    theo, dẫn theo, trích từ, xuất xứ, tin từ, source, sources, quelle, fuente, fonte
""")
OTHER_LABELS = _lines("""
    biên tập viên, biên tập, biên soạn, người biên tập, người đăng bài, người đăng, đăng bởi, đăng tin, đăng bài
    người nhập, nhập tin, người gửi, gửi bởi, người duyệt, người cập nhật, duyệt tin, duyệt, hiệu đính, dịch
    biên dịch, người dịch, thiết kế, kỹ thuật, trình bày, quay phim, dựng phim, dựng, mc, kịch bản, âm thanh, đọc
    chịu trách nhiệm nội dung, phụ trách, số lượt xem, lượt xem, lượt đọc, số lần xem, số lượt đọc, đã xem, xem
    view, views, ngày đăng tin, ngày đăng, đăng ngày, đăng lúc, ngày cập nhật, cập nhật lần cuối, cập nhật
    ngày viết, ngày gửi, thời gian, ngày, editor, edited by, published, updated, translated by
""")
"""Labels of what is no field of a by-line: editors, accounts, counters, dates."""
LABEL_PARTS = _lines("""
    tin bài, bài viết, nội dung, thực hiện, hình ảnh, đồ họa, tổng hợp, tin, bài, ảnh, hình, video, clip, flycam
    infographic, thơ, nhạc, lời, text, texte, texto, photo, photos, foto, fotos, bilder, bild, image, images
    picture
""")
"""What joint labels such as `Tin, bài, ảnh` are made of."""

LEVELS = _lines("""
    huyện, xã, tỉnh, thị xã, thị trấn, phường, quận, thành phố, tp, tp., tx, tx., thôn, trung ương, tw, đặc khu
""")
"""After one of these a place name follows."""

UNIT_HEADS = _lines("""
    ban, ban chỉ đạo, ban chỉ huy, ban quản lý, văn phòng, vp, phòng, sở, bộ, chi cục, cục, tổng cục, vụ, viện
    học viện, trung tâm, ttyt, ttvh, ttvhtt, tttt, trường, trạm, trạm y tế, hội, hội đồng, hội đồng nhân dân, đoàn
    đội, tổ, công an, bch, bch qs, bchqs, ubnd, ủy ban, ủy ban nhân dân, hđnd, ubmttq, ubmttqvn, mttq, mttqvn, ub
    ub mttq, mặt trận, mặt trận tổ quốc, đảng ủy, đảng bộ, chi bộ, huyện ủy, thị ủy, thành ủy, tỉnh ủy, quận ủy
    huyện đoàn, thị đoàn, thành đoàn, tỉnh đoàn, quận đoàn, xã đoàn, liên đoàn, liên đoàn lao động, lđlđ, công đoàn
    công đoàn cơ sở, bệnh viện, bv, bvđk, hạt, hạt kiểm lâm, kho bạc, kbnn, ngân hàng, agribank, nhcsxh, chi nhánh
    bảo hiểm, bảo hiểm xã hội, bhxh, thanh tra, tòa án, tand, vksnd, viện ksnd, viện kiểm sát, đồn, đồn biên phòng
    bđbp, bộ đội, bộ đội biên phòng, bộ chỉ huy, bộ chqs, ban chqs, hội lhpn, hội ccb, hội nd, hội ctđ, lhpn, ccb
    đoàn thanh niên, đtn, đoàn tncs, câu lạc bộ, clb, hợp tác xã, htx, công ty, cty, thư viện, bảo tàng, nhà văn hóa
    khối, khối dân vận, liên minh, liên minh htx, quỹ, khoa, tiểu ban, chi hội, chi đoàn, liên chi đoàn, bưu điện
    điện lực, nhà máy, nhà thiếu nhi, nhà trường, thường trực, ban thường trực, ban thường vụ, cảnh sát, quân khu
    trung đoàn, sư đoàn, lữ đoàn, tiểu đoàn, đại đội, chi cục thuế, cục thuế, cục thống kê, chi cục thống kê
    hải quan, cơ quan, tổ công nghệ số, bql, gdnn, thcs, thpt, trường mn, trường thcs, trường thpt, mầm non
    tiểu học, ban ql, vnpt, viettel, vpđp, văn phòng điều phối, tổng công ty, nhóm, đài truyền thanh, đài tt
    đài tt-th, đài truyền thanh - truyền hình, đội thông tin, thuế, tổng hội, hiệp hội, đảng đoàn
""")

AMBIGUOUS_HEADS = _words("""
    đoàn trường khoa tổ đội ban hội bộ viện vụ đồn hạt khối cục quỹ thuế nhóm sở phòng trạm
""")
"""Also syllables of names or of common words: a sector, a level or an abbreviation must follow at once."""

SECTORS = _lines("""
    tuyên giáo, dân vận, tổ chức, nội chính, kiểm tra, tuyên giáo và dân vận, kinh tế, xã hội, văn xã, pháp chế
    nội vụ, tư pháp, tài chính, kế hoạch, tài nguyên, môi trường, nông nghiệp, nông thôn, phát triển nông thôn
    phát triển, công thương, công nghiệp, thương mại, xây dựng, giao thông, vận tải, giao thông vận tải, đô thị
    quản lý đô thị, quản lý, hạ tầng, kinh tế hạ tầng, lao động, thương binh, người có công, văn hóa, thông tin
    thể thao, du lịch, gia đình, trẻ em, truyền thông, báo chí, xuất bản, giáo dục, đào tạo, khoa học, công nghệ
    y tế, dân số, dân tộc, tôn giáo, ngoại vụ, thanh tra, thống kê, thuế, hải quan, biên phòng, quân sự
    chỉ huy quân sự, chỉ huy, quốc phòng, an ninh, an ninh trật tự, trật tự, phòng cháy, chữa cháy, cứu nạn, cứu hộ
    cảnh sát, giao thông trật tự, hình sự, ma túy, quản lý hành chính, hành chính, hành chính công
    phục vụ hành chính công, phục vụ, một cửa, chính trị, chính sách, chính sách xã hội, người cao tuổi, nông dân
    phụ nữ, liên hiệp phụ nữ, cựu chiến binh, thanh niên, cựu thanh niên xung phong, thanh niên xung phong, cựu tnxp
    chữ thập đỏ, khuyến học, làm vườn, đông y, sinh vật cảnh, nhà báo, văn học nghệ thuật, văn học, nghệ thuật
    luật gia, luật sư, doanh nghiệp, doanh nhân, nạn nhân chất độc da cam, chất độc da cam, người mù
    người khuyết tật, bảo trợ, từ thiện, bảo trợ xã hội, công đoàn, lao động việt nam, liên đoàn, đoàn thể
    thiếu nhi, học sinh, sinh viên, mặt trận, mặt trận tổ quốc, tổ quốc, việt nam, nhân dân, hội đồng
    hội đồng nhân dân, ủy ban, ủy ban nhân dân, cộng sản, cộng sản hồ chí minh, hồ chí minh, mầm non, mẫu giáo
    tiểu học, trung học, trung học cơ sở, trung học phổ thông, phổ thông, cơ sở, cao đẳng, đại học, trung cấp, nghề
    dạy nghề, nội trú, bán trú, thường xuyên, giáo dục nghề nghiệp, nghề nghiệp, giáo dục thường xuyên, hướng nghiệp
    chính trị huyện, bồi dưỡng, bồi dưỡng chính trị, đa khoa, dược, y học, cổ truyền, y học cổ truyền, dự phòng
    y tế dự phòng, kiểm soát, kiểm soát bệnh tật, bệnh tật, phụ sản, nhi, phục hồi chức năng, vệ sinh
    an toàn thực phẩm, thực phẩm, giao dịch, khuyến nông, khuyến ngư, bảo vệ thực vật, trồng trọt, chăn nuôi, thú y
    thủy sản, thủy lợi, lâm nghiệp, kiểm lâm, vườn quốc gia, khu bảo tồn, phòng hộ, rừng phòng hộ, rừng
    nông thôn mới, ứng dụng, dịch vụ, dịch vụ nông nghiệp, chuyển giao, khoa học kỹ thuật, kỹ thuật, cây trồng
    vật nuôi, giống, nước sạch, đê điều, phòng chống, thiên tai, phòng chống thiên tai, nhà nước, kho bạc, ngân hàng
    ngân hàng chính sách xã hội, tín dụng, quỹ tín dụng, tín dụng nhân dân, bảo hiểm, bảo hiểm xã hội, đất đai
    đăng ký đất đai, phát triển quỹ đất, quỹ đất, giải phóng mặt bằng, đầu tư, dự án, quản lý dự án, khu kinh tế
    khu công nghiệp, cụm công nghiệp, tòa án, kiểm sát, thi hành án, thi hành án dân sự, dân sự, công chứng
    trợ giúp pháp lý, đấu giá, tài sản, thư viện, bảo tàng, di tích, nhà văn hóa, văn nghệ, truyền thanh
    truyền hình, phát thanh, phát thanh - truyền hình, truyền thanh - truyền hình, điện ảnh, nghe nhìn, điện lực
    bưu điện, bưu chính, viễn thông, cấp nước, môi trường đô thị, cây xanh, chuyển đổi số, công nghệ số
    công nghệ số cộng đồng, cộng đồng, dữ liệu, xúc tiến, xúc tiến đầu tư, chấp hành, thường vụ, thường trực
    chỉ đạo, điều phối, điều hành, quân dân, dân quân, dân quân tự vệ, tự vệ, vận động, đại diện, giám sát, huyện ủy
    thị ủy, thành ủy, tỉnh ủy, đảng ủy, đảng bộ, chi bộ, quận ủy, huyện đoàn, tỉnh đoàn, đảng, đoàn, trung ương đoàn
    công an, hội, các cơ quan, các cơ quan đảng, cơ quan, khối, biên tập, tổng hợp, văn phòng, thi đua, khen thưởng
    thi đua khen thưởng, tiếp công dân, tiếp dân, lưu trữ, chính phủ, quốc hội, đại biểu quốc hội, đại biểu
    trung tâm, phòng, sở, ban, trường, viện, trạm, đội, kinh doanh, sản xuất, hợp tác, nông nghiệp và môi trường
    trách nhiệm hữu hạn, cổ phần, tnhh, thương mại dịch vụ, liên xã, khu vực, liên huyện, số, quân khu, quân đội
    hậu cần, trinh sát, cơ động, tổng hợp huyện, quản trị, phật giáo, công giáo, phóng viên, đời sống, sức khỏe
    pháp luật, tuổi trẻ, tiền phong, giải phóng, công lý, công luận, nông thôn ngày nay, điện tử, online, thế giới
    bảo vệ pháp luật, đại đoàn kết, quân đội nhân dân, công an nhân dân, nhân đạo, tin tức, trang tin
    thông tin điện tử, thông tin và truyền thông, tổng hợp tỉnh, xây dựng đảng, lý luận, lý luận chính trị
    đầu tư chứng khoán, thời báo, tiếng nói, tiếng nói việt nam, lao động thủ đô, người lao động, điều dưỡng, bảo vệ
    quan trắc, khí tượng, thủy văn, kiểm định, đăng kiểm, đo lường, chất lượng, tiêu chuẩn, thị trường
    quản lý thị trường, giá, công sản, ngân sách, tin học, cải cách hành chính, bình đẳng giới, bảo tồn, khai thác
    đường bộ, cầu đường, thủy nông, nghiệp vụ, chuyên môn, tham mưu, cơ yếu, chiếu phim, thanh thiếu niên
    thiếu niên, mỹ thuật, âm nhạc, nhiếp ảnh, di sản, trẻ mồ côi, tù yêu nước, giáo chức, cựu giáo chức
    cựu quân nhân, hữu nghị, làng nghề, xây dựng nông thôn mới, giảm nghèo, việc làm, dịch vụ việc làm
    giới thiệu việc làm, an toàn giao thông, an toàn, dịch vụ tổng hợp, hỗ trợ, hỗ trợ nông dân, công tác mặt trận
    khoa giáo, khoa học và công nghệ, sức khỏe sinh sản, truyền nhiễm, nội, ngoại, sản, hồi sức, cấp cứu
    dinh dưỡng, thiếu nhi đồng, cây xanh đô thị, quy hoạch, kiến trúc, kiểm toán, phổ biến
    phổ biến giáo dục pháp luật, hòa giải, thừa phát lại, lý lịch tư pháp, bổ trợ tư pháp, biên giới, cửa khẩu
    ngoại ngữ, tôn tạo, nghĩa trang, người dân tộc thiểu số, thiểu số, vùng cao, đồng bằng, miền núi, định canh
    định cư, kinh tế mới, cao nguyên, cà phê, cao su, chè, mía đường
""")

ABBREVIATIONS = _lines("""
    ubnd, hđnd, ubmttq, mttq, mttqvn, lhpn, ccb, ctđ, tnxp, tncs, tncshcm, lđlđ, gd&đt, gdđt, gd-đt, vh-tt, vh&tt
    vhtt, vh-tt-dl, vh-tt&dl, vhtt&dl, vhttdl, vh, tt, tt-dl, tnmt, tn&mt, tn-mt, nn, nn&ptnt, nnptnt, ptnt, nn-ptnt
    lđtbxh, lđ-tb&xh, lđ-tbxh, lđtb&xh, tc-kh, tckh, kt-ht, kt&ht, ktht, cqs, qs, chqs, bch, bchqs, nct, nd, htx
    ksnd, tand, vksnd, thads, csgt, pccc, cnch, qlda, đtxd, gpmb, gdnn-gdtx, gdnn, gdtx, thpt, thcs, th, mn, ptdtnt
    ptdt, đh, cđ, tx, tp, csxh, nhcsxh, nn&mt, nnmt, khcn, kh&cn, kh-cn, kt, htkt, xd, nv, tp., bhxh, đk, đkkv, cdc
    pttn, tth, ttth, tt-th, tt&th, ptth, pt-th, pt&th, ttđt, gptđt, tw, vp, hcm, đtn, qldt, qlđt, tdtt, vhtt-dl
    vp hđnd, ban cđ, ntm, vnpt, lh, khhgđ, dsgđ, ubkt
""")

COLLECTIVES = _lines("""
    bbt, btv, biên tập viên, pv, p.v, ctv, bgp, pv-ctv, nhóm pv, nhóm p.v, nhóm phóng viên, nhóm ctv, nhóm pv-ctv
    nhóm pv - ctv, pv - ctv, tổ biên tập, tổ tin bài, nhóm biên tập, ban biên tập, phóng viên, cộng tác viên
    nhóm cộng tác viên, tổ truyền thông, tòa soạn, nhóm thực hiện, nhóm tác giả, pv - btv, pv & ctv, pv/ctv
    nhóm bạn đọc, nhóm btv, ban bt, bbt website, ban biên tập website, ban biên tập cổng ttđt
    ban biên tập trang ttđt, ban biên tập trang thông tin điện tử, nhóm phóng viên - cộng tác viên
""")

ROLES = _lines("""
    gt, giới thiệu, cộng sự, các cộng sự, nhóm cộng sự, đồng nghiệp, ctv, cộng tác viên, pv, phóng viên, btv
    biên tập viên, t/h, th, t.h, tổng hợp, t.hợp, tổng hợp và biên tập, biên tập, bt, biên soạn, sưu tầm, s/t, st
    s.t, sưu tầm và biên tập, sưu tầm và tổng hợp, lược ghi, ghi, thực hiện, lược dịch, dịch, biên dịch
    tổng hợp từ internet, theo internet, tổng hợp từ nhiều nguồn, nguồn internet, tổng hợp theo internet, nhà báo
    tổng thuật, lược thuật, lược trích, trích, sưu tầm - tổng hợp, thực hiện và tổng hợp, đưa tin, bài viết, tác giả
    cập nhật, tt, bt và th, tổng hợp & biên tập, staff writer, staff, reporter, correspondent, editor, contributor
    freelance, ảnh, tin, bài, bài và ảnh, tin và ảnh, tin ảnh
""")

POSITIONS = _lines("""
    bí thư, phó bí thư, phó bí thư thường trực, ủy viên, ủy viên btv, ủy viên ban thường vụ, chủ tịch, phó chủ tịch
    trưởng ban, phó trưởng ban, phó ban, phó trưởng, trưởng, trưởng phòng, phó trưởng phòng, phó phòng, giám đốc
    phó giám đốc, chánh văn phòng, phó chánh văn phòng, chánh, phó chánh, hiệu trưởng, phó hiệu trưởng
    tổng biên tập, phó tổng biên tập, chuyên viên, công chức, cán bộ, công chức văn hóa, giáo viên, trưởng công an
    phó trưởng công an, trưởng trạm, trạm trưởng, trưởng đài, phó đài, đội trưởng, phó đội trưởng, chỉ huy trưởng
    chính trị viên, giảng viên, nhân viên, phó, viên chức
""")

TITLES = _lines("""
    ths, ths., th.s, th.s., ts, ts., t.s, pgs, pgs., pgs.ts, pgs.ts., gs, gs., gs.ts, gs.ts., gs.tskh, tskh, tskh.
    bs, bs., ths.bs, ths.bs., ts.bs, ts.bs., bs.ckii, bs.cki, bscki, bsckii, bs ckii, bs cki, bs.ck1, bs.ck2, bs ck1
    bs ck2, bsck1, bsck2, bsck i, bsck ii, bs.ck i, bs ck i, bs ck ii, cn, cn., ks, ks., ds, ds., đd, đd., ls, ls.
    kts, kts., cki., ckii., ck1, ck2, cki, ckii, thạc sĩ, thạc sỹ, tiến sĩ, tiến sỹ, bác sĩ, bác sỹ, dược sĩ
    dược sỹ, kỹ sư, kĩ sư, cử nhân, giáo sư, phó giáo sư, luật sư, luật gia, nhà báo, nhà thơ, nhà văn, nhạc sĩ
    nhạc sỹ, họa sĩ, nghệ sĩ, nhiếp ảnh gia, điều dưỡng, đồng chí, đ/c, đc, ông, bà, anh, chị, cô giáo, thầy giáo
    cô, thầy, thầy thuốc, em, bạn, linh mục, đại đức, thượng tọa, cụ, bác, nsnd, nsưt, ngưt, ngnd, đại tướng
    thượng tướng, trung tướng, thiếu tướng, đại tá, thượng tá, trung tá, thiếu tá, đại úy, thượng úy, trung úy
    thiếu úy, thượng sĩ, trung sĩ, hạ sĩ, thượng sỹ, trung sỹ, hạ sỹ, binh nhất, binh nhì, phóng viên, pv, p.v, ctv
    cộng tác viên, btv, biên tập viên, tác giả, nhóm tác giả, các tác giả, của, mr, mr., mrs, mrs., ms, ms., dr, dr.
    prof, prof., sir, herr, frau, mme, m.
""")

ADDRESSES = _lines("""
    đồng chí, đ/c, đc, ông, bà, anh, chị, em, cụ, bác, cô, thầy, bạn
""")
"""Said of a person who is spoken about: with a position after the name it is a caption."""

OUTLET_HEADS = _lines("""
    báo, báo điện tử, tạp chí, đài, đài pt-th, đài ptth, đài pt&th, cổng ttđt, cổng thông tin điện tử
    cổng thông tin, cổng tt, cổng, trang ttđt, trang thông tin điện tử, trang thông tin, trang tin
    trang tin điện tử, trang web, website, web, thông tấn xã, kênh, truyền hình, bản tin, chuyên trang, fanpage
    facebook, thời báo, nhật báo, đặc san, cổng dvc, phụ san, trang điện tử, trang, nguyệt san, tuần báo, zalo
    hãng tin
""")

OUTLETS = _lines("""
    ttxvn, vov, vtv, vtc, vtv1, vov1, vnexpress, vietnamplus, vietnam+, vietnamnet, dân trí, tuổi trẻ
    tuổi trẻ online, thanh niên online, nhân dân, nhân dân điện tử, lao động, tiền phong, zing
    zing news, znews, infonet, cand, qđnd, httv, sggp, nlđ, người lao động, vgp, vgp news, đcsvn, antv, antđ, qpvn
    kênh 14, soha, cafef, cafebiz, hànộimới, hà nội mới, sài gòn giải phóng, pháp luật việt nam, plo, plvn
    đại đoàn kết, quân đội nhân dân, công an nhân dân, nông nghiệp việt nam, dân việt, nông thôn ngày nay
    sức khỏe và đời sống, sức khỏe & đời sống, giáo dục và thời đại, giáo dục & thời đại, vneconomy, vietnam news
    vns, vna, reuters, afp, ap, dpa, tass, xinhua, tân hoa xã, bbc, cnn, efe, ansa, upi, bloomberg, getty images
    đảng cộng sản việt nam, tạp chí cộng sản, thông tấn xã việt nam, internet, intenet, google
    facebook, kinhtedothi, kinh tế đô thị, baotintuc, thời nay, tiếng nói việt nam, vtvcab, vietq, suckhoedoisong
    moh, hcdc
""")

CREDITS = _lines("""
    internet, intenet, nvcc, dpa, afp, ap, reuters, epa, nhân vật cung cấp, facebook, google, zalo, đơn vị cung cấp
    cstv, csgt, getty images, shutterstock, pixabay, freepik
""")
"""Printed as a credit where no person is named."""

NOBODY = _lines("""
    minh họa, tư liệu, tl, sưu tầm, st, s/t, tổng hợp, th, t/h, sưu tầm và tổng hợp, không rõ, chưa rõ
    đang cập nhật, khuyết danh, n/a, na, none, null, sưu tầm từ internet, không, khác, ẩn danh, nhiều nguồn
    tổng hợp từ nhiều nguồn, tổng hợp internet, biên tập, tác giả, bài viết, unknown, anonymous
""")

ACCOUNT_WORDS = _words("""
    admin admins administrator administrators quantri quantrivien quanly quanlyweb webmaster editor editors root user
    users superuser superadmin super sysadmin system account host moderator mod guest bientap bientapvien test tester
    adm demo manager author owner website web vanthu vanphong portal cms nguoidung member poster
""")
"""A text of such words only is an account of the CMS."""
ACCOUNTS = _lines("""
    quản trị, quan tri, quản trị viên, quan tri vien, quản trị website, quan tri website, quản trị hệ thống
    quan tri he thong, quản trị mạng, người quản trị, ban quản trị website, quản lý website, quản trị cổng, hệ thống
    văn thư, người dùng, tài khoản, quản trị tin, quản trị nội dung, quản trị trang, quản trị trang web
    ban quản trị, ban quản trị cổng, nhóm quản trị
""")

FAMILY_NAMES = _words("""
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đoàn vương trịnh trương đinh lâm
    phùng mai tô hà tạ chu châu lương cao tăng thái kiều lưu triệu quách bạch doãn đàm thân tống văn khổng nghiêm từ
    quan ninh la lục ông thạch sơn kim danh mạc tôn cù lã hứa vi nông hoàn ma giáp đồng âu chử phí uông cung mạnh
    diệp viên điểu ksor rơ siu kpă niê hồng liêu lò lường quàng cầm bế đèo giàng sùng thào vàng lù cháng hờ mùa vừ
    lầu hạng tẩn khương lô kha sầm lang bàn phàn đậu thiều phó biện trà tiêu nhữ quản ngũ ngụy ngọ khuất khúc bá
    bành
""")

COMMON_FAMILY_NAMES = _words("""
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ ngô dương đoàn trịnh trương đinh phùng
""")
"""What follows one of these, written as a name, is a name."""
GIVEN_SYLLABLES = _words("""
    an anh ánh ân ẩn bá bách bạch bảo bằng bắc bích biên bình bính bảng ba bồng bổng bửu bi biển cảnh cầm cẩm cần
    cẩn cát chanh châu chi chí chiến chiêu chinh chính chung chương chuyên chuẩn chúc công cơ cương cường cúc cư
    cung dân danh di diễm diên diện diệp diệu dinh doan doanh du dũng dung duy duyên duyệt dương đa đài đại đam đan
    đàn đáng đăng đạo đào đạt đắc đằng đậu điềm điền điển điệp đình định đoài đoan đoàn đô độ đồng đông đức đường
    được gái gia giang giao giáp giàu hà hạ hạc hải hài hán hạnh hành hào hảo hạo hân hằng hậu hiên hiến hiền hiển
    hiệp hiếu hiệu hinh hoa hòa hóa hoài hoan hoàn hoàng hoành hồ hội hồi hồng hợi hợp huân huấn huế huệ hùng huy
    huyên huyền huỳnh hưng hương hường hướng hưởng hữu hy hỷ hát kha khang khanh khánh khải khiêm khiết khoa khoan
    khôi khuê khương khuyên kiên kiệm kiệt kiều kim kính kỳ ký kỷ kiểm la lai lam lan lành lãm lâm lân lập lê liên
    liễu liêm liệu linh lĩnh loan lộc lợi long luân luận luật lục lực lương lượng lưu ly lý lịch mai mạnh mận mẫn
    mến mi miên minh mơ mùi mừng mười my mỹ mỵ na nam năm năng nga ngà ngân nghi nghĩa nghiêm nghiệp ngoan ngọ ngọc
    ngôn nguyên nguyện nguyệt nhàn nhạn nhân nhẫn nhất nhật nhi nhiên nhung như nhu nhuận nhượng nhã ninh nữ nương
    oanh ơn phát phấn phi phiên phong phóng phú phúc phụng phước phương phượng phùng pháp phan quân quang quảng quế
    quốc quy quý quyên quyền quyết quyến quỳnh quất san sang sáng sâm sen sinh song sơn sông sương sỹ sĩ sao sa tá
    tài tám tâm tân tấn tần tây tề thạch thạo thái tham thanh thành thạnh thao thảo thăng thắm thắng thân thế thêu
    thi thị thiên thiện thiệp thiết thiều thiệu thìn thịnh thoa thoại thoan thơ thơm thọ thông thống thời thu thuần
    thuận thục thủy thùy thụy thuyên thuyết thuỷ thư thường thương thược thức thực tiên tiến tiệp tín tính tình tĩnh
    tịnh toan toàn toán toản tô tố tôn tới trà trang trạch trâm trân trần tráng trí triển triều trinh trình trọng
    trúc trung trường trực trưởng tuân tuấn tùng túc tuyên tuyền tuyến tuyết tú tư từ tương tường tưởng tý tị tỵ
    tuất út uy uyên uyển vân vạn văn vang vàng vi vĩ viên viễn viện việt vinh vĩnh vịnh vọng vũ vui vượng vương vy
    vỹ vấn vận xinh xoan xuân xuyên xuyến yên yến ý y vệ thôn diệm đang khắc huê nhài lụa lài mây nắng mùa thủ kông
    sỉ khâm toại diễn chấn thuật nhớ lượm bé tự thụ thưởng trấn trụ tuệ tuyển nhạc nhơn nhựt quới tòng sửu mão dần
    dậu đỉnh đĩnh nhâm trầm lệ lữ hoạt hoạch hoằng khởi khiên kiếm bút bảy sáu duẩn duệ dưỡng mậu nghị ngãi ngạn
    phẩm soạn tạo thận thập thiềm thuấn trác triệu truyền tuy vị thúy xô lượt mẹo khuyến huynh nghiễm ngữ tấu thốn
    lăng khê diêu
""")

NOT_NAMES = _lines("""
    y tế, y học, y dược, y khoa, y sĩ, y bác sĩ, by, von, por, par, di, autor, author, auteur
    hà nội, hải phòng, đà nẵng, cần thơ, hồ chí minh, an giang, bà rịa, vũng tàu, bạc liêu, bắc giang, bắc kạn
    bắc ninh, bến tre, bình dương, bình định, bình phước, bình thuận, cà mau, cao bằng, đắk lắk, đắk nông, điện biên
    đồng nai, đồng tháp, gia lai, hà giang, hà nam, hà tĩnh, hải dương, hậu giang, hòa bình, hưng yên, khánh hòa
    kiên giang, kon tum, lai châu, lạng sơn, lào cai, lâm đồng, long an, nam định, nghệ an, ninh bình, ninh thuận
    phú thọ, phú yên, quảng bình, quảng nam, quảng ngãi, quảng ninh, quảng trị, sóc trăng, sơn la, tây ninh
    thái bình, thái nguyên, thanh hóa, thừa thiên huế, tiền giang, trà vinh, tuyên quang, vĩnh long, vĩnh phúc
    yên bái, việt nam, đông nam á, văn hóa, an ninh, tài nguyên, bình luận, công an, quốc gia, gia đình, thanh niên
    phong trào, thông tin, nông dân, tổ quốc, nhân dân, đồng chí, quân dân, đại hội, hội viên, cán bộ, kinh tế
    xã hội, du lịch, tài chính, tài khoản, tài liệu, danh sách, danh mục, trang chủ, tin tức, trung thành, kính mời
    trân trọng, chân thành, thành phố, thành viên, thường trực, quốc hội, chính sách, công thương, công dân
    chính phủ, mặt trận, hội nghị, thành công, thi đua, chuyên mục, bảo vệ, bảo hiểm, tham khảo, chi tiết
    tiên phong, tin ảnh, nội dung, thư viện, dân chủ, công trình, chương trình, thủ tục, trực tuyến, đảng viên
    đồng bào, dân tộc, trung ương, tư pháp, pháp luật, công lý, chính trị, trường học, học sinh, nhân sự, thể dục
    hành chính, phương hướng, công văn, thông báo, thường vụ, thực hiện, kế toán, đại biểu, quân sự, quân đội
    doanh nhân, doanh nghiệp, thế giới, anh hùng, liên minh, biên bản, biên phòng, hoa kỳ, hàn quốc, trung quốc
    nhật bản, đài loan, thái lan, biển đông, nam bộ, trường sa, hoàng sa, tết nguyên đán, mùa xuân, trung thu
    đông y, hiến pháp, hình thức, văn thư, chính quyền, thể thao, thân ái, thân mến, đông đảo, chúc mừng, mừng xuân
    nguyên nhân, trung tâm, nhân đạo, an toàn, giao thông, an toàn giao thông, quyền lợi, công đoàn, huyện đoàn
    chung cư, tư tưởng, đạo đức, tư vấn, quy hoạch, quy định, quyết định, phạm vi, phạm nhân, phạm pháp, phan rang
    phan thiết, vũ khí, vũ trụ, vũ đài, võ thuật, võ đài, dương lịch, hoàng cung, đặng tiểu bình, bình đẳng, an sinh
    khánh thành, khởi công, thành tích, thương binh, hồ chủ tịch, chủ tịch, võ nguyên giáp, trần phú, hà huy tập
    bác hồ
""")


_LONGEST_PHRASE = 7
_JOINTS = frozenset({"và", "-", "–", "&", ",", "của", "+"})
_PROPER = _lines("""
    công ty, cty, tổng công ty, hợp tác xã, htx, ngân hàng, agribank, bệnh viện, bv, bvđk, nhà máy, câu lạc bộ, clb
    vnpt, viettel, thcs, thpt, tiểu học, mầm non, trường mn, trường thcs, trường thpt, chi nhánh, đồn biên phòng
    điện lực, bưu điện
""")
"""A proper name may follow these directly."""
_NO_UNITS = tuple(
    _lines(
        "hội trường, phòng ban, phòng họp, phòng khám, tổ quốc, ban giám, trường hợp, đội tuyển, bộ phận, đoàn công tác"
    )
)
"""They begin as units do and are none."""
_LETTERHEAD = ("ủy ban nhân dân", "hội đồng nhân dân", "ủy ban mặt trận", "bộ ", "sở ")
"""In capitals these head a document."""
_ALONE = _lines("""
    huyện ủy, thị ủy, thành ủy, tỉnh ủy, quận ủy, huyện đoàn, thị đoàn, thành đoàn, tỉnh đoàn, quận đoàn, xã đoàn
    ttyt, bhxh, lđlđ, ubmttq, bchqs, kbnn, nhcsxh
""")
"""Whole units in themselves."""
_DOMAIN = re.compile(
    r"(?:https?://)?(?:[\w-]{1,63}\.){0,4}[\w-]{2,63}\."
    r"(?:vn|com|net|org|info|gov|edu|asia|tv|eu|news|today|online|de|fr|es|it|uk|us|cn|jp|kr|la|kh|ru|io)(?:\.vn)?(?:/\S*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S{4,}", re.IGNORECASE)


@lru_cache(maxsize=2048)
def is_domain(text: str) -> bool:
    """`baobinhminh.vn`, `https://baobinhminh.vn/`; not initials such as `B.NG`."""
    return bool(_DOMAIN.fullmatch(text) or _ADDRESS.fullmatch(text))


def is_role(text: str) -> bool:
    """What somebody did or is to the editors (`CTV`, `t/h`), where a unit could stand."""
    return key(text).strip(" .") in ROLES


def is_collective(text: str) -> bool:
    return key(text).rstrip(".") in COLLECTIVES


def is_nobody(text: str) -> bool:
    """Illustration, archive, collected, unknown: a label with this names nobody."""
    return key(text).rstrip(".") in NOBODY


@lru_cache(maxsize=2048)
def is_account(text: str) -> bool:
    """An account of the CMS: words such as admin and nothing else, an e-mail address, a name with digits in it."""
    if "@" in text or "_" in text or any(char.isdigit() for char in text):
        return True
    level = key(text)
    return (
        level in ACCOUNTS
        or level.startswith(("admin", "quantri"))
        or all(word in ACCOUNT_WORDS for word in level.replace("-", " ").split())
    )


@lru_cache(maxsize=2048)
def is_unit(text: str) -> bool:
    """True for a name that is built as units' names are: a head (Phòng, Hội, UBND), then sectors, levels and places.

    Every word in lower case must be a sector or a level, so that a sentence about a unit is none.
    """
    parts, level, shouted = _tokens(text), key(text), text.isupper()
    head = _phrase(parts, 0, UNIT_HEADS) if parts else 0
    if not head or len(parts) > 22 or level.startswith(_NO_UNITS) or (shouted and level.startswith(_LETTERHEAD)):
        return False
    start = " ".join(map(key, parts[:head]))
    if head == len(parts):
        return start in _ALONE
    ambiguous = start in AMBIGUOUS_HEADS
    return _follows(parts, head, named=start in _PROPER | _ALONE, ambiguous=ambiguous, shouted=shouted)


def _follows(parts: tuple[str, ...], first: int, *, named: bool, ambiguous: bool, shouted: bool) -> bool:
    """The grammar after a head: sectors, levels and abbreviations; places after those; joints between them.

    Capitals say nothing of a word where all are capitals (`shouted`): there a place needs its level before it.
    """
    said, place_may_follow, joined = named, named, False
    at = first
    while at < len(parts):
        part, length = parts[at], 1
        level, trade = _phrase(parts, at, LEVELS), _phrase(parts, at, _TRADES)
        if level or trade:
            length = max(level, trade)
            if at > first and not joined and _is_predicate(parts[at : at + length]):
                return False
            said, joined = True, False
            place_may_follow = place_may_follow or level >= trade
        elif key(part) in ABBREVIATIONS or _is_abbreviation(part):
            said, joined = True, False
        elif place_may_follow and part[0].isupper():
            joined = False
        elif at == first:
            return False
        elif part in _JOINTS:
            if joined:
                return False
            joined = True
        elif _is_number(part) or is_domain(part) or (part[0].isupper() and not shouted and (said or not ambiguous)):
            joined = False
        else:
            return False
        at += length
    return said and not joined


def _is_predicate(phrase: tuple[str, ...]) -> bool:
    return phrase[0].islower() and key(" ".join(phrase)) in _ACTS


def _is_number(part: str) -> bool:
    return part[0].isdigit() and len(part) <= 6


def _is_abbreviation(part: str) -> bool:
    """`VH-TT`, `GD&ĐT`, `TC-KH`: capitals only, with a joint inside or without any vowel."""
    if not part.isupper() or len(part) > 12:
        return False
    inner = re.split(r"[-&.]", part)
    return (len(inner) > 1 and all(len(piece) <= 5 for piece in inner)) or (len(part) >= 2 and not _VOWEL.search(part))


_VOWEL = re.compile(r"[AEIOUYÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝĂĨŨƠƯẠ-Ỹ]")


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " , ").replace("“", " ").replace("”", " ").split())


def _phrase(parts: tuple[str, ...], at: int, vocabulary: frozenset[str]) -> int:
    """How many words from `at` on form the longest entry of the vocabulary; 0 for none."""
    if key(parts[at]) not in _FIRST_WORDS:
        return 0
    for length in range(min(_LONGEST_PHRASE, len(parts) - at), 0, -1):
        if key(" ".join(parts[at : at + length])) in vocabulary:
            return length
    return 0


_TRADES = SECTORS | UNIT_HEADS
_ACTS = _lines("""
    chỉ đạo, vận động, kiểm tra, giám sát, điều hành, phát triển, quản lý, kiểm soát, phục vụ, ứng dụng, chuyển giao
    xúc tiến, xây dựng, tổ chức, thi đua, đào tạo, bồi dưỡng, hợp tác, khen thưởng, đầu tư, điều phối, bảo vệ, hỗ trợ
    chăn nuôi, tiếp dân, tiếp công dân, khai thác, biên tập, tổng hợp, sản xuất, phòng chống, vận tải, phổ biến
    quy hoạch, hòa giải, đại diện, công tác, thống kê, thanh tra, chuyển đổi số, kiểm định, giảm nghèo
""")
"""Sectors that are verbs too: in lower case, in the middle, they begin a sentence's predicate."""
_FIRST_WORDS = frozenset(entry.split()[0] for group in (LEVELS, _TRADES, OUTLET_HEADS) for entry in group)


def is_abbreviated_unit(text: str) -> bool:
    """One word of capitals that only a unit's name can be: `VH-TT`, `XDCQ&ĐT`, `TTYT`."""
    if " " in text or not text.isupper():
        return False
    return key(text) in ABBREVIATIONS | UNIT_HEADS or (len(text) >= 3 and "." not in text and _is_abbreviation(text))


def is_loose_unit(text: str) -> bool:
    """A unit where the place says that one must stand (in brackets, after a label): its head is enough."""
    if is_unit(text):
        return True
    parts = _tokens(text)
    head = _phrase(parts, 0, UNIT_HEADS) if parts else 0
    if not head or len(parts) > 14 or text.endswith((".", "!", "?")):
        return False
    if head == len(parts):
        return key(text) not in AMBIGUOUS_HEADS
    return parts[head][0].isupper() or _phrase(parts, head, SECTORS | LEVELS) > 0


def is_place_unit(text: str) -> bool:
    """`xã Tân Hương`, `Thôn 5, xã Tân Hương`: a place that stands for the people of its office, in brackets."""
    parts = tuple(text.split())
    length = _phrase(parts, 0, LEVELS) if 1 < len(parts) <= 9 else 0
    if not length:
        return False
    return all(part[0].isupper() or part[0].isdigit() or key(part) in LEVELS for part in parts[length:])


def unit_in(text: str) -> str | None:
    """The unit that a text is, a position before it dropped: `Bí thư Đoàn xã Tân Hương` is of `Đoàn xã Tân Hương`."""
    if is_loose_unit(text) or is_place_unit(text):
        return text
    parts = text.split()
    for length in _positions(parts):
        rest = " ".join(parts[length:])
        if rest and is_loose_unit(rest):
            return rest
    return None


def starts_with_position(text: str) -> bool:
    """`Bí thư …`, `Phó Chủ tịch …`."""
    return bool(_positions(text.split()))


def _positions(parts: list[str]) -> list[int]:
    """How many words a position at the beginning may have, the longest first."""
    return [length for length in range(min(5, len(parts)), 0, -1) if key(" ".join(parts[:length])) in POSITIONS]


_LOCAL_RADIO = ("đài truyền thanh", "đài tt huyện", "đài tt xã", "đài tt-th", "đài tt phường", "đài tt thị")
"""The loudspeakers of a commune or district: a unit that signs, not an outlet that is quoted."""
_NO_OUTLETS = (*_LOCAL_RADIO, "báo cáo", "báo động", "đài khí tượng", "đài quan trắc", "đài tưởng niệm")
_ELECTRONIC = re.compile(r"(?:[A-ZĐÀ-Ỹ]\w*\s){1,4}(?:[Oo]nline|[Đđ]iện tử|TV|News|24h|Plus)")
_AGENCY_LENGTH = 4
"""`dpa`, `afp` and their like sign in lower case too."""


@lru_cache(maxsize=2048)
def is_outlet(text: str) -> bool:
    """A newspaper, a broadcaster, an agency, a portal or a domain; `báo cáo` is no newspaper."""
    if is_domain(text):
        return True
    level = key(text)
    if level in OUTLETS:
        return text[0].isupper() or "." in text or (text.isascii() and len(text) <= _AGENCY_LENGTH)
    if "/" in text and len(text) <= 60:
        return all(is_outlet(part.strip()) for part in text.split("/"))
    parts = _tokens(text)
    head = _phrase(parts, 0, OUTLET_HEADS) if parts else 0
    if not head:
        return bool(_ELECTRONIC.fullmatch(text))
    if len(parts) > 14 or level.startswith(_NO_OUTLETS):
        return False
    if head == len(parts):
        return head > 1
    rest = key(" ".join(parts[head:]))
    return rest in OUTLETS or _follows(parts, head, named=True, ambiguous=False, shouted=False)


_INITIALS = re.compile(r"[^\W\d_]{1,3}(?:\.[^\W\d_]{1,6}){1,3}\.?")
_NO_INITIALS = re.compile(r"(?:TP|TX|TT|KT|TM|TL|Q|St|No|Mr|Ms|Dr|vs|BS|TS|Th?S|CN|Tel|Fax)\.", re.IGNORECASE)
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*\.?")
_PARTICLES = _words("de van von der den la le di da dos das do du del della bin binti al el y ter zu af e")
"""Small words inside names of other languages."""
_GLUED_TITLE = re.compile(r"(?:(?:PGS|GS|TSKH|TS|ThS|Ths|BS|Bs|CKII|CKI|KS|CN|DS|LS|Đ/c|đ/c)\.\s?)+(?=[^\W\d_])")


def untitled(text: str) -> str:
    """A name without the titles and ranks before it."""
    parts = text.split()
    while length := _title(parts):
        parts = parts[length:]
    return _GLUED_TITLE.sub("", " ".join(parts), count=1)


def is_title(text: str) -> bool:
    """`ThS.`, `Thượng tá`, `đồng chí`: what stands before a name and is no part of it."""
    return key(text) in TITLES or key(text).rstrip(".:") in TITLES


def _title(parts: list[str]) -> int:
    """How many words of a title stand first, a name still after them; 0 for none."""
    for length in range(min(3, len(parts) - 1), 0, -1):
        title = " ".join(parts[:length])
        if is_title(title) and not _is_given_name(title, parts[length:]):
            return length
    return 0


def _is_given_name(title: str, rest: list[str]) -> bool:
    """`Anh` in `Anh Tấn` is a name, in `Anh Nguyễn Tấn` it is a form of address."""
    if title[0].islower() or key(title) not in GIVEN_SYLLABLES:
        return False
    return len(rest) < 2 or key(rest[0]) not in FAMILY_NAMES


def is_initials(text: str) -> bool:
    """`B.NG`, `T.H`, `N.V.A`, `X.Trường`; not `TP.HCM`."""
    if len(text) > 14 or "." not in text or not _INITIALS.fullmatch(text) or _NO_INITIALS.match(text):
        return False
    return all(part[0].isupper() for part in text.rstrip(".").split("."))


@lru_cache(maxsize=2048)
def is_name(text: str) -> bool:
    """A person's name where one is expected: one to six capitalised words that name nothing else."""
    if is_initials(text):
        return True
    parts = text.split()
    if not 1 <= len(parts) <= 6 or not 2 <= len(text) <= 50 or _names_something_else(text):
        return False
    capitals = [part for part in parts if part[0].isupper() or part not in _PARTICLES]
    if capitals[:1] != parts[:1] or len(parts) - len(capitals) > 2:
        return False
    return all(part[0].isupper() and bool(_NAME_WORD.fullmatch(part) or is_initials(part)) for part in capitals)


def _names_something_else(text: str) -> bool:
    level = key(text)
    if level in NOT_NAMES or level in UNIT_HEADS or is_role(text) or is_nobody(text):
        return True
    return is_account(text) or is_unit(text) or is_outlet(text)


@lru_cache(maxsize=2048)
def is_vietnamese_name(text: str) -> bool:
    """A name that can stand without any label: two to five syllables that names are made of.

    After a common family name the syllables are free (`Lê` and anything written as a name); a pen name must consist
    of given names, since `Tin Tức` and `Thông Báo` are written like names too.
    """
    if is_initials(text):
        return True
    parts = text.split()
    if not 1 <= len(parts) <= 5 or not is_name(text):
        return False
    levels = [key(part) for part in parts]
    family = levels[0] in FAMILY_NAMES
    if not family and (" ".join(levels[:2]) in NOT_NAMES or " ".join(levels[-2:]) in NOT_NAMES):
        return False
    if _is_highland(parts):
        return True
    if len(parts) < 2:
        return False
    if levels[0] in COMMON_FAMILY_NAMES and not text.isupper() and all(part.isalpha() for part in parts):
        return True
    strange = sum(1 for level in levels if level not in GIVEN_SYLLABLES and level not in FAMILY_NAMES)
    return not strange or (strange == 1 and family and len(parts) >= 3 and levels[1] in MIDDLE_NAMES)


def _is_highland(parts: list[str]) -> bool:
    """`H'Hoa Niê`, `Y Thịnh`, `K'Brếp`, `Siu Phương`: the marks of Central-Highlands names."""
    if any(_HIGHLAND.fullmatch(part) for part in parts):
        return True
    return len(parts) > 1 and (parts[0] in ("Y", "H") or key(parts[0]) in HIGHLAND_FAMILIES)


_HIGHLAND = re.compile(r"[HYKR]['’ʼ][A-ZĐ]\w+")
MIDDLE_NAMES = _words("""
    văn thị đức hữu đình xuân ngọc thanh minh quang quốc công trọng bá thế duy viết như thúy thùy kim hồng hoàng
    mạnh tiến anh hải đăng phú khắc sỹ sĩ mỹ bích diệu phương thu tuấn trung nhật vĩnh hoài song
""")
HIGHLAND_FAMILIES = _words("""
    ksor kpă kpa siu niê nie rơ rmah rahlan rlan nay mlô byă êban knul adrơng ayun hmok bkrông kbuôr ktla điểu kră
    krajan kpuih puih ralan hmăng bríu arất alăng zơrâm pơloong coor blúp hôih bhling ating kôr
""")

_SEEN_SMALL = (
    *(LEVELS, UNIT_HEADS, SECTORS, ABBREVIATIONS, COLLECTIVES, ROLES, POSITIONS, TITLES),
    *(OUTLET_HEADS, OUTLETS, CREDITS, NOBODY, SOURCE_LABELS, LABEL_PARTS),
)
_MAY_STAND_SMALL = {word for group in _SEEN_SMALL for entry in group for word in entry.split()} | {
    *_PARTICLES,
    *_JOINTS,
    *("and", "und", "et", "cùng"),
}


def has_foreign_word(text: str) -> bool:
    """True when a word in lower case stands in it that no by-line has: the quick way to see that a text is prose."""
    for part in text.split():
        if part[0].islower() and "." not in part[:-1]:
            word = part.rstrip(",.;:")
            if word not in _MAY_STAND_SMALL and key(word) not in _MAY_STAND_SMALL:
                return True
    return False
