"""Pointers to other articles in a block that no profile vouches for: teasers, lists and lines that are mostly links.

Used by selector-less reading only: a family's body selector says what belongs to the article, and a district's page of
links to decrees is an article there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.read.blocks import Block
from crawler.read.boilerplate import HEADS_A_LIST, LABELS, is_label, link_share, text_length
from crawler.read.captions import split_off_credits
from crawler.read.files import FILE_NAME
from crawler.read.markup import HEADINGS, around, block_of, drop_all, hollow, is_gone, sweep, text_of
from crawler.read.words import fold, tokens_of

_LINES = frozenset(
    [
        "author",
        "authors",
        "autor",
        "byline",
        "date",
        "datetime",
        "time",
        "timestamp",
        "published",
        "meta",
        "metadata",
        "category",
        "categories",
        "kicker",
        "reading",
        "credit",
        "credits",
        "copyright",
        "pin",
        "jump",
    ]
)
_BOXED = frozenset(
    [
        "teaser",
        "teasers",
        "linkbox",
        "kasten",
        "flyout",
        "card",
        "cards",
        "callout",
        "cta",
        "button",
        "buttons",
        "btn",
    ]
)
CALL_LENGTH = 260
_CALLS = re.compile(
    r"(?:subscribe|sign up|join (?:us|our)|follow us|like (?:this|it|our)|share (?:this|it)|support (?:us|our)"
    r"|donate|become a member|"
    r"do you want to|if you enjoyed|if you (?:like|liked) this|click here|for the latest|download (?:the|our)"
    r"|listen to this|"
    r"photo (?:by|credits?)|photos? by|image (?:by|credits?|via)|credits?(?: photos?)?(?: [^ ]+){1,5}$"
    r"|last modified|this (?:post|article) (?:contains|may contain)|"
    r"abonniere|jetzt abonnieren|newsletter|folge(?:n)? (?:uns|sie)|schon gelesen|kennt ihr schon"
    r"|kennen sie schon|lust auf mehr|mochten sie|\w+ (?:ein|aus)blenden$"
    r"|jetzt .{0,40}(?:bestellen|kaufen|abonnieren|anmelden|spenden|registrieren)$|"
    r"immer auf dem laufenden|jede (?:kleine )?spende|ihre spende|helfen sie mit|"
    r"suggested citation|cite this|zitiervorschlag|zitierhinweis|"
    r"(?:zuletzt |last )?(?:aktualisiert|geandert|updated|modified) (?:am|on|at)|"
    r"hat (?:ihnen|dir) der|gefallt (?:ihnen|dir|euch)|anzeige\b|werbung\b|alle angaben ohne gewahr|beitragsbild"
    r"|titelbild|foto(?:s)? (?:von )?[^ ]+(?: [^ ]+){0,5}$|"
    r"bild(?:er|quelle)? (?:von |via )?[^ ]+(?: [^ ]+){0,4}$|weitere(?:s)? (?:informationen|infos|themen|artikel"
    r"|beitrage)(?: .{0,40})?$|weiterfuhrende(?:r|s)?(?: .{0,30})?$|"
    r"kommentier(?:en|e)|ihre meinung|diskutier|jetzt (?:spenden|anmelden|teilen)|hier (?:kostenlos )?anmelden"
    r"|vorschau auf|empfehlung(?:en)? |die redaktion empfiehlt|"
    r"suscribete|suscribase|siguenos|sigue a|escucha esta|hazte|puede escribirnos|para comentar|mira lo que"
    r"|valora esta|comparte|"
    r"abonnez vous|inscrivez vous|suivez nous|vos reactions|partagez|je fais un don|soutenez|"
    r"iscriviti|seguici|inscreva se|siga (?:o|a|nos)|assine|zapisz sie|subskrybuj|drukuj|wesprzyj|подпи(?:шитесь"
    r"|сывайтесь)|читаите нас)\b"
)
"""How such lines begin, folded; in the languages that the general pages of the open web are in."""
LONGEST_HREF = 2_000
_LABELLED = re.compile(
    r"(?:tags?|keywords?|schlagw(?:orte?|örter)|stichworte?|etiquetas|palabras clave|mots[- ]clés|tagi|słowa kluczowe"
    r"|метки|теги|filed under|posted in)\s?:",
    re.IGNORECASE,
)
"""Lines that name an article's topics, as they stand: a label, a colon, the topics."""
_TO_COMMENTS = re.compile(r"#(?:comment|respond|reply|disqus|kommentar|leserkommentar|discussion)", re.IGNORECASE)
JUMP_LENGTH = 60
"""Characters of a link to the comments; a longer one says something."""
_INITIALS = re.compile(
    r"[(\[]?(?:\w{2,4}[/,] ?)*(?:dpa|afp|apa|pap|efe|ansa|reuters|ap|ots|epd|kna|sid|red)(?:[/,] ?\w{2,8})*[)\]]?",
    re.IGNORECASE,
)
"""Agencies and initials that sign an article: `mk/dpa`, `(APA, red)`."""
INITIALS_LENGTH = 40
HEADING_LENGTH = 200
_SOURCE = re.compile(r"(?:quellen?|sources?|fuentes?|fontes?|źródło|bron|kilde|källa|источник)\s?:", re.IGNORECASE)
_IMPRINT = re.compile(
    r"\b(?:cc[ -]by|creative commons|all rights reserved|alle rechte vorbehalten|todos los derechos|tous droits|tutti i"
    r" diritti|wszelkie prawa|все права|last (?:modified|updated|changed)|zuletzt (?:geändert|aktualisiert|bearbeitet)"
    r"|(?:última|ultima) (?:actualización|modificación|modifica)|dernière (?:modification|mise à jour)"
    r"|ostatnia (?:aktualizacja|modyfikacja))\b",
    re.IGNORECASE,
)
"""Licences, and when a page was last touched."""
SOURCE_LENGTH = 120
_CHANNEL = re.compile(
    r"\b(?:telegram|whats ?app|newsletter|instagram|facebook|twitter|youtube|google news|tiktok|linkedin|pinterest"
    r"|sub?scri\w+|subskry\w+|prenumer\w+|abonn\w+|abbona\w+|assine|assinatura)\b",
    re.IGNORECASE,
)
"""Where else a paper can be read."""
INVITATION_LENGTH = 200
TEASER_LENGTH = 600
MEASURED_AGAIN = 5_000
"""Characters of text that are counted anew each time; more are counted once, and what goes is subtracted."""
LINE_LENGTH = 220
_LINE_TAGS = ("p", "div", "h2", "h3", "h4", "h5", "li", "span", "small", "label", "em", "i")
_BOXES = ("li", "article", "div", "section", "td", "figure")
_POINTS_ELSEWHERE = re.compile(
    r"(?:lea|leer|lee|ver|vea|mira|read|see|watch|also|lesen|siehe|mehr|lire|voir|leggi|guarda|leia|veja|czytaj"
    r"|zobacz|sprawdz|"
    r"lees|bekijk|las|les|laes|xem|doc|cteti|читаите|смотрите)\b.{0,25}?(?:mas|tambien|more|also|auch|dazu|aussi"
    r"|anche|tambem|mais|takze|tez|rowniez|wiecej|ook|meer|ocksa|mer|"
    r"ogsa|them|take|также|ещё|еще)?\s?"
)


