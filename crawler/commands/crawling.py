"""Commands that crawl: `crawl`, `demo`, and the clock that starts them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from crawler.commands.options import delay_option, output_option, quiet_option, sites_option

EXIT_CODES = {"ok": 0, "partial": 3, "interrupted": 130, "failed": 1}
SEVERITY = ("ok", "partial", "interrupted", "failed")


@click.command()
@click.argument("names", metavar="SITE...", nargs=-1)
@click.option("--all", "every_site", is_flag=True, help="All sites.")
@click.option("--due", is_flag=True, help="The sites whose `every` has passed since their last run.")
@click.option("--full", is_flag=True, help="Ask again for every page and file, conditionally.")
@click.option("--retry", is_flag=True, help="Try everything again that failed, however long it was to wait.")
@click.option("--url", "urls", multiple=True, help="Ask for this address of the site and what waits; may be repeated.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave articles that listings date earlier for later.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask for at most this many pages of articles.")
@click.option("--any-time", is_flag=True, help="Also outside the hours that a site file's `night` names.")
@delay_option
@quiet_option
@output_option
@sites_option
def crawl(
    names: tuple[str, ...],
    *,
    every_site: bool,
    due: bool,
    full: bool,
    retry: bool,
    urls: tuple[str, ...],
    any_time: bool,
    since: Any,
    limit: int | None,
    delay: float | None,
    quiet: bool,
    output: Path,
    sites_folder: Path | None,
) -> None:
    """Crawl sites into the mirror."""
    from crawler.choice import choose_sites, require_addresses

    sites = choose_sites(names, every_site=every_site, due=due, folder=sites_folder, output=output)
    require_addresses(urls, sites)
    if due and not sites and not quiet:
        click.echo("nothing is due")
    options = {
        "GOVNEWS_FULL": full,
        "GOVNEWS_RETRY": retry,
        "GOVNEWS_URLS": urls,
        "GOVNEWS_ANY_TIME": any_time,
        "GOVNEWS_SINCE": date(since.year, since.month, since.day).isoformat() if since else "",
        "GOVNEWS_LIMIT": limit or 0,
        "GOVNEWS_DELAY": delay,
    }
    with _way_to(sites) as own:
        _crawl(sites, options | own, output=output, quiet=quiet)


@click.command()
@delay_option
@quiet_option
@output_option
def demo(*, delay: float | None, quiet: bool, output: Path) -> None:
    """Crawl the sample district site that comes with the program, and say what to try next."""
    from crawler import sample
    from crawler.sitefile import load_site

    sites = [load_site(sample.SITE_FILE)]
    with _way_to(sites) as own:
        _crawl(sites, {"GOVNEWS_DELAY": delay} | own, output=output, quiet=quiet, closing=_next_things)


@contextmanager
def _way_to(sites: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The options by which sites are reached: none for those of the web; the sample is served as long as this lasts."""
    from crawler import sample

    if not any(site.home == sample.HOME for site in sites):
        yield {}
        return
    if len(sites) > 1:
        raise click.UsageError("the sample site is no site of the web; crawl it by itself")
    with sample.serve() as proxy:
        # The sample lives on loopback, at its own proxy, whatever proxies the environment names.
        yield {"GOVNEWS_PROXY": proxy, "GOVNEWS_CONTACT": "sample"}


