"""Feeds: what happened is read from ftrack, from cursors or about the entities that doorbells name, and stored.

Reading from the cursors finds whatever was missed, for whatever reason, and overlaps what was read before, since
ftrack's times are whole seconds and a change may become visible later than its time says. Reading about entities is
exact, and cheap when there are thousands. Both store into the inbox, which knows what it has.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callboard.changes import Change, Entity
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.feeds import NAMES, Feed, entity_name, feeds_for, in_order, parent_name, project_id
from callboard.engine.store.inbox import Inbox, Sighting
from callboard.ftrack import PAGE, Ftrack, ids

#: How much of what was read is read again when events have been heard all the time, …
OVERLAP = timedelta(seconds=120)
#: … and after a start or a lost connection.
LONG_OVERLAP = timedelta(minutes=10)
_NEVER = datetime.fromtimestamp(0, UTC)
#: Seconds for which a project's name is not asked for again.
_NAMES_FOR = 60.0


class Feeds:
    """Reads the feeds that the inbox's automations need."""

    def __init__(self, ftrack: Ftrack, inbox: Inbox) -> None:
        self._ftrack = ftrack
        self._inbox = inbox
        self.feeds = feeds_for(inbox.triggers)
        self._names: dict[str, tuple[float, str]] = {}

    def read(self, overlap: timedelta) -> int:
        """Read on from the cursors and store what is new; a feed without a cursor begins now.

        Returns:
            How many changes were new.
        """
        cursors = self._inbox.cursors()
        self._begin([feed for feed in self.feeds if feed.name not in cursors])
        known = [feed for feed in self.feeds if feed.name in cursors]
        starts = [datetime.fromtimestamp(cursors[feed.name], UTC) - overlap for feed in known]
        rows = self._rows([(feed, feed.since(start)) for feed, start in zip(known, starts, strict=True)])
        return self._inbox.store(self._sightings(rows), _read_to(rows))

    def read_since(self, moment: datetime) -> int:
        """Read everything since a moment, whatever the cursors say, and have the automations look that have not yet.

        Returns:
            At how many changes some automation will look.
        """
        rows = self._rows([(feed, feed.since(moment)) for feed in self.feeds])
        return self._inbox.store_missed(self._sightings(rows))

    def cares(self, bell: Doorbell) -> bool:
        """Return whether a doorbell rings for anything that is read here."""
        return any(feed.wanted(bell) is not None for feed in self.feeds)

    def look(self, bells: Sequence[Doorbell]) -> list[Doorbell]:
        """Read about the entities that doorbells name and store what is new.

        Returns:
            The doorbells whose row did not show.
        """
        asked = []
        for feed in self.feeds:
            entities = sorted({bell.entity_id for bell in bells if feed.wanted(bell) is not None})
            asked += [(feed, feed.about(entities[start : start + PAGE])) for start in range(0, len(entities), PAGE)]
        shown: list[tuple[Feed, list[Entity]]] = []
        missing = list(bells)
        for feed, rows in self._rows(asked):
            candidates = defaultdict(list)
            for row in rows:
                candidates[feed.told(row)].append(row)
            # Of several rows that look the same, the doorbells ring for the newest ones.
            found = [_newest(candidates[feed.wanted(bell)]) for bell in missing]
            shown.append((feed, [row for row in found if row is not None]))
            missing = [bell for bell, row in zip(missing, found, strict=True) if row is None]
        self._inbox.store(self._sightings(shown))
        return missing

    def believe(self, bells: Sequence[Doorbell]) -> int:
        """Store status changes whose row never showed from what their events said, if the entity has that status.

        Returns:
            How many were new.
        """
        changed = [bell for bell in bells if bell.status_id is not None and self.cares(bell)]
        if not changed:
            return 0
        entities = defaultdict(set)
        for bell in changed:
            entities[bell.table].add(bell.entity_id)
        statuses = {status for bell in changed for status in (bell.status_id, bell.from_status_id) if status}
        *found, named = self._ftrack.query_many(
            [
                *(_present(table, entity_ids) for table, entity_ids in entities.items()),
                f"select name from Status where id in {ids(statuses)}",
            ]
        )
        names = {status.id: str(status["name"]) for status in named}
        there = {entity.id: entity for rows in found for entity in rows}
        heard = [
            _heard(bell, entity, names)
            for bell in changed
            if (entity := there.get(bell.entity_id)) is not None and entity["status_id"] == bell.status_id
        ]
        return self._inbox.store(self._named(heard))

    def _begin(self, feeds: Sequence[Feed]) -> None:
        """Begin a feed: what happened before its first start is known, and nothing is done about it."""
        if not feeds:
            return
        newest = self._ftrack.query_many([feed.newest() for feed in feeds])
        begins = [rows[0][feed.date] or _NEVER if rows else _NEVER for feed, rows in zip(feeds, newest, strict=True)]
        # A version may be dated by hand: nothing dated in the future keeps the present from being read.
        starts = [min(begin, datetime.now(UTC)) - LONG_OVERLAP for begin in begins]
        rows = self._rows([(feed, feed.since(start)) for feed, start in zip(feeds, starts, strict=True)])
        self._inbox.store_as_known(self._sightings(rows), {feed.name: 0.0 for feed in feeds} | _read_to(rows))

    def _rows(self, asked: Sequence[tuple[Feed, str]]) -> list[tuple[Feed, list[Entity]]]:
        answers = self._ftrack.query_many([expression for _, expression in asked])
        return [(feed, rows) for (feed, _), rows in zip(asked, answers, strict=True)]

    def _sightings(self, rows: Iterable[tuple[Feed, list[Entity]]]) -> list[Sighting]:
        return self._named(in_order(one for feed, found in rows for row in found for one in feed.sightings(row)))

    def _named(self, sightings: list[Sighting]) -> list[Sighting]:
        """Return the same with the names of their projects, which are asked for once a minute."""
        clock = time.monotonic()
        self._names |= {
            one.change.entity_id: (clock, one.project) for one in sightings if one.project and one.change.project_id
        }
        wanted = {one.change.project_id for one in sightings if one.change.project_id}
        stale = [key for key in wanted if key not in self._names or self._names[key][0] < clock - _NAMES_FOR]
        for start in range(0, len(stale), PAGE):
            found = self._ftrack.query(f"select name from Project where id in {ids(stale[start : start + PAGE])}")
            self._names |= {project.id: (clock, str(project["name"])) for project in found}
        return [
            replace(one, project=self._names[key][1]) if (key := one.change.project_id) in self._names else one
            for one in sightings
        ]


def _read_to(rows: Iterable[tuple[Feed, list[Entity]]]) -> dict[str, float]:
    """Return how far each feed was read; never into the future, where a version that is dated by hand may be."""
    dates = {feed.name: [row[feed.date].timestamp() for row in found if row[feed.date]] for feed, found in rows}
    return {name: min(max(found), time.time()) for name, found in dates.items() if found}


def _newest(candidates: list[Entity]) -> Entity | None:
    return candidates.pop() if candidates else None


def _present(table: str, entity_ids: Collection[str]) -> str:
    return f"select status_id, {', '.join(NAMES[table])} from {table} where id in {ids(entity_ids)}"


def _heard(bell: Doorbell, entity: Entity, statuses: Mapping[str, str]) -> Sighting:
    change = Change(
        key=f"heard:{bell.event_id}:{entity.id}",
        kind="status",
        entity_type=entity.type,
        entity_id=entity.id,
        project_id=project_id(entity),
        at=datetime.now(UTC),
        by=bell.by,
        status=statuses.get(bell.status_id or ""),
        from_status=statuses.get(bell.from_status_id or ""),
    )
    return Sighting(change, entity_name(entity), None, parent_name(entity), heard=True)
