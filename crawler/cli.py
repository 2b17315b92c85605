"""The `govnews` command: thin, one function a verb.

Exit codes of a crawl: 0 ok, 1 failed (or any error that is said in one sentence), 2 wrong usage, 3 partial,
130 interrupted. Of several crawls the worst counts.
"""

from __future__ import annotations

import json
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

from crawler.exportcommands import export
from crawler.importcommands import import_group
from crawler.options import delay_option, output_option, quiet_option, sites_option
from pipelines.errors import GovnewsError

EXIT_CODES = {"ok": 0, "partial": 3, "interrupted": 130, "failed": 1}
SEVERITY = ("ok", "partial", "interrupted", "failed")


class OneSentenceErrors(click.Group):
    """Our own errors end the program with their one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GovnewsError as error:
            click.echo(f"govnews: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=OneSentenceErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="govnews-mirror")
def main() -> None:
    """Keeps local-government news from disappearing."""


main.add_command(export)
main.add_command(import_group)


@main.command()
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


@main.command()
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
    is_stopped = any(crawl.outcome.word in {"interrupted", "failed"} for crawl in finished)
    print_crawls(finished, output, Console(), file_texts={} if is_stopped else read_texts(output))
    if closing is not None and not is_stopped:
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


@main.command("sites")
@sites_option
def list_sites(*, sites_folder: Path | None) -> None:
    """List the sites that can be crawled."""
    from crawler.reporting import print_sites
    from crawler.sitefile import load_sites, site_folders

    print_sites(load_sites(*site_folders(sites_folder)), Console())


@main.command()
@click.argument("target", metavar="SITE|URL|FILE")
@click.option("--url", help="The address of a saved page.")
@click.option("--family", help="Read as this family; `none` reads without selectors.")
@click.option("--save", "save_as", metavar="NAME", help="Write the page and its record as a golden case.")
@click.option("--pages", type=click.Path(path_type=Path), default=Path("tests/pages"), show_default=True)
@output_option
@sites_option
def check(
    target: str,
    *,
    url: str | None,
    family: str | None,
    save_as: str | None,
    pages: Path,
    output: Path,
    sites_folder: Path | None,
) -> None:
    """Show what one page yields, field by field, with the rule that found it.

    SITE takes the last article of the mirror; URL a page of the mirror, or of the web when the mirror has none;
    FILE a saved page.
    """
    from crawler.checking import find_page, save_golden
    from crawler.reporting import print_reading

    page = find_page(target, url=url, output=output, folder=sites_folder)
    reading = page.read(family=family)
    print_reading(page, reading, Console())
    if save_as:
        click.echo(f"saved as {save_golden(page, reading, pages / save_as, family=family)}")


@main.command()
@click.argument("names", metavar="[SITE...]", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@quiet_option
@output_option
@sites_option
def reparse(names: tuple[str, ...], *, dry_run: bool, quiet: bool, output: Path, sites_folder: Path | None) -> None:
    """Read the archive again with today's reader, and show what it reads otherwise."""
    from crawler.choice import mirrored_sites
    from crawler.counting import counting
    from crawler.reporting import print_reparsed
    from crawler.sources.reparse import reparse as read_again

    for site in mirrored_sites(names, folder=sites_folder, output=output):
        with counting(f"reading {site.name} again", quiet=quiet) as tell:
            result = read_again(site, output, dry_run=dry_run, tell=tell)
        print_reparsed(result, Console(), dry_run=dry_run)


