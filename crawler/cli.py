"""The `govnews` command: its verbs, and how it ends.

Exit codes of a crawl: 0 ok, 1 failed (or any error that is said in one sentence), 2 wrong usage, 3 partial,
130 interrupted. Of several crawls the worst counts.
"""

from __future__ import annotations

from typing import Any

import click

from crawler.commands.crawling import crawl, demo, list_sites, schedule
from crawler.commands.exporting import export
from crawler.commands.importing import import_group
from crawler.commands.looking import browse, diff, report, search
from crawler.commands.proving import audit, seal, verify
from crawler.commands.reading import check, read, reparse
from pipelines.errors import GovnewsError


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


for command in (
    *(crawl, demo, list_sites, schedule),
    *(check, read, reparse),
    *(audit, seal, verify),
    *(browse, diff, report, search),
    *(export, import_group),
):
    main.add_command(command)


if __name__ == "__main__":
    main()
