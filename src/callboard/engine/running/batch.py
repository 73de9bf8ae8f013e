"""One batch of runs, from what is stored of them to how each ended: load, plan, record, apply.

Whatever goes wrong on the way concerns as few runs as possible, and those visibly: they wait for another try, or have
failed with a sentence. Only a lost lane and a database that is away concern the batch as a whole.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from callboard import seams
from callboard.changes import Change
from callboard.effects import Effect, SetStatus, Skip
from callboard.engine.running.apply import Applier
from callboard.engine.running.failures import defect, outcome_of, traceback_of
from callboard.engine.running.hand import Hand
from callboard.engine.running.late import is_late, why_too_late
from callboard.engine.running.load import FEW
from callboard.engine.running.loader import Loader
from callboard.engine.running.loops import refuse_loops
from callboard.engine.running.plan import from_json, plan, to_json
from callboard.engine.running.portions import in_portions
from callboard.engine.running.progress import Progress
from callboard.engine.running.seen import Seen
from callboard.engine.running.texts import readable
from callboard.engine.store.batches import BATCH, Outcome, PlannedStatus, Run, record_plans
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.states import RunState
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, Portion
from callboard.registry import Trigger
from callboard.settings import Settings

_log = logging.getLogger(__name__)

Plans = dict[int, list[Effect]]
Outcomes = dict[int, Outcome]


class Batches:
    """Carries out batches of one server. May be used from any thread.

    Args:
        settings: The configuration.
        triggers: The automations that work here.
        lanes: Where plans are recorded.
        ftrack: The studio's ftrack.
        applier: Carries plans out.
        clock: The time; aware.
    """

    def __init__(
        self,
        settings: Settings,
        triggers: Sequence[Trigger],
        *,
        lanes: Lanes,
        ftrack: Ftrack,
        applier: Applier,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = {trigger.name: settings.automation(trigger.name) for trigger in triggers}
        self._triggers = {trigger.name: trigger for trigger in triggers}
        self._lanes, self._applier, self._clock = lanes, applier, clock
        self._loader = Loader(ftrack)
        self._portion = Portion(BATCH)
        self._api_user = settings.ftrack.api_user

    @property
    def automations(self) -> list[str]:
        """The names of the automations that work here."""
        return list(self._triggers)

    def carry_out(self, hand: Hand, stopping: threading.Event) -> Outcomes:
        """Carry out the runs in hand, and return how each of them ended.

        Raises:
            LaneLostError: The lane's lease ended; nothing more was done.
            TryAgain: The database cannot be reached.
        """
        runs, trigger = hand.runs, self._triggers[hand.lane.automation]
        plans, outcomes = self._read_plans(trigger, runs)
        now = self._clock()
        # What has a plan is looked at again only where the rule for old work needs to know the present status.
        to_load = [
            run
            for run in runs
            if run.id not in outcomes
            and (run.id not in plans or is_late(run.change, self._settings[trigger.name], now))
        ]
        new: Plans = {}
        all_loaded = self._load(hand, trigger, to_load)
        if len(to_load) <= FEW:
            hand.seen = Seen.of(loaded for loaded in all_loaded if isinstance(loaded, Change))
        for run, loaded in zip(to_load, all_loaded, strict=True):
            hand.step("planning", [run.id])
            planned = self._plan(trigger, run, loaded, now, plans.get(run.id))
            if isinstance(planned, Outcome):
                outcomes[run.id] = planned
                plans.pop(run.id, None)
            elif run.id not in plans:
                new[run.id] = planned
        acting = [run for run in to_load if _acts(new.get(run.id, []))]
        for run_id, problem in refuse_loops(self._lanes, acting, self._api_user).items():
            del new[run_id]
            outcomes[run_id] = Outcome(RunState.FAILED, error=readable(str(problem)))
        seams.reach("batch: planned")
        self._record(hand, plans, new)
        seams.reach("batch: plans recorded")
        plans |= new
        hand.batch = [Progress.of(run, plans[run.id]) for run in runs if run.id in plans]
        self._applier.apply(hand, stopping)
        seams.reach("batch: applied")
        return outcomes | {progress.run.id: self._outcome(trigger, progress) for progress in hand.batch}

    def _record(self, hand: Hand, plans: Plans, new: Plans) -> None:
        """Keep the new plans, and which statuses are going to be set, so that ftrack's news of them is recognised."""
        planned = [
            PlannedStatus(run.id, effect.entity.id, effect.status, run.change.person)
            for run in hand.runs
            for effect in new.get(run.id) or plans.get(run.id, [])
            if isinstance(effect, SetStatus)
        ]
        record_plans(self._lanes, hand.lane, {run: to_json(effects) for run, effects in new.items()}, planned)

    def cut_off(self, hand: Hand, problem: TryAgain) -> Outcomes:
        """Return how the runs in hand ended whose work does not come back: those it is stuck at wait, the rest is due.

        Args:
            hand: What a stuck worker has in hand.
            problem: What it is stuck at.
        """
        retry_for = self._settings[hand.lane.automation].retry_for
        far = {progress.run.id: progress for progress in hand.batch}
        outcomes: Outcomes = {}
        for run in hand.runs:
            keep_plan = run.id in far or run.plan is not None
            effects = far[run.id].records if run.id in far else run.effects
            if run.id in hand.current:
                outcomes[run.id] = outcome_of(problem, run, retry_for, effects, keep_plan=keep_plan)
            else:
                outcomes[run.id] = Outcome(RunState.WAITING, effects=effects, keep_plan=keep_plan)
        return outcomes

    def _read_plans(self, trigger: Trigger, runs: Sequence[Run]) -> tuple[Plans, Outcomes]:
        """Return the plans that former attempts had recorded, and the outcomes of those that cannot be read."""
        plans: Plans = {}
        outcomes: Outcomes = {}
        for run in runs:
            if run.plan is not None:
                try:
                    plans[run.id] = from_json(run.plan)
                except Refused as error:
                    outcomes[run.id] = outcome_of(error, run, self._settings[trigger.name].retry_for, run.effects)
        return plans, outcomes

    def _load(self, hand: Hand, trigger: Trigger, runs: Sequence[Run]) -> Sequence[Change | TryAgain | Refused | None]:
        def read(some: Sequence[Run]) -> list[Change | None]:
            hand.step("reading from ftrack", [run.id for run in some])
            return self._loader.load(trigger, [run.change for run in some])

        return in_portions(runs, read, self._portion) if runs else []

    def _plan(
        self,
        trigger: Trigger,
        run: Run,
        loaded: Change | TryAgain | Refused | None,
        now: datetime,
        recorded: list[Effect] | None,
    ) -> list[Effect] | Outcome:
        """Return what is to be done about a run's change, or how it ended when that is nothing."""
        settings = self._settings[trigger.name]
        try:
            if isinstance(loaded, TryAgain | Refused):
                raise loaded
            if loaded is None:
                return _end_run(run, f"The {run.change.entity_type} no longer exists.")
            if reason := why_too_late(trigger, loaded, settings, now):
                return _end_run(run, reason)
            return recorded if recorded is not None else plan(trigger, loaded, settings)
        except (TryAgain, Refused) as error:
            return outcome_of(error, run, settings.retry_for, run.effects, keep_plan=recorded is not None)

    def _outcome(self, trigger: Trigger, progress: Progress) -> Outcome:
        if progress.parked:
            # What was not begun is planned again, as things are then; what a crash cut off is carried to its end.
            return Outcome(RunState.WAITING, effects=progress.run.effects, keep_plan=progress.run.plan is not None)
        if progress.problem is not None:
            retry_for = self._settings[trigger.name].retry_for
            keep_plan = progress.keeps_plan
            return outcome_of(progress.problem, progress.run, retry_for, progress.records, keep_plan=keep_plan)
        return Outcome(RunState.DONE, progress.summary or "Nothing was to be done.", effects=progress.records)


def _acts(effects: Sequence[Effect]) -> bool:
    return any(not isinstance(effect, Skip) for effect in effects)


def _end_run(run: Run, reason: str) -> Outcome:
    """Return the outcome of a run about which nothing more is done, with what was done before."""
    done = "; ".join(effect["text"].rstrip(".") for effect in run.effects if effect["done"])
    summary = f"{done[0].upper()}{done[1:]}. {reason}" if done else reason
    return Outcome(RunState.DONE, readable(summary), effects=run.effects)


def defects(hand: Hand, error: Exception) -> Mapping[int, Outcome]:
    """Return the outcomes of runs in hand that met a defect of Callboard's own: they have failed, and say so."""
    _log.exception("a batch of %s met a defect", hand.lane.automation)
    refused = defect(error)
    sentence, trace = readable(str(refused)), traceback_of(refused)
    return {
        run.id: Outcome(RunState.FAILED, error=sentence, effects=run.effects, keep_plan=True, traceback=trace)
        for run in hand.runs
    }
