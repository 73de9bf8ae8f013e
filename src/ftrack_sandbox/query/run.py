"""Runs queries: the seam that operations use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ftrack_sandbox.schema.model import Catalogue
    from ftrack_sandbox.store import Connection


@dataclass(frozen=True)
class QueryResult:
    """What a query found.

    Attributes:
        data: Entities in their wire form, or plain rows of a ``group by``.
        next_offset: Where the next page begins; None when nothing follows or no limit was given.
    """

    data: list[dict[str, Any]]
    next_offset: int | None


def run_query(
    connection: Connection, catalogue: Catalogue, expression: str, *, user_id: str | None, base_url: str
) -> QueryResult:
    """Run a query.

    Args:
        connection: Where to read.
        catalogue: The entity types; that of the connection unless there is a reason.
        expression: The text, with or without ``select``.
        user_id: The user who asks.
        base_url: The server's address, for the URLs among the answers.

    Raises:
        ParseError: The text is wrong; says where.
        UnknownTypeError: A type is unknown.
        UnknownAttributeError: An attribute is unknown.
        ValidationError: A value is not of its attribute's type, or something cannot be asked like this.
    """
    raise NotImplementedError


def entities(
    connection: Connection,
    catalogue: Catalogue,
    type_name: str,
    keys: Sequence[Any],
    projections: Iterable[str],
    *,
    base_url: str = "",
) -> list[dict[str, Any]]:
    """Return entities in their wire form, in the order of their keys; unknown keys are left out.

    Args:
        connection: Where to read.
        catalogue: The entity types.
        type_name: The type, or one that it is a subtype of.
        keys: Primary keys: a bare value, or a sequence for composite ones.
        projections: What to send, as after ``select`` (``name``, ``status.name``, ``assignments``).
        base_url: The server's address, for the URLs among the answers.

    Raises:
        UnknownAttributeError: A projection is unknown.
    """
    raise NotImplementedError
