"""A studio in a simulation: people, ftrack, the hub and event servers, driven by a seed on a false clock."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import event, select
from tests.engine.work import settings, trigger
from tests.simulation.model import STATUSES, FtrackModel, Step, Task

from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.reader import Reader
from callboard.engine.reading.watch import Watch
from callboard.engine.store.database import Store
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.tables import changes, runs
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, Portion, TooMuchForFtrack
from callboard.registry import Registry

_TRIGGERS = (trigger("created"), trigger("statuses", kind="status"))
#: 2026-03-02 08:00 UTC.
_BEGIN = 1_772_438_400.0


class Died(BaseException):
    """The process died here."""


class EventServer:
    """The reading half of an event server, without threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard = False
        registry = Registry()
        for each in _TRIGGERS:
            registry.add(each)
        own = {each.name: each.settings() for each in _TRIGGERS}
        self.inbox = Inbox(
            world.store, settings(**own), registry, clock=lambda: datetime.fromtimestamp(world.wall(), UTC)
        )
        self._store = self.inbox.store
        self.inbox.store = self._store_or_fail  # type: ignore[assignment, method-assign]
        self.reader = Reader(cast("Ftrack", world.ftrack), self.inbox, now=world.wall, clock=world.steady)
        self.lanes = Lanes(world.store, clock=world.steady)
        self.watch = Watch(self.reader, self.lanes, may_take=self._is_fit, on_stored=lambda: None, clock=world.steady)
        self.next_step = 0.0

    def hear(self, heard: bool) -> None:
        """Hear events, or not any more."""
        self.heard = heard
        self.watch.hear(heard)
        self.next_step = 0.0

    def ring(self, bell: Doorbell) -> None:
        """Hear an event."""
        self.watch.ring([bell])
        self.next_step = 0.0

    def step(self) -> None:
        """Do what is due."""
        while self.next_step <= self.world.time:
            self.next_step = self.world.time + max(self.watch.step(), 0.0)
            if self.next_step == self.world.time:
                continue

    def _is_fit(self) -> bool:
        return self.heard or not any(server.heard for server in self.world.servers)

    def _store_or_fail(self, *arguments: Any) -> int:
        self.world.fail("store")
        stored = self._store(*arguments)
        self.world.fail("stored")
        return stored


