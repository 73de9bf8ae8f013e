"""Criteria, with the subqueries of ``in (select ...)``, as SQL.

Comparisons with null are as in SQL: neither ``=`` nor ``!=`` holds for an attribute without value, and
``is none`` asks for exactly that. A path through relations holds if any entity at its end fulfils the
comparison; its opposite holds if none does, even if there is no entity at all (our choice).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.custom_values import rows_of
from ftrack_sandbox.query.expression import (
    Combined,
    Comparison,
    Criteria,
    Membership,
    Not,
    Path,
    Query,
    Related,
    Term,
    Value,
)
from ftrack_sandbox.query.literals import literal, readings
from ftrack_sandbox.query.names import is_cast, known_attribute, known_path, known_type, with_key_of_cast
from ftrack_sandbox.query.relations import having, members
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import Sql, Statement, in_list, join
from ftrack_sandbox.query.terms import Terms
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, EntityType
from ftrack_sandbox.schema.tables import quote

#: Parentheses within parentheses that SQLite's parser surely takes.
_DEEPEST_NESTING: Final = 8

_PARENTHESES: Final = re.compile("[()]")

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "like": "not_like"}
_OPPOSITES["not_like"] = "like"


class Conditions:
    """Writes the criteria of one statement."""

    def __init__(self, catalogue: Catalogue, statement: Statement) -> None:
        self.catalogue = catalogue
        self.statement = statement

    def write(self, criteria: Criteria, scope: Scope, *, negated: bool = False) -> Sql:
        """Return criteria as an SQL condition on the rows of a scope.

        A ``not`` is carried down to the single comparisons, where the opposite of each is clear.

        Raises:
            ParseError: A value or a relation is used in a wrong way; says where.
            UnknownAttributeError: An attribute is unknown.
            UnknownTypeError: The type of a subquery is unknown.
            ValidationError: Something cannot be compared.
        """
        criteria = self._without_cast(criteria)
        if isinstance(criteria, Not):
            return self.write(criteria.criteria, scope, negated=not negated)
        if isinstance(criteria, Combined):
            word = "AND" if (criteria.word == "and") is not negated else "OR"
            parts = [self.write(part, scope, negated=negated) for part in criteria.parts]
            return self._flat(join(word, parts), scope)
        if len(criteria.path) > 1:
            return self._along_path(criteria, scope, negated=negated)
        attribute = known_attribute(self.catalogue, scope.type, criteria.path[0], criteria.position)
        if isinstance(criteria, Related):
            return self._write_related(criteria, attribute, scope, negated=negated)
        if isinstance(criteria, Membership):
            return self._membership(criteria, attribute, scope, negated=negated)
        operator = _OPPOSITES[criteria.operator] if negated else criteria.operator
        return self._comparison(attribute, operator, criteria.value, scope)

    def _without_cast(self, criteria: Criteria) -> Criteria:
        """Return criteria on a relation that is cast (``parent[Shot] is none``) in terms of what it leads to."""
        if not isinstance(criteria, Comparison | Membership) or not is_cast(criteria.path[-1]):
            return criteria
        if isinstance(criteria, Comparison) and criteria.value.is_none:
            related = Related(criteria.path, "has", None, criteria.position)
            return Not(related) if criteria.operator == "=" else related
        return _with_path(criteria, with_key_of_cast(self.catalogue, criteria.path, criteria.position))

    def _flat(self, condition: Sql, scope: Scope) -> Sql:
        """Move a condition that nests deep into a subselect; without ``not`` above, null is as good as no."""
        if scope.overrides or _nesting(condition.text) < _DEEPEST_NESTING:
            return condition
        table = f"{quote(scope.type.table)} {scope.alias}"
        select = Sql(
            f'SELECT {scope.alias}."sequence" FROM {table} WHERE {condition.text}',
            condition.parameters,
        )
        return Sql(f'{scope.alias}."sequence" IN {self.statement.subselect(select)}')

    def _along_path(self, criteria: Comparison | Membership | Related, scope: Scope, *, negated: bool) -> Sql:
        """Follow the first step of a path; the rest are criteria on what it leads to."""
        first, rest = criteria.path[0], criteria.path[1:]
        attribute = known_attribute(self.catalogue, scope.type, first, criteria.position)
        if attribute.target is None:
            raise ParseError(
                f"{scope.type.name}.{first} is a value, it has no attribute {rest[0]!r}",
                position=criteria.position,
            )
        step = partial(self.write, _with_path(criteria, rest))
        return having(self.catalogue, scope, attribute, step, self.statement, negated=negated)

    def _write_related(self, criteria: Related, attribute: Attribute, scope: Scope, *, negated: bool) -> Sql:
        if attribute.target is None:
            raise ParseError(
                f"{scope.type.name}.{attribute.name} is a value, not a relation", position=criteria.position
            )
        wanted = "any" if attribute.is_many else "has"
        if criteria.quantifier != wanted:
            kind = "a collection" if attribute.is_many else "one entity"
            raise ParseError(
                f"{scope.type.name}.{attribute.name} is {kind}: use {wanted!r}", position=criteria.position
            )
        inner = criteria.criteria
        step = (lambda _: Sql("1")) if inner is None else partial(self.write, inner)
        return having(self.catalogue, scope, attribute, step, self.statement, negated=negated)

    def _membership(self, criteria: Membership, attribute: Attribute, scope: Scope, *, negated: bool) -> Sql:
        expression = scope.expression(attribute)
        negated = criteria.negated is not negated
        if isinstance(criteria.among, Query):
            found = _found_by(self, criteria.among)
            return Sql(f"{expression} {'NOT IN' if negated else 'IN'} {found}")
        values = [value for value in criteria.among if not value.is_none]
        test = _among(attribute, values, expression, negated=negated)
        if len(values) == len(criteria.among):
            return test
        empty = Sql(f"{expression} IS {'NOT ' if negated else ''}NULL")
        return join("AND" if negated else "OR", [test, empty])

    def _comparison(self, attribute: Attribute, operator: str, value: Value, scope: Scope) -> Sql:
        expression = scope.expression(attribute)
        if value.is_none:
            if operator not in ("=", "!="):
                raise ParseError(
                    f"{attribute.name} can only be compared with none by 'is none' and 'is_not none'",
                    position=value.position,
                )
            return Sql(f"{expression} IS {'NOT ' if operator == '!=' else ''}NULL")
        if operator in ("like", "not_like"):
            return _like(expression, value.text, negated=operator == "not_like")
        if operator in ("=", "!=") and attribute.value_type == "variable":
            return _among(attribute, [value], expression, negated=operator == "!=")
        if attribute.value_type == "variable":
            return _variable_order(expression, operator, value)
        return Sql(f"{expression} {operator} ?", (literal(attribute, value),))


def matching(conditions: Conditions, query: Query, scope: Scope) -> Sql:
    """Return the condition on the rows of a query's type: what it asks for, and that they are of the type."""
    if query.criteria is None:
        return scope.restriction(conditions.catalogue, alone=True)
    criteria = conditions.write(query.criteria, scope)
    return join("AND", [scope.restriction(conditions.catalogue), criteria])


