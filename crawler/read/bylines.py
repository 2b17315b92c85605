"""Who signed an article: reads one short text as a by-line, or says that it is none.

Works on the text alone. Where it stood (right-aligned, last block, labelled node) is the caller's business; whether
it may be believed without such a sign is what `is_confident` says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crawler.read.byline_words import (
    ADDRESSES,
    CREDITS,
    has_foreign_word,
    is_abbreviated_unit,
    is_account,
    is_collective,
    is_domain,
    is_initials,
    is_name,
    is_nobody,
    is_outlet,
    is_place_unit,
    is_role,
    is_title,
    is_unit,
    is_vietnamese_name,
    key,
    starts_with_position,
    unit_in,
    untitled,
)
from crawler.read import byline_words as words
from crawler.read.words import INVISIBLE

LONGEST = 160
"""Characters; the longest by-lines seen (two names and a long unit) stay under 130."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """What one by-line names; `text` is the line as printed, on one line."""

    authors: tuple[str, ...] = ()
    unit: str | None = None
    source: str | None = None
    photo: tuple[str, ...] = ()
    text: str = ""


@dataclass(slots=True, kw_only=True)
class _Found:
    """A by-line while it is being read."""

    authors: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    source: str | None = None
    photo: list[str] = field(default_factory=list)
    confident: bool = False

    def take(self, signers: _Signers) -> None:
        self.authors += signers.names
        self.units += signers.units
        self.source = self.source or signers.source
        self.confident = self.confident or signers.confident

    def byline(self, text: str) -> Byline | None:
        if not (self.authors or self.units or self.source or self.photo):
            return None
        return Byline(
            authors=tuple(dict.fromkeys(self.authors)),
            unit="; ".join(dict.fromkeys(self.units)) or None,
            source=self.source,
            photo=tuple(dict.fromkeys(self.photo)),
            text=text,
        )


@dataclass(slots=True, kw_only=True)
class _Signers:
    """People, units and outlet that one piece of text names."""

    names: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    source: str | None = None
    confident: bool = False


def read_byline(raw: str) -> Byline | None:
    """The by-line that a short text is; None for prose, captions, counters, headings, empty labels and accounts."""
    found = _read(_readable(raw))
    return found.byline(_one_line(raw)) if found else None


def is_confident(raw: str) -> bool:
    """True when the text says itself that it is a by-line: a label, `Name (Unit)`, `Theo` with an outlet.

    A bare name, unit or pair of initials is one only where it stands in the place of a by-line.
    """
    found = _read(_readable(raw))
    return bool(found and found.confident and found.byline(""))


def read_labelled_author(raw: str) -> Byline | None:
    """The by-line in a node that the template labels as the author's, the label's words still in it or not.

    The label vouches for names of any language and for units without a known head's grammar; accounts are refused.
    """
    text = _readable(raw)
    if not text or len(text) > LONGEST:
        return None
    bare = _undated(text).strip(" |-–•,")
    found = _read(bare)
    if found is None and _UNKNOWN_LABEL.search(bare) is None:
        signers = _signers(_unwrapped(bare), vouched=True)
        if signers:
            found = _Found()
            found.take(signers)
    return found.byline(_one_line(raw)) if found else None


def _undated(text: str) -> str:
    return text if "//" in text else _AFTERTHOUGHT.sub("", text)


_AFTERTHOUGHT = re.compile(
    r"(?:^|[\s|,•(–-])[\s|,•–-]*(?:(?:lúc|ngày|vào|on|am|le)\s+)?(?:(?:thứ \w+|chủ nhật),?\s*)?\(?\d{1,2}[:/.-]\d{1,2}\b.{0,40}$",
    re.IGNORECASE,
)
"""A date or a time that the template prints behind the name."""


def read_dateline(lead: str) -> str | None:
    """The outlet in brackets that a lead begins with, as in `(Baohatinh.vn) - Sáng 7/5, …`; None where there is none."""
    match = _DATELINE.match(_one_line(lead[:_DATELINE_REACH]))
    if match is None:
        return None
    outlet = (match["outlet"] or match["other"]).strip()
    outlet = re.sub(r"^(?:Theo|Nguồn)\s*:?\s+", "", outlet, flags=re.IGNORECASE)
    if (
        is_outlet(outlet)
        and (match["dash"] or match["next"].isupper())
        and (match[0][0].isupper() or match[0][0] in "([")
    ):
        return outlet
    return outlet if match["dash"] and match[0][0] in "([" and _is_newsroom_initials(outlet) else None


_DATELINE_REACH = 400
_DATELINE = re.compile(
    r"(?:[^\W\d_]+(?:\s[^\W\d_]+){0,3}\s?)?(?:\(\s*(?P<outlet>[^()]{2,60})\s*\)|\[\s*(?P<other>[^\[\]]{2,60})\s*\])"
    r"\s*(?P<dash>[-–—:]+\s*)?(?P<next>\S)"
)
_ABBREVIATED = re.compile(r"[A-ZĐ]{3,8}(?:\.vn)?")
_NO_OUTLETS = frozenset({"CTV", "UBND", "HĐND", "BBT", "BTV", "PV"})


def _is_newsroom_initials(text: str) -> bool:
    return bool(_ABBREVIATED.fullmatch(text)) and text not in _NO_OUTLETS


def _one_line(raw: str) -> str:
    """NFC, no invisible characters, one space between words."""
    return " ".join(_composed(raw).split())


def _readable(raw: str) -> str:
    """`_one_line`, but with a dash between two lines: a unit may stand on the line below the name."""
    if "\n" not in raw:
        return _one_line(raw)
    lines = [line for part in _composed(raw[: 4 * LONGEST]).splitlines() if (line := " ".join(part.split()))]
    joined = ""
    for line in lines:
        open_end = not joined or joined[-1] in ":,-–(;/&" or line[0] in "-–,(/&;:)"
        joined = f"{joined} {line}" if open_end else f"{joined} – {line}"
    return joined.strip()


def _composed(raw: str) -> str:
    if raw.isascii():
        return raw
    raw = INVISIBLE.sub("", raw)
    return raw if unicodedata.is_normalized("NFC", raw) else unicodedata.normalize("NFC", raw)


# --- labels ---------------------------------------------------------------------------------------------------------


def _either(labels: Iterable[str]) -> str:
    """An alternation, the longest first; a space in a label is any white space."""
    return "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))


_PART = f"(?:{_either(words.LABEL_PARTS)})"
_JOINT = r"(?:\s*[,&+/–-]\s*|\s+(?:và|and|und|et|y)\s+|\s+)"
_LABEL = re.compile(
    rf"(?:^|(?<=[\s(\[.;,/|–-]))(?:(?P<author>{_either(words.AUTHOR_LABELS)})|(?P<photo>{_either(words.PHOTO_LABELS)})|"
    rf"(?P<source>{_either(words.SOURCE_LABELS)})|(?P<other>{_either(words.OTHER_LABELS)})|"
    rf"(?P<parts>{_PART}(?:{_JOINT}{_PART}){{0,3}}))\s*(?:\([^()]{{1,12}}\)\s*)?:",
    re.IGNORECASE,
)
_LABEL_ENDS = frozenset(
    label.split()[-1]
    for group in (words.AUTHOR_LABELS, words.PHOTO_LABELS, words.SOURCE_LABELS, words.OTHER_LABELS, words.LABEL_PARTS)
    for label in group
)
_BEFORE_COLON = re.compile(r"(?<![^\s,.;()+&])([^\s,.;()+&]+)\s*(?:\([^()]{1,12}\)\s*)?:")
_UNKNOWN_LABEL = re.compile(r":(?!//)")
_PICTURE_PARTS = re.compile(r"ảnh|hình|photo|foto|bild|image|picture", re.IGNORECASE)
_TEXT_PARTS = re.compile(r"tin|bài|nội dung|thực hiện|tổng hợp|text", re.IGNORECASE)
_EDGES = " \t.,;:|–—-•*\"“”'‘’"


def _read(text: str) -> _Found | None:
    if text[:1] in ("(", "["):
        outlet = read_dateline(text)
        if outlet:
            return _Found(source=outlet, confident=True)
    if not 2 <= len(text) <= LONGEST:
        return None
    body = _unwrapped(text)
    if ":" in body:
        labels = _labels(body)
        if labels:
            return _labelled(body, labels)
        if _UNKNOWN_LABEL.search(body):
            return None
    return _opened(body) or (None if _LISTED.match(text) else _unlabelled(body))


_LISTED = re.compile(r"[-+•]\s+(?:phòng|ban|sở|hội|các|văn phòng|thanh tra|trung tâm|ubnd|như)\b|.*;$", re.IGNORECASE)
"""An item of a list (of recipients, of members) is no signature."""


def _labels(body: str) -> list[re.Match[str]]:
    """The known labels with their colons; a quick look at the words before the colons comes first."""
    if any(
        key(word).split("/")[-1].split("-")[-1] in _LABEL_ENDS or key(word) in _LABEL_ENDS
        for word in _BEFORE_COLON.findall(body)
    ):
        return list(_LABEL.finditer(body))
    return []


def _unwrapped(text: str) -> str:
    """Without brackets around the whole, dashes and quotation marks at its ends."""
    text = text.strip(_EDGES.replace(".", "").replace(":", ""))
    while len(text) > 2 and (text[0], text[-1]) in (("(", ")"), ("[", "]")) and text.count(text[0]) == 1:
        text = text[1:-1].strip()
    return text


def _labelled(body: str, labels: list[re.Match[str]]) -> _Found | None:
    found = _Found()
    prelude = body[: labels[0].start()].strip(_EDGES + "([")
    if prelude:
        signers = _signers(prelude, vouched=False)
        if signers is None:
            return None
        found.take(signers)
    ends = [label.start() for label in labels[1:]] + [len(body)]
    for label, end in zip(labels, ends, strict=True):
        value = _balanced(_undated(body[label.end() : end].strip()).strip(_EDGES))
        if not _take_labelled(found, _kinds(label), value):
            return None
    found.confident = True
    return found


def _balanced(text: str) -> str:
    """Without a bracket whose other half was left with the neighbouring label."""
    text = text.removesuffix("(").strip(_EDGES)
    if text.endswith(")") and "(" not in text:
        return text[:-1].strip(_EDGES)
    return _unwrapped(text)


def _kinds(label: re.Match[str]) -> str:
    """What a label announces: `author`, `photo`, `author photo`, `source` or `other`."""
    if label.lastgroup != "parts":
        return label.lastgroup or "other"
    said = label["parts"]
    kinds = [kind for kind, signs in (("author", _TEXT_PARTS), ("photo", _PICTURE_PARTS)) if signs.search(said)]
    return " ".join(kinds) or "other"


def _take_labelled(found: _Found, kinds: str, value: str) -> bool:
    """Add what stands after one label; False when it is prose, so that the whole is no by-line."""
    if kinds == "other" or not value or is_nobody(value) or (is_account(value) and not is_domain(value)):
        return True
    if kinds == "source":
        return _take_source(found, value)
    if kinds == "photo":
        credits = _credits(value)
        found.photo += credits or []
        return credits is not None
    signers = _signers(value, vouched=True)
    if signers is None:
        return False
    found.take(signers)
    if "photo" in kinds:
        found.photo += signers.names or signers.units or ([signers.source] if signers.source else [])
    return True


def _take_source(found: _Found, value: str) -> bool:
    signers = _signers(value, vouched=True)
    if signers and signers.names and signers.source:
        found.take(signers)
        return True
    if not (signers or _is_credit(value)):
        return False
    found.source = found.source or value
    return True


def _credits(value: str) -> list[str] | None:
    """Names in a picture's credit; none for `minh họa`, None for prose."""
    if is_nobody(value):
        return []
    value = _NAMES_SOURCE.sub("", value)
    signers = _signers(value, vouched=True)
    if signers and signers.names and not signers.source:
        return signers.names
    return [value] if signers or _is_credit(value) else None


