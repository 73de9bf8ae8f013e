"""The owners of entities: a version's asset, an asset's shot, a shot's sequence.

The schema's declarations say who owns whom; here it is worked out once per catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Final
from weakref import WeakKeyDictionary

from ftrack_sandbox.operations.layout import Layout, Referrer
from ftrack_sandbox.operations.records import Record, Records
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, DenseValues, EntityType, Reverse, Through, Tie

#: Tables with rows that can be hidden from a user in the first place: projects, and custom attributes.
_HIDEABLE: Final = ("Context", "CustomConfigurationBase")


class Hierarchy:
    """The entities that belong to others.

    Attributes:
        owners: By table: the columns that name a row's owner, of which the first that is set counts.
    """

    def __init__(self, layout: Layout) -> None:
        self._catalogue = layout.catalogue
        self._named_by: dict[tuple[str, str], tuple[str, ...]] = {}
        self._columns = {
            table: [each for each in columns if each.tie in (Tie.OWNER, Tie.CASCADE)]
            for table, columns in layout.columns_with_ids.items()
        }
        self.owners = {
            table: tuple(dict.fromkeys(each.column for each in columns if each.tie is Tie.OWNER))
            for table, columns in self._columns.items()
        }

    @cached_property
    def owning(self) -> tuple[str, ...]:
        """The types that own anything."""
        named = [each.target for columns in self._columns.values() for each in columns if each.tie is Tie.OWNER]
        return tuple(dict.fromkeys([each for each in named if each is not None]))

    def named_by(self, table: str, column: str) -> tuple[str, ...]:
        """Return the most general types that have a collection of the table's rows which name them in a column."""
        if (table, column) not in self._named_by:
            types = self._catalogue.types.values()
            found = [
                each.name
                for each in types
                if any(self._is_kept_by(attribute, table, column) for attribute in each.attributes.values())
            ]
            self._named_by[table, column] = tuple(
                name for name in found if self._catalogue.types[name].base not in found
            )
        return self._named_by[table, column]

    @cached_property
    def belongings(self) -> Mapping[str, tuple[str, ...]]:
        """The tables with rows that can be hidden: the columns that name what such a row belongs to."""
        hideable = set(_HIDEABLE)
        while more := {table for table in self._columns if self._hanging(table, hideable)} - hideable:
            hideable |= more
        return {table: self._hanging(table, hideable) for table in sorted(hideable)}

    @cached_property
    def holders(self) -> tuple[str, ...]:
        """Those of the tables with rows that others belong to, each after the tables it belongs to."""
        before = {table: set(self._tables_above(table)) & self.belongings.keys() - {table} for table in self.belongings}
        named = {above for table in self.belongings for above in self._tables_above(table)}
        single = {table for table in named if self._catalogue.tables[table].primary_key == ("id",)}
        return tuple(table for table in TopologicalSorter(before).static_order() if table in single)

    def _hanging(self, table: str, among: set[str]) -> tuple[str, ...]:
        found = [each.column for each in self._columns[table] if each.target is None or self._table(each) in among]
        return tuple(dict.fromkeys(found))

    def _tables_above(self, table: str) -> Iterator[str]:
        for each in self._columns[table]:
            if each.target is not None:
                yield str(self._table(each))
            else:
                yield from (self._catalogue.types[name].table for name in self.named_by(table, each.column))

    def _table(self, column: Referrer) -> str | None:
        return self._catalogue.types[column.target].table if column.target is not None else None

    def _is_kept_by(self, attribute: Attribute, table: str, column: str) -> bool:
        storage = attribute.storage
        if isinstance(storage, Through):
            return (storage.link, storage.owner) == (table, column)
        if attribute.target is None or self._catalogue.types[attribute.target].table != table:
            return False
        return isinstance(storage, DenseValues) or (isinstance(storage, Reverse) and storage.column == column)


_hierarchies: WeakKeyDictionary[Catalogue, Hierarchy] = WeakKeyDictionary()


def hierarchy_of(layout: Layout) -> Hierarchy:
    """Return the hierarchy of a catalogue's types, worked out once."""
    found = _hierarchies.get(layout.catalogue)
    if found is None:
        found = _hierarchies[layout.catalogue] = Hierarchy(layout)
    return found


def owner_of(records: Records, layout: Layout, entity_type: EntityType, row: Mapping[str, Any]) -> Record | None:
    """Return the entity's owner, even if it is deleted; None if the entity has no owner.

    Args:
        records: The rows as the batch sees them.
        layout: The columns of the entity types.
        entity_type: The entity's type.
        row: Its values by column.
    """
    hierarchy = hierarchy_of(layout)
    column = next((each for each in hierarchy.owners[entity_type.table] if row.get(each) is not None), None)
    if column is None:
        return None
    target = layout.of(entity_type.name).targets.get(column)
    for name in (target,) if target else (*hierarchy.named_by(entity_type.table, column), *hierarchy.owning):
        found = records.last_seen(name, [row[column]])
        if found is not None:
            return found
    return None
