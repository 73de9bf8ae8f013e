"""A small studio for the simulation of the running side: tasks in a model of ftrack, folders, Slack, and two servers.

Everything happens in one thread, by a false clock. Faults strike where the work passes a seam: the server dies there,
or stalls beyond its lease while another one works; ftrack and Slack misbehave, and the database's clock is set.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from tests.engine.work import inbox_of, settings, sighting

from callboard import seams
from callboard.changes import Change, Entity
from callboard.effects import Effect, MakeFolders, SendSlack, SetMetadata
from callboard.engine.running.apply import Applier
from callboard.engine.running.batch import Batches
from callboard.engine.running.worker import Workers
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.lanes import LEASE, LaneLostError, Lanes
from callboard.engine.store.pauses import Pauses
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, TooMuchForFtrack
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings, SlackSettings
from callboard.studio.slack import Slack

#: When the simulation begins.
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TASKS = ("task1", "task2", "task3")
STATUSES = ("In Progress", "Review Changes", "On Hold", "Approved")
#: Where a stall is as if the answer of another system took so long: what was begun there cannot be taken back.
BEYOND_RECALL = ("ftrack: before a commit", "slack: before sending", "disk: before an effect")
_SELECT = re.compile(r"select (?P<reads>.+?) from (?P<type>\w+) where (?P<by>\w+) in \((?P<values>[^)]*)\)")


class Died(BaseException):
    """The process is gone: nothing of it goes on."""


@dataclass
class Model(Ftrack):
    """The part of ftrack that the automations here read and write: tasks, their statuses and metadata."""

    statuses: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TASKS, "Not Started"))
    metadata: dict[str, dict[str, str]] = field(default_factory=lambda: {task: {} for task in TASKS})
    trouble: Callable[[], str] = lambda: ""

    def __post_init__(self) -> None:
        super().__init__("http://ftrack.example", "callboard", "key")

    def call(self, operations: Sequence[Mapping[str, Any]]) -> list[Any]:
        trouble = self.trouble()
        if trouble == "away":
            raise TryAgain("ftrack cannot be reached.")
        if trouble == "slow":
            raise TooMuchForFtrack("ftrack did not answer in time.")
        answers = [self._answer(operation) for operation in operations]
        if trouble == "lost":
            raise TooMuchForFtrack("ftrack's answer was lost.")
        return answers

    def _answer(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        if operation["action"] == "query":
            return {"data": list(self._rows(operation["expression"]))}
        task, key = operation["entity_key"]
        if operation["action"] == "delete":
            del self.metadata[task][key]
        else:
            self.metadata[task][key] = operation["entity_data"]["value"]
        return {"data": None}

    def _rows(self, expression: str) -> Iterator[Entity]:
        match = _SELECT.match(expression)
        assert match is not None, expression
        ids = re.findall(r'"([^"]*)"', match["values"])
        for task in TASKS:
            if task in ids:
                rows = [self._row(task, key) for key in self.metadata[task]]
                if match["type"] == "Metadata":
                    yield from rows
                else:
                    status = Entity({"__entity_type__": "Status", "id": task, "name": self.statuses[task]})
                    values = {"id": task, "name": task, "status": status, "metadata": rows}
                    yield Entity({"__entity_type__": "Task", **values})

    def _row(self, task: str, key: str) -> Entity:
        values = {"parent_id": task, "key": key, "value": self.metadata[task][key]}
        return Entity({"__entity_type__": "Metadata", **values})


@dataclass
class SlackModel:
    """Slack: takes messages, and misbehaves."""

    sent: list[str] = field(default_factory=list)
    trouble: Callable[[], str] = lambda: ""
    data: dict[str, Any] = field(default_factory=lambda: {"ok": True, "channel": {"id": "C"}})

    def api_call(self, _method: str, *, data: Mapping[str, str]) -> SlackModel:
        if self.trouble():
            raise ConnectionResetError("Slack is away")
        self.sent.append(data["text"].partition("\n")[0])
        return self


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
    """One server's part that works: what is lost with its process."""

    def __init__(self, studio: Studio) -> None:
        clock = studio.clock
        self.store = Store(studio.database, clock=lambda: START.timestamp() + clock() + studio.clock_is_wrong_by)
        self.lanes = Lanes(self.store, clock=clock)
        configured = studio.settings
        applier = Applier(configured, studio.ftrack, self.store, Pauses(self.store))
        table = configured.slack
        assert table is not None
        applier._slack = Slack(table, "http://ftrack.example", clock=clock)
        applier._slack._client = studio.slack  # type: ignore[assignment]
        batches = Batches(
            configured,
            [NOTE],
            lanes=self.lanes,
            ftrack=studio.ftrack,
            applier=applier,
            clock=lambda: START + timedelta(seconds=clock()),
        )
        self.workers = Workers(self.lanes, batches, clock=clock)


