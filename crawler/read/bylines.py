"""Who signed an article: reads one short text as a by-line, or says that it is none.

Works on the text alone. Where it stood (right-aligned, last block, labelled node) is the caller's business; whether
it may be believed without such a sign is what `is_confident` says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crawler.read import byline_words as words
from crawler.read.byline_words import (
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
from crawler.read.words import INVISIBLE

LONGEST = 160
"""Characters; the longest by-lines seen (two names and a long unit) stay under 130."""
_LONGEST_RAW = 2000
"""Characters of white space and text that are looked at; by-lines are pushed right by long runs of no-break spaces."""


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
    """A by-line, or a part of one, while it is being read."""

    authors: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    source: str | None = None
    photo: list[str] = field(default_factory=list)
    confident: bool = False

    def take(self, other: _Found) -> None:
        self.authors += other.authors
        self.units += other.units
        self.source = self.source or other.source
        self.photo += other.photo
        self.confident = self.confident or other.confident

    def signers(self) -> list[str]:
        """Who is credited with the pictures too, where one label announces both."""
        return self.authors or self.units or ([self.source] if self.source else [])

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

    The node vouches for names of any language and for units of any build; accounts are refused all the same.
    """
    text = _readable(raw)
    if len(text) > LONGEST:
        return None
    text = _undated(text).strip(" |-–•,")
    if len(text) < 2:
        return None
    found = _read(text)
    if found is None and not _UNKNOWN_LABEL.search(text):
        found = _signers(_unwrapped(text), vouched=True)
    return found.byline(_one_line(raw)) if found else None


def read_dateline(lead: str) -> str | None:
    """The outlet in brackets that a lead begins with: `(Baobinhminh.vn) - Sáng 7/5, …`, `Hà Nội (TTXVN) - …`.

    Initials that no vocabulary knows are believed only at the very start and before a dash.
    """
    match = _DATELINE.match(_one_line(lead[:_LONGEST_RAW])[:LONGEST])
    if match is None:
        return None
    outlet = _QUOTED_FROM.sub("", match["round"] or match["square"]).strip()
    if is_outlet(outlet) and key(outlet) not in words.CREDITS:
        return outlet if match["dash"] or match["next"].isupper() else None
    is_newsroom = _NEWSROOM_INITIALS.fullmatch(outlet) and not _is_unit_or_collective(outlet)
    return outlet if is_newsroom and match["dash"] and not match["place"] else None


_DATELINE = re.compile(
    r"(?P<place>[^\W\d_]+(?:\s[^\W\d_]+){0,3}\s?)?(?:\(\s?(?P<round>[^()]{2,60})\)|\[\s?(?P<square>[^\[\]]{2,60})\])"
    r"\s?(?P<dash>[-–—:]+\s?)?(?P<next>\S)"
)
_NEWSROOM_INITIALS = re.compile(r"[A-ZĐ]{3,8}")


def _is_unit_or_collective(text: str) -> bool:
    return key(text) in words.UNIT_HEADS or key(text) in words.ABBREVIATIONS or is_collective(text)


def _one_line(raw: str) -> str:
    """NFC, no invisible characters, one space between words."""
    return " ".join(_composed(raw).split())


def _readable(raw: str) -> str:
    """`_one_line`, but with a dash between two lines: a unit may stand on the line below the name."""
    raw = raw[:_LONGEST_RAW]
    if "\n" not in raw:
        return _one_line(raw)
    joined = ""
    for part in _composed(raw).splitlines():
        line = " ".join(part.split())
        if line and joined:
            is_open = joined[-1] in ":,-–(;/&" or line[0] in "-–,(/&;:)"
            joined = f"{joined} {line}" if is_open else f"{joined} – {line}"
        else:
            joined = joined or line
    return joined


def _composed(raw: str) -> str:
    if raw.isascii():
        return raw
    visible = INVISIBLE.sub("", raw)
    return visible if unicodedata.is_normalized("NFC", visible) else unicodedata.normalize("NFC", visible)


