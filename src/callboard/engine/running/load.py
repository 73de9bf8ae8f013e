"""Loading everything that a whole batch needs: one request, and a second one for what depends on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from callboard.changes import Change, Entity, Workflow
from callboard.chunks import chunks
from callboard.engine.running.queries import query_groups
from callboard.errors import Refused
from callboard.ftrack import COMPOSITE_KEYS, PAGE, Ftrack, ids
from callboard.registry import Related, Trigger
from callboard.studio.workflow import OBJECT_TYPES, WORKFLOW_READS, workflow_of

#: Where an entity's status is, for the changes that are about it.
_STATUS = "status.name"
#: Changes of a batch for which look-ups are asked for together with the entities, by a subquery: somebody waits for the
#: few changes of a quiet hour, while a large batch has its ids compared directly, which costs ftrack less.
FEW = 50


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
    known = {name: related for name, related in trigger.related.items() if related.type not in missing}
    soon = {name: query for name, related in known.items() if (query := _without_entities(trigger, related, wanted))}
    entities, projects_read, object_types, *rows_read = query_groups(
        ftrack,
        [
            _by(trigger.entity_type, "id", wanted, reads),
            _by("Project", "id", projects, WORKFLOW_READS),
            [OBJECT_TYPES] if projects else [],
            *([query] for query in soon.values()),
        ],
    )
    there = {entity.id: entity for entity in entities}
    allowed = {project.id: workflow_of(project, object_types) for project in projects_read}
    keys = {
        name: {entity_id: values_at(entity, related.of) for entity_id, entity in there.items()}
        for name, related in known.items()
    }
    rows = dict(zip(soon, rows_read, strict=True))
    rows |= _related_rows(ftrack, {name: related for name, related in known.items() if name not in soon}, keys)
    found = {name: _match(known[name], rows[name], keys[name]) for name in known}
    empty: dict[str, list[Entity]] = {name: [] for name in trigger.related.keys() - known.keys()}
    return [
        replace(
            change,
            entity=there[change.entity_id],
            related={name: each[change.entity_id] for name, each in found.items()} | empty,
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
        raise Refused(
            f"The look-up by {path} does not work: {name} is requested from {item!r}, which is not an entity."
        )
    return item[name]


def _without_entities(trigger: Trigger, related: Related, wanted: Collection[str]) -> str | None:
    """Return the query for a look-up that can be made before the entities are known, or None when it cannot be."""
    if not related.by:
        return _by(related.type, "", {""}, related.reads, related.where)[0]
    if "." in related.of or len(wanted) > FEW:
        return None
    values = f"select {related.of} from {trigger.entity_type} where id in {ids(sorted(wanted))}"
    return _query(related.type, related.by, f"({values})", related.reads, related.where)


def _related_rows(
    ftrack: Ftrack, wanted: Mapping[str, Related], keys: Mapping[str, Mapping[str, set[str]]]
) -> dict[str, list[Entity]]:
    """Return the rows of each look-up, for the values that the entities have."""
    expressions = [
        _by(related.type, related.by, set().union(*keys[name].values()), related.reads, related.where)
        for name, related in wanted.items()
    ]
    return dict(zip(wanted, query_groups(ftrack, expressions), strict=True))


def _match(related: Related, rows: Sequence[Entity], keys: Mapping[str, set[str]]) -> dict[str, list[Entity]]:
    """Return the rows of a look-up that belong to each entity, by the entity's id."""
    by_value: dict[str, list[Entity]] = defaultdict(list)
    for row in rows:
        for value in values_at(row, related.by):
            by_value[value].append(row)
    return {
        # A row that several values lead to is one row.
        entity_id: list({row.get("id", id(row)): row for value in values for row in by_value[value]}.values())
        for entity_id, values in keys.items()
    }


def _by(entity_type: str, attribute: str, values: Collection[str], reads: Iterable[str], where: str = "") -> list[str]:
    """Return the queries for the rows whose attribute has one of these values; none for no values."""
    reads = tuple(reads)
    return [_query(entity_type, attribute, ids(chunk), reads, where) for chunk in chunks(sorted(values), PAGE)]


def _query(entity_type: str, attribute: str, values: str, reads: Iterable[str], where: str) -> str:
    """Return a query; without an attribute nothing is compared."""
    projections = ", ".join(filter(None, dict.fromkeys([attribute, *reads])))
    conditions = " and ".join(filter(None, [attribute and f"{attribute} in {values}", where and f"({where})"]))
    order = "" if entity_type in COMPOSITE_KEYS else " order by id"
    return f"select {projections} from {entity_type}{conditions and f' where {conditions}'}{order}"
