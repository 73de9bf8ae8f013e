"""A rehearsal: every change of a time, in its order, through the automations of a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callboard.changes import Change, Entity
from callboard.effects import Effect, SetStatus, Skip
from callboard.engine.reading.feeds import Created, Feed, StatusChanges, feeds_for
from callboard.engine.reading.order import in_order
from callboard.engine.running.loader import Loader
from callboard.engine.running.plan import plan
from callboard.engine.store.sightings import Sighting, why_not
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.registry import Trigger
from callboard.rehearsal.entries import Entry, Rehearsal, Verdict
from callboard.rehearsal.past import Past, StatusStep
from callboard.settings import Settings

#: Changes that are loaded and planned together.
_BATCH = 2000

#: Called with how many changes were played, and how many are to be.
OnProgress = Callable[[int, int], None]
#: Called with what the automations would have done about a batch of changes.
OnPlanned = Callable[[Sequence[Entry]], None]


@dataclass(frozen=True)
class Recording:
    """The changes of a period, read once for any number of rehearsals.

    Attributes:
        sightings: The changes, in the order in which they happened.
        steps: The status changes, each with the status before it.
        created: When what came into being in that time did so, by id.
    """

    sightings: list[Sighting]
    steps: list[StatusStep]
    created: Mapping[str, datetime]


def record(ftrack: Ftrack, triggers: Sequence[Trigger], since: datetime, project: str | None = None) -> Recording:
    """Read what happened since a moment.

    Args:
        ftrack: Where it happened; only read.
        triggers: The automations that are going to be rehearsed.
        since: The oldest moment.
        project: Only changes of the project of that name.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: There is no such project.
    """
    names = {each.id: str(each["name"]) for each in ftrack.query("select name from Project order by id")}
    if project is not None and project not in names.values():
        raise Refused(f"There is no project {project} in ftrack.")
    feeds = _feeds(triggers)
    rows = ftrack.query_many([feed.since(since) for feed in feeds])
    created: dict[str, datetime] = {}
    before: dict[str, Entity] = {}
    found: dict[str, Sighting] = {}
    for feed, each in zip(feeds, rows, strict=True):
        for row in each:
            if isinstance(feed, Created):
                created[row.id] = row[feed.date]
            else:
                before[f"status:{row.id}"] = row
            for sighting in feed.sightings(row):
                found[sighting.change.key] = replace(sighting, project=names.get(sighting.change.project_id or ""))
    ordered = in_order(found.values())
    steps = [_step(sighting, before[sighting.change.key]) for sighting in ordered if sighting.change.key in before]
    wanted = [
        sighting
        for sighting in ordered
        if sighting.change.at >= since and (project is None or sighting.project == project)
    ]
    return Recording(wanted, steps, created)


def rehearse(
    ftrack: Ftrack,
    settings: Settings,
    triggers: Sequence[Trigger],
    recording: Recording,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    on_planned: OnPlanned = lambda _: None,
) -> Rehearsal:
    """Return what the automations of a configuration would have done with what was recorded.

    Args:
        ftrack: For what the automations read; only read.
        settings: The configuration.
        triggers: The automations.
        recording: What happened.
        on_progress: Called after each batch, with how many changes were played.
        on_planned: Called with each batch's entries.

    Raises:
        TryAgain: ftrack cannot be reached.
    """
    off = {each.name: settings.why_off(each.name, each.needs) for each in triggers}
    on = [each for each in triggers if off[each.name] is None]
    rehearsal = Rehearsal(
        changes=len(recording.sightings), off={name: reason for name, reason in off.items() if reason is not None}
    )
    past = Past(recording.created)
    past.add_steps(recording.steps)
    for start in range(0, len(recording.sightings), _BATCH):
        batch = recording.sightings[start : start + _BATCH]
        places = {sighting.change.key: place for place, sighting in enumerate(batch)}
        played = [each for trigger in on for each in _play(ftrack, settings, trigger, batch, past)]
        played.sort(key=lambda entry: places[entry.change.key])
        on_planned(played)
        rehearsal.entries += played
        on_progress(start + len(batch))
    return rehearsal


def _feeds(triggers: Sequence[Trigger]) -> list[Feed]:
    """Return the feeds of the automations, and those that tell how things were."""
    needed = {feed.name: feed for feed in feeds_for(triggers)}
    types = {trigger.entity_type for trigger in triggers}
    telling = [
        Created("Task"),
        Created("AssetVersion"),
        StatusChanges("TypedContext", types - {"AssetVersion", "Project"}),
        StatusChanges("AssetVersion", ["AssetVersion"]),
    ]
    return [*needed.values(), *(feed for feed in telling if feed.name not in needed)]


def _step(sighting: Sighting, row: Entity) -> StatusStep:
    before = row["from_status"]
    status = None if before is None else {"id": row["from_status_id"], "name": before["name"]}
    return StatusStep(sighting.change.entity_id, sighting.change.at, status)


def _play(
    ftrack: Ftrack, settings: Settings, trigger: Trigger, batch: Sequence[Sighting], past: Past
) -> Iterator[Entry]:
    """Give what one automation would have done about the changes that it looks at."""
    own = settings.automation(trigger.name)
    kind = (trigger.kind, trigger.entity_type)
    looked_at = [each for each in batch if (each.change.kind, each.change.entity_type) == kind]
    concerned = []
    for sighting in looked_at:
        reason = why_not(trigger, sighting, own)
        if reason is None:
            concerned.append(sighting)
        else:
            yield _entry(trigger, sighting, Verdict.NOTHING, reason=reason)
    loaded = Loader(ftrack).load(trigger, [sighting.change for sighting in concerned]) if concerned else []
    for sighting, change in zip(concerned, loaded, strict=True):
        if change is None:
            reason = f"The {sighting.change.entity_type} no longer exists."
            yield _entry(trigger, sighting, Verdict.NOTHING, reason=reason)
            continue
        then = past.rewind(change)
        try:
            effects = plan(trigger, then, own)
        except (Refused, TryAgain) as error:
            yield _entry(trigger, sighting, Verdict.REFUSED, reason=str(error))
            continue
        past.remember(effects)
        yield _plan(trigger, sighting, effects, _statuses(then))


def _plan(trigger: Trigger, sighting: Sighting, effects: Sequence[Effect], statuses: Mapping[str, str | None]) -> Entry:
    reasons = [effect.reason for effect in effects if isinstance(effect, Skip)]
    acting = []
    for effect in effects:
        if isinstance(effect, SetStatus) and statuses.get(effect.entity.id) == effect.status_id:
            reasons.append(f"{effect.entity.type} {effect.name} was {effect.status} already.")
        elif not isinstance(effect, Skip):
            acting.append(effect)
    reason = " ".join(reasons) or ("" if acting else "Nothing was to be done.")
    return _entry(trigger, sighting, Verdict.ACT if acting else Verdict.NOTHING, tuple(acting), reason)


def _statuses(change: Change) -> dict[str, str | None]:
    """Return the statuses of everything that was read about a change: status ids by entity ids."""
    found: dict[str, str | None] = {}
    left: list[object] = [change.entity, *change.related.values()]
    while left:
        value = left.pop()
        if isinstance(value, Entity):
            status = value.get("status")
            if isinstance(status, Entity) and "id" in value:
                found[value.id] = status.id
            left += value.values()
        elif isinstance(value, list):
            left += value
    return found


def _entry(
    trigger: Trigger, sighting: Sighting, verdict: Verdict, effects: tuple[Effect, ...] = (), reason: str = ""
) -> Entry:
    return Entry(
        automation=trigger.name,
        change=sighting.change,
        name=sighting.name,
        parent=sighting.parent,
        project=sighting.project,
        verdict=verdict,
        effects=effects,
        reason=reason,
    )
