"""``callboard why``: shows why something was done for an entity, or why nothing was."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from callboard.cli.common import AsJson, ConfigFile, print_plain, settings_of, wrong_usage


def why(
    entity: Annotated[
        str, typer.Argument(metavar="ENTITY", help="Type:ID, an id, or a link of ftrack pasted whole (in quotes).")
    ],
    *,
    automation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this automation.", show_default=False)
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show why something was done for an entity, or why nothing was.

    Shows what Callboard saw of it, and for every automation a yes or no for each condition: was it seen, is the
    automation on, is it not paused, does it work in this project and look at such things, is it the right status, and
    what it would do now. Every no comes with what to do. Changes nothing.
    """
    from callboard.cli.history import store_of
    from callboard.cli.why_report import print_explanation
    from callboard.configuration.mistakes import suggest
    from callboard.explain.as_json import explanation_as_json
    from callboard.explain.decide import explain
    from callboard.explain.gather import Gatherer
    from callboard.explain.shown import Asker
    from callboard.ftrack import Ftrack
    from callboard.ftrack.links import read_entity
    from callboard.registry import registry

    named = read_entity(entity)
    if named is None:
        raise wrong_usage(f"{entity!r} is not TYPE:ID, an id, or a link with an id in it.")
    settings = settings_of(config)
    if automation is not None and automation not in settings.automations:
        raise wrong_usage(f"There is no automation {automation}; {suggest(automation, settings.automations)}")
    with store_of(settings) as store:
        asker = Asker(settings, registry, Ftrack.of(settings.ftrack))
        facts = Gatherer(settings, registry, store, asker).facts_about(named, automation)
    explanation = explain(facts, automation)
    if as_json:
        print_plain(json.dumps(explanation_as_json(explanation), indent=1))
    else:
        print_explanation(explanation, settings)
