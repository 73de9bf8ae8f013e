"""The database: one SQLite file in WAL mode, many readers, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.schema import standard_catalogue
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.imported import Schemas, extend
from ftrack_sandbox.schema.model import Attribute, EntityType
from ftrack_sandbox.schema.tables import create_tables, quote
from ftrack_sandbox.schema.values import Stored, from_stored, to_stored, utc_text

Key = str | int | Sequence[Any]

_OBJECT_TYPES = "ObjectType"
#: Table of the schemas of the server that the data was copied from, if it was.
_IMPORTED = "imported_schemas"


def _machine_clock() -> datetime:
    return datetime.now(UTC)


class Store:
    """Gives connections to the database, creating its tables when they are missing.

    Args:
        path: The database file; its folder exists.
        clock: The server's time, for what is computed from it; may be set later.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = _machine_clock) -> None:
        self.path = path
        self.clock = clock
        self._writer_lock = threading.Lock()
        self._idle_lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        # It holds API keys. SQLite gives the files beside it the same mode.
        path.touch(mode=0o600)
        self._writer = self._connect()
        self._writer.execute(f"CREATE TABLE IF NOT EXISTS {quote(_IMPORTED)} (schemas TEXT)")
        create_tables(self._writer, _general(self._writer))
        self._catalogue = _catalogue(self._writer)

    @property
    def catalogue(self) -> Catalogue:
        """The entity types as of the last commit."""
        return self._catalogue

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees the database as it is at its first read, and nothing later."""
        with self._idle_lock:
            raw = self._idle.pop() if self._idle else None
        raw = raw or self._connect()
        raw.execute("BEGIN")
        try:
            yield Connection(raw, self._catalogue)
        finally:
            raw.rollback()
            with self._idle_lock:
                if self._closed:
                    raw.close()
                else:
                    self._idle.append(raw)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Give the one connection that writes; an exception undoes everything that was written."""
        with self._writer_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            transaction = Transaction(self._writer, self._catalogue)
            try:
                yield transaction
                self._writer.commit()
            except BaseException:
                self._writer.rollback()
                raise
            self._catalogue = transaction.catalogue

    @contextmanager
    def between_batches(self) -> Iterator[sqlite3.Connection]:
        """Give the writing connection between two batches, to copy or replace the whole database."""
        with self._writer_lock:
            yield self._writer
            self._writer.execute(f"CREATE TABLE IF NOT EXISTS {quote(_IMPORTED)} (schemas TEXT)")
            create_tables(self._writer, _general(self._writer))
            self._catalogue = _catalogue(self._writer)

    def keep_schemas(self, schemas: Schemas) -> None:
        """Have a place for the types and attributes of another server that are not declared here."""
        with self._writer_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.execute(f"DELETE FROM {quote(_IMPORTED)}")
            self._writer.execute(f"INSERT INTO {quote(_IMPORTED)} VALUES (?)", [json.dumps(list(schemas))])
            self._writer.commit()
            create_tables(self._writer, _general(self._writer))
            self._catalogue = _catalogue(self._writer)

    def close(self) -> None:
        """Close the file; afterwards it alone holds everything, and may be copied."""
        with self._writer_lock, self._idle_lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=30, cached_statements=512
        )
        raw.execute("PRAGMA journal_mode = WAL")
        # What was committed survives the end of the process; only the machine's own end could undo it.
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute("PRAGMA temp_store = MEMORY")
        # The connection's own, for the ids of what is hidden from the user of a batch: see visibility.py.
        raw.execute("CREATE TEMP TABLE unseen (id PRIMARY KEY) WITHOUT ROWID")
        raw.create_function("server_time", 0, lambda: utc_text(self.clock()))
        raw.create_function("casefolded", 1, _casefold, deterministic=True)
        return raw


def _casefold(value: Stored) -> Stored:
    return value.casefold() if isinstance(value, str) else value


