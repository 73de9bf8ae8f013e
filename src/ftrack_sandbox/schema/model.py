"""The parts of an entity type: attributes, and the places where they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ftrack_sandbox.errors import UnknownAttributeError


class Kind(Enum):
    """The kinds of attribute: a value, one related entity, many of them, or many as key and value."""

    SCALAR = "scalar"
    REFERENCE = "reference"
    COLLECTION = "collection"
    MAPPING = "mapping"


class Tie(Enum):
    """The tie of an entity to the one in a column of its row; without a tie it merely loses the other."""

    OWNER = "owner"  # it is part of the other: in its project, seen and deleted with it
    CASCADE = "cascade"  # it is deleted with the other
    RESTRICT = "restrict"  # it keeps the other from being deleted


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
        tie: What the entity is to the one whose id the column holds.
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
    tie: Tie | None = None
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
        if not self.shows(name):
            raise UnknownAttributeError(f"{self.name} has no attribute {name!r}.")
        return self.attributes[name]

    def shows(self, name: str) -> bool:
        """Return whether clients may ask for an attribute.

        ftrack's links of custom attributes have default projections that are not among their properties;
        the official client selects those all the same.
        """
        return name in self.attributes and (not self.attributes[name].hidden or name in self.default_projections)

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