def _crawl(sites: list[Any], options: dict[str, Any], *, output: Path, quiet: bool, closing: Any = None) -> None:
    from crawler.identity import require_contact
    from crawler.outcome import outside_night
    from crawler.progress import Progress
    from crawler.reporting import print_crawls
    from crawler.run import FinishedCrawl, crawl_sites, read_texts
    from pipelines.clock import now
    from pipelines.database import prepare_output

    contact = options.setdefault("GOVNEWS_CONTACT", os.environ.get("GOVNEWS_CONTACT", ""))
    for site in sites:
        require_contact(contact, site.home)
    prepare_output(output)
    awake = [site for site in sites if options.get("GOVNEWS_ANY_TIME") or site.may_be_crawled(now())]
    asleep = [FinishedCrawl(site=site.name, outcome=outside_night(site)) for site in sites if site not in awake]
    crawled = crawl_sites(awake, output=output, options=options, progress=Progress(quiet=quiet)) if awake else []
    finished = [*crawled, *asleep]
    file_texts: dict[str, int] = {}
    try:
        if not any(crawl.outcome.word == "interrupted" for crawl in finished):
            file_texts = read_texts(output)
    finally:
        print_crawls(finished, output, Console(), file_texts=file_texts)
    if closing is not None and all(crawl.outcome.word in {"ok", "partial"} for crawl in finished):
        closing(output)
    worst = max((crawl.outcome.word for crawl in finished), key=SEVERITY.index, default="ok")
    sys.exit(EXIT_CODES[worst])


def _next_things(output: Path) -> None:
    # `make demo` installs beside this interpreter without putting it on the PATH.
    here = Path(sys.executable).parent
    folder = "" if shutil.which("govnews") else f"{os.path.relpath(here)}{os.sep}"
    database = output / "mirror.db"
    click.echo("\nFour things to try next:")
    click.echo(f"  {folder}sqlite-utils {database} 'select published_date, title, author from articles' --table")
    click.echo(f"  {folder}govnews check {_newest_article(output)} --output {output}")
    click.echo(f"  {folder}govnews search 'xay dung nong thon moi' --output {output}")
    click.echo(f"  {folder}govnews browse --open --output {output}")


def _newest_article(output: Path) -> str:
    from pipelines.database import open_readonly

    db = open_readonly(output)
    try:
        row = db.execute("SELECT url FROM articles ORDER BY published_at DESC LIMIT 1").fetchone()
    finally:
        db.close()
    return f"'{row[0]}'" if row else "FILE"


@click.command("sites")
@sites_option
def list_sites(*, sites_folder: Path | None) -> None:
    """List the sites that can be crawled."""
    from crawler.reporting import print_sites
    from crawler.sitefile import load_sites, site_folders

    print_sites(load_sites(*site_folders(sites_folder)), Console())


@click.command()
@click.argument("kind", type=click.Choice(["systemd", "cron"]))
@click.option("--contact", envvar="GOVNEWS_CONTACT", help="The address for the User-Agent.  [env: GOVNEWS_CONTACT]")
@click.option(
    "--minutes", type=click.IntRange(1, 59), default=15, show_default=True, help="How often to look what is due."
)
@click.option(
    "--write",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the systemd units into this folder instead of printing them.",
)
@output_option
@sites_option
def schedule(
    kind: str, *, contact: str | None, minutes: int, folder: Path | None, output: Path, sites_folder: Path | None
) -> None:
    """Print systemd units or a crontab that crawl what is due and write the weekly report, ready to install."""
    from crawler.schedule import never_due
    from crawler.schedule.clockfiles import Schedule, crontab, systemd_units, write_units

    if not contact:
        raise click.UsageError("a live crawl must say who it is: give --contact, or set GOVNEWS_CONTACT")
    if folder is not None and kind == "cron":
        raise click.UsageError("--write is for systemd; for cron use `govnews schedule cron | crontab -`")
    wanted = Schedule(output=output, contact=contact, minutes=minutes, sites=sites_folder)
    if kind == "cron":
        click.echo(crontab(wanted), nl=False)
    elif folder is not None:
        for path in write_units(wanted, folder):
            click.echo(f"written: {path}")
    else:
        click.echo("\n".join(f"# {name}\n{text}" for name, text in systemd_units(wanted).items()), nl=False)
    if left_out := never_due(sites_folder):
        # Beside the text, which goes to a file or to `crontab -`.
        click.echo(
            f"never crawled by the clock, since their site files have no `every`: {', '.join(left_out)}", err=True
        )
