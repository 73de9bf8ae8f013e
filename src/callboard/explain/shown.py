"""The part of the facts that ftrack shows: the entity, what happened to it, and what automations would do now."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from callboard.changes import Entity
from callboard.engine.reading.feeds import Created
from callboard.engine.running.dry_run import DryRun, dry_runs
from callboard.engine.store.sightings import Sighting
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, quote
from callboard.registry import Registry
from callboard.settings import Settings

#: Types that are asked for their names alone: automations do not look at them, and actions may.
BY_NAME = {"Asset": "parent.project.name", "List": "project.name", "ReviewSession": "project.name"}
_FEEDS = [Created("TypedContext"), Created("AssetVersion"), Created("Project")]
#: Answers that are remembered.
_MOST = 64


@dataclass(frozen=True)
class Shown:
    """The answers of ftrack about an entity.

    Attributes:
        row: The entity; None when ftrack does not show it, or did not answer.
        sightings: What happened to it, oldest first.
        plans: What automations would do now, by their names.
        problem: Why ftrack did not answer everything, or None when it did.
    """

    row: Entity | None = None
    sightings: list[Sighting] = field(default_factory=list)
    plans: dict[str, DryRun] = field(default_factory=dict)
    problem: str | None = None


class Asker:
    """Asks ftrack about entities, and remembers its answers for a moment; may be used from any thread.

    Args:
        settings: The configuration.
        registry: The automations.
        ftrack: The studio's ftrack.
        remember: Seconds for which an answer is good, so that open pages do not ask again and again.
        clock: A clock that is never set back, in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        ftrack: Ftrack,
        *,
        remember: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._registry, self._ftrack = settings, registry, ftrack
        self._remember, self._clock = remember, clock
        self._known: OrderedDict[tuple[str, str | None], tuple[float, Hashable, Shown]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, entity_id: str, automation: str | None, stored: Hashable) -> Shown:
        """Return what ftrack shows.

        Args:
            entity_id: The entity.
            automation: The only automation whose plan is asked for; None: all.
            stored: What the database has about it; an answer of when it had something else is not good any more.
        """
        key = (entity_id, automation)
        with self._lock:
            at, former, shown = self._known.get(key, (float("-inf"), None, Shown()))
            if former == stored and self._clock() < at + self._remember:
                return shown
        shown = self._ask(entity_id, automation)
        with self._lock:
            self._known[key] = (self._clock(), stored, shown)
            self._known.move_to_end(key)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return shown

    def _ask(self, entity_id: str, automation: str | None) -> Shown:
        row, sightings = None, list[Sighting]()
        try:
            row, sightings = self._read(entity_id)
            return Shown(row, sightings, {} if row is None else self._plans(row, automation))
        except (TryAgain, Refused) as error:
            return Shown(row, sightings, problem=str(error))

    def _read(self, entity_id: str) -> tuple[Entity | None, list[Sighting]]:
        """Return an entity and what happened to it; one request."""
        named = [
            f"select name, {project} from {kind} where id is {quote(entity_id)}" for kind, project in BY_NAME.items()
        ]
        answers = self._ftrack.query_many([*(feed.about([entity_id]) for feed in _FEEDS), *named])
        for feed, rows in zip(_FEEDS, answers, strict=False):
            for row in rows:
                return row, feed.sightings(row)
        return next((row for rows in answers for row in rows), None), []

    def _plans(self, row: Entity, automation: str | None) -> dict[str, DryRun]:
        wanted = [each for each in self._registry.triggers.values() if automation in (None, each.name)]
        if not any(each.entity_type == row.type for each in wanted):
            return {}
        return {each.automation: each for each in dry_runs(self._ftrack, self._settings, wanted, row.reference)}
