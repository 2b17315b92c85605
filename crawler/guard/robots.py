"""robots.txt (RFC 9309) judged: what may be asked for, how fast, and when a host is to be left alone.

A missing file (any 4xx) allows everything. A host that fails to answer, or answers with a web page instead of rules,
is *held*: nobody can say what it allows, and a challenge page or an overloaded server is no permission.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from protego import Protego

from crawler.urls import clean_href

MAX_BYTES = 500_000
"""RFC 9309, 2.5: at least 500 kB are read; what follows is ignored."""

LONGEST_DELAY = 600.0
"""Seconds between two requests that a run can wait; a host that asks for more wants to be left alone."""

_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|meta|title|iframe)\b", re.IGNORECASE)
_WHERE_MARKUP_BEGINS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsPolicy:
    """What one host allows one agent. `held` says why nothing may be asked for now; `crawl_delay` is in seconds."""

    agent: str
    crawl_delay: float | None = None
    sitemaps: tuple[str, ...] = ()
    held: str | None = None
    rules: Protego | None = field(default=None, repr=False, compare=False)

    def allows(self, url: str) -> bool:
        """Whether the address may be asked for now."""
        if self.held is not None:
            return False
        return self.rules is None or bool(self.rules.can_fetch(url, self.agent))


def judge(status: int | None, mime: str | None, body: bytes, *, agent: str) -> RobotsPolicy:
    """The policy that follows from the answer to robots.txt; `status` is None when no answer came.

    `agent` is the whole User-Agent or its product token; rules are matched with the token.
    """
    token = agent.partition("/")[0].strip()
    if reason := _reason_to_hold(status, mime, body):
        return RobotsPolicy(agent=token, held=reason)
    if status is None or not 200 <= status < 300:
        return RobotsPolicy(agent=token)
    rules = Protego.parse(_text(body))
    delay = _delay(rules, token)
    if delay is not None and delay > LONGEST_DELAY:
        return RobotsPolicy(agent=token, held=f"robots.txt: asks for {delay:.0f} s between two requests")
    return RobotsPolicy(agent=token, crawl_delay=delay, sitemaps=_sitemaps(rules), rules=rules)


def _reason_to_hold(status: int | None, mime: str | None, body: bytes) -> str | None:
    if status is None:
        return "robots.txt: no answer"
    if status >= 500 or status == 429:
        return f"robots.txt: HTTP {status}"
    if not 200 <= status < 300:
        return None
    if _MARKUP.search(body[:_WHERE_MARKUP_BEGINS]):
        return "robots.txt: a web page instead of rules"
    is_text = not mime or mime.startswith("text/") or b"\x00" not in body[:_WHERE_MARKUP_BEGINS]
    return None if is_text else f"robots.txt: {mime} instead of rules"


def _text(body: bytes) -> str:
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]  # half a rule may say the opposite of the whole
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return body.decode(encoding, errors="replace")


def _delay(rules: Protego, agent: str) -> float | None:
    """The longer of Crawl-delay and what Request-rate comes to."""
    rate = rules.request_rate(agent)
    delays = [rules.crawl_delay(agent), rate.seconds / rate.requests if rate and rate.requests else None]
    usable = [float(delay) for delay in delays if delay is not None and math.isfinite(delay) and delay > 0]
    return max(usable, default=None)


def _sitemaps(rules: Protego) -> tuple[str, ...]:
    absolute = (text for text in rules.sitemaps if text.lower().startswith(("http://", "https://")))
    return tuple(dict.fromkeys(url for text in absolute if (url := clean_href(text, text))))
