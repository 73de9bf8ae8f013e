"""Lanes: runs of one automation in one project go in order, in batches, on whichever worker holds the lane.

Holding a lane is a lease of a few seconds that is renewed while its work continues. A worker that was killed leaves a
lease that ends, and the next one takes over; a worker that slept past its lease finds that it may not write any more,
since every claim makes the lane's epoch grow and every write of results asks for the epoch and the lease first.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import lanes, pauses

#: Seconds that a lane is held without a sign of life.
LEASE = 3.0
#: Seconds that a run is made to wait, at most.
LONGEST_DELAY = 900.0
#: Seconds from now after which nothing is due: what seems to be was written before the clock was set back.
TOO_LATE = 2 * LONGEST_DELAY


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
    clock: Callable[[], float] = time.monotonic
    progressed: float = 0.0
    given_up: bool = False

    def check(self) -> None:
        """Note that the work continues; call it before anything that others see.

        Raises:
            LaneLostError: The lease has ended, or this server gave the work up.
        """
        moment = self.clock()
        if self.given_up or moment > self.ends:
            raise LaneLostError(f"{self.automation} in {self.lane}")
        self.progressed = moment


class Lanes:
    """Claims lanes for one server, and keeps their leases while they are in hand.

    Args:
        store: The database.
        owner: What the server is called there; invented when missing.
        clock: This machine's steady clock, in seconds.
    """

    def __init__(self, store: Store, owner: str | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self.owner = owner or uuid.uuid4().hex
        self._clock = clock
        self._held: dict[tuple[str, str], Lane] = {}
        self._lock = threading.Lock()

    def claim(self, automations: Collection[str]) -> Lane | None:
        """Take the lane that has work due and was not served for the longest time, or None when there is none.

        Looks at lanes only, so its cost does not depend on how much work waits in them.
        """
        wanted = {"automations": list(automations)}
        # Most of the time there is nothing; only who finds something asks for the right to write.
        with self._store.reading() as connection:
            if connection.execute(_WAITING, wanted).first() is None:
                return None
        ends = self._clock() + LEASE
        with self._store.writing() as connection:
            row = connection.execute(_WAITING_TO_TAKE, wanted).first()
            if row is None:
                return None
            lane = Lane(row.automation, row.lane, row.epoch + 1, ends, self._clock, self._clock())
            connection.execute(update(lanes).where(_is(lane)).values(self._claim_values(lane)))
        self._hold(lane)
        return lane

    def take_named(self, name: str) -> Lane | None:
        """Take a lane that is a duty of one server at a time, and no automation's; None when another one has it."""
        key = {"automation": "", "lane": name}
        with self._store.reading() as connection:
            row = connection.execute(_NAMED, key).first()
        if row is None:
            with self._store.writing() as connection:
                connection.execute(self._store.insert(lanes).on_conflict_do_nothing(), key)
            return self.take("", name, 0)
        # Most of the time another server has it; only who finds it free asks for the right to write.
        return self.take("", name, row.epoch) if row.free else None

    def take(self, automation: str, name: str, epoch: int) -> Lane | None:
        """Take one lane if its epoch is still *epoch* and nobody holds it."""
        lane = Lane(automation, name, epoch + 1, self._clock() + LEASE, self._clock, self._clock())
        claim = update(lanes).where(_is(lane), lanes.c.epoch == epoch, _is_free()).values(self._claim_values(lane))
        with self._store.writing() as connection:
            if connection.execute(claim).rowcount != 1:
                return None
        self._hold(lane)
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
        ends = self._clock() + LEASE
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

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a transaction that only reads, whoever holds what."""
        return self._store.reading()

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Return an INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        return self._store.insert(table)

    def release(self, lane: Lane) -> None:
        """Hand a lane back in which nothing was begun."""
        try:
            with self.writing(lane) as connection:
                self.hand_back(connection, lane)
        finally:
            # Whether that went well or not, nobody works in it here: its lease must end by itself at the latest.
            self.forget(lane)

    def hand_back(self, connection: Connection, lane: Lane, *, due: ColumnElement[float] | None = None) -> None:
        """Hand a lane back with the last results of its work, in the same transaction.

        Args:
            connection: The transaction.
            lane: The lane.
            due: When its next run is due.
        """
        values: dict[str, Any] = {"owner": None, "lease_until": 0, "served": now()}
        if due is not None:
            values["due"] = due
        connection.execute(update(lanes).where(_is(lane)).values(values))
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

        One statement for all of them, which waits for none: whoever is writing in a lane just now renews it anyway.

        Raises:
            TryAgain: The database cannot be reached.
        """
        held = {(lane.automation, lane.lane, lane.epoch): lane for lane in self.held()}
        if not held:
            return
        ends = self._clock() + LEASE
        with self._store.writing() as connection:
            kept = connection.execute(_ALIVE, {"held": list(held)}).all()
            if kept:
                connection.execute(_RENEWED, {"held": [tuple(row) for row in kept]})
        for row in kept:
            held[tuple(row)].ends = ends

    def _claim_values(self, lane: Lane) -> dict[str, Any]:
        return {"owner": self.owner, "epoch": lane.epoch, "lease_until": now() + LEASE}

    def _hold(self, lane: Lane) -> None:
        with self._lock:
            self._held[lane.automation, lane.lane] = lane


def _is(lane: Lane) -> ColumnElement[bool]:
    return and_(lanes.c.automation == lane.automation, lanes.c.lane == lane.lane)


def _is_free() -> ColumnElement[bool]:
    """Return whether nobody holds a lane; a lease that is too long was written before the clock was set back."""
    return or_(lanes.c.lease_until <= now(), lanes.c.lease_until > now() + 2 * LEASE)


#: The lane that is next; made once, since idle workers ask again and again.
_WAITING = (
    select(lanes.c.automation, lanes.c.lane, lanes.c.epoch)
    .where(or_(lanes.c.due <= now(), lanes.c.due > now() + TOO_LATE), _is_free())
    .where(lanes.c.automation.in_(bindparam("automations", expanding=True)))
    .where(lanes.c.automation.not_in(select(pauses.c.automation)))
    .order_by(lanes.c.served, lanes.c.due)
    .limit(1)
)
_KEY = tuple_(lanes.c.automation, lanes.c.lane, lanes.c.epoch)
_HELD = _KEY.in_(bindparam("held", expanding=True))
_ALIVE = (
    select(lanes.c.automation, lanes.c.lane, lanes.c.epoch)
    .where(_HELD, lanes.c.lease_until > now())
    .with_for_update(skip_locked=True)
)
_RENEWED = update(lanes).where(_HELD).values(lease_until=now() + LEASE)
_NAMED = select(lanes.c.epoch, _is_free().label("free")).where(
    lanes.c.automation == bindparam("automation"), lanes.c.lane == bindparam("lane")
)
_WAITING_TO_TAKE = _WAITING.with_for_update(skip_locked=True, of=lanes)
