"""Plots of a mirror as figures of HTML: an SVG drawn here, and the numbers behind it as a table.

Pure functions from records to text. A figure needs no script, no address and no inline style: it can stand in any
page under `default-src 'none'; style-src 'self'`. Without the stylesheet it is drawn in the page's own text colour,
and so can be read in light and dark; with `STYLESHEET` (one class a role, colours as CSS variables) it has colours.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.plots.coverage import coverage_plot
from pipelines.plots.fields import field_shares_plot
from pipelines.plots.health import run_health_plot
from pipelines.plots.records import FieldShare, MonthCoverage, RunHealth
from pipelines.plots.words import Language

STYLESHEET = Path(__file__).parent / "plots.css"
"""The colours of the plots, for a page to serve or to carry inside."""

__all__ = [
    "STYLESHEET",
    "FieldShare",
    "Language",
    "MonthCoverage",
    "RunHealth",
    "coverage_plot",
    "field_shares_plot",
    "run_health_plot",
]
