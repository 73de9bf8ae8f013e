"""Custom attributes: values, written whether or not there was one before, and links."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.api.door import Door, change, creation, reference

from ftrack_sandbox.errors import DuplicateEntryError, PermissionDeniedError, ValidationError


def configure(door: Door, kind: str = "text", **data: Any) -> str:
    values = {
        "key": "note_to_self",
        "type_id": door.id("CustomAttributeType", kind),
        "entity_type": "task",
        "object_type_id": door.id("ObjectType", "Task"),
        **data,
    }
    return str(door.create("CustomAttributeConfiguration", **values)["id"])


def shown(door: Door, entity_type: str, key: str) -> dict[str, Any]:
    [found] = door.query(f"select custom_attributes from {entity_type} where id is {key}")
    return {each["key"]: each["value"] for each in found["custom_attributes"]}


@pytest.fixture
def shot(door: Door) -> str:
    return str(door.create("Shot", name="010", parent_id=door.project())["id"])


@pytest.fixture
def frames(door: Door) -> str:
    """The custom attribute ``fstart`` of shots."""
    return str(door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"])


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


def test_an_update_is_enough_for_a_first_value(door: Door) -> None:
    configuration = configure(door)
    task = door.task(door.project())
    answer = door.update("ContextCustomAttributeValue", [configuration, task], value="look")
    assert answer == {
        "__entity_type__": "ContextCustomAttributeValue",
        "configuration_id": configuration,
        "entity_id": task,
        "key": "note_to_self",
        "value": "look",
    }
    door.update("ContextCustomAttributeValue", [configuration, task], value="again")
    assert shown(door, "Task", task)["note_to_self"] == "again"
    assert len(door.query(f"select value from CustomAttributeValue where entity_id is {task}")) == 1


def test_a_value_may_come_in_the_batch_that_creates_its_owner(door: Door) -> None:
    configuration = configure(door)
    project = door.project()
    door.send(
        creation("Task", id="t1", name="anim", parent_id=project),
        change("ContextCustomAttributeValue", [configuration, "t1"], value="look"),
    )
    assert shown(door, "Task", "t1")["note_to_self"] == "look"


def test_values_may_come_with_the_entity_itself(door: Door) -> None:
    configuration = configure(door)
    value = {"configuration_id": configuration, "value": "look"}
    task = door.task(door.project(), custom_attributes=[value])
    assert shown(door, "Task", task)["note_to_self"] == "look"


def test_creating_a_value_twice_is_an_error(door: Door) -> None:
    configuration = configure(door)
    task = door.task(door.project())
    data = {"configuration_id": configuration, "entity_id": task, "value": "look"}
    door.create("ContextCustomAttributeValue", **data)
    with pytest.raises(DuplicateEntryError):
        door.create("ContextCustomAttributeValue", **data)


WRONG: list[tuple[str, Any, str]] = [
    ("number", "ten", "must be a number, not 'ten'"),
    ("number", True, "must be a number"),
    ("boolean", 1, "must be true or false"),
    ("text", 5, "must be a text"),
    ("date", "today", "must be a date"),
    ("enumerator", [1, 2], "must be a text or a list of texts"),
]


@pytest.mark.parametrize(("kind", "value", "message"), WRONG)
def test_a_value_has_to_be_of_its_type(door: Door, kind: str, value: Any, message: str) -> None:
    configuration = configure(door, kind)
    task = door.task(door.project())
    with pytest.raises(ValidationError, match=message):
        door.update("ContextCustomAttributeValue", [configuration, task], value=value)


RIGHT: list[tuple[str, Any]] = [
    ("number", 1.5),
    ("boolean", False),
    ("text", "look"),
    ("date", {"__type__": "datetime", "value": "2026-01-31T00:00:00"}),
    ("enumerator", ["a", "b"]),
    ("text", None),
]


@pytest.mark.parametrize(("kind", "value"), RIGHT)
def test_a_value_comes_back_as_it_was_given(door: Door, kind: str, value: Any) -> None:
    configuration = configure(door, kind)
    task = door.task(door.project())
    door.update("ContextCustomAttributeValue", [configuration, task], value=value)
    assert shown(door, "Task", task)["note_to_self"] == value


def test_an_attribute_is_for_its_own_kind_of_entity(door: Door) -> None:
    configuration = configure(door)
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    with pytest.raises(ValidationError, match="A Shot has no custom attribute 'note_to_self'"):
        door.update("ContextCustomAttributeValue", [configuration, shot], value="look")
    with pytest.raises(ValidationError, match="an entity that does not exist"):
        door.update("ContextCustomAttributeValue", [configuration, "nowhere"], value="look")
    with pytest.raises(ValidationError, match="no custom attribute with the configuration"):
        door.update("ContextCustomAttributeValue", ["nowhere", shot], value="look")


def test_a_hierarchical_attribute_is_for_projects_contexts_assets_and_versions(door: Door) -> None:
    configuration = door.query('select id from CustomAttributeConfiguration where key is "fps"')[0]["id"]
    project = door.project()
    version = door.version(project)
    door.update("ContextCustomAttributeValue", [configuration, project], value=25.0)
    door.update("ContextCustomAttributeValue", [configuration, door.task(project)], value=30.0)
    door.update("AssetVersionCustomAttributeValue", [configuration, version], value=48.0)
    assert shown(door, "AssetVersion", version)["fps"] == 48.0


MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"key": None}, ValidationError, "needs key"),
    ({"entity_type": "planet"}, ValidationError, "entity_type of a CustomAttributeConfiguration is one of"),
    ({"object_type_id": None}, ValidationError, "needs object_type_id"),
    ({"type_id": "nowhere"}, ValidationError, "points to a CustomAttributeType"),
]


@pytest.mark.parametrize(("data", "error", "message"), MISTAKES)
def test_an_attribute_is_configured_whole(
    door: Door, data: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        configure(door, **data)


def test_a_key_is_taken_once_for_a_kind_of_entity(door: Door) -> None:
    configure(door)
    with pytest.raises(DuplicateEntryError, match="'note_to_self' for task"):
        configure(door)
    other = configure(door, project_id=door.project())
    with pytest.raises(DuplicateEntryError):
        door.update("CustomAttributeConfiguration", [other], project_id=None)


def test_values_go_with_their_configuration(door: Door) -> None:
    configuration = configure(door)
    task = door.task(door.project())
    door.update("ContextCustomAttributeValue", [configuration, task], value="look")
    door.delete("CustomAttributeConfiguration", [configuration])
    assert door.query("select value from CustomAttributeValue") == []


def test_a_value_that_is_only_the_default_can_be_deleted(door: Door, shot: str, frames: str) -> None:
    door.delete("ContextCustomAttributeValue", [frames, shot])
    with pytest.raises(ValidationError, match="does not exist"):
        door.delete("ContextCustomAttributeValue", [frames, "nowhere"])


def test_a_value_is_deleted_by_those_who_may_write_it(door: Door, shot: str, frames: str) -> None:
    door.update("ContextCustomAttributeValue", [frames, shot], value=1017)
    role = door.id("SecurityRole", "Project Manager")
    door.update("CustomAttributeConfiguration", [frames], write_security_roles=[reference("SecurityRole", role)])
    artist = door.sign_in("ines.marques")
    with pytest.raises(PermissionDeniedError, match="custom attribute 'fstart'"):
        artist.delete("ContextCustomAttributeValue", [frames, shot])
    assert shown(door, "Shot", shot)["fstart"] == 1017
    door.sign_in("nadia.okoro").delete("ContextCustomAttributeValue", [frames, shot])
    assert shown(door, "Shot", shot)["fstart"] != 1017


def test_a_custom_attribute_is_read_by_its_roles_only(door: Door, shot: str, frames: str) -> None:
    manager = reference("SecurityRole", door.id("SecurityRole", "Project Manager"))
    door.update("CustomAttributeConfiguration", [frames], read_security_roles=[manager])
    door.update("ContextCustomAttributeValue", [frames, shot], value=1017)
    artist = door.sign_in("ines.marques")
    expressions = ["select custom_attributes from Shot", "select value from ContextCustomAttributeValue"]
    for expression in expressions:
        assert "1017" in str(door.query(expression))
        assert "1017" in str(door.sign_in("nadia.okoro").query(expression))
        assert "1017" not in str(artist.query(expression))
    assert artist.query("select id from Shot where custom_attributes any (value is 1017)") == []
    assert "fend" in str(artist.query("select custom_attributes from Shot"))


def test_a_general_link_becomes_the_one_that_its_configuration_says(door: Door, shot: str, supervisor: str) -> None:
    user = door.id("User", "kofi.badu")
    made = door.create("CustomAttributeLink", configuration_id=supervisor, from_id=shot, to_id=user)
    assert made["__entity_type__"] == "CustomAttributeLink"
    [found] = door.query(f"select id from CustomAttributeLink where id is {made['id']}")
    assert found["__entity_type__"] == "UserCustomAttributeLink"
    assert door.query("select user.username from UserCustomAttributeLink")[0]["user"]["username"] == "kofi.badu"


@pytest.mark.parametrize("end", ["from_id", "to_id"])
def test_both_ends_of_a_link_exist(door: Door, shot: str, supervisor: str, end: str) -> None:
    data: dict[str, Any] = {"configuration_id": supervisor, "from_id": shot, "to_id": door.id("User", "kofi.badu")}
    with pytest.raises(ValidationError, match=rf"UserCustomAttributeLink\.{end} points to a"):
        door.create("UserCustomAttributeLink", **{**data, end: "nowhere"})


def test_a_link_is_of_the_type_that_its_configuration_says(door: Door, shot: str, supervisor: str) -> None:
    group = door.create("Group", name="Sculpture")["id"]
    with pytest.raises(ValidationError, match="links to a User: a GroupCustomAttributeLink does not"):
        door.create("GroupCustomAttributeLink", configuration_id=supervisor, from_id=shot, to_id=group)
