"""Attributes that Python computes for many entities together: ``link`` and URLs of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from ftrack_sandbox.query.sql import in_list
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.store import Connection

#: Nothing is nested deeper; a circle, which should not be, ends here.
_LONGEST_WAY: Final = 100


@dataclass(frozen=True)
class Reader:
    """The user who reads, and the connection.

    Attributes:
        connection: Where to read.
        base_url: The server's address, for URLs.
        user_id: The user who asks, whose credentials URLs of files carry.
    """

    connection: Connection
    base_url: str
    user_id: str | None


class ComputedAttribute(Protocol):
    """The computation of an attribute."""

    def needs(self, entity_type: EntityType) -> str:
        """Return the attribute from whose value it is computed."""

    def values(self, reader: Reader, entity_type: EntityType, needed: Sequence[Any]) -> list[Any]:
        """Return the values for as many entities as there are values needed."""


@dataclass(frozen=True)
class _FileUrl:
    """The address of a component's file, or of its thumbnail.

    Attributes:
        key: Under which it stands in the value: ``url`` of a thumbnail, ``value`` of a file (as the
            official client's accessor and the JavaScript client read them).
        path: Of the server.
    """

    key: str
    path: str

    def needs(self, entity_type: EntityType) -> str:
        return "component_id" if "component_id" in entity_type.attributes else "thumbnail_id"

    def values(self, reader: Reader, entity_type: EntityType, needed: Sequence[Any]) -> list[Any]:  # noqa: ARG002 - part of the protocol
        credentials = self._credentials(reader)
        return [{self.key: self._url(reader.base_url, key, credentials)} for key in needed]

    def _url(self, base_url: str, component_id: str | None, credentials: Mapping[str, str]) -> str | None:
        if component_id is None:
            return None
        return f"{base_url}{self.path}?{urlencode({'id': component_id, **credentials})}"

    def _credentials(self, reader: Reader) -> dict[str, str]:
        """Return what authorises a download: the path wants the name and key of the user who asks."""
        rows = reader.connection.execute(
            'SELECT r."username", k."key" FROM "Resource" r JOIN "UserKey" k ON k."user_id" = r."id" WHERE r."id" = ?',
            (reader.user_id,),
        ).fetchall()
        return {"username": rows[0][0], "apiKey": rows[0][1]} if rows else {}


class _Link:
    """The way from the project down to the entity, as a list of ``id``, ``name`` and ``type``."""

    def needs(self, entity_type: EntityType) -> str:  # noqa: ARG002 - part of the protocol
        return "id"

    def values(self, reader: Reader, entity_type: EntityType, needed: Sequence[Any]) -> list[Any]:
        if entity_type.name == "AssetVersion":
            return self._of_versions(reader, needed)
        ways = self._of_groups(reader, needed) if entity_type.name == "Group" else _ways(reader, needed)
        return [ways.get(key, []) for key in needed]

    def _of_versions(self, reader: Reader, needed: Sequence[Any]) -> list[Any]:
        keys = in_list(needed)
        rows = reader.connection.execute(
            'SELECT v."id", v."version", a."name", a."context_id" FROM "AssetVersion" v '
            f'LEFT JOIN "Asset" a ON a."id" = v."asset_id" WHERE v."id" IN {keys.text}',
            keys.parameters,
        ).fetchall()
        ways = _ways(reader, [row[3] for row in rows])
        links = {
            key: [
                *ways.get(context_id, []),
                {"id": key, "name": f"{asset or ''} v{number or 0}".strip(), "type": "AssetVersion"},
            ]
            for key, number, asset, context_id in rows
        }
        return [links.get(key, []) for key in needed]

    def _of_groups(self, reader: Reader, needed: Sequence[Any]) -> dict[Any, list[dict[str, Any]]]:
        keys = in_list(needed)
        rows = reader.connection.execute(
            "WITH RECURSIVE way(owner, id, distance) AS ("
            f'SELECT "id", "id", 0 FROM "Resource" WHERE "id" IN {keys.text} '
            'UNION SELECT way.owner, r."parent_id", way.distance + 1 '
            f'FROM way JOIN "Resource" r ON r."id" = way.id WHERE way.distance < {_LONGEST_WAY}) '
            'SELECT way.owner, r."id", r."name" FROM way JOIN "Resource" r ON r."id" = way.id '
            "ORDER BY way.distance DESC",
            keys.parameters,
        )
        ways: dict[Any, list[dict[str, Any]]] = {}
        for owner, key, name in rows:
            ways.setdefault(owner, []).append({"id": key, "name": name, "type": "Group"})
        return ways


def _ways(reader: Reader, needed: Sequence[Any]) -> dict[Any, list[dict[str, Any]]]:
    """Return the ways to contexts. A project is named by its full name, where it has one (our choice)."""
    keys = in_list(dict.fromkeys(key for key in needed if key is not None))
    rows = reader.connection.execute(
        "WITH RECURSIVE way(owner, id, distance) AS ("
        f'SELECT "id", "id", 0 FROM "Context" WHERE "id" IN {keys.text} '
        'UNION SELECT way.owner, c."parent_id", way.distance + 1 '
        f'FROM way JOIN "Context" c ON c."id" = way.id WHERE way.distance < {_LONGEST_WAY}) '
        'SELECT way.owner, c."id", c."name", c."full_name", c."context_type" '
        'FROM way JOIN "Context" c ON c."id" = way.id ORDER BY way.distance DESC',
        keys.parameters,
    )
    ways: dict[Any, list[dict[str, Any]]] = {}
    for owner, key, name, full_name, context_type in rows:
        is_project = context_type == "show"
        step = {
            "id": key,
            "name": (full_name or name) if is_project else name,
            "type": "Project" if is_project else "TypedContext",
        }
        ways.setdefault(owner, []).append(step)
    return ways


#: By the attribute's name, which means the same wherever it occurs.
COMPUTED: Final[Mapping[str, ComputedAttribute]] = {
    "link": _Link(),
    "_link": _Link(),
    "thumbnail_url": _FileUrl("url", "/component/thumbnail"),
    "url": _FileUrl("value", "/component/get"),
}