# --- a line as a whole ------------------------------------------------------------------------------------------------

_EDGES = " .,;:|–—-•*\"“”'‘’"
_LISTED = re.compile(r"[-+•]\s(?:phòng|ban|sở|hội|các|văn phòng|thanh tra|trung tâm|ubnd|như)\b|.*;$", re.IGNORECASE)
"""An item of a list (of recipients, of members) is no signature."""
_MOST_WORDS = 26


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


def _unwrapped(text: str) -> str:
    """Without brackets around the whole, without dashes and quotation marks at its ends."""
    text = text.strip(" ,;|–—-•*\"“”'‘’")
    while len(text) > 2 and text[0] + text[-1] in ("()", "[]") and text.count(text[0]) == 1:
        text = text[1:-1].strip()
    return text


def _unlabelled(body: str) -> _Found | None:
    """A line of nothing but names, units and outlets."""
    if not body or not (body[0].isupper() or is_domain(body)) or body[-1] in "!?…:;":
        return None
    if body.count(" ") > _MOST_WORDS or words.has_foreign_word(body.partition("(")[0]):
        return None
    return _signers(body, vouched=False)


# --- labels -----------------------------------------------------------------------------------------------------------


def _either(labels: Iterable[str]) -> str:
    """An alternation, the longest first."""
    return "|".join(re.escape(label) for label in sorted(labels, key=lambda label: (-len(label), label)))


_PART = f"(?:{_either(words.LABEL_PARTS)})"
_JOINT = r"(?:\s?[,&+/–-]\s?|\s(?:và|and|und|et|y)\s|\s)"
_LABEL = re.compile(
    rf"(?:^|(?<=[\s(\[.;,/|–-]))(?:(?P<author>{_either(words.AUTHOR_LABELS)})|(?P<photo>{_either(words.PHOTO_LABELS)})|"
    rf"(?P<source>{_either(words.SOURCE_LABELS)})|(?P<other>{_either(words.OTHER_LABELS)})|"
    rf"(?P<parts>{_PART}(?:{_JOINT}{_PART}){{0,3}}))\s?(?:\([^()]{{1,12}}\)\s?)?:",
    re.IGNORECASE,
)
_LABEL_ENDS = frozenset(
    label.split()[-1]
    for group in (words.AUTHOR_LABELS, words.PHOTO_LABELS, words.SOURCE_LABELS, words.OTHER_LABELS, words.LABEL_PARTS)
    for label in group
)
_BEFORE_COLON = re.compile(r"(?<![^\s,.;()+&/–-])([^\s,.;()+&/–-]+)\s?(?:\([^()]{1,12}\)\s?)?:")
_UNKNOWN_LABEL = re.compile(r":(?!//)")
_PICTURE_PART = re.compile(r"ảnh|hình|photo|foto|bild|image|picture", re.IGNORECASE)
_TEXT_PART = re.compile(r"tin|bài|nội dung|thực hiện|tổng hợp|text|thơ|lời", re.IGNORECASE)
_AFTERTHOUGHT = re.compile(
    r"(?:^|(?<![\s|,•(–-])[\s|,•(–-]+)(?:(?:lúc|ngày|vào|on|am|le)\s)?(?:(?:thứ \w+|chủ nhật),?\s)?"
    r"\(?\d{1,2}[:/.-]\d{1,2}\b.{0,40}$",
    re.IGNORECASE,
)
"""A date or a time that the template prints behind the name."""


def _labels(body: str) -> list[re.Match[str]]:
    """The known labels with their colons; a look at the words before the colons spares most lines the long search."""
    if any(key(word) in _LABEL_ENDS for word in _BEFORE_COLON.findall(body)):
        return list(_LABEL.finditer(body))
    return []


