"""Custom attribute values of an entity: one per configuration that applies, stored or its default.

Which configurations apply is what the official client's factory.py expects: those of the entity's own
kind (for typed contexts of its object type), and hierarchical ones on projects, typed contexts, assets
and versions; those of one project only within it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ftrack_sandbox.query.pairs import Pairs
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import ALWAYS, Statement
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.schema.tables import quote

#: By table of the owner, whose row is {o}: when a configuration {c} is for that kind of entity, and SQL of
#: the owner's project.
_OF_ASSET: Final = (
    '(SELECT x."project_id" FROM "Asset" a JOIN "Context" x ON x."id" = a."context_id" WHERE a."id" = {asset})'
)
_HIERARCHICAL: Final = '{c}."is_hierarchical"'
_KINDS: Final[Mapping[str, str]] = {
    "Context": (
        """({c}."entity_type" = 'show' AND {o}."context_type" = 'show'"""
        """ OR {c}."entity_type" = 'task' AND {c}."object_type_id" = {o}."object_type_id" OR """
        f"{_HIERARCHICAL})"
    ),
    "Asset": f"""({{c}}."entity_type" = 'asset' OR {_HIERARCHICAL})""",
    "AssetVersion": f"""({{c}}."entity_type" = 'assetversion' OR {_HIERARCHICAL})""",
    "List": """{c}."entity_type" = 'list'""",
    "ListObject": """{c}."entity_type" = 'listobject'""",
    "Resource": """{c}."entity_type" = 'user'""",
}
_PROJECTS: Final[Mapping[str, str]] = {
    "Context": '{o}."project_id"',
    "Asset": _OF_ASSET.replace("{asset}", '{o}."id"'),
    "AssetVersion": _OF_ASSET.replace("{asset}", '{o}."asset_id"'),
    "List": '{o}."project_id"',
    "ListObject": "NULL",
    "Resource": "NULL",
}
_HIERARCHICAL_OWNERS: Final = ("Context", "Asset", "AssetVersion")
_KIND_OF_VALUE: Final = '(SELECT t."name" FROM "CustomAttributeType" t WHERE t."id" = {c}."type_id")'


def dense_values(owner: EntityType, target: EntityType, statement: Statement) -> Pairs:
    """Return the owners of a type and all their custom attribute values."""
    o, c, v = statement.alias(), statement.alias(), statement.alias()
    kind = _KINDS[owner.table].format(c=c, o=o)
    project = _PROJECTS[owner.table].format(o=o)
    source = (
        f'{quote(owner.table)} {o} JOIN "CustomConfigurationBase" {c} ON {c}."kind" = \'value\' AND {kind} '
        f'AND ({c}."project_id" IS NULL OR {c}."project_id" = {project}) '
        f'LEFT JOIN "CustomAttributeValue" {v} '
        f'ON {v}."configuration_id" = {c}."id" AND {v}."entity_id" = {o}."id"'
    )
    assert target.restriction is not None
    overrides = {
        "owner": f"'{target.restriction[1][0]}'",
        "configuration_id": f'{c}."id"',
        "entity_id": f'{o}."id"',
        "key": f'{c}."key"',
        "value": f'CASE WHEN {v}."sequence" IS NULL THEN {c}."default" ELSE {v}."value" END',
        "value_kind": _KIND_OF_VALUE.format(c=c),
    }
    return Pairs(source, Scope(target, v, overrides), f'{o}."id"', ALWAYS, f'{c}."sequence"')


def rows_of(entity_type: EntityType, statement: Statement) -> tuple[str, Scope]:
    """Return what follows ``FROM`` for the rows of an entity type, and the scope in which they stand.

    The values of one kind of owner are more than what is stored: a hierarchical attribute that is not set has its
    default there, as one report about a real server says. The general ``CustomAttributeValue`` is only what is stored.
    """
    alias = statement.alias()
    plain = f"{quote(entity_type.table)} {alias}", Scope(entity_type, alias)
    if entity_type.table != "CustomAttributeValue" or entity_type.restriction is None:
        return plain
    owner = entity_type.restriction[1][0]
    if owner not in _HIERARCHICAL_OWNERS:
        return plain
    o, c = statement.alias(), statement.alias()
    project = _PROJECTS[owner].format(o=o)
    counts = f'{c}."is_hierarchical" AND ({c}."project_id" IS NULL OR {c}."project_id" = {project})'
    source = (
        f'"CustomConfigurationBase" {c} JOIN {quote(owner)} {o} LEFT JOIN "CustomAttributeValue" {alias} '
        f'ON {alias}."configuration_id" = {c}."id" AND {alias}."entity_id" = {o}."id" '
        f'JOIN (SELECT 1) ON {alias}."sequence" IS NOT NULL OR {counts}'
    )
    overrides = {
        "owner": f"'{owner}'",
        "configuration_id": f'{c}."id"',
        "entity_id": f'{o}."id"',
        "key": f'{c}."key"',
        "value": f'CASE WHEN {alias}."sequence" IS NULL THEN {c}."default" ELSE {alias}."value" END',
        "value_kind": _KIND_OF_VALUE.format(c=c),
        "sequence": f'{o}."sequence" * 1048576 + {c}."sequence"',
    }
    return source, Scope(entity_type, alias, overrides)


def value_on_wire(value: Any, kind: str | None) -> Any:
    """Return a stored value of a custom attribute as clients get it.

    Args:
        value: As stored.
        kind: Name of the configuration's type: ``boolean``, ``date``, ``enumerator``, ...
    """
    if value is None or kind is None:
        return value
    if kind == "boolean":
        return bool(value)
    if value == "" and kind in ("number", "date"):
        return None
    if kind == "date":
        return {"__type__": "datetime", "value": value}
    if "enumerator" in kind and isinstance(value, str) and value.startswith("["):
        return json.loads(value)
    return value