def _is_credit(value: str) -> bool:
    parts = value.split()
    return key(value) in CREDITS or (len(parts) <= 4 and all(part[0].isupper() or is_domain(part) for part in parts))


# --- openers without a colon ----------------------------------------------------------------------------------------

_ACCORDING = re.compile(r"(?:theo|dẫn theo|trích|nguồn)\s+(?P<rest>.+)", re.IGNORECASE)
_TEXT_OPENER = re.compile(
    rf"(?P<label>tác giả|nhóm tác giả|viết bởi|{_PART}{_JOINT}{_PART})\s*(?:[-–.]\s*|\s)(?P<rest>\S.*)", re.IGNORECASE
)
_FOREIGN_OPENER = re.compile(
    r"(?:(?:Written|Reporting|Story|Report|Posted|Text|Words) by|By|BY|by|Von|von|Par|par|Por|por|Di)\s+(?P<rest>\S.*)"
)
_PHOTO_OPENER = re.compile(r"(?:Photos?|Images?|Pictures?|Fotos?) (?:by|von|par|de) (?P<rest>\S.*)")
_OPENING_WORDS = frozenset(
    label.split()[0]
    for label in words.LABEL_PARTS
    | {
        "theo",
        "dẫn",
        "trích",
        "nguồn",
        "tác",
        "nhóm",
        "viết",
        "written",
        "reporting",
        "report",
        "posted",
        "by",
        "von",
        "par",
        "por",
        "di",
    }
) | {"tin,ảnh", "bài,ảnh", "tin/ảnh", "tin-ảnh", "bài-ảnh"}
_NO_PERSON = frozenset(
    "the a this monday tuesday wednesday thursday friday saturday sunday january february march april may june july".split()
)


