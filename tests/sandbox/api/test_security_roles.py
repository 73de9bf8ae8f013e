"""The operations on security roles, by which ftrack's documentation gives and takes them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.api.door import Door

from ftrack_sandbox.errors import DuplicateEntryError, EntityNotFoundError, PermissionDeniedError, ValidationError


@pytest.fixture
def user(door: Door) -> str:
    return str(door.create("User", username="guest")["id"])


def roles_of(door: Door, user: str) -> list[tuple[str, list[str]]]:
    """Return the names of a user's roles, each with the projects that were granted."""
    found = door.query(
        "select security_role.name, user_security_role_projects.project.name from UserSecurityRole "
        f"where user_id is {user}"
    )
    return [
        (
            each["security_role"]["name"],
            sorted(one["project"]["name"] for one in each["user_security_role_projects"]),
        )
        for each in found
    ]


def act(door: Door, action: str, user: str, role: str, **more: Any) -> Any:
    [answer] = door.send({"action": action, "user_id": user, "role_id": door.id("SecurityRole", role), **more})
    assert answer["action"] == action
    return answer["data"]


@pytest.mark.parametrize("taking", ["remove_user_security_role", "revoke_user_security_role"])
def test_a_role_is_given_and_taken(door: Door, user: str, taking: str) -> None:
    made = act(door, "add_user_security_role", user, "Project Manager", all_open_projects=True)
    assert (made["__entity_type__"], made["is_all_open_projects"]) == ("UserSecurityRole", True)
    assert roles_of(door, user) == [("Project Manager", [])]
    assert act(door, taking, user, "Project Manager") is True
    assert roles_of(door, user) == []


def test_one_role_takes_the_place_of_another_and_keeps_its_projects(door: Door, user: str) -> None:
    project = door.project()
    act(door, "grant_user_security_role_project", user, "Project Manager", project_id=project)
    act(door, "update_user_security_role", user, "Project Manager", new_role_id=door.id("SecurityRole", "User"))
    assert roles_of(door, user) == [("User", ["harbour"])]


def test_a_role_counts_in_the_projects_that_are_granted(door: Door, user: str) -> None:
    granted, other = door.project(), door.project("attic")
    guest = door.sign_in("guest")
    act(door, "add_user_security_role", user, "User")
    for _ in range(2):
        act(door, "grant_user_security_role_project", user, "User", project_id=granted)
    assert roles_of(door, user) == [("User", ["harbour"])]
    guest.task(granted)
    with pytest.raises(PermissionDeniedError):
        guest.task(other)
    act(door, "revoke_user_security_role_project", user, "User", project_id=granted)
    assert roles_of(door, user) == [("User", [])]
    with pytest.raises(PermissionDeniedError):
        guest.task(granted, "comp")


def test_what_a_user_does_not_have_cannot_be_taken(door: Door, user: str) -> None:
    for action in ("remove_user_security_role", "update_user_security_role"):
        with pytest.raises(EntityNotFoundError, match="guest does not have the role 'User'"):
            act(door, action, user, "User", new_role_id=door.id("SecurityRole", "User"))
    act(door, "add_user_security_role", user, "User")
    with pytest.raises(DuplicateEntryError):
        act(door, "add_user_security_role", user, "User")
    with pytest.raises(EntityNotFoundError, match="not granted for the project 'harbour'"):
        act(door, "revoke_user_security_role_project", user, "User", project_id=door.project())
    with pytest.raises(ValidationError, match="There is no SecurityRole nowhere"):
        door.send({"action": "add_user_security_role", "user_id": user, "role_id": "nowhere"})


def test_only_administrators_change_roles(door: Door, user: str) -> None:
    guest = door.sign_in("guest")
    administrator = door.id("SecurityRole", "Administrator")
    with pytest.raises(PermissionDeniedError):
        guest.send({"action": "add_user_security_role", "user_id": user, "role_id": administrator})
