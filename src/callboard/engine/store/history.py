"""The history: what ran, for which change, what it did, or why it did nothing. The read side of the store."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from callboard.changes import Reference
from callboard.engine.store.database import Store, now
from callboard.engine.store.facet_tables import labels
from callboard.engine.store.heads import promote, wake_lanes
from callboard.engine.store.pauses import pauses_in, read_pauses
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import GONE, changes, cursors, reasons, runs, servers

#: Changes that are read together while those that an automation ignored are looked for.
_TOGETHER = 500

_OF_CHANGES = ("kind", "by", "status", "from_status", "name", "parent", "project", "stored", "cause_run", "cause_by")


class History:
    """The view of the store that the commands and the dashboard show."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def counts(self) -> dict[str, Any]:
        """Return ``waiting``, ``running``, ``failed``, ``done``; ``hub``; ``oldest_waiting``; ``reading``; ``stuck``.

        ``hub`` is ``connected`` when some running server hears ftrack's events, ``disconnected`` when none of them
        does, and ``down`` when no server runs. ``oldest_waiting`` is when the oldest waiting change happened, and
        ``reading`` up to when a backlog has been read (ISO 8601, or None). ``stuck`` says in sentences what does not
        come to an end.
        """
        with self._store.reading() as connection:
            found = {row.state: row.count for row in connection.execute(_count_query())}
            oldest = connection.scalar(select(func.min(runs.c.at)).where(runs.c.state == "waiting"))
            alive = connection.execute(
                select(servers.c.hub, servers.c.stuck).where(servers.c.seen > now() - GONE)
            ).all()
            behind = connection.scalar(select(func.min(cursors.c.at)).where(cursors.c.behind))
        hubs = {row.hub for row in alive}
        return {
            **{state.value: found.get(state.value, 0) for state in RunState},
            "hub": "down" if not hubs else "connected" if "connected" in hubs else "disconnected",
            "oldest_waiting": None if oldest is None else _iso(oldest),
            "reading": None if behind is None else _iso(behind),
            "stuck": [sentence for row in alive for sentence in row.stuck or ()],
        }

    def runs(
        self,
        *,
        state: str | None = None,
        automation: str | None = None,
        entity: Reference | None = None,
        ids: Collection[int] | None = None,
        limit: int | None = None,
        ignored: bool = True,
    ) -> list[dict[str, Any]]:
        """Return runs, newest first, as plain JSON objects.

        With *ignored*, the changes that automations had nothing to do with are among them.

        Each has ``id``, ``automation``, ``state``, ``project`` (its name), ``parent`` (the name of what the entity
        hangs under, or None), ``entity`` {type, id, name}, ``change`` {kind, what, at, by, status, from_status,
        because} (``what`` is a phrase, ``by`` a user name or None, ``because`` {run, by} or None), ``summary``,
        ``error``, ``why`` {id, text} or None (the kind of error, or of reason why nothing was done), ``attempts``,
        ``effects`` (list of {kind, text, done}), ``next_try`` and ``finished`` (ISO 8601 or None), and ``paused`` (why
        it waits when somebody paused the automation, or None). Of what was ignored ``id`` is a text, and ``state`` is
        ``done``.
        """
        with self._store.reading() as connection:
            both = [_runs(connection, state=state, automation=automation, entity=entity, ids=ids, limit=limit)]
            if ignored and ids is None and state in (None, RunState.DONE):
                both.append(_read_ignored(connection, automation=automation, entity=entity))
            merged = heapq.merge(*both, key=lambda each: -each[0])
            return [run for _, run in islice(merged, limit)]

    def pauses(self) -> dict[str, dict[str, Any]]:
        """Return the automations that are paused, each with ``by``, ``why`` and ``at`` (ISO 8601)."""
        return {
            name: {"by": pause.by, "why": pause.why, "at": _iso(pause.at)}
            for name, pause in sorted(read_pauses(self._store).items())
        }

    def retry(self, ids: Collection[int] | None = None) -> list[int]:
        """Make failed runs due again; a plan that had begun is carried to its end, any other run is planned again.

        Args:
            ids: Which ones; None: all that failed.

        Returns:
            The ids of those that had failed and are due now.
        """
        failed = runs.c.state == RunState.FAILED
        if ids is not None:
            failed &= runs.c.id.in_(ids)
        again = {"state": RunState.WAITING, "due": 0, "tried": 0, "finished": None, "cancelled": False, "ended": None}
        with self._store.writing() as connection:
            found = connection.execute(select(runs.c.automation, runs.c.lane).where(failed).distinct())
            wake_lanes(connection, [(row.automation, row.lane) for row in found])
            due = sorted(connection.scalars(runs.update().where(failed).values(again).returning(runs.c.id)))
            promote(connection, due)
        return due


