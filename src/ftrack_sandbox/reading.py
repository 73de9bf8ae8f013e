"""Reading for the server's own needs, outside any batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ftrack_sandbox.query import run_query

if TYPE_CHECKING:
    from ftrack_sandbox.store import Store


def read(store: Store, expression: str) -> list[dict[str, Any]]:
    """Return what a query gives, in nobody's name."""
    with store.reading() as connection:
        return run_query(connection, store.catalogue, expression, user_id="", base_url="").data
