"""The columns that are read for a selection, and how a row becomes an entity in its wire form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ftrack_sandbox.query.custom_values import value_on_wire
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.selection import Selection
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, Computed, EntityType, Kind
from ftrack_sandbox.schema.values import on_wire

_Row = tuple[Any, ...]
_Sent = tuple[str, int, Callable[[_Row], Any] | None]


class Columns:
    """The columns to read for a selection.

    Besides what is selected, every entity carries its key, what its type always sends, and what tells its
    type. ``place`` says where in a row a value stands that is needed for something else.
    """

    def __init__(self, catalogue: Catalogue, chosen: Selection, scope: Scope) -> None:
        self._catalogue = catalogue
        self._scope = scope
        self._chosen = chosen
        self._family = catalogue.family(chosen.type.name)
        self._expressions: dict[str, int] = {}
        self._told_by = [self.place_expression(scope.column(name)) for name in catalogue.discriminators(self._family)]
        self._sent_by_kind: dict[_Row, tuple[str, list[_Sent]]] = {}
        for each in catalogue.relatives(self._family):
            for name in self._names(each):
                self._conversion(each.attributes[name])

    def _names(self, entity_type: EntityType) -> list[str]:
        """Return the attributes that are sent with entities of a concrete type."""
        own = self._chosen.type
        names = [*own.primary_key, *self._catalogue.discriminators(self._family), *entity_type.always]
        names += [name for name, each in self._chosen.scalars.items() if not _is_computed(each)]
        return [
            name
            for name in dict.fromkeys(names)
            if entity_type.shows(name) and entity_type.attributes[name].kind is Kind.SCALAR
        ]

    def place(self, name: str) -> int:
        """Return the index in a row of the value of an attribute, which may be a subtype's."""
        known = [each.attributes.get(name) for each in self._catalogue.relatives(self._family)]
        own = self._chosen.type.attributes.get(name)
        attribute = own or next(each for each in known if each is not None)
        return self.place_of(attribute)

    def place_of(self, attribute: Attribute) -> int:
        """Return the index in a row of an attribute's value, or of a reference's key."""
        return self.place_expression(self._scope.expression(attribute))

    def place_expression(self, expression: str) -> int:
        """Return the index in a row of any expression's value."""
        return self._expressions.setdefault(expression, len(self._expressions))

    @property
    def text(self) -> str:
        """The columns as they follow ``SELECT``."""
        return ", ".join(self._expressions)

    def entity(self, row: _Row) -> dict[str, Any]:
        """Return a row as an entity of its concrete type."""
        kind = tuple(row[index] for index in self._told_by)
        known = self._sent_by_kind.get(kind)
        if known is None:
            known = self._sent_by_kind[kind] = self._choose(kind)
        name, sent = known
        entity = {"__entity_type__": name}
        for attribute, index, convert in sent:
            entity[attribute] = row[index] if convert is None else convert(row)
        return entity

    def _choose(self, kind: _Row) -> tuple[str, list[_Sent]]:
        discriminators = dict(zip(self._catalogue.discriminators(self._family), kind, strict=True))
        concrete = self._catalogue.concrete(self._family, discriminators)
        if concrete.name == self._family:
            concrete = self._chosen.type
        attributes = [concrete.attributes[name] for name in self._names(concrete)]
        return concrete.name, [(each.name, self.place_of(each), self._conversion(each)) for each in attributes]

    def _conversion(self, attribute: Attribute) -> Callable[[_Row], Any] | None:
        """Return how the attribute's value is made from a row; None when it is sent as it is stored."""
        index = self.place_of(attribute)
        if attribute.value_type == "variable":
            kind = self.place("value_kind")
            return lambda row: value_on_wire(row[index], row[kind])
        if attribute.is_date or attribute.value_type == "boolean":
            return lambda row: on_wire(attribute, row[index])
        return None


def _is_computed(attribute: Attribute) -> bool:
    return isinstance(attribute.storage, Computed)
