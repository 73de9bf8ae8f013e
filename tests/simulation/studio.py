"""A small studio for the simulation of the running side: tasks in a model of ftrack, folders, Slack, and two servers.

Everything happens in one thread, by a false clock. Faults strike where the work passes a seam: the server dies there,
or stalls beyond its lease while another one works; ftrack, Slack, the disk and the database misbehave, servers start
again with another configuration, and the database's clock is set.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from tests.engine.work import inbox_of, settings, sighting
from tests.simulation.database import Database
from tests.simulation.systems import FRESH, POISONED, TASKS, FtrackModel, SlackModel

from callboard import seams
from callboard.changes import Change
from callboard.effects import Effect, MakeFolders, SendSlack, SetMetadata
from callboard.engine.running.apply import Applier
from callboard.engine.running.batch import Batches
from callboard.engine.running.worker import Workers
from callboard.engine.store.history import History
from callboard.engine.store.lanes import LEASE, Lanes
from callboard.engine.store.pauses import Pauses
from callboard.errors import TryAgain
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings, SlackSettings
from callboard.studio.slack import Slack

#: When the simulation begins.
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STATUSES = ("In Progress", "Review Changes", "On Hold", "Approved")
#: Where a stall is as if the answer of another system took so long: what was begun there cannot be taken back.
BEYOND_RECALL = ("ftrack: before a commit", "slack: before sending", "disk: before an effect")
#: Where a disk or database may be full: before anything of the step that follows was done.
MAY_BE_FULL = ("disk: before an effect", "worker: batch taken", "batch: planned", "batch: plans recorded")
#: Seconds within which a change is handled once nothing goes wrong any more, whatever happened before.
SOON = 30
#: Lanes that are served in a row, at most.
MOST_SERVED = 300


class Died(BaseException):
    """The process is gone: nothing of it goes on."""


def note(change: Change, settings: Any) -> Iterator[Effect]:
    """Make a folder, add the status to those that the task went through, and say so: order and repetition show."""
    task = change.entity
    went = next((row["value"] for row in task["metadata"] if row["key"] == "went"), "")
    base = settings.studio.project_root
    yield MakeFolders(base=base, folder=base, folders=[f"{task['name']} {change.status}"])
    yield SetMetadata(entity=task.reference, key="went", value=f"{went}{change.status}, ")
    yield SendSlack(people=[], project="heron", text=change.key, fallback_reason="everybody should know")


NOTE = Trigger("note", note, "status", "Task", AutomationSettings, ("name", "metadata"))


class Server:
    """One server's part that works: what is lost with its process.

    Args:
        studio: Where.
        on: Whether the automation is on in its configuration.
    """

    def __init__(self, studio: Studio, *, on: bool = True) -> None:
        clock = studio.clock
        self.lanes = Lanes(studio.store, clock=clock)
        configured = studio.settings
        applier = Applier(configured, studio.ftrack, studio.store, Pauses(studio.store))
        table = configured.slack
        assert table is not None
        applier._slack = Slack(table, "http://ftrack.example", clock=clock)
        applier._slack._client = studio.slack  # type: ignore[assignment]
        batches = Batches(
            configured,
            [NOTE] if on else [],
            lanes=self.lanes,
            ftrack=studio.ftrack,
            applier=applier,
            clock=lambda: START + timedelta(seconds=clock()),
        )
        self.workers = Workers(self.lanes, batches, clock=clock)


class Studio:
    """The studio, driven by a seed.

    Args:
        folder: For its disk.
        database: Whose rows it replaces.
        seed: Decides everything that is random.
        on_seam: Called at every seam instead of random faults.
    """

    def __init__(
        self, folder: Path, database: Database, seed: int = 0, on_seam: Callable[[str], None] | None = None
    ) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a seed must replay
        self.seconds = 1000.0
        self.clock_is_wrong_by = 0.0
        self.disk = folder
        self.disk.mkdir(parents=True)
        self.store = database.begin(lambda: START.timestamp() + self.seconds + self.clock_is_wrong_by)
        self.faults = True
        self.windows = 0
        self.ftrack = FtrackModel(trouble=self._trouble)
        self.slack = SlackModel(trouble=lambda: self._trouble() and "away")
        self.history: dict[str, list[str]] = {task: [] for task in (*TASKS, FRESH)}
        self.changes: list[str] = []
        self._depth = 0
        own = AutomationSettings().in_studio(
            AutomationSettings().studio.model_copy(update={"project_root": str(self.disk)})
        )
        base = settings(note=own)
        slack = SlackSettings(token=SecretStr("xoxb-1"), default_channel="#production")
        self.settings = base.model_copy(update={"slack": slack, "studio": own.studio})
        self.servers = [Server(self), Server(self)]
        self.inbox = inbox_of(self.store, NOTE)
        self._on_seam = on_seam or self._strike

    def clock(self) -> float:
        """The one clock of all machines, in seconds."""
        return self.seconds

    # What happens

    def run(self, steps: int) -> None:
        """Let people and servers do so many things, with faults; then let the faults stop, and everything come to rest.

        Raises:
            AssertionError: It does not come to rest.
        """
        seams.on_reach = self._on_seam
        try:
            for _ in range(steps):
                self.step()
            self.settle()
        finally:
            seams.on_reach = None

    def step(self) -> None:
        """Do one thing."""
        deeds = ["change"] * 4 + ["serve"] * 12 + ["renew", "wait"] * 4 + ["set the clock", "restart", "poison"]
        match self.random.choice(deeds):
            case "change":
                self.change(self.random.choice(TASKS), self.random.choice(STATUSES))
            case "serve":
                self.serve(self.random.randrange(2))
            case "renew":
                self.servers[self.random.randrange(2)].lanes.renew()
            case "set the clock":
                self.clock_is_wrong_by = self.random.choice([-3600.0, 0.0, 3600.0])
            case "restart":
                self.servers[self.random.randrange(2)] = Server(self, on=self.random.random() < 0.5)
            case "poison":
                self.inbox.store([sighting(POISONED, after=self.seconds, kind="status", status="Approved")])
            case _:
                self.seconds += self.random.choice([0.1, 1, 5, 30])

    def change(self, task: str, status: str) -> str:
        """A person changes a status, and the change is stored; now and then it is read twice. Return its key."""
        key = f"change {len(self.changes)}"
        self.changes.append(key)
        self.history[task].append(status)
        self.ftrack.statuses[task] = status
        seen = sighting(task, after=self.seconds, kind="status", status=status, key=key)
        for _ in range(self.random.choice([1, 1, 2])):
            self.inbox.store([seen])
        return key

    def serve(self, number: int) -> bool:
        """Let a server serve a lane; when it dies, a fresh one takes its place."""
        server = self.servers[number]
        try:
            return server.workers.serve_a_lane()
        except Exception:  # noqa: BLE001 - as a worker's loop does
            return True
        except Died:
            self.servers[number] = Server(self)
            return True

    def settle(self) -> None:
        """Let the faults stop, and both servers work until nothing is left.

        Raises:
            AssertionError: Something never comes to an end, or what is new waits for what went wrong before.
        """
        self.faults = False
        self.servers = [Server(self), Server(self)]
        self.clock_is_wrong_by += self.random.choice([-3600.0, -60.0, 0.0])
        self._see_that_the_new_is_served(self.change(FRESH, "Approved"))
        # What waits for another try waits longer when the clock was set back: that long, and no longer.
        for _ in range(40):
            self.seconds += 60
            self._serve_all()
            if not self.open_runs():
                return
        raise AssertionError(f"these never came to an end: {self.open_runs()}")

    def _see_that_the_new_is_served(self, key: str) -> None:
        for _ in range(SOON):
            self.seconds += 1
            self._serve_all()
            if key in self.slack.sent:
                return
        raise AssertionError(f"{SOON} s after the last fault a new change is not handled")

    def _serve_all(self) -> None:
        for _ in range(MOST_SERVED):
            if not (self.serve(0) or self.serve(1)):
                return
        raise AssertionError(f"lanes are due without end: {self.open_runs()}")

    def open_runs(self) -> list[dict[str, Any]]:
        """The runs that are not over."""
        history = History(self.store)
        return [*history.runs(state="waiting"), *history.runs(state="running")]

    # What must be true in the end

    def audit(self) -> list[str]:
        """Return what is wrong, in sentences."""
        failed = [run for run in History(self.store).runs(state="failed") if run["entity"]["id"] != POISONED]
        wrong = [f"failed: {run['error']}" for run in failed]
        for task, statuses in self.history.items():
            wanted = "".join(f"{status}, " for status in statuses)
            if (went := self.ftrack.metadata[task].get("went", "")) != wanted:
                wrong.append(f"{task} went {went!r}, which should be {wanted!r}")
            wrong += [
                f"no folder for {task} {status}" for status in statuses if not (self.disk / f"{task} {status}").is_dir()
            ]
        wrong += [f"no message about {key}" for key in self.changes if key not in self.slack.sent]
        twice = len(self.slack.sent) - len(set(self.slack.sent))
        if twice > self.windows:
            wrong.append(f"{twice} messages were sent twice, though there were only {self.windows} windows for it")
        return wrong

    # Faults

    def _trouble(self) -> str:
        return self.random.choice(["away", "slow", "lost"]) if self.faults and self.random.random() < 0.05 else ""

    def _strike(self, seam: str) -> None:
        if not self.faults or self._depth or self.random.random() > 0.12:
            return
        match self.random.choice(["die", "stall", "stall", "full"]):
            case "die":
                self.die(seam)
            case "stall" if seam not in BEYOND_RECALL:
                self.stall(seam)
            case "full" if seam in MAY_BE_FULL:
                raise TryAgain("It is full.")

    def die(self, seam: str) -> None:
        """End the process that works just now."""
        self._note_window(seam)
        raise Died

    def stall(self, seam: str) -> None:
        """Let the process that works just now sleep beyond its lease, while another one works."""
        self._note_window(seam)
        self.seconds += LEASE + 1
        self._depth += 1
        try:
            for _ in range(self.random.randrange(4)):
                self.serve(self.random.randrange(2))
        finally:
            self._depth -= 1

    def _note_window(self, seam: str) -> None:
        # Between Slack's answer and the ledger's note of it, a message may be sent a second time.
        self.windows += seam == "slack: sent"


def play(seed: int, folder: Path, database: Database, steps: int = 60) -> list[str]:
    """Play a seed to its end.

    Args:
        seed: Decides everything that is random.
        folder: A new folder for the disk.
        database: Whose rows it replaces.
        steps: How many things happen before the faults stop.

    Returns:
        What is wrong in the end, in sentences.
    """
    studio = Studio(folder, database, seed)
    try:
        studio.run(steps)
        return studio.audit()
    except AssertionError as error:
        return [str(error)]
