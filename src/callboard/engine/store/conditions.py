"""Conditions on runs: for each, the list of runs that meet it in an index, and how it is checked for one run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, exists, or_, select, tuple_, union

from callboard.engine.store.facet_tables import facets, labels, words
from callboard.engine.store.labels import words_of
from callboard.engine.store.tables import runs

#: Labels of one word that are written into a statement; of more it asks itself.
_FEW = 500
_LAST = "\U0010ffff"
#: Kind of a label -> the columns where it may be noted.
_COLUMNS = {
    "automation": ("automation",),
    "project": ("project",),
    "person": ("person",),
    "list": ("list",),
    "name": ("name", "parent"),
}


@dataclass(frozen=True)
class Listing:
    """The runs that have a value in an indexed column.

    Attributes:
        run: The column of the run's id.
        column: The column, or None for all runs.
        value: The value; several, as a list or a query, if it is not in the order of the runs.
        ordered: Whether the index gives the list in the order of the runs.
    """

    run: Column[Any]
    column: Column[Any] | None = None
    value: Any = None
    ordered: bool = True

    def between(self, low: int, high: int, most: int, *, down: bool) -> Select[Any]:
        """Return the runs between two ids, both excluded: those nearest to one end, if the list is ordered."""
        runs_in = select(self.run.label("run")).limit(most)
        ascending: list[Column[Any]] = [self.run]
        if self.column is None:
            runs_in = runs_in.where(self.run > low, self.run < high)
        elif self.ordered:
            # Compared in pairs, and sorted by both, as only this index is: planners would choose others.
            pair = tuple_(self.column, self.run)
            bounds = (pair > tuple_(self.value, low), pair < tuple_(self.value, high))
            runs_in = runs_in.where(self.column.is_not(None), *bounds)
            ascending = [self.column, self.run]
        else:
            # The sum keeps planners from the index of ids.
            has_value = self.column.in_(self.value)
            return runs_in.where(self.column.is_not(None), has_value, self.run + 0 > low, self.run + 0 < high)
        return runs_in.order_by(*(each.desc() if down else each for each in ascending))


@dataclass(frozen=True)
class Condition:
    """A condition on runs.

    Attributes:
        lists: The runs that meet it; several lists are not in the order of the runs.
        of_facets: What must hold for the run's facets, or None.
        of_run: What must hold for the run itself, or None.
    """

    lists: tuple[Listing, ...]
    of_facets: ColumnElement[bool] | None = None
    of_run: ColumnElement[bool] | None = None

    @property
    def ordered(self) -> bool:
        """Whether its runs can be walked along in their order."""
        return len(self.lists) == 1 and self.lists[0].ordered

    def between(self, low: int, high: int, most: int, *, down: bool) -> Select[Any]:
        """Return its runs between two ids, both excluded: those nearest to one end, if they are ordered."""
        parts = [each.between(low, high, most, down=down) for each in self.lists]
        if len(parts) == 1:
            return parts[0]
        together = union(*(select(each.subquery().c.run) for each in parts)).subquery()
        return select(together.c.run).limit(most)

    def check(self, run: ColumnElement[int]) -> list[ColumnElement[bool]]:
        """Return what must hold for a run that another list gives."""
        # The offset keeps PostgreSQL from joining: each run of the list is looked up, and no other.
        found: list[ColumnElement[bool]] = []
        if self.of_facets is not None:
            found.append(exists(select(facets.c.run).where(facets.c.run == run, self.of_facets).offset(0)))
        if self.of_run is not None:
            found.append(exists(select(runs.c.id).where(runs.c.id == run, self.of_run).offset(0)))
        return found


#: All runs.
EVERY = Condition((Listing(runs.c.id),))


def of_entity(entity: str) -> Condition:
    """Return the condition that a run is about an entity; there are few."""
    return Condition(
        (Listing(runs.c.id, runs.c.entity_id, [entity], ordered=False),), of_run=runs.c.entity_id == entity
    )


def of_run(column: Column[Any], value: object) -> Condition:
    """Return the condition that a run has a value in a column that is indexed together with the id."""
    return Condition((Listing(runs.c.id, column, value),), of_run=column == value)


def of_label(connection: Connection, kind: str, key: str) -> Condition | None:
    """Return the condition that a run has a label, or None when no run has it."""
    number = connection.scalar(select(labels.c.id).where(labels.c.key == key, labels.c.kind == kind))
    if number is None:
        return None
    if kind == "automation":
        return Condition(of_run(runs.c.automation, key).lists, facets.c.automation == number)
    return Condition((Listing(facets.c.run, facets.c[kind], number),), facets.c[kind] == number)


def of_word(connection: Connection, word: str) -> Condition | None:
    """Return the condition that a name or person of a run has a word that begins so, or None when none has."""
    [prefix] = words_of(word)
    begins = (words.c.word >= prefix, words.c.word < prefix + _LAST)
    leading = select(labels.c.id, labels.c.kind).join_from(words, labels, labels.c.id == words.c.label).where(*begins)
    found = connection.execute(leading.distinct().limit(_FEW + 1)).all()
    by_column: dict[str, Any] = defaultdict(list)
    for row in found:
        for column in _COLUMNS[row.kind]:
            by_column[column].append(row.id)
    if len(found) > _FEW:
        by_column = dict.fromkeys(("name", "parent", *by_column), select(words.c.label).where(*begins))
    if not by_column:
        return None
    lists = tuple(Listing(facets.c.run, facets.c[each], of, ordered=False) for each, of in by_column.items())
    return Condition(lists, or_(*(facets.c[column].in_(numbers) for column, numbers in by_column.items())))