def drop_teasers(root: HtmlElement) -> None:
    """Boxes around a heading that is a link, and articles inside the article."""
    if next(root.iter("a"), None) is None:
        return
    lengths = _Lengths()
    longest = min(TEASER_LENGTH, 0.3 * text_length(root))
    for heading in list(root.iterdescendants(*HEADINGS)):
        if is_gone(heading) or not _is_linked(heading):
            continue
        box = _box(heading, root, lengths, longest)
        lengths.hollow(box if box is not None else heading)
    sweep(root)
    whole = text_length(root)
    inner = [node for node in root.iterdescendants("article") if next(node.iter("a"), None) is not None]
    if len(inner) > 1 and max(map(text_length, inner)) < 0.25 * whole and sum(map(text_length, inner)) < 0.5 * whole:
        drop_all(root, inner)


def drop_link_sections(root: HtmlElement) -> None:
    """A heading with nothing under it but links, together with them."""
    if next(root.iter("a"), None) is None:
        return
    lengths = _Lengths()
    for heading in list(root.iterdescendants("h2", "h3", "h4", "h5", "h6")):
        if is_gone(heading):
            continue
        top = _alone(heading, root, lengths)
        following = _until_heading(top)
        length = sum(text_length(node) for node in following)
        linked = sum(link_share(node) * text_length(node) for node in following)
        if length and linked > 0.6 * length and length < 0.5 * lengths.of(root):
            for node in (*following, top):
                lengths.hollow(node)
    sweep(root)


