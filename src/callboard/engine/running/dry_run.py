"""Dry runs: what the automations would do about an entity now. The plan without the act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from callboard.changes import Change, Entity, Reference
from callboard.effects import Effect, Skip
from callboard.engine.reading.feeds import Created
from callboard.engine.reading.rows import entity_name, project_id
from callboard.engine.running.loader import Loader
from callboard.engine.running.plan import plan
from callboard.engine.store.sightings import Sighting, why_not
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, quote
from callboard.registry import Trigger
from callboard.settings import Settings


@dataclass(frozen=True)
class DryRun:
    """The plan of one automation.

    Attributes:
        automation: Its name.
        effects: What it would do, in order; ``effect.describe()`` is a phrase for people.
        reason: Why it would do nothing, or None.
        error: Why it could not even plan, or None.
    """

    automation: str
    effects: list[Effect] = field(default_factory=list)
    reason: str | None = None
    error: str | None = None


def dry_runs(ftrack: Ftrack, settings: Settings, triggers: Iterable[Trigger], entity: Reference) -> list[DryRun]:
    """Return what these automations would do, as if the entity had just been created or had just got the status it has.

    Raises:
        Refused: There is no such entity.
        TryAgain: ftrack cannot be reached.
    """
    wanted = [trigger for trigger in triggers if trigger.entity_type == entity.type]
    rows = ftrack.query(Created(entity.type).about([entity.id]))
    if not rows:
        raise Refused(f"There is no {entity.type} {entity.id} in ftrack.")
    project = ftrack.query(f"select name from Project where id is {quote(project_id(rows[0]) or '')}")
    project_name = str(project[0]["name"]) if project else None
    return [_dry_run(ftrack, settings, trigger, rows[0], project_name) for trigger in wanted]


def _dry_run(ftrack: Ftrack, settings: Settings, trigger: Trigger, row: Entity, project: str | None) -> DryRun:
    sighting = Sighting(_change(trigger, row), entity_name(row), project)
    own = settings.automation(trigger.name)
    reason = settings.why_off(trigger.name, trigger.needs) or why_not(trigger, sighting, own)
    if reason is not None:
        return DryRun(trigger.name, reason=reason)
    try:
        loaded = Loader(ftrack).load(trigger, [sighting.change])[0]
        if loaded is None:
            return DryRun(trigger.name, error=f"The {row.type} {row.id} no longer exists.")
        effects = plan(trigger, loaded, own)
    except (TryAgain, Refused) as error:
        return DryRun(trigger.name, error=str(error))
    skipped = " ".join(effect.reason for effect in effects if isinstance(effect, Skip))
    return DryRun(trigger.name, effects, reason=skipped or None)


def _change(trigger: Trigger, row: Entity) -> Change:
    created = trigger.kind == "created"
    return Change(
        key=f"plan:{trigger.name}:{row.id}",
        kind=trigger.kind,
        entity_type=row.type,
        entity_id=row.id,
        project_id=project_id(row),
        at=datetime.now(UTC),
        status=None if created else row.at("status.name"),
    )
