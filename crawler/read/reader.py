"""One page read: every field through its rules in order, each value with the name of the rule that found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Protocol
from zlib import crc32

from lxml.html import HtmlElement

from crawler.read import tree
from crawler.read.authors import (
    Credits,
    byline_at_the_edge,
    declared_authors,
    labelled_credits,
    labelled_source,
    labelled_unit,
    stated_authors,
    vietnamese_names,
)
from crawler.read.blocks import Block, blocks_of, body_text
from crawler.read.body import FINISHING, READING, copied_together, drop_hidden, safe_html
from crawler.read.boilerplate import is_label, length_outside_links
from crawler.read.bylines import read_dateline
from crawler.read.captions import images_of, mark_captions
from crawler.read.datatables import holds_schedule
from crawler.read.dates import VIETNAM, believable, looks_like_date
from crawler.read.files import drop_file_lines, files_in
from crawler.read.landscape import Landscape, survey
from crawler.read.lead import lead_text, marked_lead
from crawler.read.mainblock import anchored, find_main_block, is_whole_page, with_lead
from crawler.read.markup import around, drop, text_of
from crawler.read.notarticle import (
    is_root,
    looks_like_listing,
    refused_at_sight,
    refused_by_length,
    refused_by_text,
)
from crawler.read.page import ParsedPage
from crawler.read.profile import Selectors
from crawler.read.published import (
    Calendar,
    When,
    address_date,
    agreed,
    date_in,
    declared_change,
    declared_dates,
    last_witness,
    placed_date,
    read_text,
    time_element,
)
from crawler.read.quality import quality_of
from crawler.read.selecting import Search, select_all
from crawler.read.structured import Structured, collect
from crawler.read.teasers import POINTERS_ELSEWHERE, end_of_article
from crawler.read.title import Headline, Headlines
from crawler.read.topics import category_from, category_from_metadata, tags_from, tags_from_metadata
from crawler.read.words import clean, fold, has_words, says_the_same
from pipelines.clock import day_of
from pipelines.items import Article, Attachment, Image, NotArticle, PageDate

BEYOND_DOUBT = 3.5
"""A headline of this score decides where the text begins."""


class SiteRules(Protocol):
    """What the reader needs to know of a site; a site file's value has all of it."""

    @property
    def name(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def select(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def date_order(self) -> str | None: ...
    @property
    def clock(self) -> tzinfo: ...
    @property
    def language(self) -> str | None: ...


HEAD = 8
"""Title, date and labels are looked for in so many first blocks of a body."""
BEGINNING = 40
"""Characters by which a line that repeats the lead is known at first."""
LONGEST_DATE_LINE = 250
"""Characters; a date is printed with no more around it."""
LENGTHY = 2_000_000
"""Bytes of a page that is asked whether it is too long to be read; the longest real one we know has half of that."""
COMPARED_SHARE = 32
"""One page in so many of a family is read without its profile too, and the readings are compared."""
ENOUGH_WITHOUT_TEMPLATE = 1000
"""Characters outside links by which a page without date and files is known as an article, in such a family."""
LEAST_WITHOUT_TEMPLATE = 200
"""Characters of text in an article of a family that does not stand in the family's template."""


@dataclass(frozen=True, slots=True)
class Look:
    """A page as it looks without a profile."""

    headline: Headline | None
    dense: HtmlElement | None
    """The block that is taken for the article."""
    dense_rule: str


@dataclass(slots=True)
class Scene:
    """A page with everything that rules ask about it, worked out once."""

    page: ParsedPage
    search: Search
    own: Mapping[str, tuple[str, ...]]
    """The site's selectors by field."""
    family: Selectors
    distrust: frozenset[str]
    calendar: Calendar
    fields: dict[str, str] = field(default_factory=dict)
    is_vouched: bool = False
    """Whether the family's own mark of an article is on the page."""
    is_compared: bool = False
    prose: str | None = None
    """The article's text, once it is known."""
    foreign: bool | None = None
    stated: Structured | None = None
    surveyed: Landscape | None = None
    looked: Look | None = None

    @property
    def about(self) -> Structured:
        """What the page states for machines; collected once, and only where somebody asks."""
        if self.stated is None:
            self.stated = collect(self.page.tree, self.page.text)
        return self.stated

    @property
    def look(self) -> Look:
        """What selector-less reading makes of the page; looked at once, and only where somebody asks."""
        if self.looked is None:
            self.looked = look_without_profile(
                self.page, self.about, self.landscape, trust="title" not in self.distrust
            )
        return self.looked

    @property
    def landscape(self) -> Landscape:
        """The page's text laid out; without links where a template says what the article is."""
        if self.surveyed is None:
            self.surveyed = survey(self.page.tree, with_links=not self.is_vouched)
        return self.surveyed

    def line_of(self, title: Headline) -> int:
        """The line that prints the headline, -1 where none does."""
        if title.node is None or title.line >= 0:
            return title.line
        return self.landscape.span.get(title.node, (-1, -1))[0]

    @property
    def is_foreign(self) -> bool:
        """Whether the page's prose is in another language than Vietnamese."""
        if self.foreign is None:
            text = self.prose or " ".join(line.text for line in self.landscape.lines if line.length > 30)
            self.foreign = bool(text) and tree.language_of(text, None) != "vi"
        return self.foreign

    def nodes(self, name: str) -> tuple[list[HtmlElement], str]:
        """The elements of a field by the site's selectors, else by the family's, and which of the two it was."""
        for rule, selectors in (("site", self.own.get(name, ())), ("family", getattr(self.family, name))):
            if selectors and (found := self.search.first(selectors)):
                return found, rule
        return [], ""

    def every_node(self, name: str) -> list[HtmlElement]:
        """The elements of all selectors of a field: drops, attachments, pictures add up."""
        return self.search.every((*self.own.get(name, ()), *getattr(self.family, name)))


@dataclass(slots=True)
class Body:
    """The article's block, clean."""

    root: HtmlElement | None
    blocks: list[Block]
    files: tuple[Attachment, ...] = ()
    held: tuple[HtmlElement, ...] = ()
    """Every element of the block, for its speed: lxml makes a new object for an element that is come by, unless the
    one made before is still held somewhere, and a dozen operations come by each element."""


def read_parsed(
    page: ParsedPage,
    *,
    site: SiteRules | None = None,
    fetched_at: datetime | None = None,
    compare: bool | None = None,
) -> Article | NotArticle:
    """Read a parsed page into a record, or say what it is instead of an article.

    Args:
        page: the page; its profile decides which family's selectors apply.
        site: a site's own selectors, date order and time zone.
        fetched_at: when this copy was fetched: relative dates count from it, later dates are refused.
        compare: whether to hold the family's reading against the selector-less one; by default for a share of pages.
    """
    refusal = refused_at_sight(page)
    if refusal is not None:
        return _not(page, *refusal)
    scene = _scene(page, site, fetched_at)
    refusal = _refused(scene)
    if refusal is None and len(page.text) > LENGTHY:
        refusal = refused_by_length(page, scene.landscape)
    if refusal is not None:
        return _not(page, *refusal)
    title = _title(scene)
    if title is None:
        return _not(page, "no_title")
    when = _published(scene, title)
    body_nodes, body_rule = _body_nodes(scene)
    refusal = _refused_without_witness(scene, title, body_nodes, when)
    if refusal is not None:
        return _not(page, *refusal)
    scene.is_compared = page.profile is not None and (_is_in_sample(page) if compare is None else compare)
    article = _article(scene, title, when, (body_nodes, body_rule), site)
    if _says_too_little(scene, article):
        return _not(page, *_nothing_to_read(scene))
    return article


def _is_in_sample(page: ParsedPage) -> bool:
    """Whether a page is among those whose two readings are compared; the same page always is, or never.

    The comparison is the alarm for templates that drift, and an alarm needs a share of a site's pages, not all of
    them; it costs as much as the rest of the reading.
    """
    return crc32(page.url.encode("utf-8", "surrogatepass")) % COMPARED_SHARE == 0


def _not(page: ParsedPage, reason: str, detail: str | None = None) -> NotArticle:
    return NotArticle(url=page.url, reason=reason, family=page.profile.name if page.profile else None, detail=detail)


def _scene(page: ParsedPage, site: SiteRules | None, fetched_at: datetime | None) -> Scene:
    profile = page.profile
    family = profile.select if profile else Selectors()
    search = Search(page.tree, page.source)
    order = (site.date_order if site else None) or (profile.date_order if profile else None)
    return Scene(
        page=page,
        search=search,
        own=site.select if site else {},
        family=family,
        is_vouched=bool(search.first(family.article)),
        distrust=frozenset(profile.distrust) if profile else frozenset(),
        calendar=Calendar(order=order, zone=site.clock if site else VIETNAM, fetched_at=believable(fetched_at)),
    )


def look_without_profile(page: ParsedPage, about: Structured, landscape: Landscape, *, trust: bool) -> Look:
    """Find headline and text by shape alone; each helps to find the other."""
    main = find_main_block(landscape, page.tree)
    headlines = Headlines(landscape, about, page.url, trust=trust)
    headline = headlines.best(main.node if main else None)
    if main is None or headline is None or headline.line < 0 or headline.score < BEYOND_DOUBT:
        certain = headlines.best(None)
        headline = certain if certain is not None and certain.score >= BEYOND_DOUBT else headline
    if headline is not None and headline.node is not None:
        if headline.score >= BEYOND_DOUBT:
            main = anchored(landscape, main, headline.node, headline.line)
        elif main is not None:
            main = with_lead(landscape, main, headline.line)
    is_unnamed = headline is None or headline.node is None
    if main is not None and not about.is_article and is_unnamed and is_whole_page(landscape, main.node):
        main = None
    return Look(headline, main.node if main else None, main.rule if main else "density")


def _refused(scene: Scene) -> tuple[str, str | None] | None:
    """What can be said against the page before any field is read."""
    if scene.is_vouched:
        return None
    if scene.search.first(scene.own.get("article", ())):
        return None
    headline = scene.look.headline.text if scene.look.headline else None
    refusal = refused_by_text(scene.page, scene.about, scene.landscape, headline)
    if refusal is not None:
        return refusal
    # A page of the family without its article template: a listing, a menu, or an article in a theme of the site's own.
    if scene.nodes("entry")[0] and not scene.nodes("title")[0]:
        return "listing", None
    has_body = bool(scene.family.body or scene.own.get("body")) and bool(scene.nodes("body")[0])
    certain = scene.look.headline is not None and scene.look.headline.score >= BEYOND_DOUBT
    if not has_body and not certain and not scene.about.is_article and looks_like_listing(scene.landscape):
        return "listing", None
    return None


def _refused_without_witness(
    scene: Scene, title: Headline, body_nodes: list[HtmlElement], when: When | None
) -> tuple[str, str | None] | None:
    """A page that no template vouches for must say by itself that it is an article.

    It does by a headline and a date; a table of documents, of a session or a tender, by its headline and their files;
    a week's schedule by its headline alone; the history of a district, which nobody dates, by headline and length.
    """
    if scene.is_vouched or scene.about.is_article:
        return None
    is_dated = when is not None and when.value is not None
    if not body_nodes and not is_dated:
        return _nothing_to_read(scene)
    if not is_dated and is_root(scene.page.url):
        return "navigation", "a home page"
    if title.node is None and (scene.family.article or not is_dated):
        return "navigation", "the page has no headline of its own"
    if scene.family.article and not (
        is_dated
        or holds_schedule(body_nodes)
        or files_in(body_nodes, scene.page.base_url)
        or sum(map(length_outside_links, body_nodes)) >= ENOUGH_WITHOUT_TEMPLATE
    ):
        return "navigation", "no article's template on the page, no date, no files and little text"
    return None


def _nothing_to_read(scene: Scene) -> tuple[str, None]:
    is_listing = bool(scene.nodes("entry")[0]) or looks_like_listing(scene.landscape)
    return ("listing" if is_listing else "no_text"), None


def _says_too_little(scene: Scene, article: Article) -> bool:
    """An empty page is an article only where its family's template says so, or where it brings a file."""
    if scene.is_vouched or article.attachments:
        return False
    if article.published_at is not None and not scene.family.article:
        return False
    return len(article.body) < (LEAST_WITHOUT_TEMPLATE if scene.family.article else 1)


def _title(scene: Scene) -> Headline | None:
    nodes, rule = scene.nodes("title")
    for node in nodes:
        text = clean(text_of(node))
        if text:
            return Headline(text, rule, node)
    return scene.look.headline


def _published(scene: Scene, title: Headline) -> When | None:
    nodes, rule = scene.nodes("date")
    refused: When | None = None
    for node in nodes:
        found = date_in(node, scene.calendar, rule, trust="published" not in scene.distrust)
        if found is not None and found.value is not None:
            return found
        refused = refused or found
    if refused is not None:
        return refused
    texts = scene.nodes("body")[0] if scene.is_vouched else []
    return _blind_date(scene, scene.line_of(title), main=texts[0] if texts else scene.look.dense)


def _blind_date(scene: Scene, title_line: int, *, main: HtmlElement | None, with_library: bool = True) -> When | None:
    """The date by metadata, by a `<time>`, by place, by address, in this order; by a library for foreign pages only."""
    landscape, calendar = scene.landscape, scene.calendar
    if scene.page.profile is None and scene.is_foreign:
        calendar = replace(calendar, is_foreign=True)
    trusted = "published" not in scene.distrust
    stated = declared_dates(scene.about, calendar) if trusted else []
    shown = None
    if with_library or not stated:  # for a comparison, what is stated for machines is witness enough
        shown = placed_date(landscape, calendar, title_line, main, is_foreign=scene.is_foreign)
    if trusted and not stated:
        timed = time_element(scene.page.tree, landscape, calendar, title_line)
        stated = [timed] if timed is not None else []
    found = agreed(stated, shown, address_date(scene.page.url))
    if found is None and with_library and trusted and scene.is_foreign:
        day = last_witness(scene.page.tree, scene.page.url, calendar)
        return When(day, None, "htmldate") if day else None
    return found


def _body_nodes(scene: Scene) -> tuple[list[HtmlElement], str]:
    nodes, rule = scene.nodes("body")
    if nodes:
        return _outermost(nodes), rule
    return ([scene.look.dense], scene.look.dense_rule) if scene.look.dense is not None else ([], "")


def _outermost(nodes: list[HtmlElement]) -> list[HtmlElement]:
    if len(nodes) < 2:
        return nodes
    chosen = set(nodes)
    return [node for node in nodes if not any(parent in chosen for parent in around(node))]


def _article(
    scene: Scene,
    title: Headline,
    when: When | None,
    block: tuple[list[HtmlElement], str],
    site: SiteRules | None,
) -> Article:
    page = scene.page
    nodes, body_rule = block
    fields = {"title": title.rule}
    if when is not None and when.value is not None:
        fields["published_at"] = when.rule
    body = _clean_body(scene, nodes, vouched=body_rule in ("site", "family"))
    if scene.is_vouched:
        scene.prose = body_text(body.blocks)
    _trim_head(body, title, when, scene.calendar)
    lead = _lead(scene, body, fields)
    known = _credits(scene, body, title, lead, fields)
    _trim_tail(body)
    attachments = _attachments(scene, body, fields)
    images = _images(scene, body)
    tags = _tags(scene, fields)
    category = _category(scene, title, fields)
    text = body_text(body.blocks)
    if text:
        fields["body"] = body_rule
    agrees = _agreement(scene, title, when, nodes) if scene.is_compared else {}
    return Article(
        url=page.url,
        site=site.name if site else None,
        title=title.text,
        lead=lead,
        body=text,
        body_html=safe_html(body.root, page.base_url) if body.root is not None and text else "",
        published_at=when.value if when else None,
        published_text=when.text if when else None,
        modified_at=_modified(scene),
        author=known.author,
        author_unit=known.unit,
        byline_text=known.text,
        source=known.source,
        category=category,
        tags=tags,
        language=tree.language_of((text or title.text)[:2000], _declared_language(page.tree, site)),
        images=images,
        attachments=attachments,
        family=page.profile.name if page.profile else None,
        quality=quality_of(
            fields=fields, body=text, has_files=bool(attachments), agrees=agrees, has_profile=page.profile is not None
        ),
        fields=fields,
        agrees=agrees,
    )


def _clean_body(scene: Scene, nodes: list[HtmlElement], *, vouched: bool) -> Body:
    if not nodes:
        return Body(None, [])
    root = copied_together(nodes)
    held = tuple(root.iter())
    for part in select_all(root, (*scene.own.get("drop", ()), *scene.family.drop)):
        if part is not root:
            drop(part)
    drop_hidden(root)
    files = files_in([root], scene.page.base_url)
    drop_file_lines(root, scene.page.base_url)
    for operation in (*READING, *(() if vouched else POINTERS_ELSEWHERE), mark_captions, *FINISHING):
        operation(root)
    blocks = blocks_of(root)
    body = Body(root, blocks, files, held)
    if not vouched:
        _cut_off(body, end_of_article(blocks))
    return body


def _trim_head(body: Body, title: Headline, when: When | None, calendar: Calendar) -> None:
    """Take what stands above the text off the body: everything down to the title, the date line, empty labels."""
    top = [block.text for block in body.blocks[:HEAD]]
    repeated = next((index for index, text in enumerate(top) if says_the_same(text, title.text)), -1)
    above = body.blocks[: repeated + 1]
    if all(len(block.text) <= 100 for block in above[:-1]):
        for block in above:
            _take_out(body, block)
    dated = fold(when.text) if when and when.text else ""
    for block in body.blocks[:HEAD]:
        if _stands_above(block.text, dated, calendar):
            _take_out(body, block)
        elif len(block.text) > 100:
            return


def _stands_above(text: str, dated: str, calendar: Calendar) -> bool:
    """Whether a line is nothing but the article's date, another date, a label, or signs without a word."""
    if len(text) > LONGEST_DATE_LINE:
        return not has_words(text)
    if is_label(text) or not (folded := fold(text)):
        return True
    if dated and folded.startswith(dated) and len(folded) <= len(dated) + 12:
        return True
    return len(text) <= 60 and looks_like_date(text) and read_text(text, calendar) is not None


def _trim_tail(body: Body) -> None:
    end = len(body.blocks)
    while end and is_label(body.blocks[end - 1].text):
        end -= 1
    _cut_off(body, end)


def _cut_off(body: Body, end: int) -> None:
    for block in body.blocks[end:]:
        block.take_out()
    del body.blocks[end:]


def _take_out(body: Body, block: Block) -> None:
    body.blocks.remove(block)
    block.take_out()


def _lead(scene: Scene, body: Body, fields: dict[str, str]) -> str | None:
    nodes, rule = scene.nodes("lead")
    text = "\n".join(filter(None, (clean(line) for line in lead_text(_outermost(nodes)).split("\n"))))
    if text:
        fields["lead"] = rule
        for block in body.blocks[:4]:
            if _repeats(block.text, text):
                _take_out(body, block)
        _cut_repeats(body, text)
        return text
    marked = marked_lead(body.blocks, None if "lead" in scene.distrust else scene.about)
    if marked is None:
        return None
    block, rule = marked
    fields["lead"] = rule
    _take_out(body, block)
    _cut_repeats(body, block.text)
    return block.text


def _repeats(text: str, lead: str) -> bool:
    """Whether a line says the lead again, or a part of it."""
    if len(text) > 2 * len(lead) + 50:
        return False
    whole = fold(lead)
    if fold(text[:BEGINNING]) not in whole:  # most lines are told by their beginning, and folding a long one takes time
        return False
    mine = fold(text)
    return bool(mine) and ((mine in whole and len(mine) > 10) or mine == whole)


def _cut_repeats(body: Body, lead: str) -> None:
    """Take the lead off the start of the body as often as it is printed there again."""
    lines = lead.split("\n")
    while [block.text for block in body.blocks[: len(lines)]] == lines:
        for block in body.blocks[: len(lines)]:
            _take_out(body, block)


def _credits(scene: Scene, body: Body, title: Headline, lead: str | None, fields: dict[str, str]) -> Credits:
    nodes, rule = scene.nodes("author")
    known = labelled_credits(nodes, rule) or Credits()
    edge = byline_at_the_edge(body.blocks)
    if edge is not None:
        found, blocks = edge
        for block in blocks:
            _take_out(body, block)
        known = known.completed_by(found)
    known.unit = known.unit or labelled_unit(scene.nodes("unit")[0])
    known.source = known.source or labelled_source(scene.nodes("source")[0]) or read_dateline(lead or "")
    if known.author is None and known.unit is None and "author" not in scene.distrust:
        _credit_by_metadata(scene, title, known)
    if known.rule is not None:
        fields["author"] = known.rule
    return known


def _credit_by_metadata(scene: Scene, title: Headline, known: Credits) -> None:
    """Authors that metadata or an author's element name; in a Vietnamese page only what a by-line reader believes."""
    if scene.is_vouched:  # the family's selectors say where a template prints its authors
        stated = declared_authors(scene.about, scene.page.url)
    else:
        stated = stated_authors(scene.page, scene.about, scene.landscape, scene.line_of(title))
    if stated is None:
        return
    names, rule = stated
    believed = names if scene.is_foreign else vietnamese_names(names)
    if believed:
        known.author, known.rule = believed, rule


def _attachments(scene: Scene, body: Body, fields: dict[str, str]) -> tuple[Attachment, ...]:
    outside = files_in(scene.every_node("attachments"), scene.page.base_url)
    found = {item.url: item for item in (*body.files, *outside)}
    if found:
        fields["attachments"] = "links in the article"
    return tuple(found.values())


def _images(scene: Scene, body: Body) -> tuple[Image, ...]:
    covers = [image for node in scene.every_node("images") for image in images_of(node, scene.page.base_url)]
    inside = images_of(body.root, scene.page.base_url) if body.root is not None else ()
    return tuple({image.url: image for image in (*covers, *inside)}.values())


def _tags(scene: Scene, fields: dict[str, str]) -> tuple[str, ...]:
    nodes, rule = scene.nodes("tags")
    tags = tags_from(nodes)
    if not tags and not nodes and "tags" not in scene.distrust:
        tags, rule = tags_from_metadata(scene.about, scene.page.tree, scene.page.text), "metadata"
    if tags:
        fields["tags"] = rule
    return tags


def _category(scene: Scene, title: Headline, fields: dict[str, str]) -> str | None:
    nodes, rule = scene.nodes("category")
    for node in nodes:
        if category := category_from(node):
            fields["category"] = rule
            return category
    if "category" in scene.distrust:
        return None
    found = category_from_metadata(scene.about, scene.page.tree, scene.page.text, title.text)
    if found is None:
        return None
    category, fields["category"] = found
    return category


def _modified(scene: Scene) -> PageDate | None:
    nodes, rule = scene.nodes("modified")
    for node in nodes:
        found = date_in(node, scene.calendar, rule)
        if found is not None and found.value is not None:
            return found.value
    return None if "modified" in scene.distrust else declared_change(scene.about, scene.calendar)


def _declared_language(root: HtmlElement, site: SiteRules | None) -> str | None:
    return (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or (site.language if site else None)
    )


def _agreement(scene: Scene, title: Headline, when: When | None, nodes: list[HtmlElement]) -> dict[str, bool]:
    """Whether the selector-less reading comes to the same title, day and text: where it stops to, a theme changed."""
    agrees = {"title": scene.look.headline is not None and says_the_same(scene.look.headline.text, title.text)}
    if when is not None and when.value is not None:
        line = scene.look.headline.line if scene.look.headline else -1
        blind = _blind_date(scene, line, main=scene.look.dense, with_library=False)
        agrees["published_at"] = blind is not None and day_of(blind.value) == day_of(when.value)
    weight = scene.landscape.weight
    mine = sum(weight.get(node, 0.0) for node in nodes)
    if mine and scene.look.dense is not None:
        agrees["body"] = _overlap(scene.landscape, nodes, scene.look.dense) >= 0.8
    return agrees


def _overlap(landscape: Landscape, nodes: list[HtmlElement], dense: HtmlElement) -> float:
    """Share of the larger of two readings' prose that both hold."""
    theirs = {id(line) for line in landscape.lines_of(dense)}
    ours = [line for node in nodes for line in landscape.lines_of(node)]
    common = sum(line.length for line in ours if id(line) in theirs)
    larger = max(sum(line.length for line in ours), sum(line.length for line in landscape.lines_of(dense)))
    return common / larger if larger else 0.0