def _opened(body: str) -> _Found | None:
    """`Theo` with an outlet, `Tin, ảnh` with a name but no colon, `By Jane Doe`."""
    if key(body[: (body + " ").index(" ")]).rstrip(",.-–&+/") not in _OPENING_WORDS:
        return None
    match = _ACCORDING.match(body)
    if match:
        rest = match["rest"].strip(_EDGES)
        if is_outlet(rest):
            return _Found(source=rest, confident=True)
        signers = _signers(rest, vouched=True)
        return (
            _Found(authors=signers.names, source=signers.source, confident=True) if signers and signers.source else None
        )
    match = _FOREIGN_OPENER.match(body)
    if match:
        return _foreign(match["rest"])
    match = _PHOTO_OPENER.match(body)
    if match:
        found = _foreign(match["rest"])
        return _Found(photo=found.authors, confident=True) if found else None
    match = _TEXT_OPENER.match(body)
    if match:
        signers = _signers(match["rest"], vouched=False)
        if signers and (signers.names or signers.units):
            found = _Found(confident=True)
            found.take(signers)
            if _PICTURE_PARTS.search(match["label"]):
                found.photo += signers.names or signers.units
            return found
    return None


def _foreign(rest: str) -> _Found | None:
    names = _names(rest.split(" | ")[0].strip(_EDGES), vouched=True)
    if names and all(len(name.split()) >= 2 and name.split()[0].lower() not in _NO_PERSON for name in names):
        return _Found(authors=names, confident=True)
    return None


