"""Links by custom attributes, and deleting values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sandbox.api.door import Door, open_door, reference

from ftrack_sandbox.errors import PermissionDeniedError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = open_door(tmp_path)
    yield opened
    opened.api.store.close()


@pytest.fixture
def shot(door: Door) -> str:
    return str(door.create("Shot", name="010", parent_id=door.project())["id"])


@pytest.fixture
def supervisor(door: Door) -> str:
    """A custom attribute that links typed contexts to users."""
    made = door.create(
        "CustomAttributeLinkConfiguration",
        key="supervisor",
        label="Supervisor",
        entity_type="task",
        object_type_id=door.id("ObjectType", "Shot"),
        entity_type_to="user",
    )
    return str(made["id"])


@pytest.mark.parametrize("entity_type", ["UserCustomAttributeLink", "CustomAttributeLink"])
def test_a_link_is_found_from_both_ends(door: Door, shot: str, supervisor: str, entity_type: str) -> None:
    user = door.id("User", "kofi.badu")
    made = door.create(entity_type, configuration_id=supervisor, from_id=shot, to_id=user)
    assert made["__entity_type__"] == "UserCustomAttributeLink"
    found = door.query("select user.username, from_id from UserCustomAttributeLink")
    assert [(each["user"]["username"], each["from_id"]) for each in found] == [("kofi.badu", shot)]
    found = door.query("select context.name from ContextCustomAttributeLinkFrom")
    assert [each["context"]["name"] for each in found] == ["010"]


@pytest.mark.parametrize("end", ["from_id", "to_id"])
def test_both_ends_of_a_link_exist(door: Door, shot: str, supervisor: str, end: str) -> None:
    data: dict[str, Any] = {"configuration_id": supervisor, "from_id": shot, "to_id": door.id("User", "kofi.badu")}
    with pytest.raises(ValidationError, match=rf"UserCustomAttributeLink\.{end} points to a"):
        door.create("UserCustomAttributeLink", **{**data, end: "nowhere"})


def test_a_link_is_of_the_type_that_its_configuration_says(door: Door, shot: str, supervisor: str) -> None:
    group = door.create("Group", name="Sculpture")["id"]
    with pytest.raises(ValidationError, match="links to a User: a GroupCustomAttributeLink does not"):
        door.create("GroupCustomAttributeLink", configuration_id=supervisor, from_id=shot, to_id=group)


def frames_of(door: Door) -> str:
    return str(door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"])


def value_of(door: Door, shot: str) -> Any:
    values = door.query(f"select custom_attributes from Shot where id is {shot}")[0]["custom_attributes"]
    return next(each["value"] for each in values if each["key"] == "fstart")


def test_a_deleted_value_is_the_default_again(door: Door, shot: str) -> None:
    default = value_of(door, shot)
    door.update("ContextCustomAttributeValue", [frames_of(door), shot], value=1017)
    assert value_of(door, shot) == 1017
    door.delete("ContextCustomAttributeValue", [frames_of(door), shot])
    assert value_of(door, shot) == default


def test_a_value_that_is_only_the_default_can_be_deleted(door: Door, shot: str) -> None:
    door.delete("ContextCustomAttributeValue", [frames_of(door), shot])
    with pytest.raises(ValidationError, match="does not exist"):
        door.delete("ContextCustomAttributeValue", [frames_of(door), "nowhere"])


def test_a_value_is_deleted_by_those_who_may_write_it(door: Door, shot: str) -> None:
    frames = frames_of(door)
    door.update("ContextCustomAttributeValue", [frames, shot], value=1017)
    role = door.id("SecurityRole", "Project Manager")
    door.update("CustomAttributeConfiguration", [frames], write_security_roles=[reference("SecurityRole", role)])
    artist = door.sign_in("ines.marques")
    with pytest.raises(PermissionDeniedError, match="custom attribute 'fstart'"):
        artist.delete("ContextCustomAttributeValue", [frames, shot])
    assert value_of(door, shot) == 1017
    door.sign_in("nadia.okoro").delete("ContextCustomAttributeValue", [frames, shot])
    assert value_of(door, shot) != 1017
