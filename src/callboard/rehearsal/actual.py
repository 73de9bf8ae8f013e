"""Callboard's actual work at the time, for comparison with the rehearsal."""

from __future__ import annotations

from dataclasses import replace

from callboard.engine.store.database import Store
from callboard.engine.store.outcomes import Known, has_history, outcomes_of
from callboard.rehearsal.entries import Actual, Rehearsal, Verdict


def add_actual(rehearsal: Rehearsal, url: str) -> Rehearsal:
    """Return the rehearsal with what the history in a database knows about its changes.

    Raises:
        TryAgain: The database cannot be reached.
    """
    if not has_history(url):
        return rehearsal
    keys = dict.fromkeys(entry.change.key for entry in rehearsal.entries)
    store = Store(url)
    try:
        known = {(each.change_key, each.automation): each for each in outcomes_of(store, keys)}
    finally:
        store.close()
    entries = [
        replace(entry, actual=_actual(known[entry.change.key, entry.automation]))
        if (entry.change.key, entry.automation) in known
        else entry
        for entry in rehearsal.entries
    ]
    return replace(rehearsal, entries=entries)


def _actual(known: Known) -> Actual:
    if known.state == "failed":
        return Actual(Verdict.REFUSED, known.said)
    return Actual(Verdict.ACT if known.acted else Verdict.NOTHING, known.said)
