"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

output_option = click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("output"),
    show_default=True,
    help="The folder of the mirror.",
)
sites_option = click.option(
    "--sites",
    "sites_folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="GOVNEWS_SITES",
    help="A folder with more site files.",
)
quiet_option = click.option("--quiet", is_flag=True, help="No progress; the report and errors only.")
delay_option = click.option("--delay", type=click.FloatRange(min=0), help="Seconds between two requests to a host.")
