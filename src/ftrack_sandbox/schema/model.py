"""What an entity type is made of: attributes, where each is stored, and the catalogue of all types."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ftrack_sandbox.errors import UnknownAttributeError, UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ftrack_sandbox.schema.object_types import ObjectTypeRow


class Kind(Enum):
    """How an attribute behaves: a value, one related entity, many of them, or many as key and value."""

    SCALAR = "scalar"
    REFERENCE = "reference"
    COLLECTION = "collection"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Column:
    """Stored in a column of the entity's own table; a reference stores the other entity's id there."""

    name: str


@dataclass(frozen=True, slots=True)
class Formula:
    """Computed by SQL from the entity's row, whose alias replaces ``{row}``."""

    sql: str


@dataclass(frozen=True, slots=True)
class Computed:
    """Computed in Python after the rows are read; cannot be filtered or ordered by."""


@dataclass(frozen=True, slots=True)
class Reverse:
    """Members point back: their ``column`` holds the owner's id.

    Attributes:
        column: Column of the member.
        where: Column and value that members must have besides.
    """

    column: str
    where: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Through:
    """Members are linked by the rows of another type.

    Attributes:
        link: Name of the linking type.
        owner: Its column with the owner's id.
        member: Its column with the member's id.
    """

    link: str
    owner: str
    member: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Typed contexts above (``up``) or below the owner, at any distance."""

    up: bool


@dataclass(frozen=True, slots=True)
class DenseValues:
    """Custom attribute values: one for each configuration that applies, stored or its default."""


Storage = Column | Formula | Computed | Reverse | Through | Lineage | DenseValues


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an entity type.

    Attributes:
        name: Name in the API.
        kind: Value, reference, collection or mapping.
        storage: Where its value, or the key of the related entity, comes from.
        value_type: ``string``, ``boolean``, ``integer``, ``number``, ``variable``, ``object`` of a scalar.
        format: ``date-time``, ``foreign_key`` or ``json`` of a scalar.
        default: Value of new entities when ``has_default``; ``{uid}`` stands for a fresh id.
        alias: ftrack's legacy name of the column, as used in ``ftrack.update`` events.
        target: Type of the related entity or entities.
        computed: Listed among the schema's ``computed`` attributes.
        hidden: Not part of the schema that clients see.
        extra: Further entries of the wire form (``enum``, ``transform``, ...).
    """

    name: str
    kind: Kind
    storage: Storage
    value_type: str | None = None
    format: str | None = None
    default: Any = None
    has_default: bool = False
    alias: str | None = None
    target: str | None = None
    computed: bool = False
    hidden: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def column(self) -> str | None:
        """Name of the table's column that stores the value or the related entity's id, if one does."""
        return self.storage.name if isinstance(self.storage, Column) else None

    @property
    def is_stored(self) -> bool:
        """Whether the entity's row holds it; a reference is held by its ``_id`` attribute."""
        return self.kind is Kind.SCALAR and isinstance(self.storage, Column)

    @property
    def is_date(self) -> bool:
        """Whether the value is a date and time."""
        return self.format == "date-time"

    @property
    def is_many(self) -> bool:
        """Whether there are many related entities."""
        return self.kind in (Kind.COLLECTION, Kind.MAPPING)

    @property
    def legacy_name(self) -> str:
        """Name of the column in ftrack's legacy vocabulary."""
        return self.alias or self.name

    def as_json(self) -> dict[str, Any]:
        """Return the property in the schema's wire form."""
        fragment: dict[str, Any] = dict(self.extra)
        if self.kind is Kind.SCALAR:
            if self.value_type:
                fragment["type"] = self.value_type
            if self.format:
                fragment["format"] = self.format
            if self.has_default:
                fragment["default"] = self.default
        elif self.kind is Kind.REFERENCE:
            fragment["$ref"] = self.target
        else:
            fragment["type"] = "array" if self.kind is Kind.COLLECTION else "mapped_array"
            fragment["items"] = {"$ref": self.target}
        if self.alias:
            fragment["alias_for"] = self.alias
        return fragment


