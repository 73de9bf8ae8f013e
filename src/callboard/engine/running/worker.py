"""Workers: each takes a lane, carries a batch of its runs all the way, hands it back, and takes the next."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from callboard import seams
from callboard.engine.running.batch import Batches, defects
from callboard.engine.running.crew import Crew, Member
from callboard.engine.running.hand import Hand
from callboard.engine.store.batches import Outcome, Run, finish, take_batch
from callboard.engine.store.lanes import LaneLostError, Lanes
from callboard.engine.store.states import RunState
from callboard.errors import TryAgain
from callboard.settings.durations import write_duration

_log = logging.getLogger(__name__)

#: Workers of one server: so many lanes are worked on at the same time.
WORKERS = 4
#: Seconds without progress after which the work on a batch is given up.
DEADLINE = 300.0
#: Seconds after which a worker looks for due runs without being woken: for retries, and what other processes stored.
_LOOK = 0.5
#: Seconds to wait when the database is away.
_PAUSE = 2.0
#: Seconds that stopping waits for work that makes no progress.
_GRACE = 20.0


class Workers:
    """The workers of one server.

    Args:
        lanes: Where work is claimed.
        batches: What carries out the batches.
        on_broken: Called when so many workers are stuck that the process has to end.
        deadline: Seconds without progress after which work is given up.
        clock: A steady clock, in seconds.
    """

    def __init__(
        self,
        lanes: Lanes,
        batches: Batches,
        *,
        on_broken: Callable[[], None] = lambda: None,
        deadline: float = DEADLINE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lanes = lanes
        self._batches = batches
        self._deadline = deadline
        self._clock = clock
        self._due = threading.Condition()
        self._crew = Crew(
            [(f"worker {number + 1}", self._work) for number in range(WORKERS)],
            deadline=deadline,
            give_up=self._give_up,
            on_broken=on_broken,
            clock=clock,
        )

    @property
    def stuck(self) -> list[str]:
        """A sentence for each worker that does not come back."""
        return self._crew.stuck

    def start(self) -> None:
        """Start working."""
        self._crew.start()

    def stop(self) -> None:
        """Finish what was begun, park the rest of it, and return when no worker works any more, or only stuck ones."""
        self._crew.stopping.set()
        self.wake()
        self._crew.stop(_GRACE)

    def wake(self) -> None:
        """Say that runs may be due."""
        with self._due:
            self._due.notify_all()

    def look_after(self) -> None:
        """Give up what is past its deadline; called every second while the workers are started."""
        self._crew.look_after()

    def serve_a_lane(self, member: Member | None = None) -> bool:
        """Take the next lane and carry out a batch of it; return False when nothing is due.

        Args:
            member: Whose step this is; None when it is nobody's thread.

        Raises:
            LaneLostError: The lane's lease ended meanwhile.
            TryAgain: The database cannot be reached.
        """
        lane = self._lanes.claim(self._batches.automations)
        if lane is None:
            return False
        hand = Hand(lane, began=self._clock())
        if member is not None:
            member.hand = hand
        try:
            seams.reach("worker: lane claimed")
            hand.runs = take_batch(self._lanes, lane)
            seams.reach("worker: batch taken")
            outcomes = self._carry_out(hand)
            self._finish(hand, outcomes)
            seams.reach("worker: results stored")
        finally:
            self._lanes.forget(lane)
            if member is not None:
                member.hand = None
        return True

    def _work(self, member: Member) -> None:
        stopping = self._crew.stopping
        try:
            served = self.serve_a_lane(member)
        except TryAgain as error:
            _log.warning("%s Retrying in %g s.", error, _PAUSE)
            stopping.wait(_PAUSE)
        except LaneLostError as error:
            _log.warning("the lease of the lane %s ended during its work, which is done again", error)
        except Exception:  # noqa: BLE001 - whatever the defect, other runs continue
            _log.exception("a worker met a defect; its work is taken up again")
            stopping.wait(_PAUSE)
        else:
            if not served:
                with self._due:
                    if not stopping.is_set():
                        self._due.wait(_LOOK)

    def _carry_out(self, hand: Hand) -> Mapping[int, Outcome]:
        try:
            return self._batches.carry_out(hand, self._crew.stopping)
        except (TryAgain, LaneLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever the defect, these runs fail visibly and no lane is stuck
            return defects(hand, error)

    def _finish(self, hand: Hand, outcomes: Mapping[int, Outcome]) -> None:
        took = max(0.0, self._clock() - hand.began)
        outcomes = {
            run: replace(each, tried=each.tried + took) if each.state is RunState.WAITING else each
            for run, each in outcomes.items()
        }
        try:
            finish(self._lanes, hand.lane, outcomes)
        except (TryAgain, LaneLostError):
            raise
        except Exception as error:  # noqa: BLE001 - what cannot be stored must not be tried forever
            outcomes = defects(hand, error)
            finish(self._lanes, hand.lane, outcomes)
        for run in hand.runs:
            _log_outcome(run, outcomes[run.id])

    def _give_up(self, hand: Hand, idle: float) -> None:
        """Let others have the lane of a stuck worker, except for what it is stuck at, which waits."""
        duration = write_duration(timedelta(seconds=idle))
        problem = TryAgain(f"It was given up after {duration} without progress in {hand.what}.", after=self._deadline)
        try:
            self._finish(hand, self._batches.cut_off(hand, problem))
        except (TryAgain, LaneLostError) as error:
            _log.warning("the lane %s could not be handed back; its lease will expire: %s", hand.lane.lane, error)
        finally:
            self._lanes.give_up(hand.lane)


def _log_outcome(run: Run, outcome: Outcome) -> None:
    """Log how a run ended; the history says the same, and more."""
    name = " ".join(filter(None, [run.project, run.change.entity_type, run.entity_parent, run.entity_name]))
    if outcome.error is None:
        _log.info("%s of %s: %s", run.automation, name, outcome.summary or outcome.state)
    else:
        level = logging.ERROR if outcome.state is RunState.FAILED else logging.WARNING
        _log.log(level, "%s of %s %s: %s", run.automation, name, outcome.state, outcome.error)
