"""Looks up the names in a query, so that an unknown one is reported with its place."""

from __future__ import annotations

from ftrack_sandbox.errors import ParseError, UnknownAttributeError, UnknownTypeError
from ftrack_sandbox.query.expression import Path
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, EntityType


def known_type(catalogue: Catalogue, name: str, position: int) -> EntityType:
    """Return an entity type.

    Raises:
        UnknownTypeError: There is none; says where the query names it.
    """
    try:
        return catalogue.type(name)
    except UnknownTypeError as error:
        raise UnknownTypeError(f"{error.message[:-1]} (at character {position}).") from None


def known_attribute(catalogue: Catalogue, entity_type: EntityType, name: str, position: int) -> Attribute:
    """Return an attribute of a type, or of one of its subtypes.

    Raises:
        UnknownAttributeError: There is none; says where the query names it.
    """
    try:
        return catalogue.attribute(entity_type.name, name)
    except UnknownAttributeError as error:
        raise UnknownAttributeError(f"{error.message[:-1]} (at character {position}).") from None


def known_path(
    catalogue: Catalogue, entity_type: EntityType, path: Path, position: int
) -> list[tuple[EntityType, Attribute]]:
    """Return each attribute of a path with the type that it is an attribute of.

    Raises:
        UnknownAttributeError: One is unknown.
        ParseError: One that is not the last is no relation.
    """
    steps: list[tuple[EntityType, Attribute]] = []
    for index, name in enumerate(path):
        attribute = known_attribute(catalogue, entity_type, name, position)
        steps.append((entity_type, attribute))
        if attribute.target is not None:
            entity_type = catalogue.types[attribute.target]
        elif index + 1 < len(path):
            raise ParseError(
                f"{entity_type.name}.{name} is a value, it has no attribute {path[index + 1]!r}",
                position=position,
            )
    return steps
