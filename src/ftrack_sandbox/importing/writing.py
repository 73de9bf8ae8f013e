"""Rows of the source into the store: what is new comes in, what was changed here stays as it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ftrack_sandbox.errors import SandboxError, ValidationError
from ftrack_sandbox.importing import ledger
from ftrack_sandbox.importing.people import Pseudonyms
from ftrack_sandbox.importing.shape import Shape
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.schema.tables import quote
from ftrack_sandbox.schema.values import from_stored, to_stored
from ftrack_sandbox.store import Transaction


@dataclass
class Counts:
    """The result for the rows of one type.

    Attributes:
        new: Came in.
        updated: Had changed in the source.
        kept: Were changed here, and stayed so.
        same: Were here already.
    """

    new: int = 0
    updated: int = 0
    kept: int = 0
    same: int = 0


class Writer:
    """Writes what was read.

    Args:
        pseudonyms: Replaces people; None to keep them.
        overwrite: Whether the source's rows replace what was changed here.

    Attributes:
        counts: By type, what became of its rows.
    """

    def __init__(self, pseudonyms: Pseudonyms | None, *, overwrite: bool) -> None:
        self._pseudonyms = pseudonyms
        self._overwrite = overwrite
        self.counts: dict[str, Counts] = {}

    def write(self, transaction: Transaction, shape: Shape, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write the rows of one answer."""
        by_type: dict[str, dict[str, dict[str, Any]]] = {}
        skipped: Counter[str] = Counter()
        for row in rows:
            type_name = str(row["__entity_type__"])
            if not _belongs(transaction, shape, type_name):
                # Rows of a subtype have a step of their own; a type that cannot be served here is named.
                if type_name not in transaction.catalogue.types:
                    skipped[type_name] += 1
                continue
            values = shape.values(row)
            if self._pseudonyms is not None:
                disguised = self._pseudonyms.apply(type_name, values)
                if disguised is None:
                    ledger.leave_out(transaction, type_name, "about people, who are replaced by invented ones")
                    continue
                values = disguised
            entity_type = transaction.catalogue.types[type_name]
            kept = _converted(transaction, entity_type, values)
            by_type.setdefault(type_name, {})[_key(entity_type, kept)] = kept
            self._link(transaction, shape, row)
        for type_name, found in by_type.items():
            self._merge(transaction, shape, transaction.catalogue.types[type_name], found)
        for type_name, count in skipped.items():
            ledger.leave_out(transaction, type_name, "the sandbox cannot serve a type of that name", count)

    def _merge(
        self, transaction: Transaction, shape: Shape, entity_type: EntityType, rows: dict[str, dict[str, Any]]
    ) -> None:
        counts = self.counts.setdefault(entity_type.name, Counts())
        came = ledger.digests(transaction, entity_type.table, list(rows))
        present = _present(transaction, shape, entity_type, rows)
        new: list[dict[str, Any]] = []
        remembered: list[tuple[str, str]] = []
        for key, values in rows.items():
            digest, here = ledger.digest(values), present.get(key)
            now = None if here is None else ledger.digest({name: here.get(name) for name in values})
            if now == digest:
                counts.same += 1
            elif now is None and (self._overwrite or key not in came):
                new.append(values)
                counts.new += 1
            elif now is not None and (self._overwrite or came.get(key) == now):
                transaction.update(entity_type.name, entity_type.key_of(values), values)
                counts.updated += 1
            else:
                counts.kept += 1
                continue
            remembered.append((key, digest))
        self._insert(transaction, entity_type, new)
        ledger.remember(transaction, entity_type.table, remembered)

    def _link(self, transaction: Transaction, shape: Shape, row: Mapping[str, Any]) -> None:
        """Insert memberships, except those that were here and were ended here."""
        for through, member in shape.members(row):
            table = transaction.catalogue.types[through.link].table
            pair = json.dumps([row["id"], member])
            if self._overwrite or not ledger.digests(transaction, table, [pair]):
                columns = f"{quote(through.owner)}, {quote(through.member)}"
                sql = f"INSERT OR IGNORE INTO {quote(table)} ({columns}) VALUES (?, ?)"
                transaction.execute(sql, [row["id"], member])
                ledger.remember(transaction, table, [(pair, "")])

    def _insert(self, transaction: Transaction, entity_type: EntityType, rows: list[dict[str, Any]]) -> None:
        if entity_type.name != "ObjectType":
            transaction.insert_many(entity_type.name, rows)
            return
        # Each object type is an entity type of its own: one whose name cannot be served is left out alone.
        for row in rows:
            transaction.execute("SAVEPOINT object_type")
            try:
                transaction.insert(entity_type.name, row)
            except SandboxError as error:
                transaction.execute("ROLLBACK TO object_type")
                ledger.leave_out(transaction, f"object type {row['name']!r}", str(error))
            transaction.execute("RELEASE object_type")


def _belongs(transaction: Transaction, shape: Shape, type_name: str) -> bool:
    types, asked = transaction.catalogue, shape.step.type
    if type_name not in types.types:
        return False
    return type_name == asked or (shape.step.polymorphic and types.is_kind(type_name, asked))


def _converted(transaction: Transaction, entity_type: EntityType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's values as they are read back from the store; what it cannot keep is named."""
    kept = {}
    for name, value in values.items():
        attribute = entity_type.attributes[name]
        try:
            kept[name] = from_stored(attribute, to_stored(attribute, value))
        except (ValidationError, UnicodeError):
            kept[name] = None
            ledger.leave_out(transaction, f"{entity_type.name}.{name}", "a value of another type than the schema's")
    return kept


def _key(entity_type: EntityType, values: Mapping[str, Any]) -> str:
    return json.dumps(entity_type.key_of(values))


def _present(
    transaction: Transaction, shape: Shape, entity_type: EntityType, rows: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the rows that are here already, by key."""
    # Of a key of several parts, the owner's: one configuration has values on every entity of a studio.
    by = shape.step.by if shape.step.by in entity_type.primary_key else entity_type.primary_key[0]
    found = transaction.find(entity_type.name, **{str(by): sorted({str(values[by]) for values in rows.values()})})
    return {_key(entity_type, row): row for row in found}