def _catalogue(raw: sqlite3.Connection) -> Catalogue:
    """Return the catalogue with the object types of the database."""
    cursor = raw.execute(f'SELECT * FROM {quote(_OBJECT_TYPES)} ORDER BY "sequence"')
    names = [column[0] for column in cursor.description]
    rows: list[Any] = [dict(zip(names, row, strict=True)) for row in cursor]
    return _general(raw).with_object_types(rows) if rows else _general(raw)


def _general(raw: sqlite3.Connection) -> Catalogue:
    """Return the catalogue without the object types of the database."""
    imported = raw.execute(f"SELECT schemas FROM {quote(_IMPORTED)}").fetchone()
    return standard_catalogue() if imported is None else _extend(imported[0])


@cache
def _extend(schemas: str) -> Catalogue:
    return extend(standard_catalogue(), json.loads(schemas))


class Connection:
    """Reads rows; everything read through one connection is of the same moment.

    Rows are dictionaries of the attributes that are stored, hidden ones included: booleans as booleans,
    dates as UTC text to the second, a reference as the key in its ``_id`` attribute.
    """

    def __init__(self, raw: sqlite3.Connection, catalogue: Catalogue) -> None:
        self.raw = raw
        self.catalogue = catalogue

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement of our own making."""
        return self.raw.execute(sql, parameters)

    def row(self, type_name: str, key: Key) -> dict[str, Any] | None:
        """Return the row of that type or a subtype with that primary key."""
        entity_type = self.catalogue.types[type_name]
        values = _key_values(entity_type, key)
        found = self.find(type_name, **dict(zip(entity_type.primary_key, values, strict=True)))
        return found[0] if found else None

    def find(self, type_name: str, **equal: Any) -> list[dict[str, Any]]:
        """Return the rows of that type or a subtype whose attributes have these values, oldest first.

        Args:
            type_name: The type; link types that clients cannot see are fine.
            equal: By attribute name: a value, ``None``, or a list, tuple or set of values to choose from.
        """
        entity_type = self.catalogue.types[type_name]
        conditions = [*equal.items(), *self.catalogue.restrictions(type_name)]
        tests: list[str] = []
        parameters: list[Stored] = []
        for name, value in conditions:
            column = quote(_column(entity_type, name))
            if value is None:
                tests.append(f"{column} IS NULL")
            elif isinstance(value, list | tuple | set | frozenset):
                tests.append(f"{column} IN (SELECT value FROM json_each(?))")
                parameters.append(json.dumps(list(value)))
            else:
                tests.append(f"{column} = ?")
                parameters.append(to_stored(entity_type.attributes[name], value))
        scalars = _stored_attributes(entity_type)
        columns = ", ".join(quote(str(each.column)) for each in scalars)
        cursor = self.raw.execute(
            f'SELECT {columns} FROM {quote(entity_type.table)} WHERE {" AND ".join(tests) or "1"} ORDER BY "sequence"',
            parameters,
        )
        return [
            {each.name: from_stored(each, value) for each, value in zip(scalars, row, strict=True)} for row in cursor
        ]


class Transaction(Connection):
    """Reads and writes; what it writes is seen by others when it ends well."""

    def insert(self, type_name: str, row: Mapping[str, Any]) -> None:
        """Insert one row; see :meth:`insert_many`."""
        self.insert_many(type_name, [row])

    def insert_many(self, type_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows of one type, in order; thousands in one call are quick.

        Args:
            type_name: A concrete type; what tells it from its relatives (``context_type``,
                ``object_type_id``, ``system_type``, ...) is filled in.
            rows: Values by attribute; what is missing becomes null. No defaults are applied.

        Raises:
            ValidationError: A value is of the wrong type, or its attribute is not stored.
            DuplicateEntryError: There is an entity with that key already.
        """
        entity_type = self.catalogue.types[type_name]
        told_apart = {name: values[0] for name, values in reversed(self.catalogue.restrictions(type_name))}
        batches: dict[tuple[str, ...], list[list[Any]]] = {}
        for row in rows:
            full = {**told_apart, **{name: value for name, value in row.items() if value is not None}}
            columns = {_column(entity_type, name): (name, value) for name, value in full.items()}
            batches.setdefault(tuple(columns), []).append(
                [to_stored(entity_type.attributes[name], value) for name, value in columns.values()]
            )
        for names, values in batches.items():
            marks = ", ".join("?" * len(names))
            columns_text = ", ".join(map(quote, names))
            sql = f"INSERT INTO {quote(entity_type.table)} ({columns_text}) VALUES ({marks})"
            self._write(entity_type, sql, values)

    def insert_stored(self, type_name: str, columns: Mapping[str, Stored]) -> None:
        """Insert one row whose values are in their stored form, by column; nothing is checked or filled in.

        Raises:
            DuplicateEntryError: There is an entity with that key already.
        """
        entity_type = self.catalogue.types[type_name]
        names = ", ".join(map(quote, columns))
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {quote(entity_type.table)} ({names}) VALUES ({marks})"
        self._write(entity_type, sql, [list(columns.values())])

    def update(self, type_name: str, key: Key, values: Mapping[str, Any]) -> bool:
        """Change attributes of one row; returns whether there is such a row.

        Raises:
            ValidationError: A value is of the wrong type, or its attribute is not stored.
            DuplicateEntryError: The new key is taken.
        """
        entity_type = self.catalogue.types[type_name]
        if not values:
            return self.row(type_name, key) is not None
        changes = ", ".join(f"{quote(_column(entity_type, name))} = ?" for name in values)
        parameters = [to_stored(entity_type.attributes[name], value) for name, value in values.items()]
        sql = f"UPDATE {quote(entity_type.table)} SET {changes} WHERE {_key_test(entity_type)}"
        return self._write(entity_type, sql, [[*parameters, *_key_values(entity_type, key)]]) > 0

    def delete(self, type_name: str, key: Key) -> bool:
        """Delete one row, and nothing else; returns whether there was one."""
        return self.delete_many(type_name, [key]) > 0

    def delete_many(self, type_name: str, keys: Iterable[Key]) -> int:
        """Delete rows by their keys, and nothing else; returns how many there were."""
        entity_type = self.catalogue.types[type_name]
        sql = f"DELETE FROM {quote(entity_type.table)} WHERE {_key_test(entity_type)}"
        return self._write(entity_type, sql, [_key_values(entity_type, key) for key in keys])

    def _write(self, entity_type: EntityType, sql: str, parameters: list[list[Any]]) -> int:
        try:
            count = self.raw.executemany(sql, parameters).rowcount
        except sqlite3.IntegrityError:
            raise DuplicateEntryError(f"There is a {entity_type.name} with that key already.") from None
        if entity_type.name == _OBJECT_TYPES:
            self.catalogue = _catalogue(self.raw)
        return count


def _stored_attributes(entity_type: EntityType) -> list[Attribute]:
    """Return the attributes that have a column, each once; a reference's column is its ``_id``'s."""
    return [each for each in entity_type.attributes.values() if each.is_stored]


def _column(entity_type: EntityType, name: str) -> str:
    attribute = entity_type.attributes.get(name)
    if attribute is None or not attribute.is_stored:
        raise ValidationError(f"{entity_type.name} stores no attribute {name!r}.")
    return str(attribute.column)


def _key_values(entity_type: EntityType, key: Key) -> list[Any]:
    values = [key] if isinstance(key, str | int) else list(key)
    if len(values) != len(entity_type.primary_key):
        names = ", ".join(entity_type.primary_key)
        raise ValidationError(f"The key of a {entity_type.name} has these parts: {names}.")
    return [
        to_stored(entity_type.attributes[name], value)
        for name, value in zip(entity_type.primary_key, values, strict=True)
    ]


def _key_test(entity_type: EntityType) -> str:
    return " AND ".join(f"{quote(name)} = ?" for name in entity_type.primary_key)