class Studio:
    """The studio, driven by a seed.

    Args:
        folder: For its database and its disk.
        template: An empty database, ready for use.
        seed: Decides everything that is random.
        on_seam: Called at every seam instead of random faults.
    """

    def __init__(
        self, folder: Path, template: Path, seed: int = 0, on_seam: Callable[[str], None] | None = None
    ) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a seed must replay
        self.seconds = 1000.0
        self.clock_is_wrong_by = 0.0
        self.disk = folder / "disk"
        self.disk.mkdir(parents=True)
        file = folder / "callboard.db"
        shutil.copy(template, file)
        self.database = f"sqlite:///{file}"
        self.faults = True
        self.windows = 0
        self.ftrack = Model(trouble=self._trouble)
        self.slack = SlackModel(trouble=lambda: self._trouble() and "away")
        self.history: dict[str, list[str]] = {task: [] for task in TASKS}
        self.changes: list[str] = []
        self._depth = 0
        own = AutomationSettings().in_studio(
            AutomationSettings().studio.model_copy(update={"project_root": str(self.disk)})
        )
        base = settings(note=own)
        slack = SlackSettings(token=SecretStr("xoxb-1"), default_channel="#production")
        self.settings = base.model_copy(update={"slack": slack, "studio": own.studio})
        self.servers = [Server(self), Server(self)]
        self.inbox = inbox_of(self.servers[0].store, NOTE)
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
        match self.random.choice(["change"] * 4 + ["serve"] * 12 + ["renew", "wait"] * 4 + ["set the clock"]):
            case "change":
                self.change()
            case "serve":
                self.serve(self.random.randrange(2))
            case "renew":
                self.servers[self.random.randrange(2)].lanes.renew()
            case "set the clock":
                self.clock_is_wrong_by = self.random.choice([-3600.0, 0.0, 3600.0])
            case _:
                self.seconds += self.random.choice([0.1, 1, 5, 30])

    def change(self) -> None:
        """A person changes a status, and the change is stored; now and then it is read twice."""
        task, status = self.random.choice(TASKS), self.random.choice(STATUSES)
        key = f"change {len(self.changes)}"
        self.changes.append(key)
        self.history[task].append(status)
        self.ftrack.statuses[task] = status
        seen = sighting(task, after=self.seconds, kind="status", status=status, key=key)
        for _ in range(self.random.choice([1, 1, 2])):
            self.inbox.store([seen])

    def serve(self, number: int) -> bool:
        """Let a server serve a lane; when it dies, a fresh one takes its place."""
        server = self.servers[number]
        try:
            return server.workers.serve_a_lane()
        except (TryAgain, LaneLostError):
            return True
        except Died:
            self.servers[number] = Server(self)
            return True

    def settle(self) -> None:
        """Let the faults stop, and both servers work until nothing is left.

        Raises:
            AssertionError: Something never comes to an end.
        """
        self.faults = False
        # What waits for another try waits longer when the clock was set back: that long, and no longer.
        for _ in range(150):
            self.seconds += 60
            while self.serve(0) or self.serve(1):
                continue
            if not self.open_runs():
                return
        raise AssertionError(f"these never came to an end: {self.open_runs()}")

    def open_runs(self) -> list[dict[str, Any]]:
        """The runs that are not over."""
        history = History(self.servers[0].store)
        return [*history.runs(state="waiting"), *history.runs(state="running")]

    # What must be true in the end

    def audit(self) -> list[str]:
        """Return what is wrong, in sentences."""
        wrong = [f"failed: {run['error']}" for run in History(self.servers[0].store).runs(state="failed")]
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
        if not self.faults or self._depth or self.random.random() > 0.06:
            return
        if self.random.random() < 0.5:
            self.die(seam)
        elif seam not in BEYOND_RECALL:
            self.stall(seam)

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


def make_template(folder: Path) -> Path:
    """Make an empty database that is ready for use, for any number of studios to begin with."""
    file = folder / "template.db"
    store = Store(f"sqlite:///{file}")
    store.prepare()
    store.close()
    return file


def play(seed: int, folder: Path, template: Path, steps: int = 60) -> list[str]:
    """Play a seed to its end.

    Args:
        seed: Decides everything that is random.
        folder: A new folder for the database and the disk.
        template: As of :func:`make_template`.
        steps: How many things happen before the faults stop.

    Returns:
        What is wrong in the end, in sentences.
    """
    studio = Studio(folder, template, seed)
    try:
        studio.run(steps)
        return studio.audit()
    except AssertionError as error:
        return [str(error)]
    finally:
        for server in studio.servers:
            server.store.close()
