"""Facets: the labels that runs are found by, noted when they are stored, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, func, literal, select, update

from callboard.changes import Change
from callboard.chunks import chunks
from callboard.engine.store.database import now
from callboard.engine.store.facet_tables import facets, labels
from callboard.engine.store.labels import KEY, Label, note_labels
from callboard.engine.store.tables import changes, runs


def labels_of(
    change: Change, automations: Iterable[str], *, name: str | None, parent: str | None, project: str | None
) -> list[Label | None]:
    """Return the labels of the runs about a change; the person of its cause is known from that cause's own run."""
    by = change.by
    return [
        *(Label.of("automation", automation) for automation in automations),
        Label.of("project", change.project_id, project),
        Label.of("person", None if by is None else by.username, also=by.name if by else ""),
        Label.of("name", name),
        Label.of("name", parent),
    ]


def note_runs(connection: Connection, ids: Iterable[int], known: Iterable[Label | None]) -> None:
    """Note what new runs are found by.

    Args:
        connection: The transaction that stored them.
        ids: The runs.
        known: The labels of their changes and automations.
    """
    note_labels(connection, known)
    for some in chunks(sorted(ids)):
        insert_facets(connection, now(), runs.c.id.in_(some))


def note_lists(connection: Connection, plans: Mapping[int, Any]) -> None:
    """Note the lists that runs are going to put their entities on, by the run's id and plan."""
    named = {run: label for run, plan in plans.items() if (label := Label.of("list", _list_in(plan))) is not None}
    if named:
        numbers = note_labels(connection, named.values())
        rows = [{"of": run, "on": numbers[label.kind, label.key]} for run, label in named.items()]
        connection.execute(update(facets).where(facets.c.run == bindparam("of")).values(list=bindparam("on")), rows)


def _list_in(plan: Any) -> str | None:
    effects = plan.get("effects", ()) if isinstance(plan, dict) else ()
    names = (each["list"]["found_by"].get("name") for each in effects if each.get("kind") == "add_to_list")
    return next((name for name in names if isinstance(name, str)), None)


def insert_facets(connection: Connection, stored: ColumnElement[float], which: ColumnElement[bool]) -> None:
    """Insert the facets of runs; the database itself looks up the numbers of their labels.

    Args:
        connection: The transaction.
        stored: When the runs were stored.
        which: A condition on runs.
    """
    columns = {
        "run": runs.c.id,
        "stored": stored,
        "automation": _label("automation", runs.c.automation),
        "project": _label("project", changes.c.project_id),
        "person": _label("person", func.coalesce(changes.c.cause_by, changes.c.by)["username"].as_string()),
        "name": _label("name", changes.c.name),
        "parent": _label("name", changes.c.parent),
    }
    noted = select(*columns.values()).join_from(runs, changes, changes.c.key == runs.c.change_key).where(which)
    connection.execute(facets.insert().from_select(list(columns), noted))


def _label(kind: str, key: Any) -> ScalarSelect[int]:
    cut = func.substr(key, 1, KEY)
    return select(labels.c.id).where(labels.c.key == cut, labels.c.kind == literal(kind)).scalar_subquery()
