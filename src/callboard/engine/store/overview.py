"""The present, for the first page, the health check and Prometheus: what waits and for what, and who works on it.

Every question has a bound, so that the answer takes as long with a million waiting runs as with ten thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from callboard.engine.store.database import Store, now
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import GONE, by_state, cursors, in_state, lanes, pauses, runs, servers

#: Runs of a state that are counted; of more it is known that they are more.
MOST = 10_000

_GROUPED = ("id", "automation", "head", "error", "due", "ftrack_job_id")


@dataclass(frozen=True)
class Group:
    """Runs of one state that have the same reason to be in it.

    Attributes:
        state: ``waiting``, ``running`` or ``failed``.
        automation: Whose runs they are.
        behind: Whether an earlier run of the same entity comes first.
        error: What the last try said; None before the first.
        is_job: Whether they are the long work of actions.
        count: How many.
        first: The number of the one that was stored first.
        next_try: When the first of them is due, in seconds since 1970.
    """

    state: str
    automation: str
    behind: bool
    error: str | None
    is_job: bool
    count: int
    first: int
    next_try: float


@dataclass(frozen=True)
class ServerNow:
    """An event server that lives.

    Attributes:
        id: What it is called in the database.
        host: Its machine.
        pid: Its process there.
        started: When it was started, in seconds since 1970.
        hears: Whether it hears ftrack's events.
        heard: When it last heard an event of its own, in seconds since 1970.
        stuck: What does not come to an end there, in sentences.
        watches: Whether it is the one that reads ftrack.
        lanes: (automation, project's id) of the work that it has in hand.
    """

    id: str
    host: str
    pid: int | None
    started: float
    hears: bool
    heard: float | None
    stuck: Sequence[str]
    watches: bool
    lanes: Sequence[tuple[str, str]]

    @property
    def name(self) -> str:
        """The name that people read."""
        return f"{self.host}:{self.pid}"


@dataclass(frozen=True)
class Overview:
    """The present of a database.

    Attributes:
        groups: The runs that wait, run or failed.
        more: The states that have more runs than were counted.
        oldest: When the change happened whose run has waited for the longest time, in seconds since 1970.
        servers: The servers that live.
        behind: Up to when a backlog of changes has been read, in seconds since 1970; None when there is none.
        paused: Automation -> (who paused it, why, when).
        at: The database's clock, in seconds since 1970.
    """

    groups: Sequence[Group]
    more: frozenset[str]
    oldest: float | None
    servers: Sequence[ServerNow]
    behind: float | None
    paused: dict[str, tuple[str, str, float]]
    at: float

    def count(self, state: str, automation: str | None = None) -> int:
        """Return how many runs are in a state; of :data:`MOST` there may be more."""
        wanted = (each for each in self.groups if automation in (None, each.automation))
        return sum(each.count for each in wanted if each.state == state)

    @property
    def hub(self) -> str:
        """``connected`` when a server hears ftrack, ``disconnected`` when none does, ``down`` when none lives."""
        if not self.servers:
            return "down"
        return "connected" if any(each.hears for each in self.servers) else "disconnected"

    @property
    def watching(self) -> ServerNow | None:
        """The server that reads ftrack."""
        return next((each for each in self.servers if each.watches), None)

    @property
    def stuck(self) -> list[str]:
        """A sentence for everything that does not come to an end."""
        return [sentence for each in self.servers for sentence in each.stuck]


def read_overview(store: Store) -> Overview:
    """Return the present.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        groups, more = _read_groups(connection)
        first = select(runs.c.at).where(in_state(RunState.WAITING)).order_by(*by_state(newest_first=False)).limit(1)
        paused = connection.execute(select(pauses)).all()
        return Overview(
            groups=groups,
            more=more,
            oldest=connection.scalar(first),
            servers=_read_servers(connection),
            behind=connection.scalar(select(func.min(cursors.c.at)).where(cursors.c.behind)),
            paused={row.automation: (row.by, row.why, row.at) for row in paused},
            at=float(connection.scalar(select(now())) or 0),
        )


def _read_groups(connection: Connection) -> tuple[list[Group], frozenset[str]]:
    found, more = [], set()
    for state in (RunState.WAITING, RunState.RUNNING, RunState.FAILED):
        # The newest: of what failed, that is what people look for; of what waits, all are alike.
        newest = select(*(runs.c[name] for name in _GROUPED)).where(in_state(state))
        some = newest.order_by(*by_state(newest_first=True)).limit(MOST).subquery()
        is_job = some.c.ftrack_job_id.is_not(None)
        key = (some.c.automation, some.c.head, some.c.error, is_job)
        counted = (func.count().label("number"), func.min(some.c.id).label("first"), func.min(some.c.due).label("due"))
        for row in connection.execute(select(*key[:3], is_job.label("job"), *counted).group_by(*key)):
            behind = state == RunState.WAITING and not row.head
            error = None if behind else row.error
            known = (row.automation, behind, error, bool(row.job), row.number, row.first, row.due)
            found.append(Group(state.value, *known))
        if sum(each.count for each in found if each.state == state) >= MOST:
            more.add(state.value)
    return found, frozenset(more)


def _read_servers(connection: Connection) -> list[ServerNow]:
    alive = select(servers).where(servers.c.seen > now() - GONE).order_by(servers.c.started, servers.c.id)
    held: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(_lanes_in_hand()):
        held.setdefault(row.owner, []).append((row.automation, row.lane))
    return [
        ServerNow(
            id=row.id,
            host=row.host,
            pid=row.pid,
            started=row.started,
            hears=row.hub == "connected",
            heard=row.heard,
            stuck=row.stuck or (),
            watches=("", "watch") in held.get(row.id, ()),
            lanes=[lane for lane in held.get(row.id, ()) if lane[0]],
        )
        for row in connection.execute(alive)
    ]


def _lanes_in_hand() -> Any:
    """Return the query of leases that run: of the watch, and of the lanes whose runs are in hand."""
    some = select(runs.c.automation, runs.c.lane).where(in_state(RunState.RUNNING)).limit(MOST).subquery()
    keys = select(some.c.automation, some.c.lane).distinct()
    key = tuple_(lanes.c.automation, lanes.c.lane)
    of_work = select(lanes.c.owner, lanes.c.automation, lanes.c.lane).where(key.in_(keys), lanes.c.lease_until > now())
    watch = (lanes.c.automation == "", lanes.c.lane == "watch", lanes.c.lease_until > now())
    return of_work.union_all(select(lanes.c.owner, lanes.c.automation, lanes.c.lane).where(*watch))
