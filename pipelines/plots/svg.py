"""The parts that drawings are made of: labels, bars, stripes, grid lines, legends.

Colours are classes. The presentation attributes beside them are what is seen where no stylesheet reaches: the
page's own text colour at several strengths.
"""

from __future__ import annotations

from pipelines.plots.markup import Markup, element, joined, shown, text

FONT = "system-ui, sans-serif"
LETTER = 6.6
"""The mean width of a letter at the plots' font size (12), generously."""


def label(value: str, x: float, y: float, *, anchor: str = "start", class_: str = "plot-label") -> Markup:
    """A line of text with its baseline at (x, y)."""
    return element("text", text(value), x=x, y=y, text_anchor=anchor, class_=class_, fill="currentColor")


def two_lines(value: str, x: float, y: float, *, width: float) -> Markup:
    """A name in at most two lines around (x, y); where it does not fit its middle goes, and the tooltip has it all.

    Portals are called alike at the beginning and differ at the end ("Cổng thông tin điện tử huyện …").
    """
    fitting = int(width / LETTER)
    if len(value) <= fitting:
        return label(value, x, y)
    kept = value
    if len(value) > 2 * fitting - 4:
        beginning, end = value[:fitting], value[-(fitting - 1) :]
        kept = f"{beginning.rpartition(' ')[0] or beginning[:-1]} … {end.partition(' ')[2] or end[1:]}"
    break_at = kept.rfind(" ", 0, fitting + 1)
    first, second = (kept[:break_at], kept[break_at + 1 :]) if break_at > 0 else (kept[:fitting], kept[fitting:])
    lines = (
        element("tspan", text(first), x=x, y=y - 7),
        element("tspan", text(second[: fitting + 1]), x=x, y=y + 7),
    )
    title = element("title", text(value))
    return element("text", title, *lines, class_="plot-label", fill="currentColor")


def bar_path(bars: list[tuple[float, float, float, float]]) -> str:
    """The path data of many upright bars (x, top, width, height): one element instead of hundreds."""
    return "".join(f"M{shown(x)} {shown(y)}h{shown(w)}v{shown(h)}h{shown(-w)}z" for x, y, w, h in bars if h > 0)


def bars(data: str, class_: str, *, opacity: float) -> Markup:
    if not data:
        return Markup("")
    return element("path", d=data, class_=class_, fill="currentColor", fill_opacity=opacity)


def hatched(data: str, pattern: str) -> Markup:
    """What is missing: stripes within an outline, so that it is told apart without colours too."""
    if not data:
        return Markup("")
    look: dict[str, str | float] = {"stroke": "currentColor", "stroke_width": 0.7, "stroke_opacity": 0.8}
    return element("path", d=data, class_="plot-missing", fill=f"url(#{pattern})", **look)


def stripes(pattern: str) -> Markup:
    """The definition that `hatched` refers to."""
    line = element("path", d="M0 0v5", class_="plot-stripe", stroke="currentColor", stroke_width=2.4)
    shape: dict[str, str | float] = {
        "width": 5,
        "height": 5,
        "patternUnits": "userSpaceOnUse",
        "patternTransform": "rotate(45)",
    }
    return element("defs", element("pattern", line, id=pattern, **shape))


def grid_line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    look: dict[str, str | float] = {
        "class_": "plot-grid",
        "stroke": "currentColor",
        "stroke_opacity": 0.18,
        "stroke_width": 1,
    }
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **look)


def hover(x: float, y: float, width: float, height: float, words: str) -> Markup:
    """An unseen box whose tooltip says the numbers under the pointer."""
    inner = element("title", text(words))
    return element("rect", inner, x=x, y=y, width=width, height=height, fill="none", pointer_events="all")


def legend(entries: list[tuple[str, Markup]], x: float, y: float) -> Markup:
    """Swatches with their words, left to right; each swatch is drawn at the origin, 12 wide and 10 high."""
    parts = []
    for words, swatch in entries:
        parts.append(element("g", swatch, transform=f"translate({shown(x)} {shown(y - 9)})"))
        parts.append(label(words, x + 17, y))
        x += 17 + len(words) * LETTER + 18
    return joined(*parts)