def _labelled(body: str, labels: list[re.Match[str]]) -> _Found | None:
    """`Tin: A - Ảnh: B`: what stands before the first label, then what each label announces."""
    found = _Found()
    prelude = body[: labels[0].start()].strip(_EDGES + "([")
    if prelude:
        signers = _signers(prelude, vouched=False)
        if signers is None:
            return None
        found.take(signers)
    ends = [label.start() for label in labels[1:]] + [len(body)]
    for label, end in zip(labels, ends, strict=True):
        announced = _announced(_kinds(label), _value(body[label.end() : end]))
        if announced is None:
            return None
        found.take(announced)
    found.confident = True
    return found


def _value(text: str) -> str:
    """What stands after a label, without a bracket whose other half was left with the neighbouring label."""
    text = _undated(text.strip()).strip(_EDGES).removesuffix("(").strip(_EDGES)
    if text.endswith(")") and "(" not in text:
        return text[:-1].strip(_EDGES)
    return _unwrapped(text)


def _undated(text: str) -> str:
    return text if "//" in text else _AFTERTHOUGHT.sub("", text)


def _kinds(label: re.Match[str]) -> str:
    """What a label announces: `author`, `photo`, `author photo`, `source` or `other`."""
    if label.lastgroup != "parts":
        return label.lastgroup or "other"
    said = label["parts"]
    kinds = [kind for kind, sign in (("author", _TEXT_PART), ("photo", _PICTURE_PART)) if sign.search(said)]
    return " ".join(kinds) or "other"


def _announced(kinds: str, value: str) -> _Found | None:
    """What one label contributes, perhaps nothing; None when prose stands after it, so that the whole is no by-line."""
    if kinds == "other" or not value or is_nobody(value) or (is_account(value) and not is_domain(value)):
        return _Found()
    if kinds == "source":
        return _source(value)
    if kinds == "photo":
        credited = _credited(value)
        return None if credited is None else _Found(photo=credited)
    found = _signers(value, vouched=True)
    if found and "photo" in kinds:
        found.photo += found.signers()
    return found


def _source(value: str) -> _Found | None:
    """An outlet, a unit or whoever else is named as the source; a writer is kept apart from his outlet."""
    signers = _signers(value, vouched=True)
    if signers and signers.authors and signers.source:
        return signers
    return _Found(source=value) if signers or _is_credit(value) else None


def _credited(value: str) -> list[str] | None:
    """Whom a picture's credit names: nobody for `minh họa`; None for prose."""
    value = _CREDIT_PREFIX.sub("", value)
    if is_nobody(value):
        return []
    signers = _signers(value, vouched=True)
    if signers and signers.authors and not signers.source:
        return signers.authors
    return [value] if signers or _is_credit(value) else None


_CREDIT_PREFIX = re.compile(r"^(?:nguồn\s?:?\s|©\s?|\(c\)\s?)", re.IGNORECASE)


def _is_credit(value: str) -> bool:
    """A credit as printed: `Internet`, `NVCC`, a few words in capitals."""
    parts = value.split()
    return key(value) in words.CREDITS or (
        len(parts) <= 4 and all(part[0].isupper() or is_domain(part) for part in parts)
    )


# --- openers without a colon ------------------------------------------------------------------------------------------

_ACCORDING = re.compile(r"(?:theo|dẫn theo|trích|nguồn)\s(?P<rest>.+)", re.IGNORECASE)
_TEXT_OPENER = re.compile(
    rf"(?P<label>tác giả|nhóm tác giả|viết bởi|{_PART}{_JOINT}{_PART})\s?(?:[-–.]\s?|(?<=\s))(?P<rest>\S.*)",
    re.IGNORECASE,
)
_FOREIGN_OPENER = re.compile(
    r"(?:(?:Written|Reporting|Story|Report|Posted|Text|Words) by|[Bb]y|BY|[Vv]on|[Pp]ar|[Pp]or|Di)\s(?P<rest>\S.*)"
)
_PHOTO_OPENER = re.compile(r"(?:Photos?|Images?|Pictures?|Fotos?) (?:by|von|par|de)\s(?P<rest>\S.*)")
_OPENING_WORDS = {label.split()[0] for label in words.LABEL_PARTS} | {
    *("theo", "dẫn", "trích", "nguồn", "tác", "nhóm", "viết"),
    *("written", "reporting", "report", "posted", "story", "words", "by", "von", "par", "por", "di"),
}
_NO_PERSON = re.compile(
    r"(?:the|an?|this|now|may|june|july|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.IGNORECASE
)
_AFTER_NAMES = re.compile(r"\s?\|.*|,?\s(?:on\s)?(?:[A-Z][a-z]{2,8}\.?\s)?\d.*")


