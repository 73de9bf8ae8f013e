"""The history of a change that Callboard made itself: the runs that led to it, and how often it came lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from callboard.chunks import chunks
from callboard.engine.store.batches import records_of
from callboard.engine.store.tables import changes, runs


@dataclass(frozen=True)
class Link:
    """One run in a chain of causes.

    Attributes:
        run: The run's id.
        automation: Its automation.
        status: The status of the change that it answered, if that was a status change.
    """

    run: int
    automation: str
    status: str | None


def chains_of(connection: Connection, cause_runs: Iterable[int], longest: int) -> dict[int, list[Link]]:
    """Return the runs that led to each of these runs, itself included, newest first.

    Args:
        connection: A transaction.
        cause_runs: Ids of runs.
        longest: Runs of one chain, at most; the rest is not looked for.
    """
    wanted = set(cause_runs)
    known: dict[int, tuple[Link, int | None]] = {}
    step = wanted
    for _ in range(longest):
        if not step:
            break
        for some in chunks(sorted(step)):
            rows = connection.execute(
                select(runs.c.id, runs.c.automation, changes.c.status, changes.c.cause_run)
                .join(changes, changes.c.key == runs.c.change_key)
                .where(runs.c.id.in_(some))
            )
            known |= {row.id: (Link(row.id, row.automation, row.status), row.cause_run) for row in rows}
        step = {cause for _, cause in known.values() if cause is not None and cause not in known}
    chains: dict[int, list[Link]] = {}
    for first in wanted:
        chain: list[Link] = []
        at: int | None = first
        while at in known and len(chain) < longest:
            link, at = known[at]
            chain.append(link)
        chains[first] = chain
    return chains


def counts_of(
    connection: Connection, automation: str, moments: Mapping[str, float], seconds: float, by: str
) -> Counter[str]:
    """Return how often an automation has done something about some entities lately, answering changes of one user.

    Args:
        connection: A transaction.
        automation: Its name.
        moments: Entity's id -> when its present change happened.
        seconds: How long before that moment others count.
        by: The name of the user.
    """
    found: Counter[str] = Counter()
    for some in chunks(sorted(moments)):
        earliest = min(moments[entity] for entity in some) - seconds
        mine = (runs.c.automation == automation, runs.c.entity_id.in_(some), runs.c.at > earliest)
        rows = connection.execute(
            select(runs.c.entity_id, runs.c.at, runs.c.effects, changes.c.by)
            .join(changes, changes.c.key == runs.c.change_key)
            .where(*mine)
        )
        for row in rows:
            near = moments[row.entity_id] - seconds < row.at <= moments[row.entity_id]
            acted = any(effect["done"] for effect in records_of(row.effects))
            if near and acted and row.by is not None and row.by["username"] == by:
                found[row.entity_id] += 1
    return found
