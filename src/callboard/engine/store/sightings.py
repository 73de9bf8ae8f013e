"""Changes as feeds find them, and the automations' answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from callboard.changes import Change, Person
from callboard.engine.store.beginnings import Beginning
from callboard.engine.store.reasons import Reason
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings


@dataclass(frozen=True)
class Sighting:
    """A change as a feed found it.

    Attributes:
        change: What happened; without entity, related and workflow.
        name: The entity's name, for people.
        project: The project's name, or None when it is not known.
        parent: The name of what the entity hangs under, such as a task's shot.
        heard: Whether only an event reports it.
    """

    change: Change
    name: str
    project: str | None
    parent: str | None = None
    heard: bool = False


def why_not(trigger: Trigger, sighting: Sighting, settings: AutomationSettings) -> str | None:
    """Return why an automation has nothing to do with a change of the kind it looks at, or None when it has."""
    if settings.projects and sighting.project not in settings.projects:
        project = f"The project {sighting.project}" if sighting.project else "Its project, whose name is not known,"
        return f"{project} is not one of {', '.join(settings.projects)}."
    return trigger.why_not(sighting.change, settings)


def too_early(automation: str) -> str:
    """Return the reason why an automation has nothing to do with what happened before it was turned on."""
    return f"It happened before {automation} was turned on; `callboard catch-up` handles it."


@dataclass(frozen=True)
class Verdict:
    """The automations' answers to a change: those that get a run, and the reasons of the others."""

    wanted: tuple[str, ...]
    ignored: tuple[Reason, ...]


def judge(
    sighting: Sighting,
    triggers: Sequence[Trigger],
    settings: Mapping[str, AutomationSettings],
    beginnings: Mapping[str, Beginning],
) -> Verdict:
    """Return the automations' answers to a change.

    Args:
        sighting: The change.
        triggers: The automations that are on.
        settings: Their settings, by name.
        beginnings: When they were turned on, by name; one without a beginning looks at whatever happened.
    """
    wanted, ignored = [], []
    change = sighting.change
    for trigger in triggers:
        if (trigger.kind, trigger.entity_type) != (change.kind, change.entity_type):
            continue
        reason = why_not(trigger, sighting, settings[trigger.name])
        if reason is None and trigger.name in beginnings and beginnings[trigger.name].preceded_by(change):
            reason = too_early(trigger.name)
        if reason is None:
            wanted.append(trigger.name)
        else:
            ignored.append((trigger.name, change.kind, change.entity_type, reason))
    return Verdict(tuple(wanted), tuple(ignored))


def sighting_of(row: Any) -> Sighting:
    """Return a change as it was found, from its row."""
    change = Change(
        key=row.key,
        kind=row.kind,
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        project_id=row.project_id,
        at=datetime.fromtimestamp(row.at, UTC),
        by=Person(**row.by) if isinstance(row.by, dict) else None,
        status=row.status,
        from_status=row.from_status,
    )
    return Sighting(change, row.name or "", row.project, row.parent)
