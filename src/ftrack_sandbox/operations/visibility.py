"""What a user does not see: private projects of others with all that is in them, and custom attributes for other roles.

Queries of such a user read tables that lack those rows. In SQL a named subselect takes the place of the table of the
same name, so ``WITH "Asset" AS (SELECT * FROM main."Asset" WHERE ...)`` before a statement covers its criteria,
projections, aggregates and subqueries alike.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.schema.tables import quoted
from ftrack_sandbox.store import Connection

#: Tables whose rows others belong to: the columns that name what a row itself belongs to, which comes before it here.
HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Context": ("project_id",),
    "CustomConfigurationBase": ("project_id",),
    "Asset": ("context_id",),
    "AssetVersion": ("asset_id",),
    "CalendarEvent": ("project_id",),
    "List": ("project_id",),
    "ReviewSession": ("project_id",),
    "ReviewSessionObject": ("review_session_id", "version_id"),
    "Note": ("parent_id", "in_reply_to_id"),
    "Component": ("version_id", "container_id"),
}

#: All other tables with rows that belong to those, or tie them together: the columns that name them.
BELONGINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "Appointment": ("context_id",),
    "AssetVersionLink": ("from_id", "to_id"),
    "CalendarEventResource": ("calendar_event_id",),
    "ComponentLocation": ("component_id",),
    "ConfigurationReadRole": ("configuration_id",),
    "ConfigurationWriteRole": ("configuration_id",),
    "ContextScope": ("context_id",),
    "CustomAttributeLink": ("configuration_id", "from_id", "to_id"),
    "CustomAttributeValue": ("configuration_id", "entity_id"),
    "EntitySetting": ("parent_id",),
    "Event": ("parent_id", "project_id"),
    "JobComponent": ("component_id",),
    "ListObject": ("list_id", "entity_id"),
    "Manager": ("context_id",),
    "Metadata": ("parent_id",),
    "NoteComponent": ("note_id", "component_id"),
    "NoteLabelLink": ("note_id",),
    "Recipient": ("note_id",),
    "ReviewSessionInvitee": ("review_session_id",),
    "ReviewSessionObjectStatus": ("review_session_object_id",),
    "SettingComponent": ("component_id",),
    "StatusChange": ("parent_id",),
    "Timelog": ("context_id",),
    "Timer": ("context_id",),
    "TypedContextLink": ("from_id", "to_id"),
    "UserSecurityRoleProject": ("project_id",),
}

#: Components that belong to no version: attachments of notes, and thumbnails.
_LOOSE_COMPONENTS: Final = (
    'SELECT "component_id" FROM main."NoteComponent" WHERE "note_id" IN temp.unseen '
    'UNION SELECT "thumbnail_id" FROM main."Context" WHERE "id" IN temp.unseen AND "thumbnail_id" IS NOT NULL '
    'UNION SELECT "thumbnail_id" FROM main."AssetVersion" WHERE "id" IN temp.unseen AND "thumbnail_id" IS NOT NULL'
)

#: By table: the subselect that takes its place.
_SEEN: Final[Mapping[str, str]] = {
    table: f"{quoted(table)} AS NOT MATERIALIZED (SELECT * FROM main.{quoted(table)} WHERE "
    + " AND ".join(f"({quoted(name)} IS NULL OR {quoted(name)} NOT IN temp.unseen)" for name in columns)
    + ")"
    for table, columns in {**dict.fromkeys(HOLDERS, ("id",)), **BELONGINGS}.items()
}

_RECURSIVE: Final = "WITH RECURSIVE "


class LimitedConnection(Connection):
    """A connection whose ``execute`` does not find what a user does not see; it is for reading only."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement of our own making on what the user sees."""
        seen = ", ".join(subselect for table, subselect in _SEEN.items() if quoted(table) in sql)
        if not seen:
            return super().execute(sql, parameters)
        if sql.startswith(_RECURSIVE):
            return super().execute(f"{_RECURSIVE}{seen}, {sql.removeprefix(_RECURSIVE)}", parameters)
        return super().execute(f"WITH {seen} {sql}", parameters)


def seen_by(call: Call) -> Connection:
    """Return the connection of a batch, limited to what its user sees."""
    permissions = call.permissions
    if not permissions.hidden_projects and not permissions.hidden_attributes:
        return call.connection
    # Read anew after writes of the batch itself.
    asked = ("unseen", call.records.writes_to(HOLDERS))
    if asked not in call.remembered:
        _collect(call.connection, [*permissions.hidden_projects, *permissions.hidden_attributes])
        call.remembered[asked] = LimitedConnection(call.connection.raw, call.connection.catalogue)
    limited: LimitedConnection = call.remembered[asked]
    return limited


def is_hidden(call: Call, entity_id: str) -> bool:
    """Return whether the user does not see an entity; what does not exist is not hidden."""
    if seen_by(call) is call.connection:
        return False
    found = call.connection.execute("SELECT 1 FROM temp.unseen WHERE id = ?", (entity_id,))
    return found.fetchone() is not None


def _collect(connection: Connection, hidden: list[str]) -> None:
    """Fill the connection's table ``unseen`` with the ids of all that belongs to something hidden."""
    connection.execute("DELETE FROM temp.unseen")
    connection.execute("INSERT INTO temp.unseen SELECT value FROM json_each(?)", (json.dumps(hidden),))
    for table, columns in HOLDERS.items():
        if table == "Component":
            connection.execute(f"INSERT OR IGNORE INTO temp.unseen {_LOOSE_COMPONENTS}")
        test = " OR ".join(f"{quoted(name)} IN temp.unseen" for name in columns)
        insert = f'INSERT OR IGNORE INTO temp.unseen SELECT "id" FROM main.{quoted(table)} WHERE {test}'
        # Notes answer notes, and components hold components: again, until there is nothing new.
        while connection.execute(insert).rowcount and len(columns) > 1:
            pass
