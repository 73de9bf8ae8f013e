"""Helpers for tests of automations: what ftrack reports, and what the automation plans.

    from callboard.testing import change, entity, plan

    def test_greets_new_shots() -> None:
        shot = entity("Shot", name="SH010", metadata=[])
        assert plan(greet, change(shot, kind="created")) == [SetMetadata(...)]

Nothing here needs a server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from callboard.changes import Change, Entity, Person, Workflow
from callboard.effects import Effect, Skip
from callboard.registry import Plan, Trigger, registry
from callboard.settings.models import StudioSettings

#: The time of a change in tests that do not name one.
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def entity(type_name: str, **values: Any) -> Entity:
    """Return an entity as if it was read from ftrack; it gets an id unless *values* has one."""
    return Entity({"__entity_type__": type_name, "id": str(uuid4()), **values})


def workflow(*statuses: str, object_type: str = "Task", type_id: str | None = None) -> Workflow:
    """Return a workflow that allows these statuses; each one's id is ``id of NAME``."""
    return Workflow({(object_type, type_id): {status: f"id of {status}" for status in statuses}})


def change(
    changed: Entity,
    *,
    kind: str = "status",
    status: str | None = None,
    from_status: str | None = None,
    status_now: str | None = None,
    at: datetime = NOON,
    by: Person | None = None,
    project_id: str | None = "the project",
    related: Mapping[str, list[Entity]] | None = None,
    workflow: Workflow | None = None,
) -> Change:
    """Return a change of an entity.

    Args:
        changed: The changed entity, with everything that the automation's ``reads`` ask for.
        kind: ``status``, or ``created``.
        status: The status it became.
        from_status: The status it had before.
        status_now: The status that it has by now; None: the one it became.
        at: When it happened; an aware date-time.
        by: The person who did it.
        project_id: The project it belongs to.
        related: The results of the automation's ``related`` look-ups.
        workflow: The statuses that the project allows.
    """
    return Change(
        key=f"{kind}:{changed.id}:{at.isoformat()}",
        kind="created" if kind == "created" else "status",
        entity_type=changed.type,
        entity_id=changed.id,
        project_id=project_id,
        at=at,
        by=by,
        status=status,
        from_status=from_status,
        status_now=status_now or status,
        entity=changed,
        related=related or {},
        workflow=workflow or Workflow(),
    )


def plan(automation: Plan, change: Change, *, studio: StudioSettings | None = None, **settings: Any) -> list[Effect]:
    """Return the effects that an automation plans for a change.

    Args:
        automation: The function, declared with ``@on_created`` or ``@on_status``.
        change: What happened; a change that the automation ignores gives a Skip with the reason.
        studio: The ``[studio]`` table.
        settings: Keys of the automation's own table, as in the configuration file.
    """
    trigger = trigger_of(automation)
    own = trigger.settings.model_validate(settings).in_studio(studio or StudioSettings())
    if reason := trigger.why_not(change, own):
        return [Skip(reason=reason)]
    effects: Iterable[Effect] = trigger.plan(change, own)
    return list(effects)


def trigger_of(automation: Plan) -> Trigger:
    """Return the trigger that a function was declared as."""
    return next(trigger for trigger in registry.triggers.values() if trigger.plan is automation)
