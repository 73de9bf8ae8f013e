"""Heads, lanes that know when they are due, names and reasons on changes; from version 0.1 to 0.2."""

from __future__ import annotations

from alembic import op

revision = "0.2"
down_revision = "0.1"

_JSON = "JSON"
_OPEN = "state in ('waiting', 'running')"
_NEW_COLUMNS: dict[str, tuple[str, ...]] = {
    "changes": (
        "name text",
        "parent text",
        "project text",
        "stored float not null default 0",
        f"ignored {_JSON}",
        "generation integer not null default 0",
        "cause_run integer",
        f"cause_by {_JSON}",
    ),
    "runs": (
        "head boolean not null default false",
        "tried float not null default 0",
        f"ended {_JSON}",
        "why integer",
    ),
    "lanes": ("due float", "served float not null default 0"),
    "cursors": ("id varchar(64) not null default ''", "behind boolean not null default false"),
    "servers": (
        "host text not null default ''",
        "pid integer",
        "started float not null default 0",
        f"stuck {_JSON}",
        "heard float",
        "generation integer",
    ),
}
_GONE = {"runs": ("project", "entity_name", "entity_parent", "first_tried")}
_NEW_TABLES = (
    *("reasons", "generations", "beginnings", "caused", "pauses", "log", "figures"),
    *("labels", "words", "facets", "tries", "progress"),
)
_NEW_INDEXES: dict[str, tuple[str, ...]] = {
    "changes": ("changes_stored", "changes_kind", "changes_entity", "changes_generation", "changes_heard"),
    "runs": ("runs_automation", "runs_next", "runs_head", "runs_why"),
    "lanes": ("lanes_due",),
}


def upgrade() -> None:
    """Add what is new, and fill it from what is there."""
    # As they are today: a later step that changes them brings its own.
    from callboard.engine.store import facet_filling, facet_tables, tables

    for table, columns in _NEW_COLUMNS.items():
        for column in columns:
            op.execute(f"alter table {table} add column {column}")
    _fill()
    for table, gone in _GONE.items():
        for name in gone:
            op.execute(f"alter table {table} drop column {name}")
    # What is forgotten is found by when it was stored.
    op.execute("drop index changes_at")
    # Its condition was not the one that queries have, so that it was never used.
    op.execute("drop index changes_heard")
    connection = op.get_bind()
    for name in _NEW_TABLES:
        facet_tables.metadata.tables[name].create(connection)
    for table, names in _NEW_INDEXES.items():
        for index in tables.metadata.tables[table].indexes:
            if index.name in names:
                index.create(connection)
    facet_filling.fill_facets(connection)
    # What is on at the first start from now on was on before.
    op.execute("insert into beginnings (automation, at, keys, settled) values ('*', 0, '[]', true)")


def _fill() -> None:
    for new, old in (("name", "entity_name"), ("parent", "entity_parent"), ("project", "project")):
        op.execute(f"update changes set {new} = (select max({old}) from runs where runs.change_key = changes.key)")
    op.execute("update changes set stored = at")
    op.execute(
        "update runs set head = true where id in (select id from (select id, row_number() over "
        f"(partition by automation, lane, entity_id order by at, id) as place from runs where {_OPEN}) as placed "
        "where place = 1)"
    )
    op.execute(
        "update lanes set due = (select min(due) from runs where runs.automation = lanes.automation "
        "and runs.lane = lanes.lane and runs.head)"
    )
    # How a job ended was kept as its plan.
    ended = "update runs set ended = plan -> 0, plan = null where ftrack_job_id is not null and plan is not null"
    op.execute(ended)
