"""A rehearsal's report as one HTML file, to be sent to whoever decides."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from callboard.rehearsal.comparison import Difference
from callboard.rehearsal.summary import Summary

#: Differences on the page; a JSON file has all of them.
_SHOWN = 500


def render_page(
    summary: Summary,
    differences: list[Difference] | None,
    *,
    moments: tuple[datetime, datetime],
    names: tuple[str, str | None],
) -> str:
    """Return the page.

    Args:
        summary: The rehearsal.
        differences: What another configuration makes of it; None when there is none.
        moments: Begin and end of the time that was rehearsed, in studio time.
        names: The configuration and the other one, for people.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html").render(
        summary=summary,
        differences=None if differences is None else differences[:_SHOWN],
        difference_count=0 if differences is None else len(differences),
        since=moments[0],
        until=moments[1],
        configuration=names[0],
        against=names[1],
    )
