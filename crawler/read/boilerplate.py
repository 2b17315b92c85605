"""What stands on an article's page without being the article, told by meaning: class words, labels, density of links.

The vocabularies name *kinds* of furniture (sharing, printing, counters, related news, comments, ratings) in the words
that themes and editors use for them; none knows a site.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.read.markup import drop_all, hollow, sweep
from crawler.read.words import fold, tokens_of

FURNITURE = frozenset(
    [
        "ad",
        "ads",
        "adsbygoogle",
        "advert",
        "advertisement",
        "advertisements",
        "advertising",
        "advertorial",
        "addthis",
        "addtoany",
        "adblock",
        "adslot",
        "adsense",
        "adbox",
        "authorbox",
        "banner",
        "banners",
        "breadcrumb",
        "breadcrumbs",
        "bookmark",
        "bookmarks",
        "captcha",
        "comment",
        "comments",
        "commentlist",
        "commentform",
        "cookie",
        "cookies",
        "consent",
        "copyright",
        "contextmenu",
        "disclaimer",
        "disclosure",
        "disqus",
        "donate",
        "donation",
        "donations",
        "flattr",
        "footer",
        "footnav",
        "entryfooter",
        "postfooter",
        "articlefooter",
        "followus",
        "siguenos",
        "suivez",
        "partager",
        "compartir",
        "formular",
        "borlabs",
        "brlbs",
        "cmp",
        "cookiebot",
        "dsgvo",
        "onetrust",
        "gdpr",
        "hitcount",
        "hits",
        "imprint",
        "impressum",
        "infinitescroll",
        "jssocials",
        "kommentar",
        "kommentare",
        "likebox",
        "login",
        "counter",
        "menu",
        "modal",
        "moretag",
        "nav",
        "navbar",
        "navi",
        "navigation",
        "navlinks",
        "newsletter",
        "nextpost",
        "nextstory",
        "outbrain",
        "overlay",
        "pager",
        "paging",
        "pagination",
        "pingback",
        "pings",
        "popup",
        "prevnext",
        "previous",
        "printfriendly",
        "promo",
        "promotion",
        "prevpost",
        "rating",
        "ratings",
        "readcounter",
        "readmore",
        "recirc",
        "recirculation",
        "recommend",
        "recommendation",
        "recommendations",
        "recommended",
        "relate",
        "related",
        "relatednews",
        "relatedposts",
        "reply",
        "replies",
        "respond",
        "rss",
        "searchform",
        "sharedaddy",
        "share",
        "sharebar",
        "sharebuttons",
        "shareaholic",
        "sharethis",
        "sharing",
        "shares",
        "sidebar",
        "sitemap",
        "spenden",
        "social",
        "socials",
        "socialmedia",
        "socialshare",
        "sponsor",
        "sponsored",
        "sponsors",
        "subscribe",
        "subscription",
        "shariff",
        "infobox",
        "factbox",
        "addtocalendar",
        "tagcloud",
        "tagged",
        "taglist",
        "taboola",
        "toolbar",
        "toolbox",
        "tooltip",
        "trackback",
        "trackbacks",
        "trending",
        "viewcount",
        "voting",
        "yarpp",
        "zergnet",
        "luotxem",
        "tinlienquan",
        "tinkhac",
        "tinmoi",
        "binhluan",
        "danhgia",
        "chiase",
    ]
)
"""Words of a class or id that name furniture by themselves."""

ALONE = frozenset(
    [
        "print",
        "bio",
        "calendar",
        "promoted",
        "feedback",
        "vote",
        "rate",
        "tags",
        "aside",
        "cta",
        "popular",
        "skip",
        "link",
        "links",
    ]
)
FILLERS = frozenset(
    [
        "button",
        "btn",
        "icon",
        "icons",
        "box",
        "list",
        "block",
        "wrap",
        "wrapper",
        "container",
        "area",
        "widget",
        "page",
        "article",
        "post",
        "entry",
        "item",
        "items",
        "bar",
    ]
)
"""Words of the first kind name furniture only where nothing but words of the second kind stands beside them."""

PAIRS = (
    frozenset(("wm", "ipp")),  # the toolbar that a web archive lays over its copies
    frozenset(("author", "box")),
    frozenset(("post", "meta")),
    frozenset(("entry", "meta")),
    frozenset(("article", "meta")),
    frozenset(("entry", "footer")),
    frozenset(("post", "footer")),
    frozenset(("article", "footer")),
    frozenset(("meta", "data")),
    frozenset(("post", "tags")),
    frozenset(("entry", "tags")),
    frozenset(("article", "tags")),
    frozenset(("tags", "links")),
    frozenset(("author", "bio")),
    frozenset(("author", "box")),
    frozenset(("author", "info")),
    frozenset(("about", "author")),
    frozenset(("other", "news")),
    frozenset(("article", "other")),
    frozenset(("author", "profile")),
    frozenset(("author", "description")),
    frozenset(("next", "post")),
    frozenset(("next", "article")),
    frozenset(("next", "prev")),
    frozenset(("post", "next")),
    frozenset(("most", "view")),
    frozenset(("most", "viewed")),
    frozenset(("most", "read")),
    frozenset(("wp", "embedded", "content")),
    frozenset(("contact", "teaser")),
    frozenset(("fb", "post")),
    frozenset(("instagram", "media")),
    frozenset(("privacy", "embed")),
    frozenset(("link", "box")),
    frozenset(("saiba", "mais")),
    frozenset(("author", "bio")),
    frozenset(("widget", "area")),
    frozenset(("footer", "widget")),
    frozenset(("jp", "relatedposts")),
    frozenset(("back", "link")),
    frozenset(("more", "news")),
    frozenset(("more", "articles")),
    frozenset(("read", "more")),
    frozenset(("read", "also")),
    frozenset(("see", "also")),
    frozenset(("savoir", "plus")),
    frozenset(("action", "bar")),
    frozenset(("also", "like")),
    frozenset(("latest", "news")),
    frozenset(("latest", "posts")),
    frozenset(("recent", "posts")),
    frozenset(("post", "navigation")),
    frozenset(("post", "nav")),
    frozenset(("visually", "hidden")),
    frozenset(("element", "invisible")),
    frozenset(("sr", "only")),
    frozenset(("screen", "reader")),
    frozenset(("contact", "form")),
    frozenset(("sign", "up")),
    frozenset(("call", "action")),
    frozenset(("tin", "khac")),
    frozenset(("tin", "lien", "quan")),
)
"""Words that name furniture only together."""

PROSE = frozenset(["articlebody", "bodytext", "maincontent", "storybody", "hentry"])
"""Words that say: here is the text itself; furniture words beside them do not count."""
_WHOLES = frozenset(["page", "post", "entry", "article", "single", "story", "news"])
_FRAMES = frozenset(["wrap", "wrapper", "content", "body", "text"])
"""A word of the first kind with one of the second says it too: `entry-content`, `post-wrap`."""

SWITCHES = frozenset(
    [
        "has",
        "with",
        "enable",
        "enabled",
        "disable",
        "hide",
        "show",
        "is",
        "no",
        "not",
        "without",
        "allow",
        "open",
        "supports",
    ]
)
"""Words of classes that switch something on or off for an element rather than name it."""
NAME_LENGTH = 4
COMMENTS = frozenset(["comment", "comments", "commentlist", "disqus", "respond", "replies", "kommentare"])
ENOUGH_LEFT = 400
"""Characters; long comments may outweigh an article, but something of this length has to be left when they go."""

LABEL_LENGTH = 130
"""Characters; a line that is longer is no label."""

FURNITURE_TAGS = frozenset(("nav", "footer", "form", "aside", "menu", "dialog"))

LABELS = re.compile(
    r"(?:(?:cac |nhung )?(?:tin|bai|bai viet|van ban|thong tin)(?: tuc| bai)? (?:khac|lien quan|moi hon|cu hon"
    r"|da dua|cung"
    r" chuyen muc|cung chu de|moi nhat|noi bat|doc nhieu|truoc do)(?: .{0,20})?|tin da dua|theo dong su kien"
    r"|xem nhieu nhat"
    r"|ban in|in bai(?: viet)?|in bai nay|in trang|quay lai|tro (?:ve|lai)(?: trang truoc)?|dau trang|cuoi trang"
    r"|ve dau trang|len dau trang|gui (?:email|mail|cho ban be|qua email)"
    r"|chia se(?: bai viet| tin nay| len facebook)?|(?:so )?luot (?:nguoi )?(?:xem|truy cap|doc)(?: \d+)?|da xem \d+"
    r"|danh gia bai viet|tong so diem cua bai viet.*|click de danh gia bai viet|y kien ban doc|(?:gui |viet )?binh luan"
    r"(?: cua ban)?|gui phan hoi|thich bai viet nay|dang boi|tags?|tu khoa|the"
    r"|(?:moi )?(?:ban doc )?(?:xem|tai|doc|download)(?: (?:chi tiet|them|ve|tiep|file|tep|noi dung|toan van"
    r"|van ban|tai lieu|ban|cu the|day du))* (?:tai|o) day|click (?:vao )?day.{0,20}"
    r"|(?:file|tap tin|tep|tep tin|tai lieu|van ban)(?: tin)? (?:dinh kem|kem theo)"
    r"|related (?:articles?|posts?|stories|news|content|topics|links)|(?:read|see) (?:more|also"
    r"|next|further)(?: .{0,50})?|stay up to date(?: .{0,40})?|sorted by(?: .{0,40})?|topics"
    r"|themen(?: in diesem artikel| des artikels)?|temas(?: relacionados)?|themes|sujets|tematy|temi|argomenti"
    r"|vos reactions(?: \d+)?"
    r"|also read|more "
    r"(?:on this|from|stories|news|articles)(?: .{0,30})?|share(?: this)?(?: .{0,25})?|tweet|pin it|e ?mail this"
    r"|print(?: this)?(?: page)?"
    r"|leave a (?:reply|comment)|post a comment|(?:\d+ )?comments?(?: \d+)?|no comments|sign up(?: .{0,40})?"
    r"|subscribe(?: .{0,40})?"
    r"|recommended(?: .{0,30})?|you (?:may|might) also (?:like|enjoy|be interested in)|advertisement"
    r"|filed under.*"
    r"|like this|loading|trending(?: now)?|most (?:read|popular)|popular posts|recent posts|follow us(?: .{0,30})?"
    r"|anzeige|werbung|teilen(?: .{0,25})?|kommentare?(?: \d+)?|\d+ kommentare?|schreibe einen kommentar"
    r"|hinterlasse einen kommentar"
    r"|kommentar (?:schreiben|verfassen|hinterlassen)|verwandte (?:artikel|beitrage|themen)|ahnliche (?:artikel"
    r"|beitrage)"
    r"|das konnte (?:sie|dich|ihnen|dir) auch .{0,30}|auch interessant|lesen sie (?:auch|mehr|hier).{0,80}"
    r"|mehr zum thema|weitere (?:\w+ )?(?:artikel|beitrage|themen|meldungen|nachrichten)(?: .{0,30})?"
    r"|weiterlesen|zum thema|newsletter(?: .{0,40})?|drucken|schlagworte?|schlagworter|artikel teilen"
    r"|diesen artikel teilen|gefallt mir"
    r"|lire aussi.{0,80}|a lire aussi.{0,80}|articles? (?:similaires?|lies)|vous aimerez aussi"
    r"|sur le meme (?:sujet|theme)|partager(?: .{0,25})?|commentaires?|laisser un commentaire|publicite"
    r"|te puede interesar.{0,30}|lea tambien.{0,80}|lea mas.{0,80}|noticias relacionadas|compartir(?: .{0,25})?"
    r"|comentarios?|publicidad|etiquetas|deja (?:un comentario|una respuesta)"
    r"|leggi anche.{0,80}|articoli correlati|condividi(?: .{0,25})?|commenti|pubblicita|leia (?:tambem"
    r"|mais).{0,80}|compartilhe(?: .{0,25})?|publicidade|veja tambem.{0,80}"
    r"|czytaj (?:takze|tez|wiecej).{0,80}|zobacz (?:takze|rowniez).{0,80}|komentarze|podziel sie|udostepnij"
    r"|reklama|tagi|powiazane (?:artykuly|tematy)|polecamy"
    r"|lees (?:ook|meer|verder).{0,80}|gerelateerde? (?:artikelen|berichten)|delen|reacties|las (?:ocksa"
    r"|mer).{0,80}|dela|les ogsa.{0,80}|laes ogsa.{0,80}"
    r"|cteti? take.{0,80}|souvisejici(?: clanky)?|diskuse|sdilet|kapcsolodo (?:cikkek|cikk)|hozzaszolasok|megosztas"
    r"|читаите также.{0,80}|поделиться.{0,30}|комментарии.{0,20}|похожие (?:статьи|записи|новости)|по теме|теги"
    r"|метки|реклама|подписаться.{0,30}|читать (?:далее|еще).{0,60}"
    r"|читаите також.{0,80}|σχετικα (?:αρθρα|νεα)|διαβαστε (?:επισης|ακομα).{0,80}|σχολια|ilgili haberler"
    r"|benzer (?:haberler|yazilar)|yorumlar?|paylas)"
)
"""Folded texts of a short line that is furniture, or that heads furniture."""

HEADS_A_PORTRAIT = re.compile(
    r"about (?:the authors?|this series)|(?:uber|zu) (?:de[nr] autor(?:in|en|innen)?"
    r"|die autor(?:in|en|innen)|diese reihe)"
    r"|sobre (?:el|la|los|o|a|os) autore?[sa]?|a propos de l auteure?|o autorze|sull autore|over de auteur|ve tac gia"
)
"""Labels under which an author or a series is introduced."""

HEADS_A_LIST = re.compile(
    r"(?:cac |nhung )?(?:tin|bai)|theo dong|related|recommended|more|verwandte|ahnliche|das konnte|articles"
    r"|vous aimerez|"
    r"te puede|noticias|articoli|powiazane|polecamy|gerelateerde|souvisejici|kapcsolodo|похожие|по теме|σχετικα"
    r"|ilgili|benzer|"
    r"you m|weitere|mehr|popular|recent|most|trending|also|read|see|lire|lesen|leia|czytaj|zobacz|lees|las|auch"
)
"""Labels under which a list of other articles follows."""

HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
"""Style that hides an element."""

SEVERAL = 3
"""Links that make a list of links."""


@lru_cache(maxsize=20_000)
def is_furniture_name(name: str) -> bool:
    """Whether a class or id, by its words, names something beside the article."""
    parts = [tokens_of(part.split("--", 1)[0]) for part in name.split()]  # after `--` stands a variant, not a kind
    if any(map(_names_the_text, parts)):
        return False
    return any(map(_names_furniture, parts))


def _names_the_text(words: frozenset[str]) -> bool:
    if words & PROSE or words == {"entry"} or {"article", "body"} <= words or {"page", "wrapper"} <= words:
        return True
    return bool(words & _WHOLES and words & _FRAMES) and not _names_furniture(words)


def _names_furniture(words: frozenset[str]) -> bool:
    """One class: a long one (`js-truncate-related-to-my-size`) or a switch (`has-comments`) names no kind of thing."""
    if len(words) > NAME_LENGTH or words & SWITCHES:
        return False
    if words & FURNITURE or any(pair <= words for pair in PAIRS):
        return True
    named = {word for word in words if len(word) > 1}  # a letter alone, as in `m-tags`, is a convention's prefix
    return bool(named & ALONE) and named <= ALONE | FILLERS and not named <= {"link", "links"} | FILLERS


def is_furniture(node: HtmlElement) -> bool:
    """Whether an element says of itself, by tag, role, class or id, that it is no part of the article."""
    if node.tag in FURNITURE_TAGS:
        return True
    name, ident = node.get("class"), node.get("id")
    return bool((name and is_furniture_name(name)) or (ident and is_furniture_name(ident)))


def is_label(text: str) -> bool:
    """Whether a line is a furniture label, such as `Tin liên quan`, `Tag:` or `File đính kèm`."""
    return len(text) < LABEL_LENGTH and _is_label(text)


@lru_cache(maxsize=4096)
def _is_label(text: str) -> bool:
    """Remembered, since a site's labels are on all its pages."""
    folded = fold(text)
    if LABELS.fullmatch(folded) or HEADS_A_PORTRAIT.fullmatch(folded):
        return True
    parts = [fold(part) for part in text.split("|")]
    return len(parts) > 1 and all(LABELS.fullmatch(part) for part in parts if part)


