"""Pieces of SQL with their parameters, and the statement that they grow into."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.store import Connection

#: SQLite's parser recurses on "a AND b AND c ...", so long chains are made of short ones.
_LONGEST_CHAIN: Final = 50


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values of its question marks, in order."""

    text: str
    parameters: tuple[Any, ...] = ()


ALWAYS: Final = Sql("1")


def join(word: str, parts: Sequence[Sql]) -> Sql:
    """Return conditions joined with ``AND`` or ``OR``; none at all always hold."""
    if not parts:
        return ALWAYS
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _LONGEST_CHAIN:
        chunks = [parts[start : start + _LONGEST_CHAIN] for start in range(0, len(parts), _LONGEST_CHAIN)]
        return join(word, [join(word, chunk) for chunk in chunks])
    text = f" {word} ".join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.parameters))


def in_list(values: Iterable[Any]) -> Sql:
    """Return values as what may follow ``IN``; any number of them is one parameter."""
    return Sql("(SELECT value FROM json_each(?))", (json.dumps(list(values)),))


@dataclass
class Statement:
    """Collects the named subselects (``WITH``) of a statement while its parts are written.

    Everything nested becomes a named subselect of its own, since SQLite's parser allows little depth.
    """

    _subselects: list[tuple[str, str, Sql]] = field(default_factory=list)
    _aliases: int = 0

    def alias(self) -> str:
        """Return a new alias for a table."""
        self._aliases += 1
        return f"t{self._aliases}"

    def subselect(self, select: Sql, *, name: str | None = None, columns: str = "id") -> str:
        """Name a subselect; one of a single column may follow ``IN`` by the name that is returned."""
        name = name or self.subselect_name()
        self._subselects.append((name, columns, select))
        return name

    def subselect_name(self) -> str:
        """Return a new name, for a subselect that mentions itself."""
        self._aliases += 1
        return f"s{self._aliases}"

    def run(self, connection: Connection, select: Sql) -> sqlite3.Cursor:
        """Run the statement that ends in ``select``.

        Raises:
            ValidationError: It is more than the database can take.
        """
        text, parameters = select.text, list(select.parameters)
        if self._subselects:
            named = ", ".join(f"{name}({columns}) AS ({each.text})" for name, columns, each in self._subselects)
            text = f"WITH RECURSIVE {named} {text}"
            parameters = [value for _, _, each in self._subselects for value in each.parameters] + parameters
        try:
            return connection.execute(text, parameters)
        except (sqlite3.OperationalError, OverflowError) as error:
            if isinstance(error, OverflowError) or any(word in str(error) for word in _EXCESSES):
                raise ValidationError(f"The query is too complex: {error}.") from error
            raise


_EXCESSES: Final = ("too many", "too large", "too complex", "stack overflow", "too big", "at most")
