"""Lanes: runs of one automation in one project go in order, in batches, on whichever worker holds the lane.

Holding a lane is a lease of a few seconds that is renewed while its work goes on. A worker that was killed leaves a
lease that ends, and the next one takes over; a worker that slept past its lease finds that it may not write any more,
since every claim makes the lane's epoch grow and every write of results asks for the epoch and the lease first.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    or_,
    select,
    update,
)

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import is_open, lanes, runs

#: Seconds that a lane is held without a sign of life.
LEASE = 3.0


class LaneLostError(Exception):
    """The lease of a lane ended while its work went on; whoever holds it now does that work again."""


@dataclass(eq=False)
class Lane:
    """A lane in hand.

    Attributes:
        ends: When its lease ends, by this machine's steady clock; a little earlier than by the database's.
        progressed: When its work came a step further, by the same clock.
        given_up: Whether this server does not count on the work in it any more.
    """

    automation: str
    lane: str
    epoch: int
    ends: float
    progressed: float = field(default_factory=time.monotonic)
    given_up: bool = False

    def check(self) -> None:
        """Note that the work goes on; to be called before anything that others see.

        Raises:
            LaneLostError: The lease has ended, or this server gave the work up.
        """
        moment = time.monotonic()
        if self.given_up or moment > self.ends:
            raise LaneLostError(f"{self.automation} in {self.lane}")
        self.progressed = moment


class Lanes:
    """Claims lanes for one server, and keeps their leases while they are in hand."""

    def __init__(self, store: Store, owner: str | None = None) -> None:
        self._store = store
        self.owner = owner or uuid.uuid4().hex
        self._held: dict[tuple[str, str], Lane] = {}
        self._lock = threading.Lock()

    def claim(self, automations: Collection[str]) -> Lane | None:
        """Take the lane that has work due and was not served for the longest time, or None when there is none."""
        free = (
            select(lanes.c.automation, lanes.c.lane, lanes.c.epoch, lanes.c.lease_until)
            .distinct()
            .join(runs, and_(runs.c.automation == lanes.c.automation, runs.c.lane == lanes.c.lane))
            .where(lanes.c.automation.in_(automations), lanes.c.lease_until <= now(), due(), ~behind())
            .order_by(lanes.c.lease_until)
            .limit(8)
        )
        with self._store.reading() as connection:
            candidates = connection.execute(free).all()
        for row in candidates:
            lane = self.take(row.automation, row.lane, row.epoch)
            if lane is not None:
                return lane
        return None

    def take_named(self, name: str) -> Lane | None:
        """Take a lane that is a duty of one server at a time, and no automation's; None when another one has it."""
        key = {"automation": "", "lane": name}
        with self._store.writing() as connection:
            connection.execute(self._store.insert(lanes).on_conflict_do_nothing(), key)
            row = connection.execute(select(lanes.c.epoch).filter_by(**key)).one()
        return self.take("", name, row.epoch)

    def take(self, automation: str, name: str, epoch: int) -> Lane | None:
        """Take one lane if its epoch is still *epoch* and nobody holds it."""
        lane = Lane(automation, name, epoch + 1, ends=time.monotonic() + LEASE)
        claim = (
            update(lanes)
            .where(_is(lane), lanes.c.epoch == epoch, lanes.c.lease_until <= now())
            .values(owner=self.owner, epoch=epoch + 1, lease_until=now() + LEASE)
        )
        with self._store.writing() as connection:
            if connection.execute(claim).rowcount != 1:
                return None
        with self._lock:
            self._held[automation, name] = lane
        return lane

    @contextmanager
    def writing(self, lane: Lane) -> Iterator[Connection]:
        """Yield a transaction that holds only as long as the lane does; its lease is renewed with it.

        Raises:
            LaneLostError: The lease ended, or somebody else has the lane.
            TryAgain: The database cannot be reached.
        """
        if lane.given_up:
            raise LaneLostError(f"{lane.automation} in {lane.lane}")
        ends = time.monotonic() + LEASE
        with self._store.writing() as connection:
            renewal = (
                update(lanes)
                .where(_is(lane), lanes.c.epoch == lane.epoch, lanes.c.lease_until > now())
                .values(lease_until=now() + LEASE)
            )
            if connection.execute(renewal).rowcount != 1:
                self.forget(lane)
                raise LaneLostError(f"{lane.automation} in {lane.lane}")
            yield connection
        lane.ends = ends

    def release(self, lane: Lane) -> None:
        """Hand a lane back in which nothing was begun."""
        with self.writing(lane) as connection:
            self.hand_back(connection, lane)

    def hand_back(self, connection: Connection, lane: Lane) -> None:
        """Hand a lane back with the last results of its work, in the same transaction."""
        connection.execute(update(lanes).where(_is(lane)).values(owner=None, lease_until=now()))
        self.forget(lane)

    def forget(self, lane: Lane) -> None:
        """Do not renew the lease any more."""
        with self._lock:
            if self._held.get((lane.automation, lane.lane)) is lane:
                del self._held[lane.automation, lane.lane]

    def give_up(self, lane: Lane) -> None:
        """Count on the work in a lane no more: its lease ends, and what it does later is refused."""
        lane.given_up = True
        self.forget(lane)

    def held(self) -> list[Lane]:
        """Return the lanes in hand."""
        with self._lock:
            return list(self._held.values())

    def renew(self) -> None:
        """Renew the leases of the lanes in hand, and of no other; to be called every second.

        Raises:
            TryAgain: The database cannot be reached.
        """
        for lane in self.held():
            try:
                with self.writing(lane):
                    pass
            except LaneLostError:
                continue


def _is(lane: Lane) -> ColumnElement[bool]:
    return and_(lanes.c.automation == lane.automation, lanes.c.lane == lane.lane)


def due() -> ColumnElement[bool]:
    """Return whether a run can be taken now; one that is *running* in a free lane was left behind by its holder."""
    return and_(is_open(), or_(runs.c.state == "running", runs.c.due <= now()))


def behind() -> ColumnElement[bool]:
    """Return whether an earlier run about the same entity is still open."""
    earlier = runs.alias()
    return exists().where(
        earlier.c.automation == runs.c.automation,
        earlier.c.lane == runs.c.lane,
        earlier.c.entity_id == runs.c.entity_id,
        is_open(earlier),
        or_(earlier.c.at < runs.c.at, and_(earlier.c.at == runs.c.at, earlier.c.id < runs.c.id)),
    )