def _unlabelled(body: str) -> _Found | None:
    if not body[:1].isupper() and not is_domain(body):
        return None
    if body[-1] in "!?…:;" or body.count(" ") > 26 or has_foreign_word(body.partition("(")[0]):
        return None
    signers = _signers(body, vouched=False)
    if signers is None:
        return None
    found = _Found()
    found.take(signers)
    return found


# --- people, units and outlets ---------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"([^()]*)\(([^()]*)\)")
_TRAILING_ROLE = re.compile(
    r"(?:\s*[-–,]\s*|\s+)(?:\(?\s*(?:t/h|s/t|tổng hợp|sưu tầm|biên tập|lược ghi|thực hiện|ctv|tổng hợp từ internet|lược dịch|ghi)\s*\)?)$",
    re.IGNORECASE,
)
_TRAILING_SOURCE = re.compile(r"(?P<who>.{3,80}?)[\s,–-]+(?:theo|nguồn)\s*:?\s+(?P<outlet>\S.{1,60})", re.IGNORECASE)
_BEFORE_UNIT = re.compile(r"\s*[,;|]\s*|\s+[-–—]\s*|\s*[-–—]\s+|[–—]|\s+và\s+|\s+của\s+")
_BETWEEN_NAMES = re.compile(r"\s*[,;&+|/]\s*|\s+[-–—]\s*|\s*[-–—]\s+|[–—]|\s+(?:và|cùng|and|und|et|y)\s+")
_COMRADE = re.compile(r"\bđ/c\.?\s*", re.IGNORECASE)