@main.command()
@click.argument("number", metavar="[RUN]", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--all", "everything", is_flag=True, help="Name every skipped page, not only the first of each kind.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the weekly report with its plots: one file that needs no network.",
)
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="What the weekly report covers.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Of --html.")
@output_option
@sites_option
def report(
    number: int | None,
    *,
    everything: bool,
    as_json: bool,
    page: Path | None,
    days: int,
    language: Any,
    output: Path,
    sites_folder: Path | None,
) -> None:
    """Say what a run did; without a number, the newest run of each site. With --html, write the weekly report."""
    from crawler.runprinting import print_runs, runs_json
    from crawler.schedule import intervals
    from pipelines.database import open_upgraded
    from pipelines.weekly import write_weekly

    if page is not None and (number is not None or as_json or everything):
        raise click.UsageError("--html is of all runs of a period; leave out RUN, --json and --all")
    db = open_upgraded(output)
    try:
        if page is not None:
            write_weekly(db, page, days=days, language=language, every=intervals(sites_folder))
            click.echo(f"written: {page}")
        elif as_json:
            for line in runs_json(db, number, everything=everything):
                click.echo(json.dumps(line, ensure_ascii=False))
        else:
            print_runs(db, number, Console(), everything=everything)
    finally:
        db.close()


@main.command()
@click.argument("names", metavar="[SITE...]", nargs=-1)
@click.option(
    "--authority", metavar="URL", required=True, help="A time-stamp authority that speaks RFC 3161 over HTTP."
)
@output_option
def seal(names: tuple[str, ...], *, authority: str, output: Path) -> None:
    """Have an outsider stamp the head hash of sites: proof that all before it existed at that time."""
    from pipelines.database import open_database, open_readonly
    from pipelines.timestamp import seal_site

    open_readonly(output).close()  # says so where there is no mirror, rather than making an empty one
    db = open_database(output)
    try:
        for name in names or [row[0] for row in db.execute("SELECT id FROM sites ORDER BY id").fetchall()]:
            made = seal_site(db, name, authority)
            click.echo(
                f"{made.site}: {made.manifest} (run {made.run}) existed on {made.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
            )
    finally:
        db.close()


@main.command()
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


@main.command()
@click.argument("names", metavar="[SITE...]", nargs=-1)
@click.option(
    "--json", "as_json", is_flag=True, help="Everything as one JSON object; without it the first of each kind."
)
@click.option("--strict", is_flag=True, help="Let what is only suspicious count as missing in the exit code.")
@output_option
def audit(names: tuple[str, ...], *, as_json: bool, strict: bool, output: Path) -> None:
    """Say what is missing, why, and which command fills it.

    Compares what listings, feeds and sitemaps showed with what is stored. Exit code 0: nothing is missing; 1: a crawl
    may fill what is missing; 3: something is missing, and the site itself has answered for all of it (404, robots.txt,
    no article). Gaps in numbers, silent months and attachments that wait leave the exit code alone; with --strict it
    is 1 for them too.
    """
    from crawler.auditing import audit_json, print_audits
    from crawler.choice import audited_sites
    from pipelines.audit import audit_site
    from pipelines.database import open_upgraded

    db = open_upgraded(output)
    try:
        audits = [audit_site(db, site) for site in audited_sites(db, names)]
    finally:
        db.close()
    if as_json:
        click.echo(json.dumps(audit_json(audits), ensure_ascii=False))
    else:
        print_audits(audits, output, Console())
    if any(found.fillable or (strict and found.is_suspicious) for found in audits):
        sys.exit(1)
    sys.exit(3 if any(found.holes for found in audits) else 0)


@main.command()
@click.option(
    "--roots",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A PEM file with the root certificates of time-stamp authorities: checks the signatures of seals too.",
)
@click.option("--repair", is_flag=True, help="Make damaged and missing files under files/ again from the archive.")
@quiet_option
@output_option
def verify(*, roots: Path | None, repair: bool, quiet: bool, output: Path) -> None:
    """Prove offline that every byte and row is what it was; exit code 1 when something is not.

    What --repair could make again is named, and counts as whole. Nothing else is ever written.
    """
    from crawler.contentcoding import decoder_for
    from crawler.reporting import print_verified, verify_progress
    from pipelines.database import open_readonly
    from pipelines.filerepair import FileRepair
    from pipelines.timestamp import load_roots
    from pipelines.verify import verify as verify_mirror

    trusted = load_roots(roots) if roots else ()
    db = open_readonly(output)
    try:
        with verify_progress(quiet=quiet) as progress:
            mender = FileRepair(db, output, decoder_for=decoder_for) if repair else None
            found = verify_mirror(db, output, roots=trusted, repair=mender, progress=progress)
        print_verified(found, Console(), has_roots=bool(trusted))
    finally:
        db.close()
    sys.exit(0 if found.is_whole else 1)


