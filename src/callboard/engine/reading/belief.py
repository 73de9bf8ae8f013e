"""Doorbells whose row never shows: believed where ftrack does not contradict them.

That ftrack records every status change follows from its schema, and was not observed on every server; so a status
change that only an event reports is handled as well. Every user of the hub can publish an event, so it is believed only
if the entity has that status now and nothing that ftrack recorded explains it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from callboard.changes import Change, Person
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.rows import NAMES, entity_name, parent_name, person, project_id, project_name
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.sightings import Sighting
from callboard.ftrack import PAGE, Ftrack, ids

_log = logging.getLogger(__name__)


def believe(ftrack: Ftrack, inbox: Inbox, bells: Sequence[Doorbell], now: float) -> list[Sighting]:
    """Return the status changes of the doorbells that are believed.

    Args:
        ftrack: Where it is checked.
        inbox: What was believed before.
        bells: Doorbells with a status.
        now: The time, in seconds since 1970.

    Raises:
        TryAgain: ftrack or the database cannot be reached.
    """
    found: dict[str, Sighting] = {}
    for start in range(0, len(bells), PAGE):
        chunk = bells[start : start + PAGE]
        known = _Known(ftrack, inbox, chunk)
        for bell in chunk:
            reason = known.why_not(bell)
            if reason is None:
                found[bell.entity_id] = known.sighting(bell, datetime.fromtimestamp(now, UTC))
            else:
                _log.info("an event about %s %s is not believed: %s", bell.table, bell.entity_id, reason)
    return list(found.values())


class _Known:
    """The knowledge of ftrack and the inbox about some doorbells."""

    def __init__(self, ftrack: Ftrack, inbox: Inbox, bells: Sequence[Doorbell]) -> None:
        entities: dict[str, set[str]] = defaultdict(set)
        for bell in bells:
            entities[bell.table].add(bell.entity_id)
        statuses = {status for bell in bells for status in (bell.status_id, bell.from_status_id) if status}
        people = {bell.by.id for bell in bells if bell.by is not None}
        named, users, *rows = ftrack.query_many(
            [
                f"select name from Status where id in {ids(sorted(statuses))} order by id",
                f"select username, first_name, last_name from User where id in {ids(sorted(people))} order by id",
                *(_present(table, entity_ids) for table, entity_ids in entities.items()),
            ]
        )
        self._entities = {entity.id: entity for found in rows for entity in found}
        self._statuses = {status.id: str(status["name"]) for status in named}
        self._people: Mapping[str, Person | None] = {user.id: person(user) for user in users}
        self._heard = inbox.last_heard(self._entities)

    def why_not(self, bell: Doorbell) -> str | None:
        """Return why a doorbell is not believed, or None when it is."""
        entity = self._entities.get(bell.entity_id)
        if entity is None:
            return "there is no such entity."
        if entity["status_id"] != bell.status_id or bell.status_id not in self._statuses:
            return "its status is another one."
        if bell.status_id == bell.from_status_id:
            return "its status did not change."
        # The first status is recorded on creation; only a recorded change shows that this ftrack records changes.
        recorded = [change for change in entity["status_changes"] if change["date"] and change["from_status_id"]]
        latest = max((change["date"] for change in recorded), default=None)
        if any(change["status_id"] == bell.status_id for change in recorded if change["date"] == latest):
            return "ftrack recorded earlier how it came to its status."
        if self._heard.get(entity.id) == self._statuses[bell.status_id]:
            return "the same was believed before."
        return None

    def sighting(self, bell: Doorbell, at: datetime) -> Sighting:
        """Return the change that a doorbell announces."""
        entity = self._entities[bell.entity_id]
        change = Change(
            key=f"heard:{bell.event_id}:{entity.id}",
            kind="status",
            entity_type=entity.type,
            entity_id=entity.id,
            project_id=project_id(entity),
            at=at,
            by=self._people.get(bell.by.id) if bell.by is not None else None,
            status=self._statuses[bell.status_id or ""],
            from_status=self._statuses.get(bell.from_status_id or ""),
        )
        return Sighting(change, entity_name(entity), project_name(entity), parent_name(entity), heard=True)


def _present(table: str, entity_ids: set[str]) -> str:
    reads = ", ".join(
        ["status_id", *(f"status_changes.{name}" for name in ("date", "status_id", "from_status_id")), *NAMES[table]]
    )
    return f"select {reads} from {table} where id in {ids(sorted(entity_ids))} order by id"
