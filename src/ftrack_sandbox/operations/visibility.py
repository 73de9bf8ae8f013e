"""The entities that a user cannot see: others' private projects, and custom attributes of other roles.

Queries of such a user read tables that lack those rows. In SQL a named subselect takes the place of the table of the
same name, so ``WITH "Asset" AS (SELECT * FROM main."Asset" WHERE ...)`` before a statement covers its criteria,
projections, aggregates and subqueries alike.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.ownership import Hierarchy, hierarchy_of
from ftrack_sandbox.schema.tables import quote
from ftrack_sandbox.store import Connection

#: Components that belong to no version: attachments of notes, and thumbnails.
_LOOSE_COMPONENTS: Final = (
    'SELECT "component_id" FROM main."NoteComponent" WHERE "note_id" IN temp.unseen '
    'UNION SELECT "thumbnail_id" FROM main."Context" WHERE "id" IN temp.unseen AND "thumbnail_id" IS NOT NULL '
    'UNION SELECT "thumbnail_id" FROM main."AssetVersion" WHERE "id" IN temp.unseen AND "thumbnail_id" IS NOT NULL'
)

_RECURSIVE: Final = "WITH RECURSIVE "


class LimitedConnection(Connection):
    """A connection whose ``execute`` does not find what a user does not see; it is for reading only."""

    def __init__(self, connection: Connection, hierarchy: Hierarchy) -> None:
        super().__init__(connection.raw, connection.catalogue)
        columns = {**hierarchy.belongings, **dict.fromkeys(hierarchy.holders, ("id",))}
        self._seen = {table: _subselect(table, names) for table, names in columns.items()}

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement of our own making on what the user sees."""
        seen = ", ".join(subselect for table, subselect in self._seen.items() if quote(table) in sql)
        if not seen:
            return super().execute(sql, parameters)
        if sql.startswith(_RECURSIVE):
            return super().execute(f"{_RECURSIVE}{seen}, {sql.removeprefix(_RECURSIVE)}", parameters)
        return super().execute(f"WITH {seen} {sql}", parameters)


def _subselect(table: str, columns: Iterable[str]) -> str:
    """Return the named subselect that takes the place of a table."""
    tests = [f"({quote(name)} IS NULL OR {quote(name)} NOT IN temp.unseen)" for name in columns]
    return f"{quote(table)} AS NOT MATERIALIZED (SELECT * FROM main.{quote(table)} WHERE {' AND '.join(tests)})"


def seen_by(call: Call) -> Connection:
    """Return the connection of a batch, limited to what its user sees."""
    permissions = call.permissions
    if not permissions.hidden_projects and not permissions.hidden_attributes:
        return call.connection
    # Read again after writes of the batch itself.
    hierarchy = hierarchy_of(call.layout)
    asked = ("unseen", call.records.writes_to(hierarchy.holders))
    if asked not in call.remembered:
        _collect(call.connection, hierarchy, [*permissions.hidden_projects, *permissions.hidden_attributes])
        call.remembered[asked] = LimitedConnection(call.connection, hierarchy)
    limited: LimitedConnection = call.remembered[asked]
    return limited


def is_hidden(call: Call, entity_id: str) -> bool:
    """Return whether the user does not see an entity; what does not exist is not hidden."""
    if seen_by(call) is call.connection:
        return False
    found = call.connection.execute("SELECT 1 FROM temp.unseen WHERE id = ?", (entity_id,))
    return found.fetchone() is not None


def _collect(connection: Connection, hierarchy: Hierarchy, hidden: list[str]) -> None:
    """Fill the connection's table ``unseen`` with the ids of all that belongs to something hidden."""
    connection.execute("DELETE FROM temp.unseen")
    connection.execute("INSERT INTO temp.unseen SELECT value FROM json_each(?)", (json.dumps(hidden),))
    for table in hierarchy.holders:
        _collect_from(connection, table, hierarchy.belongings[table])
    connection.execute(f"INSERT OR IGNORE INTO temp.unseen {_LOOSE_COMPONENTS}")
    _collect_from(connection, "Component", hierarchy.belongings["Component"])


def _collect_from(connection: Connection, table: str, columns: Sequence[str]) -> None:
    test = " OR ".join(f"{quote(name)} IN temp.unseen" for name in columns)
    insert = f'INSERT OR IGNORE INTO temp.unseen SELECT "id" FROM main.{quote(table)} WHERE {test}'
    # Notes answer notes, and components hold components: again, until there is nothing new.
    while connection.execute(insert).rowcount and len(columns) > 1:
        pass
