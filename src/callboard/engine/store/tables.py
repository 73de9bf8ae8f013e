"""The tables. Times are seconds since 1970 in UTC, by the database's clock."""

from __future__ import annotations

from typing import Any

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
    true,
)

metadata = MetaData()

#: What happened in ftrack, each change once. ``kind`` is ``created``, ``status``, or ``launched`` for an action's job;
#: ``by`` is {id, username, name} or null. A change without runs is one that was known before Callboard began, or that
#: no automation has anything to do with.
#: ``heard``       stored from what an event said, since its row did not show; false again when the row is seen
#: ``name``, ``parent``, ``project``  what people call the entity, what it hangs under, and its project
#: ``stored``      when it was stored
#: ``ignored``     the reasons (ids of :data:`reasons`) of the automations that have nothing to do with it
#: ``generation``  the configuration that looked at it last, see :data:`generations`
#: ``cause_run``   the run of Callboard's that made this change, and ``cause_by`` the person whose change it answered
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
    Column("name", Text),
    Column("parent", Text),
    Column("project", Text),
    Column("stored", Float, nullable=False, server_default="0"),
    Column("ignored", JSON(none_as_null=True)),
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("cause_run", Integer),
    Column("cause_by", JSON(none_as_null=True)),
    Index("changes_stored", "stored"),
    Index("changes_kind", "kind", "entity_type", "stored"),
    Index("changes_entity", "entity_id", "at"),
    Index("changes_generation", "generation", "stored"),
)


def is_heard() -> ColumnElement[bool]:
    """Return the condition that only an event reports a change; its partial index repeats it verbatim."""
    return changes.c.heard.is_(true())


# Few at any time; asked for whenever status changes are stored.
Index("changes_heard", changes.c.entity_id, sqlite_where=is_heard(), postgresql_where=is_heard())

