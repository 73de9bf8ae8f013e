"""Changes that automations had nothing to do with, a page at a time.

They have no runs: the reasons stand on the change itself. There are many, and few ask for them; so a page looks through
:data:`MOST` changes at most, says how far it looked, and the next one continues there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, or_, select

from callboard.engine.store.database import Store
from callboard.engine.store.history import ignored_as_json
from callboard.engine.store.labels import words_of
from callboard.engine.store.search import Wanted
from callboard.engine.store.tables import changes, reasons

#: Changes that are looked at for one page, at most, and together.
MOST, _TOGETHER = 20_000, 1_000

#: A change's place in the order that they are shown in: when it was stored, and its key.
Place = tuple[float, str]


@dataclass(frozen=True)
class Ignored:
    """A page of what was ignored.

    Attributes:
        runs: As :meth:`~callboard.engine.store.history.History.runs` returns them, newest first.
        first: The place of the first change, or None on an empty page.
        older: Where older ones begin, or None when there are none.
        looked_to: When the last change that was looked at was stored, where the page was not full by then.
    """

    runs: list[dict[str, Any]] = field(default_factory=list)
    first: Place | None = None
    older: Place | None = None
    looked_to: float | None = None


def find_ignored(store: Store, wanted: Wanted, *, before: Place | None = None, limit: int = 50) -> Ignored:
    """Return a page of what automations ignored.

    Args:
        store: The database.
        wanted: Which; states and kinds of reasons are not looked at.
        before: Only changes behind this place.
        limit: Changes of a page, at most.

    Raises:
        TryAgain: The database cannot be reached.
    """
    found: list[dict[str, Any]] = []
    places: list[Place] = []
    looked, place = 0, before
    with store.reading() as connection:
        why = {row.id: row for row in connection.execute(select(reasons))}
        while looked < MOST:
            page = connection.execute(_page(wanted, place)).all()
            for row in page:
                matching = [why[each] for each in row.ignored if each in why and _matches(row, why[each], wanted)]
                if not matching:
                    continue
                if len(places) == limit:
                    return Ignored(found, places[0], places[-1])
                places.append((row.stored, row.key))
                found += [ignored_as_json(row, reason) for reason in matching]
            looked += len(page)
            if len(page) < _TOGETHER:
                return Ignored(found, places[0] if places else None)
            place = (page[-1].stored, page[-1].key)
    assert place is not None
    return Ignored(found, places[0] if places else None, place, place[0])


def _page(wanted: Wanted, before: Place | None) -> Select[Any]:
    page = select(changes).where(changes.c.ignored.is_not(None))
    if wanted.entity is not None:
        page = page.where(changes.c.entity_id == wanted.entity)
    if wanted.since is not None:
        page = page.where(changes.c.stored >= wanted.since)
    if wanted.until is not None:
        page = page.where(changes.c.stored < wanted.until)
    if before is not None:
        stored, key = before
        page = page.where(changes.c.stored <= stored, or_(changes.c.stored < stored, changes.c.key < key))
    return page.order_by(changes.c.stored.desc(), changes.c.key.desc()).limit(_TOGETHER)


def _matches(row: Row[Any], reason: Row[Any], wanted: Wanted) -> bool:
    by = row.by if isinstance(row.by, dict) else {}
    person = row.cause_by if isinstance(row.cause_by, dict) else by
    if wanted.automation not in (None, reason.automation) or wanted.project not in (None, row.project_id):
        return False
    if wanted.person not in (None, person.get("username")):
        return False
    if not wanted.words:
        return True
    names = (row.name, row.parent, row.project, reason.automation, person.get("username"), person.get("name"))
    words = words_of(" ".join(str(name) for name in names if name))
    return all(any(word.startswith(each) for word in words) for each in wanted.words)
