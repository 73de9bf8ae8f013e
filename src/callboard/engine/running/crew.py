"""Threads that work, each replaced by a fresh one when its work does not come back.

Python cannot end a thread that waits for a dead network drive. Its lane is given up instead, so that what it does later
is refused; when too many are stuck the process has to end, and whatever supervises it starts a fresh one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callboard.engine.running.hand import Hand
from callboard.settings.durations import write_duration

_log = logging.getLogger(__name__)

#: Seconds between two looks at what is in hand. After a longer break the process itself was stopped meanwhile.
_LOOK = 1.0
_BREAK = 10.0
#: Threads that may be stuck before the process counts as broken.
MOST_STUCK = 4
#: Seconds that stopping waits for a thread, at most, however much progress it makes.
_LONGEST_STOP = 60.0


@dataclass(eq=False)
class Member:
    """One thread.

    Attributes:
        name: The thread's name.
        work: Called again and again; does one thing, or waits for a while.
        hand: What it has in hand.
        abandoned: Whether another one took its place.
        thread: The thread; None where somebody calls the steps of the work without one.
    """

    name: str
    work: Callable[[Member], object]
    hand: Hand | None = None
    abandoned: bool = False
    thread: threading.Thread | None = field(default=None, repr=False)


class Crew:
    """The threads of one kind of work.

    Args:
        members: Name and work of each thread.
        deadline: Seconds without progress after which work is given up.
        give_up: Called with what a stuck thread has in hand, and the seconds since it came a step further.
        on_broken: Called when too many threads are stuck.
        clock: A steady clock, in seconds; the one that the lanes' progress is noted by.
    """

    def __init__(
        self,
        members: Sequence[tuple[str, Callable[[Member], object]]],
        *,
        deadline: float,
        give_up: Callable[[Hand, float], None],
        on_broken: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stopping = threading.Event()
        self._deadline, self._give_up, self._on_broken, self._clock = deadline, give_up, on_broken, clock
        self._members = [Member(name, work) for name, work in members]
        self._stuck: dict[Member, str] = {}
        self._lock = threading.Lock()
        self._looked = self._fresh = clock()
        self._overseer = threading.Thread(target=self._oversee, name="deadlines", daemon=True)

    @property
    def stuck(self) -> list[str]:
        """A sentence for each thread that does not come back."""
        with self._lock:
            return list(self._stuck.values())

    def start(self) -> None:
        """Start the threads."""
        for member in self._members:
            self._start(member)
        self._overseer.start()

    def stop(self, grace: float) -> None:
        """Let the threads end, and return when all have; those that make no progress for *grace* seconds are left."""
        self.stopping.set()
        began = self._fresh = self._clock()
        while alive := [each for each in self._members if each.thread is not None and each.thread.is_alive()]:
            if self._clock() > began + _LONGEST_STOP or all(self._idle(each, began) > grace for each in alive):
                for member in alive:
                    self._note_stuck(member, began)
                return
            alive[0].thread.join(0.05)  # type: ignore[union-attr]  # those without are not alive

    def look_after(self) -> None:
        """Give up what is past its deadline, and put a fresh thread in the place of the stuck one."""
        moment = self._clock()
        if moment > self._looked + _BREAK:
            # The whole process was stopped, and nothing could come a step further.
            self._fresh = moment
        self._looked = moment
        for place, member in enumerate(self._members):
            hand = member.hand
            if hand is None or (idle := self._idle(member, moment)) <= self._deadline:
                continue
            member.abandoned = True
            self._note_stuck(member, hand.lane.progressed)
            try:
                self._give_up(hand, idle)
            except Exception:  # noqa: BLE001 - the others are looked after all the same
                _log.exception("giving up a lane met a defect")
            self._members[place] = Member(member.name, member.work)
            self._start(self._members[place])
        if len(self.stuck) >= MOST_STUCK:
            self._on_broken()

    def _start(self, member: Member) -> None:
        member.thread = threading.Thread(target=self._run, args=(member,), name=member.name, daemon=True)
        member.thread.start()

    def _run(self, member: Member) -> None:
        while not self.stopping.is_set() and not member.abandoned:
            member.work(member)
        with self._lock:
            if self._stuck.pop(member, None) is not None:
                _log.warning("%s returned after it had been given up", member.name)

    def _oversee(self) -> None:
        while not self.stopping.wait(_LOOK):
            self.look_after()

    def _idle(self, member: Member, otherwise: float) -> float:
        """Return the seconds since a thread's work came a step further, or since *otherwise* when it has none."""
        hand = member.hand
        since = otherwise if hand is None else max(hand.lane.progressed, self._fresh)
        return self._clock() - since

    def _note_stuck(self, member: Member, since: float) -> None:
        hand, seconds = member.hand, timedelta(seconds=self._clock() - since)
        lane = f" for {hand.lane.automation} ({hand.lane.lane})" if hand else ""
        moment = (datetime.now().astimezone() - seconds).isoformat(timespec="seconds")
        sentence = (
            f"{member.name} has been {hand.what if hand else 'busy'}{lane} since {moment} and does not come back "
            f"({write_duration(seconds)})."
        )
        _log.error("%s", sentence)
        with self._lock:
            self._stuck[member] = sentence
