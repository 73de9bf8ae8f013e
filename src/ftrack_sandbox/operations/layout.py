"""The facts about entity types that writing needs, worked out once per catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, EntityType, Kind, Tie


@dataclass(frozen=True)
class Referrer:
    """A column that names rows of another table.

    Attributes:
        type: The most general type that has the column.
        column: The column.
        target: The type whose rows it names; None where it names an entity of any type by its id.
        tie: What the row is to the one that the column names.
    """

    type: str
    column: str
    target: str | None
    tie: Tie | None


class TypeLayout:
    """The columns of one entity type.

    Attributes:
        type: The entity type.
        lineage: Its own name after those of the types it is a kind of, most general first.
        scalars: The attribute that shows each column as a value.
        references: The attributes that show each column as a related entity.
        targets: The type that each foreign key names rows of.
        ties: What a row is to the one that a column names, where it is anything.
        empty: A row of the type's table in which everything is null.
        fixed: Columns whose value the type decides (``context_type`` of a ``Shot``), and what is allowed.
    """

    def __init__(self, catalogue: Catalogue, entity_type: EntityType) -> None:
        self.type = entity_type
        self.lineage = _lineage(catalogue, entity_type)
        self.scalars: dict[str, Attribute] = {}
        self.references: dict[str, list[Attribute]] = {}
        for each in entity_type.attributes.values():
            if each.is_stored:
                self.scalars.setdefault(str(each.column), each)
            elif each.kind is Kind.REFERENCE and each.column is not None:
                self.references.setdefault(each.column, []).append(each)
        self.targets = {
            column: target
            for column, each in self.scalars.items()
            if (target := self._target(catalogue, column, each)) is not None
        }
        self.ties = {
            column: tie for column, each in self.scalars.items() if (tie := self._tie(column, each)) is not None
        }
        self.empty: Mapping[str, None] = dict.fromkeys(catalogue.tables[entity_type.table].columns)
        self.fixed = dict(reversed(catalogue.restrictions(entity_type.name)))
        self.defaults = [
            (column, each.default) for column, each in self.scalars.items() if each.has_default and not each.hidden
        ]
        self.required = [
            column
            for name in entity_type.required
            if name in entity_type.attributes and (column := entity_type.attributes[name].column)
        ]

    @cached_property
    def legacy_names(self) -> list[tuple[str, str]]:
        """The columns that clients know, each with its name in ftrack's legacy vocabulary."""
        return [(column, each.legacy_name) for column, each in self.scalars.items() if not each.hidden]

    @cached_property
    def shown_always(self) -> tuple[str, ...]:
        """Attributes that every entity in a response carries besides its key."""
        typed = [name for name in ("object_type_id",) if name in self.type.attributes and self.type.table == "Context"]
        return tuple(dict.fromkeys([*self.type.primary_key, *self.type.always, *typed]))

    def _tie(self, column: str, attribute: Attribute) -> Tie | None:
        if attribute.tie is not None:
            return attribute.tie
        return Tie.CASCADE if column in self.targets and column in self.type.primary_key else None

    def _target(self, catalogue: Catalogue, column: str, attribute: Attribute) -> str | None:
        if column in self.references:
            target = str(self.references[column][0].target)
            return target if len(catalogue.types[target].primary_key) == 1 else None
        if (self.type.name, column) in _TARGETS:
            return _TARGETS[self.type.name, column]
        if attribute.format != "foreign_key" or (self.type.name, column) in _FREE_KEYS:
            return None
        return _type_called(catalogue, column.removesuffix("_id"))


#: Foreign keys whose declarations name no related type, where the column's name says too little.
_TARGETS: Mapping[tuple[str, str], str] = {
    ("Schema", "type_id"): "ObjectType",
    ("CustomConfigurationBase", "project_id"): "Project",
    ("ConfigurationReadRole", "configuration_id"): "CustomConfigurationBase",
    ("ConfigurationWriteRole", "configuration_id"): "CustomConfigurationBase",
}

#: Declared as foreign keys, and in truth words of their own.
_FREE_KEYS = frozenset({("SecurityRole", "type"), ("SettingComponent", "group")})


def _type_called(catalogue: Catalogue, words: str) -> str | None:
    name = "".join(part.capitalize() for part in words.split("_"))
    return name if name in catalogue.types else None


def _lineage(catalogue: Catalogue, entity_type: EntityType) -> tuple[str, ...]:
    names = [entity_type.name]
    while (base := catalogue.types[names[0]].base) is not None:
        names.insert(0, base)
    return tuple(names)


class Layout:
    """The layouts of all types of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._types: dict[str, TypeLayout] = {}

    def of(self, name: str) -> TypeLayout:
        """Return the layout of a type."""
        found = self._types.get(name)
        if found is None:
            found = self._types[name] = TypeLayout(self.catalogue, self.catalogue.types[name])
        return found

    def concrete(self, name: str, row: dict[str, Any]) -> EntityType:
        """Return the most special type of a whole row that was asked for as type ``name``."""
        return self.catalogue.concrete(self.of(name).lineage[0], row)

    @cached_property
    def columns_with_ids(self) -> Mapping[str, list[Referrer]]:
        """The columns by which rows name others, by table; each once, as its most general type has it."""
        found: dict[str, dict[tuple[str, str | None], Referrer]] = {name: {} for name in self.catalogue.tables}
        for name in sorted(self.catalogue.types, key=lambda each: len(self.of(each).lineage)):
            layout = self.of(name)
            among = found[layout.type.table]
            for column in (each for each in layout.scalars if each in layout.targets or each in layout.ties):
                target = layout.targets.get(column)
                table = self.catalogue.types[target].table if target is not None else None
                among.setdefault((column, table), Referrer(name, column, target, layout.ties.get(column)))
        return {table: list(each.values()) for table, each in found.items()}

    @cached_property
    def referrers(self) -> Mapping[str, list[Referrer]]:
        """The columns that may name rows of a table, by that table."""
        every = [each for columns in self.columns_with_ids.values() for each in columns]
        by_id = [each for each in every if each.target is None]
        return {
            table: [each for each in every if each.target and self.catalogue.types[each.target].table == table] + by_id
            for table in self.catalogue.tables
        }


_layouts: WeakKeyDictionary[Catalogue, Layout] = WeakKeyDictionary()


def layout_of(catalogue: Catalogue) -> Layout:
    """Return the layouts of a catalogue, made once."""
    found = _layouts.get(catalogue)
    if found is None:
        found = _layouts[catalogue] = Layout(catalogue)
    return found