def _opened(body: str) -> _Found | None:
    """`Theo` with an outlet, `Tin, ảnh` with a name but no colon, `By Jane Doe`."""
    first = re.split(r"[\s,.&+/–-]", body, maxsplit=1)[0]
    if key(first) not in _OPENING_WORDS:
        return None
    if match := _ACCORDING.match(body):
        return _according(match["rest"].strip(_EDGES))
    if match := _FOREIGN_OPENER.match(body):
        return _foreign(match["rest"])
    if match := _PHOTO_OPENER.match(body):
        found = _foreign(match["rest"])
        return _Found(photo=found.authors, confident=True) if found else None
    if match := _TEXT_OPENER.match(body):
        found = _signers(match["rest"], vouched=False)
        if found:
            found.photo += found.signers() if _PICTURE_PART.search(match["label"]) else []
            found.confident = True
        return found
    return None


def _according(rest: str) -> _Found | None:
    """After `theo` (according to) an outlet must stand: `Theo kế hoạch` and `Theo báo cáo` are prose."""
    if is_outlet(rest):
        return _Found(source=rest, confident=True)
    signers = _signers(rest, vouched=True)
    if signers is None or signers.source is None:
        return None
    signers.confident = True
    return signers


def _foreign(rest: str) -> _Found | None:
    """Names of two words or more, perhaps with their agency; `By Monday` and `Par ailleurs` are prose."""
    found = _signers(_AFTER_NAMES.sub("", rest), vouched=True)
    if found is None or not found.authors:
        return None
    if any(" " not in name or _NO_PERSON.match(name) for name in found.authors):
        return None
    found.confident = True
    return found


# --- people, units and outlets ----------------------------------------------------------------------------------------

_TRAILING_ROLE = re.compile(
    r"(?:\s?[-–,]\s?|\s)(?:t/h|s/t|tổng hợp(?: từ internet)?|sưu tầm|biên tập|lược (?:ghi|dịch)|thực hiện|ghi|ctv)$",
    re.IGNORECASE,
)
_TRAILING_SOURCE = re.compile(r"(?P<who>.{3,80}?)[\s,–-]+(?:theo|nguồn)\s?:?\s(?P<outlet>\S.{1,60})", re.IGNORECASE)
_BEFORE_UNIT = re.compile(r"\s?[,;|]\s?|\s[-–—]\s?|\s?[-–—]\s|[–—]|\svà\s|\scủa\s")
_BETWEEN_NAMES = re.compile(r"\s?[,;&+|/]\s?|\s[-–—]\s?|\s?[-–—]\s|[–—]|\s(?:và|cùng|and|und|et|y)\s")
_COMRADE = re.compile(r"\bđ/c\.?\s?", re.IGNORECASE)
_MOST_NAMES = 8


def _signers(text: str, *, vouched: bool) -> _Found | None:
    """The people, units and outlet in a text; None when anything in it is something else.

    `vouched` means that a label announces them: then names need not look Vietnamese and a unit's head is enough.
    """
    text = _COMRADE.sub("đồng chí ", text).strip(_EDGES)
    if not 2 <= len(text) <= LONGEST:
        return None
    if "(" in text:
        return _bracketed(text, vouched=vouched)
    return _plain(text, vouched=vouched)


