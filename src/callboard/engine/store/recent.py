"""The labels of the newest runs: what people are likely to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from callboard.engine.store.database import Store
from callboard.engine.store.facet_tables import facets, labels
from callboard.engine.store.tables import runs

#: Runs that are looked at.
_NEWEST = 1000


@dataclass(frozen=True)
class Choice:
    """A label that some of the newest runs have.

    Attributes:
        number: The label's number.
        key: Its key, such as a project's id.
        text: What people read.
        count: How many of the newest runs have it.
    """

    number: int
    key: str
    text: str
    count: int


def recent_choices(store: Store, kind: str, most: int) -> list[Choice]:
    """Return the labels of a kind (``project`` or ``person``) that most of the newest runs have, by their texts.

    Raises:
        TryAgain: The database cannot be reached.
    """
    newest = select(facets.c[kind].label("label")).order_by(facets.c.run.desc()).limit(_NEWEST)
    return _choices(store, newest, most)


def recent_whys(store: Store, state: str | None, most: int) -> list[Choice]:
    """Return the kinds of errors and reasons that most of the newest runs in a state have, by their texts.

    Raises:
        TryAgain: The database cannot be reached.
    """
    newest = select(runs.c.why.label("label")).limit(_NEWEST)
    if state is None:
        newest = newest.order_by(runs.c.id.desc())
    else:
        # Sorted by both, as the index of states is.
        newest = newest.where(runs.c.state == state).order_by(runs.c.state.desc(), runs.c.id.desc())
    return _choices(store, newest, most)


def label_text(store: Store, kind: str, key: str) -> str | None:
    """Return what people read for a label (of a ``why``, by its number), or None when there is none."""
    which = labels.c.id == int(key) if kind == "why" else (labels.c.key == key) & (labels.c.kind == kind)
    with store.reading() as connection:
        text: str | None = connection.scalar(select(labels.c.text).where(which))
    return text


def _choices(store: Store, newest: Select[Any], most: int) -> list[Choice]:
    listing = newest.subquery()
    counted = (
        select(listing.c.label, func.count().label("count"))
        .where(listing.c.label.is_not(None))
        .group_by(listing.c.label)
        .order_by(func.count().desc(), listing.c.label)
        .limit(most)
    ).subquery()
    named = select(labels.c.id, labels.c.key, labels.c.text, counted.c.count)
    with store.reading() as connection:
        rows = connection.execute(named.join_from(counted, labels, labels.c.id == counted.c.label)).all()
    return sorted((Choice(*row) for row in rows), key=lambda choice: choice.text.casefold())
