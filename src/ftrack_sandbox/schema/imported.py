"""Types and attributes of another server that the sandbox does not declare: kept and served as plain data.

No rule knows them. Values, and references whose id is an attribute of its own, can be kept; collections are computed
by a real server in ways that its schema does not tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, Column, EntityType, Kind

Schemas = Sequence[Mapping[str, Any]]

_VALUE_TYPES = ("string", "boolean", "integer", "number", "variable")


def extend(catalogue: Catalogue, schemas: Schemas) -> Catalogue:
    """Return the catalogue with what the schemas of another server have besides."""
    types = dict(catalogue.types)
    for schema in _unknown(catalogue, schemas):
        types[schema["id"]] = _entity_type(schema, types)
    for schema in schemas:
        known = catalogue.types.get(schema["id"])
        if known is None or known.hidden:
            continue
        more = _attributes(schema, types, but=known.attributes)
        for name in [known.name, *_subtypes(catalogue, known.name)] if more else ():
            types[name] = replace(types[name], attributes={**more, **types[name].attributes})
    return Catalogue(types.values())


def not_kept(catalogue: Catalogue, schemas: Schemas) -> list[str]:
    """Return the attributes of the schemas that the catalogue has no place for, as ``Type.attribute``."""
    return sorted(
        f"{schema['id']}.{name}"
        for schema in schemas
        if schema["id"] in catalogue.types
        for name in schema["properties"]
        if name not in catalogue.types[schema["id"]].attributes
    )


def unknown_types(catalogue: Catalogue, schemas: Schemas) -> list[str]:
    """Return the names of the schemas' types that the catalogue has not; object types are not among them."""
    return [schema["id"] for schema in _unknown(catalogue, schemas)]


def _unknown(catalogue: Catalogue, schemas: Schemas) -> Iterable[Mapping[str, Any]]:
    for schema in schemas:
        # The type of an object type comes with its row.
        if schema["id"] not in catalogue.types and not isinstance(schema.get("alias_for"), Mapping):
            yield schema


def _subtypes(catalogue: Catalogue, name: str) -> list[str]:
    return [each for each in catalogue.types if each != name and catalogue.is_kind(each, name)]


def _entity_type(schema: Mapping[str, Any], types: Mapping[str, EntityType]) -> EntityType:
    attributes = _attributes(schema, types, but={})
    key = tuple(name for name in schema.get("primary_key") or ("id",) if name in attributes) or ("id",)
    if key == ("id",) and "id" not in attributes:
        attributes["id"] = Attribute("id", Kind.SCALAR, Column("id"), value_type="string")
    return EntityType(
        name=schema["id"],
        table=schema["id"],
        attributes=attributes,
        primary_key=key,
        default_projections=tuple(name for name in schema.get("default_projections") or () if name in attributes),
        alias=schema.get("alias_for"),
    )


def _attributes(
    schema: Mapping[str, Any], types: Mapping[str, EntityType], *, but: Mapping[str, Any]
) -> dict[str, Attribute]:
    """Return the attributes of a schema that can be kept, apart from those that are declared."""
    properties = schema["properties"]
    computed = schema.get("computed") or ()
    found = {}
    for name, fragment in properties.items():
        if name in but or name in computed:
            continue
        if fragment.get("type") in _VALUE_TYPES:
            found[name] = Attribute(
                name,
                Kind.SCALAR,
                Column(name),
                value_type=fragment["type"],
                format=fragment.get("format"),
                default=fragment.get("default"),
                has_default="default" in fragment,
                alias=fragment.get("alias_for"),
            )
        elif fragment.get("$ref") in types and f"{name}_id" in properties:
            found[name] = Attribute(name, Kind.REFERENCE, Column(f"{name}_id"), target=fragment["$ref"])
    return found
