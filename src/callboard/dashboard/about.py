"""The declaration of an automation for people: what starts it, what it needs, and its documentation."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

from callboard.explain.words import a, listed
from callboard.registry import Action, Trigger
from callboard.settings import Settings


@dataclass(frozen=True)
class About:
    """An automation as its file declares it.

    Attributes:
        name: Its name.
        summary: The first line of its documentation.
        documentation: The rest of it; empty when there is none.
        starts: When it runs, as a phrase.
        needs: The tables of the configuration that it requires.
        off: Why it is off, or None when it is on.
        is_action: Whether people pick it in ftrack's menu.
        place: Its file and line.
        own: Whether the studio wrote it.
    """

    name: str
    summary: str
    documentation: str
    starts: str
    needs: tuple[str, ...]
    off: str | None
    is_action: bool
    place: str
    own: bool


def about(automation: Trigger | Action, settings: Settings) -> About:
    """Return the declaration of an automation."""
    function = automation.answer if isinstance(automation, Action) else automation.plan
    documentation = (inspect.getdoc(function) or "").partition("\n")[2].strip()
    file = Path(inspect.getsourcefile(function) or "unknown")
    return About(
        name=automation.name,
        summary=automation.summary,
        documentation=documentation,
        starts=_starts(automation, settings),
        needs=automation.needs,
        off=settings.why_off(automation.name, automation.needs),
        is_action=isinstance(automation, Action),
        place=f"{file.name}, line {function.__code__.co_firstlineno}",
        own=not (function.__module__ or "").startswith("callboard.automations."),
    )


def _starts(automation: Trigger | Action, settings: Settings) -> str:
    if isinstance(automation, Action):
        return f"when somebody picks {automation.label} in ftrack's action menu, on {a(automation.on)}"
    if automation.kind == "created":
        return f"when {a((automation.entity_type,))} is created"
    if automation.to is None:
        return f"when {a((automation.entity_type,))} gets another status"
    names = listed(tuple(automation.statuses(settings.automation(automation.name)))) or "no status at all"
    leaves = ", or leaves it" if automation.leaving else ""
    return f"when {a((automation.entity_type,))} becomes {names}{leaves}"
