"""The tables and indexes of the database, made from the catalogue."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping
from typing import Final

from ftrack_sandbox.schema.catalogue import Catalogue, Table
from ftrack_sandbox.schema.model import Attribute

#: Further indexes, some of several columns, for the questions asked most often.
_COMBINED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Context": (("parent_id", "name"), ("is_private",)),
    "AssetVersion": (("asset_id", "version"),),
    "ListObject": (("list_id", "entity_id"),),
}


def quote(name: str) -> str:
    """Return a declared name as an SQL identifier; several are SQL words (``group``, ``from``)."""
    return f'"{name}"'


def create_tables(raw: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Create what is missing: tables, columns that a newer version added, indexes.

    ``user_version`` holds a digest of the statements, so a second start has nothing to do.
    """
    statements = [statement for table in catalogue.tables.values() for statement in _statements(table)]
    digest = zlib.crc32("".join(statements).encode()) & 0x7FFFFFFF
    if raw.execute("PRAGMA user_version").fetchone()[0] == digest:
        return
    raw.execute("BEGIN IMMEDIATE")
    for table in catalogue.tables.values():
        create, *indexes = _statements(table)
        raw.execute(create)
        present = {row[1] for row in raw.execute(f"PRAGMA table_info({quote(table.name)})")}
        for name, attribute in table.columns.items():
            if name not in present:
                raw.execute(f"ALTER TABLE {quote(table.name)} ADD COLUMN {_column(name, attribute)}")
        for index in indexes:
            raw.execute(index)
    raw.execute(f"PRAGMA user_version = {digest}")
    raw.commit()


def _statements(table: Table) -> list[str]:
    """Return the statement that creates the table, then those for its indexes."""
    # "sequence" numbers the rows in the order of their creation: the order of queries that name none.
    columns = ['"sequence" INTEGER PRIMARY KEY']
    columns += [_column(name, attribute) for name, attribute in table.columns.items()]
    key = ", ".join(map(quote, table.primary_key))
    statements = [f"CREATE TABLE IF NOT EXISTS {quote(table.name)} ({', '.join(columns)}, UNIQUE ({key}))"]
    combined = _COMBINED.get(table.name, ())
    single = [(name,) for name in table.indexed if all(names[0] != name for names in combined)]
    for names in (*combined, *single):
        index = quote("_".join((table.name, *names)))
        statements.append(f"CREATE INDEX IF NOT EXISTS {index} ON {quote(table.name)} ({', '.join(map(quote, names))})")
    return statements


def _column(name: str, attribute: Attribute) -> str:
    affinity = {"boolean": "INTEGER", "integer": "INTEGER", "number": "NUMERIC", "variable": ""}
    return f"{quote(name)} {affinity.get(attribute.value_type or '', 'TEXT')}".rstrip()