def _plain(text: str, *, vouched: bool) -> _Found | None:
    if is_collective(text):
        return _Found(units=[text])
    if is_outlet(text) and (vouched or _signs_alone(text)):
        return _Found(source=text)
    shorter = _TRAILING_ROLE.sub("", text)
    if shorter != text:
        return _signers(shorter, vouched=vouched)
    return (
        _with_outlet(text, vouched=vouched)
        or _whole_unit(text)
        or _with_unit(text, vouched=vouched)
        or _people(text, vouched=vouched)
        or (_loose_unit(text) if vouched else None)
    )


def _signs_alone(outlet: str) -> bool:
    """`TTXVN`, `Báo Bình Minh` and a domain sign; an address is a link, `Trang thông tin …` a heading of the site."""
    if is_domain(outlet):
        return "/" not in outlet
    if " " not in outlet:
        return outlet.isupper() and key(outlet) not in words.CREDITS
    return key(outlet.split(maxsplit=1)[0]) in _NEWSROOMS and not outlet.startswith("CỔNG")


_NEWSROOMS = frozenset({"báo", "đài", "tạp", "thông", "cổng"})


def _with_outlet(text: str, *, vouched: bool) -> _Found | None:
    """`Minh Anh/TTXVN`, `Minh Anh theo TTXVN`."""
    who, slash, outlet = text.partition("/")
    if match := _TRAILING_SOURCE.fullmatch(text):
        who, outlet = match["who"], match["outlet"]
    elif not slash:
        return None
    outlet = outlet.strip()
    names = _names(who.strip(), vouched=vouched) if is_outlet(outlet) else []
    return _Found(authors=names, source=outlet, confident=True) if names else None


def _whole_unit(text: str) -> _Found | None:
    """A unit; one that is followed by a full name after a dash signs together with that person."""
    if not is_unit(text):
        return None
    unit, dash, last = text.rpartition(" - ") if " - " in text else text.rpartition(" – ")
    name = untitled(last)
    if dash and len(name.split()) >= 3 and is_vietnamese_name(name) and is_unit(unit):
        return _Found(authors=[name], units=[unit])
    return _Found(units=[text])


def _with_unit(text: str, *, vouched: bool) -> _Found | None:
    """Names, then a unit or an outlet after a dash or a comma: the vocabulary decides where the unit begins."""
    for separator in _BEFORE_UNIT.finditer(text):
        who, tail = text[: separator.start()], text[separator.end() :]
        found = _employer(tail, vouched=vouched, may_hold_office=vouched or _may_hold_office(who, separator[0]))
        names = _names(who, vouched=vouched) if found else []
        if found and names:
            found.authors = names
            return found
    return None


def _employer(tail: str, *, vouched: bool, may_hold_office: bool) -> _Found | None:
    """The unit or the outlet that a text after a name is."""
    if is_unit(tail):
        return _Found(units=[tail])
    if is_outlet(tail):
        return _Found(source=tail)
    if vouched and (is_abbreviated_unit(tail) or is_place_unit(tail)):
        return _Found(units=[tail])
    unit = unit_in(tail) if may_hold_office and starts_with_position(tail) else None
    return _Found(units=[unit]) if unit else None


def _may_hold_office(who: str, separator: str) -> bool:
    """`Name - Phó Trưởng ban …` may sign; `Đồng chí Name, Bí thư …` is spoken about."""
    level = key(who)
    return "," not in separator and not any(level.startswith(f"{address} ") for address in words.ADDRESSES)


def _people(text: str, *, vouched: bool) -> _Found | None:
    names = _names(text, vouched=vouched)
    return _Found(authors=names) if names else None


def _loose_unit(text: str) -> _Found | None:
    unit = unit_in(text)
    return _Found(units=[unit]) if unit else None


def _names(text: str, *, vouched: bool) -> list[str]:
    """Every name in a list of names, without titles; empty when one of its parts is none."""
    names: list[str] = []
    for piece in _pieces(text):
        if is_role(piece) if names else is_title(piece):
            continue
        name = piece if is_initials(piece) else untitled(piece)
        if not (is_name(name) if vouched else is_vietnamese_name(name)):
            return []
        names.append(name)
    return names if len(names) <= _MOST_NAMES else []