def _with_path(criteria: Comparison | Membership | Related, path: Path) -> Criteria:
    # Three calls, since the type checker cannot follow one for all.
    if isinstance(criteria, Comparison):
        return replace(criteria, path=path)
    if isinstance(criteria, Membership):
        return replace(criteria, path=path)
    return replace(criteria, path=path)


def _nesting(text: str) -> int:
    depth = deepest = 0
    for sign in _PARENTHESES.findall(text):
        depth += 1 if sign == "(" else -1
        deepest = max(deepest, depth)
    return deepest


def _among(attribute: Attribute, values: Sequence[Value], expression: str, *, negated: bool) -> Sql:
    if attribute.value_type == "variable":
        choice = in_list(each for value in values for each in readings(value))
    else:
        choice = in_list(literal(attribute, value) for value in values)
    return Sql(f"{expression} {'NOT IN' if negated else 'IN'} {choice.text}", choice.parameters)


def _variable_order(expression: str, operator: str, value: Value) -> Sql:
    """Compare a custom attribute's value with one of the same kind: a number with numbers, a text with texts."""
    wanted = readings(value)[-1]
    kinds = "'text'" if isinstance(wanted, str) else "'integer', 'real'"
    return Sql(f"(typeof({expression}) IN ({kinds}) AND {expression} {operator} ?)", (wanted,))


def _like(expression: str, pattern: str, *, negated: bool) -> Sql:
    backslashes = len(pattern) - len(pattern.rstrip("\\"))
    if backslashes % 2:
        # An escape that escapes nothing is a backslash.
        pattern += "\\"
    word = "NOT LIKE" if negated else "LIKE"
    if pattern.isascii():
        return Sql(f"{expression} {word} ? ESCAPE '\\'", (pattern,))
    # SQLite knows the two cases of ASCII letters only.
    return Sql(f"casefolded({expression}) {word} casefolded(?) ESCAPE '\\'", (pattern,))


def _found_by(conditions: Conditions, query: Query) -> str:
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
    path = with_key_of_cast(conditions.catalogue, selected.path, selected.position)
    steps = known_path(conditions.catalogue, entity_type, path, selected.position)
    found = conditions.statement.subselect(_select(conditions, query, entity_type, steps[0][1]))
    for index, (owner, attribute) in enumerate(steps):
        is_last = index + 1 == len(steps)
        # Rows on the way are identified by number, since some types have keys with several parts.
        target = conditions.catalogue.types[attribute.target or owner.name]
        column = "sequence" if attribute.is_many and not is_last else target.primary_key[0]
        if attribute.is_many:
            found = _members(conditions, owner, attribute, found, column)
        if not is_last:
            found = _values(conditions, *steps[index + 1], found, column)
    return conditions.statement.subselect(Sql(f"SELECT id FROM {found} WHERE id IS NOT NULL"))


def _select(conditions: Conditions, query: Query, entity_type: EntityType, first: Attribute) -> Sql:
    """Return the select for the first step of the path: values, or keys of related or of owning entities."""
    rows, scope = rows_of(entity_type, conditions.statement)
    terms = Terms(conditions.catalogue, conditions.statement, scope)
    value = _step(scope, first)
    condition = matching(conditions, query, scope)
    order = terms.order(query)
    source = f"{rows}{terms.joins}"
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
    test = join("AND", [Sql(f"{scope.column(column)} IN {keys}"), scope.restriction(conditions.catalogue)])
    select = f"SELECT {_step(scope, attribute)} FROM {quote(entity_type.table)} {scope.alias} WHERE {test.text}"
    return conditions.statement.subselect(Sql(select, test.parameters))


def _step(scope: Scope, attribute: Attribute) -> str:
    """Return the value of a step: of a collection the owner's key, by which the members are then found."""
    return scope.column("id") if attribute.is_many else scope.expression(attribute)
