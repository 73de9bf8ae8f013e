"""People and groups: their names, and who can be assigned."""

from __future__ import annotations

from ftrack_sandbox.web.pages.client import Client, Entity

#: What a query of a resource below ``path`` has to select for :func:`name_of`.
_SHOWN = ("username", "first_name", "last_name")


def select_user(path: str) -> str:
    """Return the projections of a user at a path, such as ``author``."""
    return ", ".join(f"{path}.{each}" for each in _SHOWN)


def select_resource(path: str) -> str:
    """Return the projections of a user or group at a path, such as ``assignments.resource``."""
    return ", ".join([*(f"{path}[User].{each}" for each in _SHOWN), f"{path}[Group].name"])


def name_of(resource: Entity | None) -> str:
    """Return the name of a user or group as people say it."""
    if resource is None:
        return "nobody"
    if resource["__entity_type__"] == "Group":
        return str(resource["name"])
    names = [resource.get("first_name"), resource.get("last_name")]
    return " ".join(each for each in names if each) or str(resource.get("username") or resource["id"])


def assignable(client: Client) -> list[tuple[str, str]]:
    """Return id and name of everybody who can be assigned, users before groups."""
    users, groups = client.read(
        "select username, first_name, last_name from User where is_active is true order by first_name, username",
        "select name from Group order by name",
    )
    return [(each["id"], name_of(each)) for each in users] + [(each["id"], name_of(each)) for each in groups]
