"""The inbox: every change is stored once, with a run for every automation that looks at changes of its kind."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from callboard.changes import Change, Person
from callboard.engine.store.cursors import Cursor, advance, keep_feeds, read_cursors
from callboard.engine.store.database import Store
from callboard.engine.store.tables import changes, lanes, runs
from callboard.registry import Registry, Trigger
from callboard.settings import Settings
from callboard.settings.models import AutomationSettings

#: What is stored again of a change that was stored as known.
_TOLD = ("kind", "entity_type", "entity_id", "project_id", "at", "by", "status", "from_status")
#: Seconds between what an event said and the row that ftrack has for it, at most.
_HEARD_WITHIN = 60.0
#: Rows of one statement; PostgreSQL takes at most 65,535 values in one.
_ROWS = 2000


@dataclass(frozen=True)
class Sighting:
    """A change as a feed found it.

    Attributes:
        change: What happened; without entity, related and workflow.
        name: The entity's name, for people.
        project: The project's name, or None when it is not known.
        parent: The name of what the entity hangs under, such as a task's shot.
        heard: Whether an event is all that tells of it.
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


class Inbox:
    """Stores changes, and decides which automations have to look at them."""

    def __init__(self, store: Store, settings: Settings, registry: Registry) -> None:
        self._store = store
        #: The triggers that work here.
        self.triggers = [
            trigger for trigger in registry.triggers.values() if settings.why_off(trigger.name, trigger.needs) is None
        ]
        self._settings = {trigger.name: settings.automation(trigger.name) for trigger in self.triggers}

    def store(self, sightings: Iterable[Sighting], read_to: Mapping[str, Cursor] | None = None) -> int:
        """Store what was not known yet, together with how far the feeds were read.

        Args:
            sightings: In the order in which they happened.
            read_to: Feed -> how far it was read.

        Returns:
            How many changes were new.
        """
        seen = list(sightings)
        with self._store.writing() as connection:
            new = self._insert_changes(connection, seen)
            unheard = new - _heard_before(connection, [each for each in seen if each.change.key in new])
            self._insert_runs(connection, [each for each in seen if each.change.key in unheard])
            advance(self._store, connection, read_to or {})
        return len(unheard)

    def store_as_known(self, sightings: Iterable[Sighting], read_to: Mapping[str, Cursor]) -> None:
        """Store what had happened before Callboard began: nothing is done about it unless somebody catches up."""
        with self._store.writing() as connection:
            self._insert_changes(connection, list(sightings))
            advance(self._store, connection, read_to)

    def store_missed(self, sightings: Iterable[Sighting]) -> int:
        """Have all automations look at these changes that have not done so yet, known or not.

        Returns:
            At how many changes some automation will look.
        """
        seen = list(sightings)
        with self._store.writing() as connection:
            new = self._insert_changes(connection, seen)
            # What was stored as known before Callboard began is no more than a key.
            again = [{f"new_{name}": value for name, value in _change_row(each.change).items()} for each in seen]
            if again:
                connection.execute(_TOLD_AGAIN, again)
            _heard_before(connection, [each for each in seen if each.change.key in new])
            return self._insert_runs(connection, seen)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Return which of these keys are stored."""
        wanted = list(keys)
        found: set[str] = set()
        with self._store.reading() as connection:
            for start in range(0, len(wanted), _ROWS):
                chunk = wanted[start : start + _ROWS]
                found.update(connection.scalars(select(changes.c.key).where(changes.c.key.in_(chunk))))
        return found

    def cursors(self) -> dict[str, Cursor]:
        """Return how far each feed was read."""
        return read_cursors(self._store)

    def keep_feeds(self, names: Iterable[str]) -> None:
        """Forget how far other feeds were read: one that is needed again begins at that moment."""
        keep_feeds(self._store, names)

    def last_heard(self, entity_ids: Iterable[str]) -> dict[str, str]:
        """Return the status of the newest change of each entity that was stored from what an event said."""
        wanted, found = sorted(entity_ids), {}
        columns = select(changes.c.entity_id, changes.c.status).where(changes.c.key.startswith("heard:"))
        with self._store.reading() as connection:
            for start in range(0, len(wanted), _ROWS):
                chosen = columns.where(changes.c.entity_id.in_(wanted[start : start + _ROWS])).order_by(changes.c.at)
                found.update({row.entity_id: row.status for row in connection.execute(chosen)})
        return found

    def add_job(
        self,
        change: Change,
        automation: str,
        *,
        name: str,
        project: str | None,
        user: Person,
        arguments: dict[str, Any],
        ftrack_job_id: str,
    ) -> int:
        """Store the launch of an action's job (a change of kind ``launched``), due at once in a lane of its own.

        Returns:
            The run's id.
        """
        run = _run_row(Sighting(change, name, project), automation, lane=change.key)
        run |= {"arguments": arguments, "ftrack_job_id": ftrack_job_id, "user": asdict(user)}
        with self._store.writing() as connection:
            connection.execute(changes.insert(), _change_row(change))
            connection.execute(lanes.insert(), {"automation": automation, "lane": change.key})
            return int(connection.execute(runs.insert().returning(runs.c.id), run).scalar_one())

    def _insert_changes(self, connection: Connection, sightings: list[Sighting]) -> set[str]:
        rows = {one.change.key: _change_row(one.change) | {"heard": one.heard} for one in sightings}
        statement = self._store.insert(changes).on_conflict_do_nothing().returning(changes.c.key)
        return set(connection.scalars(statement, list(rows.values()))) if rows else set()

    def _insert_runs(self, connection: Connection, sightings: list[Sighting]) -> int:
        """Insert the runs that are missing, and say of how many changes they are."""
        there = _runs_of(connection, {sighting.change.key for sighting in sightings})
        rows = {}
        for sighting in sightings:
            for trigger in self.triggers:
                pair = (sighting.change.key, trigger.name)
                looks = (trigger.kind, trigger.entity_type) == (sighting.change.kind, sighting.change.entity_type)
                if looks and pair not in there:
                    rows[pair] = self._run_row(sighting, trigger)
        if not rows:
            return 0
        open_lanes = {(row["automation"], row["lane"]) for row in rows.values() if row["state"] == "waiting"}
        if open_lanes:
            connection.execute(
                self._store.insert(lanes).on_conflict_do_nothing(),
                [{"automation": automation, "lane": lane} for automation, lane in sorted(open_lanes)],
            )
        connection.execute(runs.insert(), list(rows.values()))
        return len({key for key, _ in rows})

    def _run_row(self, sighting: Sighting, trigger: Trigger) -> dict[str, Any]:
        row = _run_row(sighting, trigger.name, lane=sighting.change.project_id or "")
        reason = why_not(trigger, sighting, self._settings[trigger.name])
        if reason is not None:
            row |= {"state": "done", "summary": reason, "finished": time.time()}
        return row


_TOLD_AGAIN = (
    update(changes)
    .where(changes.c.key == bindparam("new_key"))
    .values({name: bindparam(f"new_{name}", type_=changes.c[name].type) for name in _TOLD})
)


def _runs_of(connection: Connection, keys: Iterable[str]) -> set[tuple[str, str]]:
    """Return the changes that have runs, each with the automation."""
    wanted, columns = list(keys), select(runs.c.change_key, runs.c.automation)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), _ROWS):
        chosen = runs.c.change_key.in_(wanted[start : start + _ROWS])
        found.update((row.change_key, row.automation) for row in connection.execute(columns.where(chosen)))
    return found


def _heard_before(connection: Connection, sightings: list[Sighting]) -> set[str]:
    """Return the keys of status changes that were stored from what an event said, before their row was seen.

    The runs that came of the event are from now on those of the row's change.
    """
    heard = {(row.entity_id, row.status): row for row in connection.execute(select(changes).where(changes.c.heard))}
    matches = {}
    for change in (sighting.change for sighting in sightings if heard and not sighting.heard):
        row = heard.get((change.entity_id, change.status))
        if row is not None and abs(row.at - change.at.timestamp()) <= _HEARD_WITHIN:
            matches[change.key] = row.key
            del heard[change.entity_id, change.status]
    for key, former in matches.items():
        connection.execute(update(runs).where(runs.c.change_key == former).values(change_key=key))
        connection.execute(update(changes).where(changes.c.key == former).values(heard=False))
    return set(matches)


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "key": change.key,
        "kind": change.kind,
        "entity_type": change.entity_type,
        "entity_id": change.entity_id,
        "project_id": change.project_id,
        "at": change.at.timestamp(),
        "by": asdict(change.by) if change.by else None,
        "status": change.status,
        "from_status": change.from_status,
    }


def _run_row(sighting: Sighting, automation: str, *, lane: str) -> dict[str, Any]:
    change = sighting.change
    return {
        "change_key": change.key,
        "automation": automation,
        "lane": lane,
        "project": sighting.project,
        "entity_type": change.entity_type,
        "entity_id": change.entity_id,
        "entity_name": sighting.name,
        "entity_parent": sighting.parent,
        "at": change.at.timestamp(),
        "state": "waiting",
        "summary": "",
        "finished": None,
    }
