"""Queries from text to answer: the seam that operations use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ftrack_sandbox.query.conditions import Conditions, matching
from ftrack_sandbox.query.custom_values import rows_of
from ftrack_sandbox.query.expression import Term
from ftrack_sandbox.query.fetch import Fetcher, Source
from ftrack_sandbox.query.grouping import Grouping
from ftrack_sandbox.query.names import known_type
from ftrack_sandbox.query.parser import parse
from ftrack_sandbox.query.selection import selection
from ftrack_sandbox.query.sql import Sql, Statement
from ftrack_sandbox.query.terms import Terms
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.store import Connection


@dataclass(frozen=True)
class QueryResult:
    """The result of a query.

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
    query = parse(expression)
    entity_type = known_type(catalogue, query.type_name, query.position)
    statement = Statement()
    rows, scope = rows_of(entity_type, statement)
    condition = matching(Conditions(catalogue, statement), query, scope)
    # One more than asked for tells whether anything follows.
    limit = -1 if query.limit is None else query.limit + 1
    if query.is_grouped:
        data = Grouping(catalogue, statement, scope, rows, query).rows(connection, condition, limit)
    else:
        chosen = selection(catalogue, entity_type, query.projections)
        terms = Terms(catalogue, statement, scope)
        order = terms.order(query)
        rest = Sql(
            f"WHERE {condition.text} ORDER BY {order} LIMIT ? OFFSET ?",
            (*condition.parameters, limit, query.offset),
        )
        tables = f"{rows}{terms.joins}"
        source = Source(scope, tables, rest, statement)
        fetcher = Fetcher(connection, catalogue, base_url=base_url, user_id=user_id)
        data = [entity for _, entity in fetcher.entities(chosen, source)]
    if query.limit is None or len(data) <= query.limit:
        return QueryResult(data, None)
    return QueryResult(data[: query.limit], query.offset + query.limit if query.limit else None)


def entities(
    connection: Connection,
    catalogue: Catalogue,
    type_name: str,
    keys: Sequence[Any],
    projections: Iterable[str],
    *,
    user_id: str | None = None,
    base_url: str = "",
) -> list[dict[str, Any]]:
    """Return entities in their wire form, in the order of their keys; unknown keys are left out.

    Args:
        connection: Where to read.
        catalogue: The entity types.
        type_name: The type, or one that it is a subtype of.
        keys: Primary keys: a bare value, or a sequence for composite ones.
        projections: What to send, as after ``select`` (``name``, ``status.name``, ``assignments``).
        user_id: The user who asks.
        base_url: The server's address, for the URLs among the answers.

    Raises:
        UnknownAttributeError: A projection is unknown.
    """
    terms = [Term(tuple(projection.split(".")), 0) for projection in projections]
    chosen = selection(catalogue, catalogue.types[type_name], terms)
    wanted = [tuple(key) if isinstance(key, list | tuple) else key for key in keys]
    if len(chosen.type.primary_key) == 1:
        wanted = [key[0] if isinstance(key, tuple) else key for key in wanted]
    found = Fetcher(connection, catalogue, base_url=base_url, user_id=user_id).by_key(chosen, wanted)
    return [found[key] for key in wanted if key in found]