def _alone(heading: HtmlElement, root: HtmlElement, lengths: _Lengths) -> HtmlElement:
    """The largest element that holds nothing but the heading."""
    for node in around(heading):
        if node is root or lengths.of(node) != lengths.of(heading):
            return heading
        heading = node
    return heading


def drop_link_lines(root: HtmlElement) -> None:
    """Paragraphs and list items that are one link to somewhere else; links to files are the article's own."""
    if next(root.iter("a"), None) is None:
        return
    whole = text_length(root)
    lists: dict[HtmlElement | None, bool] = {}
    for line in list(root.iterdescendants("p", "li", "div", "h2", "h3", "h4", "blockquote", "strong")):
        if next(line.iter("a"), None) is None or not 0 < text_length(line) <= min(LINE_LENGTH, 0.4 * whole):
            continue
        if any(_is_own((link.get("href") or "")[:LONGEST_HREF]) for link in line.iter("a")):
            continue
        share = link_share(line)
        if (share > 0.9 and (line.tag != "li" or _is_in_list_of_links(line, lists))) or (
            share > 0.5 and _POINTS_ELSEWHERE.match(fold(text_of(line)))
        ):
            hollow(line)
    sweep(root)


def _is_own(address: str) -> bool:
    """Links to files and people's addresses are part of what an article says."""
    return address.startswith("mailto:") or FILE_NAME.search(address) is not None


def drop_named_parts(root: HtmlElement) -> None:
    """Short lines that a class names as something beside the text (author, date), and boxes that advertise."""
    whole = text_length(root)
    for node in list(root.iterdescendants()):
        name, ident = node.get("class"), node.get("id")
        words = tokens_of(f"{name or ''} {ident or ''}") if name or ident else frozenset()
        is_line, is_box = not words.isdisjoint(_LINES), not words.isdisjoint(_BOXED)
        if not (is_line or is_box) or is_gone(node) or node.tag in HEADINGS:
            continue
        length = text_length(node)
        if (is_line and length <= 120 and next(node.iter("p", "img"), None) is None) or (
            is_box and length < 0.3 * whole and next(node.iter("a"), None) is not None
        ):
            hollow(node)
    sweep(root)


def drop_jumps(root: HtmlElement) -> None:
    """Short links to the comments of the page itself."""
    for link in list(root.iterdescendants("a")):
        href = link.get("href") or ""
        if "#" in href and _TO_COMMENTS.search(href, href.rindex("#")) and text_length(link) <= JUMP_LENGTH:
            hollow(link)
    sweep(root)


def drop_calls(root: HtmlElement) -> None:
    """Short lines that call the reader to something else: subscribe, comment, listen; and credits of pictures."""
    lengths = _Lengths()
    for line in list(root.iterdescendants(*_LINE_TAGS)):
        length = text_length(line)
        if not 2 < length <= CALL_LENGTH or is_gone(line):
            continue
        if next(line.iterdescendants("p", "div", "img"), None) is None and _calls(text_of(line)):
            block = block_of(line)
            if block is line or lengths.of(block) <= length + 3:
                lengths.hollow(line)
    sweep(root)


@lru_cache(maxsize=1024)
def _calls(text: str) -> bool:
    return bool(_CALLS.match(fold(text)) or _LABELLED.match(text))


