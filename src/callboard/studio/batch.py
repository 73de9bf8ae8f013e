"""The batch that Batch Create creates below one parent: its names, what exists already, and the rest."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation
from callboard.ftrack import ids as quoted_ids
from callboard.studio.paths.names import fold

#: Names from below the parent down to an entity.
Names = tuple[str, ...]

#: The types that are created below each selectable type, from the top.
LEVELS = {
    "Project": ("Sequence", "Shot", "Task"),
    "Episode": ("Sequence", "Shot", "Task"),
    "Sequence": ("Shot", "Task"),
    "Shot": ("Task",),
}


@dataclass(frozen=True)
class TaskWish:
    """A task for every shot: named after its type, with a bid in seconds."""

    name: str
    type_id: str
    bid: float


@dataclass(frozen=True)
class Batch:
    """The entities that one submission asks for, below one parent.

    Attributes:
        sequence: Name of the new sequence; empty below a sequence or a shot.
        shots: Names of the shots; empty below a shot.
        tasks: The tasks of every shot.
    """

    parent_type: str
    parent_id: str
    parent_name: str
    project_id: str
    sequence: str
    shots: list[str]
    tasks: list[TaskWish]

    def paths(self) -> list[Names]:
        """Return the names from below the parent down, parents before children."""
        top: Names = (self.sequence,) if self.sequence else ()
        shots = [(*top, shot) for shot in self.shots] or [top]
        everything = [top] if self.sequence else []
        everything += [shot for shot in shots if shot != top]
        return everything + [(*shot, task.name) for shot in shots for task in self.tasks]

    def type_of(self, path: Names) -> str:
        """Return the schema type of what is at *path*."""
        return LEVELS[self.parent_type][len(path) - 1]

    def describe_count(self, paths: Sequence[Names]) -> str:
        """Return the number of each type: ``the sequence 001, 500 shots and 2,000 tasks``."""
        counts = Counter(self.type_of(path) for path in paths)
        parts = [f"the sequence {self.sequence}"] if counts["Sequence"] else []
        parts += [
            f"{counts[kind]:,} {kind.lower()}{'' if counts[kind] == 1 else 's'}"
            for kind in ("Shot", "Task")
            if counts[kind]
        ]
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)

    def list_names(self, paths: Sequence[Names]) -> list[str]:
        """Return a line for the shots and one for the tasks; long lists are shortened."""
        shots = [path[-1] for path in paths if self.type_of(path) == "Shot"]
        if len(shots) > 12:
            shots = [*shots[:6], "…", *shots[-3:]]
        counts = Counter(path[-1] for path in paths if self.type_of(path) == "Task")
        tasks = [
            f"{counts[task.name]:,} x {task.name} ({task.bid / 3600:g} h)" for task in self.tasks if counts[task.name]
        ]
        return [", ".join(line) for line in (shots, tasks) if line]


def read_existing(ftrack: Ftrack, batch: Batch) -> dict[Names, str]:
    """Return the id of everything in a batch that exists already, by path; the case of names does not count.

    Raises:
        Refused: Something of another type has one of the names.
        TryAgain: ftrack cannot be reached.
    """
    wanted = {_fold_path(path): path for path in batch.paths()}
    found: dict[Names, str] = {}
    parents: dict[str, Names] = {batch.parent_id: ()}
    while parents:
        children = ftrack.query(
            f"select name, parent_id from TypedContext where parent_id in {quoted_ids(parents)} order by id"
        )
        below: dict[str, Names] = {}
        for child in children:
            path = wanted.get(_fold_path((*parents[child["parent_id"]], child["name"])))
            if path is None:
                continue
            if child.type != (wanted_type := batch.type_of(path)):
                raise Refused(
                    f"{'/'.join(path)} exists already as {child.type}, not as {wanted_type}; choose another name."
                )
            below[child.id] = path
            found[path] = child.id
        parents = {entity_id: path for entity_id, path in below.items() if batch.type_of(path) != "Task"}
    return found


def own_ids(batch: Batch, key: str) -> dict[Names, str]:
    """Return the id of every new entity; the same key gives the same ids, so nothing is created twice."""
    return {path: str(uuid.uuid5(uuid.UUID(key), "/".join(path))) for path in batch.paths()}


def operations(batch: Batch, ids: Mapping[Names, str], existing: Mapping[Names, str]) -> list[Operation]:
    """Return the operations that create everything that is missing, parents before children.

    Args:
        batch: The requested entities.
        ids: The ids of new entities.
        existing: The ids of existing entities.
    """
    wishes = {task.name: task for task in batch.tasks}
    created = []
    for path in ids:
        if path in existing:
            continue
        above = path[:-1]
        values: dict[str, Any] = {
            "id": ids[path],
            "name": path[-1],
            "parent_id": existing.get(above, ids[above]) if above else batch.parent_id,
            "project_id": batch.project_id,
        }
        if batch.type_of(path) == "Task":
            wish = wishes[path[-1]]
            values |= {"type_id": wish.type_id, "bid": wish.bid}
        created.append(Ftrack.create(batch.type_of(path), values))
    return created


def _fold_path(path: Names) -> Names:
    # Names that differ only by case would share a folder on some storages.
    return tuple(fold(name) for name in path)
