"""People at a studio who go on working whatever happens to the servers, and remember what they did."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.ftrack.wire import Operation

#: Seconds between two tries of somebody whose ftrack does not answer.
_PAUSE = 0.3


@dataclass
class People:
    """Everybody at the studio.

    Attributes:
        ftrack: Where they work.
        chance: What they do next.
        tasks: Names of the tasks that they made, by id.
        reviewed: Versions that they sent to dailies.
        handed: How often a task was handed over, each of which is one message.
    """

    ftrack: Ftrack
    chance: random.Random
    tasks: dict[str, str] = field(default_factory=dict)
    reviewed: list[str] = field(default_factory=list)
    handed: int = 0
    _animations: dict[str, str] = field(default_factory=dict)

    def move_in(self, shot: str, project: str) -> None:
        """Learn where they work and what there is."""
        self._shot, self._project = shot, project
        self._types = {each["name"]: each.id for each in self.ftrack.query("select name from Type")}
        self._statuses = {each["name"]: each.id for each in self.ftrack.query("select name from Status")}
        self._asset_type = self.ftrack.query("select id from AssetType")[0].id

    def work(self) -> None:
        """Do one thing."""
        self.chance.choice((self._make_tasks, self._review, self._hand_over))()

    def _make_tasks(self) -> None:
        operations = []
        for _ in range(self.chance.randrange(1, 6)):
            task, name = str(uuid.uuid4()), f"work{len(self.tasks):05}"
            kind = self.chance.choice(("Animation", "Compositing"))
            values = {"id": task, "name": name, "parent_id": self._shot, "project_id": self._project}
            operations.append(self.ftrack.create("Task", values | {"type_id": self._types[kind]}))
            self.tasks[task] = name
            if kind == "Animation":
                self._animations[task] = ""
        self._commit("Task", list(self.tasks)[-1], operations)

    def _review(self) -> None:
        asset, version = str(uuid.uuid4()), str(uuid.uuid4())
        named = {"id": asset, "name": f"a{len(self.reviewed)}", "context_id": self._shot, "type_id": self._asset_type}
        status = self._statuses["Pending Internal Review"]
        made = {"id": version, "asset_id": asset, "version": 1, "status_id": status}
        self._commit(
            "AssetVersion", version, [self.ftrack.create("Asset", named), self.ftrack.create("AssetVersion", made)]
        )
        self.reviewed.append(version)

    def _hand_over(self) -> None:
        waiting = [task for task, status in self._animations.items() if not status]
        if not waiting:
            return
        task = self.chance.choice(waiting)
        self._animations[task] = "Ready for Lighting"
        status = {"status_id": self._statuses["Ready for Lighting"]}
        [reference] = [each.reference for each in self._ask(f"select id from Task where id is {task}")]
        self._commit("", task, [self.ftrack.update(reference, status)])
        self.handed += 1

    def _commit(self, entity_type: str, entity: str, operations: list[Operation]) -> None:
        """Try until it is done; what was done already although no answer came is refused, and found."""
        while True:
            try:
                self.ftrack.commit(operations)
            except TryAgain:
                time.sleep(_PAUSE)
            except Refused:
                if entity_type and self._ask(f"select id from {entity_type} where id is {entity}"):
                    return
                raise
            else:
                return

    def _ask(self, expression: str) -> list[Any]:
        while True:
            try:
                return list(self.ftrack.query(expression))
            except TryAgain:
                time.sleep(_PAUSE)