def _runs(
    connection: Connection,
    *,
    state: str | None,
    automation: str | None,
    entity: Reference | None,
    ids: Collection[int] | None,
    limit: int | None,
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Give runs, newest first, each with when its change was stored."""
    columns = [changes.c[name].label(f"change_{name}") for name in _OF_CHANGES]
    statement = (
        select(runs, *columns, labels.c.text.label("why_text"))
        .join(changes, changes.c.key == runs.c.change_key)
        .outerjoin(labels, labels.c.id == runs.c.why)
        .order_by(runs.c.id.desc())
    )
    if state is not None:
        statement = statement.where(runs.c.state == state)
    if automation is not None:
        statement = statement.where(runs.c.automation == automation)
    if entity is not None:
        statement = statement.where(runs.c.entity_id == entity.id, runs.c.entity_type == entity.type)
    if ids is not None:
        statement = statement.where(runs.c.id.in_(ids))
    paused = pauses_in(connection)
    for row in connection.execute(statement.limit(limit)):
        pause = paused.get(row.automation) if row.state == RunState.WAITING else None
        yield row.change_stored, _run_as_json(row) | {"paused": pause and f"{row.automation} {pause.sentence}"}


def _read_ignored(
    connection: Connection, *, automation: str | None, entity: Reference | None
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Give what automations had nothing to do with, newest first, each with when its change was stored."""
    known = select(reasons) if automation is None else select(reasons).where(reasons.c.automation == automation)
    why = {row.id: row for row in connection.execute(known)}
    statement = select(changes).where(changes.c.ignored.is_not(None))
    if entity is not None:
        statement = statement.where(changes.c.entity_id == entity.id, changes.c.entity_type == entity.type)
    for chosen in _by_kind(statement, why.values() if automation is not None and entity is None else None):
        for row in _pages(connection, chosen):
            for number in row.ignored:
                if number in why:
                    yield row.stored, ignored_as_json(row, why[number])


def _by_kind(statement: Select[Any], wanted: Collection[Row[Any]] | None) -> list[Select[Any]]:
    """Return the statement for the kinds of changes that an automation looks at, which an index leads to."""
    if wanted is None:
        return [statement]
    kinds = sorted({(row.kind, row.entity_type) for row in wanted})
    return [statement.where(changes.c.kind == kind, changes.c.entity_type == name) for kind, name in kinds]


def _pages(connection: Connection, statement: Select[Any]) -> Iterator[Row[Any]]:
    """Give changes, newest first, reading no more of them than are asked for."""
    last: tuple[float, str] | None = None
    while True:
        page = statement.order_by(changes.c.stored.desc(), changes.c.key.desc()).limit(_TOGETHER)
        if last is not None:
            stored, key = last
            older = (changes.c.stored < stored) | ((changes.c.stored == stored) & (changes.c.key < key))
            page = page.where(changes.c.stored <= stored, older)
        rows = connection.execute(page).all()
        yield from rows
        if len(rows) < _TOGETHER:
            return
        last = (rows[-1].stored, rows[-1].key)


def _count_query() -> Any:
    return select(runs.c.state, func.count().label("count")).group_by(runs.c.state)


def _run_as_json(row: Row[Any]) -> dict[str, Any]:
    about = {name: getattr(row, f"change_{name}") for name in _OF_CHANGES}
    return {
        "id": row.id,
        "automation": row.automation,
        "state": row.state,
        **_change_as_json(row, about),
        "summary": row.summary,
        "error": row.error,
        "why": None if row.why_text is None else {"id": row.why, "text": row.why_text},
        "attempts": row.attempts,
        "effects": row.effects or [],
        "next_try": _iso(row.due) if row.state == RunState.WAITING and row.attempts else None,
        "finished": None if row.finished is None else _iso(row.finished),
    }


def ignored_as_json(row: Row[Any], reason: Row[Any]) -> dict[str, Any]:
    """Return a change that an automation ignored in the shape of a run."""
    return {
        "id": f"{row.key}/{reason.automation}",
        "automation": reason.automation,
        "state": RunState.DONE.value,
        **_change_as_json(row, {name: getattr(row, name) for name in _OF_CHANGES}),
        "summary": reason.text,
        "error": None,
        "why": None,
        "attempts": 0,
        "effects": [],
        "next_try": None,
        "finished": _iso(row.stored),
        "paused": None,
    }


def _change_as_json(row: Row[Any], change: dict[str, Any]) -> dict[str, Any]:
    because, by = change["cause_by"], change["by"]
    return {
        "project": change["project"],
        "parent": change["parent"],
        "entity": {"type": row.entity_type, "id": row.entity_id, "name": change["name"] or ""},
        "change": {
            "kind": change["kind"],
            "what": _what(change),
            "at": _iso(row.at),
            "by": by["username"] if by else None,
            "status": change["status"],
            "from_status": change["from_status"],
            "because": None
            if change["cause_run"] is None
            else {"run": change["cause_run"], "by": because["username"] if because else None},
        },
    }


def _what(change: dict[str, Any]) -> str:
    if change["kind"] in ("created", "launched"):
        return str(change["kind"])
    before = f", it was {change['from_status']}" if change["from_status"] else ""
    return f"status became {change['status']}{before}"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
