"""Loading: what a whole batch of runs needs to know, read in one request, and in a second one what depends on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from callboard.changes import Change, Entity, Workflow
from callboard.engine.running.queries import chunks, query_groups
from callboard.errors import Refused
from callboard.ftrack import COMPOSITE_KEYS, Ftrack, ids
from callboard.registry import Related, Trigger
from callboard.studio.workflow import OBJECT_TYPES, WORKFLOW_READS, workflow_of

#: Where an entity's status is, for the changes that are about it.
_STATUS = "status.name"


def load(
    ftrack: Ftrack, trigger: Trigger, changes: Sequence[Change], missing: Collection[str] = ()
) -> list[Change | None]:
    """Read what an automation asked for about some changes.

    Args:
        ftrack: Where.
        trigger: The automation.
        changes: As the inbox knows them.
        missing: Types that do not exist there; what is looked up of them stays empty.

    Returns:
        Each change with entity, related, workflow and status_now; None in the place of one whose entity no longer
        exists.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not understand what the automation reads, or a path of it leads nowhere.
    """
    # A link is one value to ftrack, though it is made of ids and names.
    paths = {"link" if related.of.startswith("link.") else related.of for related in trigger.related.values()}
    status = {_STATUS} if trigger.kind == "status" else set()
    reads = sorted({"id", *trigger.reads, *paths, *status} - {""})
    wanted = {change.entity_id for change in changes}
    projects = {change.project_id for change in changes if change.project_id} if trigger.workflow else set()
    entities, projects_read, object_types = query_groups(
        ftrack,
        [
            _by(trigger.entity_type, "id", wanted, reads),
            _by("Project", "id", projects, WORKFLOW_READS),
            [OBJECT_TYPES] if projects else [],
        ],
    )
    there = {entity.id: entity for entity in entities}
    allowed = {project.id: workflow_of(project, object_types) for project in projects_read}
    known = {name: related for name, related in trigger.related.items() if related.type not in missing}
    related = _related(ftrack, known, there)
    empty: dict[str, list[Entity]] = {name: [] for name in trigger.related.keys() - known.keys()}
    return [
        replace(
            change,
            entity=there[change.entity_id],
            related=related[change.entity_id] | empty,
            workflow=allowed.get(change.project_id or "", Workflow()),
            status_now=there[change.entity_id].at(_STATUS) if status else None,
        )
        if change.entity_id in there
        else None
        for change in changes
    ]


def values_at(entity: Entity, path: str) -> set[str]:
    """Return every value at a dotted path, through collections as well, without those that are missing.

    An empty path yields the same value for every entity, so a look-up without a key matches all.

    Raises:
        Refused: The path leads through a value that is not an entity.
    """
    if not path:
        return {""}
    reached: list[Any] = [entity]
    for name in path.split("."):
        reached = [
            value
            for item in reached
            for step in [_step(item, name, path)]
            for value in (step if isinstance(step, list) else [step])
            if value is not None
        ]
    return {str(value) for value in reached}


def _step(item: Any, name: str, path: str) -> Any:
    if not isinstance(item, Mapping):
        raise Refused(f"The look-up by {path} does not work: {name} is asked of {item!r}, which is not an entity.")
    return item[name]


def _related(
    ftrack: Ftrack, wanted: Mapping[str, Related], there: Mapping[str, Entity]
) -> dict[str, dict[str, list[Entity]]]:
    """Return the related look-ups of every entity, by its id."""
    keys = {
        name: {entity_id: values_at(entity, related.of) for entity_id, entity in there.items()}
        for name, related in wanted.items()
    }
    expressions = [
        _by(related.type, related.by, set().union(*keys[name].values()), related.reads, related.where)
        for name, related in wanted.items()
    ]
    found: dict[str, dict[str, list[Entity]]] = {entity_id: {} for entity_id in there}
    for (name, related), rows in zip(wanted.items(), query_groups(ftrack, expressions), strict=True):
        by_value: dict[str, list[Entity]] = defaultdict(list)
        for row in rows:
            for value in values_at(row, related.by):
                by_value[value].append(row)
        for entity_id, values in keys[name].items():
            # A row that several values lead to is one row.
            found[entity_id][name] = list(
                {row.get("id", id(row)): row for value in values for row in by_value[value]}.values()
            )
    return found


def _by(entity_type: str, attribute: str, values: Collection[str], reads: Iterable[str], where: str = "") -> list[str]:
    """Return the queries for the rows whose attribute has one of these values; none for no values."""
    compared = [f"{attribute} in {ids(chunk)}" if attribute else "" for chunk in chunks(sorted(values))]
    projections = ", ".join(filter(None, dict.fromkeys([attribute, *reads])))
    order = "" if entity_type in COMPOSITE_KEYS else " order by id"
    conditions = [" and ".join(filter(None, [each, where and f"({where})"])) for each in compared]
    return [f"select {projections} from {entity_type}{each and f' where {each}'}{order}" for each in conditions]
