"""The selection of a query: attributes of a type, and of related entities in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ftrack_sandbox.query.expression import Term
from ftrack_sandbox.query.names import is_cast, known_path
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, EntityType, Kind


@dataclass
class Selection:
    """Attributes selected of entities of one type.

    Attributes:
        type: The type as it is referred to; its rows may be of subtypes.
        scalars: Values.
        related: Relations by their steps, with what is selected of the related entities.
        is_cast: Whether only related entities of the type are meant, of all that the relation may lead to.
    """

    type: EntityType
    scalars: dict[str, Attribute] = field(default_factory=dict)
    related: dict[str, tuple[Attribute, Selection]] = field(default_factory=dict)
    is_cast: bool = False

    def add(self, catalogue: Catalogue, term: Term) -> None:
        """Add a path; one that ends at a relation selects the default projections of what it leads to.

        Raises:
            UnknownAttributeError: An attribute is unknown.
            ParseError: The path continues after a value.
        """
        if term.path == ("id",) and len(self.type.primary_key) > 1 and not self.type.shows("id"):
            # ftrack Connect selects the id of a Setting, whose key is a name and a group; keys are always sent.
            return
        selection = self
        steps = known_path(catalogue, self.type, term.path, term.position)
        for step, (_, attribute) in zip(term.path, steps, strict=True):
            if attribute.target is None:
                selection.scalars[attribute.name] = attribute
            else:
                if step not in selection.related:
                    below = Selection(catalogue.types[attribute.target], is_cast=is_cast(step))
                    selection.related[step] = (attribute, below)
                selection = selection.related[step][1]
        if attribute.target is not None:
            selection.add_defaults()
            if attribute.kind is Kind.MAPPING:
                for name in attribute.extra.get("key_value_attributes", {}).values():
                    selection.scalars[name] = selection.type.attribute(name)

    def add_defaults(self) -> None:
        """Add the default projections of the type."""
        for name in self.type.default_projections:
            self.scalars[name] = self.type.attribute(name)


def selection(catalogue: Catalogue, entity_type: EntityType, terms: Iterable[Term]) -> Selection:
    """Return what the terms select; without any, the default projections."""
    chosen = Selection(entity_type)
    empty = True
    for term in terms:
        chosen.add(catalogue, term)
        empty = False
    if empty:
        chosen.add_defaults()
    return chosen
