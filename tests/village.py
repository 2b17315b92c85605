"""The pages of a small commune site that crawl tests serve: listings with paging, six articles, a file, a picture."""

from __future__ import annotations

from server import Answer, Route

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)

PARAGRAPHS = (
    (
        "Sáng nay, Ủy ban nhân dân xã tổ chức lễ ra quân làm đường giao thông nông thôn với sự tham gia của hơn hai "
        "trăm người dân và đoàn viên thanh niên ở các thôn trên địa bàn xã."
    ),
    (
        "Tuyến đường dài tám trăm mét, rộng năm mét, đi qua hai thôn, được đổ bê tông dày hai mươi phân; kinh phí do "
        "Nhà nước hỗ trợ xi măng, nhân dân đóng góp ngày công và hiến đất làm đường."
    ),
    "Dự kiến tuyến đường hoàn thành trước mùa mưa, giúp bà con đi lại và vận chuyển nông sản thuận lợi hơn.",
)


def page(title: str, content: str, *, head: str = "") -> str:
    menu = '<ul class="menu"><li><a href="/">Trang chủ</a></li><li><a href="/tin-tuc">Tin tức</a></li></ul>'
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title} - Xã Mẫu</title>{head}</head>'
        f'<body><div id="header">{menu}</div><div id="main">{content}</div>'
        '<div id="footer">Bản quyền thuộc Ủy ban nhân dân xã Mẫu</div></body></html>'
    )


def article(number: int, *, extra: str = "", body: str = PARAGRAPHS[0]) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in (body, *PARAGRAPHS[1:]))
    title = f"Xã Mẫu làm đường giao thông nông thôn đợt {number}"
    content = (
        f'<h1 class="title">{title}</h1><div class="date">Ngày đăng: {number:02}/05/2024 08:15</div>'
        f'<div class="content">{paragraphs}{extra}</div>'
    )
    return page(title, content)


def entry(number: int) -> str:
    title = f"Xã Mẫu làm đường giao thông nông thôn đợt {number}"
    return f'<li class="item"><a href="/tin-{number}.html">{title}</a> <span>({number:02}/05/2024)</span></li>'


def listing(numbers: range, *, more: str = "") -> str:
    return page("Tin tức", f'<h2>Tin tức</h2><ul class="list">{"".join(map(entry, numbers))}</ul>{more}')


def small_site() -> dict[str, Route]:
    files = '<p><a href="/files/ke-hoach.pdf">Tải kế hoạch</a></p><p><img src="/anh/duong.png" alt=""></p>'
    routes: dict[str, Route] = {
        "/": listing(range(1, 3), more='<p><a href="/tin-tuc">Xem thêm</a></p>'),
        "/tin-tuc": listing(range(1, 4), more='<div class="paging"><a href="/tin-tuc?page=2">2</a></div>'),
        "/tin-tuc?page=2": listing(range(4, 7), more='<div class="paging"><a href="/tin-tuc">1</a></div>'),
        "/files/ke-hoach.pdf": Answer(body=PDF, mime="application/pdf", etag='"pdf"'),
        "/anh/duong.png": Answer(body=PNG, mime="image/png"),
    }
    routes |= {f"/tin-{n}.html": article(n, extra=files if n == 1 else "") for n in range(1, 7)}
    return routes