def _signers(text: str, *, vouched: bool) -> _Signers | None:
    """The people, units and outlet in a text; None when anything in it is something else.

    `vouched` means that a label announces them: then names need not look Vietnamese and a unit's head is enough.
    """
    text = _COMRADE.sub("đồng chí ", text).strip(_EDGES)
    if not 2 <= len(text) <= LONGEST:
        return None
    if is_collective(text):
        return _Signers(units=[text])
    if "(" in text:
        return _bracketed(text, vouched=vouched)
    return _plain(text, vouched=vouched)


def _plain(text: str, *, vouched: bool) -> _Signers | None:
    if is_outlet(text) and (vouched or _is_outlet_alone(text)):
        return _Signers(source=text)
    shorter = _TRAILING_ROLE.sub("", text)
    if shorter != text and shorter:
        return _signers(shorter, vouched=vouched)
    return (
        _with_outlet(text, vouched=vouched)
        or _whole_unit(text)
        or _with_unit(text, vouched=vouched)
        or _people(text, vouched=vouched)
        or _loose_unit(text, vouched=vouched)
    )


def _is_outlet_alone(text: str) -> bool:
    if is_domain(text):
        return "/" not in text
    if " " not in text:
        return text.isupper() and key(text) not in CREDITS
    return key(text.split()[0]) in _NEWSROOMS and not text.startswith("CỔNG")


_NEWSROOMS = frozenset({"báo", "đài", "tạp", "thông", "cổng"})
"""First words of outlets that sign alone; `Trang thông tin …` alone is a heading of the site."""


def _with_outlet(text: str, *, vouched: bool) -> _Signers | None:
    """`Tấn Phát/TTXVN`, `Minh Anh - Báo Hà Tĩnh`, `Minh Anh theo TTXVN`."""
    match = _TRAILING_SOURCE.fullmatch(text)
    if match and is_outlet(match["outlet"]):
        names = _names(match["who"], vouched=vouched)
        return _Signers(names=names, source=match["outlet"], confident=True) if names else None
    at = text.find("/")
    if at > 0 and is_outlet(text[at + 1 :].strip()):
        names = _names(text[:at].strip(), vouched=vouched)
        return _Signers(names=names, source=text[at + 1 :].strip(), confident=True) if names else None
    return None


def _whole_unit(text: str) -> _Signers | None:
    if not is_unit(text):
        return None
    *unit, last = re.split(r"\s+[-–—]\s+", text)
    if unit and len(last.split()) >= 3 and is_vietnamese_name(untitled(last)) and is_unit(" - ".join(unit)):
        return _Signers(names=[untitled(last)], units=[text[: -len(last)].rstrip(" -–—")])
    return _Signers(units=[text])


def _with_unit(text: str, *, vouched: bool) -> _Signers | None:
    """Names, then a unit or an outlet after a dash or a comma: the vocabulary decides where the unit begins."""
    for separator in _BEFORE_UNIT.finditer(text):
        tail = text[separator.end() :]
        if not (
            is_unit(tail)
            or is_outlet(tail)
            or (vouched and (is_abbreviated_unit(tail) or is_place_unit(tail)))
            or (starts_with_position(tail) and _may_hold_office(text, separator[0], vouched))
        ):
            continue
        names = _names(text[: separator.start()], vouched=vouched)
        if not names:
            continue
        if is_outlet(tail) and not is_unit(tail):
            return _Signers(names=names, source=tail)
        unit = tail if is_abbreviated_unit(tail) else unit_in(tail)
        return _Signers(names=names, units=[unit]) if unit else None
    return None


def _may_hold_office(text: str, separator: str, vouched: bool) -> bool:  # noqa: FBT001 - private, three plain values
    """`Name - Phó Trưởng ban …` may sign; `Đồng chí Name, Bí thư …` is spoken about."""
    if vouched:
        return True
    return "," not in separator and not key(text).startswith(tuple(f"{word} " for word in ADDRESSES))


def _people(text: str, *, vouched: bool) -> _Signers | None:
    names = _names(text, vouched=vouched)
    return _Signers(names=names) if names else None


def _loose_unit(text: str, *, vouched: bool) -> _Signers | None:
    unit = unit_in(text) if vouched else None
    return _Signers(units=[unit]) if unit else None


