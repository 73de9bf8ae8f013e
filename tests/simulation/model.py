"""A model of ftrack for the simulation: tasks, their statuses, and the few kinds of query that reading asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from callboard.changes import Entity
from callboard.ftrack import PAGE, Portion

STATUSES = ("Ready", "Running", "Review", "Done", "Hold")

_QUERY = re.compile(r"select .+? from (\w+)(?: where (.+?))?(?: order by (.+?))?(?: limit (\d+))?$")
_IN = re.compile(r'(\w+) in \((.*?)\)(?: and (\w+) >= "(.+)")?$')
_SINCE = re.compile(r'(\w+) >= "(.+)"$')
_AFTER = re.compile(r'(\w+) > "(.+?)" or \(\w+ is ".+?" and id > "(.+)"\)$')


@dataclass
class Step:
    """A status change, as ftrack records it; before ``visible`` nobody sees it."""

    id: str
    at: int
    before: str | None
    after: str
    visible: float


@dataclass
class Task:
    """A task and all that became of it."""

    id: str
    at: int
    visible: float
    steps: list[Step] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The status that it has."""
        return self.steps[-1].after


class FtrackModel:
    """Answers queries as ftrack would at this moment.

    Args:
        now: ftrack's clock, in seconds since 1970.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.tasks: dict[str, Task] = {}
        self.page = Portion(PAGE)
        #: Called before each request; raises what is to go wrong.
        self.on_request: Callable[[], None] = lambda: None

    def query_many(self, expressions: Sequence[str]) -> list[list[Entity]]:
        """Answer some expressions in one request."""
        if expressions:
            self.on_request()
        return [self._answer(expression) for expression in expressions]

    def _answer(self, expression: str) -> list[Entity]:
        match = _QUERY.match(expression)
        assert match is not None, expression
        type_name, condition, order, limit = match.groups()
        rows = [row for row in self._rows(type_name) if _holds(row, condition)]
        date = "created_at" if type_name == "Task" else "date"
        if order and order != "id":
            rows.sort(key=lambda row: (row[date], row.id), reverse="descending" in order)
        return rows[: int(limit)] if limit else rows

    def _rows(self, type_name: str) -> Iterator[Entity]:
        now = self._now()
        if type_name == "Status":
            yield from _STATUSES.values()
        if type_name in {"Task", "TypedContext"}:
            for task in self.tasks.values():
                if task.visible <= now:
                    yield _entity("Task", **self._task(task, now))
        if type_name == "TypedContextStatusChange":
            for task in self.tasks.values():
                parent = _entity("Task", **_named(task))
                for step in task.steps:
                    if step.visible <= now:
                        yield _entity("TypedContextStatusChange", **_step(step), parent_id=task.id, parent=parent)

    def _task(self, task: Task, now: float) -> dict[str, Any]:
        seen = [_entity("TypedContextStatusChange", **_step(step)) for step in task.steps if step.visible <= now]
        return {
            **_named(task),
            "created_at": _date(task.at),
            "created_by": None,
            "status_id": task.status,
            "status": _STATUSES[task.status],
            "status_changes": seen,
        }


def _entity(type_name: str, **values: Any) -> Entity:
    return Entity({"__entity_type__": type_name, **values})


_STATUSES = {name: _entity("Status", id=name, name=name) for name in STATUSES}
_PROJECT, _SHOT = _entity("Project", id="p", name="heron"), _entity("Shot", id="s", name="SH010")


def _named(task: Task) -> dict[str, Any]:
    return {"id": task.id, "name": task.id, "project_id": "p", "project": _PROJECT, "parent": _SHOT}


def _step(step: Step) -> dict[str, Any]:
    before = None if step.before is None else _STATUSES[step.before]
    ids = {"id": step.id, "status_id": step.after, "from_status_id": step.before}
    return {**ids, "date": _date(step.at), "user": None, "from_status": before, "status": _STATUSES[step.after]}


def _date(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _holds(row: Entity, condition: str | None) -> bool:
    if condition is None:
        return True
    if match := _AFTER.match(condition):
        name, moment, after = match.groups()
        return bool((row[name], row.id) > (_moment(moment), after))
    if match := _SINCE.match(condition):
        return bool(row[match[1]] >= _moment(match[2]))
    match = _IN.match(condition)
    assert match is not None, condition
    name, values, dated, moment = match.groups()
    return row[name] in re.findall(r'"(.*?)"', values) and (dated is None or row[dated] >= _moment(moment))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
