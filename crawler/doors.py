"""Which hosts may be asked during a run: what their robots.txt says, who does not answer, who rests, who waits."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlite_utils import Database

from crawler.frontier import Link
from crawler.guard.breaker import Breaker
from crawler.guard.pace import LONGEST_HOLD, PACER
from crawler.guard.patience import retry_after
from crawler.guard.robots import RobotsPolicy
from crawler.sitefile import Site, plain_host
from pipelines.hosts import note_answers, note_rest, resting_hosts

logger = logging.getLogger(__name__)


class Doors:
    """The hosts of one site's run. A host here is a name; rules are of an origin (scheme, name and port)."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._policies: dict[str, RobotsPolicy] = {}
        self._waiting: defaultdict[str, list[Link]] = defaultdict(list)
        self._breaker = Breaker()
        self._resting: dict[str, str] = {}

    @property
    def held(self) -> dict[str, str]:
        """Why each origin that does not say what it allows is left alone."""
        return {origin: policy.held for origin, policy in self._policies.items() if policy.held}

    @property
    def given_up(self) -> Mapping[str, str]:
        """Why each host that does not answer is left alone."""
        return self._breaker.given_up

    @property
    def resting(self) -> AbstractSet[str]:
        """The hosts that did not answer in earlier runs, and are not asked in this one."""
        return self._resting.keys()

    def let_rest(self, db: Database, *, at: datetime) -> None:
        """Leave hosts alone that did not answer lately; never one of the site's own."""
        resting = resting_hosts(db, self._site.name, at=at)
        self._resting = {host: why for host, why in resting.items() if plain_host(host) not in self._site.hosts_all}

    def note(self, db: Database, *, at: datetime) -> None:
        """Remember which hosts did not answer, or did not say what they allow; inside the caller's transaction."""
        silent = {host_of(origin): why for origin, why in self.held.items()} | self._breaker.given_up
        note_answers(db, self._site.name, self._breaker.answering - silent.keys())
        for host, why in silent.items():
            note_rest(db, self._site.name, host, why, at=at)

    def is_shut(self, url: str) -> bool:
        """Whether the host is left alone in this run, whatever its rules say."""
        host = host_of(url)
        policy = self._policies.get(origin_of(url))
        return host in self._breaker.given_up or host in self._resting or bool(policy and policy.held)

    def policy(self, url: str) -> RobotsPolicy | None:
        """The rules of the host, None where nobody knows them yet."""
        return self._policies.get(origin_of(url))

    def wait(self, link: Link) -> bool:
        """Let a link wait for the rules of its host; True for the first one, for which they are to be asked for."""
        waiting = self._waiting[origin_of(link.url)]
        waiting.append(link)
        return len(waiting) == 1

    def is_waited_for(self, url: str) -> bool:
        return bool(self._waiting.get(origin_of(url)))

    def those_waiting(self, origin: str) -> list[Link]:
        """The links that waited for an origin's rules, which they do no longer."""
        return self._waiting.pop(origin, [])

    def obey(self, origin: str, policy: RobotsPolicy) -> None:
        """Keep an origin's rules."""
        self._policies[origin] = policy
        if policy.held:
            logger.warning("%s: held for this run: %s", origin, policy.held)
        if policy.crawl_delay:
            PACER.slow_down(host_of(origin), policy.crawl_delay)

    def hold(self, reasons: Mapping[str, str]) -> None:
        """Leave hosts alone for the rest of the run, each with the reason."""
        for origin, policy in self._policies.items():
            why = reasons.get(host_of(origin))
            if why and policy.held is None:
                self._policies[origin] = replace(policy, held=why)
                logger.warning("%s: held for this run: %s", origin, why)

    def answered(self, url: str, status: int, retry_header: bytes | None, *, at: datetime) -> None:
        """A host answered, and may have asked for patience.

        Retry-After (RFC 9110, section 10.2.3): the pacer waits a short time; after a long one a later run asks.
        """
        host = host_of(url)
        if self._breaker.answered(host, status):
            logger.warning("%s is left for a later run: %s", host, self._breaker.given_up[host])
        if status in {429, 503}:
            seconds = retry_after((retry_header or b"").decode("latin-1"), at=at)
            if seconds is not None and seconds > LONGEST_HOLD:
                self._breaker.given_up[host] = f"asked to be left alone for {seconds:.0f} s"

    def silent(self, url: str, error: str) -> None:
        """A host did not answer."""
        host = host_of(url)
        if self._breaker.failed(host, error):
            logger.warning("%s does not answer (%s); it is left for a later run", host, error)

    def give_up(self, url: str, why: str) -> None:
        """Leave a host for a later run."""
        self._breaker.given_up.setdefault(host_of(url), why)


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
