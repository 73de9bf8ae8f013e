"""The standing of one server's configuration among those that share its database: which one it is, and since when."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from callboard.engine.store.beginnings import (
    Beginning,
    add_beginnings,
    keep_beginnings,
    read_beginnings,
    settle_beginnings,
    take_every,
)
from callboard.engine.store.cursors import keep_feeds
from callboard.engine.store.database import Store
from callboard.engine.store.generations import Generation, Start, generation_of, is_newest


class Standing:
    """The configuration of one server, as far as it decides which automations look at changes.

    Args:
        store: The database.
        automations: The automations that are on, each with its settings as text.

    Attributes:
        beginnings: When automations were turned on, by name.
    """

    def __init__(self, store: Store, automations: Mapping[str, str]) -> None:
        self._store = store
        self._automations = automations
        self._start: Start | None = None
        self._generation: Generation | None = None
        self.beginnings: dict[str, Beginning] = {}

    @property
    def unsettled(self) -> dict[str, Beginning]:
        """The beginnings that matter for what is stored for the first time."""
        return {name: each for name, each in self.beginnings.items() if not each.settled}

    @property
    def number(self) -> int | None:
        """The number of the configuration; None before it joined the others."""
        return None if self._generation is None else self._generation.id

    def join(self) -> Generation:
        """Return the configuration's generation, which is made when it is asked for the first time.

        Raises:
            TryAgain: The database cannot be reached.
        """
        if self._generation is None:
            with self._store.writing() as connection:
                self._start = Start.now(connection)
                self.renew(connection)
                self.beginnings = read_beginnings(connection)
        assert self._generation is not None
        return self._generation

    def renew(self, connection: Connection) -> Generation:
        """Return the generation as it is now: those that were newer may be gone."""
        assert self._start is not None
        self._generation = generation_of(self._store, connection, self._automations, self._start)
        return self._generation

    def forget_others(self, feeds: list[str]) -> None:
        """Forget how far other feeds were read, and what is off by now: it begins again if it comes back.

        A server with an older configuration than another one forgets nothing, since it does not know what that needs.

        Args:
            feeds: What is read here.
        """
        mine = self.join()
        with self._store.writing() as connection:
            if is_newest(connection, mine):
                keep_feeds(connection, feeds)
                keep_beginnings(connection, self._automations)

    def just_turned_on(self) -> list[str]:
        """Return the automations that have not begun yet."""
        self.join()
        with self._store.writing() as connection:
            if take_every(connection):
                add_beginnings(self._store, connection, dict.fromkeys(self._automations, Beginning(settled=True)))
            self.beginnings = read_beginnings(connection)
        return [name for name in self._automations if name not in self.beginnings]

    def begin(self, new: Mapping[str, Beginning]) -> None:
        """Note when automations were turned on; where another server was first, it is as that one saw it."""
        with self._store.writing() as connection:
            add_beginnings(self._store, connection, new)
            self.beginnings = read_beginnings(connection)

    def settle(self) -> None:
        """Note that everything is stored that had happened before the automations here were turned on."""
        mine = [name for name in self._automations if name in self.beginnings and not self.beginnings[name].settled]
        if mine:
            with self._store.writing() as connection:
                settle_beginnings(connection, mine)
                self.beginnings = read_beginnings(connection)