#: Why automations have nothing to do with changes of a kind, each sentence once: there are few, and many changes.
reasons = Table(
    "reasons",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("automation", String(100), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("entity_type", String(64), nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("automation", "kind", "entity_type", "text", name="reasons_once"),
    sqlite_autoincrement=True,
)

#: The configurations that servers had, as far as they decide which automations look at a change: {automation: digest}.
#: One that comes back is there again, with a greater number.
generations = Table(
    "generations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False),
    Column("automations", JSON, nullable=False),
    Column("began", Float, nullable=False),
    sqlite_autoincrement=True,
)

#: What an automation did, does or will do about a change: one row per change and automation that has to do with it.
#:
#: ``lane``      the project's id; for the job of an action, the change's key: every job has a lane of its own
#: ``state``     see :class:`~callboard.engine.store.states.RunState`
#: ``head``      whether it is the one of its entity's open runs in its lane that is next; at most one is
#: ``due``       when it may be taken: when it happened, or when it is tried again
#: ``attempts``  how often it was taken from its lane
#: ``tried``     seconds for which servers have been trying it
#: ``plan``      what was planned and may have been begun; a crash resumes from it
#: ``effects``   list of {kind, text, done}: what was done, in sentences
#: ``summary``   one sentence: what it did, or why it did nothing
#: ``error``     one sentence, or null
#: ``why``       the kind of that error, or of the reason why it did nothing: a label
#: The rest is for jobs: ``arguments`` of the work, its ``checkpoints`` {key: value}, how the work ``ended``, the ftrack
#: Job that people see, who launched it {id, username, name}, and whether somebody cleared it.
runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("change_key", String(160), ForeignKey("changes.key"), nullable=False),
    Column("automation", String(100), nullable=False),
    Column("lane", String(160), nullable=False),
    Column("entity_type", String(64), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("at", Float, nullable=False),
    Column("state", String(8), nullable=False),
    Column("head", Boolean, nullable=False, server_default=false()),
    Column("due", Float, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried", Float, nullable=False, server_default="0"),
    Column("finished", Float),
    Column("plan", JSON(none_as_null=True)),
    Column("effects", JSON(none_as_null=True)),
    Column("summary", Text, nullable=False, server_default=""),
    Column("error", Text),
    Column("arguments", JSON(none_as_null=True)),
    Column("checkpoints", JSON(none_as_null=True)),
    Column("ended", JSON(none_as_null=True)),
    Column("ftrack_job_id", String(64)),
    Column("user", JSON(none_as_null=True)),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    Column("why", Integer),
    UniqueConstraint("change_key", "automation", name="runs_once"),
    Index("runs_state", "state", "id"),
    Index("runs_finished", "finished"),
    Index("runs_entity", "entity_id"),
    Index("runs_automation", "automation", "id"),
    sqlite_autoincrement=True,
)


def in_state(state: str) -> ColumnElement[bool]:
    """Return whether a run is in a state, for queries in the order of :func:`by_state`.

    As a range: with an equality PostgreSQL may walk along the primary key instead, through the whole history where no
    run is in that state.
    """
    return runs.c.state.between(state, state)


def by_state(*, newest_first: bool) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return the order of the index on states and numbers."""
    key = (runs.c.state, runs.c.id)
    return (key[0].desc(), key[1].desc()) if newest_first else (key[0].asc(), key[1].asc())


def is_open(table: FromClause = runs) -> ColumnElement[bool]:
    """Return whether a run is not over.

    Literals, not parameters: a partial index is used only if the query repeats its condition verbatim.
    """
    return table.c.state.in_([literal_column("'waiting'"), literal_column("'running'")])


def is_head(table: FromClause = runs) -> ColumnElement[bool]:
    """Return the condition that a run is next; the partial indexes on heads repeat it verbatim."""
    return table.c.head.is_(true())


# By entity, in the order of the changes: which run comes after one that ended.
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
# What taking a batch reads: one range of it, however much waits behind the heads.
Index(
    "runs_next",
    runs.c.automation,
    runs.c.lane,
    runs.c.due,
    runs.c.id,
    sqlite_where=is_head(),
    postgresql_where=is_head(),
)
# One head for each entity; storing relies on it. Its order keeps planners from taking it for the one above.
Index(
    "runs_head",
    runs.c.entity_id,
    runs.c.lane,
    runs.c.automation,
    unique=True,
    sqlite_where=is_head(),
    postgresql_where=is_head(),
)

#: The server that works on a lane. ``epoch`` grows with every claim, so that a late writer is recognised. ``due`` is
#: when the lane's next run is due, null if it has none; ``served`` is when it was last handed back.
lanes = Table(
    "lanes",
    metadata,
    Column("automation", String(100), nullable=False),
    Column("lane", String(160), nullable=False),
    Column("owner", String(64)),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Column("due", Float),
    Column("served", Float, nullable=False, server_default="0"),
    PrimaryKeyConstraint("automation", "lane"),
    Index("lanes_due", "due"),
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

#: When automations were turned on, see :class:`~callboard.engine.store.beginnings.Beginning`.
beginnings = Table(
    "beginnings",
    metadata,
    Column("automation", String(100), primary_key=True),
    Column("at", Float, nullable=False),
    Column("keys", JSON, nullable=False),
    Column("settled", Boolean, nullable=False),
)

#: The statuses that runs are about to set: what tells a change that Callboard made itself from a person's.
caused = Table(
    "caused",
    metadata,
    Column("entity_id", String(64), nullable=False),
    Column("status", Text, nullable=False),
    Column("run_id", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("by", JSON(none_as_null=True)),
    PrimaryKeyConstraint("entity_id", "status", "run_id"),
    Index("caused_at", "at"),
)

#: Automations that somebody paused, on all servers: who, and why.
pauses = Table(
    "pauses",
    metadata,
    Column("automation", String(100), primary_key=True),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Float, nullable=False),
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

#: Seconds without a sign of life after which a server counts as gone.
GONE = 10.0

#: The event servers that work on this database; ``seen`` is their last sign of life, ``hub`` is ``connected`` or
#: ``disconnected``, ``stuck`` lists in sentences what does not come to an end there, ``generation`` is that of its
#: configuration, ``heard`` is when it last heard an event that it had sent to itself.
servers = Table(
    "servers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hub", String(16), nullable=False),
    Column("seen", Float, nullable=False),
    Column("host", Text, nullable=False, server_default=""),
    Column("pid", Integer),
    Column("started", Float, nullable=False, server_default="0"),
    Column("stuck", JSON(none_as_null=True)),
    Column("generation", Integer),
    Column("heard", Float),
)
