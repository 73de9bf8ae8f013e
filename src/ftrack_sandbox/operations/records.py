"""Rows as one batch sees them, each remembered as it was when the batch began."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ftrack_sandbox.errors import EntityNotFoundError, ValidationError
from ftrack_sandbox.operations.layout import layout_of
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.schema.tables import quote
from ftrack_sandbox.schema.values import from_stored
from ftrack_sandbox.store import Connection, Transaction

Key = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Record:
    """One row, of whatever type.

    Attributes:
        type: Its most special type.
        key: Its primary key.
        row: Values by column, as they are now.
        before: The values when the batch began, if they changed since; None if it was not there.
        changed: Whether the batch created, changed or deleted it.
        exists: Whether it is there; false once deleted.
        draft: What is known of a new entity that still needs something, by column; None once it is stored.
    """

    type: EntityType
    key: Key
    row: dict[str, Any]
    before: dict[str, Any] | None
    changed: bool = False
    exists: bool = True
    draft: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """The key, where it is a single id."""
        return str(self.key[0])

    @property
    def reference(self) -> dict[str, Any]:
        """The entity as others refer to it: its type and its key."""
        return {"__entity_type__": self.type.name, **dict(zip(self.type.primary_key, self.key, strict=True))}


class Records:
    """Reads each row once, writes changes through, and remembers them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, Key], Record] = {}
        self._changed: list[Record] = []
        self._writes: Counter[str] = Counter()

    @property
    def changed(self) -> list[Record]:
        """The rows that are not as they were when the batch began, in the order of their first change."""
        return [
            each
            for each in self._changed
            if (each.exists and each.before != each.row) or (not each.exists and each.before is not None)
        ]

    def find(self, type_name: str, key: Iterable[Any]) -> Record | None:
        """Return the row of that type, or a kind of it, with that key."""
        entity_type = self._connection.catalogue.types[type_name]
        identity = (entity_type.table, tuple(key))
        found = self._known.get(identity)
        if found is None:
            rows = self.select(type_name, **dict(zip(entity_type.primary_key, identity[1], strict=True)))
            found = rows[0] if rows else None
        if found is None or not found.exists:
            return None
        restrictions = self._connection.catalogue.restrictions(type_name)
        return found if all(found.row[name] in values for name, values in restrictions) else None

    def get(self, type_name: str, key: Iterable[Any]) -> Record:
        """Return the row of that type, or a kind of it, with that key.

        Raises:
            EntityNotFoundError: There is none.
        """
        key = tuple(key)
        found = self.find(type_name, key)
        if found is None:
            raise EntityNotFoundError(f"There is no {type_name} {', '.join(map(str, key))}.")
        return found

    def writes_to(self, tables: Iterable[str]) -> int:
        """Return how many writes there were to the tables, to tell when what was read of them is old."""
        return sum(self._writes[name] for name in tables)

    def last_seen(self, type_name: str, key: Iterable[Any]) -> Record | None:
        """Return the row with that key, also when this batch deleted it."""
        table = self._connection.catalogue.types[type_name].table
        key = tuple(key)
        return self._known.get((table, key)) or self.find(type_name, key)

    def was_deleted(self, type_name: str, key: Key) -> bool:
        """Return whether this very batch deleted that row."""
        table = self._connection.catalogue.types[type_name].table
        found = self._known.get((table, key))
        return found is not None and not found.exists

    def select(self, type_name: str, **equal: Any) -> list[Record]:
        """Return the rows of that type, or a kind of it, whose columns have these values, oldest first.

        Args:
            type_name: The type.
            equal: By column: a value, ``None``, or a list, tuple or set of values to choose from.
        """
        catalogue = self._connection.catalogue
        entity_type = catalogue.types[type_name]
        columns = catalogue.tables[entity_type.table].columns
        tests: list[str] = []
        parameters: list[Any] = []
        for name, value in [*equal.items(), *catalogue.restrictions(type_name)]:
            if value is None:
                tests.append(f"{quote(name)} IS NULL")
            elif isinstance(value, list | tuple | set | frozenset):
                tests.append(f"{quote(name)} IN (SELECT value FROM json_each(?))")
                parameters.append(json.dumps(list(value)))
            else:
                tests.append(f"{quote(name)} = ?")
                parameters.append(value)
        cursor = self._connection.execute(
            f"SELECT {', '.join(map(quote, columns))} FROM {quote(entity_type.table)} "
            f'WHERE {" AND ".join(tests) or "1"} ORDER BY "sequence"',
            parameters,
        )
        attributes = columns.items()
        return [
            self._record(
                type_name,
                {name: from_stored(each, value) for (name, each), value in zip(attributes, values, strict=True)},
            )
            for values in cursor.fetchall()
        ]

    def draft(self, type_name: str, row: Mapping[str, Any]) -> Record:
        """Return a new row of a concrete type that can be referred to, but is not stored yet."""
        catalogue = self._connection.catalogue
        entity_type = catalogue.types[type_name]
        empty = layout_of(catalogue).of(type_name).empty
        record = Record(entity_type, entity_type.key_of(row), {**empty, **row}, None, draft=dict(row))
        self._known[entity_type.table, record.key] = record
        return record

    def store(self, record: Record) -> None:
        """Insert the row of a draft; what it leaves out is null.

        Raises:
            DuplicateEntryError: There is one with that key.
        """
        values = {column: value for column, value in record.row.items() if value is not None}
        self._transaction.insert_stored(record.type.name, values)
        record.draft = None
        self._remember(record)
        self._writes[record.type.table] += 1

    def insert(self, type_name: str, row: Mapping[str, Any]) -> Record:
        """Insert a row of a concrete type; what it leaves out is null.

        Raises:
            DuplicateEntryError: There is one with that key.
        """
        record = self.draft(type_name, row)
        self.store(record)
        return record

    def change(self, record: Record, values: Mapping[str, Any]) -> None:
        """Change columns of a row; values that it has already change nothing."""
        values = {name: value for name, value in values.items() if record.row[name] != value}
        if not values:
            return
        if record.draft is not None:
            record.draft.update(values)
            record.row.update(values)
            return
        if not record.changed:
            record.before = dict(record.row)
        self._remember(record)
        self._writes[record.type.table] += 1
        record.row.update(values)
        scalars = layout_of(self._connection.catalogue).of(record.type.name).scalars
        changes = {scalars[name].name: value for name, value in values.items()}
        self._transaction.update(record.type.name, record.key, changes)

    def remove(self, records: Collection[Record]) -> None:
        """Delete rows, and nothing else."""
        by_type: dict[str, list[Record]] = {}
        for each in records:
            if each.exists:
                by_type.setdefault(each.type.name, []).append(each)
        for name, group in by_type.items():
            self._transaction.delete_many(name, [each.key for each in group])
            self._writes[group[0].type.table] += 1
            for each in group:
                if not each.changed:
                    each.before = dict(each.row)
                self._remember(each)
                each.exists = False

    @property
    def _transaction(self) -> Transaction:
        if not isinstance(self._connection, Transaction):
            raise ValidationError("This operation only reads.")
        return self._connection

    def _record(self, type_name: str, row: dict[str, Any]) -> Record:
        catalogue = self._connection.catalogue
        entity_type = layout_of(catalogue).concrete(type_name, row)
        key = tuple(row[name] for name in entity_type.primary_key)
        identity = (entity_type.table, key)
        known = self._known.get(identity)
        if known is None or not known.exists:
            known = self._known[identity] = Record(entity_type, key, row, before=None)
        return known

    def _remember(self, record: Record) -> None:
        if not record.changed:
            record.changed = True
            self._changed.append(record)
