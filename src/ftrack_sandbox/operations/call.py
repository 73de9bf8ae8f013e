"""The data of one batch while it runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from ftrack_sandbox.operations.accounts import User
from ftrack_sandbox.operations.layout import Layout, layout_of
from ftrack_sandbox.operations.permissions import Permissions
from ftrack_sandbox.operations.records import Key, Record, Records
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.values import utc_text
from ftrack_sandbox.store import Connection

#: How far a chain of references to what comes later in the batch is followed.
_DEEPEST: Final = 40


class Call:
    """One batch: the transaction it runs in, who sent it, and what it changed so far.

    Attributes:
        connection: The transaction. Read through it freely; write with ``create``, ``update`` and ``delete`` of
            ``creating``, ``updating`` and ``deleting``, so that rules run and events report it.
        user: The user who sent the batch.
        now: The server's time when the batch began, UTC, without microseconds.
        timestamp: The same as it is stored.
        base_url: The address at which the client reached the server, without a trailing slash.
        remove_file: Forgets the file of a component, given its id; None where there are no files.
        records: The rows that the batch has read and changed.
        permissions: What the user may do.
        awaited: What later operations of the batch create: by id, the work that carries the operation out now.
        unfinished: New entities that are not stored yet, by table and key, each with what it still needs.
        emptied: Entities and their columns that lost a required value.
        reported: Entities that something happened to which no column shows, each with what events call it.
        waiting_for: By id of an unfinished entity, those that belong to it and wait for it.
        remembered: What rules keep from one operation to the next.
    """

    def __init__(
        self,
        connection: Connection,
        user: User,
        *,
        now: datetime,
        base_url: str,
        remove_file: Callable[[str], None] | None = None,
    ) -> None:
        self.connection = connection
        self.user = user
        self.now = now.replace(microsecond=0)
        self.timestamp = utc_text(self.now)
        self.base_url = base_url
        self.remove_file = remove_file
        self.records = Records(connection)
        self.permissions = Permissions(connection, self.records, user)
        self.awaited: dict[str, Callable[[], None]] = {}
        self.unfinished: defaultdict[str, dict[Key, tuple[Record, list[str]]]] = defaultdict(dict)
        self.waiting_for: defaultdict[str, list[Record]] = defaultdict(list)
        self.emptied: dict[tuple[Record, str], None] = {}
        self.reported: list[tuple[Record, str]] = []
        self.remembered: dict[Any, Any] = {}
        self._depth = 0
        self._layout: Layout | None = None
        self._after_commit: list[Callable[[], None]] = []

    @property
    def catalogue(self) -> Catalogue:
        """The entity types as they are now, with the object types that the batch itself added."""
        return self.connection.catalogue

    @property
    def layout(self) -> Layout:
        """The columns of the entity types."""
        catalogue = self.connection.catalogue
        if self._layout is None or self._layout.catalogue is not catalogue:
            self._layout = layout_of(catalogue)
        return self._layout

    def bring_forward(self, entity_id: object) -> bool:
        """Carry out the later operation that creates an entity, if there is one; return whether there is."""
        work = self.awaited.pop(entity_id, None) if isinstance(entity_id, str) else None
        if work is None or self._depth == _DEEPEST:
            return False
        self._depth += 1
        work()
        self._depth -= 1
        return True

    def after_commit(self, work: Callable[[], None]) -> None:
        """Have ``work`` done once the batch is committed; never, when it fails."""
        self._after_commit.append(work)

    def run_after_commit(self) -> None:
        """Do what was to be done after the commit."""
        for work in self._after_commit:
            work()


#: Carries out one operation: gets the operation as sent, returns its entry in the response.
Handler = Callable[[Call, dict[str, Any]], Any]
