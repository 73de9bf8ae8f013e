"""What is stored, table by table. Times are seconds since 1970 in UTC, as the database's clock tells them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

metadata = MetaData()

#: What happened in ftrack, each change once. ``kind`` is ``created``, ``status``, or ``launched`` for an action's job;
#: ``by`` is {id, username, name} or null. A change without runs is one that was known before Callboard began.
#: ``heard``: stored from what an event said, since its row did not show; false again when the row is seen after all.
changes = Table(
    "changes",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("entity_type", String(64), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("project_id", String(64)),
    Column("at", Float, nullable=False),
    Column("by", JSON(none_as_null=True)),
    Column("status", Text),
    Column("from_status", Text),
    Column("heard", Boolean, nullable=False, server_default=false()),
    Index("changes_at", "at"),
)

# Few at any time; asked for whenever status changes are stored.
Index("changes_heard", changes.c.heard, sqlite_where=changes.c.heard, postgresql_where=changes.c.heard)

#: What an automation did, does or will do about a change: one row per change and automation that cares.
#:
#: ``lane``           the project's id; for the job of an action, the change's key: every job has a lane of its own
#: ``project``        the project's name, for people
#: ``entity_parent``  the name of what the entity hangs under, for people
#: ``state``          ``waiting``, ``running``, ``failed`` or ``done``
#: ``due``            when a waiting run is tried next
#: ``attempts``       how often it was taken from its lane
#: ``first_tried``    when it was taken first, or first since it was retried by hand; trying ends ``retry_for`` later
#: ``plan``           the effects that were planned and not yet all applied; a crash resumes from them
#: ``effects``        list of {kind, text, done}: what was done, in sentences
#: ``summary``        one sentence: what it did, or why it did nothing
#: ``error``          one sentence, or null
#: The rest is for jobs: ``arguments`` of the work, its ``checkpoints`` {key: value}, the ftrack Job that people see,
#: who launched it {id, username, name}, and whether somebody cleared it.
runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("change_key", String(160), ForeignKey("changes.key"), nullable=False),
    Column("automation", String(100), nullable=False),
    Column("lane", String(160), nullable=False),
    Column("project", Text),
    Column("entity_type", String(64), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("entity_name", Text, nullable=False, server_default=""),
    Column("entity_parent", Text),
    Column("at", Float, nullable=False),
    Column("state", String(8), nullable=False),
    Column("due", Float, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_tried", Float),
    Column("finished", Float),
    Column("plan", JSON(none_as_null=True)),
    Column("effects", JSON(none_as_null=True)),
    Column("summary", Text, nullable=False, server_default=""),
    Column("error", Text),
    Column("arguments", JSON(none_as_null=True)),
    Column("checkpoints", JSON(none_as_null=True)),
    Column("ftrack_job_id", String(64)),
    Column("user", JSON(none_as_null=True)),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("change_key", "automation", name="runs_once"),
    Index("runs_state", "state", "id"),
    Index("runs_finished", "finished"),
    Index("runs_entity", "entity_id"),
    sqlite_autoincrement=True,
)


def is_open(table: FromClause = runs) -> ColumnElement[bool]:
    """Return the condition that a run is not over.

    It has literals, not parameters: a partial index is used only if the query repeats its condition verbatim.
    """
    return table.c.state.in_([literal_column("'waiting'"), literal_column("'running'")])


# By entity: what claiming looks at, however long the history is.
Index(
    "runs_open",
    runs.c.automation,
    runs.c.lane,
    runs.c.entity_id,
    runs.c.at,
    runs.c.id,
    sqlite_where=is_open(),
    postgresql_where=is_open(),
)

#: Who works on a lane. ``epoch`` grows with every claim, so that a late writer is known as such.
lanes = Table(
    "lanes",
    metadata,
    Column("automation", String(100), nullable=False),
    Column("lane", String(160), nullable=False),
    Column("owner", String(64)),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_until", Float, nullable=False, server_default="0"),
    PrimaryKeyConstraint("automation", "lane"),
)

#: How far each feed has been read: the newest row, by its time and id; and whether older ones are still being read.
cursors = Table(
    "cursors",
    metadata,
    Column("feed", String(80), primary_key=True),
    Column("at", Float, nullable=False),
    Column("id", String(64), nullable=False, server_default=""),
    Column("behind", Boolean, nullable=False, server_default=false()),
)

#: Messages that have left, so that nobody gets one twice. ``message`` says which one of the run it was.
sent = Table(
    "sent",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("message", String(200), nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("run_id", "message"),
)

#: The event servers that work on this database; ``seen`` is their last sign of life, ``hub`` is ``connected`` or
#: ``disconnected``.
servers = Table(
    "servers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hub", String(16), nullable=False),
    Column("seen", Float, nullable=False),
)
