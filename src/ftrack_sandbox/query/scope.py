"""The attributes of one entity in SQL, where its row has an alias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.query.sql import Sql, in_list, join
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, Column, EntityType, Formula
from ftrack_sandbox.schema.tables import quote


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows of an entity type under an alias.

    Attributes:
        type: Whose attributes may be named.
        alias: Alias of the table.
        overrides: SQL of attributes that are not plain columns here.
    """

    type: EntityType
    alias: str
    overrides: Mapping[str, str] | None = None

    def column(self, name: str) -> str:
        """Return a column of the table."""
        if self.overrides and name in self.overrides:
            return self.overrides[name]
        return f"{self.alias}.{quote(name)}"

    def expression(self, attribute: Attribute) -> str:
        """Return the SQL of a value, or of a reference's key.

        Raises:
            ValidationError: Only Python can compute it, or it is a collection.
        """
        if self.overrides and attribute.name in self.overrides:
            return self.overrides[attribute.name]
        if isinstance(attribute.storage, Column):
            return self.column(attribute.storage.name)
        if isinstance(attribute.storage, Formula):
            return attribute.storage.sql.replace("{row}", self.alias)
        name = f"{self.type.name}.{attribute.name}"
        if attribute.is_many:
            raise ValidationError(f"{name} is a collection: ask for its members with 'any (...)'.")
        raise ValidationError(f"{name} is computed: it can be selected, not compared or ordered by.")

    def restriction(self, catalogue: Catalogue, *, alone: bool = False) -> Sql:
        """Return the test that tells rows of the type from their relatives in the same table.

        Args:
            catalogue: The entity types.
            alone: There is no other test. Otherwise the ``+`` keeps SQLite from taking an index that half of
                the rows share instead of one for what was asked.
        """
        sign = "" if alone else "+"
        tests = []
        for name, values in catalogue.restrictions(self.type.name):
            choice = in_list(values)
            test = Sql("= ?", values) if len(values) == 1 else Sql(f"IN {choice.text}", choice.parameters)
            tests.append(Sql(f"{sign}{self.column(name)} {test.text}", test.parameters))
        return join("AND", tests)
