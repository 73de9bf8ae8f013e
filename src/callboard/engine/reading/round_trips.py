"""Round trips: statuses that an entity left and came back to within one second, the finest that ftrack tells.

Such rows do not say where the walk begins. What was stored before does, or else what ftrack shows around that second.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from callboard.changes import Change
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.sightings import Sighting
from callboard.ftrack import Ftrack, ids


class RoundTrips:
    """Finds the statuses at which round trips began.

    Args:
        ftrack: The studio's ftrack.
        inbox: What was stored.
    """

    def __init__(self, ftrack: Ftrack, inbox: Inbox) -> None:
        self._ftrack = ftrack
        self._inbox = inbox

    def starts(self, sightings: Iterable[Sighting]) -> dict[str, str]:
        """Return the status that each entity had before a round trip with which its changes here begin.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
            RefusedByFtrack: ftrack does not understand what is asked.
        """
        trips = _round_trips(sightings)
        if not trips:
            return {}
        mine = {step.key for steps in trips.values() for step in steps}
        found = self._inbox.last_statuses({entity: steps[0].at for entity, steps in trips.items()}, mine)
        unknown = {entity: steps for entity, steps in trips.items() if entity not in found}
        return found | self._ask(unknown)

    def _ask(self, trips: dict[str, Sequence[Change]]) -> dict[str, str]:
        types = sorted({steps[0].entity_type for steps in trips.values()})
        changes = "status_changes.date, status_changes.status.name, status_changes.from_status.name"
        rows = self._ftrack.query_many(
            [
                f"select status.name, {changes} from {name} where id in {ids(sorted(trips))} order by id"
                for name in types
            ]
        )
        found = {}
        for row in (row for each in rows for row in each):
            moment = trips[row.id][0].at
            later = [each for each in row["status_changes"] if each["date"] is not None and each["date"] > moment]
            first = min(later, key=lambda each: each["date"], default=None)
            status = row.at("status.name") if first is None else first.at("from_status.name")
            if status is not None:
                found[row.id] = str(status)
        return found


def _round_trips(sightings: Iterable[Sighting]) -> dict[str, Sequence[Change]]:
    """Return the entities whose earliest second here ends where it began, with its changes."""
    seconds: dict[str, dict[datetime, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for each in sightings:
        if each.change.kind == "status":
            seconds[each.change.entity_id][each.change.at].append(each.change)
    earliest = {entity: moments[min(moments)] for entity, moments in seconds.items()}
    return {entity: steps for entity, steps in earliest.items() if len(steps) > 1 and _is_closed(steps)}


def _is_closed(steps: Iterable[Change]) -> bool:
    balance: Counter[str | None] = Counter()
    for step in steps:
        balance[step.from_status] += 1
        balance[step.status] -= 1
    return not any(balance.values())
