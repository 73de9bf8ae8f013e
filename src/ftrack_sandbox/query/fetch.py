"""The selected values: one statement per relation, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ftrack_sandbox.query.columns import Columns
from ftrack_sandbox.query.computed import COMPUTED, Reader
from ftrack_sandbox.query.custom_values import rows_of
from ftrack_sandbox.query.relations import members
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.selection import Selection
from ftrack_sandbox.query.sql import Sql, Statement, in_list, join
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, Computed
from ftrack_sandbox.store import Connection

Entity = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """The source of a selection's rows.

    Attributes:
        scope: The type and the alias of its table.
        tables: What follows ``FROM``.
        rest: What follows the tables: conditions, order and limit.
        statement: The statement that it is part of.
        owner: SQL of something to read beside each row, such as the key of who it belongs to.
    """

    scope: Scope
    tables: str
    rest: Sql
    statement: Statement
    owner: str = "NULL"


class Fetcher:
    """Reads entities in their wire form.

    Args:
        connection: Where to read.
        catalogue: The entity types.
        base_url: The server's address, for URLs.
        user_id: The user who asks, whose credentials URLs of files carry.
    """

    def __init__(self, connection: Connection, catalogue: Catalogue, *, base_url: str, user_id: str | None) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._reader = Reader(connection, base_url, user_id)

    def entities(self, chosen: Selection, source: Source) -> list[tuple[Any, Entity]]:
        """Return entities with the value of the source's ``owner``, in the source's order."""
        columns = Columns(self._catalogue, chosen, source.scope)
        owner = columns.place_expression(source.owner)
        computed = [
            (each, COMPUTED[each.name], columns.place(COMPUTED[each.name].needs(chosen.type)))
            for each in chosen.scalars.values()
            if isinstance(each.storage, Computed)
        ]
        related = [
            (attribute, below, columns.place("id") if attribute.is_many else columns.place_of(attribute))
            for attribute, below in chosen.related.values()
        ]
        select = f"SELECT {columns.text} FROM {source.tables} {source.rest.text}"
        cursor = source.statement.run(self._connection, Sql(select, source.rest.parameters))
        rows = cursor.fetchall()
        found = [columns.entity(row) for row in rows]
        for attribute, compute, place in computed:
            values = compute.values(self._reader, chosen.type, [row[place] for row in rows])
            self._set(found, attribute, values)
        for attribute, below, place in related:
            self._relate(found, [row[place] for row in rows], chosen, attribute, below)
        return [(row[owner], entity) for row, entity in zip(rows, found, strict=True)]

    def by_key(self, chosen: Selection, keys: Iterable[Any]) -> dict[Any, Entity]:
        """Return entities by their key; one of several parts is a tuple, or the first part alone."""
        wanted = list(keys)
        if not wanted:
            return {}
        statement = Statement()
        tables, scope = rows_of(chosen.type, statement)
        names = chosen.type.primary_key if isinstance(wanted[0], tuple) else chosen.type.primary_key[:1]
        tests = [_key_test(scope, names, wanted)]
        if chosen.is_cast:
            tests.append(scope.restriction(self._catalogue))
        condition = join("AND", tests)
        source = Source(scope, tables, Sql(f"WHERE {condition.text}", condition.parameters), statement)
        found = [entity for _, entity in self.entities(chosen, source)]
        if len(names) == 1:
            return {entity[names[0]]: entity for entity in found}
        return {chosen.type.key_of(entity): entity for entity in found}

    def _relate(
        self,
        found: Sequence[Entity],
        keys: Sequence[Any],
        chosen: Selection,
        attribute: Attribute,
        below: Selection,
    ) -> None:
        """Set a relation of all entities; ``keys`` are their own ids, or those of what they refer to."""
        present = dict.fromkeys(key for key in keys if key is not None)
        if not attribute.is_many:
            related = self.by_key(below, present)
            self._set(found, attribute, (related.get(key) for key in keys))
            return
        by_owner: dict[Any, list[Entity]] = {key: [] for key in present}
        for owner, member in self._members(chosen, attribute, below, list(present)):
            by_owner[owner].append(member)
        self._set(found, attribute, (by_owner[key] for key in keys))

    def _set(self, found: Iterable[Entity], attribute: Attribute, values: Iterable[Any]) -> None:
        """Set an attribute of those entities whose concrete type has it."""
        types = self._catalogue.types
        for entity, value in zip(found, values, strict=True):
            own = types[entity["__entity_type__"]].attributes.get(attribute.name)
            if own is not None and own.kind is attribute.kind:
                entity[attribute.name] = self._merge(entity.get(attribute.name), value)

    def _merge(self, known: Any, value: Any) -> Any:
        """Return what a relation leads to, which was read before too where it is cast in several ways."""
        if known is None or value is None:
            return known if value is None else value
        if isinstance(known, dict):
            return {**known, **value}
        members = {self._identity(each): each for each in known}
        for each in value:
            members[self._identity(each)] = {**members.get(self._identity(each), {}), **each}
        return list(members.values())

    def _identity(self, entity: Entity) -> tuple[Any, ...]:
        name = entity["__entity_type__"]
        return (name, *self._catalogue.types[name].key_of(entity))

    def _members(
        self, chosen: Selection, attribute: Attribute, below: Selection, keys: Sequence[Any]
    ) -> list[tuple[Any, Entity]]:
        if not keys:
            return []
        statement = Statement()
        both = members(self._catalogue, chosen.type, attribute, in_list(keys), statement)
        rest = Sql(f"WHERE {both.condition.text} ORDER BY {both.order}", both.condition.parameters)
        return self.entities(below, Source(both.member, both.source, rest, statement, both.owner))


def _key_test(scope: Scope, names: Sequence[str], keys: Sequence[Any]) -> Sql:
    """Return the condition that the key is one of some."""
    choice = in_list(keys)
    if len(names) == 1:
        return Sql(f"{scope.column(names[0])} IN {choice.text}", choice.parameters)
    columns = ", ".join(scope.column(name) for name in names)
    parts = ", ".join(f"json_extract(value, '$[{index}]')" for index in range(len(names)))
    return Sql(f"({columns}) IN (SELECT {parts} FROM json_each(?))", choice.parameters)
