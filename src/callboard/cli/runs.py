"""``callboard runs``: shows what was done, or why nothing was."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callboard.cli.common import (
    AsJson,
    ConfigFile,
    in_studio_time,
    output,
    print_plain,
    reference_of,
    settings_of,
    wrong_usage,
)
from callboard.settings import Settings

#: The number of runs shown by default.
_SHOWN = 100

_STYLES = {"waiting": "yellow", "running": "cyan", "failed": "bold red", "done": "green"}


class State(StrEnum):
    """The states of a run."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


def runs(
    config: ConfigFile = None,
    *,
    state: Annotated[State | None, typer.Option(help="Only runs in this state.", show_default=False)] = None,
    automation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only runs of this automation.", show_default=False)
    ] = None,
    entity: Annotated[
        str | None,
        typer.Option(metavar="TYPE:ID", help="Only runs about this entity of ftrack.", show_default=False),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Show the newest N runs.", show_default=f"{_SHOWN}, or all as JSON"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was done, newest first.

    For every change: what ran, and what it did, or why it did nothing.
    """
    from callboard.configuration.mistakes import suggest

    settings = settings_of(config)
    if automation is not None and automation not in settings.automations:
        raise wrong_usage(f"There is no automation {automation}; {suggest(automation, settings.automations)}")
    about = None if entity is None else reference_of(entity)
    if limit is None and not as_json:
        limit = _SHOWN
    from callboard.cli.history import history_of

    with history_of(settings) as history:
        found = history.runs(
            state=state and state.value,
            automation=automation,
            entity=about,
            limit=limit,
        )
    if as_json:
        print_plain(json.dumps(found, indent=1))
    elif found:
        output.print(_table(found, settings))
    else:
        output.print("There are no such runs.")


def _table(found: list[dict[str, Any]], settings: Settings) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("run", "when", "automation", "project", "for", "state"):
        table.add_column(heading, no_wrap=heading in {"run", "when", "state"})
    table.add_column("what it did", ratio=1)
    for run in found:
        told = run["paused"] or (run["error"] if run["error"] and run["state"] != "done" else run["summary"])
        table.add_row(
            str(run["id"]),
            in_studio_time(settings, run["change"]["at"]),
            run["automation"],
            escape(run["project"] or ""),
            escape(_what(run)),
            f"[{_STYLES[run['state']]}]{run['state']}[/]",
            escape(told or run["change"]["what"]) + _because(run["change"]["because"]),
        )
    return table


def _because(cause: dict[str, Any] | None) -> str:
    """Return why Callboard itself made the change, for people."""
    if cause is None:
        return ""
    person = f", for {escape(cause['by'])}" if cause["by"] else ""
    return f" [dim](because of run {cause['run']}{person})[/]"


def _what(run: dict[str, Any]) -> str:
    entity = run["entity"]
    return " ".join(filter(None, [entity["type"], run["parent"], entity["name"] or entity["id"]]))