class World:
    """Everything, and its clock.

    Args:
        seed: Decides everything that happens.
        store: An empty database.
        servers: Event servers that share it.
        late: Whether some rows become visible a while after their time. Else this machine's clock may be set.
    """

    def __init__(self, seed: int, store: Store, *, servers: int, late: bool) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed must replay
        self.store = store
        # What is there from the beginning shows from the beginning.
        self.late = False
        self.time = 0.0
        self.skew = 0.0
        self.ftrack = FtrackModel(lambda: _BEGIN + self.time)
        self.ftrack.page = Portion(self.chance.choice([2, 5, 50]))
        self.ftrack.on_request = lambda: self.fail("ask")
        self.faults: dict[str, list[BaseException]] = defaultdict(list)
        self.expected: list[str] = []
        self.gone: set[str] = set()
        self._numbers = itertools.count()
        self._events: list[tuple[float, Doorbell]] = []
        # The database's clock is this machine's.
        event.listen(store._engine, "connect", self._set_clock)
        for _ in range(3):
            self.create()
        self.expected.clear()
        self._events.clear()
        self.late = late
        self.servers = [EventServer(self) for _ in range(servers)]

    def _set_clock(self, connection: Any, _record: object) -> None:
        connection.create_function("callboard_now", 0, self.wall)

    # Clocks

    def steady(self) -> float:
        """A clock that is never set."""
        return self.time

    def wall(self) -> float:
        """What this machine takes for the time."""
        return _BEGIN + self.time + self.skew

    # People

    def create(self) -> None:
        """Create a task."""
        task = Task(self._id("task"), int(_BEGIN + self.time), self._visible())
        task.steps.append(Step(self._id("step"), task.at, None, STATUSES[0], task.visible))
        self.ftrack.tasks[task.id] = task
        self.expected += [f"created:{task.id}", f"status:{task.id}:first"]
        self._publish(Doorbell("TypedContext", "Task", task.id, None, None, self._id("event"), None))

    def change(self) -> None:
        """Change the status of a task, sometimes again in the same second."""
        task = self.chance.choice(list(self.ftrack.tasks.values()))
        at = int(_BEGIN + self.time)
        recent = [step for step in task.steps if step.at == at]
        # Where a round trip of one second begins cannot be told from its rows.
        begin = recent[0].before if recent else None
        choices = [status for status in STATUSES if status not in {task.status, begin}]
        if len(recent) > 2 or task.steps[-1].visible > _BEGIN + self.time:
            return
        step = Step(self._id("step"), at, task.status, self.chance.choice(choices), self._visible())
        task.steps.append(step)
        self.expected.append(f"status:{step.id}")
        bell = Doorbell("TypedContext", "Task", task.id, step.after, step.before, self._id("event"), None)
        self._publish(bell)

    def delete(self) -> None:
        """Delete a task; what became of it may never be read."""
        if len(self.ftrack.tasks) > 3:
            task = self.ftrack.tasks.pop(self.chance.choice(list(self.ftrack.tasks)))
            keys = [f"created:{task.id}", f"status:{task.id}:first", *(f"status:{step.id}" for step in task.steps)]
            self.gone |= set(keys)

    def forge(self) -> None:
        """Publish an event about what did not happen."""
        task = self.chance.choice(list(self.ftrack.tasks.values()))
        if len(task.steps) > 1:
            before = self.chance.choice(STATUSES)
            self._publish(Doorbell("TypedContext", "Task", task.id, task.status, before, self._id("forged"), None))

    def _publish(self, bell: Doorbell) -> None:
        if self.chance.random() < 0.8:
            copies = 2 if self.chance.random() < 0.1 else 1
            self._events += [(self.time + self.chance.choice([0, 0, 0.2, 20]), bell)] * copies

    def _visible(self) -> float:
        return _BEGIN + self.time + (self.chance.choice([0, 0, 0, 1, 40]) if self.late else 0)

    def _id(self, kind: str) -> str:
        # The order of ids has nothing to do with the order of time.
        return f"{kind}-{self.chance.getrandbits(32):08x}-{next(self._numbers)}"

    # Faults

    def fail(self, place: str) -> None:
        """Raise what goes wrong at a place now."""
        if self.faults[place]:
            raise self.faults[place].pop()

    def break_something(self) -> None:
        """Let something go wrong soon."""
        place = self.chance.choice(["ask", "store", "stored"])
        kinds = [TryAgain("away"), TooMuchForFtrack("slow"), Died()]
        self.faults[place] += [self.chance.choice(kinds)] * self.chance.choice([1, 1, 3])

    def cut_hub(self) -> None:
        """Let a server hear nothing, or hear again."""
        server = self.chance.choice(self.servers)
        server.hear(not server.heard)

    def set_clock(self) -> None:
        """Set this machine's clock."""
        if not self.late:
            self.skew = self.chance.choice([0.0, -3600.0, 3600.0, 40.0])

    def restart(self) -> None:
        """End a server without a word, and start another one."""
        place = self.chance.randrange(len(self.servers))
        self.servers[place] = EventServer(self)

    # Time

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and everybody do what is due."""
        end = self.time + seconds
        while True:
            self._deliver()
            for place, server in enumerate(self.servers):
                try:
                    server.step()
                except Died:
                    self.servers[place] = EventServer(self)
            moments = [server.next_step for server in self.servers] + [at for at, _ in self._events]
            following = max(min(moments, default=end), self.time + 0.01)
            # The hearts beat once a second.
            following = min(following, self.time + 1.0)
            if following >= end:
                self.time = end
                return
            self.time = following
            self._beat()

    def _beat(self) -> None:
        for server in self.servers:
            server.lanes.renew()

    def _deliver(self) -> None:
        due = [bell for at, bell in self._events if at <= self.time]
        self._events = [(at, bell) for at, bell in self._events if at > self.time]
        for bell in due:
            for server in self.servers:
                if server.heard:
                    server.ring(bell)

    def play(self, moves: int) -> None:
        """Let so many things happen, and then let everything be well."""
        for server in self.servers:
            server.hear(True)
        self.pass_time(2)
        deeds = [self.create, self.delete, self.forge, self.break_something, self.cut_hub, self.set_clock, self.restart]
        weights = [4, 1, 1, 2, 1, 1, 1]
        for _ in range(moves):
            deed = self.chance.choices([*deeds, self.change], [*weights, 12])[0]
            deed()
            self.pass_time(self.chance.choice([0, 0, 0, 0.1, 0.5, 2, 15]))
        self.faults.clear()
        for server in self.servers:
            server.hear(True)
        self.pass_time(180)

    # Audit

    def handled(self) -> list[str]:
        """The keys of the changes that an automation looks at, in the order in which they were stored."""
        chosen = select(runs.c.change_key).join(changes, changes.c.key == runs.c.change_key).order_by(runs.c.id)
        with self.store.reading() as connection:
            return list(connection.scalars(chosen))
