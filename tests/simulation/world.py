"""A studio in a simulation: people, ftrack, the hub and event servers, driven by a seed on a false clock."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, select, update
from tests.engine.work import settings, trigger
from tests.simulation.database import Database
from tests.simulation.model import STATUSES, FtrackModel, Step, Task

from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.reader import Reader
from callboard.engine.reading.watch import Watch
from callboard.engine.store.database import now
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.lanes import LEASE, Lane, Lanes
from callboard.engine.store.pruning import prune
from callboard.engine.store.tables import changes, lanes, runs
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, Portion, TooMuchForFtrack
from callboard.registry import Registry

_TRIGGERS = (trigger("created"), trigger("statuses", kind="status"))
#: An automation that some configurations have, and others have not; the first one's feed is its feed.
_SOMETIMES = trigger("sometimes")
#: Seconds after which an automation that was turned on is on for sure.
_SURELY = 60.0
#: Seconds of a history, and a little more.
_KEEP = 90 * 86400.0 + 3600
#: 2026-03-02 08:00 UTC.
_BEGIN = 1_772_438_400.0
#: Seconds between two beats of a heart; the leases last longer.
_BEAT = LEASE / 2


class Died(BaseException):
    """The process died here."""


class EventServer:
    """The reading half of an event server, without threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard = False
        registry = Registry()
        triggers = (*_TRIGGERS, _SOMETIMES) if world.sometimes else _TRIGGERS
        for each in triggers:
            registry.add(each)
        own = {each.name: each.settings() for each in triggers}
        self.inbox = Inbox(
            world.store, settings(**own), registry, clock=lambda: datetime.fromtimestamp(world.wall(), UTC)
        )
        self._store = self.inbox.store
        self.inbox.store = self._store_or_fail  # type: ignore[assignment, method-assign]
        self.reader = Reader(cast("Ftrack", world.ftrack), self.inbox, now=world.wall, clock=world.steady)
        self.lanes = Lanes(world.store, clock=world.steady)
        self._release = self.lanes.release
        self.lanes.release = self._fail_or_release  # type: ignore[method-assign]
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

    def _fail_or_release(self, lane: Lane) -> None:
        self.world.fail("release")
        self._release(lane)

    def _store_or_fail(self, *arguments: Any) -> int:
        self.world.fail("store")
        stored = self._store(*arguments)
        self.world.fail("stored")
        return stored


