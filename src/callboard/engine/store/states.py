"""The states of a run."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """The states of a run."""

    #: It is due, or will be: new, waiting behind an earlier run of its entity, or to be tried again.
    WAITING = "waiting"
    #: A server has it in hand. When that server is gone, whoever takes its lane next takes it over.
    RUNNING = "running"
    #: It ended without success and is not tried again, unless somebody says so.
    FAILED = "failed"
    #: It ended: something was done, or nothing needed to be.
    DONE = "done"


#: A run that is not over.
OPEN = (RunState.WAITING, RunState.RUNNING)
