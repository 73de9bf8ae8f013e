"""The operations that only read: server information, schemas, queries and searches."""

from __future__ import annotations

import re
from typing import Any, Final

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.incoming import describe
from ftrack_sandbox.operations.visibility import seen_by
from ftrack_sandbox.query import run_query

#: Of the newest ftrack whose behaviour the sandbox follows.
VERSION: Final = "4.14.0"

#: What comes after the criteria of a query.
_TAIL: Final = re.compile(r"\s(order\s+by|limit|offset)\s.*$", re.IGNORECASE | re.DOTALL)


def server_information(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Return what clients ask first; ``values`` chooses among it."""
    information = {
        "version": VERSION,
        "schema_hash": call.catalogue.hash,
        "is_timezone_support_enabled": True,
        # Any scenario but ftrack's centralized storage leaves the locations to the client.
        "storage_scenario": {"scenario": "ftrack.automatic", "data": {}},
        "product": {"name": "ftrack-sandbox"},
    }
    wanted = operation.get("values")
    if isinstance(wanted, list):
        return {name: value for name, value in information.items() if name in wanted}
    return information


def schemas(call: Call, operation: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG001 - handlers get both
    """Return the schemas of all entity types."""
    return call.catalogue.as_json()


def query(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Run a query on what the user sees."""
    expression = operation.get("expression")
    if not isinstance(expression, str):
        raise ValidationError(f"expression must be the text of a query, not {describe(expression)}.")
    return {"action": "query", **_find(call, expression)}


def search(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Find entities by terms, all of which their name has to contain, as the JavaScript client asks.

    ``expression`` is a query; ``context_id`` and ``object_type_ids`` restrict typed contexts.
    """
    expression = operation.get("expression")
    type_name = operation.get("entity_type")
    if not isinstance(expression, str) or not isinstance(type_name, str):
        raise ValidationError("A search needs expression and entity_type.")
    conditions = _search_conditions(call, type_name, operation)
    tail = _TAIL.search(expression)
    head, rest = (expression[: tail.start()], tail.group()) if tail else (expression, "")
    if conditions:
        word = "and" if re.search(r"\swhere\s", head, re.IGNORECASE) else "where"
        head = f"{head} {word} {' and '.join(conditions)}"
    return {"action": "search", **_find(call, head + rest)}


def _search_conditions(call: Call, type_name: str, operation: dict[str, Any]) -> list[str]:
    entity_type = call.catalogue.type(type_name)
    name = next((each for each in ("name", "username", "content") if each in entity_type.attributes), None)
    terms = operation.get("terms") or []
    if not isinstance(terms, list) or not all(isinstance(each, str) for each in terms):
        raise ValidationError(f"terms must be an array of texts, not {describe(terms)}.")
    if terms and name is None:
        raise ValidationError(f"A {type_name} has no name to search for.")
    conditions = [f'{name} like "%{_literal(term)}%"' for term in terms]
    context_id = operation.get("context_id")
    if context_id:
        text = _literal(str(context_id))
        conditions.append(f'(project_id is "{text}" or ancestors any (id is "{text}"))')
    object_types = operation.get("object_type_ids") or []
    if not isinstance(object_types, list):
        raise ValidationError(f"object_type_ids must be an array of ids, not {describe(object_types)}.")
    if object_types:
        listed = ", ".join(f'"{_literal(str(each))}"' for each in object_types)
        conditions.append(f"object_type_id in ({listed})")
    return conditions


def _literal(text: str) -> str:
    """Return a text as it stands between double quotes, its ``%`` and ``_`` meaning themselves."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return escaped.replace("\\", "\\\\").replace('"', '\\"')


def _find(call: Call, expression: str) -> dict[str, Any]:
    result = run_query(seen_by(call), call.catalogue, expression, user_id=call.user.id, base_url=call.base_url)
    return {"data": result.data, "metadata": {"next": {"offset": result.next_offset}}}
