"""Topics of open pages: a value for each, which differs when something changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Text, cast, func, select

from callboard.engine.store.database import Store
from callboard.engine.store.facet_tables import progress
from callboard.engine.store.figures import MINUTE
from callboard.engine.store.page_tables import figures, log
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import by_state, changes, in_state, pauses, runs, servers

#: Seconds after which an echo that was heard again counts as news.
_ECHO = 60


def _newest(column: Any, *where: Any) -> Any:
    return select(func.max(column)).where(*where).scalar_subquery()


def _newest_in(state: RunState) -> Any:
    return select(runs.c.id).where(in_state(state)).order_by(*by_state(newest_first=True)).limit(1).scalar_subquery()


#: Topic -> what is looked at: each is the end of an index, or all of a small table.
_LOOKED_AT: Mapping[str, Sequence[Any]] = {
    "changes": [_newest(changes.c.stored)],
    "runs": [_newest(runs.c.finished), *(_newest_in(state) for state in RunState)],
    "jobs": [_newest(progress.c.at, progress.c.run.in_(select(runs.c.id).where(in_state(RunState.RUNNING))))],
    "servers": [
        select(func.count()).select_from(servers).scalar_subquery(),
        select(func.count()).where(servers.c.hub == "connected").scalar_subquery(),
        _newest(servers.c.started),
        _newest(cast(servers.c.stuck, Text)),
        _newest(cast(servers.c.heard / _ECHO, Integer)),
    ],
    "automations": [select(func.count()).select_from(pauses).scalar_subquery(), _newest(pauses.c.at)],
    "log": [_newest(log.c.id)],
    "figures": [_newest(figures.c.start, figures.c.span == MINUTE)],
}
#: One statement, made once: it is asked every second while somebody looks.
_QUESTION = select(
    *(each.label(f"n{n}") for n, each in enumerate(each for some in _LOOKED_AT.values() for each in some))
)


def topics(store: Store) -> Mapping[str, Hashable]:
    """Return the state of ``changes``, ``runs``, ``jobs``, ``servers``, ``automations``, ``log`` and ``figures``.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        values = iter(connection.execute(_QUESTION).one())
    return {topic: tuple(next(values) for _ in looked_at) for topic, looked_at in _LOOKED_AT.items()}
