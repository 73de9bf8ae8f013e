"""Work for the tests of store and lanes: automations that do nothing, and changes for them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from callboard.changes import Change, Person
from callboard.engine.store.database import Store
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.sightings import Sighting
from callboard.engine.store.tables import lanes, runs
from callboard.registry import Registry, Trigger
from callboard.settings import Settings
from callboard.settings.models import AutomationSettings, FtrackSettings

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_numbers = itertools.count()


class WaitsForReview(AutomationSettings):
    """Settings with a status to wait for."""

    status: str = "Pending Review"


def settings(**automations: AutomationSettings) -> Settings:
    """A configuration with these automations."""
    ftrack = FtrackSettings.model_validate({"server": "http://ftrack.example", "api_user": "x", "api_key": "x"})
    return Settings(ftrack=ftrack, automations=automations)


def inbox_of(store: Store, *triggers: Trigger, **own: AutomationSettings) -> Inbox:
    """The inbox of a server with these automations; *own* are settings that are not the defaults."""
    registry = Registry()
    for trigger in triggers:
        registry.add(trigger)
    configured = settings(**{each.name: own.get(each.name) or each.settings() for each in triggers})
    return Inbox(store, configured, registry, clock=lambda: NOON + timedelta(hours=1))


def trigger(name: str = "greet", kind: Any = "created", entity_type: str = "Task", **more: Any) -> Trigger:
    """An automation that wants nothing."""
    return Trigger(
        name, lambda _change, _settings: [], kind, entity_type, more.pop("settings", AutomationSettings), **more
    )


def sighting(
    entity: str,
    *,
    after: float = 0,
    project: str = "one",
    kind: Any = "created",
    status: str | None = None,
    **more: Any,
) -> Sighting:
    """Something that happened to an entity so many seconds after noon."""
    change = Change(
        key=more.pop("key", f"{kind}:{entity}:{next(_numbers)}"),
        kind=kind,
        entity_type=more.pop("entity_type", "Task"),
        entity_id=entity,
        project_id=project,
        at=NOON + timedelta(seconds=after),
        by=more.pop("by", Person("p1", "nadia", "Nadia Okoro")),
        status=status,
        from_status=more.pop("from_status", None),
    )
    return Sighting(change, f"name of {entity}", f"name of {project}", **more)


def end_leases(store: Store) -> None:
    """Let the time of every lease pass."""
    with store.writing() as connection:
        connection.execute(update(lanes).values(lease_until=0))


def make_due(store: Store) -> None:
    """Let the time of every delay pass."""
    with store.writing() as connection:
        connection.execute(update(runs).where(runs.c.state == "waiting").values(due=0))
        connection.execute(update(lanes).where(lanes.c.due.is_not(None)).values(due=0))