def _pieces(text: str) -> Iterator[str]:
    """The parts of a list; a hyphen without spaces parts two names of two syllables, but not `Jean-Paul Sartre`."""
    for piece in _BETWEEN_NAMES.split(text):
        halves = piece.split("-")
        if len(halves) > 1 and all(" " in half.strip() for half in halves):
            yield from (half.strip(_EDGES) for half in halves)
        elif piece.strip(_EDGES):
            yield piece.strip(_EDGES)


_BRACKETS = re.compile(r"([^()]*)\(([^()]*)\)")
_QUOTED_FROM = re.compile(r"^(?:(?:tổng hợp|sưu tầm|biên tập|trích|dẫn)\s)?(?:theo|từ|nguồn)\s?:?\s", re.IGNORECASE)
_LEADING_AND = re.compile(r"^(?:và|and)\s")


def _bracketed(text: str, *, vouched: bool) -> _Found | None:
    """`Name (Unit)`, once or several times; roles in brackets are nobody's unit."""
    found, end = _Found(), 0
    for match in _BRACKETS.finditer(text):
        who = _plain(_LEADING_AND.sub("", match[1].strip(_EDGES)), vouched=vouched)
        inside = _in_brackets(match[2].strip(_EDGES), vouched=vouched)
        if who is None or inside is None:
            return None
        found.take(who)
        found.take(inside)
        end = match.end()
    rest = text[end:].strip(_EDGES)
    if rest:
        others = _plain(_LEADING_AND.sub("", rest), vouched=vouched) if end else None
        if others is None:
            return None
        found.take(others)
    return found


def _in_brackets(inside: str, *, vouched: bool) -> _Found | None:
    """A role says nothing, an outlet is the source, a unit the unit; None when a sentence goes on in the brackets."""
    if not is_role(inside):
        inside = _QUOTED_FROM.sub("", inside).strip(_EDGES)
    if not inside or is_role(inside) or is_nobody(inside):
        return _Found(confident=True)
    if is_outlet(inside) and not is_unit(inside):
        return _Found(source=inside, confident=True)
    unit = inside if is_collective(inside) else unit_in(inside)
    if unit:
        return _Found(units=[unit], confident=True)
    parts = inside.split()
    if len(parts) <= 6 and all(part[0].isupper() or part in ("và", "-", "–") for part in parts):
        return _Found(units=[inside] if key(inside) not in words.NOT_NAMES else [])
    return _Found() if vouched else None


# --- captions ---------------------------------------------------------------------------------------------------------

_CREDIT = re.compile(
    r"(?P<open>[(\[]\s?)?(?<!\w)"
    r"(?:nguồn ảnh|ảnh minh họa|ảnh minh hoạ|ảnh tư liệu|ảnh|hình ảnh|nguồn|photo credit|photos?|fotos?|image|bild|"
    r"source|credit)"
    r"\s?(?P<colon>:)?\s?(?P<who>[^:()\[\]]{2,80}?(?:\([^()]{1,60}\))?)\s?[)\]]?\s?\.?\s?$",
    re.IGNORECASE,
)


_CREDIT_REACH = 240


def read_credit(raw: str) -> tuple[str | None, str]:
    """A caption's photographer as printed, and the caption without him: `… (Ảnh: Thu Hà)`, `… Ảnh: Thu Hà`."""
    caption = _one_line(raw)
    match = _CREDIT.search(caption, max(0, len(caption) - _CREDIT_REACH))
    if match is None:
        return None, caption
    who = _CREDIT_PREFIX.sub("", match["who"].strip(_EDGES))
    announced = match["colon"] or (match["open"] and is_vietnamese_name(who))
    if not announced or not who or not _credited(who):
        return None, caption
    closing = ")" if match[0].rstrip(" .").endswith(")") and "(" not in match[0] else ""
    return who, caption[: match.start()].rstrip(" -–—|,;([") + closing
