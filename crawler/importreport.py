"""Prints what an import came to; every text of an archive is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from crawler.runprinting import print_unreadable, so_many
from crawler.sitefile import Site
from crawler.sources.foreignwarc import Survey
from crawler.sources.imported import Imported

MOST_HOSTS = 10
"""How many hosts that no site file names are shown."""


def print_import(results: Sequence[Imported], found: Survey, chosen: Sequence[Site], console: Console) -> None:
    """Site by site what was taken in, and then what was not, and why."""
    for result in results:
        articles = ", ".join(f"{number} {word}" for word, number in result.articles.items())
        console.print(
            f"[bold]{result.site}[/bold]: {so_many(result.answers, 'answer')} taken in, {result.known} known already"
        )
        if result.cut:
            console.print(f"cut off      {so_many(result.cut, 'answer')}, kept and not read", highlight=False)
        console.print(f"articles     {articles}", highlight=False)
        console.print(f"files        {result.files} that articles waited for", highlight=False)
        print_unreadable(result.unreadable, console)
    if not results:
        console.print("nothing taken in: the files hold no answer of a site that was asked for", highlight=False)
    for what, number in found.skipped.items():
        console.print(f"left out: {number} {what}", highlight=False)
    if found.posted:
        console.print("left out: answers to POST requests", highlight=False)
    _print_strangers(found, chosen, console)
    for problem in found.damaged:
        console.print(escape(problem), highlight=False, soft_wrap=True)


def _print_strangers(found: Survey, chosen: Sequence[Site], console: Console) -> None:
    own = frozenset().union(*(site.hosts_all for site in chosen))
    strangers = [(host, number) for host, number in found.hosts.most_common() if host not in own]
    if not strangers:
        return
    named = ", ".join(f"{escape(host)} ({number})" for host, number in strangers[:MOST_HOSTS])
    more = f" and {len(strangers) - MOST_HOSTS} more" if len(strangers) > MOST_HOSTS else ""
    console.print(f"left out: hosts of no site that was asked for: {named}{more}", highlight=False, soft_wrap=True)
    console.print("`hosts` in a site file names the other and older hosts of a site", highlight=False)