class World:
    """Everything, and its clock.

    Args:
        seed: Decides everything that happens.
        database: Whose rows it replaces.
        servers: Event servers that share it.
        late: Whether some rows become visible a while after their time. Else this machine's clock may be set.
    """

    def __init__(self, seed: int, database: Database, *, servers: int = 2, late: bool = False) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed must replay
        self.store = database.begin(self.wall)
        # What is there from the beginning shows from the beginning.
        self.late = False
        self.time = 0.0
        self.skew = 0.0
        self.ftrack = FtrackModel(lambda: _BEGIN + self.time)
        self.ftrack.page = Portion(self.chance.choice([3, 12, 50]))
        self.ftrack.on_request = lambda: self.fail("ask")
        self.faults: dict[str, list[BaseException]] = defaultdict(list)
        self.expected: list[str] = []
        self.gone: set[str] = set()
        #: Events that may be believed, and what had been handled before the history forgot it.
        self.believable: set[str] = set()
        self.past: list[str] = []
        #: The row of each event that came before it, by the keys of their changes.
        self.reported: dict[str, str] = {}
        #: Whether the automation is on that sometimes is, since when, and what happened before and since for sure.
        self.sometimes = False
        self.before: set[str] = set()
        self.since: dict[str, float] = {}
        self._on_at = 0.0
        self._meanwhile: dict[str, float] = {}
        self._numbers = itertools.count()
        self._events: list[tuple[float, Doorbell]] = []
        for _ in range(3):
            self.create()
        self.expected.clear()
        self._events.clear()
        self.late = late
        self.servers = [EventServer(self) for _ in range(servers)]

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
        self._expect(f"created:{task.id}", task.visible)
        self._expect(f"status:{task.id}:first", task.visible)
        self._publish(Doorbell("TypedContext", "Task", task.id, None, None, self._id("event"), None))

    def change(self) -> None:
        """Change the status of a task, sometimes again in the same second."""
        task = self.chance.choice(list(self.ftrack.tasks.values()))
        self.change_to(task, self.chance.choice([status for status in STATUSES if status != task.status]))

    def change_to(self, task: Task, status: str) -> None:
        """Change the status of a task."""
        at = int(_BEGIN + self.time)
        recent = [step for step in task.steps if step.at == at]
        if len(recent) > 2 or task.steps[-1].visible > _BEGIN + self.time:
            return
        step = Step(self._id("step"), at, task.status, status, self._visible())
        task.steps.append(step)
        self._expect(f"status:{step.id}", step.visible)
        bell = Doorbell("TypedContext", "Task", task.id, step.after, step.before, self._id("event"), None)
        self._publish(bell)
        if step.visible > _BEGIN + self.time:
            # It may be believed, and its task be deleted before the row shows.
            self.believable.add(f"heard:{bell.event_id}:{task.id}")
            self.reported[f"heard:{bell.event_id}:{task.id}"] = f"status:{step.id}"

    def delete(self) -> None:
        """Delete a task; what became of it may never be read."""
        if len(self.ftrack.tasks) > 3:
            task = self.ftrack.tasks.pop(self.chance.choice(list(self.ftrack.tasks)))
            keys = [f"created:{task.id}", f"status:{task.id}:first", *(f"status:{step.id}" for step in task.steps)]
            self.gone |= set(keys)

    def forge(self) -> None:
        """Publish an event about what did not happen."""
        task = self.chance.choice(list(self.ftrack.tasks.values()))
        before = self.chance.choice(STATUSES)
        event_id = self._id("forged")
        if len(task.steps) == 1 or task.steps[-1].visible > _BEGIN + self.time:
            # Nothing contradicts it: it is believed.
            self.believable.add(f"heard:{event_id}:{task.id}")
        self._publish(Doorbell("TypedContext", "Task", task.id, task.status, before, event_id, None))

    def _expect(self, key: str, visible: float) -> None:
        self.expected.append(key)
        if self.sometimes and self.time > self._on_at + _SURELY and visible <= _BEGIN + self.time:
            self.since[key] = self.time
        elif not self.sometimes:
            self._meanwhile[key] = visible

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
        place = self.chance.choice(["ask", "store", "stored", "release"])
        kinds = [TryAgain("away"), TooMuchForFtrack("slow"), Died()]
        self.faults[place] += [self.chance.choice(kinds)] * self.chance.choice([1, 1, 3])

    def cut_hub(self) -> None:
        """Let a server hear nothing, or hear again."""
        server = self.chance.choice(self.servers)
        if self.chance.random() < 0.3:
            self.faults["release"].append(TryAgain("away"))
        server.hear(not server.heard)

    def set_clock(self) -> None:
        """Set this machine's clock."""
        if not self.late:
            self.skew = self.chance.choice([0.0, -3600.0, 3600.0, 40.0])

    def restart(self) -> None:
        """End a server without a word, and start another one."""
        place = self.chance.randrange(len(self.servers))
        self.servers[place] = EventServer(self)

    def reconfigure(self) -> None:
        """End all servers, and start others with another configuration: an automation is turned on or off."""
        self.sometimes, self._on_at = not self.sometimes, self.time
        # What does not show yet has not happened, as far as anybody can see.
        self.before |= {key for key, visible in self._meanwhile.items() if visible <= _BEGIN + self.time}
        self._meanwhile.clear()
        # What has just happened may not have been seen before it was turned off.
        self.since = {key: at for key, at in self.since.items() if at < self.time - _SURELY}
        for place in range(len(self.servers)):
            heard = self.servers[place].heard
            self.servers[place] = EventServer(self)
            self.servers[place].hear(heard)

    def grow_old(self) -> None:
        """Let the time of a whole history pass, in which nothing happens."""
        self.faults.clear()
        self.skew = 0.0
        self._events.clear()
        for server in self.servers:
            server.hear(True)
        self.pass_time(110)
        self.past += self.handled()
        with self.store.writing() as connection:
            connection.execute(update(runs).values(state="done", head=False, finished=now()))
            connection.execute(update(lanes).where(lanes.c.automation != "").values(due=None))
        self.time += _KEEP
        prune(self.store, 90)
        self.pass_time(5)

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
            # The hearts beat in time.
            following = min(following, self.time + _BEAT)
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
        self.begin()
        servers = [self.break_something, self.cut_hub, self.set_clock, self.restart, self.reconfigure]
        deeds = [self.create, self.delete, self.forge, *servers, self.grow_old]
        weights = [4, 1, 1, 2, 1, 1, 1, 0.6, 0.3]
        for _ in range(moves):
            deed = self.chance.choices([*deeds, self.change], [*weights, 12])[0]
            deed()
            self.pass_time(self.chance.choice([0, 0, 0, 0.1, 0.5, 2, 15]))
        self.end()

    def begin(self) -> None:
        """Let everybody hear, and come to the present."""
        for server in self.servers:
            server.hear(True)
        self.pass_time(2)

    def end(self) -> None:
        """Let everything be well again, and for long enough."""
        self.faults.clear()
        for server in self.servers:
            server.hear(True)
        # What shows late shows by then, and the next regular reading finds it.
        self.pass_time(110)

    # Audit

    def handled(self) -> list[str]:
        """The keys of the changes that an automation looks at, in the order in which they were stored."""
        return self._keys(runs.c.automation != _SOMETIMES.name)

    def _heard(self) -> list[str]:
        with self.store.reading() as connection:
            return list(connection.scalars(select(changes.c.key).where(changes.c.key.like("heard:%"))))

    def _keys(self, which: ColumnElement[bool]) -> list[str]:
        chosen = select(runs.c.change_key).join(changes, changes.c.key == runs.c.change_key).order_by(runs.c.id)
        with self.store.reading() as connection:
            return list(connection.scalars(chosen.where(which)))

    def audit(self) -> list[str]:
        """Return what is wrong, in sentences."""
        handled = [*self.past, *self.handled()]
        real = {*self.expected, *self.believable}
        wrong = [f"{key} is missing" for key in self.expected if key not in handled and key not in self.gone]
        wrong += [f"{key} was handled though it never happened" for key in handled if key not in real]
        wrong += [f"{key} was handled twice" for key in set(handled) if handled.count(key) > 1]
        wrong += [f"{key} was handled with {row}" for key, row in self.reported.items() if {key, row} <= set(handled)]
        if not self.late:
            wrong += [f"{key} swallowed another change" for key in self._heard() if key not in handled]
        for task in self.ftrack.tasks.values():
            keys = [f"status:{task.id}:first", *(f"status:{step.id}" for step in task.steps[1:])]
            order = [handled.index(key) for key in keys if key in handled]
            if order != sorted(order) and not self.late:
                wrong.append(f"the statuses of {task.id} were stored in another order")
        sometimes = self._keys(runs.c.automation == _SOMETIMES.name)
        kept = {key for key in self.since if key.startswith("created:")} - self.gone - set(self.past)
        wrong += [f"{key} was handled though it happened before" for key in sometimes if key in self.before - self.gone]
        wrong += [f"{key} is missing though it happened since" for key in kept if key not in sometimes]
        return wrong


def play(seed: int, database: Database, moves: int = 35) -> list[str]:
    """Play a seed to its end: an even one with two servers, an odd one with rows that show late.

    Args:
        seed: Decides everything that is random.
        database: Whose rows it replaces.
        moves: How many things happen before the faults stop.

    Returns:
        What is wrong in the end, in sentences.
    """
    late = seed % 2 == 1
    world = World(seed, database, servers=1 if late else 2, late=late)
    world.play(moves)
    return world.audit()
