"""``callboard rehearse``: shows what would have happened."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from callboard.cli.common import AsJson, ConfigFile, output, settings_of, wrong_usage
from callboard.settings.durations import read_duration


def rehearse(
    since: Annotated[str, typer.Option(metavar="DURATION", help="How far back to begin, such as 12h or 30d.")],
    *,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Compare with this configuration; show only differences.", show_default=False
        ),
    ] = None,
    automation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this automation.", show_default=False)
    ] = None,
    project: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only changes of this project.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as an HTML page.", show_default=False)
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Carry out the ftrack part; only a sandbox allows that.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Show what the automations would have done; write nothing.

    Plays every change since then in order, with the statuses from ftrack's history. Where ftrack keeps no history, as
    for names and assignments, today's values are used.
    """
    from callboard.cli.rehearsal_report import print_differences, print_json, print_summary
    from callboard.configuration.mistakes import suggest
    from callboard.registry import registry
    from callboard.rehearsal.page import render_page
    from callboard.rehearsal.request import Request
    from callboard.rehearsal.summary import summarise

    begin = _moment(since)
    if apply and against is not None:
        raise wrong_usage("--apply works with one configuration, not two; remove --against.")
    settings = settings_of(config)
    other = None if against is None else settings_of(against)
    if automation is not None and automation not in registry.triggers:
        raise wrong_usage(f"There is no automation {automation}; {suggest(automation, registry.triggers)}")
    triggers = [each for name, each in sorted(registry.triggers.items()) if automation in (None, name)]
    request = Request(settings, triggers, begin, other=other, project=project, apply=apply)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading the changes", total=None)
        result = request.run(
            lambda done, of: progress.update(task, description="playing the changes", completed=done, total=of)
        )
    summary = summarise(result.rehearsal, settings.studio.zone)
    if html is not None:
        names = (str(config or "callboard.toml"), None if against is None else str(against))
        moments = (begin.astimezone(settings.studio.zone), datetime.now(settings.studio.zone))
        html.write_text(render_page(summary, result.differences, moments=moments, names=names), encoding="utf-8")
    if as_json:
        print_json(result.rehearsal, summary, result.differences, begin)
        return
    if result.differences is None:
        print_summary(summary)
    else:
        print_differences(result.differences)
    for sentence in result.refused:
        output.print(escape(sentence))
    output.print("Applied to the sandbox." if apply else "Nothing was written.")


def _moment(since: str) -> datetime:
    try:
        return datetime.now(UTC) - read_duration(since)
    except ValueError as error:
        raise wrong_usage(f"--since: {error}") from None
