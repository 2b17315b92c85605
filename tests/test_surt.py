"""The keys of an index: what the tools of the Internet Archive make of the same addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.export.surt import surt

SESSION = "0123456789abcdef0123456789abcdef"

CASES = [
    ("http://xa.example/", "example,xa)/"),
    ("http://xa.example", "example,xa)/"),
    ("https://xa.example/", "example,xa)/"),
    ("HTTPS://WWW.XA.EXAMPLE:443/Tin", "example,xa)/tin"),
    ("http://www2.xa.example/tin", "example,xa)/tin"),
    ("http://www.vn/", "vn)/"),
    ("http://xa.example:8080/tin", "example,xa:8080)/tin"),
    ("http://ten:khau@xa.example/", "example,xa)/"),
    ("http://xa.example./tin", "example,xa)/tin"),
    ("http://127.0.0.1:80/", "1,0,0,127)/"),
    ("http://xã.example/đường/a b?x=Ý", "example,xn--x-yfa)/%c4%91%c6%b0%e1%bb%9dng/a%20b?x=%c3%9d"),
    ("http://xa.example/Ke%20hoach%2047.pdf", "example,xa)/ke%20hoach%2047.pdf"),
    ("http://xa.example/a%2Fb%20c%25d?q=%41", "example,xa)/a/b%20c%25d?q=a"),
    ("http://xa.example/a//b/../c/./d/", "example,xa)/a/c/d"),
    ("http://xa.example/#dau", "example,xa)/"),
    ("http://xa.example/tin?", "example,xa)/tin"),
    ("http://xa.example/tin?x?", "example,xa)/tin?x?"),
    ("http://xa.example/tin?b=2&a=3&a=1&b", "example,xa)/tin?a=1&a=3&b&b=2"),
    ("http://xa.example/tin?a1=1&a=2", "example,xa)/tin?a=2&a1=1"),
    ("https://xa.example/?B=2&a=1&&", "example,xa)/?&&a=1&b=2"),
    (f"http://xa.example/tin?PHPSESSID={SESSION}&z=1", "example,xa)/tin?z=1"),
    (f"http://xa.example/tin?z=1&jsessionid={SESSION}", "example,xa)/tin?&z=1"),
    ("http://xa.example/tin?ASPSESSIONIDABCDEFGH=ABCDEFGHIJKLMNOPQRSTUVWX&a=1", "example,xa)/tin?a=1"),
    ("http://xa.example/(S(4hqa0555fwsecu455xqckv45))/tin.aspx", "example,xa)/tin.aspx"),
    ("http://xa.example/(4hqa0555fwsecu455xqckv45)/tin.aspx?x", "example,xa)/tin.aspx?x"),
    ("http://xa.example/(S(4hqa0555fwsecu455xqckv45))/tin", "example,xa)/(s(4hqa0555fwsecu455xqckv45))/tin"),
    ('http://xa.example/x|y"{}', 'example,xa)/x|y"{}'),
    ("http://xa.example/?__wb_method=POST&a=b c=đ", "example,xa)/?__wb_method=post&a=b%20c=%c4%91"),
    ("http://[::1]:8080/x", "::1:8080)/x"),
]


@pytest.mark.parametrize(("url", "key"), CASES)
def test_an_address_has_the_key_that_replay_tools_look_up(url: str, key: str) -> None:
    assert surt(url) == key


@given(st.text())
def test_any_address_has_a_key_of_one_word(rest: str) -> None:
    for url in (f"http://xa.example/{rest}", f"http://{rest}/", rest):
        key = surt(url)
        assert " " not in key
        assert "\n" not in key
        assert key == surt(url)
