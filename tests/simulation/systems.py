"""The other systems of the simulated studio, as models: the part of ftrack that is read and written, and Slack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.changes import Entity
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, TooMuchForFtrack

#: The tasks, one that a change may happen to while nothing goes wrong, and one that ftrack describes badly.
TASKS = ("task1", "task2", "task3")
FRESH, POISONED = "fresh", "poisoned"
_SELECT = re.compile(r"select (?P<reads>.+?) from (?P<type>\w+) where (?P<by>\w+) in \((?P<values>[^)]*)\)")


@dataclass
class FtrackModel(Ftrack):
    """The part of ftrack that the automations here read and write: tasks, their statuses and metadata."""

    statuses: dict[str, str] = field(default_factory=lambda: dict.fromkeys((*TASKS, FRESH, POISONED), "Not Started"))
    metadata: dict[str, dict[str, str]] = field(
        default_factory=lambda: {task: {} for task in (*TASKS, FRESH, POISONED)}
    )
    trouble: Callable[[], str] = lambda: ""

    def __post_init__(self) -> None:
        super().__init__("http://ftrack.example", "callboard", "key")

    def call(self, operations: Sequence[Mapping[str, Any]]) -> list[Any]:
        trouble = self.trouble()
        if trouble == "away":
            raise TryAgain("ftrack cannot be reached.")
        if trouble == "slow":
            raise TooMuchForFtrack("ftrack did not answer in time.")
        answers = [self._answer(operation) for operation in operations]
        if trouble == "lost":
            raise TooMuchForFtrack("ftrack's answer was lost.")
        return answers

    def _answer(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        if operation["action"] == "query":
            return {"data": list(self._rows(operation["expression"]))}
        task, key = operation["entity_key"]
        if operation["action"] == "delete":
            del self.metadata[task][key]
        else:
            self.metadata[task][key] = operation["entity_data"]["value"]
        return {"data": None}

    def _rows(self, expression: str) -> Iterator[Entity]:
        match = _SELECT.match(expression)
        assert match is not None, expression
        ids = re.findall(r'"([^"]*)"', match["values"])
        for task in self.metadata:
            if task in ids:
                if task == POISONED:
                    raise KeyError("what nobody thought of")
                rows = [self._row(task, key) for key in self.metadata[task]]
                if match["type"] == "Metadata":
                    yield from rows
                else:
                    status = Entity({"__entity_type__": "Status", "id": task, "name": self.statuses[task]})
                    values = {"id": task, "name": task, "status": status, "metadata": rows}
                    yield Entity({"__entity_type__": "Task", **values})

    def _row(self, task: str, key: str) -> Entity:
        values = {"parent_id": task, "key": key, "value": self.metadata[task][key]}
        return Entity({"__entity_type__": "Metadata", **values})


@dataclass
class SlackModel:
    """Slack: takes messages, and misbehaves."""

    sent: list[str] = field(default_factory=list)
    trouble: Callable[[], str] = lambda: ""
    data: dict[str, Any] = field(default_factory=lambda: {"ok": True, "channel": {"id": "C"}})

    def api_call(self, _method: str, *, data: Mapping[str, str]) -> SlackModel:
        if self.trouble():
            raise ConnectionResetError("Slack is away")
        self.sent.append(data["text"].partition("\n")[0])
        return self
