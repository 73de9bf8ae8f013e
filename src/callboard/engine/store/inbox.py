"""The inbox: every change is stored once, with a run for every automation that has to do with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from callboard.chunks import chunks
from callboard.engine.store.beginnings import Beginning
from callboard.engine.store.causes import causes_of
from callboard.engine.store.changes import change_row
from callboard.engine.store.cursors import Cursor, advance, begin_feed, read_cursors
from callboard.engine.store.database import Store, now
from callboard.engine.store.facets import labels_of
from callboard.engine.store.generations import earlier
from callboard.engine.store.heard import merge_heard
from callboard.engine.store.new_runs import insert_runs, run_row
from callboard.engine.store.reasons import Reasons
from callboard.engine.store.sightings import Sighting, judge, sighting_of
from callboard.engine.store.standing import Standing
from callboard.engine.store.statuses import last_heard, last_statuses
from callboard.engine.store.tables import changes
from callboard.registry import Registry
from callboard.settings import Settings

#: Changes of one transaction: others wait for it no longer than it takes to store so many.
PAGE = 500


class Inbox:
    """Stores changes, and decides which automations have to look at them.

    Args:
        store: The database.
        settings: The configuration.
        registry: The automations.
        clock: The time, as ftrack's servers tell it; aware.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        registry: Registry,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        #: The triggers that work here.
        self.triggers = [
            trigger for trigger in registry.triggers.values() if settings.why_off(trigger.name, trigger.needs) is None
        ]
        self._settings = {trigger.name: settings.automation(trigger.name) for trigger in self.triggers}
        self._api_user = settings.ftrack.api_user
        self._keep_days = settings.database.keep_days
        self._clock = clock
        self._reasons = Reasons(store)
        #: This server's configuration among those of others.
        self.standing = Standing(store, {name: own.model_dump_json() for name, own in self._settings.items()})

    # Storing

    def store(self, sightings: Iterable[Sighting], read_to: Mapping[str, Cursor] | None = None) -> int:
        """Store what was not known yet, together with how far the feeds were read.

        Args:
            sightings: In the order in which they happened.
            read_to: Feed -> how far it was read; noted with the last of the sightings.

        Returns:
            How many changes were new.
        """
        return self._store_pages(sightings, read_to, self._store_page)

    def begin_feed(self, name: str, cursor: Cursor, sightings: Iterable[Sighting]) -> None:
        """Begin a feed, unless another server has begun it: nothing is done about what its rows show, see `catch-up`.

        Args:
            name: The feed.
            cursor: How far it was read.
            sightings: What had happened before.
        """
        with self._storing() as connection:
            if begin_feed(self._store, connection, name, cursor):
                for page in chunks(list(sightings), PAGE):
                    self._insert_changes(connection, page, known=True)
        # A database that had forgotten where it began would take what happens from now on for history.
        self._store.flush()

    def store_missed(self, sightings: Iterable[Sighting]) -> int:
        """Have all automations look at these changes that have not done so yet, known or not.

        Returns:
            At how many changes some automation will look.
        """
        return self._store_pages(sightings, None, self._store_missed_page)

    def look_again(self) -> int:
        """Have the automations look at what a server of an earlier configuration stored since this one began.

        Returns:
            At how many changes some automation will look.
        """
        with self._storing() as connection:
            mine = self.standing.renew(connection)
            unseen = select(changes).where(
                changes.c.generation.in_(earlier(connection, mine)),
                changes.c.stored >= mine.began,
                changes.c.kind != "launched",
            )
            rows = connection.execute(unseen.limit(PAGE)).all()
            sightings = [sighting_of(row) for row in rows]
            keys = {sighting.change.key for sighting in sightings}
            return self._look(connection, sightings, keys, self.standing.beginnings)

    def _store_pages(
        self,
        sightings: Iterable[Sighting],
        read_to: Mapping[str, Cursor] | None,
        store_page: Callable[[Connection, list[Sighting]], int],
    ) -> int:
        """Store in transactions of a page; the last one notes how far was read."""
        horizon = self.horizon()
        # What is older than the history was forgotten, and must not be new again.
        pages = list(chunks([sighting for sighting in sightings if sighting.change.at >= horizon], PAGE)) or [[]]
        count = 0
        for number, page in enumerate(pages, start=1):
            with self._storing() as connection:
                count += store_page(connection, list(page))
                if number == len(pages):
                    advance(self._store, connection, read_to or {})
        return count

    @contextmanager
    def _storing(self) -> Iterator[Connection]:
        self.standing.join()
        try:
            with self._store.writing() as connection:
                yield connection
        except BaseException:
            self._reasons.drop()
            raise
        self._reasons.keep()

    def _store_page(self, connection: Connection, page: list[Sighting]) -> int:
        new = self._insert_changes(connection, page)
        unheard = new - merge_heard(
            connection, [each.change for each in page if each.change.key in new and not each.heard]
        )
        self._look(connection, page, unheard, self.standing.unsettled)
        return len(unheard)

    def _store_missed_page(self, connection: Connection, page: list[Sighting]) -> int:
        new = self._insert_changes(connection, page, overwrite=True)
        merge_heard(connection, [each.change for each in page if each.change.key in new and not each.heard])
        return self._look(connection, page, {each.change.key for each in page}, {})

    def _insert_changes(
        self, connection: Connection, page: Sequence[Sighting], *, overwrite: bool = False, known: bool = False
    ) -> set[str]:
        """Insert the changes that are not there, and return their keys.

        Args:
            connection: A transaction.
            page: What was found.
            overwrite: Whether those that are there are written again, since they may be no more than a key.
            known: Whether no automation is to look at them, of whatever configuration.
        """
        if not page:
            return set()
        causes = causes_of(connection, [each.change for each in page], self._api_user)
        nothing = {"cause_run": None, "cause_by": None}
        rows = {
            each.change.key: {
                **change_row(each.change),
                **causes.get(each.change.key, nothing),
                "name": each.name,
                "parent": each.parent,
                "project": each.project,
                "heard": each.heard,
                "generation": 0 if known else self.standing.number,
            }
            for each in page
        }
        there = self.known_in(connection, rows) if overwrite else set()
        # In one order everywhere, lest two servers that store the same wait for each other.
        new = [rows[key] for key in sorted(rows) if key not in there]
        again = [rows[key] for key in sorted(there)]
        inserted: set[str] = set()
        if new:
            statement = self._store.insert(changes).values(stored=now()).on_conflict_do_nothing()
            inserted = set(connection.scalars(statement.returning(changes.c.key), new))
        if again:
            # What was stored as known before Callboard began is no more than a key.
            connection.execute(_TOLD_AGAIN, [{f"new_{name}": row[name] for name in _TOLD} for row in again])
        return inserted

    def _look(
        self,
        connection: Connection,
        sightings: Sequence[Sighting],
        keys: set[str],
        beginnings: Mapping[str, Beginning],
    ) -> int:
        """Give the automations their runs for some changes, note why the others have none, and count the former."""
        concerned = [each for each in sightings if each.change.key in keys]
        verdicts = {each.change.key: judge(each, self.triggers, self._settings, beginnings) for each in concerned}
        numbers = self._reasons.number(connection, [why for each in verdicts.values() for why in each.ignored])
        ignored = [
            {"change": key, "numbers": sorted(numbers[why] for why in verdict.ignored), "mine": self.standing.number}
            for key, verdict in sorted(verdicts.items())
        ]
        if ignored:
            connection.execute(_IGNORED, ignored)
        latest = self._clock().timestamp()
        rows = [run_row(each, name, latest) for each in concerned for name in verdicts[each.change.key].wanted]
        labels = [
            label
            for each in concerned
            if (wanted := verdicts[each.change.key].wanted)
            for label in labels_of(each.change, wanted, name=each.name, parent=each.parent, project=each.project)
        ]
        return insert_runs(self._store, connection, rows, labels)

    # How far

    def horizon(self) -> datetime:
        """Return the oldest moment that may be stored: what is older has been forgotten."""
        return datetime.fromtimestamp(self._clock().timestamp() - self._keep_days * 86400, UTC)

    def cursors(self) -> dict[str, Cursor]:
        """Return how far each feed was read."""
        return read_cursors(self._store)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Return which of these keys are stored."""
        with self._store.reading() as connection:
            return self.known_in(connection, keys)

    @staticmethod
    def known_in(connection: Connection, keys: Iterable[str]) -> set[str]:
        """Return which of these keys are stored, within a transaction."""
        found: set[str] = set()
        for some in chunks(sorted(keys)):
            found.update(connection.scalars(select(changes.c.key).where(changes.c.key.in_(some))))
        return found

    def last_heard(self, entity_ids: Iterable[str]) -> dict[str, str]:
        """Return the status of the newest change of each entity that only an event reported, if there is one."""
        with self._store.reading() as connection:
            return last_heard(connection, entity_ids)

    def last_statuses(self, at: Mapping[str, datetime], but_not: Collection[str]) -> dict[str, str]:
        """Return the status that entities had at the end of a second, as far as their changes are stored.

        Args:
            at: Entity's id -> the second.
            but_not: Keys of changes that do not count.
        """
        with self._store.reading() as connection:
            return last_statuses(connection, at, but_not)


#: The values that replace those of a change that was stored as known.
_TOLD = ("key", "entity_type", "project_id", "at", "by", "status", "from_status", "name", "parent", "project")
_TOLD_AGAIN = (
    update(changes)
    .where(changes.c.key == bindparam("new_key"))
    .values({name: bindparam(f"new_{name}", type_=changes.c[name].type) for name in _TOLD if name != "key"})
)
_IGNORED = (
    update(changes)
    .where(changes.c.key == bindparam("change"))
    .values(ignored=bindparam("numbers", type_=changes.c.ignored.type), generation=bindparam("mine"))
)
