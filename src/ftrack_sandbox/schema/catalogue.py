"""The catalogue of all entity types, their hierarchy and their tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from ftrack_sandbox.errors import UnknownAttributeError, UnknownTypeError
from ftrack_sandbox.schema.model import Attribute, EntityType, Reverse, Through
from ftrack_sandbox.schema.object_types import ObjectTypeRow, name_of_tasks, typed_contexts, with_tasks_called


@dataclass(frozen=True)
class Table:
    """A table of the database: every column of the types that live in it.

    Attributes:
        name: Its name, that of the family's first type.
        columns: The attribute stored in each column.
        primary_key: Columns that identify a row.
        indexed: Columns with an index of their own.
    """

    name: str
    columns: Mapping[str, Attribute]
    primary_key: tuple[str, ...]
    indexed: tuple[str, ...]


class Catalogue:
    """All entity types of a server at one moment; it does not change, a new one is made instead."""

    def __init__(self, types: Iterable[EntityType]) -> None:
        self.types: Mapping[str, EntityType] = MappingProxyType({each.name: each for each in types})
        self._subtypes: dict[str, list[EntityType]] = {}
        # Asked for with every relation that is read.
        self._discriminators: dict[str, tuple[str, ...]] = {}
        for each in self.types.values():
            if each.base is not None and each.restriction is not None:
                self._subtypes.setdefault(each.base, []).append(each)

    def type(self, name: str) -> EntityType:
        """Return the type that clients know by that name.

        Raises:
            UnknownTypeError: There is none.
        """
        found = self.types.get(name) if isinstance(name, str) else None
        if found is None or found.hidden:
            raise UnknownTypeError(f"There is no entity type {name!r}.")
        return found

    def attribute(self, name: str, attribute_name: str) -> Attribute:
        """Return an attribute of a type or, when it has none of that name, of a subtype.

        ftrack's documentation asks for ``resource.username``, which only the ``User`` among resources has.

        Raises:
            UnknownAttributeError: There is none, or clients may not see it.
        """
        if self.types[name].shows(attribute_name):
            return self.types[name].attributes[attribute_name]
        found = [each.attributes[attribute_name] for each in self.relatives(name) if each.shows(attribute_name)]
        if not found:
            raise UnknownAttributeError(f"{name} has no attribute {attribute_name!r}.")
        # Of a project's status, which is a text, and a task's, which is an entity, the latter is meant.
        return next((each for each in found if each.target is not None), found[0])

    def is_kind(self, name: str, base: str) -> bool:
        """Return whether a type is another one or a subtype of it, at any distance."""
        current: str | None = name
        while current is not None and current != base:
            current = self.types[current].base
        return current == base

    def family(self, name: str) -> str:
        """Return the most general type whose rows are in the same table for the same reason (``Context``)."""
        while (base := self.types[name].base) is not None:
            name = base
        return name

    def relatives(self, name: str) -> list[EntityType]:
        """Return a type and all its subtypes, the general before the special."""
        found = [self.types[name]]
        for each in self._subtypes.get(name, ()):
            found.extend(self.relatives(each.name))
        return found

    def concrete(self, name: str, row: Mapping[str, Any]) -> EntityType:
        """Return the most special type of a row read as type ``name`` (a ``Shot`` read as ``Context``)."""
        found = self.types[name]
        for each in self._subtypes.get(name, ()):
            assert each.restriction is not None
            attribute, values = each.restriction
            if row[attribute] in values:
                return self.concrete(each.name, row)
        return found

    def discriminators(self, name: str) -> tuple[str, ...]:
        """Return the attributes that :meth:`concrete` reads for rows of that type."""
        known = self._discriminators.get(name)
        if known is None:
            names: dict[str, None] = {}
            for each in self._subtypes.get(name, ()):
                assert each.restriction is not None
                names[each.restriction[0]] = None
                names.update(dict.fromkeys(self.discriminators(each.name)))
            known = self._discriminators[name] = tuple(names)
        return known

    def restrictions(self, name: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return the attributes that tell the type's rows from others in the table, each with the values allowed."""
        found: list[tuple[str, tuple[str, ...]]] = []
        current: str | None = name
        while current is not None:
            entity_type = self.types[current]
            if entity_type.restriction is not None:
                found.append(entity_type.restriction)
            current = entity_type.base
        return found

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables that store the types, by name."""
        columns: dict[str, dict[str, Attribute]] = {}
        keys: dict[str, tuple[str, ...]] = {}
        indexed: dict[str, set[str]] = {each.table: set() for each in self.types.values()}
        for each in self.types.values():
            keys.setdefault(each.table, each.primary_key)
            own = columns.setdefault(each.table, {})
            for attribute in each.attributes.values():
                if attribute.is_stored:
                    own.setdefault(str(attribute.column), attribute)
                    # What queries filter, join or order by often enough.
                    if attribute.format in ("foreign_key", "date-time"):
                        indexed[each.table].add(str(attribute.column))
                elif isinstance(attribute.storage, Reverse):
                    indexed[self.types[str(attribute.target)].table].add(attribute.storage.column)
                elif isinstance(attribute.storage, Through):
                    link = self.types[attribute.storage.link].table
                    indexed[link] |= {attribute.storage.owner, attribute.storage.member}
        return {
            name: Table(name, own, keys[name], tuple(sorted(indexed[name] - {keys[name][0]})))
            for name, own in columns.items()
        }

    def with_object_types(self, rows: Iterable[ObjectTypeRow]) -> Catalogue:
        """Return a catalogue with exactly one typed context type per row of ``ObjectType``.

        Raises:
            ValidationError: An object type has the name of another entity type, or none.
        """
        general = self.types["TypedContext"]
        others = {name: each for name, each in self.types.items() if each.base != general.name}
        kinds = typed_contexts(general, rows, taken=others)
        tasks = name_of_tasks(kinds)
        types = [*others.values(), *kinds]
        return Catalogue(types if tasks == "Task" else [with_tasks_called(tasks, each) for each in types])

    def as_json(self) -> list[dict[str, Any]]:
        """Return every schema that clients see, ordered by name."""
        return [each.as_json() for _, each in sorted(self.types.items()) if not each.hidden]

    @cached_property
    def hash(self) -> str:
        """The digest by which clients recognise a schema they have cached."""
        text = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
