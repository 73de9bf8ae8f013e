"""The loop guard: automations that answer each other are stopped, and everything else continues.

Two automations of a studio, one setting a status that the other answers by setting it back, would otherwise play
ping-pong without end. A change that Callboard made itself carries its cause, so the chain of runs that led to it is
known; and changes of Callboard's user that come too often are suspected whatever caused them.
"""

from __future__ import annotations

from collections.abc import Iterable

from callboard.engine.store.batches import Run
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.loops import Link, chains_of, counts_of
from callboard.errors import Refused

#: Runs of a chain in which each answers a change that the one before made; no studio chains more of them on purpose.
LONGEST = 8
#: Changes of one entity by Callboard's own user that one automation answers within so many seconds.
MOST, WITHIN = 20, 60.0


def refuse_loops(lanes: Lanes, runs: Iterable[Run], api_user: str) -> dict[int, Refused]:
    """Return the runs that go round in a circle, by their ids, each with the refusal that names it.

    Args:
        lanes: The server's lanes, for their database.
        runs: Runs of one automation that are about to do something.
        api_user: The user that Callboard works as.

    Raises:
        TryAgain: The database cannot be reached.
    """
    own = [run for run in runs if run.change.by is not None and run.change.by.username == api_user]
    if not own:
        return {}
    causes = {run.id: run.change.cause.run for run in own if run.change.cause is not None}
    with lanes.reading() as connection:
        chains = chains_of(connection, causes.values(), LONGEST)
        moments = {run.change.entity_id: run.change.at.timestamp() for run in own}
        counts = counts_of(connection, own[0].automation, moments, WITHIN, api_user)
    refused: dict[int, Refused] = {}
    for run in own:
        chain = chains.get(causes.get(run.id, 0), [])
        if len(chain) >= LONGEST:
            refused[run.id] = Refused(_chain_sentence(run, chain))
        elif counts[run.change.entity_id] >= MOST:
            refused[run.id] = Refused(
                f"{run.automation} answered {MOST} changes of this {run.change.entity_type} by {api_user} within "
                f"{WITHIN:.0f} s: something sets its status again and again; find out what, and turn one of them off."
            )
    return refused


def _chain_sentence(run: Run, chain: list[Link]) -> str:
    steps = [f"{link.automation} (on {link.status})" for link in reversed(chain)]
    named = " → ".join([*steps[-3:], f"{run.automation} (on {run.change.status})"])
    return (
        f"Automations answer each other in a circle: … → {named}; "
        f"change their settings so that one of them leaves the other's status alone."
    )
