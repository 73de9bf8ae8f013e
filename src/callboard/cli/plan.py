"""``callboard plan``: shows what the automations would do about an entity."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from callboard.cli.common import ConfigFile, output, reference_of, settings_of, wrong_usage


def plan(
    entity: Annotated[str, typer.Option(metavar="TYPE:ID", help="The entity in ftrack, such as Task:ID.")],
    *,
    automation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this automation.", show_default=False)
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Show what would be done about an entity; change nothing.

    The plan is made as if the entity had just been created, or had just got its current status.
    """
    from callboard.configuration.mistakes import suggest
    from callboard.engine.server import Server
    from callboard.registry import registry

    reference = reference_of(entity)
    settings = settings_of(config)
    if automation is not None and automation not in registry.triggers:
        raise wrong_usage(f"There is no automation {automation}; {suggest(automation, registry.triggers)}")
    dry_runs = Server(settings, registry).plan_for(reference, automation)
    if not dry_runs:
        output.print(f"No automation handles a {escape(reference.type)}.")
    for dry_run in dry_runs:
        output.print(f"[bold]{dry_run.automation}[/]")
        would = [f"would {effect.describe()}" for effect in dry_run.effects if effect.kind != "skip"]
        said = dry_run.error or dry_run.reason
        for line in [*would, *([said] if said else [])] or ["would do nothing."]:
            output.print(f"  {escape(line)}", soft_wrap=True)
