"""The commands ``callboard pause`` and ``callboard resume``: an automation rests on all servers until it is resumed."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.markup import escape

from callboard.cli.common import ConfigFile, output, settings_of, wrong_usage
from callboard.settings import Settings

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The automation.")]


def pause(
    name: _Name,
    *,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason; everybody sees it.")],
    config: ConfigFile = None,
) -> None:
    """Pause an automation on all servers.

    Within a second nothing more of it is begun; what happens in the meantime waits. A paused action is not in ftrack's
    menu. It stays paused over restarts, until `callboard resume`.
    """
    from callboard.cli.history import note, store_of
    from callboard.engine.store import pauses

    settings = _checked(name, config)
    if not why.strip():
        raise wrong_usage("--why is empty; say why, so that others know when to resume it.")
    with store_of(settings) as store:
        note(store, f"paused {name}: {why.strip()}")
        if pauses.pause(store, name, by=getpass.getuser(), why=why.strip()):
            output.print(f"{name} is paused.")
        else:
            output.print(escape(f"{name} {pauses.read_pauses(store)[name].sentence} It stays so."), soft_wrap=True)


def resume(name: _Name, *, config: ConfigFile = None) -> None:
    """Resume a paused automation.

    What waits is handled, the oldest first; what is older than late_after follows the rule on_late.
    """
    from callboard.cli.history import note, store_of
    from callboard.engine.store import pauses

    with store_of(_checked(name, config)) as store:
        note(store, f"resumed {name}")
        ended = pauses.resume(store, name)
    output.print(f"{name} was not paused." if ended is None else f"{name} is resumed.")


def _checked(name: str, config: ConfigFile) -> Settings:
    """Return the configuration, which has this automation."""
    from callboard.configuration.mistakes import suggest

    settings = settings_of(config)
    if name not in settings.automations:
        raise wrong_usage(f"There is no automation {name}; {suggest(name, settings.automations)}")
    return settings
