"""The users who get the event about a change: in a private project only those who see the project.

As ftrack's migration notes for 4.2 say: update events are sent out for the projects that a user has access to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.permissions import ADMINISTRATOR_ROLE_ID
from ftrack_sandbox.operations.records import Record

#: By id of a private project: the ids of the users who see it.
Readers = Mapping[str, frozenset[str]]


def readers_of(call: Call, event: Mapping[str, Any]) -> Readers:
    """Return the users who see the private projects in an update event."""
    entities = event["data"]["entities"]
    named = {
        parent["entityId"] for entity in entities for parent in entity["parents"] if parent["entityType"] == "show"
    }
    projects = [call.records.last_seen("Project", [each]) for each in sorted(named)]
    return {each.id: _readers(call, each) for each in projects if each is not None and each.row["is_private"]}


def without(event: Mapping[str, Any], hidden: Collection[str]) -> Mapping[str, Any] | None:
    """Return an update event without what is in some projects; None when nothing is left of it."""
    data = event["data"]
    left = [each for each in data["entities"] if not any(parent["entityId"] in hidden for parent in each["parents"])]
    if not left:
        return None
    parents = dict.fromkeys(parent["entityId"] for each in left for parent in each["parents"])
    return {**event, "data": {**data, "entities": left, "parents": list(parents)}}


def _readers(call: Call, project: Record) -> frozenset[str]:
    connection = call.connection
    roles = connection.find("UserSecurityRole", security_role_id=ADMINISTRATOR_ROLE_ID)
    listed = connection.find("UserSecurityRoleProject", project_id=project.id)
    roles += connection.find("UserSecurityRole", id=[each["user_security_role_id"] for each in listed])
    return frozenset({project.row["created_by_id"], *(each["user_id"] for each in roles)})
