"""Facets and labels of the runs of an older database, noted once when it is upgraded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, text, true, update

from callboard.engine.store.batches import Outcome, records_of
from callboard.engine.store.facets import insert_facets
from callboard.engine.store.labels import Label, note_labels
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, runs
from callboard.engine.store.whys import number_whys

#: Runs whose reasons are numbered together.
_TOGETHER = 1000


def fill_facets(connection: Connection) -> None:
    """Note what all runs are found by."""
    if connection.dialect.name == "sqlite":
        # A damaged value would end the upgrade, and tells nobody anything.
        for name in ("by", "cause_by"):
            damaged = f'"{name}" is not null and not json_valid("{name}")'
            connection.execute(text(f'update changes set "{name}" = null where {damaged}'))
    _note_runs(connection)
    _number_whys(connection)


def _note_runs(connection: Connection) -> None:
    by = [changes.c.by[name].as_string() for name in ("username", "name")]
    caused_by = [changes.c.cause_by[name].as_string() for name in ("username", "name")]
    queries: dict[str, list[Sequence[ColumnElement[Any]]]] = {
        "automation": [(runs.c.automation, runs.c.automation)],
        "project": [(changes.c.project_id, changes.c.project)],
        "person": [by, caused_by],
        "name": [(changes.c.name, changes.c.name), (changes.c.parent, changes.c.parent)],
    }
    for kind, pairs in queries.items():
        for key, name in pairs:
            rows = connection.execute(select(key, name).distinct())
            note_labels(
                connection,
                [Label.of(kind, each, None if kind == "person" else said, said or "") for each, said in rows],
            )
    # When the change was stored is the best that is known of when the run was.
    insert_facets(connection, changes.c.stored, true())


def _number_whys(connection: Connection) -> None:
    last = 0
    columns = (runs.c.id, runs.c.state, runs.c.error, runs.c.summary, runs.c.effects)
    page = select(*columns).order_by(runs.c.id).limit(_TOGETHER)
    while rows := connection.execute(page.where(runs.c.id > last)).all():
        last = rows[-1].id
        outcomes = {
            row.id: Outcome(RunState(row.state), row.summary, row.error, records_of(row.effects)) for row in rows
        }
        numbers = number_whys(connection, {run: why for run, each in outcomes.items() if (why := each.why) is not None})
        if numbers:
            values = [{"of": run, "number": number} for run, number in numbers.items()]
            connection.execute(update(runs).where(runs.c.id == bindparam("of")).values(why=bindparam("number")), values)
