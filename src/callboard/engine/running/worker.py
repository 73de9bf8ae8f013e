"""Workers: each takes a lane, carries a batch of its runs all the way, hands it back, and takes the next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

from callboard import seams
from callboard.engine.running.batch import Batches, defects
from callboard.engine.store.batches import Outcome, Run, finish, take_batch
from callboard.engine.store.lanes import Lane, LaneLostError, Lanes
from callboard.errors import TryAgain

_log = logging.getLogger(__name__)

#: Workers of one server: so many lanes are worked on at once.
WORKERS = 4
#: Seconds after which a worker looks for due runs without being woken: for retries, and what other processes stored.
_LOOK = 0.5
#: Seconds to wait when the database is away.
_PAUSE = 2.0


class Workers:
    """The workers of one server.

    Args:
        lanes: Where work is claimed.
        batches: What carries out the batches.
    """

    def __init__(self, lanes: Lanes, batches: Batches) -> None:
        self._lanes = lanes
        self._batches = batches
        self._stopping = threading.Event()
        self._due = threading.Condition()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start working."""
        for number in range(WORKERS):
            thread = threading.Thread(target=self._work, name=f"worker {number + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Finish what was begun, park the rest of it, and return when no worker works any more."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join()

    def wake(self) -> None:
        """Say that runs may be due."""
        with self._due:
            self._due.notify_all()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                served = self.serve_a_lane()
            except TryAgain as error:
                _log.warning("%s It is tried again in %g s.", error, _PAUSE)
                self._stopping.wait(_PAUSE)
            except LaneLostError as error:
                _log.warning("the lease of the lane %s ended while it was worked on; its work is done again", error)
            except Exception:  # noqa: BLE001 - whatever the defect, the others' runs go on
                _log.exception("a worker met a defect; what it was at is taken up again")
                self._stopping.wait(_PAUSE)
            else:
                if not served:
                    with self._due:
                        self._due.wait(_LOOK)

    def serve_a_lane(self) -> bool:
        """Take the next lane and carry out a batch of it; return False when nothing is due.

        Raises:
            LaneLostError: The lane's lease ended meanwhile.
            TryAgain: The database cannot be reached.
        """
        lane = self._lanes.claim(self._batches.automations)
        if lane is None:
            return False
        try:
            seams.reach("worker: lane claimed")
            runs = take_batch(self._lanes, lane)
            seams.reach("worker: batch taken")
            outcomes = self._carry_out(lane, runs)
            self._finish(lane, runs, outcomes)
            seams.reach("worker: results stored")
        finally:
            self._lanes.forget(lane)
        return True

    def _carry_out(self, lane: Lane, runs: Sequence[Run]) -> Mapping[int, Outcome]:
        try:
            return self._batches.carry_out(lane, runs, self._stopping)
        except (TryAgain, LaneLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever the defect, these runs fail visibly and no lane is stuck
            return defects(lane, runs, error)

    def _finish(self, lane: Lane, runs: Sequence[Run], outcomes: Mapping[int, Outcome]) -> None:
        try:
            finish(self._lanes, lane, outcomes)
        except (TryAgain, LaneLostError):
            raise
        except Exception as error:  # noqa: BLE001 - what cannot be stored must not be tried for ever
            outcomes = defects(lane, runs, error)
            finish(self._lanes, lane, outcomes)
        for run in runs:
            _log_outcome(run, outcomes[run.id])


def _log_outcome(run: Run, outcome: Outcome) -> None:
    """Log how a run ended; the history says the same, and more."""
    name = " ".join(filter(None, [run.project, run.change.entity_type, run.entity_parent, run.entity_name]))
    if outcome.error is None:
        _log.info("%s of %s: %s", run.automation, name, outcome.summary or outcome.state)
    else:
        level = logging.ERROR if outcome.state == "failed" else logging.WARNING
        _log.log(level, "%s of %s %s: %s", run.automation, name, outcome.state, outcome.error)