@main.command()
@click.argument("article")
@click.argument("number", metavar="[N]", type=int, required=False)
@output_option
def diff(article: str, number: int | None, *, output: Path) -> None:
    """Show what changed in an article (its id or address): revision N, or the newest, beside the one before it."""
    from crawler.reporting import print_difference
    from pipelines.database import open_readonly

    db = open_readonly(output)
    try:
        print_difference(db, article, number, Console())
    finally:
        db.close()


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--site", metavar="SITE", help="Only articles of this site.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only articles dated on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only articles dated on this day or earlier.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of hits.")
@output_option
def search(
    words: tuple[str, ...], *, site: str | None, since: Any, until: Any, limit: int, page: int, output: Path
) -> None:
    """Find articles that have all WORDS, with or without diacritics; `"words in quotes"` stand side by side."""
    from crawler.reporting import print_hits
    from pipelines.database import open_readonly
    from pipelines.filters import Filters
    from pipelines.search import search as search_mirror
    from pipelines.searchranking import WHOLE_MIRROR
    from pipelines.storedarticles import refuse_unknown_sites

    within = Filters(site=site, since=since.date() if since else None, until=until.date() if until else None)
    db = open_readonly(output)
    try:
        refuse_unknown_sites(db, [site] if site else [])
        found = search_mirror(db, " ".join(words), within, limit=limit, offset=(page - 1) * limit, reach=WHOLE_MIRROR)
    finally:
        db.close()
    print_hits(found, Console())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 lets others in.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0 takes a free one.")
@click.option("--open", "open_browser", is_flag=True, help="Open the home page in a browser.")
@click.option("--language", type=click.Choice(["vi", "en"]), help="Of the pages, where a visitor has not chosen one.")
@output_option
def browse(*, host: str, port: int, open_browser: bool, language: Any, output: Path) -> None:
    """Read, search and query the mirror in a browser, until Ctrl+C."""
    try:
        from pipelines.browse.server import serve
    except ModuleNotFoundError as error:
        raise _needs_extra(error, "browse") from error

    serve(output, host=host, port=port, language=language, tell=click.echo, open_browser=open_browser)


def _needs_extra(error: ModuleNotFoundError, extra: str) -> GovnewsError:
    package = str(error.name).partition(".")[0]
    return GovnewsError(f'this needs {package}, which is not installed: pip install "govnews-mirror[{extra}]"')


@main.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option("--url", help="The address of the page; else the one that its line names, or the file's own.")
@click.option("--family", help="Read as this family; `none` reads without selectors.")
def read(files: tuple[str, ...], *, url: str | None, family: str | None) -> None:
    """Read saved pages: one JSON object a line, in order. `-` takes JSON lines {"file", "url"} on stdin."""
    from crawler.savedpages import read_lines

    for line in read_lines(_named_pages(files, url), family=family):
        click.echo(json.dumps(line, ensure_ascii=False))


def _named_pages(files: tuple[str, ...], url: str | None) -> Iterator[tuple[Path, str | None]]:
    for name in files:
        if name != "-":
            yield Path(name), url
            continue
        for number, line in enumerate(sys.stdin, start=1):
            if line.strip():
                yield _named_page(line, number)


def _named_page(line: str, number: int) -> tuple[Path, str | None]:
    try:
        record = json.loads(line)
        return Path(record["file"]), record.get("url")
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise click.UsageError(f'line {number} of stdin is no {{"file": …, "url": …}}: {line.strip()[:80]}') from error


if __name__ == "__main__":
    main()