class _Lengths:
    """The length of each element's text, kept up as parts go: a box of thousands of lines is measured once."""

    def __init__(self) -> None:
        self._known: dict[HtmlElement, int] = {}

    def of(self, node: HtmlElement) -> int:
        known = self._known.get(node)
        if known is None or known < MEASURED_AGAIN:
            known = self._known[node] = text_length(node)
        return known

    def hollow(self, node: HtmlElement) -> None:
        """Hollow a node out, and count its text off the elements around it."""
        length = self.of(node)
        for outer in around(node):
            if outer in self._known:
                self._known[outer] -= length
        hollow(node)


def end_of_article(blocks: Sequence[Block]) -> int:
    """How many blocks belong to the article: up to a label that heads a list of others, if little prose follows it."""
    whole = sum(len(block.text) for block in blocks)
    seen = 0
    for index, block in enumerate(blocks):
        if seen > 0.4 * whole and len(block.text) < 100 and _heads_others(block.text):
            rest = sum(len(other.text) for other in blocks[index + 1 :])
            if rest < 0.35 * whole:
                return _without_last_headings(blocks, index)
        seen += len(block.text)
    return _without_last_headings(blocks, len(blocks))


def _without_last_headings(blocks: Sequence[Block], end: int) -> int:
    """Headings and label lines at the end head nothing: what stood under them was no part of the article."""
    while end > 1 and (
        _is_short_heading(blocks[end - 1]) or is_label(blocks[end - 1].text) or _signs_off(blocks[end - 1])
    ):
        end -= 1
    return end


def _is_short_heading(block: Block) -> bool:
    """Whether a line is a heading by its length, too: some editors set whole paragraphs in `h1`."""
    return block.is_heading and len(block.text) <= HEADING_LENGTH


def _signs_off(block: Block) -> bool:
    """Whether a last line says nothing any more: a bare label, initials, a source, an invitation to follow."""
    text = block.text
    if _is_bare_label(block) or (len(text) < INITIALS_LENGTH and _INITIALS.fullmatch(text)):
        return True
    if len(text) <= SOURCE_LENGTH and (
        (_SOURCE.match(text) and block.owner.tag != "figcaption") or _IMPRINT.search(text)
    ):
        return True
    if len(text) > INVITATION_LENGTH:
        return False
    leads_away = next(block.owner.iter("a"), None) is not None or "www." in text
    return leads_away and bool(_CHANNEL.search(text))


def _is_bare_label(block: Block) -> bool:
    return len(block.text) < 60 and block.text.endswith(":")


def _heads_others(text: str) -> bool:
    folded = fold(text)
    return bool(LABELS.fullmatch(folded) and HEADS_A_LIST.match(folded))


def _is_linked(heading: HtmlElement) -> bool:
    if any(node.tag == "a" for node in islice(around(heading), 2)):
        return True
    return link_share(heading) > 0.9


def _box(heading: HtmlElement, root: HtmlElement, lengths: _Lengths, longest: float) -> HtmlElement | None:
    best: HtmlElement | None = None
    for node in islice(around(heading), 4):
        if node is root or lengths.of(node) > longest:
            return best
        if next(islice(node.iter(*HEADINGS), 2, None), None) is not None:
            return best
        if node.tag in _BOXES or node.tag == "a":
            best = node
    return best


def _until_heading(top: HtmlElement) -> list[HtmlElement]:
    following: list[HtmlElement] = []
    for node in top.itersiblings():
        if not isinstance(node.tag, str):
            continue
        if node.tag in HEADINGS:
            break
        following.append(node)
    return following


def _is_in_list_of_links(item: HtmlElement, known: dict[HtmlElement | None, bool]) -> bool:
    """Whether the item's list is one of links; looked at once, for a list of thousands has thousands of items."""
    parent = item.getparent()
    if parent not in known:
        known[parent] = parent is not None and link_share(parent) > 0.8
    return known[parent]


POINTERS_ELSEWHERE: tuple[Callable[[HtmlElement], None], ...] = (
    drop_teasers,
    drop_link_sections,
    drop_link_lines,
    drop_named_parts,
    drop_jumps,
    split_off_credits,
    drop_calls,
)
"""The operations in their order: boxes first, single lines last."""