def _names(text: str, *, vouched: bool) -> list[str]:
    """Every name in a list of names, without titles; empty when one of its parts is none."""
    names: list[str] = []
    for piece in _pieces(_COMRADE.sub("đồng chí ", text)):
        name = untitled(piece.strip(_EDGES)) if not is_initials(piece) else piece
        if (is_role(piece) and names) or (is_title(piece) and not names):
            continue
        if not (is_name(name) if vouched else is_vietnamese_name(name)):
            return []
        names.append(name)
    return names if len(names) <= 8 else []


def _pieces(text: str) -> Iterator[str]:
    for piece in _BETWEEN_NAMES.split(text):
        halves = piece.split("-")
        if len(halves) > 1 and all(len(half.split()) >= 2 for half in halves):
            yield from (half.strip() for half in halves)
        elif piece.strip():
            yield piece.strip()


def _bracketed(text: str, *, vouched: bool) -> _Signers | None:
    """`Name (Unit)`, once or several times; roles in brackets are nobody's unit."""
    found, end = _Signers(), 0
    for match in _BRACKETS.finditer(text):
        who = _plain_or_collective(match[1].strip(_EDGES), vouched=vouched)
        if who is None or not _take_bracket(found, match[2].strip(), vouched=vouched):
            return None
        _merge(found, who)
        end = match.end()
    rest = text[end:].strip(_EDGES)
    if rest:
        signers = _plain_or_collective(rest, vouched=vouched) if end else None
        if signers is None:
            return None
        _merge(found, signers)
    return found


def _plain_or_collective(text: str, *, vouched: bool) -> _Signers | None:
    text = re.sub(r"^(?:và|and)\s+", "", text)
    if is_collective(text):
        return _Signers(units=[text])
    return _plain(text, vouched=vouched) if len(text) > 1 else None


def _merge(found: _Signers, other: _Signers) -> None:
    found.names += other.names
    found.units[:0] = other.units
    found.source = found.source or other.source


_QUOTED_FROM = re.compile(r"^(?:(?:tổng hợp|sưu tầm|biên tập|trích|dẫn)\s+)?(?:theo|từ|nguồn)\s*:?\s+", re.IGNORECASE)


def _take_bracket(found: _Signers, inside: str, *, vouched: bool) -> bool:
    if not is_role(inside):
        inside = _QUOTED_FROM.sub("", inside).strip(_EDGES)
    if not inside or is_role(inside) or is_nobody(inside):
        found.confident = True
        return True
    if is_outlet(inside) and not is_unit(inside):
        found.source = found.source or inside
        found.confident = True
        return True
    unit = inside if is_collective(inside) else unit_in(inside)
    if unit:
        found.units.append(unit)
        found.confident = True
        return True
    parts = inside.split()
    if len(parts) <= 6 and all(part[0].isupper() or part in ("và", "-", "–") for part in parts):
        found.units.append(inside)
        return True
    return vouched


# --- captions --------------------------------------------------------------------------------------------------------

_CREDIT = re.compile(
    r"(?P<open>[(\[]\s*)?(?<!\w)(?P<label>nguồn ảnh|ảnh minh họa|ảnh minh hoạ|ảnh tư liệu|ảnh|hình ảnh|nguồn|photo credit|photo|foto|image|source|bild|credit)"
    r"\s*(?P<colon>:)?\s*(?P<who>[^:()\[\]]{2,80}?(?:\([^()]{1,60}\))?)\s*[)\]]?\s*\.?\s*$",
    re.IGNORECASE,
)


def read_credit(raw: str) -> tuple[str | None, str]:
    """A caption's photographer as printed, and the caption without him: `… (Ảnh: Sỹ Ngọ)`, `… Ảnh: Sỹ Ngọ`."""
    caption = _one_line(raw)
    match = _CREDIT.search(caption)
    if match is None:
        return None, caption
    who = _NAMES_SOURCE.sub("", match["who"].strip(_EDGES))
    announced = match["colon"] or (match["open"] and is_vietnamese_name(who))
    if not who or not announced or not _credits(who):
        return None, caption
    closing = ")" if match[0].rstrip(" .").endswith(")") and "(" not in match[0] else ""
    return who, caption[: match.start()].rstrip(" -–—|,;([") + closing


_NAMES_SOURCE = re.compile(r"^(?:nguồn\s*:?\s+|©\s*|\(c\)\s*)", re.IGNORECASE)
