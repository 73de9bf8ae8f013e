"""The attributes requested of a type, as the text of a query, and the values in a row of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftrack_sandbox.importing.selection import SECRET_ATTRIBUTES, Step
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import EntityType, Kind, Through

#: The source's schemas by their ids.
Schemas = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Shape:
    """The query of one step.

    Attributes:
        step: The step.
        fields: Path in the query -> the attribute that keeps its value.
        links: Collections whose membership no type of the source holds, each with where it is kept.
        key: The attributes that identify a row.
    """

    step: Step
    fields: Mapping[str, str]
    links: Mapping[str, Through]
    key: tuple[str, ...]

    def expression(
        self,
        limit: int,
        *,
        owners: Sequence[str] = (),
        after: Sequence[str] = (),
        since: datetime | None = None,
        projects: Sequence[str] = (),
    ) -> str:
        """Return a query for the next rows.

        Args:
            limit: How many rows at most.
            owners: Ids of the owners whose rows are meant.
            after: The key of the last row that was read; empty to begin.
            since: The oldest moment of what is history.
            projects: Names of the projects that are meant; all of them by default.
        """
        conditions = []
        if self.step.by is not None:
            conditions.append(f"{self.step.by} in ({_texts(owners)})")
        if self.step.projects and projects:
            conditions.append(f"(name in ({_texts(projects)}) or full_name in ({_texts(projects)}))")
        if self.step.dated is not None and since is not None:
            conditions.append(f'{self.step.dated} >= "{since:%Y-%m-%dT%H:%M:%S}"')
        if after:
            conditions.append(_after(self.key, after))
        where = f" where {' and '.join(conditions)}" if conditions else ""
        selected = ", ".join([*self.fields, *(f"{name}.id" for name in self.links)])
        return f"select {selected} from {self.step.type}{where} order by {', '.join(self.key)} limit {limit}"

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a row of the answer, by attribute."""
        return {attribute: _at(row, path) for path, attribute in self.fields.items()}

    def members(self, row: Mapping[str, Any]) -> Iterable[tuple[Through, str]]:
        """Return what a row is linked to by the collections that are kept apart."""
        for name, link in self.links.items():
            for member in row.get(name) or ():
                yield link, str(member["id"])


def shape_of(step: Step, catalogue: Catalogue, schemas: Schemas) -> Shape:
    """Return what a step reads from a server with these schemas into a store with that catalogue."""
    entity_type = catalogue.types[step.type]
    offered = schemas[step.type]["properties"]
    fields: dict[str, str] = {}
    columns: set[str] = set()
    for attribute in entity_type.attributes.values():
        if not attribute.is_stored or attribute.column in columns or attribute.name in SECRET_ATTRIBUTES:
            continue
        path = _path(entity_type, attribute.name, offered)
        if path is not None:
            fields[path] = attribute.name
            columns.add(str(attribute.column))
    links = {
        name: attribute.storage
        for name, attribute in entity_type.attributes.items()
        if isinstance(attribute.storage, Through)
        and name in offered
        and attribute.storage.link not in schemas
        and catalogue.types[attribute.storage.link].primary_key == (attribute.storage.owner, attribute.storage.member)
    }
    return Shape(step, fields, links, entity_type.primary_key)


def _path(entity_type: EntityType, name: str, offered: Mapping[str, Any]) -> str | None:
    """Return how a stored attribute is asked for: by its name, or as the key of the relation that it holds."""
    attribute = entity_type.attributes[name]
    if not attribute.hidden and name in offered:
        return name
    for other in entity_type.attributes.values():
        if other.kind is Kind.REFERENCE and other.column == attribute.column and other.name in offered:
            return f"{other.name}.id"
    return None


def _at(row: Mapping[str, Any], path: str) -> Any:
    name, _, rest = path.partition(".")
    value = row.get(name)
    return value.get(rest) if rest and isinstance(value, Mapping) else None if rest else value


def _after(key: Sequence[str], last: Sequence[str]) -> str:
    """Return the condition for the rows behind one in the order of the key."""
    first, value = key[0], _quoted(last[0])
    if len(key) == 1:
        return f"{first} > {value}"
    return f"({first} > {value} or ({first} is {value} and {_after(key[1:], last[1:])}))"


def _texts(values: Iterable[str]) -> str:
    return ", ".join(map(_quoted, values))


def _quoted(value: str) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
