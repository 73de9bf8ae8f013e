"""A studio with a past and a backlog, made by the database itself in a second or two."""

from __future__ import annotations

from callboard.engine.store.database import Store

LANE = ("greet", "one")
#: Changes in the backlog for each entity, one after another.
EACH = 4

SERIES = {
    "postgresql": "select n from generate_series(1, {count}) as series(n)",
    "sqlite": "with recursive series(n) as (select 1 union all select n + 1 from series where n < {count}) "
    "select n from series",
}


def fill(store: Store, *, waiting: int, done: int = 0) -> None:
    """Store so many runs that wait in one lane, :data:`EACH` for every entity, and so many that ended before."""
    with store.writing() as connection:
        dialect = connection.dialect.name
        for name, count, state in (("done", done, "done"), ("open", waiting, "waiting")):
            if not count:
                continue
            series = SERIES[dialect].format(count=count)
            connection.exec_driver_sql(
                "insert into changes (key, kind, entity_type, entity_id, project_id, at, stored, heard, generation) "
                f"select '{name}:' || n, 'created', 'Task', 'e' || (n / {EACH}), 'one', 1000000 + n, 1000000 + n, "
                f"false, 1 from ({series}) as numbered"
            )
            head = f"mod(n, {EACH}) = 0 or n = 1" if state == "waiting" else "false"
            connection.exec_driver_sql(
                "insert into runs (change_key, automation, lane, entity_type, entity_id, at, state, head, due, "
                "attempts, tried, summary, cancelled, finished) "
                f"select '{name}:' || n, 'greet', 'one', 'Task', 'e' || (n / {EACH}), 1000000 + n, '{state}', {head}, "
                f"1000000 + n, 0, 0, '', false, {'null' if state == 'waiting' else '2000000'} "
                f"from ({series}) as numbered"
            )
        connection.exec_driver_sql(
            "insert into lanes (automation, lane, epoch, lease_until, due, served) values ('greet', 'one', 0, 0, 0, 0)"
        )


def analyze(store: Store) -> None:
    """Have the planner know the tables as they are now, and as nothing else from now on."""
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":
            for table in ("runs", "changes", "lanes"):
                connection.exec_driver_sql(f"alter table {table} set (autovacuum_enabled = false)")
        connection.exec_driver_sql("analyze")
