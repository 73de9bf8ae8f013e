"""Queries with aggregates: ``select count(id), sum(bid) from Task group by status_id``."""

from __future__ import annotations

from typing import Any

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.expression import Query, Term
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import Sql, Statement
from ftrack_sandbox.query.terms import Terms
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute
from ftrack_sandbox.schema.values import on_wire
from ftrack_sandbox.store import Connection

_NUMBERS = ("integer", "number", "variable")


class Grouping:
    """A grouped query: one plain row per group, with the group's attributes and ``<function>_<attribute>``."""

    def __init__(self, catalogue: Catalogue, statement: Statement, scope: Scope, table: str, query: Query) -> None:
        self._table = table
        self._scope = scope
        self._statement = statement
        self._query = query
        self._terms = Terms(catalogue, statement, scope)
        paths = {term.path for term in query.group}
        for term in query.projections:
            if term.function is None and term.path not in paths:
                name = ".".join(term.path)
                raise ParseError(f"{name!r} is selected, but not grouped by", position=term.position)
        terms = [*query.group, *(term for term in query.projections if term.function)]
        self._columns = {term.name: self._column(term) for term in terms}

    def rows(self, connection: Connection, condition: Sql, limit: int) -> list[dict[str, Any]]:
        """Return the rows of the groups whose entities fulfil a condition, at most ``limit`` (-1: all)."""
        columns = ", ".join(expression for expression, _ in self._columns.values())
        groups = ", ".join(self._terms.write(term)[0] for term in self._query.group)
        # Groups come in the order of their first entities, unless something else is asked for.
        order = ", ".join([*self._order(), f"min({self._scope.column('sequence')})"])
        grouping = f"GROUP BY {groups} " if groups else ""
        table = f"{self._table}{self._terms.joins}"
        select = Sql(
            f"SELECT {columns} FROM {table} WHERE {condition.text} {grouping}ORDER BY {order} LIMIT ? OFFSET ?",
            (*condition.parameters, limit, self._query.offset),
        )
        shown = [(name, attribute) for name, (_, attribute) in self._columns.items()]
        return [
            {
                name: value if attribute is None else on_wire(attribute, value)
                for (name, attribute), value in zip(shown, row, strict=True)
            }
            for row in self._statement.run(connection, select)
        ]

    def _order(self) -> list[str]:
        parts = []
        for each in self._query.order:
            column = self._columns.get(each.term.name)
            if column is None:
                raise ParseError(f"{each.term.name!r} is neither grouped by nor selected", position=each.term.position)
            parts.append(f"{column[0]}{' DESC' if each.descending else ''}")
        return parts

    def _column(self, term: Term) -> tuple[str, Attribute | None]:
        """Return the SQL of a column, and the attribute whose form its values have, if they have one."""
        expression, attribute = self._terms.write(term)
        if term.function is None:
            return expression, attribute
        if term.function in ("sum", "avg") and attribute.value_type not in _NUMBERS:
            raise ParseError(f"{term.function!r} is for numbers, which {attribute.name} is not", position=term.position)
        shown = attribute if term.function in ("min", "max") else None
        return f"{term.function}({expression})", shown
