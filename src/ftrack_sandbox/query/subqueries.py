"""Subqueries: the values that ``in (select ...)`` chooses from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.expression import Term
from ftrack_sandbox.query.names import known_path, known_type
from ftrack_sandbox.query.relations import members
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import Sql, joined
from ftrack_sandbox.query.terms import Terms
from ftrack_sandbox.schema.tables import quoted

if TYPE_CHECKING:
    from ftrack_sandbox.query.conditions import Conditions
    from ftrack_sandbox.query.expression import Query
    from ftrack_sandbox.schema.model import Attribute, EntityType


def found_by(conditions: Conditions, query: Query) -> str:
    """Name the values that a subquery selects, never null; without ``select`` they are the keys.

    Raises:
        ParseError: It selects several things, or groups.
        UnknownTypeError: Its type is unknown.
        UnknownAttributeError: An attribute is unknown.
        ValidationError: What it selects is computed by Python only.
    """
    if len(query.projections) > 1 or query.is_grouped:
        raise ParseError("A subquery selects one attribute, without functions", position=query.position)
    entity_type = known_type(conditions.catalogue, query.type_name, query.position)
    key = Term((entity_type.primary_key[0],), query.position)
    selected = query.projections[0] if query.projections else key
    steps = known_path(conditions.catalogue, entity_type, selected.path, selected.position)
    found = conditions.statement.subselect(_selected(conditions, query, entity_type, steps[0][1]))
    for index, (owner, attribute) in enumerate(steps):
        is_last = index + 1 == len(steps)
        # Rows on the way are told apart by number, since some types have keys of several parts.
        target = conditions.catalogue.types[attribute.target or owner.name]
        column = "sequence" if attribute.is_many and not is_last else target.primary_key[0]
        if attribute.is_many:
            found = _members(conditions, owner, attribute, found, column)
        if not is_last:
            found = _values(conditions, *steps[index + 1], found, column)
    return conditions.statement.subselect(Sql(f"SELECT id FROM {found} WHERE id IS NOT NULL"))


def matching(conditions: Conditions, query: Query, scope: Scope) -> Sql:
    """Return the condition on the rows of a query's type: what it asks for, and that they are of the type."""
    if query.criteria is None:
        return scope.restriction(conditions.catalogue, alone=True)
    criteria = conditions.write(query.criteria, scope)
    return joined("AND", [scope.restriction(conditions.catalogue), criteria])


def _selected(conditions: Conditions, query: Query, entity_type: EntityType, first: Attribute) -> Sql:
    """Return the select for the first step of the path: values, or keys of related or of owning entities."""
    scope = Scope(entity_type, conditions.statement.alias())
    terms = Terms(conditions.catalogue, conditions.statement, scope)
    value = _step(scope, first)
    condition = matching(conditions, query, scope)
    order = terms.order(query)
    source = f"{quoted(entity_type.table)} {scope.alias}{terms.joins}"
    text = f"SELECT {value} FROM {source} WHERE {condition.text}"
    if query.limit is None and not query.offset:
        return Sql(text, condition.parameters)
    limit = -1 if query.limit is None else query.limit
    return Sql(f"{text} ORDER BY {order} LIMIT ? OFFSET ?", (*condition.parameters, limit, query.offset))


def _members(conditions: Conditions, owner: EntityType, attribute: Attribute, keys: str, column: str) -> str:
    found = members(conditions.catalogue, owner, attribute, Sql(keys), conditions.statement)
    select = f"SELECT {found.member.column(column)} FROM {found.source} WHERE {found.condition.text}"
    return conditions.statement.subselect(Sql(select, found.condition.parameters))


def _values(conditions: Conditions, entity_type: EntityType, attribute: Attribute, keys: str, column: str) -> str:
    scope = Scope(entity_type, conditions.statement.alias())
    select = (
        f"SELECT {_step(scope, attribute)} FROM {quoted(entity_type.table)} {scope.alias} "
        f"WHERE {scope.column(column)} IN {keys}"
    )
    return conditions.statement.subselect(Sql(select))


def _step(scope: Scope, attribute: Attribute) -> str:
    """Return the value of a step: of a collection the owner's key, by which the members are then found."""
    return scope.column("id") if attribute.is_many else scope.expression(attribute)