@dataclass(frozen=True)
class EntityType:
    """One entity type, as clients know it and as it is stored.

    Attributes:
        name: Schema id.
        table: Table of the type and all its relatives (``Shot`` and ``Project`` are both in ``Context``).
        attributes: By name, hidden ones included.
        primary_key: Names of the key attributes, in order.
        base: Type whose subtype this is; ``restriction`` says which of the base's rows belong to it.
        restriction: Attribute and the values it may have.
        default_projections: Selected when a query names none.
        always: Sent with every entity whatever was selected.
        alias: Legacy table name, or the legacy table with classifiers.
        hidden: A link table that clients cannot see.
    """

    name: str
    table: str
    attributes: Mapping[str, Attribute]
    primary_key: tuple[str, ...] = ("id",)
    required: tuple[str, ...] = ()
    immutable: frozenset[str] = frozenset()
    default_projections: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    alias: str | Mapping[str, Any] | None = None
    base: str | None = None
    restriction: tuple[str, tuple[str, ...]] | None = None
    hidden: bool = False

    def attribute(self, name: str) -> Attribute:
        """Return the attribute of that name.

        Raises:
            UnknownAttributeError: There is none, or clients may not see it.
        """
        found = self.attributes.get(name)
        if found is None or found.hidden:
            raise UnknownAttributeError(f"{self.name} has no attribute {name!r}.")
        return found

    @property
    def legacy_table(self) -> str:
        """Name of the table in ftrack's legacy vocabulary."""
        if self.alias is None:
            return self.name
        return self.alias if isinstance(self.alias, str) else str(self.alias["id"])

    def key_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the primary key of a row."""
        return tuple(row[name] for name in self.primary_key)

    def as_json(self) -> dict[str, Any]:
        """Return the schema in the form that clients build their classes from."""
        shown = {name: each for name, each in sorted(self.attributes.items()) if not each.hidden}
        schema: dict[str, Any] = {
            "id": self.name,
            "type": "object",
            "properties": {name: each.as_json() for name, each in shown.items()},
            "primary_key": list(self.primary_key),
            "required": sorted(self.required),
            "immutable": sorted(self.immutable),
            "default_projections": list(self.default_projections),
        }
        computed = [name for name, each in shown.items() if each.computed]
        if computed:
            schema["computed"] = computed
        if self.always:
            schema["system_projections"] = [self.attributes[name].legacy_name for name in self.always]
        if self.alias:
            schema["alias_for"] = self.alias if isinstance(self.alias, str) else dict(self.alias)
        return schema


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
        own = self.types[name].attributes.get(attribute_name)
        if own is not None and not own.hidden:
            return own
        known = [each.attributes.get(attribute_name) for each in self.relatives(name)]
        found = [each for each in known if each is not None and not each.hidden]
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
        names: dict[str, None] = {}
        for each in self._subtypes.get(name, ()):
            assert each.restriction is not None
            names[each.restriction[0]] = None
            names.update(dict.fromkeys(self.discriminators(each.name)))
        return tuple(names)

    def restrictions(self, name: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return what rows of the type's table must fulfil to be of that type: attribute and values."""
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
        indexed: dict[str, set[str]] = {}
        for each in self.types.values():
            keys.setdefault(each.table, each.primary_key)
            own = columns.setdefault(each.table, {})
            for attribute in each.attributes.values():
                if attribute.is_stored:
                    own.setdefault(str(attribute.column), attribute)
                if isinstance(attribute.storage, Reverse):
                    member = self.types[str(attribute.target)]
                    indexed.setdefault(member.table, set()).add(attribute.storage.column)
        return {
            name: Table(name, own, keys[name], tuple(_indexed(own, keys[name], indexed.get(name, set()))))
            for name, own in columns.items()
        }

    def with_object_types(self, rows: Iterable[ObjectTypeRow]) -> Catalogue:
        """Return a catalogue with exactly one typed context type per row of ``ObjectType``.

        Raises:
            ValidationError: An object type has the name of another entity type, or none.
        """
        from ftrack_sandbox.schema.object_types import typed_contexts

        general = self.types["TypedContext"]
        others = {name: each for name, each in self.types.items() if each.base != general.name}
        return Catalogue([*others.values(), *typed_contexts(general, rows, taken=others)])

    def as_json(self) -> list[dict[str, Any]]:
        """Return every schema that clients see, ordered by name."""
        return [each.as_json() for _, each in sorted(self.types.items()) if not each.hidden]

    @cached_property
    def hash(self) -> str:
        """The digest by which clients recognise a schema they have cached."""
        text = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _indexed(columns: Mapping[str, Attribute], key: tuple[str, ...], named: set[str]) -> list[str]:
    """Return the columns that queries filter, join or order by often enough to deserve an index."""
    wanted = {name for name, each in columns.items() if each.format in ("foreign_key", "date-time")}
    return sorted((wanted | named) - {key[0]})
