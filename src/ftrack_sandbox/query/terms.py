"""Paths to one value per row, for ``order by`` and ``group by``: related rows are joined."""

from __future__ import annotations

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.expression import Path, Query, Term
from ftrack_sandbox.query.names import is_cast, known_path, with_key_of_cast
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import Sql, Statement
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute
from ftrack_sandbox.schema.tables import quote


class Terms:
    """Writes the terms of one select; afterwards ``joins`` is what they need after ``FROM``."""

    def __init__(self, catalogue: Catalogue, statement: Statement, scope: Scope) -> None:
        self.joins = ""
        self._catalogue = catalogue
        self._statement = statement
        self._scopes: dict[Path, Scope] = {(): scope}

    def write(self, term: Term) -> tuple[str, Attribute]:
        """Return the SQL of a term's value (without its function), and the attribute that it is.

        Raises:
            UnknownAttributeError: An attribute is unknown.
            ParseError: A step of the path is a collection or no relation.
            ValidationError: The value is computed by Python only.
        """
        scope = self._scopes[()]
        path = with_key_of_cast(self._catalogue, term.path, term.position)
        steps = known_path(self._catalogue, scope.type, path, term.position)
        for index, (entity_type, attribute) in enumerate(steps):
            if attribute.is_many:
                raise ParseError(
                    f"{entity_type.name}.{attribute.name} is a collection, which has no single value",
                    position=term.position,
                )
            if index + 1 < len(steps):
                scope = self._join(path[: index + 1], scope, attribute)
        attribute = steps[-1][1]
        return scope.expression(attribute), attribute

    def order(self, query: Query) -> str:
        """Return what follows ``ORDER BY``; rows that are equal in everything named stay in order of creation."""
        parts = [f"{self.write(each.term)[0]}{' DESC' if each.descending else ''}" for each in query.order]
        # The "+" keeps SQLite from reading all rows in their order when few of them are wanted.
        sign = "" if query.criteria is None else "+"
        return ", ".join([*parts, f"{sign}{self._scopes[()].column('sequence')}"])

    def _join(self, path: Path, scope: Scope, attribute: Attribute) -> Scope:
        if path not in self._scopes:
            target = self._catalogue.types[str(attribute.target)]
            found = Scope(target, self._statement.alias())
            key = found.column(target.primary_key[0])
            on = f"{key} = {scope.expression(attribute)}"
            if is_cast(path[-1]):
                test = found.restriction(self._catalogue, alone=True)
                rows = f"SELECT {key} FROM {quote(target.table)} {found.alias} WHERE {test.text}"
                on += f" AND {key} IN {self._statement.subselect(Sql(rows, test.parameters))}"
            self.joins += f" LEFT JOIN {quote(target.table)} {found.alias} ON {on}"
            self._scopes[path] = found
        return self._scopes[path]
