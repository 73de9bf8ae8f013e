"""Operations on the security roles of users, as ftrack's documentation of security roles names them.

What a real server answers is not shown there; ours answers the role, or true when something was taken away.
"""

from __future__ import annotations

import uuid
from typing import Any

from ftrack_sandbox.errors import EntityNotFoundError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.creating import create
from ftrack_sandbox.operations.deleting import delete
from ftrack_sandbox.operations.incoming import find_named
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.operations.updating import update


def add(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Give a user a role; ``all_open_projects`` says whether it counts in all of them."""
    user, role = _user_and_role(call, operation)
    everywhere = operation.get("all_open_projects") is True
    return {"action": operation["action"], "data": _create_role(call, user, role, everywhere=everywhere)}


def remove(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Take a role from a user, with the projects that it counts in."""
    held = _held(call, *_user_and_role(call, operation))
    delete(call, "UserSecurityRole", held.id)
    return {"action": operation["action"], "data": True}


def replace(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Put another role in the place of one that a user has; it counts in the same projects."""
    held = _held(call, *_user_and_role(call, operation))
    values: dict[str, Any] = {}
    if "new_role_id" in operation:
        values["security_role_id"] = find_named(call, "SecurityRole", operation["new_role_id"]).id
    if isinstance(operation.get("all_open_projects"), bool):
        values["is_all_open_projects"] = operation["all_open_projects"]
    return {"action": operation["action"], "data": update(call, "UserSecurityRole", held.id, values)}


def grant_project(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Let a user's role count in a project; a user without the role gets it, for that project alone."""
    user, role = _user_and_role(call, operation)
    project = find_named(call, "Project", operation.get("project_id"))
    if not call.records.select("UserSecurityRole", user_id=user.id, security_role_id=role.id):
        _create_role(call, user, role, everywhere=False)
    held = _held(call, user, role)
    if not call.records.select("UserSecurityRoleProject", user_security_role_id=held.id, project_id=project.id):
        create(
            call,
            "UserSecurityRoleProject",
            {"id": str(uuid.uuid4()), "user_security_role_id": held.id, "project_id": project.id},
        )
    return {"action": operation["action"], "data": held.reference}


def revoke_project(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Let a user's role no longer count in a project; the user keeps the role."""
    held = _held(call, *_user_and_role(call, operation))
    project = find_named(call, "Project", operation.get("project_id"))
    granted = call.records.select("UserSecurityRoleProject", user_security_role_id=held.id, project_id=project.id)
    if not granted:
        raise EntityNotFoundError(f"The role was not granted for the project {project.row['name']!r}.")
    for each in granted:
        delete(call, "UserSecurityRoleProject", each.id)
    return {"action": operation["action"], "data": True}


def _user_and_role(call: Call, operation: dict[str, Any]) -> tuple[Record, Record]:
    call.permissions.check_administrator("change security roles")
    return find_named(call, "User", operation.get("user_id")), find_named(
        call, "SecurityRole", operation.get("role_id")
    )


def _held(call: Call, user: Record, role: Record) -> Record:
    """Return the row that gives a user a role."""
    found = call.records.select("UserSecurityRole", user_id=user.id, security_role_id=role.id)
    if not found:
        raise EntityNotFoundError(f"{user.row['username']} does not have the role {role.row['name']!r}.")
    return found[0]


def _create_role(call: Call, user: Record, role: Record, *, everywhere: bool) -> dict[str, Any]:
    data = {"id": str(uuid.uuid4()), "user_id": user.id, "security_role_id": role.id}
    return create(call, "UserSecurityRole", {**data, "is_all_open_projects": everywhere})
