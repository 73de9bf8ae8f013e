"""The names in a query, looked up so that an unknown one is reported with its position."""

from __future__ import annotations

from dataclasses import replace

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


def known_attribute(catalogue: Catalogue, entity_type: EntityType, step: str, position: int) -> Attribute:
    """Return an attribute of a type, or of one of its subtypes; a cast relation leads to the type of the cast.

    Raises:
        UnknownAttributeError: There is none; says where the query names it.
        UnknownTypeError: There is no type as the cast names it.
        ParseError: The attribute does not lead to entities of the cast's type.
    """
    name, _, cast = step.partition("[")
    try:
        attribute = catalogue.attribute(entity_type.name, name)
    except UnknownAttributeError as error:
        raise UnknownAttributeError(f"{error.message[:-1]} (at character {position}).") from None
    if not cast:
        return attribute
    wanted = known_type(catalogue, cast.rstrip("]"), position)
    if attribute.target is None or catalogue.family(wanted.name) != catalogue.family(attribute.target):
        raise ParseError(f"{entity_type.name}.{name} does not lead to a {wanted.name}", position=position)
    return replace(attribute, target=wanted.name)


def is_cast(step: str) -> bool:
    """Return whether a step of a path says what type it leads to."""
    return step.endswith("]")


def with_key_of_cast(catalogue: Catalogue, path: Path, position: int) -> Path:
    """Return a path to a value: one that ends with a cast means the key of what it leads to."""
    if not is_cast(path[-1]):
        return path
    wanted = known_type(catalogue, path[-1].partition("[")[2].rstrip("]"), position)
    return (*path, wanted.primary_key[0])


def known_path(
    catalogue: Catalogue, entity_type: EntityType, path: Path, position: int
) -> list[tuple[EntityType, Attribute]]:
    """Return each attribute of a path with the type that it is an attribute of.

    Raises:
        UnknownAttributeError: One is unknown.
        ParseError: A step before the last one is not a relation.
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