def text_length(node: HtmlElement) -> int:
    """Characters of text under a node, white space counted as one where it stands."""
    if not len(node) and isinstance(node.tag, str):
        return len((node.text or "").strip())
    return len(etree.tostring(node, method="text", encoding="unicode", with_tail=False).strip())


def holds_more(node: HtmlElement, length: int) -> bool:
    """Whether the texts under a node are longer together, white space around each left out; looks no farther."""
    for text in node.itertext():
        length -= len(text.strip())
        if length < 0:
            return True
    return False


def link_share(node: HtmlElement) -> float:
    """Share of a node's text that lies in links."""
    whole = text_length(node)
    return _length_in_links(node) / whole if whole else 0.0


def length_outside_links(node: HtmlElement) -> int:
    """How many characters of a node's text no link has."""
    return text_length(node) - _length_in_links(node)


def _length_in_links(node: HtmlElement) -> int:
    return sum(map(text_length, node.iter("a")))


def drop_named_furniture(root: HtmlElement) -> None:
    """Take out what names itself furniture, unless it holds most of the text: then the name is a theme's whim."""
    named = [node for node in root.iterdescendants() if is_furniture(node)]
    if not named:
        return
    whole = text_length(root)
    furniture: list[HtmlElement] = []
    for node in named:
        length = text_length(node)
        if length <= whole * 0.5 or (_is_comments(node) and whole - length >= ENOUGH_LEFT):
            furniture.append(node)
    drop_all(root, furniture)


def _is_comments(node: HtmlElement) -> bool:
    return bool(tokens_of(f"{node.get('class') or ''} {node.get('id') or ''}") & COMMENTS)


def drop_link_lists(root: HtmlElement) -> None:
    """Take out lists and boxes that are nearly nothing but several links, and are a small part of the whole."""
    if not _has_links(root, SEVERAL):
        return
    whole = text_length(root)
    for node in list(root.iterdescendants("ul", "ol", "div", "table", "section", "p")):
        if not len(node) or not _has_links(node, SEVERAL):
            continue
        if text_length(node) < whole * 0.5 and link_share(node) > 0.8:
            hollow(node)
    sweep(root)


def _has_links(node: HtmlElement, number: int) -> bool:
    return next(islice(node.iter("a"), number - 1, None), None) is not None
